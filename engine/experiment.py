"""Experiments: a TOML file (or a mapping) checked and turned into everything that fixes a run.

Same file, same gradstep, same NumPy: the same bits. Every mistake in the file is one error that
names file, line and column, what came, what was wanted and the way out.
May import: data, errors, formulas, graph, initializers, optimizers, shapes.
"""

from __future__ import annotations

import keyword
import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NoReturn

import numpy as np

from engine.data import (
    Batches,
    Column,
    Opener,
    Progress,
    moments,
    opened,
    read_csv,
    read_npz,
    split,
    standardized,
)
from engine.datasets import DATASETS, MAX_SAMPLES, load_dataset
from engine.errors import (
    DataError,
    ExperimentError,
    FormulaError,
    GradstepError,
    Place,
    did_you_mean,
    listed,
)
from engine.formulas import Leaf, build_graph, normalized
from engine.graph import Graph, check_leaf_indices, infer_shapes
from engine.initializers import INITIALIZERS, initial_values
from engine.locations import TomlText
from engine.optimizers import OPTIMIZERS, Optimizer, Rule
from engine.schedules import SCHEDULES, Schedule
from engine.shapes import Samples, Shape, count, shape_text

Array = np.ndarray[Any, np.dtype[np.float64]]

TOP_KEYS = ("title", "about", "formulas", "parameters", "constants", "data", "training")
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
INITIALIZER_OPTIONS = sorted({o for rule in INITIALIZERS.values() for o in rule.options})
MAX_NOISE = 1e6
DATA_SOURCES = ("csv", "npz", "dataset")
DATASET_OPTIONS = ("samples", "noise", "seed")
DATA_SETTINGS = (*DATA_SOURCES, *DATASET_OPTIONS, "columns", "standardize", "test_fraction")


@dataclass(frozen=True)
class Clip:
    """Gradients clipped before the update: together by their norm, or each number by value."""

    kind: Literal["norm", "value"]
    limit: float

    @property
    def words(self) -> str:
        """The rule for a reader, with g for all trained gradients together."""
        if self.kind == "norm":
            return f"g ← g · min(1, {self.limit:g} / (‖g‖ + 1e-6))"
        return f"g ← min(max(g, −{self.limit:g}), {self.limit:g})"


@dataclass(frozen=True, eq=False)
class Training:
    """How the parameters are trained. `options` holds the optimizer's own, learning rate too."""

    optimizer: Optimizer
    options: Mapping[str, Any]
    batches: Batches
    epochs: int
    seed: int
    schedule: Schedule | None = None
    clip: Clip | None = None

    @cached_property
    def rule(self) -> Rule:
        """The update rule for these options."""
        return self.optimizer.rule(self.options)


@dataclass(frozen=True)
class Source:
    """What an experiment was read from."""

    text: str
    """The file as it was written."""
    folder: Path
    """Where the files that it names are looked for."""
    overrides: tuple[str, ...] = ()
    """``key.path=value`` texts that were applied to it, the seed's last."""
    open_file: Opener = opened
    """Opens its data file."""


@dataclass(frozen=True, eq=False)
class Experiment:
    """Everything that determines a run, checked; nothing in it changes afterwards."""

    name: str
    title: str
    about: str
    document: Mapping[str, Any]
    """The TOML document that it was made from, with overrides applied."""
    graph: Graph
    leaves: Mapping[str, Array]
    """Initial parameters and constants by name; read-only arrays."""
    data: Mapping[str, Array]
    """Data columns to train on, by name, the first axis counting samples; read-only arrays."""
    test_data: Mapping[str, Array]
    """The same columns of the samples kept back by test_fraction; empty without it."""
    classes: Mapping[str, tuple[str, ...]]
    """The labels behind the numbers of class columns."""
    statistics: Mapping[str, tuple[Array, Array]]
    """(means, deviations) of standardized columns, over the samples to train on."""
    training: Training
    source: Source

    @property
    def data_file(self) -> Path | None:
        """The file that its data were read from, if they were."""
        return _data_file(self.document.get("data", {}), self.source.folder)

    @property
    def samples(self) -> int:
        """How many samples there are to train on; 0 without data."""
        return self.training.batches.samples

    def shapes(self, batch: int) -> tuple[Shape, ...]:
        """The shape of every node for a batch of this size, the sample axis marked."""
        known = self._shapes.get(batch)
        if known is None:
            known = self._shapes[batch] = infer_shapes(self.graph, self._leaf_shapes(batch))
        return known

    @cached_property
    def _shapes(self) -> dict[int, tuple[Shape, ...]]:
        """Those inferred so far: checking, the listing and the program ask for the same ones."""
        return {}

    def _leaf_shapes(self, batch: int) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {name: a.shape for name, a in self.leaves.items()}
        for name, column in self.data.items():
            shapes[name] = (Samples(batch), *column.shape[1:])
        return shapes


