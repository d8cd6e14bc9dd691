"""Wires in the gap between two columns: each gets a track, and none hides behind another.

May import: the standard library only.   Imported by: drawing.layered.

This is channel routing as circuit boards know it, turned on its side: the left-edge rule of
Hashimoto & Stevens ("Wire routing by optimizing channel assignment within large apertures",
DAC 1971) packs vertical runs into tracks, and the constraint graph with doglegs of Deutsch
("A dogleg channel router", DAC 1976) keeps two wires from lying on the same row.

A *net* leaves one row on the left and enters one or more rows on the right. Wanted is, for each,
the track where it climbs. Two nets can meet in only one bad way: A leaves at the row that B
enters. Then A must climb left of B's climb, or they would share the cells between. Such wishes
may form a circle (two nets that swap rows); one net of it then climbs twice, by way of a row
that nobody else uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush


@dataclass(frozen=True)
class Net:
    leaves: int
    """Its row on the left side of the channel."""
    enters: tuple[int, ...]
    """Its rows on the right side; no two nets of a channel have one in common."""

    @property
    def straight(self) -> bool:
        return all(row == self.leaves for row in self.enters)


@dataclass(frozen=True)
class Climb:
    """Where a net changes rows: at one track, or at two joined by a row of their own."""

    track: int
    detour: tuple[int, int] | None = None
    """(row, second track)"""

    def moved(self, columns: int, rows: int = 0) -> Climb:
        """The same with the tracks as columns of a drawing, or on other rows of it."""
        detour = self.detour
        return Climb(self.track + columns, detour and (detour[0] + rows, detour[1] + columns))


@dataclass(frozen=True)
class Channel:
    climbs: tuple[Climb | None, ...]
    """One for each net; None for a net that runs straight through."""
    tracks: int

    def lifted(self, rows: int) -> Channel:
        """The same so many rows further down."""
        if not rows:
            return self
        return Channel(tuple(c and c.moved(0, rows) for c in self.climbs), self.tracks)


@dataclass(frozen=True)
class _Run:
    """A vertical piece of wire that wants a track."""

    net: int
    top: int
    bottom: int
    eagerness: tuple[int, int]
    """The smaller, the further left it goes if nothing forbids."""


def route(nets: Sequence[Net]) -> Channel:
    goes_before = _circles(nets)
    detours = _rows_for_detours(nets, _nets_to_split(goes_before))
    runs: list[_Run] = []
    first: dict[int, int] = {}
    second: dict[int, int] = {}
    for index, net in enumerate(nets):
        if net.straight:
            continue
        first[index] = len(runs)
        if index in detours:
            row = detours[index]
            runs.append(_run(index, net.leaves, (row,)))
            second[index] = len(runs)
            runs.append(_run(index, row, net.enters))
        else:
            runs.append(_run(index, net.leaves, net.enters))

    # What leaves at a row is a net's first run; what enters there is its last.
    later: list[list[int]] = [[] for _ in runs]
    for a, b in goes_before.items():
        later[first[a]].append(second.get(b, first[b]))
    for index in second:
        later[first[index]].append(second[index])
    track = _tracks(runs, later)
    climbs: list[Climb | None] = [
        None
        if index not in first
        else Climb(
            track[first[index]],
            (detours[index], track[second[index]]) if index in second else None,
        )
        for index in range(len(nets))
    ]
    return Channel(tuple(climbs), 1 + max(track, default=-1))


def _run(net: int, leaves: int, enters: Sequence[int]) -> _Run:
    """Wires that descend nest when the lowest turns first, wires that rise when the highest does.

    Either order the wrong way round costs two crossings for each pair that overlaps.
    """
    top, bottom = min(leaves, *enters), max(leaves, *enters)
    descends = bottom - leaves >= leaves - top
    return _Run(net, top, bottom, (0, -leaves) if descends else (1, leaves))


def _circles(nets: Sequence[Net]) -> dict[int, int]:
    """For each net that leaves at a row which another enters, that other net."""
    entering = {row: index for index, net in enumerate(nets) for row in net.enters}
    return {
        index: entering[net.leaves]
        for index, net in enumerate(nets)
        if entering.get(net.leaves, index) != index
    }


def _nets_to_split(goes_before: dict[int, int]) -> list[int]:
    """One net of each circle: each net points at no more than one, so circles are disjoint."""
    chosen: list[int] = []
    visited: set[int] = set()
    for start in goes_before:
        trail: list[int] = []
        at: int | None = start
        while at is not None and at not in visited:
            visited.add(at)
            trail.append(at)
            at = goes_before.get(at)
        if at is not None and at in trail:
            chosen.append(at)
    return chosen


def _rows_for_detours(nets: Sequence[Net], split: Sequence[int]) -> dict[int, int]:
    """For each net to split, the nearest row that no net leaves or enters."""
    if not split:
        return {}
    taken = {row for net in nets for row in (net.leaves, *net.enters)}
    rows: dict[int, int] = {}
    for index in split:
        start = nets[index].leaves
        towards = 1 if nets[index].enters[-1] >= start else -1
        distance = 1
        while (row := start + towards * distance) in taken:
            # 1, -1, 2, -2, ...: rows above and below the drawing are free, so this ends.
            distance = -distance if distance > 0 else 1 - distance
        taken.add(row)
        rows[index] = row
    return rows


def _tracks(runs: Sequence[_Run], later: Sequence[Sequence[int]]) -> list[int]:
    """Place runs eagerest first, each on the track right of all it overlaps so far."""
    waiting_for = [0] * len(runs)
    for successors in later:
        for index in successors:
            waiting_for[index] += 1
    ready = [(run.eagerness, index) for index, run in enumerate(runs) if not waiting_for[index]]
    heapify(ready)
    top = min((run.top for run in runs), default=0)
    free = [0] * (max((run.bottom for run in runs), default=0) - top + 1)
    track = [0] * len(runs)
    while ready:
        _, index = heappop(ready)
        span = slice(runs[index].top - top, runs[index].bottom - top + 1)
        track[index] = max(free[span])
        free[span] = [track[index] + 1] * (span.stop - span.start)
        for successor in later[index]:
            waiting_for[successor] -= 1
            if not waiting_for[successor]:
                heappush(ready, (runs[successor].eagerness, successor))
    return track
