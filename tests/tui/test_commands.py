"""The command table is the one truth about keys: bindings, footer, help and palette follow it."""

from __future__ import annotations

import pytest
from textual.actions import parse
from textual.binding import Binding
from textual.command import CommandPalette
from textual.widgets import Input

from tests.tui.screens import opened
from tui.app import GradstepApp
from tui.commands import BY_NAME, COMMANDS, MOVEMENT, NO_KEY, Command
from tui.keys import spelled
from tui.screens.debugger import DebuggerScreen
from tui.screens.help import help_rows
from tui.settings import Settings
from tui.table import CommandTable, KeyConflict
from tui.widgets.bars import footer_row
from tui.widgets.listing import ListingPanel
from tui.widgets.panel import Panel
from tui.widgets.prompt import Prompt

TABLE = CommandTable()

FORWARD_AND_BACK = (
    ("s", "S", "step"),
    ("right", "left", "step"),
    ("n", "N", "line"),
    ("shift+right", "shift+left", "line"),
    ("f", "F", "pass"),
    ("i", "I", "iteration"),
    ("e", "E", "epoch"),
)

PROMISED = {
    "g": "goto",
    "home": "type",
    "end": "type",
    "c": "type",
    "C": "type",
    "f5": "type",
    "b": "toggle_stop",
    "B": "type",
    "w": "ask",
    "W": "view",
    "y": "why",
    "x": "change",
    "m": "type",
    "apostrophe": "ask",
    "space": "play",
    "plus": "speed",
    "minus": "speed",
    "tab": "app.focus_next",
    "shift+tab": "app.focus_previous",
    "z": "zoom",
    "question_mark": "help",
    "f1": "help",
    "colon": "prompt",
    "q": "app.quit",
    "ctrl+p": "app.command_palette",
    "ctrl+c": "stop",
    "d": "level",
    "D": "level",
    "a": "influence",
    "A": "influence",
    "K": "type",
    "Q": "quiz",
}


def action_of(key: str) -> str:
    (found,) = [command.action for command in COMMANDS if key in command.keys]
    return found


def test_names_are_unique_and_known_by_name() -> None:
    assert len(BY_NAME) == len(COMMANDS)


def test_no_key_is_bound_twice() -> None:
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))


def test_keys_that_move_within_a_panel_mean_nothing_else() -> None:
    moving = [key for _, keys in MOVEMENT for key in keys]
    assert not set(moving) & {key for command in COMMANDS for key in command.keys}


@pytest.mark.parametrize(("forward", "back", "unit"), FORWARD_AND_BACK)
def test_a_key_and_its_upper_case_step_the_same_unit_both_ways(
    forward: str, back: str, unit: str
) -> None:
    assert action_of(forward) == f"type('{unit}')"
    assert action_of(back) == f"type('{unit} back')"


@pytest.mark.parametrize(("key", "action"), PROMISED.items())
def test_every_promised_key_is_there(key: str, action: str) -> None:
    assert action_of(key).partition("(")[0] == action


def test_arrows_up_and_down_and_the_letters_of_vi_move_within_a_panel() -> None:
    assert dict(MOVEMENT) == {
        "up": ("up", "k"),
        "down": ("down", "j"),
        "left": ("h",),
        "right": ("l",),
    }


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_action_exists(command: Command) -> None:
    namespace, action, _ = parse(command.action)
    owner = GradstepApp if namespace == "app" else DebuggerScreen
    assert hasattr(owner, f"action_{action}")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_way_back_is_a_command_of_the_same_group(command: Command) -> None:
    if command.back:
        assert BY_NAME[command.back].group == command.group


def test_every_binding_of_the_screen_is_a_line_of_the_table() -> None:
    bindings = [b for b in DebuggerScreen.BINDINGS if isinstance(b, Binding)]
    assert len(bindings) == len(DebuggerScreen.BINDINGS)
    assert {b.id: (b.key, b.action) for b in bindings} == {
        command.id: (",".join(command.keys) or NO_KEY, command.action) for command in COMMANDS
    }


def test_every_binding_has_an_id_of_its_own_so_that_keys_can_be_remapped() -> None:
    bindings = [b for b in (*DebuggerScreen.BINDINGS, *Panel.BINDINGS) if isinstance(b, Binding)]
    ids = [b.id for b in bindings]
    assert None not in ids
    assert len(ids) == len(set(ids))


def test_no_key_is_spelled_by_an_inner_name() -> None:
    shown = [spelled(key) for command in COMMANDS for key in command.keys]
    assert not [text for text in shown if "_" in text]


def test_help_says_every_key_of_the_table() -> None:
    words = " ".join(
        f"{keys} {aliases} {text}"
        for entries in TABLE.help().values()
        for keys, aliases, text in entries
    )
    for command in COMMANDS:
        assert command.help in words
        for key in command.keys:
            assert spelled(key) in words


@pytest.mark.parametrize("width", [20, 30, 40, 54, 68, 96])
def test_the_help_sheet_keeps_every_word_at_every_width(width: int) -> None:
    rows = ["".join(text for text, _ in row) for row in help_rows(TABLE, width)]
    assert max(len(row) for row in rows) <= width
    words = " ".join(" ".join(rows).split())
    for command in COMMANDS:
        for word in command.help.split():
            assert word in words


