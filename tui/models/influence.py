"""What a node affects, or is affected by.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Row, Style


@dataclass(frozen=True)
class InfluenceRow:
    """One node that moves with the node asked about, or that moves it."""

    name: str
    value: str
    derivative: str
    derivative_style: Style
    predicted: str = ""
    """What a nudge does by the derivative; of effects alone, as is the next."""
    change: str = ""
    """What it really does."""
    change_style: Style = "text"
    is_loss: bool = False


@dataclass(frozen=True)
class InfluenceView:
    """What a node affects, or what it is affected by, and how much."""

    heading: Row
    notes: tuple[Row, ...]
    """Which entry moves, which sample is shown, what is not computed yet."""
    symbol: str
    """``∂node/∂w1``"""
    rows: tuple[InfluenceRow, ...]
    entries: int
    """Entries of the node asked about that can be chosen; 1 for a single number."""
    nodes: frozenset[int] = frozenset()
    """The node asked about and all that it affects, or is affected by; ids as on the graph."""
    size: str = ""
    """The nudge, ``0.01``; of effects alone."""


Verdict = Literal["", "found", "missed", "wrong"]


@dataclass(frozen=True)
class ExerciseRow:
    """A node that may be affected: whether the reader says so, and once revealed who was right."""

    name: str
    marked: bool
    verdict: Verdict = ""


@dataclass(frozen=True)
class ExerciseView:
    """The question what a node affects, or is affected by, as an exercise."""

    heading: Row
    rows: tuple[ExerciseRow, ...]
    score: str = ""
    """What came of it; empty until it is revealed."""
