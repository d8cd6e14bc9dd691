"""What flows through a graph as the layers are looked for, and how arrays of it are laid out.

May import: ops, shapes, model.   Imported by: finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.network.model import Connection, Layout
from engine.ops import Array
from engine.shapes import Shape, sample_axis


@dataclass(frozen=True)
class Raw:
    """Made of data and numbers alone: an input, if weights ever multiply it."""

    node: int


@dataclass(frozen=True)
class Units:
    """The units of layers, one layer after the other."""

    layers: tuple[int, ...]
    layout: Layout


@dataclass(frozen=True)
class Sum:
    """A weighted sum: the connections that it adds up, before their target is known."""

    connections: tuple[Connection, ...]
    biases: tuple[tuple[int, int], ...]
    nodes: tuple[int, ...]
    layouts: tuple[Layout, ...]
    units: int

    @property
    def layout(self) -> Layout:
        return self.layouts[-1]


@dataclass(frozen=True)
class Mixed:
    """Made of units, but no longer consisting of them."""

    node: int
    """The op that mixed them first."""
    layers: frozenset[int]
    """The layers with weights that it is made of."""


Signal = Raw | Units | Sum | Mixed


@dataclass(frozen=True)
class Product:
    """Weights times units."""

    below: Layout
    """How the units are laid out, and how the product is."""
    above: Layout
    view: Callable[[Array], Array]
    """The weights as (units below, units above)."""
    units: int


def size_of(shape: Shape) -> int:
    total = 1
    for n in shape:
        total *= n
    return total


def layout_around(shape: Shape, units: int | None) -> Layout | None:
    """The layout of an array whose units lie on this axis; None where samples do."""
    marked = sample_axis(shape)
    if units is not None and marked == units:
        return None
    rest = [axis for axis in range(len(shape)) if axis != units]
    return Layout(rest[0] if rest else None, units)


def product_layout(rank: int, weights: int, position: int) -> Layout:
    """How ``x @ W`` (position 0) or ``W @ x`` (position 1) is laid out, by the ranks of both."""
    if position == 0:
        return Layout(0 if rank == 2 else None, (rank - 1) if weights == 2 else None)
    if weights == 2:
        return Layout(1 if rank == 2 else None, 0)
    return Layout(0 if rank == 2 else None, None)


def as_matrix(array: Array) -> Array:
    return array.reshape(-1, 1) if array.ndim == 1 else array


def as_swapped_matrix(array: Array) -> Array:
    return array.reshape(-1, 1) if array.ndim == 1 else array.T
