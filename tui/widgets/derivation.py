"""One gradient by the chain rule, written out.

May import: textual, tui.drawing, tui.models.   Imported by: widgets.
"""

from __future__ import annotations

from typing import Any

from tui.drawing.derivation import derivation_rows, draw_derivation
from tui.models.derivation import DerivationView
from tui.models.text import Row
from tui.widgets.local import bound
from tui.widgets.panel import Direction, Panel


class DerivationPanel(Panel):
    """Scrolls where there is more of it than room; of an array, goes from number to number."""

    BINDINGS = bound("derivation")
    view: DerivationView | None

    def heading(self) -> str:
        if self.view is None:
            return self.title
        of = f" of {self.view.of}" if self.view.of else ""
        return f"derivation{of} {self.view.level}"

    def hint(self) -> str:
        view = self.view
        below = self.rows_in_all() - self.room[1] - (self.top or 0)
        keys: tuple[str, ...] = ()
        if view is not None and view.shape:
            others = ("{left}/{right} another number", "{derivation.single} all")
            keys = others if view.index else ("{derivation.single} one number",)
        return self.table.hints(*keys, f"↓ {below} more" * (below > 0))

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_derivation(self.view, width, height, top=self.top or 0)

    def rows_in_all(self) -> int:
        return len(derivation_rows(self.view, self.room[0])) if self.view else 0

    def action_move(self, direction: Direction) -> None:
        """Scroll; of one number of an array sideways to the next one, row by row."""
        view = self.view
        if direction in ("up", "down") or view is None or not view.index:
            super().action_move(direction)
        else:
            self._choose(view, _next(view.index, view.shape, 1 if direction == "right" else -1))

    def action_single(self) -> None:
        """One number of the array, or all of them together."""
        view = self.view
        if view is not None and view.shape:
            self._choose(view, () if view.index else (0,) * len(view.shape))

    def _choose(self, view: DerivationView, index: tuple[int, ...]) -> None:
        changes: dict[str, Any] = {"element": index}
        if index and view.index and view.sample_axis is not None:
            changes["sample"] = index[view.sample_axis]
        self.post_message(self.Looked(changes))


def _next(index: tuple[int, ...], shape: tuple[int, ...], by: int) -> tuple[int, ...]:
    """The index of the next number in the order of rows, round at the ends."""
    place = 0
    for at, size in zip(index, shape, strict=True):
        place = place * size + at
    total = 1
    for size in shape:
        total *= size
    place = (place + by) % total
    found: list[int] = []
    for size in reversed(shape):
        place, at = divmod(place, size)
        found.append(at)
    return tuple(reversed(found))
