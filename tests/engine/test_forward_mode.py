"""Forward mode: tangents against differences, and against the backward pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Debugger, State
from engine.evaluation import evaluate
from engine.forward import tangents
from engine.ops import OPS, Array, Op, Tangent, Value
from tests.engine.op_twins import (
    CASES,
    Settings,
    every_case,
    forward,
    movable,
    pulled_back,
    pushed_forward,
    sampled,
    sorted_settings,
)
from tests.engine.test_network_ops import NETWORKS, after_one_iteration, networks
from tests.strategies import Sketch, sketches


def directions(op: Op, rng: np.random.Generator) -> list[Array | None]:
    """A tangent for every operand that can move."""
    return [
        rng.normal(size=operand.shape) if position in movable(op) else None
        for position, operand in enumerate(sampled(op))
    ]


# --- of ops ---------------------------------------------------------------------------------------


@every_case
def test_every_op_pushes_forward_what_differences_measure(op: Op, settings: Settings) -> None:
    operands = sampled(op)
    moving = directions(op, np.random.default_rng(1))
    h = 1e-6
    ends = [
        forward(
            op,
            *(o if t is None else o + sign * h * t for o, t in zip(operands, moving, strict=True)),
            **settings,
        )
        for sign in (1, -1)
    ]
    got = pushed_forward(op, moving, *operands, **settings)
    assert got.shape == ends[0].shape
    np.testing.assert_allclose(got, (ends[0] - ends[1]) / (2 * h), rtol=1e-5, atol=1e-6)


@given(st.sampled_from(CASES).map(lambda case: case.values), st.integers(0, 2**32 - 1))
def test_forward_and_backward_are_transposes_of_each_other(
    case: tuple[Op, Settings], seed: int
) -> None:
    """⟨u, J v⟩ = ⟨Jᵀ u, v⟩."""
    op, settings = case
    rng = np.random.default_rng(seed)
    operands = sampled(op, seed)
    moving = [
        rng.normal(size=o.shape) if position in movable(op) else None
        for position, o in enumerate(operands)
    ]
    upstream = rng.normal(size=forward(op, *operands, **settings).shape)
    pushed = pushed_forward(op, moving, *operands, **settings)
    pulled = pulled_back(op, upstream, *operands, **settings)
    terms = [float(np.sum(g * t)) for g, t in zip(pulled, moving, strict=True) if t is not None]
    left, right = float(np.sum(upstream * pushed)), sum(terms)
    scale = 1.0 + sum(map(abs, terms)) + float(np.abs(upstream * pushed).sum())
    assert abs(left - right) <= 1e-12 * scale


@every_case
def test_each_operand_moves_the_result_by_itself(op: Op, settings: Settings) -> None:
    operands = sampled(op)
    moving = directions(op, np.random.default_rng(2))
    alone: Any = 0.0
    for position in range(op.arity):
        one = [t if i == position else None for i, t in enumerate(moving)]
        alone = alone + pushed_forward(op, one, *operands, **settings)
    together = pushed_forward(op, moving, *operands, **settings)
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-13)


COMPOSED = [case for case in CASES if case.values[0].definition is not None]  # pyright: ignore


@pytest.mark.parametrize(("op", "settings"), COMPOSED)
def test_a_declared_tangent_is_the_one_that_the_definition_gives(
    op: Op, settings: Settings
) -> None:
    operands = sampled(op)
    moving = directions(op, np.random.default_rng(3))
    by_definition = replace(op, jvp=None, multilinear=False)
    np.testing.assert_allclose(
        pushed_forward(by_definition, moving, *operands, **settings),
        pushed_forward(op, moving, *operands, **settings),
        rtol=1e-10,
        atol=1e-12,
    )


def test_the_check_notices_a_tangent_that_is_off_by_a_thousandth() -> None:
    wrong = replace(OPS["mul"], partials=lambda out, a, b: (b * 1.001, a))
    with pytest.raises(AssertionError):
        test_every_op_pushes_forward_what_differences_measure(wrong, {})


def test_what_does_not_move_has_no_tangent() -> None:
    op, operands = OPS["embedding"], sampled(OPS["embedding"])
    leaves = tuple(Value(i, o.shape) for i, o in enumerate(operands))
    out = Value(-1, (3, 3))
    only_indices = (None, Tangent(1, operands[1].shape))
    assert op.tangent(only_indices, out, leaves, sorted_settings({})) is None
    assert op.tangent((None, None), out, leaves, sorted_settings({})) is None


# --- of graphs ----------------------------------------------------------------------------------


def known(state: State) -> Any:
    """The values that the iteration used, by node."""

    def value(node: int) -> Array:
        found = state.record.leaves.get(node)
        return np.asarray(state.value(node) if found is None else found)

    return value


def assert_tangents_agree_with_gradients(state: State) -> None:
    graph, shapes = state.graph, state.record.shapes
    rng = np.random.default_rng(0)
    for n in graph.parameters:
        gradient = state.gradient(n.id)
        if gradient is None:
            continue
        direction = rng.normal(size=shapes[n.id])
        moved = tangents(graph, shapes, known(state), n.id, direction)
        assert list(moved) == sorted(moved)
        assert moved.keys() <= graph.descendants(n.id)
        for node, tangent in moved.items():
            assert tangent.shape == shapes[node]
        slope = float(np.asarray(moved[graph.loss]).reshape(()))
        wanted = float(np.sum(gradient * direction))
        scale = 1.0 + float(np.abs(gradient * direction).sum())
        assert abs(slope - wanted) <= 1e-9 * scale, n.name


@networks
def test_a_network_s_loss_moves_as_its_gradients_say(sketch: Sketch) -> None:
    assert_tangents_agree_with_gradients(after_one_iteration(sketch).state)


@given(sketches(smooth=False))
def test_a_random_program_s_loss_moves_as_its_gradients_say(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    debugger.goto(f".{debugger.calendar.events}")
    state = debugger.state
    if all(np.isfinite(np.asarray(v)).all() for v in state.record.values if v is not None):
        assert_tangents_agree_with_gradients(state)


@pytest.mark.parametrize("name", ["softmax classifier", "a convolution", "an LSTM cell", "slices"])
def test_every_node_of_a_network_moves_as_differences_measure(name: str) -> None:
    sketch = NETWORKS[name]
    state = after_one_iteration(sketch).state
    graph, shapes = state.graph, state.record.shapes
    n = graph.parameters[0]
    direction = np.random.default_rng(0).normal(size=shapes[n.id])
    moved = tangents(graph, shapes, known(state), n.id, direction)
    before = {p.name: np.array(state.record.leaves[p.id]) for p in graph.parameters}
    ends = []
    for h in (1e-6, -1e-6):
        shifted = {**before, n.name: before[n.name] + h * direction}
        ends.append(after_one_iteration(Sketch(sketch.formulas, shifted, sketch.data)).state)
    for node in graph.ops:
        difference = np.asarray(ends[0].value(node.id)) - np.asarray(ends[1].value(node.id))
        got = moved.get(node.id, np.zeros(shapes[node.id]))
        np.testing.assert_allclose(got, difference / 2e-6, rtol=1e-4, atol=1e-6, err_msg=node.name)


def test_one_number_is_a_direction_for_every_entry() -> None:
    state = after_one_iteration(NETWORKS["slices"]).state
    node = state.graph.named["W"]
    ones = tangents(state.graph, state.record.shapes, known(state), node)
    same = tangents(state.graph, state.record.shapes, known(state), node, np.ones((4, 3)))
    for n, tangent in ones.items():
        np.testing.assert_array_equal(tangent, same[n])


def test_a_tangent_is_the_product_along_the_chain() -> None:
    state = after_one_iteration(Sketch("h = w * 3\ng = h**2\nloss = sin(g)", {"w": 0.5})).state
    names = state.graph.named
    moved = tangents(state.graph, state.record.shapes, known(state), names["w"])
    assert moved[names["h"]] == 3.0
    assert moved[names["g"]] == pytest.approx(9.0)
    assert moved[names["loss"]] == pytest.approx(np.cos(2.25) * 9.0)


def test_a_mask_stays_where_it_is() -> None:
    state = after_one_iteration(NETWORKS["dropout"]).state
    graph = state.graph
    moved = tangents(graph, state.record.shapes, known(state), graph.named["W"])
    assert not any(graph[i].op and graph[i].op.random for i in moved)  # pyright: ignore
    assert graph.loss in moved


def test_a_tangent_s_expression_is_evaluated_like_any_other() -> None:
    expr = Tangent(3, (2,)) * 2.0
    found = evaluate(expr, lambda _: np.zeros(2), lambda node: np.full(2, float(node)))
    np.testing.assert_array_equal(found, [6.0, 6.0])
