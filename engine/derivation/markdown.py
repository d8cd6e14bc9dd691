"""A derivation as Markdown: equations in code blocks, which every reader shows as they are.

May import: derivation.model, derivation.parts.   Imported by: the room's face.
"""

from __future__ import annotations

import re

from engine.derivation.model import Derivation
from engine.derivation.parts import (
    Show,
    Table,
    factors,
    numbers,
    rest_line,
    sample_table,
    steps,
    sum_line,
    sum_tables,
    together,
)


def derivation_markdown(derivation: Derivation, show: Show) -> str:
    """The whole derivation as a section of Markdown, with tables in GitHub's form."""
    where = f" at {derivation.address}" if derivation.address else ""
    parts = [f"## {_code(derivation.symbol)}{where}"]
    if not derivation.ways:
        return f"{parts[0]}\n\nNo path leads there: it is 0.\n"
    whole = together(derivation, show)
    if whole is not None:
        parts.append(_equation(derivation.symbol, whole))
    for k, way in enumerate(derivation.ways, 1) if whole is None else ():
        several = len(derivation.ways) > 1
        if several:
            parts.append(f"Path {k}:")
        parts.append(_equation("" if several else derivation.symbol, steps(way, show)))
        table = sample_table(way, show)
        if table is not None:
            parts.append(_table(table))
    head = ("factor", "formula", "value")
    parts.append(_table(Table(head, factors(derivation, show))))
    if rest := rest_line(derivation, show):
        parts.append(f"{rest}.")
    if whole is None and (right := sum_line(derivation, show)):
        parts.append(_equation(derivation.symbol, right))
    for title, table in sum_tables(derivation, show):
        parts += [f"{title.capitalize()}:", _table(table)]
    if len(derivation.arrivals) == 1:
        rule = f"{derivation.node_symbol} = {derivation.arrivals[0].symbols}"
        parts.append(f"Rule: {_code(rule)}")
    parts.append(f"**{_code(derivation.symbol)} = {numbers(derivation.gradient, show)}**")
    return "\n\n".join(parts) + "\n"


def _equation(symbol: str, right: list[str]) -> str:
    width = len(symbol)
    lines = [f"{symbol if k == 0 else '':<{width}} = {line}" for k, line in enumerate(right)]
    return "\n".join(["```", *lines, "```"])


def _table(table: Table) -> str:
    rows = [*table.rows, *([table.last] if table.last else [])]
    aligned = ["---", *["---:" if _numeric(table, i) else "---" for i in range(1, len(table.head))]]
    head = [_code(cell) if "∂" in cell else cell for cell in table.head]
    cells = [head, aligned, *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def _numeric(table: Table, column: int) -> bool:
    return all(row[column][:1] in "−-0123456789·" and " " not in row[column] for row in table.rows)


_PLAIN = re.compile(r"|Σ|·|[−\-\d.,;×e …\[\]]+|[−-]?inf|nan|[\d,]+ more|of no sample|not .*")


def _cell(text: str) -> str:
    """Numbers as they are, symbols as code; a bar would end the cell, inside of code too."""
    return text if _PLAIN.fullmatch(text) else _code(text.replace("|", "\\|"))


def _code(text: str) -> str:
    return f"`{text}`"
