"""The listing: lines that a person could have written, and that compute what the engine does."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import Debugger, Phase, open_lesson
from tests.engine.numpy_language import FUNCTIONS, LISTING_FUNCTIONS, executed
from tests.strategies import TWO_LAYERS, Sketch, sketches

BATCH_DATA = {"x": [[1.0, -2.0, 0.5], [0.25, 1.5, -1.0]], "y": [1.0, -0.5]}

BY_HAND = {
    "the lecture's network": TWO_LAYERS,
    "a matrix product": Sketch(
        "h = tanh(x @ W + b)\ng = h @ v\nloss = mean((g - y)**2)",
        {"W": [[0.1, 0.2], [-0.3, 0.4], [0.5, -0.6]], "b": [0.1, -0.1], "v": [0.7, -0.8]},
        BATCH_DATA,
    ),
    "a matrix product of two parameters": Sketch(
        "P = A @ B\nloss = sum(P * P.T)",
        {"A": [[1.0, 2.0], [3.0, 4.0]], "B": [[0.5, -1.0], [0.25, 2.0]]},
    ),
    "an inner and an outer matrix": Sketch(
        "a = u @ M\nb = M @ u\nc = u @ b\nloss = sum(a * b) + c",
        {"M": [[1.0, 2.0], [3.0, 4.0]], "u": [0.5, -1.0]},
    ),
    "fan-out": Sketch(
        "a = w * x\nb = a * a\nc = a + b\nd = c * a - b\nloss = mean(d * d + a)",
        {"w": 0.75},
        {"x": [1.0, -2.0, 0.5]},
    ),
    "one name often in one formula": Sketch(
        "loss = mean(w * x * x + w * x + w / x - w * w)", {"w": 0.75}, {"x": [1.0, -2.0, 0.5]}
    ),
    "powers of one name that differ only in sign and size": Sketch(
        "loss = mean(w * x**-1 + w * x**-2)", {"w": 0.75}, {"x": [1.0, -2.0, 0.5]}
    ),
    "terms that cancel": Sketch(
        "loss = mean(0 * w * x + 3 * w * x + w - w)", {"w": 0.75}, {"x": [1.0, -2.0, 0.5]}
    ),
    "a maximum and its kinks": Sketch(
        "a = max(w * x, 0.5)\nb = min(a, v)\nc = relu(w - x)\nloss = sum(abs(b) + c + max(w, x))",
        {"w": 0.5, "v": 0.75},
        {"x": [1.0, 2.0, 0.5, -3.0]},
    ),
    "a choice": Sketch(
        "a = where(m, w * x, v)\nloss = mean(a**2)",
        {"w": 0.5, "v": 0.75},
        {"x": [1.0, 2.0, 0.5], "m": [1.0, 0.0, 1.0]},
    ),
    "powers": Sketch(
        "a = w**2 + v**3 + w**-1 + w**0.5 + w**1\nb = x**v\nc = v**w\n"
        "loss = mean(a + b + c + 2**w)",
        {"w": 1.5, "v": 0.75},
        {"x": [1.0, 2.0, 0.5]},
    ),
    "every function": Sketch(
        "a = exp(w * x) + log(2 + w) + sqrt(w) + abs(w - 1)\n"
        "b = sin(a) * cos(w) + tan(w) + tanh(a) * sigmoid(w * x)\nloss = mean(a * b)",
        {"w": 0.5},
        {"x": [1.0, -2.0, 0.5]},
    ),
    "reductions over an axis": Sketch(
        "m = mean(x * w, axis=0)\ns = sum(x * w, axis=1)\nk = mean(x * w, axis=1, keepdims=True)\n"
        "c = x * w - m\nd = c / (1 + k * k)\nloss = mean(d * d) + mean(s**2)",
        {"w": [0.5, 1.0, -0.5]},
        BATCH_DATA,
    ),
    "broadcasting of every kind": Sketch(
        "a = s + r * c\nb = a * x + x * r\nloss = mean(b * b) + sum(r) + mean(c)",
        {"s": 0.5, "r": [1.0, -2.0, 0.5], "c": [[0.25]]},
        BATCH_DATA,
    ),
    "a column and a row": Sketch(
        "G = c * r\nloss = sum(G * G * k)",
        {"c": [[1.0], [2.0]], "r": [0.5, -1.0, 2.0]},
        constants={"k": 0.5},
    ),
    "quotients": Sketch(
        "a = w / x\nb = 1 / (a - v)\nc = -a / b / 2\nloss = mean(c - (a - b) / (v * v))",
        {"w": 1.5, "v": 4.0},
        {"x": [1.0, 2.0, 0.5]},
    ),
    "a value that is only renamed": Sketch(
        "a = w\nb = a\nc = b.T\nloss = mean(a * x + b + c)", {"w": 1.5}, {"x": [1.0, 2.0]}
    ),
    "a sum that spreads one number": Sketch("loss = sum(w * x)", {"w": 1.5}, {"x": [1.0, 2.0]}),
    "a parameter spread before it is summed": Sketch(
        "a = sum(p + x, axis=1, keepdims=True)\nb = mean(q + x, axis=0)\nc = sum(q * x + r)\n"
        "loss = mean(a) + mean(b * b) + c",
        {"p": 0.5, "q": [1.0, 2.0, 3.0], "r": 0.25},
        BATCH_DATA,
    ),
    "a number summed over the samples it was spread to": Sketch(
        "a = sum(p / (2 + y))\nb = a * y\nloss = mean(a + b) + mean(2**p)", {"p": 0.5}, BATCH_DATA
    ),
    "a mean of a parameter": Sketch(
        "loss = mean(W) + sum(V)", {"W": [[1.0, 2.0], [3.0, 4.0]], "V": [1.0, 2.0]}
    ),
    "a batch of one sample": Sketch(
        "h = w * x\nloss = mean((h - y)**2)", {"w": 1.5}, {"x": [2.0], "y": [1.0]}
    ),
    "a loss inside the program": Sketch(
        "h = w * x\nloss = mean(h**2)\nafter = loss * h + w",
        {"w": 1.5},
        {"x": [2.0, 3.0]},
        training={"loss": "loss"},
    ),
    "going up the gradient": Sketch(
        "loss = w * v", {"w": 1.5, "v": 2.0}, training={"maximize": True}
    ),
    "a parameter that is not trained": Sketch(
        "loss = w * v", {"w": 1.5, "v": {"value": 2.0, "trainable": False}}
    ),
}


def assert_the_lines_compute_what_the_engine_does(
    sketch: Sketch, *, verbatim: bool = False
) -> None:
    experiment = sketch.opened()
    debugger = Debugger(experiment)
    debugger.goto(f".{debugger.calendar.events}")
    state, graph = debugger.state, debugger.graph
    lines = [line.text for line in debugger.listing.lines]
    batch = {n.name: state.record.leaves[n.id] for n in graph.nodes if n.kind == "data"}
    names = executed(
        lines,
        parameters=experiment.leaves,
        batch=batch,
        learning_rate=experiment.training.options["learning_rate"],
        verbatim=verbatim,
    )
    listing = "\n".join(lines)
    for name, node in graph.named.items():
        pairs = [(name, state.value(node)), (f"d_{name}", state.gradient(node))]
        for key, wanted in pairs:
            if wanted is None:
                assert key not in names, f"{key} has no value in the engine\n{listing}"
                continue
            got = np.asarray(names[key], dtype=float)
            assert got.shape == wanted.shape, f"{key}: {got.shape} for {wanted.shape}\n{listing}"
            np.testing.assert_allclose(
                got, wanted, rtol=1e-12, atol=1e-12, err_msg=f"{key}\n{listing}"
            )


# --- the lecture --------------------------------------------------------------------------------


def test_the_lecture_s_listing_is_written_as_a_person_would() -> None:
    listing = Debugger(open_lesson("two-layer")).listing
    assert [f"{line.number:2} {line.phase:8} {line.text}" for line in listing.lines] == [
        " 1 batch    x, y = next(batches)",
        " 2 forward  h = w1 * x + b1",
        " 3 forward  g = w2 * h + b2",
        " 4 forward  loss = mean((y - g)**2)",
        " 5 backward d_loss = 1",
        " 6 backward d_g = d_loss * -2/N * (y - g)",
        " 7 backward d_b2 = sum(d_g)",
        " 8 backward d_w2 = sum(d_g * h)",
        " 9 backward d_h = d_g * w2",
        "10 backward d_b1 = sum(d_h)",
        "11 backward d_w1 = sum(d_h * x)",
        "12 update   w1 -= lr * d_w1",
        "13 update   b1 -= lr * d_b1",
        "14 update   w2 -= lr * d_w2",
        "15 update   b2 -= lr * d_b2",
    ]


def test_the_chain_rule_s_listing_is_written_as_a_person_would() -> None:
    listing = Debugger(open_lesson("chain-rule")).listing
    assert [line.text for line in listing.lines] == [
        "# no data to load",
        "g = x**2",
        "f = cos(g)",
        "d_f = 1",
        "d_g = -d_f * sin(g)",
        "d_x = d_g * 2 * x",
        "x -= lr * d_x",
    ]


# --- events on lines ------------------------------------------------------------------------------


def assert_events_and_lines_fit(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    graph, listing = debugger.graph, debugger.listing
    assert [line.number for line in listing.lines] == [*range(1, len(listing.lines) + 1)]
    assert [step.index for step in listing.steps] == [*range(1, len(listing.steps) + 1)]
    for step in listing.steps:
        line = listing.line(step.line)
        assert line.phase is step.phase
    assert {step.line for step in listing.steps} == {line.number for line in listing.lines}
    # Every op is computed once, every edge flows once, every trained parameter changes once.
    forward = [s.node for s in listing.steps if s.phase is Phase.FORWARD]
    assert forward == [n.id for n in graph.ops]
    edges = Counter((s.source, s.operand) for s in listing.steps if s.source is not None)
    assert set(edges.values()) <= {1}
    assert edges.keys() == {
        (n.id, position)
        for n in graph.ops
        for position, operand in enumerate(n.operands)
        if n.id in graph.differentiated and operand in graph.differentiated
    }
    updates = [s.node for s in listing.steps if s.phase is Phase.UPDATE]
    assert updates == [
        n.id for n in graph.parameters if n.trainable and n.id in graph.differentiated
    ]


@given(sketches(smooth=False))
def test_every_event_belongs_to_exactly_one_line_and_every_line_has_one(sketch: Sketch) -> None:
    assert_events_and_lines_fit(sketch)


@pytest.mark.parametrize("sketch", BY_HAND.values(), ids=BY_HAND.keys())
def test_events_and_lines_of_programs_written_by_hand_fit(sketch: Sketch) -> None:
    assert_events_and_lines_fit(sketch)


@given(sketches(smooth=False))
def test_the_order_of_events_is_the_one_that_the_format_promises(sketch: Sketch) -> None:
    steps = Debugger(sketch.opened()).listing.steps
    order = [Phase.BATCH, Phase.FORWARD, Phase.BACKWARD, Phase.UPDATE]
    assert [s.phase for s in steps] == sorted((s.phase for s in steps), key=order.index)
    backward = [s for s in steps if s.phase is Phase.BACKWARD]
    assert [s.is_seed for s in backward] == [True] + [False] * (len(backward) - 1)
    keys = [(-(s.source or 0), s.operand or 0) for s in backward[1:]]
    assert keys == sorted(keys)


@given(sketches(smooth=False))
def test_a_gradient_is_complete_before_it_flows_on(sketch: Sketch) -> None:
    listing = Debugger(sketch.opened()).listing
    for step in listing.steps:
        if step.source is not None:
            assert max(listing.gradient_steps[step.source]) < step.index


@given(sketches(smooth=False))
def test_the_first_line_of_a_gradient_assigns_it_and_later_ones_add(sketch: Sketch) -> None:
    listing = Debugger(sketch.opened()).listing
    seen: set[str] = set()
    for line in listing.lines:
        if line.phase is Phase.BACKWARD:
            name, sign, *_ = line.text.split()
            assert sign == ("+=" if name in seen else "=")
            seen.add(name)


# --- the lines as a program -----------------------------------------------------------------------


@pytest.mark.parametrize("sketch", BY_HAND.values(), ids=BY_HAND.keys())
def test_running_the_lines_as_python_computes_what_the_engine_does(sketch: Sketch) -> None:
    assert_the_lines_compute_what_the_engine_does(sketch)


@pytest.mark.parametrize("lesson", ["chain-rule", "two-layer", "two-layer-csv"])
def test_running_a_lesson_s_lines_as_python_computes_what_the_engine_does(lesson: str) -> None:
    experiment = open_lesson(lesson)
    debugger = Debugger(experiment)
    events = debugger.calendar.events
    parameters = dict(experiment.leaves)
    for step in range(4):
        state = debugger.run.state((step + 1) * events)
        data = [n for n in debugger.graph.nodes if n.kind == "data"]
        names = executed(
            [line.text for line in debugger.listing.lines],
            parameters=parameters,
            batch={n.name: state.record.leaves[n.id] for n in data},
            learning_rate=experiment.training.options["learning_rate"],
        )
        parameters = {n.name: names[n.name] for n in debugger.graph.parameters}
        for node in debugger.graph.parameters:
            assert parameters[node.name] == pytest.approx(state.value(node.id), rel=1e-12)


@given(sketches(smooth=False))
@example(Sketch("f0 = p0 * x\nf1 = p0 + f0\nloss = mean(f1) + mean(f0)", {"p0": 1.0},
                {"x": [[1.0, 2.0, 3.0]]}))  # fmt: skip
def test_running_a_random_program_s_lines_computes_what_the_engine_does(sketch: Sketch) -> None:
    assert_the_lines_compute_what_the_engine_does(sketch)


@pytest.mark.parametrize(
    "sketch",
    [
        Sketch(
            "h = w * x\nk = v * x\nm = h * k\ng = h + k\nloss = mean(g**2) + mean(m)",
            {"w": 0.5, "v": 2.0},
            {"x": [1.0, -2.0, 0.5]},
        ),
        TWO_LAYERS,
        BY_HAND["fan-out"],
    ],
    ids=["two values that share a sum's gradient", "two layers", "fan-out"],
)
def test_the_lines_are_right_to_the_letter_also_where_plus_equals_adds_in_place(
    sketch: Sketch,
) -> None:
    # In NumPy `d_h = d_g` names one array twice, and `d_h += …` then changes d_g too.
    assert_the_lines_compute_what_the_engine_does(sketch, verbatim=True)


def test_counts_are_called_n_where_they_are_the_batch() -> None:
    text = Sketch("loss = mean(w * x)", {"w": [1.0, 2.0]}, {"x": [[1.0, 2.0]] * 3})
    lines = [line.text for line in Debugger(text.opened()).listing.lines]
    assert "(2*N)" in lines[3]


def test_the_functions_of_a_listing_are_numpy_s() -> None:
    for name in set(LISTING_FUNCTIONS) - {"sigmoid", "relu", "where", "max", "min"}:
        assert LISTING_FUNCTIONS[name] is getattr(np, name)
    assert set(FUNCTIONS) < set(LISTING_FUNCTIONS)


@given(st.data())
def test_lines_stay_in_the_order_in_which_they_are_complete(data: st.DataObject) -> None:
    listing = Debugger(data.draw(sketches(smooth=False)).opened()).listing
    last = {step.line: step.index for step in listing.steps}
    assert all(last[a] < last[b] for a, b in pairwise(sorted(last)))
