"""Update rules, on one flat vector that holds every trained parameter.

Definitions and option names are PyTorch's (torch.optim). An update is a few NumPy calls for all
parameters together; each parameter's own numbers are views into the same vectors.
May import: errors.   Imported by: experiment, program, listing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Options = Mapping[str, Any]
Thunk = Callable[[], object]


@dataclass(frozen=True)
class Vectors:
    """The flat vectors that an update reads and writes, all of one length."""

    parameters: Array
    gradients: Array
    state: Mapping[str, Array]
    scratch: Array


@dataclass(frozen=True)
class Optimizer:
    """One update rule, declared once."""

    name: str
    options: Mapping[str, Any]
    """PyTorch's option names with their defaults, without the learning rate."""
    state: Callable[[Options], tuple[str, ...]]
    """Names of the state vectors that these options need."""
    bind: Callable[[Vectors, Options], list[Thunk]]
    """The calls of one update. Options are read when bound."""
    rule: Callable[[Options, str, str, str], str]
    """``rule(options, p, g, lr)``: the new value in words, given the texts to write for the
    parameter, its gradient and the learning rate."""
    line: Callable[[Options, str], str]
    """The rule as a listing line for one parameter name."""


def _sgd(vectors: Vectors, options: Options) -> list[Thunk]:
    rate = np.array(options["learning_rate"])
    step = np.add if options["maximize"] else np.subtract
    p, g, scratch = vectors.parameters, vectors.gradients, vectors.scratch
    return [partial(np.multiply, g, rate, scratch), partial(step, p, scratch, p)]


def _sign(options: Options) -> str:
    return "+" if options["maximize"] else "-"


SGD = Optimizer(
    "sgd",
    {"maximize": False},
    lambda options: (),
    _sgd,
    lambda options, p, g, lr: f"{p} {'+' if options['maximize'] else '−'} {lr} · {g}",
    lambda options, name: f"{name} {_sign(options)}= lr * d_{name}",
)

OPTIMIZERS: dict[str, Optimizer] = {optimizer.name: optimizer for optimizer in (SGD,)}
