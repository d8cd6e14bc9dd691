"""What is remembered of every iteration: a few numbers each, within a bounded memory.

May import: thinned.   Imported by: run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.ops import Array
from engine.thinned import Thinned

BLOCKS = 16_384
"""Blocks whose extremes are kept: many for each column of the widest screen."""

FEWEST_ROWS, FEWEST_BLOCKS = 1024, 512
"""What is kept however small the budget is."""

FEWEST_IN_A_BLOCK = 16
"""Rows: smaller blocks would take longer to fill, and as long as all rows are kept nobody needs
them."""

FINE = 8
"""So many blocks in a column of a drawing are fine enough to be drawn in place of the values."""


class History:
    """Rows of numbers along a run, one at every `every`-th iteration.

    They are kept as they are until they are too many; then every second one is dropped. But the
    least and the greatest value of each column are remembered for all stretches of the run, so
    that no drawing of it ever misses a spike.
    """

    def __init__(self, width: int, memory: int, first: int = 0, every: int = 1) -> None:
        """Rows of `width` numbers, from iteration `first` on, in about `memory` bytes."""
        self.first = first
        self.every = every
        self._width = width
        rows, blocks = _capacities(width, memory)
        self.kept = Thinned(width, rows)
        self._extremes = _Extremes(width, blocks)

    @property
    def nbytes(self) -> int:
        """What it takes once there is no more room."""
        return self.kept.nbytes + self._extremes.nbytes

    def extend(self, step: int, rows: Array) -> None:
        """Add the rows that the iterations from `step` on have given."""
        number = self._rows_before(step)
        self.kept.extend(number, rows)
        self._extremes.extend(number, rows)

    def forget_after(self, done: int) -> None:
        """Drop rows of iterations from `done` on, left by a run that was interrupted.

        The extremes may keep what they have heard of them: it will come again, bit for bit.
        """
        self.kept.forget_from(self._rows_before(done))

    def limit(self, memory: int) -> None:
        """Keep to about `memory` bytes from now on; every second row goes until they fit."""
        rows, blocks = _capacities(self._width, memory)
        self.kept.limit(rows)
        self._extremes.limit(blocks)

    def row(self, step: int) -> Array | None:
        """The row of one iteration, if it was kept."""
        rows, spacing = self.kept.rows, self.kept.spacing
        index, rest = divmod(step - self.first, spacing * self.every)
        return rows[index] if rest == 0 and 0 <= index < len(rows) else None

    def series(self, column: int, done: int) -> Sampled:
        """One column of the iterations before `done`, as it is now."""
        count, spacing = self._rows_before(done), self.kept.spacing
        size, lows, highs = self._extremes.blocks
        blocks = -(-min(count, self._extremes.heard) // size)
        return Sampled(
            first=self.first,
            every=self.every,
            spacing=spacing * self.every,
            values=_unwriteable(self.kept.rows[: -(-count // spacing), column]),
            block=size * self.every,
            lows=_unwriteable(lows[:blocks, column]),
            highs=_unwriteable(highs[:blocks, column]),
        )

    def _rows_before(self, done: int) -> int:
        return max(0, -(-(done - self.first) // self.every))


def _capacities(width: int, memory: int) -> tuple[int, int]:
    """How many rows, and how many blocks' extremes, go into so many bytes."""
    row = 8 * max(1, width)
    blocks = min(BLOCKS, max(FEWEST_BLOCKS, memory // 4 // (2 * row)))
    return max(FEWEST_ROWS, memory // row - 2 * blocks), blocks


class _Extremes:
    """The least and the greatest of blocks of rows; two become one when they are too many."""

    def __init__(self, width: int, capacity: int) -> None:
        # How many rows a block has, the least of each, and the greatest: replaced together.
        self.blocks = (FEWEST_IN_A_BLOCK, np.empty((capacity, width)), np.empty((capacity, width)))
        self.heard = 0
        """How many rows have been taken in: the blocks after them hold nothing yet."""

    @property
    def nbytes(self) -> int:
        return self.blocks[1].nbytes + self.blocks[2].nbytes

    def extend(self, first: int, rows: Array) -> None:
        """Take in the rows number `first` and on; hearing of one twice changes nothing."""
        end = first + len(rows)
        if end == first:
            return
        self._make_room(end, len(self.blocks[1]))
        size, lows, highs = self.blocks
        start, last = first // size, (end - 1) // size
        # The first block may have begun before these rows.
        edges = np.maximum(np.arange(start, last + 1) * size - first, 0)
        for extreme, best in ((np.fmin, lows), (np.fmax, highs)):
            found = extreme.reduceat(rows, edges, axis=0)
            if first % size:
                extreme(found[0], best[start], out=found[0])
            best[start : last + 1] = found
        self.heard = max(self.heard, end)

    def limit(self, capacity: int) -> None:
        """Have another number of blocks from now on."""
        self._make_room(self.heard, capacity)

    def _make_room(self, rows: int, capacity: int) -> None:
        """Merge blocks until so many rows fit into this number of them."""
        size, lows, highs = self.blocks
        merged = 1
        while rows > size * merged * capacity:
            merged *= 2
        if merged == 1 and capacity == len(lows):
            return
        filled = -(-self.heard // size)
        groups = np.arange(0, filled, merged)
        least, greatest = (np.empty((capacity, lows.shape[1])) for _ in range(2))
        if filled:
            least[: len(groups)] = np.fmin.reduceat(lows[:filled], groups, axis=0)
            greatest[: len(groups)] = np.fmax.reduceat(highs[:filled], groups, axis=0)
        self.blocks = (size * merged, least, greatest)


def _unwriteable(view: Array) -> Array:
    view.flags.writeable = False
    return view


@dataclass(frozen=True, eq=False)
class Envelope:
    """A series as so many columns of a drawing can show it."""

    steps: Array
    """The iteration, counted from 0, with which each column begins."""
    lows: Array
    """The least value of the column's iterations; nan where there is no number at all."""
    highs: Array


@dataclass(frozen=True, eq=False)
class Sampled:
    """A series along the run: one value at every `spacing`-th iteration, from `first` on.

    It is a look at what the run keeps: valid until that records further.
    """

    first: int
    """Where the run that recorded it begins: 0, or for a fork the iteration after the edited."""
    every: int
    """How many iterations apart the values were measured."""
    spacing: int
    """How many iterations apart the values are that are still kept."""
    values: Array
    block: int
    """How many iterations there are to each of the extremes."""
    lows: Array
    """The least of all values measured in a block; nan is passed over."""
    highs: Array

    @property
    def steps(self) -> Array:
        """The iterations, counted from 0, that the values belong to."""
        return self.first + np.arange(len(self.values)) * self.spacing

    @property
    def thinned(self) -> bool:
        """Whether values have been dropped, so that only the extremes tell of them."""
        return self.spacing > self.every

    def until(self, step: int) -> Array:
        """The values up to and including iteration `step`."""
        return self.values[: max(0, (step - self.first) // self.spacing + 1)]

    def between(self, start: int, stop: int) -> Sampled:
        """The part from iteration `start` to before `stop`, or up to a block more at either end."""
        unit = max(self.block, self.spacing)
        first = max(0, (start - self.first) // unit)
        last = max(first, -(-(stop - self.first) // unit))

        def part(array: Array, apart: int) -> Array:
            return array[first * unit // apart : last * unit // apart]

        return replace(
            self,
            first=self.first + first * unit,
            values=part(self.values, self.spacing),
            lows=part(self.lows, self.block),
            highs=part(self.highs, self.block),
        )

    def envelope(self, columns: int, until: int | None = None) -> Envelope:
        """The least and the greatest value in each of at most `columns` stretches of equal length.

        With `until`, of the iterations up to and including that one. Every value that was ever
        measured is in one of them: where values have been dropped, columns keep to the blocks
        whose extremes are known, and the last one may end a part of a block later than asked.
        """
        lows, highs, unit = self.lows, self.highs, self.block
        if until is not None:
            lows, highs = (a[: max(0, (until - self.first) // unit + 1)] for a in (lows, highs))
        if not self.thinned and len(lows) < FINE * columns:
            # All is still there, and what has to be looked at is not much.
            lows = highs = self.values if until is None else self.until(until)
            unit = self.spacing
        columns = min(columns, len(lows))
        starts = np.arange(columns) * len(lows) // max(1, columns)
        steps = self.first + starts * unit
        if columns == len(lows):
            return Envelope(steps, lows, highs)
        return Envelope(steps, np.fmin.reduceat(lows, starts), np.fmax.reduceat(highs, starts))
