"""A recording run against the loop that a person would write by hand in NumPy.

The loop is as good as it gets without tricks of layout: preallocated buffers, `out=` everywhere,
`dot` for sums of products, the loss recorded. Ours keeps keyframes and the whole history as well.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

import numpy as np

from engine import Run, parse_experiment
from tests.benchmarks.measure import in_turn, ratio, seconds

POINTS = 32
ITERATIONS = 20_000


def lecture(points: int = POINTS, epochs: int = 10**7) -> str:
    """The lecture's network on this many points, full batch."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=points)
    y = 2 * x + 1 + rng.normal(scale=0.1, size=points)
    return f'''
formulas = """
h = w1 * x + b1
g = w2 * h + b2
loss = mean((y - g)**2)
"""
[parameters]
w1 = 0.5
b1 = 0.0
w2 = -0.3
b2 = 0.1
[data]
x = {x.tolist()}
y = {y.tolist()}
[training]
learning_rate = 0.01
epochs = {epochs}
'''


def by_hand(text: str) -> Callable[[int], np.ndarray]:
    """The same training as a loop; returns the losses of so many iterations."""
    data = parse_experiment(text).data
    x, y = data["x"], data["y"]
    n = len(x)
    h, g, r, square, dg, dh = (np.empty(n) for _ in range(6))
    multiply, add, subtract, dot, total = np.multiply, np.add, np.subtract, np.dot, np.add.reduce
    rate, scale = 0.01, -2.0 / n

    def train(iterations: int) -> np.ndarray:
        w1, b1, w2, b2 = 0.5, 0.0, -0.3, 0.1
        losses = np.empty(iterations)
        for i in range(iterations):
            multiply(x, w1, out=h)
            add(h, b1, out=h)
            multiply(h, w2, out=g)
            add(g, b2, out=g)
            subtract(y, g, out=r)
            multiply(r, r, out=square)
            losses[i] = total(square) / n
            multiply(r, scale, out=dg)
            db2 = total(dg)
            dw2 = dot(dg, h)
            multiply(dg, w2, out=dh)
            db1 = total(dh)
            dw1 = dot(dh, x)
            w1 -= rate * dw1
            b1 -= rate * db1
            w2 -= rate * dw2
            b2 -= rate * db2
        return losses

    return train


def main() -> None:
    text = lecture()
    train = by_hand(text)
    run = Run(parse_experiment(text))
    run.advance(50)
    same = np.allclose(run.losses().values, train(50), rtol=1e-12)

    def ours() -> float:
        return seconds(lambda: run.advance(run.done + ITERATIONS))

    times = in_turn({"gradstep": ours, "by hand": lambda: seconds(lambda: train(ITERATIONS))})
    middle, least, most = ratio(times["gradstep"], times["by hand"])
    for name, taken in times.items():
        each = 1e6 * statistics.median(taken) / ITERATIONS
        print(f"{name:<10} {each:8.2f} µs an iteration")
    print(f"ratio      {middle:8.2f}    (from {least:.2f} to {most:.2f} over the rounds)")
    print(f"the same losses to 1e-12: {same}")
