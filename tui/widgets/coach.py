"""The coach: a few lines above the footer that show a reader round.

May import: tui.drawing, tui.models.   Imported by: screens.
"""

from __future__ import annotations

from tui.drawing.frames import inner_size
from tui.drawing.rows import filled, wrapped
from tui.models.coach import CoachView
from tui.models.text import Row
from tui.widgets.panel import Panel

ENDS = "enter goes on · esc ends the tour"


class CoachPanel(Panel, can_focus=False):
    """Says one thing at a time; the keys belong to the debugger all the while."""

    PADDING = 0
    view: CoachView | None

    def __init__(self) -> None:
        super().__init__("coach", frame="line")
        self.display = False

    def heading(self) -> str:
        return self.view.title if self.view is not None else self.title

    def hint(self) -> str:
        return ENDS

    def draw(self, width: int, height: int) -> list[Row]:
        return [
            tuple((text, f"{style} bar") for text, style in row)
            for row in filled(self._lines(width), width, height)
        ]

    def tall(self, width: int) -> int:
        """How many rows it needs in all on a screen of this width."""
        columns, _ = inner_size(self.frame, width, 2, self.PADDING)
        return 1 + max(2, len(self._lines(columns)))

    def _lines(self, width: int) -> list[Row]:
        if self.view is None:
            return []
        return [((" ", "text"), *row) for row in wrapped(self.view.text, width - 1, 0)]
