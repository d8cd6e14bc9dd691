"""The app: themes, the palette, and the debugger's screen, once its experiment is open.

May import: engine's public face, textual, tui.   Imported by: cli, only to open a terminal app.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette, Provider
from textual.events import Event, Key, Paste
from textual.filter import LineFilter
from textual.screen import Screen

import engine
from tui.commands import BY_NAME
from tui.models.text import Glyphs
from tui.screens.opening import OpeningScreen
from tui.settings import Settings
from tui.theme import COLOURLESS, THEMES, VARIABLE_DEFAULTS, ColourlessFilter, GlyphFilter, Palette
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from engine import Debugger, GradstepError
    from tui.completion.search import Entry
    from tui.console import Console
    from tui.prompt_history import History
    from tui.screens.debugger import DebuggerScreen
    from tui.table import CommandTable

Opening = Callable[[], "tuple[Console, Iterable[str]]"]
"""Opens what the reader wants to debug, and says what has to be told. Raises `GradstepError`."""

ENDING = [
    getattr(signal, name) for name in ("SIGHUP", "SIGINT", "SIGTERM") if hasattr(signal, name)
]
"""Signals that end the program: the terminal has gone, or somebody has had enough."""

LEAVE_SECONDS = 3

LEAVES = ("ctrl+c", "ctrl+q")
"""Keys that leave while the experiment is being opened; all others wait for it."""

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
        # Of the app and with priority, so that they are found on sheets and while one types, too.
        Binding(
            BY_NAME[name].binding,
            BY_NAME[name].action.removeprefix("app."),
            show=False,
            priority=True,
            id=f"app.{name}",
        )
        for name in ("palette", "suspend")
    ]

    def __init__(
        self,
        opening: Console | Debugger | Opening,
        notes: Iterable[str] = (),
        keep: Callable[[Console], object] = lambda console: None,
        history: History | None = None,
        *,
        settings: Settings | None = None,
        remember: Callable[[str], object] = lambda theme: None,
        first_time: bool = False,
    ) -> None:
        """`opening` is what to debug, or opens it once the screen stands.

        `notes` are what the reader has to be told when the app opens. `keep` saves the session when
        a signal ends the program; `history` has the lines typed at the prompt so far; `remember`
        keeps the theme that the reader changes to. Whose `first_time` it is, is told of the tour.
        """
        self._settings = settings = settings or Settings()
        # Told at once: of the theme that is chosen below, Textual learns too late for its filters,
        # and what it draws itself would come out black on black.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = COLOURLESS if self.no_color else settings.theme or THEMES[0].name
        if not settings.animation:
            self.animation_level = "none"
        self._glyphs: Glyphs = settings.known_glyphs
        last = ColourlessFilter(self.no_color), GlyphFilter(self._glyphs)
        self._last_filters = [line_filter for line_filter in last if line_filter.enabled]
        self._keep = keep
        self._remember = remember
        self._history, self._first_time = history, first_time
        self._console: Console | None = None
        self.failure: GradstepError | None = None
        """Why nothing could be opened."""
        self._screen: DebuggerScreen | None = None
        self._typed: list[Key | Paste] = []
        """What was typed while the experiment was being opened."""
        self._opening: Opening | None = None
        if callable(opening):
            self._opening = opening
        else:
            self._has_opened(opening, notes)

    def _has_opened(self, opened: Console | Debugger, notes: Iterable[str]) -> DebuggerScreen:
        from tui.console import Console
        from tui.screens.debugger import DebuggerScreen

        console = Console(opened) if isinstance(opened, engine.Debugger) else opened
        console.watched = True
        self._console = console
        self.set_keymap(console.commands.keymap())
        palette = Palette(self.theme, self._glyphs)
        self._screen = DebuggerScreen(
            console, palette, notes, self._history, first_time=self._first_time
        )
        return self._screen

    @property
    def debugger(self) -> Debugger:
        """The debugger that is looked at; `load` puts another one in its place."""
        return self.interpreter.debugger

    @property
    def interpreter(self) -> Console:
        """What carries out commands on it."""
        assert self._console is not None, "nothing is open yet"
        return self._console

    @property
    def is_open(self) -> bool:
        """Whether there is something to debug."""
        return self._console is not None

    @property
    def table(self) -> CommandTable:
        """The commands with the reader's keys."""
        return self._settings.table if self._console is None else self._console.commands

    def on_mount(self) -> None:
        # On the event loop: between two slices of work, when everything is consistent.
        for number in ENDING:
            with suppress(NotImplementedError, ValueError, RuntimeError):  # not on every system
                asyncio.get_running_loop().add_signal_handler(number, self._end, number)
        self.app_resume_signal.subscribe(self, self._paint_all)

    def _paint_all(self, _: object) -> None:
        """Back from the shell: the terminal shows nothing of ours any more."""
        self.screen.refresh(layout=True)

    # --- opening -------------------------------------------------------------------------------

    @on(OpeningScreen.Opened)
    async def _debug(self, message: OpeningScreen.Opened) -> None:
        """The experiment is there: show it, and deal with what was typed meanwhile."""
        await self.push_screen(self._has_opened(message.console, message.notes))
        self.call_next(self._catch_up)

    @on(OpeningScreen.Failed)
    def _give_up(self, message: OpeningScreen.Failed) -> None:
        self.failure = message.error
        self.exit()

    async def _catch_up(self) -> None:
        while self._typed:
            await self._dealt_with(self._typed.pop(0))

    def _end(self, number: int) -> None:
        """A signal ends the program: keep the session first, then leave in good order."""
        for other in ENDING:
            asyncio.get_running_loop().remove_signal_handler(other)
        if self.is_open:
            self._keep(self.interpreter)
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
        if self._screen is None:
            if isinstance(event, Key) and event.key in LEAVES:
                self.exit()
            self._typed.append(event)
            return True
        await self._catch_up()
        return await self._dealt_with(event)

    async def _dealt_with(self, event: Key | Paste) -> bool:
        await self._until_ready()
        from tui.screens.sheet import Sheet
        from tui.widgets.field import Field

        focused = self.focused
        if isinstance(event, Paste):
            if isinstance(focused, Field):
                focused.paste(event.text)
            return isinstance(focused, Field)
        debugging = self.debugger_screen
        if self.screen is debugging and debugging.takes(event):
            return True
        if isinstance(self.screen, Sheet) and self.screen.takes(event):
            return True
        if isinstance(focused, Field):
            if focused.press(event):
                return True
        elif self._is_palette:
            return False  # Textual's own, as in the palette: it wants the character first
        # Of Textual 8.2: there is no public way to run what a key is bound to at once.
        took = await self._check_bindings(event.key, priority=True) or await self._check_bindings(
            event.key
        )
        if took and isinstance(focused, Panel) and focused.has_said:
            await self._heard(focused)
        return took

    async def _heard(self, panel: Panel) -> None:
        """Until the screen has done what a panel asked for: the next key is about what is then.

        Else a row that is removed twice in one breath would be looked for a second time.
        """
        panel.has_said = False
        if not panel.is_attached or panel.screen is not self.screen:
            return
        done = asyncio.Event()
        # Behind the panel's messages, which go through its own queue and then the screen's.
        panel.call_later(self.screen.call_later, done.set)
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), READY_SECONDS)

    async def _until_ready(self) -> None:
        """A screen that was only just put on top has its widgets in a moment."""
        end = time.monotonic() + READY_SECONDS
        while not self._has_settled() and time.monotonic() < end:
            await asyncio.sleep(0)

    def _has_settled(self) -> bool:
        debugging = self.debugger_screen
        settled = self.screen is not debugging or debugging.is_settled
        return self.screen.is_mounted and settled

    # --- colours -------------------------------------------------------------------------------

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line goes through on its way to the terminal."""
        return [*super().get_line_filters(), *self._last_filters]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours under any of Textual's themes, and under none at all."""
        return VARIABLE_DEFAULTS

    def get_default_screen(self) -> Screen[Any]:
        if self._opening is None:
            return self.debugger_screen
        palette = Palette(self.theme, self._glyphs)
        return OpeningScreen(self._opening, self._settings.table, palette)

    @property
    def debugger_screen(self) -> DebuggerScreen:
        """The screen that steps through the run."""
        assert self._screen is not None, "nothing is open yet"
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
            # Without an id: the one before it may still be on its way out.
            self.push_screen(Palette())

    @property
    def _is_palette(self) -> bool:
        return isinstance(self.screen, CommandPalette)

    def entries(self) -> tuple[Entry, ...]:
        """What the palette finds besides commands."""
        return self.debugger_screen.entries()

    def go_to(self, entry: Entry) -> None:
        """Look at what the palette has found."""
        self._uncovered().go_to(entry)

    def _uncovered(self) -> DebuggerScreen:
        """The debugger's screen, without a sheet over it."""
        if self.screen is not self.debugger_screen:
            self.screen.dismiss()
        return self.debugger_screen

    def action_other_theme(self) -> None:
        """Change to the next theme."""
        names = [theme.name for theme in THEMES]
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self.debugger_screen.recolour(Palette(self.theme, self._glyphs))
        self._remember(self.theme)
