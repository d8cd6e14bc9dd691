"""An array as a table, in which a number is chosen.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from typing import Any

from tui.drawing.tensor import draw_tensor, element_at, moved, page, sliced, window
from tui.models.tensor import TensorView
from tui.models.text import Row
from tui.widgets.local import bound
from tui.widgets.panel import Direction, Panel

SCROLL = 3
"""Rows that the wheel moves by."""

STEPS: dict[Direction, tuple[int, int]] = {
    "up": (-1, 0),
    "down": (1, 0),
    "left": (0, -1),
    "right": (0, 1),
}


class TensorPanel(Panel):
    """A table with a cursor: here ← and → move it, and no step is made in time."""

    BINDINGS = bound("tensor")
    view: TensorView | None

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._wanted: tuple[int, ...] | None = None
        """Where keys have moved the cursor and it is not shown yet: the next key starts there."""

    def show(self, view: TensorView) -> None:
        self._wanted = None
        super().show(view)

    def hint(self) -> str:
        if self.view is None:
            return ""
        slices = "{tensor.next-slice}/{tensor.slice-back} slices" * (self.view.slices > 1)
        return self.table.hints(slices, f"{{tensor.other}} {self.view.hint}")

    @property
    def _shades(self) -> bool:
        return not self.palette.mixes

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_tensor(self.view, width, height, glyphs=self.palette.drawn, shades=self._shades)

    def action_move(self, direction: Direction) -> None:
        self._move(*STEPS[direction])

    def action_page(self, rows: int, columns: int) -> None:
        """Move by as much as is in sight."""
        if self.view is not None:
            down, across = page(self.view, *self.room, shades=self._shades)
            self._move(rows * down, columns * across)

    def action_slice(self, by: int) -> None:
        """Another matrix of an array of more than two axes."""
        if self.view is not None and self.view.slices > 1:
            self._choose(sliced(self.view, self._from(self.view), by))

    def action_other(self) -> None:
        """The value, or the gradient."""
        if self.view is not None:
            self.post_message(self.Looked({"tensor.what": self.view.hint}))

    def scroll_rows(self, by: int) -> None:
        self._move(SCROLL if by > 0 else -SCROLL, 0)

    def clicked(self, column: int, row: int) -> None:
        assert self.view is not None
        found = element_at(self.view, *self.room, column, row, shades=self._shades)
        if found is not None:
            self._move(found[0] - self.view.row, found[1] - self.view.column)

    def _move(self, rows: int, columns: int) -> None:
        if self.view is not None and self.view.block is not None:
            self._choose(moved(self.view, self._from(self.view), rows, columns))

    def _from(self, view: TensorView) -> tuple[int, ...]:
        return view.index if self._wanted is None else self._wanted

    def _choose(self, index: tuple[int, ...]) -> None:
        view = self.view
        if view is None or index == self._from(view):
            return
        self._wanted = index
        rows, columns = window(view, *self.room, shades=self._shades)
        corner = _corner(view, index, rows, columns)
        changes: dict[str, Any] = {"element": index, "tensor.corner": corner}
        if view.sample_axis is not None:
            changes["sample"] = index[view.sample_axis]
        self.post_message(self.Looked(changes))


def _corner(
    view: TensorView, index: tuple[int, ...], rows: range, columns: range
) -> tuple[int, int]:
    """What is in sight goes along with the cursor only when that would leave it."""

    def start(axis: int | None, seen: range, before: int) -> int:
        at = 0 if axis is None else index[axis]
        if not seen:  # nothing has been drawn yet
            return min(at, before)
        return min(at, seen.start) if at < seen.stop else at - len(seen) + 1

    return (
        start(view.axes[0], rows, view.corner[0]),
        start(view.axes[1], columns, view.corner[1]),
    )
