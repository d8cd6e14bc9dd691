"""The lessons in cells: the list, and beside it, or below it, what the selected one is about.

May import: tui.models, drawing.rows.   Imported by: screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from tui.drawing.rows import filled, fitted, wrapped
from tui.models.chooser import ChooserView, LessonRow
from tui.models.text import Row

ROOM_FOR_TWO = 56
"""Columns from which on the preview stands beside the list."""

GAP = 3

KEPT = "    "
"""What stands before a line that is one of its own: the rest of it is indented further."""


@dataclass(frozen=True)
class Drawn:
    """Rows, and which lesson each of them names."""

    rows: tuple[Row, ...]
    lessons: dict[int, int]
    """row → lesson, from 0."""
    list_width: int
    """Columns from the left in which a row stands for its lesson."""


def draw_chooser(view: ChooserView, width: int, height: int, top: int = 0) -> Drawn:
    """Exactly `height` rows of `width` cells; the preview begins with its row `top`."""
    marks = max(cell_len(row.mark) for row in view.rows)
    left = min(width, 3 + marks + max(cell_len(row.name) for row in view.rows))
    if width < ROOM_FOR_TWO:
        tall = max(1, height * 2 // 5)
        listed, lessons = _list(view, width, tall)
        below = max(0, height - tall - 1)
        rows = [*listed, (("─" * width, "line"),), *_preview(view, width, below, top)]
        return Drawn(tuple(filled(rows, width, height)), lessons, width)
    listed, lessons = _list(view, left, height)
    right = width - left - GAP
    shown = _preview(view, right, height, top)
    gap: Row = ((" ", "text"), ("│", "line"), (" ", "text"))
    rows = [(*one, *gap, *fitted(other, right)) for one, other in zip(listed, shown, strict=True)]
    return Drawn(tuple(filled(rows, width, height)), lessons, left)


def _list(view: ChooserView, width: int, height: int) -> tuple[list[Row], dict[int, int]]:
    """The part of the list that has the selected lesson in it, and what its rows stand for."""
    rows: list[tuple[Row, int | None]] = []
    for i, row in enumerate(view.rows):
        heading = _heading(row)
        if i == 0 or heading != _heading(view.rows[i - 1]):
            rows += [((), None)] * (i > 0) + [(((heading, "dim"),), None)]
        rows.append((_row(view, i, width), i))
    at = next(y for y, (_, i) in enumerate(rows) if i == view.selected)
    start = min(max(0, at - height // 2), max(0, len(rows) - height))
    part = rows[start : start + height]
    below = sum(i is not None for _, i in rows[start + height - 1 :])
    if start + height < len(rows) and height > 2:
        part[-1] = (((f"  ↓ {below} more", "dim"),), None)
    lessons = {y: i for y, (_, i) in enumerate(part) if i is not None}
    return filled([row for row, _ in part], width, height), lessons


def _heading(row: LessonRow) -> str:
    return "experiments" if row.reading == "experiment" else "the course"


def _row(view: ChooserView, i: int, width: int) -> Row:
    row = view.rows[i]
    chosen = i == view.selected
    name = fitted(((f"{'❯' if chosen else ' '} {row.name}", "text"),), width - cell_len(row.mark))
    if not chosen:
        return (*name, (row.mark, "dim"))
    return tuple((text, "title bold current") for text, _ in (*name, (row.mark, "")))


def _preview(view: ChooserView, width: int, height: int, top: int) -> list[Row]:
    rows = preview_rows(view, width)
    top = min(top, max(0, len(rows) - height))
    shown = filled(rows[top : top + height], width, height)
    below = len(rows) - top - height
    if below >= 0 and height > 1 and below:
        shown[-1] = fitted(((f"↓ {below + 1} more: page down", "dim"),), width)
    return shown


def preview_rows(view: ChooserView, width: int) -> list[Row]:
    """What the selected lesson is about: all rows."""
    preview, progress = view.preview, view.rows[view.selected].progress
    rows: list[Row] = [*wrapped(((preview.title, "title bold"),), width, 0)]
    if progress:
        rows += wrapped((("done so far ", "dim"), (progress, "text")), width)
    for fact in preview.facts:
        rows += wrapped(fact, width)
    rows += [(), *(row for line in preview.about for row in _line(line, width)), ()]
    for formula in preview.formulas:
        rows += wrapped(((f"  {formula}", "forward"),), width, 4)
    return rows


def _line(line: str, width: int) -> list[Row]:
    if line.startswith(KEPT):
        return wrapped(((KEPT, "text"), (line[len(KEPT) :], "text")), width, 6)
    return wrapped(((line, "text"),), width, 0)
