"""Every op of the table, by its own record: a new op is tested because it is in `OPS`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.evaluation import evaluate
from engine.ops import OPS, Array, Gradient, Op, Value, call
from engine.shapes import Mismatch
from tests.engine.op_twins import TWINS

SETTINGS: Mapping[str, tuple[dict[str, Any], ...]] = {
    "sum": tuple(
        {"axis": axis, "keepdims": keepdims}
        for axis in (None, 0, 1, -1, (0, 1), (1, 0))
        for keepdims in (False, True)
    ),
    "reshape": ({"shape": (3, 2)}, {"shape": (6,)}, {"shape": (1, 6, 1)}),
    "expand": ({"axis": (0,)}, {"axis": (1,)}, {"axis": (0, 3)}),
    "spread": ({"shape": (2, 3)}, {"shape": (4, 2, 3)}),
}
"""Settings to try for ops that have some; `mean` takes those of `sum`."""

INDEPENDENT: Mapping[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: np.exp(b * np.log(a)),
    "neg": lambda a: 0.0 - a,
    "identity": lambda a: a,
    "exp": np.vectorize(math.exp),
    "log": np.vectorize(math.log),
    "sqrt": np.vectorize(math.sqrt),
    "abs": np.vectorize(math.fabs),
    "sin": np.vectorize(math.sin),
    "cos": np.vectorize(math.cos),
    "tan": np.vectorize(math.tan),
    "tanh": np.vectorize(math.tanh),
    "sigmoid": np.vectorize(lambda a: 0.5 * (1.0 + math.tanh(a / 2.0))),
    "relu": np.vectorize(lambda a: a if a > 0 else 0.0),
    "maximum": np.vectorize(lambda a, b: a if a > b else b),
    "minimum": np.vectorize(lambda a, b: a if a < b else b),
    "where": np.vectorize(lambda c, a, b: a if c != 0 else b),
    "sign": np.vectorize(lambda a: math.copysign(1.0, a) if a else 0.0),
    "step": np.vectorize(lambda a, tie: tie if a == 0 else float(a > 0)),
    "matmul": lambda a, b: np.einsum("ij,jk->ik", a, b),
    "sum": lambda a, axis=None, keepdims=False: np.add.reduce(a, _axes(a, axis), keepdims=keepdims),
    "mean": lambda a, axis=None, keepdims=False: np.average(a, _axes(a, axis), keepdims=keepdims),
    "transpose": lambda a: np.einsum("ij->ji", a),
    "reshape": lambda a, shape: np.array(list(a.flat)).reshape(shape),
    "expand": lambda a, axis: np.expand_dims(a, axis),
    "spread": lambda a, shape: a + np.zeros(shape),
}
"""The same function, computed another way."""

ELEMENTWISE_PAIRS = sorted(n for n in INDEPENDENT if OPS[n].elementwise and OPS[n].arity == 2)


def _axes(a: Array, axis: Any) -> Any:
    return tuple(range(a.ndim)) if axis is None else axis


def settings_of(op: Op) -> tuple[dict[str, Any], ...]:
    return SETTINGS.get("sum" if op.name == "mean" else op.name, ({},))


def forward(op: Op, *operands: Any, **settings: Any) -> Array:
    """What the op's forward rule writes into a fresh buffer."""
    arrays = [np.asarray(operand, dtype=float) for operand in operands]
    if op.view is not None:
        return np.array(op.view(*arrays, **settings))
    assert op.forward is not None
    out = np.full(op.shape(*(a.shape for a in arrays), **settings), np.nan)
    with np.errstate(all="ignore"):
        for thunk in op.forward(out, *arrays, **settings):
            thunk()
    return out


