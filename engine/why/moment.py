"""One recorded iteration as `why` reads it: what was used, what made it, and every op's slopes.

The slopes of an op are its Jacobian, a row or a column at a time, from the one derivative that the
op declares: a row by pulling back a one-hot gradient, a column by pushing a one-hot tangent.
May import: evaluation, graph, ops, run, shapes, trace.
Imported by: the rest of this room, derivation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import SupportsInt

import numpy as np

from engine.evaluation import evaluate
from engine.ops import Array, Expr, Gradient, Number, Op, Settings, Tangent, Value, sum_to
from engine.run import Run
from engine.shapes import Shape, sample_axis, spread_axes

Index = tuple[int, ...]

OUT = -1
"""The id of an op's own result in the expressions of `OpAt`."""


@dataclass(frozen=True)
class Sample:
    """A sample of the batch: its position there and its row in the data, both from 0."""

    position: int
    row: int


class Moment:
    """One iteration of a run (counted from 0), as its forward and backward pass saw it.

    Of a fork the run is the one that the iteration belongs to: an earlier one is told by the run
    whose past it shares, and so are, with `before`, the first events of an edited iteration.
    """

    def __init__(self, run: Run, step: int) -> None:
        run = self.run = run.owner((step + 1) * run.calendar.events)
        self.step = step
        self.graph = run.graph
        self.listing = run.listing
        self.record = run.record(step)
        self.shapes = self.record.shapes
        self._ops: dict[int, OpAt] = {}

    # --- numbers -------------------------------------------------------------------------------

    def used(self, node: int) -> Array:
        """The value that the passes used: a parameter as it was before its update."""
        n = self.graph[node]
        if n.literal is not None:
            return np.asarray(n.literal)
        if n.op is None:
            return np.asarray(self.record.leaves[node])
        value = self.record.values[self.listing.forward_step[node] - 1]
        assert value is not None
        return np.asarray(value)

    def gradient(self, node: int, arrived: int | None = None) -> Array:
        """∂loss/∂node after `arrived` contributions, by default all; never clipped."""
        steps = self.listing.gradient_steps[node][:arrived]
        gradient = self.record.gradients[steps[-1] - 1]
        assert gradient is not None
        return np.asarray(gradient)

    def op(self, node: int) -> OpAt:
        """An op of this iteration, with its slopes."""
        if node not in self._ops:
            n = self.graph[node]
            assert n.op is not None
            literals = {p: self.graph[i].literal for p, i in enumerate(n.operands)}
            self._ops[node] = OpAt(
                n.op,
                n.settings,
                [self.used(i) for i in n.operands],
                self.used(node),
                [self.shapes[i] for i in (*n.operands, node)],
                {p: number for p, number in literals.items() if number is not None},
                node,
                n.operands,
            )
        return self._ops[node]

    # --- events --------------------------------------------------------------------------------

    def ordinal(self, event: int) -> int:
        """The position in the run of one of this iteration's events, counted from 1."""
        return self.step * len(self.listing.steps) + event

    def before(self, event: int) -> Moment:
        """This iteration by the run that the event belongs to: itself, unless an edit came after.

        What an edited iteration computed before the edit, it computed from what was there before.
        """
        owner = self.run.owner(self.ordinal(event))
        return self if owner is self.run else Moment(owner, self.step)

    def made(self, node: int, index: Index | None = None) -> int:
        """The event that made the value, or an element of it, that the passes used."""
        n = self.graph[node]
        if n.op is not None:
            return self.ordinal(self.listing.forward_step[node])
        edited = self.edited(node, index)
        if edited is not None:
            return edited
        update = self.listing.update_step.get(node)
        if update is None:
            return self.ordinal(1)
        if self.step == 0:
            return 1
        earlier = Moment(self.run, self.step - 1)
        edited = earlier.edited(node, index, updated=True)
        return earlier.ordinal(update) if edited is None else edited

    def edited(self, node: int, index: Index | None = None, *, updated: bool = False) -> int | None:
        """The event after which an edit set a leaf in this iteration, if one did.

        Before the leaf's own update, so that the passes used it; with `updated` after it.
        """
        origin, n = self.run.origin, self.graph[node]
        if origin is None or origin.base.step != self.step or n.op is not None:
            return None
        update = self.listing.update_step.get(node)
        for edit in reversed(origin.base.edits):
            _, event = edit.place(self.run.calendar)
            after = update is not None and event >= update
            touched = index is None or edit.index in ((), index)
            if edit.kind == "value" and edit.name == n.name and touched and after == updated:
                return edit.at
        return None

    def skipped(self, node: int) -> bool:
        """Whether an edit left out the update of a parameter in this iteration."""
        origin, name = self.run.origin, self.graph[node].name
        if origin is None or origin.base.step != self.step:
            return False
        return any(e.kind == "skip" and e.name in ("", name) for e in origin.base.edits)

    # --- samples -------------------------------------------------------------------------------

    def sample_axis(self, node: int) -> int | None:
        """The axis of a node's value that counts the samples of the batch."""
        return sample_axis(self.shapes[node])

    def sample(self, node: int, index: Index) -> Sample | None:
        """The sample that an element of a node belongs to."""
        axis = self.sample_axis(node)
        if axis is None:
            return None
        return Sample(index[axis], self.record.samples[index[axis]])


