"""*Why*: reasons add up to what they explain, and planted faults are found where they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    AddressError,
    Debugger,
    Discovery,
    Kind,
    Reason,
    Target,
    TargetError,
    Why,
    open_lesson,
    parse_target,
    why_fields,
)
from engine.ops import Op
from engine.why import why
from engine.why.moment import Moment, OpAt
from engine.why.spikes import by_sample
from tests.engine.op_twins import (
    Settings,
    every_case,
    forward,
    pulled_back,
    sampled,
    sorted_settings,
)
from tests.engine.test_network_ops import NETWORKS, after_one_iteration, networks
from tests.experiments import EXPERIMENTS
from tests.strategies import TWO_LAYERS, Sketch, sketches


def shown(number: float) -> str:
    return f"{number:.5g}".replace("-", "−")


def found(answer: Why, kind: Discovery = Discovery.ZERO) -> list[str]:
    """The findings of a kind, as `address: sentence`."""
    return [f"{f.address}: {f.text(shown)}" for f in answer.findings if f.kind is kind]


def at_the_end(sketch: Sketch, iterations: int = 1) -> Debugger:
    """A debugger at the last event of an iteration, counted from 1 over the run."""
    debugger = Debugger(sketch.opened())
    debugger.goto(iterations * debugger.calendar.events)
    return debugger


# --- slopes of single ops -------------------------------------------------------------------------


def seen(op: Op, settings: Settings) -> OpAt:
    operands = sampled(op)
    out = np.array(forward(op, *operands, **settings), float)
    return OpAt(op, sorted_settings(settings), operands, out)


def some(shape: tuple[int, ...], most: int = 12) -> Iterator[tuple[int, ...]]:
    """Elements of an array of this shape: all where they are few, else some from all over."""
    size = int(np.prod(shape))
    for place in np.unique(np.linspace(0, size - 1, min(size, most)).astype(int)):
        yield tuple(int(i) for i in np.unravel_index(place, shape))


@every_case
def test_the_terms_of_a_gradient_sum_to_it_for_every_op(op: Op, settings: Settings) -> None:
    at = seen(op, settings)
    operands = [at.arrays[p] for p in range(len(at.shapes))]
    upstream = np.random.default_rng(1).normal(size=at.shape)
    wanted = pulled_back(op, upstream, *operands, **settings)
    for position, shape in enumerate(at.shapes):
        for index in some(shape):
            places, slopes = at.column(position, index)
            terms = slopes * upstream.reshape(-1)[places]
            scale = np.abs(terms).sum() + np.abs(upstream).max()
            assert abs(terms.sum() - wanted[position][index]) <= 1e-12 * scale


@every_case
def test_rows_and_columns_of_every_op_are_the_same_jacobian(op: Op, settings: Settings) -> None:
    at = seen(op, settings)
    for out_index in some(at.shape, 4):
        row = at.row(out_index)
        for position, (places, slopes) in enumerate(row):
            for place, slope in zip(places[:12], slopes[:12], strict=True):
                index = np.unravel_index(place, at.shapes[position])
                dense = np.zeros(at.shape)
                out_places, column = at.column(position, tuple(map(int, index)))
                dense.reshape(-1)[out_places] = column
                assert dense[out_index] == pytest.approx(slope, rel=1e-10, abs=1e-12)


@every_case
def test_the_products_of_a_linear_op_sum_to_its_value(op: Op, settings: Settings) -> None:
    at = seen(op, settings)
    for index in some(at.shape, 4):
        for position in at.linear:
            places, slopes = at.row(index)[position]
            terms = slopes * at.arrays[position].reshape(-1)[places]
            scale = np.abs(terms).sum() + 1e-300
            assert abs(terms.sum() - at.arrays[-1][index]) <= 1e-12 * scale
            for place, slope in zip(places[:12], slopes[:12], strict=True):
                element = tuple(int(i) for i in np.unravel_index(place, at.shapes[position]))
                partner = at.partner(position, element, index)
                if partner is not None:
                    other, where, factor = partner
                    assert at.arrays[other][where] * factor == pytest.approx(slope, rel=1e-12)


# --- every reason of random programs --------------------------------------------------------------


def assert_sound(debugger: Debugger, reason: Reason) -> None:
    """Sums add up, products multiply, and the event named really holds the number."""
    run = debugger.run
    for r in reason.walk():
        assert run.calendar.address(r.ordinal) == r.address
        state = run.state(r.ordinal)
        held: Any = None
        if r.kind in (Kind.VALUE, Kind.UPDATE):
            assert r.node is not None
            held = state.value(r.node)
        elif r.kind is Kind.GRADIENT:
            assert r.node is not None
            held = state.gradient(r.node)
        elif r.kind is Kind.CONTRIBUTION:
            held = state.contribution
        if held is not None:
            assert np.float64(np.asarray(held)[r.index]).tobytes() == np.float64(r.number).tobytes()
        else:
            assert r.kind not in (Kind.VALUE, Kind.UPDATE, Kind.GRADIENT, Kind.CONTRIBUTION)
        parts = [child for child in r.children if child.kind is not Kind.PENDING]
        amounts = [child.amount for child in parts]
        if parts and all(a is not None for a in amounts) and r.number is not None:
            scale = float(np.abs(np.array(amounts, float)).sum())
            assert abs(sum(a for a in amounts if a is not None) - r.number) <= 1e-12 * scale
        if r.kind is Kind.TERM and parts:
            product = np.prod(np.array([child.number for child in parts], float))
            assert product == pytest.approx(r.number, rel=1e-12, abs=1e-300)
        shares = [child.share for child in parts if child.share is not None]
        assert all(0 <= share <= 1 for share in shares)
        if shares:
            assert sum(shares) == pytest.approx(1.0)
        ranked = [c.share for c in parts if c.kind is not Kind.REST and c.share is not None]
        assert r.kind is Kind.UPDATE or ranked == sorted(ranked, reverse=True)


def assert_answers_are_sound(debugger: Debugger) -> None:
    for name in debugger.graph.named:
        for text in (name, f"grad({name})"):
            answer = debugger.why(text)
            assert_sound(debugger, answer.reason)
            assert answer.lines(shown)
            json.dumps(why_fields(answer, debugger.graph), allow_nan=False)


@settings(max_examples=40)
@given(sketches(smooth=False), st.data())
def test_every_reason_in_a_random_program_adds_up_and_is_where_it_says(
    sketch: Sketch, data: st.DataObject
) -> None:
    debugger = Debugger(sketch.opened())
    events = debugger.calendar.events
    debugger.goto(data.draw(st.integers(1, min(debugger.calendar.total, 3 * events))))
    assert_answers_are_sound(debugger)


@networks
def test_every_reason_in_a_network_adds_up_and_is_where_it_says(sketch: Sketch) -> None:
    assert_answers_are_sound(after_one_iteration(sketch))


@pytest.mark.parametrize("lesson", EXPERIMENTS)
def test_every_reason_in_a_lesson_adds_up_and_is_where_it_says(lesson: str) -> None:
    debugger = Debugger(open_lesson(lesson))
    debugger.goto(min(7 * debugger.calendar.events - 2, debugger.calendar.total))
    assert_answers_are_sound(debugger)


@pytest.mark.parametrize(
    "training",
    [
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"optimizer": "adamw", "learning_rate": 0.1},
        {"optimizer": "rmsprop", "centered": True, "momentum": 0.5},
        {"clip_norm": 0.5},
        {"clip_value": 0.25, "optimizer": "adam"},
    ],
    ids=str,
)
def test_an_update_is_told_for_every_optimizer(training: dict[str, Any]) -> None:
    debugger = at_the_end(Sketch(TWO_LAYERS.formulas, TWO_LAYERS.parameters, TWO_LAYERS.data,
                                 training={**training, "epochs": 9}), 3)  # fmt: skip
    assert_answers_are_sound(debugger)
    reason = debugger.why("w1").reason
    assert reason.kind is Kind.UPDATE
    vectors = [r.text for r in reason.walk() if r.kind is Kind.OPTION]
    assert "lr" in vectors
    if "momentum" in training:
        assert {"momentum_buffer before", "momentum_buffer"} <= set(vectors)
    if "clip_norm" in training:
        assert "scale" in vectors


@networks
def test_the_shares_of_the_samples_sum_to_the_gradient(sketch: Sketch) -> None:
    debugger = after_one_iteration(sketch)
    moment = Moment(debugger.run, 0)
    for n in debugger.graph.parameters:
        gradient = moment.gradient(n.id)
        index = tuple(int(i) for i in np.unravel_index(gradient.size // 2, gradient.shape))
        split = by_sample(moment, n.id, index)
        assert split is not None
        shares, rest = split
        scale = np.abs(shares).sum() + abs(rest) + 1e-300
        assert abs(shares.sum() + rest - gradient[index]) <= 1e-11 * scale


# --- the lecture's net ----------------------------------------------------------------------------

LECTURE = """\
∂loss/∂w1 = −7.3125  ← Σ ∂loss/∂(w1 * x) · x  [e1.i1.19]
├─ ∂loss/∂(w1 * x)[3] · x[3] = −4.3125  59 %  sample 4, row 4  [e1.i1.19]
│  ├─ ∂loss/∂(w1 * x)[3] = −2.1562  ← ∂loss/∂h  [e1.i1.17]
│  │  └─ ∂loss/∂h[3] = −2.1562  ← ∂loss/∂(w2 * h) · w2  [e1.i1.16]
│  │     ├─ ∂loss/∂(w2 * h)[3] = −1.4375  ← ∂loss/∂g  [e1.i1.13]
│  │     │  └─ ∂loss/∂g[3] = −1.4375  ← −∂loss/∂(y - g)  [e1.i1.12]
│  │     │     ├─ ∂loss/∂(y - g)[3] = 1.4375  ← ∂loss/∂((y - g)**2) · 2 · (y - g)  [e1.i1.11]
│  │     │     │  ├─ ∂loss/∂((y - g)**2)[3] = 0.25  ← ∂loss/∂loss / N  [e1.i1.10]
│  │     │     │  │  ├─ ∂loss/∂loss = 1  ← where the backward pass starts  [e1.i1.9]
│  │     │     │  │  └─ ∂loss/∂((y - g)**2)[3] = 0.25  ← ∂out / N, to every number averaged  [e1.i1.10]
│  │     │     │  └─ ∂((y - g)**2)[3]/∂(y - g)[3] = 5.75  ← 2 · (y - g)  [e1.i1.11]
│  │     │     └─ ∂(y - g)[3]/∂g[3] = −1  [e1.i1.12]
│  │     └─ w2 = 1.5  ← initial value  [e1.i1.1]
│  └─ x[3] = 2  ← data  [e1.i1.1]
├─ ∂loss/∂(w1 * x)[0] · x[0] = −1.5938  21.8 %  sample 1, row 1  [e1.i1.19] …
├─ ∂loss/∂(w1 * x)[2] · x[2] = −1.4062  19.2 %  sample 3, row 3  [e1.i1.19] …
└─ ∂loss/∂(w1 * x)[1] · x[1] = 0  0 %  sample 2, row 2  [e1.i1.19] …"""  # noqa: E501


def test_the_lecture_s_gradient_is_told_down_to_its_samples() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto(".19")
    assert "\n".join(debugger.why("grad(w1)").lines(shown)) == LECTURE


def test_an_updated_parameter_comes_from_what_it_was_and_its_gradient() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto("e1.i1.20")
    reason = debugger.why("w1").reason
    assert (str(reason.address), reason.rule) == ("e1.i1.20", "w1 − lr · ∂loss/∂w1")
    change, before = reason.children
    assert (before.number, before.rule) == (0.5, "initial value")
    assert [child.text for child in change.children] == ["∂loss/∂w1", "lr"]
    # Before its update the parameter is what the iteration before left.
    debugger.goto("e2.i1.4")
    assert str(debugger.why("w1").reason.address) == "e1.i1.20"
    debugger.goto("e1.i1.4")
    assert debugger.why("w1").reason.rule == "initial value"


def test_a_reason_can_be_asked_further_at_its_own_event() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto(".19")
    cut = [r for r in debugger.why("grad(w1)").reason.walk() if r.cut]
    assert cut
    for reason in debugger.why("grad(w1)").reason.walk():
        if reason.target is not None:
            again = why(debugger.run, reason.ordinal, reason.target).reason
            assert (again.number, again.address) == (reason.number, reason.address)


def test_depth_and_breadth_are_bounded_and_the_rest_is_one_line() -> None:
    x = [[float(i)] for i in range(1, 101)]
    debugger = at_the_end(Sketch("h = x @ w\nloss = sum(h)", {"w": [1.0]}, {"x": x}))
    answer = why(debugger.run, debugger.at, Target("gradient", debugger.graph.named["w"], (0,)))
    children = answer.reason.children
    assert [c.number for c in children] == [100.0, 99.0, 98.0, 97.0, 5050.0 - 394.0]
    assert children[-1].text == "and 96 more together"
    assert children[-1].share == pytest.approx(4656 / 5050)
    short = why(debugger.run, debugger.at, answer.target, depth=1, breadth=2).reason
    assert len(short.children) == 3
    assert all(child.children == () for child in short.children)
    assert short.children[0].cut


def test_what_is_not_computed_yet_is_told_with_the_event_that_will() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto("e1.i1.4")
    for text, at in (("g", "e1.i1.5"), ("grad(w1)", "e1.i1.19"), ("∂loss/∂h", "e1.i1.16")):
        reason = debugger.why(text).reason
        assert (reason.kind, reason.number, str(reason.address)) == (Kind.PENDING, None, at)
        assert at in reason.text
    never = debugger.why("grad(x)").reason
    assert never.kind is Kind.NONE and "never" in never.text


def test_a_gradient_that_is_still_accumulating_names_what_is_to_come() -> None:
    debugger = Debugger(Sketch("a = w * 2\nb = w * 3\nloss = a * b", {"w": 1.5}).opened())
    steps = debugger.listing.gradient_steps[debugger.graph.named["w"]]
    debugger.goto(steps[0])
    reason = debugger.why("grad(w)").reason
    assert reason.number == debugger.state.gradient(debugger.graph.named["w"])
    last = reason.children[-1]
    assert (last.kind, last.address.event) == (Kind.PENDING, steps[1])


def test_of_an_array_the_largest_number_is_taken_and_nan_before_it() -> None:
    x = [[1.0, -5.0], [2.0, 3.0]]
    answer = at_the_end(Sketch("h = x * w\nloss = sum(h)", {"w": 1.0}, {"x": x})).why("h")
    assert answer.target.index == (0, 1)
    assert found(answer, Discovery.CHOSEN)
    x[1][0] = float("nan")
    answer = at_the_end(Sketch("h = x * w\nloss = sum(h)", {"w": 1.0}, {"x": x})).why("h")
    assert answer.target.index == (1, 0)


def test_terms_that_cancel_are_told() -> None:
    sketch = Sketch("h = w * x\nloss = sum(h)", {"w": 1.0}, {"x": [1000.0, -999.999]})
    (line,) = found(at_the_end(sketch).why("grad(w)"), Discovery.CANCELLED)
    assert "cancel" in line


# --- zeros ----------------------------------------------------------------------------------------

ROWS = [[1.0, 2.0], [0.5, 1.0], [2.0, 0.5], [1.0, 1.0]]
DEAD = Sketch(
    "z = x @ W + b\nh = relu(z)\ng = h @ v\nloss = mean((y - g)**2)",
    {"W": [[-1.0, 1.0], [-0.5, 0.3]], "b": [-0.1, 0.2], "v": [0.5, -0.4]},
    {"x": ROWS, "y": [1.0, 2.0, 3.0, 4.0]},
    training={"epochs": 5},
)


def test_a_dead_unit_is_told_for_all_samples_at_once() -> None:
    debugger = at_the_end(DEAD)
    (line,) = found(debugger.why("grad(W[0, 0])"))
    assert line == (
        "e1.i1.15: ∂loss/∂W[0, 0] = 0: relu'(z) = 0 for all 4 samples of the batch "
        "because z[:, 0] is from −2.35 to −1.1"
    )
    (line,) = found(debugger.why("grad(v[0])"))
    assert line.startswith("e1.i1.4: ∂loss/∂v[0] = 0: relu(z) = 0 for all 4 samples")
    (line,) = found(debugger.why("h[1, 0]"))
    assert line == "e1.i1.4: h[1, 0] = 0: relu(z) = 0 because z[1, 0] = −1.1"


def test_a_gradient_through_one_closed_relu_names_its_number() -> None:
    debugger = at_the_end(Sketch("h = relu(z * w)\nloss = h * 2", {"w": -0.31}, constants={"z": 1}))
    (line,) = found(debugger.why("grad(w)"))
    assert line.endswith("relu'(z * w) = 0 because (z * w) = −0.31")


def test_what_dropout_dropped_is_told() -> None:
    sketch = Sketch("h = dropout(x * w, 0.99)\nloss = sum(h)", {"w": [1.0, 2.0]}, {"x": ROWS})
    debugger = at_the_end(sketch)
    (line,) = found(debugger.why("grad(w[0])"))
    assert "dropout dropped h_mask[:, 0] for all 4 samples of the batch" in line
    assert found(debugger.why("h[2, 1]"))[0].endswith(
        "dropout dropped h_mask[2, 1] for sample 3, row 3"
    )


def test_data_and_constants_and_parameters_that_are_0_are_told() -> None:
    sketch = Sketch(
        "h = x * w\nloss = sum(h * c) + sum(w * u)",
        {"w": [1.0, 2.0, 3.0], "u": [0.0, 1.0, 0.0]},
        {"x": [[1.0, 0.0, 3.0], [3.0, 0.0, 1.0]]},
        {"c": [0.0, 1.0, 1.0]},
    )
    debugger = at_the_end(sketch)
    (line,) = found(debugger.why("h[0, 1]"))
    assert line == "e1.i1.1: h[0, 1] = 0: data x[0, 1] is 0 for sample 1, row 1"
    lines = found(debugger.why("grad(w[0])"))
    assert any("constant c[0] is 0" in line for line in lines)
    assert any("parameter u[0] is 0, its initial value" in line for line in lines)


def test_weights_of_0_silence_what_is_below_them() -> None:
    sketch = Sketch(
        "h = x @ W\nloss = sum(h @ V)", {"W": [[1.0, 2.0], [3.0, 4.0]], "V": [[0.0], [0.0]]},
        {"x": ROWS},
    )  # fmt: skip
    (line,) = found(at_the_end(sketch).why("grad(W[0, 1])"))
    assert line == "e1.i1.1: ∂loss/∂W[0, 1] = 0: parameter V[1, 0] is 0, its initial value"


def test_an_upstream_that_is_0_is_followed_to_its_own_cause() -> None:
    sketch = Sketch("h = w * 2\ng = tanh(h)\nk = g * 0\nloss = k + 1", {"w": 1.0})
    (line,) = found(at_the_end(sketch).why("grad(w)"))
    assert line.startswith("e1.i1.") and "∂k is 0 everywhere" in line


def test_what_no_number_reads_is_told() -> None:
    sketch = Sketch(
        "e = embedding(T, i)\nloss = sum(e * e)", {"T": [[1.0], [2.0], [3.0]]}, {"i": [0.0, 2.0]}
    )
    (line,) = found(at_the_end(sketch).why("grad(T[1, 0])"))
    assert "no number of e depends on T[1, 0]" in line


def test_contributions_that_cancel_exactly_are_told() -> None:
    (line,) = found(at_the_end(Sketch("loss = w * 3 - w * 3", {"w": 1.0})).why("grad(w)"))
    assert "its contributions cancel: 3 + −3" in line or "its contributions cancel: −3 + 3" in line


def test_a_gradient_that_clipping_made_0_is_told() -> None:
    sketch = Sketch("loss = sum(w * 1e200)", {"w": [1.0, 2.0]}, training={"clip_norm": 1.0})
    debugger = at_the_end(sketch)
    (line,) = found(debugger.why("grad(w[0])"))
    assert "clipped from 1e+200 with ‖g‖ = inf" in line


@networks
def test_every_zero_in_a_network_has_a_cause(sketch: Sketch) -> None:
    debugger = after_one_iteration(sketch)
    state, graph = debugger.state, debugger.graph
    for name, node in graph.named.items():
        for what, array in (("value", state.value(node)), ("gradient", state.gradient(node))):
            if array is None or not (np.asarray(array) == 0).any():
                continue
            index = tuple(int(i) for i in np.argwhere(np.asarray(array) == 0)[0])
            written = f"{name}{list(index)}" if index else name
            answer = debugger.why(written if what == "value" else f"grad({written})")
            assert found(answer), written


# --- nan and inf ----------------------------------------------------------------------------------


def test_the_logarithm_that_first_went_wrong_is_found_in_its_iteration() -> None:
    sketch = Sketch(
        "a = 10 - w * x\nb = log(a)\nloss = mean(a) + mean(b * b) * 0.0001",
        {"w": 1.0},
        {"x": [1.0, 2.0]},
        training={"epochs": 400},
    )
    debugger = at_the_end(sketch, 400)
    losses = debugger.run.losses().values
    first = int(np.flatnonzero(~np.isfinite(losses))[0])
    assert 10 < first < 100
    for text in ("w", "loss", "grad(w)", "a[1]"):
        (line,) = found(debugger.why(text), Discovery.NONFINITE)
        assert line.startswith(
            f"e{first + 1}.i1.4: the first number that is not finite: b[1] = nan"
        )
        assert "(logarithm of a negative number) because a[1] = −" in line
    debugger.goto(first * debugger.calendar.events)
    assert found(debugger.why("w"), Discovery.NONFINITE) == []


@pytest.mark.parametrize("epochs", [3, 50, 6000])
def test_an_overflow_is_found_however_long_ago_it_was(epochs: int) -> None:
    sketch = Sketch(
        "h = exp(w * x)\nloss = mean(h)", {"w": 1.0}, {"x": [1.0, 2.0]},
        training={"learning_rate": 0.5, "maximize": True, "epochs": epochs},
    )  # fmt: skip
    debugger = at_the_end(sketch, epochs)
    (line,) = found(debugger.why("w"), Discovery.NONFINITE)
    assert line.startswith("e3.i1.3: the first number that is not finite: h[0] = inf (overflow)")


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("h = w / z", "h = inf (division by 0)"),
        ("h = z / (z * w)", "h = nan (0 / 0)"),
        ("h = sqrt(-w)", "h = nan (root of a negative number)"),
        ("h = (z * w)**-1", "h = inf (0 to a negative power)"),
        ("h = (-w)**0.5", "h = nan"),
        ("h = log1p(-3 * w)", "h = nan (logarithm of 1 + a ≤ 0)"),
        ("h = log(z * w)", "h = −inf (logarithm of 0)"),
        ("h = (w * 1e300) * 1e300", "h = inf (overflow)"),
        ("h = sqrt(w * z)", "∂loss/∂(w * z) receives inf"),
    ],
)
def test_what_made_it_non_finite_is_said_in_words(formula: str, words: str) -> None:
    debugger = at_the_end(Sketch(f"{formula}\nloss = h * 2", {"w": 1.0}, constants={"z": 0.0}))
    asked = "h" if words.startswith("h") else "w"
    (line,) = found(debugger.why(asked), Discovery.NONFINITE)
    assert f"the first number that is not finite: {words}" in line


def test_data_that_is_not_finite_is_told_with_its_row() -> None:
    x = [1.0, 2.0, float("nan"), 4.0]
    sketch = Sketch(
        "loss = mean(x * w)", {"w": 1.0}, {"x": x}, training={"batch_size": 1, "epochs": 2}
    )
    debugger = at_the_end(sketch, 8)
    (line,) = found(debugger.why("w"), Discovery.NONFINITE)
    assert line == "e1.i3.1: the first number that is not finite: the data x[0] is nan (row 3)"


def test_an_initial_value_that_is_not_finite_is_told() -> None:
    fixed = {"value": float("nan"), "trainable": False}
    parameters = {"w": float("inf"), "v": fixed}
    debugger = at_the_end(Sketch("loss = w * v", parameters, training={"epochs": 3}), 2)
    for text in ("loss", "w", "v", "grad(w)"):
        (line,) = found(debugger.why(text), Discovery.NONFINITE)
        assert "the first number that is not finite: the " in line and "parameter" in line
    debugger = at_the_end(Sketch("loss = w * 2", {"w": float("inf")}, training={"epochs": 3}), 2)
    for text in ("loss", "w"):
        (line,) = found(debugger.why(text), Discovery.NONFINITE)
        assert line == (
            "e1.i1.1: the first number that is not finite: the initial value of parameter w is inf"
        )


def test_an_update_that_overflows_is_told() -> None:
    sketch = Sketch("loss = w * 1e200", {"w": 1.0}, training={"learning_rate": 1e200})
    (line,) = found(at_the_end(sketch).why("w"), Discovery.NONFINITE)
    assert "the update of w gives −inf" in line


# --- other timelines ------------------------------------------------------------------------------


def forked(at: str, *edits: Any) -> Debugger:
    """The lecture's net after two iterations, edited at an address of the second."""
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto("e3.i1.1")
    debugger.goto(at)
    for edit in edits:
        edit(debugger)
    return debugger


