"""Learning-rate schedules, closed forms of torch.optim.lr_scheduler: a pure function of time.

May import: the standard library.   Imported by: experiment, program.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """One kind of schedule. Options without a default are None here and have to be given."""

    torch_name: str
    options: Mapping[str, float | None]
    rate: Callable[[float, int, Options], float]
    """``rate(base, k, options)``: the learning rate after `k` epochs (or iterations)."""


def _cosine(base: float, k: int, options: Options) -> float:
    low, period = options["eta_min"], options["T_max"]
    return low + (base - low) * (1 + math.cos(math.pi * k / period)) / 2


def _linear(base: float, k: int, options: Options) -> float:
    start, end, total = options["start_factor"], options["end_factor"], options["total_iters"]
    return base * (start + (end - start) * min(k, total) / total)


SCHEDULES: dict[str, Shape] = {
    "constant": Shape(
        "ConstantLR",
        {"factor": 1 / 3, "total_iters": 5.0},
        lambda base, k, o: base * (o["factor"] if k < o["total_iters"] else 1.0),
    ),
    "step": Shape(
        "StepLR",
        {"step_size": None, "gamma": 0.1},
        lambda base, k, o: base * o["gamma"] ** (k // int(o["step_size"])),
    ),
    "exponential": Shape(
        "ExponentialLR", {"gamma": None}, lambda base, k, o: base * o["gamma"] ** k
    ),
    "cosine": Shape("CosineAnnealingLR", {"T_max": None, "eta_min": 0.0}, _cosine),
    "warmup": Shape(
        "LinearLR", {"start_factor": 1 / 3, "end_factor": 1.0, "total_iters": 5.0}, _linear
    ),
}


@dataclass(frozen=True)
class Schedule:
    """A schedule with its options, in steps of an epoch or of an iteration."""

    name: str
    options: Options
    per_iteration: bool = False

    def rate(self, base: float, epoch: int, step: int) -> float:
        """The learning rate in iteration `step` of the run, in `epoch`; both from 0."""
        return SCHEDULES[self.name].rate(base, step if self.per_iteration else epoch, self.options)
