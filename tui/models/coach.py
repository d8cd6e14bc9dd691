"""What the tour says.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.models.text import Row


@dataclass(frozen=True)
class CoachView:
    """One station of the tour."""

    title: str
    """Where in the tour it is, and of which panel it speaks."""
    text: Row
