"""Two things timed in turn, so that a drifting machine hits both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

Timed = Callable[[], float]
"""Does its work once and returns the seconds it took."""


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu_seconds(work: Callable[[], object]) -> float:
    """How long one call computes; what else the machine does meanwhile does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def in_turn(sides: dict[str, Timed], rounds: int = 9) -> dict[str, list[float]]:
    """`rounds` times of each side, one after the other, after a warm-up."""
    for side in sides.values():
        side()
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            times[name].append(side())
    return times


def ratio(ours: list[float], theirs: list[float]) -> tuple[float, float, float]:
    """(median, least, greatest) of the ratios round by round."""
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    return statistics.median(ratios), ratios[0], ratios[-1]


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def line(what: str, milliseconds: list[float]) -> str:
    """Times in words: the median, the 99th percentile and the longest."""
    half, most = percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)
    return f"{what}: median {half:.3f} ms, p99 {most:.3f} ms, worst {max(milliseconds):.3f} ms"