class OpAt:
    """One op of an iteration with its operands, its result and its slopes."""

    def __init__(
        self,
        op: Op,
        settings: Settings,
        operands: Sequence[Array],
        out: Array,
        shapes: Sequence[Shape] | None = None,
        literals: Mapping[int, float] | None = None,
        node: int = OUT,
        nodes: tuple[int, ...] = (),
    ) -> None:
        """`shapes` are those of the operands and the result, the sample axis marked; `node` and
        `nodes` the ids of the result and the operands; `literals` numbers that stand in the text.
        """
        self.node, self.op, self.settings, self.operands = node, op, settings, nodes
        *inputs, self.shape = shapes or (*(np.shape(a) for a in operands), np.shape(out))
        self.shapes: tuple[Shape, ...] = tuple(inputs)
        self.arrays: dict[int, Array] = {OUT: out, **dict(enumerate(operands))}
        # As the compiler has it: a literal simplifies the derivative, 2 · a rather than 2 · a¹.
        known = literals or {}
        self.written: tuple[Expr, ...] = tuple(
            Number(known[p]) if p in known else Value(p, shape)
            for p, shape in enumerate(self.shapes)
        )
        self.out = Value(OUT, self.shape)

    @property
    def linear(self) -> tuple[int, ...]:
        """The positions in each of which the op is linear by itself, nothing else moving."""
        if not self.op.multilinear:
            return ()
        return tuple(p for p in range(len(self.shapes)) if p not in self.op.constant)

    def partial(self, position: int) -> Expr:
        """Of an elementwise op the local derivative with respect to one operand."""
        assert self.op.partials is not None
        return self.op.partials(self.out, *self.written, **dict(self.settings))[position]

    def numbers(self, expr: Expr) -> Array:
        """An expression over this op's operands, in the shape of its result."""
        return np.broadcast_to(self._evaluated(expr, self.arrays), self.shape)

    # --- the Jacobian --------------------------------------------------------------------------

    def row(self, index: Index) -> list[tuple[Array, Array]]:
        """For each operand (elements, slopes): how one element of the result depends on them.

        Elements are positions in the flattened operand: those that matter, also where a factor of
        the slope happens to be 0.
        """
        if self.op.elementwise:
            found = []
            for position, shape in enumerate(self.shapes):
                place = np.array([flat(shape, aligned(shape, index))])
                slope = self.numbers(self.partial(position))[index]
                found.append((place, np.array([slope], dtype=float)))
            return found
        upstream = one_hot(self.shape, index)
        return [
            self._sparse(position, lambda arrays, p=position: self._pulled(p, upstream, arrays))
            for position in range(len(self.shapes))
        ]

    def column(self, position: int, index: Index) -> tuple[Array, Array]:
        """(elements of the result, slopes): how they depend on one element of an operand."""
        hot = one_hot(self.shapes[position], index)
        if self.op.elementwise:
            places = np.flatnonzero(np.broadcast_to(hot, self.shape))
            return places, self.numbers(self.partial(position)).reshape(-1)[places]
        return self._sparse(position, lambda arrays: self._pushed(position, hot, arrays))

    def push(self, position: int, tangent: Array) -> Array:
        """How the result moves when one operand moves along a tangent."""
        return self._pushed(position, tangent, self.arrays)

    def partner(
        self, position: int, index: Index, out_index: Index
    ) -> tuple[int, Index, float] | None:
        """What the slope of one element is, where the op is linear in two operands.

        (position, element, factor) of the one number of the other operand that the slope is a
        multiple of: of a matrix product, the number that this one is multiplied with.
        """
        others = [p for p in self.linear if p != position]
        if len(others) != 1 or position not in self.linear:
            return None
        (other,) = others
        arrays = {**self.arrays, position: one_hot(self.shapes[position], index)}
        factors = self._pulled(other, one_hot(self.shape, out_index), arrays).reshape(-1)
        places = np.flatnonzero(factors)
        if len(places) != 1:
            return None
        where = np.unravel_index(places[0], self.shapes[other])
        return other, tuple(int(i) for i in where), float(factors[places[0]])

    # --- what could depend on what -------------------------------------------------------------

    def reached(self, position: int, mask: Array) -> Array:
        """The elements of the result that could depend on those of an operand in the mask."""
        if self.op.elementwise:
            return np.array(np.broadcast_to(mask, self.shape))
        return self._pushed(position, _weights(mask), self._open(position)) != 0

    def read(self, position: int, mask: Array) -> Array:
        """The elements of an operand that those of the result in the mask could depend on."""
        if self.op.elementwise:
            return narrowed(mask, self.shapes[position])
        return self._pulled(position, _weights(mask), self._open(position)) != 0

    def factors(self, position: int, mask: Array, out_mask: Array) -> tuple[int, Array] | None:
        """The elements of the other operand that slopes between the two masks are made of."""
        others = [p for p in self.linear if p != position]
        if len(others) != 1 or position not in self.linear:
            return None
        arrays = {**self.arrays, position: mask.astype(float)}
        return others[0], self._pulled(others[0], out_mask.astype(float), arrays) != 0

    def _open(self, position: int) -> Mapping[int, Array]:
        """Operands with which no slope of a linear op is 0 by chance."""
        finite = {p: _finite(a) for p, a in self.arrays.items()}
        others = {p: np.ones(self.shapes[p]) for p in self.linear if p != position}
        return {**finite, **others}

    # --- evaluation ----------------------------------------------------------------------------

    def _sparse(
        self, position: int, slopes: Callable[[Mapping[int, Array]], Array]
    ) -> tuple[Array, Array]:
        """(places, slopes) of what depends on what: also where a factor happens to be 0."""
        dense = open_ = np.asarray(slopes(self.arrays)).reshape(-1)
        if len(self.linear) > 1 or not np.isfinite(dense).all():
            # And 0 · inf is nan: what depends on what is told by finite numbers in their places.
            open_ = np.asarray(slopes(self._open(position))).reshape(-1)
        places = np.flatnonzero(open_)
        return places, dense[places]

    def _pulled(self, position: int, upstream: Array, arrays: Mapping[int, Array]) -> Array:
        contributions = self.op.contributions(
            Gradient(OUT, self.shape), self.out, self.written, self.settings
        )
        expr = sum_to(contributions[position], self.shapes[position])
        found = self._evaluated(expr, arrays, upstream)
        return np.broadcast_to(found, self.shapes[position])

    def _pushed(self, position: int, tangent: Array, arrays: Mapping[int, Array]) -> Array:
        moving = tuple(
            Tangent(OUT, shape) if p == position else None for p, shape in enumerate(self.shapes)
        )
        expr = self.op.tangent(moving, self.out, self.written, self.settings)
        if expr is None:
            return np.zeros(self.shape)
        return np.broadcast_to(self._evaluated(expr, arrays, tangent), self.shape)

    def _evaluated(
        self, expr: Expr, arrays: Mapping[int, Array], flowing: Array | None = None
    ) -> Array:
        def along(node: int) -> Array:
            assert flowing is not None
            return flowing

        with np.errstate(all="ignore"):
            return np.asarray(evaluate(expr, arrays.__getitem__, along))


