"""Colours: themes for Textual, and the palette that turns style names into terminal styles.

Forward is blue and backward orange: told apart in normal, protan, deutan and tritan sight, and
never by colour alone. May import: rich, shades, textual.   Imported by: app, widgets.
"""

from __future__ import annotations

from rich.style import Style
from textual.theme import Theme

from tui.shades import GROUND_NAMES, shades

_DARK = {
    "background": "#0f1317",
    "text": "#d5dce3",
    "dim": "#83909c",
    "line": "#3d4852",
    "title": "#ffffff",
    "batch": "#a9bccd",
    "forward": "#56b4e9",
    "backward": "#e69f00",
    "update": "#c9b6f2",
    "positive": "#feff99",
    "negative": "#ff5aa8",
    "bad": "#ff6b6b",
    "stop": "#ff6b6b",
    "past": "#33617c",
    "notice": "#f0e442",
    "cursor": "#ffffff",
    "key": "#56b4e9",
    "series1": "#56b4e9",
    "series2": "#e69f00",
    "series3": "#c9b6f2",
    "series4": "#3fcf9f",
    "series5": "#f0e442",
    "series6": "#ff5aa8",
    "current": "#24323e",
    "bar": "#1a222a",
    "focus": "#8fa6b8",
}

_LIGHT = {
    "background": "#fbfaf7",
    "text": "#20262c",
    "dim": "#66717b",
    "line": "#c3c9ce",
    "title": "#000000",
    "batch": "#46596b",
    "forward": "#005a8f",
    "backward": "#a85400",
    "update": "#5b3fa8",
    "positive": "#000066",
    "negative": "#8a0030",
    "bad": "#b3001e",
    "stop": "#b3001e",
    "past": "#8fb3c9",
    "notice": "#7a5c00",
    "cursor": "#000000",
    "key": "#005a8f",
    "series1": "#005a8f",
    "series2": "#a85400",
    "series3": "#5b3fa8",
    "series4": "#00694d",
    "series5": "#7a5c00",
    "series6": "#8a0030",
    "current": "#dbe7f0",
    "bar": "#ebe8e1",
    "focus": "#54626e",
}


def _theme(name: str, colours: dict[str, str], dark: bool) -> Theme:
    return Theme(
        name=name,
        primary=colours["forward"],
        secondary=colours["update"],
        accent=colours["backward"],
        foreground=colours["text"],
        background=colours["background"],
        surface=colours["bar"],
        panel=colours["bar"],
        warning=colours["notice"],
        error=colours["bad"],
        success=colours["series4"],
        dark=dark,
        variables={
            "gs-bar": colours["bar"],
            "gs-dim": colours["dim"],
        },
    )


THEMES = (
    _theme("gradstep-dark", _DARK, dark=True),
    _theme("gradstep-light", _LIGHT, dark=False),
)

COLOURS = {
    name: colours | shades(colours)
    for name, colours in (("gradstep-dark", _DARK), ("gradstep-light", _LIGHT))
}

VARIABLE_DEFAULTS = dict.fromkeys(THEMES[0].variables, "ansi_default")
"""What the style sheets' own variables are where the theme is not one of ours."""

GROUNDS = frozenset({"current", "bar", *GROUND_NAMES})
"""Styles that are backgrounds."""

COLOURLESS = "ansi-dark"
"""Textual's theme that writes no colour codes: what NO_COLOR asks for."""


class Palette:
    """Style names to terminal styles, each made once.

    Every style carries the background, because lines drawn one by one inherit none.
    """

    def __init__(self, theme: str) -> None:
        self.theme = theme
        self._colours = COLOURS.get(theme)
        self._styles: dict[str, Style] = {}

    @property
    def has_colours(self) -> bool:
        """Whether styles differ by colour; otherwise by weight and reversal alone."""
        return self._colours is not None

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
                underline=underline,
                reverse="bad" in names or "bar" in names,
            )
        ground = next((n for n in names if n in GROUNDS), "background")
        ink = next((n for n in names if n in self._colours and n != ground), "text")
        return Style(
            color=self._colours[ink],
            bgcolor=self._colours[ground],
            bold=bold,
            underline=underline,
            reverse="bad" in names,
        )
