"""Ticks: as many round numbers on an axis as leave its labels well apart.

May import: tui.numbers, drawing.plots.scales.   Imported by: drawing.plots.frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise

from tui.digits import exponents
from tui.drawing.plots.scales import Scale, format_value, rows_of, steps, with_minus
from tui.numbers import MINUS, powered


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


def _multiples(low: float, high: float, step: Decimal) -> list[Decimal]:
    """All multiples of the step in the range, as exact decimals: 0.3, not 0.30000000000000004."""
    near = Decimal("1e-9")
    first = (Decimal(low) / step - near).to_integral_value(ROUND_CEILING)
    last = (Decimal(high) / step + near).to_integral_value(ROUND_FLOOR)
    return [k * step for k in range(int(first), int(last) + 1)]


def linear_choices(scale: Scale, most: int, digits: Sequence[int]) -> Iterator[list[Decimal]]:
    """Ticks from many to few, down to a single one."""
    for step in steps(scale.low, scale.high, max(most, 1), digits):
        ticks = _multiples(scale.low, scale.high, step)
        if not ticks:
            return
        yield ticks
        if len(ticks) == 1:
            return


def _log_choices(scale: Scale, most: int, digits: Sequence[int]) -> Iterator[list[Decimal]]:
    """Ticks from many to few: 1-2-5 in every decade, every decade, every second one, ..."""
    low, high = Decimal(scale.low), Decimal(scale.high)
    near = Decimal("1e-9")
    first, last = math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high))
    shapes = [(1, (1, 2, 5)), (1, (1, 3))] if last - first <= most else []
    shapes += [(stride, (1,)) for stride in (1, 2, 5, 10, 20, 50, 100, 200)]
    for stride, mantissas in shapes:
        if (last - first) / stride > 2 * most:
            continue
        decades = range(math.ceil(first / stride) * stride, last + 1, stride)
        ticks = [Decimal(m).scaleb(e) for e in decades for m in mantissas]
        yield [tick for tick in ticks if low * (1 - near) <= tick <= high * (1 + near)]
    for values in linear_choices(scale, most, digits):
        yield [value for value in values if value > 0]


def labels_of(values: Sequence[Decimal], *, counts: bool = False) -> list[str]:
    """One notation for all labels of an axis: digits if they are short, else what is shortest."""
    plain = [with_minus(f"{value:f}") if value else "0" for value in values]
    if max((len(label.lstrip(MINUS)) for label in plain), default=0) <= (5 if counts else 6):
        return plain
    notations = [plain, [_scientific(value) for value in values]]
    if counts:
        notations.append([_with_suffix(value) for value in values])
    return min(notations, key=lambda labels: max(map(len, labels)))


def _scientific(value: Decimal) -> str:
    if not value:
        return "0"
    mantissa = value.scaleb(-value.adjusted()).normalize()
    exponent = f"e{value.adjusted()}" if value.adjusted() else ""
    if exponent and exponents() == "si":
        sign, size = "-" * (value < 0), abs(float(value))
        return with_minus(sign + powered(size, len(mantissa.as_tuple().digits)))
    return with_minus(f"{mantissa:f}{exponent}")


def _with_suffix(value: Decimal) -> str:
    power = min(max(value.adjusted(), 0) // 3, 4) if value else 0
    return with_minus(f"{value.scaleb(-3 * power).normalize():f}{('', 'k', 'M', 'G', 'T')[power]}")


def y_ticks(scale: Scale, rows: int, down: int) -> list[Tick]:
    """As many ticks as leave a free row or more between two labels; the ends if none fit.

    Steps of 4 are less familiar than 1-2-5, yet better than fewer than three ticks.
    """
    if scale.is_point:
        return [Tick(scale.low, format_value(scale.low))]
    apart = 2 + (rows > 8) + (rows > 24)
    most = rows // apart + 1
    for enough, digits in ((3, (1, 2, 5)), (3, (4,)), (2, (1, 2, 5))):
        choices = _log_choices if scale.log else linear_choices
        for values in choices(scale, most, digits):
            ats = [float(value) for value in values]
            cells = rows_of(scale, ats, rows, down) if len(ats) >= enough else []
            if cells and all(a - b >= apart for a, b in pairwise(cells)):
                return [Tick(*tick) for tick in zip(ats, labels_of(values), strict=True)]
    return [Tick(end, format_value(float(f"{end:.3g}"))) for end in (scale.low, scale.high)]
