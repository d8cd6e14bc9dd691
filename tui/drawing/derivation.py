"""A derivation in cells: its lines, broken where they are longer than the panel is wide.

May import: tui.models, drawing.rows, rich.cells.   Imported by: widgets.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tui.drawing.rows import filled, padded, width_of, wrapped
from tui.models.derivation import DerivationView
from tui.models.text import Row

INDENT = 6
"""Cells by which the rest of a long line is indented."""


def derivation_rows(view: DerivationView, width: int) -> list[Row]:
    """All its rows; of a table that is too wide the first and the last column."""
    rows = list(view.rows)
    for table in view.tables:
        part = slice(table.start, table.start + len(table.cells))
        if max(width_of(row) for row in rows[part]) > width:
            rows[part] = _narrowed(rows[part], table.cells)
    return [part for row in rows for part in wrapped(row, width, INDENT)]


def _narrowed(rows: list[Row], cells: Sequence[tuple[str, ...]]) -> list[Row]:
    """What each row is about, and what it comes to."""
    first = max(cell_len(row[0]) for row in cells if row)
    last = max(cell_len(row[-1]) for row in cells if row)
    narrow: list[Row] = []
    for row, own in zip(rows, cells, strict=True):
        text, style = row[0]
        if own:
            body = f"{padded(own[0], first)}  {padded(own[-1], last, right=True)}"
        else:  # the line above the sum
            body = "─" * (first + 2 + last)
        narrow.append(((text[:2] + body, style),))
    return narrow


def draw_derivation(view: DerivationView, width: int, height: int, *, top: int = 0) -> list[Row]:
    """Exactly `height` rows of `width` cells, from the row `top` on."""
    rows = derivation_rows(view, width)
    start = min(max(0, top), max(0, len(rows) - height))
    return filled(rows[start : start + height], width, height)
