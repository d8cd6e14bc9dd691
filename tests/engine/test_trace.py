"""The trace: addresses, what is known at each event, records, and the JSON Lines format."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    Address,
    AddressError,
    Calendar,
    Debugger,
    Phase,
    State,
    Status,
    TargetError,
    open_lesson,
    trace_lines,
)
from tests.engine.states import record_bits
from tests.strategies import TWO_LAYERS, Sketch, calendars, sketches

SMALL = Calendar(events=20, iterations=5, epochs=3)


# --- addresses ----------------------------------------------------------------------------------


@given(calendars(), st.data())
def test_an_ordinal_s_address_leads_back_to_it(calendar: Calendar, data: st.DataObject) -> None:
    ordinal = data.draw(st.integers(1, calendar.total))
    address = calendar.address(ordinal)
    assert calendar.ordinal(address) == ordinal
    assert calendar.parse(str(address)) == ordinal
    assert calendar.parse(f".{address.event}", address) == ordinal
    step = (address.epoch - 1) * calendar.iterations + address.iteration - 1
    assert calendar.step(ordinal) == step


@given(calendars(), st.data())
def test_an_address_s_ordinal_leads_back_to_it(calendar: Calendar, data: st.DataObject) -> None:
    address = Address(
        data.draw(st.integers(1, calendar.epochs)),
        data.draw(st.integers(1, calendar.iterations)),
        data.draw(st.integers(1, calendar.events)),
    )
    assert calendar.address(calendar.ordinal(address)) == address


@given(calendars(), st.data())
def test_addresses_are_in_the_order_of_their_ordinals(
    calendar: Calendar, data: st.DataObject
) -> None:
    a, b = (data.draw(st.integers(1, calendar.total)) for _ in range(2))
    assert (a < b) == (calendar.address(a) < calendar.address(b))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("e2.i3.17", 157, 157),
        ("e2.i3", 141, 160),
        ("e2", 101, 200),
        ("e1.i1.1", 1, 1),
        ("e3.i5.20", 300, 300),
        (".17", 57, 57),
        ("  e2.i3\n", 141, 160),
    ],
)
def test_a_short_form_is_the_first_event_there_or_the_last_one(
    text: str, first: int, last: int
) -> None:
    here = Address(1, 3, 5)
    assert SMALL.parse(text, here) == first
    assert SMALL.parse(text, here, last=True) == last


def test_an_event_alone_is_of_the_first_iteration_where_nobody_stands_anywhere() -> None:
    assert SMALL.parse(".17") == 17


@pytest.mark.parametrize(
    "text",
    ["", "e", "e1.", "e1.i", "e1.2", "i3", "1.2.3", "17", "E1", "e-1", "e1 .i1", "e1.i1.1.1",
     "e1i1", "e1.i1.1x", ".", "..1", "e" + "9" * 30],
)  # fmt: skip
def test_what_is_no_address_says_how_one_is_written(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        SMALL.parse(text)
    assert caught.value.what == f"'{text}' is not an address"
    assert "e2.i3.17" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["e0", "e4", "e1.i0", "e1.i6", "e1.i1.0", "e1.i1.21", ".0", ".21", "e999999"]
)
def test_an_address_outside_the_run_says_where_the_run_ends(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        SMALL.parse(text)
    assert caught.value.hint == "it runs from e1.i1.1 to e3.i5.20, 300 events"


@pytest.mark.parametrize("ordinal", [0, -1, 301])
def test_an_ordinal_outside_the_run_is_refused(ordinal: int) -> None:
    with pytest.raises(AddressError, match=f"event {ordinal}"):
        SMALL.address(ordinal)


@given(st.text(max_size=12) | st.text("ei.0123456789 ", max_size=12))
def test_no_text_raises_anything_but_an_address_error(text: str) -> None:
    try:
        ordinal = SMALL.parse(text)
    except AddressError:
        return
    assert 1 <= ordinal <= SMALL.total


# --- what is known at an event ------------------------------------------------------------------


def statuses(state: State, name: str) -> tuple[Status, Status]:
    node = state.node(name)
    return node.value_status, node.gradient_status


def test_a_value_is_computed_at_its_own_event_and_not_before() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    for ordinal in range(1, debugger.calendar.events + 1):
        state = debugger.run.state(ordinal)
        for node in debugger.graph.ops:
            step = debugger.listing.forward_step[node.id]
            known = ordinal >= step
            assert state.node(node.id).value_status is (
                Status.COMPLETE if known else Status.PENDING
            )
            assert (state.value(node.id) is not None) == known


def test_data_parameters_and_constants_are_known_from_the_first_event_on() -> None:
    state = Debugger(TWO_LAYERS.opened()).state
    assert {statuses(state, name)[0] for name in ("x", "y", "w1")} == {Status.COMPLETE}


def test_a_gradient_is_pending_then_accumulating_then_complete() -> None:
    sketch = Sketch("loss = w * w + w * 2", {"w": 3.0}, training={"epochs": 1})
    debugger = Debugger(sketch.opened())
    w = debugger.graph.named["w"]
    seen = [
        (state.gradient_status(w), state.gradient(w), len(state.contributions(w)))
        for state in map(debugger.run.state, range(1, debugger.calendar.events + 1))
    ]
    assert seen == [
        (Status.PENDING, None, 0),  # batch
        (Status.PENDING, None, 0),  # w * w
        (Status.PENDING, None, 0),  # w * 2
        (Status.PENDING, None, 0),  # loss
        (Status.PENDING, None, 0),  # the seed
        (Status.PENDING, None, 0),  # loss → w * w
        (Status.PENDING, None, 0),  # loss → w * 2
        (Status.PARTIAL, 2.0, 1),  # w * 2 → w
        (Status.PARTIAL, 5.0, 2),  # w * w → w, as its left operand
        (Status.COMPLETE, 8.0, 3),  # w * w → w, as its right operand
        (Status.COMPLETE, 8.0, 3),  # the update
    ]


def test_a_value_that_no_gradient_flows_to_says_none_and_not_zero() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.end()
    for name in ("x", "y"):
        node = debugger.state.node(name)
        assert (node.gradient_status, node.gradient, node.expected) == (Status.NONE, None, 0)


def test_a_parameter_changes_at_its_own_update_and_not_before() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    for name, update in (("w1", 20), ("b1", 21), ("w2", 22), ("b2", 23)):
        node, start = debugger.graph.named[name], TWO_LAYERS.parameters[name]
        assert debugger.run.state(update - 1).value(node) == start
        after = debugger.run.state(update).value(node)
        assert after is not None
        assert after != start
        assert debugger.run.state(update + 1).value(node) == after


@given(sketches(smooth=False))
def test_not_computed_is_never_a_number(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    for ordinal in range(1, debugger.calendar.events + 1):
        state = debugger.run.state(ordinal)
        for node in debugger.graph.nodes:
            known = state.node(node.id)
            assert (known.value is None) == (known.value_status is Status.PENDING)
            assert (known.gradient is None) == (
                known.gradient_status in (Status.NONE, Status.PENDING)
            )
            assert len(known.contributions) <= known.expected
            assert (known.gradient_status is Status.COMPLETE) == (
                0 < known.expected == len(known.contributions)
            )


def test_a_node_is_found_by_its_name_and_by_its_id() -> None:
    state = Debugger(TWO_LAYERS.opened()).state
    assert state.node("w1").id == state.node(state.graph.named["w1"]).id
    with pytest.raises(TargetError):
        state.node("w9")


# --- records ------------------------------------------------------------------------------------


def arrays_of(state: State) -> list[Any]:
    record = state.record
    groups = (
        record.leaves.values(),
        record.values,
        record.contributions,
        record.gradients,
        record.updated.values(),
        *(slots.values() for slots in record.optimizer.values()),
    )
    return [array for group in groups for array in group if array is not None]


@given(sketches(smooth=False))
def test_nothing_in_a_record_can_be_written_to(sketch: Sketch) -> None:
    for array in arrays_of(Debugger(sketch.opened()).state):
        assert isinstance(array, np.ndarray)
        assert not array.flags.writeable
        assert array.dtype == np.float64


@given(sketches(smooth=False))
def test_nothing_in_a_record_shares_memory_with_the_running_program(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    state = debugger.state
    live = debugger.run.storage.live
    for array in arrays_of(state):
        assert not np.shares_memory(array, live)
    before = record_bits(state)
    debugger.end()
    assert record_bits(state) == before


def test_running_on_does_not_change_a_record_that_was_kept() -> None:
    debugger = Debugger(open_lesson("two-layer-csv"))
    kept = [debugger.run.state(ordinal) for ordinal in (1, 30, 60)]
    before = [record_bits(state) for state in kept]
    debugger.end()
    debugger.start()
    assert [record_bits(state) for state in kept] == before


# --- JSON Lines -----------------------------------------------------------------------------------

HEADER = [
    "format", "version", "title", "experiment", "numpy", "nodes", "listing",
    "events_per_iteration", "iterations_per_epoch", "epochs",
]  # fmt: skip
COMMON = ["at", "event", "epoch", "iteration", "step", "phase", "line"]
FIELDS = {
    "batch": ["samples", "data"],
    "forward": ["id", "node", "op", "value"],
    "seed": ["id", "node", "op", "gradient"],
    "edge": [
        "from_id", "from", "id", "node", "operand", "op", "upstream", "local", "rule",
        "contribution", "gradient",
    ],
    "update": ["id", "node", "before", "gradient", "after", "state", "rule"],
}  # fmt: skip


def lines_of(debugger: Debugger, first: int = 1, last: int | None = None, **only: str) -> list[Any]:
    """The parsed lines of a trace; a bare NaN or Infinity is no JSON and fails."""
    last = debugger.calendar.events if last is None else last
    return [
        json.loads(line, parse_constant=lambda token: pytest.fail(f"bare {token}"))
        for line in trace_lines(debugger.run, first, last, **only)
    ]


def kind_of(event: dict[str, Any]) -> str:
    if event["phase"] != "backward":
        return event["phase"]
    return "seed" if event["op"] == "seed" else "edge"


def test_the_header_says_what_ran() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    header, *_ = lines_of(debugger)
    assert list(header) == HEADER
    assert (header["format"], header["version"]) == ("gradstep-trace", 1)
    assert header["numpy"] == np.__version__
    assert header["experiment"]["parameters"] == TWO_LAYERS.parameters
    assert header["experiment"]["training"] == {"learning_rate": 0.05, "epochs": 5}
    assert (header["events_per_iteration"], header["iterations_per_epoch"], header["epochs"]) == (
        23,
        1,
        5,
    )


def test_the_header_s_nodes_stand_at_their_ids_and_know_their_operands() -> None:
    header, *_ = lines_of(Debugger(TWO_LAYERS.opened()))
    nodes = header["nodes"]
    assert [node["id"] for node in nodes] == [*range(len(nodes))]
    assert {tuple(node) for node in nodes} == {
        ("id", "name", "kind", "op", "operands", "line", "trainable")
    }
    by_name = {node["name"]: node for node in nodes}
    assert by_name["w1 * x"] == {
        "id": by_name["w1 * x"]["id"],
        "name": "w1 * x",
        "kind": "op",
        "op": "mul",
        "operands": [by_name["w1"]["id"], by_name["x"]["id"]],
        "line": 2,
        "trainable": False,
    }
    assert {n["kind"] for n in nodes} == {"data", "constant", "parameter", "op"}
    assert [n["name"] for n in nodes if n["trainable"]] == ["w1", "b1", "w2", "b2"]


def test_the_header_s_listing_is_the_program() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    header, *_ = lines_of(debugger)
    assert header["listing"] == [
        {"line": line.number, "phase": str(line.phase), "text": line.text}
        for line in debugger.listing.lines
    ]


def assert_events_fit_the_format(debugger: Debugger, events: list[dict[str, Any]]) -> None:
    for event in events:
        assert list(event) == COMMON + FIELDS[kind_of(event)]
        address = debugger.calendar.address(event["event"])
        assert event["at"] == str(address)
        assert (event["epoch"], event["iteration"]) == (address.epoch, address.iteration)
        # Everything that a file shows counts from 1: in the first iteration, it is one so far.
        assert event["step"] == debugger.calendar.step(event["event"]) + 1
        step = debugger.listing.step(address.event)
        assert (event["phase"], event["line"]) == (str(step.phase), step.line)


@given(sketches(smooth=False))
def test_every_kind_of_event_has_exactly_the_fields_of_the_format(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    events = lines_of(debugger)[1:]
    assert len(events) == debugger.calendar.events
    assert_events_fit_the_format(debugger, events)


@given(sketches(smooth=False))
def test_every_value_of_the_trace_is_the_state_s_to_the_last_bit(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    for event in lines_of(debugger, 1, debugger.calendar.events)[1:]:
        state = debugger.run.state(event["event"])
        match kind_of(event):
            case "forward":
                pairs = [("value", state.value(event["id"]))]
            case "seed":
                pairs = [("gradient", state.gradient(event["id"]))]
            case "edge":
                pairs = [
                    ("upstream", state.gradient(event["from_id"])),
                    ("contribution", state.contribution),
                    ("gradient", state.gradient(event["id"])),
                ]
            case "update":
                pairs = [("after", state.value(event["id"]))]
            case _:
                pairs = []
        for field, wanted in pairs:
            assert wanted is not None
            got = np.asarray(event[field], dtype=float)
            assert got.tobytes() == np.asarray(wanted).tobytes(), field


@given(sketches(smooth=False))
def test_an_elementwise_edge_is_upstream_times_local_summed_to_the_operand(sketch: Sketch) -> None:
    debugger = Debugger(sketch.opened())
    for event in lines_of(debugger)[1:]:
        if kind_of(event) != "edge":
            continue
        op = debugger.graph[event["from_id"]].op
        assert op is not None
        assert (event["local"] is not None) == op.elementwise
        if event["local"] is None:
            continue
        contribution = np.asarray(event["contribution"])
        terms = np.asarray(event["upstream"]) * np.asarray(event["local"])
        extra = terms.ndim - contribution.ndim
        axes = tuple(range(extra)) + tuple(
            a + extra for a, n in enumerate(contribution.shape) if n == 1 != terms.shape[a + extra]
        )
        summed = terms.sum(axis=axes).reshape(contribution.shape)
        np.testing.assert_allclose(summed, contribution, rtol=1e-12, atol=1e-12)


def test_a_trace_over_several_iterations_has_consecutive_addresses() -> None:
    debugger = Debugger(open_lesson("two-layer-csv"))
    events = lines_of(debugger, 1, 130)[1:]
    assert [event["event"] for event in events] == [*range(1, 131)]
    assert_events_fit_the_format(debugger, events)
    assert {event["epoch"] for event in events} == {1, 2}


def test_a_batch_names_its_samples_and_holds_their_data() -> None:
    debugger = Debugger(open_lesson("two-layer-csv"))
    _, event, *_ = lines_of(debugger)
    assert len(event["samples"]) == 10
    for name in ("x", "y"):
        column = debugger.experiment.data[name]
        assert event["data"][name] == column[event["samples"]].tolist()


def test_a_run_without_data_has_an_empty_batch() -> None:
    _, event, *_ = lines_of(Debugger(open_lesson("chain-rule")))
    assert (event["samples"], event["data"]) == ([], {})


def test_only_a_phase_or_only_a_node_can_be_asked_for() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    forward = lines_of(debugger, phase="forward")[1:]
    assert {event["phase"] for event in forward} == {"forward"}
    assert len(forward) == 7
    w1 = lines_of(debugger, node="w1")[1:]
    assert [kind_of(event) for event in w1] == ["edge", "update"]
    h = lines_of(debugger, node="h")[1:]
    assert [event["node"] for event in h] == ["h", "h", "w1 * x", "b1"]


@pytest.mark.parametrize(("first", "last"), [(0, 5), (-3, 5), (1, 10**6), (116, 116)])
def test_a_trace_outside_the_run_is_refused(first: int, last: int) -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    with pytest.raises(AddressError):
        list(trace_lines(debugger.run, first, last))


@pytest.mark.parametrize(
    ("sketch", "spelled"),
    [
        (Sketch("loss = log(w)", {"w": 0.0}), {"-inf", "inf"}),
        (Sketch("loss = log(w)", {"w": -1.0}), {"nan"}),
        (Sketch("loss = mean(w * x)", {"w": 1.0}, {"x": [math.inf, -math.inf]}), {"nan", "inf"}),
    ],
)
def test_numbers_that_are_not_finite_are_spelled_as_text(sketch: Sketch, spelled: set[str]) -> None:
    text = "\n".join(trace_lines(Debugger(sketch.opened()).run, 1, 5))
    assert all(f'"{word}"' in text for word in spelled)
    for line in text.splitlines():
        json.loads(line, parse_constant=lambda token: pytest.fail(f"bare {token}"))


def test_floats_read_back_to_the_same_bits() -> None:
    awkward = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 123456789.123456789]
    sketch = Sketch("loss = sum(w * 1)", {"w": awkward})
    update = lines_of(Debugger(sketch.opened()))[-1]
    assert update["phase"] == Phase.UPDATE
    assert np.array(update["before"]).tobytes() == np.array(awkward).tobytes()
