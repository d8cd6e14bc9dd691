"""Expressions evaluated on recorded values, outside any run.

May import: ops.   Imported by: explain.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.ops import Array, Call, Expr, Gradient, Number, Value

Lookup = Callable[[int], Array]


def evaluate(expr: Expr, value: Lookup, gradient: Lookup) -> Array:
    """The value of `expr`, where `value` and `gradient` give those of its nodes."""
    match expr:
        case Number(number):
            return np.asarray(number)
        case Value(node):
            return value(node)
        case Gradient(node):
            return gradient(node)
        case Call(op, args, settings):
            operands = [np.asarray(evaluate(arg, value, gradient)) for arg in args]
            if op.view is not None:
                return op.view(operands[0], **dict(settings))
            assert op.forward is not None
            shape = op.shape(*(operand.shape for operand in operands), **dict(settings))
            out = np.empty(shape)
            for call in op.forward(out, *operands, **dict(settings)):
                call()
            return out
        case _:
            raise TypeError(expr)


def substitute(expr: Expr, node: int, replacement: Expr) -> Expr:
    """`expr` with the gradient of `node` replaced, simplified again where that helps."""
    match expr:
        case Gradient(n) if n == node:
            return replacement
        case Call(op, args, settings):
            new = tuple(substitute(arg, node, replacement) for arg in args)
            if op.name == "spread":
                return new[0]
            return _rebuilt(op.name, new) or Call(op, new, settings)
        case _:
            return expr


def _rebuilt(name: str, args: tuple[Expr, ...]) -> Expr | None:
    match name, args:
        case "mul", (a, b):
            return a * b
        case "div", (a, b):
            return a / b
        case "add", (a, b):
            return a + b
        case "sub", (a, b):
            return a - b
        case "neg", (a,):
            return -a
        case _:
            return None


def scales(expr: Expr, node: int) -> bool:
    """Whether `expr` only multiplies the gradient of `node`, number by number.

    Then the expression is that gradient times a local derivative; a matrix product or a sum over
    the gradient is a linear map, but not such a product.
    """
    match expr:
        case Call(op, args) if any(_mentions(arg, node) for arg in args):
            if op.name not in ("mul", "div", "neg", "add", "sub", "spread"):
                return False
            return all(scales(arg, node) for arg in args if _mentions(arg, node))
        case _:
            return True


def _mentions(expr: Expr, node: int) -> bool:
    match expr:
        case Gradient(n):
            return n == node
        case Call(_, args):
            return any(_mentions(arg, node) for arg in args)
        case _:
            return False
