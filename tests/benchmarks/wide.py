"""Time travel in a net whose state is wide: 784-128-10, a hundred thousand parameters, in 64 MB.

What takes long there is the replay between two keyframes, and what takes room are states; so the
series give up what they do not need, and a replay leaves waypoints for the way back.
"""

from __future__ import annotations

import os
import resource

import numpy as np

from engine import MEMORY, Debugger
from tests.benchmarks.measure import line, seconds
from tests.benchmarks.nets import BATCHES, digits

ITERATIONS = int(os.environ.get("GRADSTEP_WIDE_ITERATIONS", "20000"))
"""A smaller number makes it quick."""
SEEKS, BACKS = 100, 1_000


def main() -> None:
    before = _resident()
    debugger = Debugger(digits().opened(ITERATIONS // BATCHES))
    run, events = debugger.run, debugger.calendar.events
    took = seconds(lambda: run.advance(ITERATIONS))
    print(
        f"recorded {ITERATIONS:,} iterations in {took:.1f} s, {1e3 * took / ITERATIONS:.2f} ms each"
    )

    def seek(ordinal: int) -> float:
        def go() -> None:
            debugger.goto(ordinal)
            _ = debugger.state

        return 1e3 * seconds(go)

    rng = np.random.default_rng(1)
    seeks = [seek(int(o)) for o in rng.integers(1, debugger.calendar.total + 1, SEEKS)]
    print(line(f"random seek, {SEEKS} times", seeks))
    debugger.goto(debugger.calendar.total * 3 // 4)
    here = debugger.at
    backs = [seek(here - k * events) for k in range(1, BACKS + 1)]
    print(line(f"one iteration back, {BACKS:,} times", backs))
    print(
        f"keyframes {run.keyframes.spacing} iterations apart, {_mib(run.keyframes.nbytes)}, trail "
        f"{_mib(run.trail.nbytes)}; budget {_mib(MEMORY)}, process grown by "
        f"{_mib(_resident() - before)}"
    )


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"


def _resident() -> int:
    """Bytes that the process has taken at most so far."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
