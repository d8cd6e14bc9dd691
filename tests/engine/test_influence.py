"""What a node affects and what affects it, at any event: against nudges, and against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Debugger, Influence, ShapeError, TargetError, open_lesson
from tests.engine.test_network_ops import NETWORKS, after_one_iteration, networks
from tests.strategies import TWO_LAYERS, Sketch, sketches


def by_name(found: tuple[Influence, ...]) -> dict[str, Any]:
    return {i.name: i.derivative for i in found}


def at(sketch: Sketch, event: int) -> Debugger:
    debugger = Debugger(sketch.opened())
    debugger.goto(f".{event}")
    return debugger


# --- what a weight affects ------------------------------------------------------------------------


def test_a_weight_moves_everything_after_it_by_the_product_along_the_way() -> None:
    found = by_name(at(TWO_LAYERS, 19).effects("w1"))
    x = np.array([-1.0, 0.0, 1.0, 2.0])
    np.testing.assert_array_equal(found["h"], x)
    np.testing.assert_array_equal(found["g"], 1.5 * x)
    assert list(found) == ["w1 * x", "h", "w2 * h", "g", "y - g", "(y - g)**2", "loss"]
    assert found["loss"] == -7.3125


def test_what_is_not_computed_yet_has_no_derivative() -> None:
    found = by_name(at(TWO_LAYERS, 3).effects("w1"))
    assert [name for name, d in found.items() if d is not None] == ["w1 * x", "h"]
    assert all(d is None for d in by_name(at(TWO_LAYERS, 1).effects("w1")).values())


def test_a_node_that_is_not_computed_affects_nothing_so_far() -> None:
    debugger = at(TWO_LAYERS, 3)
    assert set(by_name(debugger.effects("g")).values()) == {None}
    assert set(by_name(debugger.causes("g")).values()) == {None}
    assert list(by_name(debugger.causes("g"))) == [
        "x", "w1", "b1", "w2", "b2", "w1 * x", "h", "w2 * h",
    ]  # fmt: skip


def test_an_update_does_not_change_what_the_iteration_computed_with() -> None:
    before, after = at(TWO_LAYERS, 19), at(TWO_LAYERS, 23)
    assert after.state.value(after.graph.named["w2"]) != before.state.value(3)
    for way in ("effects", "causes"):
        name = "w1" if way == "effects" else "loss"
        first, second = (by_name(getattr(d, way)(name)) for d in (before, after))
        for node, derivative in first.items():
            np.testing.assert_array_equal(derivative, second[node])


def test_symbols_say_what_is_derived_by_what() -> None:
    debugger = at(TWO_LAYERS, 19)
    assert [i.symbol for i in debugger.effects("b2")] == [
        "∂g/∂b2", "∂(y - g)/∂b2", "∂((y - g)**2)/∂b2", "∂loss/∂b2",
    ]  # fmt: skip
    assert debugger.causes("h")[0].symbol == "∂h/∂x"


def test_derivatives_cannot_be_written_to() -> None:
    debugger = at(TWO_LAYERS, 19)
    for found in (*debugger.effects("w1"), *debugger.causes("loss")):
        assert found.derivative is not None
        with pytest.raises(ValueError, match="read-only"):
            found.derivative[...] = 0.0


@networks
def test_effects_of_every_parameter_are_what_nudges_measure(sketch: Sketch) -> None:
    debugger = after_one_iteration(sketch)
    state, graph = debugger.state, debugger.graph
    leaves = {p.name: np.array(state.record.leaves[p.id]) for p in graph.parameters}
    for p in graph.parameters:
        entry = tuple(n - 1 for n in leaves[p.name].shape)
        ends = []
        for h in (1e-6, -1e-6):
            nudged = {name: value.copy() for name, value in leaves.items()}
            nudged[p.name][entry] += h
            moved = Sketch(sketch.formulas, nudged, sketch.data, sketch.constants)
            ends.append(after_one_iteration(moved).state)
        found = {i.node: i.derivative for i in debugger.effects(p.id, entry=entry)}
        for n in graph.ops:
            slope = (np.asarray(ends[0].value(n.id)) - np.asarray(ends[1].value(n.id))) / 2e-6
            got = np.asarray(found.get(n.id, np.zeros(slope.shape)))
            np.testing.assert_allclose(got, slope, rtol=1e-4, atol=1e-6, err_msg=n.name)


@networks
def test_the_loss_moves_with_a_parameter_as_its_gradient_says(sketch: Sketch) -> None:
    debugger = after_one_iteration(sketch)
    graph = debugger.graph
    causes = {i.node: i.derivative for i in debugger.causes(graph.loss)}
    for p in graph.parameters:
        gradient = np.asarray(debugger.state.gradient(p.id))
        np.testing.assert_allclose(np.asarray(causes[p.id]), gradient, rtol=1e-12, atol=1e-15)
        direction = np.random.default_rng(p.id).normal(size=gradient.shape)
        slope = {i.node: i.derivative for i in debugger.effects(p.id, direction)}[graph.loss]
        assert float(np.asarray(slope).reshape(())) == pytest.approx(
            float(np.sum(gradient * direction)), rel=1e-9, abs=1e-12
        )


# --- the two ways are transposes of each other ----------------------------------------------------


def assert_transposed(debugger: Debugger, above: int, below: int, seed: int) -> None:
    """⟨u, J v⟩ = ⟨Jᵀ u, v⟩ for J = ∂above/∂below."""
    shapes, rng = debugger.state.record.shapes, np.random.default_rng(seed)
    u, v = rng.normal(size=shapes[above]), rng.normal(size=shapes[below])
    forward = {i.node: i.derivative for i in debugger.effects(below, v)}
    backward = {i.node: i.derivative for i in debugger.causes(above, u)}
    assert (above in forward) == (below in backward)
    if above not in forward:
        return
    pushed, pulled = np.asarray(forward[above]), np.asarray(backward[below])
    assert pushed.shape == u.shape and pulled.shape == v.shape
    scale = 1.0 + np.abs(u * pushed).sum() + np.abs(v * pulled).sum()
    assert abs(np.sum(u * pushed) - np.sum(v * pulled)) <= 1e-10 * scale


@networks
def test_effects_and_causes_agree_between_any_two_nodes_of_a_network(sketch: Sketch) -> None:
    debugger = after_one_iteration(sketch)
    named = [n.id for n in debugger.graph.nodes if n.literal is None]
    rng = np.random.default_rng(0)
    for seed in range(40):
        below, above = sorted(rng.choice(named, 2, replace=False).tolist())
        assert_transposed(debugger, above, below, seed)


@given(sketches(smooth=False), st.data())
def test_effects_and_causes_agree_in_random_programs(sketch: Sketch, data: st.DataObject) -> None:
    debugger = after_one_iteration(sketch)
    values = [v for v in debugger.state.record.values if v is not None]
    if not all(np.isfinite(v).all() for v in values):
        return
    named = [n.id for n in debugger.graph.nodes if n.literal is None]
    pair = data.draw(st.lists(st.sampled_from(named), min_size=2, max_size=2, unique=True))
    assert_transposed(debugger, max(pair), min(pair), data.draw(st.integers(0, 9)))


def test_an_index_a_condition_and_a_mask_s_operand_pass_nothing_on() -> None:
    embedded = after_one_iteration(NETWORKS["embedded"])
    assert embedded.effects("i") == ()
    assert "i" not in by_name(embedded.causes("loss"))
    chosen = after_one_iteration(
        Sketch("c = w - 1\nloss = where(c, w, 2 * w)", {"w": 1.5}, training={"epochs": 1})
    )
    assert "c" not in by_name(chosen.causes("loss"))
    assert chosen.effects("c") == ()


# --- directions -----------------------------------------------------------------------------------


def test_one_entry_alone_and_all_together() -> None:
    debugger = after_one_iteration(NETWORKS["slices"])
    ones = by_name(debugger.effects("W"))["h"]
    alone = sum(
        np.asarray(by_name(debugger.effects("W", entry=(i, j)))["h"])
        for i in range(4)
        for j in range(3)
    )
    np.testing.assert_allclose(alone, ones, rtol=1e-12)
    np.testing.assert_allclose(
        by_name(debugger.effects("W", 2.5, (1, 2)))["h"],
        2.5 * np.asarray(by_name(debugger.effects("W", entry=(1, 2)))["h"]),
        rtol=1e-12,
    )


@pytest.mark.parametrize(
    ("direction", "entry", "words"),
    [
        ([1.0, 2.0], None, "does not have the shape of 'W', (4, 3)"),
        ("up", None, "does not have the shape"),
        (1.0, (4, 0), "no entry 4, 0"),
        (1.0, 1, "no entry 1: it has shape (4, 3)"),
        (1.0, (0, 0, 0), "no entry"),
    ],
)
def test_a_direction_that_does_not_fit_is_refused(direction: Any, entry: Any, words: str) -> None:
    debugger = after_one_iteration(NETWORKS["slices"])
    with pytest.raises(ShapeError) as caught:
        debugger.effects("W", direction, entry)
    assert words in str(caught.value)
    assert caught.value.hint


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(TargetError):
        Debugger(open_lesson("two-layer")).effects("w9")


def test_looking_records_nothing_and_moves_nothing() -> None:
    debugger = at(TWO_LAYERS, 10)
    place, done = debugger.at, debugger.run.done
    assert debugger.effects("w1") and debugger.causes("loss")
    assert (debugger.at, debugger.run.done) == (place, done)
