"""A derivation as data: symbols, each factor's own formula, numbers, and how they add up.

May import: explain, influence, graph, notation, ops, shapes, trace, why.
Imported by: the rest of this room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.derivation.elements import op_at
from engine.derivation.reverse import Reverse
from engine.explain import Factor, Level, Path, paths_from
from engine.notation import MATH
from engine.ops import Array
from engine.shapes import Samples
from engine.trace import State
from engine.why.moment import OpAt
from engine.why.targets import Target, element

LIMIT = 8
"""How many paths are told one by one; the rest is one line."""


@dataclass(frozen=True, eq=False)
class Way:
    """One path down to the target, for the element that was asked about."""

    nodes: tuple[int, ...]
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
        return found if _same(np.asarray(np.prod(found)), self.product) else None


@dataclass(frozen=True, eq=False)
class Arrival:
    """One contribution to the gradient, as it arrives along an edge of the graph."""

    through: str
    """The node that it comes from."""
    symbols: str
    """``Σ ∂loss/∂(w1 * x) · x``; of a matrix product ``xᵀ @ ∂loss/∂z``"""
    rule: str
    """The op's rule in words."""
    event: int | None
    """The event of the iteration, counted from 1, where it is one of the backward pass."""
    value: Array | None
    total: Array | None
    """The gradient so far, this one included."""


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


@dataclass(frozen=True, eq=False)
class Derivation:
    """∂of/∂target by the chain rule: in symbols, in formulas, in numbers."""

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
    gradient: Array | None
    """None while it is not computed."""
    samples: int
    """How many samples the batch has."""
    address: str = ""
    """The event at which it was asked for."""


def derive(
    state: State,
    target: Target,
    of: Target | None = None,
    level: Level = "formula",
    limit: int = LIMIT,
    address: str = "",
) -> Derivation:
    """Derive ∂of/∂target at an event, as far as its numbers are computed there.

    `of` is by default the loss. Of a node with more than one number that is the sum of them all,
    of an element that one alone. Only nodes and indices of the two targets count.
    """
    graph, shapes = state.graph, state.record.shapes
    above = Target("value", graph.loss) if of is None else of
    weights = np.zeros(shapes[above.node]) if above.index else np.ones(shapes[above.node])
    weights[above.index] = 1.0
    reverse = Reverse(state, above.node, weights, target.node)
    gradient = _picked(reverse.gradient(target.node), target.index)
    found, omitted = paths_from(state, above.node, weights, target.node, level)
    known = gradient is not None
    ways = [_way(state, above, target, path, known) for path in found]
    if len(ways) > limit and known:
        ways.sort(key=lambda way: -_size(way.product))
    others, ways = omitted + max(0, len(ways) - limit), ways[:limit]
    rest = None
    if known and others:
        rest = np.asarray(gradient - sum(way.product for way in ways if way.product is not None))
    return Derivation(
        symbol=f"∂{_above_name(state, above)}/∂{element(graph, target.node, target.index)}",
        node_symbol=f"∂{_above_name(state, above)}/∂{element(graph, target.node)}",
        level=level,
        ways=tuple(ways),
        others=others,
        rest=rest,
        arrivals=_arrivals(reverse, above, target),
        terms=_terms(reverse, above, target),
        shares=None if above.index else _shares(reverse, target),
        gradient=gradient,
        samples=len(state.record.samples),
        address=address,
    )


def _above_name(state: State, above: Target) -> str:
    """What is derived: a node or an element, or all numbers of a node together."""
    name = element(state.graph, above.node, above.index)
    return name if above.index or not state.record.shapes[above.node] else f"(Σ {name})"


def _picked(array: Array | None, index: tuple[int, ...]) -> Array | None:
    return None if array is None else np.asarray(np.asarray(array)[index])


def _size(array: Array | None) -> float:
    """The largest magnitude; nan counts as the largest of all."""
    size = float(np.abs(array).max()) if array is not None and array.size else 0.0
    return np.inf if np.isnan(size) else size


