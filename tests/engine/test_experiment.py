"""Experiment files: keys, values, overrides, seeds, initialisers, and one clear error each."""

from __future__ import annotations

import contextlib
import signal
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import (
    DataError,
    Debugger,
    Experiment,
    ExperimentError,
    FormulaError,
    GradstepError,
    Run,
    ShapeError,
    new_experiment,
    open_experiment,
    open_lesson,
    parse_experiment,
)
from engine.initializers import INITIALIZERS, fans
from engine.reading.document import Document, Origin
from engine.reading.opening import assembled

BASE = '''\
title = "T"
formulas = """
h = w1 * x + b1
loss = mean((y - h)**2)
"""

[parameters]
w1 = 0.5
b1 = 0.0

[data]
x = [1.0, 2.0, 3.0]
y = [3.0, 5.0, 7.0]

[training]
batch_size = 2
'''


def opened(old: str = "", new: str = "", **more: Any) -> Experiment:
    """The base experiment with one piece replaced."""
    assert old in BASE
    return parse_experiment(BASE.replace(old, new, 1), name="e.toml", **more)


def refusal(old: str = "", new: str = "", **more: Any) -> GradstepError:
    with pytest.raises(GradstepError) as caught:
        opened(old, new, **more)
    return caught.value


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Fail, instead of hanging, where the body takes longer."""

    def late(*_: object) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# --- what a file says -----------------------------------------------------------------------------


def test_every_key_of_training_is_optional() -> None:
    experiment = parse_experiment('formulas = "loss = w**2"\n[parameters]\nw = 1.0\n')
    training = experiment.training
    assert (training.epochs, training.seed, training.optimizer.name) == (50, 0, "sgd")
    assert (training.options["learning_rate"], training.options["maximize"]) == (0.1, False)
    assert (experiment.title, experiment.about, experiment.samples) == ("", "", 0)


def test_the_default_batch_is_all_samples() -> None:
    assert opened("batch_size = 2", "").training.batches.size == 3


def test_parameters_are_numbers_nested_lists_or_tables() -> None:
    experiment = parse_experiment(
        'formulas = "loss = a + sum(B) + c"\n'
        "[parameters]\na = 1\nB = [[1, 2], [3.5, 4]]\nc = { value = 2.5, trainable = false }\n"
    )
    assert {n.name: n.trainable for n in experiment.graph.parameters} == {
        "a": True,
        "B": True,
        "c": False,
    }
    assert experiment.leaves["B"].tolist() == [[1, 2], [3.5, 4]]
    assert all(a.dtype == np.float64 for a in experiment.leaves.values())


def test_nothing_in_an_experiment_can_be_written_to() -> None:
    experiment = opened("w1 = 0.5", 'w1 = { shape = [1], init = "ones" }')
    for array in (*experiment.leaves.values(), *experiment.data.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0


def test_constants_have_no_gradient_and_parameters_that_are_not_trainable_have_one() -> None:
    experiment = parse_experiment(
        'formulas = "loss = k * w * v"\n[constants]\nk = 3.0\n'
        "[parameters]\nw = 2.0\nv = { value = 5.0, trainable = false }\n[training]\nepochs = 2\n"
    )
    debugger = Debugger(experiment)
    debugger.end()
    named = debugger.graph.named
    assert debugger.state.gradient(named["k"]) is None
    assert debugger.state.gradient(named["v"]) is not None
    assert debugger.state.value(named["v"]) == 5.0
    assert debugger.state.value(named["w"]) != 2.0


def test_an_experiment_without_a_trainable_parameter_has_gradients_and_no_update() -> None:
    w1, b1 = (f"{name} = {{ value = 0.5, trainable = false }}" for name in ("w1", "b1"))
    debugger = Debugger(opened("w1 = 0.5\nb1 = 0.0", f"{w1}\n{b1}"))
    debugger.end()
    assert debugger.state.gradient(debugger.graph.named["w1"]) is not None
    assert {line.phase for line in debugger.listing.lines} == {"batch", "forward", "backward"}


def test_a_loss_that_no_parameter_reaches_still_runs() -> None:
    debugger = Debugger(parse_experiment('formulas = "loss = k**2"\n[constants]\nk = 3.0\n'))
    debugger.end()
    assert debugger.state.gradient(debugger.graph.loss) == 1.0


def test_training_loss_names_the_formula_to_differentiate() -> None:
    experiment = parse_experiment(
        'formulas = "a = w * 2\\nb = w * 3"\n[parameters]\nw = 1.0\n[training]\nloss = "a"\n'
    )
    debugger = Debugger(experiment)
    debugger.end()
    assert debugger.state.gradient(experiment.graph.named["w"]) == 2.0


def test_names_that_look_alike_to_python_are_one_name() -> None:
    # Python's parser folds the mathematical 𝑤 to w; so must the key.
    experiment = parse_experiment('formulas = "loss = 𝑤**2"\n[parameters]\n"𝑤" = 3.0\n')
    assert experiment.leaves["w"] == 3.0


def test_the_document_is_kept_with_its_overrides() -> None:
    experiment = opened(overrides=["training.epochs=7"], seed=3)
    assert experiment.document["training"] == {"batch_size": 2, "epochs": 7, "seed": 3}


# --- overrides --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("override", "learning_rate"),
    [("training.learning_rate=0.5", 0.5), (" training . learning_rate = 1e-3 ", 1e-3)],
)
def test_set_overrides_a_key(override: str, learning_rate: float) -> None:
    assert opened(overrides=[override]).training.options["learning_rate"] == learning_rate


def test_the_last_of_two_overrides_wins() -> None:
    assert opened(overrides=["training.epochs=2", "training.epochs=3"]).training.epochs == 3


def test_an_override_s_bare_word_is_a_text() -> None:
    assert opened(overrides=["title=Two words"]).title == "Two words"


def test_an_override_s_value_is_toml() -> None:
    assert opened(overrides=["data.x=[4, 5, 6]"]).data["x"].tolist() == [4.0, 5.0, 6.0]


def test_a_formula_can_be_overridden_although_it_holds_an_equals_sign() -> None:
    assert len(opened(overrides=["formulas=loss = w1**2"]).graph.formulas) == 1


def test_a_new_value_for_a_parameter_s_table_keeps_whether_it_is_trained() -> None:
    table = "w1 = { value = 0.5, trainable = false }"
    experiment = opened("w1 = 0.5", table, overrides=["parameters.w1=3"])
    assert experiment.leaves["w1"] == 3.0
    assert not experiment.graph[experiment.graph.named["w1"]].trainable


def test_a_seed_replaces_the_one_in_the_file() -> None:
    assert opened(seed=9).training.seed == 9


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "training.learning_rate",
            "--set training.learning_rate: not a setting\n"
            "write key.path=value, like training.learning_rate=0.5",
        ),
        (
            "training.epochs=-1",
            "--set training.epochs: training.epochs wants a whole number of at least 1; -1 came",
        ),
        (
            "title.a=2",
            "--set title.a=2: 'title' is no table\nsee the file's keys",
        ),
        (
            "formulas=loss = q",
            "e.toml: formulas:1:8: unknown name 'q'\n"
            "    loss = q\n"
            "           ^\n"
            "known here: x, y, w1, b1; add it to [parameters] or [data]",
        ),
    ],
)
def test_a_wrong_override_says_that_it_came_from_set(override: str, message: str) -> None:
    assert str(refusal(overrides=[override])) == message


@pytest.mark.parametrize("override", ["", "=", "=3", ".=3", "training.=3", ".seed=3", "a..b=1"])
def test_an_override_without_a_key_is_refused(override: str) -> None:
    assert "not a setting" in refusal(overrides=[override]).what


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_override_raises_anything_but_a_gradstep_error(key: str, value: str) -> None:
    with contextlib.suppress(GradstepError):
        opened(overrides=[f"{key}={value}", f"training.{key}={value}", f"parameters.w1={value}"])


# --- seeds and initialisers -------------------------------------------------------------------


def initial(init: str, seed: int = 0, **options: float) -> Any:
    """A weight of 40 by 60 as this initialiser starts it."""
    more = "".join(f", {k} = {v!r}" for k, v in options.items())
    experiment = parse_experiment(
        f'formulas = "loss = sum(W)"\n[parameters]\nW = {{ shape = [40, 60], init = "{init}"{more}'
        f" }}\n[training]\nseed = {seed}\n"
    )
    return experiment.leaves["W"]


@pytest.mark.parametrize("init", INITIALIZERS)
def test_an_initialiser_gives_the_same_numbers_for_the_same_seed(init: str) -> None:
    assert initial(init, 3).tobytes() == initial(init, 3).tobytes()
    assert initial(init).shape == (40, 60)


@pytest.mark.parametrize("init", sorted(INITIALIZERS.keys() - {"zeros", "ones", "constant"}))
def test_another_seed_gives_other_numbers(init: str) -> None:
    assert not np.array_equal(initial(init, 3), initial(init, 4))


@pytest.mark.parametrize(
    ("init", "options", "low", "high"),
    [
        ("zeros", {}, 0.0, 0.0),
        ("ones", {}, 1.0, 1.0),
        ("constant", {"value": 2.5}, 2.5, 2.5),
        ("uniform", {}, 0.0, 1.0),
        ("uniform", {"low": -3.0, "high": -2.0}, -3.0, -2.0),
        ("glorot_uniform", {}, -((6 / 100) ** 0.5), (6 / 100) ** 0.5),
        ("glorot_uniform", {"gain": 2.0}, -2 * (6 / 100) ** 0.5, 2 * (6 / 100) ** 0.5),
        ("he_uniform", {}, -((6 / 40) ** 0.5), (6 / 40) ** 0.5),
    ],
)
def test_a_uniform_initialiser_fills_its_published_bounds(
    init: str, options: dict[str, float], low: float, high: float
) -> None:
    values = initial(init, 0, **options)
    assert low <= values.min() <= low + 0.01 * (high - low)
    assert high - 0.01 * (high - low) <= values.max() <= high


@pytest.mark.parametrize(
    ("init", "options", "deviation"),
    [
        ("normal", {}, 1.0),
        ("normal", {"std": 0.25}, 0.25),
        ("glorot_normal", {}, (2 / 100) ** 0.5),
        ("he_normal", {}, (2 / 40) ** 0.5),
    ],
)
def test_a_normal_initialiser_has_its_published_deviation(
    init: str, options: dict[str, float], deviation: float
) -> None:
    values = initial(init, 0, **options)
    assert values.std() == pytest.approx(deviation, rel=0.05)
    assert abs(values.mean()) < 5 * deviation / values.size**0.5


def test_fans_of_matrices_are_the_last_two_dimensions() -> None:
    assert fans((40, 60)) == (40.0, 60.0)
    assert fans((5, 40, 60)) == (40.0, 60.0)
    assert fans((7,)) == (7.0, 7.0)
    assert fans(()) == (1.0, 1.0)


def test_fans_of_a_kernel_are_counted_over_its_window() -> None:
    assert fans((16, 3, 5, 7)) == (3 * 5 * 7, 16 * 5 * 7)
    assert fans((1, 1, 1, 1)) == (1.0, 1.0)


def test_the_fans_of_a_kernel_are_what_conv2d_makes_of_it() -> None:
    """One number out reads fan-in numbers, and one number in reaches fan-out of them."""
    text = '''
formulas = """
maps = conv2d(x, K, padding=(1, 2))
loss = sum(maps[0, 0, 3, 3])
everything = sum(maps)
"""
[parameters]
x = { shape = [1, 3, 7, 7], init = "ones" }
K = { shape = [4, 3, 3, 5], init = "ones" }
[training]
loss = "LOSS"
'''
    inside = gradient_of(text.replace("LOSS", "loss"), "x")
    assert np.count_nonzero(inside) == fans((4, 3, 3, 5))[0]
    assert gradient_of(text.replace("LOSS", "everything"), "x")[0, 0, 3, 3] == fans((4, 3, 3, 5))[1]


def gradient_of(text: str, name: str) -> Any:
    """∂loss/∂name in the first iteration."""
    debugger = Debugger(parse_experiment(text))
    debugger.step("pass", 2)
    return debugger.state.node(name).gradient


def test_a_kernel_is_initialised_by_its_fans() -> None:
    text = (
        'formulas = "loss = sum(K)"\n[parameters]\n'
        'K = { shape = [32, 8, 3, 5], init = "he_normal" }'
    )
    values = parse_experiment(text).leaves["K"]
    assert float(values.std()) == pytest.approx(np.sqrt(2 / (8 * 3 * 5)), rel=0.03)


def test_a_parameter_s_start_does_not_depend_on_its_neighbours() -> None:
    text = 'formulas = "loss = sum(W)"\n[parameters]\n{}W = {{ shape = [3], init = "normal" }}\n'
    alone = parse_experiment(text.format("")).leaves["W"]
    second = parse_experiment(text.format("a = 1.0\n")).leaves["W"]
    assert alone.tobytes() == second.tobytes()


def test_two_parameters_of_one_shape_start_differently() -> None:
    experiment = parse_experiment(
        'formulas = "loss = sum(A) + sum(B)"\n[parameters]\n'
        'A = { shape = 3, init = "normal" }\nB = { shape = 3, init = "normal" }\n'
    )
    assert not np.array_equal(experiment.leaves["A"], experiment.leaves["B"])


def test_a_shuffled_epoch_takes_every_sample_once_in_an_order_of_its_own() -> None:
    batches = opened("batch_size = 2", "batch_size = 2\nshuffle = true\nseed = 5").training.batches
    orders = [batches.order(epoch).tolist() for epoch in range(8)]
    assert all(sorted(order) == [0, 1, 2] for order in orders)
    assert len({tuple(order) for order in orders}) > 1
    assert orders == [batches.order(epoch).tolist() for epoch in range(8)]


# --- errors, word for word ------------------------------------------------------------------------

EXACT = {
    "an unknown key": (
        ('title = "T"', 'titel = "T"'),
        "e.toml:1:1: unknown key 'titel'\n"
        '    titel = "T"\n'
        "    ^^^^^\n"
        "did you mean 'title'?",
    ),
    "an unknown section": (
        ("[data]", "[dat]"),
        "e.toml:11:2: unknown key 'dat'\n"
        "    [dat]\n"
        "     ^^^\n"
        "did you mean 'data'?",
    ),
    "an unknown key in a section": (
        ("batch_size", "batchsize"),
        "e.toml:16:1: unknown key 'batchsize' in [training]\n"
        "    batchsize = 2\n"
        "    ^^^^^^^^^\n"
        "did you mean 'batch_size'?",
    ),
    "an unknown key in a parameter's table": (
        ("w1 = 0.5", "w1 = { valu = 1 }"),
        "e.toml:8:1: unknown key 'valu' in [parameters.w1]\n"
        "    w1 = { valu = 1 }\n"
        "    ^^\n"
        "did you mean 'value'?",
    ),
    "an unknown name in a formula": (
        ("w1 * x", "w3 * x"),
        "e.toml:3:5: unknown name 'w3'\n"
        "    h = w3 * x + b1\n"
        "        ^^\n"
        "did you mean 'w1'?",
    ),
    "shapes that do not fit": (
        ("w1 = 0.5", "w1 = [1.0, 2.0, 3.0, 4.0]"),
        "e.toml:3:5: mul cannot take shapes (4,) and (2,)\n"
        "    h = w1 * x + b1\n"
        "        ^^^^^^\n"
        "w1 is (4,), x is (2,); shapes must be equal, or 1 where they differ, counted from the "
        "right",
    ),
    "a loss of many numbers": (
        ("batch_size = 2", 'loss = "h"'),
        "e.toml:3:1: the loss must be one number; 'h' has shape (3,)\n"
        "    h = w1 * x + b1\n"
        "    ^\n"
        "reduce it, like  mean(h),  or name another formula as training.loss",
    ),
    "a loss that is no formula": (
        ("batch_size = 2", 'loss = "los"'),
        "e.toml:16:1: training.loss names 'los', which is no formula\n"
        '    loss = "los"\n'
        "    ^^^^\n"
        "did you mean 'loss'?",
    ),
    "a batch larger than the data": (
        ("batch_size = 2", "batch_size = 9"),
        "e.toml:16:1: batch_size 9 is larger than the data: 3 samples\n"
        "    batch_size = 9\n"
        "    ^^^^^^^^^^\n"
        "choose at most 3, or leave it out to take all of them",
    ),
    "negative epochs": (
        ("batch_size = 2", "epochs = -1"),
        "e.toml:16:1: training.epochs wants a whole number of at least 1; -1 came\n"
        "    epochs = -1\n"
        "    ^^^^^^",
    ),
    "a negative learning rate": (
        ("batch_size = 2", "learning_rate = -1"),
        "e.toml:16:1: training.learning_rate wants a finite number of at least 0; -1 came\n"
        "    learning_rate = -1\n"
        "    ^^^^^^^^^^^^^\n"
        "to go up the gradient set maximize = true",
    ),
    "an unknown optimizer": (
        ("batch_size = 2", 'optimizer = "sdg"'),
        "e.toml:16:1: unknown optimizer 'sdg'\n"
        '    optimizer = "sdg"\n'
        "    ^^^^^^^^^\n"
        "did you mean 'sgd'?",
    ),
    "ragged data": (
        ("x = [1.0, 2.0, 3.0]", "x = [1.0, 2.0]"),
        "e.toml:13:1: 'x' has 2 samples and 'y' has 3\n"
        "    y = [3.0, 5.0, 7.0]\n"
        "    ^\n"
        "every column has one entry for each sample",
    ),
    "a ragged parameter": (
        ("w1 = 0.5", "w1 = [[1.0, 2.0], [3.0]]"),
        "e.toml:8:1: parameters.w1: entry 2 has one number in a list, entry 1 has 2 numbers\n"
        "    w1 = [[1.0, 2.0], [3.0]]\n"
        "    ^^\n"
        "rows of an array are equally long",
    ),
    "a data value without samples": (
        ("x = [1.0, 2.0, 3.0]", "x = 1.0"),
        "e.toml:12:1: data.x wants a list with one entry for each sample; a number came\n"
        "    x = 1.0\n"
        "    ^\n"
        "a value without samples belongs in [constants]",
    ),
    "a name with two meanings": (
        ("w1 = 0.5", "w1 = 0.5\nx = 1"),
        "e.toml:9:1: 'x' stands in [data] and in [parameters]\n"
        "    x = 1\n"
        "    ^\n"
        "a name means one thing: rename one of them",
    ),
    "a name that Python keeps to itself": (
        ("w1 = 0.5", "lambda = 1"),
        "e.toml:8:1: 'lambda' is a word of Python; a formula could not say it\n"
        "    lambda = 1\n"
        "    ^^^^^^\n"
        "use letters, digits and _, starting with a letter",
    ),
    "an unknown initialiser": (
        ("w1 = 0.5", 'w1 = { init = "zeroes" }'),
        "e.toml:8:1: parameters.w1: unknown initialiser 'zeroes'\n"
        '    w1 = { init = "zeroes" }\n'
        "    ^^\n"
        "did you mean 'zeros'?",
    ),
    "bounds the wrong way round": (
        ("w1 = 0.5", 'w1 = { init = "uniform", low = 2, high = 1 }'),
        "e.toml:8:1: parameters.w1: low is above high\n"
        '    w1 = { init = "uniform", low = 2, high = 1 }\n'
        "    ^^\n"
        "without them they are 0 and 1",
    ),
    "a text that is not TOML": (
        ("[data]", "[data"),
        "e.toml:11:6: not TOML: Expected ']' at the end of a table declaration\n"
        "    [data\n"
        "         ^",
    ),
    "a key of letters that TOML wants in quotes": (
        ("w1 = 0.5", "β = 0.5"),
        "e.toml:8:1: not TOML: Invalid statement\n"
        "    β = 0.5\n"
        "    ^\n"
        'write the key in quotes: "β"',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), EXACT.values(), ids=EXACT.keys())
def test_an_error_names_its_place_what_came_what_was_wanted_and_the_way_out(
    change: tuple[str, str], message: str
) -> None:
    assert str(refusal(*change)) == message


@pytest.mark.parametrize(
    ("change", "kind", "line"),
    [
        (("formulas = ", "formula = "), ExperimentError, 2),
        (('title = "T"', "title = 3"), ExperimentError, 1),
        (('title = "T"', "about = [1]"), ExperimentError, 1),
        (("w1 = 0.5", 'w1 = "a"'), ExperimentError, 8),
        (("w1 = 0.5", "w1 = true"), ExperimentError, 8),
        (("w1 = 0.5", "w1 = 1979-05-27"), ExperimentError, 8),
        (("w1 = 0.5", "w1 = []"), ExperimentError, 8),
        (("w1 = 0.5", "w1 = [[], []]"), ExperimentError, 8),
        (("w1 = 0.5", "w1 = [1.0, [2.0]]"), ExperimentError, 8),
        (("w1 = 0.5", "w1 = 1" + "0" * 400), ExperimentError, 8),
        (("w1 = 0.5", "w1 = { trainable = false }"), ExperimentError, 8),
        (("w1 = 0.5", "w1 = { value = 1, trainable = 1 }"), ExperimentError, 8),
        (("w1 = 0.5", "w1 = { value = 1, shape = [1] }"), ExperimentError, 8),
        (("w1 = 0.5", "w1 = { value = 1, gain = 2 }"), ExperimentError, 8),
        (("w1 = 0.5", 'w1 = { shape = [0], init = "zeros" }'), ExperimentError, 8),
        (("w1 = 0.5", 'w1 = { shape = [true], init = "zeros" }'), ExperimentError, 8),
        (("w1 = 0.5", 'w1 = { shape = "2", init = "zeros" }'), ExperimentError, 8),
        (("w1 = 0.5", 'w1 = { shape = [100000, 100000], init = "zeros" }'), ExperimentError, 8),
        (("w1 = 0.5", "w1 = { init = 3 }"), ExperimentError, 8),
        (("w1 = 0.5", 'w1 = { init = "normal", gain = 2 }'), ExperimentError, 8),
        (("w1 = 0.5", 'w1 = { init = "normal", std = -1 }'), ExperimentError, 8),
        (("w1 = 0.5", 'w1 = { init = "normal", std = "a" }'), ExperimentError, 8),
        (("w1 = 0.5", 'w1 = { init = "uniform", low = 2, high = 1 }'), ExperimentError, 8),
        (("w1 = 0.5", 'w1 = { init = "uniform", low = nan }'), ExperimentError, 8),
        (("w1 = 0.5", 'w1 = { init = "he_normal", gain = -1 }'), ExperimentError, 8),
        (("w1 = 0.5", "w1 = 0.5\nw1 = 0.6"), ExperimentError, 9),
        (("w1 = 0.5", '"w 1" = 1'), ExperimentError, 8),
        (("[data]", "[constants]\nk = { value = 1 }\n[data]"), ExperimentError, 12),
        (("x = [1.0, 2.0, 3.0]", "x = []"), ExperimentError, 12),
        (("x = [1.0, 2.0, 3.0]", 'x = [1.0, "a", 3.0]'), ExperimentError, 12),
        (("x = [1.0, 2.0, 3.0]", 'x = "a"'), DataError, 12),
        (("y = [3.0", 'standardize = ["z"]\ny = [3.0'), ExperimentError, 13),
        (("y = [3.0", "standardize = 1\ny = [3.0"), ExperimentError, 13),
        (("y = [3.0", 'npz = "b.npz"\ncsv = "a.csv"\nz = [3.0'), ExperimentError, 13),
        (("y = [3.0", 'csv = "a.csv"\ny = [3.0'), ExperimentError, 12),
        (("batch_size = 2", "batch_size = 0"), ExperimentError, 16),
        (("batch_size = 2", "batch_size = true"), ExperimentError, 16),
        (("batch_size = 2", "epochs = 0"), ExperimentError, 16),
        (("batch_size = 2", "epochs = 1.5"), ExperimentError, 16),
        (("batch_size = 2", "seed = -1"), ExperimentError, 16),
        (("batch_size = 2", "seed = 1.0"), ExperimentError, 16),
        (("batch_size = 2", "shuffle = 1"), ExperimentError, 16),
        (("batch_size = 2", 'drop_last = "no"'), ExperimentError, 16),
        (("batch_size = 2", "learning_rate = nan"), ExperimentError, 16),
        (("batch_size = 2", "learning_rate = inf"), ExperimentError, 16),
        (("batch_size = 2", "learning_rate = true"), ExperimentError, 16),
        (("batch_size = 2", 'learning_rate = "a"'), ExperimentError, 16),
        (("batch_size = 2", "learning_rate = 1" + "0" * 400), ExperimentError, 16),
        (("batch_size = 2", "optimizer = 3"), ExperimentError, 16),
        (("batch_size = 2", "loss = 3"), ExperimentError, 16),
        (("batch_size = 2", 'loss = ""'), ExperimentError, 16),
        (("[data]\n", "[data]\nk = 3\n"), DataError, 12),
        (("w1 * x", "w1 @ x"), ShapeError, 3),
        (("mean((y", "mean(axis=2, (y"), FormulaError, 4),
        (("mean((y - h)**2)", "mean((y - h)**2, axis=2)"), ShapeError, 4),
    ],
    ids=lambda value: value[1][:48] if isinstance(value, tuple) else None,
)
def test_a_mistake_is_an_error_in_the_line_it_stands_on(
    change: tuple[str, str], kind: type[GradstepError], line: int
) -> None:
    error = refusal(*change)
    assert type(error) is kind
    assert error.place is not None
    assert (error.place.file, error.place.line) == ("e.toml", line), str(error)[:200]
    assert error.place.column is not None


def test_a_file_without_formulas_says_how_to_write_some() -> None:
    with pytest.raises(ExperimentError) as caught:
        parse_experiment('title = "empty"', name="e.toml")
    assert str(caught.value) == (
        "e.toml: formulas wants a text of formulas; there are none\n"
        'write  formulas = """ … """  with one assignment a line'
    )


def test_a_batch_size_without_data_is_refused() -> None:
    with pytest.raises(ExperimentError, match="batch_size needs"):
        parse_experiment('formulas = "a = w"\n[parameters]\nw = 1\n[training]\nbatch_size = 1\n')


def test_a_last_batch_whose_shapes_do_not_fit_is_refused_before_anything_runs() -> None:
    text = BASE.replace("w1 = 0.5", "w1 = [1.0, 2.0]").replace("w1 * x", "w1 @ x")
    with pytest.raises(ShapeError) as caught:
        parse_experiment(text, name="e.toml")
    assert caught.value.hint.endswith("this is the last batch of the epoch, of 1 samples")


def test_without_samples_no_batch_is_blamed() -> None:
    with pytest.raises(ShapeError) as caught:
        parse_experiment('formulas = "loss = w[5]"\n[parameters]\nw = [1.0, 2.0]\n')
    assert caught.value.hint == (
        "w is (2,); indices count from 0, or from the end with -1; a slice ends before its end"
    )


@pytest.mark.parametrize("axes", [31, 32, 33, 70])
def test_more_axes_than_numpy_can_do_are_refused(axes: int) -> None:
    text = f"formulas = 'loss = sum(tanh(w[{'None, ' * (axes - 1)}:]))'\n[parameters]\nw = [1, 2]\n"
    if axes > 32:
        with pytest.raises(ShapeError, match=rf"\[ \] makes an array of {axes} axes"):
            parse_experiment(text)
    else:
        run = Run(parse_experiment(text))
        run.advance(1)
        assert run.record(0).gradients


def test_a_formula_in_a_one_line_string_is_pointed_at_in_its_file() -> None:
    with pytest.raises(FormulaError) as caught:
        parse_experiment('title = "T"\nformulas = "loss = q"\n', name="e.toml")
    place = caught.value.place
    assert place is not None
    assert (place.line, place.column) == (2, 20)


def test_a_formula_under_a_quoted_key_is_never_pointed_at_in_the_wrong_line() -> None:
    with pytest.raises(FormulaError) as caught:
        parse_experiment('title = "T"\n\n\n"formulas" = "loss = q"\n', name="e.toml")
    place = caught.value.place
    assert place is not None
    assert place.file != "e.toml" or place.line in (None, 4)


def test_a_formula_with_an_escape_is_never_pointed_at_in_the_wrong_column() -> None:
    with pytest.raises(FormulaError) as caught:
        parse_experiment('formulas = "a = 1\\nloss = q"\n', name="e.toml")
    assert str(caught.value).startswith("e.toml: formulas:2:8: unknown name 'q'")


def test_a_long_line_of_dashes_in_the_text_does_not_slow_an_error_down() -> None:
    text = f'about = """\n{"-" * 60}\n"""\n' + BASE + "nonsense = 1\n"
    with at_most(5), pytest.raises(ExperimentError) as caught:
        parse_experiment(text, name="e.toml")
    assert caught.value.hint.startswith("known keys")


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    assert isinstance(refusal("w1 = 0.5", "w1 = 1" + "0" * 5000), ExperimentError)


# --- random mistakes --------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["[", "]", "{", "}", '"', "'", '"""', "=", ",", ".", "#", "\n", "\r", "\\", "-", "1", "e9",
     "nan", "inf", "true", "[data]", "[training]", "[parameters]", "x", "w1", "w1 = ", "loss", "(",
     ")", "axis=9", ".T", "@", "csv", "é", "\x00", "0x", "init", "{ }", "[]", "[[1]]", "1979-05-27"]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The base experiment after a few cuts, copies and insertions."""
    text = BASE
    for _ in range(draw(st.integers(1, 4))):
        a = draw(st.integers(0, len(text)))
        b = min(len(text), a + draw(st.integers(0, 12)))
        middle = draw(st.sampled_from(("", text[a:b] * 2)) | PIECES | st.text(max_size=3))
        text = text[:a] + middle + text[b:]
    return text


@settings(max_examples=400)
@given(mutated())
@example(BASE.replace("b1\nloss", "b1\rloss"))
def test_a_mutated_file_is_read_or_refused_and_never_crashes(text: str) -> None:
    with contextlib.suppress(GradstepError):
        Debugger(parse_experiment(text, name="e.toml", folder=Path(__file__).parent))


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(tomllib.loads(BASE))),
    st.recursive(
        st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.dates()
        | st.just(10**400),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["x", "y", "w1", "b1", "csv", "npz", "columns", "standardize", "value", "init",
                     "shape", "std", "gain", "trainable", "epochs", "seed", "loss", "optimizer"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=6,
    ),
)  # fmt: skip
def test_a_section_of_any_value_is_read_or_refused_and_never_crashes(key: str, value: Any) -> None:
    document = tomllib.loads(BASE)
    document[key] = value
    # tomllib has no writer: hand the document to the reader that parse_experiment uses.
    with contextlib.suppress(GradstepError):
        assembled(Document(document, Origin(BASE, "e.toml", ())), Path(__file__).parent)


# --- files --------------------------------------------------------------------------------------


def test_a_file_may_start_with_a_byte_order_mark_and_end_its_lines_as_windows_does(
    tmp_path: Path,
) -> None:
    path = tmp_path / "e.toml"
    path.write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    experiment = open_experiment(path)
    assert [f.text for f in experiment.graph.formulas] == [
        "h = w1 * x + b1",
        "loss = mean((y - h)**2)",
    ]


@pytest.mark.parametrize(
    ("override", "section"),
    [("learning_rate=1", "training"), ("momentum=0.9", "training"), ("csv=a.csv", "data")],
)
def test_a_key_without_its_section_is_told_where_it_belongs(override: str, section: str) -> None:
    key = override.split("=")[0]
    with pytest.raises(ExperimentError) as caught:
        parse_experiment(BASE, overrides=[override])
    assert str(caught.value) == (
        f"--set {key}: '{key}' stands in no section\n"
        f"it belongs in [{section}], as --set says {section}.{key}"
    )


def test_errors_of_a_windows_file_stand_in_the_right_line(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_bytes(BASE.replace("w1 * x", "q * x").replace("\n", "\r\n").encode())
    with pytest.raises(FormulaError) as caught:
        open_experiment(path)
    assert str(caught.value).startswith(f"{path}:3:5: unknown name 'q'")


def test_a_file_that_is_not_utf_8_says_which_byte_in_which_line(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_bytes(b'title = "T"\nabout = "caf\xe9"\n')
    with pytest.raises(ExperimentError) as caught:
        open_experiment(path)
    assert str(caught.value) == (
        f"{path}:2: byte 0xe9 is not UTF-8 text\nan experiment is a TOML file saved as UTF-8"
    )


def test_a_directory_is_no_experiment(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="is a directory"):
        open_experiment(tmp_path)


def test_a_missing_file_suggests_one_with_a_name_like_it(tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_text(BASE)
    with pytest.raises(ExperimentError) as caught:
        open_experiment(tmp_path / "huose.toml")
    assert caught.value.hint == f"did you mean '{tmp_path / 'house.toml'}'?"


@pytest.mark.parametrize("name", ["a" * 300 + ".toml", "a\0b.toml", "no/such/folder.toml"])
def test_a_path_that_cannot_be_opened_is_an_error_and_no_crash(name: str, tmp_path: Path) -> None:
    for opener in (open_experiment, open_lesson):
        with pytest.raises(ExperimentError):
            opener(tmp_path / name)


def test_an_empty_file_has_no_formulas(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_text("")
    with pytest.raises(ExperimentError, match="formulas wants"):
        open_experiment(path)


# --- lessons and the starter ------------------------------------------------------------------


def first_and_last_loss(experiment: Experiment) -> tuple[float, float]:
    debugger = Debugger(experiment)
    before = debugger.state.record.loss
    debugger.end()
    return before, debugger.state.record.loss


def test_a_lesson_s_name_may_be_misspelt_and_is_suggested() -> None:
    with pytest.raises(ExperimentError) as caught:
        open_lesson("two-layr")
    assert caught.value.hint == "did you mean 'two-layer'?"


def test_a_file_wins_over_a_lesson_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "two-layer").write_text(BASE)
    monkeypatch.chdir(tmp_path)
    assert open_lesson("two-layer").title == "T"


def test_a_new_experiment_opens_and_learns(tmp_path: Path) -> None:
    before, after = first_and_last_loss(open_experiment(new_experiment(tmp_path / "mine")))
    assert after < before / 2


def test_a_new_experiment_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("precious")
    with pytest.raises(ExperimentError, match="left as it is"):
        new_experiment(path)
    assert path.read_text() == "precious"


def test_a_new_experiment_needs_a_folder_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="cannot write"):
        new_experiment(tmp_path / "no" / "mine.toml")
    with pytest.raises(ExperimentError):
        new_experiment(tmp_path)
