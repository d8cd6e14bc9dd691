"""Axes: the two ends of a stretch of numbers, and where a value lies between them.

May import: tui.numbers, drawing.raster, numpy.   Imported by: the other modules of drawing.plots.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from tui.digits import exponents
from tui.drawing.raster import Floats
from tui.numbers import MINUS, powered


@dataclass(frozen=True)
class Scale:
    """The two ends of an axis, and where a value lies between them."""

    low: float
    high: float
    log: bool = False

    @property
    def digits(self) -> int:
        """Significant digits that tell a thousandth of the axis apart, four at least."""
        largest, span = max(abs(self.low), abs(self.high)), self.high / 2 - self.low / 2
        if self.log or self.is_point:
            return 4
        return min(max(3 + math.ceil(math.log10(largest) - math.log10(span)), 4), 15)

    @classmethod
    def over(cls, low: float, high: float, log: bool = False) -> Scale:
        # Closer than this the values differ by rounding errors only: that is a flat line.
        if high / 2 - low / 2 <= 1e-12 * max(abs(low), abs(high)):
            high = low
        return cls(low, high, log)

    @property
    def is_point(self) -> bool:
        return self.low == self.high

    def place(self, values: Floats) -> Floats:
        """0 at the low end, 1 at the high end, nan for what has no place between them.

        The only value of a scale without extent stands in the middle.
        """
        with np.errstate(all="ignore"):
            if self.is_point:
                shown = np.isfinite(values) & ((values > 0) | (not self.log))
                return np.where(shown, 0.5, math.nan)
            if self.log:
                low, high = math.log10(self.low), math.log10(self.high)
                parts = (np.log10(values) - low) / (high - low)
            else:
                # A power of two takes no digit away, and 1e308 - -1e308 would be infinite.
                shift = -math.frexp(max(abs(self.low), abs(self.high)))[1]
                low, high = math.ldexp(self.low, shift), math.ldexp(self.high, shift)
                parts = (np.ldexp(values, shift) - low) / (high - low)
            return np.where((parts > -1e-6) & (parts < 1 + 1e-6), np.clip(parts, 0, 1), math.nan)

    def value(self, part: float) -> float:
        """What stands at a part of the way from the low end (0) to the high end (1)."""
        if self.log:
            return 10 ** (math.log10(self.low) * (1 - part) + math.log10(self.high) * part)
        return self.low * (1 - part) + self.high * part

    def rounded_out(self, rows: int) -> Scale:
        """The same scale with its ends at round numbers, where some are close by."""
        if self.is_point:
            return self
        if self.log:
            low, high = _rounded_out(math.log10(self.low), math.log10(self.high), 1.0)
            if low < -307 or high > 308:
                return self
            return Scale(10.0**low, 10.0**high, log=True)
        unit = next(steps(self.low, self.high, max(rows // 2, 4), (1, 2, 5)))
        return Scale(*_rounded_out(self.low, self.high, float(unit)))


def _rounded_out(low: float, high: float, unit: float) -> tuple[float, float]:
    """Each end at the next multiple of the unit, unless that costs over an eighth of the room."""
    slack = high / 8 - low / 8
    below, above = math.floor(low / unit) * unit, math.ceil(high / unit) * unit
    return (below if low - below <= slack else low, above if above - high <= slack else high)


def steps(low: float, high: float, most: int, digits: Sequence[int]) -> Iterator[Decimal]:
    """The steps of these first digits, finest first, that divide the range into `most` or less."""
    finest = max(high / most - low / most, 5e-324)
    exponent = math.floor(math.log10(finest))
    while True:
        for digit in digits:
            step = Decimal(digit).scaleb(exponent)
            if step >= finest * (1 - 1e-9):
                yield step
        exponent += 1


def format_value(value: float, digits: int = 4) -> str:
    """A number in so many significant digits, without the zeros of 1e-05."""
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    if exponent and exponents() == "si":
        digits = sum(character.isdigit() for character in mantissa)
        return with_minus("-" * (value < 0) + powered(abs(value), digits))
    return with_minus(f"{mantissa}e{int(exponent)}" if exponent else mantissa)


def with_minus(text: str) -> str:
    """The number with the minus sign that all others on the screen have, as wide as a plus."""
    return MINUS + text[1:] if text.startswith("-") else text


# From scales to dots and cells


def x_dots(scale: Scale, xs: Floats, columns: int, across: int) -> Floats:
    return scale.place(xs) * (columns * across - 1)


def y_dots(scale: Scale, ys: Floats, rows: int, down: int) -> Floats:
    parts = scale.place(ys)
    if scale.is_point:
        # A flat line runs through the middle of a row, where its label and its marker are.
        return np.where(np.isfinite(parts), rows // 2 * down + down // 2, math.nan)
    return (1 - parts) * (rows * down - 1)


def columns_of(scale: Scale, xs: Sequence[float], columns: int, across: int) -> list[int]:
    return [int(dot + 0.5) // across for dot in x_dots(scale, np.array(xs), columns, across)]


def rows_of(scale: Scale, ys: Sequence[float], rows: int, down: int) -> list[int]:
    return [int(dot + 0.5) // down for dot in y_dots(scale, np.array(ys), rows, down)]
