"""The words above a plot: where the cursor stands, the legend, and the numbers there.

May import: tui.models, drawing.plots, rich.cells.   Imported by: drawing.plots.plot.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tui.drawing.plots.frame import Frame
from tui.drawing.plots.lines import Content, Line
from tui.drawing.plots.scales import format_value
from tui.drawing.plots.signs import Signs
from tui.drawing.raster import joined
from tui.models.text import Row, Span

Item = list[Span]
"""A sign, a name and a value; any of them may be empty."""

NAME, VALUE = 1, 2

FEW = 3
"""Digits of values where names and values would not fit otherwise."""


def header_row(content: Content, frame: Frame, key: Sequence[Span] = ()) -> Row:
    """Left where the cursor stands, right the legend with the value of each line there.

    `key` says what shades mean.
    """
    legend = _legend(content, frame)
    size = _size(legend)
    room = frame.width - size - 2
    label = content.view.y_label
    start = max(frame.left, cell_len(label) + 2 if label else 0)
    left: list[Span] = []
    for words in (*([span] for span in _remarks(content, frame)), key):
        used = start + _size(left) + 2 * bool(left)
        if words and used + _size(words) <= room:
            left += [("  " * bool(left), "dim"), *words]
    if label and cell_len(label) <= room:
        left.insert(0, (label.ljust(start if left else 0), "text"))
    elif left:
        left.insert(0, (" " * start, "dim"))
    gap = " " * (frame.width - size - _size(left))
    return joined((*left, (gap, "dim"), *legend))


def marker(signs: Signs, index: int) -> str:
    """The sign of a line, by its place among them."""
    return signs.markers[index % len(signs.markers)]


def _remarks(content: Content, frame: Frame) -> list[Span]:
    view = content.view
    remarks: list[Span] = []
    if view.cursor is not None and view.x_label:
        remarks.append((f"{view.x_label} {_count(view.cursor)}", "dim"))
    if view.busy:
        remarks.append((view.busy, "notice"))
    remarks += [(words, "dim") for words in view.remarks]
    linear = frame.y is not None and not frame.y.log and not frame.y.is_point
    if view.log and linear and view.field is None:
        remarks.append(("not log: values below 0", "dim"))
    return remarks


def _count(x: float) -> str:
    return f"{x:,.0f}" if x.is_integer() and abs(x) < 1e12 else format_value(x)


def _items(content: Content, frame: Frame, digits: int) -> list[Item]:
    view, signs = content.view, frame.signs
    items: list[Item] = []
    if len(content.lines) > 1 or view.cursor is not None or view.dots:
        for line in content.lines:
            if line.number is None:
                continue
            value = _printed_value(line, frame, digits) if view.cursor is not None else ""
            sign = marker(signs, line.number)
            items.append([(sign, line.style), (f" {line.name}", line.style), (value, "text")])
    for dots in view.dots:
        if dots.name:
            items.append([(signs.points[dots.sign], dots.style), (f" {dots.name}", dots.style)])
    for reading in view.readings:
        items.append([(reading.name, "dim"), (f" {reading.value}", reading.style)])
    return items


def _printed_value(line: Line, frame: Frame, digits: int) -> str:
    if line.value is None:
        return f" {frame.signs.nothing}"
    return f" {format_value(line.value, digits)}"


def _legend(content: Content, frame: Frame) -> list[Span]:
    """What fits: names and values; else, of several lines, values with fewer digits, or names
    alone; else values alone; else the first few and a sign."""
    digits = frame.y.digits if frame.y is not None else 4
    items = _items(content, frame, digits)
    if sum(len(item) == 3 for item in items) > 1:
        for most, gap in ((digits, 3), (FEW, 2)):
            # As if all values were as wide as they come: the legend must not change with a step.
            few = _items(content, frame, most)
            missing = sum(max(0, most + 4 - cell_len(i[VALUE][0])) for i in few if len(i) == 3)
            if _size(shown := _spaced(few, gap)) + missing <= frame.width:
                return shown
        if _size(shown := _spaced(_only(items, NAME))) <= frame.width:
            return shown
    elif _size(shown := _spaced(items)) <= frame.width:
        return shown
    return _cut(_only(items, VALUE), frame)


def _only(items: Sequence[Item], part: int) -> list[Item]:
    """Of lines with a value only one of both; what has none is nothing without its name."""
    return [[item[0], item[part]] if len(item) == 3 and item[VALUE][0] else item for item in items]


def _cut(items: Sequence[Item], frame: Frame) -> list[Span]:
    """As many as fit, and a sign where that is not all."""
    more: list[Span] = []
    while items and _size(_spaced(items)) + _size(more) > frame.width:
        items, more = items[:-1], [(f" {frame.signs.more}", "dim")]
    return _spaced(items) + more


def _spaced(items: Sequence[Item], gap: int = 3) -> list[Span]:
    spans: list[Span] = []
    for item in items:
        spans += [(" " * gap, "dim"), *item] if spans else item
    return spans


def _size(spans: Sequence[Span]) -> int:
    return sum(cell_len(text) for text, _ in spans)
