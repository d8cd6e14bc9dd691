"""Ops that are linear in their operands: matrix product, reductions, and views of one array.

May import: numpy, ops.core, shapes.   Imported by: the ops room.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.ops.core import REQUIRED, Array, Call, Expr, Number, Op, Thunk, call
from engine.shapes import (
    Mismatch,
    Samples,
    Shape,
    broadcast,
    count,
    normal_axes,
    reduced,
    shape_text,
    spread_axes,
)

Axis = int | tuple[int, ...] | None

DOT_LIMIT = 8192
"""Longest sum done by one BLAS dot. Beyond about 10,000 elements the bits of a dot depend on the
number of threads, and NumPy's pairwise summation is more accurate."""


# --- matrix product -----------------------------------------------------------------------------


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    if len(a) == 0 or len(b) == 0:
        raise Mismatch("a scalar: it has no matrix product; use *")
    across, down = a[len(a) - 1], b[max(0, len(b) - 2)]
    if across != down:
        raise Mismatch(
            f"shapes {shape_text(a)} and {shape_text(b)}: "
            f"{int(across)} columns against {int(down)} rows"
        )
    if len(a) <= 2 and len(b) <= 2:
        return (*a[:-1], *b[1:])
    return (*broadcast(a[:-2], b[:-2]), *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def _matmul_forward(out: Array, a: Array, b: Array) -> list[Thunk]:
    # dot and matmul reach the same BLAS routine; dot gets there in about half the time.
    if a.ndim <= 2 and b.ndim <= 2:
        return [partial(a.dot, b, out)]
    return [partial(np.matmul, a, b, out)]


def _matmul_vjp(upstream: Expr, out: Expr, a: Expr, b: Expr) -> tuple[Expr, ...]:
    # Vectors are matrices with a missing axis; put it back, and one rule serves every rank.
    row, column = len(a.shape) == 1, len(b.shape) == 1
    if row and column:
        return upstream * b, upstream * a
    if column and len(a.shape) == 2:
        return call("expand", upstream, axis=(1,)) * b, _swapped(a) @ upstream
    if row and len(b.shape) == 2:
        return b @ upstream, call("expand", a, axis=(1,)) * upstream
    left = call("expand", a, axis=(0,)) if row else a
    right = call("expand", b, axis=(1,)) if column else b
    if column:
        upstream = call("expand", upstream, axis=(len(upstream.shape),))
    if row:
        upstream = call("expand", upstream, axis=(max(0, len(upstream.shape) - 1),))
    to_a = upstream @ _swapped(right)
    to_b = _swapped(left) @ upstream
    return _summed_to(to_a, a.shape), _summed_to(to_b, b.shape)


def _swapped(matrix: Expr) -> Expr:
    rank = len(matrix.shape)
    axes = None if rank <= 2 else (*range(rank - 2), rank - 1, rank - 2)
    if isinstance(matrix, Call) and matrix.op.name == "transpose":
        before = dict(matrix.settings).get("axes")
        if before == axes or (rank == 2 and before == (1, 0)):
            return matrix.args[0]
    return call("transpose", matrix) if axes is None else call("transpose", matrix, axes=axes)


def _summed_to(product: Expr, shape: Shape) -> Expr:
    """Sum leading batch axes away and drop the axes that a vector did not have."""
    extra = len(product.shape) - max(len(shape), 2)
    if extra > 0:
        product = call("sum", product, axis=0 if extra == 1 else tuple(range(extra)))
    return product if len(product.shape) == len(shape) else reshaped(product, shape)


def reshaped(expr: Expr, shape: Shape) -> Expr:
    """`expr` in another shape; a reshape of a reshape is one, or none at all."""
    while isinstance(expr, Call) and expr.op.name == "reshape":
        (expr,) = expr.args
    return expr if expr.shape == shape else call("reshape", expr, shape=shape)


# --- reductions ---------------------------------------------------------------------------------


def _reduction_shape(shape: Shape, axis: Axis = None, keepdims: bool = False) -> Shape:
    return reduced(shape, axis, keepdims)


def _sum_forward(out: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> list[Thunk]:
    axes = normal_axes(axis, a.ndim)
    if call := _weighted_sum(out, a, axes, 1.0):
        return [call]
    return [partial(np.add.reduce, a, axis=axes, out=out, keepdims=keepdims)]


def _weighted_sum(out: Array, a: Array, axes: tuple[int, ...], weight: float) -> Thunk | None:
    """A sum as a product with equal weights, about three times as fast as a reduction.

    None where it is not one product, or would be too long a one.
    """
    if not (0 < a.size <= DOT_LIMIT and a.flags.c_contiguous and out.flags.c_contiguous):
        return None
    if len(axes) == a.ndim:
        return partial(np.full(a.size, weight).dot, a.reshape(-1), out.reshape(()))
    if axes == (0,):
        return partial(np.full(len(a), weight).dot, a.reshape(len(a), -1), out.reshape(-1))
    if axes == (a.ndim - 1,):
        rows = a.reshape(-1, a.shape[-1])
        return partial(rows.dot, np.full(a.shape[-1], weight), out.reshape(-1))
    return None


def dot_forward(out: Array, a: Array, b: Array) -> list[Thunk]:
    """The sum of the products of two arrays of one shape, as one number."""
    if a.flags.c_contiguous and b.flags.c_contiguous:
        return [partial(a.reshape(-1).dot, b.reshape(-1), out)]
    scratch = np.empty(a.shape, a.dtype)
    return [partial(np.multiply, a, b, scratch), *_sum_forward(out, scratch)]


def _mean_forward(out: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> list[Thunk]:
    number = a.size // max(out.size, 1)
    # Weights of 1/2ⁿ only shift exponents: the sum of the parts has the bits of the quotient.
    exact = number > 0 and number & (number - 1) == 0
    if exact and (call := _weighted_sum(out, a, normal_axes(axis, a.ndim), 1.0 / number)):
        return [call]
    # Not in place: an output that overlaps an operand makes NumPy copy small arrays first.
    total = np.empty(out.shape, out.dtype)
    divide = partial(np.divide, total, np.array(float(number)), out)
    return [*_sum_forward(total, a, axis, keepdims), divide]


def spread_over(gradient: Expr, shape: Shape, axis: Axis, keepdims: bool) -> Expr:
    """A reduced gradient, repeated along the axes that the reduction summed."""
    axes = normal_axes(axis, len(shape))
    if not keepdims and gradient.shape != () and axes:
        gradient = call("expand", gradient, axis=axes)
    return call("spread", gradient, shape=shape)


def _sum_vjp(upstream: Expr, out: Expr, a: Expr, axis: Axis = None, keepdims: bool = False):
    return (spread_over(upstream, a.shape, axis, keepdims),)


def _mean_vjp(upstream: Expr, out: Expr, a: Expr, axis: Axis = None, keepdims: bool = False):
    number = averaged(a.shape, axis)
    return (spread_over(upstream / number, a.shape, axis, keepdims),)


def averaged(shape: Shape, axis: Axis) -> Number:
    """How many numbers a mean over `axis` averages, called N where that is the batch."""
    sizes = [shape[a] for a in normal_axes(axis, len(shape))]
    batch = ["N" for n in sizes if isinstance(n, Samples)]
    others = count([n for n in sizes if not isinstance(n, Samples)])
    total = float(count(sizes))
    if not batch:
        return Number(total)
    factors = batch if others == 1 else [str(others), *batch]
    return Number(total, factors[0] if len(factors) == 1 else f"({'*'.join(factors)})")


# --- views --------------------------------------------------------------------------------------


Axes = tuple[int, ...] | None


def _transpose_shape(shape: Shape, axes: Axes = None) -> Shape:
    if axes is None:
        return tuple(reversed(shape))
    if sorted(a % len(shape) if -len(shape) <= a < len(shape) else a for a in axes) != list(
        range(len(shape))
    ):
        raise Mismatch(
            f"axes {axes}: of an array with {len(shape)} axes each has to be named once, from 0"
        )
    return tuple(shape[a] for a in axes)


def _transpose_vjp(upstream: Expr, out: Expr, a: Expr, axes: Axes = None) -> tuple[Expr, ...]:
    swapped = (*range(len(a.shape) - 2), len(a.shape) - 1, len(a.shape) - 2)
    if axes in (None, swapped) and len(a.shape) >= 2 and (axes is not None or len(a.shape) == 2):
        if isinstance(upstream, Call) and upstream.op.name == "matmul":
            left, right = upstream.args
            if len(left.shape) == len(right.shape) == len(a.shape):
                return (_swapped(right) @ _swapped(left),)  # (A @ B)ᵀ
        return (_swapped(upstream),)
    if axes is None:
        return (call("transpose", upstream),)
    back = np.argsort([axis % len(axes) for axis in axes]).tolist()
    return (call("transpose", upstream, axes=tuple(back)),)


def _expand_shape(shape: Shape, axis: tuple[int, ...]) -> Shape:
    rank = len(shape) + len(axis)
    sizes = iter(shape)
    return tuple(1 if a in axis else next(sizes) for a in range(rank))


def _spread_shape(small: Shape, shape: Shape) -> Shape:
    broadcast(small, shape)
    return shape


def _spread_vjp(upstream: Expr, out: Expr, a: Expr, shape: Shape) -> tuple[Expr, ...]:
    return (sum_to(upstream, a.shape),)


def _reshape_shape(old: Shape, shape: Shape) -> Shape:
    sizes = [n for n in shape if n != -1]
    total, rest = count(old), count(sizes)
    if len(sizes) == len(shape) - 1 and rest and total % rest == 0:
        shape = tuple(total // rest if n == -1 else n for n in shape)
    if -1 in shape or count(shape) != total:
        wanted = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        raise Mismatch(f"{shape_text(old)} as ({wanted}): {total} numbers do not fill it")
    return _still_marked(old, shape)


def _still_marked(old: Shape, shape: Shape) -> Shape:
    """`shape` with the sample axis marked, where it comes through the reshape in one piece."""
    ahead = {count(old[:axis]): n for axis, n in enumerate(old) if isinstance(n, Samples)}
    return tuple(
        ahead[count(shape[:axis])] if ahead.get(count(shape[:axis])) == n else n
        for axis, n in enumerate(shape)
    )


def sum_to(expr: Expr, shape: Shape) -> Expr:
    """`expr` summed over the axes along which broadcasting spread an operand of this shape."""
    if expr.shape == shape:
        return expr
    axes = spread_axes(shape, expr.shape)
    if len(axes) == len(expr.shape) and shape == ():
        return call("sum", expr)
    missing = len(expr.shape) - len(shape)
    axis = axes[0] if len(axes) == 1 else axes
    if all(a < missing for a in axes):
        return call("sum", expr, axis=axis)
    if missing == 0:
        return call("sum", expr, axis=axis, keepdims=True)
    return reshaped(call("sum", expr, axis=axes), shape)


def unspread(expr: Expr) -> Expr:
    """The expression inside a `spread`, where broadcasting will repeat it anyway."""
    return expr.args[0] if isinstance(expr, Call) and expr.op.name == "spread" else expr


def _matrix(rng: np.random.Generator) -> tuple[Array, ...]:
    return (rng.normal(size=(2, 3)),)


REDUCTIONS = tuple(
    {"axis": axis, "keepdims": keepdims}
    for axis in (None, 0, 1, -1, (0, 1), (1, 0))
    for keepdims in (False, True)
)
"""Ways to reduce a matrix, for the tests."""

OPS = (
    Op(
        "matmul",
        "@",
        2,
        _matmul_forward,
        _matmul_shape,
        ("∂out @ bᵀ", "aᵀ @ ∂out"),
        lambda rng: (rng.normal(size=(2, 3)), rng.normal(size=(3, 4))),
        vjp=_matmul_vjp,
        infix="@",
        precedence=2,
        way_out="in a @ b the columns of a must be as many as the rows of b (.T swaps them)",
        multilinear=True,
    ),
    Op(
        "sum",
        "Σ",
        1,
        _sum_forward,
        _reduction_shape,
        ("∂out, to every number summed",),
        _matrix,
        vjp=_sum_vjp,
        settings={"axis": None, "keepdims": False},
        examples=REDUCTIONS,
        multilinear=True,
    ),
    Op(
        "mean",
        "mean",
        1,
        _mean_forward,
        _reduction_shape,
        ("∂out / N, to every number averaged",),
        _matrix,
        vjp=_mean_vjp,
        settings={"axis": None, "keepdims": False},
        examples=REDUCTIONS,
        multilinear=True,
    ),
    Op(
        "transpose",
        "ᵀ",
        1,
        None,
        _transpose_shape,
        ("∂outᵀ",),
        _matrix,
        vjp=_transpose_vjp,
        view=lambda a, axes=None: a.transpose(axes),
        settings={"axes": None},
        examples=({}, {"axes": (1, 0)}, {"axes": (0, -1)}),
        way_out="name every axis once, like  transpose(a, axes=(0, 2, 1))",
        multilinear=True,
    ),
    Op(
        "reshape",
        "▭",
        1,
        None,
        _reshape_shape,
        ("∂out, in the shape of a",),
        _matrix,
        vjp=lambda upstream, out, a, shape: (reshaped(upstream, a.shape),),
        view=lambda a, shape: a.reshape(shape),
        settings={"shape": REQUIRED},
        examples=({"shape": (3, 2)}, {"shape": (-1,)}, {"shape": (1, -1, 1)}),
        way_out="one of the new sizes may be -1: it takes what is left",
        multilinear=True,
    ),
    Op(
        "expand",
        "[·]",
        1,
        None,
        _expand_shape,
        ("∂out, without the new axis",),
        _matrix,
        vjp=lambda upstream, out, a, axis: (reshaped(upstream, a.shape),),
        view=lambda a, axis: np.expand_dims(a, axis),
        settings={"axis": (0,)},
        examples=({"axis": (0,)}, {"axis": (1,)}, {"axis": (0, 3)}),
        multilinear=True,
        in_language=False,
    ),
    Op(
        "spread",
        "⇉",
        1,
        None,
        _spread_shape,
        ("∂out, summed over what was repeated",),
        _matrix,
        vjp=_spread_vjp,
        view=np.broadcast_to,
        settings={"shape": REQUIRED},
        examples=({"shape": (2, 3)}, {"shape": (4, 2, 3)}),
        multilinear=True,
        in_language=False,
    ),
)
"""Sum and mean accept an axis; `expand` and `spread` appear in derivatives only."""
