"""Every op of the table computed another way, and what the table's own rules give.

The twins are `engine.plain`, the functions as a person would write them, and a few lines of NumPy
for ops that no person calls. May import: engine. Imported by: tests of ops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from engine.evaluation import evaluate
from engine.ops import OPS, Array, Gradient, Op, Tangent, Value
from engine.ops.indexing import subscript
from engine.plain import FUNCTIONS, windows

Settings = Mapping[str, Any]


def _unwindow(a: Array, shape: Any, stride: Any) -> Array:
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    out = np.zeros(shape)
    for n, c, i, j, p, q in np.ndindex(a.shape):
        out[n, c, i * sh + p, j * sw + q] += a[n, c, i, j, p, q]
    return out


def _first_max(a: Array) -> Array:
    out = np.zeros(a.shape)
    for place in np.ndindex(a.shape[:4]):
        out[place][np.unravel_index(a[place].argmax(), a[place].shape)] = 1.0
    return out


def _put(a: Array, offsets: Array, shape: Any) -> Array:
    out = np.zeros(shape)
    for value, place in zip(a.flat, offsets.astype(int).flat, strict=True):
        out.flat[place] += value
    return out


INTERNAL: Mapping[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: np.exp(b * np.log(a)),
    "neg": lambda a: 0.0 - a,
    "identity": lambda a: a,
    "matmul": lambda a, b: np.einsum("...ij,...jk->...ik", a, b),
    "greater": lambda a, b: (a > b) * 1.0,
    "equal": lambda a, b: (a == b) * 1.0,
    "step": np.vectorize(lambda a, tie: tie if a == 0 else float(a > 0)),
    "expand": lambda a, axis: np.expand_dims(a, axis),
    "spread": lambda a, shape: a + np.zeros(shape),
    "reshape": lambda a, shape: np.array(list(a.flat)).reshape(shape),
    "slice": lambda a, index: np.array(a[subscript(index)]),
    "unslice": lambda a, index, shape: FUNCTIONS["unslice"](a, subscript(index), shape),
    "offsets": lambda a, shape: np.ravel_multi_index(
        (*np.indices(shape[:-1]), a.astype(int)), [int(n) for n in shape]
    ),
    "pick": lambda a, offsets: a.ravel()[offsets.astype(int)],
    "put": _put,
    "windows": windows,
    "unwindow": _unwindow,
    "first_max": _first_max,
    "dropout_mask": lambda a, p: np.ones(a.shape),
    "dropout": lambda a, mask, p: a * mask,
}

TWINS: Mapping[str, Callable[..., Any]] = {**FUNCTIONS, **INTERNAL}
"""By name, for every op of the table."""

CASES = [
    pytest.param(op, settings, id="-".join([op.name, *(f"{k}={v}" for k, v in settings.items())]))
    for op in OPS.values()
    for settings in op.examples
]
"""Every op with each of the settings that its record gives for tests."""

every_case = pytest.mark.parametrize(("op", "settings"), CASES)


def sampled(op: Op, seed: int = 0) -> list[Array]:
    return [np.array(a, dtype=float) for a in op.sample(np.random.default_rng(seed))]


def forward(op: Op, *operands: Array, **settings: Any) -> Array:
    """What the op's forward rule writes into a fresh buffer."""
    if op.view is not None:
        return np.array(op.view(*operands, **settings))
    assert op.forward is not None
    out = np.full(op.shape(*(np.shape(a) for a in operands), **settings), -7, op.dtype)
    with np.errstate(all="ignore"):
        for thunk in op.forward(out, *operands, **settings):
            thunk()
    return out


def sorted_settings(settings: Settings) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(settings.items()))


def _leaves(operands: Sequence[Array]) -> tuple[Value, ...]:
    return tuple(Value(i, a.shape) for i, a in enumerate(operands))


def pulled_back(op: Op, upstream: Array, *operands: Array, **settings: Any) -> list[Array]:
    """The gradient of each operand, in its own shape."""
    out = forward(op, *operands, **settings)
    rules = op.contributions(
        Gradient(-1, out.shape), Value(-1, out.shape), _leaves(operands), sorted_settings(settings)
    )
    values = {-1: out, **dict(enumerate(operands))}
    with np.errstate(all="ignore"):
        found = [np.asarray(evaluate(r, values.__getitem__, lambda _: upstream)) for r in rules]
    return [_reduced(g, a.shape) for g, a in zip(found, operands, strict=True)]


def _reduced(gradient: Array, shape: tuple[int, ...]) -> Array:
    extra = gradient.ndim - len(shape)
    axes = [i + extra for i, n in enumerate(shape) if n == 1 != gradient.shape[i + extra]]
    return np.asarray(gradient.sum((*range(extra), *axes), keepdims=True)).reshape(shape)


def pushed_forward(
    op: Op, tangents: Sequence[Array | None], *operands: Array, **settings: Any
) -> Array:
    """How the result moves when the operands move along `tangents`."""
    out = forward(op, *operands, **settings)
    moving = tuple(
        None if t is None else Tangent(i, a.shape)
        for i, (t, a) in enumerate(zip(tangents, operands, strict=True))
    )
    expr = op.tangent(moving, Value(-1, out.shape), _leaves(operands), sorted_settings(settings))
    if expr is None:
        return np.zeros(out.shape)
    values = {-1: out, **dict(enumerate(operands))}
    with np.errstate(all="ignore"):
        return np.asarray(evaluate(expr, values.__getitem__, lambda i: np.asarray(tangents[i])))


def movable(op: Op) -> Iterator[int]:
    """Positions of operands that a derivative can be measured for."""
    for position in range(op.arity):
        if position not in op.constant and (op.name, position) != ("where", 0):
            yield position
