"""Where the cursor is in the run.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Phase


@dataclass(frozen=True)
class Mark:
    """A place on the timeline's bar."""

    fraction: float
    kind: Literal["bookmark", "fork"]


@dataclass(frozen=True)
class TimelineView:
    """Where the cursor is in the run, in the epoch and in the iteration."""

    address: str
    phase: Phase
    place: str
    """``epoch 2/50 · iteration 3/5 · event 17/23``"""
    fraction: float
    """Of the whole run, from 0 to 1."""
    percent: str
    event: int
    phases: tuple[Phase, ...]
    """The phase of every event of an iteration."""
    losses: tuple[float, ...]
    """The loss along the run, evenly spaced, as far as it is recorded."""
    recorded: float
    """How much of the run is recorded, from 0 to 1."""
    busy: str = ""
    """What is going on in the background, with how to stop it."""
    timeline: str = ""
    """What this timeline is called, where there are others."""
    marks: tuple[Mark, ...] = ()
