"""What a plot shows, as arrays: lines and points, and the axes that they need.

May import: tui.models, drawing.raster, drawing.plots.   Imported by: the other modules of
drawing.plots.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from tui.drawing.plots.scales import Scale
from tui.drawing.raster import Floats
from tui.models.plots import Dots, PlotView, Stretch
from tui.models.text import Style


class Same:
    """Something that is told from others by being it, and not by what it says: a key that costs
    nothing for what views make once and show often."""

    def __init__(self, it: Any) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.it is self.it


@dataclass(frozen=True, eq=False)
class Line:
    """One series as arrays."""

    name: str
    style: Style
    xs: Floats
    ys: Floats
    mark: tuple[float, float] | None
    """The point at the cursor: the last one at or before it, where nothing else says it."""
    behind: bool = False
    number: int | None = None
    """Which one it is of those that have a sign of their own; None without one."""

    @property
    def value(self) -> float | None:
        """What it is at the cursor."""
        return None if self.mark is None else self.mark[1]

    @classmethod
    def of(cls, view: PlotView, place: int) -> Line:
        """The points of a series, or those in the part of the x axis that is shown."""
        series, cursor = view.series[place], view.cursor
        here = view.here[place] if view.here else None
        mark = None
        if cursor is not None and here is not None:
            mark = (cursor, here)
        elif cursor is not None:
            xs, ys = _points(Same(series), None)
            reading = _last_at(xs, cursor)
            mark = None if reading is None else (float(xs[reading]), float(ys[reading]))
        number = sum(other.marked for other in view.series[:place]) if series.marked else None
        xs, ys = _points(Same(series), view.x)
        return cls(series.name, series.style, xs, ys, mark, series.behind, number)


@lru_cache(maxsize=64)
def _points(series: Same, shown: Stretch | None) -> tuple[Floats, Floats]:
    """The points of a series that have a place, or those in the part that is shown."""
    xs = np.fromiter(series.it.xs, float, len(series.it.xs))
    ys = np.fromiter(series.it.ys, float, len(series.it.ys))
    known = np.isfinite(xs)
    if not known.all():
        xs, ys = xs[known], ys[known]
    return (xs, ys) if shown is None else _within(xs, ys, shown)


@dataclass(frozen=True, eq=False)
class Content:
    """What a plot shows, as arrays."""

    view: PlotView
    lines: tuple[Line, ...]
    points: tuple[tuple[Dots, Floats, Floats], ...]
    """Dots with their coordinates; those in the part that is shown."""

    @classmethod
    def of(cls, view: PlotView) -> Content:
        points = [(d, np.array(d.xs, float), np.array(d.ys, float)) for d in view.dots]
        lines = [Line.of(view, place) for place in range(len(view.series))]
        return cls(view, tuple(lines), tuple(points))

    @property
    def x(self) -> Scale | None:
        """From the first point to the last, unless the view says which part is shown."""
        view = self.view
        if view.x is not None:
            return Scale.over(*view.x)
        if view.field is not None:
            return Scale.over(*view.field.x)
        ends = [x for xs in self._along(0) if len(xs) for x in (float(xs.min()), float(xs.max()))]
        if view.cursor is not None and math.isfinite(view.cursor):
            ends.append(view.cursor)  # it is always in sight
        return Scale.over(min(ends), max(ends)) if ends else None

    @property
    def y(self) -> Scale | None:
        """Over all finite values. A logarithmic scale leaves zeros out but refuses negative values:

        a zero is one point beyond the picture, negative values would be half of it.
        """
        view = self.view
        if view.y is not None:
            return Scale.over(*view.y)
        if view.field is not None:
            return Scale.over(*view.field.y)
        ys = [known for some in self._along(1) if len(known := some[np.isfinite(some)])]
        if not ys:
            return None
        low, high = float(min(y.min() for y in ys)), float(max(y.max() for y in ys))
        if view.log and low >= 0 and high > 0:
            low = min(float(y[y > 0].min()) for y in ys if y.max() > 0)
            return Scale.over(low, high, log=True)
        return Scale.over(low, high)

    def _along(self, axis: int) -> list[Floats]:
        """The coordinates of everything along one axis."""
        lines = [(line.xs, line.ys) for line in self.lines]
        finite = [(xs[np.isfinite(xs)], ys) for _, xs, ys in self.points]
        return [pair[axis] for pair in (*lines, *finite)]


def _last_at(xs: Floats, cursor: float) -> int | None:
    if not len(xs):
        return None
    past = np.where(xs <= cursor, xs, -math.inf)
    latest = len(xs) - 1 - int(np.argmax(past[::-1]))
    return latest if math.isfinite(past[latest]) else None


def _within(xs: Floats, ys: Floats, shown: Stretch) -> tuple[Floats, Floats]:
    """The points between two ends, and where the line crosses these."""
    low, high = shown
    inside = np.flatnonzero((xs >= low) & (xs <= high))
    if (np.diff(xs) < 0).any():
        return xs[inside], ys[inside]  # not in order: only the points themselves can be told
    if len(inside):
        first, last = int(inside[0]), int(inside[-1]) + 1
    else:
        first = last = int(np.searchsorted(xs, low))
    starts, ends = _crossing(xs, ys, first, low), _crossing(xs, ys, last, high)
    return (
        np.concatenate((starts[0], xs[first:last], ends[0])),
        np.concatenate((starts[1], ys[first:last], ends[1])),
    )


def _crossing(xs: Floats, ys: Floats, after: int, x: float) -> tuple[Floats, Floats]:
    """Where the line from the point before `after` to that one is at `x`, if it gets there."""
    if not 0 < after < len(xs) or not xs[after - 1] < x < xs[after]:
        return xs[:0], ys[:0]
    part = (x - xs[after - 1]) / (xs[after] - xs[after - 1])
    return np.array([x]), np.array([ys[after - 1] * (1 - part) + ys[after] * part])
