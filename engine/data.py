"""Where samples come from: inline columns, CSV and .npz files; and which batch takes which.

Every column is an array whose first axis counts samples. Batches are a pure function of
(seed, epoch), so nothing random has to be remembered to replay them.
May import: errors.   Imported by: experiment, run.
"""

from __future__ import annotations

import csv
import math
import zipfile
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import DataError, Place, did_you_mean, listed

Array = np.ndarray[Any, np.dtype[Any]]

SHUFFLE_STREAM = 1
"""Keeps the permutations' random stream apart from every other use of the seed."""


@dataclass(frozen=True)
class Column:
    """What one data name is made of: CSV columns, or one column of class labels."""

    sources: tuple[str, ...]
    matrix: bool = False
    classes: bool = False


def read_csv(
    path: Path, columns: Mapping[str, Column] | None
) -> tuple[dict[str, Array], dict[str, tuple[str, ...]]]:
    """The named columns of a CSV file with a header row, and the labels of class columns.

    Without `columns` every column of the file becomes a data name. The file is read once, row by
    row, and only the columns asked for are kept. Raises `DataError` with file, line and column.
    """
    name = str(path)
    with _opened(path) as file:
        reader = csv.reader(file)
        header = [cell.strip() for cell in _next_row(reader, name) or []]
        if not header:
            raise DataError(
                f"{name} is empty", hint="a CSV file starts with a header row of column names"
            )
        if columns is None:
            columns = {cell: Column((cell,)) for cell in header}
        wanted = dict.fromkeys(source for column in columns.values() for source in column.sources)
        positions = {source: _position(source, header, name) for source in wanted}
        text = {s for column in columns.values() if column.classes for s in column.sources}
        numbers: dict[str, array[float]] = {s: array("d") for s in wanted if s not in text}
        labels: dict[str, list[str]] = {s: [] for s in text}
        while (row := _next_row(reader, name)) is not None:
            if not row:
                continue
            if len(row) != len(header):
                raise DataError(
                    f"this row has {len(row)} cells, the header has {len(header)}",
                    place=Place(name, reader.line_num),
                    hint="give every row one cell for each column",
                )
            for source, values in numbers.items():
                values.append(_number(row[positions[source]], source, name, reader.line_num))
            for source, texts in labels.items():
                texts.append(row[positions[source]].strip())
    arrays: dict[str, Array] = {}
    classes: dict[str, tuple[str, ...]] = {}
    for data_name, column in columns.items():
        if column.classes:
            values = labels[column.sources[0]]
            classes[data_name] = tuple(sorted(set(values)))
            index = {label: float(i) for i, label in enumerate(classes[data_name])}
            arrays[data_name] = np.array([index[label] for label in values])
            continue
        parts = [np.frombuffer(numbers[s], dtype=np.float64) for s in column.sources]
        arrays[data_name] = np.stack(parts, axis=1) if column.matrix else parts[0]
    if any(len(a) == 0 for a in arrays.values()):
        raise DataError(f"{name} has a header and no rows", hint="add at least one sample")
    return arrays, classes


def _opened(path: Path) -> Any:
    if path.is_dir():
        raise DataError(f"{path} is a directory", hint="name a CSV file inside it")
    try:
        # utf-8-sig: spreadsheet programs start UTF-8 files with a byte order mark.
        return path.open(encoding="utf-8-sig", newline="")
    except FileNotFoundError:
        raise DataError(
            f"there is no file {path}", hint="a csv path is relative to the experiment file"
        ) from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None


def _next_row(reader: Iterator[list[str]], name: str) -> list[str] | None:
    line = getattr(reader, "line_num", 0) + 1
    try:
        return next(reader, None)
    except UnicodeDecodeError as error:
        raise DataError(
            f"byte 0x{error.object[error.start]:02x} is not UTF-8 text",
            place=Place(name, line),
            hint="save the file as UTF-8",
        ) from None
    except csv.Error as error:
        raise DataError(f"not a CSV file: {error}", place=Place(name, line)) from None


def _position(source: str, header: list[str], name: str) -> int:
    if source not in header:
        hint = did_you_mean(source, header, f"the columns are: {listed(header)}")
        if len(header) == 1 and any(c in header[0] for c in ";\t|"):
            hint = "the header has no comma: cells must be separated by commas"
        raise DataError(f"no column '{source}'", place=Place(name, 1), hint=hint)
    if header.count(source) > 1:
        raise DataError(
            f"{header.count(source)} columns are called '{source}'",
            place=Place(name, 1),
            hint="give each column a name of its own",
        )
    return header.index(source)


def _number(cell: str, source: str, name: str, line: int) -> float:
    try:
        return float(cell)
    except ValueError:
        came = f"'{cell.strip()}'" if cell.strip() else "an empty cell"
        raise DataError(
            f"column '{source}': {came} is not a number",
            place=Place(name, line),
            hint="write a number, or nan where it is missing; "
            f'for text labels ask for {{ classes = "{source}" }}',
        ) from None


def read_npz(path: Path) -> dict[str, Array]:
    """The arrays of an ``.npz`` file, as float64. Pickled objects are refused, never run."""
    if path.is_dir():
        raise DataError(f"{path} is a directory", hint="name an .npz file inside it")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise DataError(
            f"there is no file {path}", hint="an npz path is relative to the experiment file"
        ) from None
    except (OSError, ValueError, zipfile.BadZipFile, AttributeError) as error:
        raise DataError(
            f"{path} is not a readable .npz file: {error}",
            hint="write it with numpy.savez(path, x=…, y=…)",
        ) from None
    for name, values in arrays.items():
        if values.dtype.kind not in "fiub" or values.ndim == 0:
            raise DataError(
                f"{path}: '{name}' holds {values.dtype}, not an array of numbers",
                hint="the first axis counts samples",
            )
    return {name: values.astype(np.float64) for name, values in arrays.items()}


def standardized(column: Array) -> tuple[Array, Array, Array]:
    """(column with zero mean and unit variance, the means, the standard deviations).

    The deviation is the population's (divisor N); a constant column keeps deviation 1.
    """
    mean, deviation = column.mean(axis=0), column.std(axis=0)
    deviation = np.where(deviation == 0.0, 1.0, deviation)
    return (column - mean) / deviation, mean, deviation


@dataclass(frozen=True)
class Batches:
    """Which samples each iteration takes. Epochs and iterations count from 0 here."""

    samples: int
    """How many samples there are; 0 where the experiment has no data."""
    size: int
    shuffle: bool = False
    drop_last: bool = False
    seed: int = 0

    @property
    def per_epoch(self) -> int:
        """Iterations in one epoch; one, where there is no data."""
        if self.samples == 0:
            return 1
        whole = self.samples // self.size
        return whole if self.drop_last else math.ceil(self.samples / self.size)

    def sizes(self) -> tuple[int, ...]:
        """The batch sizes that occur: the full one, and the short last one if there is one."""
        if self.samples == 0:
            return (0,)
        rest = self.samples % self.size
        return (self.size,) if rest == 0 or self.drop_last else (self.size, rest)

    def order(self, epoch: int) -> Array:
        """The samples in the order in which epoch `epoch` takes them."""
        if not self.shuffle:
            return np.arange(self.samples)
        rng = np.random.default_rng([self.seed, SHUFFLE_STREAM, epoch])
        return rng.permutation(self.samples)

    def rows(self, epoch: int, iteration: int) -> slice:
        """Where in `order(epoch)` the batch of this iteration stands."""
        return slice(iteration * self.size, min((iteration + 1) * self.size, self.samples))
