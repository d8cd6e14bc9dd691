"""The loss over two parameters and the output over inputs, against running the engine there."""

from __future__ import annotations

import numpy as np
import pytest

from engine import (
    Coordinate,
    Debugger,
    GradstepError,
    Replica,
    Response,
    Surface,
    by_itself,
    open_lesson,
    parse_experiment,
    picked,
    roles_of,
)
from tests.tui.screens import FAN_OUT, MATRICES


def at(debugger: Debugger, name: str, index: tuple[int, ...] = (), low=-1.0, high=2.0):
    return Coordinate(debugger.graph.named[name], index, low, high)


def test_a_surface_has_the_loss_of_a_run_that_starts_there() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto("e3")
    leaves = debugger.state.record.leaves
    surface = Surface(debugger.experiment, leaves, (at(debugger, "w1"), at(debugger, "b2")), 3)
    assert surface.advance()
    grid, values = surface.grid, np.linspace(-1.0, 2.0, 9)
    assert grid is not None
    for i, j in ((0, 0), (8, 3), (2, 7)):
        held = {node.name: float(leaves[node.id]) for node in debugger.graph.parameters} | {
            "w1": float(values[i]),
            "b2": float(values[j]),
        }
        there = open_lesson(
            "two-layer", overrides=[f"parameters.{k}={v!r}" for k, v in held.items()]
        )
        assert grid[j, i] == Debugger(there).state.record.loss


def test_a_surface_over_elements_is_that_of_all_samples_whatever_the_batches() -> None:
    debugger = Debugger(open_lesson("spiral"))
    axes = (at(debugger, "W1", (1, 3)), at(debugger, "w3", (2,)))
    leaves = debugger.state.record.leaves
    surface = Surface(debugger.experiment, leaves, axes, 1)
    surface.advance()
    W1, w3 = (np.array(debugger.experiment.leaves[name]) for name in ("W1", "w3"))
    W1[1, 3], w3[2] = 2.0, -1.0
    x, y = debugger.experiment.data["x"], debugger.experiment.data["y"]
    z = np.tanh(np.tanh(x @ W1) @ debugger.experiment.leaves["W2"]) @ w3
    t = (y + 1) / 2
    expected = np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))))
    assert surface.surveyed == 160
    assert surface.grid is not None
    np.testing.assert_allclose(surface.grid[0, 2], expected, rtol=1e-12)


def test_every_coarser_grid_is_part_of_the_finest() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    axes = (at(debugger, "w1"), at(debugger, "w2"))
    surface = Surface(debugger.experiment, debugger.state.record.leaves, axes, 5)
    seen: dict[int, np.ndarray] = {}
    while not surface.finished:
        surface._go_on(0.0)
        if surface.grid is not None:
            seen[len(surface.grid)] = surface.grid.copy()
    assert sorted(seen) == [9, 17, 33]
    for points, grid in seen.items():
        step = 32 // (points - 1)
        np.testing.assert_array_equal(grid, seen[33][::step, ::step])
        assert np.isfinite(grid).all()


def test_looking_from_above_leaves_the_run_as_it_was() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto("e4.i1.7")
    before = debugger.run.storage.live.copy()
    leaves = debugger.state.record.leaves
    Surface(debugger.experiment, leaves, (at(debugger, "w1"), at(debugger, "b1")), 2).advance()
    Response(
        debugger.experiment, leaves, [at(debugger, "x")], debugger.graph.named["g"], 2
    ).advance()
    assert debugger.run.storage.live.tobytes() == before.tobytes()


def test_a_fit_is_the_forward_pass_at_each_input() -> None:
    debugger = Debugger(open_lesson("dead-relu"))
    debugger.goto("e20")
    leaves, named = debugger.state.record.leaves, debugger.graph.named
    fit = Response(debugger.experiment, leaves, [at(debugger, "x", low=-2.0, high=2.0)], named["g"])
    fit.advance()
    assert fit.grid is not None
    value = {name: float(leaves[named[name]]) for name in ("w1", "b1", "w2", "b2", "v1", "v2")}
    x = np.linspace(-2.0, 2.0, 65)
    h1 = np.maximum(value["w1"] * x + value["b1"], 0)
    h2 = np.maximum(value["w2"] * x + value["b2"], 0)
    np.testing.assert_array_equal(fit.grid, value["v1"] * h1 + value["v2"] * h2)


