"""Going anywhere in a long run: random seeks, single iterations back, and what it all holds."""

from __future__ import annotations

import numpy as np

from engine import Debugger
from tests.benchmarks.measure import line, seconds
from tests.benchmarks.nets import BATCHES, lecture

ITERATIONS = 500_000


def main() -> None:
    debugger = Debugger(lecture().opened(ITERATIONS // BATCHES))
    took = seconds(lambda: debugger.run.advance(ITERATIONS))
    events = debugger.calendar.events
    print(f"recorded {ITERATIONS:,} iterations, {debugger.calendar.total:,} events in {took:.1f} s")
    rng = np.random.default_rng(1)

    def seek(ordinal: int) -> float:
        def go() -> None:
            debugger.goto(ordinal)
            _ = debugger.state

        return 1e3 * seconds(go)

    seeks = [seek(int(o)) for o in rng.integers(1, debugger.calendar.total + 1, 2_000)]
    print(line("random seek", seeks))
    debugger.goto(debugger.calendar.total // 2)
    here = debugger.at
    backs = [seek(here - k * events) for k in range(1, 10_001)]
    print(line("one iteration back, 10,000 times", backs))
    run = debugger.run
    kept = {"keyframes": run.keyframes, "trail": run.trail, "series": run.history}
    for name, part in {**kept, "series of norms": run.norm_history}.items():
        print(f"{name}: room for {part.nbytes / 2**20:.1f} MiB")
