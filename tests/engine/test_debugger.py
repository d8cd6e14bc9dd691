"""The debugger: what each unit steps over, where the ends are, and going to an address."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    Address,
    AddressError,
    Debugger,
    Experiment,
    Phase,
    TargetError,
    Unit,
    open_lesson,
)
from tests.engine.test_listing import BY_HAND
from tests.strategies import TWO_LAYERS, Sketch, sketches

EVENTS = 23
"""Events in an iteration of the lecture's network."""

LINE_ENDS = [1, 3, 5, 8, 9, 12, 14, 15, 16, 18, 19, 20, 21, 22, 23]
"""The events that complete its fifteen lines."""

PASS_ENDS, PASS_STARTS = [1, 8, 19, 23], [1, 2, 9, 20]


@pytest.fixture
def debugger() -> Debugger:
    """The lecture's network: 23 events an iteration, one iteration an epoch, 5 epochs."""
    return Debugger(TWO_LAYERS.opened())


@pytest.fixture
def batches() -> Debugger:
    """The lesson on a CSV file: 23 events, 5 iterations an epoch, 40 epochs."""
    return Debugger(open_lesson("two-layer-csv"))


def walk(debugger: Debugger, unit: str, by: int, count: int) -> list[int]:
    return [debugger.step(unit, by).ordinal for _ in range(count)]


# --- the start ----------------------------------------------------------------------------------


def test_a_new_debugger_stands_at_the_first_event(debugger: Debugger) -> None:
    assert debugger.at == 1
    assert debugger.address == Address(1, 1, 1)
    assert debugger.line.number == 1
    assert debugger.state.step.phase is Phase.BATCH


def test_opening_a_debugger_runs_nothing_yet(debugger: Debugger) -> None:
    assert debugger.run.done == 0


# --- units --------------------------------------------------------------------------------------


def test_an_event_is_the_finest_step(debugger: Debugger) -> None:
    assert walk(debugger, "event", 1, 30) == [*range(2, 32)]
    assert walk(debugger, "event", -1, 30) == [*range(30, 0, -1)]


def test_a_line_step_ends_where_the_next_line_is_complete(debugger: Debugger) -> None:
    assert walk(debugger, "line", 1, 15) == [*LINE_ENDS[1:], EVENTS + 1]


def test_a_line_step_back_ends_where_the_previous_line_was_complete(debugger: Debugger) -> None:
    debugger.goto(2 * EVENTS)
    assert walk(debugger, "line", -1, 15) == [*(EVENTS + e for e in LINE_ENDS[-2::-1]), EVENTS]


def test_a_line_step_from_inside_a_line_finishes_another_one(debugger: Debugger) -> None:
    debugger.goto(".6")
    assert debugger.line.text.startswith("loss")
    assert debugger.step("line").ordinal == 9
    debugger.goto(".6")
    assert debugger.step("line", -1).ordinal == 5


def test_line_steps_there_and_back_meet_at_the_same_events(debugger: Debugger) -> None:
    there = [1, *walk(debugger, "line", 1, 40)]
    assert walk(debugger, "line", -1, 40) == there[-2::-1]


def test_a_pass_step_goes_to_the_end_of_this_pass_then_of_the_next(debugger: Debugger) -> None:
    debugger.goto(".3")
    assert walk(debugger, "pass", 1, 5) == [8, 19, 23, EVENTS + 1, EVENTS + 8]


def test_a_pass_step_back_goes_to_the_start_of_this_pass_then_of_the_one_before(
    debugger: Debugger,
) -> None:
    debugger.goto(EVENTS + 12)
    starts = [EVENTS + 9, EVENTS + 2, EVENTS + 1, 20, 9, 2, 1]
    assert walk(debugger, "pass", -1, 7) == starts


def test_an_iteration_step_keeps_the_event(batches: Debugger) -> None:
    batches.goto("e1.i2.7")
    assert batches.step("iteration").ordinal == batches.calendar.parse("e1.i3.7")
    assert batches.step("iteration", 4).ordinal == batches.calendar.parse("e2.i2.7")
    assert batches.step("iteration", -5).ordinal == batches.calendar.parse("e1.i2.7")


def test_an_epoch_step_keeps_the_iteration_and_the_event(batches: Debugger) -> None:
    batches.goto("e1.i2.7")
    assert batches.step("epoch", 3).ordinal == batches.calendar.parse("e4.i2.7")
    assert batches.step("epoch", -1).ordinal == batches.calendar.parse("e3.i2.7")


