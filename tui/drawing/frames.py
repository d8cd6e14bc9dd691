"""Frames round panels: a box with a title, or only a line on top where room is short.

Drawn here and not by style sheets, so that they obey the palette: without colour they are still
there, in the terminal's own ink.
May import: tui.models, drawing.rows.   Imported by: widgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.cells import cell_len

from tui.drawing.rows import fitted, width_of
from tui.models.text import Row, Span, Style

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
    title: Row,
    note: str = "",
    focused: bool = False,
    padding: int = PADDING,
) -> list[Row]:
    """Content rows with their frame: exactly `height` rows of `width` cells."""
    ink: Style = "focus" if focused else "line"
    if frame == "none" or width < 4 or height < 2:
        return [fitted(row, width) for row in rows[:height]]
    if frame == "line":
        top = _edge("─", title, "─", width, ink, note=note)
        return [top, *(fitted(row, width) for row in rows[: height - 1])]
    side: Span = ("│", ink)
    gap: Span = (" " * padding, "text")
    inner = width - 2 - 2 * padding
    body = [(side, gap, *fitted(row, inner), gap, side) for row in rows[: height - 2]]
    return [
        _edge("╭", title, "╮", width, ink),
        *body,
        _edge("╰", (), "╯", width, ink, note=note),
    ]


def _edge(left: str, title: Row, right: str, width: int, ink: Style, *, note: str = "") -> Row:
    """A horizontal edge with a title at its left and a note at its right."""
    room = width - 4
    title = title if width_of(title) + 2 <= room else ()
    used = width_of(title) + 2 if title else 0
    note = note if cell_len(note) + 2 + used <= room else ""
    tail = cell_len(note) + 2 if note else 0
    spans: list[Span] = [(left + "─", ink)]
    if title:
        spans += [(" ", "text"), *title, (" ", "text")]
    spans.append(("─" * (width - used - tail - 4), ink))
    if note:
        spans.append((f" {note} ", "dim"))
    spans.append(("─" + right, ink))
    return tuple(spans)


def titled(
    heading: str, key: str, others: Sequence[tuple[str, str]], room: int, *, focused: bool
) -> Row:
    """The title of a panel: its key and name, then those that share its place, as tabs.

    What does not fit goes, the tabs first.
    """
    style = "title bold" if focused else "text"
    own: list[Span] = [(f"{key} ", "key"), (heading, style)] if key else [(heading, style)]
    tabs: list[Span] = []
    for digit, name in others:
        tabs += [("   ", "text"), (f"{digit} ", "key"), (name, "dim")]
    for row in ((*own, *tabs), tuple(own), ((heading, style),)):
        if width_of(row) <= room:
            return row
    return ()


def tab_at(title: Row, others: Sequence[tuple[str, str]], column: int) -> str | None:
    """The tab under a column of a title that `titled` made: its key and its name; else None."""
    names = {name for _, name in others}
    end = 0
    for text, _ in title:
        start, end = end, end + cell_len(text)
        if text in names and start - 2 <= column < end:
            return text
    return None
