"""The built-in datasets: their formulas against published numbers, and their keys in [data]."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import DataError, Experiment, ExperimentError, parse_experiment
from engine.datasets import (
    DATASETS,
    circle_points,
    load_dataset,
    spiral_points,
    xor_points,
)

REFERENCE = Path(__file__).parent.parent / "reference" / "datasets.json"
CASES = {c["dataset"]: c for c in json.loads(REFERENCE.read_text("utf-8"))["cases"]}
GENERATED = [name for name, dataset in DATASETS.items() if dataset.generate]
PLANE = ["xor", "circle", "gauss", "spiral", "moons"]


def opened(*lines: str, training: str = "") -> Experiment:
    data = "\n".join(lines)
    return parse_experiment(
        f"formulas = 'loss = mean(x)'\n[data]\n{data}\n[training]\n{training}\n", name="e.toml"
    )


def refusal(*lines: str) -> ExperimentError:
    with pytest.raises(ExperimentError) as caught:
        opened(*lines)
    return caught.value


# --- the points --------------------------------------------------------------------------------


@pytest.mark.parametrize("checkpoint", CASES["playground_circle"]["checkpoints"])
def test_circle_is_the_playgrounds(checkpoint: dict[str, Any]) -> None:
    u_radius, u_angle, intended, u_x, u_y = (np.array(d) for d in checkpoint["draws"])
    x, y = circle_points(intended, u_radius, u_angle, u_x, u_y, noise=checkpoint["noise"])
    np.testing.assert_allclose([*x, y], checkpoint["point"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("checkpoint", CASES["playground_spiral"]["checkpoints"])
def test_spiral_is_the_playgrounds(checkpoint: dict[str, Any]) -> None:
    step, steps, label, *u = checkpoint["draws"]
    noise = checkpoint["noise"]
    x = spiral_points(np.array(step), steps, np.array(label), np.array(u), noise=noise)
    np.testing.assert_allclose([*x, label], checkpoint["point"], rtol=0, atol=1e-12)


def test_a_spiral_without_noise_has_the_points_of_both_arms() -> None:
    columns, _ = load_dataset("spiral", 200, 0.0)
    arm = columns["x"][columns["y"] == 1.0]
    step = np.argsort(np.hypot(*arm.T))
    checkpoint = CASES["playground_spiral"]["checkpoints"][1]
    assert checkpoint["draws"][:3] == [25, 100, 1]
    np.testing.assert_allclose(arm[step[25]], checkpoint["point"][:2], atol=1e-12)
    other = columns["x"][columns["y"] == -1.0]
    order = np.argsort(np.hypot(*other.T))
    np.testing.assert_allclose(other[order], -arm[step], atol=1e-12)


@pytest.mark.parametrize(
    ("u", "u_noise", "noise", "expected"),
    [
        # The padding moves points away from the axes, and 0 counts as below.
        ((0.5, 0.75), (0.5, 0.5), 0.0, (-0.3, 2.8, -1.0)),
        ((0.75, 0.75), (0.5, 0.5), 0.0, (2.8, 2.8, 1.0)),
        ((0.1, 0.2), (0.5, 0.5), 0.0, (-4.3, -3.3, 1.0)),
        # Noise of (−4, 0) · 0.5 decides the label, and the point stays.
        ((0.6, 0.75), (0.1, 0.5), 0.5, (1.3, 2.8, -1.0)),
    ],
)
def test_xor_is_the_playgrounds(
    u: tuple[float, float],
    u_noise: tuple[float, float],
    noise: float,
    expected: tuple[float, float, float],
) -> None:
    x, y = xor_points(np.array(u), np.array(u_noise), noise=noise)
    np.testing.assert_allclose([*x, y], expected, atol=1e-12)


@pytest.mark.parametrize(("noise", "variance"), [(0.0, 0.5), (0.25, 2.25), (0.5, 4.0)])
def test_gauss_has_the_playgrounds_centres_and_variances(noise: float, variance: float) -> None:
    columns, _ = load_dataset("gauss", 40_000, noise, seed=1)
    for label in (1.0, -1.0):
        cloud = columns["x"][columns["y"] == label]
        np.testing.assert_allclose(cloud.mean(axis=0), [2 * label, 2 * label], atol=0.06)
        np.testing.assert_allclose(cloud.var(axis=0), [variance, variance], rtol=0.05)


def test_moons_without_noise_lie_on_scikit_learns_half_circles() -> None:
    """The values of `make_moons(7, shuffle=False)`, its labels 0 and 1 as −1 and 1."""
    columns, _ = load_dataset("moons", 7, 0.0)
    outer = {(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)}
    h = 3**0.5 / 2
    inner = {(0.0, 0.5), (0.5, 0.5 - h), (1.5, 0.5 - h), (2.0, 0.5)}
    for label, expected in ((-1.0, outer), (1.0, inner)):
        points = columns["x"][columns["y"] == label]
        assert {(round(a, 9) + 0.0, round(b, 9) + 0.0) for a, b in points} == {
            (round(a, 9), round(b, 9)) for a, b in expected
        }


def test_line_and_sine_without_noise_are_their_curves() -> None:
    line, _ = load_dataset("line", 3, 0.0)
    assert line["x"].tolist() == [-1.0, 0.0, 1.0]
    assert line["y"].tolist() == [-1.0, 1.0, 3.0]
    sine, _ = load_dataset("sine", 5, 0.0)
    np.testing.assert_allclose(sine["x"], np.pi * np.array([-1, -0.5, 0, 0.5, 1]))
    np.testing.assert_allclose(sine["y"], [0, -1, 0, 1, 0], atol=1e-15)


@pytest.mark.parametrize("name", ["line", "sine"])
def test_noise_around_a_curve_is_its_standard_deviation(name: str) -> None:
    clean, noisy = (load_dataset(name, 20_000, noise)[0]["y"] for noise in (0.0, 0.3))
    assert (noisy - clean).std() == pytest.approx(0.3, rel=0.03)


def test_noise_of_circle_and_xor_changes_labels_and_not_points() -> None:
    for name in ("circle", "xor"):
        clean, noisy = (load_dataset(name, 2000, noise)[0] for noise in (0.0, 0.5))
        np.testing.assert_array_equal(
            np.sort(clean["x"], axis=0), np.sort(noisy["x"], axis=0), strict=True
        )
        changed = (clean["y"] != noisy["y"]).mean()
        assert 0.02 < changed < 0.5


# --- all of them -------------------------------------------------------------------------------


@given(st.sampled_from(GENERATED), st.integers(1, 40), st.floats(0, 5), st.integers(0, 2**40))
def test_a_dataset_is_a_pure_function_of_samples_noise_and_seed(
    name: str, samples: int, noise: float, seed: int
) -> None:
    columns, classes = load_dataset(name, samples, noise, seed)
    again, _ = load_dataset(name, samples, noise, seed)
    assert list(columns) == ["x", "y"] == list(DATASETS[name].columns)
    assert classes == {}
    assert columns["x"].shape == ((samples, 2) if name in PLANE else (samples,))
    assert columns["y"].shape == (samples,)
    for key, values in columns.items():
        assert values.dtype == np.float64
        assert np.isfinite(values).all()
        assert values.tobytes() == again[key].tobytes()
    if name in PLANE:
        assert set(columns["y"]) <= {1.0, -1.0}


@pytest.mark.parametrize("name", GENERATED)
def test_another_seed_gives_other_samples(name: str) -> None:
    one, other = (load_dataset(name, 50, 0.2, seed)[0] for seed in (0, 1))
    assert any((one[key] != other[key]).any() for key in one)


@pytest.mark.parametrize("name", PLANE)
def test_both_classes_come_mixed_and_about_equally_often(name: str) -> None:
    y = load_dataset(name, 400, 0.0)[0]["y"]
    assert 140 < (y == 1.0).sum() < 260
    assert 20 < (y[:100] == 1.0).sum() < 80


@pytest.mark.parametrize("name", ["circle", "gauss", "spiral", "moons"])
def test_an_odd_sample_goes_to_the_class_1(name: str) -> None:
    y = load_dataset(name, 7, 0.0)[0]["y"]
    assert (y == 1.0).sum() == 4


def test_iris_holds_fishers_values() -> None:
    """Means as in scikit-learn's description, and the two rows that UCI's copy has wrong."""
    columns, classes = load_dataset("iris")
    x, y = columns["x"], columns["y"]
    assert x.shape == (150, 4)
    np.testing.assert_allclose(x.mean(axis=0), [5.8433, 3.0573, 3.758, 1.1993], atol=5e-5)
    np.testing.assert_allclose(x.std(axis=0, ddof=1), [0.8281, 0.4359, 1.7653, 0.7622], atol=5e-5)
    assert x[0].tolist() == [5.1, 3.5, 1.4, 0.2]
    assert x[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert x[37].tolist() == [4.9, 3.6, 1.4, 0.1]
    assert y.tolist() == [0.0] * 50 + [1.0] * 50 + [2.0] * 50
    assert classes == {"y": ("setosa", "versicolor", "virginica")}


def test_every_dataset_says_what_it_is_and_opens_with_its_defaults() -> None:
    assert " ".join(DATASETS) == "line sine xor circle gauss spiral moons iris"
    for name, dataset in DATASETS.items():
        assert dataset.name == name
        assert dataset.about and dataset.source
        experiment = opened(f'dataset = "{name}"')
        assert experiment.samples == dataset.samples
        assert list(experiment.data) == list(dataset.columns)


# --- in an experiment --------------------------------------------------------------------------


def test_the_keys_of_a_dataset_reach_it() -> None:
    experiment = opened('dataset = "spiral"', "samples = 31", "noise = 0.25", "seed = 5")
    expected, _ = load_dataset("spiral", 31, 0.25, 5)
    assert experiment.data["x"].tobytes() == expected["x"].tobytes()
    assert experiment.data["y"].tobytes() == expected["y"].tobytes()
    assert not experiment.data["x"].flags.writeable


def test_its_seed_is_by_default_that_of_the_training() -> None:
    by_training = opened('dataset = "gauss"', training="seed = 9")
    by_data = opened('dataset = "gauss"', "seed = 9", training="seed = 4")
    assert by_training.data["x"].tobytes() == by_data.data["x"].tobytes()


def test_a_dataset_can_be_standardized() -> None:
    experiment = opened('dataset = "iris"', 'standardize = ["x"]')
    np.testing.assert_allclose(experiment.data["x"].mean(axis=0), 0.0, atol=1e-14)
    mean, deviation = experiment.statistics["x"]
    np.testing.assert_allclose(mean, [5.8433, 3.0573, 3.758, 1.1993], atol=5e-5)
    np.testing.assert_allclose(deviation, [0.8253, 0.4344, 1.7594, 0.7597], atol=5e-5)
    assert experiment.classes == {"y": ("setosa", "versicolor", "virginica")}


def test_columns_named_like_the_keys_of_a_dataset_can_stand_inline() -> None:
    experiment = parse_experiment(
        "formulas = 'loss = mean(noise * seed)'\n[data]\nnoise = [1, 2]\nseed = [3, 4]\n"
    )
    assert experiment.data["noise"].tolist() == [1.0, 2.0]


ERRORS = {
    "an unknown dataset": (
        ('dataset = "spirals"',),
        "e.toml:3:1: unknown dataset 'spirals'\n"
        "    dataset = \"spirals\"\n    ^^^^^^^\ndid you mean 'spiral'?",
    ),
    "a dataset unlike any": (
        ('dataset = "housing"',),
        "e.toml:3:1: unknown dataset 'housing'\n"
        '    dataset = "housing"\n    ^^^^^^^\n'
        "there are: line, sine, xor, circle, gauss, spiral, moons, iris",
    ),
    "a dataset that is no text": (
        ("dataset = 3",),
        "e.toml:3:1: data.dataset wants a text; a number came\n"
        '    dataset = 3\n    ^^^^^^^\nwrite  dataset = "spiral"',
    ),
    "negative noise": (
        ('dataset = "xor"', "noise = -0.1"),
        "e.toml:4:1: data.noise wants a number from 0 to 1e+06; -0.1 came\n"
        "    noise = -0.1\n    ^^^^^\n0 is no noise",
    ),
    "no samples": (
        ('dataset = "xor"', "samples = 0"),
        "e.toml:4:1: data.samples wants a whole number from 1 to 10000000; 0 came\n"
        "    samples = 0\n    ^^^^^^^",
    ),
    "a fraction of samples": (
        ('dataset = "xor"', "samples = 2.5"),
        "e.toml:4:1: data.samples wants a whole number from 1 to 10000000; 2.5 came\n"
        "    samples = 2.5\n    ^^^^^^^",
    ),
    "a seed below 0": (
        ('dataset = "xor"', "seed = -1"),
        "e.toml:4:1: data.seed wants a whole number of at least 0; -1 came\n"
        "    seed = -1\n    ^^^^",
    ),
    "a key without a dataset": (
        ("x = [1, 2]", "samples = 5"),
        "e.toml:4:1: data.samples needs a dataset\n"
        "    samples = 5\n    ^^^^^^^\n"
        'name one, like  dataset = "spiral",  or leave samples out',
    ),
    "a key of a dataset for a file": (
        ('csv = "a.csv"', "noise = 0.1"),
        "e.toml:4:1: data.noise is for a dataset, and not for csv\n    noise = 0.1\n    ^^^^^",
    ),
    "a dataset and a file": (
        ('csv = "a.csv"', 'dataset = "xor"'),
        "e.toml:4:1: two sources of data: csv and dataset\n"
        '    dataset = "xor"\n    ^^^^^^^\nkeep exactly one',
    ),
    "a dataset and inline columns": (
        ('dataset = "xor"', "z = [1, 2]"),
        "e.toml:4:1: two sources of data: dataset and z\n    z = [1, 2]\n    ^\nkeep exactly one",
    ),
    "columns of a dataset": (
        ('dataset = "iris"', 'columns = { x = "sepal_length" }'),
        "e.toml:4:1: a dataset has its own columns, x and y\n"
        '    columns = { x = "sepal_length" }\n    ^^^^^^^\n'
        "leave columns out; it is for csv and npz",
    ),
    "noise in measurements": (
        ('dataset = "iris"', "noise = 0.1"),
        "e.toml:4:1: iris is measured, not generated: it has no noise\n"
        "    noise = 0.1\n    ^^^^^\nleave noise out",
    ),
    "an unknown key": (
        ('dataset = "xor"', "sampels = 3"),
        "e.toml:4:1: unknown key 'sampels' in [data]\n"
        "    sampels = 3\n    ^^^^^^^\ndid you mean 'samples'?",
    ),
}


@pytest.mark.parametrize(("lines", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_a_mistake_about_a_dataset_is_one_clear_error(lines: tuple[str, ...], message: str) -> None:
    assert str(refusal(*lines)) == message


def test_an_unknown_dataset_is_an_error_of_the_function_too() -> None:
    with pytest.raises(DataError, match=re.escape("unknown dataset 'moon'")):
        load_dataset("moon")


@pytest.mark.parametrize("key", ["dataset", "samples", "noise", "seed", "test_fraction"])
@pytest.mark.parametrize(
    "value", ["true", '"a"', "nan", "inf", "-1", "1e300", "{}", "1979-05-27", "0x" + "f" * 40, "[]"]
)
def test_any_other_value_is_refused_with_its_place(key: str, value: str) -> None:
    if key == "seed" and value.startswith("0x"):
        return
    lines = [f"{key} = {value}"] if key == "dataset" else ['dataset = "xor"', f"{key} = {value}"]
    error = refusal(*lines)
    assert error.place is not None
    assert error.place.line == 2 + len(lines)
