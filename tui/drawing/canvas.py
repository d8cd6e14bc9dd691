"""A window on a drawing that is larger than it: characters with their styles.

May import: tui.models, numpy, rich.cells.   Imported by: drawing.backdrop, drawing.graph,
drawing.minimap.

Everything is addressed by its place in the whole drawing; what lies outside the window is
dropped. So the cost of a picture follows the size of the window, not that of the drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from tui.drawing.layered import Box, Point
from tui.models.text import Row, Style

Grid = NDArray[np.uint8]

_NUMBERS: dict[Style, int] = {"text": 0}
_STYLES: list[Style] = ["text"]


def _number(style: Style) -> int:
    """Styles are kept as small numbers, which NumPy compares row by row."""
    found = _NUMBERS.get(style)
    if found is None:
        found = _NUMBERS[style] = len(_STYLES)
        _STYLES.append(style)
    return found


class Canvas:
    """The cells of a drawing that lie in a box."""

    def __init__(self, window: Box, characters: list[list[str]], styles: Grid) -> None:
        self.window = window
        self.characters = characters
        self.styles = styles

    @classmethod
    def blank(cls, window: Box) -> Canvas:
        """Nothing but blanks."""
        rows = [[" "] * window.width for _ in range(window.height)]
        return cls(window, rows, np.zeros((window.height, window.width), np.uint8))

    @classmethod
    def of(
        cls, window: Box, characters: list[list[str]], drawn: NDArray[np.bool_], style: Style
    ) -> Canvas:
        """Characters, those that are drawn in a style and the blanks between them in none."""
        return cls(window, characters, np.where(drawn, np.uint8(_number(style)), np.uint8(0)))

    def copy(self) -> Canvas:
        """One to paint on without changing this one."""
        return Canvas(self.window, [row[:] for row in self.characters], self.styles.copy())

    def at(self, point: Point) -> str:
        """The character in a cell; a blank outside the window."""
        x, y = point[0] - self.window.x, point[1] - self.window.y
        inside = 0 <= x < self.window.width and 0 <= y < self.window.height
        return self.characters[y][x] if inside else " "

    def put(self, point: Point, character: str, style: Style) -> None:
        """One character that takes one cell."""
        x, y = point[0] - self.window.x, point[1] - self.window.y
        if 0 <= x < self.window.width and 0 <= y < self.window.height:
            self.characters[y][x] = character
            self.styles[y, x] = _number(style)

    def write(self, x: int, y: int, text: str, style: Style) -> None:
        """Text from a cell on. Half of a wide character at the edge of the window is a blank."""
        if not self.window.y <= y < self.window.bottom:
            return
        if cell_len(text) == len(text):
            first, last = max(x, self.window.x), min(x + len(text), self.window.right)
            if first < last:
                across = slice(first - self.window.x, last - self.window.x)
                self.characters[y - self.window.y][across] = text[first - x : last - x]
                self.styles[y - self.window.y, across] = _number(style)
            return
        for character in text:
            cells = cell_len(character)
            inside = self.window.x <= x and x + cells <= self.window.right
            if cells == 2 and inside:
                self.put((x, y), character, style)
                self.put((x + 1, y), "", style)
            elif cells:
                for column in range(x, x + cells):
                    self.put((column, y), character if inside else " ", style)
            x += cells

    def write_words(self, x: int, y: int, text: str, style: Style, cut: str) -> None:
        """Text from a cell on, with the character `cut` where the edge of the window cuts it."""
        self.write(x, y, text, style)
        end = x + cell_len(text)
        if x < self.window.x < end:
            self.put((self.window.x, y), cut, style)
        if x < self.window.right < end:
            self.put((self.window.right - 1, y), cut, style)

    def write_whole(self, x: int, y: int, text: str, style: Style, cut: str) -> None:
        """A number: one that reaches out of the window becomes the character `cut`, since a part
        of it would be another number."""
        first, last = max(x, self.window.x), min(x + cell_len(text), self.window.right)
        if (first, last) == (x, x + cell_len(text)):
            self.write(x, y, text, style)
        elif first < last:
            self.put((first if first > x else last - 1, y), cut, style)

    def ink(self, x: int, y: int, cells: int, style: Style) -> None:
        """Another style for what stands in a piece of a row."""
        first, last = max(x, self.window.x), min(x + cells, self.window.right)
        if self.window.y <= y < self.window.bottom and first < last:
            across = slice(first - self.window.x, last - self.window.x)
            self.styles[y - self.window.y, across] = _number(style)

    def rows(self) -> list[Row]:
        """The window, cells of one style together."""
        if not self.window.width:
            return [()] * self.window.height
        changes: Sequence[NDArray[Any]] = np.nonzero(self.styles[:, 1:] != self.styles[:, :-1])
        ends: list[list[int]] = [[] for _ in range(self.window.height)]
        for row, column in zip(changes[0].tolist(), changes[1].tolist(), strict=True):
            ends[row].append(column + 1)
        rows: list[Row] = []
        for characters, styles, stops in zip(self.characters, self.styles, ends, strict=True):
            starts = [0, *stops]
            inks = styles[starts].tolist()
            stops.append(self.window.width)
            rows.append(
                tuple(
                    ("".join(characters[start:stop]), _STYLES[ink])
                    for start, stop, ink in zip(starts, stops, inks, strict=True)
                )
            )
        return rows