def pulled_back(op: Op, upstream: Any, *operands: Any, **settings: Any) -> list[Array]:
    """For each operand the gradient that the op's derivative rule sends it, in its own shape."""
    arrays = [np.asarray(operand, dtype=float) for operand in operands]
    out = forward(op, *arrays, **settings)
    leaves = tuple(Value(i, a.shape) for i, a in enumerate(arrays))
    rules = op.contributions(
        Gradient(-1, out.shape), Value(-1, out.shape), leaves, tuple(sorted(settings.items()))
    )
    values = {-1: out, **dict(enumerate(arrays))}
    upstream = np.broadcast_to(np.asarray(upstream, dtype=float), out.shape)
    with np.errstate(all="ignore"):
        found = [evaluate(rule, values.__getitem__, lambda _: upstream) for rule in rules]
    return [_reduced(g, a.shape) for g, a in zip(found, arrays, strict=True)]


def _reduced(gradient: Array, shape: tuple[int, ...]) -> Array:
    """`gradient` summed to `shape`: what broadcasting spread flows back together."""
    extra = gradient.ndim - len(shape)
    axes = [i + extra for i, n in enumerate(shape) if n == 1 != gradient.shape[i + extra]]
    return np.asarray(gradient.sum((*range(extra), *axes), keepdims=True)).reshape(shape)


def differences(op: Op, upstream: Array, *operands: Array, **settings: Any) -> list[Array]:
    """The same gradients, measured: central differences of Σ upstream · out."""
    h, found = 1e-6, []
    for position, operand in enumerate(operands):
        slope = np.zeros(operand.shape)
        for index in np.ndindex(operand.shape):
            ends = []
            for sign in (1, -1):
                moved = [np.array(o, dtype=float) for o in operands]
                moved[position][index] += sign * h
                ends.append(np.sum(upstream * forward(op, *moved, **settings)))
            slope[index] = (ends[0] - ends[1]) / (2 * h)
        found.append(slope)
    return found


def assert_pulls_back_what_differences_measure(
    op: Op, upstream: Array, *operands: Array, **settings: Any
) -> None:
    got = pulled_back(op, upstream, *operands, **settings)
    wanted = differences(op, upstream, *operands, **settings)
    for position, (g, w) in enumerate(zip(got, wanted, strict=True)):
        np.testing.assert_allclose(
            g, w, rtol=1e-5, atol=1e-6, err_msg=f"{op.name}, operand {position}, {settings}"
        )


def sampled(op: Op, seed: int = 0) -> tuple[Array, ...]:
    return op.sample(np.random.default_rng(seed))


every_op = pytest.mark.parametrize(
    "op", [OPS[name] for name in INDEPENDENT], ids=lambda op: op.name
)
"""The arithmetic that everything is made of; test_forward_mode.py goes over the whole table."""


# --- the table --------------------------------------------------------------------------------


def test_every_op_of_the_table_has_an_independent_twin() -> None:
    assert set(INDEPENDENT) <= set(OPS)
    assert set(TWINS) >= set(OPS)


@every_op
def test_every_op_declares_one_kind_of_derivative_and_one_kind_of_forward(op: Op) -> None:
    assert (op.partials is None) != (op.vjp is None)
    assert (op.forward is None) != (op.view is None)


@every_op
def test_every_op_has_a_sample_and_words_for_each_operand(op: Op) -> None:
    assert len(sampled(op)) == len(op.words) == op.arity
    assert all(op.words) and op.symbol


# --- forward ----------------------------------------------------------------------------------


@every_op
@pytest.mark.parametrize("seed", range(3))
def test_every_op_computes_what_an_independent_formula_does(op: Op, seed: int) -> None:
    operands = sampled(op, seed)
    for settings in settings_of(op):
        wanted = INDEPENDENT[op.name](*operands, **settings)
        np.testing.assert_allclose(
            forward(op, *operands, **settings), wanted, rtol=1e-14, atol=1e-15
        )


@every_op
def test_every_op_announces_the_shape_that_it_computes(op: Op) -> None:
    operands = sampled(op)
    for settings in settings_of(op):
        announced = op.shape(*(np.shape(o) for o in operands), **settings)
        assert announced == np.shape(INDEPENDENT[op.name](*operands, **settings))


