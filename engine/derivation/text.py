"""A derivation for a terminal: equations aligned at their signs, tables in columns.

Its lines know what each part of them is, so that a screen can give them its styles.
May import: derivation.document, derivation.model, derivation.parts.
Imported by: markdown, the room's face.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.derivation.document import (
    Equation,
    Factors,
    Heading,
    Right,
    Rule,
    Table,
    Title,
    Values,
    Words,
    document,
)
from engine.derivation.model import Derivation
from engine.derivation.parts import Cell, Grid, Show, share_table

WIDTH = 88
"""Columns of a paragraph."""

Role = Literal["heading", "words", "left", "symbols", "numbers", "chosen", "sum"]
"""What a part of a line is: the heading, words (titles and heads of tables, too), a left-hand side
with its sign, symbols, numbers, numbers that stand out, the sum below a table."""


@dataclass(frozen=True)
class TextLine:
    """One line of a derivation, part by part."""

    spans: tuple[tuple[str, Role], ...]
    table: int | None = None
    """Which table it belongs to, counted from 0."""
    cells: tuple[str, ...] = ()
    """Of a row of a table its cells; none of the line above the sum."""
    sample: int | None = None
    """Which sample of the batch it is about, from 0."""

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.spans)


def derivation_text(derivation: Derivation, show: Show) -> str:
    """The whole derivation as lines of text."""
    return "\n".join(line.text for line in derivation_lines(derivation, show))


def derivation_lines(
    derivation: Derivation, show: Show, *, wrap: int | None = WIDTH
) -> tuple[TextLine, ...]:
    """The whole derivation, line by line; `show` says how a number looks.

    Paragraphs are broken into lines of `wrap` columns; with None each is one line.
    """
    lines: list[TextLine] = []
    titled, tables = False, 0
    for block in document(derivation, show):
        if lines and not titled:
            lines.append(TextLine(()))
        titled = isinstance(block, Title)
        match block:
            case Heading():
                lines.append(_line(_heading(block), "heading"))
            case Title(text):
                lines.append(_line(text, "words"))
            case Equation():
                lines += equation_lines(block)
            case Factors(rows):
                lines += _factor_lines(rows)
            case Values(rows):
                width = max(len(name) for name, _ in rows)
                for name, value in rows:
                    lines += _beside(f"  {name:<{width}} = ", value)
            case Table():
                lines += _table_lines(block, tables)
                tables += 1
            case Words(text):
                lines += [_line(line, "words") for line in _paragraph(text, wrap)]
            case Rule(left, right):
                lines.append(TextLine(((f"rule  {left} = ", "left"), (right, "symbols"))))
    return tuple(lines)


def share_lines(derivation: Derivation, show: Show) -> tuple[TextLine, ...]:
    """The samples' shares alone, all of them, the largest first; nothing where there are none."""
    table = share_table(derivation, show, limit=None)
    return () if table is None else tuple(_table_lines(table, 0))


def _line(text: str, role: Role) -> TextLine:
    return TextLine(((text, role),))


def _heading(heading: Heading) -> str:
    """``∂loss/∂w1 = −7.3125  at e1.i1.19``"""
    value = f"  {heading.value}" if heading.is_size else f" = {heading.value}"
    where = f"  at {heading.address}{heading.where}" if heading.address else ""
    return f"{heading.symbol}{value}{where}"


def _paragraph(text: str, width: int | None) -> list[str]:
    plain = text.replace("`", "")
    if width is None:
        return [f"  {plain}"]
    return textwrap.wrap(
        plain,
        width,
        initial_indent="  ",
        subsequent_indent="  ",
        break_on_hyphens=False,
    )


# --- equations ------------------------------------------------------------------------------------


def equation_lines(equation: Equation) -> list[TextLine]:
    """An equation, its signs below each other."""
    width = len(equation.left)
    lines: list[TextLine] = []
    for k, side in enumerate(equation.right):
        left, sign = ("", equation.sign) if k else (equation.left, "=")
        lines += _beside(f"  {left:<{width}} {sign} ", side)
    return lines


