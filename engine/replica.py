"""The forward pass on buffers of its own: what would come out for other inputs or parameters?

A replica has the calls of a run's program, so it gives the bits of the run for the run's numbers,
but it shares nothing with a run that could be written to. Dropout keeps everything, as it does on
test data.
May import: experiment, graph, listing, ops, program.
Imported by: landscape, activity, the public face.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from engine.experiment import Experiment
from engine.listing import Phase, Step
from engine.ops import Array, Thunk
from engine.program import Compiler, Storage


class Replica:
    """Computes some nodes of an experiment for a number of samples, from leaves set at will."""

    def __init__(self, experiment: Experiment, samples: int, nodes: Iterable[int]) -> None:
        """`samples` is how many rows data have here; `nodes` are those whose values are wanted.

        Raises `ShapeError` where the formulas do not fit so many samples.
        """
        graph = self.graph = experiment.graph
        self.samples = samples
        self.shapes = experiment.shapes(samples)
        read = frozenset[int]().union(*map(graph.ancestors, nodes))
        storage = Storage(experiment)
        compiler = Compiler(experiment, storage, self.shapes, whole=False, private=True)
        self._calls: list[tuple[int, list[Thunk]]] = []
        with np.errstate(all="ignore"):
            for node in graph.ops:
                if node.id in read:
                    code = compiler.compile(Step(0, Phase.FORWARD, 0, node.id))
                    self._calls.append((node.id, code.calls))
        self._arrays = {node: buffer.array for node, buffer in compiler.values.items()}
        self._all = self.calls()

    @classmethod
    def of_samples(cls, experiment: Experiment, rows: Array, nodes: Iterable[int]) -> Replica:
        """One on the samples to train on with these row numbers, from 0. Raises as usual."""
        replica = cls(experiment, len(rows), nodes)
        columns = {n.id: n.name for n in replica.graph.nodes if n.kind == "data"}
        replica.set({node: experiment.data[name][rows] for node, name in columns.items()})
        return replica

    def __getitem__(self, node: int) -> Array:
        """Where a node's value stands: a leaf's to be written to, an op's as it was computed last,
        to be looked at until the next time."""
        return np.asarray(self._arrays[node])

    def set(self, leaves: Mapping[int, Any]) -> None:
        """Give leaves their values, by node id; data may have one row for all samples."""
        for node, value in leaves.items():
            self[node][...] = value

    def take(self, leaves: Mapping[int, Any]) -> None:
        """Have the parameters and constants of an iteration: `state.record.leaves`."""
        for node in self.graph.nodes:
            if node.kind in ("parameter", "constant") and node.id in leaves:
                self[node.id][...] = leaves[node.id]

    def calls(self, moving: Iterable[int] | None = None) -> tuple[Thunk, ...]:
        """What computes everything, or only what depends on the leaves that are `moving`."""
        reached = None
        if moving is not None:
            reached = frozenset[int]().union(*map(self.graph.descendants, moving))
        return tuple(
            call
            for node, calls in self._calls
            if reached is None or node in reached
            for call in calls
        )

    def compute(self) -> None:
        """Compute every node that is wanted from the leaves as they are."""
        with np.errstate(all="ignore"):
            for call in self._all:
                call()