@every_op
def test_no_op_writes_to_its_operands(op: Op) -> None:
    operands = [np.array(o, dtype=float) for o in sampled(op)]
    for operand in operands:
        operand.flags.writeable = False
    for settings in settings_of(op):
        forward(op, *operands, **settings)


@pytest.mark.parametrize("shapes", [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4))])
def test_matmul_of_vectors_is_numpy_s(shapes: tuple[tuple[int, ...], ...]) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape) for shape in shapes)
    np.testing.assert_allclose(forward(OPS["matmul"], a, b), a @ b, rtol=1e-14)


@pytest.mark.parametrize("size", [1, 2, 8191, 8192, 8193, 20_000])
def test_long_and_short_sums_agree_with_exact_ones(size: int) -> None:
    numbers = np.random.default_rng(size).uniform(0.5, 1.5, size)
    assert forward(OPS["sum"], numbers) == pytest.approx(math.fsum(numbers), rel=1e-13)
    assert forward(OPS["mean"], numbers) == pytest.approx(math.fsum(numbers) / size, rel=1e-13)


# --- derivatives ------------------------------------------------------------------------------


@every_op
@pytest.mark.parametrize("seed", range(3))
def test_every_op_pulls_back_what_finite_differences_measure(op: Op, seed: int) -> None:
    operands = sampled(op, seed)
    rng = np.random.default_rng(seed + 100)
    for settings in settings_of(op):
        upstream = rng.normal(size=forward(op, *operands, **settings).shape)
        assert_pulls_back_what_differences_measure(op, upstream, *operands, **settings)


def test_the_check_notices_a_rule_that_is_off_by_a_thousandth() -> None:
    wrong = replace(OPS["mul"], partials=lambda out, a, b: (b * 1.001, a))
    operands = sampled(wrong)
    with pytest.raises(AssertionError, match="mul, operand 0"):
        assert_pulls_back_what_differences_measure(wrong, np.ones((2, 3)), *operands)


@given(
    st.sampled_from(ELEMENTWISE_PAIRS),
    hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3),
    st.integers(0, 2**32 - 1),
)
def test_pairs_of_any_broadcastable_shapes_pull_back_what_differences_measure(
    name: str, broadcastable: hnp.BroadcastableShapes, seed: int
) -> None:
    op, rng = OPS[name], np.random.default_rng(seed)
    # Two grids that never meet: no tie, no pole, no kink, and a positive base.
    a, b = (
        rng.integers(1, 20, shape) / 8 + offset
        for shape, offset in zip(broadcastable.input_shapes, (0.0, 0.0625), strict=True)
    )
    assert forward(op, a, b).shape == broadcastable.result_shape
    np.testing.assert_allclose(forward(op, a, b), INDEPENDENT[name](a, b), rtol=1e-13)
    upstream = rng.normal(size=broadcastable.result_shape)
    assert_pulls_back_what_differences_measure(op, upstream, a, b)


MATMUL_SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((1, 3), (3, 1)),
    ((4, 2, 3), (3,)),
    ((3,), (4, 3, 2)),
    ((4, 2, 3), (3, 2)),
    ((2, 3), (4, 3, 2)),
    ((4, 2, 3), (4, 3, 2)),
    ((1, 2, 3), (4, 3, 2)),
    ((2, 1, 2, 3), (4, 3, 2)),
]


@pytest.mark.parametrize(("left", "right"), MATMUL_SHAPES)
def test_matrix_products_of_every_rank_pull_back_what_differences_measure(
    left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=left), rng.normal(size=right)
    np.testing.assert_allclose(forward(OPS["matmul"], a, b), np.matmul(a, b), rtol=1e-14)
    upstream = rng.normal(size=np.shape(np.matmul(a, b)))
    assert_pulls_back_what_differences_measure(OPS["matmul"], upstream, a, b)


