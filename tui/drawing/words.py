"""Words and numbers that have to fit into a box, or into ASCII.

May import: rich.cells.   Imported by: drawing.backdrop, drawing.graph.
"""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, set_cell_size

_IN_ASCII = str.maketrans(
    "▸◂∇∂…·•−–×÷²³√Σσμθαβλ∞",
    "><dd~.o--*/23vSsmtabli",
)


def plain(text: str, ascii: bool) -> str:
    """The text itself, or its nearest spelling in ASCII, one character for each."""
    return text.translate(_IN_ASCII).encode("ascii", "replace").decode() if ascii else text


def clipped(text: str, cells: int) -> str:
    """A title cut to a width, with an ellipsis where something is missing."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…" if cells > 0 else ""


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
