"""The timeline in cells: a bar with the cursor on it, or all of them, and the place in words.

May import: tui.models, the rest of drawing.   Imported by: widgets.
"""

from __future__ import annotations

from tui.drawing.rows import filled, fitted, width_of
from tui.drawing.timeline.bars import bar_rows, legend, marks_row, tick_rows
from tui.drawing.timeline.places import Block, Plan, block_at, event_at, moved, plan
from tui.drawing.timeline.words import words_row
from tui.models.text import Row, Span
from tui.models.timeline import LevelName, TimelineView

__all__ = ["Block", "block_at", "draw_timeline", "event_at", "moved", "plan"]


def draw_timeline(
    view: TimelineView, width: int, height: int, level: LevelName = "run"
) -> list[Row]:
    """Exactly `height` rows of `width` cells: the bar of a level, then the words; in one row the
    words only; with more room all levels, each with its axis, and what the signs mean."""
    if width <= 0 or height <= 0:
        return [()] * max(0, height)
    planned = plan(view, width, height, level)
    rows: list[Row] = [()] * height
    for block in planned.blocks:
        _draw(view, block, rows, is_chosen=block.level.name == level)
    if planned.legend is not None:
        rows[planned.legend] = _legend(view, planned, width)
    rows[planned.words] = words_row(view, width)
    return filled(rows, width, height)


def _draw(view: TimelineView, block: Block, rows: list[Row], *, is_chosen: bool) -> None:
    level = block.level
    indent: Span = (" " * block.left, "text")
    if block.title is not None:
        mark, style = ("❯ ", "title bold") if is_chosen else ("  ", "text")
        rows[block.title] = ((mark, style), (level.about, style))
    if block.marks is not None:
        rows[block.marks] = (indent, *marks_row(block))
    for i, row in enumerate(bar_rows(view, block)):
        is_labelled = i == block.height - 1 and block.left
        label: Span = (f"{level.label:<{block.left}}", "title") if is_labelled else indent
        rows[block.top + i] = (label, *row)
    for i, row in enumerate(tick_rows(view, block)):
        rows[block.top + block.height + i] = (indent, *row)


def _legend(view: TimelineView, planned: Plan, width: int) -> Row:
    """As many entries as fit whole."""
    marks = [mark for block in planned.blocks for mark in block.level.marks]
    row: list[Span] = []
    for entry in legend(view, marks):
        spaced = [("   ", "text"), *entry] if row else entry
        if width_of(row) + width_of(spaced) > width:
            break
        row += spaced
    return fitted(row, width)
