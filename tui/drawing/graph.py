"""The computation graph in a panel: boxes with numbers, wires, and what moves along them.

May import: tui.models, the other modules of drawing, rich.cells.   Imported by: widgets.

An event is painted over the backdrop of its graph: the heavy frame of the current node, the
heavy wires, then numbers and the map. Direction shows without colour: an idle wire ends in ▸ at
its result; a wire that is active in the backward pass is heavy and ends in ◂ at its operand.

Where the reader looks from is the caller's memory: `camera = following(view, width, height,
camera)` once per event, and the same camera for `draw_graph`, `node_at` and `map_target`.
"""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len

from tui.drawing.backdrop import Backdrop, backdrop
from tui.drawing.boxes import NodeStyle, layout_of, level_for
from tui.drawing.canvas import Canvas
from tui.drawing.layered import Box, Point
from tui.drawing.minimap import Minimap, minimap, paint_minimap
from tui.drawing.rows import fitted
from tui.drawing.viewport import Camera, Viewport, following, panned, viewport, zoomed
from tui.drawing.wires import GLYPHS, HEAVY, LIGHT, joined
from tui.drawing.words import Glyphs, clipped, plain, shortened
from tui.models.graph import GraphNode, GraphView
from tui.models.text import Row, Style

__all__ = [
    "Camera",
    "Direction",
    "draw_graph",
    "following",
    "level_for",
    "map_target",
    "neighbour",
    "node_at",
    "panned",
    "style_of",
    "zoomed",
]

Direction = Literal["left", "right", "up", "down"]

NUMBERS = 11
"""Cells in the middle of a box that numbers take at most, the ∇ before them included."""

_DOUBLE = dict(zip("┌─┐│└┘├┤┼", "╔═╗║╚╝╟╢╫", strict=True))


def draw_graph(
    view: GraphView, width: int, height: int, camera: Camera, *, glyphs: Glyphs = "braille"
) -> list[Row]:
    """Exactly `height` rows of exactly `width` cells."""
    if width <= 0 or height <= 0:
        return [()] * max(0, height)
    port = viewport(view, width, height, camera)
    scene = _scene(view, port, glyphs)
    canvas = scene.canvas.copy()
    chosen = None if view.chosen is None else scene.layout.boxes.get(view.chosen)
    if chosen and view.chosen != view.current:
        _paint_selection(canvas, scene, chosen)
    _paint_flow(canvas, scene, view)
    _paint_names(canvas, scene, view)
    for node, box in scene.boxes:
        _paint_box(canvas, scene, view, node, box)
    if found := _map(view, scene, port):
        paint_minimap(canvas, scene, view, found)
    # A wide character that an edge cuts in two takes a cell more or less than it should.
    return [fitted(row, width) for row in canvas.rows()]


def style_of(view: GraphView, width: int, height: int, camera: Camera) -> NodeStyle:
    """How large boxes are drawn."""
    return viewport(view, width, height, camera).style


def node_at(view: GraphView, width: int, height: int, camera: Camera, x: int, y: int) -> int | None:
    """The node drawn in a cell of the area, if any."""
    if not (0 <= x < width and 0 <= y < height):
        return None
    port = viewport(view, width, height, camera)
    column, row = port.place(x, y)
    scene = _scene(view, port)
    found = _map(view, scene, port)
    if found and found.box.holds(column, row):
        return None
    return next((node for node, box in scene.boxes if box.holds(column, row)), None)


