"""Published worked examples, run through the trace as a script would read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Debugger, FormulaError, trace_lines
from tests.strategies import Sketch

FOLDER = Path(__file__).parent.parent / "reference"

Case = Mapping[str, Any]

MISSING_OPS: dict[str, str] = {}
"""Cases that wait for an op, by id."""

PUBLISHED = ("match", "last-digit", "source-tolerance")
"""How a printed number stands to the true one where an engine can be judged by it."""


def _cases(kind: str) -> list[Case]:
    families = (json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json")))
    return [case for family in families for case in family["cases"] if case["kind"] == kind]


EXPRESSIONS, TRAININGS = _cases("expression"), _cases("training")


def case_ids(cases: list[Case]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=[case["id"] for case in cases])


# --- a case as an experiment, and its trace as tables ---------------------------------------------


def sketch(case: Case, *, updates: int = 0, loss: str = "", columns: bool = False) -> Sketch:
    """The case's experiment. Without `updates` no parameter is trainable."""
    trainable = case.get("trainable", []) if updates else list(case["inputs"])
    parameters: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for name, value in case["inputs"].items():
        if name in trainable:
            parameters[name] = value if updates else {"value": value, "trainable": False}
        else:
            others[name] = value
    training: dict[str, Any] = {"loss": loss or case["output"], "epochs": max(1, updates)}
    if updates:
        training["learning_rate"] = case["lr"]
        training["maximize"] = case.get("maximize", False)
    data, constants = (others, {}) if columns else ({}, others)
    return Sketch("\n".join(case["program"]), parameters, data, constants, training)


class Trace:
    """One iteration of a trace in format version 1, read line by line from its JSON."""

    def __init__(self, header: Mapping[str, Any], events: list[dict[str, Any]]) -> None:
        self.header = header
        self.events = events
        self.inputs = {n["name"] for n in header["nodes"] if n["kind"] != "op"}

    def value(self, name: str) -> Any:
        for event in self.events:
            if event["phase"] == "forward" and event["node"] == name:
                return event["value"]
            if event["phase"] == "update" and event["node"] == name:
                return event["before"]
        raise LookupError(name)

    def gradient(self, name: str) -> Any:
        """The accumulated gradient, as the last event that wrote it gives it."""
        found = [e for e in self.events if e["phase"] == "backward" and e["node"] == name]
        return found[-1]["gradient"]

    def edges(self, to: str) -> list[dict[str, Any]]:
        return [e for e in self.events if e.get("node") == to and "from" in e]

    def after(self, name: str) -> Any:
        (update,) = (e for e in self.events if e["phase"] == "update" and e["node"] == name)
        return update["after"]


def traces(experiment: Sketch, iterations: int = 1) -> Iterator[Trace]:
    """The trace of the first iterations, one at a time."""
    run = Debugger(experiment.opened()).run
    events = run.calendar.events
    for step in range(iterations):
        lines = trace_lines(run, step * events + 1, (step + 1) * events)
        header, *rest = (json.loads(line, parse_constant=pytest.fail) for line in lines)
        yield Trace(header, rest)


def traced(experiment: Sketch) -> Trace:
    return next(traces(experiment))


def local_derivative(case: Case, key: str) -> Any:
    """∂A/∂B of ``"A|B"``: the gradient of B when A is the loss."""
    above, below = key.split("|")
    return traced(sketch(case, loss=above)).gradient(below)


def printed_number(trace: Trace, kind: str, what: str) -> float:
    """The number that a printed one stands for, like the ``grad`` of ``W[0,1]``."""
    name, *index = re.findall(r"\w+", what)
    number = trace.gradient(name) if kind == "grad" else trace.value(name)
    for i in index:
        number = number[int(i)]
    return number


def assert_close(got: Any, wanted: Any, case: Case, what: str) -> None:
    tolerance = case["tolerance"]["relative_to_max1"]
    got, wanted = np.asarray(got, dtype=float), np.asarray(wanted, dtype=float)
    assert got.shape == wanted.shape, f"{case['id']} {what}: {got.shape} for {wanted.shape}"
    error = np.abs(got - wanted) / np.maximum(1.0, np.abs(wanted))
    assert error.max() <= tolerance, f"{case['id']} {what}: {got} for {wanted}"


def runnable(case: Case) -> bool:
    try:
        sketch(case).opened()
    except FormulaError:
        return False
    return True


def skip_where_an_op_is_missing(case: Case) -> None:
    if case["id"] in MISSING_OPS:
        pytest.skip(f"{case['id']} needs {MISSING_OPS[case['id']]}")


# --- expressions ------------------------------------------------------------------------------


def test_exactly_the_known_cases_wait_for_an_op() -> None:
    waiting = {case["id"] for case in EXPRESSIONS + TRAININGS if not runnable(case)}
    assert waiting == set(MISSING_OPS)


@case_ids(EXPRESSIONS)
def test_every_value_of_an_expression_is_the_verified_one(case: Case) -> None:
    trace = traced(sketch(case))
    for name, wanted in case["verified"]["values"].items():
        if name not in trace.inputs:
            assert_close(trace.value(name), wanted, case, name)


@case_ids(EXPRESSIONS)
def test_every_gradient_of_an_expression_is_the_verified_one(case: Case) -> None:
    trace = traced(sketch(case))
    for name, wanted in case["verified"]["grads"].items():
        assert_close(trace.gradient(name), wanted, case, f"∂/∂{name}")


