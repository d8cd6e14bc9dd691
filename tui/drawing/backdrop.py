"""What of a graph stays the same from event to event: idle wires, their tips, idle frames.

May import: tui.models, drawing.boxes, drawing.layered, drawing.wires, drawing.words.
Imported by: drawing.graph.

It is painted once per graph and node style. Painting an event copies the visible part of it.
Frames with square corners belong to what is given (data, constants, parameters), those with
round corners to what is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tui.drawing.boxes import NodeStyle, layout_of
from tui.drawing.layered import Box, Edge, Layout, Point
from tui.drawing.wires import (
    CROSSING,
    DOWN,
    GLYPHS,
    HEAVY,
    JUNCTION,
    LEFT,
    LIGHT,
    RIGHT,
    UP,
    along,
    ascii_glyph,
    glyph,
    joined,
    weight,
)
from tui.drawing.words import plain
from tui.models import GraphShape, Style


@dataclass(frozen=True, eq=False)
class Backdrop:
    style: NodeStyle
    layout: Layout
    ascii: bool
    cells: dict[Point, int]
    """Arms of idle wires and frames: what heavy lines are joined with."""
    tips: frozenset[Point]
    """Where idle wires end in a tip."""
    squares: frozenset[Point]
    """Frames whose corners are not rounded."""
    characters: list[list[str]]
    styles: list[list[Style]]

    def glyph(self, point: Point, cell: int) -> str:
        if self.ascii:
            return ascii_glyph(cell)
        return GLYPHS[cell] if point in self.squares else glyph(cell)

    def tip(self, edge: Edge, backward: bool) -> Point:
        """Where an active wire's tip goes: beside the result's box or the operand's."""
        corners = self.layout.wires[edge]
        return _operand_tip(self.style, corners) if backward else _result_tip(self.style, corners)

    def flow(self, edge: Edge, backward: bool) -> list[tuple[Point, int]]:
        """Cells of an active wire from frame to frame, without the one that its tip takes."""
        corners = self.layout.wires[edge]
        (start, leaves), (end, enters) = corners[0], corners[-1]
        # Where no idle frame is drawn, nothing stops the wire on its way to the words.
        through = not self.style.framed
        cells = [
            ((start - 1, leaves), HEAVY * (RIGHT + through * LEFT)),
            *along(corners, HEAVY),
            ((end + 1, enters), HEAVY * (LEFT + through * RIGHT)),
        ]
        # A tip beside a frame leaves the frame behind it as it is.
        if not self.style.tips_on_frame:
            cells.pop(0 if backward else -1)
        if not self.style.lid:
            cells = [*_rule(self.layout.boxes[edge[0]], HEAVY), *cells]
        tip = self.tip(edge, backward)
        return [(point, arms) for point, arms in cells if point != tip]

    def frame(self, box: Box, strength: int) -> Iterator[tuple[Point, int]]:
        return _frame(box, self.style, strength)

    def outward(self, box: Box, point: Point, cell: int) -> int:
        """Of a cell in the side of a box, the arm that reaches out for a wire."""
        arm = {box.x: LEFT, box.right - 1: RIGHT}.get(point[0], 0)
        # In a corner such an arm would be the frame's own.
        corner = point[1] == box.y and self.style.lid
        return 0 if not arm or corner else arm * weight(cell, arm)


@lru_cache(maxsize=32)
def backdrop(shape: GraphShape, style: NodeStyle, ascii: bool) -> Backdrop:
    drawing = layout_of(shape, style)
    computed = {result for _, result in shape.edges}
    consumed = {operand for operand, _ in shape.edges}
    cells, junctions = _idle_wires(drawing, RIGHT if style.framed else LEFT + RIGHT)
    squares: set[Point] = set()
    for node, box in drawing.boxes.items():
        if style.framed:
            frame = _frame(box, style, LIGHT)
        else:
            # A rule beside the title is the start of the wire: without a wire it would dangle.
            frame = _rule(box, LIGHT) if style.lid or node in consumed else ()
        for point, arms in frame:
            cells[point] = joined(cells.get(point, 0), arms)
            if node not in computed:
                squares.add(point)
    made = Backdrop(
        style,
        drawing,
        ascii,
        cells,
        frozenset(_result_tip(style, corners) for corners in drawing.wires.values()),
        frozenset(squares),
        [[" "] * drawing.width for _ in range(drawing.height)],
        [["text"] * drawing.width for _ in range(drawing.height)],
    )
    for point, cell in cells.items():
        _put(made, point, made.glyph(point, cell), "line")
    for point in junctions:
        _put(made, point, plain(JUNCTION, ascii), "line")
    for point in made.tips:
        _put(made, point, plain("▸", ascii), "dim")
    return made


def _put(made: Backdrop, point: Point, character: str, style: Style) -> None:
    x, y = point
    made.characters[y][x] = character
    made.styles[y][x] = style


def _idle_wires(drawing: Layout, stub: int) -> tuple[dict[Point, int], set[Point]]:
    """Arms of all wires, and the cells where a single operand's wire goes four ways.

    `stub` is what a wire adds to the cell of the frame where it starts.
    """
    of_operand: dict[int, dict[Point, int]] = {}
    for (operand, _), corners in drawing.wires.items():
        mine = of_operand.setdefault(operand, {})
        mine[corners[0][0] - 1, corners[0][1]] = LIGHT * stub
        for point, arms in along(corners, LIGHT):
            mine[point] = joined(mine.get(point, 0), arms)
    cells: dict[Point, int] = {}
    junctions: set[Point] = set()
    for mine in of_operand.values():
        for point, arms in mine.items():
            cells[point] = joined(cells.get(point, 0), arms)
            if arms == CROSSING:
                junctions.add(point)
    return cells, junctions


def _frame(box: Box, style: NodeStyle, strength: int) -> Iterator[tuple[Point, int]]:
    left, right, top, bottom = box.x, box.right - 1, box.y, box.bottom - 1
    for x in range(left + 1, right):
        yield (x, top), strength * (LEFT + RIGHT)
        if style.floor:
            yield (x, bottom), strength * (LEFT + RIGHT)
    for y in range(top + style.lid, bottom + 1 - style.floor):
        yield (left, y), strength * (UP + DOWN)
        yield (right, y), strength * (UP + DOWN)
    if style.lid:
        yield (left, top), strength * (RIGHT + DOWN)
        yield (right, top), strength * (LEFT + DOWN)
    if style.floor:
        yield (left, bottom), strength * (RIGHT + UP)
        yield (right, bottom), strength * (LEFT + UP)


def _rule(box: Box, strength: int) -> Iterator[tuple[Point, int]]:
    """Where idle nodes have no frame, the line that their title stands in."""
    for x in range(box.x + 1, box.right - 1):
        yield (x, box.y), strength * (LEFT + RIGHT)


def _result_tip(style: NodeStyle, corners: Sequence[Point]) -> Point:
    x, y = corners[-1]
    return (x + style.tips_on_frame, y)


def _operand_tip(style: NodeStyle, corners: Sequence[Point]) -> Point:
    x, y = corners[0]
    return (x - style.tips_on_frame, y)
