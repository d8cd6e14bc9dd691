"""The timeline in cells: the run as a bar with the cursor on it, and the place in words.

May import: tui.models, drawing.plot, drawing.rows, rich.cells.   Imported by: widgets.
"""

from __future__ import annotations

from itertools import groupby

from rich.cells import cell_len

from tui.drawing.plot import silhouette
from tui.drawing.rows import filled, width_of
from tui.models import Row, Span, TimelineView

ARROWS = {"batch": "◆", "forward": "▸", "backward": "◂", "update": "Δ"}

MARKS = {"bookmark": ("▾", "notice bold"), "fork": ("┣", "update bold")}
"""Signs that stand in the bar, and their styles."""


def draw_timeline(view: TimelineView, width: int, height: int) -> list[Row]:
    """Exactly `height` rows of `width` cells: the bar, then the words; words only in one row."""
    if width <= 0 or height <= 0:
        return [()] * max(0, height)
    words = _words(view, width)
    rows = [words] if height == 1 else [_bar(view, width), words]
    return filled(rows, width, height)


def column_of(fraction: float, width: int) -> int:
    """The column of the bar where a place in the run is."""
    return min(width - 1, max(0, round(fraction * (width - 1))))


def fraction_at(column: int, width: int) -> float:
    """The place in the run under a column of the bar: the inverse of `column_of`."""
    return min(1.0, max(0.0, column / max(1, width - 1)))


def _bar(view: TimelineView, width: int) -> Row:
    """The loss along the run; marks stand over it, and the cursor over marks."""
    known = min(width, max(1, round(view.recorded * width)))
    shape = silhouette(view.losses, known, log=all(v > 0 for v in view.losses))
    at = column_of(view.fraction, width)
    cells: list[Span] = [(sign, "forward" if x < at else "past") for x, sign in enumerate(shape)]
    cells += [(" ", "past")] * (known - len(cells)) + [("·", "line")] * (width - known)
    for mark in view.marks:
        cells[column_of(mark.fraction, width)] = MARKS[mark.kind]
    cells[at] = ("┃", f"{view.phase} bold")
    return _joined(cells)


def _joined(cells: list[Span]) -> Row:
    """Neighbours of one style as one span."""
    runs = groupby(cells, lambda cell: cell[1])
    return tuple(("".join(text for text, _ in run), style) for style, run in runs)


def _words(view: TimelineView, width: int) -> Row:
    """The address first, then as much of the rest as fits whole."""
    head: list[Span] = [
        (view.address, "title bold"),
        (f"  {ARROWS[view.phase]} {view.phase:<8}", f"{view.phase} bold"),
    ]
    if view.timeline:
        head.append((f"  on {view.timeline}", "update bold"))
    if view.busy:
        return (*head, (f"  {_clipped(view.busy, width - width_of(head) - 2)}", "notice"))
    tail: list[Span] = [(f"  {view.percent:>5}", "title")]
    strip = _strip(view)
    place: list[Span] = [(f"  {view.place}", "text")]
    room = width - width_of(head) - width_of(tail)
    middle: list[Span] = []
    for part in (place, strip):
        if width_of(part) <= room:
            middle += part
            room -= width_of(part)
    return (*head, *middle, (" " * max(0, room), "text"), *tail)


def _clipped(text: str, room: int) -> str:
    """The text, or as many whole words of it as fit: a number that is cut is a wrong number."""
    if cell_len(text) <= room:
        return text
    words = text.split(" ")
    while words and cell_len(" ".join(words)) > room - 2:
        words.pop()
    return " ".join([*words, "…"])


def _strip(view: TimelineView) -> list[Span]:
    """One mark for each event of the iteration, the current one tall."""
    marks: list[Span] = []
    for index, phase in enumerate(view.phases, 1):
        if index == view.event:
            marks.append(("█", f"{phase} bold"))
        else:
            marks.append(
                ("▪" if index < view.event else "·", phase if index < view.event else "dim")
            )
    return [("  ", "text"), *_joined(marks)]
