"""Ops that are defined by others: ``mse`` is a mean of squares, ``conv2d`` a matrix product.

A definition is an expression over the ops of the table. The compiler expands it; outside of a
program, where an op has to stand for itself, the definition is interpreted here.
May import: numpy, ops.core, shapes.   Imported by: the ops room, evaluation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.ops.core import (
    Array,
    Call,
    Expr,
    Gradient,
    Number,
    Op,
    Tangent,
    Thunk,
    Value,
    call,
)
from engine.shapes import Shape

Lookup = Callable[[int], Array]


def evaluate(expr: Expr, value: Lookup, gradient: Lookup) -> Array:
    """The value of `expr`, where `value` and `gradient` give those of its nodes.

    `gradient` gives the tangents, too: an expression has the one or the other.
    """
    match expr:
        case Number(number):
            return np.asarray(number)
        case Value(node):
            return value(node)
        case Gradient(node) | Tangent(node):
            return gradient(node)
        case Call(op, args, settings):
            operands = [np.asarray(evaluate(arg, value, gradient)) for arg in args]
            if op.view is not None:
                return op.view(operands[0], **dict(settings))
            assert op.forward is not None
            shape = op.shape(*(operand.shape for operand in operands), **dict(settings))
            out = np.empty(shape, op.dtype)
            for thunk in op.forward(out, *operands, **dict(settings)):
                thunk()
            return out
        case _:
            raise TypeError(expr)


def composed(
    name: str,
    symbol: str,
    definition: Callable[..., Expr],
    vjp: Callable[..., tuple[Expr, ...]],
    words: tuple[str, ...],
    sample: Callable[[np.random.Generator], tuple[Array, ...]],
    **more: Any,
) -> Op:
    """An op that is an expression over others; its shape is the expression's."""
    shape: Callable[..., Shape] = more.pop("shape", None) or _shape_of(definition)
    forward = interpreted(definition)
    return Op(
        name,
        symbol,
        len(words),
        forward,
        shape,
        words,
        sample,
        vjp=vjp,
        definition=definition,
        **more,
    )


def _shape_of(definition: Callable[..., Expr]) -> Callable[..., Shape]:
    def shape(*shapes: Shape, **settings: Any) -> Shape:
        return definition(*(Value(i, s) for i, s in enumerate(shapes)), **settings).shape

    return shape


def interpreted(definition: Callable[..., Expr]) -> Callable[..., list[Thunk]]:
    """The forward rule of an op that is defined by others."""

    def forward(out: Array, *operands: Array, **settings: Any) -> list[Thunk]:
        arrays = [np.asarray(operand) for operand in operands]
        expr = definition(*(Value(i, a.shape) for i, a in enumerate(arrays)), **settings)

        def run() -> None:
            np.copyto(out, evaluate(expr, arrays.__getitem__, arrays.__getitem__))

        return [run]

    return forward


def along_gradient(vjp: Callable[..., tuple[Expr, ...]]) -> Callable[..., Expr]:
    """The JVP of an op whose result is one number: its gradient, times the tangents, summed."""

    def jvp(tangents: tuple[Expr | None, ...], out: Expr, *operands: Expr, **settings: Any) -> Expr:
        gradients = vjp(Number(1.0), out, *operands, **settings)
        terms = [
            call("sum", gradient * tangent)
            for gradient, tangent in zip(gradients, tangents, strict=True)
            if tangent is not None
        ]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total

    return jvp


def nothing(operand: Expr) -> Expr:
    """The gradient of an operand that none flows to: zeros, in its shape."""
    return call("spread", 0.0, shape=operand.shape)
