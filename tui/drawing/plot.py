"""Lines over iterations in a few cells: axes, ticks, the cursor and the values at it.

May import: tui.models, drawing.raster, numpy, rich.cells.   Imported by: widgets.

`draw_plot` gives up what matters least as the room shrinks: first the row of tick labels merges
with the axis, then the x axis goes, the header, the y labels, and one row is left a sparkline.
The printed value is always one that was recorded, never one that was interpolated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Literal

import numpy as np
from rich.cells import cell_len

from tui.drawing.raster import ASCII, BRAILLE, Canvas, DotGlyphs, Floats, joined
from tui.models import PlotView, Row, Series, Span, Style

Glyphs = Literal["braille", "ascii"]


@dataclass(frozen=True)
class _Signs:
    """The characters of one glyph set, apart from the dots."""

    dots: DotGlyphs
    markers: str
    """One for each series in turn, so that lines differ without colour as well."""
    point: str
    cursor: str
    foot: str
    """Where the cursor column stands on the x axis."""
    y_axis: str
    y_tick: str
    corner: str
    x_axis: str
    x_tick: str
    more: str
    """In place of what does not fit."""
    nothing: str
    """In place of a value that does not exist yet."""
    bars: str
    """From the lowest value to the highest."""


_SIGNS: dict[Glyphs, _Signs] = {
    "braille": _Signs(
        dots=BRAILLE,
        markers="●◆■▲",
        point="•",
        cursor="│",
        foot="┴",
        y_axis="│",
        y_tick="┤",
        corner="╰",
        x_axis="─",
        x_tick="┬",
        more="…",
        nothing="·",
        bars="▁▂▃▄▅▆▇█",
    ),
    "ascii": _Signs(
        dots=ASCII,
        markers="ox#%",
        point="*",
        cursor="|",
        foot="+",
        y_axis="|",
        y_tick="+",
        corner="+",
        x_axis="-",
        x_tick="+",
        more="~",
        nothing="-",
        bars="_.:-=+*#",
    ),
}


def draw_plot(view: PlotView, width: int, height: int, *, glyphs: Glyphs = "braille") -> list[Row]:
    """The plot in exactly `height` rows of exactly `width` cells each."""
    if width <= 0 or height <= 0:
        return [()] * max(height, 0)
    signs = _SIGNS[glyphs]
    lines = [_Line.of(series, view.cursor) for series in view.series]
    if height == 1:
        return [_single_row(view, lines, width, glyphs)]
    frame = _frame(view, lines, width, height, signs)
    rows = _with_y_axis(_draw_body(view, lines, frame), frame)
    if frame.has_header:
        rows.insert(0, _header(view, lines, frame))
    return rows + _x_axis_rows(view, lines, frame)


def sparkline(values: Sequence[float], width: int, *, glyphs: Glyphs = "braille") -> str:
    """The trend of some values in exactly `width` cells; nan and inf are spaces.

    A short history grows from the left, one cell for each value; a long one is averaged.
    """
    heights = _heights(np.array(values, float))
    if len(heights) <= width:
        return _bars(heights, glyphs).ljust(width)
    known = np.isfinite(heights)
    starts = np.arange(max(width, 0)) * len(heights) // max(width, 1)
    counts = np.add.reduceat(known.astype(float), starts)
    with np.errstate(invalid="ignore"):
        return _bars(np.add.reduceat(np.where(known, heights, 0.0), starts) / counts, glyphs)


def silhouette(
    values: Sequence[float], width: int, *, log: bool = False, glyphs: Glyphs = "braille"
) -> str:
    """A whole run stretched over exactly `width` cells; each cell keeps the peak of its part.

    On a logarithmic scale, values up to zero are spaces.
    """
    heights = _heights(np.array(values, float), log)
    if not len(heights):
        return " " * width
    starts = np.arange(max(width, 0)) * len(heights) // max(width, 1)
    if len(heights) <= width:
        return _bars(heights[starts], glyphs)
    peaks = np.maximum.reduceat(np.where(np.isfinite(heights), heights, -math.inf), starts)
    return _bars(peaks, glyphs)


def format_value(value: float, digits: int = 4) -> str:
    """A number in so many significant digits, without the zeros of 1e-05."""
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


# The data


@dataclass(frozen=True, eq=False)
class _Line:
    """One series as arrays."""

    name: str
    style: Style
    xs: Floats
    ys: Floats
    reading: int | None
    """Index of the last point at or before the cursor."""

    @classmethod
    def of(cls, series: Series, cursor: float | None) -> _Line:
        xs = np.fromiter(series.xs, float, len(series.xs))
        ys = np.fromiter(series.ys, float, len(series.ys))
        known = np.isfinite(xs)
        if not known.all():
            xs, ys = xs[known], ys[known]
        return cls(series.name, series.style, xs, ys, _last_at(xs, cursor))

    @property
    def value(self) -> float | None:
        return None if self.reading is None else float(self.ys[self.reading])


def _last_at(xs: Floats, cursor: float | None) -> int | None:
    if cursor is None or not len(xs):
        return None
    past = np.where(xs <= cursor, xs, -math.inf)
    latest = len(xs) - 1 - int(np.argmax(past[::-1]))
    return latest if math.isfinite(past[latest]) else None


# Scales


@dataclass(frozen=True)
class _Scale:
    """The two ends of an axis, and where a value lies between them."""

    low: float
    high: float
    log: bool = False

    @property
    def digits(self) -> int:
        """Significant digits that tell a thousandth of the axis apart, four at least."""
        largest, span = max(abs(self.low), abs(self.high)), self.high / 2 - self.low / 2
        if self.log or self.is_point:
            return 4
        return min(max(3 + math.ceil(math.log10(largest) - math.log10(span)), 4), 15)

    @classmethod
    def over(cls, low: float, high: float, log: bool = False) -> _Scale:
        # Closer than this the values differ by rounding errors only: that is a flat line.
        if high / 2 - low / 2 <= 1e-12 * max(abs(low), abs(high)):
            high = low
        return cls(low, high, log)

    @property
    def is_point(self) -> bool:
        return self.low == self.high

    def place(self, values: Floats) -> Floats:
        """0 at the low end, 1 at the high end, nan for what has no place between them.

        The only value of a scale without extent stands in the middle.
        """
        with np.errstate(all="ignore"):
            if self.is_point:
                shown = np.isfinite(values) & ((values > 0) | (not self.log))
                return np.where(shown, 0.5, math.nan)
            if self.log:
                low, high = math.log10(self.low), math.log10(self.high)
                parts = (np.log10(values) - low) / (high - low)
            else:
                # A power of two takes no digit away, and 1e308 - -1e308 would be infinite.
                shift = -math.frexp(max(abs(self.low), abs(self.high)))[1]
                low, high = math.ldexp(self.low, shift), math.ldexp(self.high, shift)
                parts = (np.ldexp(values, shift) - low) / (high - low)
            return np.where((parts > -1e-6) & (parts < 1 + 1e-6), np.clip(parts, 0, 1), math.nan)

    def rounded_out(self, rows: int) -> _Scale:
        """The same scale with its ends at round numbers, where some are close by."""
        if self.is_point:
            return self
        if self.log:
            low, high = _rounded_out(math.log10(self.low), math.log10(self.high), 1.0)
            if low < -307 or high > 308:
                return self
            return _Scale(10.0**low, 10.0**high, log=True)
        unit = next(_steps(self.low, self.high, max(rows // 2, 4), (1, 2, 5)))
        return _Scale(*_rounded_out(self.low, self.high, float(unit)))


def _rounded_out(low: float, high: float, unit: float) -> tuple[float, float]:
    """Each end at the next multiple of the unit, unless that costs over an eighth of the room."""
    slack = high / 8 - low / 8
    below, above = math.floor(low / unit) * unit, math.ceil(high / unit) * unit
    return (below if low - below <= slack else low, above if above - high <= slack else high)


def _x_scale(lines: Sequence[_Line], cursor: float | None) -> _Scale | None:
    """From the first point to the last; the cursor is always in sight."""
    ends = [end for line in lines if len(line.xs) for end in (line.xs.min(), line.xs.max())]
    if cursor is not None and math.isfinite(cursor):
        ends.append(cursor)
    return _Scale.over(float(min(ends)), float(max(ends))) if ends else None


def _y_scale(lines: Sequence[_Line], log: bool) -> _Scale | None:
    """Over all finite values. A logarithmic scale leaves zeros out but refuses negative values:

    a zero is one point beyond the picture, negative values would be half of it.
    """
    ys = [values for line in lines if len(values := line.ys[np.isfinite(line.ys)])]
    if not ys:
        return None
    low, high = float(min(y.min() for y in ys)), float(max(y.max() for y in ys))
    if log and low >= 0 and high > 0:
        low = min(float(y[y > 0].min()) for y in ys if y.max() > 0)
        return _Scale.over(low, high, log=True)
    return _Scale.over(low, high)


# From scales to dots and cells


def _x_dots(scale: _Scale, xs: Floats, columns: int, across: int) -> Floats:
    return scale.place(xs) * (columns * across - 1)


def _y_dots(scale: _Scale, ys: Floats, rows: int, down: int) -> Floats:
    parts = scale.place(ys)
    if scale.is_point:
        # A flat line runs through the middle of a row, where its label and its marker are.
        return np.where(np.isfinite(parts), rows // 2 * down + down // 2, math.nan)
    return (1 - parts) * (rows * down - 1)


def _columns_of(scale: _Scale, xs: Sequence[float], columns: int, across: int) -> list[int]:
    return [int(dot + 0.5) // across for dot in _x_dots(scale, np.array(xs), columns, across)]


def _rows_of(scale: _Scale, ys: Sequence[float], rows: int, down: int) -> list[int]:
    return [int(dot + 0.5) // down for dot in _y_dots(scale, np.array(ys), rows, down)]


# Ticks


@dataclass(frozen=True)
class _Tick:
    at: float
    label: str


def _steps(low: float, high: float, most: int, digits: Sequence[int]) -> Iterator[Decimal]:
    """The steps of these first digits, finest first, that divide the range into `most` or less."""
    finest = max(high / most - low / most, 5e-324)
    exponent = math.floor(math.log10(finest))
    while True:
        for digit in digits:
            step = Decimal(digit).scaleb(exponent)
            if step >= finest * (1 - 1e-9):
                yield step
        exponent += 1


def _multiples(low: float, high: float, step: Decimal) -> list[Decimal]:
    """All multiples of the step in the range, as exact decimals: 0.3, not 0.30000000000000004."""
    near = Decimal("1e-9")
    first = (Decimal(low) / step - near).to_integral_value(ROUND_CEILING)
    last = (Decimal(high) / step + near).to_integral_value(ROUND_FLOOR)
    return [k * step for k in range(int(first), int(last) + 1)]


def _linear_choices(scale: _Scale, most: int, digits: Sequence[int]) -> Iterator[list[Decimal]]:
    """Ticks from many to few, down to a single one."""
    for step in _steps(scale.low, scale.high, max(most, 1), digits):
        ticks = _multiples(scale.low, scale.high, step)
        if not ticks:
            return
        yield ticks
        if len(ticks) == 1:
            return


def _log_choices(scale: _Scale, most: int, digits: Sequence[int]) -> Iterator[list[Decimal]]:
    """Ticks from many to few: 1-2-5 in every decade, every decade, every second one, ..."""
    low, high = Decimal(scale.low), Decimal(scale.high)
    near = Decimal("1e-9")
    first, last = math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high))
    shapes = [(1, (1, 2, 5)), (1, (1, 3))] if last - first <= most else []
    shapes += [(stride, (1,)) for stride in (1, 2, 5, 10, 20, 50, 100, 200)]
    for stride, mantissas in shapes:
        if (last - first) / stride > 2 * most:
            continue
        decades = range(math.ceil(first / stride) * stride, last + 1, stride)
        ticks = [Decimal(m).scaleb(e) for e in decades for m in mantissas]
        yield [tick for tick in ticks if low * (1 - near) <= tick <= high * (1 + near)]
    for values in _linear_choices(scale, most, digits):
        yield [value for value in values if value > 0]


def _labels(values: Sequence[Decimal], *, counts: bool = False) -> list[str]:
    """One notation for all labels of an axis: digits if they are short, else what is shortest."""
    plain = [f"{value:f}" if value else "0" for value in values]
    if max((len(label.lstrip("-")) for label in plain), default=0) <= (5 if counts else 6):
        return plain
    notations = [plain, [_scientific(value) for value in values]]
    if counts:
        notations.append([_with_suffix(value) for value in values])
    return min(notations, key=lambda labels: max(map(len, labels)))


def _scientific(value: Decimal) -> str:
    if not value:
        return "0"
    mantissa = value.scaleb(-value.adjusted()).normalize()
    return f"{mantissa:f}e{value.adjusted()}" if value.adjusted() else f"{mantissa:f}"


def _with_suffix(value: Decimal) -> str:
    power = min(max(value.adjusted(), 0) // 3, 4) if value else 0
    return f"{value.scaleb(-3 * power).normalize():f}{('', 'k', 'M', 'G', 'T')[power]}"


def _y_ticks(scale: _Scale, rows: int, down: int) -> list[_Tick]:
    """As many ticks as leave a free row or more between two labels; the ends if none fit.

    Steps of 4 are less familiar than 1-2-5, yet better than fewer than three ticks.
    """
    if scale.is_point:
        return [_Tick(scale.low, format_value(scale.low))]
    apart = 2 + (rows > 8) + (rows > 24)
    most = rows // apart + 1
    for enough, digits in ((3, (1, 2, 5)), (3, (4,)), (2, (1, 2, 5))):
        choices = _log_choices if scale.log else _linear_choices
        for values in choices(scale, most, digits):
            ats = [float(value) for value in values]
            cells = _rows_of(scale, ats, rows, down) if len(ats) >= enough else []
            if cells and all(a - b >= apart for a, b in pairwise(cells)):
                return [_Tick(*tick) for tick in zip(ats, _labels(values), strict=True)]
    return [_Tick(end, format_value(float(f"{end:.3g}"))) for end in (scale.low, scale.high)]


# The frame


@dataclass(frozen=True, eq=False)
class _Frame:
    """What goes where: `gutter` cells of y labels, the y axis, then `columns` x `rows` of plot."""

    signs: _Signs
    width: int
    has_header: bool
    gutter: int
    axis: int
    """Cells of the y axis: 1 or 0."""
    columns: int
    rows: int
    axis_rows: int
    """Rows of the x axis: 2, 1 with the labels inside the line, or 0."""
    x: _Scale | None
    y: _Scale | None
    y_ticks: tuple[_Tick, ...]
    cursor: int | None
    """The plot's column in which the cursor stands."""

    @property
    def left(self) -> int:
        return self.gutter + self.axis


