"""Experiments seen from above: the loss over two parameters, the output over the inputs.

Both are functions of an experiment and of the leaves of one of its iterations, and touch no run.
They are computed on a grid, coarsely first: every value of a coarse grid is one of the next finer
one, so what is there can be drawn at any time.
May import: errors, experiment, graph, ops, replica, roles, tasks.   Imported by: the public face.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import GradstepError, ShapeError
from engine.experiment import Experiment
from engine.ops import Array
from engine.replica import Replica
from engine.roles import indexes
from engine.shapes import Samples, count
from engine.tasks import Task

FINEST = 6
"""Doublings of the finest grid: 2⁶ + 1 = 65 points along an axis."""

COARSEST = 3
"""Doublings of the first grid."""

SURVEYED = 2**17
"""Numbers of a forward pass up to which the loss is that over all samples."""

CHUNK = 64
"""Samples of the output that are computed at once."""


@dataclass(frozen=True)
class Coordinate:
    """One number of a leaf, and the stretch of its values that an axis shows."""

    node: int
    index: tuple[int, ...] = ()
    """The element, counted from 0; of data, the one in every row."""
    low: float = 0.0
    high: float = 1.0

    def values(self, points: int) -> Array:
        """So many values, evenly spaced from `low` to `high`."""
        return np.linspace(self.low, self.high, points)


class Lattice(Task):
    """A function of one or two coordinates on a grid that gets finer as it goes on."""

    def __init__(self, axes: Sequence[Coordinate], doublings: int = FINEST) -> None:
        """2 to the power of `doublings`, and 1, are the points along each axis in the end."""
        super().__init__()
        self.axes = tuple(axes)
        self._doublings = doublings
        points = 2**doublings + 1
        self._along = [axis.values(points) for axis in self.axes]
        self._order, self._ends = _coarse_first(len(self.axes), doublings)
        """Places in the order in which they are computed; where each grid of them is complete."""
        self._next = 0
        self._values: Array = np.full((points,) * len(self.axes), np.nan)

    @property
    def progress(self) -> float:
        return self._next / len(self._order)

    @property
    def grid(self) -> Array | None:
        """The finest grid that is complete, the last axis along the first coordinate.

        Behind these axes come those of a value, where it is more than one number. None before the
        coarsest one is there.
        """
        complete = sum(end <= self._next for end in self._ends)
        if not complete:
            return None
        first = min(COARSEST, self._doublings)
        step = 2 ** (self._doublings - first - complete + 1)
        return self._values[tuple(slice(None, None, step) for _ in self.axes)]

    def _go_on(self, seconds: float) -> None:
        end = min(self._next + self._size, len(self._order))
        places = self._order[self._next : end]
        found = self._compute([a[p] for a, p in zip(self._along, places.T[::-1], strict=True)])
        if self._values.shape[len(self.axes) :] != found.shape[1:]:
            self._values = np.full((*self._values.shape, *found.shape[1:]), np.nan)
        self._values[tuple(places.T)] = found
        self._next, self.finished = end, end == len(self._order)

    @abstractmethod
    def _compute(self, at: Sequence[Array]) -> Array:
        """The values where the coordinates are those; the first axis is that of the places."""


def _coarse_first(axes: int, doublings: int) -> tuple[Array, list[int]]:
    points = 2**doublings + 1
    places = np.stack(np.meshgrid(*[np.arange(points)] * axes, indexing="ij"), -1)
    places = places.reshape(-1, axes)
    # How many times the step can be halved before a place is on the grid.
    least = np.bitwise_or.reduce(places, axis=1)
    fineness = np.where(least == 0, 0, doublings - _trailing_zeros(least))
    fineness = np.maximum(fineness, min(COARSEST, doublings))
    order = np.argsort(fineness, kind="stable")
    ends = np.cumsum(np.bincount(fineness)[min(COARSEST, doublings) :])
    return places[order], ends.tolist()


def _trailing_zeros(numbers: Array) -> Array:
    lowest = numbers & -numbers
    return np.log2(np.maximum(lowest, 1)).astype(np.intp)


class Surface(Lattice):
    """The loss over one or two numbers of the parameters; all others stay as the leaves have them.

    It is that over the samples to train on, all of them or `surveyed` evenly picked ones, whatever
    the batches are.
    """

    def __init__(
        self,
        experiment: Experiment,
        leaves: Mapping[int, Array],
        axes: Sequence[Coordinate],
        doublings: int = FINEST,
    ) -> None:
        """`leaves` are those of an iteration, by node id: `state.record.leaves`.

        Raises `GradstepError` for axes that are not two different numbers of parameters.
        """
        super().__init__(axes, doublings)
        graph, loss = experiment.graph, experiment.graph.loss
        for axis in axes:
            _check(experiment, axis, ("parameter", "constant"))
        _check_different(axes)
        rows = picked(experiment)
        try:
            self._replica = Replica.of_samples(experiment, rows, [loss])
        except ShapeError:
            # The formulas fit the batch alone: then it is the loss of this batch.
            batch = {n.id: leaves[n.id] for n in graph.nodes if n.kind == "data"}
            self._replica = Replica(experiment, len(next(iter(batch.values()))), [loss])
            self._replica.set(batch)
        self._replica.take(leaves)
        self._replica.compute()
        self._calls = self._replica.calls(axis.node for axis in axes)

    @property
    def surveyed(self) -> int:
        """How many samples the loss is over; 0 where there are no data."""
        return self._replica.samples

    def _compute(self, at: Sequence[Array]) -> Array:
        replica, found = self._replica, np.empty(len(at[0]))
        moving = [(replica[axis.node], axis.index) for axis in self.axes]
        loss = replica[replica.graph.loss].reshape(1)
        with np.errstate(all="ignore"):
            for place, numbers in enumerate(zip(*(part.tolist() for part in at), strict=True)):
                for (leaf, index), number in zip(moving, numbers, strict=True):
                    leaf[index] = number
                for call in self._calls:
                    call()
                found[place] = loss[0]
        return found


class Response(Lattice):
    """The output over one or two numbers of the inputs; the others stay at their mean."""

    def __init__(
        self,
        experiment: Experiment,
        leaves: Mapping[int, Array],
        axes: Sequence[Coordinate],
        output: int,
        doublings: int = FINEST,
    ) -> None:
        """`leaves` are those of an iteration; the output has to be `by_itself`.

        Raises `GradstepError` for axes that are not different numbers of data columns.
        """
        super().__init__(axes, doublings)
        self.output = output
        for axis in axes:
            _check(experiment, axis, ("data",))
        _check_different(axes)
        self._replica = Replica(experiment, CHUNK, [output])
        self._replica.take(leaves)
        self._replica.set(middle(experiment))
        self._size = CHUNK

    def _compute(self, at: Sequence[Array]) -> Array:
        parts: list[Array] = []
        for start in range(0, len(at[0]), CHUNK):
            chunk = [part[start : start + CHUNK] for part in at]
            size = len(chunk[0])
            for axis, values in zip(self.axes, chunk, strict=True):
                self._replica[axis.node][(slice(size), *axis.index)] = values
            self._replica.compute()
            parts.append(self._replica[self.output][:size].copy())
        return np.concatenate(parts)


def by_itself(experiment: Experiment, output: int) -> bool:
    """Whether each sample's output depends on that sample alone, so that it is a function of it.

    Not so where samples are mixed, as by a mean over the batch, or where the formulas fit one size
    of batch only.
    """
    graph = experiment.graph
    try:
        replica = Replica.of_samples(experiment, np.array([0, -1]), [output])
    except ShapeError:
        return False
    shape = replica.shapes[output]
    if not (shape and isinstance(shape[0], Samples)):
        return False
    replica.take({n.id: experiment.leaves[n.name] for n in graph.parameters})
    replica.compute()
    before = replica[output][0].copy()
    for n in graph.nodes:
        if n.kind == "data" and not indexes(graph, n.id):
            replica[n.id][1] = np.nan  # which spreads to all that reads it
    replica.compute()
    return np.array_equal(before, replica[output][0], equal_nan=True)


def middle(experiment: Experiment) -> dict[int, Array]:
    """The mean of every data column, by node id; of one that counts classes, its first row."""
    graph = experiment.graph
    return {
        n.id: column[0] if indexes(graph, n.id) else column.mean(axis=0)
        for n in graph.nodes
        if n.kind == "data"
        for column in (experiment.data[n.name],)
    }


def picked(experiment: Experiment, most: int = SURVEYED) -> Array:
    """Row numbers of the samples to train on: all, or as many as a forward pass of `most` numbers
    holds, evenly picked."""
    samples = experiment.samples
    size = experiment.training.batches.size
    shapes = experiment.shapes(size if samples else 0)
    numbers = sum(count(shape) for shape in shapes if shape and isinstance(shape[0], Samples))
    room = max(1, most * size // max(1, numbers)) if samples else 0
    if samples <= room:
        return np.arange(samples)
    return np.arange(room) * samples // room


def _check_different(axes: Sequence[Coordinate]) -> None:
    """Raise `GradstepError` where two axes are along the same number."""
    if len({(axis.node, axis.index) for axis in axes}) < len(axes):
        raise GradstepError("the axes are two different numbers", hint="name another one")


def _check(experiment: Experiment, axis: Coordinate, kinds: tuple[str, ...]) -> None:
    """Raise `GradstepError` where an axis is not along one number of such a leaf."""
    graph = experiment.graph
    node = graph[axis.node]
    what = " or ".join("an input" if kind == "data" else f"a {kind}" for kind in kinds)
    if node.kind not in kinds or node.literal is not None:
        raise GradstepError(f"'{node.name}' is not {what}", hint="choose one of the leaves")
    values = experiment.data[node.name][0] if node.kind == "data" else experiment.leaves[node.name]
    fits = len(axis.index) == values.ndim and all(
        0 <= i < n for i, n in zip(axis.index, values.shape, strict=True)
    )
    if not fits:
        raise GradstepError(
            f"'{node.name}' has {values.size} numbers: choose one of them"
            if values.ndim
            else f"'{node.name}' is one number",
            hint=f"like  {node.name}[{', '.join('0' * values.ndim)}]" if values.ndim else "",
        )
    if not (np.isfinite([axis.low, axis.high]).all() and axis.low < axis.high):
        raise GradstepError(f"the axis of '{node.name}' runs from {axis.low:g} to {axis.high:g}")
