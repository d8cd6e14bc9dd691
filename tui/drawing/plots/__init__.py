"""Plots in a few cells: lines, points and fields of colour with axes, ticks, cursor and numbers.

May import: tui.models, drawing.raster, drawing.rows, numpy, rich.cells.   Imported by: widgets,
screens, drawing.parameters, drawing.timeline.
"""

from __future__ import annotations

from tui.drawing.plots.bars import sparkline
from tui.drawing.plots.plot import bands_shown, draw_plot, x_at
from tui.drawing.plots.scales import format_value
from tui.drawing.plots.sheet import (
    Spot,
    draw_plots,
    panned,
    places,
    side_by_side,
    spot_at,
    zoomed,
)
from tui.drawing.plots.signs import Glyphs

__all__ = [
    "Glyphs",
    "Spot",
    "bands_shown",
    "draw_plot",
    "draw_plots",
    "format_value",
    "panned",
    "places",
    "side_by_side",
    "sparkline",
    "spot_at",
    "x_at",
    "zoomed",
]