def _frame(
    view: PlotView, lines: Sequence[_Line], width: int, height: int, signs: _Signs
) -> _Frame:
    x, y = _x_scale(lines, view.cursor), _y_scale(lines, view.log)
    says_something = view.cursor is not None or len(lines) > 1
    has_header = says_something and height >= 4 and width >= 12
    room = height - has_header
    axis_rows = (room >= 4) + (room >= 6) if width >= 20 and x is not None else 0
    rows = room - axis_rows
    y = y.rounded_out(rows) if y is not None else None
    y_ticks = tuple(_y_ticks(y, rows, signs.dots.down)) if y is not None else ()
    gutter = max((len(tick.label) + 1 for tick in y_ticks), default=0)
    if width < 16 or gutter > width // 3:
        y_ticks, gutter = (), 0
    axis = int(width >= 16 and x is not None)
    columns = width - gutter - axis
    cursor = None
    if x is not None and view.cursor is not None and math.isfinite(view.cursor):
        cursor = _columns_of(x, [view.cursor], columns, signs.dots.across)[0]
    return _Frame(
        signs, width, has_header, gutter, axis, columns, rows, axis_rows, x, y, y_ticks, cursor
    )


def _with_y_axis(body: Sequence[Row], frame: _Frame) -> list[Row]:
    if not frame.axis:
        return list(body)
    labels: dict[int, str] = {}
    if frame.y is not None and frame.y_ticks:
        ends = [tick.at for tick in frame.y_ticks]
        rows = _rows_of(frame.y, ends, frame.rows, frame.signs.dots.down)
        labels = {row: tick.label for row, tick in zip(rows, frame.y_ticks, strict=True)}
    return [_y_axis_cells(labels.get(y), frame) + row for y, row in enumerate(body)]


