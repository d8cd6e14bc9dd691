"""Every op of the table and each of its settings, the larger ones in networks as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import DataError, Debugger, ShapeError, trace_lines
from engine.explain import chain_rule
from engine.ops import OPS, Op
from engine.ops.chance import drawn
from engine.plain import FUNCTIONS
from tests.engine.op_twins import (
    TWINS,
    Settings,
    every_case,
    forward,
    movable,
    pulled_back,
    sampled,
)
from tests.strategies import Sketch

# --- the table ----------------------------------------------------------------------------------


def test_every_op_has_a_twin() -> None:
    assert set(OPS) <= set(TWINS)


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_op_says_once_how_it_is_computed_and_how_it_is_differentiated(op: Op) -> None:
    assert (op.forward is None) != (op.view is None)
    assert (op.partials is None) != (op.vjp is None)
    assert op.examples and op.symbol and len(op.words) == op.arity and all(op.words)
    tangents = (op.partials, op.jvp, op.multilinear or None, op.definition)
    assert any(rule is not None for rule in tangents)


@every_case
@pytest.mark.parametrize("seed", range(2))
def test_every_op_computes_what_its_twin_does(op: Op, settings: Settings, seed: int) -> None:
    operands = sampled(op, seed)
    wanted = TWINS[op.name](*operands, **settings)
    out = forward(op, *operands, **settings)
    assert out.shape == np.shape(wanted)
    np.testing.assert_allclose(out, wanted, rtol=1e-12, atol=1e-14)


@every_case
def test_no_op_writes_to_its_operands(op: Op, settings: Settings) -> None:
    operands = sampled(op)
    for operand in operands:
        operand.flags.writeable = False
    forward(op, *operands, **settings)


@every_case
@pytest.mark.parametrize("seed", range(2))
def test_every_op_pulls_back_what_differences_measure(
    op: Op, settings: Settings, seed: int
) -> None:
    operands = sampled(op, seed)
    out = forward(op, *operands, **settings)
    upstream = np.random.default_rng(seed + 1).normal(size=out.shape)
    gradients = pulled_back(op, upstream, *operands, **settings)
    h = 1e-6
    for position in range(op.arity):
        if position not in movable(op):
            assert not gradients[position].any()
            continue
        for index in np.ndindex(operands[position].shape):
            ends = []
            for sign in (1, -1):
                moved = [o.copy() for o in operands]
                moved[position][index] += sign * h
                ends.append(np.sum(upstream * forward(op, *moved, **settings)))
            slope = (ends[0] - ends[1]) / (2 * h)
            assert gradients[position][index] == pytest.approx(slope, rel=1e-5, abs=1e-6)


# --- ties ---------------------------------------------------------------------------------------


def test_those_that_tie_for_the_largest_share_its_gradient() -> None:
    a = np.array([[3.0, 1.0, 3.0, 3.0], [0.0, 5.0, 5.0, 1.0]])
    (g,) = pulled_back(OPS["max"], np.array([6.0, 4.0]), a, axis=1)
    np.testing.assert_array_equal(g, [[2.0, 0.0, 2.0, 2.0], [0.0, 2.0, 2.0, 0.0]])
    (g,) = pulled_back(OPS["min"], np.asarray(1.0), np.zeros((2, 2)))
    np.testing.assert_array_equal(g, np.full((2, 2), 0.25))


def test_a_tie_in_a_window_goes_to_the_first_as_in_pytorch() -> None:
    image = np.ones((1, 1, 2, 4))
    (g,) = pulled_back(OPS["max_pool2d"], np.array([[[[5.0, 7.0]]]]), image, size=2)
    np.testing.assert_array_equal(g, [[[[5.0, 0.0, 7.0, 0.0], [0.0] * 4]]])


def test_overlapping_windows_add_up_where_they_overlap() -> None:
    image = np.arange(9.0).reshape(1, 1, 3, 3)
    upstream = np.ones((1, 1, 2, 2))
    (g,) = pulled_back(OPS["max_pool2d"], upstream, image, size=2, stride=1)
    np.testing.assert_array_equal(g[0, 0], [[0, 0, 0], [0, 1, 1], [0, 1, 1]])


# --- networks, whole ----------------------------------------------------------------------------

RNG = np.random.default_rng(7)


def numbers(*shape: int) -> list[Any]:
    return np.round(RNG.normal(size=shape), 3).tolist()


ROWS, CLASSES = numbers(5, 4), [0.0, 2.0, 1.0, 2.0, 0.0]
IMAGES = numbers(3, 2, 6, 5)

NETWORKS = {
    "softmax classifier": Sketch(
        "z = tanh(x @ W) @ V + b\nloss = cross_entropy(z, y)",
        {"W": numbers(4, 5), "V": numbers(5, 3), "b": numbers(3)},
        {"x": ROWS, "y": CLASSES},
    ),
    "a classifier in one line": Sketch(
        "loss = cross_entropy(x @ W + b, y)",
        {"W": numbers(4, 3), "b": numbers(3)},
        {"x": ROWS, "y": CLASSES},
    ),
    "log probabilities": Sketch(
        "p = log_softmax(x @ W)\nloss = nll(p, y) + mean(softmax(x @ W, axis=0)**2)",
        {"W": numbers(4, 3)},
        {"x": ROWS, "y": CLASSES},
    ),
    "the largest of each": Sketch(
        "h = x @ W\na = max(h, axis=1)\nb = min(h, axis=0, keepdims=True)\n"
        "loss = mean(a**2) + sum(b * h) + max(h)",
        {"W": numbers(4, 3)},
        {"x": ROWS},
    ),
    "slices": Sketch(
        "h = x @ W\na = h[:, 0] * h[:, -1]\nb = h[..., 1:] - h[:, :2]\nc = W[::2, None] + W[1]\n"
        "loss = mean(a) + sum(b * b) + mean(c**2)",
        {"W": numbers(4, 3)},
        {"x": ROWS},
    ),
    "joined": Sketch(
        "h = concat(x @ W, x, u, axis=1)\nv2 = concat(v, v * 2)\nloss = mean(h * h) + sum(v2 * v2)",
        {"W": numbers(4, 3), "u": numbers(5, 1), "v": numbers(3)},
        {"x": ROWS},
    ),
    "new shapes": Sketch(
        "a = reshape(x @ W, -1, 3, 1)\nb = reshape(W.T, (2, 6))\nc = transpose(a, axes=(2, 0, 1))\n"
        "d = (b @ b.T).T\nloss = mean(c * c) + sum(tanh(d) * 2)",
        {"W": numbers(4, 3)},
        {"x": ROWS},
    ),
    "a convolution": Sketch(
        "c = conv2d(x, w, padding=1, stride=2)\nh = relu(c + b[:, None, None])\n"
        "p = max_pool2d(h, 2, 1)\nf = reshape(p, -1, 16)\nloss = mean(f * f)",
        {"w": numbers(4, 2, 3, 3), "b": [0.5, 1.0, 2.0, -0.25]},
        {"x": IMAGES},
    ),
    "two convolutions": Sketch(
        "c = conv2d(x, w)\nd = conv2d(c, v, stride=(1, 2))\nloss = mean(d * d)",
        {"w": numbers(3, 2, 2, 2), "v": numbers(2, 3, 2, 2)},
        {"x": IMAGES},
    ),
    "a normalised layer": Sketch(
        "n = layer_norm(x @ W, g, b)\nloss = mean(n**3)",
        {"W": numbers(4, 3), "g": [1.0, 2.0, 0.5], "b": numbers(3)},
        {"x": ROWS},
    ),
    "embedded": Sketch(
        "e = embedding(T, i)\nh = reshape(e, -1, 6)\nloss = mean(h**2 * k)",
        {"T": numbers(6, 3)},
        {"i": [[1.0, 5.0], [1.0, 0.0]], "k": numbers(2, 6)},
    ),
    "attention": Sketch(
        "q = x @ Q\nk = x @ K\nv = x @ V\ns = q @ transpose(k, axes=(0, 2, 1)) / 2\n"
        "a = softmax(s) @ v\nloss = mean(a * a)",
        {"Q": numbers(4, 4), "K": numbers(4, 4), "V": numbers(4, 4)},
        {"x": numbers(2, 3, 4)},
    ),
    "every bend": Sketch(
        "h = x @ W\na = gelu(h) + silu(h) * softplus(h)\n"
        "b = elu(h, 1.5) + leaky_relu(h, slope=0.2)\n"
        "c = log1p(h * h) - expm1(h)\nloss = mean(a * b) + mean(c)",
        {"W": numbers(4, 3)},
        {"x": ROWS},
    ),
    "losses of numbers": Sketch(
        "g = x @ w\nloss = mse(g, y) + mae(g, y) + huber(g, y, delta=0.5)",
        {"w": numbers(4)},
        {"x": ROWS, "y": CLASSES},
    ),
    "losses of probabilities": Sketch(
        "z = x @ w\np = sigmoid(z)\nloss = bce(p, y) + bce_with_logits(z, y)",
        {"w": numbers(4)},
        {"x": ROWS, "y": [0.0, 1.0, 1.0, 0.0, 1.0]},
    ),
    "an LSTM cell": Sketch(
        "g = concat(x, h, axis=1) @ W + b\ni = sigmoid(g[:, :2])\nf = sigmoid(g[:, 2:4])\n"
        "o = sigmoid(g[:, 4:6])\nc = f * m + i * tanh(g[:, 6:])\nloss = mean((o * tanh(c))**2)",
        {"W": numbers(6, 8), "b": numbers(8)},
        {"x": ROWS, "h": numbers(5, 2), "m": numbers(5, 2)},
    ),
    "dropout": Sketch(
        "h = tanh(x @ W)\na = dropout(h, 0.25)\nloss = mean(a * a) + mean(dropout(h * 2) * h)",
        {"W": numbers(4, 3)},
        {"x": ROWS},
    ),
}

networks = pytest.mark.parametrize("sketch", NETWORKS.values(), ids=NETWORKS)


def after_one_iteration(sketch: Sketch) -> Debugger:
    debugger = Debugger(sketch.opened())
    debugger.goto(f".{debugger.calendar.events}")
    return debugger


def executed(debugger: Debugger) -> dict[str, Any]:
    """Every name after running the listing's lines as NumPy, up to the update."""
    state, graph = debugger.state, debugger.graph
    names: dict[str, Any] = {
        graph[node].name: np.array(value) for node, value in state.record.leaves.items()
    }
    masks = {n.name: np.asarray(state.value(n.id)) for n in graph.ops if n.op and n.op.random}
    in_order = iter(masks.values())
    calls = {**FUNCTIONS, "dropout": lambda a, p=0.5: a * next(in_order), "N": 0}
    for node in graph.nodes:
        if node.kind == "data":
            calls["N"] = len(names[node.name])
    for line in debugger.listing.lines:
        if line.phase.value in ("forward", "backward"):
            exec(line.text, {"__builtins__": {}, **calls, **masks}, names)
    return names


