"""Numbers as people read them: few digits, a visible sign, nothing cut in the middle.

May import: digits, numpy.   Imported by: views, drawing, console.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from tui.digits import digits, exponents

Array = np.ndarray[Any, np.dtype[Any]]

MINUS = "−"
NOT_COMPUTED = "·"

_LOUD = re.compile(r"(?<!\w)(nan|inf)(?!\w)")


def column() -> int:
    """Cells of a number in a table: a sign, a point, and digits without their tail of zeros."""
    return max(9, digits() + 4)


def is_loud(text: str) -> bool:
    """Whether a number, as it is written, is none: it must not be overlooked."""
    return _LOUD.search(text) is not None


def number(value: float, most: int | None = None, *, signed: bool = False) -> str:
    """`value` with `most` significant digits, or the reader's; ``signed`` writes a plus sign too.

    Plain notation between 0.0001 and 10 million; outside scientific, or with a prefix of SI where
    the reader wants that. Never longer than
    ``most + 7`` characters.
    """
    value, most = float(value), digits() if most is None else most
    if not math.isfinite(value):
        text = "nan" if math.isnan(value) else "inf"
        sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
        return sign + text
    if value == 0:
        return "0"
    text = _magnitude(abs(value), most)
    sign = MINUS if value < 0 else "+" if signed else ""
    return sign + text


def _magnitude(size: float, digits: int) -> str:
    exponent = math.floor(math.log10(size))
    if -5 < exponent < 7:
        text = f"{size:.{max(0, digits - 1 - exponent)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, power = _powered(size, digits)
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + power


PREFIXES = dict(zip(range(-24, 25, 3), (*"yzafpnµm", "", *"kMGTPEZY"), strict=True))
"""Those of SI, by the power of ten that they stand for."""


def _powered(size: float, digits: int) -> tuple[str, str]:
    """A magnitude with so many digits, and its power of ten: ``e-5``, or a prefix of SI."""
    mantissa, _, power = f"{size:.{max(0, digits - 1)}e}".partition("e")
    group, shift = int(power) // 3 * 3, int(power) % 3
    if exponents() == "e" or group not in PREFIXES:
        return mantissa, f"e{int(power)}"
    scaled = f"{float(mantissa) * 10**shift:.{max(0, digits - 1 - shift)}f}"
    return scaled, PREFIXES[group]


def fixed(value: float, width: int, *, signed: bool = True) -> str:
    """`value` in at most `width` (≥ 7) cells, with as many digits as fit.

    Keeps trailing zeros, so that a column of such numbers does not jump while it changes.
    """
    value = float(value)
    if not math.isfinite(value) or value == 0:
        return number(value, signed=signed)
    sign = MINUS if value < 0 else "+" if signed else ""
    room, most = width - 1, digits() - 1
    size = abs(value)
    exponent = math.floor(math.log10(size))
    if -4 < exponent < room:
        plain = (f"{size:.{decimals}f}" for decimals in range(min(most, room - 2), -1, -1))
        if text := next((p for p in plain if len(p) <= room and float(p) != 0), ""):
            return sign + text
    spellings = (powered(size, n) for n in range(min(most, room), 0, -1))
    return sign + next((s for s in spellings if len(s) <= room), powered(size, 1))


def powered(size: float, digits: int) -> str:
    """A magnitude with so many digits and its power of ten, as the reader wants that written."""
    return "".join(_powered(size, digits))


def decimals_of(largest: float, width: int) -> int | None:
    """How many decimals a table has room for, whose largest magnitude this is, in `width` (≥ 6)
    cells with a sign; None where its numbers are too large or too small for plain notation.
    """
    if not math.isfinite(largest) or not 1e-3 <= largest < 10 ** (width - 1):
        return 0 if largest == 0 else None
    whole = max(1, math.floor(math.log10(largest)) + 1)
    # Rounding may need one more digit: 9.99996 is 10.0000.
    whole += float(f"{largest:.{max(0, width - 2 - whole)}f}") >= 10**whole
    return max(0, min(4, width - 2 - whole)) if whole < width else None


def tabular(value: float, decimals: int | None, width: int, *, signed: bool = False) -> str:
    """A number of a table in exactly `width` (≥ 6) cells, points below each other.

    0 has no decimals, and what would be left with one digit is written in powers of ten.
    """
    if value == 0 and decimals:
        return ("0" + " " * (decimals + 1)).rjust(width)
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    if value == 0 or not math.isfinite(value):
        return number(value, signed=signed).rjust(width)
    size = abs(value)
    text = "" if decimals is None else f"{size:.{decimals}f}"
    few = decimals is not None and decimals > 2 and size < 10 ** (1 - decimals)
    if not text or few or float(text) == 0:
        spellings = (powered(size, digits) for digits in range(width - 4, 0, -1))
        text = next((s for s in spellings if len(s) < width), "≪" if size < 1 else "≫")
    return (sign + text).rjust(width)


def brief(value: float, width: int) -> str:
    """A size without a sign in at most `width` (≥ 4) cells: what stands between norm bars."""
    if not math.isfinite(value) or value == 0:
        return number(value)
    for most in (4, 3, 2, 1):
        for text in (_magnitude(abs(value), most), powered(abs(value), most)):
            if len(text) <= width:
                return text
    return "≫" if abs(value) > 1 else "≪"


def vector(values: Array, limit: int = 6, *, signed: bool = False) -> str:
    """A few numbers of an array in brackets, each a digit shorter; an ellipsis for the rest."""
    flat = np.asarray(values).reshape(-1)
    shown = [number(v, max(1, digits() - 1), signed=signed) for v in flat[:limit]]
    return "[" + "  ".join(shown) + ("  …" if flat.size > limit else "") + "]"


def shape(values: Array) -> str:
    """``2×8`` for the shape of a matrix."""
    return "×".join(str(n) for n in np.shape(values))


def percent(fraction: float) -> str:
    """A share of the run in percent; 0 and 100 only where they are exact."""
    value = 100 * fraction
    text = f"{value:.1f}"
    if text == "100.0" and fraction < 1:
        text = "99.9"
    if text == "0.0" and fraction > 0:
        text = "0.1"
    return f"{text.removesuffix('.0') if fraction in (0, 1) else text}%"


def indexed(index: Iterable[int]) -> str:
    """``[0, 2]`` behind a name; nothing where there is no index."""
    numbers = ", ".join(map(str, index))
    return f"[{numbers}]" if numbers else ""
