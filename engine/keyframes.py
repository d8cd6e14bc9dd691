"""Snapshots of a run's state, so that any moment is one of them plus a short replay.

May import: numpy.   Imported by: run.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from engine.ops import Array

MAX_KEYFRAMES = 4096

MAX_TRAIL = 256
"""States of iterations visited or passed over lately, so that going back one is at once."""


class Keyframes:
    """Snapshots, evenly spaced; the spacing doubles whenever they would be too many."""

    def __init__(self, width: int, memory: int, first: int = 0) -> None:
        """Room for states of `width` numbers in about `memory` bytes, at least four of them.

        `first` is the iteration whose start is the first to be kept.
        """
        self.first = first
        self.spacing = 1
        self._rows = np.empty((_capacity(width, memory), width))
        self._count = 0

    @property
    def next(self) -> int:
        """The iteration whose start is to be kept next."""
        return self.first + self._count * self.spacing

    def keep(self, state: Array) -> None:
        """Keep the state at the start of iteration `next`."""
        if self._count == len(self._rows):
            self._thin()
        self._rows[self._count] = state
        self._count += 1

    def limit(self, memory: int) -> None:
        """Keep to about `memory` bytes from now on; every second one goes until they fit."""
        width = self._rows.shape[1]
        capacity = _capacity(width, memory)
        if capacity == len(self._rows):
            return
        while self._count > capacity:
            self._thin()
        rows = np.empty((capacity, width))
        rows[: self._count] = self._rows[: self._count]
        self._rows = rows

    def _thin(self) -> None:
        kept = (self._count + 1) // 2
        self._rows[:kept] = self._rows[: self._count : 2].copy()
        self._count, self.spacing = kept, self.spacing * 2

    def before(self, step: int) -> tuple[int, Array]:
        """The last kept (iteration, state) at or before the start of iteration `step`."""
        index = min((step - self.first) // self.spacing, self._count - 1)
        return self.first + index * self.spacing, self._rows[index]

    def rows(self) -> Array:
        """The states that are kept, `spacing` iterations apart."""
        return self._rows[: self._count]


def _capacity(width: int, memory: int) -> int:
    rows = min(MAX_KEYFRAMES, max(4, memory // (8 * width)))
    return rows + rows % 2


class Trail:
    """The states at the start of the iterations visited last, by iteration."""

    def __init__(self, width: int, memory: int) -> None:
        self._width = width
        self._rows: OrderedDict[int, Array] = OrderedDict()
        self.limit(memory)

    def limit(self, memory: int) -> None:
        """Keep to about `memory` bytes from now on, at least two states."""
        self.capacity = min(MAX_TRAIL, max(2, memory // (8 * self._width)))
        while len(self._rows) > self.capacity:
            self._rows.popitem(last=False)

    def get(self, step: int) -> Array | None:
        """The state at the start of iteration `step`, if it is still kept."""
        return self._rows.get(step)

    def keep(self, step: int, state: Array) -> None:
        """Keep a copy of the state, in place of the oldest one where there is no room."""
        if step in self._rows:
            self._rows.move_to_end(step)
            return
        full = len(self._rows) >= self.capacity
        row = self._rows.popitem(last=False)[1] if full else np.empty_like(state)
        np.copyto(row, state)
        self._rows[step] = row
