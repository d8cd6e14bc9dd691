"""Random networks of every kind of layer, trained in every way: the same bits however one looks.

Matrices, softmax and cross entropy, dropout, layer_norm, convolution and pooling, embedding,
slices and concatenation; every optimizer with its options, schedules, clipping, shuffled and
short batches, test data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Debugger, Unit, trace_lines
from engine.optimizers import OPTIMIZERS
from tests.engine.states import fresh_bits, history_bits, state_bits
from tests.strategies import Sketch

TINY, LARGE = 1, 2**26
"""Budgets in bytes: one that leaves hardly a keyframe, and one that leaves all of them."""

slowly = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])

# --- random networks ------------------------------------------------------------------------------

WIDTH, CLASSES, ROWS = 4, 3, 5
"""Numbers a sample has between two layers, classes, and rows of the embedded table."""


def layer(kind: str, i: int, before: str) -> tuple[list[str], dict[str, Any]]:
    """The formulas of one layer from ``(samples, WIDTH)`` to the same, and its parameters."""
    out, w, b = f"h{i}", f"W{i}", f"b{i}"
    matrix = {w: {"shape": [WIDTH, WIDTH], "init": "glorot_uniform"}}
    bias = {b: {"shape": [WIDTH], "init": "normal", "std": 0.1}}
    match kind:
        case "tanh" | "relu" | "gelu" | "silu" | "sigmoid" | "softplus":
            return [f"{out} = {kind}({before} @ {w} + {b})"], matrix | bias
        case "norm":
            gain = {w: {"shape": [WIDTH], "init": "ones"}}
            return [f"{out} = layer_norm({before}, {w}, {b})"], gain | bias
        case "dropout":
            return [f"{out} = dropout({before} * {b}, 0.3)"], bias
        case "residual":
            return [f"{out} = {before} + tanh({before} @ {w})"], matrix
        case "slices":
            parts = [f"{out}a = {before}[:, :2] * {b}[2:]", f"{out}b = {before}[:, -2:]"]
            return [*parts, f"{out} = concat({out}b, {out}a, axis=1)"], bias
        case "gated":
            text = f"{out} = where({before} - 0.1, maximum({before}, {b}), {before} / 2)"
            return [text], bias
        case "attention":
            scores = f"{out}s = softmax({before}[:, :, None] * {before}[:, None, :] * {w})"
            return [scores, f"{out} = sum({out}s * {before}[:, None, :], axis=2)"], matrix
        case "convolution":
            kernel = {w: {"shape": [2, 1, 2, 2], "init": "normal", "std": 0.5}}
            lines = [
                f"{out}i = reshape({before}, -1, 1, 2, 2)",
                f"{out}c = conv2d({out}i, {w}, padding=1)",
                f"{out}p = max_pool2d({out}c, 2, 1)",
                f"{out} = reshape({out}p, -1, 8)[:, ::2] * {b}",
            ]
            return lines, kernel | bias
        case _:
            raise ValueError(kind)


LAYERS = ("tanh", "relu", "gelu", "silu", "sigmoid", "softplus", "norm", "dropout", "residual",
          "slices", "gated", "attention", "convolution")  # fmt: skip
HEADS = ("cross_entropy", "nll", "mse", "huber", "bce_with_logits")


@st.composite
def trained_networks(draw: st.DrawFn) -> Sketch:
    """A network of a few layers with a way to train it."""
    samples = draw(st.integers(3, 7))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    data: dict[str, Any] = {"x": rng.normal(size=(samples, WIDTH)).round(2)}
    lines, parameters, before = [], {}, "x"
    if draw(st.booleans()):
        data["word"] = rng.integers(0, ROWS, samples).astype(float)
        lines.append("e = x + embedding(T, word)")
        parameters["T"] = {"shape": [ROWS, WIDTH], "init": "normal"}
        before = "e"
    for i, kind in enumerate(draw(st.lists(st.sampled_from(LAYERS), min_size=1, max_size=3))):
        formulas, needs = layer(kind, i, before)
        lines += formulas
        parameters |= needs
        before = f"h{i}"
    head = draw(st.sampled_from(HEADS))
    if head in ("cross_entropy", "nll"):
        data["y"] = rng.integers(0, CLASSES, samples).astype(float)
        parameters["V"] = {"shape": [WIDTH, CLASSES], "init": "he_normal"}
        scores = f"{before} @ V" if head == "cross_entropy" else f"log_softmax({before} @ V)"
        lines += [f"z = {scores}", f"loss = {head}(z, y)"]
    else:
        data["y"] = rng.integers(0, 2, samples).astype(float)
        parameters["v"] = {"shape": [WIDTH], "init": "uniform", "low": -1.0}
        lines += [f"z = {before} @ v + c", f"loss = {head}(z, y)"]
        parameters["c"] = 0.1
    if draw(st.booleans()):
        data["test_fraction"] = 0.3
    training = draw(ways_to_train(samples))
    return Sketch("\n".join(lines), parameters, data, training=training)


def plenty(values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@st.composite
def ways_to_train(draw: st.DrawFn, samples: int) -> dict[str, Any]:
    """Everything that [training] may say."""
    name = draw(st.sampled_from(list(OPTIMIZERS)))
    chosen: dict[str, st.SearchStrategy[Any]] = {
        "weight_decay": plenty([0.0, 0.1]),
        "maximize": st.booleans(),
        "momentum": plenty([0.0, 0.9]),
        "dampening": plenty([0.0, 0.3]),
        "nesterov": st.booleans(),
        "lr_decay": plenty([0.0, 0.1]),
        "initial_accumulator_value": plenty([0.0, 0.5]),
        "alpha": plenty([0.99, 0.5]),
        "centered": st.booleans(),
        "betas": plenty([[0.9, 0.999], [0.5, 0.7]]),
        "amsgrad": st.booleans(),
        "eps": plenty([1e-8, 1e-3]),
    }
    training: dict[str, Any] = {"optimizer": name, "learning_rate": draw(plenty([0.01, 0.3]))}
    training |= {o: draw(s) for o, s in chosen.items() if o in OPTIMIZERS[name].options}
    if training.get("nesterov"):
        training |= {"momentum": 0.9, "dampening": 0.0}
    schedule = draw(
        plenty(
            [
                None,
                {"name": "step", "step_size": 2, "gamma": 0.5},
                {"name": "exponential", "gamma": 0.9},
                {"name": "cosine", "T_max": 5},
                {"name": "warmup", "total_iters": 3},
                {"name": "constant"},
            ]
        )
    )
    if schedule is not None:
        training["schedule"] = {**schedule, "unit": draw(plenty(["epoch", "iteration"]))}
    clip = draw(plenty([None, "clip_norm", "clip_value"]))
    if clip is not None:
        training[clip] = draw(plenty([0.05, 2.0]))
    # No batch may be larger than what a split leaves to train on.
    training["batch_size"] = draw(st.integers(1, max(1, samples - round(samples * 0.3))))
    training |= {key: draw(st.booleans()) for key in ("shuffle", "drop_last")}
    return training | {"epochs": draw(st.integers(2, 8)), "seed": draw(st.integers(0, 9))}


MOVES = st.lists(
    st.tuples(st.sampled_from(list(Unit)), st.sampled_from((1, 1, 2, 5, -1, -1, -2, -5))),
    max_size=10,
)
PLACES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5)


def ordinals(debugger: Debugger, places: list[float]) -> list[int]:
    return [1 + round(place * (debugger.calendar.total - 1)) for place in places]


# --- the same bits ----------------------------------------------------------------------------


@slowly
@given(trained_networks(), PLACES, MOVES, st.sampled_from((TINY, LARGE)))
def test_any_way_to_an_event_shows_the_bits_of_a_direct_jump(
    sketch: Sketch, places: list[float], moves: list[tuple[Unit, int]], memory: int
) -> None:
    experiment = sketch.opened()
    debugger = Debugger(experiment, memory=memory)
    for ordinal in ordinals(debugger, places):
        debugger.goto(ordinal)
        assert state_bits(debugger.state) == fresh_bits(experiment, debugger.at)
    for unit, by in moves:
        debugger.step(unit, by)
    assert state_bits(debugger.state) == fresh_bits(experiment, debugger.at)


@slowly
@given(trained_networks(), st.tuples(st.floats(0.0, 1.0), st.integers(0, 60)))
def test_a_stretch_of_the_trace_is_the_same_text_whenever_and_wherever_it_is_written(
    sketch: Sketch, stretch: tuple[float, int]
) -> None:
    tiny = Debugger(sketch.opened(), memory=TINY)
    large = Debugger(sketch.opened(), memory=LARGE)
    (first,) = ordinals(tiny, [stretch[0]])
    last = min(first + stretch[1], tiny.calendar.total)
    written = list(trace_lines(tiny.run, first, last))
    assert len(written) == last - first + 2
    tiny.end()
    assert list(trace_lines(tiny.run, first, last)) == written
    large.end()
    large.start()
    assert list(trace_lines(large.run, first, last)) == written


@slowly
@given(trained_networks(), st.sampled_from((TINY, LARGE)))
def test_two_runs_end_in_the_same_history_in_slices_or_at_once(sketch: Sketch, memory: int) -> None:
    whole, sliced = (Debugger(sketch.opened(), memory=memory) for _ in range(2))
    whole.end()
    while not sliced.run.advance(sliced.calendar.steps, 0.0):
        sliced.run.record(sliced.run.done // 2)
    sliced.end()
    assert history_bits(whole) == history_bits(sliced)
    assert whole.run.test_losses().values.tobytes() == sliced.run.test_losses().values.tobytes()
    assert state_bits(whole.state) == state_bits(sliced.state)


@slowly
@given(trained_networks())
def test_the_backward_pass_agrees_with_tangents_in_any_network(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    debugger.step("pass", 2)  # the end of the backward pass
    state, rng = debugger.state, np.random.default_rng(0)
    for p in debugger.graph.parameters:
        gradient = state.gradient(p.id)
        if gradient is None or not np.isfinite(gradient).all():
            continue
        direction = rng.normal(size=np.shape(gradient))
        slope = debugger.effects(p.id, direction)[-1].derivative
        wanted = float(np.sum(gradient * direction))
        scale = 1.0 + float(np.abs(gradient * direction).sum())
        assert abs(float(np.asarray(slope)) - wanted) <= 1e-9 * scale
