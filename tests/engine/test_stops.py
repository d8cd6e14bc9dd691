"""Stops: what a breakpoint's text means, and how debugging goes from stop to stop."""

from __future__ import annotations

import pytest

from engine import Debugger, FormulaError, GradstepError, Move, StopKind
from tests.engine.test_conditions import ARRAYS
from tests.strategies import TWO_LAYERS

EVENTS = 23
W1_UPDATED = 20
"""The event of the lecture's network that updates w1."""


@pytest.fixture
def debugger() -> Debugger:
    """The lecture's network: 23 events an iteration, one iteration an epoch, 5 epochs."""
    return Debugger(TWO_LAYERS.opened())


def walk(debugger: Debugger, direction: int) -> list[str]:
    """The addresses of all stops on the way to an end of the run, that end included."""
    addresses: list[str] = []
    note = ""
    while "no stop" not in note:
        note = debugger.continue_(direction).note
        addresses.append(str(debugger.address))
    return addresses


# --- what a text means --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "points"),
    [
        ("4", StopKind.LINE, (8,)),
        (" line  4 ", StopKind.LINE, (8,)),
        ("g", StopKind.VALUE, (5,)),
        ("x", StopKind.VALUE, (1,)),
        ("w1", StopKind.VALUE, (W1_UPDATED,)),
        ("grad w1", StopKind.GRADIENT, (19,)),
        ("grad(w1)", StopKind.GRADIENT, (19,)),
        ("g if prev(loss) > 1", StopKind.VALUE, (5,)),
        ("grad w1 if abs(grad(w1)) > 10", StopKind.GRADIENT, (19,)),
        ("if loss > 1", StopKind.CONDITION, (8,)),
        ("if(loss > 1)", StopKind.CONDITION, (8,)),
    ],
)
def test_a_text_is_a_place_a_condition_or_both(
    debugger: Debugger, text: str, kind: StopKind, points: tuple[int, ...]
) -> None:
    stop = debugger.stops.break_at(text)
    assert (stop.kind, stop.points, stop.text) == (kind, points, text.strip())
    assert (stop.expression is not None) is ("if" in text)


