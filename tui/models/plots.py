"""Plots: lines over iterations, points, and fields of colour, alone or one above the other.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Style

Stretch = tuple[float, float]
"""Two ends of an axis, the lower one first."""


@dataclass(frozen=True)
class Series:
    """Points of one line of a plot; `ys` may hold nan and inf, which are gaps."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    style: Style
    behind: bool = False
    """Whether the others are drawn over it."""
    marked: bool = True
    """Whether it has a sign of its own at the cursor, and its value in the legend."""


Sign = Literal["dot", "ring", "square", "diamond", "triangle", "cross", "star"]
"""What points look like, so that they can be told apart without colour."""


@dataclass(frozen=True)
class Dots:
    """Points that no line joins."""

    name: str
    """For the legend; without a name they are not in it."""
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    style: Style
    sign: Sign = "dot"


Colours = Literal["ordered", "diverging", "density", "classes"]
"""What the colours of a field mean: from low to high, from one side of the middle to the other,
from nothing to much, or which of several classes."""

LEVELS = {"ordered": 24, "diverging": 33, "density": 16, "classes": 6}
"""How many shades a scale has; of `classes` each of them."""


@dataclass(frozen=True)
class Field:
    """Numbers on a grid of evenly spaced points, to be shown as colours."""

    x: Stretch
    """Where its first and its last column are."""
    y: Stretch
    columns: int
    layers: tuple[tuple[float, ...], ...]
    """The numbers row by row, from the lowest `y` on. Of `classes` there is a layer for each, and
    the largest number at a place says which."""
    colours: Colours
    log: bool = False
    smooth: bool = True
    """Whether something lies between the points of the grid; else they are tiles."""
    contours: bool = False
    """Whether lines of equal numbers are drawn; of `diverging` the one at 0, of `classes` where
    they meet."""


@dataclass(frozen=True)
class Guide:
    """A level to compare with, as a faint line."""

    y: float
    name: str


@dataclass(frozen=True)
class Readout:
    """A number at the cursor that no line tells."""

    name: str
    value: str
    style: Style = "text"


@dataclass(frozen=True)
class PlotView:
    """One plot, with the cursor's place on it."""

    title: str
    series: tuple[Series, ...] = ()
    cursor: float | None = None
    """Where the cursor is on the x axis, if that is one of time."""
    here: tuple[float | None, ...] = ()
    """The value of each series there, where that is known better than its points tell."""
    x_label: str = "iteration"
    log: bool = False
    name: str = ""
    """What the plot is called in commands."""
    y_label: str = ""
    whole: Stretch | None = None
    """All of the x axis, where that is one of time."""
    x: Stretch | None = None
    """The part of the x axis that is shown; None shows all."""
    y: Stretch | None = None
    at: tuple[float, float] | None = None
    """Where the cursor is on a plane."""
    dots: tuple[Dots, ...] = ()
    field: Field | None = None
    guides: tuple[Guide, ...] = ()
    readings: tuple[Readout, ...] = ()
    remarks: tuple[str, ...] = ()
    """Words above the plot, the most important first."""
    busy: str = ""
    """How far it is, while it is being computed."""
    bands: tuple[PlotView, ...] = ()
    """Plots one above the other that share the x axis, instead of this one's own content."""
    empty: tuple[str, ...] = ()
    """Where there is nothing to draw: why, and what can be done about it."""


@dataclass(frozen=True)
class PlotsView:
    """The plot that is chosen, and what stands beside it where there is room."""

    plots: tuple[PlotView, ...]
    place: int = 1
    """Which one of all is chosen, counted from 1."""
    among: int = 1
    """How many there are."""
