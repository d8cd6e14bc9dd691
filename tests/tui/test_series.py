"""Series along a timeline: every iteration its own value, every peak, whatever was dropped."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine import Debugger, open_lesson
from tui import series
from tui.views.alerts import found


def forked(*overrides: str) -> Debugger:
    """On a fork of a fork, all of it recorded."""
    made = Debugger(open_lesson("two-layer-csv", overrides=overrides))
    made.goto("e4.i2.17")
    made.set("w1", 3.0)
    made.goto("e9.i5.20")
    made.set("w2", -2.0)
    made.end()
    return made


def recorded(made: Debugger, first: int, end: int) -> list[float]:
    return [made.run.record(step).loss for step in range(first, end)]


def test_between_gives_the_value_of_every_iteration_of_a_fork() -> None:
    made = forked("training.epochs=12")
    losses = series.losses(made.run)
    assert series.between(losses, 0, 60).tolist() == recorded(made, 0, 60)
    for first, end in ((14, 20), (16, 17), (43, 46), (59, 60), (7, 7)):
        assert series.between(losses, first, end).tolist() == recorded(made, first, end)


@pytest.mark.parametrize("most", [7, 60, 500])
def test_peaks_are_the_greatest_of_equal_stretches(most: int) -> None:
    made = forked("training.epochs=12")
    losses = series.losses(made.run)
    values = recorded(made, 0, 60)
    peaks = series.peaks(losses, 0, 60, most)
    if most >= 60:
        assert peaks.tolist() == values
    else:
        edges = [i * 60 // most for i in range(most + 1)]
        assert peaks.tolist() == [max(values[a:b]) for a, b in pairwise(edges)]


def test_a_long_run_keeps_its_peaks_though_values_have_been_dropped() -> None:
    made = forked("training.epochs=4000")
    made.run.limit(2**16)
    losses = series.losses(made.run)
    assert made.run.losses().thinned
    peaks = series.peaks(losses, 0, made.run.done, 100)
    assert len(peaks) == 100
    # The fork of w2 in iteration 45 makes the loss jump at once.
    assert peaks[0] >= made.run.record(45).loss
    assert np.isfinite(series.between(losses, 0, made.run.done)).all()


# --- alerts ------------------------------------------------------------------------------------


def test_a_calm_run_has_no_alerts() -> None:
    made = Debugger(open_lesson("two-layer"))
    made.end()
    assert found(series.losses(made.run), made.run.done) == (None, ())


def test_a_spike_is_where_an_edit_makes_the_loss_jump() -> None:
    made = Debugger(open_lesson("two-layer"))
    made.goto("e50.i1.23")
    made.set("w1", 4.0)
    made.end()
    bad, spikes = found(series.losses(made.run), made.run.done)
    assert bad is None and 50 in spikes


@pytest.mark.parametrize("epochs", [1100, 12000])
def test_the_first_loss_that_is_no_number_is_found(epochs: int) -> None:
    made = Debugger(open_lesson("exploding-loss", overrides=[f"training.epochs={epochs}"]))
    made.end()
    bad, _ = found(series.losses(made.run), made.run.done)
    assert bad is not None
    assert np.isfinite(made.run.record(bad - 1).loss)
    assert not np.isfinite(made.run.record(bad).loss)
