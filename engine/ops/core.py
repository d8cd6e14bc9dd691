"""What an op is, and the expressions that ops are written in.

A derivative rule is itself an expression over the ops of the table: `mul` says that its local
derivatives are ``(b, a)``, `sin` says ``cos(a)``. That one declaration is compiled to NumPy calls
by `engine.program`, shown as symbols by `engine.explain`, and written out as the backward lines
of the listing. `Op` and `Expr` therefore define each other and share this file.

May import: numpy, engine.errors, engine.shapes.   Imported by: the rest of the ops room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any, Final

import numpy as np

from engine.shapes import Shape

Array = np.ndarray[Any, np.dtype[Any]]
Thunk = Callable[[], object]
"""One bound NumPy call that writes into its output buffer."""


def copying(target: Array, source: Array) -> Thunk:
    """The call that copies, spreads or converts `source` into `target`."""
    # np.copyto does the same, in more than twice the time on a small array.
    return partial(target.__setitem__, ..., source)


Settings = tuple[tuple[str, Any], ...]
"""Static settings of a call (``axis``, ``keepdims``), sorted by name so that calls compare."""


REQUIRED: Final = object()
"""The default of a setting that has none: a call must give it."""


@dataclass(frozen=True, eq=False)
class Op:
    """A primitive operation, declared exactly once.

    Operands are positional arrays; static settings (``axis``, ``keepdims``) are keywords.

    How the result is computed is said in one of three ways: `forward` (NumPy calls), `view` (no
    call at all) or `definition` (an expression over other ops). How it is differentiated, too:
    `partials`, from which VJP and JVP both follow, or `vjp` with one of `multilinear`, `jvp` or a
    definition to push tangents through.
    """

    name: str
    """In formulas, in the trace, in errors."""
    symbol: str
    """What the graph draws on a node: ``×``, ``sin``."""
    arity: int
    forward: Callable[..., list[Thunk]] | None
    """``forward(out, *operands, **settings)``: the calls that compute `out`, in order."""
    shape: Callable[..., Shape]
    """``shape(*operand_shapes, **settings)``; raises `shapes.Mismatch`."""
    words: tuple[str, ...]
    """The VJP of each operand for a reader: a, b are the operands, ∂out the upstream gradient."""
    sample: Callable[[np.random.Generator], tuple[Array, ...]]
    """Operands away from every kink and pole, for the tests."""
    partials: Callable[..., tuple[Expr, ...]] | None = None
    """Elementwise ops: ``partials(out, *operands, **settings)``, ∂out/∂operand for each."""
    vjp: Callable[..., tuple[Expr, ...]] | None = None
    """Other ops: ``vjp(upstream, out, *operands, **settings)``, for each operand the product
    of the upstream gradient and the op's Jacobian, in the operand's own shape."""
    view: Callable[..., Array] | None = None
    """For ops that only look at their operand another way: the view, and no call at all."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Keywords that a formula may give, with their defaults."""
    examples: tuple[Mapping[str, Any], ...] = ({},)
    """Settings that go with the sample, for the tests."""
    infix: str | None = None
    precedence: int = 9
    """How tightly the written form binds: + 1, × 2, unary − 3, ** 4, a call 9."""
    in_language: bool = True
    """Whether a formula may call it; the rest only serves derivatives."""
    definition: Callable[..., Expr] | None = None
    """``definition(*operands, **settings)``: the op as an expression over others. The compiler
    expands it, so that what forward and backward pass have in common is computed once."""
    jvp: Callable[..., Expr] | None = None
    """``jvp(tangents, out, *operands, **settings)``, where the op is neither elementwise nor
    multilinear: how the result moves when each operand moves along its tangent (None: stays)."""
    multilinear: bool = False
    """Linear in each operand by itself: its JVP is the op itself, on each tangent in turn."""
    constant: tuple[int, ...] = ()
    """Positions of operands that no gradient ever flows to: indices, what only lends its shape."""
    index_axis: int | None = None
    """Where operand 1 holds indices: the axis of operand 0 that they count along."""
    random: bool = False
    """The value is not computed but drawn, by the address of the event (`engine.chance`)."""
    drawn: str | None = None
    """The random op that supplies the last operand, which a formula therefore does not write."""
    way_out: str = ""
    """What a reader should do where shapes do not fit; by default broadcasting's rule."""
    variadic: bool = False
    """Takes `arity` operands or more; see `taking`."""
    dtype: type = float
    """What the result consists of; whole numbers only inside definitions."""

    @property
    def written_arity(self) -> int:
        """How many operands a formula writes."""
        return self.arity - (self.drawn is not None)

    def taking(self, operands: int) -> Op:
        """This op for so many operands, where it takes any number."""
        return _taking(self, operands) if self.variadic else self

    @property
    def elementwise(self) -> bool:
        """Whether each number of the result depends on one number of each operand."""
        return self.partials is not None

    def contributions(
        self, upstream: Expr, out: Expr, operands: tuple[Expr, ...], settings: Settings
    ) -> tuple[Expr, ...]:
        """What each operand's gradient receives, before broadcast axes are summed away."""
        if self.partials is not None:
            local = self.partials(out, *operands, **dict(settings))
            return tuple(_through(upstream, partial) for partial in local)
        assert self.vjp is not None, f"{self.name} declares no derivative"
        return self.vjp(upstream, out, *operands, **dict(settings))

    def tangent(
        self,
        tangents: tuple[Expr | None, ...],
        out: Expr,
        operands: tuple[Expr, ...],
        settings: Settings,
    ) -> Expr | None:
        """How the result moves when the operands move along `tangents` (None: one stays).

        The JVP, in the shape of the result; None where the result stays as it is.
        """
        moving = tuple(
            None if position in self.constant else tangent
            for position, tangent in enumerate(tangents)
        )
        if all(tangent is None for tangent in moving):
            return None
        given = dict(settings)
        if self.jvp is not None:
            return self.jvp(moving, out, *operands, **given)
        if self.partials is not None:
            partials = self.partials(out, *operands, **given)
            terms = [
                _through(tangent, partial)
                for tangent, partial in zip(moving, partials, strict=True)
                if tangent is not None and not is_number(partial, 0.0)
            ]
        elif self.multilinear:
            terms = [
                Call(self, (*operands[:position], tangent, *operands[position + 1 :]), settings)
                for position, tangent in enumerate(moving)
                if tangent is not None
            ]
        else:
            assert self.definition is not None, f"{self.name} declares no tangent"
            own: dict[Expr, Expr] = {}
            values, moves = [], {}
            for position, (operand, tangent) in enumerate(zip(operands, moving, strict=True)):
                values.append(Value(-1 - position, operand.shape))
                own[values[-1]] = operand
                if tangent is not None:
                    moves[-1 - position] = Tangent(-1 - position, operand.shape)
                    own[moves[-1 - position]] = tangent
            moved = _pushed(self.definition(*values, **given), moves)
            terms = [] if moved is None else [replaced(moved, own)]
        return _total(terms, out.shape)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def _through(slope: Expr, partial: Expr) -> Expr:
    """The product of a gradient or a tangent with a local derivative.

    Where the derivative is chosen to be 0, nothing flows, and not 0 times what might be infinite.
    """
    if isinstance(partial, Call) and partial.op.name == "where":
        condition, a, b = partial.args
        if is_number(b, 0.0):
            return call("where", condition, slope * a, 0.0)
        if is_number(a, 0.0):
            return call("where", condition, 0.0, slope * b)
    return slope * partial


