"""The watches: what they say at every event, in any width, and what keys do to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from engine import Debugger, gauges_for, open_lesson, open_session, parse_experiment, save_session
from tests.tui.screens import DIVERGING, UNEVEN, Session, opened, text_of
from tui.drawing.watches import draw_watches, place_at, row_of, rows_of
from tui.models.choice import Choice
from tui.models.watches import StopRow, WatchesView, WatchRow
from tui.numbers import NOT_COMPUTED
from tui.views.frame import Views
from tui.views.look import Look
from tui.widgets.watches import WatchesPanel


@pytest.fixture(autouse=True)
def _whole_trends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trend is made a slice at each frame; here there is one frame, on a machine that is busy."""
    monkeypatch.setattr("tui.views.watches.SECONDS", 5.0)


def debugger(text: str = "two-layer", *lines: str) -> Debugger:
    """With watches; a line that begins with ``break`` is a breakpoint."""
    is_text = "formulas" in text
    made = Debugger(parse_experiment(text) if is_text else open_lesson(text))
    for line in lines:
        if line.startswith("break "):
            made.stops.break_at(line.removeprefix("break "))
        else:
            made.stops.watch(line)
    return made


def view(made: Debugger, at: str) -> WatchesView:
    made.goto(at)
    return Views(made).frame(Look(), names=("watches",)).views["watches"]


def row(made: Debugger, at: str, text: str) -> WatchRow:
    (found,) = [r for r in view(made, at).watches if r.text == text]
    return found


# --- the view ----------------------------------------------------------------------------------


def test_a_watch_says_its_value_here_and_one_iteration_ago() -> None:
    made = debugger("two-layer", "w1", "loss")
    first = row(made, "e1.i1.20", "w1")
    # By hand: w1 is 0.5, its gradient −7.3125, the learning rate 0.05. See test_views.
    assert (first.value, first.before, first.change) == ("0.8656", NOT_COMPUTED, NOT_COMPUTED)
    assert (first.changed, first.fresh) == ("here", True)
    assert row(made, "e1.i1.19", "w1").changed == ""
    second = row(made, "e2.i1.20", "w1")
    assert second.before == "0.8656"
    assert second.change.startswith("+") and second.change_style == "positive"
    assert (second.changed, second.fresh) == ("here", True)
    later = row(made, "e3.i1.5", "w1")
    assert (later.value, later.changed, later.fresh) == (second.value, "e2.i1.20", False)
    assert len(later.trend) == 3


def test_what_is_not_computed_yet_is_a_dot_and_what_it_was_stays_known() -> None:
    made = debugger("two-layer", "loss")
    ahead = row(made, "e2.i1.3", "loss")
    assert (ahead.value, ahead.value_style, ahead.change) == (NOT_COMPUTED, "dim", NOT_COMPUTED)
    assert ahead.before == "4.0781"
    here = row(made, "e2.i1.8", "loss")
    assert here.fresh and here.change.startswith("−")


def test_an_array_is_its_norm_with_its_shape_and_a_truth_is_a_word() -> None:
    made = debugger("two-layer", "h", "loss < 4", "h > 0", "isnan(loss)")
    array = row(made, "e2.i1.8", "h")
    assert (array.value[0], array.shape, array.change[0]) == ("‖", "4", "‖")
    assert row(made, "e1.i1.8", "loss < 4").value == "false"
    truth = row(made, "e2.i1.8", "loss < 4")
    assert (truth.value, truth.before, truth.change) == ("true", "false", "changed")
    assert row(made, "e1.i1.8", "h > 0").value == "2 of 4"
    assert row(made, "e2.i1.8", "isnan(loss)").change == ""


def test_a_batch_of_another_size_has_no_change() -> None:
    changed = row(debugger(UNEVEN, "h"), "e1.i2.4", "h")
    assert (changed.change, changed.before != NOT_COMPUTED) == ("—", True)


def test_nan_is_loud() -> None:
    bad = row(debugger(DIVERGING, "loss"), "e300.i1.8", "loss")
    assert (bad.value, bad.value_style, bad.change_style) == ("nan", "bad", "bad")


