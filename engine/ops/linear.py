"""Ops that are linear in their operands: matrix product, reductions, and views of one array.

May import: numpy, ops.core, shapes.   Imported by: the ops room.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.ops.core import Array, Call, Expr, Number, Op, Thunk, call
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
        raise Mismatch("a scalar has no matrix product: use *")
    rows, columns = (a[-2:-1], b[-1:]) if len(b) > 1 else (a[-2:-1], ())
    (across,), (down,) = a[-1:], b[-2:-1] or b
    if across != down:
        raise Mismatch(
            f"shapes {shape_text(a)} and {shape_text(b)}: "
            f"{int(across)} columns against {int(down)} rows"
        )
    return (*broadcast(a[:-2], b[:-2]), *rows, *columns)


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
    return call("transpose", matrix)


def _summed_to(product: Expr, shape: Shape) -> Expr:
    """Sum leading batch axes away and drop the axes that a vector did not have."""
    extra = len(product.shape) - max(len(shape), 2)
    if extra > 0:
        product = call("sum", product, axis=tuple(range(extra)))
    return product if len(product.shape) == len(shape) else call("reshape", product, shape=shape)


# --- reductions ---------------------------------------------------------------------------------


def _reduction_shape(shape: Shape, axis: Axis = None, keepdims: bool = False) -> Shape:
    return reduced(shape, axis, keepdims)


def _sum_forward(out: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> list[Thunk]:
    axes = normal_axes(axis, a.ndim)
    if 0 < a.size <= DOT_LIMIT and a.flags.c_contiguous and out.flags.c_contiguous:
        # A product with ones is the same sum, and about three times as fast as a reduction.
        if len(axes) == a.ndim:
            return [partial(np.ones(a.size).dot, a.reshape(-1), out.reshape(()))]
        if axes == (0,):
            columns = a.reshape(len(a), -1)
            return [partial(np.ones(len(a)).dot, columns, out.reshape(-1))]
    return [partial(np.add.reduce, a, axis=axes, out=out, keepdims=keepdims)]


def dot_forward(out: Array, a: Array, b: Array) -> list[Thunk]:
    """The sum of the products of two arrays of one shape, as one number."""
    if a.flags.c_contiguous and b.flags.c_contiguous:
        return [partial(a.reshape(-1).dot, b.reshape(-1), out)]
    scratch = np.empty(a.shape)
    return [partial(np.multiply, a, b, scratch), *_sum_forward(out, scratch)]


def _mean_forward(out: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> list[Thunk]:
    # Not in place: an output that overlaps an operand makes NumPy copy small arrays first.
    total = np.empty(out.shape)
    number = np.array(float(a.size // max(out.size, 1)))
    return [*_sum_forward(total, a, axis, keepdims), partial(np.divide, total, number, out)]


def _spread(gradient: Expr, shape: Shape, axis: Axis, keepdims: bool) -> Expr:
    """A reduced gradient, repeated along the axes that the reduction summed."""
    axes = normal_axes(axis, len(shape))
    if not keepdims and gradient.shape != () and axes:
        gradient = call("expand", gradient, axis=axes)
    return call("spread", gradient, shape=shape)


def _sum_vjp(upstream: Expr, out: Expr, a: Expr, axis: Axis = None, keepdims: bool = False):
    return (_spread(upstream, a.shape, axis, keepdims),)


def _mean_vjp(upstream: Expr, out: Expr, a: Expr, axis: Axis = None, keepdims: bool = False):
    number = averaged(a.shape, axis)
    return (_spread(upstream / number, a.shape, axis, keepdims),)


def averaged(shape: Shape, axis: Axis) -> Number:
    """How many numbers a mean over `axis` averages, called N where that is the batch."""
    sizes = [shape[a] for a in normal_axes(axis, len(shape))]
    total = count(sizes)
    others = count([n for n in sizes if not isinstance(n, Samples)])
    if not any(isinstance(n, Samples) for n in sizes):
        return Number(float(total))
    return Number(float(total), "N" if others == 1 else f"({others}*N)")


# --- views --------------------------------------------------------------------------------------


def _transpose_shape(shape: Shape) -> Shape:
    return (*shape[:-2], *reversed(shape[-2:]))


def _transpose_view(a: Array) -> Array:
    return a.swapaxes(-1, -2) if a.ndim > 1 else a


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
    if count(old) != count(shape):
        raise Mismatch(f"{shape_text(old)} cannot become {shape_text(shape)}")
    return shape


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
    return call("reshape", call("sum", expr, axis=axes), shape=shape)


def unspread(expr: Expr) -> Expr:
    """The expression inside a `spread`, where broadcasting will repeat it anyway."""
    return expr.args[0] if isinstance(expr, Call) and expr.op.name == "spread" else expr


def _matrix(rng: np.random.Generator) -> tuple[Array, ...]:
    return (rng.normal(size=(2, 3)),)


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
    ),
    Op(
        "transpose",
        "ᵀ",
        1,
        None,
        _transpose_shape,
        ("∂outᵀ",),
        _matrix,
        vjp=lambda upstream, out, a: (call("transpose", upstream),),
        view=_transpose_view,
    ),
    Op(
        "reshape",
        "▭",
        1,
        None,
        _reshape_shape,
        ("∂out, in the shape of a",),
        _matrix,
        vjp=lambda upstream, out, a, shape: (call("reshape", upstream, shape=a.shape),),
        view=lambda a, shape: a.reshape(shape),
        settings={"shape": ()},
        in_language=False,
    ),
    Op(
        "expand",
        "[·]",
        1,
        None,
        _expand_shape,
        ("∂out, without the new axis",),
        _matrix,
        vjp=lambda upstream, out, a, axis: (call("reshape", upstream, shape=a.shape),),
        view=lambda a, axis: np.expand_dims(a, axis),
        settings={"axis": (0,)},
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
        settings={"shape": ()},
        in_language=False,
    ),
)
"""Sum and mean accept an axis; `expand` and `spread` appear in derivatives only."""