EDITS = {
    "a parameter before it is used": ("e2.i1.1", lambda d: d.set("w1", 9.0)),
    "a parameter between two uses": ("e2.i1.10", lambda d: d.set("w2", -3.0)),
    "a parameter after its update": ("e2.i1.22", lambda d: d.set("w1", 9.0)),
    "an input": ("e2.i1.2", lambda d: d.set("x[2]", 5.0)),
    "the learning rate": ("e2.i1.21", lambda d: d.set("learning_rate", 0.5)),
    "a sample dropped": ("e2.i1.4", lambda d: d.drop(2)),
    "an update left out": ("e2.i1.20", lambda d: d.skip("w1")),
}


@pytest.mark.parametrize(("at", "edit"), EDITS.values(), ids=EDITS)
def test_every_reason_on_a_fork_adds_up_and_is_where_it_says(at: str, edit: Any) -> None:
    debugger = forked(at, edit)
    events = debugger.calendar.events
    for ordinal in range(events + 1, 3 * events + 1):
        debugger.goto(ordinal)
        for text in ("w1", "grad(w1)", "grad(b2)", "h[1]", "loss", "x[0]"):
            assert_sound(debugger, debugger.why(text).reason)


def test_what_an_edit_set_is_told_with_the_event_of_the_edit() -> None:
    debugger = forked(*EDITS["a parameter before it is used"])
    debugger.goto("e2.i1.4")
    reason = debugger.why("w1").reason
    assert (reason.rule, str(reason.address)) == ("parameter, set by an edit", "e2.i1.1")
    debugger = forked(*EDITS["a parameter after its update"])
    debugger.goto("e3.i1.3")
    reason = debugger.why("w1").reason
    assert (reason.rule, str(reason.address), reason.number) == (
        "parameter, set by an edit", "e2.i1.22", 9.0,
    )  # fmt: skip
    debugger = forked(*EDITS["an update left out"])
    debugger.goto("e3.i1.3")
    assert debugger.why("w1").reason.rule == "an edit left this update out"


