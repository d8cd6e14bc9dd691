"""One plot in a few cells: its field, its lines and points, the cursor, and the numbers there.

`draw_plot` gives up what matters least as the room shrinks, down to one row, which is a sparkline.
The printed value of a line is always one that was recorded, never one that was interpolated.
May import: tui.models, drawing.raster, drawing.rows, drawing.plots, numpy.
Imported by: the package.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from tui.drawing.plots.bars import sparkline
from tui.drawing.plots.field import Ground, ground_of, key_of
from tui.drawing.plots.frame import Frame, frame_of, with_y_axis, x_axis_rows
from tui.drawing.plots.header import header_row, marker
from tui.drawing.plots.lines import Content, Line, Same
from tui.drawing.plots.scales import Scale, format_value, rows_of, x_dots, y_dots
from tui.drawing.plots.signs import SIGNS, Glyphs
from tui.drawing.raster import Canvas, Floats, joined
from tui.drawing.rows import filled, fitted, wrapped
from tui.models.plots import PlotView, Stretch
from tui.models.text import Row, Span, Style

BAND = 4
"""Rows that one of several plots above each other has at least."""


def draw_plot(
    view: PlotView,
    width: int,
    height: int,
    *,
    glyphs: Glyphs = "braille",
    coloured: bool = True,
    top: int = 0,
) -> list[Row]:
    """The plot in exactly `height` rows of exactly `width` cells each.

    `coloured` says whether shades of colours can be told apart; `top` is the band to begin with.
    """
    if width <= 0 or height <= 0:
        return [()] * max(height, 0)
    if view.empty:
        return _words(view.empty, width, height)
    if view.bands:
        return _stacked(view, width, height, glyphs, coloured, top)
    content = Content.of(view)
    if height == 1:
        return [_single_row(content, width, glyphs)]
    frame = frame_of(content, width, height, SIGNS[glyphs])
    return _drawn(content, frame, glyphs, coloured)


def _drawn(content: Content, frame: Frame, glyphs: Glyphs, coloured: bool) -> list[Row]:
    rows = with_y_axis(_body(content, frame, glyphs, coloured), frame)
    if frame.has_header:
        field = content.view.field
        key = () if field is None else key_of(field, glyphs, coloured)
        rows.insert(0, header_row(content, frame, key))
    return rows + x_axis_rows(content, frame)


def x_at(
    view: PlotView, width: int, height: int, column: int, *, glyphs: Glyphs = "braille"
) -> tuple[float, float] | None:
    """What stands on the x axis at a column, and how much of it one column is; None beside it."""
    if view.empty or width <= 0 or height <= 1:
        return None
    if view.bands:
        frame = _band_frames(view, width, height, glyphs, 0)[-1][1]
    else:
        frame = frame_of(Content.of(view), width, height, SIGNS[glyphs])
    inside = column - frame.left
    if frame.x is None or frame.x.is_point or not 0 <= inside < frame.columns:
        return None
    across = (frame.x.high - frame.x.low) / max(1, frame.columns - 1)
    return frame.x.low + inside * across, across


# --- several, one above the other ----------------------------------------------------------------


def bands_shown(view: PlotView, height: int) -> int:
    """How many of a plot's bands there is room for."""
    return min(len(view.bands), max(1, (height - 2) // BAND))


def _stacked(
    view: PlotView, width: int, height: int, glyphs: Glyphs, coloured: bool, top: int
) -> list[Row]:
    rows: list[Row] = []
    for content, frame in _band_frames(view, width, height, glyphs, top):
        rows += _drawn(content, frame, glyphs, coloured)
    return filled(rows, width, height)


def _band_frames(
    view: PlotView, width: int, height: int, glyphs: Glyphs, top: int
) -> list[tuple[Content, Frame]]:
    """The bands that there is room for; all have the same gutter, and the last one the x axis."""
    count = bands_shown(view, height)
    top = min(top, len(view.bands) - count)
    contents = [Content.of(band) for band in view.bands[top : top + count]]
    room = max(height - 2, 0) if height >= 2 + BAND else height

    def frame(place: int, gutter: int) -> Frame:
        last = place == count - 1
        each = room * (place + 1) // count - room * place // count + (height - room) * last
        content, signs = contents[place], SIGNS[glyphs]
        return frame_of(content, width, each, signs, gutter=gutter, x_axis=last)

    gutter = max(frame(place, 0).gutter for place in range(count))
    return [(content, frame(place, gutter)) for place, content in enumerate(contents)]


# --- the drawing itself --------------------------------------------------------------------------


def _body(content: Content, frame: Frame, glyphs: Glyphs, coloured: bool) -> list[Row]:
    view, signs = content.view, frame.signs
    ground = _ground(content, frame, glyphs, coloured)
    contours = None if ground is None else Same(ground.contours)
    key = (frame.x, frame.y, frame.columns, frame.rows, glyphs)
    canvas = _inked(Same(view.series), view.x, contours, _contour(view), *key).copy()
    _draw_guides(canvas, content, frame)
    _draw_cursor(canvas, frame)
    _draw_points(canvas, content, frame)
    for line in sorted(content.lines, key=lambda line: not line.behind):
        for x, y in _in_sight(frame, _marked(content, line)) if line.number is not None else ():
            _draw_marker(canvas, frame, x, y, (marker(signs, line.number or 0), line.style))
    if frame.y is None:
        some = any(len(line.xs) for line in content.lines)
        _draw_note(canvas, "no finite value" if some else "no points yet")
    return canvas.rows() if ground is None else ground.rows(canvas)


@lru_cache(maxsize=8)
def _inked(
    series: Same,
    shown: Stretch | None,
    contours: Same | None,
    contour_ink: Style,
    x: Scale | None,
    y: Scale | None,
    columns: int,
    rows: int,
    glyphs: Glyphs,
) -> Canvas:
    """Contours and lines, which stay while the cursor moves along them."""
    signs = SIGNS[glyphs]
    canvas = Canvas(columns, rows, signs.dots)
    if contours is not None and contours.it is not None:
        canvas.dots(contours.it, contour_ink)
    if x is None or y is None:
        return canvas
    lines = Content.of(PlotView("", series.it, x=shown)).lines
    for line in sorted(lines, key=lambda line: not line.behind):
        xs = x_dots(x, line.xs, columns, signs.dots.across)
        ys = y_dots(y, line.ys, rows, signs.dots.down)
        ys[np.isnan(xs)] = math.nan
        canvas.polyline(xs, ys, line.style)
        for point in _lone_points(ys, columns) if line.number is not None else ():
            cell = canvas.cell_of(float(xs[point]), float(ys[point]))
            canvas.put(*cell, signs.point, line.style)
    return canvas


def _contour(view: PlotView) -> Style:
    """Where a decision changes is what a plot is about; lines of equal height are help."""
    field = view.field
    return "map:contour" if field is not None and field.colours == "ordered" else "title"


def _ground(content: Content, frame: Frame, glyphs: Glyphs, coloured: bool) -> Ground | None:
    field = content.view.field
    if field is None or frame.x is None or frame.y is None:
        return None
    if frame.columns < 1 or frame.rows < 1:
        return None
    return ground_of(field, frame.x, frame.y, frame.columns, frame.rows, glyphs, coloured)


def _dots(frame: Frame, xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
    """Coordinates as dots from the top left corner; nan for what is not in sight."""
    assert frame.x is not None and frame.y is not None
    dots = frame.signs.dots
    return (
        x_dots(frame.x, xs, frame.columns, dots.across),
        y_dots(frame.y, ys, frame.rows, dots.down),
    )


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


def _draw_guides(canvas: Canvas, content: Content, frame: Frame) -> None:
    """Levels to compare with, where nothing else is drawn."""
    for guide in content.view.guides:
        if frame.y is None or frame.y.is_point or not frame.y.low < guide.y < frame.y.high:
            continue
        (row,) = rows_of(frame.y, [guide.y], frame.rows, frame.signs.dots.down)
        start = canvas.width - len(guide.name) - 1
        for column in range(canvas.width):
            inside = 0 <= column - start < len(guide.name)
            sign = guide.name[column - start] if inside and start > 8 else frame.signs.guide
            if canvas.character(column, row) == " ":
                canvas.put(column, row, sign, "dim" if sign != frame.signs.guide else "line")


def _draw_cursor(canvas: Canvas, frame: Frame) -> None:
    """The column shows through lines: in a cloud of dots one could not find it otherwise."""
    if frame.cursor is None:
        return
    for row in range(canvas.height):
        sign = canvas.character(frame.cursor, row)
        canvas.put(frame.cursor, row, frame.signs.cursor if sign == " " else sign, "cursor")


def _draw_points(canvas: Canvas, content: Content, frame: Frame) -> None:
    if frame.x is None or frame.y is None:
        return
    for dots, xs, ys in content.points:
        sign = frame.signs.points[dots.sign]
        for x, y in zip(*(part.tolist() for part in _dots(frame, xs, ys)), strict=True):
            if math.isfinite(x) and math.isfinite(y):
                canvas.put(*canvas.cell_of(x, y), sign, dots.style)


def _marked(content: Content, line: Line) -> tuple[float, float] | None:
    """The point whose value the header prints; without a cursor, the end of each of many lines."""
    if content.view.cursor is not None or len(content.lines) < 2:
        return line.mark
    known = np.flatnonzero(np.isfinite(line.ys))
    return (float(line.xs[known[-1]]), float(line.ys[known[-1]])) if len(known) else None


def _in_sight(frame: Frame, point: tuple[float, float] | None) -> list[tuple[float, float]]:
    """The point in dots, if there is one and it can be seen."""
    if point is None or frame.x is None or frame.y is None:
        return []
    xs, ys = _dots(frame, np.array(point[:1]), np.array(point[1:]))
    return [(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True) if math.isfinite(x + y)]


def _draw_marker(canvas: Canvas, frame: Frame, x: float, y: float, span: Span) -> None:
    """A point closer than one cell to the cursor is shown in the cursor's column.

    Long histories come thinned out, and the marker should not jump beside the cursor for that.
    """
    column, row = canvas.cell_of(x, y)
    if frame.cursor is not None and abs(column - frame.cursor) <= 1:
        column = frame.cursor
    canvas.put(column, row, *span)


def _draw_note(canvas: Canvas, note: str) -> None:
    if len(note) <= canvas.width:
        start = (canvas.width - len(note)) // 2
        for i, sign in enumerate(note):
            canvas.put(start + i, (canvas.height - 1) // 2, sign, "dim")


# --- little room, or nothing ---------------------------------------------------------------------


def _single_row(content: Content, width: int, glyphs: Glyphs) -> Row:
    """The trend of the first line, and its value at the cursor where there is room for it."""
    if not content.lines:
        return ((" " * width, "dim"),)
    line = content.lines[0]
    value = f" {format_value(line.value)}" if line.value is not None else ""
    if 3 * len(value) > width:
        value = ""
    trend = sparkline(line.ys.tolist(), width - len(value), glyphs=glyphs)
    return joined(((trend, line.style), (value, "text")))


def _words(lines: tuple[str, ...], width: int, height: int) -> list[Row]:
    """Why there is nothing to draw, in the middle; the first line stands out."""
    rows: list[Row] = []
    for place, line in enumerate(lines):
        style = "text" if place == 0 else "dim"
        rows += wrapped(((line, style),), max(1, min(width, 64)), indent=0)
    above = max(0, (height - len(rows)) // 2)
    longest = max((sum(len(text) for text, _ in row) for row in rows), default=0)
    indent: Span = (" " * max(0, (width - longest) // 2), "text")
    shown = [fitted((indent, *row), width) for row in rows[:height]]
    return filled([()] * above + shown, width, height)
