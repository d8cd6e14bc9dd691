"""A trend in one row of cells: bars from the lowest value to the highest.

May import: drawing.raster, drawing.plots, numpy.   Imported by: the package, drawing.plots.plot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tui.drawing.plots.scales import Scale
from tui.drawing.plots.signs import SIGNS, Glyphs
from tui.drawing.raster import Floats


def sparkline(values: Sequence[float], width: int, *, glyphs: Glyphs = "braille") -> str:
    """The trend of some values in exactly `width` cells; nan and inf are spaces.

    A short history grows from the left, one cell for each value; a long one is averaged.
    """
    heights = _heights(np.array(values, float))
    if len(heights) <= width:
        return _bars(heights, glyphs).ljust(width)
    known = np.isfinite(heights)
    starts = np.arange(max(width, 0)) * len(heights) // max(width, 1)
    counts = np.add.reduceat(known.astype(float), starts)
    with np.errstate(invalid="ignore"):
        return _bars(np.add.reduceat(np.where(known, heights, 0.0), starts) / counts, glyphs)


def _heights(ys: Floats) -> Floats:
    """Places between the lowest value and the highest, 0 to 1; nan for what has none."""
    shown = ys[np.isfinite(ys)]
    if not len(shown):
        return np.full(len(ys), math.nan)
    return Scale.over(float(shown.min()), float(shown.max()), False).place(ys)


def _bars(heights: Floats, glyphs: Glyphs) -> str:
    bars = SIGNS[glyphs].bars
    top = len(bars) - 0.001
    return "".join(bars[int(h * top)] if math.isfinite(h) else " " for h in heights.tolist())