@networks
def test_the_lines_of_a_network_compute_what_the_engine_does(sketch: Sketch) -> None:
    debugger = after_one_iteration(sketch)
    names = executed(debugger)
    for name, node in debugger.graph.named.items():
        for key, wanted in (
            (name, debugger.state.value(node) if debugger.graph[node].op else None),
            (f"d_{name}", debugger.state.gradient(node)),
        ):
            if wanted is not None:
                assert np.shape(names[key]) == np.shape(wanted), key
                np.testing.assert_allclose(names[key], wanted, rtol=1e-10, atol=1e-13, err_msg=key)


@networks
def test_the_gradients_of_a_network_are_what_differences_measure(sketch: Sketch) -> None:
    debugger = after_one_iteration(sketch)
    state, graph = debugger.state, debugger.graph
    before = {n.name: np.array(state.record.leaves[n.id]) for n in graph.parameters}
    for n in graph.parameters:
        gradient = state.gradient(n.id)
        assert gradient is not None
        index = tuple(np.array(gradient.shape) - 1)
        ends = []
        for h in (1e-6, -1e-6):
            moved = {name: value.copy() for name, value in before.items()}
            moved[n.name][index] += h
            ends.append(after_one_iteration(
                Sketch(sketch.formulas, moved, sketch.data)
            ).state.record.loss)  # fmt: skip
        slope = (ends[0] - ends[1]) / 2e-6
        assert gradient[index] == pytest.approx(slope, rel=1e-5, abs=1e-7)


