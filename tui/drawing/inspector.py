"""The inspector in cells: labelled lines, the derivation, and the table of samples.

Everything is kept whole: lines wrap, and what does not fit is below and can be scrolled to.
May import: tui.models, drawing.rows.   Imported by: widgets.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from tui.drawing.rows import at_right, fitted, padded, width_of, wrapped
from tui.models.inspector import Entry, InspectorView, Table
from tui.models.text import Row, Span

DETAILED = 12
"""Rows from which on an event's ingredients are shown, and not only what comes of them."""

LABEL = 11
"""Cells of the label column, whatever stands in it: so what is beside it stays where it is from
event to event. Longer labels widen it for the part that they stand in, up to half a panel, and
beyond that push their own text aside."""


def inspector_rows(view: InspectorView, width: int, height: int) -> list[Row]:
    """Every row of the inspector, each exactly `width` cells; at least `height` of them.

    A blank row below the heading is there whenever the panel is tall enough; others set the parts
    apart where that leaves room for everything.
    """
    if width <= 0:
        return [()] * height
    rows = _parts(view, width, height, apart=True)
    if len(rows) > height:
        rows = _parts(view, width, height, apart=False)
    rows += [()] * (height - len(rows))
    return [fitted(row, width) for row in rows]


def _parts(view: InspectorView, width: int, height: int, *, apart: bool) -> list[Row]:
    gap: list[Row] = [()] if apart else []
    # Where there are only a few rows, the result comes before what it is made of.
    details = height >= DETAILED
    # By the height alone: a step must not move what stands below.
    rows: list[Row] = [*wrapped(view.heading, width), *([()] if details else [])]
    rows += _entries((e for e in view.entries if details or not e.detail), width)
    if view.derivation:
        rows += [*gap, *_entries(view.derivation, width)]
    if view.table is not None:
        rows += [*gap, *_table(view.table, width)]
    return rows


def _entries(entries: Iterable[Entry], width: int) -> list[Row]:
    rows: list[Row] = []
    entries = tuple(entries)
    labels = [cell_len(entry.label) + 1 for entry in entries]
    column = max(cells for cells in (LABEL, *labels) if cells <= max(LABEL, width // 2))
    for entry in entries:
        # A label that fills its column or more still stands apart from its text.
        label = padded(entry.label, max(column, cell_len(entry.label) + 1 if entry.label else 0))
        beside = cell_len(label)
        lines = wrapped(entry.text, max(8, width - beside))
        rows.append(((label, "dim"), *lines[0]))
        rows += [((" " * beside, "text"), *line) for line in lines[1:]]
    return rows


def _table(table: Table, width: int) -> list[Row]:
    bodies = [table.header, *table.rows, *([table.total] if table.total else [])]
    widths = [max(cell_len(row[i]) for row in bodies) for i in range(len(table.header))]
    kept = _columns_that_fit(widths, width)
    rows: list[Row] = [_cells(table.header, widths, kept, "dim")]
    for number, row in enumerate(table.rows):
        chosen = number == table.chosen
        mark = "► " if chosen else "  "
        cells = _cells(row, widths, kept, "text bold" if chosen else "text")
        rows.append(((mark, "backward bold"), *cells[1:]))
    if table.total:
        rule = sum(widths[i] + 2 for i in kept)
        rows.append((("─" * min(width, rule + 2), "line"),))
        rows.append(_cells(table.total, widths, kept, "backward bold"))
    return [row if width_of(row) <= width else fitted(row, width) for row in rows]


def _columns_that_fit(widths: list[int], width: int) -> list[int]:
    """The first and the last column, and as many between as fit: whole ones only."""
    kept = [0, len(widths) - 1]
    room = width - 2 - sum(widths[i] + 2 for i in kept)
    for i in range(len(widths) - 2, 0, -1):
        if widths[i] + 2 > room:
            break
        kept.append(i)
        room -= widths[i] + 2
    return sorted(set(kept))


def _cells(row: tuple[str, ...], widths: list[int], kept: list[int], style: str) -> Row:
    spans: list[Span] = [("  ", "text")]
    for i in kept:
        spans += [*at_right(row[i], style, widths[i]), ("  ", style)]
    return tuple(spans)
