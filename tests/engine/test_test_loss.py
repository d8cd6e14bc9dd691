"""The test loss: after every epoch, on the samples that were kept back, and out of the way."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Debugger, ExperimentError, Run, parse_experiment

TEXT = '''
formulas = """
g = w * x + b
loss = mean((y - g)**2)
"""
[parameters]
w = 0.5
b = 0.0
[data]
x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
y = [2.0, 4.5, 5.5, 8.0, 11.0, 12.0, 13.5, 16.5]
{split}
[training]
learning_rate = 0.005
batch_size = 2
shuffle = true
epochs = 12
'''
SPLIT = TEXT.format(split="test_fraction = 0.25")


def test_it_is_the_loss_of_the_kept_back_samples_after_each_epoch() -> None:
    run = Run(parse_experiment(SPLIT))
    run.advance(run.calendar.steps)
    held_out = run.experiment.test_data
    tested = run.test_losses()
    assert len(tested.values) == run.calendar.epochs
    for epoch, loss in enumerate(tested.values):
        record = run.record((epoch + 1) * run.calendar.iterations - 1)
        w, b = (float(record.updated[run.graph.named[name]]) for name in ("w", "b"))
        expected = np.mean((held_out["y"] - (w * held_out["x"] + b)) ** 2)
        assert loss == pytest.approx(expected, rel=1e-12)


def test_without_test_data_there_is_none() -> None:
    run = Run(parse_experiment(TEXT.format(split="")))
    run.advance(run.calendar.steps)
    assert len(run.test_losses().values) == 0


def test_measuring_it_changes_no_bit_of_the_training() -> None:
    experiment = parse_experiment(SPLIT)
    measured, bare = Run(experiment), Run(experiment)
    bare._evaluation = None
    for run in (measured, bare):
        run.advance(run.calendar.steps)
    assert measured.losses().values.tobytes() == bare.losses().values.tobytes()


def test_it_is_the_same_recorded_at_once_or_in_slices() -> None:
    experiment = parse_experiment(SPLIT)
    at_once, sliced = Run(experiment), Run(experiment)
    at_once.advance(at_once.calendar.steps)
    for steps in range(1, sliced.calendar.steps + 1):
        sliced.advance(steps)
        sliced.record(steps // 2)
    assert at_once.test_losses().values.tobytes() == sliced.test_losses().values.tobytes()


def test_dropout_keeps_everything_when_testing_and_replays_when_training() -> None:
    text = SPLIT.replace("g = w * x + b", "g = w * dropout(x, 0.5) + b")
    debugger = Debugger(parse_experiment(text))
    debugger.end()
    run = debugger.run
    record = run.record(run.done - 1)
    w, b = (float(record.updated[run.graph.named[name]]) for name in ("w", "b"))
    held_out = run.experiment.test_data
    expected = np.mean((held_out["y"] - (w * held_out["x"] + b)) ** 2)
    assert run.test_losses().values[-1] == pytest.approx(expected, rel=1e-12)
    fresh = Debugger(parse_experiment(text))
    for step in (40 % run.done, 3, 0, 17):
        ours, theirs = run.record(step), fresh.run.record(step)
        assert ours.loss == theirs.loss
        for mine, other in zip(ours.values, theirs.values, strict=True):
            assert np.array_equal(np.asarray(mine), np.asarray(other))


def test_shapes_are_checked_for_the_test_data_too() -> None:
    with pytest.raises(ExperimentError, match="add"):
        parse_experiment(
            SPLIT.replace("g = w * x + b", "g = w * x + c").replace(
                "b = 0.0", "c = [0.0, 0.0, 0.0]"
            )
        )