# --- opening ------------------------------------------------------------------------------------


def open_experiment(
    path: str | Path,
    *,
    name: str | None = None,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    progress: Progress | None = None,
) -> Experiment:
    """Read an experiment file; errors call it `name`, by default its path.

    `overrides` are ``key.path=value`` texts (the value in TOML, bare words as strings) and `seed`
    replaces ``training.seed``. `progress` hears, from 0.0 to 1.0, how much of a CSV file that it
    names is read. Raises `ExperimentError`, placed in the file.
    """
    path = Path(path)
    text = _read(path)
    return parse_experiment(
        text,
        name=name or str(path),
        folder=path.parent,
        overrides=overrides,
        seed=seed,
        progress=progress,
    )


def parse_experiment(
    text: str,
    *,
    name: str = "experiment",
    folder: Path | None = None,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    progress: Progress | None = None,
    open_file: Opener = opened,
) -> Experiment:
    """The experiment written in `text`; files that it names are relative to `folder`.

    The rest is as for `open_experiment`; `open_file` opens a data file.
    """
    overrides = (*overrides, *([f"training.seed={seed}"] if seed is not None else []))
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(str(error), text).located(file=name) from None
    except RecursionError:
        raise ExperimentError("values nested too deeply", place=Place(name)) from None
    except ValueError as error:  # Python refuses to read whole numbers of over 4,300 digits
        raise ExperimentError(f"not a usable number: {error}", place=Place(name)) from None
    for override in overrides:
        _override(document, override)
    source = _Source(text, name, tuple(overrides))
    try:
        return _Reader(document, source, folder or Path(), progress, open_file).experiment()
    except (FormulaError, DataError, ExperimentError) as error:
        if error.place is None or error.place.file is None:
            raise error.located(file=name) from None
        raise


def with_option(experiment: Experiment, key: str, value: Any) -> Experiment:
    """The experiment with another learning rate, option of its optimizer, or clipping limit.

    Raises `ExperimentError` for what its optimizer does not know, or a value that it does not take.
    """
    training = experiment.training
    known = list(training.options)
    if training.clip is not None:
        known.append(f"clip_{training.clip.kind}")
    if key not in known:
        name = training.optimizer.name
        hint = did_you_mean(key, known, f"{name} has: {listed(known)}")
        raise ExperimentError(f"'{key}' is no option of {name}", hint=hint)
    table = {**experiment.document.get("training", {}), key: value}
    document = {**experiment.document, "training": table}
    reader = _Reader(document, _Source("", experiment.name, ()), Path())
    try:
        changed = reader._training(table, training.seed, experiment.samples)
    except ExperimentError as error:  # it stands in no file
        raise ExperimentError(error.what, hint=error.hint) from None
    return replace(experiment, document=document, training=changed)


