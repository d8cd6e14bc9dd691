"""The section [data]: columns to train on and to test on, from wherever they come.

May import: data, datasets, errors, reading.document.   Imported by: reading.opening.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.data import (
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
from engine.errors import DataError, did_you_mean, listed
from engine.experiment import Array
from engine.reading.document import Document, came, kind_of

MAX_NOISE = 1e6
DATA_SOURCES = ("csv", "npz", "dataset")
DATASET_OPTIONS = ("samples", "noise", "seed")
DATA_SETTINGS = (*DATA_SOURCES, *DATASET_OPTIONS, "columns", "standardize", "test_fraction")


@dataclass(frozen=True)
class DataSection:
    """Reads the data."""

    document: Document
    folder: Path
    progress: Progress | None = None
    open_file: Opener = opened

    def columns(
        self, seed: int
    ) -> tuple[
        dict[str, Array],
        dict[str, Array],
        dict[str, tuple[str, ...]],
        dict[str, tuple[Array, Array]],
    ]:
        """The columns to train on, those to test on, class labels and statistics."""
        table = self.document.table("data")
        source = self._data_source(table)
        classes: dict[str, tuple[str, ...]] = {}
        if source == "csv":
            spec = self._columns(table.get("columns"))
            path = self.folder / table[source]
            with self._placed_at(source):
                columns, classes = read_csv(path, spec, self.progress, self.open_file)
        elif source == "npz":
            names = self._npz_columns(table.get("columns"))
            with self._placed_at(source):
                columns = read_npz(self.folder / table[source], names, self.open_file)
        elif source == "dataset":
            columns, classes = self._dataset(table, seed)
        else:
            settings = ("standardize", "test_fraction")
            columns = {k: self._column(k, v) for k, v in table.items() if k not in settings}
        columns = self._named(columns, table, source)
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            (first, n), *rest = lengths.items()
            other, m = next((name, m) for name, m in rest if m != n)
            self.document.fail(
                f"'{first}' has {n} samples and '{other}' has {m}",
                "data",
                other,
                hint="every column has one entry for each sample",
                kind=DataError,
            )
        if 0 in lengths.values():
            self.document.fail(
                "there are no samples", "data", hint="add at least one", kind=DataError
            )
        columns, test_columns = self._split(columns, table.get("test_fraction"), seed)
        statistics = self._standardize(columns, test_columns, table.get("standardize"))
        for values in (*columns.values(), *test_columns.values()):
            values.flags.writeable = False
        return columns, test_columns, classes, statistics

    def _named(
        self, columns: Mapping[str, Array], table: Mapping[str, Any], source: str | None
    ) -> dict[str, Array]:
        """The columns by names that a formula can say."""
        path, way_out = ("data",), ""
        if "columns" in table:
            path = ("data", "columns")
        elif source is not None:  # the names are the file's
            path, way_out = (
                ("data", source),
                'name what the header has: columns = { x = "petal length" }',
            )
        return {self.document.name(n, *path, hint=way_out): v for n, v in columns.items()}

    def _data_source(self, table: Mapping[str, Any]) -> str | None:
        """The key that names where the data comes from, or None where it stands in the file.

        A list is an inline column, whatever its name is.
        """
        named = [k for k in DATA_SOURCES if k in table and not isinstance(table[k], list)]
        for key in named:
            if not isinstance(table[key], str):
                self.document.fail(
                    f"data.{key} wants a text; a {kind_of(table[key])} came",
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
                    self.document.fail(f"data.{key} needs a dataset", "data", key, hint=hint)
            return None
        source, *others = named
        others += [k for k, v in table.items() if k not in DATA_SETTINGS and _is_column(v)]
        if others:
            self.document.fail(
                f"two sources of data: {source} and {others[0]}",
                "data",
                others[0],
                hint="keep exactly one",
            )
        known = [source, "columns", "standardize", "test_fraction"]
        if source == "dataset":
            if "columns" in table:
                self.document.fail(
                    "a dataset has its own columns, x and y",
                    "data",
                    "columns",
                    hint="leave columns out; it is for csv and npz",
                )
            known = [source, *DATASET_OPTIONS, *known[2:]]
        for key in DATASET_OPTIONS:
            if key in table and key not in known:
                self.document.fail(
                    f"data.{key} is for a dataset, and not for {source}", "data", key
                )
        self.document.known(table, known, "data")
        return source

    def _dataset(
        self, table: Mapping[str, Any], seed: int
    ) -> tuple[dict[str, Array], dict[str, tuple[str, ...]]]:
        name = table["dataset"]
        if name not in DATASETS:
            hint = did_you_mean(name, DATASETS, f"there are: {listed(DATASETS)}")
            self.document.fail(
                f"unknown dataset '{name}'", "data", "dataset", hint=hint, kind=DataError
            )
        if DATASETS[name].generate is None:
            for key in DATASET_OPTIONS:
                if key in table:
                    why = f"{name} is measured, not generated: it has no {key}"
                    self.document.fail(why, "data", key, hint=f"leave {key} out")
        samples, noise, seed = table.get("samples"), table.get("noise"), table.get("seed", seed)
        if samples is not None and (type(samples) is not int or not 1 <= samples <= MAX_SAMPLES):
            self.document.fail(
                f"data.samples wants a whole number from 1 to {MAX_SAMPLES}; {came(samples)} came",
                "data",
                "samples",
            )
        if noise is not None and (type(noise) not in (int, float) or not 0 <= noise <= MAX_NOISE):
            self.document.fail(
                f"data.noise wants a number from 0 to {MAX_NOISE:g}; {came(noise)} came",
                "data",
                "noise",
                hint="0 is no noise",
            )
        if type(seed) is not int or seed < 0:
            self.document.fail(
                f"data.seed wants a whole number of at least 0; {came(seed)} came", "data", "seed"
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
            self.document.fail(
                f"test_fraction wants a number above 0 and below 1; {came(fraction)} came",
                *path,
                hint="leave it out to train on every sample",
            )
        samples = sample_count(columns)
        if samples == 0:
            self.document.fail("test_fraction needs data", *path)
        training, test = split(samples, fraction, seed)
        if not len(training) or not len(test):
            self.document.fail(
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
            self.document.fail(
                f"data.{key} wants a list with one entry for each sample; a {kind_of(value)} came",
                "data",
                key,
                hint=hint,
                kind=DataError,
            )
        return np.array(self.document.array(value, "data", key))

    def _columns(self, spec: Any) -> dict[str, Column] | None:
        if spec is None:
            return None
        wanted = (
            'columns wants  { x = ["size", "rooms"], y = "price" },  '
            'or { classes = "species" } for text labels'
        )
        if not isinstance(spec, dict) or not spec:
            self.document.fail(wanted, "data", "columns")
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
                    self.document.fail(wanted, "data", "columns")
        return columns

    def _npz_columns(self, spec: Any) -> dict[str, str] | None:
        if spec is None:
            return None
        fits = isinstance(spec, dict) and spec and all(isinstance(s, str) for s in spec.values())
        if not fits:
            self.document.fail('columns of an npz wants  { x = "array name" }', "data", "columns")
        return dict(spec)

    @contextmanager
    def _placed_at(self, key: str) -> Iterator[None]:
        """An error of a data file as a whole stands where the experiment names that file."""
        try:
            yield
        except DataError as error:
            if error.place is None:
                self.document.fail(error.what, "data", key, hint=error.hint, kind=DataError)
            raise

    def _standardize(
        self, columns: dict[str, Array], test_columns: dict[str, Array], names: Any
    ) -> dict[str, tuple[Array, Array]]:
        """Standardize both parts of the named columns by the statistics of the training part."""
        if names is None:
            return {}
        path = ("data", "standardize")
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            self.document.fail('standardize wants a list of data names, like ["x"]', *path)
        statistics: dict[str, tuple[Array, Array]] = {}
        for name in names:
            if name not in columns:
                hint = did_you_mean(name, columns, f"the data names are: {listed(columns)}")
                self.document.fail(f"no data '{name}' to standardize", *path, hint=hint)
            if name in statistics:
                self.document.fail(
                    f"'{name}' stands twice in standardize", *path, hint="name it once"
                )
            mean, deviation = statistics[name] = moments(columns[name])
            for part in (columns, test_columns):
                if name in part:
                    part[name] = standardized(part[name], mean, deviation)
        return statistics


def sample_count(data: Mapping[str, Array]) -> int:
    return next((len(values) for values in data.values()), 0)


def _is_column(value: Any) -> bool:
    """Is this a list of numbers (or of lists), as an inline column is?"""
    return isinstance(value, list) and not any(isinstance(item, str) for item in value)
