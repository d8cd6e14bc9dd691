"""The table of parameters.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from tui.drawing.parameters import draw_parameters
from tui.models.parameters import ParametersView
from tui.models.text import Row
from tui.widgets.panel import Panel


class ParametersPanel(Panel):
    """The table of parameters."""

    view: ParametersView | None

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_parameters(self.view, width, height, top=self.top or 0)

    def rows_in_all(self) -> int:
        return len(self.view.rows) + 1 if self.view else 0
