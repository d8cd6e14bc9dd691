"""How a node looks at each size, and which size suits an area.

May import: tui.models, drawing.layered.   Imported by: drawing.backdrop, drawing.viewport,
drawing.graph.

A table of styles from rich to plain. The choice depends on the shape of the graph and the area,
never on what the nodes hold, so a drawing changes its style only when the panel is resized.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from tui.drawing.layered import BoxSize, Layout, layout, least_size
from tui.models import GraphShape


@dataclass(frozen=True)
class NodeStyle:
    name: str
    size: BoxSize
    framed: bool
    """Whether idle nodes have a frame; the current node has one in any style."""
    lid: bool
    """Whether the first row of a box belongs to the frame, with the title in the middle."""
    floor: bool
    """Whether the last row of a box belongs to the frame."""
    tips_on_frame: bool = False
    """Arrow tips replace a character of the frame instead of standing beside it."""

    @property
    def inner_width(self) -> int:
        return self.size.width - 2

    @property
    def bleed(self) -> int:
        """Columns at either side of the drawing that are blank unless a frame is drawn there."""
        return 0 if self.framed else 1

    def with_row_gap(self) -> NodeStyle:
        """The same with a free row between the boxes of a layer."""
        return replace(self, size=replace(self.size, row_gap=1))


def _boxed(name: str, width: int, gap: int) -> NodeStyle:
    size = BoxSize(width, 4, first_port=1, ports=2, gap=gap, margin=1)
    return NodeStyle(name, size, framed=True, lid=True, floor=True)


def _borderless(name: str, height: int, first_port: int, *, lid: bool) -> NodeStyle:
    size = BoxSize(9, height, first_port, ports=2, gap=1, margin=0)
    return NodeStyle(name, size, framed=False, lid=lid, floor=height > 3, tips_on_frame=True)


# 11 columns hold a frame, the nabla and a number of 8 cells; 9 hold the usual number of 7.
ROOMY = _boxed("roomy", 11, gap=6)
WIDE = _boxed("wide", 11, gap=4)
MEDIUM = _boxed("medium", 9, gap=3)
TIGHT = NodeStyle(
    "tight", BoxSize(9, 4, 1, ports=2, gap=1, margin=0), True, True, True, tips_on_frame=True
)
# Eight layers of "tight" need 79 columns; without idle frames its outer columns may be cut,
# and a panel of an 80-column screen has 78.
OPEN = _borderless("open", 4, 1, lid=True)
COMPACT = _borderless("compact", 3, 1, lid=True)
PAIR = _borderless("pair", 2, 0, lid=False)
STYLES = (ROOMY, WIDE, MEDIUM, TIGHT, OPEN, COMPACT, PAIR)

# What to scroll over: richer boxes are too wide to leave any overview, pairs too poor to pay.
SCROLLED = (MEDIUM, COMPACT)


@lru_cache(maxsize=128)
def style_for(shape: GraphShape, width: int, height: int) -> NodeStyle:
    """The richest style that fits; else one that scrolls sideways only; else what shows enough.

    Enough is two columns and two boxes of each: with less, a drawing is no map.
    """
    for style in STYLES:
        for airy in (style.with_row_gap(), style):
            if _fits(shape, airy, width, height):
                return airy
    worth_it = [
        style
        for style in SCROLLED
        if width >= 2 * style.size.width + style.size.gap and height >= style.size.height
    ]
    for style in worth_it:
        if least_size(shape, style.size)[1] <= height >= layout_of(shape, style).height:
            return style
    for style in worth_it:
        if height >= 2 * style.size.height:
            return style
    return PAIR


def _fits(shape: GraphShape, style: NodeStyle, width: int, height: int) -> bool:
    width += 2 * style.bleed
    least_width, least_height = least_size(shape, style.size)
    if least_width > width or least_height > height:
        return False
    drawing = layout_of(shape, style)
    return drawing.width <= width and drawing.height <= height


def layout_of(shape: GraphShape, style: NodeStyle) -> Layout:
    return layout(shape, style.size)
