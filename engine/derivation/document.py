"""A derivation as a document: what stands in it and in which order, for every writer alike.

A writer (`text`, `markdown`, `latex`, or a front end of its own) goes through the blocks and says
how each kind of them looks. May import: derivation.model, derivation.parts.
Imported by: the writers, the room's face.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.derivation.model import Arrival, Derivation, Way
from engine.derivation.parts import (
    Right,
    Show,
    Table,
    arrival_table,
    factors,
    grid,
    numbers,
    rest_line,
    sample_table,
    share_table,
    size_text,
    steps,
    sum_line,
    symbols_of_all,
    term_table,
    together,
    value_of,
)

NO_PATH = "no path leads there"


@dataclass(frozen=True)
class Heading:
    """What is derived, what it comes to, and where."""

    symbol: str
    value: str
    """The number, or a few of them; of a matrix its size."""
    is_size: bool
    address: str
    alone: int | None
    """The sample, from 0, whose share it is."""

    @property
    def where(self) -> str:
        """What comes behind the address."""
        return f", sample {self.alone + 1} alone" if self.alone is not None else ""


@dataclass(frozen=True)
class Title:
    """What the next blocks are about."""

    text: str


@dataclass(frozen=True)
class Equation:
    """One left-hand side, and right-hand sides that all equal it, a line each."""

    left: str
    """Empty where a title has said it."""
    right: tuple[Right, ...]
    sign: str = "="
    """What stands before each line but the first: with ``+`` they are one sum."""


@dataclass(frozen=True)
class Factors:
    """The factors of all paths: (symbol, formula, numbers or None)."""

    rows: tuple[tuple[str, str, Right | None], ...]


@dataclass(frozen=True)
class Values:
    """What the formulas read: (name, numbers)."""

    rows: tuple[tuple[str, Right], ...]


@dataclass(frozen=True)
class Words:
    """A paragraph; what stands between backticks are symbols."""

    text: str


@dataclass(frozen=True)
class Rule:
    """How the op that the gradient comes from sends it on."""

    left: str
    right: str


Block = Heading | Title | Equation | Factors | Values | Words | Rule | Table


def document(derivation: Derivation, show: Show) -> tuple[Block, ...]:
    """The blocks of a derivation, the heading first; `show` says how a number looks."""
    return tuple(_blocks(derivation, show))


def _blocks(derivation: Derivation, show: Show) -> Iterator[Block]:
    gradient = derivation.gradient
    large = gradient is not None and gradient.ndim > 1
    if not derivation.ways:
        yield Heading(derivation.symbol, "0", False, derivation.address, derivation.alone)
        yield Words(NO_PATH)
        return
    value = size_text(gradient) if large and gradient is not None else numbers(gradient, show)
    yield Heading(derivation.symbol, value, large, derivation.address, derivation.alone)
    yield from _chain(derivation, show)
    yield from _products(derivation, show)
    yield Title("factors")
    yield Factors(factors(derivation, show))
    if derivation.values:
        yield Title("with these values")
        yield Values(tuple((name, value_of(value, show)) for name, value in derivation.values))
    yield from _additions(derivation, show)
    table = share_table(derivation, show)
    if table is not None:
        yield Title("by sample, the largest share first")
        yield table


def _chain(derivation: Derivation, show: Show) -> Iterator[Block]:
    """The chain rule: all paths in one equation, or path by path."""
    whole = together(derivation, show)
    if whole is not None:
        yield Equation(derivation.symbol, whole)
        return
    if len(derivation.ways) == 1 and not derivation.others:
        yield from _way(derivation, derivation.ways[0], derivation.symbol, show)
        return
    yield Equation(derivation.symbol, symbols_of_all(derivation), "+")
    for k, way in enumerate(derivation.ways, 1):
        yield Title(f"path {k}:  {' ← '.join(way.names)}")
        yield from _way(derivation, way, "", show)
    if rest := rest_line(derivation, show):
        yield Words(rest)
    if right := sum_line(derivation, show):
        yield Title("all paths together")
        yield Equation(derivation.symbol, right)


def _way(derivation: Derivation, way: Way, symbol: str, show: Show) -> Iterator[Block]:
    yield Equation(symbol, steps(way, show))
    table = sample_table(way, show, derivation.alone)
    if table is not None:
        yield table


def _additions(derivation: Derivation, show: Show) -> Iterator[Block]:
    """How contributions add up, why they add, and why they come in this order."""
    arrivals = derivation.arrivals
    if len(arrivals) < 2:
        return
    yield Title("contributions add up")
    yield arrival_table(derivation, show)
    name = derivation.target
    yield Words(
        f"Why they add: `{name}` is read in {len(arrivals)} places. When it moves a little, each of"
        " them moves what is derived by its own contribution, and small moves add: so every"
        " contribution is added (+=) when it arrives."
    )
    yield Words(_order(arrivals))


def _order(arrivals: tuple[Arrival, ...]) -> str:
    """Why contributions come in the order in which they do, said of those that are there."""
    waiting = next((a for a in reversed(arrivals) if a.waits), None)
    if waiting is None:
        return (
            "Why in this order: it is that of the forward pass, backwards. None of these is made"
            " of another, so here any order would do."
        )
    others = " and ".join(f"`{name}`" for name in waiting.waits)
    verb = "is" if len(waiting.waits) == 1 else "are"
    return (
        f"Why in this order: {others} {verb} made of `{waiting.through}`, so the gradient of"
        f" `{waiting.through}` is complete, and can flow on, only when {others} sent back a share"
        " of it. The backward pass takes the graph in reverse topological order: first what was"
        " computed last."
    )


def _products(derivation: Derivation, show: Show) -> Iterator[Block]:
    """Of a matrix product its rule with both matrices, of an element its own sum of products."""
    table = term_table(derivation, show)
    if table is not None:
        yield Title("as a sum of products")
        yield table
    arrivals = derivation.arrivals
    if len(arrivals) == 1:
        yield Rule(derivation.node_symbol, arrivals[0].symbols)
    for arrival in arrivals:
        if arrival.matrices is not None:
            left, right = arrival.matrices
            row, column = arrival.crossing or (None, None)
            yield Equation(left.name, (grid(left.array, show, row=row),))
            yield Equation(right.name, (grid(right.array, show, column=column),))
