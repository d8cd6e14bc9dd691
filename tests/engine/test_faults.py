"""Planted faults are found exactly: the event, what it wrote, the element, and by how much."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Debugger, Phase, State
from tests.engine.states import bits
from tests.strategies import Sketch

NET = Sketch(
    "h = relu(x @ W + b)\ng = h @ v + c\nloss = mean((g - y)**2)",
    {
        "W": [[0.5, -0.25, 0.75], [0.25, 0.5, -0.5]],
        "b": [0.1, 0.2, 0.3],
        "v": [0.5, -0.5, 0.25],
        "c": 0.0,
    },
    {
        "x": [[1.0, 0.5], [-0.5, 1.0], [0.25, -1.0], [1.5, 0.75], [-1.0, -0.5], [0.5, 1.25]],
        "y": [1.0, 0.5, -0.5, 2.0, -1.0, 1.25],
    },
    training={"batch_size": 2, "shuffle": True, "seed": 3, "epochs": 60, "learning_rate": 0.05},
)
"""Three batches of two samples an epoch, shuffled."""


def planted(data: dict[str, Any], **training: Any) -> Debugger:
    """A debugger on the net with other data."""
    merged = {**NET.data, **data}, {**NET.training, **training}
    sketch = Sketch(NET.formulas, NET.parameters, merged[0], training=merged[1])
    return Debugger(sketch.opened())


def halts(debugger: Debugger, condition: str, direction: int = 1) -> list[str]:
    """Every place at which a run comes to a halt by a condition, from the cursor on."""
    stop, places = debugger.stops.break_at(f"if {condition}"), list[str]()
    while debugger.continue_(direction).note.startswith("breakpoint"):
        places.append(str(debugger.address))
    debugger.stops.remove(stop.number)
    return places


def samples_here(debugger: Debugger) -> tuple[int, ...]:
    return debugger.state.record.samples


# --- one ulp ------------------------------------------------------------------------------------


def written(state: State) -> Any:
    """The bits that an event of the forward or backward pass, or of the update, has written."""
    node = state.step.node
    if node is None or state.step.phase is Phase.BATCH:
        return None
    backward = state.step.phase is Phase.BACKWARD
    return bits(state.gradient(node) if backward else state.value(node))


@settings(max_examples=25)
@given(st.integers(0, 150), st.sampled_from(("W", "v", "b", "c")), st.integers(0, 5), st.booleans())
def test_one_ulp_is_found_at_the_first_event_that_it_changes(
    iteration: int, name: str, entry: int, up: bool
) -> None:
    debugger = Debugger(NET.opened())
    debugger.goto(iteration * debugger.calendar.events + 1)
    value = debugger.state.node(name).value
    assert value is not None
    index = np.unravel_index(entry % value.size, value.shape)
    element = f"[{', '.join(map(str, index))}]" if index else ""
    debugger.set(f"{name}{element}", float(np.nextafter(value[index], np.inf if up else -np.inf)))
    debugger.run.advance(iteration + 30)
    search = debugger.compare("main")
    assert search.advance()
    here, there = debugger.run, debugger.timelines["main"].run
    end = (iteration + 30) * debugger.calendar.events
    pairs = ((o, here.state(o), there.state(o)) for o in range(debugger.at + 1, end + 1))
    first = next((o for o, a, b in pairs if written(a) != written(b)), None)
    found = search.found
    assert (found.ordinal if found else None) == first
    if found is not None:
        assert found.largest == np.abs(found.here - found.there).max() > 0
        assert found.largest <= 4 * np.spacing(np.abs(found.here).max())


def test_one_ulp_of_a_weight_is_found_with_its_column_and_its_size() -> None:
    debugger = Debugger(NET.opened())
    debugger.goto("e5.i2.1")
    weight = debugger.state.node("W").value
    assert weight is not None
    debugger.set("W[1, 2]", float(np.nextafter(weight[1, 2], np.inf)))
    debugger.end()
    search = debugger.compare("main")
    search.advance()
    found = search.found
    assert found is not None
    assert (str(debugger.calendar.address(found.ordinal)), found.what) == (
        "e5.i2.2",
        "value of x @ W",
    )
    assert found.index is not None
    assert found.index[1] == 2
    here, there = found.here[found.index], found.there[found.index]
    assert found.largest == abs(here - there) == abs(np.spacing(here))


# --- nan ----------------------------------------------------------------------------------------


def test_a_nan_set_into_a_weight_is_found_from_both_sides_and_counted() -> None:
    debugger = Debugger(NET.opened())
    debugger.goto("e20.i2.1")
    debugger.set("v[1]", float("nan"))
    debugger.start()
    assert halts(debugger, "any(isnan(g))")[0] == "e20.i2.6"
    debugger.goto("e20.i2.6")
    assert debugger.line.text == "g = h @ v + c"
    debugger.end()
    # Every iteration from there on: 40 whole epochs and two iterations of the twentieth.
    back = halts(debugger, "any(isnan(g))", -1)
    assert (len(back), back[-1]) == (3 * 40 + 2, "e20.i2.6")
    when = debugger.when("any(isnan(g))")
    assert when.count == len(back)
    assert str(debugger.calendar.address(when.first or 1)) == "e20.i2.6"
    debugger.switch("main")
    assert debugger.when("any(isnan(g))").count == 0


def test_a_nan_in_the_data_is_found_when_its_sample_first_comes() -> None:
    x = [list(row) for row in NET.data["x"]]
    x[4][1] = float("nan")
    debugger = planted({"x": x})
    order = debugger.experiment.training.batches.order(0)
    iteration = int(np.flatnonzero(order == 4)[0]) // 2 + 1
    (first, *_) = halts(debugger, "any(isnan(x))")
    assert first == f"e1.i{iteration}.1"
    debugger.goto(first)
    assert 4 in samples_here(debugger)
    # One batch of each epoch has it.
    assert debugger.when("any(isnan(x))").count == 60
    debugger.end()
    assert halts(debugger, "any(isnan(x))", -1)[-1] == first
    # What it spoils first is the next thing that is computed.
    debugger.start()
    assert halts(debugger, "any(isnan(h))")[0] == f"e1.i{iteration}.4"


# --- training that goes wrong -------------------------------------------------------------------


def test_a_learning_rate_that_explodes_is_seen_on_its_timeline_only() -> None:
    debugger = Debugger(NET.opened())
    debugger.goto("e10.i1.1")
    debugger.set("learning_rate", 40.0, name="hot")
    debugger.end()
    hot = debugger.when("not loss < 1e6")  # true of nan as well
    first = debugger.calendar.address(hot.first or 1)
    assert (10, 1) < (first.epoch, first.iteration) <= (11, 3)
    assert hot.count == 60 * 3 - (3 * (first.epoch - 1) + first.iteration - 1)
    # The parameters part with the first update, and nothing before it.
    search = debugger.compare("main")
    search.advance()
    found = search.found
    assert found is not None
    assert found.what.startswith("update of")
    place = debugger.calendar.address(found.ordinal)
    assert (place.epoch, place.iteration) == (10, 1)
    debugger.switch("main")
    debugger.end()
    assert debugger.when("not loss < 1e6").count == 0


@pytest.mark.parametrize("direction", [1, -1])
def test_an_outlier_is_found_by_the_norm_of_the_gradient(direction: int) -> None:
    y = list(NET.data["y"])
    y[3] = 500.0
    debugger = planted({"y": y}, learning_rate=1e-6)
    debugger.goto("e2" if direction > 0 else "e8")
    places = halts(debugger, "norm(grad(v)) > 100", direction)
    assert len(places) == (59 if direction > 0 else 7)
    for place in places:
        debugger.goto(place)
        assert 3 in samples_here(debugger)
    gradient = debugger.state.node("g").gradient
    assert gradient is not None
    row = samples_here(debugger)[int(np.abs(gradient).argmax())]
    assert row == 3


def test_a_unit_that_has_died_is_found_with_the_moment_of_its_death() -> None:
    debugger = Debugger(NET.opened())
    debugger.goto("e15.i1.1")
    debugger.set("b[1]", -100.0)
    debugger.end()
    dead = "all(h[:, 1] == 0) and all(grad(b)[1] == 0)"
    when = debugger.when(dead)
    assert str(debugger.calendar.address(when.last or 1)).startswith("e60.i3.")
    # A watch on whether it is alive goes off for the last time where it was killed.
    move = debugger.last("any(h[:, 1] > 0)")
    assert move.moved
    assert str(debugger.address) == "e15.i1.4"
    assert debugger.line.text == "h = relu(x @ W + b)"
    value = debugger.state.node("h").value
    assert value is not None
    assert np.all(value[:, 1] == 0)
