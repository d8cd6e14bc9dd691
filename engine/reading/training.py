"""The section [training]: optimizer, schedule, clipping, batches.

May import: data, errors, experiment, optimizers, reading.document, schedules.
Imported by: reading.opening.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.data import Batches
from engine.errors import did_you_mean, listed
from engine.experiment import Clip, Training
from engine.optimizers import OPTIMIZERS, Optimizer
from engine.reading.document import Document, as_float
from engine.schedules import SCHEDULES, Schedule

TRAINING_KEYS = (
    "loss",
    "optimizer",
    "learning_rate",
    "batch_size",
    "shuffle",
    "drop_last",
    "epochs",
    "seed",
    "schedule",
    "clip_norm",
    "clip_value",
)


@dataclass(frozen=True)
class TrainingSection:
    """Reads how the parameters are trained."""

    document: Document

    def training(self, table: Mapping[str, Any], seed: int, samples: int) -> Training:
        name = table.get("optimizer", "sgd")
        if not isinstance(name, str) or name not in OPTIMIZERS:
            self.document.fail(
                f"unknown optimizer {name!r}",
                "training",
                "optimizer",
                hint=did_you_mean(str(name), OPTIMIZERS, f"there are: {listed(OPTIMIZERS)}"),
            )
        optimizer = OPTIMIZERS[name]
        self.document.known(table, (*TRAINING_KEYS, *optimizer.options), "training")
        options = self._optimizer_options(table, optimizer)
        epochs = self.document.integer(table, "epochs", 50, low=1)
        size = self.document.integer(table, "batch_size", max(samples, 1), low=1)
        if "batch_size" in table and samples == 0:
            self.document.fail("batch_size needs [data]", "training", "batch_size")
        if samples and size > samples:
            self.document.fail(
                f"batch_size {size} is larger than the data: {samples} samples",
                "training",
                "batch_size",
                hint=f"choose at most {samples}, or leave it out to take all of them",
            )
        batches = Batches(
            samples,
            size,
            self.document.flag(table, "shuffle"),
            self.document.flag(table, "drop_last"),
            seed,
        )
        return Training(
            optimizer,
            options,
            batches,
            epochs,
            seed,
            self._schedule(table.get("schedule")),
            self._clip(table),
        )

    def _optimizer_options(self, table: Mapping[str, Any], optimizer: Optimizer) -> dict[str, Any]:
        options: dict[str, Any] = {"learning_rate": optimizer.learning_rate, **optimizer.options}
        for key, default in options.items():
            if isinstance(default, bool):
                options[key] = self.document.flag(table, key)
            elif key == "betas":
                options[key] = self._betas(table.get(key, default))
            else:
                options[key] = self._positive(table, key, default)
        for key in ("momentum", "alpha"):
            if options.get(key, 0.0) > 1.0:
                self.document.fail(f"training.{key} wants a number from 0 to 1", "training", key)
        if options.get("nesterov") and (not options["momentum"] or options["dampening"]):
            self.document.fail(
                "nesterov needs a momentum above 0 and no dampening", "training", "nesterov"
            )
        return options

    def _positive(self, table: Mapping[str, Any], key: str, default: float) -> float:
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.document.fail(f"training.{key} wants a number; {value!r} came", "training", key)
        number = as_float(value)
        if not math.isfinite(number) or number < 0:
            self.document.fail(
                f"training.{key} wants a finite number of at least 0; {number:g} came",
                "training",
                key,
                hint="to go up the gradient set maximize = true" if "rate" in key else "",
            )
        return number

    def _betas(self, value: Any) -> tuple[float, float]:
        pair = value if isinstance(value, list | tuple) else ()
        numbers = [float(b) for b in pair if type(b) in (int, float) and 0 <= b < 1]
        if len(pair) != 2 or len(numbers) != 2:
            self.document.fail(
                f"training.betas wants two numbers from 0 to below 1; {value!r} came",
                "training",
                "betas",
                hint="PyTorch's default is [0.9, 0.999]",
            )
        return numbers[0], numbers[1]

    def _schedule(self, spec: Any) -> Schedule | None:
        if spec is None:
            return None
        path = ("training", "schedule")
        if not isinstance(spec, dict) or not isinstance(spec.get("name"), str):
            self.document.fail(
                "schedule wants a table with a name",
                *path,
                hint='write  schedule = { name = "step", step_size = 30, gamma = 0.1 }',
            )
        name = spec["name"]
        if name not in SCHEDULES:
            hint = did_you_mean(name, SCHEDULES, f"there are: {listed(SCHEDULES)}")
            self.document.fail(f"unknown schedule '{name}'", *path, hint=hint)
        shape = SCHEDULES[name]
        self.document.known(spec, ("name", "unit", *shape.options), *path)
        unit = spec.get("unit", "epoch")
        if unit not in ("epoch", "iteration"):
            self.document.fail('schedule.unit wants "epoch" or "iteration"', *path)
        options: dict[str, float] = {}
        for key, default in shape.options.items():
            value = spec.get(key, default)
            if value is None:
                self.document.fail(f"schedule '{name}' needs {key}", *path)
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                self.document.fail(
                    f"schedule.{key} wants a number of at least 0; {value!r} came", *path
                )
            if key in ("step_size", "T_max", "total_iters") and value < 1:
                self.document.fail(
                    f"schedule.{key} wants a number of at least 1; {value!r} came", *path
                )
            options[key] = float(value)
        return Schedule(name, options, unit == "iteration")

    def _clip(self, table: Mapping[str, Any]) -> Clip | None:
        if "clip_norm" in table and "clip_value" in table:
            self.document.fail("clip_norm and clip_value: choose one", "training", "clip_value")
        kind = "norm" if "clip_norm" in table else "value"
        key = f"clip_{kind}"
        if key not in table:
            return None
        limit = self._positive(table, key, 0.0)
        if limit == 0.0:
            self.document.fail(f"training.{key} of 0 would stop training", "training", key)
        return Clip(kind, limit)