@cache
def _taking(op: Op, operands: int) -> Op:
    return replace(op, arity=operands, words=op.words[:1] * operands)


TABLE: dict[str, Op] = {}
"""Every op by name; filled by the ops room's ``__init__``."""


class Expr:
    """An expression over node values, upstream gradients and numbers.

    Building one simplifies what every reader would (``1 · x``, ``−−x``, numbers folded), so a
    rule may be written in its general form and still read like a hand-written one.
    """

    shape: Shape

    def __add__(self, other: Expr | float) -> Expr:
        return _add(self, lift(other))

    def __radd__(self, other: float) -> Expr:
        return _add(lift(other), self)

    def __sub__(self, other: Expr | float) -> Expr:
        return _sub(self, lift(other))

    def __rsub__(self, other: float) -> Expr:
        return _sub(lift(other), self)

    def __mul__(self, other: Expr | float) -> Expr:
        return _mul(self, lift(other))

    def __rmul__(self, other: float) -> Expr:
        return _mul(lift(other), self)

    def __truediv__(self, other: Expr | float) -> Expr:
        return _div(self, lift(other))

    def __rtruediv__(self, other: float) -> Expr:
        return _div(lift(other), self)

    def __pow__(self, other: Expr | float) -> Expr:
        return _pow(self, lift(other))

    def __neg__(self) -> Expr:
        return _neg(self)

    def __matmul__(self, other: Expr) -> Expr:
        return call("matmul", self, other)


@dataclass(frozen=True)
class Number(Expr):
    """A number; with a label where it stands for a count (``N``, the samples of the batch)."""

    value: float
    label: str | None = None
    shape = ()


class Named(float):
    """A number that is written by its name in an expression: an option like ``momentum``."""

    name: str

    def __new__(cls, value: float, name: str) -> Named:
        number = super().__new__(cls, value)
        number.name = name
        return number


@dataclass(frozen=True)
class Value(Expr):
    """The value of a node of the graph."""

    node: int
    shape: Shape = field(compare=False)


