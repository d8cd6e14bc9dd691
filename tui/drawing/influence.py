"""What a node affects, or is affected by, in cells: one row a node, with its numbers.

May import: tui.models, tui.numbers, drawing.rows.   Imported by: screens.
"""

from __future__ import annotations

from rich.cells import cell_len

from tui.drawing.rows import at_right, fitted, wrapped
from tui.models.influence import ExerciseRow, ExerciseView, InfluenceRow, InfluenceView
from tui.models.text import Row, Span
from tui.numbers import column

NARROW = 40
"""Columns below which only the derivative is shown, and not the value."""

ROOMY = 64
"""Columns below which what a nudge does stands in the place of the value."""

VERDICTS = {
    "": ("", "dim"),
    "found": ("right", "title"),
    "missed": ("missed", "notice"),
    "wrong": ("wrong", "stop"),
}


def influence_rows(view: InfluenceView, width: int) -> tuple[Row, ...]:
    """The rows of the sheet, each at most `width` cells."""
    rows: list[Row] = wrapped(view.heading, width)
    for note in view.notes:
        rows += wrapped(note, width)
    if view.size and view.rows:
        rows += wrapped((("nudged by ", "dim"), (f"δ = {view.size}", "text bold")), width)
    if view.entries > 1:
        rows += wrapped((("← → choose an entry", "dim"),), width)
    if not view.rows:
        return tuple(rows)
    table = [_cells(row, bool(view.size), width) for row in view.rows]
    heads = _heads(view, width)
    widths = [max(column() + 2, cell_len(head)) for head in heads]
    room = max(4, width - sum(widths) - 2 * len(widths))
    name = min(max(cell_len(row.name) for row in view.rows), room)
    rows += [(), fitted(_line((" " * name, "dim"), [(h, "dim") for h in heads], widths), width)]
    for row, cells in zip(view.rows, table, strict=True):
        (title,) = [fitted(((row.name, f"text{' bold' * row.is_loss}"),), name)]
        rows.append(fitted((*title, *_line(("", "text"), cells, widths)), width))
    return tuple(rows)


def _heads(view: InfluenceView, width: int) -> list[str]:
    heads = ["value"] if width >= NARROW and (not view.size or width >= ROOMY) else []
    heads.append(view.symbol)
    if view.size and width >= NARROW:
        heads += ["· δ"] * (width >= ROOMY) + ["changes by"]
    return heads


def _cells(row: InfluenceRow, nudged: bool, width: int) -> list[Span]:
    """The numbers of a row, under the same heads."""
    strong = " bold" * row.is_loss
    cells: list[Span] = []
    if width >= NARROW and (not nudged or width >= ROOMY):
        cells.append((row.value, "dim"))
    cells.append((row.derivative, f"{row.derivative_style}{strong}"))
    if nudged and width >= NARROW:
        cells += [(row.predicted, "dim")] * (width >= ROOMY)
        cells.append((row.change, f"{row.change_style}{strong}"))
    return cells


def _line(first: Span, cells: list[Span], widths: list[int]) -> Row:
    """Cells to the right of the first one, each at the right of its column."""
    columns = (at_right(text, style, w + 2) for (text, style), w in zip(cells, widths, strict=True))
    return (first, *(span for cell in columns for span in cell))


def exercise_rows(view: ExerciseView, width: int) -> tuple[tuple[Row, ...], tuple[int, ...]]:
    """The rows of the exercise, and which of them stand for the nodes."""
    rows: list[Row] = wrapped(view.heading, width)
    if view.score:
        rows += wrapped(((view.score, "text bold"),), width)
    rows.append(())
    first = len(rows)
    widest = max((cell_len(row.name) for row in view.rows), default=0)
    name = min(widest, max(4, width - 16))
    rows += [fitted(_marked(row, name), width) for row in view.rows]
    return tuple(rows), tuple(range(first, len(rows)))


def _marked(row: ExerciseRow, name: int) -> Row:
    word, style = VERDICTS[row.verdict]
    box = "[x] " if row.marked else "[ ] "
    return (
        ("  " + box, "text"),
        *fitted(((row.name, "text"),), name),
        ("  ", "text"),
        (word, style),
    )
