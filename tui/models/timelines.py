"""The tree of timelines at one event.

May import: models.choice, models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.models.choice import Choice
from tui.models.text import Style


@dataclass(frozen=True)
class TimelineRow:
    """One timeline: where it comes from, and how it went on."""

    branch: str
    """What the tree has before its name: ``│ └─ ``."""
    name: str
    edit: str
    """``w1 = 5``; of the first one nothing."""
    at: str
    """The event after which it was edited."""
    loss: str
    """In the cursor's iteration."""
    loss_style: Style
    final: str
    """In the last iteration of the run."""
    final_style: Style
    recorded: str
    """How much of the run is recorded, in percent."""
    current: bool
    start: float
    """The part of the run from which on it is on its own, from 0 to 1."""
    end: float
    """The part up to which it is recorded."""
    losses: tuple[float, ...]
    """The loss between these, evenly spaced."""
    choice: Choice


@dataclass(frozen=True)
class TimelinesView:
    """Every timeline, each below the one that it forked from."""

    rows: tuple[TimelineRow, ...]
    cursor: float
    """Where in the run the cursor is, from 0 to 1."""
    key: str = "x"
    """What changes a value here."""

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be done about each row."""
        return tuple(row.choice for row in self.rows)