def test_a_response_at_a_sample_decides_as_the_run_does() -> None:
    debugger = Debugger(open_lesson("spiral"))
    debugger.goto("e300")
    experiment, record = debugger.experiment, debugger.state.record
    found = roles_of(experiment)
    assert found.output is not None and found.decision is not None
    x = record.leaves[debugger.graph.named["x"]]
    z = debugger.run.state(debugger.run.calendar.events * (record.step + 1)).value(found.output)
    for sample in range(4):
        corner = [Coordinate(found.inputs[0], (k,), x[sample, k], x[sample, k] + 1) for k in (0, 1)]
        response = Response(experiment, record.leaves, corner, found.output, 1)
        response.advance()
        assert response.grid is not None and z is not None
        np.testing.assert_allclose(response.grid[0, 0], z[sample], rtol=1e-12)
        said = found.decision.predicted(response.grid[:1, 0])
        assert said == (z[sample] > 0)


def test_a_replica_has_the_bits_of_the_run() -> None:
    debugger = Debugger(open_lesson("lstm-cell"))
    debugger.goto("e7")
    record, graph = debugger.state.record, debugger.graph
    replica = Replica(debugger.experiment, len(record.samples), [graph.loss])
    replica.set(record.leaves)
    replica.compute()
    assert replica[graph.loss].tobytes() == np.float64(record.loss).tobytes()
    last = debugger.run.state((record.step + 1) * debugger.calendar.events)
    for node in graph.ops:
        value = last.value(node.id)
        assert value is not None and replica[node.id].tobytes() == value.tobytes()


def test_only_what_moves_is_computed_again() -> None:
    debugger = Debugger(open_lesson("spiral"))
    replica = Replica.of_samples(debugger.experiment, np.arange(4), [debugger.graph.loss])
    last = replica.calls([debugger.graph.named["b3"]])
    assert 0 < len(last) <= len(replica.calls()) / 2


def test_samples_that_are_mixed_have_no_output_by_themselves() -> None:
    assert by_itself(*output_of("spiral"))
    assert by_itself(*output_of("iris"))
    assert not by_itself(*output_of("attention-head"))
    mixed = parse_experiment(
        MATRICES.replace("a = tanh(z)", "a = tanh(z - mean(z, axis=0))"), name="experiment.toml"
    )
    assert not by_itself(mixed, mixed.graph.named["p"])


def output_of(lesson: str):
    experiment = open_lesson(lesson)
    output = roles_of(experiment).output
    assert output is not None
    return experiment, output


def test_of_many_samples_some_are_picked_evenly() -> None:
    experiment = open_lesson("iris")
    assert picked(experiment).tolist() == list(range(120))
    some = picked(experiment, most=1000)
    assert 1 < len(some) < 120
    assert set(np.diff(some)) <= {120 // len(some), 120 // len(some) + 1}
    assert picked(open_lesson("chain-rule")).tolist() == []


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (("w1", ()), ("w1", ()), "two different numbers"),
        (("x", ()), ("w1", ()), "not a parameter"),
        (("w1", (0,)), ("w2", ()), "one number"),
        (("w1", (), 1.0, 1.0), ("w2", ()), "from 1 to 1"),
    ],
)
def test_axes_that_make_no_surface_are_refused(first, second, words: str) -> None:
    debugger = Debugger(open_lesson("two-layer"))
    axes = (at(debugger, *first), at(debugger, *second))
    with pytest.raises(GradstepError, match=words):
        Surface(debugger.experiment, debugger.state.record.leaves, axes)


def test_an_array_is_no_axis_but_its_elements_are() -> None:
    debugger = Debugger(parse_experiment(FAN_OUT.replace("w = 1.5", "w = [1.5, 1, 2]"), name="e"))
    leaves = debugger.state.record.leaves
    with pytest.raises(GradstepError, match="has 3 numbers"):
        Surface(debugger.experiment, leaves, (at(debugger, "w"), at(debugger, "w", (1,))))
    surface = Surface(
        debugger.experiment, leaves, (at(debugger, "w", (0,)), at(debugger, "w", (1,))), 1
    )
    assert surface.advance()