@pytest.mark.parametrize("at", ["e2.i1.1", "e2.i1.22"])
def test_nan_from_an_edit_is_told_as_one(at: str) -> None:
    debugger = forked(at, lambda d: d.set("w1", float("nan")))
    debugger.goto("e9.i1.23")
    (line,) = found(debugger.why("b2"), Discovery.NONFINITE)
    assert line.startswith(f"{at}: the first number that is not finite: an edit")


def test_nan_from_before_a_fork_is_followed_past_the_edit() -> None:
    sketch = Sketch(
        "h = exp(w * x)\nloss = mean(h) + u", {"w": 1.0, "u": 0.0}, {"x": [1.0, 2.0]},
        training={"learning_rate": 0.5, "maximize": True, "epochs": 30},
    )  # fmt: skip
    debugger = at_the_end(sketch, 10)
    debugger.set("u", 1.0)
    debugger.goto("e20.i1.2")
    (line,) = found(debugger.why("w"), Discovery.NONFINITE)
    assert line.startswith("e3.i1.3: the first number that is not finite: h[0] = inf (overflow)")


# --- spikes ---------------------------------------------------------------------------------------


def test_the_sample_behind_a_spike_is_named_with_its_share() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3)).round(3)
    y = (x @ [1.0, -2.0, 0.5]).round(3)
    y[53] = 400.0
    sketch = Sketch(
        "g = x @ w + b\nloss = mse(g, y)", {"w": [0.1, 0.2, 0.3], "b": 0.0},
        {"x": x.tolist(), "y": y.tolist()},
        training={"batch_size": 6, "epochs": 2, "learning_rate": 0.01},
    )  # fmt: skip
    debugger = at_the_end(sketch, 9)
    for text in ("grad(w)", "grad(b)", "b", "loss"):
        lines = found(debugger.why(text), Discovery.SPIKE)
        assert "times its median over the last 8 iterations" in lines[0]
        share = float(lines[-1].partition("carries ")[2].partition(" %")[0])
        assert "sample 6, row 54 carries" in lines[-1] and 95 < share < 100
    debugger.goto(8 * debugger.calendar.events)
    assert found(debugger.why("grad(w)"), Discovery.SPIKE) == []


