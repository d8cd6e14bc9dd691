"""The bars of the timeline: the loss along the run and the epoch, the events of the iteration; with
the cursor and the marks on them, and the axis below.

May import: tui.models, drawing.raster, drawing.skyline, drawing.timeline.places, rich.cells.
Imported by: drawing.timeline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby

from rich.cells import cell_len

from tui.drawing.raster import joined
from tui.drawing.skyline import BROKEN, skyline
from tui.drawing.timeline.places import Block, column_of
from tui.models.text import Phase, Row, Span, Style
from tui.models.timeline import Level, Mark, MarkKind, TimelineView

PHASES: dict[Phase, str] = {"batch": "◆", "forward": "▸", "backward": "◂", "update": "Δ"}

CURSOR, EVENT = "┃", "█"
"""The cursor on a bar of losses, and among the events of the iteration."""

EDGE, EDGE_FROM = "╎", 6
"""Where an epoch begins, on a bar without an axis; and the columns that one has to have for it."""

MARKS: dict[MarkKind, tuple[str, str, str]] = {
    "stop off": ("○", "stop", "breakpoint or watch, off"),
    "stop": ("●", "stop bold", "breakpoint or watch"),
    "bookmark": ("▾", "notice bold", "bookmark"),
    "fork": ("┣", "update bold", "fork"),
    "spike": ("▴", "notice bold", "loss spikes"),
    "not finite": ("!", "bad", "loss is nan or inf"),
}
"""Sign, style and meaning of each mark; a later one stands over an earlier one."""

EVERYWHERE = 3
"""Breakpoints that would mark more than one column in so many tell nothing: they are left out."""

Cells = list[Span]
"""One row of a bar, cell for cell."""


def bar_rows(view: TimelineView, block: Block) -> list[Row]:
    """The rows of a block's bar, with the cursor in each of them."""
    level, width = block.level, block.width
    is_events = level.name == "iteration"
    rows = [_events(view, block)] if is_events else _losses(view, block)
    over: dict[int, Span] = {}
    if block.marks is None:
        over = _epoch_starts(block) | _mark_signs(level, width)
    cursor = {
        column_of(level, view.at, width): (EVENT if is_events else CURSOR, f"{view.phase} bold")
    }
    return [with_signs(row, cursor if i else over | cursor) for i, row in enumerate(rows)]


def with_signs(row: Row, signs: Mapping[int, Span]) -> Row:
    """The row with single signs in place of what stands in these columns."""
    spans: list[Span] = []
    start = 0
    for text, style in row:
        end, at = start + len(text), start
        for column in sorted(c for c in signs if start <= c < end):
            spans += [(text[at - start : column - start], style), signs[column]]
            at = column + 1
        spans.append((text[at - start :], style))
        start = end
    return joined(spans)


def _losses(view: TimelineView, block: Block) -> list[Row]:
    """The loss as far as it is recorded; what lies behind the cursor is told from what is ahead."""
    level, width = block.level, block.width
    known = min(width, max(bool(level.losses), round(level.known * width)))
    at = min(known, column_of(level, view.at, width))
    last = block.height - 1
    return [
        (
            *_with_broken(signs[:at], "forward"),
            *_with_broken(signs[at:], "past"),
            (("·" if i == last else " ") * (width - known), "line"),
        )
        for i, signs in enumerate(skyline(level.losses, known, block.height))
    ]


def _with_broken(signs: str, style: Style) -> list[Span]:
    """A part of a bar, in which what is no number stands out."""
    parts = re.split(f"({BROKEN}+)", signs)
    return [(part, "stop" if part[0] == BROKEN else style) for part in parts if part]


def _epoch_starts(block: Block) -> dict[int, Span]:
    """Where epochs begin, on a bar without an axis, where they are wide enough."""
    level, width = block.level, block.width
    if level.name != "run" or block.ticks or width * level.group < EDGE_FROM * level.length:
        return {}
    starts = range(level.first + level.group, level.first + level.length, level.group)
    return {column_of(level, start, width) - 1: (EDGE, "line") for start in starts}


def _events(view: TimelineView, block: Block) -> Row:
    """A sign for each event of the iteration, and a line up to the cursor's."""
    width, count = block.width, block.level.length
    cells: Cells = [(" ", "text")] * width
    for index, phase in enumerate(view.phases):
        start, stop = (i * width // count for i in (index, index + 1))
        style, line = (phase, "─") if index + 1 < view.event else ("dim", " ")
        if start < stop:
            cells[start:stop] = [(PHASES[phase], style), *[(line, style)] * (stop - start - 1)]
    return joined(cells)


# --- marks -------------------------------------------------------------------------------------


def marks_row(block: Block) -> Row:
    """The marks of a block on a row of their own."""
    return with_signs(((" " * block.width, "text"),), _mark_signs(block.level, block.width))


def _mark_signs(level: Level, width: int) -> dict[int, Span]:
    """The sign in each column that has one."""
    places: dict[MarkKind, set[int]] = {kind: set() for kind in MARKS}
    for mark in level.marks:
        places[mark.kind].add(column_of(level, mark.at, width))
    found: dict[int, Span] = {}
    for kind, (sign, style, _) in MARKS.items():
        columns = places[kind]
        if kind == "stop" and level.name != "iteration" and len(columns) * EVERYWHERE > width:
            continue
        found |= dict.fromkeys(columns, (sign, style))
    return found


def legend(view: TimelineView, marks: list[Mark]) -> list[list[Span]]:
    """What the signs mean that are there."""
    kinds = {mark.kind for mark in marks}
    entries = [
        [(sign, style), (f" {meaning}", "dim")]
        for kind, (sign, style, meaning) in MARKS.items()
        if kind in kinds
    ]
    if any(level.known < 1 for level in view.levels):
        entries.append([("·", "line"), (" not recorded yet", "dim")])
    return [[(CURSOR, f"{view.phase} bold"), (" here", "dim")], *entries]


# --- the axis ----------------------------------------------------------------------------------


def tick_rows(view: TimelineView, block: Block) -> list[Row]:
    """Numbers below a bar, each at the column where what it counts begins; and names of passes."""
    rows = [_numbers(block), _names(view, block)]
    return rows[: block.ticks]


def _numbers(block: Block) -> Row:
    level, width = block.level, block.width
    count = level.length // level.group
    widest = cell_len(f"{level.prefix}{count}") + 2
    step = next(
        size
        for size in _round_sizes()
        if size * level.group * width >= widest * level.length or size > count
    )
    cells: Cells = [(" ", "text")] * width
    free = 0
    for number in [1, *range(step, count + 1, step)] if step > 1 else range(1, count + 1):
        label = f"{level.prefix}{number}"
        start = column_of(level, level.first + (number - 1) * level.group, width)
        if start >= free and start + len(label) <= width:
            cells[start : start + len(label)] = [(sign, "dim") for sign in label]
            free = start + len(label) + 1
    return joined(cells)


def _round_sizes() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 …"""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def _names(view: TimelineView, block: Block) -> Row:
    """The name of each pass where its events begin, as far as it has room there."""
    width, count = block.width, block.level.length
    cells: Cells = [(" ", "text")] * width
    start = 0
    for phase, events in groupby(view.phases):
        stop = start + len(list(events))
        first, end = (i * width // count for i in (start, stop))
        name = phase if len(phase) < end - first or stop == count else PHASES[phase]
        name = name if first + len(name) <= width else PHASES[phase]
        if first < width:
            cells[first : first + len(name)] = [(sign, f"{phase} bold") for sign in name]
        start = stop
    return joined(cells[:width])
