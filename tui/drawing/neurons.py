"""A layered net in cells: units as dots in columns, edges as lines of braille between them.

Sign and size show twice. An edge is bright and thick where it is strong, and broken where it is
negative; a unit is a full dot where it is positive and a hollow one where it is negative, with its
number beside it where there is room.
May import: tui.models, tui.numbers, the other modules of drawing, numpy.   Imported by: widgets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.drawing.columns import NUMBER, Column, Direction, Place, Plan, neighbour_unit, plan
from tui.drawing.raster import ASCII, BRAILLE, Canvas, joined
from tui.drawing.rows import blank, centred, fitted, width_of
from tui.drawing.words import Glyphs, clipped, plain
from tui.models.neurons import Edge, Edges, LayerUnits, NeuronsView, Unit, UnitDetail
from tui.models.text import Row, Span, Style
from tui.numbers import NOT_COMPUTED, fixed, number

__all__ = ["Direction", "draw_neurons", "layer_at", "neighbour_unit", "planned", "unit_at"]

STRONG, MEDIUM, FAINT = 0.6, 0.25, 0.02
"""Shares of the largest weight from which on an edge is drawn thick, bright, or in the colour of
its sign."""

CROWDED = 4
"""Cells that each edge needs: where there are fewer, only the strongest are drawn."""

MOST = 160
"""Edges between two layers that an eye can follow, however much room there is."""

DIGITS = 3
"""Of the numbers of the chosen unit's edges, so that many of them fit."""

DOTS = {
    "positive": "●",
    "negative": "○",
    "zero": "◌",
    "pending": NOT_COMPUTED,
    "dead": "×",
    "bad": "!",
}
PLAIN_DOTS = {**DOTS, "positive": "@", "negative": "o", "zero": "0", "pending": ".", "dead": "x"}


def draw_neurons(
    view: NeuronsView, width: int, height: int, *, glyphs: Glyphs = "braille", colours: bool = True
) -> list[Row]:
    """Exactly `height` rows of exactly `width` cells.

    Without colours the edges of other units cannot step back behind those of the chosen one, and
    are left out.
    """
    if width <= 0 or height <= 0:
        return [()] * max(0, height)
    if view.layers:
        rows = _Drawing(view, width, height, glyphs, colours).rows()
    else:
        rows = centred(view.nothing, width, height)
    return [tuple((plain(text, glyphs), style) for text, style in row) for row in rows]


def unit_at(view: NeuronsView, width: int, height: int, x: int, y: int) -> Unit | None:
    """The unit drawn in a cell of the area, if any."""
    return planned(view, width, height).unit_at(x, y) if view.layers else None


def layer_at(view: NeuronsView, width: int, height: int, x: int, y: int) -> int | None:
    """The layer in whose column a cell lies, if any."""
    return planned(view, width, height).layer_at(x, y) if view.layers else None


def planned(view: NeuronsView, width: int, height: int) -> Plan:
    """Where everything is that has a place of its own."""
    head, foot = _margins(height)
    return plan(view, width, range(head, max(head, height - foot)))


def _margins(height: int) -> tuple[int, int]:
    """Rows for the names of the layers, and for what is known of the chosen unit."""
    return int(height >= 3), 0 if height < 6 else 1 if height < 12 else 3


@dataclass(frozen=True, eq=False)
class _Strokes:
    """Edges to be drawn: where they end, in dots, and how strong they are."""

    ends: NDArray[np.float64]
    """(4, edges): x and y at the source, x and y at the target."""
    numbers: NDArray[np.float64]
    chosen: NDArray[np.bool_]


