"""What a node affects, or is affected by, in cells: one row a node, its value and derivative.

May import: tui.models, drawing.rows.   Imported by: screens.
"""

from __future__ import annotations

from rich.cells import cell_len

from tui.drawing.rows import fitted, wrapped
from tui.models import InfluenceRow, InfluenceView, Row

NUMBER = 11
"""Cells of a number column."""

NARROW = 40
"""Columns below which only the derivative is shown, and not the value."""


def influence_rows(view: InfluenceView, width: int) -> tuple[Row, ...]:
    """The rows of the sheet, each at most `width` cells."""
    rows: list[Row] = wrapped(view.heading, width)
    for note in view.notes:
        rows += wrapped(note, width)
    if view.entries > 1:
        rows += wrapped((("← → choose an entry", "dim"),), width)
    if not view.rows:
        return tuple(rows)
    columns = 1 if width < NARROW else 2
    last = max(NUMBER, cell_len(view.symbol))
    room = max(4, width - last - 2 - (columns - 1) * (NUMBER + 2))
    name = min(max(cell_len(row.name) for row in view.rows), room)
    header = [f"{'value':>{NUMBER}}", *[f"{view.symbol:>{last}}"]][-columns:]
    head = ((" " * name, "dim"), *((f"  {text}", "dim") for text in header))
    body = (_row(row, name, columns, last) for row in view.rows)
    return (*rows, (), *(fitted(row, width) for row in (head, *body)))


def _row(row: InfluenceRow, name: int, columns: int, last: int) -> Row:
    strong = " bold" if row.is_loss else ""
    cells = [
        (f"  {row.value:>{NUMBER}}", "dim"),
        (f"  {row.derivative:>{last}}", f"{row.derivative_style}{strong}"),
    ]
    return (*fitted(((row.name, f"text{strong}"),), name), *cells[-columns:])
