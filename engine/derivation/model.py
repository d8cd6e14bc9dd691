"""A derivation as data: symbols, each factor's own formula, numbers, and how they add up.

May import: explain, matrices.   Imported by: the rest of this room.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.derivation.matrices import Matrix
from engine.explain import Factor, Level
from engine.ops import Array


@dataclass(frozen=True, eq=False)
class Way:
    """One path down to the target, for the element that was asked about."""

    nodes: tuple[int, ...]
    names: tuple[str, ...]
    """What these are called, from what is derived down to the target."""
    symbols: str
    """``∂loss/∂g · ∂g/∂h · ∂h/∂w1``"""
    formula: str
    """Each factor's own formula: ``−2/N · (y − g) · w2 · x``"""
    factors: tuple[Factor, ...]
    terms: Array | None
    """The product for each sample of the batch, where `product` is their sum."""
    product: Array | None
    """What this path contributes; one number for a scalar or a chosen element."""
    summed: bool
    """Whether the product is a sum: over samples, or over what broadcasting spread."""

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The factors as single numbers, where these are all there is to multiply."""
        values = [f.value for f in self.factors]
        if self.product is None or any(v is None or np.size(v) != 1 for v in values):
            return None
        found = tuple(float(np.reshape(v, -1)[0]) for v in values if v is not None)
        return found if same(np.asarray(np.prod(found)), self.product) else None


@dataclass(frozen=True, eq=False)
class Arrival:
    """One contribution to the gradient, as it arrives along an edge of the graph."""

    through: str
    """The node that it comes from."""
    waits: tuple[str, ...]
    """Those of the others' nodes that are made of this one: only when they have sent their own is
    this one's gradient complete."""
    symbols: str
    """``Σ ∂loss/∂(w1 * x) · x``; of a matrix product ``xᵀ @ ∂loss/∂z``"""
    rule: str
    """The op's rule in words."""
    event: int | None
    """The event of the iteration, counted from 1, where it is one of the backward pass."""
    value: Array | None
    total: Array | None
    """The gradient so far, this one included."""
    matrices: tuple[Matrix, Matrix] | None
    """Of a contribution that is a product of two matrices: these."""
    crossing: tuple[int, int] | None
    """Of one element the row of the first and the column of the second that meet in it."""


@dataclass(frozen=True)
class Term:
    """One product of the sum that an element's gradient is."""

    symbols: str
    """``∂loss/∂z[3, 1] · x[3, 0]``"""
    upstream: float
    slope: float
    sample: int | None
    """The sample that it belongs to, from 0."""

    @property
    def product(self) -> float:
        return self.upstream * self.slope


@dataclass(frozen=True, eq=False)
class Shares:
    """A gradient of a batch as the sum of what its samples contribute."""

    samples: Array
    """One row (one number for a scalar or an element) for each sample."""
    rest: Array
    """What is no sample's: of a penalty on the weights, say."""
    rows: tuple[int, ...]
    """Where each sample stands in the data, from 0."""

    @property
    def lengths(self) -> Array | None:
        """Of an array's gradient how long each share is (Euclidean norm); None of one number's."""
        if self.samples.ndim == 1:
            return None
        with np.errstate(all="ignore"):
            return np.sqrt((self.samples.reshape(len(self.samples), -1) ** 2).sum(axis=1))

    def along(self, gradient: Array) -> tuple[Array, float]:
        """The shares as single numbers that add up with the rest, the second one.

        Of one number's gradient they are the shares themselves; of an array's, how far each goes
        along the gradient: all together its length.
        """
        if self.samples.ndim == 1:
            return self.samples, float(self.rest)
        with np.errstate(all="ignore"):
            length = float(np.sqrt((gradient**2).sum()))
            ray = gradient.reshape(-1) / length if length else np.zeros(gradient.size)
            flat = self.samples.reshape(len(self.samples), -1)
            return flat @ ray, float(self.rest.reshape(-1) @ ray)


@dataclass(frozen=True, eq=False)
class Derivation:
    """∂of/∂target by the chain rule: in symbols, in formulas, in numbers."""

    target: str
    """``w1``, ``W[0, 2]``"""
    symbol: str
    """``∂loss/∂W[0, 2]``"""
    node_symbol: str
    """The same for the whole node: ``∂loss/∂W``"""
    level: Level
    ways: tuple[Way, ...]
    """The paths, at most `LIMIT` of them: then the largest, largest first."""
    others: int
    """How many paths there are beyond those."""
    rest: Array | None
    """What the others contribute together: all that the gradient has beyond the ways."""
    arrivals: tuple[Arrival, ...]
    """The edges along which the gradient arrives at the target, in the order of the trace."""
    terms: tuple[Term, ...]
    """Of one number that goes into a matrix product or the like: its own sum of products."""
    shares: Shares | None
    """None where the batch has one sample, or one element of `of` was asked about."""
    values: tuple[tuple[str, Array], ...]
    """What the formulas of the factors read, and the numbers along the paths, by name, as far as
    they are computed."""
    gradient: Array | None
    """None while it is not computed."""
    samples: int
    """How many samples the batch has."""
    address: str = ""
    """The event at which it was asked for."""
    alone: int | None = None
    """The sample, from 0, whose share it is; None of the whole batch."""


def same(a: Array, b: Array) -> bool:
    """Whether two ways to compute a number agree, but for rounding."""
    a, b = np.broadcast_arrays(a, b)
    size = float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
    return bool(np.allclose(a, b, rtol=1e-9, atol=1e-12 * size, equal_nan=True))
