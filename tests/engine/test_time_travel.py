"""Time travel: whichever way one arrives at an event, it is the same event, bit for bit."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Debugger, Experiment, Recorded, ReplayError, Unit, open_lesson
from engine.run import Keyframes, Run
from tests.engine.states import (
    Bits,
    bits,
    fresh_bits,
    history_bits,
    record_bits,
    state_bits,
)
from tests.strategies import TWO_LAYERS, Sketch, sketches

UNITS = list(Unit)
TINY = 1
"""A memory budget in bytes that leaves the smallest number of keyframes."""

MINI_BATCHES = Sketch(
    "h = tanh(x @ W + b)\ng = h @ v\nloss = mean((g - y)**2)",
    {"W": [[0.1, 0.2], [-0.3, 0.4]], "b": [0.1, -0.1], "v": [0.7, -0.8]},
    {"x": [[1.0, -2.0], [0.5, 0.25], [1.5, -1.0], [0.0, 1.0], [2.0, 1.0]], "y": [1, 2, 3, 4, 5]},
    training={"batch_size": 2, "shuffle": True, "seed": 4, "epochs": 30, "learning_rate": 0.05},
)
"""Two full batches and a short one in every epoch, shuffled."""

DIVERGING = Sketch(
    TWO_LAYERS.formulas,
    TWO_LAYERS.parameters,
    TWO_LAYERS.data,
    training={"learning_rate": 50.0, "epochs": 40, "batch_size": 2, "shuffle": True},
)
"""Overflows to inf after a few iterations, and is nan from there on."""


def steps() -> st.SearchStrategy[tuple[Unit, int]]:
    sizes = st.sampled_from((1, 1, 1, 2, 3, 7))
    signs = st.sampled_from((1, -1))
    return st.tuples(st.sampled_from(UNITS), st.builds(lambda n, sign: n * sign, sizes, signs))


def walked(experiment: Experiment, moves: list[tuple[Unit, int]], **more: Any) -> Debugger:
    debugger = Debugger(experiment, **more)
    for unit, by in moves:
        debugger.step(unit, by)
    return debugger


# --- random walks -------------------------------------------------------------------------------


@given(sketches(smooth=False), st.lists(steps(), max_size=12))
def test_a_walk_ends_in_the_state_of_a_direct_jump(
    sketch: Sketch, moves: list[tuple[Unit, int]]
) -> None:
    experiment = sketch.opened()
    debugger = walked(experiment, moves)
    assert state_bits(debugger.state) == fresh_bits(experiment, debugger.at)


@settings(max_examples=30)
@given(
    st.sampled_from((MINI_BATCHES, DIVERGING)),
    st.lists(steps(), max_size=25),
    st.sampled_from((TINY, 20_000, 2**26)),
)
def test_a_walk_over_shuffled_batches_ends_in_the_state_of_a_direct_jump(
    sketch: Sketch, moves: list[tuple[Unit, int]], memory: int
) -> None:
    experiment = sketch.opened()
    debugger = walked(experiment, moves, memory=memory)
    assert state_bits(debugger.state) == fresh_bits(experiment, debugger.at)


def test_a_thousand_random_steps_agree_with_a_fresh_run_at_each_address() -> None:
    experiment = open_lesson("two-layer-csv")
    debugger = Debugger(experiment)
    events = debugger.calendar.events
    # One fresh debugger for each iteration that the walk visits, jumped to directly.
    fresh: dict[int, Debugger] = {}
    rng = random.Random(20240607)
    visited: set[int] = set()
    for _ in range(1000):
        unit = rng.choice(UNITS)
        debugger.step(unit, rng.choice((1, 1, 2, 5, -1, -1, -2, -5)))
        iteration = (debugger.at - 1) // events
        visited.add(iteration)
        if iteration not in fresh:
            fresh[iteration] = Debugger(experiment)
            fresh[iteration].goto(debugger.at)
        expected = fresh[iteration].run.state(debugger.at)
        assert state_bits(debugger.state) == state_bits(expected), str(debugger.address)
    assert len(visited) > 100


def test_every_iteration_replayed_backwards_has_the_bits_of_the_way_there() -> None:
    run = Debugger(MINI_BATCHES.opened()).run
    events = run.calendar.events
    there = [record_bits(run.state((step + 1) * events)) for step in range(run.calendar.steps)]
    back = [
        record_bits(run.state((step + 1) * events)) for step in reversed(range(run.calendar.steps))
    ]
    assert there == back[::-1]


# --- the run itself -----------------------------------------------------------------------------


def test_an_iteration_begins_where_the_one_before_it_ended() -> None:
    run = Debugger(MINI_BATCHES.opened()).run
    for step in range(1, run.calendar.steps):
        before, after = run.record(step - 1), run.record(step)
        for node, updated in before.updated.items():
            assert bits(after.leaves[node]) == bits(updated)


def test_the_lesson_trains_like_a_loop_written_by_hand() -> None:
    experiment = open_lesson("two-layer-csv")
    run = Debugger(experiment).run
    w1, b1, w2, b2 = (float(experiment.leaves[name]) for name in ("w1", "b1", "w2", "b2"))
    assert run.calendar.steps == 200
    for step in range(200):
        record = run.record(step)
        rows = list(record.samples)
        x, y = experiment.data["x"][rows], experiment.data["y"][rows]
        h = w1 * x + b1
        g = w2 * h + b2
        d_g = -2 / len(rows) * (y - g)
        d_h = d_g * w2
        assert record.loss == pytest.approx(np.mean((y - g) ** 2), rel=1e-10)
        w1, b1 = w1 - 0.05 * np.sum(d_h * x), b1 - 0.05 * np.sum(d_h)
        w2, b2 = w2 - 0.05 * np.sum(d_g * h), b2 - 0.05 * np.sum(d_g)


def test_an_epoch_takes_every_sample_once() -> None:
    run = Debugger(MINI_BATCHES.opened()).run
    for epoch in range(3):
        taken = [run.record(3 * epoch + i).samples for i in range(3)]
        assert [len(samples) for samples in taken] == [2, 2, 1]
        assert sorted(sum(taken, ())) == [0, 1, 2, 3, 4]


def test_a_dropped_last_batch_never_runs() -> None:
    training = {**MINI_BATCHES.training, "drop_last": True}
    sketch = Sketch(
        MINI_BATCHES.formulas, MINI_BATCHES.parameters, MINI_BATCHES.data, training=training
    )
    run = Debugger(sketch.opened()).run
    assert run.calendar.iterations == 2
    assert {len(run.record(step).samples) for step in range(20)} == {2}


@pytest.mark.parametrize("sketch", [MINI_BATCHES, DIVERGING, TWO_LAYERS])
def test_two_runs_of_one_experiment_have_the_same_bits(sketch: Sketch) -> None:
    first, second = Debugger(sketch.opened()), Debugger(sketch.opened())
    first.end()
    second.end()
    assert state_bits(first.state) == state_bits(second.state)
    assert history_bits(first) == history_bits(second)


# --- looking changes nothing --------------------------------------------------------------------


@settings(max_examples=20)
@given(st.lists(steps(), max_size=15))
def test_looking_never_changes_what_is_recorded(moves: list[tuple[Unit, int]]) -> None:
    experiment = MINI_BATCHES.opened()
    debugger = Debugger(experiment)
    debugger.goto(50 * debugger.calendar.events)
    before = history_bits(debugger)
    for unit, by in moves:
        if debugger.target(unit, by).ordinal <= 50 * debugger.calendar.events:
            debugger.step(unit, by)
            _ = debugger.state, debugger.report(), debugger.chain_rule("W")
    assert history_bits(debugger) == before


@settings(max_examples=20)
@given(st.lists(st.integers(0, 89), max_size=12))
def test_running_on_after_looking_anywhere_gives_the_same_history(places: list[int]) -> None:
    experiment = MINI_BATCHES.opened()
    looked, straight = Debugger(experiment), Debugger(experiment)
    for place in places:
        looked.run.record(place)
    looked.end()
    straight.end()
    assert history_bits(looked) == history_bits(straight)
    assert state_bits(looked.state) == state_bits(straight.state)


@pytest.mark.parametrize("sketch", [MINI_BATCHES, TWO_LAYERS])
def test_advancing_in_slices_of_time_equals_advancing_at_once(sketch: Sketch) -> None:
    experiment = sketch.opened()
    sliced, whole = Debugger(experiment), Debugger(experiment)
    slices = 1
    while not sliced.run.advance(sliced.calendar.steps, seconds=0.0):
        slices += 1
        if slices % 2:
            sliced.run.record(sliced.run.done // 2)
    assert whole.run.advance(whole.calendar.steps)
    assert history_bits(sliced) == history_bits(whole)
    sliced.end()
    whole.end()
    assert state_bits(sliced.state) == state_bits(whole.state)


def test_an_advance_never_goes_past_the_end() -> None:
    run = Debugger(TWO_LAYERS.opened()).run
    assert run.advance(10**9)
    assert run.done == run.calendar.steps == 5


@pytest.mark.parametrize("sketch", [MINI_BATCHES, TWO_LAYERS])
@pytest.mark.parametrize("memory", [TINY, 2**26])
def test_a_listener_hears_of_every_iteration_once_and_in_order(sketch: Sketch, memory: int) -> None:
    training = {**sketch.training, "epochs": 1500}
    longer = Sketch(sketch.formulas, sketch.parameters, sketch.data, training=training)
    heard, plain = Debugger(longer.opened(), memory=memory), Debugger(longer.opened())
    parts: list[Recorded] = []
    while not heard.run.advance(heard.calendar.steps, 0.001, parts.append):
        pass
    plain.end()
    assert [part.first for part in parts] == [
        sum(len(p.losses) for p in parts[:i]) for i in range(len(parts))
    ]
    losses = np.concatenate([part.losses for part in parts])
    assert losses.tobytes() == plain.run.losses().values.tobytes()
    for node in plain.run.scalars:
        used = np.concatenate([part.scalars[node] for part in parts])
        assert used.tobytes() == plain.run.parameter_series(node).values.tobytes()
    heard.end()
    assert state_bits(heard.state) == state_bits(plain.state)


def interrupt_after(monkeypatch: pytest.MonkeyPatch, run: Run, updates: int) -> None:
    """Have ctrl-c arrive right after so many more updates of `run`."""
    left = [updates]

    def count_down() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(run.storage, "update", (*run.storage.update, count_down))


@pytest.mark.parametrize("updates", [1, 2, 10])
def test_a_run_interrupted_ahead_goes_on_as_if_nothing_had_happened(
    monkeypatch: pytest.MonkeyPatch, updates: int
) -> None:
    experiment = MINI_BATCHES.opened()
    debugger, straight = Debugger(experiment), Debugger(experiment)
    debugger.goto(3 * debugger.calendar.events)
    interrupt_after(monkeypatch, debugger.run, updates)
    with pytest.raises(KeyboardInterrupt):
        debugger.end()
    monkeypatch.undo()
    debugger.end()
    straight.end()
    assert history_bits(debugger) == history_bits(straight)
    assert state_bits(debugger.state) == state_bits(straight.state)


@pytest.mark.parametrize("updates", [1, 2, 10])
def test_a_replay_interrupted_on_its_way_back_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch, updates: int
) -> None:
    # Few keyframes: the way back into the middle is hundreds of iterations long.
    experiment = LONG.opened()
    debugger = Debugger(experiment, memory=TINY)
    debugger.end()
    interrupt_after(monkeypatch, debugger.run, updates)
    with pytest.raises(KeyboardInterrupt):
        debugger.run.record(1480)
    monkeypatch.undo()
    for step in (1480, 1481, 1479):
        ordinal = (step + 1) * debugger.calendar.events
        assert state_bits(debugger.run.state(ordinal)) == fresh_bits(experiment, ordinal)


# --- on the way, a slice at a time ---------------------------------------------------------------


@settings(max_examples=30)
@given(
    st.sampled_from((TINY, 2_000, 20_000)),
    st.lists(st.tuples(st.integers(0, 89), st.integers(0, 5)), min_size=1, max_size=8),
)
def test_an_approach_in_slices_dropped_at_any_point_leads_to_the_same_bits(
    memory: int, places: list[tuple[int, int]]
) -> None:
    experiment = MINI_BATCHES.opened()
    debugger = Debugger(experiment, memory=memory)
    run, events = debugger.run, debugger.calendar.events
    for step, slices in places:
        before = run.distance(step)
        for _ in range(slices):
            if run.approach(step, 0.0):
                break
            assert run.distance(step) <= before
            before = run.distance(step)
        ordinal = (step + 1) * events
        assert state_bits(run.state(ordinal)) == fresh_bits(experiment, ordinal)


def test_an_approach_comes_nearer_with_every_slice_until_the_record_is_at_once() -> None:
    debugger = Debugger(LONG.opened(), memory=TINY)
    debugger.end()
    run, distances = debugger.run, list[int]()
    run.record(2)
    while not run.approach(1480, 0.0):
        distances.append(run.distance(1480))
    assert len(distances) > 100
    assert distances == sorted(distances, reverse=True)
    assert run.distance(1480) == 0


def test_an_approach_of_a_shared_past_and_of_an_edited_iteration_is_the_record_s() -> None:
    debugger = Debugger(LONG.opened(), memory=TINY)
    debugger.goto("e2000")
    debugger.set("w", 0.25)
    debugger.end()
    events = debugger.calendar.events
    for step in (1500, 1998, 1999, 2000, 2700):
        while not debugger.run.approach(step, 0.0):
            assert debugger.run.distance(step) > 0
        ordinal = (step + 1) * events
        direct = Debugger(LONG.opened())
        direct.goto("e2000")
        direct.set("w", 0.25)
        assert state_bits(debugger.run.state(ordinal)) == state_bits(direct.run.state(ordinal))


def test_a_way_back_over_a_wide_gap_is_replayed_once_and_in_short_pieces() -> None:
    debugger = Debugger(LONG.opened(), memory=1_850)
    debugger.end()
    run, replayed = debugger.run, list[int]()
    assert run.keyframes.spacing > 10 * run.trail.capacity
    for step in range(2900, 2100, -1):
        replayed.append(run.distance(step))
        run.record(step)
    spacing, gap = run.keyframes.spacing, -(-run.keyframes.spacing // (run.trail.capacity * 3 // 4))
    longest = sorted(replayed, reverse=True)
    assert longest[0] <= spacing
    # Where a keyframe is passed; else nothing takes longer than from one waypoint to the next.
    assert longest[800 // spacing + 1] <= gap
    assert sum(replayed) < 6 * 800


# --- bounded memory -----------------------------------------------------------------------------


LONG = Sketch(
    "loss = mean((w * x + b - y)**2)",
    {"w": 0.5, "b": 0.0},
    {"x": [1.0, 2.0, 3.0], "y": [2.0, 3.0, 5.0]},
    training={"learning_rate": 0.01, "epochs": 3000},
)


@pytest.mark.parametrize("sketch", [LONG, Sketch(LONG.formulas, LONG.parameters, LONG.data,
                         training={**LONG.training, "batch_size": 2, "epochs": 1500})])  # fmt: skip
def test_few_keyframes_give_the_bits_of_many(sketch: Sketch) -> None:
    experiment = sketch.opened()
    tiny, roomy = Debugger(experiment, memory=TINY), Debugger(experiment)
    tiny.end()
    roomy.end()
    assert tiny.run.losses().spacing > 1
    steps = [0, 2999, 1500, 1499, 7, 2998, 1023, 1024, 1025, 2047, 2048, 2]
    for step in steps:
        ordinal = (step + 1) * tiny.calendar.events
        assert state_bits(tiny.run.state(ordinal)) == state_bits(roomy.run.state(ordinal))


def test_a_thinned_history_is_every_so_manieth_value_of_the_full_one() -> None:
    experiment = LONG.opened()
    tiny, roomy = Debugger(experiment, memory=TINY), Debugger(experiment)
    tiny.end()
    roomy.end()
    thin, full = tiny.run.losses(), roomy.run.losses()
    assert full.spacing == 1
    assert len(full.values) == 3000
    assert len(thin.values) <= 1024
    assert thin.values.tobytes() == full.values[:: thin.spacing].tobytes()
    for node in tiny.listing.update_step:
        thin, full = tiny.run.parameter_series(node), roomy.run.parameter_series(node)
        assert thin.values.tobytes() == full.values[:: thin.spacing].tobytes()


def test_a_parameter_s_series_holds_what_each_iteration_used() -> None:
    debugger = Debugger(LONG.opened())
    debugger.goto(40 * debugger.calendar.events)
    for node in debugger.listing.update_step:
        series = debugger.run.parameter_series(node)
        used = [float(debugger.run.record(step).leaves[node]) for step in range(40)]
        assert series.values[:40].tolist() == used


def test_the_loss_series_holds_every_iteration_s_loss() -> None:
    debugger = Debugger(MINI_BATCHES.opened())
    debugger.end()
    losses = debugger.run.losses()
    assert losses.steps.tolist() == [*range(90)]
    assert losses.values.tolist() == [debugger.run.record(step).loss for step in range(90)]


@given(st.integers(2, 9), st.integers(0, 60))
def test_keyframes_are_evenly_spaced_and_never_more_than_their_room(
    capacity: int, kept: int
) -> None:
    keyframes = Keyframes(1, capacity)
    step = 0
    while step <= kept:
        if step == keyframes.next:
            keyframes.keep(np.array([float(step)]))
        step += 1
    for wanted in range(kept + 1):
        start, state = keyframes.before(wanted)
        assert start <= wanted
        assert state[0] == start
        assert wanted - start < 2 * keyframes.spacing or start + keyframes.spacing > kept


# --- values that are not finite -----------------------------------------------------------------


def test_a_run_that_diverges_keeps_working_and_stays_equal() -> None:
    experiment = DIVERGING.opened()
    debugger = Debugger(experiment)
    debugger.end()
    assert not np.isfinite(debugger.state.record.loss)
    middle = debugger.calendar.total // 2
    for unit in UNITS:
        debugger.goto(middle)
        debugger.step(unit, -1)
        assert state_bits(debugger.state) == fresh_bits(experiment, debugger.at)
        debugger.step(unit, 2)
        assert state_bits(debugger.state) == fresh_bits(experiment, debugger.at)


def test_a_replay_with_another_loss_is_reported_and_never_shown() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.end()
    debugger.run.history.kept.rows[2, 0] += 1e-16
    with pytest.raises(ReplayError, match="iteration 3 replayed to another loss"):
        debugger.run.record(2)


# --- every experiment written by hand -----------------------------------------------------------


def test_a_parameter_that_is_a_matrix_travels_too() -> None:
    experiment = MINI_BATCHES.opened()
    debugger = Debugger(experiment)
    wanted: list[Bits] = []
    for _ in range(40):
        debugger.step("iteration")
        wanted.append(state_bits(debugger.state))
    for expected in reversed(wanted):
        assert state_bits(debugger.state) == expected
        debugger.step("iteration", -1)
