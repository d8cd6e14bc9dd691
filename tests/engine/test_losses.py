"""Losses against PyTorch's numbers and exact mathematics (tests/reference/losses.json)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Debugger
from engine.ops import OPS, Array
from engine.shapes import Mismatch
from tests.engine.op_twins import forward, pulled_back
from tests.strategies import Sketch

FILE = Path(__file__).parent.parent / "reference" / "losses.json"

LOSSES = ("mse", "mae", "huber", "bce", "bce_with_logits", "cross_entropy", "nll")


def array(value: Any) -> Array:
    """Nested lists in which "nan", "inf" and "-inf" are strings."""
    return np.array(value, dtype=float)


def items() -> Iterator[Any]:
    for case in json.loads(FILE.read_text("utf-8"))["cases"]:
        for number, item in enumerate(case["items"]):
            if item["reduction"] == "mean" and case["function"] in LOSSES:
                yield pytest.param(case, item, id=f"{case['function']}-{number}")


every_item = pytest.mark.parametrize(("case", "item"), list(items()))


def close(got: Any, item: Mapping[str, Any], what: str, case: Mapping[str, Any]) -> bool:
    """Whether a number or array is PyTorch's or the exact one, entry by entry."""
    within = np.zeros(np.shape(got), bool)
    for source in ("torch", "exact"):
        if f"{source}_{what}" in item:
            wanted = array(item[f"{source}_{what}"])
            within |= np.isclose(
                got,
                wanted,
                rtol=case["tolerance"]["relative"],
                atol=case["tolerance"]["absolute"],
                equal_nan=True,
            )
    return bool(within.all())


def test_the_reference_speaks_of_losses_that_the_language_has() -> None:
    functions = {case["function"] for case in json.loads(FILE.read_text("utf-8"))["cases"]}
    assert functions <= set(LOSSES)


@every_item
def test_a_loss_is_the_reference_s(case: Mapping[str, Any], item: Mapping[str, Any]) -> None:
    op = OPS[case["function"]]
    loss = forward(op, array(item["pred"]), array(item["target"]), **item["params"])
    assert loss.shape == ()
    assert close(loss, item, "loss", case), f"{loss} for {item['torch_loss']}"


@every_item
def test_the_gradient_of_a_loss_is_the_reference_s(
    case: Mapping[str, Any], item: Mapping[str, Any]
) -> None:
    op = OPS[case["function"]]
    gradient, _ = pulled_back(
        op, np.asarray(1.0), array(item["pred"]), array(item["target"]), **item["params"]
    )
    assert close(gradient, item, "grad", case), f"{gradient} for {item['torch_grad']}"


@every_item
def test_a_program_computes_what_the_op_does(
    case: Mapping[str, Any], item: Mapping[str, Any]
) -> None:
    prediction, target = array(item["pred"]), array(item["target"])
    settings = "".join(f", {k}={v}" for k, v in item["params"].items())
    sketch = Sketch(
        f"loss = {case['function']}(p, t{settings})",
        {"p": prediction.tolist()},
        constants={"t": target.tolist()},
    )
    debugger = Debugger(sketch.opened())
    debugger.goto(f".{debugger.calendar.events}")
    state = debugger.state
    assert close(state.record.loss, item, "loss", case)
    assert close(state.gradient(debugger.graph.named["p"]), item, "grad", case)


# --- edges, as torch 2.13.0 computes them ---------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "t", "loss", "gradient"),
    [
        (0.0, 1.0, 100.0, -1e12),
        (1.0, 0.0, 100.0, 1e12),
        (0.0, 0.0, 0.0, 0.0),
        (1.0, 1.0, 0.0, 0.0),
        (0.25, 0.5, 0.5 * math.log(16 / 3), -4 / 3),
        (1e-300, 1.0, 100.0, -1e12),
    ],
)
def test_bce_is_finite_at_certainty(p: float, t: float, loss: float, gradient: float) -> None:
    operands = np.array([p]), np.array([t])
    assert forward(OPS["bce"], *operands) == pytest.approx(loss, rel=1e-14)
    assert pulled_back(OPS["bce"], np.asarray(1.0), *operands)[0][0] == pytest.approx(gradient)


def test_a_difference_of_exactly_delta_is_where_huber_s_pieces_meet() -> None:
    (gradient, _) = pulled_back(
        OPS["huber"], np.asarray(3.0), np.array([1.0, -1.0, 0.0]), np.zeros(3)
    )
    np.testing.assert_array_equal(gradient, [1.0, -1.0, 0.0])
    assert forward(OPS["huber"], np.array([1.0]), np.zeros(1)) == 0.5


def test_mae_s_derivative_at_no_difference_is_zero() -> None:
    (gradient, _) = pulled_back(OPS["mae"], np.asarray(1.0), np.array([2.0]), np.array([2.0]))
    assert gradient.tolist() == [0.0]


def test_scores_that_would_overflow_do_not() -> None:
    scores, classes = np.array([[1000.0, 0.0], [0.0, -1000.0]]), np.array([1.0, 0.0])
    assert forward(OPS["cross_entropy"], scores, classes) == 500.0
    (gradient, _) = pulled_back(OPS["cross_entropy"], np.asarray(2.0), scores, classes)
    np.testing.assert_array_equal(gradient, [[1.0, -1.0], [0.0, 0.0]])


def test_a_class_that_is_ruled_out_costs_nothing_unless_it_is_the_true_one() -> None:
    scores = np.array([[0.0, -math.inf, 0.0]])
    loss = forward(OPS["cross_entropy"], scores, np.array([2.0]))
    assert loss == pytest.approx(math.log(2.0), rel=1e-15)


def test_scores_of_many_axes_are_averaged_over_all_of_their_rows() -> None:
    rng = np.random.default_rng(0)
    scores, classes = rng.normal(size=(2, 3, 4)), rng.integers(0, 4, (2, 3)).astype(float)
    flat = forward(OPS["cross_entropy"], scores.reshape(6, 4), classes.reshape(6))
    assert forward(OPS["cross_entropy"], scores, classes) == pytest.approx(flat, rel=1e-15)


def test_one_row_of_scores_has_one_class() -> None:
    loss = forward(OPS["nll"], np.array([-0.5, -1.5]), np.asarray(1.0))
    assert loss == 1.5


@pytest.mark.parametrize("name", ["mse", "mae", "huber", "bce", "bce_with_logits"])
def test_a_column_against_a_row_is_refused(name: str) -> None:
    with pytest.raises(Mismatch, match="its own target"):
        OPS[name].shape((4, 1), (4,))
    assert OPS[name].shape((4, 3), (3,)) == OPS[name].shape((), (2,)) == ()


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
@pytest.mark.parametrize("shapes", [((4, 3), (4, 1)), ((4, 3), (3,)), ((3,), (3,)), ((), ())])
def test_classes_that_are_not_one_for_each_row_are_refused(name: str, shapes: Any) -> None:
    with pytest.raises(Mismatch):
        OPS[name].shape(*shapes)
