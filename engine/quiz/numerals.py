"""Numbers as a question writes them, and as a person writes them in reply.

A question shows five digits, and is asked only where these are enough to answer it.
May import: errors, numpy.   Imported by: the rest of this room.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from engine.errors import ReplyError

Array = np.ndarray[Any, np.dtype[Any]]

DIGITS = 5

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII)
_POWER = re.compile(r"\s*[·×*x]\s*10\s*(?:\^|\*\*)\s*\(?\s*([+-]?\d+)\s*\)?", re.ASCII)


def written(value: float, digits: int = DIGITS) -> str:
    """A number in significant digits, by default five: ``−7.3125``, ``1.5e−8``; never ``−0``."""
    if value == 0:
        return "0"
    mantissa, e, power = f"{value:.{digits}g}".partition("e")
    return (f"{mantissa}e{int(power)}" if e else mantissa).replace("-", "−")


def listed(values: Array) -> str:
    """Numbers one for each term: ``[1, 0.5]``, or one alone where all are the same."""
    texts = [written(float(value)) for value in np.asarray(values).reshape(-1)]
    return texts[0] if len(set(texts)) == 1 else f"[{', '.join(texts)}]"


def rounded(values: Array) -> Array:
    """The numbers that a reader of `written` sees."""
    flat = [float(f"{float(v):.{DIGITS}g}") for v in np.asarray(values).reshape(-1)]
    return np.array(flat).reshape(np.shape(values))


def read_number(text: str) -> float:
    """The number that a person means: ``−0.5``, ``3/4``, ``1.2e-3``, ``1.2 · 10^-3``.

    Raises `ReplyError` for what is not one finite number.
    """
    plain = text.strip().lstrip("=≈").strip()
    plain = plain.translate(str.maketrans({"−": "-", "–": "-", "\u2044": "/", "E": "e"}))
    plain = _POWER.sub(r"e\1", plain)
    parts = [re.sub(r"^([+-])\s+", r"\1", part.strip()) for part in plain.split("/")]
    if len(plain) > 100 or len(parts) > 2 or not all(map(_NUMBER.fullmatch, parts)):
        comma = re.fullmatch(r"[+-]?\d+,\d+", plain, re.ASCII)
        raise ReplyError(
            f"'{text.strip()[:100]}' is not a number",
            hint=f"write it with a point: {plain.replace(',', '.')}"
            if comma
            else "write it like −0.5, 3/4 or 1.2e-3",
        )
    numbers = [float(part) for part in parts]
    if len(numbers) == 2 and numbers[1] == 0:
        raise ReplyError(f"'{text.strip()}' divides by 0", hint="write it like 3/4")
    value = numbers[0] / numbers[1] if len(numbers) == 2 else numbers[0]
    if not math.isfinite(value):
        raise ReplyError(f"'{text.strip()}' is too large", hint="the answer is a finite number")
    return value
