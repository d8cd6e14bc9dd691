"""A recording run against the loop that a person would write by hand in NumPy, and against peers.

Ours is the real run: it keeps keyframes and the whole history. Whoever has PyTorch or HIPS autograd
installed sees them beside it; they are no dependency.
"""

from __future__ import annotations

import statistics

import numpy as np

from engine import Run
from tests.benchmarks import peers
from tests.benchmarks.by_hand import LOOPS, Loop
from tests.benchmarks.measure import cpu_seconds, in_turn, ratio
from tests.benchmarks.nets import NETS, Net

AGREE = 200
"""Iterations whose losses are compared, from the same start."""
TOLERANCE = 1e-9
ROUNDS = 15


def main() -> None:
    for make, by_hand in zip(NETS, LOOPS, strict=True):
        net = make()
        print(f"\n{net.name}")
        measure(net, {"by hand": by_hand(net), **_peers(net)})
    for name, module in (("PyTorch", peers.torch()), ("HIPS autograd", peers.autograd())):
        if module is None:
            print(f"\n{name} is not installed: not measured.")


def _peers(net: Net) -> dict[str, Loop]:
    loops = peers.torch_loops(net) if peers.torch() else {}
    return {**loops, **({"HIPS autograd": peers.autograd_loop(net)} if peers.autograd() else {})}


def measure(net: Net, loops: dict[str, Loop]) -> None:
    """Print the time of an iteration on every side, and how many times ours it is."""
    run = Run(net.experiment)
    run.advance(AGREE)
    losses = run.losses().values
    apart = {name: float(np.abs(train(AGREE) - losses).max()) for name, train in loops.items()}

    def ours(iterations: int) -> None:
        run.advance(run.done + iterations)

    # Slow sides take fewer iterations: rounds are short, and their times drift together.
    each = {
        name: net.iterations if name in ("gradstep", "by hand") else net.iterations // 8
        for name in ("gradstep", *loops)
    }
    times = in_turn(
        {
            name: lambda train=train, n=each[name]: 1e6 * cpu_seconds(lambda: train(n)) / n
            for name, train in {"gradstep": ours, **loops}.items()
        },
        ROUNDS,
    )
    mine = times["gradstep"]
    print(f"  {'gradstep':<34}{statistics.median(mine):9.2f} µs an iteration")
    for name in loops:
        if name == "by hand":
            compared = "gradstep takes {:.2f} of it ({:.2f}–{:.2f})".format(
                *ratio(mine, times[name])
            )
        else:
            compared = "gradstep is {:.1f} times as fast ({:.1f}–{:.1f})".format(
                *ratio(times[name], mine)
            )
        agrees = "the same losses" if apart[name] <= TOLERANCE else "OTHER LOSSES"
        print(
            f"  {name:<34}{statistics.median(times[name]):9.2f} µs, {compared}; "
            f"{agrees} (within {apart[name]:.0e})"
        )