LOCAL = [case for case in EXPRESSIONS if "local" in case["verified"]]


@case_ids(LOCAL)
def test_every_local_derivative_is_the_verified_one(case: Case) -> None:
    for key, wanted in case["verified"]["local"].items():
        assert_close(local_derivative(case, key), wanted, case, key)


CONTRIBUTIONS = [case for case in EXPRESSIONS if "contributions" in case]


@case_ids(CONTRIBUTIONS)
def test_every_contribution_is_the_verified_one_and_arrives_along_its_own_edge(case: Case) -> None:
    trace = traced(sketch(case))
    for wanted in case["contributions"]:
        (edge,) = (e for e in trace.edges(wanted["to"]) if e["from"] == wanted["through"])
        assert_close(edge["contribution"], wanted["value"], case, f"to {wanted['to']}")
        assert edge["contribution"] == pytest.approx(edge["upstream"] * edge["local"])


def test_the_survey_s_table_adds_the_contributions_in_the_order_of_its_rows() -> None:
    (case,) = (case for case in EXPRESSIONS if case["id"] == "baydin-table3-reverse")
    trace = traced(sketch(case))
    steps = [(e["node"], e["from"]) for e in trace.events if "from" in e and e["node"][0] == "x"]
    assert steps == [("x2", "v3"), ("x1", "v2"), ("x2", "v2"), ("x1", "v1")]


@case_ids([case for case in EXPRESSIONS if "published" in case])
def test_every_number_that_an_expression_s_source_printed_is_met(case: Case) -> None:
    trace = traced(sketch(case))
    for key, printed in case["published"].items():
        if printed["status"] not in PUBLISHED:
            continue
        kind, what = key.split(":")
        local = kind == "local"
        got = local_derivative(case, what) if local else printed_number(trace, kind, what)
        assert abs(got - float(printed["text"])) <= printed["tol"], f"{key}: {got}"


# --- trainings --------------------------------------------------------------------------------


def last_state(case: Case) -> int:
    return max(int(k) for k in case["verified"]["history"] if k.isdigit())


@case_ids(TRAININGS)
def test_every_state_of_a_training_is_the_verified_one(case: Case) -> None:
    skip_where_an_op_is_missing(case)
    history = case["verified"]["history"]
    updates = last_state(case) + 1
    for k, trace in enumerate(traces(sketch(case, updates=updates), updates)):
        state = history.get(str(k))
        if state is None:
            continue
        where = f"after {k} updates"
        assert_close(trace.value(case["output"]), state["loss"], case, f"loss {where}")
        for name, wanted in state["params"].items():
            assert_close(trace.value(name), wanted, case, f"{name} {where}")
        for name, wanted in state.get("values", {}).items():
            assert_close(trace.value(name), wanted, case, f"{name} {where}")
        for name, wanted in state.get("grads", {}).items():
            assert_close(trace.gradient(name), wanted, case, f"∂/∂{name} {where}")
        following = history.get(str(k + 1))
        if following is not None:
            for name, wanted in following["params"].items():
                assert_close(trace.after(name), wanted, case, f"{name} updated {where}")


@case_ids([case for case in TRAININGS if "published" in case])
def test_every_number_that_a_training_s_source_printed_is_met(case: Case) -> None:
    skip_where_an_op_is_missing(case)
    updates = last_state(case) + 1
    states = dict(enumerate(traces(sketch(case, updates=updates), updates)))
    for key, printed in case["published"].items():
        if printed["status"] not in PUBLISHED:
            continue
        state, _, what = key.partition("/")
        trace = states[int(state.removeprefix("s"))]
        kind, _, name = what.partition(":")
        got = printed_number(trace, kind, name or case["output"])
        assert abs(got - float(printed["text"])) <= printed["tol"], f"{key}: {got}"


def test_mazur_s_sequential_update_is_not_what_training_does() -> None:
    (case,) = (case for case in TRAININGS if case["id"] == "mazur-one-step")
    loss = list(traces(sketch(case, updates=2), 2))[1].value("E_total")
    assert loss == pytest.approx(0.291027774, abs=5e-10)
    assert loss != pytest.approx(0.291027924, abs=5e-10)


def four_points(columns: bool) -> Sketch:
    (case,) = (case for case in TRAININGS if case["id"] == "linear2-four-points")
    return sketch(case, updates=4, columns=columns)


def test_the_network_trains_the_same_on_data_columns_as_on_constants() -> None:
    for on_data, on_constants in zip(
        traces(four_points(True), 4), traces(four_points(False), 4), strict=True
    ):
        for name in ("w1", "b1", "w2", "b2"):
            assert on_data.value(name) == pytest.approx(on_constants.value(name), rel=1e-14)
            assert on_data.gradient(name) == pytest.approx(on_constants.gradient(name), rel=1e-13)


def test_a_network_of_short_binary_fractions_is_exact() -> None:
    (case,) = (case for case in TRAININGS if case["id"] == "linear2-one-point-dyadic")
    for k, trace in enumerate(traces(sketch(case, updates=2, columns=True), 2)):
        state = case["verified"]["history"][str(k)]
        for name, wanted in state["values"].items():
            assert trace.value(name) == wanted
        for name, wanted in state["grads"].items():
            assert trace.gradient(name) == wanted
