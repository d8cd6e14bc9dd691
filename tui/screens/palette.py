"""The palette, which finds a command by its name: Textual's own, mended.

In a terminal with next to no room its page keys fail, and a second enter in one breath closes it a
second time. May import: textual.   Imported by: app.
"""

from __future__ import annotations

from contextlib import suppress

from textual import on
from textual.command import CommandPalette
from textual.widgets import Input


class Palette(CommandPalette):
    """Lists what `App.get_system_commands` and the providers offer."""

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):  # there is no line in sight to start from
            super()._action_command_list(action)

    @on(Input.Submitted)
    def _enter_once(self, event: Input.Submitted) -> None:
        if not self.is_current:
            event.prevent_default()
