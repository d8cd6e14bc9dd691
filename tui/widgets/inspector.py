"""What an event does, or what a chosen node knows.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from tui.drawing.inspector import inspector_rows
from tui.models.inspector import InspectorView
from tui.models.text import Row
from tui.widgets.panel import Panel


class InspectorPanel(Panel):
    """What the event does; scrolls where there is more of it than room."""

    view: InspectorView | None

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        rows = inspector_rows(self.view, width, height)
        top = min(self.top or 0, len(rows) - height)
        return rows[top : top + height]

    def heading(self) -> str:
        """The frame says what is inspected, and how much of it is further down."""
        subject = "inspector" if not self.view or self.view.title == "event" else "chosen node"
        below = self.rows_in_all() - self.room[1] - (self.top or 0)
        return f"{subject}   ↓ {below} more" if below > 0 else subject

    def rows_in_all(self) -> int:
        if self.view is None:
            return 0
        return len(inspector_rows(self.view, *self.room))
