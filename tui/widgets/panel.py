"""The base of every panel: rows drawn once for each change, shown line by line.

May import: textual, rich, tui.models, tui.theme.   Imported by: the other widgets.
"""

from __future__ import annotations

from typing import Any, Literal

from rich.segment import Segment
from textual.binding import Binding
from textual.events import Click
from textual.strip import Strip
from textual.widget import Widget

from tui.commands import MOVEMENT
from tui.drawing.frames import PADDING, Frame, framed, inner_offset, inner_size
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
    DEFAULT_CSS = "Panel { position: absolute; }"
    PADDING = PADDING

    def __init__(self, name: str, title: str | None = None, frame: Frame = "box") -> None:
        super().__init__(id=name)
        self.view: Any = None
        self.title = title or name
        self.note = ""
        self.frame: Frame = frame
        self.palette = Palette(THEMES[0].name)
        self.top: int | None = None
        """The first row shown, where the reader has scrolled."""
        self._strips: list[Strip] = []
        self._drawn_for: Any = None

    # --- what a panel defines ------------------------------------------------------------------

    def draw(self, width: int, height: int) -> list[Row]:
        """Exactly `height` rows of `width` cells."""
        raise NotImplementedError

    def heading(self) -> str:
        """What stands in the frame."""
        return self.title

    # --- showing -------------------------------------------------------------------------------

    @property
    def room(self) -> tuple[int, int]:
        """(columns, rows) inside the frame."""
        return inner_size(self.frame, *self.size, self.PADDING)

    def show(self, view: Any, note: str = "") -> None:
        """Show another view; the note stands in the frame."""
        if note == self.note and (view is self.view or view == self.view):
            return
        self.view, self.note = view, note
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
        key = (width, height, self.frame, self.has_focus, self.palette)
        if self._drawn_for != key:
            self._strips = [self._strip(row, width) for row in self._rows(width, height)]
            self._drawn_for = key
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(width, self.palette.style("text"))

    def _rows(self, width: int, height: int) -> list[Row]:
        columns, rows = self.room
        drawn = self.draw(columns, rows) if self.view is not None and columns > 0 else []
        return framed(
            drawn or [()] * rows,
            self.frame,
            width,
            height,
            title=self.heading(),
            note=self.note,
            focused=self.has_focus,
            padding=self.PADDING,
        )

    def _strip(self, row: Row, width: int) -> Strip:
        style = self.palette.style
        strip = Strip([Segment(text, style(names)) for text, names in row])
        return strip.adjust_cell_length(width, style("text"))

    def place_of(self, event: Click) -> tuple[int, int] | None:
        """(column, row) of the content that was clicked; None on the frame."""
        left, top = inner_offset(self.frame, self.PADDING)
        x, y = event.x - left, event.y - top
        columns, rows = self.room
        return (x, y) if 0 <= x < columns and 0 <= y < rows else None

    # --- moving --------------------------------------------------------------------------------

    def action_move(self, direction: Direction) -> None:
        """Scroll by a row, or whatever moving means in this panel."""
        if direction in ("up", "down"):
            self.scroll_rows(1 if direction == "down" else -1)

    def scroll_rows(self, by: int) -> None:
        """Scroll; `rows_in_all` says how far."""
        last = max(0, self.rows_in_all() - self.room[1])
        self.top = min(max((self.top or 0) + by, 0), last)
        self.redraw()

    def rows_in_all(self) -> int:
        """How many rows there would be with room for all of them."""
        return 0

    def on_mouse_scroll_down(self) -> None:
        self.scroll_rows(2)

    def on_mouse_scroll_up(self) -> None:
        self.scroll_rows(-2)
