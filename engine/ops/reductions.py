"""Along an axis: the largest number, softmax, and what layers are normalised with.

Where the largest number is a tie, those that tie share its gradient, like torch.amax.
May import: numpy, ops.core, ops.composed, ops.linear, shapes.   Imported by: the ops room.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from engine.ops.composed import composed
from engine.ops.core import Array, Expr, Op, Thunk, call, copying
from engine.ops.linear import REDUCTIONS, Axis, spread_over, sum_to
from engine.shapes import Mismatch, Shape, normal_axes, reduced, shape_text

# --- the largest and the smallest ---------------------------------------------------------------


def _extreme_shape(shape: Shape, axis: Axis = None, keepdims: bool = False) -> Shape:
    axes = normal_axes(axis, len(shape))
    if any(shape[a] == 0 for a in axes):
        raise Mismatch(f"{shape_text(shape)}: there is nothing to choose from")
    return reduced(shape, axis, keepdims)


def _extreme_forward(function: np.ufunc) -> Callable[..., list[Thunk]]:
    def forward(out: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> list[Thunk]:
        axes = normal_axes(axis, a.ndim)
        if axes == () and a.ndim == 0:
            return [copying(out, a)]
        if axes == (a.ndim - 1,) and a.flags.c_contiguous and out.flags.c_contiguous:
            # Row after row of one long vector: nearly twice as fast as a reduction along an axis.
            starts = np.arange(0, a.size, a.shape[-1])
            return [partial(function.reduceat, a.reshape(-1), starts, 0, None, out.reshape(-1))]
        return [partial(function.reduce, a, axis=axes, out=out, keepdims=keepdims)]

    return forward


def _chosen(out: Expr, a: Expr, axis: Axis, keepdims: bool) -> tuple[Expr, Expr]:
    """Which numbers are the extreme one (1 or 0), and how many along the axis are."""
    where = call("equal", a, spread_over(out, a.shape, axis, keepdims))
    return where, call("sum", where, axis=axis, keepdims=keepdims)


def _extreme_vjp(
    upstream: Expr, out: Expr, a: Expr, axis: Axis = None, keepdims: bool = False
) -> tuple[Expr, ...]:
    where, ties = _chosen(out, a, axis, keepdims)
    return (spread_over(upstream / ties, a.shape, axis, keepdims) * where,)


def _extreme_jvp(
    tangents: tuple[Expr | None, ...],
    out: Expr,
    a: Expr,
    axis: Axis = None,
    keepdims: bool = False,
) -> Expr:
    (tangent,) = tangents
    assert tangent is not None
    where, ties = _chosen(out, a, axis, keepdims)
    return call("sum", tangent * where, axis=axis, keepdims=keepdims) / ties


# --- softmax ------------------------------------------------------------------------------------


def shifted(a: Expr, axis: int) -> Expr:
    """`a` less its largest number, so that no exponential overflows."""
    return a - call("max", a, axis=axis, keepdims=True)


def exp_sum(a: Expr, axis: int) -> Expr:
    """The sum of the exponentials of `shifted`."""
    return call("sum", call("exp", shifted(a, axis)), axis=axis, keepdims=True)


def _softmax(a: Expr, axis: int = -1) -> Expr:
    return call("exp", shifted(a, axis)) / exp_sum(a, axis)


def _log_softmax(a: Expr, axis: int = -1) -> Expr:
    return shifted(a, axis) - call("log", exp_sum(a, axis))


def _along(axis: int) -> dict[str, object]:
    return {"axis": axis, "keepdims": True}


def _same_shape(shape: Shape, axis: int = -1) -> Shape:
    normal_axes(axis, len(shape))
    return shape


def _softmax_vjp(upstream: Expr, out: Expr, a: Expr, axis: int = -1) -> tuple[Expr, ...]:
    return (out * (upstream - call("sum", upstream * out, **_along(axis))),)


def _softmax_jvp(tangents: tuple[Expr | None, ...], out: Expr, a: Expr, axis: int = -1) -> Expr:
    (tangent,) = tangents
    assert tangent is not None
    return out * (tangent - call("sum", tangent * out, **_along(axis)))


def _log_softmax_vjp(upstream: Expr, out: Expr, a: Expr, axis: int = -1) -> tuple[Expr, ...]:
    total = call("sum", upstream, **_along(axis))
    return (upstream - call("softmax", a, axis=axis) * total,)


def _log_softmax_jvp(tangents: tuple[Expr | None, ...], out: Expr, a: Expr, axis: int = -1) -> Expr:
    (tangent,) = tangents
    assert tangent is not None
    return tangent - call("sum", call("softmax", a, axis=axis) * tangent, **_along(axis))


# --- layer norm ---------------------------------------------------------------------------------

LAST = {"axis": -1, "keepdims": True}


def _centred(a: Expr) -> Expr:
    if len(a.shape) == 0:
        raise Mismatch("a scalar: there is no axis to average over")
    return a - call("mean", a, **LAST)


def _deviation(a: Expr, eps: float = 1e-5) -> Expr:
    centred = _centred(a)
    return call("sqrt", call("mean", centred * centred, **LAST) + eps)


def _deviation_vjp(upstream: Expr, out: Expr, a: Expr, eps: float = 1e-5) -> tuple[Expr, ...]:
    return (upstream * call("normalized", a, eps=eps) / float(a.shape[-1]),)


def _normalized(a: Expr, eps: float = 1e-5) -> Expr:
    return _centred(a) / call("deviation", a, eps=eps)


def _normalized_gradient(upstream: Expr, normalized: Expr, a: Expr, eps: float) -> Expr:
    along = call("mean", upstream * normalized, **LAST)
    level = call("mean", upstream, **LAST)
    return (upstream - level - normalized * along) / call("deviation", a, eps=eps)


def _normalized_vjp(upstream: Expr, out: Expr, a: Expr, eps: float = 1e-5) -> tuple[Expr, ...]:
    return (_normalized_gradient(upstream, out, a, eps),)


def _layer_norm(a: Expr, gain: Expr, bias: Expr, eps: float = 1e-5) -> Expr:
    result = call("normalized", a, eps=eps) * gain + bias
    if result.shape != a.shape:
        listed = " and ".join(shape_text(e.shape) for e in (gain, bias))
        raise Mismatch(
            f"gain and bias of shapes {listed}: they must fit {shape_text(a.shape)} as it is"
        )
    return result


def _layer_norm_vjp(
    upstream: Expr, out: Expr, a: Expr, gain: Expr, bias: Expr, eps: float = 1e-5
) -> tuple[Expr, ...]:
    normalized = call("normalized", a, eps=eps)
    return (
        _normalized_gradient(upstream * gain, normalized, a, eps),
        sum_to(upstream * normalized, gain.shape),
        sum_to(upstream, bias.shape),
    )


def _rows(rng: np.random.Generator) -> tuple[Array, ...]:
    return (rng.normal(size=(2, 3)),)


def _apart(rng: np.random.Generator) -> tuple[Array, ...]:
    """Numbers that never tie."""
    return ((rng.permutation(6) + rng.uniform(0.0, 0.5, 6)).reshape(2, 3),)


OPS = (
    Op(
        "max",
        "max",
        1,
        _extreme_forward(np.maximum),
        _extreme_shape,
        ("∂out, to the largest; equal parts where several are",),
        _apart,
        vjp=_extreme_vjp,
        jvp=_extreme_jvp,
        settings={"axis": None, "keepdims": False},
        examples=REDUCTIONS,
    ),
    Op(
        "min",
        "min",
        1,
        _extreme_forward(np.minimum),
        _extreme_shape,
        ("∂out, to the smallest; equal parts where several are",),
        _apart,
        vjp=_extreme_vjp,
        jvp=_extreme_jvp,
        settings={"axis": None, "keepdims": False},
        examples=REDUCTIONS,
    ),
    composed(
        "softmax",
        "softmax",
        _softmax,
        _softmax_vjp,
        ("out · (∂out − Σ ∂out · out)",),
        _rows,
        shape=_same_shape,
        jvp=_softmax_jvp,
        settings={"axis": -1},
        examples=({}, {"axis": 0}, {"axis": 1}),
    ),
    composed(
        "log_softmax",
        "log σ",
        _log_softmax,
        _log_softmax_vjp,
        ("∂out − softmax(a) · Σ ∂out",),
        _rows,
        shape=_same_shape,
        jvp=_log_softmax_jvp,
        settings={"axis": -1},
        examples=({}, {"axis": 0}, {"axis": 1}),
    ),
    composed(
        # The root of the variance plus eps.
        "deviation",
        "std",
        _deviation,
        _deviation_vjp,
        ("∂out · normalized(a) / how many",),
        _rows,
        settings={"eps": 1e-5},
        examples=({}, {"eps": 0.5}),
        in_language=False,
    ),
    composed(
        "normalized",
        "norm",
        _normalized,
        _normalized_vjp,
        ("(∂out − mean(∂out) − out · mean(∂out · out)) / deviation(a)",),
        _rows,
        settings={"eps": 1e-5},
        examples=({}, {"eps": 0.5}),
        in_language=False,
    ),
    composed(
        "layer_norm",
        "norm",
        _layer_norm,
        _layer_norm_vjp,
        (
            "(g − mean(g) − n · mean(g · n)) / deviation(a), g = ∂out · gain, n = normalized(a)",
            "∂out · normalized(a)",
            "∂out",
        ),
        lambda rng: (rng.normal(size=(2, 3)), rng.uniform(0.5, 1.5, 3), rng.normal(size=3)),
        settings={"eps": 1e-5},
        examples=({}, {"eps": 0.5}),
        way_out="gain and bias have one number for each of the last axis",
    ),
)
