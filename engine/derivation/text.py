"""A derivation for a terminal: equations aligned at their signs, tables in columns.

May import: derivation.model, derivation.parts.   Imported by: the room's face.
"""

from __future__ import annotations

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


def derivation_text(derivation: Derivation, show: Show) -> str:
    """The whole derivation as lines of text."""
    where = f"  at {derivation.address}" if derivation.address else ""
    lines = [f"{derivation.symbol} = {numbers(derivation.gradient, show)}{where}"]
    if not derivation.ways:
        return "\n".join([f"{derivation.symbol} = 0{where}", "  no path leads there"])
    whole = together(derivation, show)
    if whole is not None:
        lines += ["", *_equation(derivation.symbol, whole)]
    several = len(derivation.ways) > 1
    for k, way in enumerate(derivation.ways, 1):
        if several and whole is None:
            lines += ["", f"path {k}"]
        if whole is None:
            symbol = "" if several else derivation.symbol
            lines += ["", *_equation(symbol, steps(way, show))]
            table = sample_table(way, show)
            if table is not None:
                lines += ["", *_columns(table)]
    every = factors(derivation, show)
    width = max((len(symbol) for symbol, _, _ in every), default=0)
    lines += ["", "factors"]
    for symbol, formula, value in every:
        lines.append(f"  {symbol:<{width}} = {formula}" + (f" = {value}" if value else ""))
    if rest := rest_line(derivation, show):
        lines += ["", rest]
    if whole is None and (right := sum_line(derivation, show)):
        lines += ["", *_equation(derivation.symbol, right)]
    for title, table in sum_tables(derivation, show):
        lines += ["", title, *_columns(table)]
    single = derivation.arrivals[0] if len(derivation.arrivals) == 1 else None
    if single is not None:
        lines += ["", f"rule  {derivation.node_symbol} = {single.symbols}"]
    return "\n".join(lines)


def _equation(symbol: str, right: list[str]) -> list[str]:
    width = len(symbol)
    return [f"  {symbol if k == 0 else '':<{width}} = {line}" for k, line in enumerate(right)]


def _columns(table: Table) -> list[str]:
    every = [table.head, *table.rows, *([table.last] if table.last else [])]
    widths = [max(len(row[i]) for row in every) for i in range(len(table.head))]

    def line(row: tuple[str, ...]) -> str:
        first, *others = (
            cell.ljust(w) if i == 0 or not _is_number(cell) else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        return "  " + "  ".join([first, *others]).rstrip()

    lines = [line(row) for row in every]
    if table.last:
        lines.insert(-1, "  " + "─" * max(len(text) - 2 for text in lines))
    return lines


def _is_number(cell: str) -> bool:
    return cell[:1] in "−-+0123456789." and " " not in cell
