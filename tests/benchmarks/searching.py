"""Searching a long run: by the history's columns, and by a replay beside the replay alone."""

from __future__ import annotations

import statistics
from typing import Any

from engine import Debugger, Run, Stop
from engine.program import Program
from engine.stops import condition, watch
from engine.taps import Taps
from tests.benchmarks.measure import in_turn, ratio, seconds
from tests.benchmarks.nets import BATCHES, lecture

ITERATIONS = 1_000_000
REPLAYED = 20_000

BY_HISTORY = (
    "loss < 0",
    "loss > 2 * prev(loss)",
    "w1 > prev(w1) and w2 < 0 and step > 10",
    "abs(w1 * w2 - 2) > 1 and epoch > 1e7",
)
BY_REPLAY = (
    "abs(grad(w1)) > 10",
    "any(isnan(h))",
    "sign(grad(w1)) != sign(prev(grad(w1)))",
    "norm(grad(g)) > 2 * prev(norm(grad(g)))",
)


def main() -> None:
    debugger = Debugger(lecture().opened(ITERATIONS // BATCHES))
    run = debugger.run
    took = seconds(lambda: run.advance(ITERATIONS))
    print(f"recorded {run.done:,} iterations in {took:.1f} s")

    def surveyed(text: str) -> float:
        survey = debugger.survey(text)
        return seconds(survey.advance)

    for text in BY_HISTORY:
        times = in_turn({text: lambda text=text: surveyed(text)}, rounds=5)[text]
        each = 1e3 * statistics.median(times)
        print(f"by history  {each:6.1f} ms for {ITERATIONS:,} iterations: {text}")
    for text in BY_REPLAY:
        _beside_the_replay(run, condition(debugger.stops.scope, text), text)
    _beside_the_replay(run, watch(debugger.stops.scope, "w1 * w2"), "watch w1 * w2")


def _beside_the_replay(run: Run, stop: Stop, text: str) -> None:
    first = run.done // 2

    def plain(step: int, program: Program) -> Any:
        return program.calls, program.storage.update

    def tapped() -> float:
        taps = Taps([stop])
        return seconds(lambda: taps.scan(run, first, first + REPLAYED))

    def alone() -> float:
        return seconds(lambda: run.replay(first, first + REPLAYED, plain))

    times = in_turn({"taps": tapped, "alone": alone}, rounds=5)
    middle, least, most = ratio(times["taps"], times["alone"])
    each = 1e6 * statistics.median(times["taps"]) / REPLAYED
    beside = f"{middle:.2f} ({least:.2f}–{most:.2f}) × the replay alone"
    print(f"by replay   {each:6.1f} µs an iteration, {beside}: {text}")
