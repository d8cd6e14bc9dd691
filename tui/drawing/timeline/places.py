"""Where events stand on a bar, which event stands under a column, and which bar where in a panel.

May import: tui.models.   Imported by: drawing.timeline.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.models.timeline import Level, LevelName, TimelineView

LABEL_FROM = 24
"""Columns of a panel from which on a bar has its label beside it."""

ALL_LEVELS = 12
"""Rows from which on all levels stand one under the other."""

MARKS_FROM = 15
"""Rows from which on the marks of each have a row of their own."""

APART_FROM = 6
"""Rows to spare from which on a blank one stands between two levels."""

TALLEST = 12
"""Rows of a bar at most."""


def column_of(level: Level, ordinal: int, width: int) -> int:
    """The column of a bar in which an event stands.

    Where a column has an iteration or more, all events of one stand in its column.
    """
    offset = ordinal - level.first
    if level.length // level.unit >= width:
        offset -= offset % level.unit
    return min(max(offset * width // level.length, 0), width - 1)


@dataclass(frozen=True)
class Block:
    """A bar in the panel, with what belongs to it; rows are counted from the panel's top."""

    level: Level
    left: int
    """Columns of the label before it."""
    width: int
    top: int
    """The bar's first row."""
    height: int
    title: int | None = None
    """The row of its title, where that does not stand beside it."""
    marks: int | None = None
    """The row of its marks, where these do not stand on the bar."""
    ticks: int = 0
    """How many rows there are below it, for numbers and names."""

    @property
    def end(self) -> int:
        """The row after the last one that belongs to it."""
        return self.top + self.height + self.ticks


@dataclass(frozen=True)
class Plan:
    """What stands where in a panel."""

    blocks: tuple[Block, ...]
    legend: int | None
    words: int
    """The row that says in words where the cursor is: the last one."""


def plan(view: TimelineView, width: int, height: int, chosen: LevelName) -> Plan:
    """The bars for a panel: none, the chosen one, or all of them."""
    words = height - 1
    if height < 2:
        return Plan((), None, words)
    if height < ALL_LEVELS:
        (level,) = [level for level in view.levels if level.name == chosen]
        return Plan((_alone(level, width, words),), None, words)
    return Plan(_all(view, width, height), height - 2, words)


def _alone(level: Level, width: int, rows: int) -> Block:
    left = level.widest + 1 if width >= LABEL_FROM else 0
    ticks = min(_most_ticks(level), max(0, rows - 1))
    marks = 1 if rows - ticks >= 3 else 0
    height = 1 if level.name == "iteration" else min(TALLEST, rows - ticks - marks)
    return Block(level, left, width - left, marks, height, marks=0 if marks else None, ticks=ticks)


def _most_ticks(level: Level) -> int:
    return 2 if level.name == "iteration" else 1


def _all(view: TimelineView, width: int, height: int) -> tuple[Block, ...]:
    """The levels one under the other; what is left sets them apart and makes the bars taller."""
    marked = height >= MARKS_FROM
    least = sum(2 + marked + _most_ticks(level) for level in view.levels)
    spare = height - 2 - least
    gap = int(spare >= APART_FROM)
    # One bar alone, of a level with one iteration, tells nothing by its height.
    rising = [level.name for level in view.levels if level.length > level.unit > 1]
    tall = min(TALLEST, 1 + (spare - 2 * gap) // max(1, len(rising)))
    blocks: list[Block] = []
    row = 0
    for level in view.levels:
        top = row + 1 + marked
        block = Block(
            level,
            left=0,
            width=width,
            top=top,
            height=tall if level.name in rising else 1,
            title=row,
            marks=row + 1 if marked else None,
            ticks=_most_ticks(level),
        )
        blocks.append(block)
        row = block.end + gap
    return tuple(blocks)


def block_at(plan: Plan, row: int) -> Block | None:
    """The block whose bar, marks or axis stand in a row of the panel."""
    for block in plan.blocks:
        first = block.top if block.marks is None else block.marks
        if first <= row < block.end:
            return block
    return None


# --- events and columns ------------------------------------------------------------------------


def event_at(view: TimelineView, block: Block, column: int) -> int:
    """The ordinal of the event under a column of the panel: where a bar has iterations, of the one
    that stands there the same event as the cursor's."""
    level, width = block.level, block.width
    column = min(max(column - block.left, 0), width - 1)
    units = level.length // level.unit
    first, last = -(-column * units // width), ((column + 1) * units - 1) // width
    unit = first if units >= width else last
    return level.first + unit * level.unit + (view.event - 1) * (level.unit > 1)


def moved(view: TimelineView, block: Block, columns: int) -> int:
    """The event so many columns on, but at least so many iterations, or events."""
    level = block.level
    each = max(1, round(level.length / level.unit / block.width))
    whole = view.levels[0].length // level.unit
    here, rest = divmod(view.at - 1, level.unit)
    return 1 + min(max(here + columns * each, 0), whole - 1) * level.unit + rest
