"""A sheet over the debugger: text that can be scrolled and is closed with one key.

It is as tall as what it says, as far as there is room.

May import: textual, tui.   Imported by: the other screens.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ModalScreen, ScreenResultType
from textual.strip import Strip
from textual.widget import Widget

from tui.drawing.frames import inner_size
from tui.drawing.rows import filled
from tui.models.text import Row
from tui.table import CommandTable
from tui.theme import Palette
from tui.widgets.local import bound
from tui.widgets.panel import Panel

WIDEST, TALLEST = 100, 44
"""Cells that a sheet takes at most, frame included."""


class SheetPanel(Panel):
    """Rows of text in a frame."""

    DEFAULT_CSS = f"""
    SheetPanel {{
        position: relative;
        width: 100%; height: 100%; max-width: {WIDEST}; max-height: {TALLEST};
    }}
    """

    view: Any

    def __init__(self, name: str, title: str) -> None:
        super().__init__(name, title)
        self.note = ""

    def say(self, rows: tuple[Row, ...], note: str) -> None:
        """Show rows, and in the frame what can be done here."""
        if note != self.note:
            self.note = note
            self.redraw()
        self.show(rows)

    def hint(self) -> str:
        """How much more there is below, and what can be done here."""
        hidden = self.rows_in_all() - self.room[1] - (self.top or 0)
        return f"↓ {hidden} more · {self.note}" if hidden > 0 else self.note

    def draw(self, width: int, height: int) -> list[Row]:
        rows: list[Row] = list(self.view or ())
        top = min(self.top or 0, max(0, len(rows) - height))
        return filled(rows[top : top + height], width, height)

    def rows_in_all(self) -> int:
        return len(self.view or ())


class Keyed(Protocol):
    """The app, as far as a sheet needs it."""

    @property
    def table(self) -> CommandTable: ...


class Sheet(ModalScreen[ScreenResultType]):
    """Shows rows until esc, q, enter or ? is pressed; may hand back what to go on with."""

    BINDINGS = bound("sheet")
    DEFAULT_CSS = "Sheet { align: center middle; }"
    FITTED = True
    """Whether the sheet is as tall as what it says."""

    def __init__(self, title: str, palette: Palette) -> None:
        super().__init__()
        self._title = title
        self.palette = palette

    def render_line(self, y: int) -> Strip:
        if not self.palette.mixes:
            # Nothing can be dimmed: what lies below would come out black on black, in colour codes.
            return Strip.blank(self.size.width, self.palette.style("text"))
        return super().render_line(y)

    def takes(self, event: Key) -> bool:
        """Deal with a key before what it is bound to, or leave it."""
        return False

    def rows(self, width: int) -> tuple[Row, ...]:
        """What the sheet says, for a width."""
        raise NotImplementedError

    def made(self) -> SheetPanel:
        """The panel that shows the rows."""
        return SheetPanel("sheet", self._title)

    def dressed(self) -> SheetPanel:
        """That panel, with the colours and the keys of the debugger."""
        panel = self.made()
        panel.palette, panel.table = self.palette, self.table
        return panel

    @property
    def table(self) -> CommandTable:
        """The commands with the reader's keys."""
        return cast(Keyed, self.app).table

    def hint(self) -> str:
        """What can be done here, for the frame."""
        return self.table.hints("{sheet.close} closes")

    def compose(self) -> ComposeResult:
        yield self.dressed()

    def wants_keys(self) -> Widget:
        """What has the keys when the sheet opens."""
        return self.query_one(SheetPanel)

    def on_mount(self) -> None:
        self._fill()
        self.set_focus(self.wants_keys())

    def on_resize(self) -> None:
        self._fill()

    def action_page(self, by: int) -> None:
        """Scroll by as many rows as there are in sight."""
        panel = self.query_one(SheetPanel)
        panel.scroll_rows(by * max(1, panel.room[1] - 1))

    def action_copy(self) -> None:
        """All that stands on the sheet, on the clipboard."""
        panel = self.query_one(SheetPanel)
        text = panel.text()
        self.app.copy_to_clipboard(text)
        copied = f"copied {text.count(chr(10)) + 1} lines"
        panel.say(panel.view, self.table.hints(copied, "{sheet.close} closes"))

    def _fill(self) -> None:
        # From the size of the terminal, not from that of the panel, which is not laid out yet: so
        # a sheet is whole from its first frame on.
        width, _ = inner_size("box", min(WIDEST, self.app.size.width), 2)
        rows = self.rows(width)
        if self.FITTED:
            tall = min(len(rows) + 2, TALLEST, self.app.size.height)
            self.query_one(SheetPanel).styles.height = tall
        self.query_one(SheetPanel).say(rows, self.hint())
