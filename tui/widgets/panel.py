"""The base of every panel: rows drawn once for each change, shown line by line.

May import: textual, rich, tui.models, tui.theme.   Imported by: the other widgets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from rich.segment import Segment
from textual.binding import Binding
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.commands import MOVEMENT
from tui.models import Row
from tui.theme import THEMES, Palette

Direction = Literal["up", "down", "left", "right"]


class Panel(Widget, can_focus=True):
    """Shows one frozen view. Setting the same view again costs nothing."""

    ALLOW_SELECT = False
    BINDINGS = [
        Binding(",".join(keys), f"move('{direction}')", show=False, id=f"panel.{direction}")
        for direction, keys in MOVEMENT
    ]
    DEFAULT_CSS = """
    Panel {
        position: absolute;
        border: round $gs-line;
        border-title-color: $gs-dim;
        border-subtitle-color: $gs-dim;
        background: $background;
        padding: 0 1;
        &:focus { border: round $gs-focus; border-title-color: $gs-title; }
        &.-lined { border: none; border-top: solid $gs-line; padding: 0 1 0 0; }
        &.-bare { border: none; padding: 0 1; }
        &.-lined:focus { border-top: solid $gs-focus; }
    }
    """

    @dataclass
    class Moved(Message):
        """The reader asked to move within this panel, and it did not know better."""

        panel: Panel
        direction: Direction

    def __init__(self, name: str, title: str | None = None) -> None:
        super().__init__(id=name)
        self.border_title = title or name
        self.view: Any = None
        self.palette = Palette(THEMES[0].name)
        self.top: int | None = None
        """The first row shown, where the reader has scrolled."""
        self._strips: list[Strip] = []
        self._drawn_for: Any = None

    # --- what a panel defines ------------------------------------------------------------------

    def draw(self, width: int, height: int) -> list[Row]:
        """Exactly `height` rows of `width` cells."""
        raise NotImplementedError

    # --- showing -------------------------------------------------------------------------------

    def show(self, view: Any, note: str = "") -> None:
        """Show another view; the note stands in the lower edge of the frame."""
        if note != (self.border_subtitle or ""):
            self.border_subtitle = note
        if view is self.view or view == self.view:
            return
        self.view = view
        self.redraw()

    def redraw(self) -> None:
        """Draw again at the next paint, if there is anything to see."""
        self._drawn_for = None
        if self.display:
            self.refresh()

    def recolour(self, palette: Palette) -> None:
        """Use another palette."""
        self.palette = palette
        self.redraw()

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        key = (width, height, self.palette)
        if self._drawn_for != key:
            rows = self.draw(width, height) if self.view is not None and width > 0 else []
            self._strips = [self._strip(row, width) for row in rows]
            self._drawn_for = key
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(width, self.palette.style("text"))

    def _strip(self, row: Row, width: int) -> Strip:
        style = self.palette.style
        strip = Strip([Segment(text, style(names)) for text, names in row])
        return strip.adjust_cell_length(width, style("text"))

    # --- moving --------------------------------------------------------------------------------

    def action_move(self, direction: Direction) -> None:
        """Scroll by a row, or whatever moving means in this panel."""
        if direction in ("up", "down"):
            self.scroll_rows(1 if direction == "down" else -1)

    def scroll_rows(self, by: int) -> None:
        """Scroll; `rows_in_all` says how far."""
        last = max(0, self.rows_in_all() - self.size.height)
        self.top = min(max((self.top or 0) + by, 0), last)
        self.redraw()

    def rows_in_all(self) -> int:
        """How many rows there would be with room for all of them."""
        return 0

    def on_mouse_scroll_down(self) -> None:
        self.scroll_rows(2)

    def on_mouse_scroll_up(self) -> None:
        self.scroll_rows(-2)
