"""What a nudge really does: against a run with the nudged value, and against the derivatives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine import Debugger, TargetError
from tests.engine.test_network_ops import NETWORKS, after_one_iteration, networks
from tests.strategies import TWO_LAYERS, Sketch, sketches

CONDITION = Sketch("c = w - 1\nloss = where(relu(c), 5 * w, 2 * w)", {"w": 0.995})


def forward(sketch: Sketch) -> Debugger:
    """At the end of the first forward pass."""
    debugger = Debugger(sketch.opened())
    debugger.goto(f".{debugger.listing.forward_step[debugger.graph.loss]}")
    return debugger


@networks
def test_a_nudged_parameter_does_what_a_run_with_that_value_does(sketch: Sketch) -> None:
    debugger = after_one_iteration(sketch)
    leaves = {p.name: debugger.state.record.leaves[p.id] for p in debugger.graph.parameters}
    for p in debugger.graph.parameters:
        entry = tuple(n - 1 for n in leaves[p.name].shape)
        nudged = {name: np.array(value) for name, value in leaves.items()}
        nudged[p.name][entry] += 0.25
        run = after_one_iteration(replace(sketch, parameters=nudged)).state
        found = {n.node: n.change for n in debugger.nudge(p.id, 0.25, entry=entry)}
        for n in debugger.graph.ops:
            was, now = debugger.state.value(n.id), run.value(n.id)
            assert was is not None and now is not None
            got = found.get(n.id, np.zeros(was.shape))
            assert got is not None and got.shape == was.shape
            np.testing.assert_allclose(got, now - was, rtol=1e-9, atol=1e-12, err_msg=n.name)


def test_a_nudged_sample_does_what_a_run_with_that_sample_does() -> None:
    debugger = forward(TWO_LAYERS)
    direction = [0.0, 0.0, 1.0, 0.0]
    data = {**TWO_LAYERS.data, "x": [-1.0, 0.0, 1.5, 2.0]}
    run = forward(replace(TWO_LAYERS, data=data)).state
    for n in debugger.nudge("x", 0.5, direction):
        was, now = debugger.state.value(n.node), run.value(n.node)
        assert was is not None and now is not None and n.change is not None
        np.testing.assert_allclose(n.change, now - was, rtol=1e-12, atol=1e-15)


def test_an_inner_node_moves_only_what_comes_after_it() -> None:
    found = {n.name: n for n in forward(TWO_LAYERS).nudge("h", 0.5)}
    assert list(found) == ["w2 * h", "g", "y - g", "(y - g)**2", "loss"]
    assert found["g"].change is not None
    assert found["g"].change.tolist() == [0.75] * 4  # w2 · 0.5, exactly
    loss = found["loss"]
    assert loss.change is not None and loss.predicted is not None
    # A mean of squares is a parabola: what the tangent leaves out is (w2 · 0.5)².
    assert float(loss.change - loss.predicted) == pytest.approx(0.75**2, rel=1e-12)


@given(sketches(), st.data())
def test_a_small_nudge_agrees_with_the_derivative(sketch: Sketch, data: st.DataObject) -> None:
    debugger = forward(sketch)
    nodes = [n.id for n in debugger.graph.nodes if n.literal is None]
    node, size = data.draw(st.sampled_from(nodes)), 1e-6
    there, back = (debugger.nudge(node, s) for s in (size, -size))
    for ahead, behind in zip(there, back, strict=True):
        if ahead.change is None:
            continue
        assert behind.change is not None
        assert ahead.derivative is not None and ahead.predicted is not None
        np.testing.assert_array_equal(ahead.predicted, ahead.derivative * size)
        slope = (ahead.change - behind.change) / (2 * size)
        scale = 1.0 + np.abs(ahead.derivative).max()
        np.testing.assert_allclose(slope, ahead.derivative, atol=1e-4 * scale, rtol=1e-4)


@given(sketches(smooth=False), st.data())
def test_what_is_nudged_along_is_what_the_graph_reaches(
    sketch: Sketch, data: st.DataObject
) -> None:
    debugger = forward(sketch)
    graph = debugger.graph
    node = data.draw(st.sampled_from([n.id for n in graph.nodes if n.literal is None]))
    reached = [n.node for n in debugger.nudge(node)]
    assert reached == sorted(graph.descendants(node) - {node})
    moved = {i.node for i in debugger.effects(node)}
    assert moved <= set(reached)
    assume(all("where" not in f.text for f in graph.formulas))
    assert moved == set(reached)


def test_a_condition_that_the_nudge_turns_is_seen_where_no_derivative_shows_it() -> None:
    loss = forward(CONDITION).nudge("c", 0.01)[-1]
    assert float(loss.derivative or 0.0) == 0.0
    assert float(loss.change or 0.0) == pytest.approx(3 * 0.995, rel=1e-12)


def test_an_index_is_not_nudged() -> None:
    assert after_one_iteration(NETWORKS["embedded"]).nudge("i") == ()


def test_what_is_not_computed_yet_does_not_move_yet() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.goto(".3")
    found = {n.name: (n.derivative, n.predicted, n.change) for n in debugger.nudge("w1")}
    assert [name for name, (_, _, change) in found.items() if change is not None] == ["w1 * x", "h"]
    assert found["loss"] == (None, None, None)
    assert all(n.change is None for n in debugger.nudge("g"))


def test_the_run_is_not_touched_and_neither_can_the_answer_be() -> None:
    debugger = forward(TWO_LAYERS)
    record, done = debugger.state.record, debugger.run.done
    values = [None if v is None else v.copy() for v in record.values]
    for nudged in debugger.nudge("w1", 10.0):
        for array in (nudged.derivative, nudged.predicted, nudged.change):
            assert array is not None and not array.flags.writeable
    assert debugger.state.record is record and debugger.run.done == done
    for before, after in zip(values, record.values, strict=True):
        assert (before is None) == (after is None)
        assert before is None or after is None or np.array_equal(before, after)


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(TargetError):
        forward(TWO_LAYERS).nudge("w9")
