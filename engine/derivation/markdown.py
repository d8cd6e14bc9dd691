"""A derivation as Markdown: equations in code blocks, which every reader shows as they are.

May import: derivation.document, derivation.model, derivation.parts, derivation.text.
Imported by: the room's face.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.derivation.document import (
    Equation,
    Factors,
    Heading,
    Rule,
    Table,
    Title,
    Values,
    Words,
    document,
)
from engine.derivation.model import Derivation
from engine.derivation.parts import (
    EMPTY,
    Cell,
    Grid,
    Right,
    Show,
    capital,
    sentence,
    symbols,
    words,
)
from engine.derivation.text import equation_lines


def derivation_markdown(derivation: Derivation, show: Show) -> str:
    """The whole derivation as a section of Markdown, with tables in GitHub's form."""
    parts: list[str] = []
    result = ""
    for block in document(derivation, show):
        match block:
            case Heading(symbol, value, is_size, address):
                where = f" at {address}{block.where}" if address else ""
                size = f", {value}" if is_size else ""
                parts.append(f"## {_code(symbol)}{size}{where}")
                result = "" if is_size else f"**{_code(symbol)} = {value}**"
            case Title(text):
                parts.append(f"{capital(text)}:")
            case Equation():
                parts.append(_equation(block))
            case Factors(rows):
                parts.append(_table(_as_table(rows)))
            case Values(rows):
                head = (words("name"), words("value"))
                parts.append(_table(Table(head, tuple((symbols(n), _value(v)) for n, v in rows))))
            case Table():
                parts.append(_table(block))
            case Words(text):
                parts.append(sentence(text))
            case Rule(left, right):
                parts.append(f"Rule: {_code(f'{left} = {right}')}")
    return "\n\n".join([*parts, *([result] if result else [])]) + "\n"


def _equation(equation: Equation) -> str:
    lines = (line.text.removeprefix("  ") for line in equation_lines(equation))
    return "\n".join(["```", *lines, "```"])


def _as_table(rows: Sequence[tuple[str, str, Right | None]]) -> Table:
    head = tuple(map(words, ("factor", "formula", "value")))
    return Table(head, tuple((symbols(s), symbols(f), _value(v)) for s, f, v in rows))


def _value(value: Right | None) -> Cell:
    """Numbers in a cell: the rows of a matrix behind semicolons."""
    match value:
        case None:
            return EMPTY
        case Grid(rows, cut):
            inner = "; ".join("  ".join(row) for row in rows)
            return Cell(f"[{inner}{'; …' if cut else ''}]{f' of {cut}' if cut else ''}")
        case _:
            return Cell(value)


def _table(table: Table) -> str:
    rows = [*table.rows, *([table.last] if table.last else [])]
    aligned = ["---", *["---:" if _numeric(table, i) else "---" for i in range(1, len(table.head))]]
    cells = [
        [_cell(cell) for cell in table.head],
        aligned,
        *([_cell(cell) for cell in row] for row in rows),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def _numeric(table: Table, column: int) -> bool:
    cells = [row[column] for row in table.rows]
    return all(cell.kind == "number" or not cell.text for cell in cells)


def _cell(cell: Cell) -> str:
    """Numbers as they are, symbols as code; a bar would end the cell, inside of code too."""
    return _code(cell.text.replace("|", "\\|")) if cell.kind == "symbols" else cell.text


def _code(text: str) -> str:
    return f"`{text}`"
