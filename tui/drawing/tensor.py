"""An array as a table in cells: heat, the chosen number, what it is made of, statistics.

A product of matrices is shown as it is computed by hand where there is room: the left matrix to the
left of its rows, the right one above its columns. The chosen number is where the row and the column
meet that it is the product of.
May import: tui.models, tui.numbers, the other modules of drawing.   Imported by: widgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tui.drawing.heat import BARS, NUMBER, PLAIN_BARS, Heat, heat_of
from tui.drawing.rows import blank, centred, filled, fitted, width_of
from tui.drawing.statistics import SIDE, statistics_line, statistics_rows
from tui.drawing.words import Glyphs, plain
from tui.models.tensor import Block, Ingredients, TensorView
from tui.models.text import Row, Span, Style
from tui.numbers import number

__all__ = ["draw_tensor", "element_at", "moved", "page", "sliced", "window"]

LEAST_TERMS = 2
"""Rows and columns of the two factors that have to fit, for them to be shown."""

SEPARATOR = " │"


def draw_tensor(
    view: TensorView, width: int, height: int, *, glyphs: Glyphs = "braille", shades: bool = False
) -> list[Row]:
    """Exactly `height` rows of exactly `width` cells; `shades` stand in for missing colours."""
    if width <= 0 or height <= 0:
        return [()] * max(0, height)
    rows = _Drawing(view, width, height, glyphs, shades).rows()
    rows = [fitted(row, width) for row in rows[:height]]
    rows += [blank(width)] * (height - len(rows))
    return [tuple((plain(text, glyphs), style) for text, style in row) for row in rows]


def element_at(
    view: TensorView, width: int, height: int, x: int, y: int, *, shades: bool = False
) -> tuple[int, int] | None:
    """(row, column) of the number drawn in a cell of the area, if any."""
    return _Drawing(view, width, height, "braille", shades).element_at(x, y)


def window(
    view: TensorView, width: int, height: int, *, shades: bool = False
) -> tuple[range, range]:
    """The rows and the columns of the table that are in sight."""
    drawing = _Drawing(view, width, height, "braille", shades)
    return drawing.seen_rows, drawing.seen_columns


def page(view: TensorView, width: int, height: int, *, shades: bool = False) -> tuple[int, int]:
    """How many rows and columns one page further is."""
    rows, columns = window(view, width, height, shades=shades)
    return max(1, len(rows)), max(1, len(columns))


def moved(view: TensorView, index: tuple[int, ...], rows: int, columns: int) -> tuple[int, ...]:
    """The index that lies so many rows and columns from another one; the ends stop it."""
    found = list(index)
    for axis, by in zip(view.axes, (rows, columns), strict=True):
        if axis is not None:
            found[axis] = min(max(0, index[axis] + by), view.shape[axis] - 1)
    return tuple(found)


def sliced(view: TensorView, index: tuple[int, ...], by: int) -> tuple[int, ...]:
    """The same place in another matrix of an array of more than two axes."""
    lead = view.shape[:-2]
    place = 0
    for at, count in zip(index, lead, strict=False):
        place = place * count + at
    place = min(max(0, place + by), view.slices - 1)
    found: list[int] = []
    for count in reversed(lead):
        place, at = divmod(place, count)
        found.insert(0, at)
    return (*found, *index[len(lead) :])


@dataclass(frozen=True)
class _Room:
    """Which part of the panel is what."""

    head: int
    """Rows above the table."""
    table_width: int
    table_height: int
    side: int
    """Cells for the statistics beside the table; 0 where they have none."""
    lines: int
    """Rows below the table for the chosen number."""
    statistics: bool
    """Whether a row of statistics stands at the bottom."""


class _Drawing:
    def __init__(
        self, view: TensorView, width: int, height: int, glyphs: Glyphs, shades: bool
    ) -> None:
        self.view, self.width, self.height = view, width, height
        self.glyphs: Glyphs = glyphs
        self.bars = PLAIN_BARS if glyphs == "ascii" else BARS if shades else ""
        self.cell = 1 + NUMBER + bool(self.bars)

    # --- what goes where -----------------------------------------------------------------------

    @cached_property
    def room(self) -> _Room:
        view, block = self.view, self.view.block
        head = int(self.height >= 4)
        lines = self._lines()
        statistics = view.statistics is not None and view.statistics.size > 1
        height = self.height - head - lines
        natural = self.header + (block.columns if block else 0) * self.cell
        wanted = min(natural, self.width * 2 // 3)
        if block and view.left is not None and view.above is not None:
            # The factors matter more: statistics stand beside them only where all of it fits.
            wanted = natural + len(SEPARATOR) + 2 + view.left.columns * self.cell
        beside = statistics and height >= 7 and self.width - SIDE >= wanted
        below = statistics and not beside and self.height >= 9
        if block and lines > 1:
            # What the table does not need goes to the terms of the sum, one a row.
            spare = height - below - 2 - block.rows - (view.left.columns + 1 if view.left else 0)
            if spare >= (missing := _listed(view.ingredients) - lines):
                lines += max(0, missing)
        side = SIDE if beside else 0
        table = max(0, self.height - head - lines - below)
        return _Room(head, self.width - side, table, side, lines, below)

    def _lines(self) -> int:
        if self.view.block is None or self.height < 6:
            return 0
        if self.height < 11:
            return 1
        return min(2 * max(1, len(self.view.ingredients)), self.height // 4)

    @cached_property
    def header(self) -> int:
        """Cells of the row headers: indices, or what they count."""
        block = self.view.block
        if block is None or (not self.view.row_axis and block.rows == 1):
            return 1
        digits = len(str(block.rows - 1))
        name = len(self.view.row_axis)
        return max(digits, name if self.width >= 40 else 0) + 1

    @cached_property
    def terms(self) -> int:
        """Columns of the left factor and rows of the right one that are shown; 0 for none."""
        view, room = self.view, self.room
        left, above, block = view.left, view.above, view.block
        if left is None or above is None or block is None:
            return 0
        across = room.table_width - self.header - len(SEPARATOR) - self._factor_header(above)
        across -= min(block.columns * self.cell, max(2 * self.cell, across // 2))
        down = room.table_height - 2 - min(block.rows, 3)
        shown = min(left.columns, across // self.cell, down)
        return shown if shown >= min(LEAST_TERMS, left.columns) else 0

    def _factor_header(self, above: Block) -> int:
        """Cells for the row headers of the right factor, over the separator."""
        return max(0, len(str(above.rows - 1)) - len(SEPARATOR) + 2)

    @cached_property
    def left(self) -> int:
        """The column at which the table's own numbers start."""
        if not self.terms:
            return self.header
        assert self.view.above is not None
        gap = len(SEPARATOR) + self._factor_header(self.view.above)
        return self.header + self.terms * self.cell + gap

    @cached_property
    def top(self) -> int:
        """The row, from the top of the panel, at which they do."""
        return self.room.head + 1 + (self.terms + 1 if self.terms else 0)

    @cached_property
    def seen_rows(self) -> range:
        block = self.view.block
        if block is None:
            return range(0)
        room = self.room.head + self.room.table_height - self.top
        return _seen(self.view.corner[0], self.view.row, block.first_row, len(block.numbers), room)

    @cached_property
    def seen_columns(self) -> range:
        block = self.view.block
        if block is None or not block.numbers:
            return range(0)
        # The bracket behind the last number needs a cell.
        room = max(1, (self.room.table_width - self.left - 1) // self.cell)
        held = len(block.numbers[0])
        return _seen(self.view.corner[1], self.view.column, block.first_column, held, room)

    def element_at(self, x: int, y: int) -> tuple[int, int] | None:
        row, column = y - self.top, (x - self.left) // self.cell
        inside = 0 <= row < len(self.seen_rows) and 0 <= column < len(self.seen_columns)
        if not inside or x < self.left:
            return None
        return self.seen_rows[row], self.seen_columns[column]

    # --- drawing -------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        view = self.view
        if view.block is None:
            return centred(view.nothing, self.width, self.height)
        room = self.room
        rows: list[Row] = [self._head()] if room.head else []
        table = filled(self._table(view.block), room.table_width, room.table_height)
        if room.side and view.statistics is not None:
            beside = statistics_rows(view.statistics, room.table_height, glyphs=self.glyphs)
            beside = filled(beside, SIDE, room.table_height)
            table = [(*row, *other) for row, other in zip(table, beside, strict=True)]
        rows += table
        rows += self._below(room.lines)
        if room.statistics and view.statistics is not None:
            rows.append(statistics_line(view.statistics, self.width, glyphs=self.glyphs))
        return rows

    def _head(self) -> Row:
        """What the table is, and which part of it is in sight."""
        view, block = self.view, self.view.block
        assert block is not None
        ink = "backward bold" if view.what == "gradient" else "title bold"
        shape = "×".join(map(str, view.shape)) if view.shape else "a number"
        left: list[Span] = [(view.symbol, ink), (f"   {shape}", "dim")]
        if self.terms and view.left is not None and view.above is not None:
            product = f"{view.left.name} @ {view.above.name}"
            if product != view.symbol:
                sign = "=" if len(view.ingredients) < 2 else "+="
                left[1:1] = [(f" {sign} {product}", "text")]
        if view.slice_text:
            left.append((f"   {view.slice_text}", "notice"))
        if view.column_axis == "sample":
            left.append(("   columns are samples", "dim"))
        if view.note:
            left.append((f"   {view.note}", "notice"))
        parts = [
            f"{name} {seen.start}–{seen.stop - 1} of {count:,}"
            for name, seen, count in (
                ("rows", self.seen_rows, block.rows),
                ("columns", self.seen_columns, block.columns),
            )
            if seen and len(seen) < count
        ]
        right = " · ".join(parts)
        room = self.width - len(right)
        if right and width_of(left) + 2 > room:
            right = parts[0] if width_of(left) + len(parts[0]) + 2 <= self.width else ""
            room = self.width - len(right)
        return (*fitted(left, room), (right, "dim"))

    def _heat(self, block: Block, rows: range, columns: range) -> Heat:
        """How a table is written of which these rows and columns are in sight."""
        across = slice(columns.start - block.first_column, columns.stop - block.first_column)
        down = slice(rows.start - block.first_row, rows.stop - block.first_row)
        seen = [row[across] for row in block.numbers[down]]
        return heat_of(block, seen, signed="∂" in block.name, bars=self.bars)

    def _table(self, block: Block) -> list[Row]:
        view = self.view
        heat = self._heat(block, self.seen_rows, self.seen_columns)
        rows: list[Row] = []
        if self.terms and view.left is not None and view.above is not None:
            rows += self._above(view.above)
            rows.append(self._header_row(view.left, self.terms))
        else:
            rows.append(self._header_row(None, 0))
        left_heat = None
        if self.terms and view.left is not None:
            left_heat = self._heat(view.left, self.seen_rows, range(self.terms))
        for row in self.seen_rows:
            spans: list[Span] = [self._row_name(row)]
            if view.left is not None and left_heat is not None:
                numbers = view.left.numbers[row - view.left.first_row][: self.terms]
                for value in numbers:
                    spans += left_heat.factor(value, chosen=row == view.row)
                gap = self.left - self.header - self.terms * self.cell
                spans.append(("│".rjust(gap), "line"))
            spans += self._numbers(block, heat, row)
            rows.append(tuple(spans))
        return rows

    def _row_name(self, row: int) -> Span:
        chosen = row == self.view.row
        style: Style = "title bold" if chosen else "dim"
        text = "" if self.header == 1 else f"{row:>{self.header - 1}}"
        return (text + ("▸" if chosen and self.header > 1 else " "), style)

    def _numbers(self, block: Block, heat: Heat, row: int) -> list[Span]:
        """One row of the table; brackets stand around the chosen number."""
        spans: list[Span] = []
        numbers = block.numbers[row - block.first_row]
        chosen_row, after = row == self.view.row, False
        for column in self.seen_columns:
            value = numbers[column - block.first_column]
            chosen = chosen_row and column == self.view.column
            before = "[" if chosen else "]" if after else " "
            ink: Style = "title bold" if chosen else ""
            cells = heat.cell(value, ink=ink, before=before)
            if after:
                cells[0] = ("]", "title bold" + heat.ground(value))
            spans += cells
            after = chosen
        if after:
            spans.append(("]", "title bold"))
        return spans

    def _above(self, above: Block) -> list[Row]:
        """The right factor, over the columns of the table, with their headers."""
        heat = self._heat(above, range(self.terms), self.seen_columns)
        name = above.name
        more = f" {self.terms} of {above.rows} rows" if self.terms < above.rows else ""
        start = self.left
        title = fitted([(f"{name}{more} ".rjust(start), "dim")], start)
        rows: list[Row] = [(*title, *self._column_names())]
        for term in range(self.terms):
            numbers = above.numbers[term]
            spans: list[Span] = [(f"{term} ".rjust(start), "dim")]
            for column in self.seen_columns:
                value = numbers[column - above.first_column]
                spans += heat.factor(value, chosen=column == self.view.column)
            rows.append(tuple(spans))
        return rows

    def _header_row(self, left: Block | None, terms: int) -> Row:
        """The columns' headers; beside a left factor those of its columns, and a rule."""
        corner = self.view.row_axis if len(self.view.row_axis) < self.header else ""
        spans: list[Span] = [(f"{corner:>{self.header - 1}} ", "dim")]
        if left is None:
            return (*spans, *self._column_names())
        for term in range(terms):
            spans.append((f"{term:>{1 + NUMBER}}" + " " * bool(self.bars), "dim"))
        more = "…" if terms < left.columns else ""
        spans.append((f"{more}┼".rjust(self.left - self.header - terms * self.cell), "line"))
        rule = len(self.seen_columns) * self.cell
        spans.append(("─" * rule, "line"))
        return tuple(spans)

    def _column_names(self) -> list[Span]:
        spans: list[Span] = []
        if not self.view.column_axis and self.view.block and self.view.block.columns == 1:
            return spans
        for column in self.seen_columns:
            style = "title bold" if column == self.view.column else "dim"
            spans.append((f"{column:>{1 + NUMBER}}" + " " * bool(self.bars), style))
        return spans

    # --- below the table -----------------------------------------------------------------------

    def _below(self, lines: int) -> list[Row]:
        """The chosen number, and what it is made of."""
        if not lines:
            return []
        view = self.view
        if not view.ingredients:
            signed = view.what == "gradient"
            value = "" if view.number is None else number(view.number, signed=signed)
            rows: list[Row] = [((view.element, "title"), (" = ", "dim"), (value, "text"))]
        elif lines == 1:
            rows = [_one_line(view.ingredients[0], self.width)]
        elif lines >= _listed(view.ingredients):
            rows = [line for made in view.ingredients for line in _listing(made, self.width)]
        else:
            rows = [line for made in view.ingredients for line in _two_lines(made, self.width)]
        return [fitted(row, self.width) for row in (rows + [()] * lines)[:lines]]


def _one_line(made: Ingredients, width: int) -> Row:
    """The number in numbers, or in symbols, or alone: the most that fits."""
    name = made.symbols[:2]
    end: Row = ((" ", "text"), *made.result)
    terms: list[Span] = []
    for term in made.terms:
        terms += [*([(" + ", "dim")] if terms else []), *term.factors]
    numbers: Row = (*name, *terms, *end)
    if terms and not made.more and width_of(numbers) <= width:
        return numbers
    symbols: Row = (*made.symbols, *end)
    return symbols if width_of(symbols) <= width else (*name[:1], *end)


def _listed(made: Sequence[Ingredients]) -> int:
    """Rows that it takes to write every term on a row of its own."""
    return sum(1 + (len(m.terms) + (m.more > 0) + 1 if len(m.terms) > 1 else 1) for m in made)


def _listing(made: Ingredients, width: int) -> list[Row]:
    """Symbols; a row for each term with its product; the sum."""
    if len(made.terms) < 2:
        return _two_lines(made, width)
    label = max(len(term.label) for term in made.terms)
    factors = max(width_of(term.factors) for term in made.terms)
    product = max(len(term.product[0]) for term in made.terms)
    multiplied = len(made.terms[0].factors) > 1
    rows: list[Row] = [made.symbols]
    for term in made.terms:
        text, style = term.product
        row: list[Span] = [(f"  {term.label:<{label}}  ", "dim")]
        if multiplied:
            gap = " " * (factors - width_of(term.factors))
            row += [(gap, "text"), *term.factors, (" = ", "dim")]
        rows.append((*row, (f"{text:>{product}}", style)))
    if made.more:
        rows.append(((f"  … {made.more:,} more", "dim"),))
    edge = 4 + label + (factors + 3 if multiplied else 0) + product
    total = " " * max(0, edge - width_of(made.result))
    return [*rows, ((total, "text"), *made.result)]


def _two_lines(made: Ingredients, width: int) -> list[Row]:
    """Symbols; and below them the terms, as many as fit, with the sum."""
    if not made.terms:
        return [(*made.symbols, (" ", "text"), *made.result), ()]
    row: list[Span] = [("  = ", "dim")]
    end: list[Span] = [(" ", "text"), *made.result]
    count = len(made.terms) + made.more
    for at, term in enumerate(made.terms):
        piece: list[Span] = [*([(" + ", "dim")] if at else []), *term.factors]
        rest = count - at - 1
        tail = f" + … {rest:,} more" if rest else ""
        if width_of(row) + width_of(piece) + len(tail) + width_of(end) > width and at:
            row.append((f" + … {count - at:,} more", "dim"))
            return [made.symbols, (*row, *end)]
        row += piece
    if made.more:
        row.append((f" + … {made.more:,} more", "dim"))
    return [made.symbols, (*row, *end)]


def _seen(corner: int, chosen: int, first: int, held: int, room: int) -> range:
    """Which of the held rows or columns are shown: from the corner on, with the chosen one."""
    room = max(0, min(room, held))
    if not room:
        return range(0)
    start = max(corner, first)
    if chosen >= start + room:
        start = chosen - room + 1
    start = max(first, min(start, chosen, first + held - room))
    return range(start, start + room)
