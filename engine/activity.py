"""How active the hidden layers are over time: distributions of their values, and dead units.

What is looked at is every layer's values for the same samples to train on, with the parameters of
one iteration after the other; the run is asked for these and otherwise left alone.
May import: experiment, landscape, ops, replica, run, tasks.   Imported by: the public face.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.landscape import picked
from engine.ops import Array
from engine.replica import Replica
from engine.run import Run
from engine.tasks import Task

QUANTILES = 64
"""Into so many equal parts a distribution is divided."""

SAMPLED = 2**15
"""Numbers of a forward pass up to which all samples are looked at."""

KEPT = 1024
"""Iterations whose distributions are remembered."""


@dataclass(frozen=True, eq=False)
class Activation:
    """The values of one layer in one iteration, over its units and samples."""

    quantiles: Array
    """`QUANTILES` + 1 numbers, from the least value to the greatest; nan where one is nan. Where
    there are not more values than these, the values themselves in their order."""
    dead: int
    """Units that are 0 for every sample: whatever comes in, nothing goes on."""
    units: int


class Activity(Task):
    """The distributions of some nodes in the iterations that are wanted, computed as it goes on."""

    def __init__(self, run: Run, nodes: Sequence[int]) -> None:
        """Raises `ShapeError` where the formulas fit the experiment's own batches alone."""
        super().__init__()
        self.run = run
        self.nodes = tuple(nodes)
        self._replica = Replica.of_samples(
            run.experiment, picked(run.experiment, SAMPLED), self.nodes
        )
        self._known: dict[int, Mapping[int, Activation]] = {}
        self._wanted: tuple[int, ...] = ()
        self.finished = True

    @property
    def samples(self) -> int:
        """How many samples are looked at."""
        return self._replica.samples

    def want(self, steps: Iterable[int]) -> None:
        """Look at these recorded iterations, counted from 0, in this order."""
        self._wanted = tuple(steps)
        self.finished = all(step in self._known for step in self._wanted)

    def at(self, step: int) -> Mapping[int, Activation] | None:
        """What is known of an iteration, by node id; None before it has been looked at."""
        return self._known.get(step)

    @property
    def progress(self) -> float:
        known = sum(step in self._known for step in self._wanted)
        return known / len(self._wanted) if self._wanted else 1.0

    def _go_on(self, seconds: float) -> None:
        missing = next((step for step in self._wanted if step not in self._known), None)
        if missing is None:
            self.finished = True
        elif self.run.approach(missing, seconds):
            while len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[missing] = self._look(missing)

    def _look(self, step: int) -> dict[int, Activation]:
        run, replica = self.run, self._replica
        owner = run.owner(step * run.calendar.events + 1)
        graph, storage = run.graph, run.storage
        leaves = owner.experiment.leaves
        replica.take({n.id: leaves[n.name] for n in graph.nodes if n.name in leaves})
        parameters = run.state_before(step)[1 : 1 + len(storage.parameters)]
        replica.take({node: storage.view(parameters, node) for node in storage.views})
        replica.compute()
        return {node: _activation(replica[node]) for node in self.nodes}


def _activation(values: Array) -> Activation:
    by_unit = values.reshape(len(values), -1)
    quantiles = np.sort(values, axis=None)
    if len(quantiles) > QUANTILES + 1:
        with np.errstate(all="ignore"):
            quantiles = np.quantile(values, np.linspace(0, 1, QUANTILES + 1), method="nearest")
    dead = int(np.count_nonzero((by_unit == 0).all(axis=0)))
    return Activation(quantiles, dead, by_unit.shape[1])
