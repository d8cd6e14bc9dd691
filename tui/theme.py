"""Colours: themes for Textual, and the palette that turns style names into terminal styles.

Forward is blue and backward orange, positive and negative are told apart in normal, protan, deutan
and tritan sight, and nothing by colour alone; the tests measure it.
May import: rich, textual, tui.drawing.glyphs, field_colours, shades.
Imported by: app, screens, widgets.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import BUILTIN_THEMES, Theme

from tui.drawing.glyphs import as_a_whole, shown
from tui.field_colours import faint, shade_of
from tui.models.text import Glyphs
from tui.shades import GROUND_NAMES, shades

_DARK = {
    "background": "#0f1317",
    "text": "#d5dce3",
    "dim": "#8e9ba7",
    "line": "#3d4852",
    "title": "#ffffff",
    "batch": "#a9bccd",
    "forward": "#56b4e9",
    "backward": "#e69f00",
    "update": "#ddccff",
    "positive": "#feff99",
    "negative": "#ff63ad",
    "bad": "#ff7070",
    "stop": "#ff7070",
    "past": "#33617c",
    "notice": "#f0e442",
    "cursor": "#ffffff",
    "key": "#56b4e9",
    "series1": "#56b4e9",
    "series2": "#e69f00",
    "series3": "#ddccff",
    "series4": "#3fcf9f",
    "series5": "#f0e442",
    "series6": "#ff63ad",
    "current": "#24323e",
    "bar": "#1a222a",
    "focus": "#8fa6b8",
}

_LIGHT = {
    "background": "#fbfaf7",
    "text": "#20262c",
    "dim": "#5a646d",
    "line": "#c3c9ce",
    "title": "#000000",
    "batch": "#46596b",
    "forward": "#005a8f",
    "backward": "#a05000",
    "update": "#3d1f80",
    "positive": "#000066",
    "negative": "#8a0030",
    "bad": "#b3001e",
    "stop": "#b3001e",
    "past": "#8fb3c9",
    "notice": "#705400",
    "cursor": "#000000",
    "key": "#005a8f",
    "series1": "#005a8f",
    "series2": "#a05000",
    "series3": "#3d1f80",
    "series4": "#00694d",
    "series5": "#705400",
    "series6": "#8a0030",
    "current": "#dbe7f0",
    "bar": "#ebe8e1",
    "focus": "#54626e",
}


_CONTRAST = {
    "background": "#000000",
    "text": "#ffffff",
    "dim": "#d4d4d4",
    "line": "#b8b8b8",
    "title": "#ffffff",
    "batch": "#d6e4f0",
    "forward": "#6fc3ff",
    "backward": "#f5a800",
    "update": "#ead6ff",
    "positive": "#ffff80",
    "negative": "#ff99cc",
    "bad": "#ffa299",
    "stop": "#ffa299",
    "past": "#b8b8b8",
    "notice": "#ffff00",
    "cursor": "#ffffff",
    "key": "#6fc3ff",
    "series1": "#6fc3ff",
    "series2": "#f5a800",
    "series3": "#ead6ff",
    "series4": "#66e6b8",
    "series5": "#ffff00",
    "series6": "#ff99cc",
    "current": "#00264d",
    "bar": "#1c1c1c",
    "focus": "#ffffff",
}
"""White on black: every ink at least 7:1 on every ground."""

_SIXTEEN = {
    "background": "black",
    "text": "white",
    "dim": "white",
    "line": "bright_black",
    "title": "bright_white",
    "batch": "white",
    "forward": "bright_cyan",
    "backward": "bright_yellow",
    "update": "bright_white",
    "positive": "bright_green",
    "negative": "bright_magenta",
    "bad": "bright_red",
    "stop": "bright_red",
    "past": "bright_black",
    "notice": "bright_yellow",
    "cursor": "bright_white",
    "key": "bright_yellow",
    "series1": "bright_cyan",
    "series2": "bright_yellow",
    "series3": "bright_magenta",
    "series4": "bright_green",
    "series5": "bright_white",
    "series6": "bright_red",
    "current": "blue",
    "bar": "blue",
    "focus": "bright_white",
    **{f"plus{level}": "bright_green" if level == 3 else "green" for level in (1, 2, 3)},
    **{f"minus{level}": "bright_magenta" if level == 3 else "magenta" for level in (1, 2, 3)},
    **dict.fromkeys(GROUND_NAMES, "black"),
}
"""The colours that every terminal has, in whatever shades its owner gave them."""


GROUNDS = frozenset({"current", "bar", *GROUND_NAMES})
"""Styles that are backgrounds."""

COLOURLESS = "ansi-dark"
"""Textual's theme that writes no colour codes: what NO_COLOR asks for."""


