"""Lines made of characters: which glyph a cell shows when wires and frames meet in it.

May import: the standard library only.   Imported by: drawing.backdrop, drawing.graph.

A cell is a number with one digit to base three for each arm (left, right, up, down): 0 is no
arm, 1 a light one, 2 a heavy one. Unicode has a box-drawing character for every one of the 81.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

Point = tuple[int, int]

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


def along(corners: Sequence[Point], weight: int) -> Iterator[tuple[Point, int]]:
    """Every cell of a wire with its arms; both ends reach out of their cells, to the boxes."""
    cells: dict[Point, int] = {}

    def add(point: Point, arm: int) -> None:
        cells[point] = joined(cells.get(point, 0), arm * weight)

    add(corners[0], LEFT)
    for (x, y), (to_x, to_y) in pairwise(corners):
        step_x, step_y = (to_x > x) - (to_x < x), (to_y > y) - (to_y < y)
        ahead = RIGHT if step_x > 0 else LEFT if step_x < 0 else DOWN if step_y > 0 else UP
        behind = {LEFT: RIGHT, RIGHT: LEFT, UP: DOWN, DOWN: UP}[ahead]
        while (x, y) != (to_x, to_y):
            add((x, y), ahead)
            x, y = x + step_x, y + step_y
            add((x, y), behind)
    add(corners[-1], RIGHT)
    yield from cells.items()
