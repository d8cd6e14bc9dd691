"""Breakpoints, searches, what-if and sessions on the screen, by the keys that lead to them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine import Debugger, open_lesson
from tests.tui.screens import Session, opened
from tui.app import GradstepApp
from tui.console import Answer, Console
from tui.screens.answer import AnswerPanel, AnswerScreen, broken
from tui.screens.problem import ProblemScreen
from tui.table import CommandTable
from tui.widgets.field import Field
from tui.widgets.listing import ListingPanel
from tui.widgets.prompt import Prompt

LONG = ("training.epochs=3000000",)


async def type_line(session: Session, text: str) -> None:
    """Type a whole command at the prompt."""
    session.screen.action_prompt()
    field = session.screen.query_one(Field)
    field.fill(text)
    await field.action_submit()
    await session.settled()


def words(session: Session) -> str:
    """What the timeline says."""
    frame = session.screen._frame
    assert frame is not None
    return frame.timeline.busy


def gutter(session: Session) -> str:
    return "".join(sign for sign in session.panel_text("listing") if sign in "●○")


def sheet(session: Session) -> AnswerScreen:
    assert isinstance(session.app.screen, AnswerScreen)
    return session.app.screen


def caret(session: Session) -> tuple[str, str]:
    """The typed line and the line below it, as they are painted."""
    rows = session.lines()
    return rows[-2], rows[-1]


# --- breakpoints --------------------------------------------------------------------------------


async def test_b_sets_a_breakpoint_on_the_line_of_the_event_and_removes_it() -> None:
    async with opened(settle=False) as session:
        await session.goto("e1.i1.5")
        await session.press("b")
        (stop,) = session.app.debugger.stops
        assert str(stop) == "break line 3"
        (row,) = [r for r in session.panel_text("listing").split("\n") if "●" in r]
        assert "3  g = w2 * h + b2" in row
        await session.press("b")
        assert len(session.app.debugger.stops) == 0
        assert gutter(session) == ""


async def test_b_goes_to_the_line_that_is_selected_in_the_listing() -> None:
    async with opened(settle=False) as session:
        await session.focus("listing")
        await session.press("down", "j", "down", "k", "b")
        assert [str(s) for s in session.app.debugger.stops] == ["break line 3"]
        assert "❯● 3" in session.panel_text("listing")
        await session.press("s")
        assert "❯" not in session.panel_text("listing")


async def test_enter_goes_to_the_selected_line() -> None:
    async with opened(settle=False) as session:
        await session.focus("listing")
        await session.press("down", "down", "enter")
        assert session.at == "e1.i1.5"


async def test_the_selection_stays_in_sight_at_both_ends() -> None:
    async with opened("two-layer", (80, 24), settle=False) as session:
        await session.focus("listing")
        listing = session.screen.query_one(ListingPanel)
        for direction, number in (("down", 15), ("up", 1)):
            for _ in range(20):
                listing.action_move(direction)  # pyright: ignore[reportArgumentType]
            await session.settled()
            assert listing.selected == number
            assert "❯" in session.panel_text("listing") or "►" in session.panel_text("listing")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_click_beside_a_line_sets_a_breakpoint_there(size: tuple[int, int]) -> None:
    async with opened("two-layer", size, settle=False) as session:
        rows = session.panel_text("listing").split("\n")
        y = next(i for i, row in enumerate(rows) if "g = w2" in row)
        x = rows[y].index("3  g")
        for signs in ("●", ""):
            assert await session.pilot.click(ListingPanel, offset=(x, y))
            await session.settled()
            assert gutter(session) == signs
        assert session.at == "e1.i1.1"


async def test_b_switches_a_stop_off_that_has_more_to_it_than_a_line() -> None:
    async with opened(settle=False) as session:
        await session.goto("e1.i1.5")
        await type_line(session, "break g if w1 > 0")
        for enabled, sign in ((True, "●"), (False, "○"), (True, "●")):
            (stop,) = session.app.debugger.stops
            assert stop.enabled is enabled
            assert gutter(session) == sign
            await session.press("b")


@pytest.mark.parametrize("keys", [("c", "C"), ("f5", "C")])
async def test_c_goes_to_the_next_stop_and_upper_case_to_the_one_before(
    keys: tuple[str, str],
) -> None:
    async with opened(settle=False) as session:
        await type_line(session, "break grad w1")
        await session.press(keys[0])
        assert (session.at, words(session)) == ("e1.i1.19", "breakpoint 1: grad w1")
        await session.press(keys[0])
        assert session.at == "e2.i1.19"
        await session.press(keys[1])
        assert session.at == "e1.i1.19"
        await session.press(keys[1])
        assert "no stop hits before this" in words(session)
        assert session.at == "e1.i1.1"


async def test_playing_stops_at_a_stop() -> None:
    async with opened(settle=False) as session:
        await type_line(session, "break h if w1 > 0")
        await type_line(session, "ignore 1 1")
        await session.act(*["speed(2)"] * 5, "play")
        for _ in range(200):
            await asyncio.sleep(0.02)
            if session.screen._playing is None:
                break
        assert session.at == "e2.i1.3"
        assert words(session) == "breakpoint 1: h if w1 > 0"
        assert session.app.debugger.stops[1].hits == 2


async def test_w_asks_for_an_expression_and_upper_case_goes_to_what_is_watched() -> None:
    async with opened(settle=False) as session:
        await session.goto("e2.i1.19")
        await session.press("w")
        assert session.screen.query_one(Field).value == "watch "
        await session.press(*"norm", "left_parenthesis", "h", "right_parenthesis", "enter")
        assert words(session) == "stop 1: watch norm(h)"
        assert "norm(h)" in session.panel_text("watches")
        await session.press("W", "enter")
        assert words(session) == "norm(h) changed here"
        assert session.at == "e2.i1.3"


async def test_upper_case_b_shows_the_stops_to_be_switched_removed_and_visited() -> None:
    async with opened(settle=False) as session:
        for line in ("break line 6", "break if loss < 1", "watch w1"):
            await type_line(session, line)
        await session.press("B")
        hint = "enter goes there · space on/off · x removes · esc closes"
        assert hint in session.text()
        await session.press("down", "space")
        assert [s.enabled for s in session.app.debugger.stops] == [True, False, True]
        assert "○  break if loss < 1" in session.text()
        await session.press("x")
        assert [s.number for s in session.app.debugger.stops] == [1, 3]
        await session.press("x")
        assert [s.number for s in session.app.debugger.stops] == [1]
        await session.press("up", "enter")
        assert session.app.screen is session.screen
        assert session.at == "e1.i1.12"


async def test_the_last_stop_can_be_removed_on_the_sheet() -> None:
    async with opened(settle=False) as session:
        await session.press("b", "B", "x")
        assert "no stops are set" in session.text()
        await session.press("x", "space", "enter")
        assert session.app.screen is session.screen
        await session.press("B")
        assert "no stops are set" in words(session)


async def test_a_line_of_a_sheet_is_chosen_by_a_click() -> None:
    async with opened(settle=False) as session:
        await type_line(session, "break line 6")
        await type_line(session, "break line 3")
        await session.press("B")
        panel = session.app.screen.query_one(AnswerPanel)
        assert await session.pilot.click(panel, offset=(6, 2))
        await session.settled()
        assert session.at == "e1.i1.5"


# --- questions ----------------------------------------------------------------------------------


async def test_y_says_where_the_number_came_from_and_leads_there() -> None:
    async with opened(settle=False) as session:
        await session.goto("e2.i1.19")
        await session.press("y")
        assert "why grad(w1)" in session.text()
        for _ in range(3):
            sheet(session).query_one(AnswerPanel).action_move("down")
        await session.press("enter")
        assert session.at == "e2.i1.16"
        assert "back" in session.app.debugger.back().note or session.at == "e2.i1.19"


async def test_y_asks_about_the_chosen_node_also_an_inner_one() -> None:
    async with opened(settle=False) as session:
        await session.goto("e2.i1.8")
        graph = session.app.debugger.graph
        inner = next(n for n in graph.ops if n.name == "w1 * x")
        session.screen.look = type(session.screen.look)(node=inner.id)
        await session.press("y")
        assert "why w1 * x" in session.text()
        await session.press("escape")
        await session.goto("e2.i1.19")
        await session.press("y")
        assert "why grad(w1 * x)" in session.text()


async def test_y_where_there_is_no_node_says_how_to_choose_one() -> None:
    async with opened(settle=False) as session:
        await session.press("y")
        assert "choose one in the graph" in words(session)


async def test_a_short_answer_stands_in_the_timeline_and_a_long_one_on_a_sheet() -> None:
    async with opened("two-layer", (80, 24), settle=False) as session:
        await type_line(session, "expect w1 > 0")
        assert words(session) == "w1 > 0 is true at e1.i1.1"
        assert session.app.screen is session.screen
        await type_line(session, "print w1 * x - 1234567.890123")
        assert "1234567" in session.text()
        sheet(session)
        await session.press("escape")
        await session.goto("e1.i1.3")
        await type_line(session, "where")
        sheet(session)


async def test_when_leads_to_the_first_and_to_the_last_time() -> None:
    async with opened() as session:
        await type_line(session, "when loss < 0.3")
        await session.press("down", "enter")
        assert session.at == "e100.i1.8"


async def test_words_that_do_not_fit_are_cut_between_words() -> None:
    async with opened("two-layer", (80, 24), settle=False) as session:
        await type_line(session, "bookmark " + "b" * 39)
        name = "b" * 39
        assert name in session.text() or f"{name[:10]}" not in session.lines()[-2]


# --- errors at the prompt -----------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 12)])
async def test_a_mistake_is_pointed_at_under_what_was_typed(size: tuple[int, int]) -> None:
    async with opened("two-layer", size, settle=False) as session:
        await type_line(session, "break if loos < 1")
        typed, below = caret(session)
        assert typed.strip() == ":break if loos < 1"
        start = typed.index("loos")
        assert below[start : start + 4] == "^^^^"
        assert below.strip() == "^^^^"
        assert "'loss'?" in session.text()
        assert session.screen.query_one(Prompt).display
        await session.press("backspace")
        assert caret(session)[1].strip() == ""
        session.screen.query_one(Field).value = "break if loss < 1"
        await session.press("enter")
        assert not session.screen.query_one(Prompt).display
        assert len(session.app.debugger.stops) == 1


async def test_the_caret_stands_right_in_a_line_that_is_longer_than_the_screen() -> None:
    async with opened("two-layer", (80, 24), settle=False) as session:
        await type_line(session, "break if " + "loss + " * 12 + "loos < 1")
        await session.settled()
        typed, below = caret(session)
        start = typed.index("loos")
        assert below[start : start + 4] == "^^^^"


async def test_a_command_that_takes_nothing_complains_at_the_prompt() -> None:
    async with opened(settle=False) as session:
        for line in ("zoom 3", "timelines 3"):
            await type_line(session, line)
            assert "takes nothing; '3' came" in session.text()
            await session.press("escape")


async def test_a_command_that_wants_more_asks_for_it() -> None:
    async with opened(settle=False) as session:
        await type_line(session, "watch")
        assert session.screen.query_one(Field).value == "watch "
        assert session.screen.query_one(Prompt).display


async def test_a_mistake_of_a_key_opens_as_a_panel() -> None:
    async with opened(settle=False) as session:
        session.screen.execute("break nothing")
        await session.settled()
        assert isinstance(session.app.screen, ProblemScreen)
        assert "unknown name 'nothing'" in session.text()


# --- searching ----------------------------------------------------------------------------------


async def searching(session: Session) -> None:
    """A search that goes on for minutes."""
    session.screen.execute("break if loss < 0")
    session.screen.execute("continue")
    await asyncio.sleep(0.15)


async def test_a_search_shows_its_progress_and_is_stopped_at_once() -> None:
    async with opened(open_lesson("two-layer", overrides=LONG), settle=False) as session:
        await searching(session)
        assert words(session).startswith("searching … ")
        assert words(session).endswith("ctrl+c stops")
        await session.act("stop")
        assert words(session) == "stopped"
        assert (session.at, session.app.debugger.stops[1].hits) == ("e1.i1.1", 0)
        done = session.app.debugger.run.done
        await session.act("type('step')", "type('iteration')")
        assert session.at == "e2.i1.2"
        assert session.app.debugger.run.done >= done


async def test_a_command_during_a_search_takes_its_place() -> None:
    letters = CommandTable().by_letter
    async with opened(open_lesson("two-layer", overrides=LONG), settle=False) as session:
        for key in ("s", "i", "b", "m", "y", "home"):
            await searching(session)
            await session.act(letters[key].action if key in letters else "type('start')")
            assert not session.screen.is_busy
            if session.app.screen is not session.screen:
                session.app.pop_screen()
            there = session.at
            await asyncio.sleep(0.1)
            assert session.at == there
            assert "searching" not in session.text()


async def test_looking_closer_during_a_search_leaves_it_alone() -> None:
    async with opened(open_lesson("two-layer", overrides=LONG), settle=False) as session:
        await searching(session)
        await session.act("zoom", "level('op')", "sample(1)", "zoom")
        await asyncio.sleep(0.15)
        assert session.screen.is_busy
        assert "searching" in session.text()
        await session.act("stop")


async def test_a_search_that_ends_stands_at_its_hit() -> None:
    lesson = open_lesson("two-layer", overrides=["training.epochs=60000"])
    async with opened(lesson, settle=False) as session:
        await type_line(session, "break if step > 59000")
        await session.press("c")
        for _ in range(400):
            await asyncio.sleep(0.02)
            if not session.screen.is_busy:
                break
        assert session.at == "e59001.i1.1"


# --- what if ------------------------------------------------------------------------------------


async def test_x_asks_for_another_value_of_the_chosen_parameter() -> None:
    async with opened(settle=False) as session:
        await session.goto("e2.i1.19")
        await session.press("x")
        assert session.screen.query_one(Field).value == "set w1 = "
        await session.press("escape")
        await session.goto("e2.i1.7")
        await session.press("x", "minus", "2", "enter")
        debugger = session.app.debugger
        assert debugger.position.timeline == "fork-1"
        assert debugger.state.node("w1").value == -2
        assert "w1 = -2" in words(session)


async def test_a_fork_is_on_the_whole_screen() -> None:
    async with opened("two-layer", (200, 60)) as session:
        await session.goto("e20.i1.19")
        await type_line(session, "set w1 = -1.5 as what-if")
        await session.recorded()
        await session.act("type('iteration')")
        frame = session.frame
        assert frame.timeline.timeline == "what-if"
        assert "on what-if" in session.panel_text("timeline")
        assert frame.views["parameters"].rows[0].value.strip() == "−1.5000"
        current, other = frame.views["plots"].plots[0].series
        assert (current.name, other.name, other.behind) == ("what-if", "main", True)
        assert current.xs == other.xs == tuple(range(1, 101))
        assert current.ys[:20] == other.ys[:20]
        assert current.ys[20] != other.ys[20]
        assert "what-if" in session.panel_text("plots") and "main" in session.panel_text("plots")
        path = next(line for line in frame.views["plots"].plots[1].series if line.name == "w1")
        assert path.ys[20] == pytest.approx(-1.5, abs=1e-3)
        assert "fork" in [mark.kind for mark in frame.timeline.levels[0].marks]
        await type_line(session, "switch main")
        assert session.frame.views["plots"].plots[0].series[0].name == "main"
        assert session.frame.views["parameters"].rows[0].value.strip() != "−1.5000"


async def test_a_fork_of_the_first_iteration_and_of_a_fork_have_whole_histories() -> None:
    async with opened() as session:
        await type_line(session, "set w1 = 2 as one")
        await session.recorded()
        await session.goto("e50")
        await type_line(session, "set learning_rate = 0.01 as two")
        await session.recorded()
        for name in ("two", "one", "main"):
            session.screen.execute(f"switch {name}")
            line = session.frame.views["plots"].plots[0].series[0]
            assert line.name == name
            assert line.xs == tuple(range(1, 101))
            run = session.app.debugger.run
            assert line.ys == tuple(run.record(step).loss for step in range(100))


async def test_bookmarks_are_marked_in_the_bar_and_visited() -> None:
    async with opened(settle=False) as session:
        await session.goto("e50.i1.3")
        await session.press("m")
        assert words(session) == "bookmark 1 at e50.i1.3"
        await session.press("home")
        assert "▾" in session.panel_text("timeline")
        await session.press("apostrophe")
        assert session.screen.query_one(Field).value == "visit "
        await session.press("enter")
        assert session.at == "e50.i1.3"
        assert words(session) == "bookmark 1"


async def test_timelines_are_switched_and_forgotten_on_their_sheet() -> None:
    async with opened(settle=False) as session:
        await type_line(session, "set w1 = 2 as one")
        await type_line(session, "timelines")
        await session.press("enter")
        assert session.app.debugger.position.timeline == "main"
        await type_line(session, "timelines")
        await session.press("x")
        assert len(session.app.debugger.timelines) == 2
        await session.press("down", "x")
        assert len(session.app.debugger.timelines) == 1


async def test_what_cannot_be_removed_on_a_sheet_is_explained_over_it() -> None:
    async with opened(settle=False) as session:
        await type_line(session, "set w1 = 2 as one")
        await type_line(session, "set w1 = 3 as two")
        await type_line(session, "timelines")
        await session.press("down", "x")
        assert isinstance(session.app.screen, ProblemScreen)
        assert "'one' is the past of two" in session.text()
        await session.press("escape")
        sheet(session)


# --- sessions -----------------------------------------------------------------------------------


async def test_a_session_is_saved_and_another_one_takes_the_whole_screen(tmp_path: Path) -> None:
    path = tmp_path / "mine.gradstep"
    async with opened(settle=False) as session:
        await session.goto("e7.i1.19")
        await session.press("b")
        await type_line(session, "set w1 = 2 as other")
        await type_line(session, f"save {path}")
        assert path.exists()
    async with opened("chain-rule") as session:
        assert "cos" in session.text()
        await type_line(session, f"load {path}")
        for _ in range(200):
            await asyncio.sleep(0.02)
            if not session.screen.is_busy:
                break
        await session.settled()
        assert session.at == "e7.i1.19"
        assert "cos" not in session.text()
        assert "on other" in session.text()
        assert gutter(session) == "●"
        await session.press("s", "C")
        assert session.at == "e7.i1.19"


async def test_what_a_session_has_to_say_is_seen_when_it_opens() -> None:
    app = GradstepApp(Console(Debugger(open_lesson("two-layer"))), ["the state has other bits"])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, AnswerScreen)
        assert "other bits" in app.screen.answer.text
        await pilot.press("escape")
        assert app.screen is app.debugger_screen


# --- the sheet ----------------------------------------------------------------------------------


def test_the_branches_of_a_tree_go_on_beside_a_line_that_is_broken() -> None:
    rows = broken("│  ├─ one two three four five six seven", "text", 24)
    text = ["".join(part for part, _ in row) for row in rows]
    assert text[0].startswith("│  ├─ one two three")
    assert all(row.startswith("│  │  ") for row in text[1:])
    assert " ".join(" ".join(text).replace("│", "").replace("├─", "").split()) == (
        "one two three four five six seven"
    )
    rows = broken("└─ " + "word " * 9, "text", 24)
    assert "".join(part for part, _ in rows[1]).startswith("     ")


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (80, 24), (200, 60)])
async def test_a_sheet_fits_every_terminal(size: tuple[int, int]) -> None:
    async with opened("two-layer", size, settle=False) as session:
        await session.goto("e2.i1.19")
        await session.press("y")
        panel = sheet(session).query_one(AnswerPanel)
        for _ in range(30):
            panel.action_move("down")
        await session.settled()
        assert len(session.lines()) == size[1]
        assert panel.region.width <= size[0] and panel.region.height <= size[1]
        assert "❯" in session.text() or size[1] < 6
        await session.press("escape")
        assert session.app.screen is session.screen


def test_a_line_without_an_address_leads_nowhere() -> None:
    answer = Answer("at e1.i2.3 and e2.i1.4\nnothing here")
    assert answer.choice(0).go == "goto e2.i1.4"
    assert answer.choice(1).go == ""
