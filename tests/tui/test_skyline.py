"""Bars that fill their cells from below: exact sizes, no peak lost, nan and inf seen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.drawing.skyline import BROKEN, GAP, Heights, skyline

FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(FLOATS, max_size=60), st.integers(0, 40), st.integers(1, 6))
def test_it_has_exactly_its_size(values: list[float], width: int, height: int) -> None:
    rows = skyline(tuple(values), width, height)
    assert [cell_len(row) for row in rows] == [width] * height


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.integers(1, 40))
def test_the_greatest_value_reaches_the_top(values: list[float], width: int) -> None:
    highest = values.index(max(values))
    column = highest * width // len(values)
    if max(values) > min(values) and width < GAP * len(values):
        assert skyline(tuple(values), width, 3)[0][column] == "█"


def test_a_series_that_does_not_change_stands_in_the_middle() -> None:
    assert skyline((3.0, 3.0, 3.0), 3, 1) == ("▅▅▅",)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_marked_unless_a_number_stands_beside_it(bad: float) -> None:
    assert skyline((1.0, 2.0, bad, bad), 4) == (f"▁█{BROKEN}{BROKEN}",)
    assert skyline((1.0, 2.0, bad, bad), 4, 2) == (" █  ", f"▁█{BROKEN}{BROKEN}")
    assert skyline((1.0, bad, bad, 4.0), 2) == ("▁█",)


def test_a_peak_of_one_iteration_is_kept() -> None:
    values = [1.0] * 1000
    values[567] = 100.0
    assert skyline(tuple(values), 10) == ("▁▁▁▁▁█▁▁▁▁",)


def test_few_values_are_wide_bars_that_stand_apart() -> None:
    assert skyline((1.0, 2.0), 6) == ("▁▁ ██ ",)
    assert skyline((1.0, 2.0), 5) == ("▁▁███",)


def test_a_fall_over_decades_is_a_slope() -> None:
    assert skyline(tuple(10.0**-i for i in range(8)), 8) == ("█▇▆▅▄▃▂▁",)


def test_rows_add_up_to_finer_heights() -> None:
    assert skyline((-1.0, 0.0, 1.0), 3, 2) == (" ▁█", "▁██")


def test_one_series_that_explodes_does_not_flatten_the_others() -> None:
    calm, wild = (1.0, 2.0, 4.0), (1.0, 1e300, math.inf)
    heights = Heights.of(calm, wild)
    assert (heights.low, heights.high, heights.log) == (1.0, 4.0, True)
    assert skyline(calm, 3, 1, heights) == ("▁▅█",)
    assert skyline(wild, 3, 1, heights) == (f"▁█{BROKEN}",)


def test_heights_of_nothing_are_those_of_zero() -> None:
    assert Heights.of([], [math.nan]) == Heights(0.0, 0.0, False)
    assert np.isnan(Heights.of([])(np.array([math.nan]))).all()
