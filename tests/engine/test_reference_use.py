"""Every case of tests/reference is judged by some test, and every number that a source printed.

What the tests of the rooms leave over is judged here: sums of losses, the tanh form of gelu as a
formula, `strict` points, printed numbers of activations, losses and optimizers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Debugger, parse_experiment
from engine.ops import OPS, Array
from tests.engine import (
    test_activations,
    test_datasets,
    test_losses,
    test_optimizers,
    test_reference_cases,
)
from tests.engine.op_twins import forward, pulled_back
from tests.engine.test_reference_cases import PUBLISHED
from tests.strategies import Sketch

FOLDER = Path(__file__).parent.parent / "reference"
Case = Mapping[str, Any]

CASES: list[Case] = [
    case
    for path in sorted(FOLDER.glob("*.json"))
    for case in json.loads(path.read_text("utf-8"))["cases"]
]


def of_kind(kind: str) -> list[Case]:
    return [case for case in CASES if case["kind"] == kind]


def printed(numbers: Mapping[str, Any]) -> Iterator[tuple[str, float, float]]:
    """(what, the number, how far off it may be) of what a source printed and did not get wrong."""
    for key, number in numbers.items():
        if number["status"] in PUBLISHED:
            yield key, float(number["text"]), number["tol"]


# --- nothing is left out --------------------------------------------------------------------------


def test_every_case_of_every_file_is_judged() -> None:
    """Counted by what is judged: a case, or each point, row or item of one that has many."""
    judged: Counter[str] = Counter()
    for case in (*test_reference_cases.EXPRESSIONS, *test_reference_cases.TRAININGS):
        judged[case["id"]] += 1
    for case in (*test_optimizers.CASES, *test_datasets.CASES.values()):
        judged[case["id"]] += 1
    for case, _ in (p.values for p in test_activations.points()):
        judged[case["id"]] += 1  # pyright: ignore[reportArgumentType, reportIndexIssue]
    judged["act-gelu-tanh"] += len(TANH_GELU["points"])
    judged["act-softmax"] += len(list(test_activations.rows()))
    for case, _ in (p.values for p in (*test_losses.items(), *sums())):
        judged[case["id"]] += 1  # pyright: ignore[reportArgumentType, reportIndexIssue]
    there = Counter(
        {c["id"]: len(c.get("points") or c.get("rows") or c.get("items") or [c]) for c in CASES}
    )
    assert judged == there


def test_every_kind_of_case_is_known() -> None:
    kinds = {case["kind"] for case in CASES}
    assert kinds == {"expression", "training", "pointwise", "vector", "loss", "optimizer",
                     "dataset"}  # fmt: skip


def test_only_what_a_source_got_wrong_is_not_held_against_the_engine() -> None:
    wrong = [
        (case["id"], key)
        for case in CASES
        for key, number in case.get("published", {}).items()
        if number["status"] not in PUBLISHED
    ]
    assert Counter(name for name, _ in wrong) == {
        "mazur-one-step": 1,
        "sklearn-mlp-worked-example": 8,
    }


# --- functions of one number ----------------------------------------------------------------------

(TANH_GELU,) = (case for case in of_kind("pointwise") if case["function"] == "gelu_tanh")
TANH_FORM = "0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x**3)))"


def value_and_slope(case: Case, x: Array) -> tuple[Array, Array]:
    if case is not TANH_GELU:
        op = OPS[case["function"]]
        (slope,) = pulled_back(op, np.ones(x.shape), x, **case["params"])
        return forward(op, x, **case["params"]), slope
    sketch = Sketch(f"f = {TANH_FORM}\nloss = sum(f)", {"x": x.tolist()})
    debugger = Debugger(sketch.opened())
    debugger.goto(f".{debugger.calendar.events}")
    value, slope = debugger.state.value(debugger.graph.named["f"]), debugger.state.gradient(0)
    return np.asarray(value), np.asarray(slope)


def test_the_tanh_form_of_gelu_is_the_reference_s_as_a_formula() -> None:
    points = TANH_GELU["points"]
    value, slope = value_and_slope(TANH_GELU, np.array([float(p["x"]) for p in points]))
    for got, what in ((value, "f"), (slope, "df")):
        for number, point in zip(got, points, strict=True):
            if what == "df" and not np.isfinite(float(point["x"])):
                continue  # the formula's own operations decide: inf times 0
            test_activations.judged(number, {**point, "relative_ok": False}, what, TANH_GELU)


@pytest.mark.parametrize("case", of_kind("pointwise"), ids=lambda case: case["id"])
def test_a_strict_point_agrees_with_pytorch_and_not_only_with_mathematics(case: Case) -> None:
    points = [p for p in case["points"] if p["strict"]]
    assert points
    value, slope = value_and_slope(case, np.array([float(p["x"]) for p in points]))
    for got, what in ((value, "f"), (slope, "df")):
        wanted = [float(p[f"torch_{what}"]) for p in points]
        np.testing.assert_allclose(got, wanted, rtol=case["rtol"], atol=case["atol"])


@pytest.mark.parametrize("case", of_kind("pointwise"), ids=lambda case: case["id"])
def test_what_a_source_printed_of_a_function_is_met(case: Case) -> None:
    numbers = list(printed(case["published"]))
    assert numbers
    for key, number, tolerance in numbers:
        what, _, x = key.partition(":")
        value, slope = value_and_slope(case, np.array([float(x)]))
        assert abs((value if what == "f" else slope)[0] - number) <= tolerance, key


def test_what_a_source_printed_of_softmax_is_met() -> None:
    (case,) = of_kind("vector")
    rows = [forward(OPS["softmax"], np.array(row["x"], dtype=float)) for row in case["rows"]]
    numbers = list(printed(case["published"]))
    assert len(numbers) == 15
    for key, number, tolerance in numbers:
        row, column = map(int, key.removeprefix("f[").rstrip("]").split(","))
        assert abs(rows[row][column] - number) <= tolerance, key


# --- losses -----------------------------------------------------------------------------------


def sums() -> Iterator[Any]:
    """Items whose reference sums: N times the mean that the language has."""
    for case in of_kind("loss"):
        for number, item in enumerate(case["items"]):
            if item["reduction"] == "sum":
                yield pytest.param(case, item, id=f"{case['function']}-{number}")


@pytest.mark.parametrize(("case", "item"), list(sums()))
def test_a_sum_of_losses_is_the_reference_s(case: Case, item: Case) -> None:
    op, array = OPS[case["function"]], test_losses.array
    prediction, target = array(item["pred"]), array(item["target"])
    many = target.size
    loss = many * forward(op, prediction, target, **item["params"])
    (gradient, _) = pulled_back(op, np.asarray(float(many)), prediction, target, **item["params"])
    assert test_losses.close(loss, item, "loss", case)
    assert test_losses.close(gradient, item, "grad", case)


PRINTED_LOSSES = [
    pytest.param(case, item, id=f"{case['function']}-{number}")
    for case in of_kind("loss")
    for number, item in enumerate(case["items"])
    if "published" in item
]


@pytest.mark.parametrize(("case", "item"), PRINTED_LOSSES)
def test_what_a_source_printed_of_a_loss_is_met(case: Case, item: Case) -> None:
    op, array = OPS[case["function"]], test_losses.array
    assert item["reduction"] == "mean"
    loss = forward(op, array(item["pred"]), array(item["target"]), **item["params"])
    (number,) = printed({"loss": item["published"]})
    assert abs(float(loss) - number[1]) <= number[2]


# --- optimizers -------------------------------------------------------------------------------


def moved(case: Case) -> Debugger:
    return Debugger(parse_experiment(test_optimizers.experiment(dict(case))))


def parameters(case: Case, debugger: Debugger, step: int) -> Array:
    """All parameters after update `step`, counted from 1."""
    record = debugger.run.record(step - 1)
    nodes = [debugger.graph.named[name] for name in case.get("params") or ["w"]]
    return np.concatenate([np.ravel(record.updated[node]) for node in nodes])


@pytest.mark.parametrize(
    "case", [c for c in of_kind("optimizer") if "published" in c], ids=lambda case: case["id"]
)
def test_what_a_source_printed_of_an_optimizer_is_met(case: Case) -> None:
    debugger = moved(case)
    for key, number, tolerance in printed(case["published"]):
        state, _, what = key.partition("/")
        step = int(state.removeprefix("s"))
        if what == "loss":
            got = loss_after(case, debugger, step)
        else:
            got = parameters(case, debugger, step)[int(what.removeprefix("p[").rstrip("]"))]
        assert abs(got - number) <= tolerance, f"{key}: {got}"


def loss_after(case: Case, debugger: Debugger, step: int) -> float:
    """The loss with the parameters after update `step`: what the next iteration computes."""
    experiment = dict(case, start=parameters(case, debugger, step).tolist())
    return moved(experiment).run.record(0).loss


@pytest.mark.parametrize(
    "case", [c for c in of_kind("optimizer") if c.get("program")], ids=lambda case: case["id"]
)
def test_gradients_and_losses_along_an_optimizer_s_way_are_the_reference_s(case: Case) -> None:
    debugger, tolerance = moved(case), case["tolerance"]["relative_to_max1"]
    nodes = [debugger.graph.named[name] for name in case["params"]]
    for step, expected in enumerate(case["verified"]["trajectory"]):
        debugger.goto(f"e{step + 1}.i1.{debugger.calendar.events}")
        state = debugger.state
        got = [float(np.asarray(state.gradient(node))) for node in nodes]
        np.testing.assert_allclose(got, expected["grad"], rtol=tolerance, atol=tolerance)
        if "loss_before" in expected:
            assert state.record.loss == pytest.approx(expected["loss_before"], rel=tolerance,
                                                      abs=tolerance)  # fmt: skip
    if (final := case["verified"].get("final_loss")) is not None:
        last = len(case["verified"]["trajectory"])
        assert loss_after(case, debugger, last) == pytest.approx(final, rel=tolerance,
                                                                 abs=tolerance)  # fmt: skip
