"""Gradients of whole programs, measured; and the chain rule that explains them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import ChainRule, Debugger, State, TargetError, open_lesson
from engine.explain import Level, chain_rule
from tests.engine.numpy_language import central_difference, complex_step, evaluated
from tests.engine.test_listing import BY_HAND
from tests.experiments import EXPERIMENTS
from tests.strategies import TWO_LAYERS, Sketch, sketches

LEVELS: tuple[Level, ...] = ("formula", "op")


def at_the_end_of_an_iteration(sketch: Sketch, iteration: int = 1) -> Debugger:
    debugger = Debugger(sketch.opened())
    debugger.goto(iteration * debugger.calendar.events)
    return debugger


def leaves(state: State) -> dict[str, Any]:
    """Data, constants and parameters as the iteration used them."""
    return {state.graph[node].name: array for node, array in state.record.leaves.items()}


def gradients(state: State) -> dict[str, Any]:
    """The complete gradient of every parameter that has one."""
    found = {n.name: state.gradient(n.id) for n in state.graph.parameters}
    return {name: gradient for name, gradient in found.items() if gradient is not None}


# --- measured -----------------------------------------------------------------------------------


@given(sketches())
def test_random_programs_have_the_gradients_that_differences_measure(sketch: Sketch) -> None:
    state = at_the_end_of_an_iteration(sketch).state
    values, formulas = leaves(state), sketch.formulas.splitlines()
    for name, gradient in gradients(state).items():
        exact = complex_step(formulas, "loss", values, name)
        scale = 1.0 + np.abs(exact).max()
        np.testing.assert_allclose(gradient, exact, rtol=1e-9, atol=1e-11 * scale, err_msg=name)
        measured = central_difference(formulas, "loss", values, name)
        coarse = central_difference(formulas, "loss", values, name, h=2e-5)
        # Where halving the step still matters, the measurement is no better than that.
        unsure = 1e-6 * scale + np.abs(measured - coarse).max()
        np.testing.assert_allclose(gradient, measured, rtol=0, atol=unsure, err_msg=name)


@given(sketches(smooth=False))
def test_random_programs_compute_what_numpy_does(sketch: Sketch) -> None:
    state = at_the_end_of_an_iteration(sketch).state
    wanted = evaluated(sketch.formulas.splitlines(), leaves(state))
    for name, node in state.graph.named.items():
        value: Any = state.value(node)
        if state.graph[node].op is not None:
            np.testing.assert_allclose(value, wanted[name], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("sketch", BY_HAND.values(), ids=BY_HAND.keys())
def test_programs_written_by_hand_have_the_gradients_that_differences_measure(
    sketch: Sketch,
) -> None:
    if "max" in sketch.formulas:
        pytest.skip("its operands tie on purpose: no derivative there to measure")
    state = at_the_end_of_an_iteration(sketch).state
    formulas, loss = sketch.formulas.splitlines(), state.graph[state.graph.loss].name
    for name, gradient in gradients(state).items():
        measured = central_difference(formulas, loss, leaves(state), name)
        np.testing.assert_allclose(gradient, measured, rtol=1e-6, atol=1e-6, err_msg=name)


def test_the_measurement_notices_a_gradient_that_is_off_by_a_thousandth() -> None:
    state = at_the_end_of_an_iteration(TWO_LAYERS).state
    formulas = TWO_LAYERS.formulas.splitlines()
    measured = central_difference(formulas, "loss", leaves(state), "w1")
    wrong = gradients(state)["w1"] * 1.001
    assert abs(wrong - measured) > 100 * abs(gradients(state)["w1"] - measured)


def test_a_short_last_batch_is_averaged_over_its_own_samples() -> None:
    sketch = Sketch(
        TWO_LAYERS.formulas, TWO_LAYERS.parameters, TWO_LAYERS.data, training={"batch_size": 3}
    )
    state = at_the_end_of_an_iteration(sketch, 2).state
    assert len(state.record.samples) == 1
    for name, gradient in gradients(state).items():
        exact = complex_step(sketch.formulas.splitlines(), "loss", leaves(state), name)
        np.testing.assert_allclose(gradient, exact, rtol=1e-12)


# --- contributions ------------------------------------------------------------------------------


@given(sketches(smooth=False))
def test_contributions_add_up_to_the_gradient_at_every_event(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    for index in range(1, debugger.calendar.events + 1):
        state = debugger.run.state(index)
        for node in state.graph.nodes:
            arrived, gradient = state.contributions(node.id), state.gradient(node.id)
            if gradient is None:
                assert arrived == ()
                continue
            total = arrived[0]
            for contribution in arrived[1:]:
                total = total + contribution
            np.testing.assert_array_equal(total, gradient)
            assert all(c.shape == gradient.shape == state.record.shapes[node.id] for c in arrived)


# --- the chain rule -------------------------------------------------------------------------------


def assert_paths_add_up(rule: ChainRule, what: str = "") -> None:
    assert rule.gradient is not None
    total = np.zeros(rule.gradient.shape)
    size = 0.0
    for path in rule.paths:
        assert path.product is not None
        assert path.product.shape == rule.gradient.shape
        total = total + path.product
        size += float(np.abs(path.product).max())
    np.testing.assert_allclose(
        total, rule.gradient, rtol=1e-9, atol=1e-12 * (1 + size), err_msg=what
    )


def assert_every_path_adds_up(state: State) -> None:
    for level in LEVELS:
        for name, node in state.graph.named.items():
            if state.gradient(node) is None:
                continue
            rule = chain_rule(state, node, level)
            if rule.omitted == 0:
                assert_paths_add_up(rule, f"{name} by {level}s")


@given(sketches(smooth=False))
@example(BY_HAND["one name often in one formula"])
@example(BY_HAND["powers of one name that differ only in sign and size"])
@example(BY_HAND["terms that cancel"])
def test_the_products_along_all_paths_add_up_to_the_gradient(sketch: Sketch) -> None:
    assert_every_path_adds_up(at_the_end_of_an_iteration(sketch).state)


@pytest.mark.parametrize("sketch", BY_HAND.values(), ids=BY_HAND.keys())
def test_the_paths_of_programs_written_by_hand_add_up(sketch: Sketch) -> None:
    assert_every_path_adds_up(at_the_end_of_an_iteration(sketch).state)


@given(sketches(smooth=False), st.sampled_from(LEVELS))
def test_what_the_samples_contribute_adds_up_to_the_path_s_product(
    sketch: Sketch, level: Level
) -> None:
    state = at_the_end_of_an_iteration(sketch).state
    samples = len(state.record.samples)
    for node in state.graph.parameters:
        if state.gradient(node.id) is None:
            continue
        for path in chain_rule(state, node.id, level).paths:
            assert path.terms is not None
            assert path.product is not None
            if not path.per_sample:
                continue
            assert len(path.terms) == samples
            summed = path.terms.sum(axis=0)
            spread = np.broadcast_shapes(summed.shape, path.product.shape)
            extra = len(spread) - path.product.ndim
            axes = (*range(extra), *(
                a + extra for a, n in enumerate(path.product.shape) if n == 1 != spread[a + extra]
            ))  # fmt: skip
            total = np.broadcast_to(summed, spread).sum(axis=axes).reshape(path.product.shape)
            np.testing.assert_allclose(total, path.product, rtol=1e-10, atol=1e-10)


def test_the_lecture_s_chain_rule_reads_as_on_the_board() -> None:
    rule = at_the_end_of_an_iteration(TWO_LAYERS)
    rule.goto(".19")
    found = rule.chain_rule("w1")
    assert found.symbol == "∂loss/∂w1"
    assert found.product == "∂loss/∂g · ∂g/∂h · ∂h/∂w1"
    (path,) = found.paths
    assert [f.symbol for f in path.factors] == ["∂loss/∂g", "∂g/∂h", "∂h/∂w1"]
    assert [f.text for f in path.factors][1:] == ["w2", "x"]
    assert path.per_sample


def test_each_factor_of_the_lecture_is_the_derivative_that_it_names() -> None:
    debugger = at_the_end_of_an_iteration(TWO_LAYERS)
    (path,) = debugger.chain_rule("w1").paths
    h, g, y, x = (debugger.state.node(n).value for n in ("h", "g", "y", "x"))
    assert h is not None
    wanted = [-2 / 4 * (np.asarray(y) - np.asarray(g)), 1.5, x]
    for factor, value in zip(path.factors, wanted, strict=True):
        np.testing.assert_allclose(factor.value, value, rtol=1e-15)  # pyright: ignore
    product = wanted[0] * wanted[1] * wanted[2]
    np.testing.assert_allclose(path.terms, product, rtol=1e-14)  # pyright: ignore
    np.testing.assert_allclose(path.product, product.sum(), rtol=1e-14)  # pyright: ignore


def test_a_chain_rule_before_its_numbers_are_computed_has_symbols_and_no_numbers() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    rule = debugger.chain_rule("w1")
    (path,) = rule.paths
    assert rule.gradient is path.product is path.terms is None
    assert rule.product == "∂loss/∂g · ∂g/∂h · ∂h/∂w1"


def test_the_chain_rule_is_told_with_the_values_that_the_backward_pass_used() -> None:
    # w2 is updated at event 19's neighbours, but ∂g/∂h was the old w2.
    debugger = at_the_end_of_an_iteration(TWO_LAYERS)
    (path,) = debugger.chain_rule("w1").paths
    assert path.factors[1].value == 1.5
    assert debugger.state.node("w2").value != 1.5


def test_fan_out_has_one_path_for_each_way() -> None:
    sketch = Sketch("a = w * 2\nb = a + 1\nc = a * 3\nloss = b * c", {"w": 0.5})
    rule = at_the_end_of_an_iteration(sketch).chain_rule("w")
    assert rule.product == "∂loss/∂b · ∂b/∂a · ∂a/∂w + ∂loss/∂c · ∂c/∂a · ∂a/∂w"


def test_too_many_paths_are_counted_and_not_listed() -> None:
    lines = [f"a{i + 1} = a{i} * 0.5 + sin(b{i})\nb{i + 1} = b{i} * 0.5 + a{i}" for i in range(40)]
    sketch = Sketch("\n".join(["a0 = w", "b0 = w", *lines, "loss = a40 + b40"]), {"w": 0.5})
    rule = at_the_end_of_an_iteration(sketch).chain_rule("w")
    assert len(rule.paths) == 64
    assert len(rule.paths) + rule.omitted == 2**41


def test_the_loss_s_own_chain_rule_is_one() -> None:
    rule = at_the_end_of_an_iteration(TWO_LAYERS).chain_rule("loss")
    assert rule.product == "1"
    assert rule.gradient == 1.0
    assert_paths_add_up(rule)


@pytest.mark.parametrize("name", ["x", "unused"])
def test_a_value_that_no_gradient_flows_to_is_not_told_to_have_gradient_one(name: str) -> None:
    sketch = Sketch("unused = w * 2\nloss = mean(w * x)", {"w": 0.5}, {"x": [1.0, 2.0]})
    rule = at_the_end_of_an_iteration(sketch).chain_rule(name)
    assert rule.paths == ()
    assert rule.gradient is None
    assert rule.product != "1"


def test_a_name_that_is_not_in_the_graph_is_refused() -> None:
    with pytest.raises(TargetError):
        Debugger(TWO_LAYERS.opened()).chain_rule("w9")


@pytest.mark.parametrize("lesson", EXPERIMENTS)
def test_the_paths_of_every_lesson_add_up(lesson: str) -> None:
    debugger = Debugger(open_lesson(lesson))
    debugger.goto(3 * debugger.calendar.events)
    assert_every_path_adds_up(debugger.state)
