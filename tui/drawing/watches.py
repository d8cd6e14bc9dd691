"""Watched expressions in cells, as a table, and the breakpoints below it.

May import: tui.models, tui.numbers, rich.cells, the rest of drawing.
Imported by: widgets.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from tui.drawing.choices import marked
from tui.drawing.plots import sparkline
from tui.drawing.rows import at_right, filled, fitted, padded, wrapped
from tui.drawing.words import FRESH
from tui.models.text import Row, Span
from tui.models.watches import StopRow, WatchesView, WatchRow
from tui.numbers import column

ON, OFF = "●", "○"
"""Whether a run stops there."""

GUTTER = 3
"""Cells before the text: the mark of the selection, whether it stops, a blank."""

SHORTEST = 8
"""Cells of an expression that come before any column but the value."""

TREND, LONGEST_TREND = 6, 30
"""Cells of a trend."""

WATCHES = " watches an expression: stops where it changes"
DISPLAYS = ((":display w1 * 2", "key bold"), (" shows its value, and stops nowhere", "text"))
"""What the panel says while there is nothing in it."""


def row_of(view: WatchesView, place: int) -> int:
    """The row of the panel's content in which a watch or a breakpoint stands; headings count."""
    watches = len(view.watches)
    return place + (watches > 0) + (place >= watches and watches > 0)


def place_at(view: WatchesView, row: int) -> int | None:
    """Which of them stands in a row of the content; None in a heading's."""
    places = {row_of(view, place): place for place in range(len(view.choices))}
    return places.get(row)


def rows_of(view: WatchesView) -> int:
    """How many rows there are in all."""
    count = len(view.choices)
    return row_of(view, count - 1) + 1 if count else 0


def draw_watches(
    view: WatchesView, width: int, height: int, *, top: int = 0, selected: int | None = None
) -> list[Row]:
    """Exactly `height` rows of `width` cells from row `top` on; `selected` is a place in the list.

    In a narrow panel columns go: first the trend, then the iteration before, where it changed, and
    the change.
    """
    if not view.choices:
        nothing: tuple[Row, ...] = (((view.key, "key bold"), (WATCHES, "text")), DISPLAYS)
        lines = [row for line in nothing for row in wrapped(line, width, 2)]
        return filled(lines, width, height)
    columns = _Columns.of(view, width)
    rows: list[Row] = []
    if view.watches:
        rows.append(columns.header())
        rows += [
            marked(columns.row(row), width, selected=i == selected)
            for i, row in enumerate(view.watches)
        ]
    if view.stops:
        longest = max(cell_len(row.text) for row in view.stops)
        if view.watches:
            rows.append(_rule("breakpoints", width))
        rows += [
            marked(_stop(row, longest, width), width, selected=len(view.watches) + i == selected)
            for i, row in enumerate(view.stops)
        ]
    start = min(max(0, top), max(0, len(rows) - height))
    return filled(rows[start : start + height], width, height)


def _rule(text: str, width: int) -> Row:
    """A heading between two parts of the list."""
    rest = "─" * max(0, width - GUTTER - cell_len(text) - 1)
    return ((f"{'─' * (GUTTER - 1)} ", "line"), (text, "dim"), (f" {rest}", "line"))


@dataclass(frozen=True)
class _Columns:
    """How wide each column is; 0 where there is no room for it."""

    text: int
    shape: int
    change: int
    changed: int
    before: int
    trend: int

    @classmethod
    def of(cls, view: WatchesView, width: int) -> _Columns:
        longest = max(cell_len(row.text) for row in view.watches) if view.watches else 0
        shape = max((len(row.shape) for row in view.watches), default=0)
        room = width - GUTTER - min(longest, max(SHORTEST, width // 4)) - (column() + 2)
        sizes = {"shape": 0, "change": 0, "changed": 0, "before": 0}
        wanted = {
            "change": column() + 2,
            "shape": shape and shape + 1,
            "changed": max(view.address, len("changed")) + 2,
            "before": column() + 2,
        }
        for name, cells in wanted.items():
            if cells <= room:
                sizes[name] = cells
                room -= cells
        text = min(longest, max(SHORTEST, width // 4))
        grown = min(longest - text, max(0, room))
        trend = room - grown - 2
        trend = min(trend, LONGEST_TREND) if trend >= TREND else 0
        return cls(text + grown, **sizes, trend=trend)

    def header(self) -> Row:
        """What stands above each column."""
        cells: list[Span] = [(" " * (GUTTER + self.text), "dim")]
        cells.append((f"  {'value':>{column()}}", "dim"))
        cells.append((" " * self.shape, "dim"))
        titles = (("Δ prev", self.change), ("prev", self.before))
        cells += [(f"{title:>{size}}", "dim") for title, size in titles if size]
        if self.changed:
            cells.append((f"  {'changed':<{self.changed - 2}}", "dim"))
        if self.trend:
            cells.append(("  trend", "dim"))
        return tuple(cells)

    def row(self, row: WatchRow) -> list[Span]:
        """One watch, behind the mark of the selection."""
        bold = " bold" if row.fresh else ""
        cells: list[Span] = [
            (ON if row.stops else OFF, "stop bold" if row.stops else "stop"),
            (" ", "text"),
            *fitted(((row.text, f"text{bold}"),), self.text),
        ]
        value = f"{FRESH} {row.value}" if row.fresh else row.value
        cells += at_right(value, f"{row.value_style}{bold}", column() + 2)
        if self.shape:
            cells.append((f" {row.shape:<{self.shape - 1}}", "dim"))
        if self.change:
            cells += at_right(row.change, row.change_style, self.change)
        if self.before:
            cells += at_right(row.before, "dim", self.before)
        if self.changed:
            style = "text bold" if row.fresh else "dim"
            cells += [("  ", "text"), (padded(row.changed, self.changed - 2), style)]
        if self.trend:
            cells += [("  ", "text"), (sparkline(row.trend, self.trend), "forward")]
        return cells


def _stop(row: StopRow, longest: int, width: int) -> list[Span]:
    """One breakpoint: where it stops, and how often it has."""
    sign: Span = (ON, "stop bold") if row.on else (OFF, "stop")
    text: Span = (row.text, f"{'text' if row.on else 'dim'}{' bold' if row.here else ''}")
    room = width - GUTTER - cell_len(row.hits) - 2
    if room < min(cell_len(row.text), SHORTEST):
        return [sign, (" ", "text"), *fitted((text,), max(0, width - GUTTER))]
    return [sign, (" ", "text"), *fitted((text,), min(longest, room)), (f"  {row.hits}", "dim")]
