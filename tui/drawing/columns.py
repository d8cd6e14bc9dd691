"""Where the units of a layered net stand in a panel: columns, rows, and what is scrolled out.

May import: tui.models, rich.cells.   Imported by: drawing.neurons.

A column is a layer, or several that are computed side by side. Where there is no room for all of
them, columns and units near the chosen one, or near what the event computes, are in sight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rich.cells import cell_len

from tui.models.neurons import NeuronsView, Unit

NUMBER = 7
"""Cells of a unit's number."""

NAME = 6
"""Cells of a layer's name beside its units, where a column has several."""

LEAST_GAP, INNER_GAP, MOST_GAP = 4, 9, 40
"""Cells between columns: at least; to have numbers at every unit; at most."""

SPREAD = 6
"""Rows from one unit to the next at most."""

Direction = Literal["left", "right", "up", "down"]


@dataclass(frozen=True)
class Place:
    """Where one unit is drawn."""

    row: int
    dot: int
    """The column of its dot."""
    label: int | None
    """Where its text starts, if it has any."""
    left: int
    """The first cell that belongs to it."""
    right: int
    """The first cell behind it."""


@dataclass(frozen=True)
class Column:
    """One column of units."""

    layers: tuple[int, ...]
    left: int
    right: int
    """Its cells: from `left` to before `right`."""
    dot: int
    label: int | None
    name: int
    """Cells for the names of layers in the labels; 0 where there is one layer only."""
    before: int
    """Units that are scrolled out above."""
    after: int
    before_row: int
    """Where it stands how many these are, and where edges to them end."""
    after_row: int


@dataclass(frozen=True)
class Plan:
    """The whole drawing, in cells of the panel."""

    view: NeuronsView
    width: int
    body: range
    """The rows of the units."""
    columns: tuple[Column, ...]
    first: int
    """The first column of the net that is in sight."""
    places: Mapping[Unit, Place]

    @cached_property
    def at_row(self) -> Mapping[int, tuple[Unit, ...]]:
        """The units of every row."""
        found: dict[int, tuple[Unit, ...]] = {}
        for unit, place in self.places.items():
            found[place.row] = (*found.get(place.row, ()), unit)
        return found

    def unit_at(self, x: int, y: int) -> Unit | None:
        """The unit drawn in a cell, if any."""
        places = ((unit, self.places[unit]) for unit in self.at_row.get(y, ()))
        return next((unit for unit, place in places if place.left <= x < place.right), None)

    def layer_at(self, x: int, y: int) -> int | None:
        """The layer whose units stand nearest to a cell of their column."""
        for column in self.columns:
            if column.left <= x < column.right:
                near = [u for u in self.places if u[0] in column.layers]
                if near:
                    return min(near, key=lambda u: abs(self.places[u].row - y))[0]
        return None

    def ends(self, layer: int, units: range) -> tuple[list[int], list[bool]] | None:
        """The rows at which edges of a layer's units end, and which of these are in sight.

        Edges of units that are scrolled out end where it stands how many there are. None where the
        layer is in a column that is out of sight.
        """
        column = next((c for c in self.columns if layer in c.layers), None)
        if column is None:
            return None
        first = next((unit for unit in self.places if unit[0] in column.layers), (layer, 0))
        rows: list[int] = []
        for unit in units:
            place = self.places.get((layer, unit))
            if place is not None:
                rows.append(place.row)
            else:
                rows.append(column.before_row if (layer, unit) < first else column.after_row)
        return rows, [(layer, unit) in self.places for unit in units]


def plan(view: NeuronsView, width: int, body: range) -> Plan:
    """Place the units in these rows of a panel."""
    by_column = _by_column(view)
    first, shown = _columns_in_sight(view, len(by_column), width)
    seen = by_column[first : first + shown]
    names = [_name_width(view, layers) for layers in seen]
    columns: list[Column] = []
    places: dict[Unit, Place] = {}
    for layers, (left, dot, label, right), name in zip(
        seen, _across(width, names), names, strict=True
    ):
        rows, before, after = _rows(view, layers, body)
        top = min(rows.values(), default=body.start)
        bottom = max(rows.values(), default=body.start)
        columns.append(
            Column(
                layers,
                left,
                right,
                dot,
                label,
                name if label is not None else 0,
                before,
                after,
                max(body.start, top - 1),
                min(max(body.start, body.stop - 1), bottom + 1),
            )
        )
        for unit, row in rows.items():
            places[unit] = Place(row, dot, label, left, right)
    return Plan(view, width, body, tuple(columns), first, places)


def neighbour_unit(view: NeuronsView, unit: Unit | None, direction: Direction) -> Unit | None:
    """The unit that an arrow key leads to; the same one where there is none."""
    by_column = _by_column(view)
    if not by_column:
        return None
    if unit is None:
        current = next((at for at, layer in enumerate(view.layers) if layer.current), None)
        start = current if current is not None else by_column[min(1, len(by_column) - 1)][0]
        return start, view.layers[start].top
    at = view.layers[unit[0]].column
    place = _position(view, by_column[at], unit)
    total = _count(view, by_column[at])
    if direction in ("up", "down"):
        place += 1 if direction == "down" else -1
        return _unit(view, by_column[at], min(max(place, 0), total - 1))
    beside = at + (1 if direction == "right" else -1)
    if not 0 <= beside < len(by_column):
        return unit
    share = (place + 0.5) / total
    return _unit(view, by_column[beside], int(share * _count(view, by_column[beside])))


# --- columns ------------------------------------------------------------------------------------


