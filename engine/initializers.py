"""Initial values of parameters, each a pure function of (seed, the parameter's name).

Fans follow the conventions of this language: a shape (…, in, out) is the W of ``x @ W``, one of
four dimensions the K of ``conv2d(x, K)``. Bounds are those of Glorot & Bengio 2010 and of He et al.
2015. May import: errors.   Imported by: experiment.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from engine.errors import ExperimentError, did_you_mean, listed

Array = np.ndarray[Any, np.dtype[np.float64]]
Draw = Callable[[], "np.random.Generator"]
"""Makes the parameter's own generator, where a rule draws from one."""


@dataclass(frozen=True)
class Initializer:
    """How to fill an array: the options it takes with their defaults, and the rule."""

    options: Mapping[str, float]
    fill: Callable[..., Array]


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """(fan-in, fan-out) of a weight of this shape: how many numbers one output reads, and how many
    outputs one input reaches.

    - (…, in, out), the W of ``x @ W``: the second last dimension and the last.
    - (out, in, height, width), the K of ``conv2d(x, K)``: in · height · width and
      out · height · width, as PyTorch counts.
    - a vector or a scalar: its size as both.
    """
    if len(shape) < 2:
        size = float(math.prod(shape))
        return size, size
    if len(shape) == 4:
        maps_out, maps_in, height, width = shape
        return float(maps_in * height * width), float(maps_out * height * width)
    return float(shape[-2]), float(shape[-1])


def _uniform(bound: Callable[[float, float, float], float]) -> Callable[..., Array]:
    def fill(draw: Draw, shape: tuple[int, ...], gain: float) -> Array:
        limit = bound(*fans(shape), gain)
        return draw().uniform(-limit, limit, shape)

    return fill


def _normal(deviation: Callable[[float, float, float], float]) -> Callable[..., Array]:
    def fill(draw: Draw, shape: tuple[int, ...], gain: float) -> Array:
        return draw().normal(0.0, deviation(*fans(shape), gain), shape)

    return fill


INITIALIZERS: dict[str, Initializer] = {
    "zeros": Initializer({}, lambda draw, shape: np.zeros(shape)),
    "ones": Initializer({}, lambda draw, shape: np.ones(shape)),
    "constant": Initializer({"value": 0.0}, lambda draw, shape, value: np.full(shape, value)),
    "uniform": Initializer(
        {"low": 0.0, "high": 1.0}, lambda draw, shape, low, high: draw().uniform(low, high, shape)
    ),
    "normal": Initializer({"std": 1.0}, lambda draw, shape, std: draw().normal(0.0, std, shape)),
    "glorot_uniform": Initializer(
        {"gain": 1.0}, _uniform(lambda i, o, gain: gain * math.sqrt(6.0 / (i + o)))
    ),
    "glorot_normal": Initializer(
        {"gain": 1.0}, _normal(lambda i, o, gain: gain * math.sqrt(2.0 / (i + o)))
    ),
    "he_uniform": Initializer(
        {"gain": math.sqrt(2.0)}, _uniform(lambda i, o, gain: gain * math.sqrt(3.0 / i))
    ),
    "he_normal": Initializer(
        {"gain": math.sqrt(2.0)}, _normal(lambda i, o, gain: gain / math.sqrt(i))
    ),
}


def initial_values(
    name: str, shape: tuple[int, ...], init: str, options: Mapping[str, float], seed: int
) -> Array:
    """The seeded initial value of parameter `name`.

    The stream depends on the parameter's name and not on its position, so adding a parameter
    leaves the others as they were. Raises `ExperimentError` for an unknown initialiser or option.
    """
    if init not in INITIALIZERS:
        raise ExperimentError(
            f"unknown initialiser '{init}'",
            hint=did_you_mean(init, INITIALIZERS, f"there are: {listed(INITIALIZERS)}"),
        )
    rule = INITIALIZERS[init]
    for option in options:
        if option not in rule.options:
            have = listed(rule.options) or "none"
            raise ExperimentError(
                f"initialiser '{init}' has no option '{option}'",
                hint=did_you_mean(option, rule.options, f"its options are: {have}"),
            )
    settings = {**rule.options, **options}
    if settings.get("std", 0.0) < 0.0:
        raise ExperimentError("std cannot be negative", hint="it is a standard deviation")
    if settings.get("low", 0.0) > settings.get("high", math.inf):
        raise ExperimentError("low is above high", hint="without them they are 0 and 1")
    draw = partial(np.random.default_rng, [seed, zlib.crc32(name.encode())])
    return np.asarray(rule.fill(draw, shape, **settings), dtype=np.float64)
