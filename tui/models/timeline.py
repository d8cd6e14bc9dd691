"""Where the cursor is: in the run, in its epoch, in its iteration.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Phase

LevelName = Literal["run", "epoch", "iteration"]

MarkKind = Literal["stop", "stop off", "bookmark", "fork", "spike", "not finite"]


@dataclass(frozen=True)
class Mark:
    """A place on the timeline's bar."""

    at: int
    """The event, by its ordinal in the run."""
    kind: MarkKind


@dataclass(frozen=True)
class Level:
    """A part of the run as a bar: all of it, one epoch, or one iteration."""

    name: LevelName
    label: str
    """What part it is: ``run``, ``e3``, ``e3.i2``."""
    widest: int
    """Cells of the longest such label, so that the bar does not move when the part changes."""
    about: str
    """What there is in it: ``run · 40 epochs · 200 iterations · 4,600 events``."""
    first: int
    """The ordinal of its first event."""
    length: int
    """How many events it has."""
    unit: int
    """How many of them belong together: those of an iteration; here 1 for the events themselves."""
    group: int
    """How many events there are from one label of its axis to the next."""
    prefix: str
    """What stands before the number of a label."""
    losses: tuple[float, ...] = ()
    """The loss along it, evenly spaced, as far as it is recorded; none of one iteration."""
    known: float = 1.0
    """How much of it is recorded, from 0 to 1."""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class TimelineView:
    """Where the cursor is in the run, in the epoch and in the iteration."""

    address: str
    phase: Phase
    place: str
    """``epoch 2/50 · iteration 3/5 · event 17/23``"""
    percent: str
    at: int
    """The cursor's event, by its ordinal in the run."""
    event: int
    """The same, counted from 1 in its iteration."""
    phases: tuple[Phase, ...]
    """The phase of every event of an iteration."""
    levels: tuple[Level, ...]
    """The run, its epoch, its iteration."""
    busy: str = ""
    """What is going on in the background, with how to stop it."""
    timeline: str = ""
    """What this timeline is called, where there are others."""
    playing: str = ""
    """How fast it plays by itself: ``4 events/s``."""
