"""Layout of a computation graph on a grid of characters: boxes in columns, wires in between.

May import: tui.models, drawing.ordering, drawing.placement, drawing.channels, rich.cells.
Imported by: drawing.boxes and the modules that draw.

A layered drawing after Sugiyama et al. in four steps, each in its module: columns and order
(`ordering`), rows (`placement`), tracks for the wires between two columns (`channels`), and
here the columns' places and the wires. The layout depends on the shape of the graph and the
size of a box, never on a value, so nothing moves while stepping.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from rich.cells import cell_len

from tui.drawing.channels import Channel, Climb, Net, route
from tui.drawing.ordering import Ordering, ordered
from tui.drawing.placement import Rows, place
from tui.models.graph import GraphShape

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
    """Rows between two boxes of a layer, and between a box and a wire that passes it."""
    holds: Literal["numbers", "titles", "texts"] = "numbers"
    """What boxes have to be wide enough for, besides `width`: the widest of its column counts."""
    widest: int = 0
    """How wide they become for that, at most."""

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

    def meets(self, other: Box) -> bool:
        """Whether the two have a cell in common."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )


@dataclass(frozen=True)
class Leg:
    """One operand's wire, with all its branches, from one column to the next."""

    node: int
    """Whose value it carries."""
    start: int
    end: int
    """Its first and its last column of cells."""
    leaves: int
    """The row on which it starts."""
    enters: tuple[int, ...]
    """The rows on which its branches end."""
    tips: tuple[int, ...]
    """Those on which they end at a box; the others go on in the next column."""
    climb: Climb | None
    """Where it changes rows, with tracks as columns of the drawing."""
    passes: bool = False
    """Whether it comes from a column further to the left, past the boxes of this one."""

    @property
    def top(self) -> int:
        """The highest of its rows."""
        return min(self.leaves, *self.enters, *self._detour_rows)

    @property
    def bottom(self) -> int:
        """The lowest of its rows."""
        return max(self.leaves, *self.enters, *self._detour_rows)

    @property
    def _detour_rows(self) -> tuple[int, ...]:
        return self.climb.detour[:1] if self.climb and self.climb.detour else ()

    @property
    def junction(self) -> Point | None:
        """The cell in which it goes on in all four directions, if there is one."""
        if self.climb is None or self.climb.detour or self.leaves not in self.enters:
            return None
        through = min(self.enters) < self.leaves < max(self.enters)
        return (self.climb.track, self.leaves) if through else None

    def runs(self) -> Iterator[tuple[Point, Point]]:
        """Its straight pieces from left to right and from top to bottom, both ends included."""
        row, turn = self.leaves, self.climb.track if self.climb else self.end
        yield (self.start, row), (turn, row)
        if self.climb is None:
            return
        if self.climb.detour:
            through, second = self.climb.detour
            yield (turn, min(row, through)), (turn, max(row, through))
            yield (turn, through), (second, through)
            row, turn = through, second
        yield (turn, min(row, *self.enters)), (turn, max(row, *self.enters))
        for enters in self.enters:
            yield (turn, enters), (self.end, enters)

    def corners(self, enters: int) -> list[Point]:
        """The branch that ends on a row, from corner to corner."""
        corners = [(self.start, self.leaves)]
        if self.climb and enters != self.leaves:
            x, row = self.climb.track, self.leaves
            if self.climb.detour:
                through, second = self.climb.detour
                corners += [(x, row), (x, through)]
                x, row = second, through
            corners += [(x, row), (x, enters)]
        corners.append((self.end, enters))
        return corners


@dataclass(frozen=True)
class Tag:
    """The name of a node beside a reader that is too far away for a wire."""

    node: int
    box: Box
    """One row, from whose right end the wire goes on."""


@dataclass(frozen=True, eq=False)
class Layout:
    width: int
    height: int
    boxes: Mapping[int, Box]
    tags: tuple[Tag, ...]
    wires: Mapping[Edge, tuple[Point, ...]]
    """Corners, from the cell right of the operand's box, or of its tag, to the cell left of the
    result's box.

    Wires of one operand may share cells; wires of two operands only ever cross.
    """
    legs: tuple[tuple[Leg, ...], ...]
    """The same wires, column by column: those that start in a column or pass through it."""
    columns: tuple[int, ...]
    """Where each column begins."""
    layers: tuple[tuple[int, ...], ...]
    """Ids column by column, each from the top."""

    def ranks(self, left: int, right: int) -> range:
        """The columns that, with the wires to their right, reach into cells from left to right.

        Wires are joined with the frames at which they end.
        """
        first = max(0, bisect_right(self.columns, left - 1) - 1)
        return range(first, bisect_right(self.columns, right - 1))

    def tagged(self, edge: Edge) -> bool:
        """Whether a wire starts at a tag."""
        return self.wires[edge][0][0] > self.boxes[edge[0]].right


