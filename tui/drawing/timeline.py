"""The timeline in cells: the run as a bar with the cursor on it, and the place in words.

May import: tui.models, drawing.plot, drawing.rows.   Imported by: widgets.
"""

from __future__ import annotations

from itertools import groupby

from tui.drawing.plot import silhouette
from tui.drawing.rows import filled, width_of
from tui.models import Row, Span, TimelineView

ARROWS = {"batch": "◆", "forward": "▸", "backward": "◂", "update": "Δ"}


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
    known = min(width, max(1, round(view.recorded * width)))
    shape = silhouette(view.losses, known, log=all(v > 0 for v in view.losses))
    bar = shape.ljust(known, " ") + "·" * (width - known)
    at = column_of(view.fraction, width)
    return (
        (bar[:at], "forward"),
        ("┃", f"{view.phase} bold"),
        (bar[at + 1 : known], "past"),
        (bar[max(known, at + 1) :], "line"),
    )


def _words(view: TimelineView, width: int) -> Row:
    """The address first, then as much of the rest as fits whole."""
    head: list[Span] = [
        (view.address, "title bold"),
        (f"  {ARROWS[view.phase]} {view.phase:<8}", f"{view.phase} bold"),
    ]
    if view.busy:
        return (*head, (f"  {view.busy}", "notice"))
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
    joined = [("".join(t for t, _ in run), style) for style, run in groupby(marks, lambda m: m[1])]
    return [("  ", "text"), *joined]
