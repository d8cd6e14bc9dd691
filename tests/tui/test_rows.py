"""Rows of cells: exact widths, and wrapping that loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tui.screens import text_of
from tui.drawing.rows import blank, filled, fitted, width_of, wrapped
from tui.models.text import Row

# Narrow and wide characters, the operators that lines break before, and blanks.
TEXTS = st.text(st.sampled_from("abcxyz012()·+=−∂/ \u6743\u91cd"), max_size=24)
ROWS = st.lists(st.tuples(TEXTS, st.sampled_from(("text", "dim", "bad"))), max_size=6).map(tuple)


def letters(rows: list[Row]) -> str:
    """What is written, blanks left out."""
    return "".join("".join(text_of(rows)).split())


@given(ROWS, st.integers(0, 60))
def test_a_fitted_row_has_exactly_its_width(row: Row, width: int) -> None:
    assert width_of(fitted(row, width)) == width


@given(ROWS)
def test_a_row_that_fits_is_left_as_it_is(row: Row) -> None:
    width = width_of(row)
    assert text_of([fitted(row, width)]) == text_of([row])


@given(ROWS, st.integers(1, 30))
@example(row=(("ab", "text"), ("c", "text")), width=2)
def test_a_row_that_is_cut_says_so(row: Row, width: int) -> None:
    (text,) = text_of([fitted(row, width)])
    assert ("…" in text) == (width_of(row) > width)


@given(st.lists(ROWS, max_size=8), st.integers(0, 30), st.integers(0, 8))
def test_a_filled_area_has_exactly_its_size(rows: list[Row], width: int, height: int) -> None:
    area = filled(rows, width, height)
    assert [width_of(row) for row in area] == [width] * height


def test_an_empty_row_is_blank() -> None:
    assert text_of([blank(3)]) == ["   "]


@given(ROWS, st.integers(1, 60), st.integers(0, 6))
@example(row=(("00\u6743\u6743\u6743", "text"),), width=7, indent=2)
def test_wrapping_loses_nothing(row: Row, width: int, indent: int) -> None:
    assert letters(wrapped(row, width, indent)) == letters([row])


@given(ROWS, st.integers(7, 60), st.integers(0, 2))
def test_wrapped_rows_are_never_too_wide(row: Row, width: int, indent: int) -> None:
    assert max(width_of(part) for part in wrapped(row, width, indent)) <= width


@given(ROWS, st.integers(7, 60))
def test_wrapping_keeps_every_style(row: Row, width: int) -> None:
    def styled(rows: list[Row]) -> list[tuple[str, str]]:
        return [(c, style) for part in rows for text, style in part for c in text if c.strip()]

    assert styled(wrapped(row, width)) == styled([row])


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("∂loss/∂g · ∂g/∂h · ∂h/∂w1", 20, ["∂loss/∂g · ∂g/∂h", "  · ∂h/∂w1"]),
        ("w1 = w1 − 0.05", 40, ["w1 = w1 − 0.05"]),
        ("aaaaaaaaaaaa", 8, ["aaaaaaaa", "  aaaa"]),
    ],
)
def test_lines_break_before_an_operator(text: str, width: int, lines: list[str]) -> None:
    assert text_of(wrapped(((text, "text"),), width)) == lines


def test_a_note_stays_in_one_piece() -> None:
    row = (("= 1.0625 · 1.5 · (−1)", "text"), ("   sample 1 of 4", "dim"))
    assert text_of(wrapped(row, 30)) == ["= 1.0625 · 1.5 · (−1)", "  sample 1 of 4"]
