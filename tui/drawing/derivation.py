"""A derivation in cells: its lines, broken where they are longer than the panel is wide.

May import: tui.models, drawing.rows, rich.cells.   Imported by: widgets.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

from tui.drawing.rows import filled, padded, width_of, wrapped
from tui.models.derivation import DerivationView
from tui.models.text import Row

INDENT = 6
"""Cells by which the rest of a long line is indented."""

_COLUMN = re.compile(r"\s{2,}(?![^\[\]]*\])")
"""What parts columns: not the blanks between the numbers of a vector."""


def derivation_rows(view: DerivationView, width: int) -> list[Row]:
    """All its rows; of a table that is too wide the first and the last column."""
    rows = list(view.rows)
    for start, stop in view.tables:
        if max(width_of(row) for row in rows[start:stop]) > width:
            rows[start:stop] = _narrowed(rows[start:stop])
    return [part for row in rows for part in wrapped(row, width, INDENT)]


def _narrowed(rows: list[Row]) -> list[Row]:
    """What each row is about, and what it comes to."""
    cells = [_COLUMN.split(row[0][0][2:].strip()) for row in rows]
    first = max(cell_len(row[0]) for row in cells if len(row) > 1)
    last = max(cell_len(row[-1]) for row in cells if len(row) > 1)
    narrow: list[Row] = []
    for row, (head, *others) in zip(rows, cells, strict=True):
        text, style = row[0]
        if others:
            body = f"{padded(head, first)}  {padded(others[-1], last, right=True)}"
        else:  # the line above the sum
            body = "─" * (first + 2 + last)
        narrow.append(((text[:2] + body, style),))
    return narrow


def draw_derivation(view: DerivationView, width: int, height: int, *, top: int = 0) -> list[Row]:
    """Exactly `height` rows of `width` cells, from the row `top` on."""
    rows = derivation_rows(view, width)
    start = min(max(0, top), max(0, len(rows) - height))
    return filled(rows[start : start + height], width, height)
