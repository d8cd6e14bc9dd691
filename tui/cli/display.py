"""How the debugger is shown: from the command line, the environment, the config file, the terminal.

What stands first in this list wins. May import: engine's public face, settings.
Imported by: debug.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

from engine import GradstepError

if TYPE_CHECKING:
    from tui.settings import Settings

MANY_COLOURS = ("256color", "kitty", "direct")
"""How the names of terminals end that have more than 16 colours."""


def display_options(parser: argparse.ArgumentParser) -> None:
    """What the config file says, too, and where that is."""
    group = parser.add_argument_group("how it is shown")
    group.add_argument("--config", metavar="FILE", help="another config file than the user's")
    group.add_argument(
        "--print-config", action="store_true", help="print a config file to start from, and exit"
    )
    group.add_argument("--theme", metavar="NAME", help="dark, light, contrast, or 16 colours")
    group.add_argument(
        "--glyphs",
        choices=("braille", "block", "ascii"),
        help="what the terminal can show: everything, no braille, ASCII alone",
    )
    group.add_argument(
        "--ascii", dest="glyphs", action="store_const", const="ascii", help="--glyphs ascii"
    )
    group.add_argument("--digits", type=int, metavar="N", help="significant digits of numbers")
    group.add_argument(
        "--si",
        dest="exponents",
        action="store_const",
        const="si",
        help="prefixes of SI for powers of ten: 12µ in place of 1.2e-5",
    )
    group.add_argument(
        "--no-mouse",
        dest="mouse",
        action="store_false",
        default=None,
        help="leave the mouse to the terminal, to mark text with",
    )
    group.add_argument(
        "--no-animation",
        dest="animation",
        action="store_false",
        default=None,
        help="nothing moves that is not a step",
    )


def picture_options(parser: argparse.ArgumentParser) -> None:
    """A picture in place of a screen."""
    group = parser.add_argument_group("a picture")
    group.add_argument(
        "--screenshot", metavar="FILE.svg", help="write a picture of the screen there, and exit"
    )
    group.add_argument(
        "--size",
        type=_size,
        default=(120, 40),
        metavar="WxH",
        help="its columns and rows (default: 120x40)",
    )
    group.add_argument(
        "--keys", metavar="KEYS", help="pressed before, like: \"i n n ':break loss' enter\""
    )


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,3})[x×](\d{1,3})", text)
    if match is None or not (int(match[1]) and int(match[2])):
        raise argparse.ArgumentTypeError("columns and rows are wanted, like 120x40")
    return int(match[1]), int(match[2])


def settings_of(options: argparse.Namespace) -> Settings:
    """What the reader has chosen, with `auto` where nothing was. Raises `GradstepError`."""
    from tui.settings import DIGITS_WANTED, config_file, read_settings, right_digits, theme_named

    settings = read_settings(config_file(options.config))
    given: dict[str, Any] = {
        name: value
        for name in ("glyphs", "digits", "exponents", "mouse", "animation")
        if (value := getattr(options, name)) is not None
    }
    if not right_digits(given.get("digits", settings.digits)):
        raise GradstepError(f"--digits wants {DIGITS_WANTED}; {options.digits} came")
    if options.theme is not None:
        given["theme"] = theme_named(options.theme)
    elif theme := theme_of(os.environ):
        given["theme"] = theme
    return replace(settings, **given)


def theme_of(environment: Mapping[str, str]) -> str:
    """The theme that the environment asks for, if it is one of ours; else empty."""
    from tui.settings import theme_named

    try:
        return theme_named(environment.get("TEXTUAL_THEME", ""))
    except GradstepError:
        return ""  # it is for every program that Textual is part of


def suited(
    settings: Settings, kept: str, environment: Mapping[str, str], screen: TextIO
) -> Settings:
    """The settings in which what was left to the program suits the terminal.

    `kept` is the theme that was chosen last, and `screen` what is written to.
    """
    theme = settings.theme or ("gradstep-16" if few_colours(environment) else kept)
    glyphs = settings.glyphs
    if glyphs == "auto":
        plain = environment.get("TERM") == "linux" or not speaks_unicode(screen)
        glyphs = "ascii" if plain else "braille"
    return replace(settings, theme=theme, glyphs=glyphs)


def few_colours(environment: Mapping[str, str]) -> bool:
    """Whether the terminal says, or leaves one to believe, that it has no more than 16 colours."""
    chosen = environment.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if chosen != "auto":
        return chosen == "standard"
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return False
    return environment.get("TERM", "").rpartition("-")[2] not in MANY_COLOURS and os.name != "nt"


def speaks_unicode(screen: TextIO) -> bool:
    """Whether any character can be written there."""
    return (getattr(screen, "encoding", None) or "").lower().replace("-", "") == "utf8"
