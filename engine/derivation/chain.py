"""∂of/∂target by the chain rule: every path with its factors, for the element that is asked about.

May import: composition, explain, ops, shapes, trace, why, and in this room contributions, model,
reverse.
Imported by: the room's face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.composition import composed
from engine.derivation.contributions import above_name, arrivals_of, picked, shares_of, terms_of
from engine.derivation.model import Derivation, Way, same
from engine.derivation.reverse import Reverse
from engine.explain import Factor, Level, Path, paths_from, used
from engine.ops import Array
from engine.shapes import Samples
from engine.trace import State
from engine.why.targets import Target, element

LIMIT = 8
"""How many paths are told one by one; the rest is one line."""


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
    alone = state.record.alone is not None and reverse.recorded
    if not alone:  # of the whole batch
        state = replace(state, record=replace(state.record, alone=None))
    gradient = picked(reverse.gradient(target.node), target.index)
    found, omitted = paths_from(state, above.node, weights, target.node, level, reverse.through)
    known = gradient is not None
    ways = [_way(state, above, target, path, known) for path in found]
    if len(ways) > limit and known:
        ways.sort(key=lambda way: -_size(way.product))
    others, ways = omitted + max(0, len(ways) - limit), ways[:limit]
    rest = None
    if known and others:
        rest = np.asarray(gradient - sum(way.product for way in ways if way.product is not None))
    name = element(graph, target.node, target.index)
    return Derivation(
        target=name,
        symbol=f"∂{above_name(state, above)}/∂{name}",
        node_symbol=f"∂{above_name(state, above)}/∂{element(graph, target.node)}",
        level=level,
        ways=tuple(ways),
        others=others,
        rest=rest,
        arrivals=arrivals_of(reverse, above, target, level),
        terms=terms_of(reverse, above, target, level),
        shares=None if above.index or alone else shares_of(reverse, target),
        values=_values(state, ways),
        gradient=gradient,
        samples=len(state.record.samples),
        address=address,
        alone=state.record.alone,
    )


def _values(state: State, ways: Sequence[Way]) -> tuple[tuple[str, Array], ...]:
    """What factors read, and the numbers along the paths, in the order of the graph."""
    read = {node for way in ways for factor in way.factors for node in factor.reads}
    read |= {node for way in ways for node in way.nodes if len(state.record.shapes[node]) < 2}
    known = (node for node in sorted(read) if state.value(node) is not None)
    return tuple((state.graph[node].name, used(state, node)) for node in known)


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
        names=tuple(element(state.graph, node) for node in path.nodes),
        symbols=" · ".join(f.symbol for f in factors) or "1",
        formula=composed(f.text for f in factors),
        factors=factors,
        terms=None if terms is None else np.asarray(terms),
        product=picked(path.product, target.index) if known else None,
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
    return same(product, terms)


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
