"""Dots in character cells: a small canvas for lines that are finer than the cells they live in.

May import: tui.models, numpy.   Imported by: drawing.plots.

A braille cell holds 2 x 4 dots; where braille is missing, the ASCII signs ' - . tell three
heights apart. Either way a cell has one ink only: two lines blended in one cell would read as a
blob of neither, so a later line takes over the cells that it shares with an earlier one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tui.models.text import Row, Span, Style

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class DotGlyphs:
    """How a cell is divided into dots, and which character shows which dots."""

    weights: NDArray[np.uint8]
    """(dots down, dots across): what each dot adds to the index of the character."""
    characters: str

    @cached_property
    def codes(self) -> NDArray[np.uint32]:
        """The characters as numbers."""
        return np.array([ord(sign) for sign in self.characters], dtype="<u4")

    @property
    def down(self) -> int:
        return int(self.weights.shape[0])

    @property
    def across(self) -> int:
        return int(self.weights.shape[1])


# Unicode numbers the dots of a braille cell column by column, except for the lowest pair.
BRAILLE = DotGlyphs(
    np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8),
    " " + "".join(chr(0x2800 + mask) for mask in range(1, 256)),
)
ASCII = DotGlyphs(np.array([[1], [2], [4]], dtype=np.uint8), " '-|.:||")


def joined(spans: Iterable[Span]) -> Row:
    """The same cells in as few spans as possible: each span costs a `Segment` later."""
    row: list[Span] = []
    for text, style in spans:
        if row and row[-1][1] == style:
            row[-1] = (row[-1][0] + text, style)
        elif text:
            row.append((text, style))
    return tuple(row)


class Canvas:
    """`width` x `height` cells of dots, with single characters laid on top.

    The points of a line must lie on the canvas: whoever draws has the scale for it.
    """

    def __init__(self, width: int, height: int, glyphs: DotGlyphs = BRAILLE) -> None:
        self.width, self.height, self.glyphs = width, height, glyphs
        self._masks = np.zeros((height, width), np.uint8)
        self._inks = np.zeros((height, width), np.uint8)
        self._styles: list[Style] = ["text"]
        self._overlay: list[dict[int, Span]] = [{} for _ in range(height)]

    @property
    def dots_across(self) -> int:
        return self.width * self.glyphs.across

    @property
    def dots_down(self) -> int:
        return self.height * self.glyphs.down

    def polyline(self, xs: Floats, ys: Floats, style: Style) -> None:
        """Joins points given in dots from the top left corner; a nan or inf breaks the line.

        Points that share a dot column fill it from their lowest to their highest, whatever happens
        in between; so the picture is exact, and its cost follows the columns, not the points.
        """
        shown = np.isfinite(xs) & np.isfinite(ys)
        columns = np.floor(xs[shown] + 0.5).astype(np.intp)
        rows = np.floor(ys[shown] + 0.5).astype(np.intp)
        if not len(rows):
            return
        runs = np.cumsum(~shown)[shown]
        changes = (columns[1:] != columns[:-1]) | (runs[1:] != runs[:-1])
        starts = np.concatenate(([0], np.flatnonzero(changes) + 1))
        lowest, highest = np.minimum.reduceat(rows, starts), np.maximum.reduceat(rows, starts)
        pillars = _Pillars(columns[starts], lowest, highest)

        begin = starts[1:][runs[starts[1:]] == runs[starts[1:] - 1]]
        end = begin - 1
        near = np.abs(columns[begin] - columns[end]) == 1
        dots = np.zeros((self.dots_down, self.dots_across), np.bool_)
        _fill(dots, pillars, *_halved(columns, rows, end[near], begin[near]))
        _trace(dots, columns, rows, end[~near], begin[~near])
        self._lay(dots, style)

    def strokes(
        self,
        ends: tuple[Floats, Floats, Floats, Floats],
        style: Style,
        *,
        dash: tuple[int, int] = (1, 0),
        thick: bool = False,
    ) -> None:
        """Many straight strokes in one ink: their x and y at one end, then at the other, in dots.

        `dash` says how many dots are drawn and how many left out in turn; a thick stroke has a
        second row of dots beside the first.
        """
        x, y, x_end, y_end = (np.floor(end + 0.5).astype(np.intp) for end in ends)
        columns, rows, step, steep = _along(x, y, x_end, y_end)
        drawn = step % sum(dash) < dash[0]
        columns, rows, steep = columns[drawn], rows[drawn], steep[drawn]
        if thick:
            columns = np.concatenate((columns, columns + steep))
            rows = np.concatenate((rows, rows + ~steep))
        inside = (columns >= 0) & (columns < self.dots_across)
        inside &= (rows >= 0) & (rows < self.dots_down)
        dots = np.zeros((self.dots_down, self.dots_across), np.bool_)
        dots[rows[inside], columns[inside]] = True
        self._lay(dots, style)

    def dots(self, drawn: NDArray[np.bool_], style: Style) -> None:
        """Dots at will: (dots down, dots across)."""
        self._lay(drawn, style)

    def put(self, column: int, row: int, character: str, style: Style) -> None:
        """One character over whatever is drawn in that cell; outside the canvas it is dropped."""
        if 0 <= column < self.width and 0 <= row < self.height:
            self._overlay[row][column] = (character, style)

    def cell_of(self, x: float, y: float) -> tuple[int, int]:
        """The (column, row) of the cell that holds a dot."""
        column, row = math.floor(x + 0.5), math.floor(y + 0.5)
        return column // self.glyphs.across, row // self.glyphs.down

    def character(self, column: int, row: int) -> str:
        """What the dots of a cell look like; a space where there are none."""
        return self.glyphs.characters[self._masks[row, column]]

    def rows(self) -> list[Row]:
        """The cells as spans. An empty cell takes the ink to its left, which saves spans."""
        drawn = np.where(self._masks > 0, np.arange(self.width), 0)
        inks = np.take_along_axis(self._inks, np.maximum.accumulate(drawn, axis=1), axis=1)
        signs = self.glyphs.codes[self._masks]
        for row, cells in enumerate(self._overlay):
            for column, (sign, style) in cells.items():
                signs[row, column], inks[row, column] = ord(sign), self._ink(style)
        ends: list[list[int]] = [[] for _ in range(self.height)]
        for row, column in np.argwhere(inks[:, 1:] != inks[:, :-1]).tolist():
            ends[row].append(column + 1)
        names, rows = self._styles, []
        for row, cuts in enumerate(ends):
            text, first = signs[row].tobytes().decode("utf-32-le"), inks[row]
            starts = [0, *cuts]
            rows.append(
                tuple(
                    (text[start:end], names[first[start]])
                    for start, end in zip(starts, [*cuts, self.width], strict=True)
                    if start < end
                )
            )
        return rows

    def copy(self) -> Canvas:
        """The same dots, to be drawn on; what lies on top of them as well."""
        other = Canvas(self.width, self.height, self.glyphs)
        other._masks, other._inks = self._masks.copy(), self._inks.copy()
        other._styles = list(self._styles)
        other._overlay = [dict(cells) for cells in self._overlay]
        return other

    def drawn(self) -> list[dict[int, Span]]:
        """By row, the cells in which there is anything, by column."""
        characters, names = self.glyphs.characters, self._styles
        found: list[dict[int, Span]] = [{} for _ in range(self.height)]
        for row, column in np.argwhere(self._masks > 0).tolist():
            ink = self._inks[row, column]
            found[row][column] = (characters[self._masks[row, column]], names[ink])
        for cells, over in zip(found, self._overlay, strict=True):
            cells |= over
        return found

    def _lay(self, dots: NDArray[np.bool_], style: Style) -> None:
        cells = dots.reshape(self.height, self.glyphs.down, self.width, self.glyphs.across)
        masks = np.zeros((self.height, self.width), np.uint8)
        for down, across in np.ndindex(*self.glyphs.weights.shape):
            masks |= cells[:, down, :, across] * self.glyphs.weights[down, across]
        taken = masks > 0
        self._masks[taken] = masks[taken]
        self._inks[taken] = self._ink(style)

    def _ink(self, style: Style) -> int:
        if style not in self._styles:
            self._styles.append(style)
        return self._styles.index(style)


@dataclass(frozen=True, eq=False)
class _Pillars:
    """Vertical strokes of dots, both ends included."""

    columns: Ints
    tops: Ints
    bottoms: Ints


def _halved(columns: Ints, rows: Ints, a: Ints, b: Ints) -> tuple[_Pillars, _Pillars]:
    """Strokes between neighbouring columns: the half at each end stands in that end's column."""
    top, bottom = np.minimum(rows[a], rows[b]), np.maximum(rows[a], rows[b])
    middle = (top + bottom) // 2
    falls = rows[a] <= rows[b]
    upper, lower = np.where(falls, columns[a], columns[b]), np.where(falls, columns[b], columns[a])
    return _Pillars(upper, top, middle), _Pillars(lower, np.minimum(middle + 1, bottom), bottom)


