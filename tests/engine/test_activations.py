"""Activations against PyTorch and 60-digit mathematics (tests/reference/activations.json)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.ops import OPS
from tests.engine.op_twins import forward, pulled_back

FILE = Path(__file__).parent.parent / "reference" / "activations.json"
CASES = json.loads(FILE.read_text("utf-8"))["cases"]


def points() -> Iterator[Any]:
    for case in CASES:
        if case["kind"] == "pointwise" and case["function"] in OPS:
            for point in case["points"]:
                yield pytest.param(case, point, id=f"{case['function']}({point['x']})")


def judged(got: float, point: Mapping[str, Any], what: str, case: Mapping[str, Any]) -> None:
    wanted = [float(point[k]) for k in (f"torch_{what}", f"exact_{what}") if k in point]
    near = [np.isclose(got, w, case["rtol"], case["atol"], equal_nan=True) for w in wanted]
    assert any(near), f"{what}({point['x']}) = {got} for {wanted}"
    if point.get("relative_ok") and f"exact_{what}" in point:
        exact = float(point[f"exact_{what}"])
        assert got == pytest.approx(exact, rel=1e-9, abs=1e-307)


@pytest.mark.parametrize(("case", "point"), list(points()))
def test_a_value_is_the_reference_s(case: Mapping[str, Any], point: Mapping[str, Any]) -> None:
    x = np.array([float(point["x"])])
    judged(forward(OPS[case["function"]], x, **case["params"])[0], point, "f", case)


@pytest.mark.parametrize(("case", "point"), list(points()))
def test_a_derivative_is_the_reference_s(case: Mapping[str, Any], point: Mapping[str, Any]) -> None:
    x = np.array([float(point["x"])])
    if np.isnan(x[0]) or (case["function"] == "relu" and np.isinf(x[0])):
        pytest.skip("no derivative to agree on")
    (got,) = pulled_back(OPS[case["function"]], np.ones(1), x, **case["params"])
    judged(got[0], point, "df", case)


def rows() -> Iterator[Any]:
    (case,) = (case for case in CASES if case["function"] == "softmax")
    return (pytest.param(row, id=str(row["x"])) for row in case["rows"])


@pytest.mark.parametrize("row", list(rows()))
def test_softmax_is_the_reference_s(row: Mapping[str, Any]) -> None:
    x, upstream = np.array(row["x"], dtype=float), np.array(row["upstream"])
    out = forward(OPS["softmax"], x)
    np.testing.assert_allclose(out, row["torch_f"], rtol=1e-12, atol=1e-15)
    (gradient,) = pulled_back(OPS["softmax"], upstream, x)
    np.testing.assert_allclose(gradient, row["torch_vjp"], rtol=1e-12, atol=1e-15)
    if (out > 1e-300).all():
        logs = forward(OPS["log_softmax"], x)
        np.testing.assert_allclose(logs, np.log(out), rtol=1e-12, atol=1e-15)


# --- to the last digits, where float64 has them -----------------------------------------------

EXACT = {
    # x: Φ(x), gelu(x), gelu'(x), silu(x), silu'(x), softplus(x), from 50 digits, rounded once
    -37.5: (
        4.605353009581955e-308,
        -1.7270073785932332e-306,
        -6.476271143055812e-305,
        -1.9408331271757007e-15,
        -1.8890775771176817e-15,
        5.175555005801868e-17,
    ),
    -25.0: (
        3.056696706382561e-138,
        -7.641741765956403e-137,
        -1.9104257373984655e-135,
        -3.4719859661927863e-10,
        -3.3331065274968563e-10,
        1.3887943864867583e-11,
    ),
    -12.5: (
        3.732564298877713e-36,
        -4.665705373597142e-35,
        -5.831668554480156e-34,
        -4.658299105233202e-05,
        -4.2856178170141026e-05,
        3.7266462281239904e-06,
    ),
    -8.0: (
        6.220960574271784e-16,
        -4.976768459417427e-15,
        -3.979607261086796e-14,
        -0.002682801043731825,
        -0.0023465512355853157,
        0.00033540637289576885,
    ),
    -5.75: (
        4.462172453901612e-09,
        -2.5657491609934268e-08,
        -1.4729431175140635e-07,
        -0.01824292634428984,
        -0.0150123644823954,
        0.003177726471409927,
    ),
    -5.5: (
        1.8989562465887718e-08,
        -1.0444259356238245e-07,
        -5.733472398739924e-07,
        -0.0223857574374287,
        -0.01822450660588759,
        0.0040784432705707205,
    ),
    -3.0: (
        0.0013498980316300946,
        -0.0040496940948902835,
        -0.011945647204183927,
        -0.14227761953270035,
        -0.08810410601516962,
        0.04858735157374206,
    ),
    -1.0: (
        0.15865525393145705,
        -0.15865525393145705,
        -0.0833154705876863,
        -0.2689414213699951,
        0.07232948812851327,
        0.3132616875182228,
    ),
    -0.75: (
        0.2266273523768682,
        -0.16997051428265114,
        0.0007742782607648957,
        -0.24061597561845527,
        0.1574000555032465,
        0.38687100611489994,
    ),
    -0.66: (
        0.25462691467133614,
        -0.16805376368308186,
        0.04285680418236228,
        -0.22488814362208562,
        0.19247976662620744,
        0.41663669588823926,
    ),
    -0.1: (
        0.460172162722971,
        -0.0460172162722971,
        0.4204769079752698,
        -0.047502081252106004,
        0.4500832085017708,
        0.6443966600735709,
    ),
    -1e-10: (
        0.49999999996010575,
        -4.999999999601058e-11,
        0.49999999992021155,
        -4.9999999997500004e-11,
        0.49999999995,
        0.6931471805099453,
    ),
    1e-10: (
        0.5000000000398942,
        5.000000000398942e-11,
        0.5000000000797885,
        5.00000000025e-11,
        0.50000000005,
        0.6931471806099453,
    ),
    0.5: (
        0.6914624612740131,
        0.34573123063700656,
        0.8674951246561629,
        0.3112296656009273,
        0.7399611873026518,
        0.9740769841801067,
    ),
    0.7: (
        0.758036347776927,
        0.5306254434438489,
        0.9766141011336599,
        0.46773144051771626,
        0.8233867834733424,
        1.103186048885458,
    ),
    2.0: (
        0.9772498680518208,
        1.9544997361036416,
        1.085231801078197,
        1.7615941559557649,
        1.0907842487848955,
        2.1269280110429727,
    ),
    5.0: (
        0.9999997133484281,
        4.999998566742141,
        1.000007146946002,
        4.966535745378576,
        1.026547432429666,
        5.006715348489118,
    ),
    6.0: (
        0.9999999990134123,
        5.999999994080474,
        1.0000000354687095,
        5.985164261060191,
        1.0123264325915255,
        6.00247568513773,
    ),
    30.0: (
        1.0,
        30.0,
        1.0,
        29.999999999997193,
        1.0000000000027136,
        30.000000000000092,
    ),
}


def worst(name: str, column: int, derivative: bool = False) -> float:
    """The largest relative error over the table."""
    error = 0.0
    for x, exact in EXACT.items():
        at = np.array([x])
        got = pulled_back(OPS[name], np.ones(1), at)[0] if derivative else forward(OPS[name], at)
        error = max(error, abs(got[0] - exact[column]) / abs(exact[column]))
    return error


@pytest.mark.parametrize(
    ("name", "column", "limit"),
    [("normal_cdf", 0, 1e-15), ("gelu", 1, 1e-15), ("silu", 3, 1e-15), ("softplus", 5, 1e-15)],
)
def test_values_are_right_also_far_out(name: str, column: int, limit: float) -> None:
    assert worst(name, column) < limit


@pytest.mark.parametrize(("name", "column"), [("gelu", 2), ("silu", 4)])
def test_derivatives_are_right_also_far_out(name: str, column: int) -> None:
    assert worst(name, column, derivative=True) < 2e-13


def test_the_normal_distribution_ends_where_float64_does() -> None:
    far = np.array([-np.inf, -100.0, -40.0, 9.0, 40.0, np.inf])
    assert forward(OPS["normal_cdf"], far).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    assert np.isnan(forward(OPS["normal_cdf"], np.array([np.nan]))).all()
    assert forward(OPS["normal_cdf"], np.array([-38.4]))[0] > 0.0
    assert forward(OPS["normal_cdf"], np.array([0.0, -0.0])).tolist() == [0.5, 0.5]


def test_the_normal_distribution_never_falls() -> None:
    x = np.linspace(-38.0, 8.0, 20_001)
    assert (np.diff(forward(OPS["normal_cdf"], x)) >= -1e-16).all()


def test_any_shape_will_do() -> None:
    for shape in ((), (3,), (2, 0), (2, 3, 4)):
        x = np.random.default_rng(0).normal(size=shape)
        wanted = np.vectorize(lambda a: forward(OPS["gelu"], np.array([a]))[0], otypes=[float])
        np.testing.assert_array_equal(forward(OPS["gelu"], x), wanted(x) if x.size else x)
        column = np.asfortranarray(x)
        np.testing.assert_array_equal(forward(OPS["gelu"], column), forward(OPS["gelu"], x))


@pytest.mark.parametrize(
    "name", ["gelu", "silu", "softplus", "elu", "leaky_relu", "log1p", "expm1"]
)
def test_nan_stays_nan(name: str) -> None:
    assert np.isnan(forward(OPS[name], np.array([np.nan]))).all()


@pytest.mark.parametrize(("name", "at_zero"), [("elu", 1.0), ("leaky_relu", 0.01)])
def test_the_derivative_at_zero_is_that_of_the_left_branch(name: str, at_zero: float) -> None:
    for zero in (0.0, -0.0):
        (got,) = pulled_back(OPS[name], np.ones(1), np.array([zero]))
        assert got.tolist() == [at_zero]


def test_small_differences_from_one_are_kept() -> None:
    tiny = np.array([1e-30, -1e-30])
    for name in ("log1p", "expm1", "elu"):
        np.testing.assert_allclose(forward(OPS[name], tiny), tiny, rtol=1e-15)
