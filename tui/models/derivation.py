"""One gradient by the chain rule, written out.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.models.text import Row


@dataclass(frozen=True)
class DerivationView:
    """A derivation as lines, the most important first."""

    subject: str
    """``∂loss/∂w1``"""
    level: str
    """``by formulas`` or ``by single ops``"""
    rows: tuple[Row, ...]
    tables: tuple[tuple[int, int], ...] = ()
    """(first row, row after the last) of the tables among them: columns two blanks apart."""
    of: str = ""
    """What is derived, where that is not the loss: ``h[3]``."""
