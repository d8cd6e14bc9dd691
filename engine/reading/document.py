"""A TOML document whose values are checked, and whose errors say where in the file they stand.

May import: errors, formulas, locations, shapes.   Imported by: the rest of the reading room.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from engine.errors import ExperimentError, GradstepError, Place, did_you_mean, listed
from engine.experiment import Array
from engine.formulas import normalized
from engine.locations import TomlText
from engine.shapes import shape_text


@dataclass(frozen=True)
class Origin:
    """The text of the file, to find out where a key or a formula stands."""

    text: str
    name: str
    overrides: tuple[str, ...]

    @cached_property
    def toml(self) -> TomlText:
        return TomlText(self.text, self.name)

    def key(self, *path: str) -> Place:
        """The place of a key, or of the nearest one around it."""
        dotted = ".".join(path)
        if any(o.split("=")[0].strip() == dotted for o in self.overrides):
            return Place(f"--set {dotted}")
        return self.toml.place(*path)

    def formula(self, error: GradstepError) -> GradstepError:
        """A formula's error, moved from its place in the formulas to its place in the file."""
        place, opening = error.place, self.toml.formulas()
        if place is None or place.line is None or opening is None:
            return error.located(file=self.name)
        lines = self.text.split("\n")
        first, column = opening
        line = first + place.line - 1
        shift = column - 1 if place.line == 1 else 0
        # An escape in the string moves lines and columns: point only where the file says the same.
        if line > len(lines) or (place.source or "") not in lines[line - 1]:
            return error.located(file=f"{self.name}: formulas")
        column = place.column + shift if place.column is not None else None
        return error.located(file=self.name, line=line, column=column, source=lines[line - 1])


@dataclass(frozen=True)
class Document:
    """The values of an experiment file, by section and key."""

    values: dict[str, Any]
    origin: Origin

    def fail(self, what: str, *path: str, hint: str = "", kind: type = ExperimentError) -> NoReturn:
        """Raise an error that stands at the key at `path`."""
        raise kind(what, place=self.origin.key(*path) if path else None, hint=hint)

    def known(self, table: Mapping[str, Any], known: Sequence[str], *path: str) -> None:
        """Refuse every key that is not one of the known."""
        for key in table:
            if key not in known:
                where = f" in [{'.'.join(path)}]" if path else ""
                self.fail(
                    f"unknown key '{key}'{where}",
                    *path,
                    key,
                    hint=did_you_mean(key, known, f"known keys: {listed(known, 30)}"),
                )

    def table(self, name: str) -> dict[str, Any]:
        """A section; empty where the file has none."""
        table = self.values.get(name, {})
        if not isinstance(table, dict):
            self.fail(f"{name} wants a table", name, hint=f"write [{name}] on a line of its own")
        return table

    def text(self, key: str) -> str:
        """A text at the top of the file; empty where there is none."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            self.fail(f"{key} wants a text; a {kind_of(value)} came", key)
        return value

    def integer(self, table: Mapping[str, Any], key: str, default: int, *, low: int) -> int:
        """A whole number of [training]."""
        value = table.get(key, default)
        if type(value) is not int or value < low:
            self.fail(
                f"training.{key} wants a whole number of at least {low}; {came(value)} came",
                "training",
                key,
            )
        return value

    def flag(self, table: Mapping[str, Any], key: str) -> bool:
        """true or false in [training]; false where it is left out."""
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.fail(f"training.{key} wants true or false; {value!r} came", "training", key)
        return value

    def array(self, value: Any, *path: str) -> Array:
        """A number or nested lists of numbers as a read-only float64 array."""
        dotted = ".".join(path)
        _check_numbers(
            value, lambda what, hint="": self.fail(f"{dotted}: {what}", *path, hint=hint)
        )
        try:
            array = np.array(value, dtype=np.float64)
        except OverflowError:
            self.fail(f"{dotted}: a number is too large for float64", *path)
        except ValueError:
            self.fail(f"{dotted}: nested too deeply", *path, hint="at most 64 levels")
        array.flags.writeable = False
        return array

    def name(self, name: str, *path: str, hint: str = "") -> str:
        """A key as formulas say it; `hint` is the way out where a file chose the name."""
        plain = normalized(name)
        if not plain.isidentifier() or keyword.iskeyword(plain):
            why = "is a word of Python" if keyword.iskeyword(plain) else "is not a name"
            self.fail(
                f"'{name}' {why}; a formula could not say it",
                *path,
                name,
                hint=hint or "use letters, digits and _, starting with a letter",
            )
        return plain


# --- words for values ---------------------------------------------------------------------------


def came(value: Any) -> str:
    """A value that is not as it should be, in a few words."""
    return f"{value}" if type(value) in (int, float) else f"a {kind_of(value)}"


def as_float(value: float) -> float:
    """A TOML number as a float; a whole number beyond float64 as infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def kind_of(value: Any) -> str:
    """A TOML value's type, in TOML's words."""
    names = {bool: "boolean", int: "number", float: "number", str: "text", list: "list"}
    return names.get(type(value), "table" if isinstance(value, dict) else type(value).__name__)


def _check_numbers(value: Any, fail: Callable[..., NoReturn]) -> None:
    """Refuse anything but numbers and nested lists of them with equal lengths."""
    if isinstance(value, bool) or not isinstance(value, int | float | list):
        fail(f"a number is wanted; a {kind_of(value)} came")
    if not isinstance(value, list):
        return
    if not value:
        fail("an empty list holds no number")
    _depth_and_lengths(value, fail)


def _depth_and_lengths(value: list[Any], fail: Callable[..., NoReturn]) -> tuple[int, ...]:
    """The shape of nested lists, or an error that names the row that breaks it."""
    shapes: list[tuple[int, ...]] = []
    for position, item in enumerate(value, 1):
        if isinstance(item, list):
            if not item:
                fail("an empty list holds no number")
            shape = _depth_and_lengths(item, fail)
        elif isinstance(item, bool) or not isinstance(item, int | float):
            fail(f"a number is wanted; entry {position} is a {kind_of(item)}")
        else:
            shape = ()
        if shapes and shape != shapes[0]:
            fail(
                f"entry {position} has {_entries(shape)}, entry 1 has {_entries(shapes[0])}",
                hint="rows of an array are equally long",
            )
        shapes.append(shape)
    return (len(value), *shapes[0])


def _entries(shape: tuple[int, ...]) -> str:
    if len(shape) > 1:
        return shape_text(shape)
    if shape == (1,):
        return "one number in a list"
    return f"{shape[0]} numbers" if shape else "one number"
