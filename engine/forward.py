"""Forward mode: how every node moves when one parameter does.

The backward pass asks one number, the loss, about everything; the forward pass of tangents asks
everything about one parameter. Both come from the one derivative that each op declares.
May import: evaluation, graph, ops, shapes.   Imported by: influence, tests.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

import numpy as np

from engine.evaluation import Lookup, evaluate
from engine.graph import Graph, Node
from engine.ops import Array, Expr, Tangent, Value
from engine.shapes import Shape


def tangent_expression(
    graph: Graph, shapes: Sequence[Shape], node: int, moving: Container[int]
) -> Expr | None:
    """How an op's result moves, over the tangents of those of its operands that move."""
    n = graph[node]
    return _tangent(graph, shapes, n, [i in moving for i in n.operands])


def passes_on(graph: Graph, shapes: Sequence[Shape], node: Node, position: int) -> bool:
    """Whether an op's result moves with its operand at `position`: not so with an index."""
    alone = [at == position for at in range(len(node.operands))]
    return _tangent(graph, shapes, node, alone) is not None


def _tangent(graph: Graph, shapes: Sequence[Shape], n: Node, moves: Sequence[bool]) -> Expr | None:
    if n.op is None:
        return None
    tangents = tuple(
        Tangent(i, shapes[i]) if moved else None for i, moved in zip(n.operands, moves, strict=True)
    )
    operands = tuple(graph.reference(i, shapes) for i in n.operands)
    return n.op.tangent(tangents, Value(n.id, shapes[n.id]), operands, n.settings)


def moves(graph: Graph, shapes: Sequence[Shape], node: int) -> Iterator[tuple[int, Expr]]:
    """Every other node that `node` moves, with its tangent, in topological order.

    What stays as it is, whatever `node` does, is not among them: a mask, an index.
    """
    moving = {node}
    for n in graph.ops:
        if n.id > node and not moving.isdisjoint(n.operands):
            expr = tangent_expression(graph, shapes, n.id, moving)
            if expr is not None:
                moving.add(n.id)
                yield n.id, expr


def evaluated(expr: Expr, value: Lookup, slope: Lookup, shape: Shape) -> Array:
    """An expression's numbers in an array of its own, in this shape."""
    return np.array(np.broadcast_to(evaluate(expr, value, slope), shape), dtype=np.float64)


def tangents(
    graph: Graph, shapes: Sequence[Shape], value: Lookup, node: int, direction: Array | float = 1.0
) -> dict[int, Array]:
    """∂n/∂`node` along `direction`, for every node n that `node` moves, itself first.

    `value` gives the recorded values of nodes. `direction` has the node's shape, or is one number
    for all of its entries. Nodes come in topological order.
    """
    moved = {node: np.array(np.broadcast_to(np.asarray(direction, float), shapes[node]))}
    with np.errstate(all="ignore"):
        for n, expr in moves(graph, shapes, node):
            moved[n] = evaluated(expr, value, moved.__getitem__, shapes[n])
    return moved
