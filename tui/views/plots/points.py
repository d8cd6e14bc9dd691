"""Samples as points of a plot: not more than can be seen, told apart by class.

May import: engine's public face, models, shades, views.plots, numpy.   Imported by: the fit and the
boundary.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tui.models.plots import Dots, Sign
from tui.models.text import Style

Array = np.ndarray[Any, np.dtype[Any]]

MOST = 400
"""Points of a plot; more would be a cloud in which none is seen."""

OF_CLASSES: tuple[tuple[Style, Sign], ...] = (
    ("series1", "dot"),
    ("series2", "diamond"),
    ("series4", "square"),
    ("series3", "triangle"),
    ("series5", "dot"),
    ("series6", "diamond"),
)
"""What the points of each class look like; their colours are those of `field_colours.CLASSES`."""


def some_of(rows: Array, most: int = MOST) -> Array:
    """At most so many of them, evenly picked."""
    return rows if len(rows) <= most else rows[np.arange(most) * len(rows) // most]


def dots(name: str, xs: Array, ys: Array, style: Style, sign: Sign) -> Dots:
    """Points from arrays."""
    return Dots(name, tuple(map(float, xs)), tuple(map(float, ys)), style, sign)
