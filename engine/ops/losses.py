"""Losses: one number from predictions and targets, the mean over all of them like PyTorch's.

Each is a composition of other ops, so that nothing of it is hidden, and one op, so that its
derivative can be said in one line: ``softmax(logits) − one_hot(classes)``.
May import: numpy, ops.core, ops.composed, ops.linear, ops.reductions, ops.indexing, shapes.
Imported by: the ops room.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.ops.composed import along_gradient, composed, nothing
from engine.ops.core import Array, Expr, Number, Op, call
from engine.ops.indexing import picked
from engine.ops.linear import averaged, sum_to
from engine.ops.reductions import exp_sum, shifted
from engine.shapes import Mismatch, Shape, broadcast, shape_text

LOG_FLOOR = -100.0
"""PyTorch's bce takes no logarithm below this, so that it stays finite at p = 0 and p = 1."""

SPREAD_FLOOR = 1e-12
"""PyTorch's bce divides by p(1 − p), but by no less than this."""


def _pair_shape(predicted: Shape, target: Shape, **_: Any) -> Shape:
    try:
        both = broadcast(predicted, target)
    except Mismatch:
        both = None
    if both not in (predicted, target):
        # A column (N, 1) against a row (N,) would be N × N differences: nobody means that.
        raise Mismatch(
            f"shapes {shape_text(predicted)} and {shape_text(target)}: "
            "every prediction wants its own target"
        )
    return ()


def _number(predicted: Expr, target: Expr) -> Number:
    """How many differences a loss averages."""
    return averaged(broadcast(predicted.shape, target.shape), None)


def _mean(terms: Expr, predicted: Expr, target: Expr) -> Expr:
    # A quotient rather than `mean`: a sum of products is one dot.
    return call("sum", terms) / _number(predicted, target)


def _opposite(slope: Expr, predicted: Expr, target: Expr) -> tuple[Expr, ...]:
    """The gradients of a loss in ``predicted − target``, from that of the first."""
    return sum_to(slope, predicted.shape), sum_to(-slope, target.shape)


# --- of numbers ---------------------------------------------------------------------------------


def _mse(p: Expr, t: Expr) -> Expr:
    difference = p - t
    return _mean(difference * difference, p, t)


def _mse_vjp(upstream: Expr, out: Expr, p: Expr, t: Expr) -> tuple[Expr, ...]:
    return _opposite(upstream / _number(p, t) * 2 * (p - t), p, t)


def _mae(p: Expr, t: Expr) -> Expr:
    return _mean(call("abs", p - t), p, t)


def _mae_vjp(upstream: Expr, out: Expr, p: Expr, t: Expr) -> tuple[Expr, ...]:
    return _opposite(upstream / _number(p, t) * call("sign", p - t), p, t)


def _huber(p: Expr, t: Expr, delta: float = 1.0) -> Expr:
    # c · (d − c/2) with c = d cut off at ±δ: d²/2 inside, δ · (|d| − δ/2) outside.
    difference = p - t
    cut = call("clip", difference, -delta, delta)
    return _mean(cut * (difference - 0.5 * cut), p, t)


def _huber_vjp(upstream: Expr, out: Expr, p: Expr, t: Expr, delta: float = 1.0) -> tuple[Expr, ...]:
    return _opposite(upstream / _number(p, t) * call("clip", p - t, -delta, delta), p, t)


# --- of probabilities ---------------------------------------------------------------------------


def _bce_logs(p: Expr) -> tuple[Expr, Expr]:
    yes = call("maximum", call("log", p), LOG_FLOOR)
    no = call("maximum", call("log1p", -p), LOG_FLOOR)
    return yes, no


def _bce(p: Expr, t: Expr) -> Expr:
    yes, no = _bce_logs(p)
    return -_mean(t * yes + (1 - t) * no, p, t)


def _bce_vjp(upstream: Expr, out: Expr, p: Expr, t: Expr) -> tuple[Expr, ...]:
    share = upstream / _number(p, t)
    yes, no = _bce_logs(p)
    spread = call("maximum", p * (1 - p), SPREAD_FLOOR)
    return sum_to(share * (p - t) / spread, p.shape), sum_to(share * (no - yes), t.shape)


def _bce_with_logits(z: Expr, t: Expr) -> Expr:
    # softplus(z) − t · z, with nothing large left to cancel.
    rest = call("log1p", call("exp", -call("abs", z)))
    return _mean(call("maximum", z, 0.0) - z * t + rest, z, t)


def _bce_with_logits_vjp(upstream: Expr, out: Expr, z: Expr, t: Expr) -> tuple[Expr, ...]:
    share = upstream / _number(z, t)
    return sum_to(share * (call("sigmoid", z) - t), z.shape), sum_to(-share * z, t.shape)


# --- of classes ---------------------------------------------------------------------------------