def _fill(dots: NDArray[np.bool_], *pillars: _Pillars) -> None:
    """Counts how many pillars begin and end along each column: cheap however tall they are."""
    height, width = dots.shape
    first = np.concatenate([some.columns for some in pillars]) * (height + 1)
    begins = first + np.concatenate([some.tops for some in pillars])
    ends = first + np.concatenate([some.bottoms for some in pillars]) + 1
    size = (height + 1) * width
    change = np.bincount(begins, minlength=size) - np.bincount(ends, minlength=size)
    # The end below the last row stands in the spare row, so a column cannot leak into the next.
    dots |= (np.cumsum(change) > 0).reshape(width, height + 1)[:, :-1].T


def _trace(dots: NDArray[np.bool_], columns: Ints, rows: Ints, a: Ints, b: Ints) -> None:
    """Straight strokes between points that are further apart, one dot per step.

    The last dot of each is left out: every point has its pillar.
    """
    x, y, _, _ = _along(columns[a], rows[a], columns[b], rows[b])
    dots[y, x] = True


def _along(
    x: Ints, y: Ints, x_end: Ints, y_end: Ints
) -> tuple[Ints, Ints, Ints, NDArray[np.bool_]]:
    """The dots of straight strokes, each without its last one.

    (column, row, how far along its stroke, whether that goes down more than across).
    """
    dx, dy = x_end - x, y_end - y
    lengths = np.maximum(np.abs(dx), np.abs(dy))
    stroke = np.repeat(np.arange(len(x)), lengths)
    step = np.arange(len(stroke)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    part = step / lengths[stroke]
    columns = x[stroke] + np.floor(dx[stroke] * part + 0.5).astype(np.intp)
    rows = y[stroke] + np.floor(dy[stroke] * part + 0.5).astype(np.intp)
    return columns, rows, step, (np.abs(dy) > np.abs(dx))[stroke]
