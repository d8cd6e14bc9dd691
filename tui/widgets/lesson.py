"""The lesson: what its step says, and its questions.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from tui.drawing.lesson import Drawn, draw_lesson
from tui.drawing.rows import filled
from tui.models.lesson import LessonView
from tui.models.text import Row
from tui.widgets.panel import Panel, Said

EDGE = 6
"""Cells of an edge that its note does not have; a title beside it takes two more."""


class LessonPanel(Panel):
    """Text that can be scrolled. A choice that is clicked is the answer."""

    @dataclass
    class ChoiceClicked(Said):
        """The reader has clicked on what may be the answer."""

        label: str

    view: LessonView | None

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._kept: tuple[Any, Drawn] | None = None
        self._answering = False

    # --- the frame -----------------------------------------------------------------------------

    def heading(self) -> str:
        """The lesson's title where there is room, and how much is further down."""
        if self.view is None or not self.view.title:
            return self.title
        more = self._more()
        whole = f"{self.title}: {self.view.title}{more}"
        room = self.size.width - EDGE
        if self.frame == "line":  # what can be done stands on the same line
            room -= cell_len(self.hint()) + 2
        return whole if cell_len(whole) <= room else f"{self.title}{more}"

    def _more(self) -> str:
        below = self.rows_in_all() - self.room[1] - self._first_row()
        return f"   ↓ {below} more" if below > 0 else ""

    def hint(self) -> str:
        """Which step it is, and what can be done, the most likely first, as far as that fits."""
        if self.view is None or not self.view.step:
            return ""
        room = self.size.width - EDGE
        if self.frame == "line":  # the name stands on the same line
            room -= cell_len(f"{self.title}{self._more()}") + 2
        parts = [self.view.step, *(f"{key} {words}" for key, words in self.view.keys)]
        while len(parts) > 1 and cell_len(" · ".join(parts)) > room:
            parts.pop()
        return " · ".join(parts)

    # --- the text ------------------------------------------------------------------------------

    def show(self, view: LessonView) -> None:
        """Show a step: another one from its top, an answer where it can be seen."""
        if view != self.view:
            self.top, self._answering = None, False
        super().show(view)

    def attend(self) -> None:
        """Bring the question into sight: the reader is about to answer it."""
        self.top, self._answering = None, True
        self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        top = self._first_row()
        return filled(list(self._lesson().rows[top : top + height]), width, height)

    def _lesson(self) -> Drawn:
        """All rows, made once for each view and size."""
        key = (self.view, self.room)
        if self._kept is None or self._kept[0] != key:
            assert self.view is not None
            self._kept = (key, draw_lesson(self.view, *self.room))
        return self._kept[1]

    def _first_row(self) -> int:
        """The row at the top: where the reader has scrolled to, or what has to be in sight."""
        assert self.view is not None
        lesson, height = self._lesson(), self.room[1]
        if self.top is not None:
            return min(self.top, max(0, len(lesson.rows) - height))
        first, stop = lesson.question
        if not (self._answering or self.view.begun) or stop <= height:
            return 0
        return min(first, stop - height)

    def scroll_rows(self, by: int) -> None:
        if self.view is not None:
            self.top = self._first_row()
            super().scroll_rows(by)

    def rows_in_all(self) -> int:
        return len(self._lesson().rows) if self.view is not None else 0

    def clicked(self, column: int, row: int) -> None:
        lesson, at = self._lesson(), row + self._first_row()
        before = (s for s in lesson.choices if s.row == at and s.column <= column)
        spot = max(before, key=lambda spot: spot.column, default=None)
        if spot is not None and len(spot.label) == 1:
            self.post_message(self.ChoiceClicked(spot.label))
