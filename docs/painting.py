"""Paints a screen of the app as pixels, cell by cell, as a terminal does.

Frames, blocks and braille are drawn here, since fonts disagree on them. Letters come from DejaVu
Sans Mono (Debian: fonts-dejavu-core).
Needs Pillow: ``pip install -e '.[docs]'``.   Used by: gallery, cast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

WIDTH, HEIGHT = 9, 19
"""Pixels of a cell."""

SIZE = 15
INK: Colour = (213, 220, 227)
GROUND: Colour = (15, 19, 23)
"""What a terminal shows where no colour is asked for."""

NONE, LIGHT, HEAVY, DOUBLE = range(4)

ARMS = {
    "─╌┄": "1100",
    "━": "2200",
    "│╎┆": "0011",
    "┃": "0022",
    "┌╭": "0101",
    "┐╮": "1001",
    "└╰": "0110",
    "┘╯": "1010",
    "├": "0111",
    "┤": "1011",
    "┬": "1101",
    "┴": "1110",
    "┼": "1111",
    "┏": "0202",
    "┓": "2002",
    "┗": "0220",
    "┛": "2020",
    "┣": "0222",
    "┫": "2022",
    "┳": "2202",
    "┻": "2220",
    "╋": "2222",
    "┝": "0211",
    "┥": "2011",
    "┠": "0122",
    "┨": "1022",
    "┯": "2201",
    "┷": "2210",
    "┰": "1102",
    "┸": "1120",
    "┿": "2211",
    "╂": "1122",
    "═": "3300",
    "║": "0033",
    "╒": "0301",
    "╓": "0103",
    "╔": "0303",
    "╗": "3003",
    "╚": "0330",
    "╝": "3030",
    "╴": "1000",
    "╶": "0100",
    "╵": "0010",
    "╷": "0001",
    "╸": "2000",
    "╺": "0200",
    "╹": "0020",
    "╻": "0002",
    "╼": "1200",
    "╾": "2100",
}
"""Weight of the line to the left, to the right, up and down."""

BOXES = {sign: tuple(map(int, arms)) for signs, arms in ARMS.items() for sign in signs}

QUARTERS = {
    "▘": "0",
    "▝": "1",
    "▖": "2",
    "▗": "3",
    "▀": "01",
    "▄": "23",
    "▌": "02",
    "▐": "13",
    "▚": "03",
    "▞": "12",
    "▙": "023",
    "▟": "123",
    "▛": "012",
    "▜": "013",
}
"""Which quarters of the cell are filled: upper left and right, lower left and right."""

DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each bit of a braille sign."""

SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}


class Painter:
    """Paints rows of segments; loads its fonts once."""

    def __init__(self) -> None:
        self._regular = ImageFont.truetype("DejaVuSansMono.ttf", SIZE)
        self._bold = ImageFont.truetype("DejaVuSansMono-Bold.ttf", SIZE)

    def image(self, rows: Sequence[Iterable[Segment]], columns: int) -> Image.Image:
        """The whole screen."""
        image = Image.new("RGB", (columns * WIDTH, len(rows) * HEIGHT), GROUND)
        draw = ImageDraw.Draw(image)
        for y, row in enumerate(rows):
            x = 0
            for segment in row:
                ink, ground, bold, underline = _look(segment.style or Style.null())
                for sign in segment.text:
                    cells = cell_len(sign)
                    if not cells:
                        continue
                    left, top = x * WIDTH, y * HEIGHT
                    box = (left, top, left + cells * WIDTH - 1, top + HEIGHT - 1)
                    draw.rectangle(box, fill=ground)
                    self._sign(draw, sign, box, ink, ground, bold)
                    if underline:
                        draw.line((box[0], box[3] - 1, box[2], box[3] - 1), fill=ink)
                    x += cells
        return image

    def badge(self, image: Image.Image, words: str, box: Box) -> None:
        """Words in a box of their own, over whatever is there."""
        draw = ImageDraw.Draw(image)
        draw.rounded_rectangle(box, radius=8, fill=INK)
        left, top, right, bottom = box
        middle = ((left + right) / 2, (top + bottom) / 2)
        draw.text(middle, words, font=self._bold, fill=GROUND, anchor="mm")

    def _sign(
        self,
        draw: ImageDraw.ImageDraw,
        sign: str,
        box: Box,
        ink: Colour,
        ground: Colour,
        bold: bool,
    ) -> None:
        left, top, right, bottom = box
        code = ord(sign)
        if sign == " ":
            return
        if 0x2800 <= code <= 0x28FF:
            for bit, (column, row) in enumerate(DOTS):
                if (code - 0x2800) >> bit & 1:
                    x, y = left + 1 + 5 * column, top + 1 + 5 * row
                    draw.ellipse((x, y, x + 2, y + 2), fill=ink)
        elif 0x2581 <= code <= 0x2588:
            draw.rectangle((left, bottom + 1 - _part(HEIGHT, code - 0x2580), right, bottom), ink)
        elif 0x2589 <= code <= 0x258F and sign not in QUARTERS:
            draw.rectangle((left, top, left - 1 + _part(WIDTH, 0x2590 - code), bottom), ink)
        elif sign in QUARTERS:
            _quarters(draw, QUARTERS[sign], box, ink)
        elif sign in SHADES:
            draw.rectangle(box, _mixed(ink, ground, SHADES[sign]))
        elif sign in BOXES:
            _lines(draw, BOXES[sign], box, ink)
        else:
            draw.text((left, top + 1), sign, font=self._bold if bold else self._regular, fill=ink)


