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
from tui.drawing.arrangement import Rect, arrange
from tui.drawing.rows import filled, fitted
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


class Words(Panel, can_focus=False):
    """Nothing where the views will be, and a word where the debugger says its own."""

    view: str | None

    def draw(self, width: int, height: int) -> list[Row]:
        rows = filled([], width, height)
        return [*rows[:-1], fitted(((self.view or "", "text"),), width)] if rows else rows


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
        self._words = Words("words", frame="none")

    def compose(self) -> ComposeResult:
        yield from (self._header, self._words, self._footer)

    def on_mount(self) -> None:
        self._lay_out()
        self.call_after_refresh(self.run_worker, self._open)

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """The bars where the debugger has them."""
        width, height = self.app.size
        places = arrange(width, height, 0)
        top, edge = 1 if places.header else 0, 1 if places.boxed else 0
        bottom = places.timeline.y + places.timeline.height - edge
        between = Rect(2 * edge, top, width - 4 * edge, bottom - top)
        for panel, rect in (
            (self._header, places.header),
            (self._words, between),
            (self._footer, places.footer),
        ):
            panel.display = rect is not None
            panel.recolour(self._palette)
            if rect is not None:
                panel.styles.offset = (rect.x, rect.y)
                panel.styles.width, panel.styles.height = rect.width, rect.height
        self._header.show((((" gradstep ", "key bar bold"),), ()))
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
        self._words.show(f"{what} … {percent(share)} · ctrl+c leaves")
