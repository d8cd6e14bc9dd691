"""The sections [parameters] and [constants]: initial values.

May import: errors, initializers, reading.document, shapes.   Imported by: reading.opening.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import ExperimentError
from engine.experiment import MAX_VALUES, Array
from engine.initializers import INITIALIZERS, initial_values
from engine.reading.document import Document
from engine.shapes import MAX_AXES, count

INITIALIZER_OPTIONS = sorted({o for rule in INITIALIZERS.values() for o in rule.options})


@dataclass(frozen=True)
class LeavesSection:
    """Reads parameters and constants."""

    document: Document

    def leaves(self, section: str, seed: int) -> dict[str, tuple[Array, bool]]:
        """(initial value, trainable) of everything in [parameters] or [constants]."""
        result: dict[str, tuple[Array, bool]] = {}
        for key, spec in self.document.table(section).items():
            name = self.document.name(key, section)
            if not isinstance(spec, dict):
                result[name] = (self.document.array(spec, section, key), section == "parameters")
                continue
            if section == "constants":
                self.document.fail(
                    f"constants.{key} wants a number or nested lists",
                    section,
                    key,
                    hint="tables with init and trainable belong in [parameters]",
                )
            result[name] = self._parameter(key, name, spec, seed)
            if sum(value.size for value, _ in result.values()) > MAX_VALUES:
                self.document.fail(
                    f"the parameters up to {key} hold more than {MAX_VALUES:,} numbers",
                    section,
                    key,
                )
        return result

    def _parameter(
        self, key: str, name: str, spec: Mapping[str, Any], seed: int
    ) -> tuple[Array, bool]:
        path = ("parameters", key)
        options = INITIALIZER_OPTIONS
        self.document.known(spec, ("value", "trainable", "shape", "init", *options), *path)
        trainable = spec.get("trainable", True)
        if not isinstance(trainable, bool):
            self.document.fail(f"parameters.{key}: trainable wants true or false", *path)
        if "init" not in spec:
            for other in ("shape", *(o for o in options if o != "value")):
                if other in spec:
                    self.document.fail(f"parameters.{key}: '{other}' needs an init", *path)
            if "value" not in spec:
                self.document.fail(
                    f"parameters.{key} has neither a value nor an init",
                    *path,
                    hint='write  { value = 0.5 }  or  { shape = [2, 8], init = "glorot_uniform" }',
                )
            return self.document.array(spec["value"], *path), trainable
        shape = spec.get("shape", [])
        if isinstance(shape, int) and not isinstance(shape, bool):
            shape = [shape]
        if not isinstance(shape, list) or not all(type(n) is int and n > 0 for n in shape):
            self.document.fail(
                f"parameters.{key}: shape wants whole numbers above 0, like [2, 8]", *path
            )
        if len(shape) > MAX_AXES or count(shape) > MAX_VALUES:
            self.document.fail(
                f"parameters.{key}: shape {shape} is too large",
                *path,
                hint=f"at most {MAX_AXES} dimensions and {MAX_VALUES:,} numbers",
            )
        init = spec["init"]
        if not isinstance(init, str):
            self.document.fail(f"parameters.{key}: init wants a name in quotes", *path)
        given = {o: spec[o] for o in options if o in spec}
        for option, value in given.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                self.document.fail(f"parameters.{key}: {option} wants a number", *path)
        try:
            value = initial_values(name, tuple(shape), init, given, seed)
        except (ExperimentError, OverflowError, ValueError) as error:
            hint = error.hint if isinstance(error, ExperimentError) else ""
            self.document.fail(f"parameters.{key}: {error.args[0]}", *path, hint=hint)
        value.flags.writeable = False
        return value, trainable
