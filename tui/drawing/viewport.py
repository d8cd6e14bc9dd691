"""Which part of a drawing is in view, and where it stands in its panel.

May import: tui.models, drawing.boxes.   Imported by: drawing.graph.

A drawing that fits is centred. One that does not is scrolled, and then only when the current
node would leave the view, so that the picture holds still while the reader steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.drawing.boxes import NodeStyle, layout_of, style_for
from tui.models import GraphView

Offset = tuple[int, int]
"""How many columns and rows of the drawing are scrolled out at the left and at the top."""


@dataclass(frozen=True)
class Viewport:
    style: NodeStyle
    left: int
    """The first column of the drawing in view."""
    top: int
    pad_x: int
    """Blank columns before it."""
    pad_y: int
    width: int
    height: int

    def place(self, x: int, y: int) -> tuple[int, int]:
        """Where a cell of the panel lies in the drawing."""
        return x - self.pad_x + self.left, y - self.pad_y + self.top


def viewport(view: GraphView, width: int, height: int, offset: Offset | None) -> Viewport:
    style = style_for(view.shape, width, height)
    drawing = layout_of(view.shape, style)
    asked = scrolled(view, width, height) if offset is None else offset
    left, pad_x = _shown(drawing.width, width, asked[0], style.bleed)
    top, pad_y = _shown(drawing.height, height, asked[1], 0)
    return Viewport(style, left, top, pad_x, pad_y, width, height)


def scrolled(view: GraphView, width: int, height: int, previous: Offset = (0, 0)) -> Offset:
    """The offset to draw with: the previous one, unless the current node would be out of view.

    Then the current node comes to stand in the middle, so that the next few events, which
    happen near it, do not scroll again.
    """
    style = style_for(view.shape, width, height)
    drawing = layout_of(view.shape, style)
    box = None if view.current is None else drawing.boxes.get(view.current)
    across, down = ((box.x, box.right), (box.y, box.bottom)) if box else (None, None)
    return (
        _start(previous[0], drawing.width, width, style.bleed, across),
        _start(previous[1], drawing.height, height, 0, down),
    )


def _shown(size: int, extent: int, asked: int, bleed: int) -> tuple[int, int]:
    """(first cell of the drawing in view, blank cells before it) along one axis."""
    if size <= extent:
        return 0, (extent - size) // 2
    if size <= extent + 2 * bleed:
        return (size - extent + 1) // 2, 0
    return _within(asked, size, extent), 0


def _start(
    previous: int, size: int, extent: int, bleed: int, wanted: tuple[int, int] | None
) -> int:
    """Where the view starts along one axis, so that the wanted cells are all in it."""
    if size <= extent + 2 * bleed:
        return 0
    start = _within(previous, size, extent)
    if wanted is None or (start <= wanted[0] and wanted[1] <= start + extent):
        return start
    first, end = wanted
    centred = (first + end - extent) // 2
    return _within(min(centred, first), size, extent)


def _within(start: int, size: int, extent: int) -> int:
    return max(0, min(start, size - extent))
