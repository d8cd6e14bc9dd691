"""What a run takes at its peak, beyond the interpreter and the experiment; and drawing a long one.

Each run has a fresh process of its own, so that its peak is not another's.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path

from engine import Run
from tests.benchmarks.measure import seconds
from tests.benchmarks.nets import BATCHES, digits, lecture

ROOT = Path(__file__).parents[2]
COLUMNS = 400
CASES = {"lecture": (10_000, 100_000, 1_000_000), "digits": (2_000,)}
"""Which nets, and how many iterations."""


def peak() -> float:
    """The most memory that this process has had so far, in MiB."""
    # Linux counts in KiB, macOS in bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def run_alone(name: str, iterations: int) -> None:
    """What a fresh process does: run, and print what that took."""
    net = {"lecture": lecture, "digits": digits}[name]()
    experiment = net.opened(iterations // BATCHES)
    before = peak()
    run = Run(experiment)
    run.advance(iterations)
    losses = run.losses()
    node = next(iter(run.listing.update_step))
    norms = run.update_norms(node)
    draws = [1e3 * seconds(lambda: run.losses().envelope(COLUMNS)) for _ in range(20)]
    print(
        f"{net.name:<36} {iterations:>9,} iterations: {peak() - before:6.1f} MiB; "
        f"one loss kept of {losses.spacing}, one norm of {norms.spacing}, "
        f"extremes of all measured, one in {norms.every}; "
        f"{COLUMNS} columns drawn in {statistics.median(draws):.3f} ms"
    )


def main() -> None:
    for name, lengths in CASES.items():
        for iterations in lengths:
            code = (
                f"from tests.benchmarks.memory import run_alone; run_alone({name!r}, {iterations})"
            )
            subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
