"""Two timelines side by side: the first event where they differ, and by how much.

May import: listing, run, tasks, trace.   Imported by: debugger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.listing import Phase, Step
from engine.ops import Array
from engine.run import Run
from engine.tasks import Task
from engine.trace import IterationRecord


@dataclass(frozen=True, eq=False)
class Difference:
    """What one event has written in two timelines, where their bits are not the same."""

    ordinal: int
    what: str
    """``value of h``, ``gradient of w1``, ``update of w1``, ``x of the batch``"""
    node: int | None
    here: Array
    there: Array

    @property
    def index(self) -> tuple[int, ...] | None:
        """The element that differs most; None where the shapes differ."""
        if self.here.shape != self.there.shape:
            return None
        with np.errstate(all="ignore"):
            gap = np.abs(self.there - self.here)
        # A difference that is no number (nan against 1, inf against inf of other sign) is largest.
        unequal = _unequal(self.here, self.there)
        gap = np.where(unequal, np.where(np.isnan(gap), np.inf, gap), -1.0)
        return tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))

    @property
    def largest(self) -> float:
        """How far apart the element is that differs most; inf where shapes or nan differ."""
        if self.index is None:
            return np.inf
        with np.errstate(all="ignore"):
            gap = float(np.abs(self.there[self.index] - self.here[self.index]))
        return np.inf if np.isnan(gap) else gap


def _unequal(a: Array, b: Array) -> Array:
    """Where the bits differ."""
    return np.ascontiguousarray(a).view(np.uint64).reshape(a.shape) != np.ascontiguousarray(b).view(
        np.uint64
    ).reshape(b.shape)


def same_bits(a: Array, b: Array) -> bool:
    """Whether two arrays have the same shape and the same bits."""
    return a.shape == b.shape and a.tobytes() == b.tobytes()


def parting(a: Run, b: Run) -> int:
    """The last event that two runs share as a matter of course; 0 if they share none.

    Up to there both are the same run; from the next event on they may differ.
    """
    if a is b:
        return a.calendar.total
    owned: dict[int, int] = {}
    run, shared = a, a.calendar.total
    while True:
        owned[id(run)] = shared
        if run.origin is None:
            break
        shared = min(shared, run.origin.edit.at)
        run = run.origin.run
    run, shared = b, b.calendar.total
    while id(run) not in owned:
        if run.origin is None:
            return 0
        shared = min(shared, run.origin.edit.at)
        run = run.origin.run
    return min(shared, owned[id(run)])


class Divergence(Task):
    """The search for the first event where two runs differ, in slices.

    Looks at as many iterations as the longer of the two has recorded, but at least at the first one
    in which they may differ, and records what is lacking. `found` is None while nothing differs.
    """

    def __init__(self, here: Run, there: Run) -> None:
        super().__init__()
        self.here, self.there = here, there
        self.start = self._step = parting(here, there) // here.calendar.events
        self.limit = max(here.done, there.done, min(self._step + 1, here.calendar.steps))
        self.found: Difference | None = None
        self.finished = here is there or self._step >= self.limit

    @property
    def progress(self) -> float:
        """How much of the way is done, from 0 to 1."""
        return (self._step - self.start) / max(1, self.limit - self.start)

    def _go_on(self, seconds: float) -> None:
        ready = self._step + 1
        if self.here.advance(ready, seconds) and self.there.advance(ready, seconds):
            self._look()

    def _look(self) -> None:
        step, found = self._step, None
        if self._may_differ(step):
            events = self.here.calendar.events
            start = max(parting(self.here, self.there), step * events)
            after = start - step * events
            found = next(differences(self.here, self.there, step, after), None)
        finished = found is not None or step + 1 >= self.limit
        # Together, and last: an interrupt before this leaves a search that looks again.
        self.found, self._step, self.finished = found, step + 1, finished

    def _may_differ(self, step: int) -> bool:
        """Whether it is worth recording the iteration: not where both start it and end it alike."""
        here, there = self.here, self.there
        alike = here.experiment.leaves is there.experiment.leaves
        if not alike or step < max(here.first, there.first):
            return True
        last = step + 1 >= min(here.done, there.done)
        return last or not all(
            same_bits(here.state_before(s), there.state_before(s)) for s in (step, step + 1)
        )


def differences(here: Run, there: Run, iteration: int, after: int = 0) -> Iterator[Difference]:
    """What two runs have different in one iteration, event by event, from `after` + 1 on."""
    for step in here.listing.steps[after:]:
        ordinal = iteration * here.calendar.events + step.index
        # An edited iteration is another record before the edit than after it.
        mine, theirs = (run.owner(ordinal).record(iteration) for run in (here, there))
        for what, a, b in _written(here, step, mine, theirs):
            if not same_bits(a, b):
                yield Difference(ordinal, what, step.node, a, b)


def _written(
    run: Run, step: Step, here: IterationRecord, there: IterationRecord
) -> Iterator[tuple[str, Array, Array]]:
    """What an event writes in both: its name, and the numbers."""
    index, node = step.index - 1, step.node
    name = run.graph[node].name if node is not None else ""
    match step.phase:
        case Phase.BATCH:
            yield "samples of the batch", _rows(here), _rows(there)
            for n in run.graph.nodes:
                if n.kind == "data":
                    yield f"{n.name} of the batch", here.leaves[n.id], there.leaves[n.id]
        case Phase.FORWARD:
            yield f"value of {name}", _array(here.values[index]), _array(there.values[index])
        case Phase.BACKWARD:
            a, b = here.contributions[index], there.contributions[index]
            yield f"contribution to the gradient of {name}", _array(a), _array(b)
            yield (
                f"gradient of {name}",
                _array(here.gradients[index]),
                _array(there.gradients[index]),
            )
        case Phase.UPDATE if step.is_clip:
            for i, clipped in here.clipped.items():
                yield f"clipped gradient of {run.graph[i].name}", clipped, there.clipped[i]
        case Phase.UPDATE:
            assert node is not None
            yield f"update of {name}", here.updated[node], there.updated[node]
            for slot, value in here.optimizer[node].items():
                other = there.optimizer[node].get(slot)
                if other is not None:
                    yield f"{slot} of {name}", value, other


def _rows(record: IterationRecord) -> Array:
    return np.asarray(record.samples, dtype=np.float64)


def _array(value: Array | None) -> Array:
    assert value is not None
    return np.asarray(value)
