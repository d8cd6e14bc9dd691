"""A layered net: units in columns, and the weighted edges between them.

May import: the other models.   Imported by: the package, which says for whom.

Numbers are floats here: the drawing shows their size as well as their text. A layer of many units
comes as a window of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Phase, Row

Mark = Literal["dead", "silent"]
"""0 for the whole batch: without any gradient, or as far as gradients are computed."""

Unit = tuple[int, int]
"""(layer, unit), both from 0."""


@dataclass(frozen=True)
class LayerUnits:
    """The units of one layer."""

    name: str
    shown: str
    """What the numbers are: ``h``, ``x @ W1`` while that is all there is, ``∇h``."""
    column: int
    units: int
    first: int
    """The unit that the window starts with."""
    top: int
    """The unit to be shown first, where there is no room for all."""
    values: tuple[float | None, ...]
    """Of the units in the window; None while they are not computed."""
    marks: tuple[tuple[int, Mark], ...] = ()
    """(unit, mark) of those in the window that have one."""
    current: bool = False
    """Whether this event computes it."""
    known: bool = True
    """Whether units ever have such a number: no gradient flows to an input."""


@dataclass(frozen=True)
class Edges:
    """The edges from all units of a layer to all of another, in the windows of the two."""

    source: int
    """The layer that they come from, as `target` the one that they lead to."""
    target: int
    name: str
    """Of the weights: ``W1``."""
    numbers: tuple[tuple[float, ...], ...] | None
    """A row for each unit of the source; None while they are not computed."""
    largest: float
    """The largest magnitude of all of them, those outside the windows included; 0 if none is
    finite."""
    count: int
    """How many edges there are in all."""
    straight: bool = False
    """Whether each unit leads to its own one above only, without a weight."""
    active: bool = False
    """Whether something flows along them at this event."""


@dataclass(frozen=True)
class Edge:
    """One edge of the chosen unit, in numbers."""

    name: str
    """The unit at the other end, or a bias."""
    number: float | None
    """The weight, or its gradient."""
    other: float | None = None
    """What the unit at the other end shows."""
    product: float | None = None
    """What comes in along it: the weight times the activation below."""


@dataclass(frozen=True)
class UnitDetail:
    """The chosen unit, with its edges: those that matter most in front."""

    layer: int
    unit: int
    name: str
    value: float | None
    gradient: float | None
    has_gradient: bool
    incoming: tuple[Edge, ...]
    outgoing: tuple[Edge, ...]
    more_in: int = 0
    """Further edges that are not listed."""
    more_out: int = 0
    note: str = ""
    """A word on a unit that is dead or silent."""


@dataclass(frozen=True)
class NeuronsView:
    """The net at one event; without layers, why there are none."""

    layers: tuple[LayerUnits, ...]
    edges: tuple[Edges, ...]
    what: Literal["weights", "gradients"]
    """What edges and units show."""
    phase: Phase
    batch: bool = False
    """Whether they show the whole batch, or one sample."""
    note: str = ""
    """Which sample, or how many together."""
    chosen: UnitDetail | None = None
    nothing: tuple[Row, ...] = ()
    """What to say where there is no layered net."""

    @property
    def columns(self) -> int:
        return 1 + max((layer.column for layer in self.layers), default=-1)
