"""What moves when one number does: of a single op, and of the whole forward pass.

By differences of what is computed anew, and by the complex step where the calls take complex
numbers. May import: differences, evaluation, ops, shapes, trace.   Imported by: check.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from engine.differences import IMAGINARY, Probe, Slopes, slopes
from engine.evaluation import bound, evaluate
from engine.ops import Array, Call, Number, Thunk, Value
from engine.shapes import spread_axes
from engine.trace import State

NOT_COMPLEX = (TypeError, ValueError)
"""What NumPy raises where a call takes no complex numbers."""

ULP = float(np.finfo(np.float64).eps)


class OpProbe:
    """One op on its recorded operands, with the gradient that came from above."""

    def __init__(self, state: State, node: int, upstream: Array) -> None:
        graph, shapes = state.graph, state.record.shapes
        n = graph[node]
        assert n.op is not None
        self.op, self.upstream, self.shape = n.op, upstream, shapes[node]
        self.operands = [np.asarray(state.value(i)) for i in n.operands]
        literals = [graph[i].literal for i in n.operands]
        # A literal stays a number: it is no operand that anything flows to.
        leaves = tuple(
            Value(p, shapes[i]) if literal is None else Number(literal)
            for p, (i, literal) in enumerate(zip(n.operands, literals, strict=True))
        )
        self.call = Call(n.op, leaves, n.settings)
        self.out = self.forward(self.operands)

    def forward(self, operands: Sequence[Array]) -> Array:
        with np.errstate(all="ignore"):
            out = evaluate(self.call, operands.__getitem__, operands.__getitem__)
        return np.array(np.broadcast_to(out, self.shape), float)

    def slopes(self, position: int, places: Array) -> Slopes:
        """How the upstream gradient times the result moves with elements of one operand."""
        return (self._by_number if self.op.elementwise else self._by_place)(position, places)

    def imaginary(self, position: int, operand: Array) -> Array | None:
        """The imaginary part of the result, a share of the complex step, with one operand complex.

        None where the op's calls take no complex numbers.
        """
        operands = [a.astype(complex) for a in self.operands]
        operands[position] = operand
        calls: list[Thunk] = []
        out: Array = np.empty(self.shape, complex)
        try:
            with np.errstate(all="ignore"), _unreal():
                bound(self.call, operands.__getitem__, calls, out, complex)
                for call in calls:
                    call()
                return np.imag(out) / IMAGINARY
        except NOT_COMPLEX:
            return None

    def bends(self, contributions: Mapping[int, Array]) -> bool:
        """Whether the op is at a kink where its operands move together.

        Then no derivative tells how it moves, even if each operand's own is right: where the
        condition of `where` is 0, the chosen operand changes as soon as it moves.
        """
        chances = np.random.default_rng(0)
        ways = {p: chances.normal(size=self.operands[p].shape) for p in contributions}

        def probe(at: Array, moved: Array) -> Array:
            step = float(moved[0])
            operands = [a + step * ways.get(p, 0.0) for p, a in enumerate(self.operands)]
            return np.array([(self.upstream * (self.forward(operands) - self.out)).sum()])

        found = slopes(probe, np.zeros(1), self.noise)
        with np.errstate(all="ignore"):
            terms = [contributions[p] * way for p, way in ways.items()]
            apart = abs(found.value[0] - sum(float(term.sum()) for term in terms))
            size = sum(float(np.abs(term).sum()) for term in terms)
        return bool(found.kink[0] or apart > found.error[0] + 1e-9 * size)

    @property
    def noise(self) -> float:
        """What rounding may add to the upstream gradient times the result."""
        with np.errstate(all="ignore"):
            size = 8 * ULP * float(np.abs(self.upstream * self.out).sum())
        return size if np.isfinite(size) else 0.0

    def _by_number(self, position: int, places: Array) -> Slopes:
        """Every number of the result moves with one number of the operand: all at once."""
        spread = np.array(np.broadcast_to(self.operands[position], self.shape), float)
        numbers, weights = (
            spread.reshape(-1),
            np.broadcast_to(self.upstream, self.shape).reshape(-1),
        )

        def probe(at: Array, moved: Array) -> Array:
            operand = numbers.copy()
            operand[at] = moved
            operands = [*self.operands]
            operands[position] = operand.reshape(self.shape)
            change = self.forward(operands) - self.out
            return weights[at] * change.reshape(-1)[at]

        with np.errstate(all="ignore"):
            noise = 4 * ULP * np.abs(weights * self.out.reshape(-1))
            noise = np.where(np.isfinite(noise), noise, 0.0)
        found = slopes(probe, numbers, noise)
        exact = self.imaginary(position, spread + 1j * IMAGINARY)
        if exact is not None:
            with np.errstate(all="ignore"):
                found = found.confirmed(weights * exact.reshape(-1), noise)
        shape = self.operands[position].shape
        found = found.shaped(self.shape).summed(spread_axes(shape, self.shape), shape)
        return found.shaped((-1,)).summed((), (-1,))

    def _by_place(self, position: int, places: Array) -> Slopes:
        """One element of the operand after the other."""
        numbers = self.operands[position].reshape(-1)

        def probe(at: Array, moved: Array) -> Array:
            changes = np.empty(len(at))
            operands = [*self.operands]
            for k, (place, number) in enumerate(zip(places[at], moved, strict=True)):
                operand = numbers.copy()
                operand[place] = number
                operands[position] = operand.reshape(self.operands[position].shape)
                changes[k] = (self.upstream * (self.forward(operands) - self.out)).sum()
            return changes

        return self._stepped(slopes(probe, numbers[places], self.noise), position, places)

    def _stepped(self, found: Slopes, position: int, places: Array) -> Slopes:
        """Slopes by differences, by the complex step where the op allows it."""
        exact = np.empty(len(places))
        for k, place in enumerate(places):
            operand = self.operands[position].astype(complex)
            operand.reshape(-1)[place] += 1j * IMAGINARY
            imaginary = self.imaginary(position, operand)
            if imaginary is None:
                return found
            with np.errstate(all="ignore"):
                exact[k] = (self.upstream * imaginary).sum()
        return found.confirmed(exact, self.noise)


@contextmanager
def _unreal() -> Iterator[None]:
    """Lets imaginary parts get lost where a rule has room for real numbers only: then the complex
    step disagrees with the differences and does not count."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        yield