def _class_shape(scores: Shape, classes: Shape) -> Shape:
    if not scores:
        raise Mismatch("a scalar: one score for each class is wanted, along the last axis")
    if len(scores) != len(classes) + 1 or scores[:-1] != classes:
        wanted = shape_text(scores[:-1])
        one = "one number" if not scores[:-1] else f"shape {wanted}"
        raise Mismatch(
            f"shapes {shape_text(scores)} and {shape_text(classes)}: "
            f"the classes of such scores have {one}, an index for each row"
        )
    return ()


def _samples(classes: Expr) -> Number:
    return averaged(classes.shape, None)


def _cross_entropy(z: Expr, classes: Expr) -> Expr:
    terms = call("log", exp_sum(z, -1)) - picked(shifted(z, -1), classes)
    return call("sum", terms) / _samples(classes)


def _cross_entropy_vjp(upstream: Expr, out: Expr, z: Expr, classes: Expr) -> tuple[Expr, ...]:
    truth = call("one_hot", classes, count=int(z.shape[-1]))
    share = upstream / _samples(classes)
    return share * (call("softmax", z) - truth), nothing(classes)


def _nll(logp: Expr, classes: Expr) -> Expr:
    return -(call("sum", picked(logp, classes)) / _samples(classes))


def _nll_vjp(upstream: Expr, out: Expr, logp: Expr, classes: Expr) -> tuple[Expr, ...]:
    truth = call("one_hot", classes, count=int(logp.shape[-1]))
    return -(upstream / _samples(classes)) * truth, nothing(classes)


# --- the table ----------------------------------------------------------------------------------


def _numbers(rng: np.random.Generator) -> tuple[Array, ...]:
    target = rng.uniform(-2.0, 2.0, (2, 3))
    gap = rng.choice([0.1, 0.5, 1.5, 2.5], (2, 3)) + rng.uniform(0.0, 0.3, (2, 3))
    return target + gap * rng.choice([-1.0, 1.0], (2, 3)), target


def _probabilities(rng: np.random.Generator) -> tuple[Array, ...]:
    return rng.uniform(0.1, 0.9, (2, 3)), rng.uniform(0.1, 0.9, (2, 3))


def _logits(rng: np.random.Generator) -> tuple[Array, ...]:
    z = rng.uniform(0.1, 3.0, (2, 3)) * rng.choice([-1.0, 1.0], (2, 3))
    return z, rng.uniform(0.1, 0.9, (2, 3))


def _classified(rng: np.random.Generator) -> tuple[Array, ...]:
    return rng.normal(size=(4, 3)), rng.integers(0, 3, 4).astype(float)


def _loss(
    name: str,
    symbol: str,
    definition: Callable[..., Expr],
    vjp: Callable[..., tuple[Expr, ...]],
    words: tuple[str, ...],
    sample: Callable[[np.random.Generator], tuple[Array, ...]],
    shape: Callable[..., Shape] = _pair_shape,
    **more: Any,
) -> Op:
    column = "classes[:, 0]" if shape is _class_shape else "p[:, 0]"
    return composed(
        name,
        symbol,
        definition,
        vjp,
        words,
        sample,
        shape=shape,
        jvp=along_gradient(vjp),
        way_out=f"a column becomes a vector with  {column}",
        **more,
    )


OPS = (
    _loss(
        "mse",
        "mse",
        _mse,
        _mse_vjp,
        ("∂out · 2/N · (p − t)", "−∂out · 2/N · (p − t)"),
        _numbers,
    ),
    _loss(
        "mae",
        "mae",
        _mae,
        _mae_vjp,
        ("∂out / N · sign(p − t)", "−∂out / N · sign(p − t)"),
        _numbers,
    ),
    _loss(
        "huber",
        "huber",
        _huber,
        _huber_vjp,
        ("∂out / N · (p − t), cut off at ±delta", "−∂out / N · (p − t), cut off at ±delta"),
        _numbers,
        settings={"delta": 1.0},
        examples=({}, {"delta": 2.0}),
    ),
    _loss(
        "bce",
        "bce",
        _bce,
        _bce_vjp,
        ("∂out / N · (p − t) / (p · (1 − p))", "∂out / N · (log(1 − p) − log p)"),
        _probabilities,
    ),
    _loss(
        "bce_with_logits",
        "bce σ",
        _bce_with_logits,
        _bce_with_logits_vjp,
        ("∂out / N · (σ(z) − t)", "−∂out / N · z"),
        _logits,
    ),
    _loss(
        "cross_entropy",
        "CE",
        _cross_entropy,
        _cross_entropy_vjp,
        ("∂out / N · (softmax(z) − one_hot(classes))", "0"),
        _classified,
        shape=_class_shape,
        constant=(1,),
        index_axis=-1,
    ),
    _loss(
        "nll",
        "nll",
        _nll,
        _nll_vjp,
        ("−∂out / N · one_hot(classes)", "0"),
        _classified,
        shape=_class_shape,
        constant=(1,),
        index_axis=-1,
    ),
)
