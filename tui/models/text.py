"""Styled text: what every row of the screen is made of.

A style is a name, or several separated by spaces (``"backward bold"``); `tui.theme` gives each
name its colour. May import: the standard library.   Imported by: the other models.
"""

from __future__ import annotations

from typing import Literal

Style = str
Span = tuple[str, Style]
Row = tuple[Span, ...]

Phase = Literal["batch", "forward", "backward", "update"]

Glyphs = Literal["braille", "block", "ascii"]
"""What a terminal can show: everything; no braille, which some fonts lack; ASCII alone."""
