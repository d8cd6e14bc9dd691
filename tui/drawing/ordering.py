"""Which column each node of a graph stands in, and in which order a column is read from the top.

May import: tui.models.   Imported by: drawing.placement, drawing.layered.

The first half of a layered drawing (Sugiyama, Tagawa & Toda, "Methods for visual understanding
of hierarchical system structures", IEEE Trans. SMC 11(2), 1981): ranks, waypoints where a wire
passes columns, and barycentre sweeps against crossings. It knows no sizes: a graph is ordered
once, however often the panel around it is resized.

A *vertex* is a number: below `len(shape.nodes)` it is the node at that place of `shape.nodes`,
above it is a waypoint or a *tag*. A node has one waypoint per column, so a fan-out travels as one
wire. A wire longer than a screen cannot be followed by eye: a node that is read so far away is
named by a tag beside each distant reader, as in the plan of a circuit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf

from tui.models.graph import GraphShape

# Columns that a wire spans at most. Boxes of 11 cells with gaps of 4 fill 200 cells with 13.
FAR = 14
# Readers as near as this share one tag, and one wire from it.
NEAR = 3

# Sweeps settle within four or so on real graphs; more only reshuffle equally good orders.
MOST_SWEEPS = 10
PATIENCE = 3


@dataclass(frozen=True, eq=False)
class Ordering:
    """Columns of vertices, and the wires between neighbouring columns."""

    layers: tuple[tuple[int, ...], ...]
    """Vertices of each column, from the top."""
    before: Sequence[Sequence[int]]
    """For each vertex, those of the previous column wired into it, from the top."""
    after: Sequence[Sequence[int]]
    """For each vertex, those of the next column it is wired into, from the top."""
    chains: Sequence[Sequence[Sequence[int]]]
    """For each node the pieces of its wire: itself, or a tag, and the waypoints that follow."""
    rank: Sequence[int]
    """The column of each vertex."""
    reach: Sequence[int]
    """For each node, the number of nodes on the longest path that ends there."""
    remaining: Sequence[int]
    """For each node, the number of nodes on the longest path that starts there."""

    @property
    def node_count(self) -> int:
        return len(self.chains)

    @property
    def tags(self) -> dict[int, int]:
        """Every tag with the node that it names."""
        return {chain[0]: node for node, chains in enumerate(self.chains) for chain in chains[1:]}

    def way(self, source: int, target: int) -> Sequence[int]:
        """The vertices that the wire from one node to another touches, both ends included.

        It starts at a tag where the node is too far away.
        """
        column = self.rank[target]
        for chain in self.chains[source]:
            columns = column - self.rank[chain[0]]
            if 0 < columns <= len(chain):
                return [*chain[:columns], target]
        raise KeyError((source, target))


@lru_cache(maxsize=64)
def ordered(shape: GraphShape) -> Ordering:
    operands, consumers = _adjacency(shape)
    reach = [0] * len(operands)
    for node, incoming in enumerate(operands):
        reach[node] = 1 + max((reach[operand] for operand in incoming), default=0)
    remaining = [0] * len(operands)
    for node in reversed(range(len(operands))):
        remaining[node] = 1 + max((remaining[result] for result in consumers[node]), default=0)

    rank = _ranks(consumers, reach)
    chains = _chains(consumers, rank)
    before: list[list[int]] = [[] for _ in rank]
    after: list[list[int]] = [[] for _ in rank]
    for source, results in enumerate(consumers):
        carrier: dict[int, int] = {}
        for chain in chains[source]:
            for left, right in pairwise(chain):
                after[left].append(right)
                before[right].append(left)
            carrier |= {rank[vertex]: vertex for vertex in chain}
        for result in results:
            last = carrier[rank[result] - 1]
            after[last].append(result)
            before[result].append(last)

    weight = [*reach, *([0] * (len(rank) - len(reach)))]
    layers = _first_order(before, after, rank, weight)
    layers = _with_fewer_crossings(layers, before, after)
    position = _positions(layers, len(rank))
    for neighbours in (before, after):
        for vertices in neighbours:
            vertices.sort(key=position.__getitem__)
    return Ordering(tuple(map(tuple, layers)), before, after, chains, rank, reach, remaining)


def _adjacency(shape: GraphShape) -> tuple[list[list[int]], list[list[int]]]:
    """Operands and consumers of each node, by place in `shape.nodes`."""
    place = {node: index for index, node in enumerate(shape.nodes)}
    operands: list[list[int]] = [[] for _ in place]
    consumers: list[list[int]] = [[] for _ in place]
    for operand, result in dict.fromkeys(shape.edges):
        source, target = place[operand], place[result]
        if source >= target:
            raise ValueError(
                f"edge {operand} -> {result} runs against the order of shape.nodes: "
                "list every operand before its results"
            )
        operands[target].append(source)
        consumers[source].append(target)
    return operands, consumers


def _ranks(consumers: Sequence[Sequence[int]], reach: Sequence[int]) -> list[int]:
    """As late as possible: an input stands right before its first consumer.

    This turns an expression into a narrow staircase; "as early as possible" would pile all
    inputs up in the first column and draw a long wire from each. Only results that nothing
    consumes stand as early as they can, or a side result would be dragged to the last column.
    """
    rank = [length - 1 for length in reach]
    for node in reversed(range(len(rank))):
        if consumers[node]:
            rank[node] = min(rank[result] for result in consumers[node]) - 1
    return rank


def _chains(consumers: Sequence[Sequence[int]], rank: list[int]) -> list[list[list[int]]]:
    """The pieces of each node's wire; ranks of tags and waypoints are appended to `rank`."""
    chains: list[list[list[int]]] = []
    for node, results in enumerate(consumers):
        chain = [node]
        mine = [chain]
        columns = sorted({rank[result] for result in results})
        reach = NEAR if columns and columns[-1] - rank[node] > FAR else FAR
        for column in columns:
            if column - rank[chain[0]] > reach:
                chain = [len(rank)]
                mine.append(chain)
                rank.append(column - 1)
            for passed in range(rank[chain[-1]] + 1, column):
                chain.append(len(rank))
                rank.append(passed)
        chains.append(mine)
    return chains


