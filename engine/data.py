"""Samples from CSV and .npz files, their split for testing, and which batch takes which.

Every column is an array whose first axis counts samples. Batches are a pure function of
(seed, epoch), so nothing random has to be remembered to replay them.
May import: errors.   Imported by: datasets, experiment, run.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import math
import os
import re
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, BinaryIO, NoReturn

import numpy as np

from engine.errors import DataError, Place, did_you_mean, listed

Array = np.ndarray[Any, np.dtype[Any]]
Progress = Callable[[float], None]
"""Hears how much of the work is done, from 0.0 to 1.0."""

CSV_CHUNK = 1 << 20
"""How many bytes of a CSV file are read at a time."""

SHUFFLE_STREAM = 1
"""Keeps the permutations' random stream apart from every other use of the seed."""
SPLIT_STREAM = 2
"""The same for the split into training and test samples."""
DATASET_STREAM = 3
"""The same for the built-in datasets."""


@dataclass(frozen=True)
class Column:
    """What one data name is made of: CSV columns, or one column of class labels."""

    sources: tuple[str, ...]
    matrix: bool = False
    classes: bool = False


def opened(path: Path, kind: str) -> BinaryIO:
    """A data file on disk; `kind` names it in errors. Raises `DataError`."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise DataError(
            f"there is no file {path}", hint="its path is relative to the experiment file"
        ) from None
    except IsADirectoryError:
        raise DataError(f"{path} is a directory", hint=f"name {kind} inside it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"cannot read {path}: {reason}") from None


Opener = Callable[[Path, str], BinaryIO]
"""Opens the data file that an experiment names: `opened`, or one that knows files by heart."""


def read_csv(
    path: Path,
    columns: Mapping[str, Column] | None,
    progress: Progress | None = None,
    open_file: Opener = opened,
) -> tuple[dict[str, Array], dict[str, tuple[str, ...]]]:
    """The named columns of a CSV file with a header row, and the labels of class columns.

    Without `columns` every column of the file becomes a data name. The file is read once, chunk by
    chunk, and only the columns asked for are kept; `progress` hears the fraction of the file that
    is done, from 0.0 to 1.0. Raises `DataError` with file, line and column.
    """
    name = str(path)
    with open_file(path, "a CSV file") as file:
        text = _CsvText(file, name, progress)
        rows = text.rows(text.first_line())
        line, header = next(rows, (1, []))
        if not header:
            raise DataError(
                f"{name} is empty", hint="a CSV file starts with a header row of column names"
            )
        table = _CsvTable(columns, [cell.strip() for cell in header], Place(name, line))
        table.add_rows(rows, text)  # none, unless a quoted header cell ends in the next chunk
        while chunk := text.chunk():
            if not table.add_chunk(chunk, text):
                table.add_rows(text.rows(chunk), text)
    arrays, classes = table.arrays()
    if any(len(a) == 0 for a in arrays.values()):
        raise DataError(f"{name} has a header and no rows", hint="add at least one sample")
    return arrays, classes


class _CsvText:
    """A CSV file's text, a chunk of whole lines in memory at a time, and its line numbers."""

    def __init__(self, file: BinaryIO, name: str, progress: Progress | None) -> None:
        self.file = file
        self.name = name
        self.progress = progress
        self.size = _size(file)
        self.done = 0
        """How many bytes have been read from the file."""
        self.rest = b""
        """What has been read and not been handed out: the start of a line, mostly."""
        self.line = 0
        """How many lines have been handed out."""

    @property
    def share(self) -> float:
        """How much of the file has been handed out, from 0 to 1; 0 where its size is unknown."""
        return min(1.0, (self.done - len(self.rest)) / self.size) if self.size else 0.0

    def chunk(self) -> bytes:
        """The next whole lines; nothing at the end of the file."""
        if self.progress and self.size:
            self.progress(self.share)
        while block := self._read():
            if self.done == 0:
                # Spreadsheet programs start UTF-8 files with a byte order mark.
                self.rest = block.removeprefix(codecs.BOM_UTF8)
            else:
                self.rest += block
            self.done += len(block)
            # A line ends with \n, \r\n or \r; a last \r may be half of an \r\n.
            last = len(self.rest) - 1
            end = max(self.rest.rfind(b"\n"), self.rest.rfind(b"\r", 0, last)) + 1
            if end:
                chunk, self.rest = self.rest[:end], self.rest[end:]
                return chunk
        chunk, self.rest = self.rest, b""
        return chunk

    def _read(self) -> bytes:
        try:
            return self.file.read(CSV_CHUNK)
        except OSError as error:
            raise DataError(f"cannot read {self.name}: {error.strerror or error}") from None

    def first_line(self) -> bytes:
        """The first line that is not blank; the rest of its chunk comes again."""
        while chunk := self.chunk():
            lines = _lines(self._decoded(chunk))
            for blank, line in enumerate(lines):
                if line.strip():
                    self.line += blank
                    self.rest = "".join(lines[blank + 1 :]).encode() + self.rest
                    return line.encode()
            self.line += len(lines)
        return b""

    def rows(self, chunk: bytes) -> Iterator[tuple[int, list[str]]]:
        """(last line, cells) of the rows of a chunk and, where a quoted cell goes on, of more."""
        import csv

        before = self.line
        lines = self._taken(chunk)
        with contextlib.suppress(csv.Error):
            # All at once where every row is one line; strict, so that no open quote is closed.
            rows = list(csv.reader(lines, strict=True))
            if len(rows) == len(lines):
                yield from enumerate(rows, before + 1)
                return
        reader = csv.reader(self._and_on(lines))
        while reader.line_num < self.line - before:
            first = before + reader.line_num + 1
            try:
                row = next(reader)
            except csv.Error as error:
                place = Place(self.name, first)
                raise DataError(f"not a CSV file: {error}", place=place) from None
            yield before + reader.line_num, row

    def _taken(self, chunk: bytes) -> list[str]:
        lines = _lines(self._decoded(chunk))
        self.line += len(lines)
        return lines

    def _and_on(self, lines: list[str]) -> Iterator[str]:
        while lines:
            yield from lines
            lines = self._taken(self.chunk())

    def _decoded(self, chunk: bytes) -> str:
        try:
            return chunk.decode()
        except UnicodeDecodeError as error:
            before = chunk[: error.start].decode() + "the bad byte"
            raise DataError(
                f"byte 0x{chunk[error.start]:02x} is not UTF-8 text",
                place=Place(self.name, self.line + len(_lines(before))),
                hint="save the file as UTF-8",
            ) from None


