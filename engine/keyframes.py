"""Snapshots of a run's state, so that any moment is one of them plus a short replay.

May import: thinned.   Imported by: run.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from engine.ops import Array
from engine.thinned import Thinned

MAX_KEYFRAMES = 8192

MAX_TRAIL = 256
"""States of iterations passed over lately, so that going back one is at once."""

COARSEST = 32
"""The unit of keyframes is at most this many iterations, which are few to replay."""


class Keyframes:
    """Snapshots, evenly spaced; the spacing doubles whenever they would be too many."""

    def __init__(self, width: int, memory: int, first: int = 0, steps: int = 1) -> None:
        """Room for states of `width` numbers in about `memory` bytes, at least four of them.

        `first` is the iteration whose start is the first to be kept, `steps` how many iterations
        there are in all: in the end the spacing is about what fills the room.
        """
        self.first = first
        self._width = width
        capacity = _capacity(width, memory)
        self._states = Thinned(width, capacity)
        self._unit = _unit(steps - first, capacity)

    @property
    def next(self) -> int:
        """The iteration whose start is to be kept next."""
        return self.first + self._states.next * self._unit

    @property
    def spacing(self) -> int:
        """How many iterations apart they are."""
        return self._states.spacing * self._unit

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
        states, spacing = self._states.rows, self.spacing
        index = min((step - self.first) // spacing, len(states) - 1)
        return self.first + index * spacing, states[index]


def _capacity(width: int, memory: int) -> int:
    return min(MAX_KEYFRAMES, max(4, memory // (8 * width)))


def _unit(steps: int, capacity: int) -> int:
    """What the spacing is a multiple of, by powers of two: they end at `steps` / `capacity`."""
    unit = max(1, -(-steps // capacity))
    while unit > COARSEST:
        unit = -(-unit // 2)
    return unit


class Trail:
    """States at the start of iterations passed over lately, for the way back.

    Between two keyframes there may be more iterations than it has room for. A replay then leaves
    waypoints on its way, evenly spaced, and keeps every state of the last few iterations: each
    step back is at once, or a replay from the last waypoint.
    """

    def __init__(self, width: int, memory: int) -> None:
        """Room for states of `width` numbers in about `memory` bytes, at least two of them."""
        self._width = width
        self._states: OrderedDict[int, Array] = OrderedDict()
        self.limit(memory)

    def limit(self, memory: int) -> None:
        """Keep to about `memory` bytes from now on, at least two states."""
        self.capacity = min(MAX_TRAIL, max(2, memory // (8 * self._width)))
        while len(self._states) > self.capacity:
            self._states.popitem(last=False)

    @property
    def nbytes(self) -> int:
        """What they take once there is no more room."""
        return 8 * self._width * self.capacity

    def before(self, step: int) -> tuple[int, Array] | None:
        """The last kept (iteration, state) at or before the start of iteration `step`."""
        if step in self._states:
            return step, self._states[step]
        found = max((s for s in self._states if s <= step), default=None)
        return None if found is None else (found, self._states[found])

    def halts(self, start: int, step: int, keyframe: int, spacing: int) -> list[int]:
        """Where a replay from `start` to `step` has to halt and keep its state; the last is `step`.

        `keyframe` is the last one before `step`, and `spacing` that of the keyframes. What is kept
        of other places makes room.
        """
        gap = -(-spacing // max(1, self.capacity - self.capacity // 4))
        waypoints = range(start + gap - (start - keyframe) % gap, step, gap)
        wanted = min(step - start, self.capacity)
        elsewhere = [s for s in self._states if not keyframe <= s <= step]
        for other in elsewhere[: max(0, len(self._states) + wanted - self.capacity)]:
            del self._states[other]
        room = self.capacity - len(self._states) - len(waypoints)
        last = range(max(start + 1, step - max(1, min(wanted, room) - 1)), step + 1)
        return sorted({*waypoints, *last})

    def keep(self, step: int, state: Array) -> None:
        """Keep a copy of the state, in place of the oldest one where there is no room."""
        if step in self._states:
            self._states.move_to_end(step)
            return
        full = len(self._states) >= self.capacity
        kept = self._states.popitem(last=False)[1] if full else np.empty_like(state)
        np.copyto(kept, state)
        self._states[step] = kept
