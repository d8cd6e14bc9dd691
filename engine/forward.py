"""Forward mode: how every node moves when one parameter does.

The backward pass asks one number, the loss, about everything; the forward pass of tangents asks
everything about one parameter. Both come from the one derivative that each op declares.
May import: evaluation, graph, ops, shapes.   Imported by: debugger, explain, tests.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np

from engine.evaluation import Lookup, evaluate
from engine.graph import Graph
from engine.ops import Array, Expr, Tangent, Value
from engine.shapes import Shape


def tangent_expression(
    graph: Graph, shapes: Sequence[Shape], node: int, moving: Container[int]
) -> Expr | None:
    """How an op's result moves, over the tangents of those of its operands that move."""
    n = graph[node]
    if n.op is None:
        return None
    tangents = tuple(Tangent(i, shapes[i]) if i in moving else None for i in n.operands)
    operands = tuple(graph.reference(i, shapes) for i in n.operands)
    return n.op.tangent(tangents, Value(node, shapes[node]), operands, n.settings)


def tangents(
    graph: Graph, shapes: Sequence[Shape], value: Lookup, node: int, direction: Array | float = 1.0
) -> dict[int, Array]:
    """∂n/∂`node` along `direction`, for every node n that `node` moves, itself first.

    `value` gives the recorded values of nodes. `direction` has the node's shape, or is one number
    for all of its entries. Nodes come in topological order; those that stay as they are, whatever
    `node` does, are not among them.
    """
    moved = {node: np.array(np.broadcast_to(np.asarray(direction, float), shapes[node]))}
    affected = graph.descendants(node)
    with np.errstate(all="ignore"):
        for n in graph.ops:
            if n.id not in affected or n.id == node:
                continue
            expr = tangent_expression(graph, shapes, n.id, moved)
            if expr is not None:
                found = evaluate(expr, value, moved.__getitem__)
                moved[n.id] = np.array(np.broadcast_to(found, shapes[n.id]))
    return moved