def _size(file: BinaryIO) -> int:
    """How many bytes a file has; 0 where that is unknown, as of a pipe."""
    try:
        return os.fstat(file.fileno()).st_size
    except io.UnsupportedOperation:  # a file in memory
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        return size


def _lines(text: str) -> list[str]:
    """The lines as a file has them: str.splitlines would split at form feeds too."""
    return io.StringIO(text, newline="").readlines()


class _CsvTable:
    """The columns that are kept of a CSV file, as they grow."""

    def __init__(
        self, columns: Mapping[str, Column] | None, header: list[str], place: Place
    ) -> None:
        if columns is None:
            columns = {cell: Column((cell,)) for cell in header}
            _check_separator(header, place)
        self.name = place.file
        self.width = len(header)
        self.columns = columns
        self.positions = {
            source: _position(source, header, place)
            for column in columns.values()
            for source in column.sources
        }
        self.numbers = {
            n: _Numbers(len(column.sources)) for n, column in columns.items() if not column.classes
        }
        self.labels = {n: _Labels() for n, column in columns.items() if column.classes}

    def add_chunk(self, chunk: bytes, text: _CsvText) -> bool:
        """Add all rows of a chunk at once; False, and nothing added, where it needs more care.

        NumPy's parser reads what Python's float reads, but for a few rare spellings, to the same
        bits. It refuses the whole chunk otherwise, and reading row by row finds the place.
        """
        rows = _regular_rows(chunk, self.width)
        if rows == 0:
            return False
        used = [self.positions[s] for n in self.numbers for s in self.columns[n].sources]
        block = np.empty((rows, 0))
        try:
            lines = _lines(chunk.decode())
            if used:
                block = np.loadtxt(lines, delimiter=",", comments=None, usecols=used, ndmin=2)
        except ValueError:  # UnicodeDecodeError is one too
            return False
        if len(block) != rows:
            return False
        first = 0
        for numbers in self.numbers.values():
            numbers.extend(block[:, first : first + numbers.width], text.share)
            first += numbers.width
        for data_name, labels in self.labels.items():
            position = self.positions[self.columns[data_name].sources[0]]
            labels.extend(line.split(",")[position].strip() for line in lines)
        text.line += rows
        return True

    def add_rows(self, rows: Iterable[tuple[int, list[str]]], text: _CsvText) -> None:
        """Add rows, each with the line in which it ends; empty lines are no rows."""
        kept = [(line, row) for line, row in rows if row]
        cells = [row for _, row in kept]
        if any(len(row) != self.width for row in cells):
            self._refuse(kept)
        for data_name, numbers in self.numbers.items():
            block = np.empty((len(cells), numbers.width))
            try:
                for column, source in enumerate(self.columns[data_name].sources):
                    column_cells = map(itemgetter(self.positions[source]), cells)
                    block[:, column] = np.fromiter(map(float, column_cells), float, len(cells))
            except ValueError:
                self._refuse(kept)
            numbers.extend(block, text.share)
        for data_name, labels in self.labels.items():
            position = self.positions[self.columns[data_name].sources[0]]
            labels.extend(row[position].strip() for row in cells)

    def _refuse(self, rows: list[tuple[int, list[str]]]) -> NoReturn:
        """Raise the error of the first row that is not as it should be."""
        for line, row in rows:
            place = Place(self.name, line)
            if len(row) != self.width:
                raise DataError(
                    f"this row has {len(row)} cells, the header has {self.width}",
                    place=place,
                    hint="give every row one cell for each column",
                )
            for data_name in self.numbers:
                for source in self.columns[data_name].sources:
                    _check_number(row[self.positions[source]], source, place)
        raise AssertionError("all rows are as they should be")

    def arrays(self) -> tuple[dict[str, Array], dict[str, tuple[str, ...]]]:
        """The columns, and the labels of class columns."""
        arrays: dict[str, Array] = {}
        classes: dict[str, tuple[str, ...]] = {}
        for data_name, column in self.columns.items():
            if column.classes:
                arrays[data_name], classes[data_name] = self.labels[data_name].indices()
                continue
            values = self.numbers[data_name].array()
            arrays[data_name] = values if column.matrix else values.reshape(-1)
        return arrays, classes


