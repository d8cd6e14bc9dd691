"""The command table is the one truth about keys: bindings, footer, help and palette follow it."""

from __future__ import annotations

import pytest
from textual.actions import parse
from textual.binding import Binding
from textual.widgets import Input

from tests.tui.screens import opened
from tui.app import GradstepApp
from tui.commands import (
    BY_NAME,
    COMMANDS,
    MOVEMENT,
    Command,
    footer_entries,
    help_entries,
    keys_text,
    spelled,
)
from tui.screens.debugger import DebuggerScreen
from tui.screens.help import help_rows
from tui.widgets.bars import footer_row
from tui.widgets.panel import Panel

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
        command.name.replace(" ", "-"): (",".join(command.keys), command.action)
        for command in COMMANDS
        if command.keys
    }


def test_every_binding_has_an_id_of_its_own_so_that_keys_can_be_remapped() -> None:
    bindings = [b for b in (*DebuggerScreen.BINDINGS, *Panel.BINDINGS) if isinstance(b, Binding)]
    ids = [b.id for b in bindings]
    assert None not in ids
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("s", "s"),
        ("plus", "+"),
        ("full_stop", "."),
        ("question_mark", "?"),
        ("shift+right", "shift+→"),
        ("ctrl+c", "ctrl+c"),
        ("home", "Home"),
        ("f1", "F1"),
        ("+", "+"),
    ],
)
def test_keys_are_spelled_as_they_are_printed_on_a_keyboard(key: str, text: str) -> None:
    assert spelled(key) == text


def test_no_key_is_spelled_by_an_inner_name() -> None:
    shown = [spelled(key) for command in COMMANDS for key in command.keys]
    assert not [text for text in shown if "_" in text]


def test_help_says_every_key_of_the_table() -> None:
    words = " ".join(
        f"{keys} {aliases} {text}"
        for entries in help_entries().values()
        for keys, aliases, text in entries
    )
    for command in COMMANDS:
        assert command.help in words
        for key in command.keys:
            assert spelled(key) in words


@pytest.mark.parametrize("width", [20, 30, 40, 54, 68, 96])
def test_the_help_sheet_keeps_every_word_at_every_width(width: int) -> None:
    rows = ["".join(text for text, _ in row) for row in help_rows(width)]
    assert max(len(row) for row in rows) <= width
    words = " ".join(" ".join(rows).split())
    for command in COMMANDS:
        for word in command.help.split():
            assert word in words


def test_the_footer_is_made_of_the_table_and_ends_with_whole_entries() -> None:
    entries = [f" {keys} {word} " for keys, word in footer_entries()]
    for width in range(32, 160):
        text = "".join(part for part, _ in footer_row(width))
        assert len(text) <= width
        rest = text
        for entry in entries:
            rest = rest.replace(entry, "", 1)
        assert rest == ""


@pytest.mark.parametrize("width", [80, 120])
def test_the_footer_always_says_how_to_get_help_and_how_to_leave(width: int) -> None:
    text = "".join(part for part, _ in footer_row(width))
    assert "? help" in text
    assert "q quit" in text


def test_a_command_is_shown_together_with_its_way_back() -> None:
    assert keys_text(BY_NAME["step"]) == "s/S"
    assert keys_text(BY_NAME["start"]) == "Home/End"
    assert keys_text(BY_NAME["quit"]) == "q"


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
