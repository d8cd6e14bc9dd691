"""Numbers, counts and columns as the console's answers say them.

May import: engine's public face, numbers.   Imported by: the rest of the console.
"""

from __future__ import annotations

import math
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


NUDGE = 0.01
"""By how much a node is nudged where nobody says otherwise."""


def with_nudge(text: str) -> tuple[str, float]:
    """What is nudged, and by how much: ``w1 by 0.1``. Raises `GradstepError`."""
    match = re.fullmatch(r"(.*?)\s*(?:\bby\s+(\S+))?", text)
    assert match is not None
    size = NUDGE
    if match[2] is not None:
        try:
            size = float(match[2].replace("−", "-"))
        except ValueError:
            size = math.nan
        if not math.isfinite(size) or size == 0:
            raise GradstepError(f"a nudge is a number that is not 0; '{match[2]}' came")
    return match[1].strip(), size


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