def _y_axis_cells(label: str | None, frame: _Frame) -> Row:
    if not label:
        return joined(((" " * frame.gutter + frame.signs.y_axis, "line"),))
    return ((f"{label:>{frame.gutter - 1}} ", "dim"), (frame.signs.y_tick, "line"))


def _x_axis_rows(view: PlotView, lines: Sequence[_Line], frame: _Frame) -> list[Row]:
    """The axis line and its labels: in two rows, or in one where rows are scarce."""
    if frame.x is None or not frame.axis_rows:
        return []
    signs = frame.signs
    whole = all((line.xs == np.floor(line.xs)).all() for line in lines)
    ticks = _x_ticks(frame, frame.x, whole)
    axis: list[Span] = [(" ", "line")] * frame.gutter
    axis += [(signs.corner, "line")] * frame.axis + [(signs.x_axis, "line")] * frame.columns
    for place in ticks:
        axis[frame.left + place.column] = (signs.x_tick, "line")
    if frame.cursor is not None:
        axis[frame.left + frame.cursor] = (signs.foot, "cursor")
    if frame.axis_rows == 1:
        for place in ticks:
            axis[place.start : place.end] = [(sign, "dim") for sign in place.label]
        return [joined(axis)]
    below: list[Span] = [(" ", "dim")] * frame.width
    name_start = frame.width - cell_len(view.x_label)
    kept = [place for place in ticks if place.end + 2 <= name_start]
    names_axis = view.cursor is None and len(kept) >= 2
    for place in kept if names_axis else ticks:
        below[place.start : place.end] = [(sign, "dim") for sign in place.label]
    if names_axis:
        below[name_start:] = [(view.x_label, "dim")]
    return [joined(axis), joined(below)]


