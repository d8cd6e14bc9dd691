"""Expressions evaluated on given arrays: once, or bound to calls for as often as they change.

May import: ops.   Imported by: optimizers, conditions, taps, explain, forward, tracefile.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from engine.ops import Array, Call, Expr, Gradient, Number, Op, Thunk, Value
from engine.ops.composed import Lookup, evaluate
from engine.ops.core import is_number

__all__ = ["Lookup", "bound", "evaluate", "scales", "substitute"]


def bound(
    expr: Expr,
    value: Lookup,
    calls: list[Thunk],
    out: Array | None = None,
    dtype: type[float | complex] = float,
) -> Any:
    """Append the calls that compute `expr` from where its values are; where the result will be.

    `value` gives the array of a value, which the calls read anew each time and never write. The
    shapes are those of the arrays. The result is written to `out` where that is given; what only
    looks at a value is that array or a view of it, and what numbers alone make is a float. Buffers
    are of `dtype`: complex ones carry an imaginary part through all calls that allow it.
    """
    return _Binder(value, calls, dtype).bind(expr, out)


class _Binder:
    def __init__(self, value: Lookup, calls: list[Thunk], dtype: type[float | complex]) -> None:
        self.value = value
        self.calls = calls
        self.dtype = dtype
        self.parts: dict[Expr, Any] = {}
        """What is computed already: a part that occurs twice is computed once."""

    def bind(self, expr: Expr, out: Array | None = None) -> Any:
        match expr:
            case Number(number):
                found = number
            case Value(node):
                found = self.value(node)
            case Call() if out is not None:
                return self._call(expr, out)
            case Call():
                found = self.parts.get(expr)
                if found is None:
                    found = self.parts[expr] = self._call(expr, None)
            case _:
                raise TypeError(expr)
        if out is None:
            return found
        self.calls.append(partial(np.copyto, out, found))
        return out

    def _call(self, expr: Call, out: Array | None) -> Any:
        op, settings = expr.op, dict(expr.settings)
        if op.definition is not None:
            return self.bind(op.definition(*expr.args, **settings), out)
        operands = [self.bind(arg) for arg in expr.args]
        if op.view is not None:
            view = self._view(op, np.asarray(operands[0]), settings)
            if out is None:
                return view
            self.calls.append(partial(np.copyto, out, view))
            return out
        shape = op.shape(*(np.shape(operand) for operand in operands), **settings)
        dtype = self.dtype if op.dtype is float else op.dtype
        target = np.empty(shape, dtype) if out is None else out
        assert op.forward is not None
        arrays = operands if op.elementwise else map(np.asarray, operands)
        instructions = op.forward(target, *arrays, **settings)
        if out is None and shape == () and all(isinstance(o, float) for o in operands):
            with np.errstate(all="ignore"):
                for instruction in instructions:
                    instruction()
            return target.item()
        self.calls.extend(instructions)
        return target

    def _view(self, op: Op, array: Array, settings: Mapping[str, Any]) -> Array:
        assert op.view is not None
        view = op.view(array, **settings)
        if array.size and not np.may_share_memory(view, array):
            # NumPy had to copy, once and now: copy in order first, each time, and look at that.
            ordered = np.empty(array.shape, array.dtype)
            self.calls.append(partial(np.copyto, ordered, array))
            view = op.view(ordered, **settings)
        return view


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
        case Call(op, (condition, a, b)) if op.name == "where" and _mentions(expr, node):
            # Chosen or not at all: the other branch is 0, and the condition a number by itself.
            flowing, other = (a, b) if _mentions(a, node) else (b, a)
            still = not _mentions(condition, node) and is_number(other, 0.0)
            return still and scales(flowing, node)
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