@networks
def test_the_chain_rule_through_a_network_adds_up(sketch: Sketch) -> None:
    state = after_one_iteration(sketch).state
    for level in ("formula", "op"):
        for n in state.graph.parameters:
            rule = chain_rule(state, n.id, level)
            assert rule.gradient is not None
            if rule.omitted == 0:
                total = sum(np.asarray(path.product) for path in rule.paths)
                np.testing.assert_allclose(total, rule.gradient, rtol=1e-9, atol=1e-12)


@networks
def test_a_network_can_be_traced(sketch: Sketch) -> None:
    run = Debugger(sketch.opened()).run
    assert len(list(trace_lines(run, 1, run.calendar.events))) == run.calendar.events + 1


@networks
def test_every_event_of_a_network_can_be_told(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    for event in range(1, debugger.calendar.events + 1):
        debugger.goto(f".{event}")
        report = debugger.report()
        assert report.substituted(lambda node, value: "0") is not None


def lines(formulas: str, *names: str) -> list[str]:
    """The backward lines of a formula in x (4 × 3), w (3), i (4), whose result is `h`."""
    rows = np.arange(12.0).reshape(4, 3).tolist()
    sketch = Sketch(
        formulas + "\nloss = mean(h * h)",
        {"w": [1.0, 2.0, 3.0], "T": rows},
        {"x": rows, "i": [0.0, 1.0, 2.0, 3.0]},
    )
    listing = Debugger(sketch.opened()).listing
    found = (line.text for line in listing.lines if line.phase.value == "backward")
    return [text for text in found if text.split()[0].removeprefix("d_") in names]


@pytest.mark.parametrize(
    ("formula", "line"),
    [
        (
            "h = softmax(x * w)",
            "d_w = sum((d_h - sum(d_h * h, axis=-1, keepdims=True)) * h * x, axis=0)",
        ),
        ("h = leaky_relu(w)", "d_w = d_h * where(w > 0, 1, 0.01)"),
        ("h = gelu(w)", "d_w = d_h * (normal_cdf(w) + w * normal_pdf(w))"),
        ("h = softplus(w)", "d_w = d_h * sigmoid(w)"),
        ("h = log1p(w)", "d_w = d_h / (1 + w)"),
        ("h = w[1:]", "d_w = unslice(d_h, s_[1:], (3,))"),
        ("h = w[:, None]", "d_w = d_h.reshape(3)"),
        ("h = concat(w, 2 * w)", "d_w = d_h[:3] + d_h[3:] * 2"),
        ("h = max(w)", "d_w = d_h * (w == h) / sum(w == h)"),
        ("h = mse(w, 1)", "d_w = d_h * 2/3 * (w - 1)"),
        ("h = mae(w, 1)", "d_w = d_h / 3 * sign(w - 1)"),
        ("h = huber(w, 1, 0.5)", "d_w = d_h / 3 * clip(w - 1, -0.5, 0.5)"),
        ("h = dropout(w)", "d_w = d_h * h_mask"),
    ],
)  # fmt: skip
def test_a_line_reads_as_a_person_would_write_it(formula: str, line: str) -> None:
    assert lines(formula, "w") == [line]


def test_the_classifier_s_line_is_softmax_less_the_truth() -> None:
    listing = Debugger(NETWORKS["softmax classifier"].opened()).listing
    texts = [line.text for line in listing.lines]
    assert "d_z = d_loss / N * (softmax(z) - one_hot(y, 3))" in texts


def test_rows_flow_back_to_their_table() -> None:
    assert lines("h = embedding(T, i)", "T") == ["d_T = scatter_rows(d_h, i, 4)"]


def test_what_forward_and_backward_pass_share_is_computed_once() -> None:
    debugger = Debugger(NETWORKS["a classifier in one line"].opened())
    (program,) = debugger.run.programs.values()
    functions = [getattr(call, "func", None) for call in program.calls]
    assert functions.count(np.exp) == 1


# --- dropout ------------------------------------------------------------------------------------


def masks_of(p: float, seed: int, epoch: int, iteration: int, node: int = 3) -> Any:
    mask = np.empty((40, 50))
    drawn(mask, p, seed, epoch, iteration, node)
    return mask


def test_a_mask_is_a_function_of_its_address() -> None:
    addresses = [(0, 1, 1, 3), (1, 1, 1, 3), (0, 2, 1, 3), (0, 1, 2, 3), (0, 1, 1, 4)]
    masks = [masks_of(0.5, *address).tobytes() for address in addresses]
    assert len(set(masks)) == len(masks)
    assert masks == [masks_of(0.5, *address).tobytes() for address in addresses]


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
def test_a_mask_drops_its_share_and_scales_what_it_keeps(p: float) -> None:
    mask = masks_of(p, 0, 1, 1)
    assert set(np.unique(mask)) <= {0.0, 1.0 / (1.0 - p)}
    assert np.mean(mask == 0.0) == pytest.approx(p, abs=0.04)


def test_the_program_s_masks_are_drawn_before_its_calls() -> None:
    debugger = Debugger(NETWORKS["dropout"].opened())
    (program,) = debugger.run.programs.values()
    assert [(debugger.graph[m.node].name, m.p) for m in program.masks] == [
        ("a_mask", 0.25),
        ("loss_mask", 0.5),
    ]
    program.draw(0, 1, 1)
    first = [mask.array.copy() for mask in program.masks]
    program.draw(0, 1, 2)
    assert any((a != m.array).any() for a, m in zip(first, program.masks, strict=True))
    program.draw(0, 1, 1)
    for wanted, mask in zip(first, program.masks, strict=True):
        np.testing.assert_array_equal(mask.array, wanted)


def test_no_gradient_flows_to_a_mask() -> None:
    graph = NETWORKS["dropout"].opened().graph
    assert not any(graph[i].op and graph[i].op.random for i in graph.differentiated)  # pyright: ignore


# --- indices ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wrong", "place"), [(3.0, 2), (-1.0, 3), (0.5, 1), (float("nan"), 4)])
def test_an_index_outside_the_table_is_refused_before_anything_runs(
    wrong: float, place: int
) -> None:
    indices = [0.0, 1.0, 2.0, 0.0]
    indices[place - 1] = wrong
    sketch = Sketch("h = embedding(T, i)\nloss = mean(h)", {"T": [1.0, 2.0, 3.0]}, {"i": indices})
    with pytest.raises(DataError) as caught:
        sketch.opened()
    assert f"embedding cannot take {wrong:g} from 'i' (entry {place}) as a row" in str(caught.value)
    assert "there are 3: whole numbers from 0 to 2" in str(caught.value)


def test_a_class_that_no_score_stands_for_is_refused() -> None:
    sketch = Sketch("loss = cross_entropy(x * w, y)", {"w": 1.0}, {"x": [[1.0, 2.0]], "y": [2.0]})
    with pytest.raises(DataError, match="as a class"):
        sketch.opened()


def test_a_computed_index_is_checked_when_it_is_computed() -> None:
    sketch = Sketch("h = embedding(T, i + 1)\nloss = mean(h)", {"T": [1.0, 2.0]}, {"i": [0.0, 1.0]})
    with pytest.raises(DataError, match="embedding cannot take 2"):
        after_one_iteration(sketch)


def test_a_parameter_that_is_only_an_index_has_no_gradient() -> None:
    sketch = Sketch("loss = mean(embedding(T, k)**2)", {"T": [1.0, 2.0], "k": 1.0})
    graph = sketch.opened().graph
    assert graph.named["k"] not in graph.differentiated
    assert graph.named["T"] in graph.differentiated


# --- shapes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "message", "hint"),
    [
        ("conv2d(x, w)", "conv2d cannot take shapes (2, 3) and (2, 3): images are", "reshape(x"),
        ("conv2d(I, K)", "2 channels against kernels for 3", "reshape"),
        ("conv2d(I, L)", "a window of 5 × 1 is larger than the image", "reshape"),
        ("max_pool2d(I, 5)", "a window of 5 × 5 is larger than the image", "reshape"),
        ("max_pool2d(x, 2)", "images have four axes", "reshape"),
        ("layer_norm(r, x, r)", "they must fit (3,) as it is", "one number for each"),
        ("mse(c, a)", "shapes (2, 1) and (2,): every prediction wants its own", "p[:, 0]"),
        ("cross_entropy(x, c)", "the classes of such scores have shape (2,)", "classes[:, 0]"),
        ("concat(x, c)", "they may differ along axis 0 only", "axis="),
        ("reshape(x, 4, -1)", "(2, 3) as (4, -1): 6 numbers do not fill it", "-1"),
        ("transpose(x, (0, 0))", "each has to be named once", "axes=(0, 2, 1)"),
        ("x[2]", "[ ] cannot take index 2: axis 0 has 2, counted from 0", "from the end"),
        ("x[:, -4]", "index -4: axis 1 has 3", "from the end"),
        ("x[:, 1:9]", "slice 1:9: axis 1 has 3", "from the end"),
        ("x[1:1]", "slice 1:1: nothing of axis 0 is in it", "from the end"),
        ("x[0, 0, 0]", "3 indices: an array of this shape has only 2 axes", "from the end"),
        (
            "softmax(x, axis=2)",
            "softmax cannot take axis 2: the array has axes 0 to 1",
            "count axes",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_told_with_a_way_out(
    formula: str, message: str, hint: str
) -> None:
    sketch = Sketch(
        f"h = {formula}\nloss = mean(h)",
        {"w": [[1.0] * 3] * 2},
        constants={
            "x": [[1.0, 2.0, 3.0]] * 2,
            "c": [[0.0]] * 2,
            "a": [0.0, 1.0],
            "r": [0.0, 1.0, 2.0],
            "I": np.ones((1, 2, 4, 4)).tolist(),
            "K": np.ones((1, 3, 2, 2)).tolist(),
            "L": np.ones((1, 2, 5, 1)).tolist(),
        },
    )
    with pytest.raises(ShapeError) as caught:
        sketch.opened()
    assert message in str(caught.value)
    assert hint in str(caught.value)
    assert "^" in str(caught.value)


def test_the_batch_keeps_its_name_through_a_reshape() -> None:
    samples = np.ones((3, 2, 2)).tolist()
    formulas = "h = reshape(x, -1, 4) * w\nloss = mean(h[:, 0])"
    sketch = Sketch(formulas, {"w": 1.0}, {"x": samples})
    texts = [line.text for line in Debugger(sketch.opened()).listing.lines]
    assert any("/ N" in text for text in texts)
