"""Layers found in graphs: however a net is written, its units are what its formulas compute."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from engine import (
    Connection,
    Debugger,
    Layer,
    Network,
    State,
    Unlayered,
    lessons,
    open_lesson,
)
from tests.strategies import Sketch, sketches

RNG = np.random.default_rng(7)


def matrix(*shape: int) -> object:
    return np.round(RNG.normal(size=shape), 2).tolist()


X = matrix(5, 3)
"""Five samples of three features."""
Y = matrix(5)

MLP = {"W1": matrix(3, 4), "b1": matrix(4), "w2": matrix(4), "b2": 0.25}

NETS = {
    "x @ W": Sketch(
        "h = tanh(x @ W1 + b1)\nz = h @ w2 + b2\nloss = mean((z - y)**2)", MLP, {"x": X, "y": Y}
    ),
    "W @ x": Sketch(
        "h = tanh(V @ x.T + c[:, None])\nz = w2 @ h + b2\nloss = mean((z - y)**2)",
        {"V": matrix(4, 3), "c": matrix(4), "w2": matrix(4), "b2": 0.25},
        {"x": X, "y": Y},
    ),
    "transposed weights": Sketch(
        "z = (x @ V.T + b) @ w2\nloss = mean((z - y)**2)",
        {"V": matrix(4, 3), "b": matrix(4), "w2": matrix(4)},
        {"x": X, "y": Y},
    ),
    "scalars": Sketch(
        "h = relu(b1 + x * w1)\ng = w2 * h - b2\nloss = mean((y - g)**2)",
        {"w1": 0.5, "b1": 0.25, "w2": -1.5, "b2": 0.125},
        {"x": Y, "y": Y},
    ),
    "a row of scalar weights": Sketch(
        "h = sigmoid(x[:, None] * w1 + b1)\ng = h @ w2\nloss = mean((y - g)**2)",
        {"w1": matrix(4), "b1": matrix(4), "w2": matrix(4)},
        {"x": Y, "y": Y},
    ),
    "one formula": Sketch(
        "loss = mean((y - (relu(x @ W1 + b1) @ w2 + b2))**2)", MLP, {"x": X, "y": Y}
    ),
    "subtracted": Sketch(
        "h = x @ W1\ng = b1 - (h @ V - x @ U)\nloss = mean(g**2)",
        {"W1": matrix(3, 4), "V": matrix(4, 2), "U": matrix(3, 2), "b1": matrix(2)},
        {"x": X},
    ),
    "scaled": Sketch(
        "h = sigmoid(k * (x @ W1) / 3)\nz = h @ w2\nloss = bce_with_logits(z, y)",
        {"W1": matrix(3, 4), "w2": matrix(4)},
        {"x": X, "y": [0.0, 1.0, 1.0, 0.0, 1.0]},
        constants={"k": 2.0},
    ),
    "two heads": Sketch(
        "h = tanh(x @ W1)\na = h @ u\nb = softmax(h @ V)\n"
        "loss = mean((a - y)**2) + mean((b - 0.5)**2)",
        {"W1": matrix(3, 4), "u": matrix(4), "V": matrix(4, 2)},
        {"x": X, "y": Y},
    ),
    "skipped": Sketch(
        "h = tanh(x @ W1)\ng = h + relu(h @ V)\nz = g @ u\nloss = mean((z - y)**2)",
        {"W1": matrix(3, 4), "V": matrix(4, 4), "u": matrix(4)},
        {"x": X, "y": Y},
    ),
    "concatenated": Sketch(
        "a = tanh(x @ W1)\nb = relu(x @ V)\nz = concat(a, b, axis=1) @ U\nloss = mean(z**2)",
        {"W1": matrix(3, 4), "V": matrix(3, 2), "U": matrix(6, 2)},
        {"x": X},
    ),
    "normed and dropped": Sketch(
        "h = dropout(layer_norm(relu(x @ W1), s, c), p=0.5)\nm = (h - mean(h, axis=0)) / 2\n"
        "z = m @ w2\nloss = mean((z - y)**2)",
        {"W1": matrix(3, 4), "s": matrix(4), "c": matrix(4), "w2": matrix(4)},
        {"x": X, "y": Y},
    ),
    "one sample": Sketch(
        "h = tanh(x @ W1)\nloss = (h @ w2 - 1)**2",
        {"W1": matrix(3, 4), "w2": matrix(4)},
        constants={"x": [1.0, -2.0, 0.5]},
    ),
    "an autoencoder": Sketch(
        "h = tanh(x @ W1)\nr = h @ W2\nloss = mean((x - r)**2)",
        {"W1": matrix(3, 2), "W2": matrix(2, 3)},
        {"x": X},
    ),
}

UNITS = {
    "x @ W": {"x": 3, "h": 4, "z": 1},
    "W @ x": {"x.T": 3, "h": 4, "z": 1},
    "transposed weights": {"x": 3, "x @ V.T + b": 4, "z": 1},
    "scalars": {"x": 1, "h": 1, "g": 1},
    "a row of scalar weights": {"x[:, None]": 1, "h": 4, "g": 1},
    "one formula": {"x": 3, "relu(x @ W1 + b1)": 4, "relu(x @ W1 + b1) @ w2 + b2": 1},
    "subtracted": {"x": 3, "h": 4, "g": 2},
    "scaled": {"x": 3, "h": 4, "z": 1},
    "two heads": {"x": 3, "h": 4, "a": 1, "b": 2},
    "skipped": {"x": 3, "h": 4, "relu(h @ V)": 4, "g": 4, "z": 1},
    "concatenated": {"x": 3, "a": 4, "b": 2, "z": 2},
    "normed and dropped": {"x": 3, "m": 4, "z": 1},
    "one sample": {"x": 3, "h": 4, "h @ w2 - 1": 1},
    "an autoencoder": {"x": 3, "h": 2, "r": 3},
}


def net_of(name: str) -> tuple[Debugger, Network]:
    debugger = Debugger(NETS[name].opened())
    debugger.goto(len([s for s in debugger.listing.steps if s.phase != "update"]))
    network = debugger.network
    assert isinstance(network, Network)
    return debugger, network


def units(state: State, layer: Layer, node: int) -> np.ndarray:
    value = state.value(node)
    assert value is not None
    return layer.matrix(node, value)


def weights(state: State, connection: Connection) -> np.ndarray:
    assert connection.weights is not None
    value = state.value(connection.weights)
    assert value is not None
    return connection.matrix(value)


@pytest.mark.parametrize("name", NETS)
def test_layers_have_the_units_that_their_formulas_compute(name: str) -> None:
    _, network = net_of(name)
    assert {layer.name: layer.units for layer in network.layers} == UNITS[name]


@pytest.mark.parametrize("name", NETS)
def test_a_layer_is_the_weighted_sum_of_the_layers_below_it(name: str) -> None:
    hold_the_sums(*net_of(name))


@given(sketches())
@settings(max_examples=150)
def test_whatever_the_formulas_are_a_layer_that_is_found_is_a_weighted_sum(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    debugger.goto(len([s for s in debugger.listing.steps if s.phase != "update"]))
    network = debugger.network
    if isinstance(network, Network):
        hold_the_sums(debugger, network)
    else:
        assert network.why


def hold_the_sums(debugger: Debugger, network: Network) -> None:
    state = debugger.state
    for at, layer in enumerate(network.layers):
        if layer.is_input:
            assert not [c for c in network.connections if c.target == at]
            continue
        total: np.ndarray = np.zeros(1)
        for connection in network.connections:
            if connection.target != at:
                continue
            below = network.layers[connection.source]
            activations = units(state, below, _read(connection, below))
            edges = np.eye(below.units)
            if connection.weights is not None:
                edges = weights(state, connection)
                assert edges.shape == (below.units, layer.units)
            total = total + connection.sign * activations @ edges
        for bias, sign in layer.biases:
            total = total + sign * np.asarray(state.value(bias)).reshape(-1)
        assert layer.sums is not None
        np.testing.assert_allclose(total, units(state, layer, layer.sums), atol=1e-12)


def _read(connection: Connection, layer: Layer) -> int:
    """The node of a layer that a connection multiplies; of concatenated ones its own."""
    return connection.operand if connection.operand in layer.nodes else layer.node


@pytest.mark.parametrize("name", NETS)
def test_columns_count_the_weighted_edges_behind_a_layer(name: str) -> None:
    _, network = net_of(name)
    for connection in network.connections:
        below, above = network.layers[connection.source], network.layers[connection.target]
        assert below.column < above.column
    for at, layer in enumerate(network.layers):
        into = [network.layers[c.source].column for c in network.connections if c.target == at]
        assert layer.column == (max(into) + 1 if into else 0)


@pytest.mark.parametrize("name", NETS)
def test_shares_of_samples_add_up_to_the_gradient_of_the_weights(name: str) -> None:
    debugger, network = net_of(name)
    state = debugger.state
    found: dict[int, np.ndarray] = {}
    for connection in network.connections:
        if connection.weights is None:
            continue
        operand, upstream = state.value(connection.operand), state.gradient(connection.op)
        assert operand is not None and upstream is not None
        samples = len(state.record.samples) or 1
        shares = [connection.share(operand, upstream, at) for at in range(samples)]
        gradient = state.gradient(connection.weights)
        assert gradient is not None
        key = connection.weights
        looked = np.zeros(np.shape(connection.view(gradient)))
        looked[slice(*connection.rows)] += sum(shares)
        found[key] = found.get(key, 0) + looked
    for connection in network.connections:
        if connection.weights is not None:
            gradient = state.gradient(connection.weights)
            assert gradient is not None
            expected = connection.view(np.asarray(gradient))
            np.testing.assert_allclose(found[connection.weights], expected, atol=1e-12)


UNLAYERED = {
    "two computed values": (
        Sketch(
            "q = x @ A\nk = x @ B\ns = q @ k.T\nloss = mean(s**2)",
            {"A": matrix(3, 2), "B": matrix(3, 2)},
            {"x": X},
        ),
        "s = q @ k.T multiplies two values that are computed: neither is a weight",
    ),
    "a gate": (
        Sketch(
            "i = sigmoid(x @ A)\ng = tanh(x @ B)\nc = i * g\nloss = mean(c**2)",
            {"A": matrix(3, 2), "B": matrix(3, 2)},
            {"x": X},
        ),
        "c = i * g multiplies two values that are computed: neither is a weight",
    ),
    "units taken apart": (
        Sketch(
            "z = x @ A\nh = tanh(z[:, 1])\ng = h[:, None] * u\nloss = mean(g**2)",
            {"A": matrix(3, 2), "u": matrix(2)},
            {"x": X},
        ),
        "z[:, 1] takes the units of a layer apart, and weights multiply what comes of it",
    ),
    "more than two axes": (
        Sketch("z = x @ A\nloss = mean(z**2)", {"A": matrix(3, 2)}, {"x": matrix(4, 2, 3)}),
        "z = x @ A multiplies arrays of more than two axes",
    ),
    "no weights": (
        Sketch("loss = mean((x - a)**2)", {"a": 0.5}, {"x": Y}),
        "uses weights in another way than a weighted sum of units",
    ),
    "no data": (
        Sketch("loss = a**2 + 3 * b", {"a": 0.5, "b": 1.0}),
        "no weights multiply what comes from the data",
    ),
    "rows of a table": (
        Sketch(
            "e = embedding(E, i)\nz = e @ A\nloss = mean(z**2)",
            {"E": matrix(4, 3), "A": matrix(3, 2)},
            {"i": [0.0, 3.0, 1.0]},
        ),
        "e = embedding(E, i) uses weights in another way than a weighted sum of units",
    ),
}


@pytest.mark.parametrize("name", UNLAYERED)
def test_what_is_no_layered_net_is_said_to_be_none_and_why(name: str) -> None:
    sketch, why = UNLAYERED[name]
    found = Debugger(sketch.opened()).network
    assert isinstance(found, Unlayered)
    assert found.why.endswith(why)


def test_every_lesson_is_a_net_or_says_why_not() -> None:
    found = {}
    for lesson in lessons():
        network = Debugger(open_lesson(lesson.name)).network
        layers = network.layers if isinstance(network, Network) else ()
        found[lesson.name] = [layer.units for layer in layers]
    assert found["xor"] == [2, 2, 1]
    assert found["spiral"] == [2, 12, 8, 1]
    assert found["iris"] == [4, 3]
    assert found["two-layer"] == found["two-layer-csv"] == [1, 1, 1]
    assert found["dead-relu"] == [1, 1, 1, 1]
    assert found["vanishing-gradients"] == [2, *[4] * 6, 1]
    unlayered = {name for name, layers in found.items() if not layers}
    assert unlayered == {
        "adam",
        "chain-rule",
        "momentum-and-adam",
        "convolution",
        "lstm-cell",
        "attention-head",
    }


def test_what_a_target_is_compared_with_is_no_layer() -> None:
    sketch = Sketch("loss = mean((w * x + b - y)**2)", {"w": 1.0, "b": 0.0}, {"x": Y, "y": Y})
    network = Debugger(sketch.opened()).network
    assert isinstance(network, Network)
    assert [layer.name for layer in network.layers] == ["x", "w * x + b"]


def test_a_file_without_samples_has_a_net_too() -> None:
    sketch = Sketch("a = tanh(w * x + b)\nloss = a**2", {"w": 2.0, "b": 1.0}, constants={"x": 3.0})
    network = Debugger(sketch.opened()).network
    assert isinstance(network, Network)
    assert [(layer.name, layer.units) for layer in network.layers] == [("x", 1), ("a", 1)]
