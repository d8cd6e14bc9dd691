"""The app: themes, the palette, and the debugger's screen.

May import: engine's public face, textual, tui.   Imported by: cli, only to open a terminal app.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette, Provider
from textual.events import Event, Key, Paste
from textual.filter import LineFilter
from textual.screen import Screen

from engine import Debugger
from tui.commands import BY_NAME
from tui.console import Console
from tui.models.text import Glyphs
from tui.screens.debugger import DebuggerScreen
from tui.settings import Settings
from tui.theme import COLOURLESS, THEMES, VARIABLE_DEFAULTS, GlyphFilter, Palette

if TYPE_CHECKING:
    from tui.completion.search import Entry
    from tui.prompt_history import History

ENDING = [getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name)]
"""Signals that end the program: the terminal has gone, or somebody has had enough."""

LEAVE_SECONDS = 3

READY_SECONDS = 1
"""How long a key waits for a new screen at most."""


def _places() -> type[Provider]:
    from tui.screens.palette import PlaceProvider

    return PlaceProvider


class GradstepApp(App[None]):
    """A debugger for one experiment in a terminal."""

    TITLE = "gradstep"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS = {*App.COMMANDS, _places}
    BINDINGS = [
        # Of the app and with priority, so that it is found while something is being typed, too.
        Binding(
            BY_NAME["palette"].binding,
            "command_palette",
            show=False,
            priority=True,
            id="app.palette",
        )
    ]

    def __init__(
        self,
        console: Console | Debugger,
        notes: Iterable[str] = (),
        keep: Callable[[], object] = lambda: None,
        history: History | None = None,
        *,
        settings: Settings | None = None,
        remember: Callable[[str], object] = lambda theme: None,
        first_time: bool = False,
    ) -> None:
        """`notes` are what the reader has to be told when the app opens.

        `keep` saves the session when a signal ends the program; `history` has the lines typed at
        the prompt so far; `remember` keeps the theme that the reader changes to. Whose
        `first_time` it is, is told of the tour.
        """
        settings = settings or Settings()
        self.interpreter = Console(console) if isinstance(console, Debugger) else console
        self.interpreter.watched = True
        super().__init__()
        self.set_keymap(self.interpreter.commands.keymap())
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = COLOURLESS if self.no_color else settings.theme or THEMES[0].name
        if not settings.animation:
            self.animation_level = "none"
        self._glyphs: Glyphs = settings.known_glyphs
        self._glyph_filter = GlyphFilter(self._glyphs)
        self._keep = keep
        self._remember = remember
        palette = Palette(self.theme, self._glyphs)
        self._screen = DebuggerScreen(
            self.interpreter, palette, notes, history, first_time=first_time
        )

    @property
    def debugger(self) -> Debugger:
        """The debugger that is looked at; `load` puts another one in its place."""
        return self.interpreter.debugger

    def on_mount(self) -> None:
        # On the event loop: between two slices of work, when everything is consistent.
        for number in ENDING:
            with suppress(NotImplementedError, ValueError, RuntimeError):  # not on every system
                asyncio.get_running_loop().add_signal_handler(number, self._end, number)
        self.app_resume_signal.subscribe(self, self._paint_all)

    def _paint_all(self, _: object) -> None:
        """Back from the shell: the terminal shows nothing of ours any more."""
        self.screen.refresh(layout=True)

    def _end(self, number: int) -> None:
        """A signal ends the program: keep the session first, then leave in good order."""
        for other in ENDING:
            asyncio.get_running_loop().remove_signal_handler(other)
        self._keep()
        # Whatever may hang now, such as writing to a terminal that is gone: not for long.
        signal.alarm(LEAVE_SECONDS)
        self.exit(return_code=128 + number)

    # --- the keyboard --------------------------------------------------------------------------

    async def on_event(self, event: Event) -> None:
        """Deal with each key, and with pasted text, before the next one comes.

        Textual hands a key on to the widget that has the focus *now*, and runs what it is bound to
        when it has come back through several queues. Of keys typed in one breath the later ones
        are on their way by then, to where the earlier ones have led away from.
        """
        if isinstance(event, Key | Paste) and not event.is_forwarded and await self._took(event):
            return
        await super().on_event(event)

    async def _took(self, event: Key | Paste) -> bool:
        await self._ready()
        from tui.screens.sheet import Sheet
        from tui.widgets.field import Field

        focused = self.focused
        if isinstance(event, Paste):
            if isinstance(focused, Field):
                focused.paste(event.text)
            return isinstance(focused, Field)
        if isinstance(self.screen, DebuggerScreen | Sheet) and self.screen.takes(event):
            return True
        if isinstance(focused, Field):
            if focused.press(event):
                return True
        elif self._is_palette:
            return False  # Textual's own, as in the palette: it wants the character first
        # Of Textual 8.2: there is no public way to run what a key is bound to at once.
        return await self._check_bindings(event.key, priority=True) or await self._check_bindings(
            event.key
        )

    async def _ready(self) -> None:
        """A screen that was only just put on top has its widgets in a moment."""
        end = time.monotonic() + READY_SECONDS
        while not self._is_ready() and time.monotonic() < end:
            await asyncio.sleep(0)

    def _is_ready(self) -> bool:
        settled = self._screen.is_settled or self.screen is not self._screen
        return self.screen.is_mounted and settled

    # --- colours -------------------------------------------------------------------------------

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line goes through on its way to the terminal."""
        filters = super().get_line_filters()
        return [*filters, self._glyph_filter] if self._glyph_filter.enabled else filters

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
        table = self.interpreter.commands
        for command in table.commands:
            if command.name == "palette":
                continue

            async def run(action: str = command.action) -> None:
                await self._uncovered().run_action(action)

            yield SystemCommand(
                command.name, f"{table.keys_text(command.name)}   {command.help}", run
            )

    def action_command_palette(self) -> None:
        from tui.screens.palette import Palette

        if not self._is_palette:
            self.push_screen(Palette(id="--command-palette"))

    @property
    def _is_palette(self) -> bool:
        return isinstance(self.screen, CommandPalette)

    def entries(self) -> tuple[Entry, ...]:
        """What the palette finds besides commands."""
        return self._screen.entries()

    def go_to(self, entry: Entry) -> None:
        """Look at what the palette has found."""
        self._uncovered().go_to(entry)

    def _uncovered(self) -> DebuggerScreen:
        """The debugger's screen, without a sheet over it."""
        if self.screen is not self._screen:
            self.screen.dismiss()
        return self._screen

    def action_other_theme(self) -> None:
        """Change to the next theme."""
        names = [theme.name for theme in THEMES]
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self._screen.recolour(Palette(self.theme, self._glyphs))
        self._remember(self.theme)
