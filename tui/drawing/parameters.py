"""The parameter table in cells: name, value, gradient, last change, trend.

May import: tui.models, tui.numbers, drawing.plots, drawing.rows, drawing.words.
Imported by: widgets.
"""

from __future__ import annotations

from rich.cells import cell_len

from tui.drawing.plots import sparkline
from tui.drawing.rows import at_right, filled, fitted, wrapped
from tui.drawing.words import FRESH
from tui.models.parameters import ParameterRow, ParametersView
from tui.models.text import Row, Span
from tui.numbers import column

HEADER = ("value", "gradient", "Δ last")


NONE: tuple[Row, ...] = (
    (("no parameters: nothing is trained here", "text"),),
    (("a number under [parameters] in its file is", "dim"),),
)
"""What the panel says while there is nothing in it."""


def draw_parameters(view: ParametersView, width: int, height: int, *, top: int = 0) -> list[Row]:
    """Exactly `height` rows of `width` cells; the header stays while the rows scroll.

    In a narrow panel the trend goes first, then the last change, then the gradient.
    """
    if not view.rows:
        return filled([row for line in NONE for row in wrapped(line, width, 0)], width, height)
    name = min(max(4, *(cell_len(row.name) for row in view.rows)), max(4, width // 4))
    number = column()
    columns = min(3, max(0, (width - 2 - name) // (number + 2)))
    trend = width - 2 - name - columns * (number + 2) - 2
    header: list[Span] = [(" " * (2 + name), "dim")]
    header += [(f"  {title:>{number}}", "dim") for title in HEADER[:columns]]
    if trend >= 6:
        header.append(("  trend", "dim"))
    space = max(0, height - 1)
    start = min(max(0, top), max(0, len(view.rows) - space))
    body = [_row(row, name, columns, trend) for row in view.rows[start : start + space]]
    return filled([tuple(header), *body], width, height)


def _row(row: ParameterRow, name: int, columns: int, trend: int) -> Row:
    mark, style = ("► ", "update bold") if row.current else ("  ", "text")
    cells: list[Span] = [(mark, style)]
    cells += fitted(((row.name, "text bold" if row.current else "text"),), name)
    texts = (
        (row.value, "text", row.fresh == "value"),
        (row.gradient, row.gradient_style, row.fresh == "gradient"),
        (row.change, "dim", False),
    )
    for text, ink, fresh in texts[:columns]:
        # The mark stands in the blanks between two columns: nothing moves for it.
        shown = f"{FRESH} {text}" if fresh else text
        cells += at_right(shown, f"{ink}{' bold' * fresh}", column() + 2)
    if trend >= 6:
        cells.append(("  ", "text"))
        cells.append((sparkline(row.trend, min(trend, 40)), "forward"))
    return tuple(cells)
