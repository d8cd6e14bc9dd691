"""The tour of the program: a table of stations, and how one goes from each to the next.

A station says one thing, points at the panel that shows it, and waits for the reader to do what it
asks. It works on any experiment, and nothing that it asks for is undone afterwards.
May import: models, table.   Imported by: screens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tui.models.coach import CoachView
from tui.models.text import Phase, Row
from tui.table import DEFAULT, CommandTable


@dataclass(frozen=True)
class Station:
    """One thing to be told."""

    panel: str
    """The view that shows it."""
    text: str
    """What is said; ``{step}`` is the key of that command."""
    wants: tuple[str, ...] = ()
    """Commands, one of which leads on; none where it is enough to have read it."""
    phase: Phase | None = None
    """Where the command has to have led."""

    def answered_by(self, command: str, phase: str) -> bool:
        """Whether this command, which led into this phase, is what was asked for."""
        return command in self.wants and self.phase in (None, phase)


STATIONS = (
    Station(
        "listing",
        "This is the program: your formulas, and below them the backward pass and the update. "
        "► marks the line of what has just been done.",
    ),
    Station(
        "listing",
        "One event is one op, one gradient along one edge, or one update. Press {step} to do the "
        "next: what it computed stands at the end of its line.",
        ("step",),
    ),
    Station(
        "graph",
        "The graph has that event's box heavy, and a tip on its wire: ▸ is forward. Press {line} "
        "to go on to where the next line is done.",
        ("line",),
    ),
    Station(
        "inspector",
        "Here the event is told in symbols, with its numbers, and its result. Press {pass} for the "
        "end of this pass, until gradients flow backward: ◂.",
        ("pass",),
        "backward",
    ),
    Station(
        "inspector",
        "The chain rule of that gradient: what came from above times the local derivative. A "
        "capital letter goes back in time: press {step back}.",
        ("step back",),
    ),
    Station(
        "plots",
        "One step of training is an iteration; on the loss the cursor stands at this one. Press "
        "{iteration} for the same event in the next one.",
        ("iteration",),
    ),
    Station(
        "listing",
        "A breakpoint stops where something matters. Press {break} to set one on this line: ● "
        "stands beside its number. Again removes it.",
        ("break", "unstop", "enable", "disable"),
    ),
    Station(
        "timeline",
        "This is the whole run, with where you are in it. Press {continue} to run on to the "
        "next stop; {reverse} would go back to the one before.",
        ("continue", "reverse"),
    ),
    Station(
        "inspector",
        "Where did this number come from? Press {why}: the answer goes back event by event, down "
        "to the data. {follow} closes it.",
        ("why",),
    ),
    Station(
        "parameters",
        "What if? Press {set} and give a value: from here on the run goes another way, on a "
        "timeline of its own. The old one stays as it was.",
        ("set",),
    ),
    Station(
        "timelines",
        "Every what-if is a line in this tree; of two you can ask where they first differ. "
        "Press {command} to type `compare`, `switch main` or `forget`.",
    ),
    Station(
        "timeline",
        "That is all there is to begin with. {help} shows every key, {command} takes any command, "
        "{lessons} lists the lessons. Press {help} now, or stop here.",
        ("help",),
    ),
)


@dataclass(frozen=True)
class Tour:
    """Where the reader is in it."""

    at: int = 0

    @property
    def station(self) -> Station:
        """The one that is told now."""
        return STATIONS[self.at]

    def did(self, command: str, phase: str) -> Tour | None:
        """After a command: the same station, the next, or None at the end."""
        return self.on() if self.station.answered_by(command, phase) else self

    def on(self) -> Tour | None:
        """The next station; None at the end."""
        return replace(self, at=self.at + 1) if self.at + 1 < len(STATIONS) else None

    def view(self, commands: CommandTable = DEFAULT) -> CoachView:
        """What the coach says."""
        place = f"tour {self.at + 1}/{len(STATIONS)}"
        return CoachView(f"{place}: {self.station.panel}", said(self.station.text, commands))


def said(text: str, commands: CommandTable = DEFAULT) -> Row:
    """The text with the keys of its commands in it."""
    parts = re.split(r"\{([^}]*)\}", text)
    return tuple(
        (commands.key_text(part), "key bold") if i % 2 else (part, "text")
        for i, part in enumerate(parts)
        if part
    )


def left_behind(stops: int, timelines: tuple[str, ...]) -> str:
    """What a tour has left in the session, in words: stops set, timelines forked."""
    things = []
    if stops:
        things.append(f"{stops} {'stop' if stops == 1 else 'stops'}")
    if timelines:
        word = "timeline" if len(timelines) == 1 else "timelines"
        things.append(f"{word} {', '.join(timelines)}")
    return f"the tour is over; it left {' and '.join(things)}" if things else "the tour is over"
