"""Fields of colour, bands and sheets of plots: any size, with colour or without, and exact."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.drawing.plots import (
    Glyphs,
    draw_plot,
    draw_plots,
    panned,
    places,
    spot_at,
    x_at,
    zoomed,
)
from tui.field_colours import shade_of
from tui.models.plots import (
    LEVELS,
    Colours,
    Dots,
    Field,
    Guide,
    PlotsView,
    PlotView,
    Readout,
    Series,
    Sign,
)
from tui.models.text import Row
from tui.theme import COLOURS, Palette

SHADE = re.compile(r"(map|on):(\w+):(\d+)")


def field(
    values: np.ndarray, colours: Colours = "ordered", *, log: bool = False, contours: bool = False
) -> Field:
    """Numbers, the first row lowest, over the unit square."""
    layers = values if values.ndim == 3 else values[None]
    flat = tuple(tuple(layer.ravel().tolist()) for layer in layers)
    x = (0.0, 1.0)
    return Field(x, x, layers.shape[2], flat, colours, log=log, contours=contours)


def slope(points: int = 9) -> np.ndarray:
    return np.linspace(0, 1, points)[None, :] + np.zeros((points, 1))


def texts(rows: list[Row]) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


def cells(rows: list[Row]) -> list[list[tuple[str, str]]]:
    return [[(sign, style) for text, style in row for sign in text] for row in rows]


NUMBERS = st.floats(width=32)
ENDS = st.tuples(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6)).map(lambda p: (p[0], p[0] + p[1]))


@st.composite
def fields(draw: st.DrawFn) -> Field:
    colours = draw(st.sampled_from(get_args(Colours)))
    columns, rows = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    layers = draw(st.integers(1, 8)) if colours == "classes" else 1
    numbers = st.lists(NUMBERS, min_size=columns * rows, max_size=columns * rows)
    return Field(
        draw(ENDS),
        draw(ENDS),
        columns,
        tuple(tuple(draw(numbers)) for _ in range(layers)),
        colours,
        log=draw(st.booleans()),
        smooth=draw(st.booleans()),
        contours=draw(st.booleans()),
    )


@st.composite
def views(draw: st.DrawFn, bands: bool = True) -> PlotView:
    shown = draw(st.none() | fields())
    points = st.lists(NUMBERS, min_size=3, max_size=3).map(tuple)
    dots = Dots("c", draw(points), draw(points), "series1", draw(st.sampled_from(get_args(Sign))))
    line = Series("a", draw(points), draw(points), "series2", marked=draw(st.booleans()))
    return PlotView(
        "title",
        (line,),
        draw(st.none() | NUMBERS),
        log=draw(st.booleans()),
        y_label=draw(st.sampled_from(("", "w2", "W[10, 20]", "損失"))),
        x=draw(st.none() | ENDS),
        y=draw(st.none() | ENDS),
        dots=(dots,),
        field=shown,
        guides=(Guide(0.5, "half"),),
        readings=(Readout("loss", "0.5"),),
        remarks=("others as here",),
        busy=draw(st.sampled_from(("", "…"))),
        bands=tuple(draw(st.lists(views(bands=False), max_size=3))) if bands else (),
        empty=draw(st.sampled_from(((), ("needs 2-D data", ":plot fit shows what there is")))),
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(views(), min_size=1, max_size=2),
    st.integers(0, 130),
    st.integers(0, 24),
    st.sampled_from(get_args(Glyphs)),
    st.booleans(),
    st.integers(0, 4),
)
def test_any_plots_fill_any_size_exactly(
    plots: list[PlotView], width: int, height: int, glyphs: Glyphs, coloured: bool, top: int
) -> None:
    sheet = PlotsView(tuple(plots))
    rows = draw_plots(sheet, width, height, glyphs=glyphs, coloured=coloured, top=top)
    assert [sum(cell_len(text) for text, _ in row) for row in rows] == [width] * height
    for column in range(0, width, 7):
        spot_at(sheet, width, height, column)


# --- shades ---------------------------------------------------------------------------------------


def test_what_is_larger_has_a_higher_shade() -> None:
    rows = cells(draw_plot(PlotView("", field=field(slope())), 40, 12))[2:-2]
    levels = [int(m[3]) for _, style in rows[3][6:] if (m := SHADE.search(style))]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) in ((0, LEVELS["ordered"] - 1), (1, LEVELS["ordered"] - 1))


def test_a_cell_is_two_tiles_one_above_the_other() -> None:
    rows = cells(draw_plot(PlotView("", field=field(slope(33).T)), 30, 12))[:-2]
    halves = {(a[1], a[3], b[3]) for a, b in _halves(rows)}
    assert {"map"} == {kind for kind, _, _ in halves}
    assert all(int(top) >= int(bottom) for _, top, bottom in halves)


def _halves(rows: list[list[tuple[str, str]]]) -> list[tuple[re.Match[str], re.Match[str]]]:
    found = [list(SHADE.finditer(style)) for row in rows for sign, style in row if sign == "▀"]
    return [(both[0], both[1]) for both in found]


def test_the_middle_of_a_diverging_scale_is_where_the_sign_changes() -> None:
    rows = cells(draw_plot(PlotView("", field=field(slope() - 0.25, "diverging")), 50, 12))
    row = [int(m[3]) for _, style in rows[5][5:] if (m := SHADE.search(style))]
    middle = LEVELS["diverging"] // 2
    turn = next(i for i, level in enumerate(row) if level > middle)
    assert abs(turn - len(row) / 4) < 2


def test_each_place_has_the_shade_of_the_class_with_the_greatest_number() -> None:
    layers = np.stack([slope(), 1 - slope(), np.full((9, 9), 0.6)])
    rows = cells(draw_plot(PlotView("", field=field(layers, "classes")), 66, 12))
    row = [int(m[3]) // LEVELS["classes"] for _, style in rows[5][5:] if (m := SHADE.search(style))]
    assert [k for k, after in pairwise([*row, -1]) if k != after] == [1, 2, 0]


def test_what_is_no_number_has_no_shade() -> None:
    values = slope()
    values[:, :4] = np.nan
    rows = cells(draw_plot(PlotView("", field=field(values)), 40, 12))
    row = rows[5][5:]
    assert not any(SHADE.search(style) for _, style in row[:10])
    assert all(SHADE.search(style) for _, style in row[-10:])


@pytest.mark.parametrize("glyphs", get_args(Glyphs))
def test_without_colour_marks_say_how_much_there_is(glyphs: Glyphs) -> None:
    rows = draw_plot(PlotView("", field=field(slope())), 40, 12, glyphs=glyphs, coloured=False)
    assert not any(SHADE.search(style) for row in rows for _, style in row)
    (row,) = {text[5:] for text in texts(rows)[2:8]}
    order = " ░▒▓" if glyphs == "braille" else " .:-=+*#"
    places_of = [order.index(sign) for sign in row]
    assert places_of == sorted(places_of)
    assert set(row) == set(order)


@pytest.mark.parametrize("glyphs", get_args(Glyphs))
def test_without_colour_classes_are_parted_by_lines_and_fills(glyphs: Glyphs) -> None:
    layers = np.stack([slope(), 1 - slope()])
    view = PlotView("", field=field(layers, "classes", contours=True))
    row = texts(draw_plot(view, 40, 12, glyphs=glyphs, coloured=False))[5][5:]
    fills = " ░" if glyphs == "braille" else " ."
    assert row[:5] == fills[1] * 5 and row[-5:] == fills[0] * 5
    assert row[len(row) // 2 - 1 : len(row) // 2 + 2].strip(fills)


def test_a_contour_is_drawn_on_the_shade_below_it() -> None:
    view = PlotView("", field=field(slope() - 0.5, "diverging", contours=True))
    rows = cells(draw_plot(view, 40, 12))
    lines = [style for row in rows[:-2] for sign, style in row if "\u2800" < sign <= "\u28ff"]
    assert len(lines) >= 10
    assert all(style.startswith("title on:diverging:") for style in lines)


def test_contours_are_left_out_where_they_would_touch() -> None:
    flat, steep = slope(65), np.kron(np.eye(2), np.ones((32, 32))) * 100
    count = {
        name: sum("\u2800" < sign <= "\u28ff" for text in texts(rows) for sign in text)
        for name, values in (("flat", flat), ("steep", steep))
        for rows in [draw_plot(PlotView("", field=field(values, contours=True)), 80, 20)]
    }
    assert count["flat"] > 5 * 15
    assert count["steep"] == 0


def test_lines_and_points_stand_on_the_shades() -> None:
    path = Series("", (0.1, 0.9), (0.5, 0.5), "title", marked=False)
    dot = Dots("", (0.9,), (0.5,), "cursor bold", "dot")
    rows = cells(draw_plot(PlotView("", (path,), field=field(slope()), dots=(dot,)), 40, 13))
    on = [
        (sign, style)
        for row in rows
        for sign, style in row
        if style.startswith(("title on", "cursor"))
    ]
    assert len(on) > 25
    assert [sign for sign, style in on if style.startswith("cursor")] == ["●"]


def test_a_logarithmic_field_spends_its_shades_on_ratios() -> None:
    values = 10.0 ** (4 * slope())
    row = {
        log: [
            int(m[3])
            for _, style in cells(draw_plot(PlotView("", field=field(values, log=log)), 60, 12))[5]
            if (m := SHADE.search(style))
        ]
        for log in (False, True)
    }
    assert row[False][len(row[False]) // 2] <= 1
    assert abs(row[True][len(row[True]) // 2] - LEVELS["ordered"] / 2) < 2


def test_the_key_says_what_the_shades_mean() -> None:
    view = PlotView("", field=field(2 + slope()), remarks=("others as here",))
    header = texts(draw_plot(view, 60, 12))[0]
    assert re.search(r"others as here  2 +3", header)
    marks = texts(draw_plot(view, 60, 12, coloured=False))[0]
    assert re.search(r"others as here  2   ░░▒▒▓▓ 3", marks)


@pytest.mark.parametrize("theme", [name for name in COLOURS if Palette(name).mixes])
@pytest.mark.parametrize("scale", [s for s in LEVELS if s != "classes"])
def test_shades_are_ordered_by_how_far_they_are_from_the_background(theme: str, scale: str) -> None:
    colours = COLOURS[theme]
    ground = luminance(colours["background"])
    found = [shade_of(f"on:{scale}:{level}", colours) or "" for level in range(LEVELS[scale])]
    away = [abs(luminance(colour) - ground) for colour in found]
    if scale == "diverging":
        middle = LEVELS[scale] // 2
        assert away[: middle + 1] == sorted(away[: middle + 1], reverse=True)
        away = away[middle:]
    assert away == sorted(away)


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2


def test_a_style_is_ink_and_ground() -> None:
    palette = Palette("gradstep-dark")
    style = palette.style("map:ordered:3 on:ordered:9")
    colours = COLOURS["gradstep-dark"]
    assert style.color is not None and style.color.name == shade_of("map:ordered:3", colours)
    assert style.bgcolor is not None and style.bgcolor.name == shade_of("on:ordered:9", colours)
    assert not Palette("ansi-dark").mixes
    for theme in COLOURS:
        palette = Palette(theme)
        assert palette.style("series1 faint") != palette.style("series1")


# --- bands ----------------------------------------------------------------------------------------


def banded(count: int) -> PlotView:
    bands = tuple(
        PlotView("", field=field(slope() * 10**k, "density"), cursor=0.5, y_label=f"h{k}", x=(0, 1))
        for k in range(count)
    )
    return PlotView("activations", bands=bands, cursor=0.5, whole=(0.0, 1.0))


def test_bands_share_their_columns_and_the_last_has_the_axis() -> None:
    rows = texts(draw_plot(banded(3), 60, 20))
    axes = [
        m.start() for row in rows if (m := re.match(r" *[-\d.e]* *[│┤╰]", row)) and row[m.end() :]
    ]
    ends = {m.end() for row in rows if (m := re.match(r" *[-\d.e]* *[│┤╰]", row))}
    assert len(axes) > 10 and len(ends) == 1
    assert [row[:2] for row in rows if row.startswith("h")] == ["h0", "h1", "h2"]
    assert sum("╰" in row for row in rows) == 1


def test_bands_that_do_not_fit_are_scrolled_to() -> None:
    rows = {top: texts(draw_plot(banded(6), 60, 14, top=top)) for top in (0, 2, 99)}
    names = {top: [row[:2] for row in found if row.startswith("h")] for top, found in rows.items()}
    assert names == {0: ["h0", "h1", "h2"], 2: ["h2", "h3", "h4"], 99: ["h3", "h4", "h5"]}


# --- windows and the pointer ----------------------------------------------------------------------


def line(**more: object) -> PlotView:
    xs = tuple(map(float, range(1, 101)))
    return PlotView("", (Series("a", xs, xs, "series1"),), 20.0, **more)  # pyright: ignore


def test_a_window_shows_the_points_in_it_and_where_the_line_comes_from() -> None:
    rows = texts(draw_plot(line(x=(40.5, 60.5)), 60, 12))
    assert rows[-1].split() == ["45", "50", "55", "60"]
    assert "a 20" in rows[0]  # the cursor is out of sight, and its value still known
    assert not any("┴" in row for row in rows)
    body = [row.partition("│")[2] or row.partition("┤")[2] for row in rows[1:-2]]
    assert body[-1][0] != " " and body[0][-1] != " "


def test_the_pointer_is_at_what_the_axis_says() -> None:
    view = line()
    ticks = {m.start(): int(m[0]) for m in re.finditer(r"\d+", texts(draw_plot(view, 80, 12))[-1])}
    for start, value in ticks.items():
        found = x_at(view, 80, 12, start + (len(str(value)) - 1) // 2)
        assert found is not None and abs(found[0] - value) <= found[1]
    assert x_at(view, 80, 12, 0) is None


def test_the_pointer_is_over_one_of_two_plots() -> None:
    sheet = PlotsView((line(name="left"), line(name="right"), line(name="third")))
    assert [plot.name for plot, _, _ in places(sheet, 120)] == ["left", "right"]
    assert [plot.name for plot, _, _ in places(sheet, 60)] == ["left"]
    spots = [spot_at(sheet, 120, 12, column) for column in (30, 90)]
    assert [spot.plot.name for spot in spots if spot is not None] == ["left", "right"]
    left, right = spots
    assert left is not None and right is not None and abs(left.x - right.x) < 5


WHOLE = (1.0, 1000.0)


@given(
    st.tuples(st.floats(1, 900), st.floats(3, 100)).map(lambda p: (p[0], p[0] + p[1])),
    st.sampled_from((0.5, 0.8, 1.25, 2.0)),
    st.floats(0, 1),
)
def test_zooming_stays_on_the_axis_and_keeps_what_it_is_about(
    shown: tuple[float, float], factor: float, part: float
) -> None:
    about = shown[0] + part * (shown[1] - shown[0])
    found = zoomed(shown, factor, about, WHOLE)
    if found is None or found == shown:
        return
    assert WHOLE[0] - 1e-9 <= found[0] < found[1] <= WHOLE[1] + 1e-9
    assert found[0] - 1e-6 <= about <= found[1] + 1e-6
    np.testing.assert_allclose(found[1] - found[0], factor * (shown[1] - shown[0]))


def test_zooming_out_of_everything_shows_all_and_in_stops_at_two_points() -> None:
    assert zoomed((1.0, 600.0), 2.0, 300.0, WHOLE) is None
    assert zoomed((5.0, 8.0), 0.5, 6.0, WHOLE) == (5.0, 8.0)
    assert zoomed((0.0, 1.0), 2.0, 0.5, None) == (-0.5, 1.5)


def test_panning_stops_at_the_ends_of_time() -> None:
    assert panned((100.0, 200.0), 50.0, WHOLE) == (150.0, 250.0)
    assert panned((100.0, 200.0), -500.0, WHOLE) == (1.0, 101.0)
    assert panned((100.0, 200.0), 5000.0, WHOLE) == (900.0, 1000.0)
    assert panned((0.0, 1.0), -5.0, None) == (-5.0, -4.0)


def test_a_guide_is_faint_and_behind() -> None:
    rows = texts(draw_plot(line(guides=(Guide(50.0, "half"),)), 60, 14))
    (row,) = [row for row in rows if "┄" in row]
    assert row.rstrip().endswith("half┄")
    assert any("\u2800" < sign <= "\u28ff" for sign in row)


def test_what_is_missing_is_said_in_the_middle() -> None:
    view = PlotView("", empty=("needs 2-D data: a sample has 4 numbers", ":plot fit x[0]"))
    rows = texts(draw_plot(view, 60, 9))
    assert [row.strip() for row in rows if row.strip()] == list(view.empty)
    assert rows[3].strip() == view.empty[0]


@pytest.mark.parametrize("row", [0, 20, 39])
@pytest.mark.parametrize("height", range(5, 30))
def test_a_thin_band_of_a_distribution_is_seen_at_every_size(height: int, row: int) -> None:
    values = np.zeros((40, 9))
    values[row] = 1.0
    rows = cells(draw_plot(PlotView("", field=field(values, "density")), 40, height))
    levels = [int(m[3]) for row in rows for _, style in row for m in SHADE.finditer(style)]
    assert levels.count(LEVELS["density"] - 1) >= 20
