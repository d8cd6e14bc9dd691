"""Numbers on the screen: they fit, show their sign, and mean what they say."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import GradstepError
from tui.digits import DIGITS, FEWEST, MOST, shown_with
from tui.drawing.glyphs import shown
from tui.drawing.plots import format_value
from tui.drawing.plots.ticks import labels_of
from tui.drawing.rows import at_right
from tui.numbers import (
    NOT_COMPUTED,
    column,
    decimals_of,
    fixed,
    is_loud,
    number,
    percent,
    shape,
    tabular,
    vector,
)
from tui.settings import parse_settings

FINITE = st.floats(allow_nan=False, allow_infinity=False)
WITHIN_REACH = FINITE.filter(lambda value: value == 0 or 1e-99 < abs(value) < 1e99)
ORDINARY = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-3)


def read(text: str) -> float:
    """The number that a reader sees."""
    return float(text.replace("−", "-"))


@given(FINITE, st.integers(1, 9), st.booleans())
def test_a_number_is_never_longer_than_its_digits_and_seven(
    value: float, digits: int, signed: bool
) -> None:
    assert len(number(value, digits, signed=signed)) <= digits + 7


@given(st.floats(-1e300, 1e300), st.integers(1, 9))
def test_a_number_reads_back_to_its_digits(value: float, digits: int) -> None:
    assert math.isclose(read(number(value, digits)), value, rel_tol=0.51 * 10.0 ** (1 - digits))


@given(FINITE)
def test_the_sign_is_always_written_where_it_is_asked_for(value: float) -> None:
    for text in (number(value, signed=True), fixed(value, 8)):
        assert text[0] == ("+" if value > 0 else "−" if value < 0 else "0")


@given(FINITE)
def test_a_minus_is_the_sign_of_mathematics_and_not_a_hyphen(value: float) -> None:
    for text in (number(value), fixed(value, 8)):
        assert "-" not in text.partition("e")[0]


@given(FINITE, st.integers(7, 16), st.booleans())
def test_a_fixed_number_fits_its_width(value: float, width: int, signed: bool) -> None:
    assert len(fixed(value, width, signed=signed)) <= width


@given(WITHIN_REACH, st.integers(7, 16))
def test_a_fixed_number_reads_back_as_well_as_its_width_allows(value: float, width: int) -> None:
    shown = read(fixed(value, width))
    # A sign, a digit and e-30 leave no room for a second digit in seven cells.
    assert math.isclose(shown, value, rel_tol=0.06 if width > 7 else 0.51)
    assert (shown > 0) == (value > 0)


@given(ORDINARY, st.integers(8, 12))
def test_a_fixed_number_of_ordinary_size_has_three_digits_at_least(
    value: float, width: int
) -> None:
    shown = read(fixed(value, width))
    assert math.isclose(shown, value, rel_tol=0.06, abs_tol=0.00006 if abs(value) < 0.1 else 0)
    assert math.isclose(shown, value, rel_tol=0.006, abs_tol=0.00006)


@pytest.mark.parametrize("width", [7, 8, 9])
@pytest.mark.parametrize("value", [9.99999, 99.99999, 999.9999, 9999.999])
def test_a_number_that_rounds_up_to_a_power_of_ten_stays_in_plain_notation(
    value: float, width: int
) -> None:
    assert "e" not in fixed(value, width)


@pytest.mark.parametrize(
    ("value", "text", "signed"),
    [
        (math.nan, "nan", "nan"),
        (math.inf, "inf", "+inf"),
        (-math.inf, "−inf", "−inf"),
    ],
)
def test_what_is_no_finite_number_is_named(value: float, text: str, signed: str) -> None:
    assert number(value) == text
    assert number(value, signed=True) == signed
    assert fixed(value, 8) == signed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-0.5, "−0.5"),
        (4.078125, "4.0781"),
        (0.0001, "0.0001"),
        (0.00001, "1e-5"),
        (123456.0, "123456"),
        (1234567.0, "1234567"),
        (12345678.0, "1.2346e7"),
        (5e-324, "4.9407e-324"),
        (1.7976931348623157e308, "1.7977e308"),
    ],
)
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "+1.0000"),
        (-7.3125, "−7.3125"),
        (0.015625, "+0.0156"),
        (31080.0, "+31080.0"),
        (0.0, "0"),
        (1e-9, "+1.00e-9"),
    ],
)
def test_fixed_numbers_keep_their_zeros_so_that_columns_hold_still(value: float, text: str) -> None:
    assert fixed(value, 8) == text


@given(st.lists(FINITE, max_size=12), st.integers(1, 8))
def test_a_vector_shows_its_first_numbers_and_says_when_there_are_more(
    values: list[float], limit: int
) -> None:
    text = vector(np.array(values), limit)
    shown = text.strip("[]").split()
    assert ("…" in text) == (len(values) > limit)
    assert len([word for word in shown if word != "…"]) == min(len(values), limit)


def test_a_shape_is_written_with_times_signs() -> None:
    assert shape(np.zeros((2, 8))) == "2×8"


@given(st.floats(0, 1))
def test_only_the_ends_of_the_run_are_0_and_100_percent(fraction: float) -> None:
    text = percent(fraction)
    assert (text == "0%") == (fraction == 0)
    assert (text == "100%") == (fraction == 1)
    assert math.isclose(float(text.rstrip("%")), 100 * fraction, abs_tol=0.11)


# --- as many digits as the reader wants ---------------------------------------------------------


@given(FINITE, st.integers(FEWEST, MOST), st.booleans())
def test_the_setting_says_how_many_digits_a_number_has(
    value: float, wanted: int, signed: bool
) -> None:
    with shown_with(wanted):
        assert number(value, signed=signed) == number(value, wanted, signed=signed)
        assert number(value, 3) == number(value, 3)
    assert number(value) == number(value, DIGITS)


@given(WITHIN_REACH, st.integers(FEWEST, MOST), st.integers(8, 24))
def test_a_fixed_number_fits_with_any_setting(value: float, wanted: int, width: int) -> None:
    with shown_with(wanted):
        text = fixed(value, width)
        assert len(text) <= width
        assert math.isclose(read(text), value, rel_tol=0.51)


@given(ORDINARY.filter(lambda value: abs(value) < 1000), st.integers(DIGITS, 9))
def test_a_column_is_wide_enough_for_the_digits_of_the_setting(value: float, wanted: int) -> None:
    with shown_with(wanted):
        text = fixed(value, column())
        assert math.isclose(read(text), value, rel_tol=1e-6, abs_tol=0.51 * 10.0 ** (1 - wanted))


@given(st.lists(st.floats(1, 9.999), min_size=2, max_size=9), st.booleans())
def test_numbers_of_one_size_stand_with_their_points_below_each_other(
    sizes: list[float], negative: bool
) -> None:
    values = [-size if negative else size for size in sizes]
    texts = [fixed(value, column()).rjust(column()) for value in values]
    assert len({text.index(".") for text in texts}) == 1


@pytest.mark.parametrize("text", ["nan", "inf", "−inf", "+inf", "[1  nan  2]", "‖inf‖", "= nan"])
def test_what_is_no_number_is_loud(text: str) -> None:
    assert is_loud(text)
    assert at_right(text, "dim", 9)[1] == (text, "bad")


@pytest.mark.parametrize("text", ["0", NOT_COMPUTED, "+1.5", "info", "nan_rows", "—", ""])
def test_numbers_names_and_what_is_not_computed_are_not(text: str) -> None:
    assert not is_loud(text)
    assert at_right(text, "dim", 9) == ((" " * (9 - len(text)), "text"), (text, "dim"))


# --- powers of ten -------------------------------------------------------------------------------

SI = {"": 0, **dict(zip("yzafpnµmkMGTPEZY", [*range(-24, 0, 3), *range(3, 25, 3)], strict=True))}


def meant(text: str) -> float:
    """What a number with a prefix of SI, or a power of ten, says."""
    text = text.strip().replace("−", "-")
    prefix = text[-1] if text[-1] in SI else ""
    return float(f"{text.removesuffix(prefix)}{f'e{SI[prefix]}' if prefix else ''}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.2345e-5, "12.345µ"),
        (-1.2e-9, "−1.2n"),
        (123456789.0, "123.46M"),
        (9.999999e-7, "1µ"),
        (5e7, "50M"),
        (0.001, "0.001"),
        (1e-27, "1e-27"),
        (1.5e30, "1.5e30"),
    ],
)
def test_with_prefixes_of_si(value: float, text: str) -> None:
    with shown_with(DIGITS, "si"):
        assert number(value) == text
    assert "µ" not in number(value)


@given(WITHIN_REACH, st.integers(FEWEST, 9), st.integers(8, 16))
def test_a_prefix_says_what_a_power_of_ten_says(value: float, digits: int, width: int) -> None:
    with shown_with(digits, "si"):
        spelled = [number(value), fixed(value, width)]
        table = tabular(value, decimals_of(abs(value), width), width)
    usual = number(value, digits)
    assert meant(spelled[0]) == pytest.approx(meant(usual), rel=1e-12)
    assert len(spelled[0]) <= digits + 7
    assert len(spelled[1]) <= width and len(table) == width
    assert meant(spelled[1]) == pytest.approx(value, rel=0.5)  # one digit at least


def test_plots_and_the_settings_have_the_prefixes_too() -> None:
    values = [Decimal("1e-5"), Decimal("2e-5"), Decimal("-1.5e-4")]
    with shown_with(DIGITS, "si"):
        assert labels_of(values) == ["10µ", "20µ", "−150µ"]
        assert format_value(-1.25e-7) == "−125n"
    assert format_value(-1.25e-7) == "−1.25e-7"
    assert parse_settings('exponents = "si"').exponents == "si"
    with pytest.raises(GradstepError, match="exponents wants e or si; 'SI' came"):
        parse_settings('exponents = "SI"')
    assert shown("12µ", "ascii") == "12u"
