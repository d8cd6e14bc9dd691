"""The listing in cells: gutter, line numbers, the program, and what each line computed.

May import: tui.models, drawing.rows, drawing.words.   Imported by: widgets.
"""

from __future__ import annotations

from rich.cells import cell_len

from tui.drawing.rows import at_right, filled
from tui.drawing.words import FRESH
from tui.models.listing import ListingRow, ListingView
from tui.models.text import Row, Span

GUTTER = 6
"""Cells before the text: the arrow at the current line, a breakpoint, the line's number."""

STOPS = {"": " ", "on": "●", "off": "○"}


def first_row(view: ListingView, height: int) -> int:
    """The topmost row to show, so that the current line is in sight.

    The line moves through the middle half of the panel while the listing stands still; then the
    listing moves on by half a panel. Where it stands depends on the line alone.
    """
    last = max(0, len(view.rows) - height)
    half = max(1, height // 2)
    return min(max(view.current // half * half - height // 4, 0), last)


def draw_listing(
    view: ListingView, width: int, height: int, *, top: int, selected: int | None = None
) -> list[Row]:
    """Exactly `height` rows of `width` cells, from row `top` on; `selected` is a line's number."""
    shown = view.rows[top : top + height]
    rows = [_row(row, width, row.number is not None and row.number == selected) for row in shown]
    return filled(rows, width, height)


def _row(row: ListingRow, width: int, selected: bool) -> Row:
    if row.number is None:
        rule = "─" * max(0, width - len(row.text) - 3)
        return (("─ ", "line"), (row.text, f"{row.phase} bold"), (f" {rule}", "line"))
    current = row.status == "current"
    ground = " current" if current else " bar" if selected else ""
    arrow = "►" if current else "❯" if selected else " "
    number = "title bold" if selected else "dim"
    gutter: list[Span] = [
        (arrow, f"{row.phase if current else 'title'} bold{ground}"),
        (STOPS[row.stop], f"stop{' bold' * (row.stop == 'on')}{ground}"),
        (f"{row.number:>2}  ", f"{number}{ground}"),
    ]
    body = _body(row, ground)
    room = width - sum(len(text) for text, _ in gutter) - cell_len(row.text)
    value = row.value
    if len(value) + 2 <= room:
        # The mark stands in one of the two blanks before the value: nothing moves for it.
        text = f"{FRESH} {value}" if row.fresh and value else value
        style = f"text{' bold' * row.fresh}" if current else "dim"
        body += at_right(text, f"{style}{ground}", room)
    elif ground and room > 0:
        body.append((" " * room, f"text{ground}"))
    return tuple(gutter + body)


def _body(row: ListingRow, ground: str) -> list[Span]:
    style = "text" if row.status == "done" else "dim"
    if row.status != "current":
        return [(row.text, f"{style}{ground}")]
    style = f"{row.phase} bold{ground}"
    if row.marked is None:
        return [(row.text, style)]
    start, end = row.marked
    return [
        (row.text[:start], f"text{ground}"),
        (row.text[start:end], f"{style} underline"),
        (row.text[end:], f"text{ground}"),
    ]
