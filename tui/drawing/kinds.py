"""How data, constants, parameters, ops and the loss are told apart: by walls and by colour.

May import: tui.models, drawing.words.   Imported by: drawing.backdrop.

Round corners are computed, square ones given. Data come in through a double wall at the left, the
loss ends at one at the right, and the walls of a constant are broken.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.drawing.words import Glyphs
from tui.models.graph import NodeKind
from tui.models.text import Style


@dataclass(frozen=True)
class Walls:
    """An idle frame: corners from the top left on, clockwise, and the sides."""

    corners: str
    left: str = "│"
    right: str = "│"


WALLS: dict[Glyphs, dict[NodeKind, Walls]] = {
    "braille": {
        "data": Walls("╓┐┘╙", left="║"),
        "constant": Walls("┌┐┘└", left="┆", right="┆"),
        "parameter": Walls("┌┐┘└"),
        "op": Walls("╭╮╯╰"),
        "loss": Walls("╭╖╜╰", right="║"),
    },
    "ascii": {
        "data": Walls("++++", left="[", right="|"),
        "constant": Walls("++++", left=":", right=":"),
        "parameter": Walls("++++", left="|", right="|"),
        "op": Walls("..''", left="|", right="|"),
        "loss": Walls(".++'", left="|", right="]"),
    },
}

CHIPS: dict[Glyphs, dict[NodeKind, str]] = {
    "braille": {"data": "║│", "constant": "┆┆", "parameter": "││", "op": "()", "loss": "(║"},
    "ascii": {"data": "[|", "constant": "::", "parameter": "||", "op": "()", "loss": "(]"},
}
"""Both sides of a box of one row, which has no corners."""

TITLES: dict[NodeKind, Style] = {
    "data": "batch",
    "constant": "dim",
    "parameter": "update",
    "op": "title",
    "loss": "title bold",
}
"""Data have the colour of the event that loads them, parameters that of their update."""
