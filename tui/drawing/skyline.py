"""A series as a row of bars that fill their cells from below: one row, or several for more detail.

May import: drawing.raster, numpy.   Imported by: drawing.timeline, drawing.timelines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median_high, median_low

import numpy as np

from tui.drawing.raster import Floats

BARS = " ▁▂▃▄▅▆▇█"
"""From nothing to a full cell."""

_BARS = np.array(list(BARS))

BROKEN = "×"
"""Where there is no number: nan or inf."""

GAP = 3
"""Cells of a bar from which on the last of them is left free, so that bars can be told apart."""


@dataclass(frozen=True)
class Heights:
    """From which value to which bars reach, and whether by its logarithm."""

    low: float
    high: float
    log: bool

    @classmethod
    def of(cls, *series: Sequence[float]) -> Heights:
        """What half of the series fit into; by logarithms where all of that is positive.

        A series that leaves this behind, as one that diverges does, must not flatten the others.
        """
        known = [[value for value in values if math.isfinite(value)] for values in series]
        known = [values for values in known if values]
        if not known:
            return cls(0.0, 0.0, False)
        low = median_high(map(min, known))
        high = max(low, median_low(map(max, known)))
        return cls(low, high, low > 0)

    def __call__(self, values: Floats) -> Floats:
        """How high each value stands, from 0 to 1; nan for what is no number."""
        low, high = self.low, self.high
        with np.errstate(all="ignore"):
            if self.log:
                values, low, high = np.log(values), math.log(low), math.log(high)
            # Halved: the difference of two floats can be more than the largest one.
            spread = high / 2 - low / 2
            places = (values / 2 - low / 2) / spread if spread else np.full(len(values), 0.5)
        return np.where(np.isfinite(values), np.clip(places, 0.0, 1.0), np.nan)


@lru_cache(maxsize=64)
def skyline(
    values: tuple[float, ...], width: int, height: int = 1, heights: Heights | None = None
) -> tuple[str, ...]:
    """Exactly `height` rows of `width` cells, the upper one first, of the values along the width.

    Each cell shows the greatest of its values; value `i` stands in cell `i * width // count`. A
    value that is not finite is shown as such unless others stand in its cell.
    """
    if not values or width <= 0:
        return (" " * max(0, width),) * height
    found = _of_cells((heights or Heights.of(values))(np.array(values, float)), width)
    known = np.isfinite(found)
    # Even the least value is seen.
    eighths = np.where(known, 1 + np.round(np.where(known, found, 0.0) * (8 * height - 1)), 0.0)
    if width >= GAP * len(values):
        edges = np.arange(1, len(values) + 1) * width // len(values) - 1
        eighths[edges], known[edges] = 0.0, True
    below = 8.0 * np.arange(height - 1, -1, -1)[:, np.newaxis]
    signs = _BARS[np.clip(eighths - below, 0, 8).astype(np.intp)]
    signs[-1, ~known] = BROKEN
    return tuple("".join(row) for row in signs.tolist())


def _of_cells(found: Floats, width: int) -> Floats:
    """The greatest place in each of `width` cells; a value may fill several."""
    columns, count = np.arange(width), len(found)
    if count <= width:
        # A cell in which one value ends and the next one begins is the next one's.
        return found[((columns + 1) * count - 1) // width]
    with np.errstate(all="ignore"):
        return np.fmax.reduceat(found, -(-columns * count // width))
