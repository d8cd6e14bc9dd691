"""The tree of timelines.

May import: textual, tui.drawing, tui.models, widgets.choices.   Imported by: widgets, screens.
"""

from __future__ import annotations

from tui.drawing.choices import top_for
from tui.drawing.timelines import draw_timelines
from tui.models.text import Row
from tui.models.timelines import TimelinesView
from tui.widgets.choices import ChoicesPanel
from tui.widgets.local import bound


class TimelinesPanel(ChoicesPanel):
    """Every timeline, on the branches of a tree."""

    BINDINGS = bound("timelines")
    view: TimelinesView | None

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_timelines(self.view, width, height, top=self.first, selected=self.selected)

    def first_place(self) -> int:
        assert self.view is not None
        return next(i for i, row in enumerate(self.view.rows) if row.current)

    @property
    def first(self) -> int:
        """As long as the reader has not scrolled, the timeline that is looked at is in sight."""
        room = self.room[1] - self.headings()
        if self.top is not None or self.view is None or room <= 0:
            return self.top or 0
        return top_for(self.first_place(), 0, room)

    def show(self, view: TimelinesView) -> None:
        """Show another view; the timeline that is looked at comes into sight when it is another."""
        before = self._current()
        super().show(view)
        if self._current() != before:
            self.place, self.top = self.first_place(), None

    def _current(self) -> str:
        return next((row.name for row in self.view.rows if row.current), "") if self.view else ""

    def headings(self) -> int:
        return 1

    def rows_in_all(self) -> int:
        return len(self.view.rows) + 1 if self.view else 0

    def action_rename(self) -> None:
        if self.choice.rename:
            self.post_message(self.Asked(self.choice.rename))

    def action_compare(self) -> None:
        self._want(self.choice.compare)
