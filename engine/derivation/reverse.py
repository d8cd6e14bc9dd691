"""How one number moves with everything before it: recorded for the loss, computed for any other.

May import: evaluation, explain, influence, graph, ops, shapes, trace.
Imported by: the rest of this room.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.evaluation import evaluate
from engine.explain import carriers, only_sample, trained, used
from engine.influence import causes
from engine.ops import Array, Expr, Gradient, Value, sum_to
from engine.shapes import sample_axis
from engine.trace import State


@dataclass(frozen=True)
class Edge:
    """One way in which a node is read: the op's node, and which operand of it this is."""

    source: int
    operand: int


class Reverse:
    """The gradients of Σ `weights` · `of` with respect to the nodes between it and a target."""

    def __init__(self, state: State, of: int, weights: Array, target: int) -> None:
        self.state, self.of, self.weights, self.target = state, of, weights, target
        self.graph, self.shapes = state.graph, state.record.shapes
        self.recorded = trained(state.graph, of, target)
        """Whether the backward pass computes it: the loss's, and not by data or constants."""
        self.through = carriers(state.graph, of, target)
        """The nodes along which the derivative flows, both ends included."""
        self._found: dict[int, Array] = {}
        if not self.recorded and target in self.through and state.value(of) is not None:
            arrays = {i.node: i.derivative for i in causes(state, of, weights)}
            self._found = {node: a for node, a in arrays.items() if a is not None}
            self._found[of] = weights

    def gradient(self, node: int) -> Array | None:
        """The gradient of a node; None while it is not complete. Never clipped."""
        if not self.recorded:
            known = self._found.get(node)
            nothing = self._found and node in self.through  # what only chooses moves nothing
            return np.zeros(self.shapes[node]) if known is None and nothing else known
        steps = self.state.listing.gradient_steps.get(node, ())
        if not steps or steps[-1] > self.state.index or node not in self.through:
            return None
        return self.state.record.gradients[steps[-1] - 1]

    def edges(self, node: int) -> tuple[Edge, ...]:
        """Along which edges the gradient arrives at a node, in the order of the backward pass."""
        found: list[Edge] = []
        for source in reversed(self.graph.consumers[node]):
            n = self.graph[source]
            if source not in self.through or n.op is None:
                continue
            found += [
                Edge(source, position)
                for position, operand in enumerate(n.operands)
                if operand == node and position not in n.op.constant
            ]
        return tuple(found)

    def rule(self, edge: Edge) -> Expr:
        """What flows along an edge, in the operand's shape, over the gradient of its source."""
        n = self.graph[edge.source]
        assert n.op is not None
        shape = self.shapes[edge.source]
        operands = tuple(self.graph.reference(i, self.shapes) for i in n.operands)
        upstream, out = Gradient(edge.source, shape), Value(edge.source, shape)
        contribution = n.op.contributions(upstream, out, operands, n.settings)[edge.operand]
        return sum_to(contribution, self.shapes[n.operands[edge.operand]])

    def arriving(self, edge: Edge, upstream: Array, rule: Expr | None = None) -> Array:
        """What an upstream gradient sends along an edge."""
        rule = self.rule(edge) if rule is None else rule
        shape = self.shapes[self.graph[edge.source].operands[edge.operand]]
        with np.errstate(all="ignore"):
            found = evaluate(rule, lambda n: used(self.state, n), lambda _: upstream)
        return np.array(np.broadcast_to(found, shape), float)

    # --- by sample -----------------------------------------------------------------------------

    def shares(self) -> tuple[Array, Array] | None:
        """The target's gradient as the sum of its samples' shares, and of what is no sample's.

        A sample's share is what comes in through its own numbers, where the target or what is made
        of it first meets the samples. Rows of the first array are samples. None where the target
        meets no samples, has an entry for each itself, or its gradient is not known.
        """
        if sample_axis(self.shapes[self.target]) is not None or self.gradient(self.target) is None:
            return None
        samples = len(self.state.record.samples)
        known: dict[int, tuple[Array, Array]] = {}
        met = False
        for node in sorted(self._between(), reverse=True):
            gradient = self.gradient(node)
            assert gradient is not None
            axis = sample_axis(self.shapes[node])
            if axis is not None:
                array = np.asarray(gradient)
                shape = self.shapes[node]
                rows = np.stack([only_sample(array, shape, k) for k in range(array.shape[axis])])
                known[node] = rows, np.zeros(self.shapes[node])
                met = True
                continue
            rows, rest = np.zeros((samples, *self.shapes[node])), np.zeros(self.shapes[node])
            if node == self.of:
                rest = rest + self.weights
            for edge in self.edges(node):
                of_rows, of_rest = known[edge.source]
                rule = self.rule(edge)
                if of_rest.any():
                    rest = rest + self.arriving(edge, of_rest, rule)
                if of_rows.any():
                    rows = rows + np.stack([self.arriving(edge, row, rule) for row in of_rows])
            known[node] = rows, rest
        return known[self.target] if met and samples > 1 else None

    def _between(self) -> set[int]:
        """The target, and what is made of it up to where the samples come in."""
        found, stack = set[int](), [self.target]
        while stack:
            node = stack.pop()
            if node not in found:
                found.add(node)
                if sample_axis(self.shapes[node]) is None:
                    stack += [edge.source for edge in self.edges(node)]
        return found

    def meeting_samples(self) -> frozenset[int]:
        """The nodes without samples whose gradient comes, along some way, through samples."""
        found: set[int] = set()
        for node in sorted(self.through, reverse=True):
            sources = [edge.source for edge in self.edges(node)]
            if sample_axis(self.shapes[node]) is None and any(
                source in found or sample_axis(self.shapes[source]) is not None
                for source in sources
            ):
                found.add(node)
        return frozenset(found)