def _theme(name: str, colours: dict[str, str], *, dark: bool = True, ansi: bool = False) -> Theme:
    def colour(name: str) -> str:
        return f"ansi_{colours[name]}" if ansi else colours[name]

    # What Textual's own widgets would mix from other colours, which these cannot be.
    given = BUILTIN_THEMES[COLOURLESS].variables if ansi else {}
    return Theme(
        name=name,
        primary=colour("forward"),
        secondary=colour("update"),
        accent=colour("backward"),
        foreground=colour("text"),
        background=colour("background"),
        surface=colour("bar"),
        panel=colour("bar"),
        warning=colour("notice"),
        error=colour("bad"),
        success=colour("series4"),
        dark=dark,
        ansi=ansi,
        variables=given | {f"gs-{ink}": colour(ink) for ink in ("bar", "dim", "focus", "current")},
    )


COLOURS = {
    "gradstep-dark": _DARK | shades(_DARK),
    "gradstep-light": _LIGHT | shades(_LIGHT),
    "gradstep-contrast": _CONTRAST | shades(_CONTRAST),
    "gradstep-16": _SIXTEEN,
}

THEMES = (
    _theme("gradstep-dark", _DARK),
    _theme("gradstep-light", _LIGHT, dark=False),
    _theme("gradstep-contrast", _CONTRAST),
    _theme("gradstep-16", _SIXTEEN, ansi=True),
)

VARIABLE_DEFAULTS = dict.fromkeys(THEMES[0].variables, "ansi_default")
"""What the style sheets' own variables are where the theme is not one of ours."""


class Palette:
    """What the terminal can show: style names to its styles, each made once, and its glyphs.

    Every style carries the background, because lines drawn one by one inherit none.
    """

    def __init__(self, theme: str, glyphs: Glyphs = "braille") -> None:
        self.theme = theme
        self.glyphs: Glyphs = glyphs
        self._colours = COLOURS.get(theme)
        self._styles: dict[str, Style] = {}

    @property
    def drawn(self) -> Literal["braille", "ascii"]:
        """What drawings are made of: blocks take the place of braille cell for cell, at the end."""
        return "ascii" if self.glyphs == "ascii" else "braille"

    @property
    def mixes(self) -> bool:
        """Whether colours come in shades, so that what lies behind can be dimmed."""
        return self.theme not in (COLOURLESS, "gradstep-16")

    def style(self, names: str) -> Style:
        """The style for names separated by spaces, such as ``"backward bold current"``."""
        style = self._styles.get(names)
        if style is None:
            style = self._styles[names] = self._made(names.split())
        return style

    def _made(self, names: list[str]) -> Style:
        bold = "bold" in names or "bad" in names
        underline = "underline" in names
        if self._colours is None:
            # Without colour, weight and reversal carry what hue did.
            return Style(
                bold=bold or "title" in names or "current" in names,
                dim="faint" in names,
                underline=underline,
                reverse="bad" in names or "bar" in names,
            )
        shaded = [n for n in names if ":" in n and self.mixes]
        mapped = {n.partition(":")[0]: shade_of(n, self._colours) for n in shaded}
        ground = next((n for n in names if n in GROUNDS), "background")
        ink = next((n for n in names if n in self._colours and n != ground), "text")
        colour = self._colours[ink]
        if "faint" in names:
            colour = faint(colour, self._colours[ground]) if self.mixes else self._colours["past"]
        return Style(
            color=mapped.get("map", colour),
            bgcolor=mapped.get("on", self._colours[ground]),
            bold=bold,
            underline=underline,
            reverse="bad" in names,
        )


class ColourlessFilter(LineFilter):
    """Takes every colour away: style sheets and Textual's own screens write some in any theme."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The line with bold, reverse and the like alone."""
        return [
            Segment(text, style and colourless(style), control) for text, style, control in segments
        ]


@lru_cache(maxsize=1024)
def colourless(style: Style) -> Style:
    """The style without its colours; the same one where it has none."""
    return style.without_color if style.color or style.bgcolor else style


class GlyphFilter(LineFilter):
    """The last look at every line that leaves for the terminal: nothing that it cannot show."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(enabled=glyphs != "braille")
        self._glyphs: Glyphs = glyphs

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The line in the glyphs of the terminal, every cell in its place."""
        line = "".join(segment.text for segment in segments)
        if line.isascii():
            return segments
        if self._glyphs == "ascii":
            line = as_a_whole(line)
        parts: list[Segment] = []
        start = 0
        for text, style, control in segments:
            part = line[start : start + len(text)]
            parts.append(Segment(shown(part, self._glyphs), style, control))
            start += len(text)
        return parts