@dataclass(frozen=True)
class _Place:
    """A label of the x axis: the plot's column of its tick, and the first of its own cells."""

    label: str
    column: int
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.label)


def _x_ticks(frame: _Frame, scale: _Scale, whole: bool) -> list[_Place]:
    """As many ticks as stand well apart; whole numbers only where all points are at such."""
    if scale.is_point:
        label = f"{scale.low:.0f}" if whole and abs(scale.low) < 1e12 else format_value(scale.low)
        return _placed(frame, scale, [_Tick(scale.low, label)])
    fallback: list[_Place] = []
    for values in _linear_choices(scale, frame.columns // 6, (1, 2, 5)):
        if whole and any(value != value.to_integral_value() for value in values):
            continue
        labels = _labels(values, counts=whole)
        ticks = [_Tick(float(v), label) for v, label in zip(values, labels, strict=True)]
        places = _placed(frame, scale, ticks)
        if all(b.start - a.end >= 4 for a, b in pairwise(places)):
            return places
        fallback = places[:1]
    return fallback


def _placed(frame: _Frame, scale: _Scale, ticks: Sequence[_Tick]) -> list[_Place]:
    """Each label in the middle below its tick, moved in where it would leave the plot."""
    places: list[_Place] = []
    columns = _columns_of(
        scale, [tick.at for tick in ticks], frame.columns, frame.signs.dots.across
    )
    # Inside the axis line a label must not cover the corner.
    leftmost = frame.left if frame.axis_rows == 1 else 0
    for tick, column in zip(ticks, columns, strict=True):
        start = frame.left + column - (len(tick.label) - 1) // 2
        start = max(min(start, frame.width - len(tick.label)), leftmost)
        places.append(_Place(tick.label, column, start))
    return [place for place in places if place.end <= frame.width]


# The plot itself


def _draw_body(view: PlotView, lines: Sequence[_Line], frame: _Frame) -> list[Row]:
    canvas = Canvas(frame.columns, frame.rows, frame.signs.dots)
    markers: list[tuple[float, float, Span]] = []
    for i in sorted(range(len(lines)), key=lambda i: not view.series[i].behind):
        line = lines[i]
        if frame.x is None or frame.y is None:
            continue
        xs = _x_dots(frame.x, line.xs, frame.columns, frame.signs.dots.across)
        ys = _y_dots(frame.y, line.ys, frame.rows, frame.signs.dots.down)
        canvas.polyline(xs, ys, line.style)
        for point in _lone_points(ys, frame.columns):
            cell = canvas.cell_of(float(xs[point]), float(ys[point]))
            canvas.put(*cell, frame.signs.point, line.style)
        marked = _marked(view, line)
        if marked is not None and math.isfinite(ys[marked]):
            span = (_marker(frame.signs, i), line.style)
            markers.append((float(xs[marked]), float(ys[marked]), span))
    _draw_cursor(canvas, frame)
    for marker in markers:
        _draw_marker(canvas, frame, *marker)
    if frame.y is None:
        _draw_note(canvas, "no finite value" if any(len(x.xs) for x in lines) else "no points yet")
    return canvas.rows()


def _lone_points(ys: Floats, columns: int) -> list[int]:
    """The points to mark as such: all of a few; of many, those that no line reaches."""
    shown = np.isfinite(ys)
    if np.count_nonzero(shown) > max(columns // 5, 1):
        beside = np.zeros(len(ys), np.bool_)
        beside[1:] |= shown[:-1]
        beside[:-1] |= shown[1:]
        shown &= ~beside
    points = np.flatnonzero(shown)
    # A cloud of points is drawn well enough by its dots.
    return [int(i) for i in points] if len(points) <= columns else []


def _draw_cursor(canvas: Canvas, frame: _Frame) -> None:
    """The column shows through lines: in a cloud of dots one could not find it otherwise."""
    if frame.cursor is None:
        return
    for row in range(canvas.height):
        sign = canvas.character(frame.cursor, row)
        canvas.put(frame.cursor, row, frame.signs.cursor if sign == " " else sign, "cursor")


def _marked(view: PlotView, line: _Line) -> int | None:
    """The point whose value the header prints; without a cursor, the end of each of many lines."""
    if view.cursor is not None or len(view.series) < 2:
        return line.reading
    known = np.flatnonzero(np.isfinite(line.ys))
    return int(known[-1]) if len(known) else None


def _draw_marker(canvas: Canvas, frame: _Frame, x: float, y: float, span: Span) -> None:
    """A point closer than one cell to the cursor is shown in the cursor's column.

    Long histories come thinned out, and the marker should not jump beside the cursor for that.
    """
    column, row = canvas.cell_of(x, y)
    if frame.cursor is not None and abs(column - frame.cursor) <= 1:
        column = frame.cursor
    canvas.put(column, row, *span)


def _marker(signs: _Signs, index: int) -> str:
    return signs.markers[index % len(signs.markers)]


def _draw_note(canvas: Canvas, note: str) -> None:
    if len(note) <= canvas.width:
        start = (canvas.width - len(note)) // 2
        for i, sign in enumerate(note):
            canvas.put(start + i, (canvas.height - 1) // 2, sign, "dim")


# Words and numbers around the plot


def _header(view: PlotView, lines: Sequence[_Line], frame: _Frame) -> Row:
    """Left where the cursor stands, right the legend with the value of each line there."""
    legend, size = _legend(view, lines, frame)
    room = frame.width - size - 2
    left = ""
    for words in _remarks(view, frame):
        if frame.left + cell_len(left) + cell_len(words) + 2 * bool(left) <= room:
            left += "  " * bool(left) + words
    indent = " " * frame.left if left else ""
    gap = " " * (frame.width - size - len(indent) - cell_len(left))
    return joined(((indent + left + gap, "dim"), *legend))


def _remarks(view: PlotView, frame: _Frame) -> list[str]:
    remarks: list[str] = []
    if view.cursor is not None:
        remarks.append(f"{view.x_label} {_count(view.cursor)}")
    if frame.y is not None and view.log and not frame.y.log and not frame.y.is_point:
        remarks.append("not log: values below 0")
    return remarks


def _count(x: float) -> str:
    return f"{x:,.0f}" if x.is_integer() and abs(x) < 1e12 else format_value(x)


def _legend(view: PlotView, lines: Sequence[_Line], frame: _Frame) -> tuple[list[Span], int]:
    """What fits, and its size: names and values, else the values, else the first few and a sign."""
    names = [f" {line.name}" for line in lines]
    values = [_printed_value(line, frame) if view.cursor is not None else "" for line in lines]
    swatches = [(_marker(frame.signs, i), line.style) for i, line in enumerate(lines)]
    items = [
        [swatch, (name, swatch[1]), (value, "text")]
        for swatch, name, value in zip(swatches, names, values, strict=True)
    ]
    if view.cursor is not None and _size(_spaced(items)) > frame.width:
        items = [[swatch, value] for swatch, _, value in items]
    more: list[Span] = []
    while items and _size(_spaced(items)) + _size(more) > frame.width:
        items, more = items[:-1], [(f" {frame.signs.more}", "dim")]
    spans = _spaced(items) + more
    return spans, _size(spans)


def _printed_value(line: _Line, frame: _Frame) -> str:
    if line.value is None:
        return f" {frame.signs.nothing}"
    return f" {format_value(line.value, frame.y.digits if frame.y is not None else 4)}"


def _spaced(items: Sequence[list[Span]]) -> list[Span]:
    spans: list[Span] = []
    for item in items:
        spans += [("   ", "dim"), *item] if spans else item
    return spans


def _size(spans: Sequence[Span]) -> int:
    return sum(cell_len(text) for text, _ in spans)


# One row


def _single_row(view: PlotView, lines: Sequence[_Line], width: int, glyphs: Glyphs) -> Row:
    """The trend of the first line, and its value at the cursor where there is room for it."""
    if not lines:
        return ((" " * width, "dim"),)
    line = lines[0]
    value = f" {format_value(line.value)}" if line.value is not None else ""
    if 3 * len(value) > width:
        value = ""
    trend = sparkline(line.ys.tolist(), width - len(value), glyphs=glyphs)
    return joined(((trend, line.style), (value, "text")))


def _heights(ys: Floats, log: bool = False) -> Floats:
    """Places between the lowest value and the highest, 0 to 1; nan for what has none."""
    shown = ys[np.isfinite(ys) & ((ys > 0) | (not log))]
    if not len(shown):
        return np.full(len(ys), math.nan)
    return _Scale.over(float(shown.min()), float(shown.max()), log).place(ys)


def _bars(heights: Floats, glyphs: Glyphs) -> str:
    bars = _SIGNS[glyphs].bars
    top = len(bars) - 0.001
    return "".join(bars[int(h * top)] if math.isfinite(h) else " " for h in heights.tolist())
