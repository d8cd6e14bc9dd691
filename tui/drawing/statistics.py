"""All numbers of an array in a few lines: extremes, mean, and how they are spread.

May import: tui.models, tui.numbers, drawing.rows, drawing.words.   Imported by: drawing.tensor.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.drawing.rows import fitted, width_of
from tui.drawing.words import Glyphs
from tui.models.tensor import Statistics
from tui.models.text import Row, Span
from tui.numbers import number

SIDE = 27
"""Cells of the statistics beside a table."""

BLOCKS = "▁▂▃▄▅▆▇█"
EIGHTHS = " ▁▂▃▄▅▆▇█"
PLAIN_EIGHTHS = " ...:::##"
PLAIN_BLOCKS = "_.:-=+*#"


def statistics_line(found: Statistics, width: int, *, glyphs: Glyphs) -> Row:
    """What fits into one row, the most useful first; then the histogram."""
    row: list[Span] = []
    for label, text, style in _entries(found):
        piece: list[Span] = [("   " if row else "", "text"), (f"{label} ", "dim"), (text, style)]
        if width_of(row) + width_of(piece) > width:
            break
        row += piece
    room = width - width_of(row) - 3
    if found.bins and room >= 12:
        bars = _merged(found.bins, min(room, 24))
        row += [("   ", "text"), (_sparkline(bars, glyphs), "forward")]
    return tuple(row)


def statistics_rows(found: Statistics, height: int, *, glyphs: Glyphs) -> list[Row]:
    """At most `height` rows of `SIDE` cells: a number a row, then the histogram."""
    entries = _entries(found)
    rows: list[Row] = [
        ((f"  {label:<7}", "dim"), (f"{text:>{SIDE - 11}}", style), ("  ", "text"))
        for label, text, style in entries
    ]
    tall = min(6, height - len(rows) - 2)
    if found.bins and tall >= 2:
        rows.append(())
        rows += [(("  ", "text"), *row) for row in _histogram(found, SIDE - 4, tall, glyphs)]
    elif found.bins and len(rows) < height:
        bars = _sparkline(_merged(found.bins, SIDE - 4), glyphs)
        rows.append((("  ", "text"), (bars, "forward")))
    return [fitted(row, SIDE) for row in rows[:height]]


def _entries(found: Statistics) -> list[tuple[str, str, str]]:
    """(label, number, style), the most useful first; nan and inf before all if there are any."""
    loud = [
        (label, f"{count:,}", "bad")
        for label, count in (("nan", found.nan), ("inf", found.inf))
        if count
    ]
    return [
        *loud,
        ("min", number(found.least, 4), "text"),
        ("max", number(found.greatest, 4), "text"),
        ("mean", number(found.mean, 4), "text"),
        ("std", number(found.deviation, 4), "text"),
        ("norm", number(found.norm, 4), "text"),
        ("zeros", f"{found.zeros:,}", "text" if found.zeros else "dim"),
        *((label, "0", "dim") for label in ("nan", "inf") if not loud),
    ]


def _merged(bins: Sequence[int], columns: int) -> list[int]:
    """The counts in as many parts, or fewer so that all have the same width."""
    for parts in range(min(columns, len(bins)), 0, -1):
        if len(bins) % parts == 0:
            each = len(bins) // parts
            return [sum(bins[at : at + each]) for at in range(0, len(bins), each)]
    return list(bins)


def _sparkline(bars: Sequence[int], glyphs: Glyphs) -> str:
    """One row of blocks; the least count that is not 0 is still seen."""
    most = max(bars) or 1
    signs = PLAIN_BLOCKS if glyphs == "ascii" else BLOCKS
    return "".join(
        " " if not count else signs[min(len(signs) - 1, count * len(signs) // (most + 1))]
        for count in bars
    )


def _histogram(found: Statistics, width: int, height: int, glyphs: Glyphs) -> list[Row]:
    """Bars over the range of the numbers, with its ends below."""
    bars = _merged(found.bins, width)
    each = width // len(bars)
    most = max(bars) or 1
    rows: list[Row] = []
    for level in range(height - 2, -1, -1):
        text = ""
        for count in bars:
            eighths = min(8, max(0, -(-count * 8 * (height - 1) // most) - 8 * level))
            text += (PLAIN_EIGHTHS if glyphs == "ascii" else EIGHTHS)[eighths] * each
        rows.append(((text, "forward"),))
    low, high = number(found.least, 3), number(found.greatest, 3)
    gap = max(1, each * len(bars) - len(low) - len(high))
    rows.append(((low + " " * gap + high, "dim"),))
    return rows
