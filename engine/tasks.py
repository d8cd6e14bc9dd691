"""Work in slices: whoever asks for it can show how far it is, and drop it between any two slices.

May import: the standard library.   Imported by: activity, check, comparison, gauges,
landscape, search.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

SLICE = 0.05
"""Seconds that one piece of the work should take where nobody asks for less; an interrupt between
two pieces loses at most that much."""

MOST = 1 << 14
"""Iterations that are taken in one piece: memory for what they yield is bounded."""


class Task(ABC):
    """Work that goes on a slice at a time, and may be dropped between any two of them."""

    def __init__(self) -> None:
        self.finished = False
        self._size = 1
        """How many iterations to take next, by how long the last ones took."""

    def advance(self, seconds: float | None = None) -> bool:
        """Go on until it is finished, or until about `seconds` have passed; is it finished?"""
        deadline = None if seconds is None else time.perf_counter() + seconds
        while not self.finished:
            before = time.perf_counter()
            left = SLICE if deadline is None else max(0.0, deadline - before)
            budget = min(SLICE, left)
            self._go_on(budget)
            after = time.perf_counter()
            if after - before > budget:
                self._size = max(1, self._size // 2)
            elif 4 * (after - before) < budget:
                self._size = min(2 * self._size, MOST)
            if deadline is not None and after >= deadline:
                break
        return self.finished

    @property
    @abstractmethod
    def progress(self) -> float:
        """How much of what there is to look at has been looked at, from 0 to 1."""

    @abstractmethod
    def _go_on(self, seconds: float) -> None:
        """One piece of the work, of about `_size` iterations."""
