"""Expressions evaluated on recorded values, outside any run.

May import: ops.   Imported by: explain.
"""

from __future__ import annotations

from engine.ops import Call, Expr, Gradient
from engine.ops.composed import Lookup, evaluate

__all__ = ["Lookup", "evaluate", "scales", "substitute"]


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
