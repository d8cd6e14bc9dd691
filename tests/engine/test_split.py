"""Samples kept back for a test: test_fraction in [data]."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import ExperimentError, parse_experiment
from engine.data import SHUFFLE_STREAM, SPLIT_STREAM, Batches, split
from engine.experiment import Experiment


def opened(*lines: str, training: str = "", samples: int = 10) -> Experiment:
    """An experiment whose x counts its samples from 0, and whose y is their squares."""
    x = list(range(samples))
    data = "\n".join((f"x = {x}", f"y = {[n * n for n in x]}", *lines))
    return parse_experiment(
        f"formulas = 'loss = mean(x * y)'\n[data]\n{data}\n[training]\n{training}\n", name="e.toml"
    )


def refusal(*lines: str, samples: int = 10) -> ExperimentError:
    with pytest.raises(ExperimentError) as caught:
        opened(*lines, samples=samples)
    return caught.value


def test_without_test_fraction_there_is_no_test_data() -> None:
    experiment = opened()
    assert experiment.test_data == {}
    assert experiment.data["x"].tolist() == list(range(10))


@given(st.integers(2, 200), st.floats(0.01, 0.99), st.integers(0, 2**70))
def test_every_sample_stands_on_one_side_in_the_order_of_the_data(
    samples: int, fraction: float, seed: int
) -> None:
    training, test = split(samples, fraction, seed)
    assert sorted([*training, *test]) == list(range(samples))
    assert (np.diff(training) > 0).all()
    assert (np.diff(test) > 0).all()
    assert abs(len(test) - samples * fraction) <= 0.5
    for one, again in zip((training, test), split(samples, fraction, seed), strict=True):
        np.testing.assert_array_equal(one, again)


def test_columns_are_split_alike_and_read_only() -> None:
    experiment = opened("test_fraction = 0.2")
    assert list(experiment.test_data) == list(experiment.data) == ["x", "y"]
    assert len(experiment.test_data["x"]) == 2
    assert experiment.samples == len(experiment.data["x"]) == 8
    for part in (experiment.data, experiment.test_data):
        np.testing.assert_array_equal(part["x"] ** 2, part["y"])
        assert not any(values.flags.writeable for values in part.values())


def test_the_split_is_that_of_the_training_seed() -> None:
    splits = [opened("test_fraction = 0.3", training=f"seed = {seed}") for seed in (1, 1, 2)]
    one, same, other = (experiment.test_data["x"].tolist() for experiment in splits)
    assert one == same == split(10, 0.3, 1)[1].tolist()
    assert one != other


def test_more_samples_for_the_test_keep_those_that_were_there() -> None:
    few, many = (set(split(100, fraction, 3)[1].tolist()) for fraction in (0.1, 0.4))
    assert few < many


def test_the_split_draws_from_a_random_stream_of_its_own() -> None:
    assert SPLIT_STREAM != SHUFFLE_STREAM
    order = Batches(samples=50, size=50, shuffle=True, seed=0).order(0)
    assert sorted(order[:10].tolist()) != split(50, 0.2, 0)[1].tolist()


def test_batches_take_training_samples_only() -> None:
    experiment = opened("test_fraction = 0.2", training="batch_size = 3")
    assert experiment.training.batches.samples == 8
    assert experiment.training.batches.per_epoch == 3
    assert opened("test_fraction = 0.2").training.batches.size == 8


def test_a_batch_larger_than_the_training_samples_is_refused() -> None:
    with pytest.raises(ExperimentError, match="batch_size 9 is larger than the data: 8 samples"):
        opened("test_fraction = 0.2", training="batch_size = 9")


def test_both_parts_are_standardized_by_the_training_part() -> None:
    plain = opened("test_fraction = 0.3")
    experiment = opened("test_fraction = 0.3", 'standardize = ["x"]')
    mean, deviation = plain.data["x"].mean(), plain.data["x"].std()
    assert experiment.statistics["x"] == (mean, deviation)
    np.testing.assert_array_equal(experiment.data["x"], (plain.data["x"] - mean) / deviation)
    np.testing.assert_array_equal(
        experiment.test_data["x"], (plain.test_data["x"] - mean) / deviation
    )
    assert experiment.test_data["y"].tolist() == plain.test_data["y"].tolist()
    assert not experiment.test_data["x"].flags.writeable


def test_every_source_of_data_can_be_split(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n2\n3\n4\n")
    np.savez(tmp_path / "a.npz", x=np.arange(4.0))
    for source, tests in (('csv = "a.csv"', 1), ('npz = "a.npz"', 1), ('dataset = "iris"', 38)):
        experiment = parse_experiment(
            f"formulas = 'loss = mean(x)'\n[data]\n{source}\ntest_fraction = 0.25\n",
            folder=tmp_path,
        )
        assert len(experiment.test_data["x"]) == tests


def test_classes_of_both_parts_have_the_same_labels() -> None:
    experiment = parse_experiment(
        "formulas = 'loss = mean(y)'\n[data]\ndataset = 'iris'\ntest_fraction = 0.2\n"
    )
    assert experiment.classes["y"] == ("setosa", "versicolor", "virginica")
    assert len(experiment.data["y"]) == 120
    assert set(experiment.test_data["y"]) == {0.0, 1.0, 2.0}


@pytest.mark.parametrize("value", ["0", "1", "0.0", "1.0", "-0.2", "20", "nan", "true", '"0.2"'])
def test_a_fraction_that_is_none_is_refused_with_its_place(value: str) -> None:
    error = refusal(f"test_fraction = {value}")
    assert "test_fraction wants a number above 0 and below 1" in str(error)
    assert error.hint == "leave it out to train on every sample"
    assert error.place is not None
    assert (error.place.line, error.place.column) == (5, 1)


@pytest.mark.parametrize(("fraction", "left"), [(0.04, "test"), (0.96, "train")])
def test_both_parts_have_samples_or_it_is_an_error(fraction: float, left: str) -> None:
    error = refusal(f"test_fraction = {fraction}")
    assert error.what == f"test_fraction {fraction} of 10 samples leaves none to {left} on"


def test_one_sample_cannot_be_split() -> None:
    assert "of 1 sample leaves none to" in refusal("test_fraction = 0.5", samples=1).what


def test_a_split_of_no_data_is_refused() -> None:
    with pytest.raises(ExperimentError, match="test_fraction needs data"):
        parse_experiment("formulas = 'a = 1 * 2'\n[data]\ntest_fraction = 0.2\n")
