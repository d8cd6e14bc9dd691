"""Glyph sets: what a terminal can show, and every text in characters that it can.

Drawings have shapes of their own for each set, where a character for a character would be ugly.
Whatever they leave is replaced here, cell for cell, so that a layout stays as it was: a cell of
braille becomes the nearest block, any sign the nearest one of ASCII.
May import: tui.models, drawing.wires, rich.cells.   Imported by: theme, plain, the rest of drawing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len

from tui.drawing.wires import GLYPHS as LINES
from tui.drawing.wires import ascii_glyph
from tui.models.text import Glyphs

_SIGNS = dict(
    zip(
        "▸◂►❯▾▴◆■▪▲●○•·…−–—×÷±∂∇Δ√∞‖≈≠≤≥→←↑↓∧∨¬∈⊞⊕∏∗≪≫⎍☐▭┃┆┊╎◌✓✗⇉ℵ½¾✱µ",
        "><>)v^*#=^*oo.~---*/+ddDvi|~!<>><^v&|~e##P*<>-[-|:::.+x>N%%*u",
        strict=True,
    )
)
"""Signs whose nearest relative no rule would find."""

_LINES = {sign: ascii_glyph(cell) for cell, sign in enumerate(LINES)}
_LINES |= {"╱": "/", "╲": "\\", "╳": "X"}

_SHADES = {**dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True)), **dict.fromkeys("▓▒", "%")}
_SHADES |= {"░": ":", "▀": '"', "▌": "[", "▐": "]", "▏": "|", "▕": "|", "▔": '"'}

_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By the sum of 1, 2, 4 and 8 for upper left, upper right, lower left and lower right."""

_UPPER, _LOWER = 0b00011011, 0b11100100
_LEFT, _RIGHT = 0b01000111, 0b10111000
"""Dots of a braille cell, as bits of its number."""

_PRODUCT = re.compile(
    r"""
    (?<!\S)·(?=\ (?!                     # a dot with one blank behind it, and then none of these:
        (?: [a-z]{3,} | [↑↓←→] | e\d+ | \.\d+ ) (?: [.,;:] | \s | $ )   # a word, an address
        | (?: [^\s·]{1,2}\ ){1,2} [a-z]{3,}\b                           # keys, and what they do
        | \d+\ of\                                                      # a count
    )\S)
    """,
    re.VERBOSE,
)
"""A dot that multiplies."""


_RAISED = re.compile("ᵀ|[⁻⁰¹²³⁴-⁹]+")
"""What stands above the line: without its height h² would be another name, h2."""

_ROOM = re.compile(r"[^|\u2500-\u257f]*?(  +)")
"""Text in a frame, up to blanks that are no gap between words: all but one can be spared."""


def shown(text: str, glyphs: Glyphs) -> str:
    """The text in the characters of a glyph set: as many cells as before."""
    if glyphs == "braille" or text.isascii():
        return text
    if glyphs == "block":
        return "".join(map(_block, text))
    return "".join(map(_ascii, as_a_whole(text)))


def shown_freely(text: str, glyphs: Glyphs) -> str:
    """The same for a text that is no drawing: it may become longer."""
    if glyphs == "ascii":
        text = _RAISED.sub(lambda found: _lowered(found[0]), text)
    return shown(text, glyphs)


def with_products(text: str) -> str:
    """The text with a sign of multiplication where a dot means that: in ASCII a dot is a point."""
    return _PRODUCT.sub("*", text)


def as_a_whole(line: str) -> str:
    """What takes a whole line of a drawing to know, in as many cells as before.

    Besides products: powers and transposes, where blanks behind them can make room.
    """
    line, start = with_products(line), 0
    while (found := _RAISED.search(line, start)) is not None:
        text, start = _lowered(found[0]), found.end()
        room = _ROOM.match(line, start)
        more = len(text) - len(found[0])
        if room is not None and len(room[1]) > more:
            rest = line[start : room.end() - more] + line[room.end() :]
            line = line[: found.start()] + text + rest
            start += more
    return line


def _lowered(raised: str) -> str:
    """What stands above the line as one writes it in a line."""
    if raised == "ᵀ":
        return ".T"
    return "**" + unicodedata.normalize("NFKD", raised).replace("\u2212", "-")


def _block(sign: str) -> str:
    """Quadrants in place of braille; everything else stays."""
    dots = ord(sign) - 0x2800
    if not 0 <= dots < 0x100:
        return sign
    quarters = (_UPPER & _LEFT, _UPPER & _RIGHT, _LOWER & _LEFT, _LOWER & _RIGHT)
    return _QUADRANTS[sum(1 << i for i, quarter in enumerate(quarters) if dots & quarter)]


@lru_cache(maxsize=4096)
def _ascii(sign: str) -> str:
    """The nearest spelling of one character, in as many characters as it has cells."""
    if sign.isascii():
        return sign
    cells = cell_len(sign)
    if cells != 1:
        return "?" * cells
    for known in (_SIGNS, _LINES, _SHADES):
        if sign in known:
            return known[sign]
    if "\u2801" <= sign <= "\u28ff":
        return _dotted(ord(sign) - 0x2800)
    if sign in _QUADRANTS:
        return _dotted(_LOWER * (sign in "▖▗▄") or _UPPER * (sign in "▘▝▀") or 0xFF)
    name = unicodedata.name(sign, "")
    if name.startswith("BOX DRAWINGS "):
        return _line(name)
    if name.startswith("GREEK "):
        letter = name.removesuffix(" SYMBOL").split()[-1][0]
        return letter.lower() if "SMALL" in name or "SYMBOL" in name else letter
    letters = unicodedata.normalize("NFKD", sign)
    plain = "".join(_SIGNS.get(c, c) for c in letters if not unicodedata.combining(c))
    if len(plain) == 1 and plain.isascii():
        return plain
    return " " if sign.isspace() or sign == "\u2800" else "?"


def _line(name: str) -> str:
    """A piece of a line, by its name: dashed, double or round ones."""
    heavy = "HEAVY" in name or "DOUBLE" in name.replace("DOUBLE DASH", "")
    ways = {way for way in ("VERTICAL", "HORIZONTAL", "UP", "DOWN", "LEFT", "RIGHT") if way in name}
    if ways == {"HORIZONTAL"}:
        return "=" if heavy else "-"
    return "#" if heavy else "|" if ways == {"VERTICAL"} else "+"


def _dotted(dots: int) -> str:
    """A cell of dots by where its weight lies."""
    above, below = (dots & _UPPER).bit_count(), (dots & _LOWER).bit_count()
    if above and below:
        return "#" if above + below >= 6 else ":" if not (dots & _LEFT and dots & _RIGHT) else "+"
    return "'" if above else "."