def one_hot(shape: Shape, index: Index) -> Array:
    """1 at one element of zeros."""
    hot = np.zeros(shape)
    hot[index] = 1.0
    return hot


def flat(shape: Shape, index: Index) -> int:
    """The position of an element in the flattened array."""
    return int(np.ravel_multi_index(index, shape)) if shape else 0


def unflat(shape: Shape, place: SupportsInt) -> Index:
    """The element at a position of the flattened array."""
    return tuple(int(i) for i in np.unravel_index(int(place), shape)) if shape else ()


def aligned(shape: Shape, index: Index) -> Index:
    """The element of an operand of this shape that broadcasting puts at `index`."""
    tail = index[len(index) - len(shape) :]
    return tuple(0 if n == 1 else i for n, i in zip(shape, tail, strict=True))


def narrowed(mask: Array, shape: Shape) -> Array:
    """A mask of a result as one of an operand that was broadcast to it."""
    axes = spread_axes(shape, mask.shape)
    return np.asarray(mask.any(axis=axes)).reshape(shape) if axes else mask.reshape(shape)


def _finite(array: Array) -> Array:
    return np.where(np.isfinite(array), array, 1.0)


def _weights(mask: Array) -> Array:
    """Different positive numbers in a mask, so that nothing cancels by chance."""
    return mask * np.linspace(1.0, 2.0, max(1, mask.size)).reshape(mask.shape)
