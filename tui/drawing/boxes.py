"""How a node looks at each size, and which size suits an area.

May import: tui.models, drawing.layered.   Imported by: drawing.backdrop, drawing.viewport,
drawing.graph.

A table of styles from rich to plain. The choice depends on the shape of the graph and the area,
never on what the nodes hold, so a drawing changes its style only when the panel is resized, or
when the reader zooms along the table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from tui.drawing.layered import BoxSize, Layout, layout, least_height, least_width
from tui.models.graph import GraphLevel, GraphLevels, GraphShape

Part = Literal["text", "value", "gradient", "number"]
"""What a row of a box shows; "number" is the value or the gradient, as the phase wants it."""


@dataclass(frozen=True)
class NodeStyle:
    name: str
    size: BoxSize
    parts: tuple[Part, ...]
    """What the rows below the title show."""
    framed: bool = True
    """Whether idle nodes have a frame; the current node has one in any style."""
    lid: bool = True
    """Whether the first row of a box belongs to the frame, with the title in the middle."""
    floor: bool = True
    """Whether the last row of a box belongs to the frame."""
    tips_on_frame: bool = False
    """Arrow tips replace a character of the frame instead of standing beside it."""
    shows_size: bool = False
    """Whether the floor tells the shape of the value."""

    @property
    def bleed(self) -> int:
        """Columns at either side of the drawing that are blank unless a frame is drawn there."""
        return 1 if self.parts and not self.framed else 0

    def with_row_gap(self) -> NodeStyle:
        """The same with a free row between the boxes of a layer."""
        return replace(self, size=replace(self.size, row_gap=1))


def _boxed(name: str, width: int, gap: int, *, shows_size: bool = False) -> NodeStyle:
    size = BoxSize(width, 4, first_port=1, ports=2, gap=gap, margin=1)
    return NodeStyle(name, size, ("value", "gradient"), shows_size=shows_size)


def _borderless(name: str, height: int, parts: tuple[Part, ...], *, lid: bool) -> NodeStyle:
    size = BoxSize(9, height, int(lid), ports=2, gap=1, margin=0)
    return NodeStyle(name, size, parts, framed=False, lid=lid, floor=height > 3, tips_on_frame=True)


NUMBERS: tuple[Part, ...] = ("value", "gradient")

DETAILED = NodeStyle(
    "detailed",
    BoxSize(13, 5, first_port=1, ports=3, gap=5, margin=1, holds="texts", widest=34),
    ("text", *NUMBERS),
    shows_size=True,
)
# 11 columns hold a frame, the nabla and a number of 8 cells; 9 hold the usual number of 7.
ROOMY = _boxed("roomy", 11, gap=6, shows_size=True)
WIDE = _boxed("wide", 11, gap=4, shows_size=True)
MEDIUM = _boxed("medium", 9, gap=3)
TIGHT = NodeStyle("tight", BoxSize(9, 4, 1, ports=2, gap=1, margin=0), NUMBERS, tips_on_frame=True)
# Eight layers of "tight" need 79 columns; without idle frames its outer columns may be cut,
# and a panel of an 80-column screen has 78.
OPEN = _borderless("open", 4, NUMBERS, lid=True)
COMPACT = _borderless("compact", 3, NUMBERS, lid=True)
PAIR = _borderless("pair", 2, ("number",), lid=False)
# Only names, each in its column's width: for the way of the wires through a large graph.
NAMES = NodeStyle(
    "names",
    BoxSize(5, 1, 0, ports=1, gap=3, margin=1, holds="titles", widest=14),
    (),
    framed=False,
    lid=False,
    floor=False,
)
STYLES = (DETAILED, ROOMY, WIDE, MEDIUM, TIGHT, OPEN, COMPACT, PAIR, NAMES)

FITTING = STYLES[:-1]
"""What an area is filled with unasked: all that show numbers."""

LADDER = (NAMES, PAIR, COMPACT, MEDIUM, ROOMY, DETAILED)
"""The steps of the zoom: names, with one number, with both, in frames, with room, with texts."""

SCROLLED = (MEDIUM, COMPACT, PAIR)
"""What to scroll over: richer boxes are too wide to leave any overview."""

TRIED = 200
"""Nodes of a graph for which the size that needs no scrolling up and down is found by trying."""


@lru_cache(maxsize=128)
def style_for(shape: GraphShape, width: int, height: int) -> NodeStyle:
    """The richest style that fits; else one that scrolls sideways only; else what shows enough.

    Enough is two columns, and three boxes of each: with less, a drawing is no map.
    """
    if fitting := _fitting(shape, width, height):
        return fitting
    worth_it = [style for style in SCROLLED if width >= 2 * style.size.width + style.size.gap]
    if len(shape.nodes) <= TRIED:
        for style in worth_it:
            for airy in (style.with_row_gap(), style):
                if least_height(shape, airy.size) <= height >= layout_of(shape, airy).height:
                    return airy
    for style in worth_it:
        if height >= 3 * style.size.height:
            return style
    return PAIR


@lru_cache(maxsize=128)
def _fitting(shape: GraphShape, width: int, height: int) -> NodeStyle | None:
    for style in FITTING:
        for airy in (style.with_row_gap(), style):
            if _fits(shape, airy, width, height):
                return airy
    return None


def _fits(shape: GraphShape, style: NodeStyle, width: int, height: int) -> bool:
    width += 2 * style.bleed
    if least_width(shape, style.size) > width or least_height(shape, style.size) > height:
        return False
    drawing = layout_of(shape, style)
    return drawing.width <= width and drawing.height <= height


def level_for(levels: GraphLevels, width: int, height: int) -> GraphLevel:
    """The level that was asked for; else single ops where all of them fit with both numbers, or
    where there are no more of them than of formulas."""
    if levels.wanted is not None:
        return levels.wanted
    ops = levels.ops.shape
    if len(ops.nodes) == len(levels.formulas.shape.nodes):
        return "op"
    style = _fitting(ops, width, height)
    return "op" if style and "gradient" in style.parts else "formula"


def rung(style: NodeStyle, by: int) -> NodeStyle:
    """The step of the zoom so many above (richer) or below a style, as far as there are steps."""
    name = {"wide": "medium", "tight": "medium", "open": "compact"}.get(style.name, style.name)
    at = [step.name for step in LADDER].index(name) + by
    step = LADDER[min(max(at, 0), len(LADDER) - 1)]
    return step.with_row_gap() if step.framed else step


def layout_of(shape: GraphShape, style: NodeStyle) -> Layout:
    return layout(shape, style.size)