class ComplexPass:
    """The forward pass on complex numbers, as far as its calls allow them."""

    def __init__(self, state: State) -> None:
        graph, shapes = state.graph, state.record.shapes
        self._graph, self._values = graph, dict[int, Array]()
        self._calls: dict[int, list[Thunk]] = {}
        for n in graph.nodes[: graph.loss + 1]:
            value = np.asarray(state.value(n.id))
            self._values[n.id] = np.array(np.broadcast_to(value, shapes[n.id]), complex, order="C")
            self._calls[n.id] = []
            if n.op is not None and not n.op.random:
                expr = graph.expression(n.id, shapes)
                out = self._values[n.id]
                bound(expr, self._values.__getitem__, self._calls[n.id], out, complex)

    @classmethod
    def of(cls, state: State) -> ComplexPass | None:
        """None where an op takes no complex numbers at all."""
        try:
            with np.errstate(all="ignore"), _unreal():
                return cls(state)
        except NOT_COMPLEX:
            return None

    def slopes(self, node: int, places: Array) -> Array | None:
        """How the loss moves with some places of a node's value; None where the calls that follow
        from it take no complex numbers."""
        graph = self._graph
        after = graph.descendants(node) & graph.ancestors(graph.loss) - {node}
        order = sorted(n for n in after if self._calls[n])
        kept = {n: self._values[n].copy() for n in (node, *order)}
        flat, loss = self._values[node].reshape(-1), self._values[graph.loss].reshape(-1)
        found = np.empty(len(places))
        try:
            with np.errstate(all="ignore"), _unreal():
                for k, place in enumerate(places):
                    number = flat[place]
                    flat[place] = number + 1j * IMAGINARY
                    for n in order:
                        for call in self._calls[n]:
                            call()
                    found[k] = loss[0].imag / IMAGINARY
                    flat[place] = number
        except NOT_COMPLEX:
            return None
        finally:
            for n, values in kept.items():
                np.copyto(self._values[n], values)
        return found


class ForwardPass:
    """The forward pass on buffers of its own, from any node on. What is random stays as it was."""

    def __init__(self, state: State) -> None:
        graph = self.graph = state.graph
        shapes = state.record.shapes
        self._recorded: dict[int, Array] = {}
        self._values: dict[int, Array] = {}
        self._calls: dict[int, list[Thunk]] = {}
        self._before = graph.ancestors(graph.loss)
        for n in graph.nodes:
            value = state.value(n.id)
            assert value is not None
            self._recorded[n.id] = np.asarray(value)
            self._values[n.id] = np.array(np.broadcast_to(value, shapes[n.id]), float, order="C")
            calls = self._calls[n.id] = []
            if n.op is not None and not n.op.random:
                expr = graph.expression(n.id, shapes)
                bound(expr, self._values.__getitem__, calls, self._values[n.id])
        self._dirty: tuple[int, ...] = ()

    def after(self, node: int) -> tuple[int, ...]:
        """The nodes that are computed anew when `node` moves, in order."""
        moved = self.graph.descendants(node) & self._before
        return tuple(sorted(n for n in moved - {node} if self._calls[n]))

    def probe(self, node: int, places: Array) -> Probe:
        """How far the loss moves when one of the `places` of a node's value takes a number."""
        value, loss = self._values[node], self._values[self.graph.loss]
        flat = value.reshape(-1)
        self._dirty = (node, *self.after(node))
        calls = [call for n in self._dirty[1:] for call in self._calls[n]]

        def run() -> float:
            for call in calls:
                call()
            return float(loss.reshape(-1)[0])

        with np.errstate(all="ignore"):
            base = run()

        def probe(at: Array, moved: Array) -> Array:
            losses = np.empty(len(at))
            for k, (place, number) in enumerate(zip(places[at], moved, strict=True)):
                kept = flat[place]
                flat[place] = number
                losses[k] = run()
                flat[place] = kept
            return losses - base

        return probe

    def restore(self) -> None:
        """Put back what the last probe has moved."""
        for n in self._dirty:
            np.copyto(self._values[n], self._recorded[n])
