"""What an experiment offers to plots: its inputs and its parameters, number by number.

May import: engine's public face, views.scene, numpy.   Imported by: the other modules of
views.plots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from engine import (
    Coordinate,
    Debugger,
    Replica,
    Roles,
    TargetError,
    by_itself,
    parse_target,
    roles_of,
)
from tui.views.scene import Scene

Array = np.ndarray[Any, np.dtype[Any]]

Over = Literal["inputs", "parameters"]
"""What an axis is along; constants count as parameters."""

MOST_INPUTS = 64
"""Inputs of a sample that can be told apart by name; more are an image or the like."""


@dataclass(frozen=True)
class Place:
    """One number of a leaf: of data, one of every sample's."""

    node: int
    index: tuple[int, ...] = ()

    def along(self, low: float, high: float) -> Coordinate:
        """An axis along it."""
        return Coordinate(self.node, self.index, low, high)


@dataclass(frozen=True, eq=False)
class Subject:
    """The parts of one experiment that plots are about."""

    debugger: Debugger
    _separate: dict[int, bool] = field(default_factory=dict[int, bool])

    @cached_property
    def roles(self) -> Roles:
        """Inputs, targets, output and hidden layers."""
        return roles_of(self.debugger.experiment)

    def separate(self, output: int) -> bool:
        """Whether the output of a sample depends on that sample alone."""
        if output not in self._separate:
            self._separate[output] = by_itself(self.debugger.experiment, output)
        return self._separate[output]

    @cached_property
    def inputs(self) -> tuple[Place, ...]:
        """Every number of a sample that the output is computed from; none where they are many."""
        places: list[Place] = []
        for node in self.roles.inputs:
            shape = self.column(node).shape[1:]
            if len(places) + int(np.prod(shape, dtype=int)) > MOST_INPUTS:
                return ()
            places += [Place(node, index) for index in np.ndindex(*shape)]
        return tuple(places)

    @cached_property
    def parameters(self) -> tuple[Place, ...]:
        """Trained numbers to choose from where none were named: single ones before elements, and
        those that multiply before those that are added."""
        graph, leaves = self.debugger.graph, self.debugger.experiment.leaves
        trained = self.debugger.run.storage.views
        nodes = [n for n in graph.parameters if n.id in trained]

        def adds(node: int) -> bool:
            ops = (graph[reader].op for reader in graph.consumers[node])
            return all(op is not None and op.name in ("add", "sub") for op in ops)

        ranked = sorted(nodes, key=lambda n: (leaves[n.name].size > 1, adds(n.id)))
        places: list[Place] = []
        for node in ranked:
            shape = leaves[node.name].shape
            some = (Place(node.id, index) for index in np.ndindex(*shape))
            places += [place for place, _ in zip(some, range(4), strict=False)]
            if len(places) > 4:
                break
        return tuple(places)

    @cached_property
    def target(self) -> Place | None:
        """The one number of a sample that the output is compared with; None where it is not one."""
        columns = [node for node in self.roles.targets if self.column(node).size == self.samples]
        return Place(columns[0], (0,) * (self.column(columns[0]).ndim - 1)) if columns else None

    @property
    def samples(self) -> int:
        """How many samples there are to train on."""
        return self.debugger.experiment.samples

    def said(self, scene: Scene, output: int) -> Array:
        """The output for every sample to train on, at the cursor's parameters."""
        experiment, record = self.debugger.experiment, scene.state.record

        def make() -> Replica:
            return Replica.of_samples(experiment, np.arange(self.samples), [output])

        def compute() -> Array:
            replica = scene.memory.by("every sample", (experiment, output), make)
            replica.take(record.leaves)
            replica.compute()
            return replica[output].copy()

        stamp = (self.debugger.run, record.step, output)
        return scene.memory.by("said of every sample", stamp, compute)

    # --- what is lacking -----------------------------------------------------------------------

    def lacking_output(self) -> tuple[str, ...]:
        """Why the output is no function of the inputs; nothing where it is one."""
        if not self.samples:
            return ("there are no data", "a [data] section gives an experiment samples")
        output = self.roles.output
        if output is None:
            return ("there is no output", "no formula between data and loss has a row a sample")
        if not self.separate(output):
            name = self.debugger.graph[output].name
            return (f"{name} of a sample depends on the whole batch", "so it has no curve")
        return ()

    def lacking_inputs(self, wanted: int) -> tuple[str, ...]:
        """Why the inputs do not span so many axes by themselves; nothing where they do."""
        if len(self.inputs) == wanted:
            return ()
        numbers = sum(self.column(node)[0].size for node in self.roles.inputs)
        kind = "fit" if wanted == 1 else "boundary"
        has = f"needs {wanted}-D data: a sample has {numbers} numbers" + (" here" * (numbers < 2))
        if len(self.inputs) < wanted:
            other = "fit" if len(self.inputs) == 1 else "loss"
            return (has, f":plot {other} shows what there is")
        names = " ".join(self.name(place) for place in self.inputs[:wanted])
        return (has, f":plot {kind} {names} shows a slice, the others at their mean")

    def held(self, axes: int) -> tuple[str, ...]:
        """What has to be said of the inputs that are no axis."""
        return ("the other inputs at their mean",) if len(self.inputs) != axes else ()

    # --- names and values ----------------------------------------------------------------------

    def column(self, node: int) -> Array:
        """The samples to train on, of one data column."""
        return self.debugger.experiment.data[self.debugger.graph[node].name]

    def values(self, place: Place) -> Array:
        """One number of every sample."""
        return self.column(place.node)[(slice(None), *place.index)]

    def name(self, place: Place) -> str:
        """As it is written: ``w1``, ``W[0, 2]``; of data ``x[1]``."""
        index = ", ".join(map(str, place.index))
        return f"{self.debugger.graph[place.node].name}" + (f"[{index}]" if index else "")

    def chosen(
        self, texts: Sequence[str], over: Over, otherwise: Sequence[Place] = ()
    ) -> tuple[Place, ...]:
        """The numbers that were named, or else those. Raises `TargetError`."""
        places = tuple(self.named(text, over) for text in texts)
        if len(set(places)) < len(places):
            raise TargetError("the axes are two different numbers", hint="name another one")
        return places or tuple(otherwise)

    def named(self, text: str, over: Over) -> Place:
        """The input or the parameter that a person means. Raises `TargetError`."""
        graph = self.debugger.graph
        # Of data an index counts the numbers of one sample.
        shapes = tuple(
            self.column(n.id).shape[1:] if n.kind == "data" else shape
            for n, shape in zip(graph.nodes, self.debugger.state.record.shapes, strict=True)
        )
        target = parse_target(text, graph, shapes)
        node = graph[target.node]
        if target.what != "value" or node.kind == "op":
            raise TargetError(f"'{text}' is computed", hint=f"name one of the {over}")
        if (node.kind == "data") != (over == "inputs"):
            raise TargetError(f"'{text}' is none of the {over}", hint=f"it is {node.kind}")
        size = int(np.prod(shapes[target.node], dtype=int))
        if size > 1 and not target.index:
            example = Place(target.node, (0,) * len(shapes[target.node]))
            raise TargetError(
                f"'{node.name}' has {size} numbers: choose one of them",
                hint=f"like  {self.name(example)}",
            )
        return Place(target.node, target.index)


def spread(values: Array, share: float = 0.1) -> tuple[float, float]:
    """From a little below the least number to a little above the greatest."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return -1.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    room = share * (high - low) or max(abs(low), 1.0) / 2
    return low - room, high + room
