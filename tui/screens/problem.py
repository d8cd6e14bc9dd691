"""An error as a panel: what, where, and the way out; the debugger lives on below it.

May import: engine's public face, tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from engine import GradstepError
from tui.drawing.rows import wrapped
from tui.models.text import Row
from tui.screens.sheet import Sheet
from tui.theme import Palette


class ProblemScreen(Sheet[str]):
    """One error that a person can do something about."""

    def __init__(self, error: GradstepError, palette: Palette) -> None:
        super().__init__("that did not work", palette)
        self.error = error

    def rows(self, width: int) -> tuple[Row, ...]:
        lines = str(self.error).splitlines()
        first: list[Row] = wrapped(((lines[0], "stop bold"),), width, 2)
        rest = [row for line in lines[1:] for row in wrapped(((line, "text"),), width, 4)]
        return (*first, (), *rest)
