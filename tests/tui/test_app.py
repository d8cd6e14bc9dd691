"""The debugger in the hand of a reader: every key does what its help says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from engine import Debugger, open_lesson
from tests.experiments import EXPERIMENTS
from tests.tui.screens import (
    ODD_EXPERIMENTS,
    UNEVEN,
    WIDE_CHARACTERS,
    Session,
    chain_of,
    opened,
    screen_segments,
)
from tui.app import GradstepApp
from tui.catalogue import CATALOGUE, Kind, views_of
from tui.screens.help import HelpScreen
from tui.screens.problem import ProblemScreen
from tui.screens.sheet import SheetPanel
from tui.theme import THEMES
from tui.widgets.field import Field
from tui.widgets.graph import GraphPanel
from tui.widgets.listing import ListingPanel
from tui.widgets.prompt import Prompt
from tui.widgets.timeline import TimelinePanel

SIZES = [(80, 24), (120, 40), (200, 60)]


def state_line(session: Session) -> str:
    """The words of the timeline."""
    (line,) = [row for row in session.lines() if session.at in row and "listing" not in row][-1:]
    return line


async def eventually(session: Session, what: str, seconds: float = 3.0) -> bool:
    for _ in range(int(seconds / 0.02)):
        if what in session.text():
            return True
        await asyncio.sleep(0.02)
    return False


# --- stepping -----------------------------------------------------------------------------------


async def test_a_step_and_its_way_back() -> None:
    async with opened("two-layer-csv") as session:
        await session.goto("e2.i3.10")
        for key, back, there in [
            ("s", "S", "e2.i3.11"),
            ("right", "left", "e2.i3.11"),
            ("i", "I", "e2.i4.10"),
            ("e", "E", "e3.i3.10"),
        ]:
            await session.press(key)
            assert session.at == there
            assert there in session.text()
            await session.press(back)
            assert session.at == "e2.i3.10"


async def test_lines_passes_and_the_ends() -> None:
    async with opened() as session:
        for key, there in [
            ("n", "e1.i1.3"),
            ("shift+right", "e1.i1.5"),
            ("N", "e1.i1.3"),
            ("shift+left", "e1.i1.1"),
            ("f", "e1.i1.8"),
            ("f", "e1.i1.19"),
            ("F", "e1.i1.9"),
            ("end", "e100.i1.23"),
            ("home", "e1.i1.1"),
        ]:
            await session.press(key)
            assert session.at == there, key


@pytest.mark.parametrize(
    ("lesson", "size"),
    [
        ("two-layer", (80, 24)),
        ("two-layer-csv", (120, 40)),
        ("two-layer-csv", (200, 60)),
        ("chain-rule", (120, 40)),
    ],
)
async def test_stepping_there_and_back_shows_the_same_screen(
    lesson: str, size: tuple[int, int]
) -> None:
    async with opened(lesson, size) as session:
        await session.goto("e2.i1.4")
        before = session.text()
        units = ["step"] * 9 + ["iteration", "epoch", "step", "step"]
        await session.act(*(f"type('{unit}')" for unit in units))
        assert session.text() != before
        await session.act(*(f"type('{unit} back')" for unit in reversed(units)))
        assert session.text() == before


@pytest.mark.parametrize("lesson", EXPERIMENTS)
async def test_every_lesson_fits_a_small_screen_and_shows_where_it_is(lesson: str) -> None:
    async with opened(lesson, (80, 24), settle=False) as session:
        await session.act("type('pass')", "type('pass')")
        debugger = session.app.debugger
        for panel in ("listing", "inspector", "graph", "parameters"):
            assert session.panel_text(panel).strip()
        (current,) = (row for row in session.panel_text("listing").splitlines() if "►" in row)
        assert current.split("►")[1].split()[0] == str(debugger.line.number)
        assert session.at in session.text()


async def test_a_burst_of_keys_arrives_where_single_steps_do() -> None:
    async with opened() as session:
        await session.act(*["type('step')"] * 60)
        assert session.at == "e3.i1.15"


async def test_a_step_before_the_start_says_so() -> None:
    async with opened() as session:
        for action, words in [
            ("type('step back')", "this is the start of the run"),
            ("type('line back')", "this is the start of the run"),
            ("type('pass back')", "this is the start of the run"),
            ("type('iteration back')", "this is the first iteration"),
            ("type('epoch back')", "this is the first epoch"),
            ("type('start')", "this is the start of the run"),
        ]:
            await session.act(action)
            assert session.at == "e1.i1.1"
            assert words in state_line(session)
            await session.act("type('step')")
            assert words not in session.text()
            await session.act("type('step back')")


async def test_a_step_past_the_end_says_so() -> None:
    async with opened() as session:
        await session.act("type('end')")
        for action, words in [
            ("type('step')", "this is the end of the run"),
            ("type('iteration')", "this is the last iteration"),
            ("type('epoch')", "this is the last epoch"),
            ("type('end')", "this is the end of the run"),
        ]:
            await session.act(action)
            assert session.at == "e100.i1.23"
            assert words in state_line(session)


async def test_what_is_said_stays_while_the_run_is_still_being_recorded() -> None:
    lesson = open_lesson("two-layer", overrides=["training.epochs=9000000"])
    async with opened(lesson, settle=False) as session:
        await session.act("level('formula')")
        assert "the derivation is by formulas already" in state_line(session)
        await asyncio.sleep(0.3)
        assert "the derivation is by formulas already" in state_line(session)


# --- odd experiments and odd sizes --------------------------------------------------------------


@pytest.mark.parametrize("text", ODD_EXPERIMENTS.values(), ids=ODD_EXPERIMENTS)
async def test_an_odd_experiment_can_be_stepped_through(text: str) -> None:
    async with opened(text, (80, 24)) as session:
        events = session.app.debugger.calendar.events
        await session.act(*["type('step')"] * events)
        await session.act("level('op')", *["type('step back')"] * events)
        assert session.at == "e1.i1.1"
        await session.act("type('end')")
        assert session.app.screen is session.screen


@pytest.mark.parametrize("text", ODD_EXPERIMENTS.values(), ids=ODD_EXPERIMENTS)
async def test_rows_are_as_wide_as_the_screen_and_numbers_are_never_cut(text: str) -> None:
    async with opened(text, (80, 24)) as session:
        await session.act("type('pass')", "type('pass')")
        for size in [(80, 24), (120, 40)]:
            await session.pilot.resize_terminal(*size)
            await session.settled()
            for row in screen_segments(session.app):
                assert sum(segment.cell_length for segment in row) == size[0]
            partial = {row.gradient for row in session.frame.views["parameters"].rows}
            for name in ("listing", "parameters"):
                found = re.findall(r"(?<!\w)[+−]?\d[\d.]*…", session.panel_text(name))
                assert not set(found) - partial


async def test_wide_characters_leave_the_columns_in_line() -> None:
    async with opened(WIDE_CHARACTERS, (120, 40)) as session:
        await session.act("type('pass')", "type('pass')")
        for name in ("listing", "parameters", "inspector"):
            assert "…" not in session.panel_text(name).replace("(目标 …", "")
        rows = [cell_len(row.rstrip("│ ")) for row in session.panel_text("parameters").split("\n")]
        assert rows[2] == rows[3]


TITLE_OF_THREE_LINES = r"""
title = "two\nlines\tand \u001b[31mred"
formulas = "loss = w * w"
[parameters]
w = 2.0
"""


async def test_control_characters_in_a_title_do_not_reach_the_terminal() -> None:
    async with opened(TITLE_OF_THREE_LINES) as session:
        text = "".join(s.text for row in screen_segments(session.app) for s in row)
        assert not [c for c in text if ord(c) < 32 or ord(c) == 127]


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (20, 5), (40, 12), (56, 15), (500, 150)])
async def test_any_size_of_the_terminal_is_survived(size: tuple[int, int]) -> None:
    async with opened("two-layer", size) as session:
        await session.act("type('pass')", "type('pass')", "zoom", "zoom")
        assert len(session.lines()) == size[1]
        assert session.app.screen is session.screen


async def test_the_terminal_can_change_its_size_while_stepping() -> None:
    async with opened("two-layer", (120, 40)) as session:
        await session.goto("e1.i1.19")
        before = session.text()
        for width, height in [(20, 5), (500, 150), (80, 24), (100, 32), (120, 40)]:
            await session.pilot.resize_terminal(width, height)
            await session.act("type('step')")
            await session.act("type('step back')")
            lines = session.lines()
            assert (len(lines), {len(line) for line in lines}) == (height, {width})
        assert session.text() == before


async def test_the_help_sheet_follows_the_size_of_the_terminal() -> None:
    async with opened("two-layer", (120, 40)) as session:
        await session.act("help")
        await session.pilot.resize_terminal(60, 20)
        await session.settled()
        await session.settled()
        assert "…" not in "".join(line for line in session.lines() if "step" in line)
        assert max(len(line) for line in session.lines()) == 60


# --- the prompt ---------------------------------------------------------------------------------


async def type_in(session: Session, text: str) -> None:
    session.screen.query_one(Field).value = text
    await session.press("enter")
    await session.settled()


async def test_the_prompt_goes_to_an_address() -> None:
    async with opened("two-layer-csv") as session:
        for text, there in [
            ("e2.i3.17", "e2.i3.17"),
            (".4", "e2.i3.4"),
            ("e2.i3", "e2.i3.1"),
            ("e4", "e4.i1.1"),
            ("  e2  ", "e2.i1.1"),
            ("goto e3", "e3.i1.1"),
        ]:
            await session.press("g")
            assert session.screen.query_one(Prompt).display
            await type_in(session, text)
            assert session.at == there
            assert not session.screen.query_one(Prompt).display
            assert session.screen.focused is None


@pytest.mark.parametrize(
    ("text", "words", "size"),
    [
        ("e999", "there is no e999.i1.1 in this run", (80, 24)),
        ("e1.i1.99", "it runs from e1.i1.1 to e40.i5.23", (60, 20)),
        ("17", "'17' is not an address", (60, 20)),
        ("17", "or .17", (80, 24)),
        ("17", "or .17", (120, 40)),
    ],
)
async def test_a_bad_address_is_explained_and_can_be_mended(
    text: str, words: str, size: tuple[int, int]
) -> None:
    async with opened("two-layer-csv", size) as session:
        await session.press("g")
        await type_in(session, text)
        prompt = session.screen.query_one(Prompt)
        assert session.at == "e1.i1.1"
        assert prompt.display
        assert session.screen.query_one(Field).value == text
        bottom = " ".join(" ".join(session.lines()[-4:]).split())
        assert words in bottom
        await type_in(session, "e2")
        assert session.at == "e2.i1.1"
        assert not prompt.display


async def test_escape_closes_the_prompt_and_gives_the_keys_back() -> None:
    async with opened() as session:
        await session.press("g")
        await session.press("s", "escape")
        assert session.at == "e1.i1.1"
        assert not session.screen.query_one(Prompt).display
        await session.press("s")
        assert session.at == "e1.i1.2"


async def test_an_empty_line_closes_the_prompt() -> None:
    async with opened() as session:
        await session.press("colon", "enter")
        assert not session.screen.query_one(Prompt).display


async def test_tab_does_not_leave_the_prompt_behind() -> None:
    async with opened() as session:
        await session.press("g", "tab")
        prompt = session.screen.query_one(Prompt)
        assert not prompt.display or session.screen.query_one(Field).has_focus


async def test_letters_typed_into_the_prompt_are_no_commands() -> None:
    async with opened() as session:
        await session.press("colon", *"sqnz?+ ")
        assert session.screen.query_one(Field).value == "sqnz?+ "
        assert session.at == "e1.i1.1"
        assert session.app.is_running


async def test_the_command_line_takes_names_of_commands_and_addresses() -> None:
    async with opened() as session:
        for text, there in [
            ("step", "e1.i1.2"),
            ("STEP", "e1.i1.3"),
            ("line back", "e1.i1.1"),
            ("end", "e100.i1.23"),
            ("e7", "e7.i1.1"),
        ]:
            await session.press("colon")
            await type_in(session, text)
            assert session.at == there


async def test_a_command_of_the_command_line_may_ask_for_more() -> None:
    async with opened() as session:
        await session.press("colon")
        await type_in(session, "goto")
        assert session.screen.query_one(Prompt).display
        await type_in(session, "e3")
        assert session.at == "e3.i1.1"


async def test_an_unknown_command_is_called_one_and_the_nearest_is_named() -> None:
    async with opened() as session:
        await session.press("colon")
        await type_in(session, "iteratoin")
        assert "'iteration'" in session.text()


# --- sheets -------------------------------------------------------------------------------------


async def test_help_opens_over_the_debugger_and_closes_again() -> None:
    async with opened() as session:
        before = session.text()
        for opening, closing in [
            ("question_mark", "escape"),
            ("question_mark", "q"),
            ("question_mark", "enter"),
            ("f1", "question_mark"),
        ]:
            await session.press(opening)
            assert isinstance(session.app.screen, HelpScreen)
            assert "one event / one event back" in session.text()
            await session.press(closing)
            assert session.app.screen is session.screen
            assert session.text() == before


async def test_help_can_be_scrolled_to_its_end_on_a_small_screen() -> None:
    async with opened("two-layer", (80, 24)) as session:
        await session.press("question_mark")
        assert "choose a node" not in session.text()
        await session.press("pagedown")
        panel = session.app.screen.query_one(SheetPanel)
        panel.scroll_rows(panel.rows_in_all())
        await session.settled()
        assert "choose a node" in session.text()


async def test_the_palette_over_a_sheet_still_finds_commands() -> None:
    async with opened() as session:
        await session.press("question_mark", "ctrl+p")
        await session.pilot.pause(0.2)
        listed = list(session.app.get_system_commands(session.app.screen_stack[1]))
        assert listed or isinstance(session.app.screen, HelpScreen)


# --- looking ------------------------------------------------------------------------------------


async def test_zoom_fills_the_screen_with_the_focused_panel_and_goes_back() -> None:
    async with opened() as session:
        before = session.text()
        await session.focus("inspector")
        await session.act("zoom")
        shown = [k.name for k in CATALOGUE if session.screen.panel(k.name).display]
        assert shown == ["inspector", "timeline"]
        assert session.screen.panel("inspector").region.width == 120
        await session.act("zoom")
        session.screen.set_focus(None)
        await session.settled()
        assert session.text() == before


async def test_without_a_focused_panel_the_graph_is_zoomed_and_escape_goes_back() -> None:
    async with opened() as session:
        await session.act("zoom")
        assert session.screen.panel("graph").region.width == 120
        await session.press("escape")
        assert session.screen.panel("listing").display


async def test_tab_goes_round_the_panels_that_are_shown() -> None:
    async with opened("two-layer", (80, 24)) as session:
        seen = []
        for _ in range(4):
            await session.press("tab")
            seen.append(session.screen.focused and session.screen.focused.id)
        assert seen == ["listing", "graph", "inspector", "parameters"]
        await session.press("shift+tab")
        assert session.screen.focused is session.screen.panel("inspector")


def bold_words(session: Session) -> set[str]:
    return {
        segment.text.strip()
        for row in screen_segments(session.app)
        for segment in row
        if segment.style is not None and segment.style.bold
    }


async def test_the_focused_panel_is_marked_without_colour_as_well() -> None:
    async with opened() as session:
        before = bold_words(session)
        await session.press("tab")
        assert bold_words(session) - before == {"listing"}


async def test_arrows_choose_a_node_to_inspect_and_escape_lets_it_go() -> None:
    async with opened() as session:
        await session.goto("e1.i1.19")
        followed = session.text()
        await session.focus("graph")
        await session.press("up")
        assert "chosen node" in session.text()
        assert session.screen.look.node is not None
        await session.press("escape")
        session.screen.set_focus(None)
        await session.settled()
        assert session.text() == followed


async def test_a_node_that_is_chosen_comes_into_sight() -> None:
    async with opened(chain_of(60), (80, 24)) as session:
        graph = session.screen.query_one(GraphPanel)
        await session.goto(".4")
        for _ in range(30):
            graph.action_move("right")
            await session.settled()
        name = session.app.debugger.graph[session.screen.look.node or 0].name
        assert name in session.panel_text("graph")


def place_of(session: Session, panel: str, pattern: str) -> tuple[int, int]:
    """Where something stands within a panel, for a click."""
    for y, row in enumerate(session.panel_text(panel).split("\n")):
        if found := re.search(pattern, row):
            return found.start() + 1, y
    raise AssertionError(f"{pattern!r} is not in the {panel}:\n{session.panel_text(panel)}")


@pytest.mark.parametrize("size", SIZES)
async def test_a_click_chooses_a_node_a_line_or_a_place_in_the_run(size: tuple[int, int]) -> None:
    async with opened("two-layer", size) as session:
        place = place_of(session, "graph", "[─ ] w2 [─ ]")
        assert await session.pilot.click(GraphPanel, offset=place)
        await session.settled()
        assert session.screen.look.node == session.app.debugger.graph.named["w2"]
        region = session.screen.panel("graph").region
        corner = (region.width - 4, region.height - 2)
        assert await session.pilot.click(GraphPanel, offset=corner)
        await session.settled()
        assert session.screen.look.node is None

        place = place_of(session, "listing", "g = w2")
        assert await session.pilot.click(ListingPanel, offset=place)
        await session.settled()
        assert session.at == "e1.i1.5"

        timeline = session.screen.query_one(TimelinePanel)
        bar, edge = (1, 2) if timeline.frame == "box" else (0, 0)
        assert await session.pilot.click(TimelinePanel, offset=(size[0] - 1 - edge, bar))
        await session.settled()
        assert session.at == "e100.i1.5"  # the same event of the iteration there
        assert await session.pilot.click(TimelinePanel, offset=(edge, bar))
        await session.settled()
        assert session.at == "e1.i1.5"


async def test_the_wheel_scrolls_the_listing_until_the_next_step() -> None:
    async with opened("two-layer", (80, 24)) as session:
        listing = session.screen.panel("listing")
        for _ in range(20):
            listing.scroll_rows(2)
        await session.settled()
        assert "b2 -= lr * d_b2" in session.panel_text("listing")
        await session.act("type('step')")
        assert "h = w1 * x + b1" in session.panel_text("listing")


async def test_the_inspector_says_how_much_is_below_and_scrolls_there() -> None:
    async with opened("two-layer", (80, 24)) as session:
        await session.goto("e1.i1.19")
        inspector = session.screen.panel("inspector")
        assert "more" in session.panel_text("inspector")
        assert "Σ over" in session.panel_text("inspector")
        for _ in range(40):
            inspector.scroll_rows(1)
        await session.settled()
        assert "more" not in session.panel_text("inspector")


async def test_samples_are_chosen_one_by_one_with_their_numbers_everywhere() -> None:
    async with opened() as session:
        await session.goto("e1.i1.19")
        await session.press("full_stop")
        assert "(+0.09375) · 0" in session.text()
        assert "sample 2 of 4" in session.panel_text("graph")
        await session.act("sample(1)", "sample(1)", "sample(1)")
        assert session.screen.look.sample == 3
        assert "this is the last sample of the batch" in state_line(session)
        await session.act("sample(-1)", "sample(-1)", "sample(-1)", "sample(-1)")
        assert session.screen.look.sample == 0
        assert "this is the first sample of the batch" in state_line(session)


async def test_choosing_a_sample_works_after_a_smaller_batch() -> None:
    async with opened(UNEVEN) as session:
        await session.act("sample(1)", "sample(1)", "sample(1)")
        await session.act("type('iteration')", "sample(1)")
        assert "this is the last sample of the batch" in state_line(session)
        await session.act("type('iteration')")
        assert "sample" in session.panel_text("graph")
        await session.act("type('iteration back')", "sample(-1)")
        assert "this is the first sample of the batch" in state_line(session)


async def test_d_shows_the_derivation_by_single_ops_and_upper_case_by_formulas() -> None:
    async with opened("two-layer", (200, 60)) as session:
        await session.goto("e1.i1.19")
        assert "∂g/∂h · ∂h/∂w1" in session.text()
        await session.press("d")
        assert "∂h/∂(w1 * x)" in session.text()
        await session.press("D")
        assert "∂h/∂(w1 * x)" not in session.text()
        await session.press("D")
        assert "by formulas already" in state_line(session)


# --- colours ------------------------------------------------------------------------------------


def colours(session: Session) -> Iterator[str]:
    for row in screen_segments(session.app):
        for segment in row:
            if segment.style is not None:
                for colour in (segment.style.color, segment.style.bgcolor):
                    if colour is not None and not colour.is_default:
                        yield str(colour.name)


async def test_t_changes_from_dark_to_light_and_by_and_by_back() -> None:
    async with opened() as session:
        dark, words = set(colours(session)), session.text()
        await session.press("t")
        await session.settled()
        light = set(colours(session))
        assert session.app.theme == "gradstep-light"
        assert light.isdisjoint(dark)
        assert session.text() == words
        for _ in THEMES[1:]:
            await session.press("t")
        assert set(colours(session)) == dark


@pytest.mark.parametrize("keys", [(), ("t",)])
async def test_no_color_is_obeyed_and_the_current_things_still_stand_out(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened() as session:
        await session.goto("e1.i1.19")
        await session.press(*keys)
        assert set(colours(session)) == set()
        assert "► 11" in session.text()
        assert "┏" in session.text() and "◂" in session.text()
        assert "d_w1 = sum(d_h * x)" in bold_words(session)


# --- playing, and long runs ---------------------------------------------------------------------


async def test_space_plays_event_by_event_and_pauses() -> None:
    async with opened() as session:
        await session.act("speed(2)", "speed(2)", "speed(2)", "speed(2)", "play")
        for _ in range(200):
            await asyncio.sleep(0.02)
            if session.app.debugger.at > 3:
                break
        await session.act("play")
        stopped = session.app.debugger.at
        assert stopped > 3
        assert await eventually(session, "paused")
        await asyncio.sleep(0.1)
        assert session.app.debugger.at == stopped


async def test_the_speed_has_ends() -> None:
    async with opened() as session:
        await session.act(*["speed(2)"] * 20)
        assert "64 events a second" in state_line(session)
        await session.act(*["speed(0.5)"] * 20)
        assert "0.5 events a second" in state_line(session)


async def test_playing_stops_at_the_end_of_the_run() -> None:
    async with opened() as session:
        await session.goto("e100.i1.22")
        await session.act(*["speed(2)"] * 4, "play")
        assert await eventually(session, "this is the end of the run")
        assert session.at == "e100.i1.23"


async def test_ctrl_c_stops_playing() -> None:
    async with opened() as session:
        await session.act(*["speed(2)"] * 4, "play")
        await asyncio.sleep(0.1)
        await session.press("ctrl+c")
        stopped = session.app.debugger.at
        assert "stopped" in state_line(session)
        await asyncio.sleep(0.1)
        assert session.app.debugger.at == stopped


async def test_ctrl_c_with_nothing_to_stop_says_how_to_leave() -> None:
    async with opened() as session:
        await session.press("ctrl+c")
        assert session.app.is_running
        assert "q quits" in state_line(session)


async def test_a_long_way_shows_its_progress_and_can_be_stopped() -> None:
    lesson = open_lesson("two-layer", overrides=["training.epochs=3000000"])
    async with opened(lesson, settle=False) as session:
        await session.act("type('end')")
        assert await eventually(session, "running …")
        assert "· iteration" in session.text()
        assert "ctrl+c stops" in session.text()
        assert session.at == "e1.i1.1"
        await session.act("stop")
        assert "stopped" in state_line(session)
        await asyncio.sleep(0.25)
        assert "stopped" in state_line(session)
        await session.act("type('step')")
        assert session.at == "e1.i1.2"
        assert "h = w1 * x + b1" in session.text()


async def test_a_step_during_a_long_way_takes_its_place() -> None:
    lesson = open_lesson("two-layer", overrides=["training.epochs=3000000"])
    async with opened(lesson, settle=False) as session:
        await session.act("type('end')")
        await session.act("type('step')")
        assert session.at == "e1.i1.2"
        await asyncio.sleep(0.2)
        assert session.at == "e1.i1.2"
        assert "running" not in session.text()


async def test_a_long_way_arrives() -> None:
    lesson = open_lesson("two-layer", overrides=["training.epochs=60000"])
    async with opened(lesson, settle=False) as session:
        await session.act("type('end')")
        assert await eventually(session, "e60000.i1.23", 8.0)
        assert "100%" in session.text()


# --- errors -------------------------------------------------------------------------------------


def corrupt(session: Session) -> None:
    """Make the recorded losses other than what a replay gives."""
    run = session.app.debugger.run
    run.history.kept.rows[1:, 0] += 1.0


async def test_an_error_of_the_engine_opens_as_a_panel() -> None:
    async with opened() as session:
        corrupt(session)
        await session.act("type('iteration')")
        assert isinstance(session.app.screen, ProblemScreen)
        assert "iteration 2 replayed to another loss" in session.text()
        await session.press("escape")
        assert session.app.screen is session.screen


async def test_after_an_error_the_debugger_stands_where_it_stood() -> None:
    async with opened() as session:
        before = session.text()
        corrupt(session)
        await session.act("type('iteration')")
        await session.press("escape")
        assert session.at == "e1.i1.1"
        assert session.text() == before


@pytest.mark.parametrize("action", ["stop", "sample(1)", "level('op')", "speed(2)", "zoom"])
async def test_the_debugger_lives_on_after_an_error(action: str) -> None:
    async with opened() as session:
        corrupt(session)
        await session.act("type('iteration')")
        await session.press("escape")
        await session.act(action)
        assert session.app.is_running


async def test_quitting_ends_the_app() -> None:
    app = GradstepApp(Debugger(open_lesson("two-layer")))
    async with app.run_test() as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running


async def test_a_run_that_cannot_go_on_says_so_in_a_panel_and_stays() -> None:
    text = """
