"""The computation graph in a panel: boxes with numbers, wires, and what moves along them.

May import: tui.models, the other modules of drawing, rich.cells.   Imported by: widgets.

An event is painted over the backdrop of its graph: the heavy frame of the current node, the
heavy wires, then titles and numbers. Direction shows without colour: an idle wire ends in ▸ at
its result; a wire that is active in the backward pass is heavy and ends in ◂ at its operand.

Scrolling is the caller's memory: `offset = scrolled(view, width, height, offset)` once per
event, and the same offset for `draw_graph` and `node_at`.
"""

from __future__ import annotations

from itertools import groupby
from typing import Literal

from rich.cells import cell_len

from tui.drawing.backdrop import Backdrop, backdrop
from tui.drawing.boxes import MEDIUM, NodeStyle, layout_of
from tui.drawing.layered import Box, Point
from tui.drawing.viewport import Offset, Viewport, scrolled, viewport
from tui.drawing.wires import GLYPHS, HEAVY, LIGHT, joined
from tui.drawing.words import clipped, plain, shortened
from tui.models import GraphNode, GraphView, Row, Style

__all__ = ["Direction", "Offset", "draw_graph", "neighbour", "node_at", "scrolled"]

Direction = Literal["left", "right", "up", "down"]

_DOUBLE = dict(zip("┌─┐│└┘├", "╔═╗║╚╝╟", strict=True))


def draw_graph(
    view: GraphView,
    width: int,
    height: int,
    *,
    offset: Offset | None = None,
    selected: int | None = None,
    ascii: bool = False,
) -> list[Row]:
    """Exactly `height` rows of exactly `width` cells.

    Without an offset, the drawing is scrolled from its top left corner as far as the current
    node demands. The selected node has a double frame, unless it is the current one.
    """
    if width <= 0 or height <= 0:
        return [()] * max(0, height)
    port = viewport(view, width, height, offset)
    scene = backdrop(view.shape, port.style, ascii)
    canvas = _Canvas(scene, port)
    if selected is not None and selected in scene.layout.boxes:
        _paint_selection(canvas, scene, scene.layout.boxes[selected])
    _paint_flow(canvas, scene, view)
    busy = {node for edge in view.active_edges for node in edge}
    for node in view.nodes:
        box = scene.layout.boxes.get(node.id)
        if box and canvas.shows(box):
            current = node.id == view.current
            ink = _title_style(node, view.phase, current, node.id in busy)
            _paint_title(canvas, port.style, box, plain(node.title, ascii), ink)
            _paint_numbers(canvas, port.style, box, node, view.phase, current)
    return canvas.rows()


def node_at(
    view: GraphView, width: int, height: int, x: int, y: int, *, offset: Offset | None = None
) -> int | None:
    """The node drawn in a cell of the area, if any."""
    if not (0 <= x < width and 0 <= y < height):
        return None
    port = viewport(view, width, height, offset)
    column, row = port.place(x, y)
    boxes = layout_of(view.shape, port.style).boxes
    return next((node for node, box in boxes.items() if box.holds(column, row)), None)


def neighbour(view: GraphView, node: int, direction: Direction) -> int:
    """The node that an arrow key leads to; the same node where there is none.

    Up and down stay in the column. Left and right go to the next column: to a box wired to this
    one if there is any, and of those to the one on the nearest row.
    """
    # Every style has the same columns in the same order, so any will do.
    drawing = layout_of(view.shape, MEDIUM)
    at = next((rank for rank, layer in enumerate(drawing.layers) if node in layer), None)
    if at is None:
        return node
    layer = drawing.layers[at]
    if direction in ("up", "down"):
        place = layer.index(node) + (1 if direction == "down" else -1)
        return layer[place] if 0 <= place < len(layer) else node
    rank = at + (1 if direction == "right" else -1)
    if not 0 <= rank < len(drawing.layers):
        return node
    row = drawing.boxes[node].y

    def distance(other: int) -> tuple[bool, int]:
        wired = (node, other) in drawing.wires or (other, node) in drawing.wires
        return not wired, abs(drawing.boxes[other].y - row)

    return min(drawing.layers[rank], key=distance)