# --- paths --------------------------------------------------------------------------------------


def _way(state: State, above: Target, target: Target, path: Path, known: bool) -> Way:
    shapes = state.record.shapes
    shape = shapes[target.node]
    factors = _of_element(path.factors, shape, target.index)
    terms = path.terms if path.per_sample and known else None
    if terms is not None and target.index:
        terms = terms[(slice(None), *target.index)] if terms.shape[1:] == shape else None
    summed = np.size(_of(path.terms)) > np.size(_of(path.product))
    if above.index and all(_has_samples(shapes[node]) for node in path.nodes[:-1]):
        # The samples stay apart on this path: only the one that was asked about counts.
        factors = tuple(_of_sample(f, above.index[0]) for f in factors)
        terms, summed = None, False
    elif terms is not None and not _multiply_to(factors, terms):
        terms = None  # a sum further up has mixed the samples
    return Way(
        nodes=path.nodes,
        symbols=" · ".join(f.symbol for f in factors) or "1",
        formula=composed(factors),
        factors=factors,
        terms=None if terms is None else np.asarray(terms),
        product=_picked(path.product, target.index) if known else None,
        summed=summed,
    )


def _of(array: Array | None) -> Array:
    return np.zeros(()) if array is None else np.asarray(array)


def _has_samples(shape: tuple[int, ...]) -> bool:
    return len(shape) > 0 and isinstance(shape[0], Samples)


def _multiply_to(factors: Sequence[Factor], terms: Array) -> bool:
    """Whether the factors of each sample multiply to its term; maps are taken at their word."""
    product: Array = np.ones(())
    for factor in factors:
        if factor.value is None:
            return True
        value = np.asarray(factor.value)
        if factor.per_sample and value.ndim:
            value = value.reshape(value.shape + (1,) * (terms.ndim - value.ndim))
        with np.errstate(all="ignore"):
            product = product * value
    return _same(product, terms)


def _same(a: Array, b: Array) -> bool:
    """Whether two ways to compute a number agree, but for rounding."""
    a, b = np.broadcast_arrays(a, b)
    size = float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
    return bool(np.allclose(a, b, rtol=1e-9, atol=1e-12 * size, equal_nan=True))


def _of_sample(factor: Factor, sample: int) -> Factor:
    """A factor with the numbers of one sample."""
    if factor.value is None or not factor.per_sample or not np.ndim(factor.value):
        return factor
    return replace(factor, value=np.asarray(factor.value[sample]))


def _of_element(
    factors: Sequence[Factor], shape: tuple[int, ...], index: tuple[int, ...]
) -> tuple[Factor, ...]:
    """Factors with only the numbers that belong to an element of the target.

    Those are known below the last linear map: from there on number goes with number.
    """
    maps = [k for k, factor in enumerate(factors) if factor.expression is None]
    start = maps[-1] + 1 if maps else 0
    found = list(factors)
    for k in range(start, len(factors)) if index else ():
        value = factors[k].value
        if value is None:
            continue
        if value.shape == shape:
            found[k] = replace(factors[k], value=np.asarray(value[index]))
        elif factors[k].per_sample and value.shape[1:] == shape:
            found[k] = replace(factors[k], value=np.asarray(value[(slice(None), *index)]))
    return tuple(found)


def composed(factors: Sequence[Factor]) -> str:
    """The formulas of factors as one: multiplied, or put in where a linear map takes them."""
    text = ""
    for factor in factors:
        if factor.expression is None:
            inner = text or "1"
            text = factor.text.replace("(·)", inner if _tight(inner) else f"({inner})")
        elif not text:
            text = factor.text
        else:
            left = text if _multiplies(text) else f"({text})"
            alone = _multiplies(factor.text) and not factor.text.startswith("−")
            right = factor.text if alone else f"({factor.text})"
            text = f"{left} · {right}"
    return text or "1"


def _outside(text: str) -> str:
    """What stands outside of all parentheses and brackets."""
    depth, kept = 0, []
    for sign in text:
        depth -= sign in ")]"
        if depth == 0:
            kept.append(sign)
        depth += sign in "(["
    return "".join(kept)


