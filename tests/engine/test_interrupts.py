"""An interrupt may come between any two lines of the engine: nothing wrong is shown after it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from engine import Debugger
from tests.engine.interrupts import interrupted, lines_of
from tests.engine.naive import Naive, known_bits
from tests.strategies import Sketch

LITTLE, LESS = 1024, 1
"""Memory budgets in bytes that leave eight keyframes, and four."""

REMEMBERING = (
    "run", "keyframes", "history", "edits", "taps", "search", "comparison", "timelines",
)  # fmt: skip
"""The rooms in which something is remembered from one moment to the next."""

EXPERIMENT = Sketch(
    "loss = mean((w * x + b - y)**2)",
    {"w": 0.5, "b": [0.25, -0.25]},
    {"x": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "y": [[1, 0], [2, 1], [3, 5]]},
    training={"learning_rate": 0.01, "epochs": 20, "batch_size": 2, "shuffle": True},
).opened()
STORED = Naive(EXPERIMENT, 1000)
TOTAL, EVENTS = STORED.calendar.total, STORED.calendar.events
MIDDLE = 23 * EVENTS + 3
"""Three iterations after the keyframe before it."""


def recorded_to(ordinal: int) -> Debugger:
    debugger = Debugger(EXPERIMENT, memory=LITTLE)
    debugger.goto(ordinal)
    return debugger


Work = Callable[[], object]
"""Does something, and says what came of it; asked again after an interrupt it goes on."""


def running_ahead() -> tuple[Debugger, Work]:
    debugger = recorded_to(1)
    return debugger, lambda: debugger.goto(MIDDLE).ordinal


def going_back() -> tuple[Debugger, Work]:
    debugger = recorded_to(TOTAL)
    return debugger, lambda: known_bits(debugger.run.state(MIDDLE))


def stepping_back() -> tuple[Debugger, Work]:
    debugger = recorded_to(MIDDLE)
    places = [MIDDLE - n * EVENTS for n in range(6)]
    return debugger, lambda: [known_bits(debugger.run.state(place)) for place in places]


def searching(direction: int) -> tuple[Debugger, Work]:
    debugger = recorded_to(MIDDLE)
    debugger.stops.watch("sign(grad(w))", ignore=2)
    debugger.stops.break_at("if any(grad(b) * prev(grad(b)) < -1000)")
    search = debugger.search(direction)

    def searched() -> object:
        search.advance()
        hit = search.hit and (search.hit.ordinal, [stop.number for stop in search.hit.stops])
        return hit, dict(search.passed)

    return debugger, searched


def counting() -> tuple[Debugger, Work]:
    debugger = recorded_to(MIDDLE)
    survey = debugger.survey("any(grad(b) > prev(grad(b)))")

    def counted() -> object:
        survey.advance()
        return survey.count, survey.first, survey.last

    return debugger, counted


def forking() -> tuple[Debugger, Work]:
    debugger = recorded_to(MIDDLE)

    def forked() -> object:
        debugger.switch("main")
        debugger.set("w", 1.0)
        return known_bits(debugger.state)

    return debugger, forked


def returning_to_an_edit() -> tuple[Debugger, Work]:
    debugger = recorded_to(MIDDLE)
    debugger.set("w", 1.0)
    debugger.end()
    for step in range(24, 36):
        debugger.run.record(step)  # until the record of the edited iteration has to be made anew
    run = debugger.run

    def returned() -> object:
        there = run.state_before(36).tobytes()
        return there, known_bits(run.state(MIDDLE)), known_bits(run.state(MIDDLE + EVENTS))

    return debugger, returned


def going_to_and_fro() -> tuple[Debugger, Work]:
    debugger = recorded_to(TOTAL)
    run = debugger.run
    return debugger, lambda: [run.state_before(step).tobytes() for step in (24, 33)]


def comparing() -> tuple[Debugger, Work]:
    debugger = recorded_to(MIDDLE - 5 * EVENTS)
    debugger.set("learning_rate", 0.01)  # as it is: from there on the bits are those of main
    debugger.goto(MIDDLE)
    debugger.set("w", 1.0)
    search = debugger.compare("main")

    def compared() -> object:
        search.advance()
        return search.found and search.found.ordinal

    return debugger, compared


def sharing_memory() -> tuple[Debugger, Work]:
    debugger = recorded_to(TOTAL)
    return debugger, lambda: debugger.run.limit(LESS)


SCENES = {
    "run ahead": running_ahead,
    "go back": going_back,
    "step back": stepping_back,
    "go to and fro": going_to_and_fro,
    "search ahead": partial(searching, 1),
    "search back": partial(searching, -1),
    "count": counting,
    "fork": forking,
    "return to an edit": returning_to_an_edit,
    "compare": comparing,
    "share memory": sharing_memory,
}


@pytest.mark.parametrize("scene", SCENES)
def test_an_interrupt_leaves_a_debugger_whose_every_answer_is_right(scene: str) -> None:
    _, work = SCENES[scene]()
    lines = lines_of(work)
    answer = work()
    times: dict[tuple[str, int], list[int]] = {}
    for place, line in enumerate(lines, 1):
        if line[0] in REMEMBERING:
            times.setdefault(line, []).append(place)
    rng = random.Random(scene)
    # Searches go by the clock: the number of a line is a good guess at what it will be.
    for place in map(rng.choice, times.values()):
        debugger, work = SCENES[scene]()
        interrupted(work, place)
        where = lines[place - 1]
        if rng.random() < 0.5:
            assert work() == answer, f"after {where}"
        main = debugger.timelines["main"].run
        for ordinal in (MIDDLE, *range(TOTAL - 1, 0, -6 * EVENTS), *range(3, TOTAL, 5 * EVENTS)):
            assert known_bits(main.state(ordinal)) == STORED.at(ordinal), f"after {where}"
        losses = np.array(STORED.losses[: main.done : main.losses().spacing])
        assert main.losses().values.tobytes() == losses.tobytes()
        assert work() == answer, f"after {where}"