REFUSED = {
    "99": ("there is no line 99", None),
    "0": ("there is no line 0", None),
    "gg": ("unknown name 'gg'", "gg"),
    "grad gg": ("unknown name 'gg'", "gg"),
    "grad x": ("'x' has no gradient: it is data", "x"),
    "": ("there is no place", None),
    "h + 1": ("'h + 1' is not a place", "h + 1"),
    "h[0]": ("'h[0]' is not a place", "h[0]"),
    "g if loss > 1": ("loss is computed later in the iteration: use prev(loss)", "loss"),
    "g if prev(loss) > 1 and grad(w1) > 1": (
        "grad(w1) is complete later in the iteration: use prev(grad(w1))",
        "grad(w1)",
    ),
    "g if": ("a condition is wanted; there is none", None),
    "g if h > 1": ("this has shape (4,): say any(…) or all(…)", "h > 1"),
    "gg if w1 > 1": ("unknown name 'gg'", "gg"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_bad_breakpoint_is_refused_when_it_is_set(debugger: Debugger, text: str) -> None:
    what, under = REFUSED[text]
    with pytest.raises(GradstepError) as refused:
        debugger.stops.break_at(text)
    error = refused.value
    assert error.what == what and (error.hint or under)
    if under is not None:
        assert error.place is not None and error.place.column is not None
        start = error.place.column - 1
        assert text[start : start + error.place.width] == under
    assert not list(debugger.stops)


def test_what_is_never_written_is_no_place_to_stop_at() -> None:
    stops = Debugger(ARRAYS.opened()).stops
    for name in ("c", "unused"):
        with pytest.raises(FormulaError, match=f"'{name}' never changes"):
            stops.break_at(name)


def test_a_gradient_stops_where_it_is_complete_and_the_clip_event_is_a_line() -> None:
    debugger = Debugger(ARRAYS.opened())
    clip = debugger.listing.clip_step
    assert clip is not None
    (complete,) = debugger.stops.break_at("grad W").points
    assert complete == debugger.listing.gradient_steps[debugger.graph.named["W"]][-1] < clip
    line = debugger.listing.step(clip).line
    assert debugger.stops.break_at(str(line)).points == (clip,)


def test_a_line_stops_where_a_line_step_would(debugger: Debugger) -> None:
    for line in debugger.listing.lines:
        (point,) = debugger.stops.break_at(str(line.number)).points
        assert debugger.listing.step(point).line == line.number
        assert all(s.line != line.number for s in debugger.listing.steps[point:])


# --- the collection -----------------------------------------------------------------------------


def test_stops_are_numbered_from_one_and_no_number_comes_again(debugger: Debugger) -> None:
    stops = debugger.stops
    assert [stops.break_at("g").number, stops.watch("w1").number] == [1, 2]
    assert stops.remove(2).text == "w1"
    assert stops.break_at("h").number == 3
    assert [stop.number for stop in stops] == [1, 3] and len(stops) == 2
    assert [str(stop) for stop in stops] == ["break g", "break h"]
    assert str(stops.watch("w1 * 2")) == "watch w1 * 2"


def test_a_number_that_is_not_there_is_said_so(debugger: Debugger) -> None:
    stops = debugger.stops
    with pytest.raises(GradstepError, match="there is no stop 1\nnone are set: `break`"):
        stops.remove(1)
    stops.break_at("g")
    for change in (stops.remove, stops.enable, stops.disable, lambda n: stops.ignore(n, 1)):
        with pytest.raises(GradstepError, match="there is no stop 7\nthere are: 1"):
            change(7)
    with pytest.raises(GradstepError, match="-1 hits"):
        stops.ignore(1, -1)


def test_a_stop_that_is_switched_off_does_not_stop(debugger: Debugger) -> None:
    debugger.stops.break_at("g")
    debugger.stops.disable(1)
    assert walk(debugger, 1) == ["e5.i1.23"]
    debugger.stops.enable(1)
    assert walk(debugger, -1) == [f"e{k}.i1.5" for k in (5, 4, 3, 2, 1)] + ["e1.i1.1"]


# --- from stop to stop --------------------------------------------------------------------------


def test_without_stops_the_run_goes_to_its_ends(debugger: Debugger) -> None:
    assert debugger.continue_() == Move(
        5 * EVENTS, True, "the end of the run: no stop is set, `break` sets one"
    )
    assert debugger.continue_(-1) == Move(
        1, True, "the start of the run: no stop is set, `break` sets one"
    )


def test_continuing_goes_from_hit_to_hit_and_back_the_same_way(debugger: Debugger) -> None:
    debugger.stops.break_at("grad w1")
    debugger.stops.break_at("g if epoch > 3")
    there = walk(debugger, 1)
    assert there == [
        "e1.i1.19",
        "e2.i1.19",
        "e3.i1.19",
        "e4.i1.5",
        "e4.i1.19",
        "e5.i1.5",
        "e5.i1.19",
        "e5.i1.23",
    ]
    assert walk(debugger, -1) == [*there[-2::-1], "e1.i1.1"]


def test_a_note_names_every_stop_that_hits(debugger: Debugger) -> None:
    debugger.stops.break_at("if loss < prev(loss)")
    debugger.stops.break_at("loss")
    debugger.goto("e2.i1.1")
    assert debugger.continue_().note == "breakpoint 1: if loss < prev(loss), breakpoint 2: loss"
    debugger.stops.watch("w2 * 2")
    assert debugger.continue_().note == "watch 3: w2 * 2"


def test_hits_are_counted_in_both_directions(debugger: Debugger) -> None:
    debugger.stops.break_at("g")
    debugger.stops.watch("loss")
    walk(debugger, 1)
    assert [stop.hits for stop in debugger.stops] == [5, 4]
    walk(debugger, -1)
    assert [stop.hits for stop in debugger.stops] == [10, 8]


def test_ignored_hits_are_passed_over_and_counted(debugger: Debugger) -> None:
    debugger.stops.break_at("g", ignore=2)
    debugger.continue_()
    assert str(debugger.address) == "e3.i1.5"
    assert (debugger.stops[1].hits, debugger.stops[1].ignore) == (3, 0)
    debugger.stops.ignore(1, 1)
    debugger.continue_(-1)
    assert str(debugger.address) == "e1.i1.5"
    assert debugger.stops[1].hits == 5


def test_hits_are_ignored_past_the_end_of_the_run(debugger: Debugger) -> None:
    debugger.stops.break_at("g", ignore=7)
    assert "no stop" in debugger.continue_().note
    assert (debugger.stops[1].hits, debugger.stops[1].ignore) == (5, 2)


def test_another_stop_ends_the_ignoring_early(debugger: Debugger) -> None:
    debugger.stops.break_at("g", ignore=4)
    debugger.stops.break_at("loss if epoch == 2")
    debugger.continue_()
    assert str(debugger.address) == "e2.i1.8"
    assert [(s.hits, s.ignore) for s in debugger.stops] == [(2, 2), (1, 0)]


def test_a_stop_that_ignores_this_hit_does_not_claim_it(debugger: Debugger) -> None:
    debugger.stops.break_at("g", ignore=1)
    debugger.stops.break_at("line 3")
    assert debugger.continue_().note == "breakpoint 2: line 3"
    assert [(s.hits, s.ignore) for s in debugger.stops] == [(1, 0), (1, 0)]


def test_a_temporary_stop_is_gone_once_it_has_stopped_the_run(debugger: Debugger) -> None:
    debugger.stops.break_at("g", temporary=True, ignore=1)
    debugger.continue_()
    assert str(debugger.address) == "e2.i1.5"
    assert not list(debugger.stops)


def test_a_search_that_is_dropped_counts_nothing(debugger: Debugger) -> None:
    debugger.stops.break_at("g", ignore=2)
    debugger.search().advance()
    assert (debugger.stops[1].hits, debugger.stops[1].ignore, debugger.at) == (0, 2, 1)


def test_a_stop_that_is_removed_while_it_is_searched_for_is_no_trouble(debugger: Debugger) -> None:
    debugger.stops.break_at("g")
    search = debugger.search()
    search.advance()
    debugger.stops.remove(1)
    assert debugger.arrive(search).note == "breakpoint 1: g"


def test_back_leads_back_from_a_hit(debugger: Debugger) -> None:
    debugger.stops.break_at("g")
    debugger.continue_()
    debugger.back()
    assert debugger.at == 1


def test_a_search_tells_how_far_it_is(debugger: Debugger) -> None:
    debugger.stops.break_at("if loss < 0")
    search = debugger.search()
    shown = [search.progress]
    while not search.advance(0.0):
        shown.append(search.progress)
        assert 1 <= search.at <= debugger.calendar.total
    assert shown[0] == 0.0 and shown == sorted(shown) and search.progress == 1.0
    assert search.hit is None


# --- last and when ------------------------------------------------------------------------------


def test_last_goes_back_from_change_to_change(debugger: Debugger) -> None:
    debugger.end()
    assert debugger.last("w1").note == "w1 changed here"
    assert str(debugger.address) == f"e5.i1.{W1_UPDATED}"
    debugger.last("w1")
    assert str(debugger.address) == f"e4.i1.{W1_UPDATED}"


def test_last_stays_where_nothing_has_changed(debugger: Debugger) -> None:
    debugger.goto(".5")
    assert debugger.last("w1") == Move(5, False, "it has not changed before this")
    assert debugger.at == 5


def test_when_counts_over_all_that_is_recorded(debugger: Debugger) -> None:
    assert debugger.when("loss > 0").count == 0
    debugger.goto("e4.i1.2")
    found = debugger.when("loss > 0")
    assert (found.count, found.first, found.last) == (4, 8, 3 * EVENTS + 8)
    missing = debugger.when("loss < 0")
    assert (missing.count, missing.first, missing.last) == (0, None, None)
    assert debugger.at == 3 * EVENTS + 2


def test_when_counts_the_first_event_of_the_run_once(debugger: Debugger) -> None:
    debugger.goto("e2.i1.1")
    found = debugger.when("w1 < 1e9")
    assert (found.count, found.first, found.last) == (3, 1, EVENTS + W1_UPDATED)