@dataclass(frozen=True)
class Gradient(Expr):
    """The gradient of the loss with respect to a node: the upstream gradient of its op."""

    node: int
    shape: Shape = field(compare=False)


@dataclass(frozen=True)
class Tangent(Expr):
    """How a node moves when a parameter does: ∂node/∂parameter along a direction."""

    node: int
    shape: Shape = field(compare=False)


@dataclass(frozen=True, init=False)
class Call(Expr):
    """An op applied to expressions."""

    op: Op
    args: tuple[Expr, ...]
    settings: Settings = ()

    def __init__(self, op: Op, args: tuple[Expr, ...], settings: Settings = ()) -> None:
        # To compile a program is to make thousands of these: the fields go straight to where they
        # live, in half the time that frozen ones take otherwise.
        own = self.__dict__
        own["op"], own["args"], own["settings"] = op, args, settings
        shapes = [arg.shape for arg in args]
        own["shape"] = op.shape(*shapes, **dict(settings)) if settings else op.shape(*shapes)

    def __hash__(self) -> int:
        # Kept, so that looking up a part of a part of an expression stays cheap.
        known = self.__dict__.get("hash")
        if known is None:
            known = self.__dict__["hash"] = hash((self.op.name, self.args, self.settings))
        return known


def lift(value: Expr | float) -> Expr:
    """A number as an expression; an expression as it is."""
    if isinstance(value, Expr):
        return value
    return Number(float(value), value.name if isinstance(value, Named) else None)


def call(name: str, *args: Expr | float, **settings: Any) -> Expr:
    """The op `name` of the table applied to `args`."""
    lifted = tuple([lift(arg) for arg in args])
    return Call(TABLE[name], lifted, tuple(sorted(settings.items())) if settings else ())


def is_number(expr: Expr, value: float) -> bool:
    """Whether `expr` is this plain number."""
    return isinstance(expr, Number) and expr.label is None and expr.value == value


def _plain(a: Expr, b: Expr) -> tuple[float, float] | None:
    """The values of two plain numbers, or None when one of them is something else."""
    if isinstance(a, Number) and isinstance(b, Number) and a.label is None and b.label is None:
        return a.value, b.value
    return None


def replaced(expr: Expr, mapping: Mapping[Expr, Expr]) -> Expr:
    """`expr` with every key of `mapping` in it replaced."""
    if expr in mapping:
        return mapping[expr]
    if isinstance(expr, Call):
        return Call(expr.op, tuple(replaced(arg, mapping) for arg in expr.args), expr.settings)
    return expr


def _pushed(expr: Expr, tangents: Mapping[int, Expr]) -> Expr | None:
    """How `expr` moves when the values with these ids move along their tangents."""
    match expr:
        case Value(node):
            return tangents.get(node)
        case Call(op, args, settings):
            moving = tuple(_pushed(arg, tangents) for arg in args)
            return op.tangent(moving, expr, args, settings)
        case _:
            return None


def _total(terms: Sequence[Expr], shape: Shape) -> Expr | None:
    """The sum of the terms, spread to `shape` where all of them are smaller."""
    if not terms:
        return None
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total if total.shape == shape else call("spread", total, shape=shape)


def _is_negation(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.op.name == "neg"


def _add(a: Expr, b: Expr) -> Expr:
    if numbers := _plain(a, b):
        return Number(numbers[0] + numbers[1])
    if is_number(a, 0.0):
        return b
    if is_number(b, 0.0):
        return a
    return Call(TABLE["add"], (a, b))


def _sub(a: Expr, b: Expr) -> Expr:
    if numbers := _plain(a, b):
        return Number(numbers[0] - numbers[1])
    if is_number(b, 0.0):
        return a
    if is_number(a, 0.0):
        return -b
    return Call(TABLE["sub"], (a, b))


def _mul(a: Expr, b: Expr) -> Expr:
    if numbers := _plain(a, b):
        return Number(numbers[0] * numbers[1])
    if is_number(a, 1.0):
        return b
    if is_number(b, 1.0):
        return a
    if is_number(a, -1.0):
        return -b
    if is_number(b, -1.0):
        return -a
    return Call(TABLE["mul"], (a, b))


def _div(a: Expr, b: Expr) -> Expr:
    if is_number(b, 1.0):
        return a
    return Call(TABLE["div"], (a, b))


def _pow(a: Expr, b: Expr) -> Expr:
    if is_number(b, 1.0):
        return a
    return Call(TABLE["pow"], (a, b))


def _neg(a: Expr) -> Expr:
    if isinstance(a, Number) and a.label is None:
        return Number(-a.value)
    if _is_negation(a):
        assert isinstance(a, Call)
        return a.args[0]
    return Call(TABLE["neg"], (a,))
