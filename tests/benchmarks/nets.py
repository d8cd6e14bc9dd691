"""The nets that recording is measured on: from four parameters to a hundred thousand.

Each has a data set of several batches, taken in their order, so that loading a batch is part of an
iteration, and trains by plain SGD.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from engine import Experiment, open_experiment

BATCHES = 8
ENDLESS = 10**7
"""Epochs: more than any benchmark runs."""


@dataclass(frozen=True)
class Net:
    """One of the nets, and how much of it is one round."""

    name: str
    formulas: str
    parameters: str
    data: dict[str, np.ndarray]
    batch: int
    rate: float
    iterations: int
    """How many of them one side of a round takes."""

    @cached_property
    def experiment(self) -> Experiment:
        """The net as gradstep reads it."""
        return self.opened(ENDLESS)

    def opened(self, epochs: int) -> Experiment:
        """The same, ended after so many epochs."""
        with tempfile.TemporaryDirectory() as folder:
            np.savez(Path(folder) / "data.npz", x=self.data["x"], y=self.data["y"])
            path = Path(folder) / "net.toml"
            path.write_text(
                f'formulas = """\n{self.formulas}"""\n'
                f"[parameters]\n{self.parameters}"
                '[data]\nnpz = "data.npz"\n'
                f"[training]\nlearning_rate = {self.rate}\nbatch_size = {self.batch}\n"
                f"epochs = {epochs}\n",
                encoding="utf-8",
            )
            return open_experiment(path)

    def initial(self, name: str) -> np.ndarray:
        """A copy of a parameter's initial value, of the same for every side."""
        return np.array(self.experiment.leaves[name])

    def batches(self, name: str) -> list[np.ndarray]:
        """One data name, cut into batches: views, nothing is copied."""
        column = self.experiment.data[name]
        return [column[i * self.batch : (i + 1) * self.batch] for i in range(BATCHES)]


def lecture() -> Net:
    """The lecture's net, 32 points a batch."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=32 * BATCHES)
    return Net(
        "lecture, 32 points",
        "h = w1 * x + b1\ng = w2 * h + b2\nloss = mean((y - g)**2)\n",
        "w1 = 0.5\nb1 = 0.0\nw2 = -0.3\nb2 = 0.1\n",
        {"x": x, "y": 2 * x + 1 + rng.normal(scale=0.1, size=len(x))},
        batch=32,
        rate=0.01,
        iterations=8_000,
    )


def regression() -> Net:
    """A multi-layer perceptron 2-8-8-1 with tanh, batch 16, on a smooth surface."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(16 * BATCHES, 2))
    return Net(
        "2-8-8-1 tanh, batch 16",
        "h = tanh(x @ W1 + b1)\nk = tanh(h @ W2 + b2)\ng = k @ W3 + b3\nloss = mean((y - g)**2)\n",
        _weights(W1=(2, 8), W2=(8, 8), W3=(8, 1)) + _zeros(b1=8, b2=8, b3=1),
        {"x": x, "y": np.sin(x[:, :1]) * x[:, 1:]},
        batch=16,
        rate=0.05,
        iterations=4_000,
    )


def classes() -> Net:
    """4-16-3 with softmax and cross-entropy, batch 16: as large as iris wants it."""
    return _classifier("4-16-3 cross-entropy, batch 16", "tanh", (4, 16, 3), 16, 4_000)


def digits() -> Net:
    """784-128-10 with relu and cross-entropy, batch 64: as large as MNIST wants it."""
    return _classifier("784-128-10 cross-entropy, batch 64", "relu", (784, 128, 10), 64, 80)


def _classifier(
    name: str, bend: str, sizes: tuple[int, int, int], batch: int, iterations: int
) -> Net:
    rng = np.random.default_rng(2)
    inputs, hidden, outputs = sizes
    x = rng.normal(size=(batch * BATCHES, inputs))
    return Net(
        name,
        f"h = {bend}(x @ W1 + b1)\nz = h @ W2 + b2\nloss = cross_entropy(z, y)\n",
        _weights(W1=(inputs, hidden), W2=(hidden, outputs)) + _zeros(b1=hidden, b2=outputs),
        {"x": x, "y": (x @ rng.normal(size=(inputs, outputs))).argmax(axis=1)},
        batch=batch,
        rate=0.05,
        iterations=iterations,
    )


def _weights(**shapes: tuple[int, ...]) -> str:
    return "".join(
        f'{name} = {{ shape = {list(shape)}, init = "glorot_uniform" }}\n'
        for name, shape in shapes.items()
    )


def _zeros(**sizes: int) -> str:
    return "".join(f'{name} = {{ shape = [{n}], init = "zeros" }}\n' for name, n in sizes.items())


NETS = (lecture, regression, classes, digits)