@pytest.mark.parametrize("unit", list(Unit))
def test_a_step_of_nothing_stays_without_a_note(debugger: Debugger, unit: Unit) -> None:
    debugger.goto(40)
    move = debugger.step(unit, 0)
    assert (move.ordinal, move.moved, move.note) == (40, False, "")


def test_a_unit_can_be_named_by_its_word(debugger: Debugger) -> None:
    assert debugger.step(Unit.LINE).ordinal == 3
    assert debugger.step("line").ordinal == 5
    with pytest.raises(ValueError, match="fortnight"):
        debugger.step("fortnight")


@given(sketches(smooth=False), st.sampled_from(list(Unit)), st.integers(1, 12), st.data())
def test_many_steps_at_once_are_as_many_single_steps(
    sketch: Sketch, unit: Unit, count: int, data: st.DataObject
) -> None:
    experiment = sketch.opened()
    one, many = Debugger(experiment), Debugger(experiment)
    start = data.draw(st.integers(1, one.calendar.total))
    sign = data.draw(st.sampled_from((1, -1)))
    one.goto(start)
    many.goto(start)
    for _ in range(count):
        one.step(unit, sign)
    assert many.step(unit, sign * count).ordinal == one.at == many.at


@given(sketches(smooth=False), st.sampled_from(list(Unit)), st.data())
def test_a_step_either_moves_the_right_way_or_says_why_not(
    sketch: Sketch, unit: Unit, data: st.DataObject
) -> None:
    debugger = Debugger(sketch.opened())
    start = data.draw(st.integers(1, debugger.calendar.total))
    by = data.draw(st.sampled_from((1, -1)))
    debugger.goto(start)
    move = debugger.step(unit, by)
    assert move.moved == (move.ordinal != start)
    assert (move.ordinal - start) * by >= 0
    assert move.moved or move.note
    assert 1 <= move.ordinal <= debugger.calendar.total


@given(sketches(smooth=False), st.data())
def test_a_line_step_always_reaches_another_line(sketch: Sketch, data: st.DataObject) -> None:
    debugger = Debugger(sketch.opened())
    debugger.goto(data.draw(st.integers(1, debugger.calendar.total)))
    before, ordinal = debugger.line, debugger.at
    if debugger.step("line", data.draw(st.sampled_from((1, -1)))).moved:
        at_an_end = debugger.at in (1, debugger.calendar.total)
        assert debugger.line != before or at_an_end or ordinal == debugger.at


def test_a_target_is_where_a_step_would_lead_without_moving(debugger: Debugger) -> None:
    assert debugger.target("pass", 2).ordinal == 19
    assert debugger.at == 1
    assert debugger.run.done == 0


# --- the ends -----------------------------------------------------------------------------------

START, END = "this is the start of the run", "this is the end of the run"


@pytest.mark.parametrize("unit", ["event", "line", "pass"])
def test_a_step_at_an_end_stays_and_says_so(debugger: Debugger, unit: str) -> None:
    move = debugger.step(unit, -1)
    assert (move.ordinal, move.moved, move.note) == (1, False, START)
    debugger.end()
    move = debugger.step(unit)
    assert (move.ordinal, move.moved, move.note) == (5 * EVENTS, False, END)


@pytest.mark.parametrize("unit", ["iteration", "epoch"])
def test_there_is_no_iteration_or_epoch_beyond_the_ends(debugger: Debugger, unit: str) -> None:
    debugger.goto(".7")
    move = debugger.step(unit, -1)
    assert (move.ordinal, move.moved, move.note) == (7, False, f"this is the first {unit}")
    debugger.goto("e5.i1.7")
    move = debugger.step(unit)
    assert (move.moved, move.note) == (False, f"this is the last {unit}")


def test_a_step_over_the_end_goes_as_far_as_it_can_and_says_so(debugger: Debugger) -> None:
    move = debugger.step("event", 10**9)
    assert (move.ordinal, move.moved, move.note) == (5 * EVENTS, True, END)
    move = debugger.step("line", -(10**9))
    assert (move.ordinal, move.moved, move.note) == (1, True, START)
    move = debugger.step("epoch", 10**9)
    assert (move.ordinal, move.moved, move.note) == (4 * EVENTS + 1, True, "this is the last epoch")


def test_the_ends_of_the_run_are_one_move_away(debugger: Debugger) -> None:
    assert debugger.end().ordinal == 5 * EVENTS
    assert debugger.run.done == 5
    assert debugger.end().note == END
    assert debugger.start().ordinal == 1
    assert debugger.start().note == START


