"""What a layered net consists of, and where the numbers of its units and edges are.

A layer is a group of units that are computed together: ``h = tanh(x @ W1 + b1)`` is one of as many
as W1 has columns, ``h = w1 * x + b1`` one of a single unit. Nothing here holds a number of the run:
arrays come in as the state has them and go out as views, rows of samples by columns of units.
May import: shapes, ops.   Imported by: finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.ops import Array


@dataclass(frozen=True)
class Layout:
    """Which axis of an array counts samples, and which one units; None where there is none."""

    samples: int | None
    units: int | None

    def matrix(self, array: Array) -> Array:
        """(samples, units): a view of an array that is laid out like this."""
        array = np.asarray(array)
        if self.samples is None:
            return array.reshape(1, -1)
        if self.units is None:
            return array.reshape(-1, 1)
        return array if self.samples < self.units else array.T


@dataclass(frozen=True)
class Layer:
    """Units that are computed together."""

    name: str
    units: int
    column: int
    """How many weighted edges lie at most between an input and these units."""
    nodes: tuple[int, ...]
    """What computes them, op by op; of an input the node itself. The last one is what the units
    show, the activation."""
    layouts: tuple[Layout, ...]
    """How each of these nodes is laid out."""
    sums: int | None
    """The node that is the weighted sum, the bias included; None of an input."""
    biases: tuple[tuple[int, int], ...] = ()
    """(node, sign) of what is added to the weighted sum: a number for each unit, or one for all."""

    @property
    def is_input(self) -> bool:
        return self.sums is None

    @property
    def node(self) -> int:
        """The activation."""
        return self.nodes[-1]

    def matrix(self, node: int, array: Array) -> Array:
        """(samples, units): the value or the gradient of one of the layer's nodes, as a view."""
        return self.layouts[self.nodes.index(node)].matrix(array)


@dataclass(frozen=True)
class Connection:
    """Edges from all units of one layer to all of another."""

    source: int
    """Index of a layer, as `target`."""
    target: int
    op: int
    """The node of the product, ``x @ W1``; of a connection that skips layers, of the sum."""
    operand: int
    """The node whose units it multiplies: the source's activation."""
    weights: int | None
    """The node of the weights; None where units are added as they are, each to its own."""
    sign: int = 1
    """-1 where what it gives is subtracted."""
    rows: tuple[int, int] = (0, 0)
    """Which rows of the weights belong to the source: all, unless layers were concatenated."""
    view: Callable[[Array], Array] = field(default=np.asarray, compare=False, repr=False)
    """The array of the weights as (units below, units above), before `rows` are taken."""
    layout: Layout = field(default=Layout(None, None), repr=False)
    """How the product is laid out."""
    source_layout: Layout = field(default=Layout(None, None), repr=False)
    """How the operand is laid out."""

    def matrix(self, array: Array) -> Array:
        """(units of the source, units of the target): the weights or their gradient, as a view.

        `array` has the shape of the node of the weights. The sign is not applied.
        """
        return self.view(np.asarray(array))[slice(*self.rows)]

    def share(self, operand: Array, upstream: Array, sample: int) -> Array:
        """What one sample contributes to the gradient of the weights: (source, target) units.

        `operand` is the value of the operand, `upstream` the gradient of the product.
        """
        below = self.source_layout.matrix(operand)
        above = self.layout.matrix(upstream)
        below = below[min(sample, len(below) - 1)][slice(*self.rows)]
        return np.outer(below, above[min(sample, len(above) - 1)])


@dataclass(frozen=True)
class Network:
    """A layered net."""

    layers: tuple[Layer, ...]
    """In the order in which they are computed; those of one column may stand side by side."""
    connections: tuple[Connection, ...]
    """In the order in which they are computed."""

    @property
    def columns(self) -> int:
        return 1 + max(layer.column for layer in self.layers)


@dataclass(frozen=True)
class Unlayered:
    """Why there is no layered net."""

    why: str
    """The end of a sentence: ``q @ k.T multiplies two computed values: neither is a weight``."""
    node: int | None = None
    """The node that is in the way, if there is one."""
