"""An expression in every iteration: by the history, by replay, and what the states say."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Debugger, FormulaError, Gauge, ShapeError, gauges_for, open_lesson
from engine import parse_experiment as parsed
from tests.tui.screens import NO_DATA, NO_PARAMETERS, UNEVEN


def gauge(debugger: Debugger, text: str) -> Gauge:
    (only,) = gauges_for(debugger.run, debugger.stops.scope, text)
    return only


@pytest.mark.parametrize(
    "text",
    [
        "loss",
        "w1",
        "w1 * w1 - loss",
        "loss - prev(loss)",
        "grad(w1)",
        "norm(grad(w1))",
        "grad(w2) * prev(grad(w2))",
        "sum(h * g)",
        "max(abs(y - g)) > 2",
        "iteration + epoch",
        "exp(w2)",
    ],
)
def test_a_gauge_reads_what_the_states_say(text: str) -> None:
    debugger = Debugger(open_lesson("two-layer-csv"))
    debugger.run.advance(60)
    found = gauge(debugger, text)
    assert found.advance()
    values = found.sampled.values
    assert len(values) == 60
    said = np.array([found.value(step) for step in range(60)])
    np.testing.assert_allclose(values, said, rtol=1e-15, equal_nan=True)


def test_slices_give_what_one_go_gives_and_the_run_may_go_on() -> None:
    debugger = Debugger(open_lesson("spiral"))
    debugger.run.advance(300)
    whole, sliced = (gauge(debugger, "grad(b3) - prev(grad(b3))") for _ in range(2))
    whole.advance()
    seen = 0
    while not sliced.advance(1e-5):
        seen += 1
        assert 0.0 <= sliced.progress <= 1.0
    assert seen > 1
    debugger.run.advance(500)
    assert sliced.behind
    sliced.advance()
    whole.advance()
    assert len(whole.sampled.values) == 500
    assert whole.sampled.values.tobytes() == sliced.sampled.values.tobytes()


def test_a_fork_has_the_values_of_its_own_iterations() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto("e5.i1.3")
    debugger.set("w1", 2.0)
    debugger.end()
    found = gauge(debugger, "grad(w1) + prev(loss)")
    found.advance()
    sampled = found.sampled
    assert sampled.first == 5
    said = [found.value(int(step)) for step in sampled.steps[:8]]
    assert sampled.values[:8].tolist() == said


def test_the_last_batch_may_be_short() -> None:
    debugger = Debugger(parsed(UNEVEN, name="experiment.toml"))
    debugger.end()
    found = gauge(debugger, "h[3]")
    found.advance()
    assert np.isnan(found.sampled.values).tolist() == [False, True] * 3
    assert found.sampled.values[2] == found.value(2)


def test_arrays_are_followed_number_by_number_or_by_their_norm() -> None:
    debugger = Debugger(open_lesson("xor"))
    scope = debugger.stops.scope

    def texts(text: str) -> list[str]:
        return [g.expression.text for g in gauges_for(debugger.run, scope, text)]

    assert texts("w2") == ["w2[0]", "w2[1]"]
    assert texts("grad(W1)") == [f"grad(W1)[{i}, {j}]" for i in (0, 1) for j in (0, 1)]
    assert texts("w2 * 2") == ["(w2 * 2)[0]", "(w2 * 2)[1]"]
    assert texts("h") == ["norm(h)"]
    with pytest.raises(ShapeError, match=r"norm\(h\) is one number"):
        Gauge(debugger.run, scope.expression("h"))
    with pytest.raises(FormulaError, match="never changes"):
        gauges_for(debugger.run, scope, "1 + 1")


@pytest.mark.parametrize("text", [NO_DATA, NO_PARAMETERS])
def test_experiments_without_data_or_parameters_have_gauges(text: str) -> None:
    debugger = Debugger(parsed(text, name="experiment.toml"))
    debugger.end()
    found = gauge(debugger, "loss * step")
    assert found.advance()
    assert found.sampled.values[0] == found.value(0)


def test_what_the_run_remembers_needs_no_work() -> None:
    debugger = Debugger(open_lesson("spiral"))
    debugger.run.advance(100)
    for text in ("loss", "b3", "norm(W1)", "norm(grad(W2))", "norm(grad(b3))"):
        assert not gauge(debugger, text).behind
    assert gauge(debugger, "grad(b3)").behind
