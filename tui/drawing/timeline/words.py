"""The place of the cursor in words, with as much of the rest as fits whole.

May import: tui.models, drawing.raster, drawing.rows, drawing.timeline.bars, rich.cells.
Imported by: drawing.timeline.
"""

from __future__ import annotations

from rich.cells import cell_len

from tui.drawing.raster import joined
from tui.drawing.rows import width_of
from tui.drawing.timeline.bars import PHASES
from tui.models.text import Row, Span
from tui.models.timeline import TimelineView


def words_row(view: TimelineView, width: int) -> Row:
    """The address first; what is going on takes the place of the rest."""
    head: list[Span] = [
        (view.address, "title bold"),
        (f"  {PHASES[view.phase]} {view.phase:<8}", f"{view.phase} bold"),
    ]
    if view.timeline:
        head.append((f"  on {view.timeline}", "update bold"))
    if view.playing:
        head.append((f"  ► {view.playing}", "notice bold"))
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
    return [("  ", "text"), *joined(marks)]
