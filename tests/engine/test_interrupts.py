"""An interrupt may come between any two lines of the engine: nothing wrong is shown after it."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from engine import Debugger
from tests.engine.interrupts import interrupted, lines_of
from tests.engine.naive import Naive, known_bits
from tests.strategies import Sketch

LITTLE, LESS = 1024, 1
"""Memory budgets in bytes that leave eight keyframes, and four."""

REMEMBERING = ("run", "keyframes", "history", "taps", "search", "timelines")
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


def searching(debugger: Debugger) -> Debugger:
    debugger.stops.watch("sign(grad(w))")
    debugger.stops.break_at("if any(grad(b) * prev(grad(b)) < -1000)")
    return debugger


def compared(debugger: Debugger) -> Debugger:
    debugger.goto(MIDDLE - 5 * EVENTS)
    debugger.set("learning_rate", 0.01)  # as it is: no difference is ever found
    debugger.goto(MIDDLE)
    return debugger


SCENES: dict[str, tuple[Callable[[], Debugger], Callable[[Debugger], object]]] = {
    "run ahead": (lambda: recorded_to(1), lambda d: d.goto(MIDDLE)),
    "go back": (lambda: recorded_to(TOTAL), lambda d: d.run.state(MIDDLE)),
    "step back": (
        lambda: recorded_to(MIDDLE),
        lambda d: [d.goto(MIDDLE - n * EVENTS) and d.state for n in range(6)],
    ),
    "search ahead": (
        lambda: searching(recorded_to(MIDDLE)),
        lambda d: d.search(1).advance(),
    ),
    "search back": (
        lambda: searching(recorded_to(MIDDLE)),
        lambda d: d.search(-1).advance(),
    ),
    "count": (lambda: recorded_to(MIDDLE), lambda d: d.when("any(grad(b) > 0)")),
    "fork": (lambda: recorded_to(MIDDLE), lambda d: d.set("w", 1.0)),
    "compare": (lambda: compared(recorded_to(1)), lambda d: d.compare("main").advance()),
    "share memory": (lambda: recorded_to(TOTAL), lambda d: d.run.limit(LESS)),
}


@pytest.mark.parametrize("scene", SCENES)
def test_an_interrupt_leaves_a_debugger_whose_every_answer_is_right(scene: str) -> None:
    prepared, work = SCENES[scene]
    whole = prepared()
    lines = lines_of(lambda: work(whole))
    times: dict[tuple[str, int], list[int]] = {}
    for place, line in enumerate(lines, 1):
        if line[0] in REMEMBERING:
            times.setdefault(line, []).append(place)
    rng = random.Random(scene)
    # Searches go by the clock: the number of a line is a good guess at what it will be.
    for place in map(rng.choice, times.values()):
        debugger = prepared()
        interrupted(lambda d=debugger: work(d), place)
        main = debugger.timelines["main"].run
        for ordinal in (MIDDLE, *range(TOTAL - 1, 0, -6 * EVENTS), *range(3, TOTAL, 5 * EVENTS)):
            shown = known_bits(main.state(ordinal))
            assert shown == STORED.at(ordinal), f"event {ordinal} after {lines[place - 1]}"
        losses = np.array(STORED.losses[: main.done : main.losses().spacing])
        assert main.losses().values.tobytes() == losses.tobytes()
        work(debugger)
        assert known_bits(main.state(MIDDLE)) == STORED.at(MIDDLE)
        if len(whole.timelines) == len(debugger.timelines):
            assert known_bits(debugger.state) == known_bits(whole.state)
