"""Fields of colour: numbers on a grid as half-blocks in two shades, or as marks without colour.

A cell holds two tiles, one above the other, so that tiles are nearly square. Where a line or a
point crosses a cell it is drawn on the shade of both. Without colours (or with so few that shades
would be noise) a cell has one mark for how much there is, and lines are what they always are.
May import: tui.models, drawing.raster, drawing.plots, numpy.   Imported by: drawing.plots.plot.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from tui.drawing.plots.scales import Scale, format_value
from tui.drawing.plots.signs import SIGNS, Glyphs, Signs
from tui.drawing.raster import Canvas, Floats
from tui.models.plots import LEVELS, Colours, Field, Stretch
from tui.models.text import Row, Span, Style

CONTOURS = 9
"""Steps between the least and the greatest number of a field."""

CROWDED = 3
"""Dots within which no second contour is told apart."""

Levels = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Ground:
    """What a field looks like in so many cells, before anything is drawn on it."""

    cells: list[list[Span]]
    """Row by row, one span a cell."""
    shades: list[list[Style]]
    """What the style of a sign has to be given, to be drawn on each of them."""
    contours: NDArray[np.bool_] | None
    """Every dot that is on a line of equal numbers."""

    def rows(self, canvas: Canvas) -> list[Row]:
        """The field with what is drawn on it."""
        rows: list[Row] = []
        for cells, shades, drawn in zip(self.cells, self.shades, canvas.drawn(), strict=True):
            row = list(cells)
            for column, (sign, style) in drawn.items():
                row[column] = (sign, style + shades[column])
            rows.append(_joined(row))
        return rows


def _joined(cells: list[Span]) -> Row:
    groups = groupby(cells, key=itemgetter(1))
    return tuple(("".join([sign for sign, _ in group]), style) for style, group in groups)


def ground_of(
    field: Field, x: Scale, y: Scale, columns: int, rows: int, glyphs: Glyphs, coloured: bool
) -> Ground:
    """A field where the axes show it, in shades or in marks; the same again is remembered."""
    coloured = coloured and glyphs != "ascii"
    return _ground(field, (x.low, x.high), (y.low, y.high), columns, rows, glyphs, coloured)


@lru_cache(maxsize=32)
def _ground(
    field: Field,
    x: Stretch,
    y: Stretch,
    columns: int,
    rows: int,
    glyphs: Glyphs,
    coloured: bool,
) -> Ground:
    signs, sampled = SIGNS[glyphs], _Sampled.of(field)
    across, down = columns * signs.dots.across, rows * signs.dots.down
    contours = None
    if field.contours and (coloured or field.colours != "ordered"):
        fine = sampled.at(_centres(x, across, 1, across), _centres(y, down, 1, down))
        contours = _edges(field, fine)[::-1]
    tiles = 2 if coloured else 1
    xs = _centres(x, columns, signs.dots.across, across)
    ys = _centres(y, tiles * rows, signs.dots.down / tiles, down)
    levels = sampled.levels(xs, ys)[::-1]
    if coloured:
        cells, shades = _shaded(levels.reshape(rows, 2, columns), field.colours)
    else:
        cells = [[(mark, "text") for mark in row] for row in _marks(field, levels, signs)]
        shades = [[""] * columns] * rows
    return Ground(cells, shades, contours)


def _shaded(halves: Levels, colours: Colours) -> tuple[list[list[Span]], list[list[Style]]]:
    """Cells of two shades each, the upper one as ink of a half-block, and the shade below signs."""
    cells: list[list[Span]] = []
    shades: list[list[Style]] = []
    for row in halves.tolist():
        pairs = list(zip(*row, strict=True))
        cells.append([_cell(top, bottom, colours) for top, bottom in pairs])
        shades.append([_shade(top, bottom, colours) for top, bottom in pairs])
    return cells, shades


@cache
def _cell(top: int, bottom: int, colours: Colours) -> Span:
    if top == bottom:
        return (" ", "text" if top < 0 else f"on:{colours}:{top}")
    if top < 0:
        return ("▄", f"map:{colours}:{bottom}")
    below = "" if bottom < 0 else f" on:{colours}:{bottom}"
    return ("▀", f"map:{colours}:{top}{below}")


@cache
def _shade(top: int, bottom: int, colours: Colours) -> Style:
    known = [level for level in (top, bottom) if level >= 0]
    if not known:
        return ""
    # Between two classes there would be a third.
    level = known[0] if colours == "classes" else sum(known) // len(known)
    return f" on:{colours}:{level}"


def _centres(ends: tuple[float, float], parts: int, dots: float, in_all: int) -> Floats:
    """Where the middles of so many parts of an axis are, each a number of dots long.

    The first dot stands at the one end, the last one at the other: as lines are drawn.
    """
    low, high = ends
    share = (np.arange(parts) * dots + (dots - 1) / 2) / max(1, in_all - 1)
    return low + share * (high - low)


KEY = 8
"""Cells of the strip that says what the shades mean."""


@lru_cache(maxsize=32)
def key_of(field: Field, glyphs: Glyphs, coloured: bool) -> tuple[Span, ...]:
    """The least number, all shades, and the greatest; nothing where shades stand for no number."""
    if field.colours != "ordered":
        return ()
    sampled, count = _Sampled.of(field), LEVELS[field.colours]
    if not sampled.low < sampled.high:
        return ()
    low, high = (10**end if field.log else end for end in (sampled.low, sampled.high))
    levels = np.arange(KEY) * (count - 1) // (KEY - 1)
    if coloured and glyphs != "ascii":
        strip = [_cell(int(level), int(level), field.colours) for level in levels]
    else:
        strip = [(_marks(field, levels[None], SIGNS[glyphs])[0], "text")]
    return (
        (f"{format_value(low, 3)} ", "dim"),
        *strip,
        (f" {format_value(high, 3)}", "dim"),
    )


@dataclass(frozen=True, eq=False)
class _Sampled:
    """The layers of a field as arrays, with what their numbers are measured by."""

    field: Field
    layers: Floats
    """(layers, rows, columns)"""
    low: float
    high: float

    @classmethod
    def of(cls, field: Field) -> _Sampled:
        layers = np.array(field.layers, float).reshape(len(field.layers), -1, field.columns)
        with np.errstate(all="ignore"):
            if field.log:
                layers = np.log10(layers)
        finite = layers[np.isfinite(layers)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        if field.colours == "diverging":
            # The few greatest numbers would make all the others pale.
            high = float(np.quantile(np.abs(finite), 0.75)) if len(finite) else 1.0
            low = -high
        if field.colours == "density":
            low = 0.0
        return cls(field, layers, low, high)

    def at(self, xs: Floats, ys: Floats) -> Floats:
        """The layers at every pair of such coordinates; nan beyond the grid."""
        _, rows, columns = self.layers.shape
        i, u = _between(ys, self.field.y, rows, self.field.smooth)
        j, v = _between(xs, self.field.x, columns, self.field.smooth)
        if not self.field.smooth:
            found = self.layers[:, i][:, :, j]
        else:
            a, b = self.layers[:, i], self.layers[:, np.minimum(i + 1, rows - 1)]
            with np.errstate(all="ignore"):
                part = u[None, :, None]
                along = np.where(part == 0, a, a * (1 - part) + b * part)
                left, right = along[:, :, j], along[:, :, np.minimum(j + 1, columns - 1)]
                part = v[None, None, :]
                found = np.where(part == 0, left, left * (1 - part) + right * part)
        beyond = np.isnan(u)[None, :, None] | np.isnan(v)[None, None, :]
        return np.where(beyond, np.nan, found)

    def levels(self, xs: Floats, ys: Floats) -> Levels:
        """The shade at every pair of coordinates; −1 where there is no number."""
        found, field = self.at(xs, ys), self.field
        count = LEVELS[field.colours]
        if field.colours == "classes":
            known = np.isfinite(found).all(axis=0)
            safe = np.where(np.isfinite(found), found, -np.inf)
            ranked = np.sort(safe, axis=0)
            with np.errstate(all="ignore"):
                margin = ranked[-1] - ranked[-2] if len(ranked) > 1 else np.ones(known.shape)
            typical = float(np.median(margin[known])) if known.any() else 1.0
            share = np.clip(margin / (2 * typical or 1.0), 0, 0.999)
            shade = np.argmax(safe, axis=0) * count + _whole(share * count)
            return np.where(known, shade, -1)
        values, span = found[0], self.high - self.low
        if field.colours == "density":
            values = self._densest(xs, ys)
        with np.errstate(all="ignore"):
            share = (values - self.low) / span if span > 0 else np.zeros_like(values)
            if field.colours == "density":
                share = np.sqrt(np.maximum(share, 0.0))  # the few are to be seen, too
        finite = np.isfinite(values)
        level = _whole(np.clip(share, 0, 1) * (count - 1) + 0.5)
        return np.where(finite, np.clip(level, 0, count - 1), -1)

    def _densest(self, xs: Floats, ys: Floats) -> Floats:
        """The layer at every pair of coordinates; where a part of the picture is taller than a
        row of the grid, the most of what is in it, as thin bands are what one looks for."""
        _, rows, columns = self.layers.shape
        low, high = self.field.y
        half = (ys[1] - ys[0]) / 2 if len(ys) > 1 else (high - low) / 2
        first, _ = _between(np.clip(ys - half, low, high), self.field.y, rows, False)
        last, _ = _between(np.clip(ys + half, low, high), self.field.y, rows, False)
        j, v = _between(xs, self.field.x, columns, False)
        picked = self.layers[0][:, j]
        picked = np.where(np.isnan(v), np.nan, picked)
        # A part ends before the next one begins, unless it is the last row of all.
        last = np.where(ys + half >= high - 1e-9 * (high - low), rows, last)
        ends = np.maximum(last, first + 1)
        found = [np.fmax.reduce(picked[a:b], axis=0) for a, b in zip(first, ends, strict=True)]
        inside = (ys >= low - half) & (ys <= high + half)
        return np.where(inside[:, None], np.stack(found), np.nan)


def _whole(values: Floats) -> Levels:
    return np.where(np.isfinite(values), values, 0).astype(np.intp)


def _between(
    at: Floats, ends: tuple[float, float], points: int, smooth: bool
) -> tuple[Levels, Floats]:
    """The point of the grid before each coordinate, and how far behind it; nan beyond the grid."""
    low, high = ends
    share = (at - low) / (high - low) if high > low else np.zeros_like(at)
    outside = (share < -1e-9) | (share > 1 + 1e-9)
    places = np.clip(share, 0, 1) * (points - 1 if smooth else points)
    first = np.clip(places.astype(np.intp), 0, points - 1)
    return first, np.where(outside, np.nan, places - first)


def _edges(field: Field, fine: Floats) -> NDArray[np.bool_]:
    """The dots at which the numbers pass from one step to the next."""
    if field.colours == "classes":
        known = np.isfinite(fine).all(axis=0)
        steps = np.argmax(np.where(np.isfinite(fine), fine, -np.inf), axis=0).astype(float)
        steps[~known] = np.nan
    elif field.colours == "diverging":
        steps = np.where(np.isfinite(fine[0]), (fine[0] > 0).astype(float), np.nan)
    else:
        values = fine[0]
        finite = values[np.isfinite(values)]
        low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
        with np.errstate(all="ignore"):
            span = high - low if high > low else 1.0
            steps = np.floor((values - low) / span * CONTOURS)
            steep = _slope(values) * CONTOURS / span
        edges = _changes(steps)
        # Where lines would touch each other they say nothing but that it is steep.
        return edges & ~(steep > 1 / CROWDED)
    return _changes(steps)


def _changes(steps: Floats) -> NDArray[np.bool_]:
    edges = np.zeros(steps.shape, np.bool_)
    for ahead, behind, mark in (
        (steps[1:], steps[:-1], edges[1:]),
        (steps[:, 1:], steps[:, :-1], edges[:, 1:]),
    ):
        mark |= (ahead != behind) & np.isfinite(ahead) & np.isfinite(behind)
    return edges


def _slope(values: Floats) -> Floats:
    """How much the numbers change from a dot to the next, at most."""
    slope = np.zeros(values.shape)
    slope[1:] = np.abs(np.diff(values, axis=0))
    slope[:, 1:] = np.maximum(slope[:, 1:], np.abs(np.diff(values, axis=1)))
    return np.nan_to_num(slope)


def _marks(field: Field, levels: Levels, signs: Signs) -> list[str]:
    """A character for each shade: how much there is, or which class it is."""
    count = LEVELS[field.colours]
    if field.colours == "classes":
        table = "".join(sign * count for sign in signs.fills) * 8
    elif field.colours == "diverging":
        half = count // 2
        upper = [signs.shades[1 + (2 * k) // (count - half)] for k in range(count - half)]
        table = signs.shades[0] * half + "".join(upper)
    else:
        table = "".join(signs.shades[k * len(signs.shades) // count] for k in range(count))
    return [
        "".join(table[k] if 0 <= k < len(table) else " " for k in row) for row in levels.tolist()
    ]
