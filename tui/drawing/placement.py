"""On which row each box and each passing wire stands.

May import: drawing.ordering.   Imported by: drawing.layered.

Wires between neighbouring columns are tied into straight *lines* where they can be, the longest
paths first; then every line moves as a whole towards the boxes it is wired to. Straight first,
short second is what Brandes & Köpf do ("Fast and simple horizontal coordinate assignment", GD
2001); unlike theirs, a line is chosen by the length of the path it belongs to, which lets the
spine of a computation run through on one row, and there is one pass instead of four averaged
ones, since an average of rows is not a row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tui.drawing.ordering import Ordering

# Each sweep lets a move travel through all lines once; nearly all drawings rest after three.
MOST_SWEEPS = 12


Distances = Sequence[dict[int, int]]
"""For each line, its neighbours on one side and how many rows away they must stay at least."""


@dataclass(frozen=True)
class Rows:
    """Sizes, for each vertex, in rows; ports are rows counted from the top of the box."""

    height: Sequence[int]
    first_port: Sequence[int]
    """Where wires leave, and where the topmost operand enters; the next enters one row below."""
    gap: int
    """Free rows between two boxes of a column, and between a box and a wire that passes it."""


def place(ordering: Ordering, rows: Rows) -> list[int]:
    """The top row of each vertex; the smallest is 0."""
    entry = _entries(ordering, rows)
    line, offset = _lines(ordering, rows, entry)
    top = _settle(ordering, rows, entry, line, offset)
    highest = min(top, default=0)
    return [row - highest for row in top]


def _entries(ordering: Ordering, rows: Rows) -> list[dict[int, int]]:
    """For each vertex, the port of each wire that comes in: no two share one."""
    return [
        {source: rows.first_port[vertex] + slot for slot, source in enumerate(incoming)}
        for vertex, incoming in enumerate(ordering.before)
    ]


def _lines(
    ordering: Ordering, rows: Rows, entry: Sequence[dict[int, int]]
) -> tuple[list[int], list[int]]:
    """Each vertex's line, and its top row relative to the line's first vertex.

    A line is level: it ends where its wire enters below the first port. Lines that sink a little at
    every box drive the columns apart, and 25 layers of 40 units become 3,900 rows instead of 280.
    """
    line = list(range(len(ordering.rank)))
    follower = _straight_wires(ordering)
    for vertex in (vertex for layer in ordering.layers for vertex in layer):
        after = follower[vertex]
        if after is not None and entry[after][vertex] == rows.first_port[after]:
            line[after] = line[vertex]
    return line, [rows.first_port[line[v]] - rows.first_port[v] for v in range(len(line))]


def _straight_wires(ordering: Ordering) -> list[int | None]:
    """For each vertex the one that follows it on its line: chosen greedily, never crossing.

    Longest paths come first, then wires whose ends have like places in their columns: one from the
    first of forty units to the last of the next would shift a column by its whole height.
    """
    position = [0] * len(ordering.rank)
    for layer in ordering.layers:
        for at, vertex in enumerate(layer):
            position[vertex] = at
    wires = [(left, right) for left, results in enumerate(ordering.after) for right in results]
    wires.sort(
        key=lambda wire: (
            -_importance(ordering, *wire),
            abs(position[wire[0]] - position[wire[1]]),
            position[wire[0]],
        )
    )
    follower: list[int | None] = [None] * len(position)
    followed = [False] * len(position)
    chosen: list[list[tuple[int, int]]] = [[] for _ in ordering.layers]
    for left, right in wires:
        if follower[left] is not None or followed[right]:
            continue
        taken = chosen[ordering.rank[left]]
        pair = (position[left], position[right])
        at = bisect_left(taken, pair)
        crosses_above = at > 0 and taken[at - 1][1] > pair[1]
        crosses_below = at < len(taken) and taken[at][1] < pair[1]
        if crosses_above or crosses_below:
            continue
        taken.insert(at, pair)
        follower[left], followed[right] = right, True
    return follower


def _importance(ordering: Ordering, left: int, right: int) -> float:
    """Length of the longest path through a wire; long wires straight before all, as in B&K."""
    nodes = ordering.node_count
    if left >= nodes and right >= nodes:
        return float("inf")
    if left >= nodes or right >= nodes:
        return 0.5
    return ordering.reach[left] + ordering.remaining[right]


def _settle(
    ordering: Ordering,
    rows: Rows,
    entry: Sequence[dict[int, int]],
    line: Sequence[int],
    offset: Sequence[int],
) -> list[int]:
    """Stack the lines from the top, then let each follow the pull of its wires."""
    above, below = _distances(ordering, rows, line, offset)
    pulls = _pulls(ordering, rows, entry, line, offset)
    downwards = _from_the_top(above, below, sorted(set(line)))
    y = dict.fromkeys(downwards, 0)
    for name in downwards:
        y[name] = max((y[other] + apart for other, apart in above[name].items()), default=0)

    loose = _loose(below, pulls, downwards)
    movable = [name for name in downwards if pulls[name]]
    for _ in range(MOST_SWEEPS):
        moved = False
        # Upwards first: a pile that wants to go down has to start moving at its lower end.
        for name in (*reversed(movable), *movable):
            goal = _between_medians([y[other] + by for other, by in pulls[name]], y[name])
            for other, apart in below[name].items():
                if other not in loose:
                    goal = min(goal, y[other] - apart)
            for other, apart in above[name].items():
                goal = max(goal, y[other] + apart)
            moved |= goal != y[name]
            y[name] = goal
        if not moved:
            break
    for name in downwards:
        if name in loose:
            y[name] = max((y[other] + apart for other, apart in above[name].items()), default=0)
    return [y[name] + by for name, by in zip(line, offset, strict=True)]


def _loose(below: Distances, pulls: Sequence[object], downwards: Sequence[int]) -> set[int]:
    """Lines without wires at the bottom of their column: they give way to all others."""
    loose: set[int] = set()
    for name in reversed(downwards):
        if not pulls[name] and all(other in loose for other in below[name]):
            loose.add(name)
    return loose


def _distances(
    ordering: Ordering, rows: Rows, line: Sequence[int], offset: Sequence[int]
) -> tuple[Distances, Distances]:
    """For each line, the lines directly above and below it and how far they must stay apart."""
    above: list[dict[int, int]] = [{} for _ in line]
    below: list[dict[int, int]] = [{} for _ in line]
    nodes = ordering.node_count
    for layer in ordering.layers:
        for upper, lower in pairwise(layer):
            gap = rows.gap if upper < nodes or lower < nodes else 0
            apart = offset[upper] + rows.height[upper] + gap - offset[lower]
            apart = max(apart, below[line[upper]].get(line[lower], apart))
            below[line[upper]][line[lower]] = above[line[lower]][line[upper]] = apart
    return above, below


def _pulls(
    ordering: Ordering,
    rows: Rows,
    entry: Sequence[dict[int, int]],
    line: Sequence[int],
    offset: Sequence[int],
) -> list[list[tuple[int, int]]]:
    """For each line, (other line, how far below it this one would make their wire straight)."""
    pulls: list[list[tuple[int, int]]] = [[] for _ in line]
    for left, results in enumerate(ordering.after):
        for right in results:
            if line[left] != line[right]:
                leaves = offset[left] + rows.first_port[left]
                enters = offset[right] + entry[right][left]
                pulls[line[right]].append((line[left], leaves - enters))
                pulls[line[left]].append((line[right], enters - leaves))
    return pulls


def _from_the_top(above: Distances, below: Distances, names: Sequence[int]) -> list[int]:
    """Lines in an order where each comes after all above it.

    It exists because lines never cross: "above" cannot run in a circle.
    """
    waiting = {name: len(above[name]) for name in names}
    order = [name for name in names if not waiting[name]]
    for name in order:
        for lower in below[name]:
            waiting[lower] -= 1
            if not waiting[lower]:
                order.append(lower)
    return order


def _between_medians(wishes: list[int], now: int) -> int:
    """The best place for the sum of distances; of several best ones, the nearest."""
    wishes.sort()
    return max(wishes[(len(wishes) - 1) // 2], min(now, wishes[len(wishes) // 2]))
