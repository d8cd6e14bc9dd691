"""How a gradient is a sum: of what arrives along edges, of products of numbers, of samples' shares.

May import: explain, notation, ops, shapes, trace, why, and in this room elements, matrices, model,
reverse.   Imported by: chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.derivation.elements import UPSTREAM, op_at
from engine.derivation.matrices import Matrix, arrived_product
from engine.derivation.model import Arrival, Shares, Term
from engine.derivation.reverse import Reverse
from engine.explain import Level
from engine.notation import MATH
from engine.ops import Array, Expr, Gradient
from engine.shapes import Samples
from engine.trace import State
from engine.why.moment import OpAt
from engine.why.targets import Target, element


def above_name(state: State, above: Target) -> str:
    """What is derived: a node or an element, or all numbers of a node together."""
    name = element(state.graph, above.node, above.index)
    return name if above.index or not state.record.shapes[above.node] else f"(Σ {name})"


def picked(array: Array | None, index: tuple[int, ...]) -> Array | None:
    return None if array is None else np.asarray(np.asarray(array)[index])


def arrivals_of(
    reverse: Reverse, above: Target, target: Target, level: Level
) -> tuple[Arrival, ...]:
    """Every contribution to the target's gradient, with the sum so far."""
    state, graph = reverse.state, reverse.graph
    name = above_name(state, above)
    steps = state.listing.gradient_steps.get(target.node, ()) if above.node == graph.loss else ()
    found: list[Arrival] = []
    total: Array | None = None
    edges = reverse.edges(target.node)
    sources = dict.fromkeys(edge.source for edge in edges)
    for k, edge in enumerate(edges):
        source = graph[edge.source]
        assert source.op is not None
        rule, upstream = reverse.rule(edge), reverse.gradient(edge.source)
        value = None
        if steps:
            value = state.record.contributions[steps[k] - 1] if steps[k] <= state.index else None
        elif upstream is not None:
            value = reverse.arriving(edge, upstream, rule)
        value = picked(value, target.index)
        if value is not None:
            total = value if total is None else np.asarray(total + value)
        later = graph.descendants(edge.source) - {edge.source}
        product = arrived_product(state, steps[k]) if steps and value is not None else None
        upstream_text = _gradient_text(reverse, name, edge.source, level)
        matrices = None if product is None else (product.left, product.right)
        found.append(
            Arrival(
                through=source.name,
                waits=tuple(graph[other].name for other in sources if other in later),
                symbols=_written(reverse, rule, upstream_text),
                rule=source.op.words[edge.operand],
                event=steps[k] if steps else None,
                value=value,
                total=None if value is None else total,
                matrices=matrices and _named(matrices, edge.source, upstream_text),
                crossing=product.place(target.index) if product and target.index else None,
            )
        )
    return tuple(found)


def _written(reverse: Reverse, rule: Expr, upstream: str) -> str:
    """A rule in symbols, with the upstream gradient as it is called."""
    # A single letter gets no parentheses; what it stands for needs none either.
    text = MATH.write(rule, lambda n: reverse.graph[n].name, upstream=lambda _: UPSTREAM)
    return text.replace(UPSTREAM, upstream)


def _gradient_text(
    reverse: Reverse, above: str, node: int, level: Level, index: tuple[int, ...] = ()
) -> str:
    """What the gradient of a node is called: by formulas it has the name of the formula that it
    comes from unchanged, as ∂loss/∂(x @ W) of ``z = x @ W + b`` is ∂loss/∂z."""
    if level == "formula":
        node = _passed_unchanged(reverse, node)
    return f"∂{above}/∂{element(reverse.graph, node, index)}"


def _passed_unchanged(reverse: Reverse, node: int) -> int:
    """The value of the same formula whose gradient arrives here as it is: it, or the node."""
    graph, shapes = reverse.graph, reverse.shapes
    start = node
    while node not in graph.named.values():
        edges = reverse.edges(node)
        if len(edges) != 1 or shapes[edges[0].source] != shapes[node]:
            return start
        rule = reverse.rule(edges[0])
        if not (isinstance(rule, Gradient) and rule.node == edges[0].source):
            return start
        node = edges[0].source
    return node


def _named(matrices: tuple[Matrix, Matrix], source: int, upstream: str) -> tuple[Matrix, Matrix]:
    """Two matrices, the gradient among them by the name that the derivation calls it."""

    def named(matrix: Matrix) -> Matrix:
        if matrix.what != "gradient" or matrix.node != source:
            return matrix
        return replace(matrix, name=upstream + "ᵀ" * matrix.name.endswith("ᵀ"))

    return named(matrices[0]), named(matrices[1])


def terms_of(reverse: Reverse, above: Target, target: Target, level: Level) -> tuple[Term, ...]:
    """The sum of products behind one number, where an op that mixes numbers reads it."""
    state, graph, shapes = reverse.state, reverse.graph, reverse.shapes
    edges = reverse.edges(target.node)
    ops = [graph[edge.source].op for edge in edges]
    one = bool(target.index) or not shapes[target.node]
    if not one or all(op is None or op.elementwise for op in ops):
        return ()
    name = above_name(state, above)
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
                    symbols=_term_symbols(
                        reverse,
                        _gradient_text(reverse, name, edge.source, level, index),
                        at,
                        edge.operand,
                        target.index,
                        index,
                    ),
                    upstream=float(np.asarray(upstream)[index]),
                    slope=float(slope),
                    sample=_sample(shapes[edge.source], index),
                )
            )
    return tuple(found)


def _term_symbols(
    reverse: Reverse,
    flowing: str,
    at: OpAt,
    operand: int,
    index: tuple[int, ...],
    out: tuple[int, ...],
) -> str:
    graph = reverse.graph
    partner = at.partner(operand, index, out)
    if partner is not None and partner[2] == 1.0:
        return f"{flowing} · {element(graph, at.operands[partner[0]], partner[1])}"
    below = element(graph, at.operands[operand], index)
    return f"{flowing} · ∂{element(graph, at.node, out)}/∂{below}"


def _sample(shape: Sequence[int], index: tuple[int, ...]) -> int | None:
    return next((i for i, n in zip(index, shape, strict=True) if isinstance(n, Samples)), None)


def shares_of(reverse: Reverse, target: Target) -> Shares | None:
    found = reverse.shares()
    if found is None:
        return None
    samples, rest = found
    return Shares(
        samples=np.asarray(samples[(slice(None), *target.index)]),
        rest=np.asarray(rest[target.index]),
        rows=reverse.state.record.samples,
    )
