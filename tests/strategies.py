"""Random experiments, formulas and addresses for property tests, and small ones written by hand.

A `Sketch` is an experiment before it is a TOML file, so that a test knows what it asked for.
May import: hypothesis, numpy, engine's public face.   Imported by: tests of every room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from engine import Calendar, Experiment, parse_experiment
from tests.engine.numpy_language import evaluated

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Sketch:
    """The parts of an experiment file."""

    formulas: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)

    def toml(self) -> str:
        sections = {
            "parameters": self.parameters,
            "constants": self.constants,
            "data": self.data,
            "training": self.training,
        }
        text = f'formulas = """\n{self.formulas}\n"""\n'
        for name, section in sections.items():
            if section:
                text += f"\n[{name}]\n"
                text += "".join(f"{key} = {toml_value(value)}\n" for key, value in section.items())
        return text

    def opened(self) -> Experiment:
        return parse_experiment(self.toml())


def toml_value(value: Any) -> str:
    """A value in TOML, numbers in the form that reads back to the same bits."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list() | tuple():
            return "[" + ", ".join(toml_value(v) for v in value) + "]"
        case dict():
            return "{ " + ", ".join(f"{k} = {toml_value(v)}" for k, v in value.items()) + " }"
        case _:
            return repr(value)


TWO_LAYERS = Sketch(
    "h = w1 * x + b1\ng = w2 * h + b2\nloss = mean((y - g)**2)",
    {"w1": 0.5, "b1": -0.25, "w2": 1.5, "b2": 0.75},
    {"x": [-1.0, 0.0, 1.0, 2.0], "y": [-2.5, 0.25, 3.0, 4.75]},
    training={"learning_rate": 0.05, "epochs": 5},
)
"""The lecture's network on four points."""


def numbers(low: float = -1.5, high: float = 1.5) -> st.SearchStrategy[float]:
    """Tame numbers with two decimals, which shrink to short text."""
    steps = st.integers(round(low * 100), round(high * 100))
    return steps.map(lambda n: n / 100)


def arrays(shape: Shape) -> st.SearchStrategy[Any]:
    """Nested lists of tame numbers (one number for the shape of a scalar)."""
    if not shape:
        return numbers()
    rows = arrays(shape[1:])
    return st.lists(rows, min_size=shape[0], max_size=shape[0])


# --- random programs ----------------------------------------------------------------------------

FEATURES = 3

LARGEST = 50.0
"""No named value of a random program is larger than this."""

SMOOTH: tuple[Callable[[str], str], ...] = (
    lambda a: f"sin({a})",
    lambda a: f"cos({a})",
    lambda a: f"tanh({a})",
    lambda a: f"sigmoid({a})",
    lambda a: f"exp(sin({a}))",
    lambda a: f"log(2.5 + sin({a}))",
    lambda a: f"sqrt(1.5 + cos({a}))",
    lambda a: f"(1.5 + sin({a}))**-1",
    lambda a: f"(1.5 + sin({a}))**-2",
    lambda a: f"1 / (2 - sin({a}))",
    lambda a: f"-{a}",
    lambda a: f"({a})**2",
    lambda a: f"({a})**3",
    lambda a: f"{a} * 0.5",
    lambda a: f"({a} - {a} * 3)",
)
KINKED: tuple[Callable[[str], str], ...] = (
    lambda a: f"relu({a})",
    lambda a: f"abs({a})",
    lambda a: f"max({a}, 0.25)",
    lambda a: f"min({a}, 0)",
)
PAIRS: tuple[Callable[[str, str], str], ...] = (
    lambda a, b: f"{a} + {b}",
    lambda a, b: f"{a} - {b}",
    lambda a, b: f"{a} * {b}",
    lambda a, b: f"{a} * {b} * {b}",
    lambda a, b: f"{a} / (2.5 + cos({b}))",
    lambda a, b: f"(1.5 + sin({a}))**({b})",
    lambda a, b: f"{a} * {b} + {b} * {a}",
)
KINKED_PAIRS: tuple[Callable[[str, str], str], ...] = (
    lambda a, b: f"maximum({a}, {b})",
    lambda a, b: f"minimum({a}, {b})",
    lambda a, b: f"where({a} - {b}, {a}, {b})",
)


