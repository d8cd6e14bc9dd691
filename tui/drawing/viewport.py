"""Which part of a drawing is in view, how large, and where it stands in its panel.

May import: tui.models, drawing.boxes, drawing.layered.   Imported by: drawing.graph,
drawing.minimap.

A drawing that fits is centred. One that does not is scrolled: by the reader, and otherwise only
when the node that matters would leave the view, so that the picture holds still while stepping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tui.drawing.boxes import NodeStyle, layout_of, rung, style_for
from tui.drawing.layered import Box, Point
from tui.models.graph import GraphView


@dataclass(frozen=True)
class Camera:
    """From where the reader looks: the caller's memory from one picture to the next."""

    left: int = 0
    """Columns of the drawing that are scrolled out at the left."""
    top: int = 0
    style: NodeStyle | None = None
    """The size that the reader has zoomed to; None is what suits the area."""


@dataclass(frozen=True)
class Viewport:
    style: NodeStyle
    window: Box
    """The panel as a part of the drawing; what is left over around a small drawing counts, too."""
    drawing: tuple[int, int]
    """Width and height of the whole drawing."""
    bleed: int
    """Columns at either side of the drawing that may be cut off."""

    @property
    def scrolls(self) -> bool:
        """Whether some of the drawing is out of view."""
        width, height = self.drawing
        return width > self.window.width + 2 * self.bleed or height > self.window.height

    def place(self, x: int, y: int) -> Point:
        """Where a cell of the panel lies in the drawing."""
        return x + self.window.x, y + self.window.y


def viewport(view: GraphView, width: int, height: int, camera: Camera) -> Viewport:
    """What is in view of an area, as far as the camera can go there."""
    style = camera.style or style_for(view.shape, width, height)
    drawing = layout_of(view.shape, style)
    left = _start(camera.left, drawing.width, width, style.bleed)
    top = _start(camera.top, drawing.height, height, 0)
    size = (drawing.width, drawing.height)
    return Viewport(style, Box(left, top, width, height), size, style.bleed)


def following(view: GraphView, width: int, height: int, camera: Camera) -> Camera:
    """The camera as it was, unless the node that matters would be out of view.

    That is the chosen node, or else the current one. It comes to stand in the middle, so that
    the next few events, which happen near it, do not scroll again.
    """
    port = viewport(view, width, height, camera)
    camera = replace(camera, left=port.window.x, top=port.window.y)
    drawing, window = layout_of(view.shape, port.style), port.window
    box = drawing.boxes.get(focus_of(view))
    if box is None:
        return camera
    # Wires on either side tell more of a box than a box at the edge of the picture.
    margin = max(0, min(port.style.size.gap, (width - box.width) // 2))
    first, last = max(0, box.x - margin), min(drawing.width, box.right + margin)
    if not window.x <= first <= last <= window.right:
        centred = box.x + (box.width - width) // 2
        camera = replace(camera, left=min(centred, box.x))
    if not window.y <= box.y <= box.bottom <= window.bottom:
        centred = box.y + (box.height - height) // 2
        camera = replace(camera, top=min(centred, box.y))
    return panned(view, width, height, camera, 0, 0)


def focus_of(view: GraphView) -> int:
    """The node that the reader looks at; −1 for none."""
    focus = view.current if view.chosen is None else view.chosen
    return -1 if focus is None else focus


def panned(
    view: GraphView, width: int, height: int, camera: Camera, right: int, down: int
) -> Camera:
    """The camera so many cells further, as far as there is something to see."""
    moved = replace(camera, left=camera.left + right, top=camera.top + down)
    window = viewport(view, width, height, moved).window
    return replace(camera, left=window.x, top=window.y)


def zoomed(view: GraphView, width: int, height: int, camera: Camera, by: int) -> Camera:
    """The next richer size of boxes, or for a negative `by` the next plainer one.

    What the reader looks at, or else what is in the middle, keeps its place on the screen.
    """
    before = viewport(view, width, height, camera)
    style = rung(before.style, by)
    if style.name == before.style.name:
        return camera
    old, new = layout_of(view.shape, before.style).boxes, layout_of(view.shape, style).boxes
    if not old:
        return replace(camera, style=style)
    node = focus_of(view)
    if node not in old or not old[node].meets(before.window):
        node = _in_the_middle(old, before.window)
    anchor, box = old[node], new[node]
    moved = Camera(
        box.x + box.width // 2 - (anchor.x + anchor.width // 2 - before.window.x),
        box.y + box.height // 2 - (anchor.y + anchor.height // 2 - before.window.y),
        style,
    )
    return panned(view, width, height, moved, 0, 0)


def _in_the_middle(boxes: Mapping[int, Box], window: Box) -> int:
    x, y = window.x + window.width // 2, window.y + window.height // 2
    # A cell is twice as high as it is wide.
    far = {n: abs(b.x + b.width // 2 - x) + 2 * abs(b.y + 2 - y) for n, b in boxes.items()}
    return min(far, key=far.__getitem__)


def _start(asked: int, size: int, extent: int, bleed: int) -> int:
    """The first cell of the drawing in view along one axis; negative where it is centred."""
    if size <= extent:
        return -((extent - size) // 2)
    if size <= extent + 2 * bleed:
        return (size - extent + 1) // 2
    return max(0, min(asked, size - extent))
