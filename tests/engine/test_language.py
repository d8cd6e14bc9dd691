"""The formula language: calls, settings, subscripts, and what is refused where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine import Debugger, FormulaError, Graph, ShapeError
from engine.formulas import CALLABLE, Leaf, build_graph
from engine.ops import OPS
from engine.ops.core import REQUIRED
from engine.ops.settings import kind
from tests.strategies import Sketch

LANGUAGE = {
    "exp log log1p expm1 sqrt abs sin cos tan tanh sigmoid relu leaky_relu elu gelu silu softplus "
    "maximum minimum max min where sum mean softmax log_softmax reshape transpose concat "
    "mse mae huber bce bce_with_logits cross_entropy nll "
    "conv2d max_pool2d layer_norm embedding dropout"
}
WORDS = {word for line in LANGUAGE for word in line.split()}
"""Every function that the language promises."""

LEAVES = [Leaf("x", "data"), Leaf("k", "constant"), Leaf("w", "parameter", trainable=True)]
MATRIX = np.arange(12.0).reshape(3, 4)


def graph_of(text: str) -> Graph:
    return build_graph(text, LEAVES)


def refusal(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        graph_of(text)
    return caught.value


def computed(formula: str, **constants: Any) -> Any:
    """What a formula over constants (by default a 3 × 4 matrix `m`) computes."""
    constants = {"m": MATRIX.tolist(), **constants}
    sketch = Sketch(f"h = {formula}\nloss = sum(h * w)", {"w": 1.0}, constants=constants)
    debugger = Debugger(sketch.opened())
    debugger.goto(f".{debugger.calendar.events}")
    return np.asarray(debugger.state.value(debugger.graph.named["h"]))


# --- functions ----------------------------------------------------------------------------------


def test_the_language_has_the_functions_that_it_promises() -> None:
    assert set(CALLABLE) == WORDS


def test_every_setting_of_every_op_in_the_language_says_what_it_accepts() -> None:
    for op in CALLABLE.values():
        for name, default in op.settings.items():
            assert kind(op, name).wanted
            if default is not REQUIRED:
                assert kind(op, name).allows(default, default)


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("max(m, axis=1)", MATRIX.max(1)),
        ("min(m, axis=(0, 1), keepdims=True)", [[0.0]]),
        ("max(m, 5)", np.maximum(MATRIX, 5)),
        ("min(m, m)", MATRIX),
        ("max(m)", 11.0),
        ("sum(m, 0)", MATRIX.sum(0)),
        ("sum(m, -1, True)", MATRIX.sum(1, keepdims=True)),
        ("leaky_relu(-m, 0.5)", -0.5 * MATRIX),
        ("leaky_relu(-m, slope=1)", -MATRIX),
        ("elu(0 * m, alpha=2)", 0 * MATRIX),
        ("reshape(m, 2, 6)", MATRIX.reshape(2, 6)),
        ("reshape(m, (6, -1))", MATRIX.reshape(6, 2)),
        ("reshape(m, -1)", MATRIX.ravel()),
        ("reshape(m, shape=(2, 3, 2))", MATRIX.reshape(2, 3, 2)),
        ("transpose(m)", MATRIX.T),
        ("transpose(m, (1, 0))", MATRIX.T),
        (
            "transpose(reshape(m, 2, 3, 2), axes=(1, -1, 0))",
            MATRIX.reshape(2, 3, 2).transpose(1, 2, 0),
        ),
        ("reshape(m, 2, 3, 2).T", MATRIX.reshape(2, 3, 2).T),
        ("concat(m, m)", np.concatenate([MATRIX, MATRIX])),
        ("concat(m, 2 * m, m, axis=1)", np.concatenate([MATRIX, 2 * MATRIX, MATRIX], 1)),
        ("concat(m[0], m[1], axis=-1)", MATRIX[:2].ravel()),
        ("where(m - 5, m, -1)", np.where(MATRIX == 5, -1, MATRIX)),
        ("embedding(m, 2)", MATRIX[2]),
        ("softmax(0 * m, axis=0)", np.full((3, 4), 1 / 3)),
        ("huber(m, m + 3, 2)", 4.0),
        ("mse(m, 0)", np.mean(MATRIX**2)),
        ("dropout(m, 0)", MATRIX),
    ],
)  # fmt: skip
def test_calls_mean_what_numpy_s_do(formula: str, wanted: Any) -> None:
    np.testing.assert_allclose(computed(formula), wanted, rtol=1e-14)


def test_settings_by_position_and_by_name_are_the_same() -> None:
    pairs = [
        ("sum(x, 1)", "sum(x, axis=1)"),
        ("reshape(x, 2, -1)", "reshape(x, shape=(2, -1))"),
        ("max_pool2d(x, 2, 1)", "max_pool2d(x, size=2, stride=1)"),
        ("dropout(x, 0.25)", "dropout(x, p=0.25)"),
        ("layer_norm(x, k, w, 0.1)", "layer_norm(x, k, w, eps=0.1)"),
    ]
    for short, long in pairs:
        a, b = graph_of(f"h = {short}"), graph_of(f"h = {long}")
        assert a[a.loss].settings == b[b.loss].settings
        assert a[a.loss].op is b[b.loss].op


def test_dropout_draws_a_mask_with_a_name_of_its_own() -> None:
    graph = graph_of("a_mask = w\na = dropout(dropout(x, 0.25))")
    names = [(n.name, n.op.name) for n in graph.ops if n.op]
    assert names == [
        ("a_mask", "identity"),
        ("a_mask2", "dropout_mask"),
        ("dropout(x, 0.25)", "dropout"),
        ("a_mask3", "dropout_mask"),
        ("a", "dropout"),
    ]
    assert [dict(n.settings)["p"] for n in graph.ops[1:]] == [0.25, 0.25, 0.5, 0.5]


def test_joining_any_number_of_arrays_has_words_for_each() -> None:
    graph = graph_of("h = concat(x, k, w, x)")
    op = graph[graph.loss].op
    assert op is not None
    assert op.arity == len(op.words) == 4
    assert graph_of("g = concat(w, w, w, w)").ops[0].op is op


# --- subscripts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "index",
    [
        "[0]", "[-1]", "[1, 2]", "[:, 0]", "[1:]", "[:2]", "[1:3]", "[::2]", "[::-1]", "[-2:]",
        "[..., 0]", "[..., ::2]", "[0, ...]", "[None]", "[:, None]", "[:, None, 1]", "[1:3, -1]",
        "[2:0:-1]", "[None, ..., None]", "[1][2]", "[:, 1:][0]", "[(0, 1)]",
    ],
)  # fmt: skip
def test_subscripts_are_numpy_s(index: str) -> None:
    wanted = eval(f"m{index}", {"m": MATRIX})
    np.testing.assert_array_equal(computed(f"m{index}"), wanted)


@given(st.data())
def test_any_subscript_of_any_array_is_numpy_s(data: st.DataObject) -> None:
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=4))
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True, max_dims=5))
    items = index if isinstance(index, tuple) else (index,)
    array = np.arange(float(np.prod(shape))).reshape(shape)
    wanted = array[index]
    bounds = [b for i in items if isinstance(i, slice) for b in (i.start, i.stop)]
    written = ", ".join(
        "..." if item is Ellipsis
        else f"{_text(item.start)}:{_text(item.stop)}:{_text(item.step)}" if isinstance(item, slice)
        else str(item)
        for item in items
    )  # fmt: skip
    if not written:
        return
    try:
        got = computed(f"m[{written}]", m=array.tolist())
    except ShapeError:
        assert wanted.size == 0 or any(b is not None and abs(b) > min(shape) for b in bounds)
        return
    assert got.shape == wanted.shape
    np.testing.assert_array_equal(got, wanted)


def _text(bound: int | None) -> str:
    return "" if bound is None else str(bound)


def test_a_subscript_is_an_inner_op_with_its_own_text() -> None:
    graph = graph_of("h = x[:, 0] * w[1:]")
    assert [n.name for n in graph.ops] == ["x[:, 0]", "w[1:]", "h"]


def test_a_copy_of_a_transposed_array_in_a_new_shape_follows_its_values() -> None:
    # NumPy can only reshape a transposed array by copying it: that has to happen each iteration.
    sketch = Sketch(
        "h = reshape(w.T, -1)\nloss = sum(h * h)",
        {"w": [[1.0, 2.0], [3.0, 4.0]]},
        training={"learning_rate": 0.25, "epochs": 3},
    )
    debugger = Debugger(sketch.opened())
    debugger.end()
    w = debugger.state.value(debugger.graph.named["w"])
    np.testing.assert_array_equal(w, np.array([[1.0, 2.0], [3.0, 4.0]]) / 8)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "what", "column", "width"),
    [
        ("concat(w)", "concat takes 2 or more operands, not 1", 1, 9),
        ("softmax(w, 0, 1)", "softmax takes 1 operand, not 3", 1, 16),
        ("mse(w)", "mse takes 2 operands, not 1", 1, 6),
        ("mse(w, x, k)", "mse takes 2 operands, not 3", 1, 12),
        ("dropout()", "dropout takes 1 operand, not 0", 1, 9),
        ("max(w, x, k)", "max takes 2 operands, not 3", 1, 12),
        ("reshape(w)", "reshape needs its shape: whole numbers", 1, 10),
        ("max_pool2d(w)", "max_pool2d needs its size: a whole number of at least 1", 1, 13),
        ("softmax(w, axes=0)", "softmax has no setting 'axes'", 12, 6),
        ("max(w, x, axis=0)", "max has no setting 'axis'", 11, 6),
        ("max(w, x, keepdims=True)", "max has no setting 'keepdims'", 11, 13),
        ("softmax(w, axis=(0, 1))", "axis wants a whole number", 12, 11),
        ("softmax(w, axis=None)", "axis wants a whole number", 12, 9),
        ("sum(w, x)", "axis wants a whole number, or several: (0, 1)", 8, 1),
        ("sum(w, 0, axis=1)", "axis is given twice", 11, 6),
        ("dropout(w, 1)", "p wants a number from 0 up to 1, without 1", 12, 1),
        ("dropout(w, -0.1)", "p wants a number from 0 up to 1, without 1", 12, 4),
        ("dropout(w, p=True)", "p wants a number from 0 up to 1, without 1", 12, 6),
        ("dropout(w, p=k)", "p wants a number from 0 up to 1, without 1", 12, 3),
        ("conv2d(x, w, stride=0)", "stride wants a whole number of at least 1, or two", 14, 8),
        ("conv2d(x, w, stride=1.5)", "stride wants a whole number of at least 1", 14, 10),
        ("conv2d(x, w, 1, -1)", "padding wants a whole number of at least 0", 17, 2),
        ("conv2d(x, w, stride=(1, 2, 3))", "stride wants a whole number", 14, 16),
        ("max_pool2d(x, 0)", "size wants a whole number of at least 1, or two", 15, 1),
        ("reshape(w, -1, -1)", "shape wants whole numbers of at least 1, and -1 at", 12, 2),
        ("reshape(w, 2, k)", "shape wants whole numbers", 12, 1),
        ("reshape(w, 0)", "shape wants whole numbers of at least 1", 12, 1),
        ("transpose(w, 1)", "axes wants every axis once", 14, 1),
        ("huber(w, x, 0)", "delta wants a number above 0", 13, 1),
        ("layer_norm(w, x, k, eps=-1)", "eps wants a number of at least 0", 21, 6),
        ("leaky_relu(w, 1e999)", "slope wants a number", 15, 5),
        ("elu(w, 'a')", "alpha wants a number", 8, 3),
        ("w[k]", "an index wants whole numbers, slices like 1:3, None or '...'", 3, 1),
        ("w[1.0]", "an index wants whole numbers", 3, 3),
        ("w[True]", "an index wants whole numbers", 3, 4),
        ("w[::0]", "the step of a slice cannot be 0", 3, 3),
        ("w[k:]", "an index wants whole numbers", 3, 1),
        ("w[..., ...]", "'...' stands once in an index", 3, 8),
        ("w[()]", "an index wants at least one number or slice", 3, 2),
        ("w[[0]]", "an index wants whole numbers", 3, 3),
        ("w < x", "comparisons are not part of the language", 1, 5),
        ("w.shape[0]", "'.shape' is not allowed", 1, 7),
        ("gellu(w)", "unknown function 'gellu'", 1, 5),
    ],
)
def test_a_mistake_is_refused_in_its_place(
    formula: str, what: str, column: int, width: int
) -> None:
    error = refusal(f"h = {formula}")
    assert error.what.startswith(what)
    assert error.place is not None
    assert (error.place.column, error.place.width) == (column + 4, width)


def test_a_refused_setting_is_told_with_all_settings() -> None:
    assert refusal("h = conv2d(x, w, strides=2)").hint == "settings: stride=1, padding=0"
    assert refusal("h = max_pool2d(x)").hint == "settings: size, stride=None"
    assert refusal("h = sin(x, axis=0)").hint == "sin takes no settings"


def test_ops_that_only_serve_derivatives_cannot_be_called() -> None:
    for op in OPS.values():
        if not op.in_language:
            assert refusal(f"loss = {op.name}(w)").what == f"unknown function '{op.name}'"
