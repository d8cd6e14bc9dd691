"""Distributions of activations over time, against the states of the run."""

from __future__ import annotations

import numpy as np

from engine import QUANTILES, Activity, Debugger, open_lesson


def test_a_distribution_is_that_of_the_layer_in_that_iteration() -> None:
    debugger = Debugger(open_lesson("dead-relu"))
    debugger.run.advance(50)
    h1, h2 = debugger.graph.named["h1"], debugger.graph.named["h2"]
    activity = Activity(debugger.run, [h1, h2])
    activity.want([0, 49, 20])
    assert activity.advance()
    for step in (0, 20, 49):
        found, state = activity.at(step), debugger.run.state((step + 1) * debugger.calendar.events)
        assert found is not None
        value = state.value(h1)
        assert value is not None
        np.testing.assert_array_equal(found[h1].quantiles, np.sort(value))
        assert (found[h1].dead, found[h2].dead, found[h2].units) == (0, 1, 1)


def test_of_many_values_there_are_quantiles() -> None:
    debugger = Debugger(open_lesson("spiral"))
    debugger.run.advance(20)
    h1 = debugger.graph.named["h1"]
    activity = Activity(debugger.run, [h1])
    activity.want([19])
    activity.advance()
    found, leaves = activity.at(19), debugger.run.record(19).leaves
    named, x = debugger.graph.named, debugger.experiment.data["x"]
    values = np.tanh(x @ leaves[named["W1"]] + leaves[named["b1"]])
    expected = np.quantile(values, np.linspace(0, 1, QUANTILES + 1), method="nearest")
    assert found is not None
    np.testing.assert_allclose(found[h1].quantiles, expected, rtol=1e-12)


def test_iterations_are_looked_at_in_the_order_wanted_and_remembered() -> None:
    debugger = Debugger(open_lesson("spiral"))
    debugger.run.advance(400)
    before = debugger.run.done
    activity = Activity(debugger.run, [debugger.graph.named["h1"]])
    activity.want([0, 399, 200, 100])
    assert activity.progress == 0.0
    while activity.at(200) is None:
        activity._go_on(1.0)
    assert activity.at(399) is not None and activity.at(100) is None
    activity.advance()
    first = activity.at(200)
    activity.want([200, 300])
    assert activity.progress == 0.5
    activity.advance()
    assert activity.at(200) is first
    assert activity.samples == 160 and debugger.run.done == before


def test_a_fork_has_the_activations_of_its_own_parameters() -> None:
    debugger = Debugger(open_lesson("dead-relu"))
    debugger.goto("e10")
    debugger.set("b2", 5.0)
    debugger.end()
    h2 = debugger.graph.named["h2"]
    activity = Activity(debugger.run, [h2])
    activity.want([5, 9, 40])
    activity.advance()
    dead = [found[h2].dead for step in (5, 9, 40) if (found := activity.at(step)) is not None]
    assert dead == [1, 1, 0]
