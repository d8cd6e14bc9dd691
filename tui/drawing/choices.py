"""Rows of which one is selected: the mark before it, and how far a list has to be scrolled for it.

May import: tui.models, drawing.rows.   Imported by: drawing.watches, drawing.timelines, widgets.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.drawing.rows import fitted
from tui.models.text import Row, Span

SELECTED = "❯"


def marked(row: Sequence[Span], width: int, *, selected: bool) -> Row:
    """The row behind a column for the mark, filled to the width if it is the selected one."""
    if not selected:
        return ((" ", "text"), *row)
    whole = fitted(((SELECTED, "title bold"), *row), width)
    return tuple((text, f"{style} current") for text, style in whole)


def top_for(place: int, top: int, height: int) -> int:
    """The first row to show so that row `place` is in sight, moved as little as can be."""
    return min(max(top, place - height + 1), place)