@given(hnp.array_shapes(max_dims=3, max_side=3), st.data(), st.booleans())
def test_reductions_of_any_shape_pull_back_what_differences_measure(
    shape: tuple[int, ...], data: st.DataObject, keepdims: bool
) -> None:
    axis = data.draw(st.none() | hnp.valid_tuple_axes(len(shape), min_size=1))
    operand = np.random.default_rng(0).normal(size=shape)
    for name in ("sum", "mean"):
        settings = {"axis": axis, "keepdims": keepdims}
        out = forward(OPS[name], operand, **settings)
        np.testing.assert_allclose(
            out, getattr(np, name)(operand, axis=axis, keepdims=keepdims), rtol=1e-13, atol=1e-15
        )
        upstream = np.random.default_rng(1).normal(size=out.shape)
        assert_pulls_back_what_differences_measure(OPS[name], upstream, operand, **settings)


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("add", [(2, 3), (2,)]),
        ("matmul", [(2, 3), (2, 3)]),
        ("matmul", [(), (2,)]),
        ("matmul", [(2,), ()]),
        ("matmul", [(2, 2, 3), (3, 3, 2)]),
    ],
)
def test_shapes_that_do_not_fit_are_a_mismatch(name: str, shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(Mismatch):
        OPS[name].shape(*shapes)


@pytest.mark.parametrize("axis", [2, -3, (0, 0), (0, -2)])
def test_an_axis_that_is_not_there_is_a_mismatch(axis: Any) -> None:
    with pytest.raises(Mismatch, match="axis"):
        OPS["sum"].shape((2, 3), axis=axis)


# --- kinks: the conventions are PyTorch's -------------------------------------------------------


def derivative(name: str, *operands: float) -> list[float]:
    return [float(g) for g in pulled_back(OPS[name], 1.0, *operands)]


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_relu_s_derivative_at_zero_is_zero(zero: float) -> None:
    assert derivative("relu", zero) == [0.0]


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_the_derivative_of_an_absolute_value_at_zero_is_zero(zero: float) -> None:
    assert derivative("abs", zero) == [0.0]


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_tie_of_two_operands_shares_one_half_each(name: str) -> None:
    assert derivative(name, 2.0, 2.0) == [0.5, 0.5]


def test_the_larger_operand_takes_all_of_a_maximum_s_gradient() -> None:
    assert derivative("maximum", 3.0, 2.0) == [1.0, 0.0]
    assert derivative("maximum", -3.0, 2.0) == [0.0, 1.0]
    assert derivative("minimum", 3.0, 2.0) == [0.0, 1.0]


@pytest.mark.parametrize(
    ("base", "exponent", "wanted"),
    [
        (0.0, 0.0, (0.0, 0.0)),
        (0.0, 1.0, (1.0, 0.0)),
        (0.0, 2.0, (0.0, 0.0)),
        (0.0, 0.5, (math.inf, 0.0)),
        (2.0, 0.0, (0.0, math.log(2.0))),
        (-2.0, 2.0, (-4.0, math.nan)),
    ],
)
def test_a_power_at_zero_has_the_derivatives_that_its_limits_have(
    base: float, exponent: float, wanted: tuple[float, float]
) -> None:
    np.testing.assert_allclose(derivative("pow", base, exponent), wanted, rtol=1e-15)


def test_a_square_at_zero_is_flat() -> None:
    (rule, _) = OPS["pow"].contributions(
        Gradient(-1, ()), Value(-1, ()), (Value(0, ()), call("neg", -2.0)), ()
    )
    assert float(evaluate(rule, lambda _: np.asarray(0.0), lambda _: np.asarray(1.0))) == 0.0


def test_sigmoid_saturates_without_a_warning() -> None:
    far = np.array([-1e4, -745.0, 0.0, 745.0, 1e4])
    assert forward(OPS["sigmoid"], far).tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]


@pytest.mark.parametrize("name", ["relu", "maximum", "minimum", "abs", "exp", "add", "mul"])
def test_nan_stays_nan(name: str) -> None:
    op = OPS[name]
    assert np.isnan(forward(op, *(math.nan for _ in range(op.arity))))
