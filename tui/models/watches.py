"""Watched expressions and breakpoints at one event.

May import: models.choice, models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.models.choice import Choice
from tui.models.text import Style


@dataclass(frozen=True)
class WatchRow:
    """One watched expression: what it says here and how that came to change."""

    text: str
    stops: bool
    """Whether a run stops where it changes; else it is only shown."""
    value: str
    value_style: Style
    shape: str
    """Of an array, whose `value` is its norm; also while that is not computed."""
    before: str
    """What it said one iteration before."""
    change: str
    """What it has become since."""
    change_style: Style
    trend: tuple[float, ...]
    changed: str
    """Where it changed last: ``here``, ``.20`` of this iteration, ``e2.i3.20``; or unknown."""
    fresh: bool
    """Whether this event has changed it."""
    choice: Choice


@dataclass(frozen=True)
class StopRow:
    """One breakpoint."""

    text: str
    on: bool
    hits: str
    """``3 hits``, and what else there is to say."""
    here: bool
    """Whether it hits at this event."""
    choice: Choice


@dataclass(frozen=True)
class WatchesView:
    """What is watched, and below it the breakpoints."""

    watches: tuple[WatchRow, ...]
    stops: tuple[StopRow, ...]
    address: int = len("changed")
    """Cells of the longest address, so that no column moves when one becomes longer."""

    key: str = "w"
    """What watches another expression."""

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be done about each row, in the order in which they stand."""
        return tuple(row.choice for row in (*self.watches, *self.stops))
