"""Layout of a computation graph on a grid of characters: boxes in columns, wires in between.

May import: tui.models, drawing.ordering, drawing.placement, drawing.channels.
Imported by: drawing.boxes and the modules that draw.

A layered drawing after Sugiyama et al. in four steps, each in its module: columns and order
(`ordering`), rows (`placement`), tracks for the wires between two columns (`channels`), and
here the columns' places and the wires from corner to corner. The layout depends on the shape of
the graph and the size of a box, never on a title or a value, so nothing moves while stepping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tui.drawing.channels import Channel, Net, route
from tui.drawing.ordering import Ordering, ordered
from tui.drawing.placement import Rows, place
from tui.models import GraphShape

Edge = tuple[int, int]
Point = tuple[int, int]
"""(column, row), from the top left corner of the drawing."""


@dataclass(frozen=True)
class BoxSize:
    """How large boxes are and how far they stay apart, in cells."""

    width: int
    height: int
    """A box with more operands than ports grows by the rows that are lacking."""
    first_port: int
    """The row of a box where wires leave and its first operand enters."""
    ports: int
    """How many rows from `first_port` on can take a wire."""
    gap: int
    """Columns between two layers, at least."""
    margin: int
    """Columns of a gap kept free of turns at either side: room for a tip."""
    row_gap: int = 0
    """Rows between two boxes of a layer."""

    def height_for(self, operands: int) -> int:
        return self.height + max(0, operands - self.ports)


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column to the right of the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below the box."""
        return self.y + self.height

    def holds(self, x: int, y: int) -> bool:
        return self.x <= x < self.right and self.y <= y < self.bottom


@dataclass(frozen=True, eq=False)
class Layout:
    width: int
    height: int
    boxes: Mapping[int, Box]
    wires: Mapping[Edge, tuple[Point, ...]]
    """Corners, from the cell right of the operand's box to the cell left of the result's box.

    Wires of one operand may share cells; wires of two operands only ever cross.
    """
    layers: tuple[tuple[int, ...], ...]
    """Ids column by column, each from the top."""


@lru_cache(maxsize=32)
def layout(shape: GraphShape, size: BoxSize) -> Layout:
    ordering = ordered(shape)
    nodes = ordering.node_count
    waypoints = len(ordering.rank) - nodes
    rows = Rows(
        height=[size.height_for(len(ordering.before[node])) for node in range(nodes)]
        + [1] * waypoints,
        first_port=[size.first_port] * nodes + [0] * waypoints,
        gap=size.row_gap,
    )
    top = place(ordering, rows)
    ports = _Ports(ordering, rows, top)
    sources = [[left for left in layer if ordering.after[left]] for layer in ordering.layers]
    channels = [route([ports.net(left) for left in left_side]) for left_side in sources]

    column = [0]
    for channel in channels[:-1]:
        gap = max(size.gap, channel.tracks + 2 * size.margin)
        column.append(column[-1] + size.width + gap)
    boxes = {
        shape.nodes[node]: Box(
            column[ordering.rank[node]], top[node], size.width, rows.height[node]
        )
        for node in range(nodes)
    }
    legs = _legs(ordering, ports, sources, channels, column, size)
    wires = {
        (shape.nodes[left], shape.nodes[right]): _wire(ordering.way(left, right), legs)
        for left, right in _edges(shape)
    }
    layers = tuple(
        tuple(shape.nodes[vertex] for vertex in layer if vertex < nodes)
        for layer in ordering.layers
    )
    return _from_row_zero(boxes, wires, layers)


def least_size(shape: GraphShape, size: BoxSize) -> tuple[int, int]:
    """(width, height) that no layout falls below, without laying the graph out."""
    ordering = ordered(shape)
    columns = len(ordering.layers)
    heights = [0]
    for layer in ordering.layers:
        boxes = [
            size.height_for(len(ordering.before[vertex]))
            for vertex in layer
            if vertex < ordering.node_count
        ]
        # A wire that passes through may run in the gap between two boxes.
        between = max(size.row_gap * (len(boxes) - 1), len(layer) - len(boxes))
        heights.append(sum(boxes) + between)
    return columns * size.width + max(0, columns - 1) * size.gap, max(heights)