class _Drawing:
    def __init__(
        self, view: NeuronsView, width: int, height: int, glyphs: Glyphs, colours: bool
    ) -> None:
        self.view, self.width, self.height, self.glyphs = view, width, height, glyphs
        self.colours = colours
        self.plan = planned(view, width, height)
        self.canvas = Canvas(
            width, max(1, len(self.plan.body)), ASCII if glyphs == "ascii" else BRAILLE
        )
        self.dots = PLAIN_DOTS if glyphs == "ascii" else DOTS
        self.largest = max((e.largest for e in view.edges if not e.straight), default=0.0)
        self.drawn, self.all = 0, 0

    def rows(self) -> list[Row]:
        head, foot = _margins(self.height)
        self._draw_edges()
        for column in self.plan.columns:
            self._draw_column(column)
        body = self.canvas.rows()[: len(self.plan.body)]
        rows = [self._heading()] if head else []
        rows += body
        rows += self._foot(foot)
        return (rows + [blank(self.width)] * self.height)[: self.height]

    # --- edges ---------------------------------------------------------------------------------

    def _draw_edges(self) -> None:
        found = [s for e in self.view.edges if (s := self._strokes(e)) is not None]
        if not found:
            return
        ends = np.concatenate([s.ends for s in found], axis=1)
        numbers = np.concatenate([s.numbers for s in found])
        chosen = np.concatenate([s.chosen for s in found])
        with np.errstate(all="ignore"):
            share = np.abs(numbers) / (self.largest or 1.0)
        share[np.isnan(share)] = np.inf
        kept = np.concatenate([self._kept(s) for s in found])
        known = [e for e in self.view.edges if e.numbers is not None]
        self.all = sum(e.count for e in known)
        self.drawn = int((kept & (numbers != 0)).sum()) if known else 0
        some = bool(chosen.any())
        if some and not self.colours:
            kept &= chosen
        for level, low, high in ((0, -1.0, FAINT), (1, FAINT, MEDIUM), (2, MEDIUM, STRONG)):
            self._lay(ends, numbers, kept & ~chosen & (share >= low) & (share < high), level, some)
        self._lay(ends, numbers, kept & ~chosen & (share >= STRONG), 3, some)
        for level, low in ((2, -1.0), (3, STRONG)):
            self._lay(ends, numbers, chosen & (share >= low), level, False)

    def _lay(
        self,
        ends: NDArray[np.float64],
        numbers: NDArray[np.float64],
        some: NDArray[np.bool_],
        level: int,
        behind: bool,
    ) -> None:
        """Draw the edges in a mask; `behind` another unit's they are only hinted at."""
        unknown = some & ~np.isfinite(numbers)
        thick = level == 3 and not behind and self.glyphs != "ascii"
        for mask, sign, dash in (
            (some & (numbers < 0) & ~unknown, "minus", (1, 1)),
            (some & (numbers > 0) & ~unknown, "plus", (1, 0)),
        ):
            style = "line" if behind or level == 0 else f"{sign}{level}"
            self._stroke(ends[:, mask], style, dash, thick=thick)
        self._stroke(ends[:, some & (numbers == 0)], "line", (1, 5))
        self._stroke(ends[:, unknown], "bad", (1, 5))

    def _stroke(
        self,
        ends: NDArray[np.float64],
        style: Style,
        dash: tuple[int, int],
        *,
        thick: bool = False,
    ) -> None:
        if ends.size:
            x, y, x_end, y_end = ends
            self.canvas.strokes((x, y, x_end, y_end), style, dash=dash, thick=thick)

    def _kept(self, strokes: _Strokes) -> NDArray[np.bool_]:
        """Which edges between two layers are drawn: all, or where these would cover each other the
        strongest, and those of the chosen unit.
        """
        x, _, x_end, _ = strokes.ends
        across = (x_end[0] - x[0]) / self.canvas.glyphs.across if len(x) else 0
        room = min(MOST, max(8, int(across * len(self.plan.body) / CROWDED)))
        sizes = np.abs(strokes.numbers)
        sizes[np.isnan(sizes)] = np.inf
        if len(sizes) <= room:
            return np.ones(len(sizes), np.bool_)
        bar = np.partition(sizes, -room)[-room]
        return (sizes >= bar) & (sizes > 0) | strokes.chosen

    def _strokes(self, edges: Edges) -> _Strokes | None:
        """The edges that have an end in sight."""
        below = self._ends(edges.source, left=False)
        above = self._ends(edges.target, left=True)
        if below is None or above is None:
            return None
        (x, y, seen, first), (x_end, y_end, seen_above, first_above) = below, above
        if edges.straight:
            pairs = np.eye(len(y), len(y_end), dtype=np.bool_)
            numbers = np.where(pairs, 1.0, 0.0)
        elif edges.numbers is None:
            pairs = np.ones((len(y), len(y_end)), np.bool_)
            numbers = np.zeros(pairs.shape)
        else:
            numbers = np.array(edges.numbers, float).reshape(len(edges.numbers), -1)
            pairs = np.ones(numbers.shape, np.bool_)
        pairs &= seen[:, None] | seen_above[None, :]
        chosen = np.zeros(pairs.shape, np.bool_)
        unit = self.view.chosen
        if unit is not None and unit.layer == edges.source:
            chosen[unit.unit - first] = True
            pairs[unit.unit - first] = True
        if unit is not None and unit.layer == edges.target:
            chosen[:, unit.unit - first_above] = True
        rows, columns = np.nonzero(pairs)
        ends = np.stack((np.full(len(rows), x), y[rows], np.full(len(rows), x_end), y_end[columns]))
        return _Strokes(ends, numbers[rows, columns], chosen[rows, columns])

    def _ends(
        self, layer: int, *, left: bool
    ) -> tuple[float, NDArray[np.float64], NDArray[np.bool_], int] | None:
        """Where edges of a layer's units end: x, the ys, which are in sight, the first unit."""
        column = next((c for c in self.plan.columns if layer in c.layers), None)
        if column is None:
            return None
        dots = self.canvas.glyphs
        x = dots.across * column.left - 2 if left else dots.across * column.right + 1
        units = self.view.layers[layer]
        found = self.plan.ends(layer, range(units.first, units.first + len(units.values)))
        assert found is not None
        rows = np.array(found[0], float) - self.plan.body.start
        seen = np.array(found[1], np.bool_)
        return x, rows * dots.down + (dots.down - 1) / 2, seen, units.first

    # --- units ---------------------------------------------------------------------------------

    def _draw_column(self, column: Column) -> None:
        for (layer, unit), place in self.plan.places.items():
            if layer in column.layers:
                self._draw_unit(column, layer, unit, place)
        for count, row, sign in (
            (column.before, column.before_row, "▴"),
            (column.after, column.after_row, "▾"),
        ):
            if count:
                self._write_more(column, row, f"{sign} {count:,} more", sign)

    def _draw_unit(self, column: Column, layer: int, unit: int, place: Place) -> None:
        units = self.view.layers[layer]
        value = units.values[unit - units.first]
        kind, ink = _kind(units, unit, value)
        chosen = self.view.chosen
        ground = ""
        if chosen is not None and (chosen.layer, chosen.unit) == (layer, unit):
            ground = " current"
            for x in range(place.left, place.right):
                self._put(x, place.row, " ", f"text{ground}")
            for x, sign in ((place.dot - 1, "["), (place.dot + 1, "]")):
                self._put(x, place.row, sign, "title bold")
        self._put(place.dot, place.row, self.dots[kind], f"{ink} bold{ground}")
        if column.label is None:
            return
        name = clipped(units.name, column.name - 1) if column.name else ""
        text = "" if value is None or not units.known else fixed(value, NUMBER)
        text = "dead" if kind == "dead" else text
        style = "dim" if value is None or kind in ("dead", "zero") else "text"
        style = "bad" if kind == "bad" else style
        if units.current and value is not None and kind not in ("bad", "dead"):
            style = f"{self.view.phase} bold"
        start = column.label + (1 if chosen and ground and column.label > column.dot else 0)
        self._write(start, place.row, name, f"dim{ground}")
        self._write(column.label + column.name, place.row, f"{text:>{NUMBER}}", f"{style}{ground}")

    def _write_more(self, column: Column, row: int, text: str, sign: str) -> None:
        room = column.right - column.left
        if len(text) > room and column.label is None:
            self._put(column.dot, row, sign, "dim")
            return
        shown = text if len(text) <= room else text.removesuffix(" more")
        shown = shown if len(shown) <= room else sign
        start = column.left if column.label != column.left else column.right - len(shown)
        self._write(start, row, shown, "dim")

    def _put(self, x: int, row: int, sign: str, style: Style) -> None:
        self.canvas.put(x, row - self.plan.body.start, sign, style)

    def _write(self, x: int, row: int, text: str, style: Style) -> None:
        for at, sign in enumerate(text):
            if sign != " " or "current" in style:
                self._put(x + at, row, sign, style)

    # --- above and below -----------------------------------------------------------------------

    def _heading(self) -> Row:
        """The names of the layers, and of the weights between them, with the flow."""
        row: list[Span] = []
        used = 0
        columns = self.plan.columns
        for at, column in enumerate(columns):
            label, style = self._column_name(column)
            gap = columns[at + 1].left - column.right if at + 1 < len(columns) else 0
            room = column.right - column.left
            spare = max(0, gap // 3) if gap else self.width - column.right
            text = clipped(label, max(1, min(len(label), room + spare)))
            start = column.left
            if column.label is not None and column.label == column.left:
                start = max(0, column.right - len(text))
            elif at == len(columns) - 1:
                start = max(used, min(start, self.width - len(text)))
            if start > used:
                row.append((" " * (start - used), "text"))
                used = start
            row.append((text, style))
            used += len(text)
            if at + 1 < len(columns):
                flow = self._flow(self.plan.first + at, columns[at + 1].left - used)
                row += flow
                used += width_of(flow)
        return fitted(joined(row), self.width)

    def _column_name(self, column: Column) -> tuple[str, Style]:
        layers = [self.view.layers[at] for at in column.layers]
        current = any(layer.current for layer in layers)
        style = f"{self.view.phase} bold" if current else "title"
        names = [layer.shown if len(layers) == 1 else layer.name for layer in layers]
        return " ".join(names), style

    def _flow(self, column: int, room: int) -> list[Span]:
        """The line between two columns: the weights' name and size, and which way it goes."""
        layers = self.view.layers
        between = [
            e
            for e in self.view.edges
            if layers[e.source].column <= column < layers[e.target].column and not e.straight
        ]
        active = [e for e in between if e.active]
        backward = self.view.phase == "backward"
        style = f"{self.view.phase} bold" if active else "line"
        sign = "" if self.view.what == "weights" else "∇"
        if room < 3:
            return [(" " * room, "text")]
        shown = active or between
        names = " ".join(dict.fromkeys(sign + e.name for e in shown))
        numbers = [e for e in shown if e.numbers is not None]
        size = f" ≤{number(max(e.largest for e in numbers), 3)}" if numbers else f" {NOT_COMPUTED}"
        rule = "━" if active else "─"
        inner = room - 2
        for text in (f" {names}{size} ", f" {names} ", ""):
            if len(text) + 2 <= inner:
                break
        before = (inner - len(text)) // 2
        after = inner - len(text) - before
        ink = f"{self.view.phase} bold" if active else "dim"
        tip = "◂" if backward and active else "▸"
        left = tip + rule * max(0, before - 1) if backward and active else rule * before
        right = rule * after if backward and active else rule * max(0, after - 1) + tip
        return [(" ", "text"), (left, style), (text, ink), (right, style), (" ", "text")]

    def _foot(self, rows: int) -> list[Row]:
        if not rows:
            return []
        chosen = self.view.chosen
        lines = _details(chosen, self.view, self.width, rows) if chosen else self._legend()
        return [fitted(line, self.width) for line in (lines + [()] * rows)[:rows]]

    def _zeros(self) -> int:
        """Edges in the windows that are 0: they are hinted at, and not missing."""
        numbers = (e.numbers for e in self.view.edges if e.numbers is not None)
        return sum(row.count(0.0) for rows in numbers for row in rows)

    def _legend(self) -> list[Row]:
        dots = self.dots
        line, broken = ("---", "- -") if self.glyphs == "ascii" else ("⠤⠤⠤", "⠄⠄⠄")
        kinds: list[tuple[Span, str]] = [
            ((line, "plus3"), "+"),
            ((broken, "minus3"), "−"),
            ((dots["positive"], "positive"), "+"),
            ((dots["negative"], "negative"), "−"),
            ((dots["pending"], "dim"), "not computed"),
        ]
        layers = self.view.layers
        if any(0 in layer.values for layer in layers):
            kinds.insert(4, ((dots["zero"], "dim"), "0"))
        if any(mark == "dead" for layer in layers for _, mark in layer.marks):
            kinds.append(((dots["dead"], "bad"), "dead"))
        row: list[Span] = []
        for glyph, word in kinds:
            piece: list[Span] = [glyph, (f" {word}   ", "dim")]
            if width_of(row) + width_of(piece) > self.width + 3:
                break
            row += piece
        second: Row = ()
        if self.drawn < self.all - self._zeros():
            second = ((f"the strongest {self.drawn} of {self.all} edges", "dim"),)
        return [tuple(row), second]


def _kind(units: LayerUnits, unit: int, value: float | None) -> tuple[str, Style]:
    """What a unit's dot says, and its ink."""
    marks = dict(units.marks)
    if unit in marks:
        return ("dead", "bad") if marks[unit] == "dead" else ("zero", "dim")
    if not units.known:
        return "positive", "line"
    if value is None:
        return "pending", "dim"
    if not math.isfinite(value):
        return "bad", "bad"
    if value == 0:
        return "zero", "dim"
    return ("positive", "positive") if value > 0 else ("negative", "negative")


# --- the chosen unit ----------------------------------------------------------------------------


def _details(unit: UnitDetail, view: NeuronsView, width: int, rows: int) -> list[Row]:
    """Its number, and its edges: in rows of their own where there are enough of them."""
    value = ("·" if unit.value is None else number(unit.value), "text")
    head: list[Span] = [(unit.name, "title bold"), (" = ", "dim"), value]
    if unit.has_gradient:
        head += [("   ∇ ", "dim"), _number(unit.gradient, signed=True)]
    if unit.note:
        head.append((f"   {unit.note}", "stop bold" if unit.note.startswith("dead") else "dim"))
    incoming = [_edge(edge, view, inward=True) for edge in unit.incoming]
    outgoing = [_edge(edge, view, inward=False) for edge in unit.outgoing]
    if rows == 1:
        head.append(("   ", "text"))
        room = width - width_of(head)
        if room < 40:
            return [tuple(head)]
        there = _listed("in ", incoming, unit.more_in, room * 3 // 5, "an input")
        rest = room - width_of(there) - 3
        return [(*head, *there, ("   ", "text"), *_listed("out ", outgoing, unit.more_out, rest))]
    return [
        tuple(head),
        _listed("in   ", incoming, unit.more_in, width, "an input"),
        _listed("out  ", outgoing, unit.more_out, width),
    ]


def _edge(edge: Edge, view: NeuronsView, *, inward: bool) -> list[Span]:
    """``x[0] 0.5 · −1.02 = −0.51`` for an edge that comes in, ``z −1.3`` for one that goes out."""
    ink = _ink(edge.number)
    text = _text(edge.number, signed=True)
    if not inward or view.what == "gradients" or edge.product is None or edge.other is None:
        return [(f"{edge.name} ", "dim"), (text, ink)]
    product = (_text(edge.product, signed=True), _ink(edge.product))
    return [
        (f"{edge.name} ", "dim"),
        (_text(edge.other), "text"),
        ("·", "dim"),
        (text, ink),
        (" = ", "dim"),
        product,
    ]


def _listed(
    label: str, parts: list[list[Span]], more: int, width: int, nothing: str = "nothing further"
) -> Row:
    """As many whole parts as fit, and how many there are beyond."""
    if not parts:
        return ((label, "dim"), (nothing, "dim"))
    row: list[Span] = [(label, "dim")]
    for at, part in enumerate(parts):
        rest = len(parts) - at - 1 + more
        piece: list[Span] = [("   ", "text"), *part] if at else list(part)
        tail = len(f"   … {rest:,} more") if rest else 0
        if width_of(row) + width_of(piece) + tail > width:
            left = len(parts) - at + more
            row.append((f"{'   ' if at else ''}… {left:,} more", "dim"))
            return tuple(row)
        row += piece
    if more:
        row.append((f"   … {more:,} more", "dim"))
    return tuple(row)


def _number(value: float | None, *, signed: bool = False) -> Span:
    return _text(value, signed=signed), _ink(value) if signed else "text"


def _text(value: float | None, *, signed: bool = False) -> str:
    return NOT_COMPUTED if value is None else number(value, DIGITS, signed=signed)


def _ink(value: float | None) -> Style:
    if value is None:
        return "dim"
    if not math.isfinite(value):
        return "bad"
    return "positive" if value > 0 else "negative" if value < 0 else "text"
