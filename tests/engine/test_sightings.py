"""What is told of stops without a search: the same as a search, or none at all."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Debugger, Stop, changed_at, known_hits, open_lesson
from engine.search import hits
from engine.stops import watch

CONDITIONS = (
    "if loss > 1.01 * prev(loss)",
    "if step > 7 and loss < 0.7",
    "g if w1 < 0.2",
    "grad w1 if abs(w2) > 0.5",
)

WATCHES = ("w1", "loss", "h", "grad(w1)", "norm(grad(w1)) * w1", "prev(loss)", "epoch")


def debugger(*overrides: str) -> Debugger:
    made = Debugger(open_lesson("two-layer-csv", overrides=["training.epochs=6", *overrides]))
    made.end()
    return made


def forked() -> Debugger:
    """On a fork of a fork, the second one in the first one's own part."""
    made = debugger()
    made.goto("e2.i3.17")
    made.set("w1", 2.0)
    made.goto("e4.i1.20")
    made.set("w2", -1.0)
    made.end()
    return made


def all_hits(made: Debugger, stop: Stop) -> list[int]:
    """Every hit, by what a hit is."""
    ordinals = range(1, made.calendar.total + 1)
    return [o for o in ordinals if hits(stop, made.run, o)]


@pytest.mark.parametrize("make", [debugger, forked])
@pytest.mark.parametrize("text", CONDITIONS)
def test_hits_known_from_the_history_are_all_there_are(make, text: str) -> None:
    made = make()
    stop = made.stops.break_at(text)
    known = known_hits(made.run, stop, 0, made.run.done)
    assert known is not None and 0 < len(known) < made.calendar.total
    assert known.tolist() == all_hits(made, stop)
    parts = [known_hits(made.run, stop, i, i + 7) for i in range(0, made.run.done, 7)]
    assert np.array_equal(np.concatenate([p for p in parts if p is not None]), known)


def test_hits_that_take_a_replay_are_not_known() -> None:
    made = debugger()
    for text in ("g", "line 3", "if norm(h) > 1", "grad w1 if grad(w1) > 0"):
        assert known_hits(made.run, made.stops.break_at(text), 0, made.run.done) is None


def test_hits_are_not_known_where_the_history_has_been_thinned() -> None:
    made = debugger("training.epochs=2000")
    stop = made.stops.break_at("if loss > 2 * prev(loss)")
    assert known_hits(made.run, stop, 0, made.run.done) is not None
    made.run.limit(2**16)
    assert known_hits(made.run, stop, 0, made.run.done) is None


@pytest.mark.parametrize("make", [debugger, forked])
@pytest.mark.parametrize("text", WATCHES)
def test_where_a_watch_changed_lately_is_where_a_search_leads(make, text: str) -> None:
    made = make()
    stop = watch(made.stops.scope, text)
    events = made.calendar.events
    for at in (1, 9, events, events + 1, 7 * events + 17, 8 * events + 3, 15 * events + 22):
        made.goto(at)
        search = made.last_change(text)
        search.advance()
        before = search.hit.ordinal if search.hit else None
        lately = changed_at(made.run, stop, at)
        if lately == at:
            assert changed_at(made.run, stop, at - 1) in (before, None)
        elif lately is not None:
            assert lately == before
        else:
            assert before is None or made.calendar.step(before) < made.calendar.step(at) - 1


@pytest.mark.parametrize("make", [debugger, forked])
@pytest.mark.parametrize("text", [w for w in WATCHES if "prev" not in w])
def test_what_an_expression_said_before_is_what_prev_of_it_says(make, text: str) -> None:
    made = make()
    expression = made.stops.scope.expression(text)
    previous = made.stops.scope.expression(f"prev({text})")
    states = made.run.state
    for at in range(1, made.calendar.total, 5):
        told, wanted = expression.before(states, at), previous.value(states, at)
        assert (told is None) == (wanted is None)
        assert told is None or told.tobytes() == wanted.tobytes()


def test_what_reads_prev_itself_is_read_at_the_same_event() -> None:
    made = debugger()
    growth = made.stops.scope.expression("loss / prev(loss)")
    states, events = made.run.state, made.calendar.events
    assert growth.before(states, events + 9) is None  # it was not known in the first iteration
    assert growth.before(states, 2 * events + 9) == growth.value(states, events + 9)


@pytest.mark.parametrize(
    ("text", "truth"),
    [("loss < 1", True), ("h > 0", True), ("not isnan(loss)", True), ("loss", False)],
)
def test_a_truth_is_told_from_a_number(text: str, truth: bool) -> None:
    assert debugger().stops.scope.expression(text).says_truth is truth
