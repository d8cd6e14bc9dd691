"""Data columns: CSV and .npz files as people really have them."""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import DataError, Experiment, ExperimentError, GradstepError, parse_experiment

Read = Callable[..., Experiment]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Opens an experiment on ``data.csv`` with this content and these lines under [data]."""

    def opened(content: str | bytes, *lines: str, formula: str = "loss = 1 * 2") -> Experiment:
        raw = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "data.csv").write_bytes(raw)
        section = "\n".join(("[data]", 'csv = "data.csv"', *lines))
        return parse_experiment(
            f"formulas = '{formula}'\n{section}\n", name="e.toml", folder=tmp_path
        )

    return opened


@pytest.fixture
def read_npz(tmp_path: Path) -> Callable[..., Experiment]:
    """Opens an experiment on ``data.npz``, which the test writes first."""

    def opened(*lines: str) -> Experiment:
        section = "\n".join(("[data]", 'npz = "data.npz"', *lines))
        return parse_experiment(
            f"formulas = 'loss = 1 * 2'\n{section}\n", name="e.toml", folder=tmp_path
        )

    return opened


def refusal(read: Read, *args: str | bytes) -> GradstepError:
    with pytest.raises(GradstepError) as caught:
        read(*args)
    return caught.value


# --- CSV --------------------------------------------------------------------------------------

HOUSES = "size,rooms,price,place\n50,2,100.5,b\n80,3,150,a\n120,5,1e3,b\n"


def test_without_columns_every_column_is_a_data_name(read: Read) -> None:
    experiment = read("x,y\n1,2\n3,4\n")
    assert {name: a.tolist() for name, a in experiment.data.items()} == {
        "x": [1.0, 3.0],
        "y": [2.0, 4.0],
    }


def test_a_name_is_one_dimensional_and_a_list_is_two_dimensional(read: Read) -> None:
    experiment = read(HOUSES, 'columns = { X = ["size", "rooms"], y = "price", z = ["price"] }')
    assert experiment.data["X"].tolist() == [[50, 2], [80, 3], [120, 5]]
    assert experiment.data["y"].tolist() == [100.5, 150, 1000]
    assert experiment.data["z"].shape == (3, 1)


def test_only_the_columns_asked_for_must_be_numbers(read: Read) -> None:
    assert read(HOUSES, 'columns = { x = "size" }').samples == 3


def test_class_labels_become_indices_in_sorted_order(read: Read) -> None:
    experiment = read(HOUSES, 'columns = { y = { classes = "place" } }')
    assert experiment.data["y"].tolist() == [1.0, 0.0, 1.0]
    assert experiment.classes["y"] == ("a", "b")


def test_a_column_of_numbers_can_also_be_one_of_classes(read: Read) -> None:
    experiment = read(HOUSES, 'columns = { x = "rooms", y = { classes = "rooms" } }')
    assert experiment.data["x"].tolist() == [2.0, 3.0, 5.0]
    assert experiment.data["y"].tolist() == [0.0, 1.0, 2.0]


def test_standardize_gives_zero_mean_and_unit_variance_and_keeps_the_statistics(read: Read) -> None:
    experiment = read(HOUSES, 'columns = { X = ["size", "price"] }', 'standardize = ["X"]')
    column = experiment.data["X"]
    np.testing.assert_allclose(column.mean(axis=0), 0.0, atol=1e-15)
    np.testing.assert_allclose(column.std(axis=0), 1.0, rtol=1e-15)
    mean, deviation = experiment.statistics["X"]
    np.testing.assert_allclose(column[1] * deviation + mean, [80.0, 150.0], rtol=1e-15)


def test_a_constant_column_standardizes_to_zeros(read: Read) -> None:
    experiment = read("x\n3\n3\n", 'standardize = ["x"]')
    assert experiment.data["x"].tolist() == [0.0, 0.0]


def test_a_column_standardized_twice_is_refused_or_keeps_its_first_statistics(read: Read) -> None:
    try:
        experiment = read("x\n3\n5\n", 'standardize = ["x", "x"]')
    except ExperimentError:
        return
    assert experiment.statistics["x"][0] == 4.0


@pytest.mark.parametrize("cell", ["inf", "nan", "1e308"])
def test_a_column_that_is_not_finite_standardizes_without_a_warning(read: Read, cell: str) -> None:
    read(f"x\n{cell}\n{cell}\n1\n", 'standardize = ["x"]')


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfx,y\n1,2\n3,4\n",
        b"x,y\r\n1,2\r\n3,4\r\n",
        b"x,y\r1,2\r3,4\r",
        b"x,y\n1,2\n3,4",
        b'"x", y \n"1",2\n3, 4 \n',
        b"x,y\n\n1,2\n\n3,4\n\n",
        b"\nx,y\n1,2\n3,4\n",
    ],
    ids=[
        "byte order mark",
        "CRLF",
        "CR",
        "no last newline",
        "quotes",
        "blank lines",
        "blank first",
    ],
)
def test_a_csv_file_of_any_program_reads_the_same(read: Read, content: bytes) -> None:
    experiment = read(content)
    assert experiment.data["x"].tolist() == [1.0, 3.0]
    assert experiment.data["y"].tolist() == [2.0, 4.0]


def test_every_float_reads_back_to_the_same_bits(read: Read) -> None:
    numbers = np.random.default_rng(0).normal(size=50) * 10.0 ** np.arange(-25, 25)
    experiment = read("x\n" + "\n".join(map(repr, numbers.tolist())))
    assert experiment.data["x"].tobytes() == numbers.tobytes()


ERRORS = {
    "a missing column": (
        (HOUSES, 'columns = { x = "siez" }'),
        "data.csv:1: no column 'siez'\ndid you mean 'size'?",
    ),
    "another separator": (
        ("x;y\n1;2\n", 'columns = { x = "x" }'),
        "data.csv:1: the header has no comma: 'x;y'\ncells must be separated by commas",
    ),
    "another separator, and all columns": (
        ("x\ty\n1\t2\n",),
        "data.csv:1: the header has no comma: 'x\\ty'\ncells must be separated by commas",
    ),
    "a ragged row": (
        ("x,y\n1,2\n3\n",),
        "data.csv:3: this row has 1 cells, the header has 2\n"
        "give every row one cell for each column",
    ),
    "a word among numbers": (
        (HOUSES, 'columns = { x = "place" }'),
        "data.csv:2: column 'place': 'b' is not a number\n"
        "write a number, or nan where it is missing; for text labels ask for "
        '{ classes = "place" }',
    ),
    "an empty cell": (
        ("x,y\n1,2\n,4\n",),
        "data.csv:3: column 'x': an empty cell is not a number\n"
        'write a number, or nan where it is missing; for text labels ask for { classes = "x" }',
    ),
    "a name twice": (
        ("x,x\n1,2\n",),
        "data.csv:1: 2 columns are called 'x'\ngive each column a name of its own",
    ),
    "a row after a cell of several lines": (
        ('x,y\n1,"2\n"\n3,z\n',),
        "data.csv:4: column 'y': 'z' is not a number\n"
        'write a number, or nan where it is missing; for text labels ask for { classes = "y" }',
    ),
}


@pytest.mark.parametrize(("args", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_a_csv_error_names_file_line_and_the_way_out(
    read: Read, args: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    error = refusal(read, *args)
    assert type(error) is DataError
    assert str(error) == f"{tmp_path}/{message}"


def test_a_bad_byte_is_reported_in_the_line_where_it_stands(read: Read, tmp_path: Path) -> None:
    error = refusal(read, b"x,y\n1,2\n3,\xff\n")
    assert str(error) == (
        f"{tmp_path}/data.csv:3: byte 0xff is not UTF-8 text\nsave the file as UTF-8"
    )


def test_a_bad_byte_far_down_is_reported_in_its_line(read: Read) -> None:
    error = refusal(read, b"x\n" + b"1.5\n" * 20_000 + b"\xff\n")
    assert error.place is not None
    assert error.place.line == 20_002


@pytest.mark.parametrize("content", ["", "x,y\n"])
def test_a_csv_file_without_samples_is_refused(read: Read, content: str) -> None:
    error = refusal(read, content)
    assert isinstance(error, DataError)
    assert "data.csv" in str(error)
    assert error.hint


def test_a_header_that_is_no_name_says_so_where_columns_are_not_given(read: Read) -> None:
    assert "'net price' is not a name" in refusal(read, "net price\n1\n").what


@pytest.mark.parametrize(
    "columns",
    [
        "{}", "3", "[]", '["x"]', "{ x = 3 }", "{ x = [] }", "{ x = [1] }", "{ x = true }",
        "{ x = { classes = 3 } }", '{ x = { classes = "x", more = 1 } }', "{ x = {} }",
    ],
)  # fmt: skip
def test_columns_of_another_form_are_refused(read: Read, columns: str) -> None:
    error = refusal(read, "x,y\n1,2\n", f"columns = {columns}")
    assert error.what.startswith("columns wants")
    assert error.place is not None
    assert error.place.line == 4


@pytest.mark.parametrize("name", ["", "nowhere.csv", "a\\u0000b", "n" * 300, "."])
@pytest.mark.parametrize("source", ["csv", "npz"])
def test_a_data_file_that_cannot_be_opened_is_an_error_and_no_crash(
    tmp_path: Path, source: str, name: str
) -> None:
    with pytest.raises(DataError):
        parse_experiment(f"formulas = 'a = 1'\n[data]\n{source} = \"{name}\"\n", folder=tmp_path)


@pytest.mark.parametrize(
    ("lines", "suggestion"),
    [
        (("csv = 5",), None),
        (("x = [1]", "standardise = ['x']"), "standardize"),
        (("x = [1]", 'cvs = "a.csv"'), "csv"),
    ],
)
def test_a_key_of_data_with_a_wrong_value_is_not_told_to_be_itself(
    lines: tuple[str, ...], suggestion: str | None
) -> None:
    with pytest.raises(GradstepError) as caught:
        parse_experiment("formulas = 'a = 1'\n[data]\n" + "\n".join(lines))
    hint = caught.value.hint
    assert "did you mean 'csv'?" not in hint or suggestion == "csv"


@given(st.binary(max_size=60) | st.text("x,y1.\n\r\"';\t #", max_size=40).map(str.encode))
def test_no_bytes_raise_anything_but_a_gradstep_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "data.csv").write_bytes(content)
        with contextlib.suppress(GradstepError):
            parse_experiment(
                "formulas = 'a = 1'\n[data]\ncsv = \"data.csv\"\n", folder=Path(folder)
            )


# --- .npz -------------------------------------------------------------------------------------


def test_arrays_come_by_name_as_float64(read_npz: Read, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", a=np.arange(6, dtype=np.int16).reshape(3, 2), b=[1, 0, 1])
    experiment = read_npz()
    assert experiment.data["a"].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert experiment.data["b"].dtype == np.float64


def test_arrays_can_be_renamed(read_npz: Read, tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"the images": np.ones((2, 3))}
    np.savez(tmp_path / "data.npz", **arrays)
    assert read_npz('columns = { x = "the images" }').data["x"].shape == (2, 3)


def test_an_array_that_is_not_there_is_suggested(read_npz: Read, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", images=np.ones((2, 3)))
    assert refusal(read_npz, 'columns = { x = "image" }').hint == "did you mean 'images'?"


@pytest.mark.parametrize(
    "array",
    [np.array(3.0), np.array(["a"]), np.array([1j]), np.empty((0, 3))],
    ids=["a scalar", "text", "complex", "empty"],
)
def test_an_array_that_is_no_table_of_numbers_is_refused(
    read_npz: Read, tmp_path: Path, array: np.ndarray
) -> None:
    np.savez(tmp_path / "data.npz", x=array)
    assert isinstance(refusal(read_npz), DataError)


def test_pickled_objects_are_refused_and_never_run(read_npz: Read, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.array([{}, []], dtype=object))
    assert isinstance(refusal(read_npz), DataError)


def test_arrays_that_no_column_names_are_not_read(read_npz: Read, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=[1.0], names=["a"], o=np.array([{}], dtype=object))
    assert list(read_npz('columns = { x = "x" }').data) == ["x"]
    assert "'names' holds <U1" in refusal(read_npz).what


def _an_empty_file(path: Path) -> None:
    path.write_bytes(b"")


def _a_text(path: Path) -> None:
    path.write_text("hello")


def _a_single_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.ones(3))


def _another_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hi")


def _a_damaged_one(path: Path) -> None:
    np.savez_compressed(path, x=np.arange(1000.0))
    raw = bytearray(path.read_bytes())
    raw[80:100] = b"\xff" * 20
    path.write_bytes(raw)


def _a_truncated_one(path: Path) -> None:
    np.savez(path, x=np.arange(1000.0))
    path.write_bytes(path.read_bytes()[:500])


@pytest.mark.parametrize(
    "write",
    [_an_empty_file, _a_text, _a_single_array, _another_zip, _a_damaged_one, _a_truncated_one],
)
def test_a_file_that_is_not_npz_is_refused(
    read_npz: Read, tmp_path: Path, write: Callable[[Path], None]
) -> None:
    write(tmp_path / "data.npz")
    error = refusal(read_npz)
    assert isinstance(error, DataError)
    assert error.hint


@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_a_file_that_is_not_there_is_told_where_the_experiment_names_it(kind: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_experiment(f'formulas = "a = 1"\n[data]\n{kind} = "no.{kind}"\n', name="e.toml")
    assert str(caught.value) == (
        f"e.toml:3:1: there is no file no.{kind}\n"
        f'    {kind} = "no.{kind}"\n'
        "    ^^^\n"
        "its path is relative to the experiment file"
    )


def test_a_header_that_no_formula_can_say_is_given_another_name(read: Read) -> None:
    error = refusal(read, "petal length,y\n1,2\n")
    assert error.place and error.place.line == 3
    assert error.hint == 'name what the header has: columns = { x = "petal length" }'
    assert read("petal length,y\n1,2\n", 'columns = { x = "petal length" }').data["x"] == [1.0]
