"""Rows that stay within a bound: every second one goes whenever they would be too many.

May import: numpy.   Imported by: keyframes, history.
"""

from __future__ import annotations

import numpy as np

from engine.ops import Array

FIRST_ROWS = 1024
"""Room to start with. Beyond it all room is asked for at once: the system gives memory only as
rows come, and nothing has to move any more."""

PIECE = 4096
"""How many rows move at a time while they are thinned."""


class Thinned:
    """Rows at the multiples of a spacing, of things counted from 0; the spacing only ever doubles.

    An interrupt may come between any two instructions. What is true of the rows is therefore one
    tuple, replaced at once, and thinning, which moves rows in place, can be taken up again.
    """

    def __init__(self, width: int, capacity: int) -> None:
        """Room for `capacity` rows of `width` numbers."""
        self._capacity = capacity + capacity % 2
        self._width = width
        # The array; how many rows it holds; their spacing; and while they are being thinned, how
        # many are in their new place already. The very first always is: 0 says nothing is moving.
        self._kept = (np.empty((min(self._capacity, FIRST_ROWS), width)), 0, 1, 0)

    @property
    def rows(self) -> Array:
        """The rows that are kept."""
        array, count, *_ = self._settled()
        return array[:count]

    @property
    def spacing(self) -> int:
        """How far apart the kept rows are."""
        return self._settled()[2]

    @property
    def next(self) -> int:
        """The number of the row to be kept next."""
        _, count, spacing, _ = self._settled()
        return count * spacing

    @property
    def nbytes(self) -> int:
        """What all of it takes once it is full."""
        return 8 * self._capacity * self._width

    def keep(self, row: Array) -> None:
        """Keep row number `next`."""
        array, count, spacing, _ = self._settled()
        if count == len(array):
            self._make_room()
            array, count, spacing, _ = self._kept
        array[count] = row
        self._kept = (array, count + 1, spacing, 0)

    def extend(self, first: int, rows: Array) -> None:
        """Keep those of the rows number `first` and on that are due."""
        while True:
            array, count, spacing, _ = self._settled()
            due = rows[count * spacing - first :: spacing]
            if not len(due):
                return
            if count == len(array):
                self._make_room()
                continue
            due = due[: len(array) - count]
            array[count : count + len(due)] = due
            self._kept = (array, count + len(due), spacing, 0)

    def forget_from(self, number: int) -> None:
        """Drop the rows from this number on."""
        array, count, spacing, _ = self._settled()
        self._kept = (array, min(count, -(-number // spacing)), spacing, 0)

    def limit(self, capacity: int) -> None:
        """Have room for another number of rows from now on; what does not fit is thinned."""
        self._capacity = capacity + capacity % 2
        while len(self.rows) > self._capacity:
            self._thin()
        if len(self._kept[0]) > self._capacity:
            self._resize(self._capacity)

    def _make_room(self) -> None:
        if len(self._kept[0]) < self._capacity:
            self._resize(self._capacity)
        else:
            self._thin()

    def _resize(self, rows: int) -> None:
        array, count, spacing, _ = self._kept
        moved = np.empty((rows, self._width))
        moved[:count] = array[:count]
        self._kept = (moved, count, spacing, 0)

    def _settled(self) -> tuple[Array, int, int, int]:
        if self._kept[3]:
            self._thin()
        return self._kept

    def _thin(self) -> None:
        """Row 2i becomes row i, or what an interrupt has left of that."""
        array, count, spacing, moved = self._kept
        moved, half = max(1, moved), (count + 1) // 2
        self._kept = (array, count, spacing, moved)
        while moved < half:
            # No piece reaches into the rows that it comes from: doing one twice does no harm.
            stop = min(2 * moved, moved + PIECE, half)
            array[moved:stop] = array[2 * moved : 2 * stop : 2]
            moved = stop
            self._kept = (array, count, spacing, moved)
        self._kept = (array, half, 2 * spacing, 0)