@dataclass(frozen=True, eq=False)
class _Ports:
    """Rows of the drawing at which wires leave and enter."""

    ordering: Ordering
    rows: Rows
    top: Sequence[int]

    def leaves(self, vertex: int) -> int:
        return self.top[vertex] + self.rows.first_port[vertex]

    def enters(self, left: int, right: int) -> int:
        slot = self.ordering.before[right].index(left)
        return self.top[right] + self.rows.first_port[right] + slot

    def net(self, left: int) -> Net:
        after = self.ordering.after[left]
        return Net(self.leaves(left), tuple(self.enters(left, right) for right in after))


def _edges(shape: GraphShape) -> list[Edge]:
    place_of = {node: index for index, node in enumerate(shape.nodes)}
    return [(place_of[left], place_of[right]) for left, right in dict.fromkeys(shape.edges)]


def _legs(
    ordering: Ordering,
    ports: _Ports,
    sources: Sequence[Sequence[int]],
    channels: Sequence[Channel],
    column: Sequence[int],
    size: BoxSize,
) -> dict[Edge, list[Point]]:
    """Corners of every wire between neighbouring columns."""
    legs: dict[Edge, list[Point]] = {}
    for rank, (left_side, channel) in enumerate(zip(sources, channels, strict=True)):
        if not left_side:
            continue
        start, end = column[rank] + size.width, column[rank + 1] - 1
        spare = end - start + 1 - 2 * size.margin - channel.tracks
        first_track = start + size.margin + spare // 2
        for left, climb in zip(left_side, channel.climbs, strict=True):
            leaves = ports.leaves(left)
            for right in ordering.after[left]:
                enters = ports.enters(left, right)
                corners = [(start, leaves)]
                if climb and enters != leaves:
                    x = first_track + climb.track
                    if climb.detour:
                        row, second = climb.detour
                        corners += [(x, leaves), (x, row)]
                        x, leaves = first_track + second, row
                    corners += [(x, leaves), (x, enters)]
                    leaves = ports.leaves(left)
                corners.append((end, enters))
                legs[left, right] = corners
    return legs


def _wire(way: Sequence[int], legs: Mapping[Edge, Sequence[Point]]) -> tuple[Point, ...]:
    """One wire through all its waypoints, without corners that are none."""
    corners: list[Point] = []
    for left, right in pairwise(way):
        for corner in legs[left, right]:
            if len(corners) > 1 and _in_line(corners[-2], corners[-1], corner):
                corners[-1] = corner
            elif not corners or corners[-1] != corner:
                corners.append(corner)
    return tuple(corners)


def _in_line(a: Point, b: Point, c: Point) -> bool:
    return a[0] == b[0] == c[0] or a[1] == b[1] == c[1]


def _from_row_zero(
    boxes: dict[int, Box],
    wires: dict[Edge, tuple[Point, ...]],
    layers: tuple[tuple[int, ...], ...],
) -> Layout:
    """Shift everything so that a detour above the highest box starts at row 0 too."""
    used = [row for corners in wires.values() for _, row in corners]
    highest = min([0, *used])
    if highest:
        boxes = {
            node: Box(box.x, box.y - highest, box.width, box.height) for node, box in boxes.items()
        }
        wires = {
            edge: tuple((x, row - highest) for x, row in corners) for edge, corners in wires.items()
        }
    return Layout(
        width=max((box.right for box in boxes.values()), default=0),
        height=max(
            [box.bottom for box in boxes.values()] + [row - highest + 1 for row in used], default=0
        ),
        boxes=boxes,
        wires=wires,
        layers=layers,
    )
