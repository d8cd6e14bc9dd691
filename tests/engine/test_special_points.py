"""Ops at the ends of float64 and at infinite gradients, as torch 2.13.0 computes them.

PyTorch selects where a branch is chosen; a product with a local derivative of 0 is IEEE's, in
PyTorch too for some ops, here for all: what the listing says is what is computed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Debugger
from engine.ops import OPS
from tests.engine.op_twins import forward, pulled_back, pushed_forward
from tests.engine.test_network_ops import after_one_iteration
from tests.strategies import Sketch

INF, NAN, TINY = math.inf, math.nan, 5e-324


def at(name: str, *operands: float, upstream: float = 1.0) -> list[float]:
    """The value, then the gradient of each operand."""
    arrays = [np.array([x]) for x in operands]
    gradients = pulled_back(OPS[name], np.array([upstream]), *arrays)
    return [float(forward(OPS[name], *arrays)[0]), *(float(g[0]) for g in gradients)]


@pytest.mark.parametrize(
    ("name", "x", "value", "slope"),
    [
        ("exp", 710.0, INF, INF),
        ("exp", -745.5, 0.0, 0.0),
        ("exp", -INF, 0.0, 0.0),
        ("log", 0.0, -INF, INF),
        ("log", -0.0, -INF, -INF),
        ("log", -1.0, NAN, -1.0),
        ("log", TINY, math.log(TINY), INF),
        ("log", INF, INF, 0.0),
        ("log1p", -1.0, -INF, INF),
        ("log1p", 1e-20, 1e-20, 1.0),
        ("expm1", -745.5, -1.0, 0.0),
        ("expm1", 1e-20, 1e-20, 1.0),
        ("sqrt", 0.0, 0.0, INF),
        ("sqrt", -0.0, -0.0, -INF),
        ("sqrt", -1.0, NAN, NAN),
        ("sqrt", INF, INF, 0.0),
        ("abs", -INF, INF, -1.0),
        ("abs", -TINY, TINY, -1.0),
        ("tanh", 1e10, 1.0, 0.0),
        ("tanh", -INF, -1.0, 0.0),
        ("sigmoid", -745.5, 0.0, 0.0),
        ("sigmoid", -709.0, 1.216780750623423e-308, 1.216780750623423e-308),
        ("sigmoid", INF, 1.0, 0.0),
        ("relu", INF, INF, 1.0),
        ("relu", -INF, 0.0, 0.0),
        ("relu", TINY, TINY, 1.0),
        ("leaky_relu", -INF, -INF, 0.01),
        ("elu", -INF, -1.0, 0.0),
        ("elu", 1e300, 1e300, 1.0),
        ("gelu", 1e300, 1e300, 1.0),
        ("silu", 745.5, 745.5, 1.0),
        ("softplus", 1e300, 1e300, 1.0),
        ("softplus", -1e300, 0.0, 0.0),
        ("softplus", -40.0, 4.248354255291589e-18, 4.248354255291589e-18),
        ("sin", INF, NAN, NAN),
    ],
)  # fmt: skip
def test_a_function_ends_where_pytorch_s_does(
    name: str, x: float, value: float, slope: float
) -> None:
    np.testing.assert_allclose(at(name, x), [value, slope], rtol=1e-14, atol=0)


@pytest.mark.parametrize(
    ("a", "b", "to_a", "to_b"),
    [
        (0.0, 0.0, 0.0, 0.0),
        (0.0, 2.0, 0.0, 0.0),
        (0.0, INF, NAN, 0.0),
        (0.0, -1.0, -INF, -INF),
        (0.0, -2.0, -INF, -INF),
        (-0.0, -1.0, -INF, INF),
        (-2.0, 3.0, 12.0, NAN),
        (INF, 0.0, 0.0, INF),
        (1e300, 2.0, 2e300, INF),
    ],
)
def test_a_power_has_pytorch_s_derivatives(a: float, b: float, to_a: float, to_b: float) -> None:
    np.testing.assert_allclose(at("pow", a, b)[1:], [to_a, to_b], rtol=1e-14)


@pytest.mark.parametrize("upstream", [INF, -INF, NAN])
def test_no_gradient_flows_into_a_branch_that_is_not_chosen(upstream: float) -> None:
    gradients = pulled_back(
        OPS["where"],
        np.full(3, upstream),
        np.array([0.0, 1.0, NAN]),
        np.array([1.0, 2.0, 3.0]),
        np.array([4.0, 5.0, 6.0]),
    )
    np.testing.assert_array_equal(gradients[1], [0.0, upstream, upstream])
    np.testing.assert_array_equal(gradients[2], [upstream, 0.0, 0.0])


def test_no_tangent_flows_out_of_a_branch_that_is_not_chosen() -> None:
    moved = pushed_forward(
        OPS["where"],
        [None, np.array([INF, 2.0]), np.array([3.0, NAN])],
        np.array([0.0, 1.0]),
        np.zeros(2),
        np.zeros(2),
    )
    np.testing.assert_array_equal(moved, [3.0, 2.0])


def test_an_infinite_gradient_stays_in_its_window_s_largest_place() -> None:
    image = np.arange(16.0).reshape(1, 1, 4, 4)
    upstream = np.array([[[[INF, 1.0], [NAN, 2.0]]]])
    (gradient,) = pulled_back(OPS["max_pool2d"], upstream, image, size=2)
    wanted = np.zeros((4, 4))
    wanted[1::2, 1::2] = upstream[0, 0]
    np.testing.assert_array_equal(gradient[0, 0], wanted)


GUARDED = Sketch(
    "safe = where(x - 1, x, 2)\nh = where(x - 1, log(safe - w), w * x)\nloss = sum(h)",
    {"w": 1.0},
    {"x": [1.0, 2.0, 3.0]},
)


def test_a_guarded_pole_sends_an_infinite_gradient_only_where_it_is_chosen() -> None:
    # At x = 2 the chosen branch is log(1): fine. Where it is not chosen nothing flows.
    debugger = after_one_iteration(GUARDED)
    gradient = debugger.state.gradient(debugger.graph.named["w"])
    assert gradient == pytest.approx(1.0 - 1.0 - 0.5)


def test_the_chain_rule_through_a_branch_still_has_its_factors() -> None:
    debugger = Debugger(
        Sketch("h = where(c, w, v)\nloss = sum(h * h)", {"w": [1.0, 2.0], "v": 3.0},
               constants={"c": [1.0, 0.0]}).opened()
    )  # fmt: skip
    debugger.step("pass", 2)
    texts = [line.text for line in debugger.listing.lines]
    assert "d_w = where(c, d_h, 0)" in texts
    rule = debugger.chain_rule("w")
    (path,) = rule.paths
    assert [factor.text for factor in path.factors][-1] == "where(c, 1, 0)"
    np.testing.assert_array_equal(np.asarray(path.factors[-1].value), [1.0, 0.0])
    np.testing.assert_array_equal(np.asarray(rule.gradient), [2.0, 0.0])


@pytest.mark.parametrize("x", [INF, -INF, 1e300, TINY, 0.0, -0.0])
@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_tie_is_a_tie_also_at_infinity(name: str, x: float) -> None:
    assert at(name, x, x) == [x, 0.5, 0.5]


@pytest.mark.parametrize("name", ["relu", "maximum", "abs", "mul"])
def test_zero_times_infinity_is_nan_as_the_listing_s_product_says(name: str) -> None:
    operands = {"relu": [-1.0], "abs": [0.0], "maximum": [0.0, 1.0], "mul": [2.0, 0.0]}[name]
    assert math.isnan(at(name, *operands, upstream=INF)[1])


REDUCED = st.lists(st.sampled_from([0.0, 1.0, 1.0, 2.0, -1.0]), min_size=1, max_size=6)


@given(REDUCED, st.sampled_from(["max", "min"]))
def test_those_that_tie_share_what_they_would_have_had_alone(row: list[float], name: str) -> None:
    a: Any = np.array(row)
    (gradient,) = pulled_back(OPS[name], np.asarray(6.0), a)
    best = a == forward(OPS[name], a)
    np.testing.assert_allclose(gradient, np.where(best, 6.0 / best.sum(), 0.0), rtol=1e-15)
