"""Watched expressions and breakpoints.

May import: textual, tui.drawing, tui.models, widgets.choices.   Imported by: widgets, screens.
"""

from __future__ import annotations

from tui.drawing.watches import GUTTER, draw_watches, place_at, row_of, rows_of
from tui.models.text import Row
from tui.models.watches import WatchesView
from tui.widgets.choices import ChoicesPanel
from tui.widgets.local import bound


class WatchesPanel(ChoicesPanel):
    """What is watched, with its value here; and the breakpoints."""

    BINDINGS = bound("watches")
    view: WatchesView | None

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_watches(self.view, width, height, top=self.top or 0, selected=self.selected)

    def rows_in_all(self) -> int:
        return rows_of(self.view) if self.view else 0

    def row_of(self, place: int) -> int:
        return row_of(self.view, place) if self.view else 0

    def place_at(self, row: int) -> int | None:
        return place_at(self.view, row) if self.view else None

    def clicked(self, column: int, row: int) -> None:
        """A click on the sign for whether it stops switches that."""
        super().clicked(column, row)
        if column < GUTTER and self._place_in(row) is not None:
            self.action_switch()

    def action_switch(self) -> None:
        self._want(self.choice.toggle, is_seen=True)
