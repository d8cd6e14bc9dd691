"""The tree of timelines: branches, losses, and what keys do to them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from engine import Debugger, open_lesson
from tests.tui.screens import Session, opened, text_of
from tui.drawing.timelines import draw_timelines
from tui.models.choice import Choice
from tui.models.timelines import TimelineRow, TimelinesView
from tui.screens.answer import AnswerScreen
from tui.screens.problem import ProblemScreen
from tui.views.frame import Views
from tui.views.look import Look
from tui.widgets.prompt import Prompt


def debugger(*, forks: bool = True) -> Debugger:
    made = Debugger(open_lesson("two-layer-csv", overrides=["training.epochs=12"]))
    if forks:
        made.goto("e3.i2.20")
        made.set("w1", 5.0)
        made.end()
        made.goto("e5")
        made.set("lr", 30.0, name="faster")
        made.end()
        made.timelines.switch("main")
        made.goto("e9.i3.12")
        made.set("w2", -3.0)
    return made


def view(made: Debugger) -> TimelinesView:
    return Views(made).frame(Look(), names=("timelines",)).views["timelines"]


def row(found: TimelinesView, name: str) -> TimelineRow:
    (one,) = [r for r in found.rows if r.name == name]
    return one


# --- the view ----------------------------------------------------------------------------------


def test_each_timeline_stands_below_the_one_that_it_forked_from() -> None:
    found = view(debugger())
    assert [(r.branch, r.name, r.edit, r.at) for r in found.rows] == [
        ("", "main", "", ""),
        ("├─ ", "fork-1", "w1 = 5", "e3.i2.20"),
        ("│  └─ ", "faster", "learning_rate = 30", "e5.i1.1"),
        ("└─ ", "fork-2", "w2 = -3", "e9.i3.12"),
    ]
    assert [r.name for r in found.rows if r.current] == ["fork-2"]


def test_the_losses_are_those_of_this_iteration_and_of_the_last_one() -> None:
    made = debugger()
    found = view(made)
    main, faster = row(found, "main"), row(found, "faster")
    step = made.calendar.step(made.at)
    record = made.timelines["fork-2"].run.record(step)
    assert row(found, "fork-2").loss == f"{record.loss:.4f}"
    assert (main.final, main.recorded) == ("·", "71.7%")
    assert (faster.final, faster.final_style, faster.recorded) == ("nan", "bad", "100%")
    made.goto("e1")
    found = view(made)
    shared = {r.loss for r in found.rows}
    assert len(shared) == 1  # all have this past in common


def test_each_way_begins_where_it_leaves_the_one_before() -> None:
    found = view(debugger())
    assert (row(found, "main").start, row(found, "main").end) == (0.0, 43 / 60)
    fork = row(found, "fork-1")
    assert (fork.start, fork.end, len(fork.losses)) == (11 / 60, 1.0, 49)


def test_what_can_be_done_is_said_as_commands() -> None:
    found = view(debugger())
    assert row(found, "fork-1").choice == Choice(
        go="switch fork-1",
        remove="forget fork-1",
        rename="rename fork-1 ",
        compare="compare fork-1",
    )
    assert row(found, "fork-2").choice.compare == "compare"  # with the one that it comes from


def test_another_fork_of_a_name_that_was_forgotten_has_losses_of_its_own() -> None:
    made = debugger(forks=False)
    made.end()
    made.goto("e3.i2.20")
    views, losses = Views(made), []
    for value in (5.0, -5.0):
        made.set("w1", value, name="other")
        made.end()
        found = views.frame(Look(), names=("timelines",)).views["timelines"]
        losses.append(row(found, "other").losses)
        made.goto("e3.i2.20")
        made.delete("other")
    assert losses[0] != losses[1]


# --- the drawing -------------------------------------------------------------------------------

VIEWS = {"one": view(debugger(forks=False)), "tree": view(debugger())}


@given(
    st.sampled_from(sorted(VIEWS)),
    st.integers(0, 200),
    st.integers(0, 12),
    st.integers(0, 9),
    st.integers(0, 5),
)
@settings(max_examples=100)
def test_it_has_exactly_its_size(name: str, width: int, height: int, top: int, place: int) -> None:
    rows = draw_timelines(VIEWS[name], width, height, top=top, selected=place)
    assert [cell_len(row) for row in text_of(rows)] == [width] * height


@pytest.mark.parametrize("width", range(20, 140, 4))
def test_texts_and_numbers_stand_whole_or_not_at_all(width: int) -> None:
    found = VIEWS["tree"]
    head, *rows = text_of(draw_timelines(found, width, 5))
    for title, texts in (
        ("loss here", [r.loss for r in found.rows]),
        ("at end", [r.final for r in found.rows]),
        ("recorded", [r.recorded for r in found.rows]),
    ):
        if (place := head.find(title)) >= 0:
            end = place + len(title)
            assert all(d[:end].endswith(t) for t, d in zip(texts, rows, strict=True))
    for title, texts in (
        ("edit", [r.edit for r in found.rows]),
        ("after", [r.at for r in found.rows]),
    ):
        if (place := head.find(title)) >= 0:
            assert all(d[place:].startswith(t) for t, d in zip(texts, rows, strict=True))


def test_a_fork_is_drawn_on_the_axis_of_the_run() -> None:
    found = VIEWS["tree"]
    head, *rows = text_of(draw_timelines(found, 140, 5))
    start = head.index("loss along")
    ways = [row[start:] for row in rows]
    width = len(ways[0])
    for row_, way in zip(found.rows[1:], ways[1:], strict=True):
        assert way.index("┣") == round(row_.start * width) - 1
        assert not way[: way.index("┣")].strip("│ ")
    assert "×" in ways[2] and ways[0].endswith("·")


def test_one_timeline_alone_says_how_another_comes_about() -> None:
    text = "\n".join(text_of(draw_timelines(VIEWS["one"], 80, 5)))
    assert "x changes a value here" in text


# --- in the hand -------------------------------------------------------------------------------


async def forked(session: Session) -> None:
    for line in ("goto e3.i1.20", "set w1 = 2", "goto e5", "set w2 = 1 as other", "goto e7.i1.8"):
        session.screen.execute(line)
        await session.settled()


def current(session: Session) -> str:
    return session.app.debugger.position.timeline


async def test_enter_looks_at_a_timeline_and_x_forgets_one() -> None:
    async with opened(settle=False) as session:
        await forked(session)
        await session.press("9", "up", "up", "enter")
        assert current(session) == "main"
        await session.press("down", "enter")
        assert current(session) == "fork-1"
        await session.press("x")
        assert isinstance(session.app.screen, ProblemScreen)
        assert "is the past of other" in session.text()
        await session.press("escape", "down", "x")
        assert [t.name for t in session.app.debugger.timelines] == ["main", "fork-1"]
        await session.press("delete")
        assert [t.name for t in session.app.debugger.timelines] == ["main"]
        await session.press("x")
        assert "is the run as the experiment has it" in session.text()


async def test_r_asks_for_another_name_and_the_row_stays_selected() -> None:
    async with opened(settle=False) as session:
        await forked(session)
        await session.press("9", "up", "r")
        assert session.screen.query_one(Prompt).text == "rename fork-1 "
        await session.press(*"large", "enter")
        assert "large" in session.panel_text("timelines")


async def test_equals_compares_with_the_timeline_that_is_looked_at() -> None:
    async with opened(settle=False) as session:
        await forked(session)
        await session.press("9", "up", "up", "equals_sign")
        assert isinstance(session.app.screen, AnswerScreen)
        assert "other and main first differ at e4.i1.2" in session.text()


async def test_in_a_small_panel_the_timeline_that_is_looked_at_is_in_sight() -> None:
    async with opened(size=(80, 24), settle=False) as session:
        await session.press("9", "T")  # the tour leaves the panel three rows or so
        await forked(session)
        for line in ("goto e9", "set w2 = 3 as last", "switch other", "switch last", "switch main"):
            session.screen.execute(line)
            await session.settled()
            shown = [r for r in session.panel_text("timelines").split("\n") if "►" in r]
            assert len(shown) == 1
            assert current(session) in shown[0]
