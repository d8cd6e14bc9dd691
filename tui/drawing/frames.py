"""Frames round panels: a box with a title, or only a line on top where room is short.

Drawn here and not by style sheets, so that they obey the palette: without colour they are still
there, in the terminal's own ink.
May import: tui.models, drawing.rows.   Imported by: widgets.
"""

from __future__ import annotations

from typing import Literal

from tui.drawing.rows import fitted
from tui.models import Row, Span, Style

Frame = Literal["box", "line", "none"]

PADDING = 1
"""Blank cells between a box and its content."""


def inner_size(frame: Frame, width: int, height: int, padding: int = PADDING) -> tuple[int, int]:
    """The room for content inside a frame of this size."""
    match frame:
        case "box":
            return max(0, width - 2 - 2 * padding), max(0, height - 2)
        case "line":
            return max(0, width - padding), max(0, height - 1)
        case _:
            return max(0, width), max(0, height)


def inner_offset(frame: Frame, padding: int = PADDING) -> tuple[int, int]:
    """(columns, rows) from the frame's corner to its content."""
    return {"box": (1 + padding, 1), "line": (0, 1), "none": (0, 0)}[frame]


def framed(
    rows: list[Row],
    frame: Frame,
    width: int,
    height: int,
    *,
    title: str,
    note: str = "",
    focused: bool = False,
    padding: int = PADDING,
) -> list[Row]:
    """Content rows with their frame: exactly `height` rows of `width` cells."""
    ink: Style = "focus" if focused else "line"
    heading: Style = "title bold" if focused else "dim"
    if frame == "none" or width < 4 or height < 2:
        return [fitted(row, width) for row in rows[:height]]
    if frame == "line":
        top = _edge("─", title, "─", width, ink, heading, note=note)
        return [top, *(fitted(row, width) for row in rows[: height - 1])]
    side: Span = ("│", ink)
    gap: Span = (" " * padding, "text")
    inner = width - 2 - 2 * padding
    body = [(side, gap, *fitted(row, inner), gap, side) for row in rows[: height - 2]]
    return [
        _edge("╭", title, "╮", width, ink, heading),
        *body,
        _edge("╰", "", "╯", width, ink, heading, note=note),
    ]


def _edge(
    left: str, title: str, right: str, width: int, ink: Style, heading: Style, *, note: str = ""
) -> Row:
    """A horizontal edge with a title at its left and a note at its right."""
    room = width - 4
    title = title if len(title) + 2 <= room else ""
    note = note if len(note) + len(title) + 4 <= room else ""
    spans: list[Span] = [(left + "─", ink)]
    used = 2
    if title:
        spans.append((f" {title} ", heading))
        used += len(title) + 2
    tail = len(note) + 2 if note else 0
    spans.append(("─" * (width - used - tail - 2), ink))
    if note:
        spans.append((f" {note} ", "dim"))
    spans.append(("─" + right, ink))
    return tuple(spans)