def _read(path: Path) -> str:
    try:
        if path.is_dir():
            raise ExperimentError(
                f"{path} is a directory", hint="name an experiment file in it (*.toml)"
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ExperimentError(f"there is no file {path}", hint=_nearby(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ExperimentError(f"cannot read {path}: {reason}") from None
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ExperimentError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8 text",
            place=Place(str(path), line),
            hint="an experiment is a TOML file saved as UTF-8",
        ) from None


def _nearby(path: Path) -> str:
    try:
        files = [str(p) for p in path.parent.glob("*.toml")]
    except OSError:
        files = []
    return did_you_mean(str(path), files, "`gradstep new FILE` writes one to start from")


def _toml_error(message: str, text: str) -> ExperimentError:
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    if match is None:
        lines = text.split("\n")
        what = message.replace(" (at end of document)", ", and the file ends here")
        return ExperimentError(f"not TOML: {what}", place=Place(line=len(lines)))
    what, line, column = match[1], int(match[2]), int(match[3])
    source = text.split("\n")[line - 1]
    place = Place(line=line, column=min(column, len(source) + 1), source=source)
    return ExperimentError(f"not TOML: {what}", place=place)


def _override(document: dict[str, Any], text: str) -> None:
    key, equals, value = text.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path):
        raise ExperimentError(
            f"--set {text}: not a setting",
            hint="write key.path=value, like training.learning_rate=0.5",
        )
    try:
        parsed = tomllib.loads(f"value = {value.strip()}")["value"]
    except (ValueError, RecursionError):
        parsed = value.strip()
    table = document
    for part in path[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ExperimentError(f"--set {text}: '{part}' is no table", hint="see the file's keys")
    last = path[-1]
    before = table.get(last)
    if path[0] == "parameters" and isinstance(before, dict) and not isinstance(parsed, dict):
        # A new value for a parameter that is written as a table keeps its other settings.
        kept = {k: v for k, v in before.items() if k == "trainable"}
        parsed = {**kept, "value": parsed}
    table[last] = parsed


# --- places in the file -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Source:
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


# --- reading ------------------------------------------------------------------------------------


class _Reader:
    """Checks one document and builds the experiment from it."""

    def __init__(
        self,
        document: dict[str, Any],
        source: _Source,
        folder: Path,
        progress: Progress | None = None,
        open_file: Opener = opened,
    ) -> None:
        self.document = document
        self.source = source
        self.folder = folder
        self.progress = progress
        self.open_file = open_file

    def fail(self, what: str, *path: str, hint: str = "", kind: type = ExperimentError) -> NoReturn:
        raise kind(what, place=self.source.key(*path) if path else None, hint=hint)

    def experiment(self) -> Experiment:
        document = self.document
        self._known(document, TOP_KEYS)
        title, about = (self._text(key) for key in ("title", "about"))
        formulas = document.get("formulas")
        if not isinstance(formulas, str):
            came = "there are none" if formulas is None else f"a {_kind(formulas)} came"
            self.fail(
                f"formulas wants a text of formulas; {came}",
                *(["formulas"] if formulas is not None else []),
                hint='write  formulas = """ … """  with one assignment a line',
            )
        training = self._table("training")
        seed = self._integer(training, "seed", 0, low=0)
        data, test_data, classes, statistics = self._data(seed)
        parameters = self._leaves("parameters", seed)
        constants = self._leaves("constants", seed)
        self._distinct(data, constants, parameters)
        leaves = [
            *(Leaf(name, "data") for name in data),
            *(Leaf(name, "constant") for name in constants),
            *(Leaf(name, "parameter", trainable) for name, (_, trainable) in parameters.items()),
        ]
        loss = training.get("loss")
        if loss is not None and (not isinstance(loss, str) or not loss):
            self.fail("training.loss wants the name of a formula", "training", "loss")
        try:
            graph = build_graph(formulas, leaves, normalized(loss) if loss else None)
        except FormulaError as error:
            if error.place is None and loss is not None:
                raise error.located(**vars(self.source.key("training", "loss"))) from None
            raise self.source.formula(error) from None
        experiment = Experiment(
            name=self.source.name,
            title=title,
            about=about,
            document=document,
            graph=graph,
            leaves={name: value for name, (value, _) in {**constants, **parameters}.items()},
            data=data,
            test_data=test_data,
            classes=classes,
            statistics=statistics,
            training=self._training(training, seed, _sample_count(data)),
            source=Source(self.source.text, self.folder, self.source.overrides, self.open_file),
        )
        self._check_shapes(experiment)
        return experiment

    # --- values --------------------------------------------------------------------------------

    def _known(self, table: Mapping[str, Any], known: Sequence[str], *path: str) -> None:
        for key in table:
            if key not in known:
                where = f" in [{'.'.join(path)}]" if path else ""
                self.fail(
                    f"unknown key '{key}'{where}",
                    *path,
                    key,
                    hint=did_you_mean(key, known, f"known keys: {listed(known, 30)}"),
                )

    def _table(self, name: str) -> dict[str, Any]:
        table = self.document.get(name, {})
        if not isinstance(table, dict):
            self.fail(f"{name} wants a table", name, hint=f"write [{name}] on a line of its own")
        return table

    def _text(self, key: str) -> str:
        value = self.document.get(key, "")
        if not isinstance(value, str):
            self.fail(f"{key} wants a text; a {_kind(value)} came", key)
        return value

    def _integer(self, table: Mapping[str, Any], key: str, default: int, *, low: int) -> int:
        value = table.get(key, default)
        if type(value) is not int or value < low:
            came = value if isinstance(value, int | float) else f"a {_kind(value)}"
            self.fail(
                f"training.{key} wants a whole number of at least {low}; {came} came",
                "training",
                key,
            )
        return value

    def _flag(self, table: Mapping[str, Any], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.fail(f"training.{key} wants true or false; {value!r} came", "training", key)
        return value

    def _array(self, value: Any, *path: str) -> Array:
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

    def _name(self, name: str, *path: str) -> str:
        plain = normalized(name)
        if not plain.isidentifier() or keyword.iskeyword(plain):
            why = "is a word of Python" if keyword.iskeyword(plain) else "is not a name"
            self.fail(
                f"'{name}' {why}; a formula could not say it",
                *path,
                name,
                hint="use letters, digits and _, starting with a letter",
            )
        return plain

    def _distinct(self, *groups: Mapping[str, Any]) -> None:
        seen: dict[str, str] = {}
        for section, group in zip(("data", "constants", "parameters"), groups, strict=True):
            for name in group:
                if name in seen:
                    self.fail(
                        f"'{name}' stands in [{seen[name]}] and in [{section}]",
                        section,
                        name,
                        hint="a name means one thing: rename one of them",
                    )
                seen[name] = section

    # --- sections ------------------------------------------------------------------------------

    def _leaves(self, section: str, seed: int) -> dict[str, tuple[Array, bool]]:
        """(initial value, trainable) of everything in [parameters] or [constants]."""
        result: dict[str, tuple[Array, bool]] = {}
        for key, spec in self._table(section).items():
            name = self._name(key, section)
            if not isinstance(spec, dict):
                result[name] = (self._array(spec, section, key), section == "parameters")
                continue
            if section == "constants":
                self.fail(
                    f"constants.{key} wants a number or nested lists",
                    section,
                    key,
                    hint="tables with init and trainable belong in [parameters]",
                )
            result[name] = self._parameter(key, name, spec, seed)
        return result

    def _parameter(
        self, key: str, name: str, spec: Mapping[str, Any], seed: int
    ) -> tuple[Array, bool]:
        path = ("parameters", key)
        options = INITIALIZER_OPTIONS
        self._known(spec, ("value", "trainable", "shape", "init", *options), *path)
        trainable = spec.get("trainable", True)
        if not isinstance(trainable, bool):
            self.fail(f"parameters.{key}: trainable wants true or false", *path)
        if "init" not in spec:
            for other in ("shape", *(o for o in options if o != "value")):
                if other in spec:
                    self.fail(f"parameters.{key}: '{other}' needs an init", *path)
            if "value" not in spec:
                self.fail(
                    f"parameters.{key} has neither a value nor an init",
                    *path,
                    hint='write  { value = 0.5 }  or  { shape = [2, 8], init = "glorot_uniform" }',
                )
            return self._array(spec["value"], *path), trainable
        shape = spec.get("shape", [])
        if isinstance(shape, int) and not isinstance(shape, bool):
            shape = [shape]
        if not isinstance(shape, list) or not all(type(n) is int and n > 0 for n in shape):
            self.fail(f"parameters.{key}: shape wants whole numbers above 0, like [2, 8]", *path)
        if len(shape) > 32 or count(shape) > 10**9:
            self.fail(f"parameters.{key}: shape {shape} is too large", *path)
        init = spec["init"]
        if not isinstance(init, str):
            self.fail(f"parameters.{key}: init wants a name in quotes", *path)
        given = {o: spec[o] for o in options if o in spec}
        for option, value in given.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                self.fail(f"parameters.{key}: {option} wants a number", *path)
        try:
            value = initial_values(name, tuple(shape), init, given, seed)
        except (ExperimentError, OverflowError, ValueError) as error:
            hint = error.hint if isinstance(error, ExperimentError) else ""
            self.fail(f"parameters.{key}: {error.args[0]}", *path, hint=hint)
        value.flags.writeable = False
        return value, trainable

    def _data(
        self, seed: int
    ) -> tuple[
        dict[str, Array],
        dict[str, Array],
        dict[str, tuple[str, ...]],
        dict[str, tuple[Array, Array]],
    ]:
        """The columns to train on, those to test on, class labels and statistics."""
        table = self._table("data")
        source = self._data_source(table)
        classes: dict[str, tuple[str, ...]] = {}
        if source == "csv":
            spec = self._columns(table.get("columns"))
            columns, classes = read_csv(
                self.folder / table[source], spec, self.progress, self.open_file
            )
        elif source == "npz":
            arrays = read_npz(self.folder / table[source], self.open_file)
            columns = self._renamed_npz(arrays, table.get("columns"))
        elif source == "dataset":
            columns, classes = self._dataset(table, seed)
        else:
            settings = ("standardize", "test_fraction")
            columns = {k: self._column(k, v) for k, v in table.items() if k not in settings}
        columns = {self._name(name, "data"): values for name, values in columns.items()}
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            (first, n), *rest = lengths.items()
            other, m = next((name, m) for name, m in rest if m != n)
            self.fail(
                f"'{first}' has {n} samples and '{other}' has {m}",
                "data",
                other,
                hint="every column has one entry for each sample",
                kind=DataError,
            )
        if 0 in lengths.values():
            self.fail("there are no samples", "data", hint="add at least one", kind=DataError)
        columns, test_columns = self._split(columns, table.get("test_fraction"), seed)
        statistics = self._standardize(columns, test_columns, table.get("standardize"))
        for values in (*columns.values(), *test_columns.values()):
            values.flags.writeable = False
        return columns, test_columns, classes, statistics

    def _data_source(self, table: Mapping[str, Any]) -> str | None:
        """The key that names where the data comes from, or None where it stands in the file.

        A list is an inline column, whatever its name is.
        """
        named = [k for k in DATA_SOURCES if k in table and not isinstance(table[k], list)]
        for key in named:
            if not isinstance(table[key], str):
                self.fail(
                    f"data.{key} wants a text; a {_kind(table[key])} came",
                    "data",
                    key,
                    hint='write  dataset = "spiral"'
                    if key == "dataset"
                    else f'write the file\'s path in quotes, like  {key} = "houses.{key}"',
                )
        if not named:
            for key in DATASET_OPTIONS:
                if key in table and not isinstance(table[key], list):
                    hint = f'name one, like  dataset = "spiral",  or leave {key} out'
                    self.fail(f"data.{key} needs a dataset", "data", key, hint=hint)
            return None
        source, *others = named
        others += [k for k, v in table.items() if k not in DATA_SETTINGS and _is_column(v)]
        if others:
            self.fail(
                f"two sources of data: {source} and {others[0]}",
                "data",
                others[0],
                hint="keep exactly one",
            )
        known = [source, "columns", "standardize", "test_fraction"]
        if source == "dataset":
            if "columns" in table:
                self.fail(
                    "a dataset has its own columns, x and y",
                    "data",
                    "columns",
                    hint="leave columns out; it is for csv and npz",
                )
            known = [source, *DATASET_OPTIONS, *known[2:]]
        for key in DATASET_OPTIONS:
            if key in table and key not in known:
                self.fail(f"data.{key} is for a dataset, and not for {source}", "data", key)
        self._known(table, known, "data")
        return source

    def _dataset(
        self, table: Mapping[str, Any], seed: int
    ) -> tuple[dict[str, Array], dict[str, tuple[str, ...]]]:
        name = table["dataset"]
        if name not in DATASETS:
            hint = did_you_mean(name, DATASETS, f"there are: {listed(DATASETS)}")
            self.fail(f"unknown dataset '{name}'", "data", "dataset", hint=hint, kind=DataError)
        if DATASETS[name].generate is None:
            for key in DATASET_OPTIONS:
                if key in table:
                    why = f"{name} is measured, not generated: it has no {key}"
                    self.fail(why, "data", key, hint=f"leave {key} out")
        samples, noise, seed = table.get("samples"), table.get("noise"), table.get("seed", seed)
        if samples is not None and (type(samples) is not int or not 1 <= samples <= MAX_SAMPLES):
            self.fail(
                f"data.samples wants a whole number from 1 to {MAX_SAMPLES}; {_came(samples)} came",
                "data",
                "samples",
            )
        if noise is not None and (type(noise) not in (int, float) or not 0 <= noise <= MAX_NOISE):
            self.fail(
                f"data.noise wants a number from 0 to {MAX_NOISE:g}; {_came(noise)} came",
                "data",
                "noise",
                hint="0 is no noise",
            )
        if type(seed) is not int or seed < 0:
            self.fail(
                f"data.seed wants a whole number of at least 0; {_came(seed)} came", "data", "seed"
            )
        return load_dataset(name, samples, noise, seed)

    def _split(
        self, columns: dict[str, Array], fraction: Any, seed: int
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """(the columns to train on, the columns to test on)."""
        if fraction is None:
            return columns, {}
        path = ("data", "test_fraction")
        if type(fraction) not in (int, float) or not 0 < fraction < 1:
            self.fail(
                f"test_fraction wants a number above 0 and below 1; {_came(fraction)} came",
                *path,
                hint="leave it out to train on every sample",
            )
        samples = _sample_count(columns)
        if samples == 0:
            self.fail("test_fraction needs data", *path)
        training, test = split(samples, fraction, seed)
        if not len(training) or not len(test):
            self.fail(
                f"test_fraction {fraction} of {samples} sample{'s' * (samples > 1)} leaves none to "
                f"{'test' if len(training) else 'train'} on",
                *path,
                hint="the nearest whole number of samples is kept back for the test",
                kind=DataError,
            )
        return (
            {name: values[training] for name, values in columns.items()},
            {name: values[test] for name, values in columns.items()},
        )

    def _column(self, key: str, value: Any) -> Array:
        if not isinstance(value, list):
            constant = "a value without samples belongs in [constants]"
            hint = did_you_mean(key, DATA_SETTINGS, constant)
            if key in DATA_SETTINGS:
                hint = f"{key} is for csv and npz files"
            self.fail(
                f"data.{key} wants a list with one entry for each sample; a {_kind(value)} came",
                "data",
                key,
                hint=hint,
                kind=DataError,
            )
        return np.array(self._array(value, "data", key))

    def _columns(self, spec: Any) -> dict[str, Column] | None:
        if spec is None:
            return None
        wanted = (
            'columns wants  { x = ["size", "rooms"], y = "price" },  '
            'or { classes = "species" } for text labels'
        )
        if not isinstance(spec, dict) or not spec:
            self.fail(wanted, "data", "columns")
        columns: dict[str, Column] = {}
        for name, source in spec.items():
            match source:
                case str():
                    columns[name] = Column((source,))
                case [_, *_] if all(isinstance(s, str) for s in source):
                    columns[name] = Column(tuple(source), matrix=True)
                case {"classes": str() as label, **rest} if not rest:
                    columns[name] = Column((label,), classes=True)
                case _:
                    self.fail(wanted, "data", "columns")
        return columns

    def _renamed_npz(self, arrays: Mapping[str, Array], spec: Any) -> dict[str, Array]:
        if spec is None:
            return dict(arrays)
        if not isinstance(spec, dict) or not all(isinstance(s, str) for s in spec.values()):
            self.fail('columns of an npz wants  { x = "array name" }', "data", "columns")
        for source in spec.values():
            if source not in arrays:
                hint = did_you_mean(source, arrays, f"it holds: {listed(arrays)}")
                self.fail(f"no array '{source}' in the file", "data", "columns", hint=hint)
        return {name: arrays[source] for name, source in spec.items()}

    def _standardize(
        self, columns: dict[str, Array], test_columns: dict[str, Array], names: Any
    ) -> dict[str, tuple[Array, Array]]:
        """Standardize both parts of the named columns by the statistics of the training part."""
        if names is None:
            return {}
        path = ("data", "standardize")
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            self.fail('standardize wants a list of data names, like ["x"]', *path)
        statistics: dict[str, tuple[Array, Array]] = {}
        for name in names:
            if name not in columns:
                hint = did_you_mean(name, columns, f"the data names are: {listed(columns)}")
                self.fail(f"no data '{name}' to standardize", *path, hint=hint)
            if name in statistics:
                self.fail(f"'{name}' stands twice in standardize", *path, hint="name it once")
            mean, deviation = statistics[name] = moments(columns[name])
            for part in (columns, test_columns):
                if name in part:
                    part[name] = standardized(part[name], mean, deviation)
        return statistics

    def _training(self, table: Mapping[str, Any], seed: int, samples: int) -> Training:
        name = table.get("optimizer", "sgd")
        if not isinstance(name, str) or name not in OPTIMIZERS:
            self.fail(
                f"unknown optimizer {name!r}",
                "training",
                "optimizer",
                hint=did_you_mean(str(name), OPTIMIZERS, f"there are: {listed(OPTIMIZERS)}"),
            )
        optimizer = OPTIMIZERS[name]
        self._known(table, (*TRAINING_KEYS, *optimizer.options), "training")
        options = self._optimizer_options(table, optimizer)
        epochs = self._integer(table, "epochs", 50, low=1)
        size = self._integer(table, "batch_size", max(samples, 1), low=1)
        if "batch_size" in table and samples == 0:
            self.fail("batch_size needs [data]", "training", "batch_size")
        if samples and size > samples:
            self.fail(
                f"batch_size {size} is larger than the data: {samples} samples",
                "training",
                "batch_size",
                hint=f"choose at most {samples}, or leave it out to take all of them",
            )
        batches = Batches(
            samples, size, self._flag(table, "shuffle"), self._flag(table, "drop_last"), seed
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
                options[key] = self._flag(table, key)
            elif key == "betas":
                options[key] = self._betas(table.get(key, default))
            else:
                options[key] = self._positive(table, key, default)
        for key in ("momentum", "alpha"):
            if options.get(key, 0.0) > 1.0:
                self.fail(f"training.{key} wants a number from 0 to 1", "training", key)
        if options.get("nesterov") and (not options["momentum"] or options["dampening"]):
            self.fail("nesterov needs a momentum above 0 and no dampening", "training", "nesterov")
        return options

    def _positive(self, table: Mapping[str, Any], key: str, default: float) -> float:
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(f"training.{key} wants a number; {value!r} came", "training", key)
        number = _float(value)
        if not math.isfinite(number) or number < 0:
            self.fail(
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
            self.fail(
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
            self.fail(
                "schedule wants a table with a name",
                *path,
                hint='write  schedule = { name = "step", step_size = 30, gamma = 0.1 }',
            )
        name = spec["name"]
        if name not in SCHEDULES:
            hint = did_you_mean(name, SCHEDULES, f"there are: {listed(SCHEDULES)}")
            self.fail(f"unknown schedule '{name}'", *path, hint=hint)
        shape = SCHEDULES[name]
        self._known(spec, ("name", "unit", *shape.options), *path)
        unit = spec.get("unit", "epoch")
        if unit not in ("epoch", "iteration"):
            self.fail('schedule.unit wants "epoch" or "iteration"', *path)
        options: dict[str, float] = {}
        for key, default in shape.options.items():
            value = spec.get(key, default)
            if value is None:
                self.fail(f"schedule '{name}' needs {key}", *path)
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                self.fail(f"schedule.{key} wants a number of at least 0; {value!r} came", *path)
            if key in ("step_size", "T_max", "total_iters") and value < 1:
                self.fail(f"schedule.{key} wants a number of at least 1; {value!r} came", *path)
            options[key] = float(value)
        return Schedule(name, options, unit == "iteration")

    def _clip(self, table: Mapping[str, Any]) -> Clip | None:
        if "clip_norm" in table and "clip_value" in table:
            self.fail("clip_norm and clip_value: choose one", "training", "clip_value")
        kind = "norm" if "clip_norm" in table else "value"
        key = f"clip_{kind}"
        if key not in table:
            return None
        limit = self._positive(table, key, 0.0)
        if limit == 0.0:
            self.fail(f"training.{key} of 0 would stop training", "training", key)
        return Clip(kind, limit)

    def _check_shapes(self, experiment: Experiment) -> None:
        """Every batch size that will occur, before anything runs."""
        graph = experiment.graph
        test = _sample_count(experiment.test_data)
        for batch in (*experiment.training.batches.sizes(), *([test] if test else [])):
            try:
                shapes = experiment.shapes(batch)
                for columns in ({}, experiment.test_data):
                    values = {**experiment.leaves, **experiment.data, **columns}
                    check_leaf_indices(graph, shapes, values)
            except GradstepError as error:
                if batch == test:
                    error.hint += f"; these are the test data, of {batch} samples"
                elif batch != experiment.training.batches.size and experiment.samples:
                    error.hint += f"; this is the last batch of the epoch, of {batch} samples"
                raise self.source.formula(error) from None
            if count(shapes[graph.loss]) != 1:
                formula = next(f for f in graph.formulas if f.node == graph.loss)
                loss = ExperimentError(
                    f"the loss must be one number; '{formula.name}' has shape "
                    f"{shape_text(shapes[graph.loss])}",
                    place=replace(formula.place, width=len(formula.name)),
                    hint=f"reduce it, like  mean({formula.name}),  or name another formula as "
                    "training.loss",
                )
                raise self.source.formula(loss)


def _data_file(table: Mapping[str, Any], folder: Path) -> Path | None:
    """The file that a [data] table names."""
    named = (table[key] for key in ("csv", "npz") if isinstance(table.get(key), str))
    return next((folder / name for name in named), None)


def _is_column(value: Any) -> bool:
    """Is this a list of numbers (or of lists), as an inline column is?"""
    return isinstance(value, list) and not any(isinstance(item, str) for item in value)


def _came(value: Any) -> str:
    """A value that is not as it should be, in a few words."""
    return f"{value}" if type(value) in (int, float) else f"a {_kind(value)}"


def _sample_count(data: Mapping[str, Array]) -> int:
    return next((len(values) for values in data.values()), 0)


def _float(value: float) -> float:
    """A TOML number as a float; a whole number beyond float64 as infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _kind(value: Any) -> str:
    """A TOML value's type, in TOML's words."""
    names = {bool: "boolean", int: "number", float: "number", str: "text", list: "list"}
    return names.get(type(value), "table" if isinstance(value, dict) else type(value).__name__)


def _check_numbers(value: Any, fail: Callable[..., NoReturn]) -> None:
    """Refuse anything but numbers and nested lists of them with equal lengths."""
    if isinstance(value, bool) or not isinstance(value, int | float | list):
        fail(f"a number is wanted; a {_kind(value)} came")
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
            fail(f"a number is wanted; entry {position} is a {_kind(item)}")
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
    return shape_text(shape) if len(shape) > 1 else f"{shape[0]} numbers" if shape else "one number"
