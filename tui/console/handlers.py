"""Who carries out which command: a function for each, by its name in the command table.

To add a command, add its line to `tui/commands.py` and a function under `@handles` in the file of
its family here. May import: answers.   Imported by: the rest of the console.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.console.answers import Answer, Steps

if TYPE_CHECKING:
    from tui.console import Console

Handler = Callable[["Console", str], "Answer | Steps"]
"""Takes the console and what stands behind the command's name."""

HANDLERS: dict[str, Handler] = {}
"""What carries out each command, by its name in the table."""


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register the handler of commands of the table."""

    def register(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return register
