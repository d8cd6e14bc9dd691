"""The run as a bar.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from tui.drawing.timeline import draw_timeline, fraction_at
from tui.models import Row, TimelineView
from tui.widgets.panel import Panel


class TimelinePanel(Panel):
    """Where the cursor is; a click goes there."""

    view: TimelineView | None

    @dataclass
    class Sought(Message):
        """The reader pointed at a place in the run."""

        fraction: float

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_timeline(self.view, width, height)

    def clicked(self, column: int, row: int) -> None:
        if row == 0:
            self.post_message(self.Sought(fraction_at(column, self.room[0])))
