"""Who carries out which command: a function for each, by its name in the command table.

To add a command, add its line to `tui/commands.py` and a function under `@handles` in the file of
its family here. May import: answers.   Imported by: the rest of the console.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from tui.console.answers import Answer, Steps

if TYPE_CHECKING:
    from tui.console import Console

Handler = Callable[["Console", str], "Answer | Steps"]
"""Takes the console and what stands behind the command's name."""

HANDLERS: dict[str, Handler] = {}
"""What carries out each command, by its name in the table, of the families that are loaded."""

FAMILIES = (
    "moving",
    "lines",
    "stops",
    "questions",
    "what_if",
    "timelines",
    "lessons",
    "sessions",
)
"""Where the commands are carried out: a file registers its handlers when it is loaded."""


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register the handler of commands of the table."""

    def register(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return register


def handler_of(name: str) -> Handler | None:
    """What carries out a command; None for one that only a screen has a use for."""
    for family in FAMILIES:
        if name in HANDLERS:
            break
        import_module(f"tui.console.{family}")
    return HANDLERS.get(name)