def _by_column(view: NeuronsView) -> list[tuple[int, ...]]:
    found: list[list[int]] = [[] for _ in range(view.columns)]
    for at, layer in enumerate(view.layers):
        found[layer.column].append(at)
    return [tuple(layers) for layers in found if layers]


def _columns_in_sight(view: NeuronsView, columns: int, width: int) -> tuple[int, int]:
    """(the first column, how many): all, or those around what matters."""
    room = max(1, (width + LEAST_GAP) // (1 + LEAST_GAP))
    if columns <= room:
        return 0, columns
    focus = 0
    if view.chosen is not None:
        focus = view.layers[view.chosen.layer].column
    else:
        active = [view.layers[e.target].column for e in view.edges if e.active]
        current = [layer.column for layer in view.layers if layer.current]
        focus = next(iter((*current, *active)), 0)
    return max(0, min(focus - room // 2, columns - room)), room


def _name_width(view: NeuronsView, layers: tuple[int, ...]) -> int:
    """Cells for names in front of the numbers: units of different layers need them."""
    if len(layers) == 1:
        return 0
    return min(NAME, max(cell_len(view.layers[at].name) for at in layers)) + 1


def _across(width: int, names: list[int]) -> Iterator[tuple[int, int, int | None, int]]:
    """(left, dot, label, right) of each column: with numbers at all units, at the ends, or none.

    A number stands behind its dot; in the first column before it, where no edge comes from.
    """
    count = len(names)
    for labelled in (range(count), (0, count - 1), ()):
        blocks = [1 + (1 + names[i] + NUMBER if i in labelled else 0) for i in range(count)]
        gaps = max(1, count - 1)
        room = (width - sum(blocks)) / gaps
        if room >= (INNER_GAP if len(labelled) > 2 else LEAST_GAP) or not labelled:
            break
    room = min(room, MOST_GAP) if count > 1 else 0
    x = max(0.0, (width - sum(blocks) - room * (count - 1)) / 2)
    for at, block in enumerate(blocks):
        left = int(x)
        if block == 1:
            yield left, left, None, left + 1
        elif at == 0:
            yield left, left + block - 1, left, left + block
        else:
            yield left, left, left + 2, left + block
        x += block + room


# --- rows ---------------------------------------------------------------------------------------


def _rows(
    view: NeuronsView, layers: tuple[int, ...], body: range
) -> tuple[dict[Unit, int], int, int]:
    """(row of each unit in sight, units scrolled out above, below)."""
    total, room = _count(view, layers), len(body)
    if room <= 0:
        return {}, 0, total
    if total <= room:
        return _spread(view, layers, body), 0, 0
    wanted = focus = _top(view, layers)
    chosen = view.chosen
    if chosen is not None and chosen.layer in layers:
        focus = _position(view, layers, (chosen.layer, chosen.unit))
        if not wanted < focus < wanted + room - 1:
            wanted = focus - room // 2
    held = _held(view, layers, focus)
    room = min(room, len(held))
    start = max(held.start, min(wanted, held.stop - room))
    # The first and the last row say how much there is beyond them.
    first, stop = start + (start > 0), start + room - (start + room < total)
    rows = {_unit(view, layers, at): body.start + at - start for at in range(first, stop)}
    return rows, first, total - stop


def _spread(view: NeuronsView, layers: tuple[int, ...], body: range) -> dict[Unit, int]:
    """All units of a column, evenly over the rows, with a gap between layers if there is room."""
    units = [(at, unit) for at in layers for unit in range(view.layers[at].units)]
    gaps = len(layers) - 1 if len(units) + len(layers) - 1 <= len(body) else 0
    slots = len(units) + gaps
    step = min(float(SPREAD), len(body) / max(1, slots))
    start = body.start + (len(body) - step * slots) / 2
    rows: dict[Unit, int] = {}
    slot = 0
    for at, unit in units:
        slot += bool(gaps) and unit == 0 and at != layers[0]
        rows[at, unit] = int(start + (slot + 0.5) * step)
        slot += 1
    return rows


def _top(view: NeuronsView, layers: tuple[int, ...]) -> int:
    """The place in a column that the reader has scrolled to."""
    moved = [at for at in layers if view.layers[at].top > 0]
    return _position(view, layers, (moved[-1], view.layers[moved[-1]].top)) if moved else 0


def _held(view: NeuronsView, layers: tuple[int, ...], focus: int) -> range:
    """The places of a column around one of them whose units the view has, in one piece."""
    pieces: list[range] = []
    base = 0
    for at in layers:
        layer = view.layers[at]
        first = base + layer.first
        piece = range(first, first + len(layer.values))
        if pieces and pieces[-1].stop == piece.start:
            pieces[-1] = range(pieces[-1].start, piece.stop)
        else:
            pieces.append(piece)
        base += layer.units
    return next((piece for piece in pieces if focus in piece), pieces[0])


def _count(view: NeuronsView, layers: tuple[int, ...]) -> int:
    return sum(view.layers[at].units for at in layers)


def _position(view: NeuronsView, layers: tuple[int, ...], unit: Unit) -> int:
    """A unit's place in its column, counted over all its layers."""
    return sum(view.layers[at].units for at in layers if at < unit[0]) + unit[1]


def _unit(view: NeuronsView, layers: tuple[int, ...], place: int) -> Unit:
    for at in layers:
        if place < view.layers[at].units:
            return at, place
        place -= view.layers[at].units
    last = layers[-1]
    return last, view.layers[last].units - 1