# --- going to an address ------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["e3.i2.7", Address(3, 2, 7), 260])
def test_an_address_a_text_and_an_ordinal_lead_to_the_same_event(
    batches: Debugger, where: str | Address | int
) -> None:
    move = batches.goto(where)
    assert (move.ordinal, move.moved) == (260, True)
    assert str(batches.address) == "e3.i2.7"
    assert not batches.goto(where).moved


def test_an_event_alone_is_of_the_iteration_where_the_cursor_stands(batches: Debugger) -> None:
    batches.goto("e3.i2")
    batches.goto(".7")
    assert str(batches.address) == "e3.i2.7"


@pytest.mark.parametrize("where", ["", "e41", "e1.i6", ".24", "w1", 0, -1, 10**9, Address(0, 1, 1)])
def test_an_address_that_is_not_in_the_run_leaves_the_cursor_where_it_was(
    batches: Debugger, where: str | Address | int
) -> None:
    batches.goto("e3.i2.7")
    with pytest.raises(AddressError) as caught:
        batches.goto(where)
    assert caught.value.hint
    assert str(batches.address) == "e3.i2.7"


def test_going_ahead_records_what_lies_between(batches: Debugger) -> None:
    batches.goto("e3")
    assert batches.run.done == 11
    batches.goto("e1")
    assert batches.run.done == 11


# --- reports ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sketch", BY_HAND.values(), ids=BY_HAND.keys())
def test_every_event_reports_what_it_did(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    for _ in range(debugger.calendar.events):
        report = debugger.report()
        step = debugger.state.step
        assert (report.phase, report.node) == (step.phase, step.node)
        assert report.symbols
        assert isinstance(report.substituted(lambda node, value: "1"), str)
        debugger.step("event")


def described(experiment: Callable[[], Experiment], event: int) -> tuple[str, str]:
    debugger = Debugger(experiment())
    debugger.goto(event)
    report = debugger.report()
    return report.symbols, report.substituted(lambda node, value: f"{float(value):g}")


def test_a_report_reads_as_the_symbols_and_then_the_numbers() -> None:
    def lesson() -> Experiment:
        return open_lesson("chain-rule")

    assert described(lesson, 2)[0] == "g = x²"
    assert described(lesson, 3)[0] == "f = cos(g)"
    assert described(lesson, 4) == ("∂f/∂f = 1", "1")
    assert described(lesson, 5)[0] == "∂f/∂g = −∂f/∂f · sin(g)"
    assert described(lesson, 6)[0] == "∂f/∂x = ∂f/∂g · 2 · x"
    assert described(lesson, 7)[0] == "x ← x − lr · ∂f/∂x"
    assert described(lesson, 6)[1] == "(-0.533303) · 2 · 0.75"


def test_a_report_calls_the_loss_by_its_own_name() -> None:
    sketch = Sketch("q = w * 2\ncost = q**2", {"w": 0.5})
    debugger = Debugger(sketch.opened())
    for _ in range(debugger.calendar.events):
        assert "∂loss" not in debugger.report().symbols
        debugger.step("event")
    for level in ("formula", "op"):
        rule = debugger.chain_rule("w", level)
        texts = [rule.symbol, rule.product, *(f.text for p in rule.paths for f in p.factors)]
        assert not any("∂loss" in text for text in texts)


@pytest.mark.parametrize(
    ("node", "hint"),
    [("w9", "did you mean 'w1'?"), (99, "ids go from 0 to 13"), (-1, "ids go from 0 to 13")],
)
def test_a_node_that_is_not_there_is_told_with_the_way_out(node: str | int, hint: str) -> None:
    debugger = Debugger(open_lesson("two-layer"))
    for ask in (debugger.state.node, debugger.chain_rule, debugger.effects, debugger.causes):
        with pytest.raises(TargetError, match=f"there is no node {node!r}") as caught:
            ask(node)
        assert caught.value.hint == hint


def test_the_chain_rule_of_an_inner_op_goes_by_formulas_as_far_as_they_lead() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.step("pass", 2)
    inner = next(n.id for n in debugger.graph.nodes if n.name == "w1 * x")
    rule = debugger.chain_rule(inner)
    assert rule.product == "∂loss/∂g · ∂g/∂h · ∂h/∂(w1 * x)"
    assert rule.paths[0].product is not None
    assert rule.gradient is not None
    assert rule.paths[0].product.tolist() == rule.gradient.tolist()
