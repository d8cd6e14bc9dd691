"""Convolution and pooling of images in NCHW: samples, channels, height, width.

A convolution is a matrix product with the windows of the image as columns (im2col). Windows are
a view, and what flows back through them is added where windows overlap; everything else is the
algebra of products, so the derivatives are expressions like all others.
May import: numpy, ops.core, ops.composed, ops.indexing, shapes.   Imported by: the ops room.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.ops.composed import composed, nothing
from engine.ops.core import REQUIRED, Array, Expr, Op, Thunk, call
from engine.ops.indexing import ALL
from engine.shapes import Mismatch, Shape, shape_text

Size = int | tuple[int, int]
"""One number for height and width, or one for each."""


def _both(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


# --- windows ------------------------------------------------------------------------------------


def _windows_shape(shape: Shape, size: Size, stride: Size) -> Shape:
    (kh, kw), (sh, sw) = _both(size), _both(stride)
    if len(shape) != 4:
        raise Mismatch(
            f"{shape_text(shape)}: images have four axes, samples, channels, height, width"
        )
    height, width = shape[2:]
    if kh > height or kw > width:
        raise Mismatch(f"{shape_text(shape)}: a window of {kh} × {kw} is larger than the image")
    return (*shape[:2], (height - kh) // sh + 1, (width - kw) // sw + 1, kh, kw)


def _windows_view(a: Array, size: Size, stride: Size) -> Array:
    (sh, sw) = _both(stride)
    every = np.lib.stride_tricks.sliding_window_view(a, _both(size), (2, 3))  # pyright: ignore
    return every[:, :, ::sh, ::sw]


def _windows_vjp(upstream: Expr, out: Expr, a: Expr, size: Size, stride: Size) -> tuple[Expr, ...]:
    return (call("unwindow", upstream, shape=a.shape, stride=stride),)


def _unwindow_forward(out: Array, a: Array, shape: Shape, stride: Size) -> list[Thunk]:
    (sh, sw), (rows, columns, kh, kw) = _both(stride), a.shape[2:]
    calls: list[Thunk] = [partial(out.fill, 0.0)]
    for i in range(kh):
        for j in range(kw):
            part = out[:, :, i : i + sh * rows : sh, j : j + sw * columns : sw]
            part = part[:, :, :rows, :columns]
            calls.append(partial(np.add, part, a[:, :, :, :, i, j], part))
    return calls


def _unwindow_vjp(
    upstream: Expr, out: Expr, a: Expr, shape: Shape, stride: Size
) -> tuple[Expr, ...]:
    return (call("windows", upstream, size=a.shape[4:], stride=stride),)


# --- convolution --------------------------------------------------------------------------------


def _conv2d_shape(x: Shape, w: Shape, stride: Size = 1, padding: Size = 0) -> Shape:
    if len(x) != 4 or len(w) != 4:
        raise Mismatch(
            f"shapes {shape_text(x)} and {shape_text(w)}: images are (samples, channels, height, "
            "width) and kernels (channels out, channels in, height, width)"
        )
    if x[1] != w[1]:
        raise Mismatch(
            f"shapes {shape_text(x)} and {shape_text(w)}: "
            f"{int(x[1])} channels against kernels for {int(w[1])}"
        )
    ph, pw = _both(padding)
    padded = (*x[:2], x[2] + 2 * ph, x[3] + 2 * pw)
    rows, columns = _windows_shape(padded, w[2:], stride)[2:4]
    return (x[0], w[0], rows, columns)


def _inside(shape: Shape, padding: Size) -> tuple[object, ...]:
    """Where the image stands in its padded frame, as a subscript."""
    ph, pw = _both(padding)
    return (ALL, ALL, (ph, ph + int(shape[2]), None), (pw, pw + int(shape[3]), None))


def _padded(shape: Shape, padding: Size) -> Shape:
    ph, pw = _both(padding)
    return (*shape[:2], int(shape[2]) + 2 * ph, int(shape[3]) + 2 * pw)


def _columns(x: Expr, kernel: Shape, stride: Size, padding: Size) -> Expr:
    """Every window as a column: (samples, numbers of a window, windows)."""
    if _both(padding) != (0, 0):
        frame = _padded(x.shape, padding)
        x = call("unslice", x, index=_inside(x.shape, padding), shape=frame)
    windows = call("windows", x, size=(int(kernel[0]), int(kernel[1])), stride=stride)
    n, c, rows, columns, kh, kw = windows.shape
    ordered = call("transpose", windows, axes=(0, 1, 4, 5, 2, 3))
    return call("reshape", ordered, shape=(n, c * kh * kw, rows * columns))


def _kernel_rows(w: Expr) -> Expr:
    o, c, kh, kw = w.shape
    return call("reshape", w, shape=(o, c * kh * kw))


def _flat(g: Expr) -> Expr:
    n, o, rows, columns = g.shape
    return call("reshape", g, shape=(n, o, rows * columns))


def _conv2d(x: Expr, w: Expr, stride: Size = 1, padding: Size = 0) -> Expr:
    shape = _conv2d_shape(x.shape, w.shape, stride, padding)
    product = call("matmul", _kernel_rows(w), _columns(x, w.shape[2:], stride, padding))
    return call("reshape", product, shape=shape)


def _conv2d_vjp(
    upstream: Expr, out: Expr, x: Expr, w: Expr, stride: Size = 1, padding: Size = 0
) -> tuple[Expr, ...]:
    settings = {"stride": stride, "padding": padding}
    return (
        call("conv2d_input", upstream, w, shape=x.shape, **settings),
        call("conv2d_weight", upstream, x, shape=w.shape, **settings),
    )


def _conv2d_input(g: Expr, w: Expr, shape: Shape, stride: Size = 1, padding: Size = 0) -> Expr:
    columns = call("matmul", call("transpose", _kernel_rows(w)), _flat(g))
    n, _, rows, across = g.shape
    c, kh, kw = w.shape[1:]
    windows = call("reshape", columns, shape=(n, c, kh, kw, rows, across))
    windows = call("transpose", windows, axes=(0, 1, 4, 5, 2, 3))
    image = call("unwindow", windows, shape=_padded(shape, padding), stride=stride)
    if _both(padding) == (0, 0):
        return image
    return call("slice", image, index=_inside(shape, padding))


def _conv2d_input_vjp(
    upstream: Expr, out: Expr, g: Expr, w: Expr, shape: Shape, stride: Size = 1, padding: Size = 0
) -> tuple[Expr, ...]:
    settings = {"stride": stride, "padding": padding}
    return (
        call("conv2d", upstream, w, **settings),
        call("conv2d_weight", g, upstream, shape=w.shape, **settings),
    )


def _conv2d_weight(g: Expr, x: Expr, shape: Shape, stride: Size = 1, padding: Size = 0) -> Expr:
    columns = _columns(x, shape[2:], stride, padding)
    each = call("matmul", _flat(g), call("transpose", columns, axes=(0, 2, 1)))
    return call("reshape", call("sum", each, axis=0), shape=shape)


def _conv2d_weight_vjp(
    upstream: Expr, out: Expr, g: Expr, x: Expr, shape: Shape, stride: Size = 1, padding: Size = 0
) -> tuple[Expr, ...]:
    settings = {"stride": stride, "padding": padding}
    return (
        call("conv2d", x, upstream, **settings),
        call("conv2d_input", g, upstream, shape=x.shape, **settings),
    )


# --- pooling ------------------------------------------------------------------------------------


def _first_max_forward(out: Array, a: Array) -> list[Thunk]:
    places = a.shape[4] * a.shape[5]
    flat = np.empty((*a.shape[:4], places))
    winners = np.empty(a.shape[:4], np.intp)
    return [
        partial(np.copyto, flat.reshape(a.shape), a),
        partial(flat.argmax, -1, winners),
        partial(np.equal, winners[..., None], np.arange(places), out.reshape(flat.shape)),
    ]


def _pooled(x: Expr, size: Size, stride: Size | None) -> Expr:
    return call("windows", x, size=_both(size), stride=size if stride is None else stride)


LAST_TWO = (4, 5)


def _max_pool2d(x: Expr, size: Size, stride: Size | None = None) -> Expr:
    return call("max", _pooled(x, size, stride), axis=LAST_TWO)


def _max_pool2d_vjp(
    upstream: Expr, out: Expr, x: Expr, size: Size, stride: Size | None = None
) -> tuple[Expr, ...]:
    return (call("max_pool2d_input", upstream, x, size=size, stride=stride),)


def _max_pool2d_jvp(
    tangents: tuple[Expr | None, ...], out: Expr, x: Expr, size: Size, stride: Size | None = None
) -> Expr:
    (tangent,) = tangents
    assert tangent is not None
    return _from_winners(tangent, x, size, stride)


def _from_winners(a: Expr, x: Expr, size: Size, stride: Size | None) -> Expr:
    """What stands in `a` where `x` has the largest number of each window."""
    winners = call("first_max", _pooled(x, size, stride))
    chosen = call("where", winners, _pooled(a, size, stride), 0.0)
    return call("sum", chosen, axis=LAST_TWO)


def _max_pool2d_input(g: Expr, x: Expr, size: Size, stride: Size | None = None) -> Expr:
    winners = call("first_max", _pooled(x, size, stride))
    spread = call("where", winners, call("expand", g, axis=LAST_TWO), 0.0)
    return call("unwindow", spread, shape=x.shape, stride=size if stride is None else stride)


def _max_pool2d_input_vjp(
    upstream: Expr, out: Expr, g: Expr, x: Expr, size: Size, stride: Size | None = None
) -> tuple[Expr, ...]:
    return _from_winners(upstream, x, size, stride), nothing(x)


def _image(rng: np.random.Generator, height: int = 4, width: int = 5) -> Array:
    """Numbers that never tie."""
    numbers = rng.permutation(2 * 2 * height * width) / 10 + rng.uniform(0.0, 0.05)
    return numbers.reshape(2, 2, height, width)


KERNEL = (3, 2, 2, 3)
IMAGES = "reshape(x, -1, channels, height, width) makes images of rows of numbers"

OPS = (
    Op(
        "windows",
        "⊞",
        1,
        None,
        _windows_shape,
        ("∂out, added where windows overlap",),
        lambda rng: (_image(rng),),
        vjp=_windows_vjp,
        view=_windows_view,
        settings={"size": REQUIRED, "stride": REQUIRED},
        examples=({"size": 2, "stride": 1}, {"size": (3, 2), "stride": (1, 2)}),
        multilinear=True,
        in_language=False,
    ),
    Op(
        "unwindow",
        "⊞⁻¹",
        1,
        _unwindow_forward,
        lambda windows, shape, stride: shape,
        ("the windows of ∂out",),
        lambda rng: (rng.normal(size=(2, 2, 3, 3, 2, 3)),),
        vjp=_unwindow_vjp,
        settings={"shape": REQUIRED, "stride": REQUIRED},
        examples=(
            {"shape": (2, 2, 4, 5), "stride": 1},
            {"shape": (2, 2, 7, 8), "stride": (2, 2)},
        ),
        multilinear=True,
        in_language=False,
    ),
    composed(
        "conv2d",
        "∗",
        _conv2d,
        _conv2d_vjp,
        ("∂out, spread back over the windows by w", "∂out times the windows of x, summed"),
        lambda rng: (rng.normal(size=(2, 2, 4, 5)), rng.normal(size=KERNEL)),
        shape=_conv2d_shape,
        settings={"stride": 1, "padding": 0},
        examples=({}, {"stride": 2}, {"padding": 1}, {"stride": (1, 2), "padding": (1, 2)}),
        way_out=IMAGES,
        multilinear=True,
    ),
    composed(
        "conv2d_input",
        "∗ᵀ",
        _conv2d_input,
        _conv2d_input_vjp,
        ("∂out convolved with w", "the windows of ∂out times the first operand, summed"),
        lambda rng: (rng.normal(size=(2, 3, 3, 3)), rng.normal(size=KERNEL)),
        settings={"shape": REQUIRED, "stride": 1, "padding": 0},
        examples=(
            {"shape": (2, 2, 4, 5)},
            {"shape": (2, 2, 2, 3), "padding": 1},
            {"shape": (2, 2, 7, 8), "stride": 2},
        ),
        multilinear=True,
        in_language=False,
    ),
    composed(
        "conv2d_weight",
        "∗ᵀ",
        _conv2d_weight,
        _conv2d_weight_vjp,
        ("x convolved with ∂out", "the first operand, spread back over the windows by ∂out"),
        lambda rng: (rng.normal(size=(2, 3, 3, 3)), rng.normal(size=(2, 2, 4, 5))),
        settings={"shape": REQUIRED, "stride": 1, "padding": 0},
        examples=(
            {"shape": (3, 2, 2, 3)},
            {"shape": (3, 2, 4, 5), "padding": 1},
        ),
        multilinear=True,
        in_language=False,
    ),
    Op(
        # 1 at the first of the largest numbers of each window, 0 elsewhere.
        "first_max",
        "max",
        1,
        _first_max_forward,
        lambda shape: shape,
        ("0",),
        lambda rng: (rng.permutation(24).reshape(1, 2, 2, 1, 2, 3) / 10,),
        vjp=lambda upstream, out, a: (nothing(a),),
        multilinear=True,
        constant=(0,),
        in_language=False,
    ),
    composed(
        "max_pool2d",
        "pool",
        _max_pool2d,
        _max_pool2d_vjp,
        ("∂out, to the first of the largest numbers of each window",),
        lambda rng: (_image(rng, 4, 6),),
        jvp=_max_pool2d_jvp,
        settings={"size": REQUIRED, "stride": None},
        examples=({"size": 2}, {"size": (2, 3)}, {"size": 3, "stride": 1}),
        way_out=IMAGES,
    ),
    composed(
        "max_pool2d_input",
        "pool⁻¹",
        _max_pool2d_input,
        _max_pool2d_input_vjp,
        ("∂out, where the largest number of each window stood", "0"),
        lambda rng: (rng.normal(size=(2, 2, 2, 3)), _image(rng, 4, 6)),
        settings={"size": REQUIRED, "stride": None},
        examples=({"size": 2},),
        multilinear=True,
        constant=(1,),
        in_language=False,
    ),
)
