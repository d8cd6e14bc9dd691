"""The app: themes, the palette, and the debugger's screen.

May import: engine's public face, textual, tui.   Imported by: cli, only to open a terminal app.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from textual.app import App, SystemCommand
from textual.screen import Screen

from engine import Debugger
from tui.commands import COMMANDS, keys_text
from tui.screens.debugger import DebuggerScreen
from tui.theme import COLOURLESS, THEMES, VARIABLE_DEFAULTS, Palette


class GradstepApp(App[None]):
    """A debugger for one experiment in a terminal."""

    TITLE = "gradstep"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, debugger: Debugger) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = COLOURLESS if os.environ.get("NO_COLOR") else THEMES[0].name
        self.debugger = debugger
        self._screen = DebuggerScreen(debugger, Palette(self.theme))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours under any of Textual's themes, and under none at all."""
        return VARIABLE_DEFAULTS

    def get_default_screen(self) -> Screen[Any]:
        return self._screen

    @property
    def debugger_screen(self) -> DebuggerScreen:
        """The screen that steps through the run."""
        return self._screen

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette's lines: the command table."""
        for command in COMMANDS:
            if command.name == "palette":
                continue

            async def run(action: str = command.action) -> None:
                if self.screen is not self._screen:
                    self.screen.dismiss()
                await self._screen.run_action(action)

            yield SystemCommand(command.name, f"{keys_text(command)}   {command.help}", run)

    def action_other_theme(self) -> None:
        """Change between dark and light."""
        names = [theme.name for theme in THEMES]
        following = (
            names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]
        )
        self.theme = following
        self._screen.recolour(Palette(following))
