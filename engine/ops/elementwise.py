"""Ops that work number by number, each with its local derivatives declared once.

Conventions at kinks are PyTorch's: relu'(0) = 0, |x|'(0) = 0, and where a maximum is a tie both
operands take one half. May import: numpy, ops.core, shapes.   Imported by: the ops room.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine.ops.core import Array, Expr, Number, Op, Thunk, call, copying, is_number
from engine.shapes import Shape, broadcast

# In quotes, because naming numpy.random loads it, which takes as long as an eighth of NumPy.
Sampler = Callable[["np.random.Generator"], tuple[Array, ...]]


SMALL = 1024
"""Up to so many numbers, NumPy takes longer to set up an iteration over operands of different
shapes than to copy the smaller ones to the size of the result."""


def ufunc(function: np.ufunc) -> Callable[..., list[Thunk]]:
    """The forward rule of an op that is one NumPy ufunc."""

    def forward(out: Array, *operands: Array | float) -> list[Thunk]:
        calls: list[Thunk] = []
        arrays: list[Array] = []
        for operand in operands:
            array = _unrepeated(np.asarray(operand))
            if array.ndim and array.shape != out.shape and out.size <= SMALL:
                spread = np.empty(out.shape, out.dtype)
                calls.append(copying(spread, array))
                array = spread
            arrays.append(array)
        if function in (np.add, np.multiply) and arrays[1].ndim < arrays[0].ndim:
            arrays.reverse()  # a number comes first: that is the faster loop
        return [*calls, partial(function, *arrays, out)]

    return forward


def _unrepeated(array: Array) -> Array:
    """The array without what broadcasting repeats in it; one number as a 0-d array.

    A literal becomes one, too: converting a Python float in each call costs as much as the call.
    """
    if 0 in array.strides:
        array = array[tuple(slice(1 if step == 0 else None) for step in array.strides)]
    return array.reshape(()) if array.size == 1 else array


def elementwise(
    name: str,
    symbol: str,
    forward: Callable[..., list[Thunk]],
    partials: Callable[..., tuple[Expr, ...]],
    words: tuple[str, ...],
    sample: Sampler,
    **more: Any,
) -> Op:
    """An op whose operands broadcast and whose derivatives are elementwise."""

    shape = _broadcast_with_settings if more.get("settings") else broadcast
    return Op(name, symbol, len(words), forward, shape, words, sample, partials=partials, **more)


def _broadcast_with_settings(*shapes: Shape, **_: Any) -> Shape:
    return broadcast(*shapes)


def normal(low: float = -2.0, high: float = 2.0) -> Sampler:
    """One operand of shape (2, 3), spread evenly between `low` and `high`."""
    return lambda rng: (rng.uniform(low, high, (2, 3)),)


def pair(low: float = -2.0, high: float = 2.0) -> Sampler:
    """Two operands that broadcast: (2, 3) and (3,)."""
    return lambda rng: (rng.uniform(low, high, (2, 3)), rng.uniform(low, high, 3))


def away_from_zero(rng: np.random.Generator) -> tuple[Array, ...]:
    """One operand with no number near the kink at 0."""
    return (rng.uniform(0.1, 2.0, (2, 3)) * rng.choice([-1.0, 1.0], (2, 3)),)


def apart(rng: np.random.Generator) -> tuple[Array, ...]:
    """Two operands that never tie."""
    a = rng.uniform(-2.0, 2.0, (2, 3))
    gap = rng.uniform(0.1, 1.0, (2, 3)) * rng.choice([-1.0, 1.0], (2, 3))
    return a, a + gap


def _pow_forward(out: Array, a: Array, b: Array | float) -> list[Thunk]:
    # A literal exponent takes the exact and much faster route that `a ** 2` takes in NumPy.
    shortcuts = {2.0: np.square, 0.5: np.sqrt, -1.0: np.reciprocal}
    if isinstance(b, float) and b in shortcuts:
        return [partial(shortcuts[b], a, out)]
    return [partial(np.power, np.asarray(a), np.asarray(b), out)]


def _pow_partials(out: Expr, a: Expr, b: Expr) -> tuple[Expr, ...]:
    # 0 · a**-1 is nan at a = 0, and so is out · log a for b ≥ 0; the true limits are 0, as in
    # PyTorch's pow_backward.
    base = b * a ** (b - 1)
    if is_number(b, 0.0):
        base = b
    elif not isinstance(b, Number):
        base = call("where", b, base, 0.0)
    flows = call("abs", a) + call("greater", 0.0, b)  # 0 only where a is 0 and b is not below
    return base, call("where", flows, out * call("log", a), 0.0)


def _sigmoid_forward(out: Array, a: Array) -> list[Thunk]:
    # 1 / (1 + e^-a): for very negative a, e^-a overflows to inf and the quotient is the right 0.
    return [
        partial(np.negative, a, out),
        partial(np.exp, out, out),
        partial(np.add, out, np.array(1.0), out),
        partial(np.reciprocal, out, out),
    ]


def _step_forward(out: Array, a: Array, tie: Array | float) -> list[Thunk]:
    if not (isinstance(tie, float) and tie == 0.0):
        return [partial(np.heaviside, np.asarray(a), np.asarray(tie), out)]
    # The same where a is a number, and several times as fast.
    positive = np.empty(np.shape(a), bool)
    return [partial(np.greater, np.asarray(a), np.array(0.0), positive), copying(out, positive)]


def _where_forward(out: Array, condition: Array, a: Array, b: Array) -> list[Thunk]:
    chosen = np.empty(np.shape(condition), bool)
    return [
        partial(np.not_equal, np.asarray(condition), np.array(0.0), chosen),
        copying(out, np.asarray(b)),
        partial(np.copyto, out, np.asarray(a), where=chosen),
    ]


def _clip_forward(out: Array, a: Array, low: Array, high: Array) -> list[Thunk]:
    return [
        partial(np.minimum, np.asarray(a), np.asarray(high), out=out),
        partial(np.maximum, out, np.asarray(low), out=out),
    ]


def _extremum(function: np.ufunc) -> Callable[..., list[Thunk]]:
    # NumPy deprecates a positional `out` for maximum and minimum alone: too easily a third operand.
    return lambda out, a, b: [partial(function, np.asarray(a), np.asarray(b), out=out)]


def _share(winner: Expr, loser: Expr) -> Expr:
    """1 where the one is above the other, ½ where they tie, 0 below."""
    if isinstance(winner, Number) or isinstance(loser, Number):
        return call("step", winner - loser, 0.5)
    # Two infinities tie, too, and have no difference.
    return call("greater", winner, loser) + 0.5 * call("equal", winner, loser)


ZERO, ONE = Number(0.0), Number(1.0)

ARITHMETIC = (
    elementwise(
        "add",
        "+",
        ufunc(np.add),
        lambda out, a, b: (ONE, ONE),
        ("∂out", "∂out"),
        pair(),
        infix="+",
        precedence=1,
    ),
    elementwise(
        "sub",
        "−",
        ufunc(np.subtract),
        lambda out, a, b: (ONE, -ONE),
        ("∂out", "−∂out"),
        pair(),
        infix="-",
        precedence=1,
    ),
    elementwise(
        "mul",
        "×",
        ufunc(np.multiply),
        lambda out, a, b: (b, a),
        ("∂out · b", "∂out · a"),
        pair(),
        infix="*",
        precedence=2,
    ),
    elementwise(
        "div",
        "÷",
        ufunc(np.divide),
        # −out/b rather than −a/b²: b² underflows long before b does.
        lambda out, a, b: (1 / b, -(out / b)),
        ("∂out / b", "−∂out · out / b"),
        pair(0.5, 2.0),
        infix="/",
        precedence=2,
    ),
    elementwise(
        "pow",
        "xʸ",
        _pow_forward,
        _pow_partials,
        ("∂out · b · a**(b − 1)", "∂out · out · log a"),
        pair(0.5, 2.0),
        infix="**",
        precedence=4,
    ),
    elementwise(
        "neg",
        "−",
        ufunc(np.negative),
        lambda out, a: (-ONE,),
        ("−∂out",),
        normal(),
        infix="-",
        precedence=3,
    ),
    elementwise(
        # A formula that only renames a value, `h = x`, is an op too: it has an event to stop at.
        "identity",
        "=",
        ufunc(np.positive),
        lambda out, a: (ONE,),
        ("∂out",),
        normal(),
        in_language=False,
    ),
)

FUNCTIONS = (
    elementwise("exp", "exp", ufunc(np.exp), lambda out, a: (out,), ("∂out · out",), normal()),
    elementwise(
        "log", "log", ufunc(np.log), lambda out, a: (1 / a,), ("∂out / a",), normal(0.2, 3.0)
    ),
    elementwise(
        "log1p",
        "log1p",
        ufunc(np.log1p),
        lambda out, a: (1 / (1 + a),),
        ("∂out / (1 + a)",),
        normal(-0.5, 2.0),
    ),
    elementwise(
        # exp a rather than out + 1, which cancels in the tail.
        "expm1",
        "expm1",
        ufunc(np.expm1),
        lambda out, a: (call("exp", a),),
        ("∂out · exp a",),
        normal(),
    ),
    elementwise(
        "sqrt",
        "√",
        ufunc(np.sqrt),
        lambda out, a: (1 / (2 * out),),
        ("∂out / (2 · out)",),
        normal(0.2, 3.0),
    ),
    elementwise(
        "abs",
        "|x|",
        ufunc(np.absolute),
        lambda out, a: (call("sign", a),),
        ("∂out · sign(a)",),
        away_from_zero,
    ),
    elementwise(
        "sin", "sin", ufunc(np.sin), lambda out, a: (call("cos", a),), ("∂out · cos a",), normal()
    ),
    elementwise(
        "cos",
        "cos",
        ufunc(np.cos),
        lambda out, a: (-call("sin", a),),
        ("−∂out · sin a",),
        normal(),
    ),
    elementwise(
        "tan",
        "tan",
        ufunc(np.tan),
        lambda out, a: (1 + out**2,),
        ("∂out · (1 + out²)",),
        normal(-1.2, 1.2),
    ),
    elementwise(
        "tanh",
        "tanh",
        ufunc(np.tanh),
        lambda out, a: (1 - out**2,),
        ("∂out · (1 − out²)",),
        normal(),
    ),
    elementwise(
        "sigmoid",
        "σ",
        _sigmoid_forward,
        lambda out, a: (out * (1 - out),),
        ("∂out · out · (1 − out)",),
        normal(),
    ),
    elementwise(
        "relu",
        "relu",
        lambda out, a: [partial(np.maximum, a, np.array(0.0), out=out)],
        lambda out, a: (call("step", a, 0.0),),
        ("∂out where a > 0, else 0",),
        away_from_zero,
    ),
    elementwise(
        "maximum",
        "max",
        _extremum(np.maximum),
        lambda out, a, b: (_share(a, b), _share(b, a)),
        ("∂out where a > b, half of it where a = b", "∂out where b > a, half of it where a = b"),
        apart,
    ),
    elementwise(
        "minimum",
        "min",
        _extremum(np.minimum),
        lambda out, a, b: (_share(b, a), _share(a, b)),
        ("∂out where a < b, half of it where a = b", "∂out where b < a, half of it where a = b"),
        apart,
    ),
    elementwise(
        "where",
        "?:",
        _where_forward,
        lambda out, condition, a, b: (
            ZERO,
            call("where", condition, 1.0, 0.0),
            call("where", condition, 0.0, 1.0),
        ),
        ("0", "∂out where the condition holds", "∂out where it does not"),
        lambda rng: (np.array([0.0, 1.0, 1.0]), *apart(rng)),
    ),
)

# What derivatives are written with. All are flat, so their own derivative is 0 almost everywhere.
FLAT = (
    elementwise(
        "sign",
        "±",
        ufunc(np.sign),
        lambda out, a: (ZERO,),
        ("0",),
        away_from_zero,
        in_language=False,
    ),
    elementwise(
        # step(a, tie): 0 below zero, `tie` at zero, 1 above.
        "step",
        "⎍",
        _step_forward,
        lambda out, a, tie: (ZERO, call("where", a, 0.0, 1.0)),
        ("0", "∂out where a = 0"),
        lambda rng: (*away_from_zero(rng), np.array(0.5)),
        in_language=False,
    ),
    elementwise(
        "greater",
        ">",
        ufunc(np.greater),
        lambda out, a, b: (ZERO, ZERO),
        ("0", "0"),
        apart,
        precedence=0,
        in_language=False,
    ),
    elementwise(
        "equal",
        "=",
        ufunc(np.equal),
        lambda out, a, b: (ZERO, ZERO),
        ("0", "0"),
        apart,
        precedence=0,
        in_language=False,
    ),
    elementwise(
        "clip",
        "clip",
        _clip_forward,
        lambda out, a, low, high: (
            call("equal", a, out),
            call("greater", low, a),
            call("greater", a, high),
        ),
        ("∂out where low ≤ a ≤ high, else 0", "∂out where a < low", "∂out where a > high"),
        lambda rng: (*away_from_zero(rng), np.array(-0.95), np.array(0.95)),
        in_language=False,
    ),
)

OPS = (*ARITHMETIC, *FUNCTIONS, *FLAT)