class _Numbers:
    """Numbers of one data name as they grow, a row for each sample, without a second copy."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.values = np.empty((0, width))
        self.rows = 0
        """How many rows of `values` are filled."""

    def extend(self, block: Array, share: float) -> None:
        """Add rows; room is made for as many as there will be, if this share of them is here."""
        after = self.rows + len(block)
        if after > len(self.values):
            room = max(int(after * _ROOM / (share or 1.0)), self.rows * 9 // 8)
            if self.rows == 0:
                self.values = np.empty((room, self.width))
            else:
                self.values.resize((room, self.width), refcheck=False)
        self.values[self.rows : after] = block
        self.rows = after

    def array(self) -> Array:
        self.values.resize((self.rows, self.width), refcheck=False)
        return self.values


_ROOM = 1.02
"""Later rows may be a little shorter than earlier ones."""


class _Labels:
    """A column of text labels, kept as numbers."""

    def __init__(self) -> None:
        self.number: dict[str, int] = {}
        """The labels in the order in which they first came."""
        self.numbers = array("i")

    def extend(self, texts: Iterable[str]) -> None:
        number = self.number
        self.numbers.extend(number.setdefault(text, len(number)) for text in texts)

    def indices(self) -> tuple[Array, tuple[str, ...]]:
        """Each label's index among the sorted labels, and the sorted labels."""
        labels = tuple(sorted(self.number))
        index = np.empty(len(labels))
        index[[self.number[label] for label in labels]] = np.arange(len(labels))
        return index[np.frombuffer(self.numbers, dtype=np.intc)], labels


_SPECIAL = (b'"', b"\0", b"\x1c", b"\x1d", b"\x1e", b"\x1f")
"""Quotes, and letters that Python's float and NumPy's parser do not take alike."""
_BLANK_LINE = re.compile(rb"(?:\A|\n)[^\S\n]*\n")


def _regular_rows(chunk: bytes, width: int) -> int:
    """How many rows a chunk has if each is one line of `width` unquoted cells, else 0."""
    if any(letter in chunk for letter in _SPECIAL):
        return 0
    if chunk.count(b"\r") != chunk.count(b"\r\n"):
        return 0
    if not chunk.endswith(b"\n"):
        chunk += b"\n"
    if width == 1 and _BLANK_LINE.search(chunk):
        return 0  # in wider tables a blank line lacks commas
    letters = np.frombuffer(chunk, dtype=np.uint8)
    ends = letters[(letters == ord(",")) | (letters == ord("\n"))]
    if len(ends) % width:
        return 0
    ends = ends.reshape(-1, width)
    regular = (ends[:, :-1] == ord(",")).all() and (ends[:, -1] == ord("\n")).all()
    return len(ends) if regular else 0