def test_breakpoints_stand_below_with_their_hits() -> None:
    made = debugger("two-layer", "w1", "break if loss < 4", "break grad w1")
    made.stops.break_at("g", temporary=True, ignore=1)
    made.stops.disable(2)
    search = made.search()
    search.advance()
    made.arrive(search)
    made.stops.remove(1)
    stops = view(made, "e1.i1.19").stops
    assert stops == (
        StopRow(
            "break if loss < 4", False, "0 hits", False, Choice("goto .8", "enable 2", "unstop 2")
        ),
        StopRow("break grad w1", True, "1 hit", True, Choice("goto .19", "disable 3", "unstop 3")),
        StopRow("break g", True, "1 hit · once", False, Choice("goto .5", "disable 4", "unstop 4")),
    )


def test_on_a_fork_the_past_is_that_of_the_timeline() -> None:
    made = debugger("two-layer", "w1")
    made.goto("e3.i1.23")
    made.set("w1", 7.0)
    found = row(made, "e4.i1.2", "w1")
    assert found.value == "7.0000"
    assert len(found.trend) == 4 and found.trend[3] == 7.0


@pytest.mark.parametrize("text", ["2 * w1 - loss", "norm(grad(w1))", "prev(loss) < loss", "step"])
def test_a_trend_is_what_the_history_tells_of_an_expression(text: str) -> None:
    made = debugger("two-layer", text)
    made.goto("e3.i1.23")
    made.set("w1", 7.0)
    made.goto("e6.i1.23")
    (gauge,) = gauges_for(made.run, made.stops.scope, text)
    wanted = [gauge.value(step) for step in range(6)]
    trend = row(made, "e6.i1.19", text).trend
    assert np.array_equal(trend, wanted, equal_nan=True)
    assert len(row(made, "e6.i1.2", text).trend) == 5 + (text == "step")


def test_what_would_have_to_be_replayed_has_no_trend() -> None:
    for text in ("h", "norm(h)", "exp(w1)"):
        assert row(debugger("two-layer", text), "e6.i1.19", text).trend == ()


# --- the drawing -------------------------------------------------------------------------------

WATCHES = ("w1", "h", "loss < 4", "norm(grad(w1)) * 2")
BREAKS = ("break g", "break if loss > 1.5 * prev(loss)")
WIDE = WatchRow("权重 * 2", True, "1", "text", "", "2", "−1", "negative", (), "", False, Choice())

VIEWS = {
    "nothing": view(debugger(), "e1"),
    "watches": view(debugger("two-layer", *WATCHES), "e2.i1.19"),
    "stops": view(debugger("two-layer", *BREAKS), "e2.i1.19"),
    "both": view(debugger("two-layer-csv", "w1", "h @ h", *BREAKS), "e2.i1.8"),
    "wide characters": WatchesView((WIDE,), ()),
}


@given(
    st.sampled_from(sorted(VIEWS)),
    st.integers(0, 120),
    st.integers(0, 12),
    st.integers(0, 9),
    st.integers(0, 5),
)
@settings(max_examples=100)
def test_it_has_exactly_its_size(name: str, width: int, height: int, top: int, place: int) -> None:
    rows = draw_watches(VIEWS[name], width, height, top=top, selected=place)
    assert [cell_len(row) for row in text_of(rows)] == [width] * height


@pytest.mark.parametrize("width", range(24, 120, 3))
def test_numbers_stand_whole_under_their_heading(width: int) -> None:
    found = VIEWS["watches"]
    head, *rows = text_of(draw_watches(found, width, 5))
    for title, texts in (
        ("value", [r.value for r in found.watches]),
        ("Δ prev", [r.change for r in found.watches]),
        (" prev ", [r.before for r in found.watches]),
    ):
        place = head.replace("Δ prev", "______" if title == " prev " else "Δ prev").find(title)
        if place >= 0:
            end = place + len(title.rstrip())
            for text, drawn in zip(texts, rows, strict=True):
                assert drawn[:end].endswith(text) or not text


def test_columns_go_one_by_one_as_the_panel_narrows() -> None:
    heads = [
        text_of(draw_watches(VIEWS["watches"], width, 1))[0].split() for width in (100, 58, 40)
    ]
    assert heads[0] == ["value", "Δ", "prev", "prev", "changed", "trend"]
    assert heads[1] == ["value", "Δ", "prev", "changed"]
    assert heads[2] == ["value", "Δ", "prev"]


def test_what_just_changed_is_marked_and_nothing_moves_for_it() -> None:
    made = debugger("two-layer", "w1", "loss")
    before, after = (
        text_of(draw_watches(view(made, at), 60, 3))[1] for at in ("e2.i1.19", "e2.i1.20")
    )
    assert "•" not in before and "• " in after
    assert before.index("w1") == after.index("w1")
    assert after.index("•") + 2 == after.index(row(made, "e2.i1.20", "w1").value)


