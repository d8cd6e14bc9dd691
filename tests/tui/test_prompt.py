"""The prompt in the hand of a reader: words, help, earlier lines, mistakes, search and palette."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.command import CommandPalette
from textual.events import Key, Paste
from textual.widgets import Input

from engine import Debugger, GradstepError, open_lesson
from tests.tui.screens import Session, opened, text_of
from tui.completion import Hint, Word
from tui.completion.search import Entry
from tui.console import Console
from tui.drawing.prompt import caret_row, complaint_rows, hint_row, window, word_rows
from tui.drawing.rows import width_of
from tui.screens.debugger import DebuggerScreen
from tui.screens.help import HelpScreen, help_rows, sections
from tui.screens.palette import offer
from tui.screens.prompting import files, mistake
from tui.screens.search import FoundPanel, SearchScreen
from tui.table import DEFAULT
from tui.widgets.field import LONGEST, Field
from tui.widgets.listing import ListingPanel
from tui.widgets.prompt import MOST_ROWS, Prompt


def prompt(session: Session) -> Prompt:
    return session.screen.query_one(Prompt)


def offered(session: Session) -> list[str]:
    return [word.text for word in prompt(session).offered]


async def eventually(session: Session, what: str) -> bool:
    for _ in range(150):
        if what in session.text():
            return True
        await asyncio.sleep(0.02)
    return False


async def ask(session: Session, typed: str = "") -> None:
    """Open the prompt with a line that a reader has typed."""
    await session.breath("colon", typed)


# --- words --------------------------------------------------------------------------------------


async def test_tab_types_what_is_certain_and_then_goes_through_the_words() -> None:
    async with opened(settle=False) as session:
        await session.breath("colon", "boo")
        assert offered(session) == ["bookmark", "bookmarks"]
        for key, line in [
            ("tab", "bookmark"),
            ("tab", "bookmark"),
            ("tab", "bookmarks"),
            ("tab", "bookmark"),
            ("shift+tab", "bookmarks"),
            ("up", "bookmark"),
            ("down", "bookmarks"),
        ]:
            await session.breath(key)
            assert prompt(session).text == line, key
        # What is typed next goes on from the word that was chosen.
        await session.breath(" 3")
        assert prompt(session).text == "bookmarks 3"


async def test_the_words_are_shown_above_the_line_with_kinds_and_help() -> None:
    async with opened("two-layer", (80, 24), settle=False) as session:
        await ask(session, "break if w")
        rows = session.lines()
        place = next(y for y, row in enumerate(rows) if row.startswith(" :break if w"))
        hint, words = rows[place - 1], rows[place - 4 : place - 1]
        assert hint.startswith(" break [LINE | NAME | grad GRADIENT] [if CONDITION]")
        assert [row.split()[:2] for row in words] == [
            ["w1", "parameter"],
            ["w2", "parameter"],
            ["where(", "function"],
        ]
        assert len({row.index(row.split()[1]) for row in words}) == 1


async def test_a_single_word_is_typed_with_its_blank_and_the_list_goes() -> None:
    async with opened(settle=False) as session:
        await ask(session, "tbr")
        await session.breath("tab")
        assert prompt(session).text == "tbreak "
        await session.breath("grad w1", " ", "tab")
        assert prompt(session).text == "tbreak grad w1 if "
        assert "loss" in offered(session)


async def test_the_right_arrow_takes_the_ghost_and_only_at_the_end() -> None:
    async with opened(settle=False) as session:
        await ask(session, "watch los")
        assert "watch loss" in session.text()
        await session.breath("left", "right")
        assert prompt(session).text == "watch los"
        await session.breath("right")
        assert prompt(session).text == "watch loss"
        assert session.screen.query_one(Field).ghost == ""


async def test_enter_carries_out_what_is_seen_and_not_the_ghost() -> None:
    async with opened(settle=False) as session:
        await ask(session, "e2.i")
        await session.breath("down", "enter")
        assert session.at == "e2.i1.1"
        await ask(session, "ste")  # the ghost says step
        await session.breath("enter")
        assert session.at == "e2.i1.1"
        assert "did you mean 'step'?" in session.text()


async def test_a_click_chooses_a_word() -> None:
    async with opened(settle=False) as session:
        await ask(session, "break if w")
        assert await session.pilot.click("#words", offset=(3, 1))
        await session.settled()
        assert prompt(session).text == "break if w2"
        assert session.screen.query_one(Field).has_focus


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (30, 8), (80, 24), (200, 60)])
async def test_the_list_leaves_half_of_the_screen_and_folds_away(size: tuple[int, int]) -> None:
    async with opened("two-layer", size, settle=False) as session:
        await ask(session, "s")
        shown = prompt(session).query_one("#words")
        tall = shown.size.height if shown.display else 0
        assert tall <= min(MOST_ROWS, size[1] // 2)
        assert (tall == MOST_ROWS) == (size[1] >= 24)
        if size[1] > 3:
            assert ":s" in session.text()
        await session.breath("tab")
        assert prompt(session).text == "step"
        await session.pilot.resize_terminal(80, 24)
        await session.settled()
        assert ":step" in session.text()


async def test_g_completes_addresses() -> None:
    async with opened("two-layer-csv", settle=False) as session:
        await session.breath("g", "e3.", "down", "down", ".1", "tab", "enter")
        assert session.at == "e3.i2.1"


async def test_g_marks_the_part_of_an_address_that_is_wrong() -> None:
    async with opened("two-layer-csv", (80, 24), settle=False) as session:
        await session.breath("g", " e999", "enter")
        assert "there is no e999" in session.text()
        assert session.screen.query_one(Field).value == " e999"


async def test_files_and_folders_are_offered(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("one.gradstep", "two.toml"):
        (tmp_path / name).touch()
    start = f"{tmp_path}/"
    assert [w.text for w in files(start)] == [f"{start}deep/", f"{start}one.gradstep"]
    assert [w.text for w in files(f"{start}o")] == [f"{start}one.gradstep"]
    assert [w.text for w in files(f"{start}.h")] == [f"{start}.hidden/"]
    assert list(files(f"{tmp_path}/nowhere/")) == []


# --- earlier lines ------------------------------------------------------------------------------


async def test_up_and_down_go_through_earlier_lines_that_begin_so() -> None:
    async with opened(settle=False) as session:
        for line in ("e2", "print w1", "e3.i1", "print w2"):
            prompt(session).history.add(line)
        await session.breath("colon", "up", "up")
        assert prompt(session).text == "e3.i1"
        assert not offered(session)
        await session.breath("down", "down")
        assert prompt(session).text == ""
        await session.breath("up", "up", "backspace", "2", "enter")
        assert "there is no e3.i2.1" in session.text()
        # With a mistake on the screen the arrows go back in time, too: e3.i2 itself is the last.
        await session.breath("escape", "colon", "print ")
        assert offered(session)
        await session.breath("escape", "g", "up")
        assert prompt(session).text == ""  # none of them was typed behind g, as goto


async def test_ctrl_r_finds_an_earlier_line_by_what_is_in_it() -> None:
    async with opened(settle=False) as session:
        for line in ("print w1 + 1", "watch loss", "print w1 - w2", "e3"):
            prompt(session).history.add(line)
        await session.breath("colon", "ctrl+r", "w1")
        assert offered(session) == ["print w1 - w2", "print w1 + 1"]
        await session.breath("ctrl+r", "ctrl+r")
        assert prompt(session).text == "print w1 + 1"
        await session.breath("enter")
        assert "w1 + 1 =" in session.text()
        await session.breath("colon", "ctrl+r", "loss", "enter")
        assert prompt(session).text == "watch loss"  # taken, not carried out
        assert len(session.app.debugger.stops) == 0
        await session.breath("ctrl+r", "escape")
        assert prompt(session).text == "watch loss"
        await session.breath("enter")
        assert len(session.app.debugger.stops) == 1


# --- pastes and long lines ----------------------------------------------------------------------


async def test_a_paste_is_one_line_and_of_a_long_one_the_beginning() -> None:
    async with opened(settle=False) as session:
        await ask(session, "print ")
        session.app.post_message(Paste("w1\r\n\t+ \x1b[31mw2\n"))
        await session.settled()
        assert prompt(session).text == "print w1   + [31mw2"
        assert session.app.debugger.at == 1
        assert "2 lines were pasted as one" in session.text()
        session.app.post_message(Paste("é" * 1_000_000))
        await session.settled()
        assert len(prompt(session).text) == LONGEST
        assert "of 1,000,000 characters" in session.text()
        await session.breath("x")
        assert len(prompt(session).text) == LONGEST
        assert f"at most {LONGEST:,} characters" in session.text()
        await session.breath("backspace", "y")
        assert prompt(session).text.endswith("éy")


async def test_a_line_that_is_longer_than_the_screen_follows_the_cursor() -> None:
    async with opened("two-layer", (40, 12), settle=False) as session:
        await ask(session, "print " + "权重 + " * 9 + "end")
        assert session.lines()[-2].rstrip().endswith("end")
        assert {cell_len(row) for row in session.lines()} == {40}
        session.screen.query_one(Field).action_home()
        await session.settled()
        assert session.lines()[-2].startswith(" :print 权重")
        session.screen.query_one(Field).action_end()
        await session.breath("s")
        assert session.lines()[-2].rstrip().endswith("ends")


async def test_ctrl_c_with_nothing_selected_is_left_to_the_debugger() -> None:
    async with opened(settle=False) as session:
        await session.press("colon", "s", "ctrl+c")
        assert prompt(session).text == "s"
        assert session.screen._frame is not None
        assert session.screen._frame.timeline.busy == "nothing is running; q quits"


async def test_a_paste_without_a_prompt_does_nothing() -> None:
    async with opened(settle=False) as session:
        session.app.post_message(Paste("sss\nq\n"))
        await session.settled()
        assert session.at == "e1.i1.1"
        assert session.app.is_running


@pytest.fixture(scope="module")
def console() -> Console:
    console = Console(Debugger(open_lesson("two-layer")))
    console.run("goto .19")
    console.run("break line 3")
    return console


# --- mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "«brk» 3",
        "step «x»",
        "step back «1.5»",
        "goto «e999»",
        "goto «17»",
        "«e1.i7»",
        "bookmark «" + "n" * 50 + "»",
        "visit «nosuch»",
        "unmark «nosuch»",
        "break «loos»",
        "break «99»",
        "break if «loos» < 1",
        "break g if «x»",
        "tbreak if «loss»",
        "watch «loos»",
        "unstop «x»",
        "enable «7»",
        "disable «x»",
        "ignore 1 «x»",
        "ignore «9» 1",
        "why «nosuch»",
        "why w1«[3]»",
        "explain w1 of «nosuch»",
        "last «loos»",
        "when «loss»",
        "never «1»",
        "expect «loos» < 1",
        "print «loos» + 1",
        "set «nosuch» = 1",
        "set «w1»",
        "set w1 = «foo»",
        "set «w1[0]» = 1",
        "set «learning_rat» = 1",
        "set «h» = 3",
        "set w1 = 1 as «main»",
        "drop «x»",
        "drop «99»",
        "skip «nosuch»",
        "switch «nosuch»",
        "compare «nosuch»",
        "rename «main»",
        "forget «nosuch»",
        "load «nosuch.gradstep»",
        "timelines «3»",
    ],
)
def test_every_mistake_is_pointed_at(console: Console, line: str) -> None:
    typed = line.replace("«", "").replace("»", "")
    with pytest.raises(GradstepError) as raised:
        console.run(typed)
    start, end = line.index("«"), line.index("»") - 1
    assert mistake(raised.value, typed) == (start + 1, end - start)


async def test_a_caret_stands_under_a_mistake_without_an_expression() -> None:
    async with opened("two-layer", (80, 24), settle=False) as session:
        await ask(session, "rename nosuch other")
        await session.breath("enter")
        await session.settled()
        typed, below = session.lines()[-2:]
        assert below.index("^^^^^^") == typed.index("nosuch")
        assert below.strip() == "^^^^^^"


# --- search -------------------------------------------------------------------------------------


async def test_slash_chooses_a_node_and_changes_nothing_of_the_run() -> None:
    async with opened(settle=False) as session:
        await session.goto("e2.i1.19")
        await session.breath("slash", "w2", "enter")
        graph = session.app.debugger.graph
        assert session.screen.look.node == graph.named["w2"]
        assert "chosen node" in session.text()
        assert session.screen.look.graph is None
        # An op inside of a formula has a box only where the graph is by ops.
        await session.breath("slash", "w1 * x", "enter")
        assert graph[session.screen.look.node or 0].name == "w1 * x"
        assert session.screen.look.graph == "op"
        assert session.at == "e2.i1.19"
        assert len(session.app.debugger.timelines) == 1


async def test_slash_selects_a_line_and_a_command_is_left_to_be_finished() -> None:
    async with opened(settle=False) as session:
        await session.breath("slash", "g = w2")
        assert "1 of" in session.text()
        await session.breath("enter")
        listing = session.screen.query_one(ListingPanel)
        assert (listing.selected, listing.has_focus) == (3, True)
        await session.breath("enter")
        assert session.at == "e1.i1.5"
        await session.breath("slash", "tbreak", "enter")
        assert prompt(session).text == "tbreak"


async def test_slash_goes_to_places_and_can_be_left() -> None:
    async with opened(settle=False) as session:
        session.screen.execute("bookmark start")
        await session.goto("e5.i1.3")
        await session.breath("slash", "bookmark sta")
        await session.breath("down", "up", "enter")
        assert session.at == "e1.i1.1"
        await session.breath("slash", "zzz")
        assert "nothing is called so" in session.text()
        await session.breath("enter")
        assert session.app.screen is session.screen
        await session.breath("slash", "escape")
        assert session.app.screen is session.screen


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (200, 60)])
async def test_what_was_found_is_gone_through_from_end_to_end(size: tuple[int, int]) -> None:
    async with opened("two-layer", size, settle=False) as session:
        session.screen.action_search()
        await session.settled()
        screen = session.app.screen
        assert isinstance(screen, SearchScreen)
        panel = screen.query_one(FoundPanel)
        count = len(panel.entries)
        screen.action_move(-1)
        assert panel.place == count - 1
        screen.action_move(1)
        assert panel.place == 0
        for _ in range(count):
            screen.action_page(1)
        assert panel.place == count - 1
        await session.settled()
        assert "❯" in session.text()


async def test_a_click_goes_to_what_was_found() -> None:
    async with opened(settle=False) as session:
        await session.breath("slash", "w1")
        assert await session.pilot.click(FoundPanel, offset=(5, 2))
        await session.settled()
        assert session.screen.query_one(ListingPanel).selected is not None


# --- help and palette ---------------------------------------------------------------------------


async def test_help_is_searched_for_keys_and_for_commands() -> None:
    async with opened("two-layer", (80, 24), settle=False) as session:
        await session.breath("question_mark", "slash", "tbreak")
        assert isinstance(session.app.screen, HelpScreen)
        text = session.text()
        assert ":tbreak" in text and "one event" not in text
        await session.breath("enter", "q")  # out of the line, then q closes
        assert session.app.screen is session.screen
        await session.breath("question_mark", "slash", "zzz")
        assert "no key is about this" in session.text()
        await session.breath("escape")
        assert "one event" in session.text()
        await session.breath("escape")
        assert session.app.screen is session.screen


def test_help_has_the_keys_of_every_panel_and_of_the_prompt() -> None:
    known = sections(DEFAULT)
    keys = {line[0] for line in known["at the prompt"]}
    assert keys == {"tab", "shift+tab", "↓", "↑", "ctrl+r", "esc"}
    assert [line[2] for line in known["in the listing"]] == ["go to the selected line"]
    assert {line[0] for line in known["on an answer"]} >= {"enter", "space", "x"}
    everything = "\n".join(text_of(help_rows(DEFAULT, 96)))
    for lines in known.values():
        for keys, aliases, about in lines:
            assert keys in everything and about.split()[0] in everything
            assert aliases in everything


@pytest.mark.parametrize(
    ("typed", "found"), [("break", "stop at the selected line"), ("back event", "one event back")]
)
def test_a_command_is_found_in_help_by_its_name(typed: str, found: str) -> None:
    assert found in "\n".join(text_of(help_rows(DEFAULT, 96, typed)))


async def test_the_palette_offers_everything_that_has_a_name() -> None:
    async with opened(settle=False) as session:
        offers = {offer(entry): entry for entry in session.app.entries() if offer(entry)}
        assert {"inspect w1", "inspect w1 * x", "switch main"} <= set(offers)
        assert any(text.startswith("line 3: g = ") for text in offers)
        session.app.go_to(offers["inspect w1"])
        await session.settled()
        assert session.screen.look.node == session.app.debugger.graph.named["w1"]
        await session.breath("question_mark")
        session.app.go_to(next(e for text, e in offers.items() if text.startswith("line 3: ")))
        await session.settled()
        assert session.app.screen is session.screen
        assert session.screen.query_one(ListingPanel).selected == 3


async def test_a_node_that_is_picked_in_the_palette_is_looked_at() -> None:
    async with opened(settle=False) as session:
        await session.press("ctrl+p")
        session.app.screen.query_one(Input).value = "inspect b2"
        assert await eventually(session, "parameter")
        await session.press("enter")
        assert await eventually(session, "chosen node")
        assert session.screen.look.node == session.app.debugger.graph.named["b2"]


def test_an_entry_that_is_a_command_is_left_to_the_palette_itself() -> None:
    assert offer(Entry(Word("step", "command"), typed="step")) == ""


# --- drawing ------------------------------------------------------------------------------------

WORDS = tuple(Word(f"word-{n}", "kind" * (n % 2), f"help {n}" * (n % 3)) for n in range(30))


@pytest.mark.parametrize("width", [1, 4, 10, 25, 80])
@pytest.mark.parametrize("chosen", [None, 0, 13, 29])
def test_rows_of_words_are_as_wide_as_they_should_be(width: int, chosen: int | None) -> None:
    rows = word_rows(WORDS, chosen, width, 8, "bar")
    assert len(rows) == 8
    assert {width_of(row) for row in rows} == {width}
    if width > 30:
        text = text_of(rows)
        first = window(len(WORDS), chosen, 8)
        assert ["❯" in row for row in text] == [first + i == chosen for i in range(8)]
        assert f"↓ {30 - first - 8} more" in text[-1] or first == 22
    assert word_rows((), None, width, 8) == []


@pytest.mark.parametrize("width", [1, 8, 20, 40, 80, 200])
def test_a_hint_keeps_the_part_of_the_usage_that_matters(width: int) -> None:
    usage = (("[LINE | NAME | grad GRADIENT] [if ", False), ("CONDITION", True), ("]", False))
    hint = Hint("break", usage, "true or false, like loss > 2 * prev(loss)")
    row = hint_row(hint, width, "esc closes")
    assert width_of(row) == width
    (text,) = text_of([row])
    assert ("CONDITION" in text) == (width >= 20)
    assert ("prev(loss)" in text, "esc closes" in text) == (width == 200, width >= 40)
    assert width_of(hint_row(Hint(help="a command or an address"), width, "esc closes")) == width


@pytest.mark.parametrize("width", [10, 30, 80])
def test_a_complaint_is_whole_at_every_width(width: int) -> None:
    what = "unknown name 'loos'; did you mean 'loss'?"
    rows = complaint_rows(what, width)
    assert {width_of(row) for row in rows} == {width}
    assert " ".join(" ".join(text_of(rows)).split()) == what
    assert text_of([caret_row(2, 5, width)])[0].strip() == "^^^"
    assert width_of(caret_row(-3, 500, width)) == width


# --- what a name alone means, and who has the keys afterwards ------------------------------------


async def test_a_name_alone_does_what_the_key_does() -> None:
    async with opened() as session:
        await session.goto("e1.i1.2")
        await session.focus("listing")
        session.screen.query_one(ListingPanel).select(4)
        for expected in (["break line 4"], []):  # on and off again
            await session.breath("colon", "break", "enter")
            assert [str(stop) for stop in session.app.debugger.stops] == expected
        await session.breath("colon", "watches", "enter")
        assert session.screen.panel("watches").has_focus


async def test_the_panel_that_had_the_keys_gets_them_back_from_the_prompt() -> None:
    async with opened() as session:
        await session.focus("graph")
        for keys in (["colon", "escape"], ["colon", "zoom", "enter"], ["colon", "where", "enter"]):
            await session.breath(*keys)
            assert session.screen.focused is session.screen.panel("graph")
            await session.breath("escape")
            await session.focus("graph")


async def test_a_prompt_that_is_opened_again_in_one_breath_takes_what_is_typed() -> None:
    async with opened() as session:
        await session.focus("graph")
        await session.breath("colon", "target h", "enter", "colon", "goto e2.i1.3", "enter")
        assert session.at == "e2.i1.3"
        assert not prompt(session).display
        await session.breath("colon", "target h", "enter")
        assert not prompt(session).display
        assert session.screen.look.of == session.app.debugger.graph.named["h"]


# --- keys in one breath, each about what the one before has led to --------------------------------


async def test_two_rows_are_removed_by_two_keys_in_one_breath() -> None:
    async with opened() as session:
        for line in ("watch w1", "watch w2", "watch b1", "view watches"):
            session.screen.execute(line)
        await session.settled()
        await session.breath("xx")
        assert [stop.text for stop in session.app.debugger.stops] == ["b1"]
        assert session.app.screen is session.screen
        await session.breath("x", "x")  # one more than there are
        assert not list(session.app.debugger.stops)
        assert session.app.screen is session.screen


async def test_two_keys_in_one_breath_go_two_rows_and_two_nodes_on() -> None:
    async with opened() as session:
        await session.breath("L", "down", "down")
        one_by_one = session.text()
        await session.breath("escape", "L")
        for _ in range(2):
            await session.breath("down")
        assert session.text() == one_by_one
        await session.breath("escape")
        await session.act("view('graph')")
        await session.breath("right", "h", "h")
        first = session.screen.look.node
        await session.breath("escape", "2", "h", "h")
        assert session.screen.look.node == first


async def test_the_palette_may_be_opened_again_in_the_same_breath() -> None:
    async with opened() as session:
        for _ in range(3):
            for key in ("ctrl+p", "escape", "ctrl+p", "escape", "ctrl+p"):
                session.app.post_message(Key(key, None))
            await session.breath()
            assert session.app._exception is None
            assert isinstance(session.app.screen, CommandPalette | DebuggerScreen)
