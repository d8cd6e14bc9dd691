"""The run as a script, beside the listing.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from tui.drawing.code import draw_code, first_line
from tui.models.code import CodeView
from tui.models.text import Row
from tui.widgets.local import bound
from tui.widgets.panel import Panel, Said


class CodePanel(Panel):
    """Follows the event until the reader scrolls."""

    BINDINGS = bound("code")
    view: CodeView | None

    class OtherLibrary(Said):
        """The reader wants the script of the other library."""

    def heading(self) -> str:
        return f"{self.view.library} code" if self.view else self.title

    def hint(self) -> str:
        if self.view is None:
            return ""
        other = "PyTorch" if self.view.library == "NumPy" else "NumPy"
        return self.table.hints(f"{{code.other}}: {other}") if self.has_focus else ""

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_code(self.view, width, height, top=self.top)

    def rows_in_all(self) -> int:
        return len(self.view.lines) if self.view else 0

    def scroll_rows(self, by: int) -> None:
        if self.top is None and self.view is not None:
            self.top = first_line(self.view, self.room[1])
        super().scroll_rows(by)

    def action_other(self) -> None:
        """Ask for the other library."""
        self.post_message(self.OtherLibrary())
