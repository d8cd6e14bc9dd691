"""What of a graph stays the same from event to event: idle wires, their tips, frames and titles.

May import: tui.models, numpy, rich.cells, drawing.boxes, drawing.canvas, drawing.kinds,
drawing.layered, drawing.wires, drawing.words.   Imported by: drawing.graph.

It is painted once for each window on the drawing; painting an event copies it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rich.cells import cell_len

from tui.drawing.boxes import NodeStyle, layout_of
from tui.drawing.canvas import Canvas, Grid
from tui.drawing.kinds import CHIPS, TITLES, WALLS
from tui.drawing.layered import Box, Edge, Layout, Leg, Point, Tag
from tui.drawing.wires import (
    DOWN,
    HEAVY,
    JUNCTION,
    LEFT,
    LIGHT,
    RIGHT,
    UP,
    along,
    ascii_glyph,
    glyph,
    weight,
)
from tui.drawing.words import Glyphs, clipped, plain
from tui.models.graph import GraphShape
from tui.models.text import Style

EDGE_NAME = 12
"""Cells that a name takes at most where its wire comes in at the edge of the window."""

# While a window is painted, a cell has one bit for each arm.
_LEFT, _RIGHT, _UP, _DOWN = 1, 2, 4, 8
_CELLS = [
    LIGHT * sum(arm for bit, arm in enumerate((LEFT, RIGHT, UP, DOWN)) if mask >> bit & 1)
    for mask in range(16)
]
_CHARACTERS = {
    "braille": np.array([glyph(cell) for cell in _CELLS]),
    "ascii": np.array([ascii_glyph(cell) for cell in _CELLS]),
}


@dataclass(frozen=True)
class Word:
    """The name of an operand on its wire, where its box is far away."""

    node: int
    x: int
    y: int
    text: str


@dataclass(frozen=True, eq=False)
class Backdrop:
    shape: GraphShape
    style: NodeStyle
    layout: Layout
    glyphs: Glyphs
    lit: frozenset[int] | None
    canvas: Canvas
    """The idle picture: copy it before painting on it."""
    arms: Grid
    """Arms of idle wires and frames, one bit each: what heavy lines are joined with."""
    boxes: tuple[tuple[int, Box], ...]
    """The nodes in the window."""
    tips: frozenset[Point]
    """Where idle wires end in a tip."""
    words: list[Word]

    def cell(self, point: Point) -> int:
        """The idle arms in a cell, as `wires` counts them."""
        window = self.canvas.window
        x, y = point[0] - window.x, point[1] - window.y
        inside = 0 <= x < window.width and 0 <= y < window.height
        return _CELLS[self.arms[y, x]] if inside else 0

    def covered(self, box: Box) -> int:
        """How many drawn cells a box would hide, numbers in frames left out."""
        x, y = box.x - self.canvas.window.x, box.y - self.canvas.window.y
        return int(np.count_nonzero(self.arms[y : y + box.height, x : x + box.width]))

    def glyph(self, cell: int) -> str:
        """The character for some arms."""
        return ascii_glyph(cell) if self.glyphs == "ascii" else glyph(cell)

    def title(self, node: int, box: Box) -> tuple[int, str]:
        """(where it begins, a node's name as it fits into the first row of its box)."""
        room = box.width - 2
        title = clipped(plain(self.shape.title(node), self.glyphs), room)
        # A blank at either side sets the title off from the rule it stands in, if there is room.
        if self.style.parts and cell_len(title) + 2 <= room:
            title = f" {title} " if self.style.lid else f"{title} "
        indent = (room - cell_len(title)) // 2 if self.style.lid else 0
        return box.x + 1 + indent, title

    def paint_chip(self, canvas: Canvas, node: int, box: Box) -> None:
        """The walls of a box that has one row, close to its name."""
        x, title = self.title(node, box)
        left, right = CHIPS[self.glyphs][self.shape.kind(node)]
        if right == "│" and node in self.shape.consumed:
            right = "├"
        canvas.put((x - 1, box.y), left, "line")
        canvas.put((x + cell_len(title), box.y), right, "line")

    def title_style(self, node: int) -> Style:
        """The colour of an idle node's name."""
        if self.lit is not None:
            return "title bold" if node in self.lit else "dim"
        return TITLES[self.shape.kind(node)]

    def port(self, node: int) -> Point:
        """The cell beside a box, or in its frame, where a wire's tip at its operand stands."""
        box = self.layout.boxes[node]
        return (box.right - self.style.tips_on_frame, box.y + self.style.size.first_port)

    def tip(self, edge: Edge, backward: bool) -> Point:
        """Where an active wire's tip goes: beside the result's box, or the operand's or its tag."""
        corners = self.layout.wires[edge]
        if backward:
            x, y = corners[0]
            return (x - (self.style.tips_on_frame or self.layout.tagged(edge)), y)
        x, y = corners[-1]
        return (x + self.style.tips_on_frame, y)

    def flow(self, edge: Edge, backward: bool) -> list[tuple[Point, int]]:
        """Cells of an active wire from frame to frame, without the one that its tip takes."""
        corners = self.layout.wires[edge]
        (start, leaves), (end, enters) = corners[0], corners[-1]
        window = self.canvas.window
        cells = list(along(corners, HEAVY, (window.x, window.y, window.right, window.bottom)))
        # Where no idle frame is drawn, nothing stops the wire on its way to the words.
        through = not self.style.framed
        if self.style.tips_on_frame or not backward:
            cells.append(((start - 1, leaves), HEAVY * (RIGHT + through * LEFT)))
        if self.style.parts and (self.style.tips_on_frame or backward):
            cells.append(((end + 1, enters), HEAVY * (LEFT + through * RIGHT)))
        if not self.style.lid and not self.layout.tagged(edge):
            cells += _rule(self.layout.boxes[edge[0]], HEAVY)
        tip = self.tip(edge, backward)
        return [(point, arms) for point, arms in cells if point != tip]

    def frame(self, box: Box, strength: int) -> Iterator[tuple[Point, int]]:
        """The frame of the current node, or of the chosen one."""
        style, left, right = self.style, box.x, box.right - 1
        top, bottom = box.y, box.bottom - 1
        yield from _rule(box, strength)
        if style.floor:
            yield from (((x, bottom), strength * (LEFT + RIGHT)) for x in range(left + 1, right))
        for y in range(top + style.lid, bottom + 1 - style.floor):
            yield (left, y), strength * (UP + DOWN)
            yield (right, y), strength * (UP + DOWN)
        if style.lid:
            yield (left, top), strength * (RIGHT + DOWN)
            yield (right, top), strength * (LEFT + DOWN)
        if style.floor:
            yield (left, bottom), strength * (RIGHT + UP)
            yield (right, bottom), strength * (LEFT + UP)

    def outward(self, box: Box, point: Point) -> int:
        """Of a cell in the side of a box, the idle arm that reaches out for a wire."""
        arm = {box.x: LEFT, box.right - 1: RIGHT}.get(point[0], 0)
        # In a corner such an arm would be the frame's own.
        corner = point[1] == box.y and self.style.lid
        return 0 if not arm or corner else arm * weight(self.cell(point), arm)


def _rule(box: Box, strength: int) -> Iterator[tuple[Point, int]]:
    """The line that a title stands in."""
    for x in range(box.x + 1, box.right - 1):
        yield (x, box.y), strength * (LEFT + RIGHT)


@lru_cache(maxsize=16)
def backdrop(
    shape: GraphShape,
    style: NodeStyle,
    window: Box,
    glyphs: Glyphs = "braille",
    lit: frozenset[int] | None = None,
) -> Backdrop:
    """The idle picture in a window. Nodes that are lit and the wires between them stand out."""
    drawing = layout_of(shape, style)
    ranks = drawing.ranks(window.x, window.right)
    legs = [
        leg
        for rank in ranks
        for leg in drawing.legs[rank]
        if leg.top < window.bottom and leg.bottom >= window.y
    ]
    boxes = tuple(
        (node, drawing.boxes[node])
        for rank in ranks
        for node in drawing.layers[rank]
        if drawing.boxes[node].meets(window)
    )
    lines = _Lines(window)
    for leg in legs:
        lines.leg(leg, style)
    for node, box in boxes:
        lines.box(box, style, node in shape.consumed)
    canvas = Canvas.of(window, _CHARACTERS[glyphs][lines.arms].tolist(), lines.arms > 0, "line")
    tips = frozenset((leg.end + style.tips_on_frame, row) for leg in legs for row in leg.tips)
    made = Backdrop(shape, style, drawing, glyphs, lit, canvas, lines.arms, boxes, tips, [])
    if lit is not None:
        _light(made, lit)
    for leg in legs:
        if leg.junction:
            canvas.put(leg.junction, plain(JUNCTION, glyphs), "line")
    for node, box in boxes:
        _paint_walls(made, node, box)
        x, title = made.title(node, box)
        canvas.write_words(x, box.y, title, made.title_style(node), plain("…", glyphs))
        if not style.parts:
            made.paint_chip(canvas, node, box)
    for tip in tips:
        canvas.put(tip, plain("▸", glyphs), "dim")
    made.words.extend(_names_at_the_edge(made, legs))
    made.words.extend(_paint_tag(made, tag) for tag in drawing.tags if tag.box.meets(window))
    return made


class _Lines:
    """Straight pieces of light line in a window, each from cell to cell, both included."""

    def __init__(self, window: Box) -> None:
        self.window = window
        self.arms: Grid = np.zeros((window.height, window.width), np.uint8)

    def across(self, first: int, last: int, row: int) -> None:
        left, right, y = first - self.window.x, last - self.window.x, row - self.window.y
        if 0 <= y < self.window.height:
            self.arms[y, max(left, 0) : max(right, 0)] |= _RIGHT
            self.arms[y, max(left + 1, 0) : max(right + 1, 0)] |= _LEFT

    def down(self, column: int, first: int, last: int) -> None:
        x, top, bottom = column - self.window.x, first - self.window.y, last - self.window.y
        if 0 <= x < self.window.width:
            self.arms[max(top, 0) : max(bottom, 0), x] |= _DOWN
            self.arms[max(top + 1, 0) : max(bottom + 1, 0), x] |= _UP

    def reach(self, x: int, y: int, arms: int) -> None:
        """Arms in one cell."""
        x, y = x - self.window.x, y - self.window.y
        if 0 <= x < self.window.width and 0 <= y < self.window.height:
            self.arms[y, x] |= arms

    def leg(self, leg: Leg, style: NodeStyle) -> None:
        """A wire from the frame where it starts to the boxes where it ends."""
        for (x, y), (to_x, to_y) in leg.runs():
            if y == to_y:
                self.across(x, to_x, y)
            else:
                self.down(x, y, to_y)
        self.across(leg.start - 1, leg.start, leg.leaves)
        if not style.framed and not leg.passes:
            # Nothing stops the wire on its way to the words.
            self.reach(leg.start - 1, leg.leaves, _LEFT)
        for row in leg.enters:
            self.reach(leg.end, row, _RIGHT)

    def box(self, box: Box, style: NodeStyle, consumed: bool) -> None:
        """The frame of an idle node, or the line that its title stands in."""
        left, right, top, bottom = box.x, box.right - 1, box.y, box.bottom - 1
        if style.framed:
            for row in (top, bottom):
                self.across(left, right, row)
            for column in (left, right):
                self.down(column, top, bottom)
        elif style.lid or consumed:
            # Beside the title of a row of its own, it is the start of the wire: without one it
            # would dangle.
            for x in range(left + 1, right):
                self.reach(x, top, _LEFT | _RIGHT)
        if not style.framed:
            # Rows that only hold ports are tied to the words above them.
            last = bottom - style.floor
            for row in range(top + 1 + len(style.parts), last + 1):
                arms = _LEFT | _UP | (_DOWN if row < last else 0)
                self.reach(left + style.tips_on_frame, row, arms)


def _light(made: Backdrop, lit: frozenset[int]) -> None:
    """Wires between nodes that are lit stand out from all others."""
    box = made.canvas.window
    window = (box.x, box.y, box.right, box.bottom)
    for edge in made.shape.edges:
        if edge[0] in lit and edge[1] in lit:
            for (x, y), _ in along(made.layout.wires[edge], LIGHT, window):
                made.canvas.ink(x, y, 1, "text")


def _paint_walls(made: Backdrop, node: int, box: Box) -> None:
    """The corners and sides by which a frame tells what a node is."""
    canvas, kind = made.canvas, made.shape.kind(node)
    left, right, top, bottom = box.x, box.right - 1, box.y, box.bottom - 1
    if not made.style.framed:
        return
    walls = WALLS[made.glyphs][kind]
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    for corner, character in zip(corners, walls.corners, strict=True):
        canvas.put(corner, character, "line")
    for y in range(top + 1, bottom):
        for x, side in ((left, walls.left), (right, walls.right)):
            # Where a wire leaves, the side is joined with it.
            if made.cell((x, y)) == LIGHT * (UP + DOWN):
                canvas.put((x, y), side, "line")


def _paint_tag(made: Backdrop, tag: Tag) -> Word:
    """The name of a node, and a broken line for the way that is left out."""
    x, y = tag.box.right - 1, tag.box.y
    made.canvas.put((x, y), plain("┄", made.glyphs), "line")
    name = clipped(plain(made.shape.title(tag.node), made.glyphs), tag.box.width - 2)
    made.canvas.write(x - 1 - cell_len(name), y, name, "dim")
    return Word(tag.node, x - 1 - cell_len(name), y, name)


def _names_at_the_edge(made: Backdrop, legs: Sequence[Leg]) -> Iterator[Word]:
    """Wires that come in at the left of the window carry the name of where they come from."""
    canvas, left = made.canvas, made.canvas.window.x
    level = _CHARACTERS[made.glyphs][_LEFT | _RIGHT]
    for leg in legs:
        if made.layout.boxes[leg.node].right > left:
            continue
        name = clipped(plain(made.shape.title(leg.node), made.glyphs), EDGE_NAME)
        cells = cell_len(name) + 1
        for (x, y), (to_x, to_y) in leg.runs():
            free = y == to_y and x <= left and left + cells <= to_x
            if free and all(canvas.at((left + i, y)) == level for i in range(cells)):
                canvas.write(left, y, f"{name} ", "dim")
                yield Word(leg.node, left, y, name)
