"""The base of every panel: rows drawn once for each change, shown line by line.

May import: textual, rich, tui.models, tui.table, tui.theme.   Imported by: the other widgets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rich.segment import Segment
from textual.binding import Binding
from textual.events import Click, MouseEvent, MouseScrollDown, MouseScrollUp
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.commands import MOVEMENT
from tui.drawing.frames import (
    PADDING,
    Frame,
    framed,
    inner_offset,
    inner_size,
    tab_at,
    titled,
)
from tui.drawing.glyphs import shown_freely
from tui.drawing.rows import width_of
from tui.models.text import Row
from tui.table import DEFAULT
from tui.theme import THEMES, Palette

Direction = Literal["up", "down", "left", "right"]


class Said(Message):
    """What a reader did in a panel, for the screen, which decides what it means."""


class Panel(Widget, can_focus=True):
    """Shows one frozen view. Setting the same view again costs nothing."""

    @dataclass
    class TabChosen(Said):
        """The reader wants another view in the place of this one."""

        name: str

    @dataclass
    class Looked(Said):
        """The reader looks at something else, or in another way."""

        changes: Mapping[str, Any]
        """Fields of the look by name."""

    has_said = False
    """Whether it has told the screen something that may not have been heard yet."""
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
        self.digit = ""
        """The key that goes to it."""
        self.tabs: tuple[tuple[str, str], ...] = ()
        """(key, name) of the views that share its place."""
        self.frame: Frame = frame
        self.palette = Palette(THEMES[0].name)
        self.table = DEFAULT
        """The keys that it speaks of."""
        self.pointed = False
        """Whether it is what the tour speaks of: it has a mark, and looks as if it had the keys."""
        self.top: int | None = None
        """The first row shown, where the reader has scrolled."""
        self._strips: list[Strip] = []
        self._drawn: list[Row] = []
        """The rows that the strips were made of."""
        self._drawn_for: Any = None
        self._stale = True
        self._waiting = False
        """Whether a repaint is on its way: however many keys come before it, it is one."""

    # --- what a panel defines ------------------------------------------------------------------

    def draw(self, width: int, height: int) -> list[Row]:
        """Exactly `height` rows of `width` cells."""
        raise NotImplementedError

    def heading(self) -> str:
        """What stands at the top of the frame."""
        return self.title

    def hint(self) -> str:
        """What stands at the frame's right: which sample, or what can be done here."""
        return ""

    def post_message(self, message: Message) -> bool:
        self.has_said |= isinstance(message, Said)
        return super().post_message(message)

    def fitting(self, *texts: str) -> str:
        """The first of these that the frame has room for; nothing where there is none."""
        room = self.size.width - 10
        if self.frame == "line":
            room -= width_of(self._title())
        return next((text for text in texts if len(text) <= room), "")

    # --- showing -------------------------------------------------------------------------------

    @property
    def room(self) -> tuple[int, int]:
        """(columns, rows) inside the frame."""
        return inner_size(self.frame, *self.size, self.PADDING)

    def show(self, view: Any) -> None:
        """Show another view."""
        if view is self.view or view == self.view:
            return
        self.view = view
        self.redraw()

    def share(self, digit: str, tabs: tuple[tuple[str, str], ...]) -> None:
        """Say in the frame which key goes to this panel, and what else is in its place."""
        if (digit, tabs) != (self.digit, self.tabs):
            self.digit, self.tabs = digit, tabs
            self.redraw()

    def follow(self) -> None:
        """Show what there is to see at first again, wherever the reader had scrolled."""
        if self.top is not None:
            self.top = None
            self.redraw()

    def point(self, pointed: bool) -> None:
        """Stand out, or no longer."""
        if pointed != self.pointed:
            self.pointed = pointed
            self.redraw()

    def redraw(self) -> None:
        """Draw again before the next paint, if there is anything to see."""
        self._stale = True
        if self.display and not self._waiting and self.is_attached:
            self._waiting = True
            self.call_later(self._repaint)

    def _repaint(self) -> None:
        """Draw, and paint the lines that have changed: a step changes few."""
        self._waiting = False
        if not self._stale:
            return
        before, drawn_for = self._drawn, self._drawn_for
        self._make()
        if drawn_for != self._drawn_for or len(before) != len(self._drawn):
            self.refresh()
            return
        changed = [y for y, row in enumerate(self._drawn) if row != before[y]]
        if changed:
            width = self.size.width
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def recolour(self, palette: Palette) -> None:
        """Use another palette."""
        self.palette = palette
        self.redraw()

    def _looks(self) -> Any:
        """What all lines depend on, besides the view."""
        return (*self.size, self.frame, self.has_focus, self.pointed, self.palette)

    def _make(self) -> None:
        """Draw all rows; only those that have changed become strips anew."""
        looks, before = self._looks(), self._drawn
        width, height = self.size
        self._drawn = self._rows(width, height)
        if looks != self._drawn_for or len(before) != len(self._drawn):
            self._strips = [self._strip(row, width) for row in self._drawn]
        else:
            for y, row in enumerate(self._drawn):
                if row != before[y]:
                    self._strips[y] = self._strip(row, width)
        self._drawn_for = looks
        self._stale = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the panel.

        They are complete as they are: there is nothing that style sheets could add, so Textual's
        own work on each line, a third of a frame's time, is left out. What has changed since they
        were drawn comes with the repaint that is on its way.
        """
        if self._drawn_for != self._looks():
            self._make()
        strips = self._strips[crop.y : crop.bottom]
        width = self.size.width
        strips += [Strip.blank(width, self.palette.style("text"))] * (crop.height - len(strips))
        if crop.column_span == (0, width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def _rows(self, width: int, height: int) -> list[Row]:
        columns, rows = self.room
        drawn = self.draw(columns, rows) if self.view is not None and columns > 0 else []
        return framed(
            drawn or [()] * rows,
            self.frame,
            width,
            height,
            title=self._title(),
            note=self.hint() if self.view is not None else "",
            focused=self._stands_out,
            padding=self.PADDING,
        )

    @property
    def _stands_out(self) -> bool:
        return self.has_focus or self.pointed

    def _title(self) -> Row:
        mark: Row = (("❯ ", "notice bold"),) if self.pointed else ()
        room = self.size.width - 6 - width_of(mark)
        title = titled(self.heading(), self.digit, self.tabs, room, focused=self._stands_out)
        return (*mark, *title)

    def _strip(self, row: Row, width: int) -> Strip:
        style = self.palette.style
        strip = Strip([Segment(text, style(names)) for text, names in row])
        strip = strip.adjust_cell_length(width, style("text"))
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, self.background_colors[1])
        return strip

    def place_of(self, event: MouseEvent) -> tuple[int, int] | None:
        """(column, row) of the content under the pointer; None on the frame."""
        left, top = inner_offset(self.frame, self.PADDING)
        x, y = event.x - left, event.y - top
        columns, rows = self.room
        return (x, y) if 0 <= x < columns and 0 <= y < rows else None

    def on_click(self, event: Click) -> None:
        """A click on the name of another view in the frame brings it here."""
        if event.y == 0 and self.frame != "none":
            if tab := tab_at(self._title(), self.tabs, event.x - 3):
                self.post_message(self.TabChosen(tab))
        elif (place := self.place_of(event)) is not None and self.view is not None:
            self.clicked(*place)

    def clicked(self, column: int, row: int) -> None:
        """A cell of the content was clicked, counted from its upper left corner."""

    # --- copying -------------------------------------------------------------------------------

    def text(self) -> str:
        """What it shows, without its frame; all of it where it can be scrolled."""
        columns, rows = self.room
        if self.view is None or columns <= 0:
            return ""
        drawn = self.draw(columns, max(rows, self.rows_in_all()))
        self.redraw()  # whatever a drawing remembers is for the room that there is
        lines = ("".join(text for text, _ in row).rstrip() for row in drawn)
        return shown_freely("\n".join(lines).strip("\n"), self.palette.glyphs)

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

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self.scroll_rows(2)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self.scroll_rows(-2)