@lru_cache(maxsize=32)
def layout(shape: GraphShape, size: BoxSize) -> Layout:
    ordering = ordered(shape)
    nodes = ordering.node_count
    others = len(ordering.rank) - nodes
    rows = Rows(
        height=[size.height_for(len(ordering.before[node])) for node in range(nodes)]
        + [1] * others,
        first_port=[size.first_port] * nodes + [0] * others,
        gap=size.row_gap,
    )
    ports = _Ports(ordering, rows, place(ordering, rows))
    sources = [[left for left in layer if ordering.after[left]] for layer in ordering.layers]
    channels = [route([ports.net(left) for left in left_side]) for left_side in sources]
    # A detour above the highest box starts at row 0 too.
    climbs = (climb for channel in channels for climb in channel.climbs)
    highest = min(0, *(climb.detour[0] for climb in climbs if climb and climb.detour), 0)
    ports = _Ports(ordering, rows, [row - highest for row in ports.top])
    lifted = [channel.lifted(-highest) for channel in channels]

    widths, columns, end = _column_widths(shape, size), list[int](), 0
    for width, channel in zip(widths, lifted, strict=True):
        columns.append(end)
        end += width + max(size.gap, channel.tracks + 2 * size.margin)
    boxes = {
        node: Box(columns[rank], top, widths[rank], height)
        for node, rank, top, height in zip(
            shape.nodes, ordering.rank, ports.top, rows.height, strict=False
        )
    }
    tags = {
        vertex: Tag(shape.nodes[node], Box(columns[rank], ports.top[vertex], widths[rank], 1))
        for vertex, node in ordering.tags.items()
        for rank in (ordering.rank[vertex],)
    }
    legs = _legs(shape, ports, sources, lifted, columns, widths, size, tags)
    lowest = max((leg.bottom for leg in legs.values()), default=-1)
    return Layout(
        width=max((box.right for box in boxes.values()), default=0),
        height=max([lowest + 1, *(box.bottom for box in boxes.values())]),
        boxes=boxes,
        tags=tuple(tags.values()),
        wires=_Wires(shape, ports, legs),
        legs=tuple(tuple(legs[left] for left in left_side) for left_side in sources),
        columns=tuple(columns),
        layers=tuple(
            tuple(shape.nodes[vertex] for vertex in layer if vertex < nodes)
            for layer in ordering.layers
        ),
    )


def least_width(shape: GraphShape, size: BoxSize) -> int:
    """The width that no layout falls below, without laying the graph out."""
    widths = _column_widths(shape, size)
    return sum(widths) + max(0, len(widths) - 1) * size.gap


def least_height(shape: GraphShape, size: BoxSize) -> int:
    """The height that no layout falls below, without laying the graph out."""
    ordering = ordered(shape)
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
    return max(heights)


def _column_widths(shape: GraphShape, size: BoxSize) -> list[int]:
    """How wide the boxes of each column are."""
    ordering = ordered(shape)
    words = {"numbers": (), "titles": shape.titles, "texts": shape.texts}[size.holds]
    if not words:
        return [size.width] * len(ordering.layers)
    return [
        min(
            max([size.width, *(cell_len(words[v]) + 2 for v in layer if v < len(words))]),
            size.widest,
        )
        for layer in ordering.layers
    ]


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


class _Wires(Mapping[Edge, tuple[Point, ...]]):
    """Corners of every wire, worked out when they are asked for: a picture needs few of them."""

    def __init__(self, shape: GraphShape, ports: _Ports, legs: Mapping[int, Leg]) -> None:
        self._ports, self._legs = ports, legs
        self._place, self._edges = shape.place, frozenset(shape.edges)
        self._found: dict[Edge, tuple[Point, ...]] = {}

    def __getitem__(self, edge: Edge) -> tuple[Point, ...]:
        found = self._found.get(edge)
        if found is None:
            if edge not in self._edges:
                raise KeyError(edge)
            found = self._found[edge] = self._corners(edge)
        return found

    def __iter__(self) -> Iterator[Edge]:
        return iter(self._edges)

    def __len__(self) -> int:
        return len(self._edges)

    def __contains__(self, edge: object) -> bool:
        return edge in self._edges

    def _corners(self, edge: Edge) -> tuple[Point, ...]:
        """One wire through all its waypoints, without corners that are none."""
        source, target = (self._place[node] for node in edge)
        corners: list[Point] = []
        for left, right in pairwise(self._ports.ordering.way(source, target)):
            for corner in self._legs[left].corners(self._ports.enters(left, right)):
                if len(corners) > 1 and _in_line(corners[-2], corners[-1], corner):
                    corners[-1] = corner
                elif not corners or corners[-1] != corner:
                    corners.append(corner)
        return tuple(corners)


def _in_line(a: Point, b: Point, c: Point) -> bool:
    return a[0] == b[0] == c[0] or a[1] == b[1] == c[1]


def _legs(
    shape: GraphShape,
    ports: _Ports,
    sources: Sequence[Sequence[int]],
    channels: Sequence[Channel],
    columns: Sequence[int],
    widths: Sequence[int],
    size: BoxSize,
    tags: Mapping[int, Tag],
) -> dict[int, Leg]:
    """For each vertex that something reads, its leg to the next column."""
    ordering = ports.ordering
    carried = dict(enumerate(shape.nodes))
    carried |= {v: shape.nodes[n] for n, chains in enumerate(ordering.chains) for chain in chains
                for v in chain}  # fmt: skip
    legs: dict[int, Leg] = {}
    for rank, (left_side, channel) in enumerate(zip(sources, channels, strict=True)):
        if not left_side:
            continue
        start, end = columns[rank] + widths[rank], columns[rank + 1] - 1
        spare = end - start + 1 - 2 * size.margin - channel.tracks
        first_track = start + size.margin + spare // 2
        for left, climb in zip(left_side, channel.climbs, strict=True):
            passes = left >= ordering.node_count and left not in tags
            net = ports.net(left)
            legs[left] = Leg(
                carried[left],
                columns[rank] if passes else start,
                end,
                net.leaves,
                net.enters,
                tuple(
                    row
                    for row, right in zip(net.enters, ordering.after[left], strict=True)
                    if right < ordering.node_count
                ),
                climb.moved(first_track) if climb else None,
                passes,
            )
    return legs
