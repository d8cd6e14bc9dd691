"""Rows of styled text: fitted to a width, and wrapped where they are longer.

May import: tui.models, tui.numbers, rich.cells.   Imported by: the other modules of drawing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

from tui.models.text import Row, Span, Style
from tui.numbers import is_loud

_WORD = re.compile(r"\s*(?:[·+=] )?\S+|\s+")


def width_of(row: Iterable[Span]) -> int:
    """How many cells the spans take."""
    return sum(cell_len(text) for text, _ in row)


def fitted(row: Iterable[Span], width: int, fill: Style = "text") -> Row:
    """The row padded to `width` cells, or cut there with an ellipsis."""
    row = tuple(span for span in row if span[0])
    missing = width - width_of(row)
    if missing >= 0:
        return (*row, (" " * missing, fill)) if missing else row
    spans: list[Span] = []
    room = width - 1
    for text, style in row:
        if (cells := cell_len(text)) > room:
            spans.append((set_cell_size(text, max(0, room)) + "…" * (width > 0), style))
            break
        spans.append((text, style))
        room -= cells
    return tuple(spans)


def blank(width: int) -> Row:
    """An empty row."""
    return ((" " * width, "text"),)


def filled(rows: list[Row], width: int, height: int) -> list[Row]:
    """Exactly `height` rows of `width` cells."""
    shown = [fitted(row, width) for row in rows[:height]]
    return shown + [blank(width)] * (height - len(shown))


def centred(rows: Iterable[Row], width: int, height: int, most: int = 64) -> list[Row]:
    """Words in the middle of `height` rows of `width` cells, with a blank row between rows.

    They are broken into lines of at most `most` cells, all starting in the same column.
    """
    lines = [line for row in rows for line in (*wrapped(row, min(width, most), 0), ())]
    lines = lines[:-1][:height]
    block = max(map(width_of, lines), default=0)
    pad: Span = (" " * ((width - block) // 2), "text")
    above: list[Row] = [()] * ((height - len(lines)) // 2)
    return filled([*above, *((pad, *line) for line in lines)], width, height)


def wrapped(row: Iterable[Span], width: int, indent: int = 2) -> list[Row]:
    """The row broken at spaces into rows of at most `width` cells; later ones are indented.

    A factor is not parted from its operator where that can be helped: breaks come before ``·``,
    ``+`` and ``=`` rather than after them. A single word that is longer than a row is broken too,
    so nothing is ever lost.
    """
    if width <= indent + 4:
        return [tuple(row)]
    rows: list[list[Span]] = [[]]
    room = width
    for word, style in _words(row):
        cells = cell_len(word)
        if cells > room and rows[-1]:
            rows.append([(" " * indent, "text")])
            room = width - indent
            word = word.lstrip()
            cells = cell_len(word)
        while cells > room:
            head = _head(word, room)
            rows[-1].append((head, style))
            word = word[len(head) :]
            cells = cell_len(word)
            rows.append([(" " * indent, "text")])
            room = width - indent
        rows[-1].append((word, style))
        room -= cells
    return [tuple(r) for r in rows]


def _head(word: str, room: int) -> str:
    """As many characters of a word as fit into `room` cells, but at least one."""
    end = 1
    while end < len(word) and cell_len(word[: end + 1]) <= room:
        end += 1
    return word[:end]


def padded(text: str, cells: int, *, right: bool = False) -> str:
    """The text filled with blanks to a number of cells, which wide characters take two of."""
    gap = " " * max(0, cells - cell_len(text))
    return gap + text if right else text + gap


def at_right(text: str, style: Style, cells: int) -> Row:
    """The text at the right end of so many cells; only itself is styled, as a nan is reversed.

    A number that is none must not be overlooked, whatever its style would be.
    """
    ground = " current" * ("current" in style)
    ink = f"bad{ground}" if is_loud(text) else style
    return ((" " * max(0, cells - cell_len(text)), f"text{ground}"), (text, ink))


def _words(row: Iterable[Span]) -> Iterable[Span]:
    """Words with the space before them; an operator stays with the word that follows it."""
    for text, style in row:
        # Three spaces set a note apart; a note stays in one piece.
        for word in [text] if text.startswith("   ") else _WORD.findall(text):
            yield word, style