def test_nothing_is_a_spike_with_nothing_to_compare_it_with() -> None:
    assert found(at_the_end(TWO_LAYERS, 3).why("grad(w1)"), Discovery.SPIKE) == []


# --- what is asked --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what", "name", "index"),
    [
        ("W", "value", "W", ()),
        (" W[0, 2] ", "value", "W", (0, 2)),
        ("W[-1,-1]", "value", "W", (3, 4)),
        ("grad(W)", "gradient", "W", ()),
        ("grad( W[0,2] )", "gradient", "W", (0, 2)),
        ("grad(W)[0,2]", "gradient", "W", (0, 2)),
        ("∂loss/∂W", "gradient", "W", ()),
        ("∂loss / ∂W[1, 1]", "gradient", "W", (1, 1)),
        ("loss", "value", "loss", ()),
    ],
)
def test_a_target_is_read_as_it_is_written(
    text: str, what: str, name: str, index: tuple[int, ...]
) -> None:
    state = after_one_iteration(NETWORKS["softmax classifier"]).state
    target = parse_target(text, state.graph, state.record.shapes)
    assert (target.what, state.graph[target.node].name, target.index) == (what, name, index)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("W2", 1, "there is no node 'W2'"),
        ("grad(Q)", 6, "there is no node 'Q'"),
        ("grad(W", 7, "expected ')'"),
        ("W[9, 0]", 3, "index 9 is out of range: 'W' has shape (4, 5)"),
        ("W[0]", 2, "'W' is (4, 5); 1 index came"),
        ("loss[0]", 5, "'loss' is a scalar; 1 index came"),
        ("W[a]", 3, "expected a whole number"),
        ("W[0, 1", 7, "expected ']'"),
        ("W + 1", 3, "nothing more was expected"),
        ("∂z/∂W", 2, "gradients are those of the loss 'loss'"),
        ("∂loss", 6, "expected '/∂'"),
        ("", 1, "expected the name of a node"),
        ("grad(W)[0, 1][0]", 14, "nothing more was expected"),
    ],
)
def test_a_target_that_is_not_there_is_refused_where_it_stands(
    text: str, column: int, words: str
) -> None:
    debugger = after_one_iteration(NETWORKS["softmax classifier"])
    with pytest.raises(TargetError) as refused:
        debugger.why(text)
    error = refused.value
    assert words in error.what and error.hint
    assert error.place is not None and error.place.column == column
    assert not str(error).startswith("1:") and "^" in str(error)


