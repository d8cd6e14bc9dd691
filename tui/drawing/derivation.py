"""A derivation in cells: its lines, broken where they are longer than the panel is wide.

May import: tui.models, drawing.rows.   Imported by: widgets.
"""

from __future__ import annotations

from tui.drawing.rows import filled, wrapped
from tui.models import DerivationView, Row

INDENT = 6
"""Cells by which the rest of a long line is indented."""


def derivation_rows(view: DerivationView, width: int) -> list[Row]:
    """All its rows."""
    return [part for row in view.rows for part in wrapped(row, width, INDENT)]


def draw_derivation(view: DerivationView, width: int, height: int, *, top: int = 0) -> list[Row]:
    """Exactly `height` rows of `width` cells, from the row `top` on."""
    rows = derivation_rows(view, width)
    start = min(max(0, top), max(0, len(rows) - height))
    return filled(rows[start : start + height], width, height)