def test_the_footer_is_made_of_the_table_and_ends_with_whole_entries() -> None:
    entries = [f" {keys} {word} " for keys, word in TABLE.footer()]
    for width in range(32, 160):
        text = "".join(part for part, _ in footer_row(TABLE.footer(), width))
        assert len(text) <= width
        rest = text
        for entry in entries:
            rest = rest.replace(entry, "", 1)
        assert rest == ""


@pytest.mark.parametrize("width", [80, 120])
def test_the_footer_always_says_how_to_get_help_and_how_to_leave(width: int) -> None:
    text = "".join(part for part, _ in footer_row(TABLE.footer(), width))
    assert "? help" in text
    assert "q quit" in text


def test_a_command_is_shown_together_with_its_way_back() -> None:
    assert TABLE.keys_text("step") == "s/S"
    assert TABLE.keys_text("start") == "Home/End"
    assert TABLE.keys_text("quit") == "q"


async def test_the_palette_lists_every_command_but_itself() -> None:
    async with opened() as session:
        listed = list(session.app.get_system_commands(session.screen))
    assert [line.title for line in listed] == [c.name for c in COMMANDS if c.name != "palette"]
    for line in listed:
        assert BY_NAME[line.title].help in line.help


async def test_a_command_that_is_picked_in_the_palette_runs() -> None:
    async with opened() as session:
        await session.press("ctrl+p")
        session.app.screen.query_one(Input).value = "iteration"
        await session.pilot.pause(0.4)
        await session.press("enter")
        await session.pilot.pause(0.1)
        assert session.app.screen is session.screen
        assert session.at == "e2.i1.1"


# --- other keys ---------------------------------------------------------------------------------

REMAPPED = TABLE.with_keys(
    {
        "step": ("x",),
        "set": (),
        "where": ("ctrl+w", "question_mark"),
        "help": ("f2",),
        "view graph": ("ctrl+g",),
        "palette": ("ctrl+o",),
        "goto": ("full_stop",),
        "next sample": ("g",),
        "down": ("plus",),
        "influence.larger": ("ctrl+up",),
        "faster": ("j",),
    }
)
"""Some keys exchanged, some taken away, some given to what had none."""


def test_other_keys_replace_those_of_their_commands_everywhere() -> None:
    assert REMAPPED.by_name["step"].keys == ("x",)
    assert REMAPPED.keys_text("step") == "x/S"
    assert REMAPPED.keys_text("set") == ":set"
    assert REMAPPED.keys_text("where") == "ctrl+w"
    assert ("x/S", "event") in REMAPPED.footer()
    assert (":set", "set") in REMAPPED.footer()
    assert [entry for entry in REMAPPED.help()["step through time"] if "one event" in entry[2]] == [
        ("x/S", "←", "one event / one event back")
    ]
    assert REMAPPED.find("x 5") == (REMAPPED.by_name["step"], "5")
    assert REMAPPED.find("s 5") is None
    assert REMAPPED.find("step 5") == (REMAPPED.by_name["step"], "5")
    assert REMAPPED.view_key("graph") == "ctrl+g"


def test_the_table_without_other_keys_is_the_table() -> None:
    assert TABLE.with_keys({}) == TABLE
    assert TABLE.keymap() == {}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"step": ("n",)}, "the key n stands for 'line' and for 'step'"),
        ({"step": ("question_mark",)}, r"the key \? stands for 'help' and for 'step'"),
        ({"step": ("F12",), "line": ("F12",)}, "the key F12 stands for 'step' and for 'line'"),
        ({"step": ("k",)}, "the key k stands for 'up' and for 'step'"),
        ({"up": ("s",)}, "the key s stands for 'step' and for 'up'"),
    ],
)
def test_a_key_that_would_stand_for_two_things_is_refused(
    keys: dict[str, tuple[str, ...]], words: str
) -> None:
    with pytest.raises(KeyConflict, match=words):
        TABLE.with_keys(keys)


async def test_the_screen_its_sheets_prompt_and_palette_have_the_other_keys() -> None:
    async with opened(options=Settings(table=REMAPPED)) as session:
        assert "x/S event" in session.lines()[-1]
        await session.press("x")
        assert session.at == "e1.i1.2"
        await session.press("s")  # no key of anything now
        assert session.at == "e1.i1.2"
        await session.press("full_stop")
        assert session.screen.query_one(Prompt).display
        await session.press("escape", "ctrl+g")
        assert session.screen.panel("graph").has_focus
        assert "ctrl+g graph" in session.text()
        await session.press("1", "plus")
        assert session.screen.query_one(ListingPanel).selected is not None
        await session.press("f2")
        assert "x/S" in session.text()
        await session.press("escape", "v")
        assert "ctrl+g  graph" in session.text()
        await session.press("ctrl+g")
        assert session.screen.panel("graph").has_focus
        await session.press("ctrl+o")
        assert isinstance(session.app.screen, CommandPalette)
        (line,) = [c for c in session.app.get_system_commands(session.screen) if c.title == "step"]
        assert line.help.startswith("x/S ")


def test_keys_prompt_palette_footer_and_help_say_the_same() -> None:
    for table in (TABLE, REMAPPED):
        letters = {key for c in table.commands for key in c.keys if len(key) == 1}
        assert set(table.by_letter) == letters
        shown = [keys for entries in table.help().values() for keys, _, _ in entries]
        for keys, _ in table.footer():
            assert keys in shown
        for command in table.commands:
            assert table.find(command.name) == (command, "")
            for key in command.keys:
                assert spelled(key) in " ".join(
                    f"{keys} {aliases}"
                    for entries in table.help().values()
                    for keys, aliases, _ in entries
                )
