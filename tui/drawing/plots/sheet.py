"""The sheet of plots: one, or two side by side, and what is under the pointer.

May import: tui.models, drawing.plots.   Imported by: the package.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.drawing.plots.plot import draw_plot, x_at
from tui.drawing.plots.signs import Glyphs
from tui.models.plots import PlotsView, PlotView, Stretch
from tui.models.text import Row

TWO = 96
"""Columns from which on two plots stand side by side."""

GAP = 3
"""Columns between them."""


def side_by_side(width: int) -> int:
    """How many plots stand beside each other in so many columns."""
    return 2 if width >= TWO else 1


def draw_plots(
    view: PlotsView,
    width: int,
    height: int,
    *,
    glyphs: Glyphs = "braille",
    coloured: bool = True,
    top: int = 0,
) -> list[Row]:
    """The plots in exactly `height` rows of `width` cells; `top` is the chosen one's first band."""
    rows: list[Row] = [() for _ in range(max(0, height))]
    taken = 0
    for number, (_, start, each) in enumerate(places(view, width)):
        drawn = draw_plot(
            view.plots[number],
            each,
            height,
            glyphs=glyphs,
            coloured=coloured,
            top=0 if number else top,
        )
        gap = ((" " * GAP, "text"),) if start else ()
        rows = [(*row, *gap, *more) for row, more in zip(rows, drawn, strict=True)]
        taken = start + each
    rest = ((" " * (width - taken), "text"),) if taken < width else ()
    return [(*row, *rest) for row in rows]


def places(view: PlotsView, width: int) -> list[tuple[PlotView, int, int]]:
    """Each plot with its first column and its width."""
    plots = view.plots[: side_by_side(width)]
    each = (width - GAP * (len(plots) - 1)) // len(plots)
    return [(plot, number * (each + GAP), each) for number, plot in enumerate(plots)]


@dataclass(frozen=True)
class Spot:
    """What is under the pointer: a plot, and a place on its x axis."""

    plot: PlotView
    x: float
    per_column: float
    """How much of the x axis a column is."""


def spot_at(
    view: PlotsView, width: int, height: int, column: int, *, glyphs: Glyphs = "braille"
) -> Spot | None:
    """What is under a column; None beside the drawings."""
    for plot, start, each in places(view, width):
        if start <= column < start + each:
            found = x_at(plot, each, height, column - start, glyphs=glyphs)
            return None if found is None else Spot(plot, *found)
    return None


# --- other parts of an axis -----------------------------------------------------------------------


def zoomed(shown: Stretch, factor: float, about: float, whole: Stretch | None) -> Stretch | None:
    """A part of an axis `factor` times as long, what is `about` staying where it is.

    Of an axis of time never more than `whole` of it, which is None: all; nor less than two points.
    """
    low, high = shown
    about = min(max(about, low), high)
    width = (high - low) * factor
    if whole is None:
        return (about - (about - low) * factor, about + (high - about) * factor)
    if width >= whole[1] - whole[0]:
        return None
    if width < 2:
        return shown
    return panned((about - (about - low) * factor, about + (high - about) * factor), 0.0, whole)


def panned(shown: Stretch, by: float, whole: Stretch | None) -> Stretch:
    """A part of an axis moved along it, on an axis of time not beyond its ends."""
    low, high = shown[0] + by, shown[1] + by
    if whole is not None:
        width = high - low
        low = min(max(low, whole[0]), max(whole[0], whole[1] - width))
        high = low + width
    return low, high
