"""The formula language as plain NumPy: an evaluator that shares no line with the engine.

It runs formulas and listings as Python, so that tests can compare what the engine computes and
what it claims a person would have written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def relu(z: Any) -> Any:
    return np.maximum(z, 0.0)


def where(condition: Any, a: Any, b: Any) -> Any:
    return np.where(np.not_equal(condition, 0), a, b)


FUNCTIONS: dict[str, Any] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": relu,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "max": np.maximum,
    "min": np.minimum,
    "where": where,
    "sum": np.sum,
    "mean": np.mean,
}
"""The functions that a formula may call."""

LISTING_FUNCTIONS: dict[str, Any] = {
    **FUNCTIONS,
    "heaviside": np.heaviside,
    "sign": np.sign,
    "ones_like": np.ones_like,
    "broadcast_to": np.broadcast_to,
}
"""What the derived lines of a listing may call on top."""


def evaluated(formulas: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Every name's value after running the formulas on the given ones."""
    names: dict[str, Any] = {k: np.asarray(v) for k, v in values.items()}
    for line in formulas:
        exec(line, {"__builtins__": {}, **FUNCTIONS}, names)
    return names


def executed(
    lines: Iterable[str],
    *,
    parameters: Mapping[str, Any],
    batch: Mapping[str, Any],
    learning_rate: float,
    verbatim: bool = False,
) -> dict[str, Any]:
    """Every name's value after running a listing's lines as a Python program.

    ``d_a += …`` and ``w -= …`` change an array in place where `verbatim` is set; otherwise they
    make a new one.
    """
    names: dict[str, Any] = {k: np.array(v, dtype=float) for k, v in parameters.items()}
    columns: list[Any] = [np.array(v, dtype=float) for v in batch.values()]
    names["lr"] = learning_rate
    for column in columns:
        names["N"] = len(column)
    if columns:
        names["batches"] = iter([tuple(columns) if len(columns) > 1 else columns[0]])
    for line in lines:
        code = line if verbatim else re.sub(r"^(\w+) ([+-])= (.*)$", r"\1 = \1 \2 (\3)", line)
        exec(code, {"__builtins__": {"next": next}, **LISTING_FUNCTIONS}, names)
    return names


def central_difference(
    formulas: Iterable[str], loss: str, values: Mapping[str, Any], name: str, h: float = 1e-5
) -> Any:
    """∂loss/∂name by symmetric differences, entry by entry."""
    return _slope(formulas, loss, values, name, lambda f: (f(h) - f(-h)) / (2 * h))


def complex_step(formulas: Iterable[str], loss: str, values: Mapping[str, Any], name: str) -> Any:
    """∂loss/∂name of smooth formulas, exact to rounding: f(x + ih) = f(x) + ih f'(x) + O(h²)."""
    h = 1e-30
    return _slope(formulas, loss, values, name, lambda f: np.imag(f(1j * h)) / h)


def _slope(formulas: Any, loss: str, values: Mapping[str, Any], name: str, rule: Any) -> Any:
    lines = list(formulas)
    base: Any = np.asarray(values[name], dtype=float)
    slope: Any = np.zeros(base.shape)
    for index in np.ndindex(base.shape):

        def moved(by: complex, index: Any = index) -> Any:
            changed = base.astype(complex) if isinstance(by, complex) else base.copy()
            changed[index] += by
            return np.asarray(evaluated(lines, {**values, name: changed})[loss]).reshape(())

        slope[index] = rule(moved)
    return slope
