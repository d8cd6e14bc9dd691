"""What plots need that takes a while: one piece of work for each, gone on with in slices.

A view asks for the work by what it depends on; as soon as that is something else the old work is
dropped. What is asked for the first time goes on a little at once, so that most of it is there
when it is first looked at.
May import: engine's public face.   Imported by: the other modules of views.plots.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from engine import Task

FIRST_SECONDS = 0.002
"""How long new work goes on at once: a key must not wait for it."""

KEPT = 24
"""Pieces of work, and results, that are remembered though nobody looks at them."""

T = TypeVar("T", bound=Task)
R = TypeVar("R")


class Desk:
    """The work for the plots of one debugger."""

    def __init__(self) -> None:
        self._work: dict[str, tuple[Hashable, Task]] = {}
        self._wanted: dict[str, None] = {}
        """What the plots on the screen need, in order."""
        self._results: dict[str, Any] = {}
        self.version = 0
        """Changes whenever something has been gone on with."""

    def clear(self) -> None:
        """Nothing is wanted any more, until it is asked for again."""
        self._wanted = {}

    def work(self, name: str, depends_on: Hashable, make: Callable[[], T]) -> T:
        """The work of this name, begun anew if it was for something else."""
        kept = self._work.pop(name, None)
        if kept is None or kept[0] != depends_on:
            kept = (depends_on, make())
            kept[1].advance(FIRST_SECONDS)
        self._work[name] = kept  # the last one is the one that was wanted last
        self._wanted[name] = None
        idle = [other for other in self._work if other not in self._wanted]
        for other in idle[: max(0, len(idle) - KEPT)]:
            self._work.pop(other)
        return kept[1]  # pyright: ignore[reportReturnType]

    def latest(self, name: str, result: R | None) -> R | None:
        """A result of this name, or while there is none the one before it."""
        if result is not None:
            self._results.pop(name, None)
            self._results[name] = result
            if len(self._results) > KEPT:
                self._results.pop(next(iter(self._results)))
        return self._results.get(name)

    @property
    def idle(self) -> bool:
        """Whether everything that is wanted is done."""
        return all(self._work[name][1].finished for name in self._wanted)

    def advance(self, seconds: float) -> bool:
        """Go on with what is wanted for so many seconds; whether all of it is done."""
        for name in self._wanted:
            task = self._work[name][1]
            if not task.finished:
                task.advance(seconds)
                self.version += 1
                break
        return self.idle
