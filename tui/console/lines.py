"""What can be typed: the command that a line means, and the list of them all.

May import: engine's public face, commands, table.   Imported by: the console.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from engine import GradstepError
from tui.commands import BY_NAME, COMMANDS, Command
from tui.console.answers import Answer
from tui.console.handlers import handles
from tui.console.words import table
from tui.table import CommandTable

if TYPE_CHECKING:
    from tui.console import Console


def parsed(line: str, commands: CommandTable) -> tuple[Command, str]:
    """The command of a line and what stands behind it; an address alone is gone to.

    Raises `GradstepError`.
    """
    found = commands.find(line)
    if found is not None:
        return found
    word = line.split()[0] if line.split() else ""
    if re.match(r"\.?\d|e\d", word, re.IGNORECASE):
        return BY_NAME["goto"], line.strip()
    near = get_close_matches(word, [c.name for c in COMMANDS], 1)
    raise GradstepError(
        f"there is no command '{word}'",
        hint=f"did you mean '{near[0]}'?" if near else "`help` lists them all",
    )


def in_line(error: GradstepError, line: str, rest: str) -> GradstepError:
    """An error about what stands behind the name of a command, placed in the whole line."""
    place, line = error.place, line.rstrip()
    if place is None or place.file or place.column is None or place.source is None:
        return error
    if len(place.source.rstrip()) != len(rest):
        return error
    return error.located(source=line, column=len(line) - len(rest) + place.column)


@handles("help")
def _help(console: Console, rest: str) -> Answer:
    """What can be typed; a screen shows its keys instead."""
    typed = [command for command in COMMANDS if not command.look]
    return Answer(table((f"{c.name} {c.usage}".strip(), c.help) for c in typed))
