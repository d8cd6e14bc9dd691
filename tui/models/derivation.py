"""One gradient by the chain rule, written out.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.models.text import Row


@dataclass(frozen=True)
class Columns:
    """A table among the rows, for where there is no room for all of its columns."""

    start: int
    """Its first row, the head."""
    cells: tuple[tuple[str, ...], ...]
    """The cells of each row; none of the line above the sum."""


@dataclass(frozen=True)
class DerivationView:
    """A derivation as lines, the most important first."""

    subject: str
    """``∂loss/∂w1``"""
    level: str
    """``by formulas`` or ``by single ops``"""
    rows: tuple[Row, ...]
    tables: tuple[Columns, ...] = ()
    """The tables among them."""
    of: str = ""
    """What is derived, where that is not the loss: ``h[3]``."""
    index: tuple[int, ...] = ()
    """Of one number of an array where it stands."""
    shape: tuple[int, ...] = ()
    """Of the node whose gradient it is."""
    sample_axis: int | None = None
    """Which axis of the node counts samples."""