def test_a_name_nearly_right_is_suggested() -> None:
    with pytest.raises(TargetError, match="did you mean 'w1'") as refused:
        Debugger(open_lesson("two-layer")).why("grad(W1)")
    assert str(refused.value) == (
        "there is no node 'W1'\n    grad(W1)\n         ^^\ndid you mean 'w1'?"
    )


@settings(max_examples=60)
@given(st.text(max_size=12) | st.text("gradW∂loss/[](), 0129-", max_size=16))
def test_any_text_is_answered_or_refused(text: str) -> None:
    debugger = after_one_iteration(NETWORKS["a classifier in one line"])
    with suppress(TargetError):
        assert debugger.why(text).reason.number is not None


def test_an_index_that_does_not_fit_is_refused_and_so_is_an_event_that_is_not_there() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    node = debugger.graph.named["h"]
    for index in ((9,), (-1,), (0, 0)):
        with pytest.raises(TargetError):
            why(debugger.run, 8, Target("value", node, index))
    with pytest.raises(AddressError):
        why(debugger.run, 0, Target("value", node))


def test_looking_changes_nothing() -> None:
    debugger = at_the_end(TWO_LAYERS, 3)
    before = debugger.run.losses().values.copy(), debugger.run.done
    for text in ("w1", "grad(b2)"):
        debugger.why(text)
    assert debugger.run.done == before[1]
    np.testing.assert_array_equal(debugger.run.losses().values, before[0])


def test_the_answer_as_json_names_its_events() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto(".19")
    fields = why_fields(debugger.why("grad(w1)"), debugger.graph)
    assert (fields["target"], fields["at"], fields["what"]) == (
        "∂loss/∂w1", "e1.i1.19", "gradient",
    )  # fmt: skip
    first = fields["reason"]["reasons"][0]
    assert (first["kind"], first["at"], first["sample"], first["row"]) == ("term", "e1.i1.19", 3, 3)
    assert first["amount"] == -4.3125
