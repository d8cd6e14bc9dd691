"""CSV files that are read in many chunks: the same values, errors and line numbers."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import DataError, open_experiment, open_lesson
from engine import data as data_module
from engine.data import Column, read_csv

Columns = Mapping[str, Column] | None
Read = Callable[..., tuple[dict[str, Any], dict[str, tuple[str, ...]]]]

SMALL = 16
"""Bytes: a few rows to a chunk."""


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads ``data.csv`` with this content in small chunks."""
    monkeypatch.setattr(data_module, "CSV_CHUNK", SMALL)

    def reading(content: str | bytes, columns: Columns = None, **options: Any) -> Any:
        raw = content if isinstance(content, bytes) else content.encode()
        path = tmp_path / "data.csv"
        path.write_bytes(raw)
        return read_csv(path, columns, **options)

    return reading


def refusal(read: Read, content: str | bytes, columns: Columns = None) -> DataError:
    with pytest.raises(DataError) as caught:
        read(content, columns)
    return caught.value


def table(rows: int, width: int = 3) -> np.ndarray:
    """Numbers of many magnitudes, and of as many digits as they have."""
    rng = np.random.default_rng(rows)
    return rng.normal(size=(rows, width)) * 10.0 ** rng.integers(-30, 30, size=(rows, width))


def text_of(numbers: np.ndarray, end: str = "\n") -> str:
    header = ",".join("abcdef"[: numbers.shape[1]])
    return end.join([header, *(",".join(map(repr, row)) for row in numbers.tolist())]) + end


# --- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n"])
def test_chunks_give_the_same_bits(read: Read, end: str) -> None:
    numbers = table(100)
    columns = {"x": Column(("c", "a"), matrix=True), "y": Column(("b",)), "again": Column(("a",))}
    arrays, _ = read(text_of(numbers, end), columns)
    assert arrays["x"].tobytes() == numbers[:, [2, 0]].tobytes()
    assert arrays["y"].tobytes() == numbers[:, 1].tobytes()
    assert arrays["again"].tobytes() == numbers[:, 0].tobytes()


def test_labels_keep_their_numbers_across_chunks(read: Read) -> None:
    labels = [("rose", "aster", " iris ")[n % 3] for n in range(50)] + ["zinnia", "anemone"]
    rows = "".join(f"{n},{label}\n" for n, label in enumerate(labels))
    arrays, classes = read(f"n,kind\n{rows}", {"y": Column(("kind",), classes=True)})
    assert classes["y"] == ("anemone", "aster", "iris", "rose", "zinnia")
    assert [classes["y"][int(i)] for i in arrays["y"]] == [label.strip() for label in labels]


def test_a_chunk_can_be_shorter_than_a_line(read: Read) -> None:
    numbers = table(3, 6)
    arrays, _ = read("\ufeff" + text_of(numbers))
    assert [a.tolist() for a in arrays.values()] == numbers.T.tolist()


def test_quoted_cells_go_on_over_chunks(read: Read) -> None:
    cell = "a " * 10 + "\n" * 20 + "z"
    arrays, classes = read(
        f'n,"the\nkind"\n1,x\n2,"{cell}"\n3,"x"\n4,"{cell}"\n5,y\n',
        {"n": Column(("n",)), "y": Column(("the\nkind",), classes=True)},
    )
    assert arrays["n"].tolist() == [1, 2, 3, 4, 5]
    assert classes["y"] == (cell, "x", "y")
    assert arrays["y"].tolist() == [1, 0, 1, 0, 2]


CELLS = [
    "1", "-2.5e-3", " 7 ", "1_000", "nan", "-nan", "inf", "1e999", "Infinity", ".5", "5.", "１",
    "12345678901234567890123", "0.1000000000000000055511151231257827", "0x10", "1d5", "1 2", "é",
    "\t1", "\x0c1", "\x1c1", "\u20281", "\xa01", "\ufeff1", "1\0", "#1", "1#", "'1'", "", " ",
    '"1"', '"1\n"', '"',
]  # fmt: skip


