"""Lines over iterations: one plot, or two side by side.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from tui.drawing.plot import draw_plot
from tui.drawing.rows import fitted
from tui.models import PlotsView, Row
from tui.widgets.panel import Panel

TWO = 96
"""Columns from which on two plots stand side by side."""

GAP = 3
"""Columns between them."""


class PlotsPanel(Panel):
    """The plot that is chosen, and where there is room another one beside it."""

    view: PlotsView | None

    def heading(self) -> str:
        """What is plotted."""
        if self.view is None:
            return self.title
        return "   ".join(plot.title for plot in self.view.plots[: self._count()])

    def _count(self) -> int:
        return 2 if self.room[0] >= TWO else 1

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        plots = self.view.plots[: self._count()]
        each = (width - GAP * (len(plots) - 1)) // len(plots)
        drawn = [draw_plot(plot, each, height) for plot in plots]
        gap = ((" " * GAP, "text"),)
        rows: list[Row] = []
        for first, *others in zip(*drawn, strict=True):
            rows.append((*first, *(span for row in others for span in (*gap, *row))))
        return [fitted(row, width) for row in rows]