@dataclass(frozen=True)
class _Term:
    """A piece of a formula and the shape of its value."""

    text: str
    shape: Shape


@st.composite
def _terms(draw: st.DrawFn, known: Mapping[str, Shape], smooth: bool, depth: int) -> _Term:
    """An expression over the known names; every shape in it broadcasts with every other."""
    if depth == 0:
        name = draw(st.sampled_from(sorted(n for n in known if n != "M")))
        return _Term(name, known[name])
    smaller = _terms(known, smooth, depth - 1)
    a = draw(smaller)
    kind = draw(st.sampled_from(("one", "two", "two", "two", "reduce", "matrix")))
    if kind == "one":
        rule = draw(st.sampled_from(SMOOTH if smooth else SMOOTH + KINKED))
        return _Term(f"({rule(f'({a.text})')})", a.shape)
    if kind == "reduce" and len(a.shape) == 2:
        name = draw(st.sampled_from(("sum", "mean")))
        axis = draw(st.sampled_from((0, 1, -1, (0, 1))))
        keepdims = axis in (1, -1) or draw(st.booleans())
        setting = f"axis={axis}" + (", keepdims=True" if keepdims else "")
        value = np.sum(np.zeros(a.shape), axis=axis, keepdims=keepdims)
        return _Term(f"{name}({a.text}, {setting})", value.shape)
    if kind == "matrix" and "M" in known and a.shape and a.shape[-1] == FEATURES:
        side = draw(st.sampled_from(("M", "M.T", "(M @ M)")))
        return _Term(f"(({a.text}) @ {side})", a.shape)
    b = draw(smaller)
    pair = draw(st.sampled_from(PAIRS if smooth else PAIRS + KINKED_PAIRS))
    return _Term(f"({pair(f'({a.text})', f'({b.text})')})", np.broadcast_shapes(a.shape, b.shape))


@st.composite
def sketches(draw: st.DrawFn, *, smooth: bool = True) -> Sketch:
    """A random experiment: fan-out, broadcasting, reductions, matrix products, reused names.

    With `smooth` every derivative exists, so differences can measure it.
    """
    samples = draw(st.integers(1, 4))
    shapes: list[Shape] = [(), (FEATURES,), (1, FEATURES), (1, 1), (1,)]
    parameters: dict[str, Any] = {}
    known: dict[str, Shape] = {}
    for i in range(draw(st.integers(1, 3))):
        known[f"p{i}"] = draw(st.sampled_from(shapes))
        parameters[f"p{i}"] = draw(arrays(known[f"p{i}"]))
    if draw(st.booleans()):
        known["M"] = (FEATURES, FEATURES)
        parameters["M"] = draw(arrays(known["M"]))
    data: dict[str, Any] = {}
    if draw(st.booleans()):
        known["x"] = (samples, FEATURES)
        data["x"] = draw(arrays(known["x"]))
    if data and draw(st.booleans()):
        known["t"] = (samples, 1)
        data["t"] = draw(arrays(known["t"]))
    lines: list[str] = []
    for i in range(draw(st.integers(1, 4))):
        term = draw(_terms(known, smooth, draw(st.integers(1, 2))))
        lines.append(f"f{i} = {term.text}")
        known[f"f{i}"] = term.shape
    means = [f"mean({name})" for name in known if name.startswith("f")]
    lines.append("loss = " + " + ".join(means))
    # sin(1e9) is all rounding error: keep to numbers at which a comparison means something.
    with np.errstate(all="ignore"):
        values = evaluated(lines, {**parameters, **data}).values()
    assume(all(np.abs(value).max() < LARGEST for value in values))
    training: dict[str, Any] = {"learning_rate": draw(numbers(0.0, 0.2)), "epochs": 3}
    if data:
        training["batch_size"] = draw(st.integers(1, samples))
        training["shuffle"] = draw(st.booleans())
        training["seed"] = draw(st.integers(0, 5))
    return Sketch("\n".join(lines), parameters, data, training=training)


# --- addresses ----------------------------------------------------------------------------------


def calendars() -> st.SearchStrategy[Calendar]:
    """Runs of every length, up to more events than fit in 64 bits."""
    return st.builds(
        Calendar,
        events=st.integers(1, 10**6),
        iterations=st.integers(1, 10**8),
        epochs=st.integers(1, 10**12),
    )
