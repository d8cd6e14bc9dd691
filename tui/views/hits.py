"""Where breakpoints are known to hit along the run, without a search: for the marks on its bar.

A long run is looked through piece by piece, one at each frame, so that none of them takes long.
May import: engine's public face, numpy, views.scene.   Imported by: views.timeline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import engine
from tui.views.scene import Scene

if TYPE_CHECKING:
    from engine import Run, Stop

BUCKETS = 1024
"""Stretches of the run of which only the first hit is kept: more than any screen has columns."""

PIECE = 1 << 15
"""Iterations that are looked through at one frame: about a millisecond."""

FEW, EVERYWHERE = 32, 3
"""A breakpoint that hits in more than one of so many iterations, where these are more than a few,
tells nothing: it hits nearly everywhere, and would hide the others."""

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class _Seen:
    """What is known of one stop on one run."""

    steps: int = 0
    """Iterations that have been looked through."""
    firsts: Array = field(default_factory=lambda: np.zeros(BUCKETS, np.int64))
    """The first hit in each part of the run, by its ordinal; 0 where there is none."""

    def look(self, run: Run, stop: Stop) -> None:
        """Look through some more of what is recorded."""
        end = min(run.done, self.steps + PIECE)
        if end <= self.steps:
            return
        found = engine.known_hits(run, stop, self.steps, end)
        if found is not None and len(found):
            buckets = (found - 1) * BUCKETS // run.calendar.total
            which, first = np.unique(buckets, return_index=True)
            new = self.firsts[which] == 0
            self.firsts[which[new]] = found[first[new]]
        self.steps = end


def _tells(hits: int, seen: int, whole: int) -> bool:
    """Whether so many hits in the iterations seen, of all that there will be, are worth a mark."""
    return whole <= FEW or hits * EVERYWHERE <= seen


def hits_in_run(scene: Scene) -> tuple[int, ...]:
    """Hits of the breakpoints that are on, by their ordinals: of a stretch of the run the first."""
    run = scene.debugger.run
    found: set[int] = set()
    for stop in scene.debugger.stops.enabled:
        seen = scene.memory.by(f"hits {stop.number}", (run, stop.text), _Seen)
        seen.look(run, stop)
        known = seen.firsts[seen.firsts > 0]
        if _tells(len(known), min(seen.steps, BUCKETS), run.calendar.steps):
            found.update(map(int, known))
    return tuple(sorted(found))


def hits_in_epoch(scene: Scene) -> tuple[int, ...]:
    """The same of the cursor's epoch: of each iteration the first hit."""
    run, calendar = scene.debugger.run, scene.debugger.calendar
    first = (scene.debugger.address.epoch - 1) * calendar.iterations
    end = min(run.done, first + min(calendar.iterations, PIECE))
    stops = scene.debugger.stops.enabled
    stamp = (run, first, end, tuple((stop.number, stop.text) for stop in stops))

    def found() -> tuple[int, ...]:
        firsts: dict[int, int] = {}
        for stop in stops:
            known = engine.known_hits(run, stop, first, end)
            if known is None or not _tells(len(known), end - first, calendar.iterations):
                continue
            for ordinal in map(int, known):
                step = calendar.step(ordinal)
                firsts[step] = min(firsts.get(step, ordinal), ordinal)
        return tuple(sorted(firsts.values()))

    return scene.memory.by("hits in epoch", stamp, found)
