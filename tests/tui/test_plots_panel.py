"""The panel of plots at the keyboard and under the mouse, and how it looks."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from textual.events import Click, MouseDown, MouseMove, MouseScrollUp, MouseUp

from engine import Debugger, open_lesson
from tests.tui.screens import Session, opened, text_of
from tests.tui.test_goldens import EXACT, hold
from tui.drawing.plots import draw_plots
from tui.models.plots import PlotView
from tui.views.frame import Views
from tui.views.look import Look
from tui.views.plots import asked_for
from tui.widgets.plots import PlotsPanel


def plot_of(session: Session, number: int = 0) -> PlotView:
    view = session.screen.query_one(PlotsPanel).view
    assert view is not None
    return view.plots[number]


async def computed(session: Session) -> None:
    """Wait until the plots on the screen are complete."""
    for _ in range(400):
        await session.pilot.pause(0.005)
        if session.screen.views.plots.idle:
            break
    await session.settled()


async def test_p_goes_through_the_plots_and_the_frame_says_which() -> None:
    async with opened("two-layer") as session:
        assert "5 loss · 1 of 7" in session.text()
        await session.press("p", "p")
        assert "5 ‖gradient‖ · 3 of 7" in session.text()
        await session.press("P", "P", "P")
        assert "5 activations · 7 of 7" in session.text()


async def test_a_plot_is_typed_by_name_or_as_an_expression() -> None:
    async with opened("two-layer", (80, 24)) as session:
        session.screen.execute("plot surface w1 b2")
        await computed(session)
        assert plot_of(session).x_label == "w1"
        assert "loss surface · 6 of 7" in session.text()
        session.screen.execute("plot w1 - w2")
        await computed(session)
        assert "w1 - w2 · 2 of 8" in session.text()
        assert plot_of(session).series[0].name == "w1 - w2"


async def test_what_cannot_be_plotted_is_said_at_the_prompt() -> None:
    async with opened("two-layer") as session:
        await session.press("colon", *"plot los", "enter")
        assert "did you mean 'loss'" in session.text()
        assert plot_of(session).name == "loss"
        await session.press("escape")


async def test_keys_zoom_move_and_rescale_the_plot() -> None:
    async with opened("two-layer") as session:
        await session.goto("e50")
        await session.focus("plots")
        await session.press("greater_than_sign", "greater_than_sign")
        assert plot_of(session).x == pytest.approx((37.75, 62.5))
        await session.press("L", "l")
        assert plot_of(session).x == pytest.approx((37.75 + 24.75 * 5 / 8, 62.5 + 24.75 * 5 / 8))
        await session.press("H", "h", "o")
        assert plot_of(session).x == pytest.approx((37.75, 62.5))
        assert plot_of(session).log
        await session.press("less_than_sign", "less_than_sign", "o")
        assert (plot_of(session).x, plot_of(session).log) == (None, False)
        await session.goto("e80")
        await session.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
        await session.goto("e3")
        low, high = plot_of(session).x or (0, 0)
        assert low <= 3 <= high


async def test_a_plane_is_zoomed_around_the_cursor_and_moved_both_ways() -> None:
    async with opened("two-layer") as session:
        session.screen.execute("plot surface")
        await session.focus("plots")
        before = plot_of(session)
        assert before.x and before.y and before.at
        await session.press("greater_than_sign")
        after = plot_of(session)
        assert after.x and after.y
        assert after.x[1] - after.x[0] == pytest.approx((before.x[1] - before.x[0]) / 2)
        assert after.x[0] < before.at[0] < after.x[1] and after.y[0] < before.at[1] < after.y[1]
        await session.press("K")
        assert (plot_of(session).y or (0, 0))[0] > after.y[0]
        await computed(session)
        field = plot_of(session).field
        assert field is not None and field.y == plot_of(session).y


async def test_the_wheel_zooms_a_drag_moves_and_a_click_goes() -> None:
    async with opened("two-layer") as session:
        panel = session.screen.query_one(PlotsPanel)
        middle = panel.size.width // 2

        def mouse(kind: type, x: int, y: int = 5, button: int = 1):
            return kind(panel, x, y, 0, 0, button, False, False, False, x, y)

        panel.on_mouse_scroll_up(mouse(MouseScrollUp, middle))
        panel.on_mouse_scroll_up(mouse(MouseScrollUp, middle))
        await session.settled()
        first = plot_of(session).x
        assert first is not None and 30 < first[0] + first[1] - 50 < 70
        panel.on_mouse_down(mouse(MouseDown, middle))
        panel.on_mouse_move(mouse(MouseMove, middle - 10))
        panel.on_mouse_up(mouse(MouseUp, middle - 10))
        panel.on_click(mouse(Click, middle - 10))
        await session.settled()
        second = plot_of(session).x
        assert second is not None and second[0] > first[0]
        assert session.at == "e1.i1.1"
        panel.on_mouse_down(mouse(MouseDown, middle))
        panel.on_mouse_up(mouse(MouseUp, middle))
        panel.on_click(mouse(Click, middle))
        await session.settled()
        found = re.match(r"e(\d+)", session.at)
        assert found is not None and second[0] < int(found[1]) < second[1]


async def test_more_bands_than_fit_are_scrolled_to() -> None:
    async with opened("vanishing-gradients", (80, 24), settle=False) as session:
        session.screen.debugger.run.advance(20)
        session.screen.execute("plot activations")
        await session.focus("plots")
        assert "h1" in session.text() and "h6" not in session.text()
        await session.press("j", "j", "j", "j")
        assert "h6" in session.text() and "h1 " not in session.panel_text("plots")


async def test_two_plots_stand_side_by_side_where_there_is_room() -> None:
    async with opened("two-layer", (200, 60)) as session:
        view = session.screen.query_one(PlotsPanel).view
        assert view is not None
        assert [plot.name for plot in view.plots] == ["loss", "parameters"]
        await session.press("p")
        assert "5 parameters   ‖gradient‖ · 2 of 7" in session.text()


async def test_a_plot_is_computed_while_keys_are_answered() -> None:
    async with opened("lstm-cell", (80, 24)) as session:
        session.screen.execute("plot surface")
        await session.settled()
        await session.act("type('iteration')")
        assert session.at == "e2.i1.1"
        await computed(session)
        assert plot_of(session).busy == ""
        field = plot_of(session).field
        assert field is not None and field.columns == 65


async def test_a_step_within_the_iteration_leaves_the_plot_alone() -> None:
    async with opened("two-layer") as session:
        before = session.screen.query_one(PlotsPanel).view
        await session.act("type('step')", "type('step')")
        assert session.screen.query_one(PlotsPanel).view is before


# --- how they look --------------------------------------------------------------------------------

LOOKS = {
    "loss": ("two-layer", "loss"),
    "parameters": ("two-layer", "parameters"),
    "gradients": ("two-layer", "gradients"),
    "updates": ("two-layer", "updates"),
    "expression": ("two-layer", "grad(w1)"),
    "fit": ("two-layer", "fit"),
    "surface": ("two-layer", "surface"),
    "curve": ("chain-rule", "surface"),
    "boundary": ("xor", "boundary"),
    "classes": ("iris", "boundary x[2] x[3]"),
    "activations": ("dead-relu", "activations"),
}

SIZES = {"small": (44, 10), "wide": (104, 18)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", LOOKS)
def test_each_plot_looks_as_it_was_kept(name: str, size: str) -> None:
    lesson, typed = LOOKS[name]
    exact = EXACT if lesson == "two-layer" else ("training.epochs=8",)
    debugger = Debugger(open_lesson(lesson, overrides=exact))
    debugger.end()
    debugger.goto("e2")
    views = Views(debugger)
    look = Look()
    plots = replace(asked_for(views.scene(look), typed), beside=size == "wide")
    look = replace(look, plots=plots)
    view = views.frame(look, names=["plots"]).views["plots"]
    while not views.plots.idle:
        views.plots.advance(1.0)
        view = views.frame(look, names=["plots"]).views["plots"]
    with_colour = draw_plots(view, *SIZES[size])
    without = draw_plots(view, *SIZES[size], coloured=False)
    plain = draw_plots(view, *SIZES[size], glyphs="ascii")
    drawn = [text_of(with_colour), text_of(without), text_of(plain)]
    hold(f"plot-{name}-{size}", "\n\n".join("\n".join(rows) for rows in drawn))
