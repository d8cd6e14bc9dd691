"""An experiment: everything that determines a run, checked, and nothing in it changes.

Same experiment, same gradstep, same NumPy: the same bits. `reading` makes one from a TOML file.
May import: data, graph, optimizers, schedules, shapes.   Imported by: reading, and every room that
runs or explains one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine.data import Batches, Opener, opened
from engine.graph import Graph, infer_shapes
from engine.optimizers import Optimizer, Rule
from engine.schedules import Schedule
from engine.shapes import Samples, Shape

Array = np.ndarray[Any, np.dtype[np.float64]]

MAX_VALUES = 2**26
"""How many numbers all values of an iteration may hold together: half a gibibyte."""


@dataclass(frozen=True)
class Clip:
    """Gradients clipped before the update: together by their norm, or each number by value."""

    kind: Literal["norm", "value"]
    limit: float

    @property
    def words(self) -> str:
        """The rule for a reader, with g for all trained gradients together."""
        if self.kind == "norm":
            return f"g ← g · min(1, {self.limit:g} / (‖g‖ + 1e-6))"
        return f"g ← min(max(g, −{self.limit:g}), {self.limit:g})"


@dataclass(frozen=True, eq=False)
class Training:
    """How the parameters are trained. `options` holds the optimizer's own, learning rate too."""

    optimizer: Optimizer
    options: Mapping[str, Any]
    batches: Batches
    epochs: int
    seed: int
    schedule: Schedule | None = None
    clip: Clip | None = None

    @cached_property
    def rule(self) -> Rule:
        """The update rule for these options."""
        return self.optimizer.rule(self.options)


@dataclass(frozen=True)
class Source:
    """What an experiment was read from."""

    text: str
    """The file as it was written."""
    folder: Path
    """Where the files that it names are looked for."""
    overrides: tuple[str, ...] = ()
    """``key.path=value`` texts that were applied to it, the seed's last."""
    open_file: Opener = opened
    """Opens its data file."""


@dataclass(frozen=True, eq=False)
class Experiment:
    """Everything that determines a run, checked; nothing in it changes afterwards."""

    name: str
    title: str
    about: str
    document: Mapping[str, Any]
    """The TOML document that it was made from, with overrides applied."""
    graph: Graph
    leaves: Mapping[str, Array]
    """Initial parameters and constants by name; read-only arrays."""
    data: Mapping[str, Array]
    """Data columns to train on, by name, the first axis counting samples; read-only arrays."""
    test_data: Mapping[str, Array]
    """The same columns of the samples kept back by test_fraction; empty without it."""
    classes: Mapping[str, tuple[str, ...]]
    """The labels behind the numbers of class columns."""
    statistics: Mapping[str, tuple[Array, Array]]
    """(means, deviations) of standardized columns, over the samples to train on."""
    training: Training
    source: Source

    @property
    def data_file(self) -> Path | None:
        """The file that its data were read from, if they were."""
        return _data_file(self.document.get("data", {}), self.source.folder)

    @property
    def samples(self) -> int:
        """How many samples there are to train on; 0 without data."""
        return self.training.batches.samples

    def shapes(self, batch: int) -> tuple[Shape, ...]:
        """The shape of every node for a batch of this size, the sample axis marked."""
        known = self._shapes.get(batch)
        if known is None:
            known = self._shapes[batch] = infer_shapes(self.graph, self._leaf_shapes(batch))
        return known

    @cached_property
    def _shapes(self) -> dict[int, tuple[Shape, ...]]:
        """Those inferred so far: checking, the listing and the program ask for the same ones."""
        return {}

    def _leaf_shapes(self, batch: int) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {name: a.shape for name, a in self.leaves.items()}
        for name, column in self.data.items():
            shapes[name] = (Samples(batch), *column.shape[1:])
        return shapes


def _data_file(table: Mapping[str, Any], folder: Path) -> Path | None:
    """The file that a [data] table names."""
    named = (table[key] for key in ("csv", "npz") if isinstance(table.get(key), str))
    return next((folder / name for name in named), None)