def _factor_lines(rows: Sequence[tuple[str, str, Right | None]]) -> list[TextLine]:
    """Factors below each other, with their formulas and their numbers."""
    width = max((len(symbol) for symbol, _, _ in rows), default=0)
    lines: list[TextLine] = []
    for symbol, formula, value in rows:
        before = f"  {symbol:<{width}} = "
        match value:
            case str():
                numbers: tuple[str, Role] = (f" = {value}", "numbers")
                lines.append(TextLine(((before, "left"), (formula, "symbols"), numbers)))
            case Grid():
                lines += _beside(before, formula)
                lines += _beside(f"  {'':<{width}} = ", value)
            case None:
                lines += _beside(before, formula)
    return lines


def _beside(before: str, side: Right) -> list[TextLine]:
    """A right-hand side with what stands before it; of a matrix before its first row."""
    if isinstance(side, str):
        role: Role = "symbols" if any(sign.isalpha() or sign == "∂" for sign in side) else "numbers"
        return [TextLine(((before, "left"), (side, role)))]
    first = int(side.column is not None)
    return [
        TextLine(((before if k == first else " " * len(before), "left"), *spans))
        for k, spans in enumerate(_grid_spans(side))
    ]


def _grid_spans(grid: Grid) -> Iterator[tuple[tuple[str, Role], ...]]:
    """The rows of a matrix in brackets; what stands out is pointed at with ▸ and ▾."""
    columns = range(len(grid.rows[0]) if grid.rows else 0)
    widths = [max(len(row[c]) for row in grid.rows) for c in columns]
    gutter = "  " if grid.row is not None else ""
    if grid.column is not None:
        marks = ("▾" if c == grid.column else "" for c in columns)
        heads = "  ".join(f"{mark:>{w}}" for mark, w in zip(marks, widths, strict=True))
        yield ((f"{gutter} {heads}".rstrip(), "chosen"),)
    for r, row in enumerate(grid.rows):
        spans: list[tuple[str, Role]] = [("▸ ", "chosen") if r == grid.row else (gutter, "numbers")]
        for c, cell in enumerate(row):
            chosen = r == grid.row or c == grid.column
            spans.append(("  " if c else "[", "numbers"))
            spans.append((f"{cell:>{widths[c]}}", "chosen" if chosen else "numbers"))
        more = f"  … of {grid.cut}" if grid.cut and r == len(grid.rows) - 1 else ""
        yield (*spans, (f"]{more}", "numbers"))


# --- tables ---------------------------------------------------------------------------------------


def _table_lines(table: Table, number: int) -> list[TextLine]:
    """A table in columns two blanks apart, numbers to the right."""
    every = [table.head, *table.rows, *([table.last] if table.last else [])]
    columns = range(len(table.head))
    widths = [max(len(row[i].text) for row in every) for i in columns]
    numeric = [
        i > 0 and all(row[i].kind == "number" or not row[i].text for row in table.rows)
        for i in columns
    ]

    def line(row: tuple[Cell, ...], role: Role, sample: int | None = None) -> TextLine:
        cells = (
            cell.text.rjust(w) if right else cell.text.ljust(w)
            for cell, w, right in zip(row, widths, numeric, strict=True)
        )
        text = "  " + "  ".join(cells).rstrip()
        return TextLine(((text, role),), number, tuple(cell.text for cell in row), sample)

    samples = table.samples or (None,) * len(table.rows)
    lines = [line(table.head, "words")]
    lines += [line(row, "numbers", k) for row, k in zip(table.rows, samples, strict=True)]
    if table.last:
        rule = "  " + "─" * (max(len(line(row, "numbers").text) for row in every) - 2)
        lines += [TextLine(((rule, "words"),), number), line(table.last, "sum")]
    return lines
