"""What a node affects, or is affected by.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.models.text import Row, Style


@dataclass(frozen=True)
class InfluenceRow:
    """One node that moves with the node asked about, or that moves it."""

    name: str
    value: str
    derivative: str
    derivative_style: Style
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
