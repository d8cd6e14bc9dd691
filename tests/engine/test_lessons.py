"""The built-in lessons: that they run, and that what each `about` says is what the lesson does.

Numbers that a text quotes are compared to the digits that it gives.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import shlex
from functools import cache
from typing import Any, NoReturn

import numpy as np
import pytest

from engine import (
    Debugger,
    Experiment,
    Run,
    Status,
    lessons,
    open_lesson,
    parse_experiment,
    trace_lines,
)
from engine.library import ORDER
from tests.engine.states import history_bits, record_bits

NAMES = [lesson.name for lesson in lessons()]
GUESSING = math.log(2)
"""The cross-entropy of two classes when every answer is one half."""


@cache
def run_of(name: str, *overrides: str) -> Run:
    """The whole run of a lesson, recorded."""
    run = Run(open_lesson(name, overrides=overrides))
    run.advance(run.calendar.steps)
    return run


def at(address: str, name: str, *overrides: str) -> Debugger:
    """A debugger at an address, or at the ``end``."""
    debugger = Debugger(open_lesson(name, overrides=overrides))
    if address == "end":
        debugger.end()
    else:
        debugger.goto(address)
    return debugger


def value(debugger: Debugger, name: str) -> Any:
    return debugger.state.node(name).value


def gradient(debugger: Debugger, name: str) -> Any:
    return debugger.state.node(name).gradient


def gradient_norms(debugger: Debugger) -> dict[str, float]:
    """The Euclidean norm of every parameter's gradient, as the parameter panel shows it."""
    found = {n.name: gradient(debugger, n.name) for n in debugger.graph.parameters}
    return {name: float(np.linalg.norm(g)) for name, g in found.items() if g is not None}


def trained(name: str, *overrides: str) -> dict[str, Any]:
    """Every parameter after the whole run."""
    run = run_of(name, *overrides)
    record = run.record(run.calendar.steps - 1)
    return {n.name: record.updated[n.id] for n in run.graph.parameters}


def losses(name: str, *overrides: str) -> Any:
    """The loss of every iteration."""
    return run_of(name, *overrides).losses().values


def final_loss(name: str, *overrides: str) -> float:
    return float(losses(name, *overrides)[-1])


# --- every lesson -------------------------------------------------------------------------------


def test_every_lesson_has_its_place_in_the_teaching_order() -> None:
    assert tuple(NAMES) == ORDER


@pytest.mark.parametrize("lesson", lessons(), ids=NAMES)
def test_its_title_is_short_and_its_text_fits_a_hundred_columns(lesson: Any) -> None:
    assert 0 < len(lesson.title) <= 45
    assert lesson.about
    assert max(map(len, lesson.about.splitlines())) <= 100


@pytest.mark.parametrize("name", NAMES)
def test_its_first_iteration_is_traced_in_strict_json(name: str) -> None:
    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is not JSON")

    run = Run(open_lesson(name))
    header, *events = (
        json.loads(line, parse_constant=refuse) for line in trace_lines(run, 1, run.calendar.events)
    )
    assert header["format"] == "gradstep-trace"
    assert [event["event"] for event in events] == [*range(1, run.calendar.events + 1)]


@pytest.mark.parametrize("name", NAMES)
def test_it_trains_to_the_same_bits_every_time(name: str) -> None:
    once, again = at("end", name), at("end", name)
    assert history_bits(once) == history_bits(again)
    assert record_bits(once.state) == record_bits(again.state)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "exploding-loss"])
def test_its_loss_falls(name: str) -> None:
    assert final_loss(name) < losses(name)[0]


@pytest.mark.parametrize("name", NAMES)
def test_its_first_gradients_are_those_that_differences_measure(name: str) -> None:
    experiment = open_lesson(name)
    state = Run(experiment).state(Run(experiment).calendar.events)
    for node in state.graph.parameters:
        gradient = np.asarray(state.gradient(node.id))
        for index in some_entries(gradient.shape):
            slope = central_difference(experiment, node.name, index)
            assert gradient[index] == pytest.approx(slope, rel=1e-5, abs=1e-8), (node.name, index)


