"""The program, with the line of the event and the one that the reader has moved to.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.drawing.listing import GUTTER, draw_listing, first_row
from tui.models.listing import ListingView
from tui.models.text import Row
from tui.widgets.local import bound
from tui.widgets.panel import Direction, Panel, Said


class ListingPanel(Panel):
    """The program; follows the current line until the reader scrolls or selects another one."""

    BINDINGS = bound("listing")
    view: ListingView | None

    @dataclass
    class LineChosen(Said):
        """The reader wants to go to a line of the program."""

        line: int

    @dataclass
    class GutterClicked(Said):
        """The reader clicked beside a line, where breakpoints stand."""

        line: int

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.selected: int | None = None
        """The number of the line that the reader has moved to; None follows the event."""

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        top = self._first(height)
        return draw_listing(self.view, width, height, top=top, selected=self.selected)

    def _first(self, height: int) -> int:
        """The topmost row: the reader's own choice, or so that the current line is in sight."""
        if self.view is None:
            return 0
        if self.top is not None:
            return min(self.top, max(0, len(self.view.rows) - height))
        return first_row(self.view, height)

    def rows_in_all(self) -> int:
        return len(self.view.rows) if self.view else 0

    def scroll_rows(self, by: int) -> None:
        if self.top is None and self.view is not None:
            self.top = self._first(self.room[1])
        super().scroll_rows(by)

    def follow(self) -> None:
        """Show the current line again, whatever was selected or scrolled to."""
        if self.selected is not None or self.top is not None:
            self.selected = self.top = None
            self.redraw()

    def action_move(self, direction: Direction) -> None:
        """Select the line above or below."""
        if self.view is None or direction not in ("up", "down"):
            return
        rows = self.view.rows
        numbers = [row.number for row in rows if row.number is not None]
        here = self.selected if self.selected in numbers else rows[self.view.current].number
        assert here is not None
        place = numbers.index(here) + (1 if direction == "down" else -1)
        self.select(numbers[min(max(place, 0), len(numbers) - 1)])

    def select(self, number: int) -> None:
        """Select a line, and bring it into sight."""
        assert self.view is not None
        row = next(i for i, row in enumerate(self.view.rows) if row.number == number)
        self.selected = number
        height = self.room[1]
        self.top = min(max(self._first(height), row - height + 1), row)
        self.redraw()

    def action_go(self) -> None:
        """Go to where the selected line is complete."""
        if self.selected is not None:
            self.post_message(self.LineChosen(self.selected))

    def clicked(self, column: int, row: int) -> None:
        assert self.view is not None
        row += self._first(self.room[1])
        if row < len(self.view.rows) and (number := self.view.rows[row].number):
            beside = column < GUTTER
            self.post_message((self.GutterClicked if beside else self.LineChosen)(number))
