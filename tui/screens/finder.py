"""A sheet with a line below it: what is typed there says what is shown.

May import: textual, tui.   Imported by: the other screens.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ScreenResultType

from tui.screens.sheet import TALLEST, WIDEST, Sheet, SheetPanel
from tui.widgets.field import Field
from tui.widgets.local import bound
from tui.widgets.words import Rows


class Finder(Sheet[ScreenResultType]):
    """A sheet whose rows follow what is typed."""

    BINDINGS = bound("finder")
    DEFAULT_CSS = f"""
    Finder {{
        Vertical {{ width: 100%; height: 100%; max-width: {WIDEST}; max-height: {TALLEST}; }}
        SheetPanel {{ height: 1fr; }}
        Horizontal {{ height: 1; }}
        Rows {{ width: 3; }}
    }}
    """

    FITTED = False  # it would change its height while one types

    @property
    def field(self) -> Field:
        return self.query_one(Field)

    @property
    def typed(self) -> str:
        """What is looked for."""
        return self.field.value

    async def enter(self) -> None:
        """What enter does in the line."""
        self.dismiss(None)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self.dressed()
            with Horizontal():
                mark = Rows("label")
                mark.show((((" /", "dim"),),))
                field = Field(self.enter, self._typed)
                mark.palette = field.palette = self.palette
                yield mark
                yield field

    def _typed(self) -> None:
        if self.is_mounted:
            self.query_one(SheetPanel).top = 0
            self._fill()

    def action_move(self, by: int) -> None:
        """Scroll by a row."""
        self.query_one(SheetPanel).scroll_rows(by)