def map_target(
    view: GraphView, width: int, height: int, camera: Camera, x: int, y: int
) -> Camera | None:
    """Where a click on the map leads to; None beside it."""
    port = viewport(view, width, height, camera)
    found = _map(view, _scene(view, port), port)
    column, row = port.place(x, y)
    if found is None or not found.box.holds(column, row):
        return None
    across, down = found.target(column, row)
    middle = port.place(width // 2, height // 2)
    return panned(view, width, height, camera, across - middle[0], down - middle[1])


def neighbour(view: GraphView, style: NodeStyle, node: int, direction: Direction) -> int:
    """The node that an arrow key leads to; the same node where there is none.

    Up and down stay in the column. Left and right go to the next column: to a box wired to this
    one if there is any, and of those to the one on the nearest row.
    """
    drawing = layout_of(view.shape, style)
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


def _scene(view: GraphView, port: Viewport, glyphs: Glyphs = "braille") -> Backdrop:
    return backdrop(view.shape, port.style, port.window, glyphs, view.lit)


def _map(view: GraphView, scene: Backdrop, port: Viewport) -> Minimap | None:
    busy = {view.current, view.chosen, *(node for edge in view.active_edges for node in edge)}
    return minimap(scene, port, [box for node, box in scene.boxes if node in busy])


def _paint_flow(canvas: Canvas, scene: Backdrop, view: GraphView) -> None:
    """Heavy wires, the heavy frame, and the tips, which lie on top of both."""
    backward = view.phase == "backward"
    edges = [edge for edge in view.active_edges if edge in scene.layout.wires]
    heavy: dict[Point, int] = {}
    for edge in edges:
        for point, arms in scene.flow(edge, backward):
            heavy[point] = joined(heavy.get(point) or scene.cell(point), arms)
    box = None if view.current is None else scene.layout.boxes.get(view.current)
    if box:
        for point, arms in scene.frame(box, HEAVY):
            if point in heavy or point not in scene.tips:
                heavy[point] = joined(arms + scene.outward(box, point), heavy.get(point, 0))
    for point, arms in heavy.items():
        canvas.put(point, scene.glyph(arms), view.phase)
    sign = plain("◂" if backward else "▸", scene.glyphs)
    for edge in edges:
        canvas.put(scene.tip(edge, backward), sign, f"{view.phase} bold")
        if scene.layout.tagged(edge) and backward:
            canvas.put(scene.port(edge[0]), sign, f"{view.phase} bold")
        elif scene.layout.tagged(edge):
            x, y = scene.layout.wires[edge][0]
            canvas.put((x - 1, y), plain("┅", scene.glyphs), f"{view.phase} bold")


def _paint_names(canvas: Canvas, scene: Backdrop, view: GraphView) -> None:
    """Names on wires stay readable while their wires are heavy."""
    active = {operand for operand, _ in view.active_edges}
    for word in scene.words:
        if word.node in active:
            canvas.write(word.x, word.y, word.text, f"{view.phase} bold")


def _paint_selection(canvas: Canvas, scene: Backdrop, box: Box) -> None:
    for point, arms in scene.frame(box, LIGHT):
        if point not in scene.tips:
            arms += scene.outward(box, point)
            sign = "*" if scene.glyphs == "ascii" else _DOUBLE[GLYPHS[arms]]
            canvas.put(point, sign, "title")


def _paint_box(canvas: Canvas, scene: Backdrop, view: GraphView, node: int, box: Box) -> None:
    """The title again where it stands out, the parts that the style shows, and the size."""
    style, words = scene.style, view.nodes[node]
    current = node == view.current
    dimmed = scene.lit is not None and node not in scene.lit and not current
    busy = current or node == view.chosen or any(node in edge for edge in view.active_edges)
    if busy:
        ink = f"{view.phase} bold" if current else "title bold"
        x, title = scene.title(node, box)
        canvas.write_words(x, box.y, title, ink, plain("…", scene.glyphs))
        if not style.parts and not current and node != view.chosen:
            scene.paint_chip(canvas, node, box)
    floor = style.floor and (style.framed or current)
    pen = _Pen(canvas, scene.glyphs, box, words, dimmed, counts=floor and bool(words.partial))
    late = view.phase in ("backward", "update") and words.gradient is not None
    for row, part in enumerate(style.parts, box.y + 1):
        if part == "text":
            pen.text(row, scene.shape.text(node), view.marked if current else None)
        elif part == "gradient" or (part == "number" and late):
            pen.gradient(row)
        else:
            pen.value(row)
    ink = view.phase if current else "dim"
    room = box.width - 3
    if pen.counts:
        arrived = f" {words.partial} "
        canvas.write(box.x + 1, box.bottom - 1, arrived, ink)
        room -= cell_len(arrived)
    if style.shows_size and words.size:
        size = f" {plain(words.size, scene.glyphs)} "
        if cell_len(size) < room:
            canvas.write(box.right - 2 - cell_len(size), box.bottom - 1, size, ink)


class _Pen:
    """Writes into one box."""

    def __init__(
        self,
        canvas: Canvas,
        glyphs: Glyphs,
        box: Box,
        words: GraphNode,
        dimmed: bool,
        *,
        counts: bool,
    ) -> None:
        """`counts` is whether the frame says how much of the gradient has arrived."""
        self.canvas = canvas
        self.glyphs: Glyphs = glyphs
        self.box, self.words, self.dimmed = box, words, dimmed
        self.counts = counts
        room = box.width - 2
        block = min(room, NUMBERS)
        self.left = box.x + 1 + (room - block) // 2
        self.right = self.left + block

    def text(self, row: int, text: str, marked: tuple[int, int] | None) -> None:
        """How the node is computed; the part that the event computes is underlined."""
        room, x = self.box.width - 2, self.box.x + 1
        shown = clipped(plain(text, self.glyphs), room)
        x += (room - cell_len(shown)) // 2
        self.canvas.write_words(x, row, shown, "dim", plain("…", self.glyphs))
        if marked and shown == plain(text, self.glyphs):
            start, end = (cell_len(text[:at]) for at in marked)
            self.canvas.ink(x + start, row, end - start, "title underline")

    def value(self, row: int) -> None:
        """The value at the right of its row."""
        words = self.words
        number = shortened(words.value, self.right - self.left)
        self._number(row, number, words.value_style, words.changed == "value")

    def gradient(self, row: int) -> None:
        """The gradient behind its ∇; an ellipsis where it is not complete, if nothing counts."""
        words = self.words
        if words.gradient is None:
            return
        room = self.right - self.left - 1
        number = shortened(words.gradient, room)
        if words.partial and not self.counts:
            shorter = shortened(words.gradient, room - 1)
            # Of a norm that is too wide for it the second bar gives way to the ellipsis.
            number = f"{number[:-1] if '…' in shorter else shorter}…"
        self.canvas.write(self.left, row, plain("∇", self.glyphs), "dim")
        self._number(row, number, words.gradient_style, words.changed == "gradient")

    def _number(self, row: int, number: str, style: Style, changed: bool) -> None:
        """What this event wrote is bold and underlined, which shows without colour."""
        number = plain(number, self.glyphs)
        ink = "dim" if self.dimmed and style != "bad" else style
        ink = f"{ink} bold underline" if changed else ink
        cut = plain("…", self.glyphs)
        self.canvas.write_whole(self.right - cell_len(number), row, number, ink, cut)