def test_the_empty_panel_says_how_to_watch_something() -> None:
    text = "\n".join(text_of(draw_watches(VIEWS["nothing"], 60, 6)))
    assert "w watches an expression" in text and ":display w1 * 2" in text


@pytest.mark.parametrize("name", ["watches", "stops", "both"])
def test_every_place_has_a_row_and_every_heading_none(name: str) -> None:
    found = VIEWS[name]
    places = range(len(found.choices))
    assert [place_at(found, row_of(found, place)) for place in places] == list(places)
    rows = text_of(draw_watches(found, 100, rows_of(found)))
    texts = [r.text for r in (*found.watches, *found.stops)]
    for place, text in enumerate(texts):
        assert text in rows[row_of(found, place)]


# --- in the hand -------------------------------------------------------------------------------


async def prepared(session: Session, *lines: str) -> None:
    for line in lines:
        session.screen.execute(line)
    await session.settled()


def stops(session: Session) -> list[str]:
    return [f"{'on' if s.enabled else 'off'} {s}" for s in session.app.debugger.stops]


async def test_a_watch_that_is_added_is_shown_and_keys_switch_and_remove_it() -> None:
    async with opened("two-layer", (80, 24), settle=False) as session:
        await session.goto("e2.i1.19")
        assert "w1 * 2" not in session.text()
        lines = ("watch w1 * 2", "display grad(w1)", "break if loss > 2 * prev(loss)")
        await prepared(session, *lines)
        assert "● w1 * 2" in session.panel_text("watches")
        assert "○ grad(w1)" in session.panel_text("watches")
        await session.press("8", "space")
        assert stops(session)[0] == "off watch w1 * 2"
        await session.press("j", "space", "x")
        assert stops(session) == ["off watch w1 * 2", "on break if loss > 2 * prev(loss)"]
        # The stop after it is selected now: its long answer needs no sheet, for it is seen here.
        await session.press("space")
        assert stops(session)[1].startswith("off break")
        assert session.app.screen is session.screen
        await session.press("delete", "k", "delete")
        assert stops(session) == []
        assert "w watches an expression" in session.panel_text("watches")
        await session.press("x", "space", "enter", "up")
        assert session.at == "e2.i1.19"


async def test_enter_goes_to_where_a_watch_changed_last_and_again_to_the_time_before() -> None:
    async with opened(settle=False) as session:
        await session.goto("e3.i1.5")
        await prepared(session, "watch w1", "break line 6")
        await session.press("W", "enter")
        assert session.at == "e2.i1.20"
        await session.press("enter")
        assert session.at == "e1.i1.20"
        await session.press("down", "enter")
        assert session.at.endswith(".12")


async def test_the_mouse_selects_switches_and_goes() -> None:
    async with opened(settle=False) as session:
        await session.goto("e3.i1.5")
        await prepared(session, "watch w1", "watch w2")
        await session.press("8")
        rows = session.panel_text("watches").split("\n")
        y = next(i for i, line in enumerate(rows) if "w2" in line)
        x = rows[y].index("w2")
        assert await session.pilot.click(WatchesPanel, offset=(x, y))
        await session.settled()
        assert "❯● w2" in session.panel_text("watches")
        assert await session.pilot.click(WatchesPanel, offset=(x - 2, y))
        await session.settled()
        assert stops(session) == ["on watch w1", "off watch w2"]
        assert await session.pilot.click(WatchesPanel, offset=(x, y), times=2)
        await session.settled()
        assert session.at == "e2.i1.22"


async def test_the_selection_stays_in_sight_in_a_low_panel() -> None:
    async with opened("two-layer", (80, 24), settle=False) as session:
        await prepared(session, *(f"watch w1 + {i}" for i in range(9)))
        await session.press("8")
        panel = session.screen.query_one(WatchesPanel)
        for direction, text in (("down", "w1 + 8"), ("up", "w1 + 0")):
            for _ in range(10):
                panel.action_move(direction)  # pyright: ignore[reportArgumentType]
            await session.settled()
            (chosen,) = [r for r in session.panel_text("watches").split("\n") if "❯" in r]
            assert text in chosen


def test_watches_that_are_only_shown_stay_so_in_a_session(tmp_path: Path) -> None:
    made = debugger("two-layer", "w1", "w2")
    made.stops.disable(2)
    again = open_session(save_session(made, tmp_path / "mine.gradstep")).debugger
    assert [r.stops for r in view(again, "e1").watches] == [True, False]
