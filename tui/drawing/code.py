"""A script in cells: line numbers, comments apart from code, and the event's lines marked.

May import: tui.models, drawing.rows.   Imported by: widgets.
"""

from __future__ import annotations

import re

from tui.drawing.rows import filled, fitted, wrapped
from tui.models.code import CodeView
from tui.models.text import Row, Span

GUTTER = 2
"""Cells of the mark before the line numbers."""

ABOVE = 4
"""Lines that stay in sight above the event's, so that its loop and its pass can be read."""

_COMMENT = re.compile(r"(?:[^#\"']|\"[^\"]*\"|'[^']*')*?(#.*)")


def draw_code(view: CodeView, width: int, height: int, *, top: int | None = None) -> list[Row]:
    """Exactly `height` rows of `width` cells."""
    if view.problem:
        return filled(wrapped(((view.problem, "dim"),), width), width, height)
    start = first_line(view, height) if top is None else top
    digits = len(str(len(view.lines)))
    shown = range(start, min(len(view.lines), start + height))
    return filled([_row(view, i, digits, width) for i in shown], width, height)


def first_line(view: CodeView, height: int) -> int:
    """The topmost line, so that what the event does is in sight with what stands above it."""
    last = max(0, len(view.lines) - height)
    if not view.current:
        return 0
    above = min(ABOVE, max(0, height - len(view.current)))
    return min(last, max(0, view.current[0] - above))


def _row(view: CodeView, index: int, digits: int, width: int) -> Row:
    here = index in view.current
    ground = " current" if here else ""
    mark: Span = (("► " if here else "  "), f"{view.phase} bold{ground}" if here else "text")
    number: Span = (f"{index + 1:>{digits}}  ", f"dim{ground}")
    row = (mark, number, *_coloured(view.lines[index], view.phase, here))
    return fitted(row, width, f"text{ground}")


def _coloured(line: str, phase: str, here: bool) -> list[Span]:
    """Code and the comment behind it."""
    style = f"{phase} bold current" if here else "text"
    found = _COMMENT.fullmatch(line)
    if not found:
        return [(line, style)]
    start = found.start(1)
    return [(line[:start], style), (line[start:], "dim current" if here else "dim")]
