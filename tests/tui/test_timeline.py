"""The bar of the timeline: exact sizes, marks where they belong, and ways to point at an event."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from engine import Debugger, open_lesson, parse_experiment
from tests.tui.screens import UNEVEN, Session, opened, text_of
from tui.drawing.timeline import Block, block_at, draw_timeline, event_at, moved, plan
from tui.drawing.timeline.bars import MARKS
from tui.drawing.timeline.places import ALL_LEVELS, column_of
from tui.models.timeline import Level, LevelName, Mark, TimelineView
from tui.views.frame import Views
from tui.views.look import Look
from tui.widgets.timeline import TimelinePanel

LEVELS: tuple[LevelName, ...] = ("run", "epoch", "iteration")


def debugger(lesson: str = "two-layer-csv", *overrides: str) -> Debugger:
    text = "formulas" in lesson
    made = Debugger(parse_experiment(lesson) if text else open_lesson(lesson, overrides=overrides))
    made.end()
    return made


def view(made: Debugger, at: str) -> TimelineView:
    made.goto(at)
    return Views(made).frame(Look(), names=()).timeline


def level(found: TimelineView, name: str) -> Level:
    (one,) = [level for level in found.levels if level.name == name]
    return one


def block(found: TimelineView, width: int, height: int, name: LevelName) -> Block:
    blocks = plan(found, width, height, name).blocks
    (one,) = [block for block in blocks if block.level.name == name]
    return one


# --- the view ----------------------------------------------------------------------------------


def test_the_levels_are_the_run_its_epoch_and_its_iteration() -> None:
    found = view(debugger(), "e3.i2.17")
    events = 23
    run, epoch, iteration = found.levels
    assert (run.label, run.first, run.length, run.known) == ("run", 1, 200 * events, 1.0)
    assert run.about == "run · 40 epochs · 200 iterations · 4,600 events"
    assert (epoch.label, epoch.first, epoch.length) == ("e3", 10 * events + 1, 5 * events)
    assert epoch.about == "epoch 3 · 5 iterations"
    assert (iteration.label, iteration.first, iteration.length) == ("e3.i2", 11 * events + 1, 23)
    assert iteration.about == "iteration 2 · 23 events"


def test_the_bars_hold_the_losses_that_are_recorded() -> None:
    made = Debugger(open_lesson("two-layer-csv"))
    made.goto("e3.i2.17")
    found = view(made, "e3.i1.1")
    assert level(found, "run").known == 12 / 200
    assert level(found, "epoch").known == 2 / 5
    losses = tuple(made.run.record(step).loss for step in range(12))
    assert level(found, "run").losses == losses
    assert level(found, "epoch").losses == losses[10:]


def test_bookmarks_forks_spikes_and_breakpoints_are_marked() -> None:
    made = debugger()
    made.goto("e2.i1.9")
    made.bookmark("start")
    made.goto("e9.i5.23")
    made.set("w1", 5.0)
    made.end()
    made.stops.break_at("if loss > 3 and step == 46")
    made.stops.disable(made.stops.break_at("g").number)
    marks = level(view(made, "e2.i1.1"), "run").marks
    events, loss = 23, 8
    jump = 45 * events + loss
    assert {m for m in marks if m.kind != "spike"} == {
        Mark(5 * events + 9, "bookmark"),
        Mark(45 * events, "fork"),
        Mark(jump, "stop"),
    }
    assert Mark(jump, "spike") in marks
    epoch = level(view(made, "e10.i1.1"), "epoch").marks
    assert {Mark(jump, "stop"), Mark(jump, "spike")} <= set(epoch)
    assert all(45 * events < m.at <= 50 * events for m in epoch)
    iteration = level(view(made, "e10.i1.1"), "iteration").marks
    assert {(m.at, m.kind) for m in iteration} == {
        (jump - loss + 5, "stop off"),
        (jump, "stop"),
        (jump, "spike"),
    }


def test_a_loss_that_is_no_number_is_marked_where_that_began() -> None:
    made = debugger("exploding-loss")
    (bad,) = [m for m in level(view(made, "e1"), "run").marks if m.kind == "not finite"]
    step = made.calendar.step(bad.at)
    assert math.isfinite(made.run.record(step - 1).loss)
    assert not math.isfinite(made.run.record(step).loss)


def test_hits_in_a_long_run_are_found_piece_by_piece() -> None:
    made = debugger("two-layer", "training.epochs=80000")
    made.stops.break_at("if step == 70000")
    made.goto("e1")
    views = Views(made)

    def marks() -> list[Mark]:
        return [
            m for m in views.frame(Look(), names=()).timeline.levels[0].marks if m.kind == "stop"
        ]

    assert marks() == [] and marks() == []
    (found,) = marks()
    assert made.calendar.step(found.at) == 69_999


# --- the drawing -------------------------------------------------------------------------------

SOME = {
    "calm": view(debugger("two-layer"), "e50.i1.9"),
    "epochs": view(debugger(), "e3.i2.17"),
    "uneven": view(debugger(UNEVEN), "e3.i2.4"),
    "exploding": view(debugger("exploding-loss"), "e900.i1.2"),
    "begun": view(Debugger(open_lesson("two-layer-csv")), "e1"),
}


@given(
    st.sampled_from(sorted(SOME)),
    st.integers(0, 210),
    st.integers(0, 60),
    st.sampled_from(LEVELS),
)
@settings(max_examples=60)
def test_it_has_exactly_its_size(name: str, width: int, height: int, chosen: LevelName) -> None:
    rows = draw_timeline(SOME[name], width, height, chosen)
    assert [cell_len(row) for row in text_of(rows)] == [width if width else 0] * height


@given(
    st.sampled_from(sorted(SOME)),
    st.integers(1, 210),
    st.integers(2, 60),
    st.sampled_from(LEVELS),
    st.integers(-5, 215),
)
@settings(max_examples=200)
def test_the_event_under_a_column_is_in_the_level_and_as_near_as_can_be(
    name: str, width: int, height: int, chosen: LevelName, column: int
) -> None:
    found = SOME[name]
    bar = block(found, width, height, chosen)
    ordinal = event_at(found, bar, column)
    part = bar.level
    assert part.first <= ordinal < part.first + part.length
    if part.unit > 1:
        assert (ordinal - 1) % part.unit == found.event - 1
    inside = min(max(column - bar.left, 0), bar.width - 1)
    apart = abs(column_of(part, ordinal, bar.width) - inside)
    assert apart <= (
        0 if part.length // part.unit >= bar.width else bar.width * part.unit // part.length
    )


@given(
    st.sampled_from(sorted(SOME)), st.integers(10, 210), st.sampled_from(LEVELS), st.integers(-9, 9)
)
def test_a_move_along_the_bar_keeps_to_the_run(
    name: str, width: int, chosen: LevelName, columns: int
) -> None:
    found = SOME[name]
    there = moved(found, block(found, width, 2, chosen), columns)
    assert 1 <= there <= found.levels[0].length
    if columns:
        assert (there > found.at) == (columns > 0) or there in (found.at, 1) or columns < 0


@pytest.mark.parametrize("width", [20, 60, 76, 116, 196])
@pytest.mark.parametrize("name", sorted(SOME))
def test_labels_of_the_axis_stand_whole_where_what_they_count_begins(name: str, width: int) -> None:
    found = SOME[name]
    rows = text_of(draw_timeline(found, width, 40, "run"))
    for bar in plan(found, width, 40, "run").blocks:
        part = bar.level
        labels = list(re.finditer(r"\S+", rows[bar.top + bar.height]))
        assert labels
        for label in labels:
            number = int(label[0].removeprefix(part.prefix))
            first = part.first + (number - 1) * part.group
            assert label.start() == column_of(part, first, width)


def test_the_cursor_stands_in_the_column_of_its_event_in_every_row() -> None:
    found = SOME["epochs"]
    rows = text_of(draw_timeline(found, 100, 40, "run"))
    for bar in plan(found, 100, 40, "run").blocks:
        sign = "█" if bar.level.name == "iteration" else "┃"
        at = column_of(bar.level, found.at, 100)
        for row in rows[bar.top : bar.top + bar.height]:
            assert row[at] == sign


def test_two_rows_are_the_bar_with_its_label_and_the_words() -> None:
    rows = [text_of(draw_timeline(SOME["epochs"], 76, 2, chosen)) for chosen in LEVELS]
    for (bar, words), label in zip(rows, ("run ", "e3  ", "e3.i2  "), strict=True):
        assert bar.startswith(label)
        assert words.startswith("e3.i2.17  ◂ backward")
    events = f"◆──{'▸──' * 7}{'◂──' * 8}█  ◂  ◂  {'Δ  ' * 4}"
    assert rows[-1][0] == f"e3.i2  {events}"


def test_the_start_of_an_epoch_is_seen_on_a_bar_without_an_axis() -> None:
    found = view(debugger("two-layer-csv", "training.epochs=4"), "e1")
    (bar, _) = text_of(draw_timeline(found, 84, 2, "run"))
    assert [i for i, sign in enumerate(bar) if sign == "╎"] == [23, 43, 63]
    (bar, *_) = text_of(draw_timeline(SOME["epochs"], 84, 2, "run"))
    assert "╎" not in bar


def test_what_is_not_recorded_is_dots() -> None:
    bar, _ = text_of(draw_timeline(SOME["begun"], 84, 2, "run"))
    assert set(bar[6:]) == {"·"}


def test_breakpoints_that_hit_nearly_everywhere_are_left_out() -> None:
    made = debugger()
    made.stops.break_at("if loss > 0")
    made.stops.break_at("if epoch == 7")
    bar, _ = text_of(draw_timeline(view(made, "e1"), 80, 2, "run"))
    assert 2 <= bar.count("●") <= 4
    made.stops.disable(2)
    bar, _ = text_of(draw_timeline(view(made, "e1"), 80, 2, "run"))
    assert "●" not in bar


def test_the_legend_tells_the_signs_that_are_there() -> None:
    rows = text_of(draw_timeline(SOME["exploding"], 116, 30, "run"))
    assert "! loss is nan or inf" in rows[-2] and "bookmark" not in rows[-2]
    assert all(meaning not in rows[-2] for _, _, meaning in (MARKS["fork"], MARKS["stop"]))


def test_a_row_beside_the_bars_belongs_to_none() -> None:
    planned = plan(SOME["epochs"], 100, 40, "run")
    names = [None if (b := block_at(planned, row)) is None else b.level.name for row in range(40)]
    assert names[0] is None and names[-1] is None and names[-2] is None
    assert [n for n in dict.fromkeys(names) if n] == list(LEVELS)
    assert not plan(SOME["epochs"], 100, 1, "run").blocks
    assert len(plan(SOME["epochs"], 100, ALL_LEVELS - 1, "run").blocks) == 1


# --- in the hand -------------------------------------------------------------------------------


def bar_of(session: Session) -> str:
    """The row of the bar."""
    rows = session.panel_text("timeline").split("\n")
    return rows[1 if session.screen.panel("timeline").frame == "box" else 0]


async def test_zooming_shows_the_epoch_and_the_iteration() -> None:
    async with opened("two-layer-csv", (80, 24)) as session:
        await session.goto("e3.i2.17")
        await session.press("0", "greater_than_sign")
        assert bar_of(session).startswith("e3 ")
        await session.press("greater_than_sign", "greater_than_sign")
        assert bar_of(session).startswith("e3.i2 ")
        await session.press("less_than_sign", "less_than_sign")
        assert bar_of(session).startswith("run ")
        session.screen.execute("timeline iteration")
        await session.settled()
        assert bar_of(session).startswith("e3.i2 ")


async def test_h_and_l_move_by_a_column_at_each_level() -> None:
    async with opened("two-layer-csv", (80, 24)) as session:
        await session.goto("e3.i2.17")
        await session.press("0", "l")
        assert session.at == "e3.i5.17"
        await session.press("h", "h")
        assert session.at == "e2.i4.17"
        await session.press("greater_than_sign", "l", "l")
        assert session.at == "e3.i1.17"
        await session.press("greater_than_sign", "l", "l", "h")
        assert session.at == "e3.i1.18"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_alone_it_shows_all_levels_and_a_click_goes_along_each(size: tuple[int, int]) -> None:
    async with opened("two-layer-csv", size) as session:
        await session.goto("e3.i2.17")
        await session.press("0", "0")
        panel = session.screen.query_one(TimelinePanel)
        assert panel.view is not None
        for name, there in zip(LEVELS[::-1], ("e3.i2.1", "e3.i1.1", "e1.i1.1"), strict=True):
            bar = block(panel.view, *panel.room, name)
            left, top = (2, 1) if panel.frame == "box" else (0, 0)
            assert await session.pilot.click(TimelinePanel, offset=(left, top + bar.top))
            await session.settled()
            assert session.at == there
        text = session.panel_text("timeline")
        assert "40 epochs · 200 iterations" in text and "epoch 1 · 5 iterations" in text


async def test_the_mouse_can_be_held_and_only_its_last_place_counts() -> None:
    async with opened("two-layer-csv", (80, 24)) as session:
        await session.goto("e3.i2.17")
        await session.pilot.mouse_down(TimelinePanel, offset=(40, 0))
        await session.settled()
        began, frames = session.at, 0
        derive = session.screen.derive

        def counted(note: str = "") -> bool:
            nonlocal frames
            frames += 1
            return derive(note)

        session.screen.derive = counted  # pyright: ignore[reportAttributeAccessIssue]
        panel = session.screen.query_one(TimelinePanel)
        for step in range(41, 60):
            panel.post_message(TimelinePanel.Sought(1 + 23 * step))
        await session.settled()
        assert (session.at, frames) == ("e12.i5.1", 1)
        # While it is held, it may leave the bar.
        await session.pilot.hover(TimelinePanel, offset=(20, -9))
        await session.pilot.mouse_up(TimelinePanel, offset=(20, 0))
        await session.settled()
        here = session.at
        assert here not in (began, "e12.i5.1")
        await session.act("type('back')")
        assert session.at == "e3.i2.17"
        await session.act("type('forward')")
        assert session.at == here


async def test_playing_says_how_fast_until_it_is_paused() -> None:
    async with opened(settle=False) as session:
        await session.act("play")
        assert "► 4 events/s" in session.panel_text("timeline")
        await session.act("speed(2)")
        assert "► 8 events/s" in session.panel_text("timeline")
        await session.act("play")
        assert "events/s" not in session.panel_text("timeline")
        assert "paused" in session.panel_text("timeline")
