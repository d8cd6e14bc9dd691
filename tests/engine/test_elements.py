"""What one number is made of: the products add up to it, and the matrices multiply to its array."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Debugger, Makeup, Target, TargetError, open_lesson
from tests.experiments import EXPERIMENTS
from tests.strategies import Sketch

RNG = np.random.default_rng(3)


def matrix(*shape: int) -> object:
    return np.round(RNG.normal(size=shape), 2).tolist()


SKETCHES = {
    "matrices": Sketch(
        "z = tanh(x @ W + b)\np = z @ v\nloss = mean((p - y)**2) + sum(W**2)",
        {"W": matrix(3, 4), "b": matrix(4), "v": matrix(4)},
        {"x": matrix(5, 3), "y": matrix(5)},
    ),
    "vectors": Sketch(
        "h = W @ c\ns = h @ u\nr = u @ V\nloss = s**2 + sum(r)",
        {"W": matrix(4, 3), "u": matrix(4), "V": matrix(4, 2)},
        constants={"c": matrix(3)},
    ),
    "broadcast": Sketch(
        "h = a * x + b[:, None]\ng = maximum(h, 0.1 * h) / (k + h**2)\nloss = mean(g)",
        {"a": matrix(3), "b": matrix(5), "k": 2.0},
        {"x": matrix(5, 3)},
    ),
    "images": Sketch(
        "c = conv2d(x[:, None], K, padding=1)\nz = mean(c, axis=(2, 3))\n"
        "loss = cross_entropy(z, y)",
        {"K": matrix(2, 1, 3, 3)},
        {"x": matrix(3, 4, 4), "y": [0.0, 1.0, 1.0]},
    ),
    "batches of matrices": Sketch(
        "z = x @ W\nloss = mean(z**2)", {"W": matrix(3, 2)}, {"x": matrix(4, 2, 3)}
    ),
    "twice": Sketch(
        "h = x @ W\ng = h @ W.T + h[:, 0:1] * x\nloss = mean(g**2)",
        {"W": matrix(3, 3)},
        {"x": matrix(4, 3)},
    ),
}


WHATS: tuple[Literal["value", "gradient"], ...] = ("value", "gradient")


def at_the_end_of_the_backward_pass(sketch: Sketch) -> Debugger:
    debugger = Debugger(sketch.opened())
    debugger.goto(len([s for s in debugger.listing.steps if s.phase != "update"]))
    return debugger


@cache
def known(name: str) -> Debugger:
    """One for all examples: looking changes nothing."""
    return at_the_end_of_the_backward_pass(SKETCHES[name])


def close(made: Makeup) -> bool:
    total = float(made.products.sum())
    size = float(np.abs(made.products).sum()) + 1.0
    return abs(total - made.number) <= 1e-12 * size


@pytest.mark.parametrize("name", SKETCHES)
@settings(max_examples=40)
@given(st.data())
def test_the_terms_of_a_number_add_up_to_it(name: str, data: st.DataObject) -> None:
    debugger = known(name)
    state = debugger.state
    node = data.draw(st.sampled_from([n for n in debugger.graph.nodes if n.literal is None]))
    index = tuple(data.draw(st.integers(0, int(n) - 1)) for n in state.record.shapes[node.id])
    for made in debugger.makeup(Target("value", node.id, index)):
        assert made.terms or made.written is not None
        assert not made.terms or close(made)
        assert made.number == np.asarray(state.value(node.id))[index]
    gradient = state.gradient(node.id)
    made = debugger.makeup(Target("gradient", node.id, index))
    assert all(close(part) for part in made)
    if gradient is not None:
        total = sum(part.number for part in made)
        missing = len(state.contributions(node.id)) - len(made)
        if not missing:  # a slice sends nothing to what it left out
            assert total == pytest.approx(float(np.asarray(gradient)[index]), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", ["matrices", "vectors", "twice"])
def test_arrays_are_the_product_of_the_two_matrices(name: str) -> None:
    debugger = at_the_end_of_the_backward_pass(SKETCHES[name])
    state, found = debugger.state, 0
    for node in debugger.graph.nodes:
        for what in WHATS:
            product = debugger.matrix_product(Target(what, node.id))
            if product is None:
                continue
            found += 1
            left, right, target = product.left, product.right, product.target
            np.testing.assert_allclose(left.array @ right.array, target.array, atol=1e-12)
            for matrix in (left, right, target):
                array = state.value(matrix.node) if matrix.what == "value" else None
                if array is None and matrix is not target:
                    array = state.gradient(matrix.node)
                if array is not None:
                    for row, column in np.ndindex(matrix.array.shape):
                        place = matrix.index(row, column)
                        assert np.asarray(array)[place] == matrix.array[row, column]
            for row, column in np.ndindex(target.array.shape):
                assert product.place(target.index(row, column)) == (row, column)
    assert found >= 4


def test_a_matrix_product_names_its_row_and_its_column() -> None:
    debugger = at_the_end_of_the_backward_pass(SKETCHES["matrices"])
    biased = debugger.graph[debugger.graph.named["z"]].operands[0]
    inner = debugger.graph[biased].operands[0]
    (made,) = debugger.makeup(Target("value", inner, (2, 3)))
    assert made.name == "(x @ W)[2, 3]"
    assert made.symbols == "Σₖ x[2, k] · W[k, 3]"
    assert len(made.products) == 3 and not made.samples


def test_the_gradient_of_a_weight_is_a_sum_over_samples() -> None:
    debugger = at_the_end_of_the_backward_pass(SKETCHES["matrices"])
    penalty, through = debugger.makeup("grad(W[0, 2])")
    assert through.symbols == "Σₙ x[n, 0] · ∂loss/∂(x @ W)[n, 2]"
    assert through.samples and len(through.products) == 5
    assert penalty.symbols == "∂loss/∂(W**2)[0, 2] · 2 · W[0, 2]"
    assert not penalty.samples
    product = debugger.matrix_product("grad(W)")
    assert product is not None and product.symbols == "xᵀ @ ∂loss/∂(x @ W)"


def test_an_elementwise_op_is_its_formula_on_single_numbers() -> None:
    debugger = at_the_end_of_the_backward_pass(SKETCHES["matrices"])
    (made,) = debugger.makeup("z[4, 1]")
    assert made.symbols == "tanh((x @ W + b)[4, 1])"
    assert made.written is not None
    number = float(np.arctanh(made.number))
    assert made.written(lambda value: f"{value:.6f}") == f"tanh({number:.6f})"


def test_a_convolution_names_the_patch_and_the_kernel() -> None:
    debugger = at_the_end_of_the_backward_pass(SKETCHES["images"])
    (made,) = debugger.makeup("c[1, 1, 2, 0]")
    assert made.symbols == "Σ (x[:, None])[1, 0, 1:4, 0:2] · K[1, 0, 0:3, 1:3]"
    assert len(made.products) == 6


def test_what_is_not_computed_yet_is_made_of_nothing() -> None:
    debugger = Debugger(SKETCHES["matrices"].opened())
    assert debugger.makeup("z[0, 0]") == ()
    assert debugger.makeup("grad(W[0, 0])") == ()
    assert debugger.matrix_product("grad(W)") is None
    assert debugger.makeup("W[0, 0]") == ()


def test_an_updated_parameter_is_what_it_was_and_what_the_update_added() -> None:
    debugger = Debugger(SKETCHES["matrices"].opened())
    debugger.goto(debugger.calendar.events)
    (made,) = debugger.makeup("W[1, 2]")
    record, node = debugger.state.record, debugger.graph.named["W"]
    before, after = record.leaves[node][1, 2], record.updated[node][1, 2]
    assert made.symbols == "W[1, 2] before + ΔW[1, 2]"
    assert made.terms[0].tolist() == [before, after - before] and made.number == after


def test_an_array_is_no_single_number() -> None:
    debugger = Debugger(SKETCHES["matrices"].opened())
    with pytest.raises(TargetError, match="'W' has more than one number"):
        debugger.makeup("W")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_number_of_a_lesson_adds_up(name: str) -> None:
    debugger = Debugger(open_lesson(name))
    debugger.goto(len([s for s in debugger.listing.steps if s.phase != "update"]))
    shapes = debugger.state.record.shapes
    for node in debugger.graph.nodes:
        last = tuple(int(n) - 1 for n in shapes[node.id])
        for what in WHATS:
            for made in debugger.makeup(Target(what, node.id, last)):
                assert not made.terms or close(made), made.symbols


def test_one_number_of_a_large_product_costs_its_row_and_its_column_only() -> None:
    """The matrices of a product are views: nothing of the size of the arrays is made."""
    side = 200
    ones = {"shape": [side, side], "init": "ones"}
    sketch = Sketch("z = V @ W\nloss = mean(z)", {"V": ones, "W": ones})
    debugger = at_the_end_of_the_backward_pass(sketch)
    product = debugger.matrix_product("z")
    assert product is not None
    value = debugger.state.value(debugger.graph.named["W"])
    assert value is not None and np.shares_memory(product.right.array, value)
    (made,) = debugger.makeup("z[3, 4]")
    assert made.number == side == made.products.sum()