formulas = '''
place = s * 1
row = embedding(T, place)
loss = sum(row * row) - s
'''
[parameters]
T = [[1.0], [2.0], [3.0]]
s = 0.0
[training]
learning_rate = 1.0
epochs = 9
"""
    async with opened(text) as session:
        await session.act("type('iteration')", "type('iteration')")
        here = session.at
        assert here == "e3.i1.1"
        await session.act("type('end')")
        assert isinstance(session.app.screen, ProblemScreen)
        session.app.pop_screen()
        await session.act("type('step')")
        assert session.at == "e3.i1.2"


async def test_what_is_said_is_gone_with_the_next_look() -> None:
    async with opened("two-layer") as session:
        await session.act("sample(-1)")
        assert "this is the first sample" in state_line(session)
        await session.act("sample(1)")
        assert "this is the first sample" not in state_line(session)


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.name)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_digit_goes_to_a_view_then_shows_it_alone_then_all_again(
    kind: Kind, size: tuple[int, int]
) -> None:
    async with opened("two-layer", size) as session:
        panel, whole = session.screen.panel(kind.name), (size[0], size[1] - 4)
        others = [k.name for k in CATALOGUE if k.slot not in (kind.slot, "bar")]
        had_room = any(session.screen.panel(k.name).display for k in views_of(kind.slot))
        await session.act(f"view('{kind.name}')")
        assert panel.has_focus and panel.display and panel.view is not None
        if had_room:
            assert any(session.screen.panel(name).display for name in others)
            await session.act(f"view('{kind.name}')")
        assert panel.region.width == whole[0] and panel.region.height > size[1] // 2
        assert not any(session.screen.panel(name).display for name in others)
        await session.act(f"view('{kind.name}')")
        assert any(session.screen.panel(name).display for name in others)


async def test_views_are_chosen_from_a_sheet_by_digit_or_by_line() -> None:
    async with opened() as session:
        await session.act("views")
        await session.press("4")
        assert session.screen.panel("parameters").has_focus
        await session.act("views")
        await session.press("down", "enter")
        assert session.screen.panel("graph").has_focus


async def test_a_program_that_is_ended_while_it_opens_mounts_nothing_more() -> None:
    async with opened() as session:
        screen = session.screen
    await screen._settle()  # what was still to come when a signal ended it
    assert not screen.is_attached
