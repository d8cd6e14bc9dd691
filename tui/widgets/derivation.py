"""One gradient by the chain rule, written out.

May import: textual, tui.drawing, tui.models.   Imported by: widgets.
"""

from __future__ import annotations

from tui.drawing.derivation import derivation_rows, draw_derivation
from tui.models.derivation import DerivationView
from tui.models.text import Row
from tui.widgets.panel import Panel


class DerivationPanel(Panel):
    """Scrolls where there is more of it than room."""

    view: DerivationView | None

    def heading(self) -> str:
        if self.view is None:
            return self.title
        of = f" of {self.view.of}" if self.view.of else ""
        return f"derivation{of} {self.view.level}"

    def hint(self) -> str:
        below = self.rows_in_all() - self.room[1] - (self.top or 0)
        return f"↓ {below} more" if below > 0 else ""

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_derivation(self.view, width, height, top=self.top or 0)

    def rows_in_all(self) -> int:
        return len(derivation_rows(self.view, self.room[0])) if self.view else 0