def _check_separator(header: list[str], place: Place) -> None:
    """Refuse a table whose cells are separated by something else than commas."""
    if len(header) == 1 and any(c in header[0] for c in ";\t|"):
        raise DataError(
            f"the header has no comma: '{header[0]}'",
            place=place,
            hint="cells must be separated by commas",
        )


def _position(source: str, header: list[str], place: Place) -> int:
    if source not in header:
        hint = did_you_mean(source, header, f"the columns are: {listed(header)}")
        _check_separator(header, place)
        raise DataError(f"no column '{source}'", place=place, hint=hint)
    if header.count(source) > 1:
        raise DataError(
            f"{header.count(source)} columns are called '{source}'",
            place=place,
            hint="give each column a name of its own",
        )
    return header.index(source)


def _check_number(cell: str, source: str, place: Place) -> None:
    try:
        float(cell)
    except ValueError:
        came = f"'{cell.strip()}'" if cell.strip() else "an empty cell"
        raise DataError(
            f"column '{source}': {came} is not a number",
            place=place,
            hint="write a number, or nan where it is missing; "
            f'for text labels ask for {{ classes = "{source}" }}',
        ) from None


def read_npz(
    path: Path, columns: Mapping[str, str] | None, open_file: Opener = opened
) -> dict[str, Array]:
    """The named arrays of an ``.npz`` file, as float64. Pickled objects are refused, never run.

    Without `columns` every array of the file becomes a data name; with them no other is read.
    Raises `DataError`.
    """
    import zipfile

    try:
        with open_file(path, "an .npz file") as file, zipfile.ZipFile(file) as archive:
            names = [n.removesuffix(".npy") for n in archive.namelist() if n.endswith(".npy")]
            if not names:
                raise _not_npz(path, "there are no named arrays in it")
            if columns is None:
                columns = {name: name for name in names}
            arrays: dict[str, Array] = {}
            for name, source in columns.items():
                if source not in names:
                    hint = did_you_mean(source, names, f"it holds: {listed(names)}")
                    raise DataError(f"{path} holds no array '{source}'", hint=hint)
                with archive.open(f"{source}.npy") as member:
                    arrays[name] = _array_of_numbers(member, f"{path}: '{source}'")
            return arrays
    except (
        OSError,
        ValueError,
        EOFError,
        MemoryError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:  # RuntimeError where it is encrypted or packed in an unknown way
        raise _not_npz(path, str(error)) from None


def _array_of_numbers(member: IO[bytes], name: str) -> Array:
    try:
        values = np.lib.format.read_array(member, allow_pickle=False)
    except ValueError:
        came = "Python objects, or is damaged"
    else:
        if values.dtype.kind in "fiub" and values.ndim > 0:
            return values.astype(np.float64)
        came = f"{values.dtype}" if values.ndim else "one value"
    raise DataError(
        f"{name} holds {came}, not an array of numbers",
        hint="the first axis counts samples; columns = { … } reads only the arrays it names",
    )


def _not_npz(path: Path, why: str) -> DataError:
    return DataError(
        f"{path} is not a readable .npz file: {why}",
        hint="write it with numpy.savez(path, x=…, y=…)",
    )


def moments(column: Array) -> tuple[Array, Array]:
    """The means and the standard deviations that standardize a column.

    The deviation is the population's (divisor N); a constant column keeps deviation 1.
    """
    with np.errstate(all="ignore"):  # numbers that are not finite give nan, and no warning
        mean, deviation = column.mean(axis=0), column.std(axis=0)
    return mean, np.where(deviation == 0.0, 1.0, deviation)


def standardized(column: Array, mean: Array, deviation: Array) -> Array:
    """A column with its mean at zero and its deviation as the unit."""
    with np.errstate(all="ignore"):
        result = column - mean
        result /= deviation
    return result


def split(samples: int, fraction: float, seed: int) -> tuple[Array, Array]:
    """The rows to train on and the rows to test on, each in their order in the data.

    The nearest whole number to `fraction` of all samples is drawn for the test without
    replacement: a pure function of the three arguments.
    """
    order = np.random.default_rng([seed, SPLIT_STREAM]).permutation(samples)
    tests = round(samples * fraction)
    return np.sort(order[tests:]), np.sort(order[:tests])


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
