"""Snapshots of a run's state, so that any moment is one of them plus a short replay.

May import: thinned.   Imported by: run.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from engine.ops import Array
from engine.thinned import Thinned

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
        self._width = width
        self._states = Thinned(width, _capacity(width, memory))

    @property
    def next(self) -> int:
        """The iteration whose start is to be kept next."""
        return self.first + self._states.next

    @property
    def spacing(self) -> int:
        """How many iterations apart they are."""
        return self._states.spacing

    @property
    def nbytes(self) -> int:
        """What they take once there is no more room."""
        return self._states.nbytes

    def keep(self, state: Array) -> None:
        """Keep the state at the start of iteration `next`."""
        self._states.keep(state)

    def limit(self, memory: int) -> None:
        """Keep to about `memory` bytes from now on; every second one goes until they fit."""
        self._states.limit(_capacity(self._width, memory))

    def before(self, step: int) -> tuple[int, Array]:
        """The last kept (iteration, state) at or before the start of iteration `step`."""
        states, spacing = self._states.rows, self._states.spacing
        index = min((step - self.first) // spacing, len(states) - 1)
        return self.first + index * spacing, states[index]


def _capacity(width: int, memory: int) -> int:
    return min(MAX_KEYFRAMES, max(4, memory // (8 * width)))


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

    @property
    def nbytes(self) -> int:
        """What they take once there is no more room."""
        return 8 * self._width * self.capacity

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