def in_colours(image: Image.Image, most: int) -> Image.Image:
    """The picture in so many colours: half of them exact, the grounds and inks that it has most
    of; half of them near to all others, so that those of a few pixels are seen, too."""
    found = sorted(image.getcolors(image.width * image.height) or [], reverse=True)
    near = image.quantize(most - most // 2, method=Image.Quantize.MAXCOVERAGE)
    palette = Image.new("P", (1, 1))
    exact = [part for _, colour in found[: most // 2] for part in cast(Colour, colour)]
    palette.putpalette([*exact, *(near.getpalette() or [])[: 3 * (most - most // 2)]])
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def _look(style: Style) -> tuple[Colour, Colour, bool, bool]:
    """(ink, ground, bold, underline) of a style."""
    ink, ground = _colour(style.color, INK), _colour(style.bgcolor, GROUND)
    if style.reverse:
        ink, ground = ground, ink
    if style.dim:
        ink = _mixed(ink, ground, 0.6)
    return ink, ground, bool(style.bold), bool(style.underline)


def _colour(colour: Color | None, default: Colour) -> Colour:
    if colour is None or colour.is_default:
        return default
    red, green, blue = colour.get_truecolor()
    return red, green, blue


def _mixed(ink: Colour, ground: Colour, share: float) -> Colour:
    red, green, blue = (round(g + (i - g) * share) for i, g in zip(ink, ground, strict=True))
    return red, green, blue


def _part(whole: int, eighths: int) -> int:
    return round(whole * eighths / 8)


def _quarters(draw: ImageDraw.ImageDraw, filled: str, box: Box, ink: Colour) -> None:
    left, top, right, bottom = box
    x, y = (left + right) // 2, (top + bottom) // 2
    for quarter in map(int, filled):
        across = (x + 1, right) if quarter % 2 else (left, x)
        down = (y + 1, bottom) if quarter > 1 else (top, y)
        draw.rectangle((across[0], down[0], across[1], down[1]), fill=ink)


def _lines(draw: ImageDraw.ImageDraw, arms: Sequence[int], box: Box, ink: Colour) -> None:
    """Lines from the middle of the cell to its edges."""
    left, top, right, bottom = box
    x, y = (left + right) // 2, (top + bottom) // 2
    ends = ((left, y, x, y), (x, y, right, y), (x, top, x, y), (x, y, x, bottom))
    for weight, (x1, y1, x2, y2) in zip(arms, ends, strict=True):
        flat = y1 == y2
        for aside in {NONE: (), LIGHT: (0,), HEAVY: (-1, 0, 1), DOUBLE: (-2, 2)}[weight]:
            dx, dy = (0, aside) if flat else (aside, 0)
            draw.line((x1 + dx, y1 + dy, x2 + dx, y2 + dy), fill=ink)