def _first_order(
    before: Sequence[Sequence[int]],
    after: Sequence[Sequence[int]],
    rank: Sequence[int],
    weight: Sequence[int],
) -> list[list[int]]:
    """Walk back from the results, longest operand first.

    A tree comes out without crossings, and the spine of the graph lies above the inputs that
    join it, so that it can run straight along the top.
    """
    layers: list[list[int]] = [[] for _ in range(1 + max(rank, default=-1))]
    seen = [False] * len(rank)
    sinks = [vertex for vertex in range(len(rank)) if not after[vertex]]
    sinks.sort(key=lambda vertex: -weight[vertex])
    stack = sinks[::-1]
    while stack:
        vertex = stack.pop()
        if seen[vertex]:
            continue
        seen[vertex] = True
        layers[rank[vertex]].append(vertex)
        # Last in, first out; of operands of equal weight, the one written first comes out first.
        latest_first = before[vertex][::-1]
        stack.extend(sorted(latest_first, key=weight.__getitem__))
    return layers


def _with_fewer_crossings(
    layers: list[list[int]], before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]
) -> list[list[int]]:
    """Barycentre sweeps, forth and back; the best order that was met."""
    best, fewest = layers, _crossings(layers, after)
    alone = {vertex for vertex in range(len(before)) if not before[vertex] and not after[vertex]}
    disappointments = 0
    for sweep in range(MOST_SWEEPS):
        if not fewest or disappointments == PATIENCE:
            break
        layers = [list(layer) for layer in layers]
        columns = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
        step, neighbours = (-1, before) if sweep % 2 == 0 else (1, after)
        position = _positions(layers, len(before))
        for column in columns:
            _sort_by_barycentre(layers[column], layers[column + step], neighbours, position, alone)
        crossings = _crossings(layers, after)
        disappointments = 0 if crossings < fewest else disappointments + 1
        if crossings < fewest:
            best, fewest = layers, crossings
    return best


def _sort_by_barycentre(
    layer: list[int],
    reference: Sequence[int],
    neighbours: Sequence[Sequence[int]],
    position: list[int],
    alone: Set[int],
) -> None:
    """Order one column by the mean place of each vertex's neighbours in the reference column.

    Vertices without any wire keep out of the way, at the bottom.
    """
    stretch = len(reference) / max(1, len(layer))
    centre: dict[int, float] = {}
    for vertex in layer:
        near = neighbours[vertex]
        if len(near) == 1:
            centre[vertex] = position[near[0]]
        elif near:
            centre[vertex] = sum([position[other] for other in near]) / len(near)
        elif vertex in alone:
            centre[vertex] = inf
        else:
            # Without neighbours on this side, it keeps its relative height.
            centre[vertex] = position[vertex] * stretch
    layer.sort(key=centre.__getitem__)
    for place, vertex in enumerate(layer):
        position[vertex] = place


def _crossings(layers: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> int:
    """Pairs of wires that change sides between neighbouring columns: inversions, by insertion."""
    count = 0
    position = _positions(layers, len(after))
    for layer in layers:
        ends: list[int] = []
        for vertex in layer:
            results = after[vertex]
            if len(results) == 1:
                # Most wires: nothing to sort, and most of these end below all before.
                end = position[results[0]]
                if ends and end < ends[-1]:
                    place = bisect_right(ends, end)
                    count += len(ends) - place
                    ends.insert(place, end)
                else:
                    ends.append(end)
            elif results:
                mine = sorted([position[other] for other in results])
                count += sum(len(ends) - bisect_right(ends, end) for end in mine)
                ends += mine
                ends.sort()
    return count


def _positions(layers: Sequence[Sequence[int]], vertices: int) -> list[int]:
    position = [0] * vertices
    for layer in layers:
        for place, vertex in enumerate(layer):
            position[vertex] = place
    return position
