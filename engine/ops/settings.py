"""Settings of ops: what a formula may write for `axis`, `stride`, `p` and the others.

A name means the same in every op that has it. May import: ops.core.   Imported by: formulas.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.ops.core import REQUIRED, Op


@dataclass(frozen=True)
class Kind:
    """What one setting accepts."""

    wanted: str
    """For the reader of an error: "a whole number of at least 1, …"."""
    accepts: Callable[[Any], bool]

    def allows(self, value: Any, default: Any) -> bool:
        """Whether a literal may be given; None where that is the default, too."""
        return (value is None and default is None) or (value is not None and self.accepts(value))


def _whole(low: int | None = None) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and (low is None or value >= low)


def _several(low: int | None = None) -> Callable[[Any], bool]:
    one = _whole(low)
    return lambda value: type(value) is tuple and bool(value) and all(map(one, value))


def _pair(low: int) -> Callable[[Any], bool]:
    one, several = _whole(low), _several(low)
    return lambda value: one(value) or (several(value) and len(value) == 2)


def _number(low: float = -math.inf, high: float = math.inf) -> Callable[[Any], bool]:
    return lambda value: (
        type(value) in (int, float) and math.isfinite(value) and low <= value < high
    )


def _shape(value: Any) -> bool:
    sizes = value if type(value) is tuple else (value,)
    whole = all(type(n) is int and (n == -1 or n >= 1) for n in sizes)
    return whole and sizes.count(-1) <= 1


SEVERAL_AXES = Kind("a whole number, or several: (0, 1)", lambda v: _whole()(v) or _several()(v))
ONE_AXIS = Kind("a whole number", _whole())

KINDS: Mapping[str, Kind] = {
    "keepdims": Kind("True or False", lambda value: type(value) is bool),
    "axes": Kind("every axis once, in the new order: (1, 0)", _several()),
    "shape": Kind("whole numbers of at least 1, and -1 at most once: (2, -1)", _shape),
    "stride": Kind("a whole number of at least 1, or two: (1, 2)", _pair(1)),
    "padding": Kind("a whole number of at least 0, or two: (0, 1)", _pair(0)),
    "size": Kind("a whole number of at least 1, or two: (2, 3)", _pair(1)),
    "p": Kind("a number from 0 up to 1, without 1", _number(0.0, 1.0)),
    "slope": Kind("a number", _number()),
    "alpha": Kind("a number", _number()),
    "delta": Kind("a number above 0", lambda v: _number(0.0)(v) and v > 0),
    "eps": Kind("a number of at least 0", _number(0.0)),
}


def kind(op: Op, name: str) -> Kind:
    """What a setting of an op accepts; `axis` only takes several where its default takes all."""
    if name == "axis":
        return SEVERAL_AXES if op.settings[name] is None else ONE_AXIS
    return KINDS[name]


def described(op: Op) -> str:
    """The settings of an op with their defaults, for a reader."""
    if not op.settings:
        return f"{op.name} takes no settings"
    written = (k if v is REQUIRED else f"{k}={v}" for k, v in op.settings.items())
    return "settings: " + ", ".join(written)