class _Canvas:
    """The visible part of a drawing, addressed by the places of the whole drawing."""

    def __init__(self, scene: Backdrop, port: Viewport) -> None:
        across = slice(port.left, port.left + port.width)
        down = slice(port.top, port.top + port.height)
        self.port, self.ascii = port, scene.ascii
        self.characters = [row[across] for row in scene.characters[down]]
        self.styles = [row[across] for row in scene.styles[down]]
        self.width = len(self.characters[0]) if self.characters else 0
        self.height = len(self.characters)

    def shows(self, box: Box) -> bool:
        left, top = self.port.left, self.port.top
        return (
            box.x < left + self.width
            and box.right > left
            and box.y < top + self.height
            and box.bottom > top
        )

    def put(self, point: Point, character: str, style: Style) -> None:
        column, row = point[0] - self.port.left, point[1] - self.port.top
        if 0 <= column < self.width and 0 <= row < self.height:
            self.characters[row][column] = character
            self.styles[row][column] = style

    def write(self, x: int, y: int, text: str, style: Style) -> None:
        for character in text:
            cells = 1 if character < "\u0300" else cell_len(character)
            column = x - self.port.left
            if cells == 2 and column + 1 in (0, self.width):
                # Half of a wide character cannot be shown at the edge of the view.
                self.put((x, y), " ", style)
                self.put((x + 1, y), " ", style)
            elif cells:
                self.put((x, y), character, style)
                if cells == 2:
                    self.put((x + 1, y), "", style)
            x += cells

    def rows(self) -> list[Row]:
        """The visible part in its place in the panel."""
        port = self.port
        blank: Row = ((" " * port.width, "text"),)
        before, after = port.pad_x, port.width - port.pad_x - self.width
        rows: list[Row] = [blank] * port.pad_y
        for characters, styles in zip(self.characters, self.styles, strict=True):
            characters = [" "] * before + characters + [" "] * after
            spans: list[tuple[str, Style]] = []
            start = 0
            for style, run in groupby(["text"] * before + styles + ["text"] * after):
                end = start + len(list(run))
                spans.append(("".join(characters[start:end]), style))
                start = end
            rows.append(tuple(spans))
        return rows + [blank] * (port.height - len(rows))


def _paint_flow(canvas: _Canvas, scene: Backdrop, view: GraphView) -> None:
    """Heavy wires, the heavy frame, and the tips, which lie on top of both."""
    backward = view.phase == "backward"
    edges = [edge for edge in view.active_edges if edge in scene.layout.wires]
    heavy: dict[Point, int] = {}
    for edge in edges:
        for point, arms in scene.flow(edge, backward):
            heavy[point] = joined(heavy.get(point) or scene.cells.get(point, 0), arms)
    box = None if view.current is None else scene.layout.boxes.get(view.current)
    if box:
        for point, arms in scene.frame(box, HEAVY):
            if point in heavy or point not in scene.tips:
                behind = heavy.get(point) or scene.cells.get(point, 0)
                heavy[point] = arms + scene.outward(box, point, behind)
    for point, arms in heavy.items():
        canvas.put(point, scene.glyph(point, arms), view.phase)
    sign = plain("◂" if backward else "▸", scene.ascii)
    for edge in edges:
        canvas.put(scene.tip(edge, backward), sign, f"{view.phase} bold")


def _paint_selection(canvas: _Canvas, scene: Backdrop, box: Box) -> None:
    for point, arms in scene.frame(box, LIGHT):
        if point not in scene.tips:
            arms += scene.outward(box, point, scene.cells.get(point, 0))
            canvas.put(point, "*" if scene.ascii else _DOUBLE[GLYPHS[arms]], "title")


def _title_style(node: GraphNode, phase: str, current: bool, busy: bool) -> Style:
    if current:
        return f"{phase} bold"
    if busy:
        return "title bold"
    return "title" if node.kind in ("op", "parameter") else "dim"


def _paint_title(canvas: _Canvas, style: NodeStyle, box: Box, title: str, ink: Style) -> None:
    room = style.inner_width
    title = plain(clipped(title, room), canvas.ascii)
    # A blank at either side sets the title off from the rule it stands in, if there is room.
    if cell_len(title) + 2 <= room:
        title = f" {title} " if style.lid else f"{title} "
    indent = (room - cell_len(title)) // 2 if style.lid else 0
    canvas.write(box.x + 1 + indent, box.y, title, ink)


def _paint_numbers(
    canvas: _Canvas, style: NodeStyle, box: Box, node: GraphNode, phase: str, current: bool
) -> None:
    """Value and gradient, right-aligned; a single row holds the one that the phase is about."""
    rows = range(box.y + 1, box.bottom - style.floor)
    gradient_only = len(rows) == 1 and phase in ("backward", "update") and node.gradient is not None
    backward = phase == "backward"
    room = style.inner_width
    if not gradient_only:
        ink = _bold(node.value_style) if current and not backward else node.value_style
        _write_number(canvas, box, rows[0], shortened(node.value, room), ink)
        rows = rows[1:]
    if rows and node.gradient is not None:
        ink = _bold(node.gradient_style) if current and backward else node.gradient_style
        canvas.write(box.x + 1, rows[0], plain("∇", canvas.ascii), "dim")
        _write_number(canvas, box, rows[0], shortened(node.gradient, room - 1), ink)


def _write_number(canvas: _Canvas, box: Box, row: int, number: str, style: Style) -> None:
    number = plain(number, canvas.ascii)
    canvas.write(box.right - 1 - cell_len(number), row, number, style)


def _bold(style: Style) -> Style:
    return style if "bold" in style.split() else f"{style} bold"
