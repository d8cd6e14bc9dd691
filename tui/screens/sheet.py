"""A sheet over the debugger: text that can be scrolled and is closed with one key.

May import: textual, tui.   Imported by: the other screens.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from tui.drawing.rows import filled
from tui.models import Row
from tui.theme import Palette
from tui.widgets.panel import Panel


class SheetPanel(Panel):
    """Rows of text in a frame."""

    DEFAULT_CSS = """
    SheetPanel {
        position: relative;
        width: 100%; height: 100%; max-width: 100; max-height: 44;
    }
    """
    view: tuple[Row, ...] | None

    def draw(self, width: int, height: int) -> list[Row]:
        rows = list(self.view or ())
        top = min(self.top or 0, max(0, len(rows) - height))
        return filled(rows[top : top + height], width, height)

    def rows_in_all(self) -> int:
        return len(self.view or ())


class Sheet(ModalScreen[None]):
    """Shows rows until esc, q, enter or ? is pressed."""

    BINDINGS = [
        Binding("escape,q,enter,question_mark,f1", "dismiss", "close", id="sheet.close"),
    ]
    DEFAULT_CSS = "Sheet { align: center middle; }"

    def __init__(self, title: str, palette: Palette) -> None:
        super().__init__()
        self._title = title
        self.palette = palette

    def rows(self, width: int) -> tuple[Row, ...]:
        """What the sheet says, for a width."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        panel = SheetPanel("sheet", self._title)
        panel.palette = self.palette
        yield panel

    def on_mount(self) -> None:
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        panel = self.query_one(SheetPanel)
        panel.show(self.rows(panel.room[0]), "esc closes · ↑ ↓ scroll")
        panel.focus()
