"""Numbers, counts and columns as the console's answers say them.

May import: engine's public face, numbers.   Imported by: the rest of the console.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from engine import GradstepError
from tui.digits import digits
from tui.numbers import number, shape, vector


def shown(value: Any, most: int = 6) -> str:
    """A number, or an array with its shape and at `most` so many of its first numbers."""
    array = np.asarray(value)
    if array.ndim == 0:
        return number(float(array), digits() + 3)
    return f"{shape(array)} {vector(array, most)}"


def whole(text: str, what: str, default: int | None = None) -> int:
    """A whole number that a command was given. Raises `GradstepError`."""
    if not text and default is not None:
        return default
    if not re.fullmatch(r"\d{1,18}", text):
        came = f"'{text}' came" if text else "nothing came"
        raise GradstepError(f"{what} wants a whole number; {came}")
    return int(text)


def counted(number: int, noun: str) -> str:
    """``1 iteration``, ``2,000 iterations``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Columns, aligned."""
    rows = list(rows)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
