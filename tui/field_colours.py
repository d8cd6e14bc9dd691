"""Colours of fields: scales of shades, made of the colours that a theme has.

A style says ``map:ordered:7`` for ink and ``on:ordered:7`` for ground. What is little or far from
certain is near the theme's background, so that a scale is ordered by lightness in every theme, and
lines and points that are drawn on it stand out.
May import: tui.models, shades.   Imported by: theme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui.models.plots import LEVELS
from tui.shades import mixed

INK, GROUND = "map:", "on:"

CONTOUR = "map:contour"
"""Lines of equal numbers: between the shades that they are drawn on."""

CLASSES = ("series1", "series2", "series4", "series3", "series5", "series6")
"""The colours of classes, in turn; those of their points, too."""

FAINT = 0.35
"""How much of its colour a faint line has."""


def shade_of(word: str, colours: Mapping[str, str]) -> str | None:
    """The colour that a word of a style stands for, where it is a shade of a scale."""
    if word == CONTOUR:
        return mixed(colours["background"], colours["text"], 0.45)
    prefix, _, rest = word.partition(":")
    scale, _, level = rest.partition(":")
    if f"{prefix}:" not in (INK, GROUND) or scale not in LEVELS:
        return None
    return _shade(scale, int(level), colours)


def faint(colour: str, ground: str) -> str:
    """A colour that stays behind others."""
    return mixed(ground, colour, FAINT)


def _shade(scale: str, level: int, colours: Mapping[str, str]) -> str:
    count = LEVELS[scale]

    def away(name: str, share: float) -> str:
        return mixed(colours["background"], colours[name], share)

    if scale == "classes":
        which, shade = divmod(level, count)
        name = CLASSES[which % len(CLASSES)]
        return away(name, 0.14 + 0.34 * shade / (count - 1))
    share = level / (count - 1)
    if scale == "diverging":
        name = "forward" if share < 0.5 else "backward"
        return away(name, 0.06 + 0.52 * abs(2 * share - 1))
    if scale == "density":
        return away("forward", 0.04 + 0.86 * share)
    return _along((away("forward", 0.10), away("series4", 0.42), away("notice", 0.72)), share)


def _along(stops: Sequence[str], share: float) -> str:
    place = share * (len(stops) - 1)
    first = min(int(place), len(stops) - 2)
    return mixed(stops[first], stops[first + 1], place - first)
