"""A small map of a graph that is larger than its panel, in a corner of it.

May import: tui.models, numpy, drawing.backdrop, drawing.boxes, drawing.canvas, drawing.layered,
drawing.raster, drawing.viewport, drawing.words.   Imported by: drawing.graph.

Every node is a dot. The frame is heavy along the part that is in view, so the window shows without
colour. The map stands in the emptiest corner and never on what the event is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tui.drawing.backdrop import Backdrop
from tui.drawing.canvas import Canvas
from tui.drawing.layered import Box, Layout, Point
from tui.drawing.raster import ASCII, BRAILLE
from tui.drawing.viewport import Viewport
from tui.drawing.words import Glyphs, plain
from tui.models.graph import GraphView

LEAST_WIDTH, LEAST_HEIGHT = 40, 10
"""The smallest panel that has room for a map."""

WIDEST = 30
"""Columns of a map inside its frame, at most."""

SIGNS: dict[Glyphs, str] = {"braille": "┌─┐│└┘━┃◆", "ascii": "+-+|++=#@"}
"""Corners, edges, the heavy edges of what is in view, and the current node."""


@dataclass(frozen=True)
class Minimap:
    box: Box
    """Where it stands, as a part of the drawing that it covers."""
    columns: int
    """Inside its frame."""
    rows: int
    drawing: tuple[int, int]

    def cell(self, point: Point) -> Point:
        """Where a place of the drawing is on the map, from its first cell inside the frame."""
        width, height = self.drawing
        x = min(max(point[0], 0) * self.columns // max(1, width), self.columns - 1)
        y = min(max(point[1], 0) * self.rows // max(1, height), self.rows - 1)
        return x, y

    def target(self, x: int, y: int) -> Point:
        """Which place of the drawing a cell of the map stands for; its frame counts as inside."""
        width, height = self.drawing
        across = min(max(x - self.box.x - 1, 0), self.columns - 1)
        down = min(max(y - self.box.y - 1, 0), self.rows - 1)
        return (2 * across + 1) * width // (2 * self.columns), (2 * down + 1) * height // (
            2 * self.rows
        )


def minimap(scene: Backdrop, port: Viewport, keep_clear: Iterable[Box]) -> Minimap | None:
    """The map for a panel; None where all is in view, or no corner is free."""
    window = port.window
    if not port.scrolls or window.width < LEAST_WIDTH or window.height < LEAST_HEIGHT:
        return None
    columns, rows = _size(port)
    width, height = columns + 2, rows + 2
    left, right = window.x, window.right - width
    top, bottom = window.y, window.bottom - height
    corners = ((right, bottom), (left, bottom), (right, top), (left, top))
    clear = [Box(b.x - 1, b.y - 1, b.width + 2, b.height + 2) for b in keep_clear]
    free = [
        box
        for x, y in corners
        for box in (Box(x, y, width, height),)
        if not any(box.meets(other) for other in clear)
    ]
    if not free:
        return None
    return Minimap(min(free, key=scene.covered), columns, rows, port.drawing)


def _size(port: Viewport) -> tuple[int, int]:
    """Columns and rows in the proportions of the drawing, within a quarter of the panel."""
    (width, height), window = port.drawing, port.window
    most_columns, most_rows = min(WIDEST, window.width // 4), max(1, window.height // 4 - 1)
    columns = most_columns
    rows = round(height * columns / width)
    if rows > most_rows:
        rows = most_rows
        columns = max(most_columns // 3, round(width * rows / height))
    # A drawing that scrolls up and down needs two rows to show it.
    return columns, min(max(rows, 1 + (height > window.height)), most_rows)


@lru_cache(maxsize=16)
def _dots(drawing: Layout, columns: int, rows: int, glyphs: Glyphs) -> list[str]:
    """A dot for each node."""
    kit = BRAILLE if glyphs == "braille" else ASCII
    boxes = list(drawing.boxes.values())
    x = np.array([box.x + box.width // 2 for box in boxes]) * columns * kit.across
    y = np.array([box.y + box.height // 2 for box in boxes]) * rows * kit.down
    x, y = x // max(1, drawing.width), y // max(1, drawing.height)
    masks = np.zeros((rows, columns), np.uint8)
    np.bitwise_or.at(
        masks, (y // kit.down, x // kit.across), kit.weights[y % kit.down, x % kit.across]
    )
    return ["".join(kit.characters[mask] for mask in row) for row in masks.tolist()]


def paint_minimap(canvas: Canvas, scene: Backdrop, view: GraphView, found: Minimap) -> None:
    """The map over what is drawn in its corner."""
    box, window, glyphs = found.box, canvas.window, scene.glyphs
    corner, level, top_right, upright, lower, lower_right, heavy, wall, here = SIGNS[glyphs]
    first = found.cell((window.x, window.y))
    last = found.cell((window.right - 1, window.bottom - 1))
    across = range(first[0], last[0] + 1)
    down = range(first[1], last[1] + 1)
    canvas.write(box.x, box.y, corner + level * found.columns + top_right, "line")
    canvas.write(box.x, box.bottom - 1, lower + level * found.columns + lower_right, "line")
    for y in (box.y, box.bottom - 1):
        canvas.write(box.x + 1 + first[0], y, heavy * len(across), "focus")
    for row, dots in enumerate(_dots(scene.layout, found.columns, found.rows, glyphs)):
        y = box.y + 1 + row
        side, ink = (wall, "focus") if row in down else (upright, "line")
        canvas.put((box.x, y), side, ink)
        canvas.write(box.x + 1, y, dots, "dim")
        if row in down:
            canvas.ink(box.x + 1 + first[0], y, len(across), "title")
        canvas.put((box.right - 1, y), side, ink)
    current = None if view.current is None else scene.layout.boxes.get(view.current)
    if current:
        x, y = found.cell((current.x + current.width // 2, current.y + current.height // 2))
        canvas.put((box.x + 1 + x, box.y + 1 + y), here, f"{view.phase} bold")
    chosen = None if view.chosen is None else scene.layout.boxes.get(view.chosen)
    if chosen and view.chosen != view.current:
        x, y = found.cell((chosen.x + chosen.width // 2, chosen.y + chosen.height // 2))
        canvas.put((box.x + 1 + x, box.y + 1 + y), plain("●", glyphs), "title bold")
