"""The characters of plots: in Unicode, and in plain ASCII where that is all there is.

May import: tui.models, drawing.raster, drawing.words.
Imported by: the other modules of drawing.plots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tui.drawing.raster import ASCII, BRAILLE, DotGlyphs
from tui.drawing.words import Glyphs
from tui.models.plots import Sign


@dataclass(frozen=True)
class Signs:
    """The characters of one glyph set."""

    dots: DotGlyphs
    markers: str
    """One for each series in turn, so that lines differ without colour as well."""
    point: str
    cursor: str
    foot: str
    """Where the cursor column stands on the x axis."""
    y_axis: str
    y_tick: str
    corner: str
    x_axis: str
    x_tick: str
    guide: str
    more: str
    """In place of what does not fit."""
    nothing: str
    """In place of a value that does not exist yet."""
    bars: str
    """From the lowest value to the highest; never a full cell, so that rows stand apart."""
    shades: str
    """From nothing to much, where colour cannot say it."""
    fills: str
    """For each class in turn, where colour cannot say it."""
    up: str
    points: Mapping[Sign, str]


SIGNS: dict[Glyphs, Signs] = {
    "braille": Signs(
        dots=BRAILLE,
        markers="●◆■▲",
        point="•",
        cursor="│",
        foot="┴",
        y_axis="│",
        y_tick="┤",
        corner="╰",
        x_axis="─",
        x_tick="┬",
        guide="┄",
        more="…",
        nothing="·",
        bars="▁▂▃▄▅▆▇",
        shades=" ░▒▓",
        fills=" ░▒▓",
        up="↑",
        points={
            "dot": "●",
            "ring": "○",
            "square": "■",
            "diamond": "◆",
            "triangle": "▲",
            "cross": "×",
            "star": "✱",
        },
    ),
    "ascii": Signs(
        dots=ASCII,
        markers="ox#%",
        point="*",
        cursor="|",
        foot="+",
        y_axis="|",
        y_tick="+",
        corner="+",
        x_axis="-",
        x_tick="+",
        guide="-",
        more="~",
        nothing="-",
        bars="_.:-=+*#",
        shades=" .:-=+*#",
        fills=" .:+",
        up="^",
        points={
            "dot": "o",
            "ring": "O",
            "square": "#",
            "diamond": "%",
            "triangle": "A",
            "cross": "x",
            "star": "@",
        },
    ),
}
