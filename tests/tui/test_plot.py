"""What a reader of a plot relies on: sizes, ticks, the cursor, and an exact picture."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.drawing.glyphs import shown
from tui.drawing.plots import Glyphs, draw_plot, format_value, sparkline
from tui.drawing.raster import BRAILLE, Canvas
from tui.models.plots import PlotView, Series
from tui.models.text import Row

SIZES = [(64, 11), (40, 8), (30, 5), (100, 20)]
NUMBER = re.compile(r"−?\d+(?:\.\d+)?(?:e-?\d+|[kMGT])?")


def plot(
    *ys: list[float],
    xs: list[float] | None = None,
    cursor: float | None = None,
    log: bool = False,
    names: str = "abcd",
) -> PlotView:
    series = [
        Series(names[i], tuple(xs or map(float, range(len(line)))), tuple(line), f"style-{i}")
        for i, line in enumerate(ys)
    ]
    return PlotView("title", tuple(series), cursor, log=log)


def texts(rows: list[Row]) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


def styled(rows: list[Row], style: str) -> list[tuple[int, int, str]]:
    """(column, row, character) of every cell with a style, empty ones left out."""
    found: list[tuple[int, int, str]] = []
    for y, row in enumerate(rows):
        x = 0
        for text, of_text in row:
            if of_text == style:
                found += [(x + i, y, sign) for i, sign in enumerate(text) if sign != " "]
            x += len(text)
    return found


def number(label: str) -> float:
    for suffix, power in (("k", "e3"), ("M", "e6"), ("G", "e9"), ("T", "e12")):
        label = label.replace(suffix, power)
    return float(label.replace("−", "-"))


def y_labels(rows: list[Row]) -> list[float]:
    """From the top down."""
    marked = [text for text in texts(rows) if "┤" in text]
    return [number(text.partition("┤")[0].strip()) for text in marked]


def x_labels(rows: list[Row]) -> list[float]:
    return [number(label) for label in texts(rows)[-1].split()]


@st.composite
def views(draw: st.DrawFn) -> PlotView:
    lines: list[Series] = []
    for i in range(draw(st.integers(0, 5))):
        ys = draw(st.lists(st.floats(), max_size=40))
        if draw(st.booleans()):
            xs = [float(x) for x in range(len(ys))]
        else:
            xs = draw(st.lists(st.floats(), min_size=len(ys), max_size=len(ys)))
        lines.append(
            Series(draw(st.sampled_from(("loss", "a", "∂L", "損失"))), tuple(xs), tuple(ys), f"{i}")
        )
    cursor = draw(st.none() | st.floats())
    return PlotView("title", tuple(lines), cursor, log=draw(st.booleans()))


@given(views(), st.integers(0, 90), st.integers(0, 24), st.sampled_from(get_args(Glyphs)))
def test_any_view_fills_any_size_exactly(
    view: PlotView, width: int, height: int, glyphs: Glyphs
) -> None:
    rows = draw_plot(view, width, height, glyphs=glyphs)
    assert [sum(cell_len(text) for text, _ in row) for row in rows] == [width] * height
    assert all(text for row in rows for text, _ in row)


@given(st.lists(st.floats(), max_size=50), st.booleans())
def test_the_ascii_glyphs_are_ascii(ys: list[float], log: bool) -> None:
    rows = draw_plot(plot(ys, ys[::-1], cursor=1.0, log=log), 50, 10, glyphs="ascii")
    assert shown("".join(texts(rows)), "ascii").isascii()


def test_a_view_without_any_size_is_no_error() -> None:
    view = plot([1.0, 2.0])
    assert draw_plot(view, 0, 0) == []
    assert draw_plot(view, 0, 2) == [(), ()]
    assert draw_plot(view, 9, -1) == []


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, min_size=1, max_size=30), st.booleans(), st.sampled_from(SIZES))
def test_y_labels_fall_from_top_to_bottom(
    ys: list[float], log: bool, size: tuple[int, int]
) -> None:
    rows = draw_plot(plot(ys, cursor=0.0, log=log), *size)
    labels = y_labels(rows)
    assert all(above > below for above, below in pairwise(labels))


@given(st.lists(FINITE, min_size=1, max_size=30), st.sampled_from([(64, 11), (40, 8), (100, 20)]))
def test_x_labels_rise_and_stand_apart(xs: list[float], size: tuple[int, int]) -> None:
    rows = draw_plot(plot([1.0] * len(xs), xs=xs, cursor=xs[0]), *size)
    labels = texts(rows)[-1].split()
    assert labels
    assert all(NUMBER.fullmatch(label) for label in labels)
    assert all(a < b for a, b in pairwise(x_labels(rows)))


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.sampled_from(SIZES))
def test_iterations_have_whole_ticks(first: int, count: int, size: tuple[int, int]) -> None:
    xs = [float(first), float(first + count)]
    row = texts(draw_plot(plot([0.0, 1.0], xs=xs, cursor=xs[0]), *size))[-1]
    labels = [number(label) for label in re.findall(NUMBER, row)]
    assert all(label == round(label) and xs[0] <= label <= xs[1] for label in labels)


@pytest.mark.parametrize("size", SIZES)
def test_y_labels_leave_a_row_between_them(size: tuple[int, int]) -> None:
    rows = texts(draw_plot(plot([8 * 0.99**i for i in range(500)], cursor=3.0), *size))
    at = [y for y, row in enumerate(rows) if "┤" in row]
    assert len(at) >= 2
    assert all(b - a >= 2 for a, b in pairwise(at))


def test_the_gutter_is_as_wide_as_its_labels() -> None:
    assert texts(draw_plot(plot([0.0, 10.0]), 40, 9))[0].startswith("10 ┤")
    assert texts(draw_plot(plot([0.0, 1.0]), 40, 9))[0].startswith("1.0 ┤")


def test_labels_are_exact_decimals() -> None:
    assert y_labels(draw_plot(plot([0.0, 0.3]), 40, 12)) == [0.3, 0.2, 0.1, 0.0]


def test_large_iterations_are_labelled_in_thousands_and_millions() -> None:
    row = texts(draw_plot(plot([1.0, 0.0], xs=[0.0, 2e6], cursor=0.0), 64, 11))[-1]
    assert row.split() == ["0", "500k", "1M", "1.5M", "2M"]


def test_a_far_stretch_of_fractions_never_breaks_the_frame() -> None:
    xs = [-1.000000000001e-300, -1.000000000004e-300]
    for width in range(20, 50):
        rows = texts(draw_plot(plot([0.0, 1.0], xs=xs, cursor=xs[1]), width, 9))
        assert {len(row) for row in rows} == {width}


def test_a_log_axis_is_labelled_in_decades() -> None:
    rows = draw_plot(plot([10.0**-i for i in range(5)], cursor=0.0, log=True), 64, 16)
    assert y_labels(rows) == [1.0, 0.1, 0.01, 0.001, 0.0001]


def test_a_log_axis_leaves_a_gap_at_zero() -> None:
    whole = draw_plot(plot([1.0, 10.0, 100.0], log=True), 60, 12)
    gap = draw_plot(plot([1.0, 10.0, 0.0, 10.0, 100.0], log=True), 60, 12)
    columns = {x for x, _, _ in styled(gap, "style-0")}
    assert len(columns) < len({x for x, _, _ in styled(whole, "style-0")}) * 0.6
    assert y_labels(gap) == y_labels(whole)


def test_a_log_axis_with_one_value_still_leaves_out_zero() -> None:
    rows = draw_plot(plot([5.0, 0.0, 0.0, 0.0], log=True), 60, 12)
    assert len(styled(rows, "style-0")) == 1


def test_negative_values_turn_a_log_axis_linear_and_the_header_says_so() -> None:
    rows = draw_plot(plot([-3.0, 0.0, 3.0], cursor=0.0, log=True), 64, 11)
    assert "not log: values below 0" in texts(rows)[0]
    assert y_labels(rows) == y_labels(draw_plot(plot([-3.0, 0.0, 3.0], cursor=0.0), 64, 11))


def test_the_value_at_the_cursor_is_printed_in_the_top_right() -> None:
    rows = texts(draw_plot(plot([0.5, 0.0676, 0.01], cursor=1.0), 64, 11))
    assert rows[0].endswith("● a 0.0676")
    assert "iteration 1" in rows[0]


def test_between_two_points_the_earlier_value_is_printed_and_marked() -> None:
    rows = draw_plot(plot([0.0, 4.0], xs=[0.0, 100.0], cursor=50.0), 64, 11)
    assert texts(rows)[0].endswith("● a 0")
    marker = next((x, y) for x, y, sign in styled(rows[1:], "style-0") if sign == "●")
    foot = next(x for x, _, sign in styled(rows, "cursor") if sign == "┴")
    assert marker[0] < foot


def test_the_cursor_is_one_column_down_to_the_axis() -> None:
    rows = draw_plot(plot([float(i) for i in range(100)], cursor=30.0), 64, 11)
    cells = styled(rows, "cursor") + [c for c in styled(rows[1:], "style-0") if c[2] == "●"]
    assert len({x for x, _, _ in cells}) == 1
    assert len(cells) == 9


def test_the_marker_sits_where_the_cursor_crosses_the_line() -> None:
    rows = draw_plot(plot([float(i) for i in range(1000)], cursor=500.0), 64, 11)
    (column,) = {x for x, _, _ in styled(rows, "cursor")}
    assert [x for x, _, sign in styled(rows[1:], "style-0") if sign == "●"] == [column]


def test_a_value_that_is_not_finite_is_printed_but_not_marked() -> None:
    rows = draw_plot(plot([1.0, math.nan, 2.0], cursor=1.0), 64, 11)
    assert texts(rows)[0].endswith("● a nan")
    assert "●" not in "".join(texts(rows[1:]))


def test_before_the_first_point_there_is_no_value_yet() -> None:
    rows = texts(draw_plot(plot([1.0, 2.0], xs=[5.0, 6.0], cursor=2.0), 64, 11))
    assert rows[0].endswith("● a ·")


def test_a_cursor_beyond_the_points_is_in_sight() -> None:
    rows = draw_plot(plot([1.0, 2.0], cursor=9.0), 64, 11)
    assert max(x for x, _, _ in styled(rows, "cursor")) == 63


def test_a_value_shows_the_digits_in_which_it_changes() -> None:
    rows = texts(draw_plot(plot([1e6 + i / 1000 for i in range(100)], cursor=41.0), 64, 11))
    assert rows[0].endswith("● a 1000000.041")


def test_several_lines_have_a_legend_and_markers_of_their_own() -> None:
    rows = texts(draw_plot(plot([1.0, 2.0], [2.0, 5.0]), 64, 11))
    assert rows[0].endswith("● a   ◆ b")
    assert "●" in "".join(rows[1:])
    assert "◆" in "".join(rows[1:])


def test_one_line_without_a_cursor_needs_no_legend() -> None:
    assert "●" not in "".join(texts(draw_plot(plot([1.0, 2.0]), 64, 11)))


def test_a_legend_gives_up_digits_then_values_then_names_then_lines() -> None:
    view = plot([1.234], [2.5], [3.75], cursor=0.0)
    assert texts(draw_plot(view, 46, 8))[0].endswith("● a 1.234   ◆ b 2.5   ■ c 3.75")
    assert texts(draw_plot(view, 36, 8))[0].endswith("● a 1.23  ◆ b 2.5  ■ c 3.75")
    assert texts(draw_plot(view, 26, 8))[0].endswith("● a   ◆ b   ■ c")
    assert texts(draw_plot(view, 14, 8))[0].endswith("● 1.234 …")


@given(st.lists(st.sampled_from((0.0, 1.0, -0.123456, 0.5, -99.99)), min_size=3, max_size=3))
def test_a_legend_says_the_same_of_its_lines_whatever_their_values(ys: list[float]) -> None:
    for width in (26, 40):
        legend = texts(draw_plot(plot(*([y] for y in ys), cursor=0.0), width, 8))[0]
        assert all(name in legend for name in "abc")
        assert any(sign.isdigit() for sign in legend) == (width == 40)


def test_a_constant_line_is_straight_and_labelled_with_its_value() -> None:
    rows = draw_plot(plot([0.0676] * 40), 64, 11)
    assert y_labels(rows) == [0.0676]
    cells = styled(rows, "style-0")
    assert len({sign for _, _, sign in cells}) == 1
    assert len({y for _, y, _ in cells}) == 1


def test_rounding_errors_are_not_blown_up_to_a_plot() -> None:
    rows = draw_plot(plot([0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2]), 64, 11)
    assert len({y for _, y, _ in styled(rows, "style-0")}) == 1


def test_a_single_point_is_visible() -> None:
    assert len(styled(draw_plot(plot([0.5]), 64, 11), "style-0")) == 1


def test_few_points_are_marked_on_their_line() -> None:
    row = "".join(texts(draw_plot(plot([2.0, 1.0, 0.7, 0.5, 0.4]), 64, 11)))
    assert row.count("•") == 5


def test_many_points_are_not_marked() -> None:
    assert "•" not in "".join(texts(draw_plot(plot([math.sin(i) for i in range(50)]), 64, 11)))


def test_a_point_between_two_gaps_is_marked() -> None:
    ys = [float(i) for i in range(40)]
    ys[19] = ys[21] = math.nan
    assert "".join(texts(draw_plot(plot(ys), 64, 11))).count("•") == 1


@pytest.mark.parametrize("gap", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_a_gap(gap: float) -> None:
    ys = [1.0] * 30 + [gap] * 40 + [1.0] * 30
    columns = sorted({x for x, _, _ in styled(draw_plot(plot(ys), 60, 10), "style-0")})
    assert max(b - a for a, b in pairwise(columns)) > 15


@pytest.mark.parametrize(
    ("ys", "words"), [([], "no points yet"), ([math.nan, math.inf], "no finite value")]
)
def test_a_plot_of_nothing_says_what_is_missing(ys: list[float], words: str) -> None:
    assert words in "\n".join(texts(draw_plot(plot(ys, cursor=0.0), 64, 11)))


@pytest.mark.parametrize("log", [False, True])
def test_the_widest_ranges_of_floats_are_drawn(log: bool) -> None:
    rows = draw_plot(plot([5e-324, 1e-300, 1.0, 1e300, 1.7e308], log=log), 64, 11)
    assert len(y_labels(rows)) >= 2
    assert len({x for x, _, _ in styled(rows, "style-0")}) > 50


@given(
    st.lists(st.floats(-50, 50), min_size=300, max_size=900),
    st.integers(10, 60),
    st.integers(1, 8),
)
def test_thinning_out_keeps_the_extremes_of_every_dot_column(
    ys: list[float], width: int, height: int
) -> None:
    canvas = Canvas(width, height)
    x = np.linspace(0, canvas.dots_across - 1, len(ys))
    y = (np.array(ys) + 50) / 100 * (canvas.dots_down - 1)
    canvas.polyline(x, y, "line")
    dots = drawn_dots(canvas)
    for column, row in zip(np.floor(x + 0.5), np.floor(y + 0.5), strict=True):
        assert dots[int(row), int(column)]
    for column in range(canvas.dots_across):
        (lit,) = np.nonzero(dots[:, column])
        assert len(lit) == lit[-1] - lit[0] + 1


def drawn_dots(canvas: Canvas) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    dots = np.zeros((canvas.dots_down, canvas.dots_across), np.bool_)
    for row, text in enumerate(texts(canvas.rows())):
        for column, sign in enumerate(text):
            mask = BRAILLE.characters.index(sign)
            cell = (BRAILLE.weights & mask) > 0
            dots[row * 4 : row * 4 + 4, column * 2 : column * 2 + 2] = cell
    return dots


@given(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 31)), min_size=1, max_size=12))
def test_a_line_touches_its_points_and_has_no_holes(points: list[tuple[int, int]]) -> None:
    canvas = Canvas(20, 8)
    canvas.polyline(
        np.array([x for x, _ in points], float), np.array([y for _, y in points], float), "line"
    )
    dots = drawn_dots(canvas)
    assert all(dots[y, x] for x, y in points)
    todo, seen = [points[0]], {points[0]}
    while todo:
        x, y = todo.pop()
        for near in ((x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
            inside = 0 <= near[0] < 40 and 0 <= near[1] < 32
            if inside and near not in seen and dots[near[1], near[0]]:
                seen.add(near)
                todo.append(near)
    assert len(seen) == dots.sum()


def test_a_later_line_takes_over_the_cells_it_shares() -> None:
    canvas = Canvas(1, 1)
    canvas.polyline(np.array([0.0, 1.0]), np.array([0.0, 0.0]), "first")
    canvas.polyline(np.array([0.0, 1.0]), np.array([3.0, 3.0]), "second")
    assert canvas.rows() == [(("⣀", "second"),)]


def test_the_steps_of_shrinking_end_in_a_sparkline() -> None:
    view = plot([8 * 0.9**i for i in range(60)], cursor=5.0)
    assert texts(draw_plot(view, 30, 5))[0].endswith("a 4.724")
    assert "┤" in "".join(texts(draw_plot(view, 24, 3)))
    assert "│" not in texts(draw_plot(view, 8, 3))[0].rstrip()[:1]
    assert texts(draw_plot(view, 30, 1))[0].endswith(" 4.724")
    assert set(texts(draw_plot(view, 8, 1))[0]) <= set("▁▂▃▄▅▆▇█")


@given(st.lists(st.floats(), max_size=60), st.integers(0, 40))
def test_sparklines_are_exactly_as_wide_as_asked(ys: list[float], width: int) -> None:
    assert len(sparkline(ys, width)) == width
    assert sparkline(ys, width, glyphs="ascii").isascii()


def test_a_sparkline_rises_with_its_values() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6], 7) == "▁▂▃▄▅▆▇"
    assert sparkline([1.0, math.nan, 3.0], 5) == "▁ ▇  "
    assert sparkline([2.0, 2.0], 2) == "▄▄"
    assert sparkline([0.0, 0.0, 9.0, 9.0], 2) == "▁▇"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0676, "0.0676"), (1e-5, "1e-5"), (123456.0, "1.235e5"), (-2.0, "−2"), (math.inf, "inf")],
)
def test_values_are_printed_shortly(value: float, text: str) -> None:
    assert format_value(value) == text
