"""Built-in datasets: seven that are generated from (samples, noise, seed), and iris.

circle, xor, gauss and spiral are those of the TensorFlow Playground (D. Smilkov, S. Carter,
github.com/tensorflow/playground, src/dataset.ts), moons is scikit-learn's `make_moons`; each
function says its formulas. Random numbers come from NumPy, so that the points are not the
Playground's own, only drawn alike.

Every dataset has the columns x and y. Of two classes y is 1 or −1, as in the Playground; for a
loss that wants 0 and 1, write ``(y + 1) / 2``. The samples of two classes come in a seeded random
order, as they do in both sources; those of line and sine in the order of x.
May import: data, errors.   Imported by: experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data import DATASET_STREAM, Array, Column, read_csv
from engine.errors import DataError, did_you_mean, listed

Columns = dict[str, Array]
Generator = Callable[[int, float, int], Columns]

PLAYGROUND = "TensorFlow Playground, src/dataset.ts"
MAX_SAMPLES = 10_000_000


@dataclass(frozen=True)
class Dataset:
    """A built-in dataset: what it is, what its columns hold, and how it is made."""

    name: str
    about: str
    columns: Mapping[str, str]
    """What each data name holds, in words."""
    source: str
    generate: Generator | None
    """Makes the columns from (samples, noise, seed); None where they are measured."""
    samples: int
    """How many samples there are, by default where they are generated."""
    noise: float = 0.0
    """The default; what it means stands in `about`."""


def load_dataset(
    name: str, samples: int | None = None, noise: float | None = None, seed: int = 0
) -> tuple[Columns, dict[str, tuple[str, ...]]]:
    """The columns of a built-in dataset, and the labels of class columns.

    Raises `DataError` for a name that is not in `DATASETS`.
    """
    if name not in DATASETS:
        hint = did_you_mean(name, DATASETS, f"there are: {listed(DATASETS)}")
        raise DataError(f"unknown dataset '{name}'", hint=hint)
    dataset = DATASETS[name]
    if dataset.generate is None:
        return read_csv(IRIS_FILE, IRIS_COLUMNS)
    samples = dataset.samples if samples is None else samples
    return dataset.generate(samples, dataset.noise if noise is None else noise, seed), {}


# --- one number from one number -----------------------------------------------------------------


def line(samples: int, noise: float, seed: int) -> Columns:
    """y = 2x + 1 + noise · N(0, 1), at evenly spaced x from −1 to 1."""
    x = np.linspace(-1.0, 1.0, samples)
    return {"x": x, "y": 2.0 * x + 1.0 + noise * _random(seed).normal(size=samples)}


def sine(samples: int, noise: float, seed: int) -> Columns:
    """y = sin x + noise · N(0, 1), at evenly spaced x from −π to π."""
    x = np.linspace(-np.pi, np.pi, samples)
    return {"x": x, "y": np.sin(x) + noise * _random(seed).normal(size=samples)}


# --- two classes of points in the plane ---------------------------------------------------------
#
# A function called …_points takes the uniform draws u ∈ [0, 1) that decide about a point, so that
# its formulas can be checked number by number.


def circle(samples: int, noise: float, seed: int) -> Columns:
    """A disc (1) and a ring around it (−1)."""
    random = _random(seed)
    draws = random.random((4, samples))
    return _two_classes(*circle_points(_halves(samples), *draws, noise=noise), random)


def circle_points(
    intended: Array, u_radius: Array, u_angle: Array, u_x: Array, u_y: Array, *, noise: float
) -> tuple[Array, Array]:
    """Radius U(0, 2.5) for an intended label 1 and U(3.5, 5) for −1, angle t ~ U(0, 2π),
    x = (r sin t, r cos t). The label is decided anew, from x + noise · U(−5, 5)²: 1 within the
    distance 2.5 of the origin, else −1. Noise moves labels only, not the points.
    """
    inner = intended > 0
    radius = np.where(inner, 2.5 * u_radius, 3.5 + 1.5 * u_radius)
    angle = 2.0 * np.pi * u_angle
    x = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=-1)
    moved = x + noise * _uniform(np.stack([u_x, u_y], axis=-1), 5.0)
    return x, np.where(np.hypot(moved[..., 0], moved[..., 1]) < 2.5, 1.0, -1.0)


def xor(samples: int, noise: float, seed: int) -> Columns:
    """The quadrants of a square: 1 where both coordinates have one sign, −1 elsewhere."""
    random = _random(seed)
    x, y = xor_points(random.random((samples, 2)), random.random((samples, 2)), noise=noise)
    return _two_classes(x, y, random)


def xor_points(u: Array, u_noise: Array, *, noise: float) -> tuple[Array, Array]:
    """Coordinates U(−5, 5), moved 0.3 away from the axes. The label is that of
    x + noise · U(−5, 5)²: 1 where the product of its coordinates is at least 0, else −1.
    Noise moves labels only, not the points.
    """
    x = _uniform(u, 5.0)
    x = x + np.where(x > 0.0, 0.3, -0.3)
    moved = x + noise * _uniform(u_noise, 5.0)
    return x, np.where(moved[..., 0] * moved[..., 1] >= 0.0, 1.0, -1.0)


def gauss(samples: int, noise: float, seed: int) -> Columns:
    """Two round normal clouds, 1 around (2, 2) and −1 around (−2, −2).

    The variance of each coordinate is 0.5 + 7 · noise: 0.5 without noise, 4 at noise 0.5.
    """
    random = _random(seed)
    y = _halves(samples)
    x = 2.0 * y[:, None] + np.sqrt(0.5 + 7.0 * noise) * random.normal(size=(samples, 2))
    return _two_classes(x, y, random)


def spiral(samples: int, noise: float, seed: int) -> Columns:
    """Two arms that wind around each other 1¾ times."""
    random = _random(seed)
    label = _halves(samples)
    ones = int((label > 0).sum())
    step = np.concatenate([np.arange(ones), np.arange(samples - ones)])
    x = spiral_points(step, samples / 2, label, random.random((samples, 2)), noise=noise)
    return _two_classes(x, label, random)


def spiral_points(
    step: Array, steps: float, label: Array, u_noise: Array, *, noise: float
) -> Array:
    """Radius r = 5 i/n and angle t = 1.75 · 2π · i/n for step i of n, plus π for the label −1;
    x = (r sin t, r cos t) + noise · U(−1, 1)².
    """
    along = step / steps
    angle = 1.75 * along * 2.0 * np.pi + np.where(label > 0, 0.0, np.pi)
    radius = 5.0 * along
    x = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=-1)
    return x + noise * _uniform(u_noise, 1.0)


def moons(samples: int, noise: float, seed: int) -> Columns:
    """Two half circles that reach into each other.

    With t evenly spaced from 0 to π, the outer one is (cos t, sin t) with label −1 and the inner
    one (1 − cos t, ½ − sin t) with label 1 (scikit-learn says 0 and 1); noise · N(0, 1) is added
    to each coordinate. The inner one has the odd sample.
    """
    random = _random(seed)
    outer = np.linspace(0.0, np.pi, samples // 2)
    inner = np.linspace(0.0, np.pi, samples - samples // 2)
    x = np.stack(
        [
            np.concatenate([np.cos(outer), 1.0 - np.cos(inner)]),
            np.concatenate([np.sin(outer), 1.0 - np.sin(inner) - 0.5]),
        ],
        axis=1,
    )
    y = np.concatenate([np.full(len(outer), -1.0), np.full(len(inner), 1.0)])
    return _two_classes(x + noise * random.normal(size=x.shape), y, random)


def _random(seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, DATASET_STREAM])


def _uniform(u: Array, limit: float) -> Array:
    """Draws from [0, 1) spread over [−limit, limit)."""
    return 2.0 * limit * u - limit


def _halves(samples: int) -> Array:
    """Label 1 for the first half, which has the odd sample, and −1 for the second."""
    return np.where(np.arange(samples) < samples / 2, 1.0, -1.0)


def _two_classes(x: Array, y: Array, random: np.random.Generator) -> Columns:
    order = random.permutation(len(y))
    return {"x": x[order], "y": y[order]}


# --- the table ----------------------------------------------------------------------------------

IRIS_FILE = Path(__file__).parent / "lessons" / "iris.csv"
IRIS_COLUMNS = {
    "x": Column(("sepal_length", "sepal_width", "petal_length", "petal_width"), matrix=True),
    "y": Column(("species",), classes=True),
}

_CURVE = {"x": "one number a sample", "y": "one number a sample"}
_PLANE = {"x": "points in the plane, two numbers a sample", "y": "the class, 1 or −1"}
_FLOWERS = {
    "x": "sepal length, sepal width, petal length, petal width in cm",
    "y": "the species: 0 setosa, 1 versicolor, 2 virginica",
}

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "line",
            "the line y = 2x + 1; noise is the standard deviation around it",
            _CURVE,
            "gradstep",
            line,
            samples=50,
            noise=0.1,
        ),
        Dataset(
            "sine",
            "one period of y = sin x; noise is the standard deviation around it",
            _CURVE,
            "gradstep",
            sine,
            samples=100,
            noise=0.1,
        ),
        Dataset(
            "xor",
            "the quadrants of a square; noise, from 0 to 0.5, gives wrong labels near the axes",
            _PLANE,
            f"{PLAYGROUND}, classifyXORData",
            xor,
            samples=200,
        ),
        Dataset(
            "circle",
            "a disc in a ring; noise, from 0 to 0.5, gives wrong labels near the edge",
            _PLANE,
            f"{PLAYGROUND}, classifyCircleData",
            circle,
            samples=200,
        ),
        Dataset(
            "gauss",
            "two round clouds; noise, from 0 to 0.5, raises their variance from 0.5 to 4",
            _PLANE,
            f"{PLAYGROUND}, classifyTwoGaussData",
            gauss,
            samples=200,
        ),
        Dataset(
            "spiral",
            "two spiral arms; noise is how far a point may be moved along each axis",
            _PLANE,
            f"{PLAYGROUND}, classifySpiralData",
            spiral,
            samples=200,
        ),
        Dataset(
            "moons",
            "two half circles; noise is the standard deviation of each coordinate",
            _PLANE,
            "scikit-learn, sklearn.datasets.make_moons",
            moons,
            samples=200,
            noise=0.1,
        ),
        Dataset(
            "iris",
            "150 flowers of three species, measured by E. Anderson",
            _FLOWERS,
            "R. A. Fisher, The use of multiple measurements in taxonomic problems (1936), with "
            "the values of scikit-learn 1.9.1",
            None,
            samples=150,
        ),
    )
}
