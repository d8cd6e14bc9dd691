"""Timelines: edits of the past fork a run, and every run is what a naive one would have stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Debugger, Experiment, GradstepError
from engine.edits import Edit
from engine.run import Run
from tests.engine.naive import Naive, known_bits
from tests.engine.states import bits, history_bits, state_bits
from tests.strategies import TWO_LAYERS, Sketch, sketches

BATCHES = Sketch(
    "h = tanh(x @ W + b)\ng = h @ v * k\nloss = mean((g - y)**2)",
    {
        "W": [[0.1, 0.2], [-0.3, 0.4]],
        "b": {"value": [0.1, -0.1], "trainable": False},
        "v": [0.7, -0.8],
    },
    {"x": [[1.0, -2.0], [0.5, 0.25], [1.5, -1.0], [0.0, 1.0], [2.0, 1.0]], "y": [1, 2, 3, 4, 5]},
    {"k": 1.5},
    {"batch_size": 2, "shuffle": True, "seed": 4, "epochs": 4, "learning_rate": 0.05},
)
"""Two full batches and a short one an epoch; a constant and a parameter that is not trained."""

OPTIMIZERS: tuple[dict[str, Any], ...] = (
    {},
    {"momentum": 0.9, "dampening": 0.5},
    {"optimizer": "adam", "amsgrad": True},
    {"optimizer": "adamw"},
    {"optimizer": "rmsprop", "centered": True, "momentum": 0.5},
    {"optimizer": "adagrad", "lr_decay": 0.1},
    {"clip_norm": 0.5},
    {"clip_value": 0.1, "schedule": {"name": "step", "step_size": 2}},
)


def batches(training: dict[str, Any]) -> Experiment:
    merged = {**BATCHES.training, **training}
    return Sketch(
        BATCHES.formulas, BATCHES.parameters, BATCHES.data, BATCHES.constants, merged
    ).opened()


def edits_of(run: Run) -> list[Edit]:
    """All edits that led to a run, in order of time."""
    edits: list[Edit] = []
    while run.origin is not None:
        edits.insert(0, run.origin.edit)
        run = run.origin.run
    return edits


def assert_every_event_is_the_naive_one(run: Run, experiment: Experiment, iterations: int) -> None:
    naive = Naive(experiment, iterations, edits_of(run))
    for ordinal in range(1, iterations * run.calendar.events + 1):
        address = run.calendar.address(ordinal)
        assert known_bits(run.state(ordinal)) == naive.at(ordinal), f"{address} differs"


@pytest.mark.parametrize("training", OPTIMIZERS, ids=str)
def test_the_naive_debugger_has_the_bits_of_the_run(training: dict[str, Any]) -> None:
    experiment = batches(training)
    assert_every_event_is_the_naive_one(Run(experiment), experiment, 7)


EDITS = st.sampled_from(
    (
        ("set", "W", 0.75),
        ("set", "W[1, 0]", -2.0),
        ("set", "v[1]", 0.5),
        ("set", "b[0]", 1.25),
        ("set", "k", -0.5),
        ("set", "x[0, 1]", 3.0),
        ("set", "y", 0.0),
        ("set", "learning_rate", 0.5),
        ("set", "weight_decay", 0.1),
        ("set", "maximize", True),
        ("set", "W[0, 0]", float("nan")),
        ("drop", "", 1),
        ("skip", "", 0),
        ("skip", "W", 0),
    )
)


def forked(debugger: Debugger, kind: str, target: str, value: Any) -> None:
    match kind:
        case "set":
            debugger.set(target, value)
        case "drop" if len(debugger.state.record.samples) > 1:
            debugger.drop(value)
        case _:
            debugger.skip(target)


@settings(max_examples=60)
@given(st.sampled_from(OPTIMIZERS), st.lists(st.tuples(st.integers(1, 150), EDITS), max_size=4))
def test_every_event_of_every_timeline_is_what_a_naive_debugger_stores(
    training: dict[str, Any], edits: list[tuple[int, tuple[str, str, Any]]]
) -> None:
    experiment = batches(training)
    debugger = Debugger(experiment)
    runs = [debugger.run]
    for place, edit in edits:
        debugger.goto(min(place, debugger.calendar.total))
        forked(debugger, *edit)
        runs.append(debugger.run)
    for run in runs:
        assert_every_event_is_the_naive_one(run, experiment, 8)


MOMENTA = {
    "on": ((-1, 0.9),),
    "on, before the updates": ((-9, 0.9),),
    "on and off at once": ((-1, 0.9), (0, 0.0)),
    "off and on at once": ((-9, 0.0), (-1, 0.9)),
    "off and on later": ((-9, 0.0), (9, 0.9)),
}
"""Momentum, and from when on: events from the end of the third iteration."""


@pytest.mark.parametrize("momenta", MOMENTA.values(), ids=MOMENTA)
def test_state_that_an_option_brings_starts_anew(momenta: tuple[tuple[int, float], ...]) -> None:
    experiment = batches({"momentum": 0.9 if momenta[0][1] == 0.0 else 0.0})
    debugger = Debugger(experiment, memory=1)
    for place, momentum in momenta:
        debugger.goto(3 * debugger.calendar.events + place)
        debugger.set("momentum", momentum)
    debugger.end()  # from where the edited iteration has to be run once more
    assert_every_event_is_the_naive_one(debugger.run, experiment, 6)


@settings(max_examples=40)
@given(sketches(smooth=False), st.data())
def test_an_edit_of_a_random_program_is_a_write_to_memory(
    sketch: Sketch, data: st.DataObject
) -> None:
    experiment = sketch.opened()
    debugger = Debugger(experiment)
    leaves = [n.name for n in debugger.graph.nodes if n.op is None and n.literal is None]
    for _ in range(data.draw(st.integers(1, 3))):
        debugger.goto(data.draw(st.integers(1, debugger.calendar.total)))
        debugger.set(
            data.draw(st.sampled_from(leaves)), data.draw(st.sampled_from([0.0, 1.5, -1.0]))
        )
    assert_every_event_is_the_naive_one(debugger.run, experiment, debugger.calendar.steps)


def test_the_parent_keeps_its_bits_whatever_is_forked_from_it() -> None:
    debugger = Debugger(BATCHES.opened())
    debugger.end()
    before = (
        history_bits(debugger),
        [state_bits(debugger.run.state(o)) for o in range(1, debugger.calendar.total, 17)],
    )
    debugger.goto("e2.i1.5")
    debugger.set("W", 9.0)
    debugger.end()
    debugger.goto("e3.i2.1")
    debugger.drop(1)
    debugger.end()
    debugger.switch("main")
    after = (
        history_bits(debugger),
        [state_bits(debugger.run.state(o)) for o in range(1, debugger.calendar.total, 17)],
    )
    assert before == after


def test_a_fork_shows_the_parent_s_past_and_the_new_value_from_the_edit_on() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.goto("e2.i1.7")
    old = debugger.state.node("w1").value
    debugger.set("w1", 3.0)
    assert debugger.state.node("w1").value == 3.0
    debugger.step("event", -1)
    assert debugger.state.node("w1").value == old


def test_an_edit_in_the_shared_past_forks_from_the_timeline_that_it_belongs_to() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.goto("e3")
    debugger.set("w1", 3.0)
    debugger.goto("e2")
    assert debugger.set("w2", 1.0).parent == "main"
    debugger.switch("fork-1")
    debugger.goto("e4")
    assert debugger.set("w2", 1.0).parent == "fork-1"


def test_setting_what_was_there_changes_nothing() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.goto("e2.i1.7")
    debugger.set("w1", float(debugger.state.node("w1").value))  # pyright: ignore[reportArgumentType]
    debugger.end()
    search = debugger.compare("main")
    assert search.advance()
    assert search.found is None


@settings(max_examples=30)
@given(st.integers(1, 150), EDITS, st.sampled_from(OPTIMIZERS))
def test_the_first_difference_is_the_first_event_that_naive_debuggers_tell_apart(
    place: int, edit: tuple[str, str, Any], training: dict[str, Any]
) -> None:
    experiment = batches(training)
    debugger = Debugger(experiment)
    debugger.goto(min(place, debugger.calendar.total))
    forked(debugger, *edit)
    iterations = debugger.calendar.steps
    debugger.run.advance(iterations)
    search = debugger.compare("main")
    while not search.advance(0.0005):
        pass
    mine = Naive(experiment, iterations, edits_of(debugger.run))
    main = Naive(experiment, iterations)
    edited = edits_of(debugger.run)[0]
    found = search.found
    # What the edit itself has written is no event's doing.
    pairs = enumerate(zip(mine.moments, main.moments, strict=True), 1)
    apart = [o for o, (a, b) in pairs if o > edited.at and a.wrote_otherwise(b)]
    assert (found.ordinal if found else None) == next(iter(apart), None)


def test_an_event_before_an_edit_is_compared_as_its_timeline_shows_it() -> None:
    debugger = Debugger(BATCHES.opened())
    debugger.goto("e2.i1.1")
    debugger.set("learning_rate", 0.05)  # as it is: from here on the bits are those of main
    debugger.goto("e3.i1.5")
    debugger.set("x[0, 1]", 9.0)
    search = debugger.compare("main")
    search.advance()
    assert search.found is not None
    # The batch was loaded before, and x @ W computed: the gradient of W is the next to read x.
    assert debugger.calendar.address(search.found.ordinal).event > 5
    assert search.found.what == "contribution to the gradient of W"


def test_a_second_sample_that_is_dropped_keeps_the_first_one_out() -> None:
    experiment = batches({"batch_size": 5})
    debugger = Debugger(experiment)
    debugger.goto("e2.i1.4")
    everyone = debugger.state.record.samples
    debugger.drop(2)
    debugger.drop(3)
    assert debugger.state.record.samples == (everyone[0], everyone[2], everyone[4])
    assert_every_event_is_the_naive_one(debugger.run, experiment, 4)


def test_a_limit_set_after_clipping_holds_from_the_next_iteration_on() -> None:
    experiment = batches({"clip_norm": 0.5})
    debugger = Debugger(experiment)
    clip = debugger.listing.clip_step
    assert clip is not None
    debugger.goto(2 * debugger.calendar.events + clip)
    clipped = [bits(debugger.state.gradient(n)) for n in debugger.listing.update_step]
    debugger.set("clip_norm", 0.001)
    assert [bits(debugger.state.gradient(n)) for n in debugger.listing.update_step] == clipped
    assert_every_event_is_the_naive_one(debugger.run, experiment, 5)


def test_a_difference_says_by_how_much() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.goto("e2.i1.1")
    value = debugger.state.node("w1").value
    debugger.set("w1", float(np.nextafter(value, 2.0)))  # pyright: ignore[reportArgumentType, reportCallIssue]
    search = debugger.compare("main")
    search.advance()
    found = search.found
    assert found is not None
    assert str(debugger.calendar.address(found.ordinal)) == "e2.i1.2"
    assert found.what == "value of w1 * x"
    assert 0 < found.largest < 1e-15


def test_memory_is_shared_by_all_timelines() -> None:
    debugger = Debugger(TWO_LAYERS.opened(), memory=1 << 20)
    debugger.goto("e2")
    for _ in range(7):
        debugger.set("w1", 1.0)
    room = [t.run.history.nbytes for t in debugger.timelines]
    assert len(set(room)) == 1
    for name in ("fork-7", "fork-6", "fork-5"):
        debugger.delete(name)
    assert debugger.timelines["main"].run.history.nbytes >= room[0]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda d: d.set("h", 1.0), "'h' is computed"),
        (lambda d: d.set("WW", 1.0), "did you mean 'W'"),
        (lambda d: d.set("W[2, 0]", 1.0), "W is (2, 2)"),
        (lambda d: d.set("W[0]", 1.0), "one index for each axis"),
        (lambda d: d.set("W", [1.0, 2.0]), "wants (2, 2)"),
        (lambda d: d.set("W", [[1.0, 2.0], [3.0]]), "equally long"),
        (lambda d: d.set("W", "one"), "wants a number"),
        (lambda d: d.set("W[a]", 1.0), "nothing that can be set"),
        (lambda d: d.set("k[0]", 1.0), "it is one number"),
        (lambda d: d.set("momentun", 1.0), "did you mean 'momentum'"),
        (lambda d: d.set("momentum", "much"), "wants a number"),
        (lambda d: d.set("learning_rate", -1.0), "at least 0"),
        (lambda d: d.drop(3), "it has 2, counted from 1"),
        (lambda d: d.skip("k"), "there is no update of 'k'"),
        (lambda d: d.set("W", 1.0, name="main"), "already"),
        (lambda d: d.set("W", 1.0, name="two words"), "one word"),
        (lambda d: d.switch("nowhere"), "no timeline 'nowhere'"),
        (lambda d: d.delete("main"), "only forks"),
        (lambda d: d.rename("main", "main"), "already"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_with_the_way_out(edit: Any, words: str) -> None:
    debugger = Debugger(BATCHES.opened())
    with pytest.raises(GradstepError) as caught:
        edit(debugger)
    assert words in str(caught.value)
    assert len(debugger.timelines) == 1


def test_a_timeline_that_others_come_from_stays() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.set("w1", 1.0)
    debugger.step("iteration")
    debugger.set("w1", 2.0)
    with pytest.raises(GradstepError, match="fork-1' is the past of fork-2"):
        debugger.delete("fork-1")
    debugger.delete("fork-2")
    assert debugger.timelines.current.name == "fork-1"


def test_a_renamed_timeline_keeps_its_bookmarks_and_children() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.set("w1", 1.0)
    debugger.bookmark("here")
    debugger.step("iteration")
    debugger.set("w1", 2.0)
    debugger.rename("fork-1", "warm")
    assert debugger.timelines["fork-2"].parent == "warm"
    debugger.jump(debugger.bookmarks["here"].position)
    assert debugger.timelines.current.name == "warm"


def test_back_and_forward_lead_through_the_places_jumped_to() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.jump("e2")
    debugger.jump("e4")
    debugger.step("event", 2)
    assert [str(debugger.address) for _ in range(2) if debugger.back()] == ["e4.i1.1", "e2.i1.1"]
    assert debugger.forward().moved
    assert str(debugger.address) == "e4.i1.1"
    debugger.forward()
    assert str(debugger.address) == "e4.i1.3"
    assert not debugger.forward().moved


def test_whoever_steps_is_told_where_a_search_would_have_stopped() -> None:
    stepping, searching = (Debugger(TWO_LAYERS.opened()) for _ in range(2))
    for debugger in (stepping, searching):
        debugger.stops.break_at("if w1 > 0.4", ignore=1)
        debugger.stops.break_at("g", temporary=True)
        debugger.stops.watch("w2")
    for _ in range(4):
        move, said = searching.continue_(), ""
        while not said and stepping.step().moved:
            said = stepping.halt()
        assert (stepping.at, said) == (searching.at, move.note)
        counts = [[(s.number, s.hits, s.ignore) for s in d.stops] for d in (stepping, searching)]
        assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "fork",
    [
        lambda d: d.set("w1", 2.0),
        lambda d: d.set("learning_rate", 0.5),
        lambda d: d.drop(1),
        lambda d: d.skip(),
    ],
    ids=["value", "option", "drop", "skip"],
)
def test_a_fork_at_the_first_event_needs_nothing_recorded(
    fork: Callable[[Debugger], object],
) -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    fork(debugger)
    debugger.end()
    untouched = Debugger(TWO_LAYERS.opened())
    untouched.end()
    assert history_bits(debugger) != history_bits(untouched)
    debugger.switch("main")
    assert history_bits(debugger) == history_bits(untouched)
