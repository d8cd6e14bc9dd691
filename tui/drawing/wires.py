"""Lines made of characters: which glyph a cell shows when wires and frames meet in it.

May import: the standard library only.   Imported by: drawing.backdrop, drawing.graph.

A cell is a number with one digit to base three for each arm (left, right, up, down): 0 is no
arm, 1 a light one, 2 a heavy one. Unicode has a box-drawing character for every one of the 81.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

Point = tuple[int, int]

Window = tuple[int, int, int, int]
"""Left, top, right, bottom; the last two are the first cells outside."""

ANYWHERE: Window = (-sys.maxsize, -sys.maxsize, sys.maxsize, sys.maxsize)

LEFT, RIGHT, UP, DOWN = 1, 3, 9, 27
LIGHT, HEAVY = 1, 2
ARMS = (LEFT, RIGHT, UP, DOWN)

# Row by row: down and up arms; within a row: right and left arms, left counting fastest.
GLYPHS = " ╴╸╶─╾╺╼━╵┘┙└┴┵┕┶┷╹┚┛┖┸┹┗┺┻╷┐┑┌┬┭┍┮┯│┤┥├┼┽┝┾┿╿┦┩┞╀╃┡╄╇╻┒┓┎┰┱┏┲┳╽┧┪┟╁╅┢╆╈┃┨┫┠╂╉┣╊╋"
ROUND = {"┌": "╭", "┐": "╮", "└": "╰", "┘": "╯"}
# Four light arms of one wire are a junction, not a crossing of two wires.
JUNCTION = "•"
CROSSING = LIGHT * (LEFT + RIGHT + UP + DOWN)


def weight(cell: int, arm: int) -> int:
    return cell // arm % 3


@cache
def joined(cell: int, other: int) -> int:
    """Both sets of arms in one cell; where both have an arm, the heavier one."""
    if not cell or not other:
        return cell or other
    return sum(arm * max(weight(cell, arm), weight(other, arm)) for arm in ARMS)


def glyph(cell: int) -> str:
    return ROUND.get(GLYPHS[cell], GLYPHS[cell])


def ascii_glyph(cell: int) -> str:
    """The same with + - | and, for anything heavy, # and =."""
    heavy = any(weight(cell, arm) == HEAVY for arm in ARMS)
    # Only the heavy arms say which way a heavy wire goes.
    arms = {arm for arm in ARMS if weight(cell, arm) >= (HEAVY if heavy else LIGHT)}
    if not arms:
        return " "
    if arms <= {LEFT, RIGHT}:
        return "=" if heavy else "-"
    if arms <= {UP, DOWN}:
        return "#" if heavy else "|"
    return "#" if heavy else "+"


def along(
    corners: Sequence[Point], weight: int, window: Window = ANYWHERE
) -> Iterator[tuple[Point, int]]:
    """Every cell of a wire with its arms; both ends reach out of their cells, to the boxes.

    Of a wire that is longer than the window, only the cells in it are visited.
    """
    left, top, right, bottom = window
    cells: dict[Point, int] = {}

    def add(x: int, y: int, arms: int) -> None:
        if left <= x < right and top <= y < bottom:
            cells[x, y] = joined(cells.get((x, y), 0), arms * weight)

    add(*corners[0], LEFT)
    for (x, y), (to_x, to_y) in pairwise(corners):
        if y == to_y:
            low, high = sorted((x, to_x))
            for at in range(max(low, left), min(high + 1, right)):
                add(at, y, LEFT * (at > low) + RIGHT * (at < high))
        else:
            low, high = sorted((y, to_y))
            for at in range(max(low, top), min(high + 1, bottom)):
                add(x, at, UP * (at > low) + DOWN * (at < high))
    add(*corners[-1], RIGHT)
    yield from cells.items()
