"""A nudge: what a small change of one node really does to everything after it.

A derivative says what happens for ever smaller changes; a nudge is one that is not small. Only the
ops behind the node are computed once more, on what the iteration recorded, and nothing is written
to: the run knows nothing of it.
May import: evaluation, graph, influence, ops, trace.   Imported by: debugger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.evaluation import evaluate
from engine.graph import Node
from engine.influence import effects, recorded_values
from engine.ops import Array
from engine.trace import State


@dataclass(frozen=True, eq=False)
class Nudged:
    """One node that is computed from the one that is nudged, itself not included.

    Arrays have the node's shape, are read-only, and are None while it is not computed.
    """

    node: int
    name: str
    derivative: Array | None
    """∂node/∂(the nudged one) along the direction; 0 where only a condition depends on it."""
    predicted: Array | None
    """The derivative times the size of the nudge: what the node would do if it were linear."""
    change: Array | None
    """What the node really does."""


def nudge(state: State, node: int, direction: Array, size: float) -> tuple[Nudged, ...]:
    """What happens at every node after `node` when that moves by `direction` · `size`.

    In topological order.
    """
    slopes = {found.node: found.derivative for found in effects(state, node, direction)}
    changes = _changes(state, node, size * direction)
    found: list[Nudged] = []
    for n, change in changes.items():
        slope = slopes.get(n)
        if slope is None and change is not None:
            slope = np.zeros(state.record.shapes[n])
        predicted = None if slope is None else np.asarray(slope * size)
        for array in (slope, predicted, change):
            if array is not None:
                array.setflags(write=False)
        found.append(Nudged(n, state.graph[n].name, slope, predicted, change))
    return tuple(found)


def _changes(state: State, node: int, change: Array) -> dict[int, Array | None]:
    """How much every node after `node` differs when that one does by `change`."""
    graph, shapes, before = state.graph, state.record.shapes, recorded_values(state)
    known: dict[int, Array] = {}
    if state.value(node) is not None:
        known[node] = before(node) + change
    reached, found = {node}, dict[int, Array | None]()

    def computed(n: Node, moved: Mapping[int, Array]) -> Array:
        fixed = set(n.operands).difference(n.differentiable)  # a moved index would be none

        def value(i: int) -> Array:
            return moved[i] if i in moved and i not in fixed else before(i)

        return np.asarray(evaluate(graph.expression(n.id, shapes), value, value))

    with np.errstate(all="ignore"):
        for n in graph.ops:
            if reached.isdisjoint(n.differentiable):
                continue
            reached.add(n.id)
            if state.value(n.id) is None:
                found[n.id] = None
                continue
            # Both by the same rule: the recorded value came from calls that may round otherwise.
            difference = computed(n, known) - computed(n, {})
            moved = np.array(np.broadcast_to(difference, shapes[n.id]), dtype=np.float64)
            found[n.id], known[n.id] = moved, before(n.id) + moved
    return found
