"""What goes where in a plot: labels and axes around the room for the drawing itself.

As room shrinks, what matters least goes first: the row of tick labels merges with the axis, then
the x axis goes, the header, the y labels.
May import: tui.models, drawing.raster, drawing.plots, rich.cells.   Imported by: the other modules
of drawing.plots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len

from tui.drawing.plots.lines import Content
from tui.drawing.plots.scales import Scale, columns_of, format_value, rows_of
from tui.drawing.plots.signs import Signs
from tui.drawing.plots.ticks import Tick, labels_of, linear_choices, y_ticks
from tui.drawing.raster import joined
from tui.models.text import Row, Span


@dataclass(frozen=True, eq=False)
class Frame:
    """What goes where: `gutter` cells of y labels, the y axis, then `columns` x `rows` of plot."""

    signs: Signs
    width: int
    has_header: bool
    gutter: int
    axis: int
    """Cells of the y axis: 1 or 0."""
    columns: int
    rows: int
    axis_rows: int
    """Rows of the x axis: 2, 1 with the labels inside the line, or 0."""
    x: Scale | None
    y: Scale | None
    y_ticks: tuple[Tick, ...]
    cursor: int | None
    """The plot's column in which the cursor stands, if it is in sight."""

    @property
    def left(self) -> int:
        return self.gutter + self.axis

    @property
    def top(self) -> int:
        return int(self.has_header)


def frame_of(
    content: Content,
    width: int,
    height: int,
    signs: Signs,
    *,
    gutter: int = 0,
    x_axis: bool = True,
) -> Frame:
    """The frame for a size; `gutter` is how wide the labels are at least, if there are any."""
    view, x, y = content.view, content.x, content.y
    has_words = view.cursor is not None or len(content.lines) > 1 or view.dots or view.readings
    has_header = bool(has_words or view.remarks or view.busy) and height >= 4 and width >= 12
    room = height - has_header
    axis_rows = (room >= 4) + (room >= 6) if width >= 20 and x is not None and x_axis else 0
    rows = room - axis_rows
    if y is not None and view.field is None and view.y is None:
        y = y.rounded_out(rows)
    ticks = tuple(y_ticks(y, rows, signs.dots.down)) if y is not None else ()
    wanted = max((len(tick.label) + 1 for tick in ticks), default=0)
    gutter = max(gutter, wanted)
    if width < 16 or gutter > width // 3:
        ticks, gutter = (), 0
    axis = int(width >= 16 and x is not None)
    columns = width - gutter - axis
    cursor = None
    if x is not None and view.cursor is not None and x.low <= view.cursor <= x.high:
        cursor = columns_of(x, [view.cursor], columns, signs.dots.across)[0]
    return Frame(
        signs, width, has_header, gutter, axis, columns, rows, axis_rows, x, y, ticks, cursor
    )


# --- the y axis ---------------------------------------------------------------------------------


def with_y_axis(body: Sequence[Row], frame: Frame) -> list[Row]:
    """The rows of the drawing, behind labels and axis."""
    if not frame.axis:
        return list(body)
    labels: dict[int, str] = {}
    if frame.y is not None and frame.y_ticks:
        ends = [tick.at for tick in frame.y_ticks]
        rows = rows_of(frame.y, ends, frame.rows, frame.signs.dots.down)
        labels = {row: tick.label for row, tick in zip(rows, frame.y_ticks, strict=True)}
    return [_y_axis_cells(labels.get(y), frame) + row for y, row in enumerate(body)]


def _y_axis_cells(label: str | None, frame: Frame) -> Row:
    if not label:
        return joined(((" " * frame.gutter + frame.signs.y_axis, "line"),))
    return ((f"{label:>{frame.gutter - 1}} ", "dim"), (frame.signs.y_tick, "line"))


# --- the x axis ---------------------------------------------------------------------------------


def x_axis_rows(content: Content, frame: Frame) -> list[Row]:
    """The axis line and its labels: in two rows, or in one where rows are scarce."""
    if frame.x is None or not frame.axis_rows:
        return []
    view, signs = content.view, frame.signs
    counts = all((line.xs == line.xs.round()).all() for line in content.lines)
    counts = counts and view.field is None and not view.dots
    of_time = view.cursor is not None and view.field is not None
    ticks = _x_ticks(frame, frame.x, counts or of_time)
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
    name = view.x_label
    name_start = frame.width - cell_len(name)
    kept = [place for place in ticks if place.end + 2 <= name_start]
    # The header names the axis of time, where the cursor is on it.
    names_axis = view.cursor is None and len(kept) >= 2 and bool(name)
    for place in kept if names_axis else ticks:
        below[place.start : place.end] = [(sign, "dim") for sign in place.label]
    if names_axis:
        below[name_start:] = [(name, "text")]
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


def _x_ticks(frame: Frame, scale: Scale, whole: bool) -> list[_Place]:
    """As many ticks as stand well apart; whole numbers only where all points are at such."""
    if scale.is_point:
        label = format_value(scale.low, 12 if whole and abs(scale.low) < 1e12 else 4)
        return _placed(frame, scale, [Tick(scale.low, label)])
    fallback: list[_Place] = []
    for values in linear_choices(scale, frame.columns // 6, (1, 2, 5)):
        if whole and any(value != value.to_integral_value() for value in values):
            continue
        labels = labels_of(values, counts=whole)
        ticks = [Tick(float(v), label) for v, label in zip(values, labels, strict=True)]
        places = _placed(frame, scale, ticks)
        if all(b.start - a.end >= 4 for a, b in pairwise(places)):
            return places
        fallback = places[:1]
    return fallback


def _placed(frame: Frame, scale: Scale, ticks: Sequence[Tick]) -> list[_Place]:
    """Each label in the middle below its tick, moved in where it would leave the plot."""
    places: list[_Place] = []
    columns = columns_of(scale, [tick.at for tick in ticks], frame.columns, frame.signs.dots.across)
    # Inside the axis line a label must not cover the corner.
    leftmost = frame.left if frame.axis_rows == 1 else 0
    for tick, column in zip(ticks, columns, strict=True):
        start = frame.left + column - (len(tick.label) - 1) // 2
        start = max(min(start, frame.width - len(tick.label)), leftmost)
        places.append(_Place(tick.label, column, start))
    return [place for place in places if place.end <= frame.width]