@given(
    st.lists(
        st.lists(st.sampled_from(["1", "2"]) | st.sampled_from(CELLS), max_size=3), max_size=8
    ),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    st.integers(1, 3),
    st.sampled_from([1, 5, 40, 1 << 20]),
    st.booleans(),
)
@example([["1"], [], ["2"]], "\n", 1, 5, True)
def test_the_fast_way_reads_what_the_careful_way_reads(
    rows: list[list[str]], end: str, width: int, chunk: int, labels: bool
) -> None:
    """The same columns, or the same error in the same line, whatever the file holds."""
    header = list("abc"[:width])
    text = end.join(",".join(row) for row in [header, *rows])
    columns: Columns = None
    if labels:
        columns = {"y": Column(("a",), classes=True), "z": Column(("c",))}
        if width < 3:
            del columns["z"]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder, "data.csv")
        path.write_bytes(text.encode())
        patch.setattr(data_module, "CSV_CHUNK", chunk)
        fast = outcome(path, columns)
        patch.setattr(data_module, "CSV_CHUNK", 1 << 20)
        patch.setattr(data_module, "_regular_rows", lambda *_: 0)
        assert fast == outcome(path, columns)


def outcome(path: Path, columns: Columns) -> object:
    try:
        arrays, classes = read_csv(path, columns)
    except DataError as error:
        return str(error)
    return {name: (a.shape, a.tobytes()) for name, a in arrays.items()}, classes


# --- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [2, 3, 17, 60, 101])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("1,2", "this row has 2 cells, the header has 3"),
        ("1,2,3,4", "this row has 4 cells, the header has 3"),
        ("1,many,3", "column 'b': 'many' is not a number"),
        ("1,2,", "column 'c': an empty cell is not a number"),
        ("\udcff,2,3", "byte 0xff is not UTF-8 text"),
    ],
)
def test_a_mistake_is_found_in_its_line(
    read: Read, line: int, end: str, row: str, what: str
) -> None:
    lines = text_of(table(100)).splitlines()
    lines[line - 1] = row
    error = refusal(read, end.join(lines).encode(errors="surrogateescape"))
    assert error.what == what
    assert error.place is not None
    assert error.place.line == line
    assert error.hint


def test_lines_of_quoted_cells_and_blank_lines_count(read: Read) -> None:
    good = '1,"2\n"\n\n3,4\n' * 10
    error = refusal(read, f"\n\na,b\n{good}5,z\n")
    assert error.place is not None
    assert error.place.line == 3 + 4 * 10 + 1


def test_rows_that_only_balance_each_other_are_refused(read: Read) -> None:
    error = refusal(read, "a,b\n1,2,3\n4\n5,6\n")
    assert error.what == "this row has 3 cells, the header has 2"


def test_the_header_is_found_in_its_line(read: Read) -> None:
    error = refusal(read, "\n\n\na,b\n1,2\n", {"x": Column(("c",))})
    assert error.place is not None
    assert error.place.line == 4


# --- progress and memory -----------------------------------------------------------------------


def test_progress_goes_from_nothing_to_everything(read: Read) -> None:
    heard: list[float] = []
    read(text_of(table(100)), progress=heard.append)
    assert heard[0] == 0.0
    assert heard[-1] == 1.0
    assert heard == sorted(heard)
    assert len(heard) > 50


def test_progress_can_stop_the_reading(read: Read) -> None:
    def stop(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(text_of(table(100)), progress=stop)


@pytest.mark.parametrize("opening", [open_experiment, open_lesson])
def test_progress_is_heard_from_an_experiment(
    tmp_path: Path, opening: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_module, "CSV_CHUNK", SMALL)
    (tmp_path / "data.csv").write_text("x\n" + "1.5\n" * 100)
    path = tmp_path / "e.toml"
    path.write_text("formulas = 'loss = mean(x)'\n[data]\ncsv = 'data.csv'\n")
    heard: list[float] = []
    assert opening(path, progress=heard.append).samples == 100
    assert heard[-1] == 1.0
    assert len(heard) > 10


@pytest.mark.parametrize("quote", ["", '"'])
def test_memory_stays_near_that_of_the_columns(tmp_path: Path, quote: str) -> None:
    """Neither the text nor a second copy of the numbers is ever held whole."""
    path = tmp_path / "data.csv"
    rows = "".join(f"{n / 7!r},{n / 3!r},{quote}{'ab'[n % 2]}{quote}\n" for n in range(60_000))
    path.write_text(f"a,b,kind\n{rows}")
    columns = {"x": Column(("a", "b"), matrix=True), "y": Column(("kind",), classes=True)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_module, "CSV_CHUNK", 1 << 14)
        tracemalloc.start()
        try:
            arrays, _ = read_csv(path, columns)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert arrays["x"].shape == (60_000, 2)
    assert path.stat().st_size > 2_000_000
    assert peak < 1.5 * sum(values.nbytes for values in arrays.values())