def some_entries(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """At most eight subscripts, spread over the array."""
    every = list(np.ndindex(shape))
    return every[:: max(1, len(every) // 8)]


def central_difference(experiment: Experiment, name: str, index: tuple[int, ...]) -> float:
    """∂loss/∂name[index] in the first iteration, from two forward passes around it."""
    h = 1e-5

    def loss(by: float) -> float:
        moved = np.array(experiment.leaves[name])
        moved[index] += by
        changed = dataclasses.replace(experiment, leaves={**experiment.leaves, name: moved})
        return Run(changed).record(0).loss

    return (loss(h) - loss(-h)) / (2 * h)


@pytest.mark.parametrize("name", NAMES)
def test_every_address_in_its_text_is_in_the_run(name: str) -> None:
    calendar = Run(open_lesson(name)).calendar
    for address in re.findall(r"(?<![\w.])(?:e\d+(?:\.i\d+)?)?\.\d+\b|\be\d+\b", about(name)):
        calendar.parse(address)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_in_its_text_opens_the_lesson(name: str) -> None:
    for line in about(name).splitlines():
        if line.strip().startswith("gradstep "):
            words = [word for word in shlex.split(line)[1:] if word not in ("train", "--json")]
            assert words[0] == name
            assert words[1::2] == ["--set"] * (len(words) // 2)
            open_lesson(name, overrides=words[2::2])


def about(name: str) -> str:
    return next(lesson.about for lesson in lessons() if lesson.name == name)


# --- chain-rule, two-layer, two-layer-csv -------------------------------------------------------


def test_the_derivative_of_cos_of_x_squared_is_what_the_text_says_and_leads_to_pi() -> None:
    debugger = at("e1", "chain-rule")
    debugger.step("pass", 2)
    x = value(debugger, "x")
    assert gradient(debugger, "x") == pytest.approx(-math.sin(x**2) * 2 * x, rel=1e-12)
    assert debugger.chain_rule("x").product == "∂f/∂g · ∂g/∂x"
    end = at("end", "chain-rule")
    assert value(end, "g") == pytest.approx(math.pi, abs=1e-3)
    assert value(end, "f") == pytest.approx(-1.0, abs=1e-6)


def test_two_layers_have_the_chain_rule_of_their_text_and_one_batch_of_four_points() -> None:
    debugger = at("e1", "two-layer")
    debugger.step("pass", 2)
    assert debugger.chain_rule("w1").product == "∂loss/∂g · ∂g/∂h · ∂h/∂w1"
    assert (debugger.experiment.samples, debugger.calendar.iterations) == (4, 1)


def test_the_measurements_come_standardized_in_five_batches_of_ten() -> None:
    run = run_of("two-layer-csv")
    assert (run.experiment.samples, run.calendar.iterations) == (50, 5)
    for column in ("x", "y"):
        assert np.mean(run.experiment.data[column]) == pytest.approx(0.0, abs=1e-12)
        assert np.std(run.experiment.data[column]) == pytest.approx(1.0, rel=1e-12)
    epochs = [{*run.rows(5 * epoch)} for epoch in (0, 1)]
    assert len(epochs[0]) == 10 and epochs[0] != epochs[1]


# --- one-neuron ---------------------------------------------------------------------------------


def test_the_neuron_s_derivation_at_20_is_the_three_factors_of_its_text() -> None:
    debugger = at(".20", "one-neuron")
    rule = debugger.chain_rule("w1")
    assert debugger.line.text == "d_w1 = sum(d_z * x1)"
    assert rule.product == "∂loss/∂a · ∂a/∂z · ∂z/∂w1"
    assert [factor.text for factor in rule.paths[0].factors] == [
        "−2/N · (y − a)",
        "a · (1 − a)",
        "x1",
    ]
    terms = rule.paths[0].terms
    assert terms is not None
    np.testing.assert_array_equal(terms[:2], 0.0)
    assert np.all(terms[2:] != 0.0)


def test_the_neuron_learns_and() -> None:
    np.testing.assert_array_equal(value(at("end", "one-neuron"), "a") > 0.5, [0, 0, 0, 1])


# --- xor ----------------------------------------------------------------------------------------


def test_two_hidden_neurons_learn_all_four_rows_of_xor() -> None:
    np.testing.assert_array_equal(value(at("end", "xor"), "z") > 0, [0, 1, 1, 0])


def test_xor_s_gradient_at_9_is_how_wrong_each_sample_is() -> None:
    debugger = at(".9", "xor")
    z, y = value(debugger, "z"), value(debugger, "y")
    assert debugger.line.text == "d_z = d_loss / N * (sigmoid(z) - y)"
    np.testing.assert_allclose(gradient(debugger, "z"), (1 / (1 + np.exp(-z)) - y) / 4, rtol=1e-12)


def test_xor_guesses_at_e10_and_knows_at_e100() -> None:
    found = losses("xor")
    assert found[9] == pytest.approx(GUESSING, abs=0.02)
    assert found[99] < 0.1


ONE_NEURON = '''
formulas = """
z = x @ w + b
loss = bce_with_logits(z, LABELS)
"""
[parameters]
w = [0.5, -0.25]
b = 0.0
[data]
DATA
[training]
learning_rate = 1.0
epochs = 300
'''


def test_one_neuron_cannot_learn_xor() -> None:
    data = "x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]\ny = [0.0, 1.0, 1.0, 0.0]"
    debugger = Debugger(parse_experiment(ONE_NEURON.replace("DATA", data).replace("LABELS", "y")))
    debugger.end()
    assert debugger.run.losses().values.min() >= GUESSING
    assert debugger.run.losses().values[-1] == pytest.approx(GUESSING, abs=1e-3)


# --- iris ---------------------------------------------------------------------------------------


def test_iris_starts_from_one_third_for_each_species() -> None:
    debugger = at(".4", "iris")
    assert debugger.line.text == "loss = cross_entropy(z, y)"
    assert value(debugger, "loss") == pytest.approx(math.log(3), rel=1e-12)
    assert value(debugger, "loss") == pytest.approx(1.0986, abs=5e-5)
    np.testing.assert_array_equal(value(debugger, "z"), 0.0)


def test_each_flower_s_gradient_at_6_pushes_its_own_score_up_and_adds_up_to_zero() -> None:
    debugger = at(".6", "iris")
    d_z, y = gradient(debugger, "z"), value(debugger, "y").astype(int)
    assert debugger.line.text.startswith("d_z = ")
    own = np.eye(3, dtype=bool)[y]
    assert np.all(d_z[own] < 0) and np.all(d_z[~own] > 0)
    np.testing.assert_allclose(d_z.sum(axis=1), 0.0, atol=1e-15)


def test_all_thirty_irises_kept_back_are_told_right() -> None:
    test, known = iris_right("test_data"), iris_right("data")
    assert test.shape == (30,) and test.all()
    assert known.shape == (120,) and known.mean() > 0.95


def iris_right(part: str) -> Any:
    """For each flower of that part of the data, whether its species has the highest score."""
    parameters = trained("iris")
    data = getattr(run_of("iris").experiment, part)
    return (data["x"] @ parameters["W"] + parameters["b"]).argmax(axis=1) == data["y"]


# --- spiral -------------------------------------------------------------------------------------


def test_no_straight_line_parts_the_arms_of_the_spiral() -> None:
    # An arm with points in all four quadrants has the origin inside its hull; so do both.
    experiment = run_of("spiral").experiment
    x = np.concatenate([experiment.data["x"], experiment.test_data["x"]])
    y = np.concatenate([experiment.data["y"], experiment.test_data["y"]])
    for label in (1.0, -1.0):
        arm = x[y == label]
        assert len(arm) == 100
        assert len(np.unique(np.sign(arm[np.all(arm != 0, axis=1)]), axis=0)) == 4


def test_the_spiral_is_learned_also_where_training_has_never_seen_it() -> None:
    assert spiral_right("data").mean() > 0.95
    assert spiral_right("test_data").shape == (40,)
    assert spiral_right("test_data").mean() > 0.95


def spiral_right(part: str) -> Any:
    p = trained("spiral")
    data = getattr(run_of("spiral").experiment, part)
    h1 = np.tanh(data["x"] @ p["W1"] + p["b1"])
    z = np.tanh(h1 @ p["W2"] + p["b2"]) @ p["w3"] + p["b3"]
    return (z > 0) == (data["y"] > 0)


def test_the_spiral_s_loss_waits_and_then_falls_and_never_runs_away() -> None:
    run = run_of("spiral")
    assert run.calendar.iterations == 8
    epochs, tested = losses("spiral").reshape(-1, 8).mean(axis=1), run.test_losses().values
    assert epochs[:100].min() > 0.64 and tested[:100].min() > 0.64
    assert epochs[-1] < 0.15 and tested[-1] < 0.15
    assert losses("spiral").max() < 2.0


# --- exploding-loss -----------------------------------------------------------------------------


def test_every_update_jumps_to_the_other_side_twice_as_far_off() -> None:
    assert 2 * np.mean(np.square(run_of("exploding-loss").experiment.data["x"])) == 15.0
    series = run_of("exploding-loss").parameter_series(node_of("exploding-loss", "w")).values
    off = series[:20] - 2.0
    np.testing.assert_allclose(off[1:] / off[:-1], -2.0, rtol=1e-9)
    found = losses("exploding-loss")[:20]
    np.testing.assert_allclose(found[1:] / found[:-1], 4.0, rtol=1e-9)


def node_of(name: str, node: str) -> int:
    return run_of(name).graph.named[node]


def test_the_loss_is_inf_from_e511_and_nan_from_e1024_on() -> None:
    found = losses("exploding-loss")
    assert np.isfinite(found[:510]).all()
    assert np.isposinf(found[510:1023]).all()
    assert np.isnan(found[1023:]).all()


def test_the_update_before_the_first_nan_takes_inf_from_inf() -> None:
    run = run_of("exploding-loss")
    state = run.state(1023 * run.calendar.events)
    w = node_of("exploding-loss", "w")
    before, slope = float(state.record.leaves[w]), float(np.asarray(state.gradient(w)))
    assert math.isinf(before) and before == slope
    assert math.isnan(float(state.record.updated[w]))


def test_what_is_not_finite_is_told_as_a_value() -> None:
    run = run_of("exploding-loss")
    events = run.calendar.events
    for epoch, told in ((511, "inf"), (1024, "nan")):
        _, *lines = trace_lines(run, (epoch - 1) * events + 1, epoch * events, node="loss")
        assert json.loads(lines[0])["value"] == told


def test_a_rate_below_two_fifteenths_leads_to_two() -> None:
    assert trained("exploding-loss", "training.learning_rate=0.1")["w"] == pytest.approx(2.0)
    for rate, grows in ((0.13, False), (0.137, True)):
        found = losses("exploding-loss", f"training.learning_rate={rate}")
        assert bool(found[50] > found[0]) is grows


# --- momentum-and-adam --------------------------------------------------------------------------

ADAM = ("training.optimizer=adam", "training.learning_rate=0.1")


def valley(*overrides: str) -> tuple[Any, Any]:
    """The paths of u and v."""
    run = run_of("momentum-and-adam", *overrides)
    u, v = (run.parameter_series(run.graph.named[name]).values for name in "uv")
    return u, v


def test_plain_descent_goes_from_wall_to_wall_and_crawls_along() -> None:
    u, v = valley()
    np.testing.assert_allclose(v[1:] / v[:-1], -0.9, rtol=1e-9)
    np.testing.assert_allclose(u[1:] / u[:-1], 0.981, rtol=1e-9)
    assert u[-1] ** 2 / 2 > 0.99 * final_loss("momentum-and-adam")


def test_a_rate_above_a_fiftieth_climbs_the_steep_wall() -> None:
    _, v = valley("training.learning_rate=0.021")
    assert abs(v[-1]) > 1000 * abs(v[0])
    _, v = valley("training.learning_rate=0.0199")
    assert abs(v[-1]) < abs(v[0])


def test_adam_ends_below_momentum_and_momentum_below_plain_descent() -> None:
    plain = final_loss("momentum-and-adam")
    momentum = final_loss("momentum-and-adam", "training.momentum=0.9")
    adam = final_loss("momentum-and-adam", *ADAM)
    assert adam < momentum / 2 < plain / 100
    assert plain == pytest.approx(0.18, abs=5e-3)
    assert momentum == pytest.approx(0.0016, abs=5e-5)
    assert adam == pytest.approx(0.00053, abs=5e-6)


def test_adam_s_first_update_moves_both_alike() -> None:
    u, v = valley(*ADAM)
    assert u[0] - u[1] == pytest.approx(0.1, rel=1e-6)
    assert v[0] - v[1] == pytest.approx(0.1, rel=1e-6)


# --- dead-relu ----------------------------------------------------------------------------------


def test_the_dead_relu_is_off_for_every_sample_and_still_asked_for_more() -> None:
    debugger = at(".21", "dead-relu")
    assert debugger.line.text == "d_h2 = d_g * v2"
    np.testing.assert_array_equal(value(debugger, "h2"), 0.0)
    assert np.any(gradient(debugger, "h2") != 0.0)
    debugger.goto(".24")
    assert debugger.listing.step(24).source == debugger.graph.named["h2"]
    contribution = debugger.state.contribution
    assert contribution is not None and contribution.shape == (5,)
    np.testing.assert_array_equal(contribution, 0.0)


@pytest.mark.parametrize("name", ["w2", "b2", "v2"])
def test_the_dead_relu_s_gradients_are_exactly_zero_at_every_event(name: str) -> None:
    run = run_of("dead-relu")
    node, events = run.graph.named[name], run.calendar.events
    for ordinal in (*range(1, events + 1), *range(events, run.calendar.total + 1, events)):
        state = run.state(ordinal)
        if state.gradient_status(node) is Status.PENDING:
            continue
        assert np.asarray(state.gradient(node)) == 0.0
    assert trained("dead-relu")[name] == run.experiment.leaves[name]


def test_the_loss_with_a_dead_relu_stops_at_one_and_alive_it_is_learned() -> None:
    assert final_loss("dead-relu") == pytest.approx((2**2 + 1**2) / 5, abs=1e-3)
    misses = np.square(value(at("end", "dead-relu"), "y") - value(at("end", "dead-relu"), "g"))
    assert misses[:2].sum() == pytest.approx(misses.sum(), rel=1e-3)
    assert final_loss("dead-relu", "parameters.b2=0.5") < 1e-3


# --- vanishing-gradients ------------------------------------------------------------------------


def test_gradients_vanish_layer_by_layer_toward_the_first() -> None:
    debugger = at(".50", "vanishing-gradients")
    norms = gradient_norms(debugger)
    layers = [norms[f"W{i}"] for i in range(1, 7)]
    assert layers == sorted(layers)
    assert layers[-1] / layers[0] == pytest.approx(900, abs=10)
    assert debugger.state.gradient_status(debugger.graph.named["W1"]) is Status.COMPLETE


def test_with_vanishing_gradients_the_loss_stays_at_guessing() -> None:
    found = losses("vanishing-gradients")
    assert len(found) == 500
    assert found[50:] == pytest.approx(GUESSING, abs=0.002)


def test_steeper_sigmoids_carry_the_gradient_and_learn() -> None:
    norms = gradient_norms(at(".50", "vanishing-gradients", "constants.k=4"))
    assert norms["W6"] / norms["W1"] == pytest.approx(6, abs=0.5)
    assert final_loss("vanishing-gradients", "constants.k=4") < 0.01


def test_one_neuron_parts_the_two_clouds() -> None:
    data = 'dataset = "gauss"\nsamples = 50\nseed = 2'
    text = ONE_NEURON.replace("DATA", data).replace("LABELS", "(y + 1) / 2")
    debugger = Debugger(parse_experiment(text))
    debugger.end()
    np.testing.assert_array_equal(value(debugger, "z") > 0, value(debugger, "y") > 0)
    lesson = run_of("vanishing-gradients").experiment
    np.testing.assert_array_equal(debugger.experiment.data["x"], lesson.data["x"])


# --- convolution --------------------------------------------------------------------------------


def test_the_images_are_every_bar_of_three_in_either_direction() -> None:
    data = run_of("convolution").experiment
    images = {
        (part["x"][i].tobytes(), part["y"][i])
        for part in (data.data, data.test_data)
        for i in range(len(part["y"]))
    }
    bars = set()
    for line in range(4):
        for start in (0, 1):
            image = np.zeros((4, 4))
            image[line, start : start + 3] = 1.0
            bars |= {(image.tobytes(), 0.0), (np.ascontiguousarray(image.T).tobytes(), 1.0)}
    assert images == bars
    assert len(data.test_data["y"]) == 4


def test_the_gradient_of_the_kernel_is_a_sum_over_all_places_of_all_images() -> None:
    debugger = at(".11", "convolution")
    assert debugger.line.text.startswith("d_K = ")
    assert value(debugger, "maps").shape[2:] == (4, 4)
    x = np.pad(value(debugger, "x"), ((0, 0), (1, 1), (1, 1)))
    upstream = gradient(debugger, "maps")
    total = np.zeros((2, 1, 3, 3))
    for image, channel, row, column in np.ndindex(upstream.shape):
        window = x[image, row : row + 3, column : column + 3]
        total[channel, 0] += upstream[image, channel, row, column] * window
    np.testing.assert_allclose(gradient(debugger, "K"), total, rtol=1e-12, atol=1e-15)


def test_one_kernel_learns_rows_and_the_other_columns() -> None:
    rows, columns = trained("convolution")["K"][:, 0]
    assert np.all(rows[1] > 0) and np.all(rows[2] < 0)
    assert np.all(columns[:, [0, 2]] > 0) and np.all(columns[:, 1] < 0)


def test_images_that_were_kept_back_are_told_right() -> None:
    kernel = trained("convolution")["K"][:, 0]
    data = run_of("convolution").experiment.test_data
    padded = np.pad(data["x"], ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))  # pyright: ignore
    scores = np.maximum(np.einsum("nrcij,kij->nkrc", windows, kernel), 0.0).sum(axis=(2, 3))
    np.testing.assert_array_equal(scores.argmax(axis=1), data["y"])


# --- lstm-cell ----------------------------------------------------------------------------------


def test_the_flagged_number_is_what_the_lstm_is_to_say() -> None:
    data = run_of("lstm-cell").experiment.data
    first = data["x1"][:, 1] == 1.0
    np.testing.assert_array_equal(data["x1"][:, 1] + data["x2"][:, 1], 1.0)
    np.testing.assert_array_equal(data["y"], np.where(first, data["x1"][:, 0], data["x2"][:, 0]))
    assert np.abs(value(at("end", "lstm-cell"), "h2") - data["y"]).max() < 0.06


def test_the_gradient_comes_through_the_cell_times_the_forget_gate_alone() -> None:
    debugger = at(".46", "lstm-cell")
    assert debugger.line.text == "d_c1 = d_c2 * f2"
    f2 = value(debugger, "f2")
    np.testing.assert_allclose(f2, 0.73, atol=5e-3)
    np.testing.assert_array_equal(gradient(debugger, "c1"), gradient(debugger, "c2") * f2)


def test_the_gates_learn_what_to_write_and_to_keep() -> None:
    debugger = at("end", "lstm-cell")
    for step in "12":
        flagged = value(debugger, f"x{step}")[:, 1] == 1.0
        gate = value(debugger, f"i{step}")
        np.testing.assert_allclose(gate[flagged], 0.79, atol=5e-3)
        np.testing.assert_allclose(gate[~flagged], 0.08, atol=5e-3)
    assert value(debugger, "f2").min() > 0.79


# --- attention-head -----------------------------------------------------------------------------


def test_each_token_is_to_give_out_the_one_before_it() -> None:
    data = run_of("attention-head").experiment.data
    np.testing.assert_array_equal(data["y"], np.roll(data["x"], 1, axis=0))
    np.testing.assert_array_equal(np.hypot(*data["p"].T), 1.0)


def test_attention_starts_at_the_token_itself_and_ends_one_before_it() -> None:
    first = at(".9", "attention-head")
    assert first.line.text == "a = softmax(s)"
    last = at("e200.i1.9", "attention-head")
    assert last.calendar.epochs == 200
    for debugger, back, weight in ((first, 0, 0.45), (last, 1, 0.80)):
        weights = value(debugger, "a")
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-12)
        tokens = np.arange(4)
        np.testing.assert_array_equal(weights.argmax(axis=1), (tokens - back) % 4)
        np.testing.assert_allclose(weights[tokens, (tokens - back) % 4], weight, atol=5e-3)
    assert final_loss("attention-head") < 1e-6


def test_the_gradient_of_the_scores_adds_up_to_zero_for_each_token() -> None:
    debugger = at(".20", "attention-head")
    assert debugger.line.text.startswith("d_s = ")
    scores = gradient(debugger, "s")
    assert np.abs(scores).max() > 0.01
    np.testing.assert_allclose(scores.sum(axis=1), 0.0, atol=1e-15)
