"""The program of one iteration: NumPy calls bound to preallocated buffers.

The compiler walks the steps of the listing and turns each into a few calls that are bound to
their operands and their output once and for all. To run an iteration is to call them in order; to
record one is to call them step by step and copy what each step wrote. Both are the same calls, so
both give the same bits.
May import: data, experiment, graph, listing, ops, optimizers, shapes.
Imported by: replica, run, trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import frexp
from typing import Any

import numpy as np

from engine.experiment import Clip, Experiment
from engine.graph import Node, check_indices, index_limit
from engine.listing import Listing, Phase, Step, trained
from engine.ops import Array, Call, Expr, Gradient, Number, Op, Thunk, Value, copying, sum_to
from engine.ops.chance import drawn
from engine.ops.linear import DOT_LIMIT, dot_forward, unspread
from engine.shapes import Shape, count


class Storage:
    """What outlives an iteration, in one vector: gradients, loss, parameters, optimizer state.

    Every program of a run (one for each batch size) works on the same storage. `state` is what a
    keyframe copies and `row` what the history records; both are slices of the one vector.
    """

    def __init__(self, experiment: Experiment) -> None:
        training = experiment.training
        graph = experiment.graph
        # Scalars first, so that the history's row is one contiguous slice.
        ids = sorted(trained(graph), key=lambda i: experiment.leaves[graph[i].name].size > 1)
        initial = [experiment.leaves[graph[i].name] for i in ids]
        size = sum(a.size for a in initial)
        names = training.optimizer.state(training.options)
        self.live = live = np.zeros(size + 1 + size * (1 + len(names)))
        self.gradients = live[:size]
        self.loss = live[size : size + 1]
        self.parameters = live[size + 1 : 2 * size + 1]
        self.state = live[size:]
        self.slots = {
            name: live[(2 + k) * size + 1 : (3 + k) * size + 1] for k, name in enumerate(names)
        }
        scalars = sum(1 for a in initial if a.size == 1)
        self.row = live[size : size + 1 + min(scalars, MAX_SCALAR_SERIES)]
        self.scalar_row = live[size : size + 1 + scalars]
        """The loss and every scalar parameter; `row` has as many of them as a history keeps."""
        self.views: dict[int, slice] = {}
        self.scalars: tuple[int, ...] = tuple(ids[: len(self.row) - 1])
        self.all_scalars: tuple[int, ...] = tuple(ids[:scalars])
        start = 0
        for node, value in zip(ids, initial, strict=True):
            self.views[node] = slice(start, start + value.size)
            self.parameters[start : start + value.size] = value.ravel()
            start += value.size
        self.shapes = {i: a.shape for i, a in zip(ids, initial, strict=True)}
        for slot in self.slots.values():
            slot.fill(training.optimizer.initial(training.options))
        self.rate = np.array(training.options["learning_rate"], dtype=np.float64)
        self.number = np.array(1.0)
        self.norm, self.scale = np.zeros(()), np.ones(())
        self.clip = tuple(_clip(self, training.clip)) if size and training.clip else ()
        vectors = {
            "p": self.parameters,
            "g": self.gradients,
            "lr": self.rate,
            "t": self.number,
            **self.slots,
        }
        self.update = (*self.clip, *(training.rule.bind(vectors) if size else ()))
        self._training = training
        self._iterations = training.batches.per_epoch
        self.dated = training.schedule is not None or training.rule.reads("t")
        """Whether an update depends on when it happens, so that `date` has to come first."""

    def date(self, step: int) -> None:
        """Set the learning rate and the number of the update for iteration `step` (from 0)."""
        training = self._training
        self.number[()] = step + 1
        if training.schedule is not None:
            base = training.options["learning_rate"]
            epoch = step // self._iterations
            self.rate[()] = training.schedule.rate(base, epoch, step)

    def view(self, vector: Array, node: int) -> Array:
        """The part of a flat vector that belongs to a parameter, in its shape."""
        return vector[self.views[node]].reshape(self.shapes[node])


def _clip(storage: Storage, clip: Clip) -> list[Thunk]:
    """The calls that clip all trained gradients in place (torch.nn.utils.clip_grad_*_)."""
    gradients, limit = storage.gradients, np.array(clip.limit)
    if clip.kind == "value":
        return [partial(np.clip, gradients, -limit, limit, gradients)]
    square, padded, quotient = np.empty(()), np.empty(()), np.empty(())
    return [
        partial(gradients.dot, gradients, square),
        partial(np.sqrt, square, storage.norm),
        partial(np.add, storage.norm, np.array(1e-6), padded),
        partial(np.divide, limit, padded, quotient),
        partial(np.minimum, quotient, np.array(1.0), out=storage.scale),
        partial(np.multiply, gradients, storage.scale, gradients),
    ]


MAX_SCALAR_SERIES = 32
"""How many scalar parameters have a history of their values; the rest have one of their norms."""


@dataclass
class Buffer:
    """An array that an instruction writes, or an input. A constant one never changes."""

    array: Any
    constant: bool = False


@dataclass
class Code:
    """The calls of one step, and the buffers to copy when the step is recorded."""

    step: Step
    calls: list[Thunk] = field(default_factory=list)
    value: Array | None = None
    contribution: Array | None = None
    gradient: Array | None = None


@dataclass(frozen=True, eq=False)
class Mask:
    """The value of a random node: drawn, not computed, before the calls of an iteration."""

    node: int
    p: float
    array: Array


class Program:
    """One iteration on a batch of a fixed size.

    With `private`, every leaf has a buffer of its own that may be written to between two events,
    and nothing is computed ahead from constants: what an edit of the past needs.
    """

    def __init__(
        self,
        experiment: Experiment,
        listing: Listing,
        storage: Storage,
        batch: int,
        *,
        private: bool = False,
    ) -> None:
        self.batch = batch
        self.storage = storage
        self.shapes: tuple[Shape, ...] = experiment.shapes(batch)
        whole = experiment.samples == batch and not experiment.training.batches.shuffle
        whole = whole and not private
        compiler = Compiler(experiment, storage, self.shapes, whole, private)
        self.inputs: dict[str, Array] = {} if whole else compiler.inputs
        """What `load` has to fill: nothing where the whole data are one batch."""
        self.vector: Array = compiler.vector
        """The inputs one after another: they are parts of this one vector."""
        self.data: dict[str, Array] = compiler.inputs
        self.constants: dict[int, Array] = compiler.constants
        """Leaves that are neither data nor trained, by node id."""
        with np.errstate(all="ignore"):
            self.code = [compiler.compile(step) for step in listing.steps]
        calls = [c for code in self.code for c in code.calls]
        self.calls: tuple[Thunk, ...] = tuple(calls)
        """Forward and backward pass; the update belongs to the storage."""
        self.masks: tuple[Mask, ...] = tuple(compiler.masks)
        """What `draw` has to fill before the calls of an iteration."""

    def draw(self, seed: int, epoch: int, iteration: int) -> None:
        """Draw the masks of an iteration, by its address: epoch and iteration count from 1."""
        for mask in self.masks:
            drawn(mask.array, mask.p, seed, epoch, iteration, mask.node)

    def load(self, columns: Mapping[str, Array], rows: Array | slice) -> None:
        """Copy the batch's samples into the input buffers."""
        for name, buffer in self.inputs.items():
            if isinstance(rows, slice):
                np.copyto(buffer, columns[name][rows])
            else:
                # clip never clips here: it is the mode in which take writes straight to `out`.
                columns[name].take(rows, 0, buffer, "clip")


