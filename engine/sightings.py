"""What is known about stops without a search: where the history alone tells that one hits, and
where a watch changed, if that was lately.

May import: run, search, stops.   Imported by: the public face.
"""

from __future__ import annotations

import numpy as np

from engine.ops import Array
from engine.run import Run
from engine.search import Scanner, edit_points, hits, in_columns
from engine.stops import Stop


def known_hits(run: Run, stop: Stop, first: int, end: int) -> Array | None:
    """The ordinals of a stop's hits in the recorded iterations `first` to `end` − 1, in order.

    None where the history alone cannot tell: for a place without a condition, which hits in every
    iteration; for a condition on what is not kept of each of them; where rows have been thinned.
    """
    if not (_is_whole(run) and in_columns(stop, run)):
        return None
    scanner, end = Scanner(run, [stop]), min(end, run.done)
    found: list[Array] = []
    while first < end:
        first, (ordinals,) = scanner.scan(first, end)
        found.append(ordinals)
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _is_whole(run: Run) -> bool:
    """Whether a row is kept of every iteration, those of the shared past included."""
    while run.history.kept.spacing == 1:
        if run.origin is None:
            return True
        run = run.origin.run
    return False


def changed_at(run: Run, stop: Stop, ordinal: int) -> int | None:
    """The last event up to and including `ordinal` at which a watch hits.

    None where that is not in this iteration nor in the one before: a search would have to tell.
    """
    size, step = run.calendar.events, run.calendar.step(ordinal)
    iterations = range(max(0, step - 1), step + 1)
    events = {iteration * size + point for iteration in iterations for point in stop.points}
    events.update(e for e in edit_points(stop, run) if run.calendar.step(e) in iterations)
    ahead = sorted((event for event in events if event <= ordinal), reverse=True)
    return next((event for event in ahead if hits(stop, run, event)), None)
