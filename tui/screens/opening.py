"""What stands on the screen while the experiment is being opened: the bars, and how far it is.

Most of the program is loaded meanwhile. Opening goes on beside the event loop, so that a large file
can be left; there is nothing to look at yet that it could slow down.
May import: engine's public face, progress, table, theme, widgets.   Imported by: app.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen

from engine import GradstepError
from tui.drawing.rows import filled
from tui.models.text import Row
from tui.numbers import percent
from tui.progress import watcher
from tui.table import CommandTable
from tui.theme import Palette
from tui.widgets.bars import Bar, footer_row
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from tui.console import Console


class _Left(Exception):
    """The reader did not wait."""


class Empty(Panel, can_focus=False):
    """Where the views will be: like them without a colour of its own."""

    def draw(self, width: int, height: int) -> list[Row]:
        return filled([], width, height)


class OpeningScreen(Screen[None]):
    """Opens an experiment, and says what came of it."""

    @dataclass
    class Opened(Message):
        """There is something to debug."""

        console: Console
        notes: Iterable[str]

    @dataclass
    class Failed(Message):
        """There is nothing to debug."""

        error: GradstepError

    DEFAULT_CSS = "OpeningScreen { background: $background; }"

    def __init__(
        self,
        opening: Callable[[], tuple[Console, Iterable[str]]],
        table: CommandTable,
        palette: Palette,
    ) -> None:
        super().__init__()
        self._opening, self._table, self._palette = opening, table, palette
        self._header, self._footer = Bar("header", frame="none"), Bar("footer", frame="none")
        self._empty = Empty("empty", frame="none")

    def compose(self) -> ComposeResult:
        yield from (self._header, self._empty, self._footer)

    def on_mount(self) -> None:
        self._lay_out()
        self.call_after_refresh(self.run_worker, self._open)

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """The bars where the debugger has them."""
        width, height = self.app.size
        places = ((self._header, 0, 1), (self._empty, 1, height - 2), (self._footer, height - 1, 1))
        for panel, row, rows in places:
            panel.recolour(self._palette)
            panel.styles.offset = (0, row)
            panel.styles.width, panel.styles.height = width, max(0, rows)
        self._say("")
        self._footer.show((footer_row(self._table.footer(), width), ()))

    async def _open(self) -> None:
        """Open it on a thread of its own."""
        loop = asyncio.get_running_loop()

        def report(what: str, share: float) -> None:
            if not self.is_running:
                raise _Left
            loop.call_soon_threadsafe(self._show, what, share)

        def opened() -> Any:
            watcher.set(report)
            return self._opening()

        try:
            console, notes = await asyncio.to_thread(opened)
        except _Left:
            return
        except GradstepError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Opened(console, notes))

    def _show(self, what: str, share: float) -> None:
        self._say(f" {what} … {percent(share)} · ctrl+c leaves")

    def _say(self, text: str) -> None:
        self._header.show((((" gradstep ", "key bar bold"), (text, "text bar")), ()))
