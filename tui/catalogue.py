"""The catalogue of views: what can be looked at, by which key, and where on the screen it lives.

The screen has a few slots; a slot shows one of its views at a time, the first of them when the
program opens. Arrangement, panels, builders and commands all follow this table.
May import: the standard library.   Imported by: commands, drawing, views, widgets, screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Slot = Literal["program", "stage", "about", "state", "plots", "lesson", "bar"]


@dataclass(frozen=True)
class Kind:
    """One kind of view."""

    name: str
    slot: Slot
    key: str
    """What goes to it, as a key is called; nothing where it has none."""
    help: str


CATALOGUE = (
    Kind("listing", "program", "1", "the program, line by line"),
    Kind("graph", "stage", "2", "the computation graph"),
    Kind("neurons", "stage", "6", "layers of units with weighted edges"),
    Kind("tensor", "stage", "7", "any array as a table"),
    Kind("inspector", "about", "3", "what this event does, or a chosen node"),
    Kind("derivation", "about", "X", "the chain rule of a gradient, written out"),
    Kind("parameters", "state", "4", "every parameter with its gradient"),
    Kind("watches", "state", "8", "watched expressions, and breakpoints"),
    Kind("timelines", "state", "9", "the tree of timelines"),
    Kind("plots", "plots", "5", "loss, parameters, fit, boundary, surface and more"),
    Kind("code", "stage", "V", "the run as a NumPy or a PyTorch script"),
    Kind("lesson", "lesson", "", "what the lesson says, and its questions"),
    Kind("timeline", "bar", "0", "where the cursor is in the run"),
)

BY_NAME = {kind.name: kind for kind in CATALOGUE}

SLOTS: tuple[Slot, ...] = ("program", "stage", "about", "state", "plots", "lesson")
"""The slots of the panels; the bar of the timeline is always there."""


def views_of(slot: Slot) -> tuple[Kind, ...]:
    """The views that live in a slot, the one that is shown at first in front."""
    return tuple(kind for kind in CATALOGUE if kind.slot == slot)
