"""`check`: wrong derivatives are found and named; right ones, kinks and nan are told from them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from engine import (
    CheckReport,
    Debugger,
    Experiment,
    GradstepError,
    Run,
    Verdict,
    check_fields,
    open_lesson,
)
from engine.check import check
from engine.differences import slopes
from engine.graph import Formula
from engine.ops import OPS, Expr, Op
from tests.engine.op_twins import Settings, every_case, sampled, sorted_settings
from tests.experiments import EXPERIMENTS
from tests.strategies import TWO_LAYERS, Sketch, sketches


def checked(sketch: Sketch | Experiment, **options: Any) -> CheckReport:
    experiment = sketch.opened() if isinstance(sketch, Sketch) else sketch
    return check(Run(experiment), 0, **options)


# --- right derivatives ----------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", EXPERIMENTS)
def test_every_derivative_of_every_lesson_is_right(lesson: str) -> None:
    report = Debugger(open_lesson(lesson)).check(elements=16)
    assert report.ok
    assert not any(row.counts[Verdict.NOT_FINITE] for row in report.rows)
    assert sum(row.verdict is Verdict.OK for row in report.rows) > len(report.rows) / 2


@settings(max_examples=40)
@given(sketches(smooth=False))
def test_no_derivative_of_a_random_program_is_called_wrong(sketch: Sketch) -> None:
    assert checked(sketch).ok


@every_case
def test_no_op_is_called_wrong(op: Op, settings: Settings) -> None:
    verdicts = {row.verdict for row in checked(around(op, settings)).rows}
    # The sample's condition of `where` is 0 once: there the result jumps.
    assert verdicts <= ({Verdict.OK, Verdict.KINK} if op.name == "where" else {Verdict.OK})


def test_the_rows_are_the_events_of_the_backward_pass_and_then_every_gradient() -> None:
    report = checked(TWO_LAYERS)
    assert [str(row.address) for row in report.contributions] == [
        f"e1.i1.{event}" for event in range(10, 20)
    ]
    assert {row.name for row in report.gradients} >= {"w1", "b1", "w2", "b2", "h", "g", "loss"}
    assert all(row.checked == row.size for row in report.rows)


def test_the_complex_step_is_taken_where_ops_take_complex_numbers() -> None:
    by = {op.name: set[str]() for op in OPS.values() if not op.random}
    for op in OPS.values():
        for example in op.examples[:1] if not op.random else ():
            rows = checked(around(op, example)).contributions
            by[op.name] |= {row.method for row in rows if row.op == op.name}
    alone = {name for name, methods in by.items() if "complex step" not in methods and methods}
    assert alone <= {"abs", "gelu", "mae", "max_pool2d_input", "normal_cdf", "sign", "softplus",
                     "step"}  # fmt: skip
    analytic = {
        "mul",
        "div",
        "exp",
        "tanh",
        "sigmoid",
        "matmul",
        "mean",
        "softmax",
        "conv2d",
        "mse",
    }
    assert all(by[name] == {"complex step"} for name in analytic)


def test_the_complex_step_finds_what_differences_cannot_tell() -> None:
    tanh = OPS["tanh"]
    off = replace(tanh, partials=lambda out, a: (tanh.partials(out, a)[0] * (1 + 1e-9),))  # pyright: ignore
    experiment = Sketch("h = tanh(w * x)\nloss = mean(h)", {"w": 0.5}, {"x": [1.0, 2.0]}).opened()
    nodes = tuple(
        replace(n, op=off) if n.op is not None and n.op.name == "tanh" else n
        for n in experiment.graph.nodes
    )
    report = checked(replace(experiment, graph=replace(experiment.graph, nodes=nodes)))
    assert report.wrong is not None
    assert (report.wrong.op, report.wrong.method) == ("tanh", "complex step")


def test_an_iteration_is_checked_with_its_own_numbers() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.goto("e3")
    assert str(debugger.check().address) == "e3.i1.1"


# --- planted wrong ones ---------------------------------------------------------------------------


def around(op: Op, settings: Settings) -> Experiment:
    """An experiment on one op of the table, also one that no formula can call.

    The parser builds it around a formula that only renames a value, and the op takes its place.
    """
    operands = sampled(op)
    names = [f"p{i}" for i in range(len(operands))]
    sketch = Sketch("out = p0\nloss = sum(sin(out))", dict(zip(names, operands, strict=True)))
    experiment = sketch.opened()
    graph = experiment.graph
    ids = tuple(graph.named[name] for name in names)
    first: Formula = graph.formulas[0]
    node = replace(graph[first.node], op=op, operands=ids, settings=sorted_settings(settings))
    nodes = tuple(node if n.id == node.id else n for n in graph.nodes)
    formulas = (replace(first, operands=ids), *graph.formulas[1:])
    return replace(experiment, graph=replace(graph, nodes=nodes, formulas=formulas))


def with_one_wrong(op: Op, position: int) -> Op:
    """The op with its derivative by one operand off by a thousandth."""

    def off(rules: tuple[Expr, ...]) -> tuple[Expr, ...]:
        rule = rules[position]
        # A local derivative may be 0, and so may a thousandth of it.
        wrong = rule * 1.001 if op.partials is None else rule + 0.001
        return (*rules[:position], wrong, *rules[position + 1 :])

    if op.partials is not None:
        partials = op.partials
        return replace(op, partials=lambda *args, **given: off(partials(*args, **given)))
    assert op.vjp is not None
    vjp = op.vjp
    return replace(op, vjp=lambda *args, **given: off(vjp(*args, **given)))


FLOWING = [
    pytest.param(op, settings, position, id=f"{op.name}-{position}-{settings}")
    for op in OPS.values()
    for settings in (op.examples if len(op.examples) < 4 else op.examples[::5])
    for position in range(op.arity)
    if position not in op.constant
]


@pytest.mark.parametrize(("op", "settings", "position"), FLOWING)
def test_a_derivative_that_is_off_by_a_thousandth_is_found_in_every_op(
    op: Op, settings: Settings, position: int
) -> None:
    report = checked(around(with_one_wrong(op, position), settings))
    assert not report.ok
    assert report.wrong is not None
    assert (report.wrong.op, report.wrong.operand) == (op.name, position)


def test_the_first_wrong_op_is_named_and_not_what_its_error_flows_on_to() -> None:
    experiment = Sketch("h = tanh(w1 * x)\nloss = mean((w2 * h - y)**2)", *NET).opened()
    graph = experiment.graph
    wrong = with_one_wrong(OPS["tanh"], 0)
    nodes = tuple(
        replace(n, op=wrong) if n.op is not None and n.op.name == "tanh" else n for n in graph.nodes
    )
    report = checked(replace(experiment, graph=replace(graph, nodes=nodes)))
    assert report.wrong is not None and report.wrong.op == "tanh"
    assert [r.op for r in report.contributions if r.verdict is Verdict.WRONG] == ["tanh"]
    # Its error flows on: the gradients below it are wrong, and those above are right.
    wrong_gradients = {r.name for r in report.gradients if r.verdict is Verdict.WRONG}
    assert wrong_gradients == {"w1 * x", "w1"}
    worst = report.wrong.worst
    assert worst is not None
    assert abs(worst.got - worst.measured) > 1000 * worst.tolerance


NET = ({"w1": 0.5, "w2": -0.75}, {"x": [1.0, -0.5, 2.0], "y": [0.25, 0.5, -1.0]})


# --- kinks, and what is not a number --------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    ["relu(w)", "abs(w)", "max(w, 0)", "min(w, 0)", "leaky_relu(w)", "where(w, w + 1, -w)"],
)
def test_a_kink_is_told_from_a_wrong_derivative(formula: str) -> None:
    report = checked(Sketch(f"h = {formula}\nloss = h * 2", {"w": 0.0}))
    assert report.ok
    (gradient,) = (row for row in report.gradients if row.name == "w")
    assert gradient.verdict is Verdict.KINK


@pytest.mark.parametrize("near", [1e-9, -1e-5, 1e-3])
def test_beside_a_kink_the_derivative_is_measured(near: float) -> None:
    report = checked(Sketch("h = relu(w)\nloss = h * 2", {"w": near}))
    assert {row.verdict for row in report.rows} == {Verdict.OK}


def test_a_tie_is_a_kink() -> None:
    report = checked(Sketch("loss = max(w) + maximum(a, b)", {"w": [1.0, 1.0], "a": 2.0, "b": 2.0}))
    assert report.ok
    at_kinks = {row.name for row in report.gradients if row.verdict is Verdict.KINK}
    assert at_kinks == {"w", "a", "b"}


def test_a_wrong_derivative_at_a_kink_is_wrong() -> None:
    relu = OPS["relu"]
    above_one = replace(relu, partials=lambda out, a: (relu.partials(out, a)[0] + 1.5,))  # pyright: ignore
    experiment = Sketch("h = relu(w)\nloss = h * 2", {"w": 0.0}).opened()
    nodes = tuple(replace(n, op=above_one) if n.op is relu else n for n in experiment.graph.nodes)
    report = checked(replace(experiment, graph=replace(experiment.graph, nodes=nodes)))
    assert report.wrong is not None and report.wrong.op == "relu"


def test_where_the_loss_is_nan_there_is_nothing_to_compare() -> None:
    report = checked(Sketch("h = log(w)\nloss = h * 2", {"w": -1.0}))
    assert report.ok
    assert report.gradients[-1].verdict is Verdict.NOT_FINITE


def test_nan_where_there_is_a_slope_is_wrong() -> None:
    # Beyond 1e308 the square overflows, and 0 · inf is nan; but the product does not move with w.
    sketch = Sketch("h = exp(w) * k\nloss = where(k, h, w)", {"w": 800.0}, constants={"k": 0.0})
    verdicts = {row.name: row.verdict for row in checked(sketch).gradients}
    assert verdicts["w"] is Verdict.WRONG


def test_a_gradient_that_the_rounding_of_the_loss_hides_is_said_to_be_too_small() -> None:
    report = checked(Sketch("h = w * 1e-15\nloss = h + 1", {"w": 1.0}))
    (gradient,) = (row for row in report.gradients if row.name == "w")
    assert gradient.verdict is Verdict.TINY
    assert all(row.verdict is Verdict.OK for row in report.contributions)


# --- what is compared -----------------------------------------------------------------------------


def test_of_a_large_array_a_seeded_sample_is_compared() -> None:
    values = np.random.default_rng(0).normal(size=(30, 10))
    sketch = Sketch("loss = sum(sin(x @ W))", {"W": values}, {"x": [[1.0] * 30, [0.5] * 30]})
    rows = {row.name: row for row in checked(sketch, elements=7).gradients}
    assert (rows["W"].size, rows["W"].checked) == (300, 7)
    assert checked(sketch, elements=7) == checked(sketch, elements=7)
    assert checked(sketch, elements=7) != checked(sketch, elements=7, seed=1)
    whole = {row.name: row for row in checked(sketch, elements=None).gradients}
    assert whole["W"].checked == 300


def test_dropout_is_compared_with_the_mask_that_was_drawn() -> None:
    sketch = Sketch("h = dropout(W, p=0.5)\nloss = sum(h**2)", {"W": [[1.0, 2.0], [3.0, 4.0]]})
    assert {row.verdict for row in checked(sketch).rows} == {Verdict.OK}


def test_an_iteration_that_was_edited_half_way_is_refused_and_the_next_one_is_not() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.goto(".5")
    debugger.set("w1", 3.0)
    with pytest.raises(GradstepError, match="edited half-way"):
        debugger.check()
    debugger.goto("e2")
    assert debugger.check().ok


def test_a_check_goes_slice_by_slice_and_looking_changes_nothing() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    before = debugger.run.record(0)
    work = debugger.checking()
    seen = [0.0]
    while not work.advance(0.0):
        assert work.progress > seen[-1]
        seen.append(work.progress)
    assert work.report == debugger.check()
    after = debugger.run.record(0)
    assert after.loss == before.loss


def test_a_report_is_strict_json() -> None:
    report = checked(Sketch("h = log(w)\nloss = h * 2", {"w": 0.0}))
    fields = json.loads(json.dumps(check_fields(report), allow_nan=False))
    assert fields["ok"] is True and fields["wrong"] is None
    assert {row["what"] for row in fields["rows"]} == {"contribution", "gradient"}


# --- differences by themselves --------------------------------------------------------------------

SMOOTH = {
    "sin": (np.sin, np.cos, [0.3, 1e-7, 40.0]),
    "log": (np.log, lambda x: 1 / x, [1e-9, 0.5, 3e8]),
    "exp": (np.exp, np.exp, [-30.0, 0.0, 700.0]),
    "a pole": (lambda x: 1 / x, lambda x: -1 / x**2, [1e-4, -2.0, 1e6]),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_a_slope_is_within_the_error_that_is_claimed_for_it(name: str) -> None:
    function, derivative, points = SMOOTH[name]
    numbers = np.array(points)
    start = function(numbers)
    noise = 4 * np.finfo(float).eps * np.abs(start)
    found = slopes(lambda at, moved: function(moved) - start[at], numbers, noise)
    true = derivative(numbers)
    assert not found.kink.any()
    assert (np.abs(found.value - true) <= found.error).all()
    assert (found.error <= 1e-4 * np.abs(true)).all()


def test_the_slopes_to_both_sides_of_a_kink_are_its_bounds() -> None:
    found = slopes(lambda at, moved: np.abs(moved)[...] * 3, np.zeros(1), 0.0)
    assert found.kink[0]
    assert found.low[0] == pytest.approx(-3) and found.high[0] == pytest.approx(3)
