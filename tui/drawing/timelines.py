"""The tree of timelines in cells: names on branches, where each forked, its losses, its way.

May import: tui.models, drawing.choices, drawing.raster, drawing.rows, drawing.skyline, rich.cells.
Imported by: widgets.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from tui.drawing.choices import marked
from tui.drawing.raster import joined
from tui.drawing.rows import at_right, filled, fitted, padded, wrapped
from tui.drawing.skyline import BROKEN, Heights, skyline
from tui.models.text import Row, Span
from tui.models.timelines import TimelineRow, TimelinesView
from tui.numbers import column

GUTTER = 3
"""Cells before the branches: the mark of the selection, that of the current timeline, a blank."""

WAY = 12
"""Cells from which on the way of the losses is drawn."""

FORKS = " changes a value here, on a timeline of its own; this one stays as it is"
"""What the panel says of the key for that, while there is only one timeline."""

FORK = "┣"
"""Where a timeline leaves the one that it comes from."""


def draw_timelines(
    view: TimelinesView, width: int, height: int, *, top: int = 0, selected: int | None = None
) -> list[Row]:
    """Exactly `height` rows of `width` cells; the header stays while the rows from `top` on scroll.

    In a narrow panel columns go: first the way of the losses, then how much is recorded, the last
    loss, the place of the fork, the loss here, the edit.
    """
    columns = _Columns.of(view, width)
    heights = Heights.of(*(row.losses for row in view.rows))
    space = max(0, height - 1)
    start = min(max(0, top), max(0, len(view.rows) - space))
    rows = [columns.header()]
    for i, row in enumerate(view.rows[start : start + space], start):
        cells = columns.row(row, view.cursor, heights)
        rows.append(marked(cells, width, selected=i == selected))
    if len(view.rows) == 1:
        hint: Row = ((view.key, "key bold"), (FORKS, "text"))
        rows += [(), *(((" " * GUTTER, "text"), *row) for row in wrapped(hint, width - GUTTER, 0))]
    return filled(rows, width, height)


@dataclass(frozen=True)
class _Columns:
    """How wide each column is, the blanks before it included; 0 where there is no room for it."""

    name: int
    edit: int
    at: int
    loss: int
    final: int
    recorded: int
    way: int

    @classmethod
    def of(cls, view: TimelinesView, width: int) -> _Columns:
        def longest(texts: list[str], title: str) -> int:
            size = max(map(cell_len, texts))
            return 2 + max(size, len(title)) if size else 0

        rows = view.rows
        name = max(cell_len(row.branch + row.name) for row in rows)
        name = min(name, max(8, width // 3))
        wanted = {
            "edit": longest([row.edit for row in rows], "edit"),
            "loss": column() + 2,
            "at": longest([row.at for row in rows], "after"),
            "final": column() + 2,
            "recorded": longest([row.recorded for row in rows], "recorded"),
        }
        sizes = dict.fromkeys(wanted, 0)
        room = width - GUTTER - name
        for part, cells in wanted.items():
            if cells <= room:
                sizes[part] = cells
                room -= cells
        return cls(name=name, **sizes, way=room if room >= WAY else 0)

    def header(self) -> Row:
        """What stands above each column."""
        cells: list[Span] = [(" " * (GUTTER + self.name), "dim")]
        cells += [
            (f"  {title:<{size - 2}}", "dim")
            for title, size in (("edit", self.edit), ("after", self.at))
            if size
        ]
        cells += [
            (f"{title:>{size}}", "dim")
            for title, size in (
                ("loss here", self.loss),
                ("at end", self.final),
                ("recorded", self.recorded),
            )
            if size
        ]
        if self.way:
            cells.append(("  loss along the run", "dim"))
        return tuple(cells)

    def row(self, row: TimelineRow, cursor: float, heights: Heights) -> list[Span]:
        """One timeline, behind the mark of the selection."""
        name = "update bold" if row.current else "text"
        cells: list[Span] = [
            ("►" if row.current else " ", "update bold"),
            (" ", "text"),
            *fitted(((row.branch, "line"), (row.name, name)), self.name),
        ]
        for text, size in ((row.edit, self.edit), (row.at, self.at)):
            if size:
                cells.append((f"  {padded(text, size - 2)}", "text"))
        for text, size, style in (
            (row.loss, self.loss, row.loss_style),
            (row.final, self.final, row.final_style),
            (row.recorded, self.recorded, "dim"),
        ):
            if size:
                cells += at_right(text, style, size)
        if self.way:
            cells += [("  ", "text"), *_way(row, cursor, heights, self.way - 2)]
        return cells


def _way(row: TimelineRow, cursor: float, heights: Heights, width: int) -> Row:
    """The loss of a timeline of its own, from its fork on, on the same axes as all others."""
    start, end = (min(width, round(part * width)) for part in (row.start, row.end))
    end = max(end, min(width, start + 1))
    (signs,) = skyline(row.losses, end - start, 1, heights)
    signs = signs.replace("█", "▇")  # so that the rows stand apart
    style = "forward" if row.current else "past"
    spans: list[Span] = [(" " * start, "text")]
    spans += [(sign, "stop" if sign == BROKEN else style) for sign in signs]
    spans.append(("·" * (width - end), "line"))
    cells = [(sign, ink) for text, ink in spans for sign in text]
    if row.start > 0 and start:
        cells[start - 1] = (FORK, "update")
    at = min(width - 1, round(cursor * (width - 1)))
    sign, ink = cells[at]
    # The cursor's column stands out in every row.
    cells[at] = ("│", "dim") if sign in " ·" else (sign, f"{ink} bold")
    return joined(cells)