class Evaluation:
    """The loss on the test data: a forward pass on its own buffers, where dropout keeps all."""

    def __init__(self, experiment: Experiment, listing: Listing, storage: Storage) -> None:
        held_out = replace(experiment, data=experiment.test_data)
        samples = len(next(iter(experiment.test_data.values())))
        compiler = Compiler(held_out, storage, experiment.shapes(samples), whole=True)
        compiler.loss = np.zeros(1)
        self.loss = compiler.loss
        steps = [step for step in listing.steps if step.phase is Phase.FORWARD]
        with np.errstate(all="ignore"):
            self.calls = [call for step in steps for call in compiler.compile(step).calls]

    def __call__(self) -> float:
        """The test loss with the parameters as they are now."""
        for call in self.calls:
            call()
        return float(self.loss[0])


class Compiler:
    """Turns steps into calls on buffers; one for each program, as later steps read earlier ones."""

    def __init__(
        self,
        experiment: Experiment,
        storage: Storage,
        shapes: Sequence[Shape],
        whole: bool,
        private: bool = False,
    ) -> None:
        self.graph = experiment.graph
        self.storage = storage
        self.shapes = shapes
        self.loss = storage.loss
        self.values: dict[int, Buffer] = {}
        self.gradients: dict[int, Buffer] = {}
        self.parts: dict[Expr, Buffer] = {}
        """What is computed already: a part that formulas and derivatives share is computed once."""
        self.references = [self.graph.reference(n.id, shapes) for n in self.graph.nodes]
        """Every node as an operand."""
        self.contributing: tuple[int, tuple[Expr, ...]] = (-1, ())
        """The op whose gradient flows on at the moment, and what its operands receive."""
        self.masks: list[Mask] = []
        self.inputs: dict[str, Array] = {}
        self.constants: dict[int, Array] = {}
        data = [node for node in self.graph.nodes if node.kind == "data"]
        self.vector = np.zeros(0 if whole else sum(count(shapes[node.id]) for node in data))
        start = 0
        for node in self.graph.nodes:
            if node.kind == "data":
                # The whole data in order needs no loading: the columns are the buffers.
                if whole:
                    array = experiment.data[node.name]
                else:
                    end = start + count(shapes[node.id])
                    array = self.vector[start:end].reshape(shapes[node.id])
                    start = end
                self.inputs[node.name] = array
                self.values[node.id] = Buffer(array, constant=whole)
            elif node.id in storage.views:
                self.values[node.id] = Buffer(storage.view(storage.parameters, node.id))
            elif node.literal is not None:
                self.values[node.id] = Buffer(node.literal, constant=True)
            elif node.op is None:
                array = experiment.leaves[node.name]
                array = self.constants[node.id] = array.copy() if private else array
                self.values[node.id] = Buffer(array, constant=not private)

    def compile(self, step: Step) -> Code:
        code = Code(step)
        match step.phase:
            case Phase.FORWARD:
                self._forward(step, code)
            case Phase.BACKWARD if step.is_seed:
                self._seed(step, code)
            case Phase.BACKWARD:
                self._backward(step, code)
            case _:
                pass
        return code

    # --- forward -------------------------------------------------------------------------------

    def _forward(self, step: Step, code: Code) -> None:
        assert step.node is not None
        node, shape = self.graph[step.node], self.shapes[step.node]
        assert node.op is not None
        if node.op.random:
            mask = Mask(step.node, dict(node.settings)["p"], np.ones(shape))
            self.masks.append(mask)
            self.values[step.node] = Buffer(mask.array)
            code.value = mask.array
            return
        if node.op.index_axis is not None:
            self._check_indices(node, code)
        expr = Call(node.op, self._operands(node), node.settings)
        is_loss = step.node == self.graph.loss
        out = self.loss.reshape(shape) if is_loss else np.empty(shape)
        buffer = self._emit(expr, code.calls, out)
        if is_loss and buffer.array is not out:
            code.calls.append(copying(out, buffer.array))
            buffer = Buffer(out)
        self.values[step.node] = buffer
        code.value = buffer.array

    def _check_indices(self, node: Node, code: Code) -> None:
        """Data and constants were checked when the experiment was opened; the rest is each time."""
        indices = self.graph[node.operands[1]]
        if indices.kind in ("op", "parameter"):
            array = np.asarray(self.values[indices.id].array)
            limit = index_limit(node, self.shapes)
            code.calls.append(partial(check_indices, array, limit, indices.name, node))

    # --- backward ------------------------------------------------------------------------------

    def _seed(self, step: Step, code: Code) -> None:
        assert step.node is not None
        self.gradients[step.node] = Buffer(np.ones(self.shapes[step.node]), constant=True)
        code.contribution = code.gradient = self.gradients[step.node].array

    def _backward(self, step: Step, code: Code) -> None:
        assert step.node is not None and step.source is not None and step.operand is not None
        node, shape = step.node, self.shapes[step.node]
        expr = sum_to(self._contributions(step.source)[step.operand], shape)
        own = self._own_gradient(node)
        if node not in self.gradients:
            arrived = self._emit(expr, code.calls, own)
            if own is not None and arrived.array is not own:
                code.calls.append(copying(own, arrived.array))
                arrived = Buffer(own)
            self.gradients[node] = arrived
            code.contribution = code.gradient = arrived.array
            return
        arrived = self._emit(expr, code.calls, None)
        so_far = self.gradients[node]
        total = own if own is not None else np.empty(shape)
        constant = arrived.constant and so_far.constant and own is None
        add = partial(np.add, so_far.array, arrived.array, total)
        add() if constant else code.calls.append(add)
        self.gradients[node] = Buffer(total, constant)
        code.contribution, code.gradient = arrived.array, total

    def _contributions(self, node: int) -> tuple[Expr, ...]:
        """What an op gives to each operand; the steps of its edges follow one another."""
        if self.contributing[0] != node:
            source = self.graph[node]
            assert source.op is not None
            out, upstream = self.references[node], Gradient(node, self.shapes[node])
            operands = self._operands(source)
            given = source.op.contributions(upstream, out, operands, source.settings)
            self.contributing = (node, given)
        return self.contributing[1]

    def _operands(self, node: Node) -> tuple[Expr, ...]:
        return tuple([self.references[i] for i in node.operands])

    def _own_gradient(self, node: int) -> Array | None:
        """The place in the flat gradient vector, for a parameter that is trained."""
        if node not in self.storage.views:
            return None
        return self.storage.view(self.storage.gradients, node)

    # --- instructions --------------------------------------------------------------------------

    def _emit(self, expr: Expr, calls: list[Thunk], out: Array | None) -> Buffer:
        """Append the calls that compute `expr`; the buffer that will hold it.

        The result is in `out` where calls are needed at all; a view, a plain value and an
        upstream gradient that is passed on unchanged need none and stay where they are.
        """
        match expr:
            case Value(node):
                return self.values[node]
            case Gradient(node):
                return self.gradients[node]
            case Number(value):
                return Buffer(value, constant=True)
            case Call():
                # What goes to a place of its own may be overwritten there; the rest can be shared.
                known = self.parts.get(expr) if out is None else None
                if known is None:
                    known = self._call(expr, calls, out)
                    if out is None:
                        self.parts[expr] = known
                return known
            case _:
                raise TypeError(expr)

    def _call(self, expr: Call, calls: list[Thunk], out: Array | None) -> Buffer:
        op, args, settings = expr.op, expr.args, dict(expr.settings)
        if op.definition is not None:
            return self._emit(op.definition(*args, **settings), calls, out)
        if op.view is not None:
            return self._view(op, self._emit(args[0], calls, None), settings, calls)
        if op.name == "sum" and (pair := self._sum_of_products(expr, args[0])):
            return self._instruction(dot_forward, pair, {}, expr.shape, calls, out)
        if op.name == "mul":
            args = self._regrouped(*args)
        if op.elementwise:
            # Broadcasting repeats a spread operand anyway, if another has its shape.
            plain = tuple([unspread(a) for a in args])
            if plain != args and op.shape(*(a.shape for a in plain), **settings) == expr.shape:
                args = plain
        assert op.forward is not None
        return self._instruction(
            op.forward,
            args,
            settings,
            expr.shape,
            calls,
            out,
            elementwise=op.elementwise,
            dtype=op.dtype,
        )

    def _regrouped(self, a: Expr, b: Expr) -> tuple[Expr, Expr]:
        """``(a · 2) · x`` for ``a · (2 · x)`` where a is constant: one product to an iteration.

        Only for powers of two, with which the product has the same bits either way.
        """
        if isinstance(b, Call) and b.op.name == "mul":
            factor, x = b.args
            power = isinstance(factor, Number) and abs(frexp(factor.value)[0]) == 0.5
            if power and isinstance(a, Gradient) and self.gradients[a.node].constant:
                return a * factor, x
        return a, b

    def _view(
        self, op: Op, source: Buffer, settings: Mapping[str, Any], calls: list[Thunk]
    ) -> Buffer:
        assert op.view is not None
        array = np.asarray(source.array)
        view = op.view(array, **settings)
        if array.size and not np.may_share_memory(view, array):
            # NumPy had to copy, once and now: copy in order first, each time, and look at that.
            ordered = np.empty(array.shape)
            copy = copying(ordered, array)
            copy() if source.constant else calls.append(copy)
            view = op.view(ordered, **settings)
        return Buffer(view, source.constant)

    def _instruction(
        self,
        forward: Any,
        args: Sequence[Expr],
        settings: Mapping[str, Any],
        shape: Shape,
        calls: list[Thunk],
        out: Array | None,
        *,
        elementwise: bool = False,
        dtype: type = float,
    ) -> Buffer:
        operands = [self._emit(arg, calls, None) for arg in args]
        target = np.empty(shape, dtype) if out is None else out
        arrays = [operand.array for operand in operands]
        bound = forward(target, *(arrays if elementwise else map(np.asarray, arrays)), **settings)
        # What depends on constants alone is computed once, here; but the loss and the trained
        # parameters' gradients live in storage that other programs write too.
        constant = all(operand.constant for operand in operands) and not self._shared(target)
        if constant:
            for call in bound:
                call()
        else:
            calls.extend(bound)
        return Buffer(target, constant)

    def _shared(self, array: Array) -> bool:
        return np.may_share_memory(array, self.storage.live)

    def _sum_of_products(self, total: Call, product: Expr) -> tuple[Expr, Expr] | None:
        """The two vectors whose products `total` sums to one number, if a dot can do it."""
        if total.shape != () or not isinstance(product, Call) or product.op.name != "mul":
            return None
        a, b = (unspread(arg) for arg in product.args)
        if a.shape != b.shape or not 0 < count(a.shape) <= DOT_LIMIT:
            return None
        return a, b
