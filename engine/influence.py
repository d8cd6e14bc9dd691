"""What a node affects, and what it is affected by: ∂later/∂earlier between any two nodes.

The gradients of training answer one question, how the loss depends on everything. Here the
question is free: a pass of tangents from any node to all that follow it, or a backward pass from
any node to all that it was computed from. The two are transposes of each other.
May import: errors, forward, graph, ops, shapes, trace.   Imported by: debugger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import ShapeError
from engine.evaluation import Lookup
from engine.forward import evaluated, moves, passes_on
from engine.ops import Array, Gradient, Value, sum_to
from engine.shapes import Shape, shape_text
from engine.trace import State

Direction = Array | float | Sequence[object]
"""An array of a node's shape, or one number for all of its entries."""
Entry = int | tuple[int, ...]
"""One number of an array: an index for each axis, from 0."""


@dataclass(frozen=True, eq=False)
class Influence:
    """The derivative between the node that was asked about and one other node."""

    node: int
    """The other node."""
    name: str
    symbol: str
    """``∂h/∂w1``"""
    derivative: Array | None
    """In the shape of the other node; None while one of the two is not computed."""


def effects(state: State, node: int, direction: Array) -> tuple[Influence, ...]:
    """∂n/∂`node` along `direction`, for every node n that `node` moves, in topological order."""
    graph, shapes, value = state.graph, state.record.shapes, recorded_values(state)
    moved = {node: direction}
    found: list[Influence] = []
    with np.errstate(all="ignore"):
        for n, expr in moves(graph, shapes, node):
            # Ops are computed in the order of their ids: what n reads has moved, if n has.
            if state.value(n) is not None:
                moved[n] = evaluated(expr, value, moved.__getitem__, shapes[n])
            found.append(_influence(state, n, above=n, below=node, derivative=moved.get(n)))
    return tuple(found)


def causes(state: State, node: int, weights: Array) -> tuple[Influence, ...]:
    """∂(Σ `weights` · `node`)/∂n, for every node n that moves `node`, in topological order."""
    graph, shapes, value = state.graph, state.record.shapes, recorded_values(state)
    computed = state.value(node) is not None
    gradients = {node: weights}
    with np.errstate(all="ignore"):
        for n in reversed(graph.nodes[: node + 1]):
            if n.op is None or n.id not in gradients:
                continue
            upstream = gradients[n.id]
            rules = n.op.contributions(
                Gradient(n.id, shapes[n.id]),
                Value(n.id, shapes[n.id]),
                tuple(graph.reference(i, shapes) for i in n.operands),
                n.settings,
            )
            for position, (operand, rule) in enumerate(zip(n.operands, rules, strict=True)):
                if graph[operand].literal is not None or not passes_on(graph, shapes, n, position):
                    continue
                arrived: Array = np.zeros(shapes[operand])
                if computed:
                    expr = sum_to(rule, shapes[operand])
                    arrived = evaluated(expr, value, lambda _, g=upstream: g, shapes[operand])
                before = gradients.get(operand)
                gradients[operand] = (
                    arrived if before is None else np.add(before, arrived, out=arrived)
                )
    del gradients[node]
    return tuple(
        _influence(state, n, above=node, below=n, derivative=gradients[n] if computed else None)
        for n in sorted(gradients)
    )


def along(state: State, node: int, direction: Direction, entry: Entry | None) -> Array:
    """A direction in a node's shape; with an `entry`, that number moves alone.

    Raises `ShapeError` for a direction of another shape, or an entry that is not there.
    """
    name, shape = state.graph[node].name, state.record.shapes[node]
    try:
        whole = np.array(np.broadcast_to(np.asarray(direction, dtype=np.float64), shape))
    except (ValueError, TypeError):
        raise ShapeError(
            f"this direction does not have the shape of '{name}', {shape_text(shape)}",
            hint="give an array of that shape, or one number for all of its entries",
        ) from None
    if entry is None:
        return whole
    index = entry if isinstance(entry, tuple) else (entry,)
    if not _is_entry(index, shape):
        raise ShapeError(
            f"'{name}' has no entry {', '.join(map(str, index))}: it has shape {shape_text(shape)}",
            hint="an entry has one index for each axis, counted from 0",
        )
    alone = np.zeros(shape)
    alone[index] = whole[index]
    return alone


def _is_entry(index: tuple[int, ...], shape: Shape) -> bool:
    return len(index) == len(shape) and all(-n <= i < n for i, n in zip(index, shape, strict=True))


def recorded_values(state: State) -> Lookup:
    """The values that the iteration computes with: a parameter's is the one before its update."""

    def value(node: int) -> Array:
        leaf = state.record.leaves.get(node)
        found = state.value(node) if leaf is None else leaf
        assert found is not None
        return np.asarray(found)

    return value


def _influence(
    state: State, node: int, *, above: int, below: int, derivative: Array | None
) -> Influence:
    names = [state.graph[n].name for n in (above, below)]
    top, bottom = (name if name.isidentifier() else f"({name})" for name in names)
    if derivative is not None:
        derivative.flags.writeable = False
    return Influence(node, state.graph[node].name, f"∂{top}/∂{bottom}", derivative)