def _multiplies(text: str) -> bool:
    """Whether a text can stand as it is in a product."""
    outside = _outside(text)
    return not any(sign in outside for sign in (" + ", " − ", " - ", " @ ", " > ", " == ", "Σ"))


def _tight(text: str) -> bool:
    """Whether a text can stand as it is next to any operator."""
    return " " not in _outside(text) and not text.startswith("−")


# --- edges --------------------------------------------------------------------------------------


def _arrivals(reverse: Reverse, above: Target, target: Target) -> tuple[Arrival, ...]:
    """Every contribution to the target's gradient, with the sum so far."""
    state, graph = reverse.state, reverse.graph
    name = _above_name(state, above)
    steps = state.listing.gradient_steps.get(target.node, ()) if above.node == graph.loss else ()
    found: list[Arrival] = []
    total: Array | None = None
    for k, edge in enumerate(reverse.edges(target.node)):
        source = graph[edge.source]
        assert source.op is not None
        rule, upstream = reverse.rule(edge), reverse.gradient(edge.source)
        value = None
        if steps:
            value = state.record.contributions[steps[k] - 1] if steps[k] <= state.index else None
        elif upstream is not None:
            value = reverse.arriving(edge, upstream, rule)
        value = _picked(value, target.index)
        if value is not None:
            total = value if total is None else np.asarray(total + value)
        found.append(
            Arrival(
                through=source.name,
                symbols=MATH.write(rule, lambda n: graph[n].name, name),
                rule=source.op.words[edge.operand],
                event=steps[k] if steps else None,
                value=value,
                total=None if value is None else total,
            )
        )
    return tuple(found)


def _terms(reverse: Reverse, above: Target, target: Target) -> tuple[Term, ...]:
    """The sum of products behind one number, where an op that mixes numbers reads it."""
    state, graph, shapes = reverse.state, reverse.graph, reverse.shapes
    edges = reverse.edges(target.node)
    ops = [graph[edge.source].op for edge in edges]
    one = bool(target.index) or not shapes[target.node]
    if not one or all(op is None or op.elementwise for op in ops):
        return ()
    found: list[Term] = []
    for edge in edges:
        upstream = reverse.gradient(edge.source)
        if upstream is None:
            return ()
        at = op_at(state, edge.source)
        places, slopes = at.column(edge.operand, target.index)
        for place, slope in zip(places, slopes, strict=True):
            index = tuple(int(i) for i in np.unravel_index(int(place), shapes[edge.source]))
            found.append(
                Term(
                    symbols=_term_symbols(reverse, above, at, edge.operand, target.index, index),
                    upstream=float(np.asarray(upstream)[index]),
                    slope=float(slope),
                    sample=_sample(shapes[edge.source], index),
                )
            )
    return tuple(found)


def _term_symbols(
    reverse: Reverse,
    above: Target,
    at: OpAt,
    operand: int,
    index: tuple[int, ...],
    out: tuple[int, ...],
) -> str:
    graph = reverse.graph
    flowing = f"∂{_above_name(reverse.state, above)}/∂{element(graph, at.node, out)}"
    partner = at.partner(operand, index, out)
    if partner is not None and partner[2] == 1.0:
        return f"{flowing} · {element(graph, at.operands[partner[0]], partner[1])}"
    below = element(graph, at.operands[operand], index)
    return f"{flowing} · ∂{element(graph, at.node, out)}/∂{below}"


def _sample(shape: Sequence[int], index: tuple[int, ...]) -> int | None:
    return next((i for i, n in zip(index, shape, strict=True) if isinstance(n, Samples)), None)


def _shares(reverse: Reverse, target: Target) -> Shares | None:
    found = reverse.shares()
    if found is None:
        return None
    samples, rest = found
    return Shares(
        samples=np.asarray(samples[(slice(None), *target.index)]),
        rest=np.asarray(rest[target.index]),
        rows=reverse.state.record.samples,
    )
