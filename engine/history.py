"""What is remembered of every iteration: a few numbers each, within a bounded memory.

May import: numpy.   Imported by: run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.ops import Array


class History:
    """One row an iteration: its loss, and the scalar parameters that it was computed with.

    Rows are kept as they are until they are too many; then every second one is dropped, so that
    memory stays bounded. `spacing` says how many iterations apart the kept rows are.
    """

    def __init__(self, width: int, memory: int) -> None:
        """Rows of `width` numbers in about `memory` bytes, at least 1,024 of them."""
        self.capacity = max(1024, memory // (8 * width))
        self.spacing = 1
        self.count = 0
        self._rows = np.empty((min(1024, self.capacity), width))

    @property
    def rows(self) -> Array:
        return self._rows[: self.count]

    def room(self) -> Array:
        """The rows that can be filled next; makes room first where there is none."""
        if self.count == len(self._rows):
            if self.count < self.capacity:
                grown = np.empty((min(2 * self.count, self.capacity), self._rows.shape[1]))
                grown[: self.count] = self._rows
                self._rows = grown
            else:
                self._thin()
        return self._rows[self.count :]

    def limit(self, memory: int) -> None:
        """Keep to about `memory` bytes from now on; every second row goes until they fit."""
        self.capacity = max(1024, memory // (8 * self._rows.shape[1]))
        while self.count > self.capacity:
            self._thin()
        if len(self._rows) > self.capacity:
            self._rows = self._rows[: self.capacity].copy()

    def _thin(self) -> None:
        kept = (self.count + 1) // 2
        self._rows[:kept] = self._rows[: self.count : 2].copy()
        self.count, self.spacing = kept, self.spacing * 2

    def forget_after(self, done: int) -> None:
        """Drop rows of iterations from `done` on, left by a run that was interrupted."""
        self.count = min(self.count, -(-done // self.spacing))

    def row(self, step: int) -> Array | None:
        """The row of one iteration, if it was kept."""
        index, rest = divmod(step, self.spacing)
        return self._rows[index] if rest == 0 and index < self.count else None


@dataclass(frozen=True, eq=False)
class Sampled:
    """A series along the run: one value at every `spacing`-th iteration, from the first on."""

    spacing: int
    values: Array

    @property
    def steps(self) -> Array:
        """The iterations, counted from 0, that the values belong to."""
        return np.arange(len(self.values)) * self.spacing

    def until(self, step: int) -> Array:
        """The values up to and including iteration `step`."""
        return self.values[: step // self.spacing + 1]
