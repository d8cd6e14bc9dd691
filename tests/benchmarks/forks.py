"""Forking: how long it takes at any event of a long run, and what more timelines take."""

from __future__ import annotations

import tracemalloc

import numpy as np

from engine import MEMORY, Debugger
from tests.benchmarks.measure import line, seconds
from tests.benchmarks.nets import BATCHES, Net, digits, lecture

FORKS = 60
CASES: tuple[tuple[Net, str, int], ...] = (
    (lecture(), "w1", 1_000_000),
    (digits(), "W1[3, 5]", 2_000),
)
"""The nets, what is set in each, and how many iterations are recorded."""


def main() -> None:
    for net, target, iterations in CASES:
        debugger = Debugger(net.opened(iterations // BATCHES))
        debugger.run.advance(iterations)
        total = debugger.calendar.total
        rng = np.random.default_rng(1)

        def fork(ordinal: int, debugger: Debugger = debugger, target: str = target) -> float:
            debugger.goto(ordinal)
            _ = debugger.state  # where one forks, one has looked
            took = 1e3 * seconds(lambda: debugger.set(target, 0.5))
            debugger.switch("main")
            for timeline in list(debugger.timelines)[1:]:
                debugger.delete(timeline.name)
            return took

        times = [fork(int(o)) for o in rng.integers(1, total + 1, FORKS)]
        print(line(f"{net.name}, {iterations:,} iterations: fork at any event", times))
    net, target, iterations = CASES[1]
    for timelines in (1, 2, 8):
        _room(net, target, iterations // 4, timelines)


def _room(net: Net, target: str, iterations: int, timelines: int) -> None:
    """Every timeline recorded to its end, and what that took in all."""
    experiment = net.opened(iterations // BATCHES)
    tracemalloc.start()
    debugger = Debugger(experiment)
    debugger.goto(debugger.calendar.total // 10)
    for _ in range(timelines - 1):
        debugger.switch("main")
        debugger.set(target, 0.5)
    for timeline in debugger.timelines:
        debugger.switch(timeline.name)
        debugger.end()
        _ = debugger.state
        debugger.goto(debugger.calendar.total // 2)
        _ = debugger.state
        debugger.goto(debugger.calendar.total // 10)
    remembered = sum(
        part.nbytes
        for run in (timeline.run for timeline in debugger.timelines)
        for part in (run.keyframes, run.trail, run.history, run.norm_history)
    )
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(
        f"{net.name}, {timelines} timelines: remembered {remembered / 2**20:.0f} MiB at most, "
        f"of {MEMORY / 2**20:.0f}; with buffers and all {most / 2**20:.0f} MiB"
    )


if __name__ == "__main__":
    main()
