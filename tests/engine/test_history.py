"""The series of a run: what a loop over its iterations would write down, in a bounded memory."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine.norms
from engine import Debugger, Run, Sampled
from engine.history import History
from engine.thinned import Thinned
from tests.engine.states import history_bits
from tests.strategies import Sketch

DATA = {
    "x": [[1.0, -2.0], [0.5, 0.25], [1.5, -1.0], [0.0, 1.0], [2.0, 1.0], [-1.0, 0.5]],
    "y": [1, 2, 3, 4, 5, 6],
}
FORMULAS = "h = tanh(x @ W + b)\ng = h @ v + c\nloss = mean((g - y)**2)"
PARAMETERS = {"W": [[0.1, 0.2], [-0.3, 0.4]], "b": [0.1, -0.1], "v": [0.7, -0.8], "c": 0.5}


def trained(formulas: str = FORMULAS, data: dict[str, Any] = DATA, **training: Any) -> Sketch:
    """The net above on shuffled batches of two."""
    settings = {"batch_size": 2, "shuffle": True, "seed": 4, "epochs": 30, "learning_rate": 0.05}
    return Sketch(formulas, PARAMETERS, data, training={**settings, **training})


RUNS = {
    "shuffled": trained(),
    "in order": trained(shuffle=False),
    "with a short last batch": trained(batch_size=4),
    "one batch": Sketch(FORMULAS, PARAMETERS, DATA, training={"epochs": 90}),
    "momentum": trained(optimizer="sgd", momentum=0.9, nesterov=True),
    "adam on one batch": Sketch(
        FORMULAS, PARAMETERS, DATA, training={"optimizer": "adam", "epochs": 90}
    ),
    "clipped by norm": trained(clip_norm=0.5),
    "clipped by value": trained(clip_value=0.1),
    "dropout": trained(FORMULAS.replace("h @ v", "dropout(h, 0.5) @ v")),
    "samples kept back": trained(data={**DATA, "test_fraction": 0.34}),
    "diverging": trained(learning_rate=1e6),
    "no data": Sketch(
        "loss = (w - 2) ** 2 + v @ v", {"w": 0.5, "v": [1.0, 2.0]}, training={"epochs": 90}
    ),
    "nothing trained": Sketch("loss = c * 2", constants={"c": 0.5}, training={"epochs": 9}),
}


@pytest.fixture(params=RUNS)
def debugger(request: pytest.FixtureRequest) -> Debugger:
    """Each of these runs, recorded to its end."""
    debugger = Debugger(RUNS[request.param].opened())
    debugger.end()
    return debugger


def length(array: Any) -> float:
    """The Euclidean norm."""
    v = np.asarray(array, float).reshape(-1)
    return abs(float(v[0])) if v.size == 1 else float(np.sqrt(v.dot(v)))


def naive(run: Run) -> dict[str, dict[int, list[float]]]:
    """The norms of every trained parameter, from the records of all iterations."""
    found: dict[str, dict[int, list[float]]] = {
        kind: {node: [] for node in run.listing.update_step}
        for kind in ("parameter", "gradient", "update")
    }
    with np.errstate(all="ignore"):
        for step in range(run.done):
            record = run.record(step)
            for node in run.listing.update_step:
                arrived = run.listing.gradient_steps[node][-1]
                found["parameter"][node].append(length(record.leaves[node]))
                found["gradient"][node].append(length(record.gradients[arrived - 1]))
                move = record.updated[node] - record.leaves[node]
                found["update"][node].append(length(move))
    return found


def norms(run: Run) -> dict[str, Callable[[int], Sampled]]:
    return {
        "parameter": run.parameter_norms,
        "gradient": run.gradient_norms,
        "update": run.update_norms,
    }


def assert_the_norms_are_those_of_the_records(run: Run) -> None:
    for kind, expected in naive(run).items():
        for node, values in expected.items():
            series = norms(run)[kind](node)
            assert series.values.tobytes() == np.array(values)[:: series.every].tobytes(), kind


# --- against a loop over all records ------------------------------------------------------------


def test_losses_and_scalars_are_those_of_the_records(debugger: Debugger) -> None:
    run = debugger.run
    records = [run.record(step) for step in range(run.done)]
    assert run.losses().values.tobytes() == np.array([r.loss for r in records]).tobytes()
    for node in run.storage.scalars:
        used = np.array([float(record.leaves[node]) for record in records])
        assert run.parameter_series(node).values.tobytes() == used.tobytes()


def test_norms_are_those_of_the_records_bit_for_bit(debugger: Debugger) -> None:
    assert_the_norms_are_those_of_the_records(debugger.run)


@pytest.mark.parametrize("name", RUNS)
def test_of_many_parameters_every_so_manieth_iteration_is_measured(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.norms, "FEW", -1)
    debugger = Debugger(RUNS[name].opened())
    debugger.end()
    for node in nodes(debugger):
        assert debugger.run.update_norms(node).every == engine.norms.SELDOM
    assert_the_norms_are_those_of_the_records(debugger.run)


def nodes(debugger: Debugger) -> list[int]:
    return list(debugger.listing.update_step)


def test_measuring_seldom_is_the_same_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.norms, "FEW", -1)
    whole, sliced = (Debugger(RUNS["shuffled"].opened()) for _ in range(2))
    whole.end()
    while not sliced.run.advance(sliced.calendar.steps, seconds=0.0):
        pass
    assert history_bits(whole) == history_bits(sliced)


def test_an_update_is_as_long_as_its_rate_times_the_gradient() -> None:
    debugger = Debugger(RUNS["in order"].opened())
    debugger.end()
    for node in nodes(debugger):
        gradients = debugger.run.gradient_norms(node).values
        updates = debugger.run.update_norms(node).values
        np.testing.assert_allclose(updates, 0.05 * gradients, rtol=1e-10)


def test_a_gradient_is_measured_before_it_is_clipped() -> None:
    debugger = Debugger(RUNS["clipped by norm"].opened())
    debugger.end()
    squares = sum(debugger.run.gradient_norms(node).values ** 2 for node in nodes(debugger))
    assert np.sqrt(squares).max() > 0.5
    for step in (0, 7):
        assert np.sqrt(squares)[step] == pytest.approx(debugger.run.record(step).norm)


# --- within a budget ----------------------------------------------------------------------------


LONG = Sketch(
    "loss = mean((w * x + v @ v - y)**2)",
    {"w": 0.5, "v": [0.5, 1.0]},
    {"x": [1.0, 2.0, 3.0], "y": [2.0, 3.0, 5.0]},
    training={"learning_rate": 0.01, "epochs": 5000},
)


def all_series(run: Run) -> list[Sampled]:
    kinds = (run.parameter_series, run.parameter_norms, run.gradient_norms, run.update_norms)
    return [run.losses(), *(kind(n) for kind in kinds for n in run.listing.update_step)]


@pytest.mark.parametrize("memory", [1, 100_000])
def test_a_small_budget_keeps_every_so_manieth_value_and_every_extreme(memory: int) -> None:
    small, roomy = (Debugger(LONG.opened(), memory=m) for m in (memory, 2**26))
    small.end()
    roomy.end()
    for thin, full in zip(all_series(small.run), all_series(roomy.run), strict=True):
        assert not full.thinned and thin.thinned
        assert thin.values.tobytes() == full.values[:: thin.spacing].tobytes()
        drawn = thin.envelope(50)
        assert drawn.lows.min() == full.values.min()
        assert drawn.highs.max() == full.values.max()
        ends = [*drawn.steps[1:], len(full.values)]
        for start, end, low, high in zip(drawn.steps, ends, drawn.lows, drawn.highs, strict=True):
            assert (low, high) == (full.values[start:end].min(), full.values[start:end].max())


def test_a_budget_that_shrinks_thins_what_is_there_and_goes_on() -> None:
    shrunk, straight = (Debugger(LONG.opened(), memory=2**26) for _ in range(2))
    straight.end()
    shrunk.run.advance(3000)
    shrunk.run.limit(1)
    shrunk.run.advance(4000)
    shrunk.run.limit(2**26)
    shrunk.end()
    for thin, full in zip(all_series(shrunk.run), all_series(straight.run), strict=True):
        assert thin.thinned
        assert thin.values.tobytes() == full.values[:: thin.spacing].tobytes()
        assert thin.envelope(9).highs.max() == full.values.max()


def test_a_run_takes_no_more_than_its_budget() -> None:
    for memory in (2**22, 2**26):
        run = Run(LONG.opened(), memory)
        kept = (run.keyframes, run.trail, run.history, run.norm_history)
        assert sum(part.nbytes for part in kept) <= memory


# --- an interrupt between any two instructions --------------------------------------------------


STORING = ("thinned.py", "history.py", "keyframes.py")
RUNNING = ("run.py", "feed.py", "norms.py")


class Interrupt:
    """Raises KeyboardInterrupt at the `at`-th instruction of these rooms."""

    def __init__(self, rooms: tuple[str, ...], at: float = float("inf")) -> None:
        self.rooms = tuple(f"/engine/{room}" for room in rooms)
        self.at = at
        self.count = 0

    def __enter__(self) -> Interrupt:
        self.before = sys.gettrace()
        sys.settrace(self.entered)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.before)

    def entered(self, frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_filename.endswith(self.rooms):
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            return self.instruction
        return None

    def instruction(self, frame: FrameType, event: str, arg: object) -> Any:
        self.count += event == "opcode"
        if self.count == self.at and event == "opcode":
            raise KeyboardInterrupt
        return self.instruction


@pytest.mark.parametrize(("rooms", "times"), [(STORING, 25), (RUNNING, 10)])
def test_an_interrupt_between_any_two_instructions_changes_no_bit(
    rooms: tuple[str, ...], times: int
) -> None:
    experiment = LONG.opened()
    straight = Debugger(experiment, memory=1)
    with Interrupt(rooms) as counting:
        straight.run.advance(2600)
    expected = history_bits(straight)
    rng = random.Random(1)
    interrupted = 0
    for at in rng.sample(range(1, counting.count), times):
        debugger = Debugger(experiment, memory=1)
        try:
            with Interrupt(rooms, at):
                debugger.run.advance(2600)
        except KeyboardInterrupt:
            interrupted += 1
        debugger.run.losses().envelope(10)
        debugger.run.advance(2600)
        assert history_bits(debugger) == expected, at
        debugger.run.record(1300)
    # How many instructions there are depends on how quick the machine is at the moment.
    assert interrupted > times // 2


def test_thinning_that_is_interrupted_anywhere_is_taken_up_again() -> None:
    rows = np.arange(40.0)[:, None]
    for at in range(1, 200):
        thinned = Thinned(1, 16)
        thinned.extend(0, rows[:16])
        try:
            with Interrupt(STORING, at):
                thinned.extend(16, rows[16:20])
        except KeyboardInterrupt:
            thinned.forget_from(16)
            kept = thinned.rows[:, 0].tolist()
            assert kept == rows[: 16 : thinned.spacing, 0].tolist(), at
            thinned.extend(16, rows[16:20])
        assert thinned.rows[:, 0].tolist() == rows[:20:2, 0].tolist(), at


# --- the parts by themselves --------------------------------------------------------------------


chunks = st.lists(st.integers(1, 40), max_size=20)


@given(st.integers(2, 40), chunks)
def test_thinned_rows_are_at_the_multiples_of_their_spacing(
    capacity: int, sizes: list[int]
) -> None:
    thinned, end = Thinned(2, capacity), 0
    for size in sizes:
        numbers = np.arange(end, end + size)
        thinned.extend(end, np.stack([numbers, -numbers], axis=1))
        end += size
        assert thinned.rows[:, 0].tolist() == list(range(0, end, thinned.spacing))
        assert len(thinned.rows) <= capacity + 1
        assert thinned.spacing <= max(1, 4 * end / capacity)


@given(st.integers(2, 30), chunks, st.integers(2, 30), st.integers(0, 300))
def test_a_new_limit_and_forgetting_leave_rows_that_can_be_gone_on_with(
    capacity: int, sizes: list[int], limit: int, forgotten: int
) -> None:
    end = sum(sizes)
    rows = np.arange(float(end + 50))[:, None]
    thinned = Thinned(1, capacity)
    thinned.extend(0, rows[:end])
    forgotten = min(forgotten, end)
    thinned.forget_from(forgotten)
    thinned.limit(limit)
    thinned.extend(forgotten, rows[forgotten:])
    assert thinned.rows[:, 0].tolist() == rows[:: thinned.spacing, 0].tolist()
    assert len(thinned.rows) <= limit + 1


@settings(max_examples=60)
@given(
    st.integers(0, 2**32),
    st.lists(st.integers(1, 900), min_size=1, max_size=12),
    st.integers(1, 3000),
    st.sampled_from((1, 3)),
)
def test_an_envelope_holds_every_value_that_was_ever_added(
    seed: int, sizes: list[int], columns: int, every: int
) -> None:
    values = np.random.default_rng(seed).normal(size=sum(sizes))
    values[np.random.default_rng(seed).random(len(values)) < 0.1] = np.nan
    history = History(1, 0, first=5, every=every)
    added = 0
    for size in sizes:
        history.extend(5 + added * every, values[added : added + size, None])
        added += size
    series = history.series(0, 5 + added * every)
    drawn = series.envelope(columns)
    starts = ((drawn.steps - 5) // every).tolist()
    assert starts == sorted(set(starts)) and starts[0] == 0
    assert len(starts) <= columns
    for start, end, low, high in zip(
        starts, [*starts[1:], added], drawn.lows, drawn.highs, strict=True
    ):
        part = values[start:end][~np.isnan(values[start:end])]
        assert (low, high) == (part.min(), part.max()) if len(part) else np.isnan([low, high]).all()


def test_an_envelope_until_an_iteration_ends_there() -> None:
    history = History(1, 2**20)
    history.extend(0, np.arange(5000.0)[:, None])
    drawn = history.series(0, 5000).envelope(10, until=99)
    assert drawn.steps.tolist() == list(range(0, 100, 10))
    assert drawn.lows.tolist() == list(range(0, 100, 10))
    assert drawn.highs.tolist() == list(range(9, 100, 10))
    assert len(history.series(0, 5000).envelope(10, until=-1).steps) == 0


def test_a_series_cannot_be_written_to() -> None:
    debugger = Debugger(RUNS["shuffled"].opened())
    debugger.end()
    with pytest.raises(ValueError, match="read-only"):
        debugger.run.losses().values[0] = 0.0
