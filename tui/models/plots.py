"""Lines over iterations.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.models.text import Style


@dataclass(frozen=True)
class Series:
    """Points of one line of a plot; `ys` may hold nan and inf, which are gaps."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    style: Style
    behind: bool = False
    """Whether the others are drawn over it."""


@dataclass(frozen=True)
class PlotView:
    """Lines over iterations, with the cursor's place on them."""

    title: str
    series: tuple[Series, ...]
    cursor: float | None
    x_label: str = "iteration"
    log: bool = False


@dataclass(frozen=True)
class PlotsView:
    """The plot that is chosen, and what stands beside it where there is room."""

    plots: tuple[PlotView, ...]
