"""Words and numbers that have to fit into a box, or into ASCII.

May import: drawing.glyphs, rich.cells.   Imported by: the modules that draw graphs and tables.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from rich.cells import cell_len, set_cell_size

from tui.drawing.glyphs import shown

Glyphs = Literal["braille", "ascii"]
"""What is drawn with: all that Unicode has, or ASCII alone."""

FRESH = "•"
"""Stands before a number that the cursor's event has changed."""


def plain(text: str, glyphs: Glyphs) -> str:
    """The text itself, or its nearest spelling in ASCII, in as many cells."""
    return shown(text, glyphs)


@lru_cache(maxsize=4096)
def clipped(text: str, cells: int) -> str:
    """A name cut to a width: its beginning and its end, which tell similar names apart."""
    if cell_len(text) <= cells:
        return text
    if cells < 1:
        return ""
    tail = text[len(text) - (cells - 1) // 3 :]
    while cell_len(tail) > (cells - 1) // 3:
        tail = tail[1:]
    return set_cell_size(text, cells - 1 - cell_len(tail)).rstrip() + "…" + tail


@lru_cache(maxsize=4096)
def shortened(text: str, width: int) -> str:
    """The same number rounded to fit: never one cut in the middle, which would be another.

    What is no number, or fits in no spelling, becomes an ellipsis.
    """
    if len(text) <= width:
        return text
    if text.endswith("…"):  # a sum that is not complete
        return shortened(text[:-1], width - 1) + "…"
    if text.startswith("‖"):
        return f"‖{shortened(text.strip('‖'), width - 2)}‖"
    return _rounded(text, width).replace("-", "−") if "−" in text else _rounded(text, width)


def _rounded(text: str, width: int) -> str:
    try:
        number = float(text.replace("−", "-"))
    except ValueError:
        return "…"[:width]
    sign = "+" if text.startswith("+") else "-"
    if "e" not in text.lower():
        for decimals in range(width, -1, -1):
            spelling = f"{number:{sign}.{decimals}f}"
            if len(spelling) <= width and (float(spelling) or not number):
                return spelling
    for digits in range(width, -1, -1):
        mantissa, _, exponent = f"{number:{sign}.{digits}e}".partition("e")
        spelling = f"{mantissa}e{int(exponent)}" if exponent else mantissa
        if len(spelling) <= width:
            return spelling
    return "…"[:width]
