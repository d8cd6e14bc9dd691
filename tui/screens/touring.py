"""The tour on the debugger's screen: what it points at is in sight, and the coach below it.

May import: engine's public face, tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.table import CommandTable
from tui.widgets.coach import CoachPanel

if TYPE_CHECKING:
    from engine import Debugger
    from tui.tour import Tour

LEAST = (40, 12)
"""Columns and rows without which nothing could be shown beside the coach."""

Show = Callable[[str | None], None]
"""Has a view in sight and points at it; None points at nothing."""


class Touring:
    """Leads through the stations of the tour, one of which the coach tells."""

    def __init__(self, coach: CoachPanel, show: Show, commands: CommandTable) -> None:
        self._coach, self._show, self._commands = coach, show, commands
        self._tour: Tour | None = None
        self._before: tuple[int, frozenset[str]] = (0, frozenset())

    @property
    def on(self) -> bool:
        """Whether a tour is going on."""
        return self._tour is not None

    @property
    def panel(self) -> str | None:
        """The view that is spoken of."""
        return self._tour.station.panel if self._tour is not None else None

    def rows(self, width: int, height: int) -> int:
        """How many rows the coach takes of a screen of this size."""
        return min(self._coach.tall(width), height // 3) if self.on else 0

    def begin(self, debugger: Debugger) -> None:
        """From the first station."""
        from tui.tour import Tour

        self._before = (len(debugger.stops), frozenset(t.name for t in debugger.timelines))
        self._turn(Tour())

    def did(self, command: str, phase: str) -> bool:
        """A command was carried out; whether that was the end of the tour."""
        if self._tour is None:
            return False
        following = self._tour.did(command, phase)
        if following is not self._tour:
            self._turn(following)
        return following is None

    def go_on(self) -> bool:
        """To the next station without having done anything; whether that was the end."""
        self._turn(self._tour.on() if self._tour is not None else None)
        return not self.on

    def end(self, debugger: Debugger) -> str:
        """No more of it; what it has left, in words."""
        from tui.tour import left_behind

        if self.on:
            self._turn(None)
        stops, known = self._before
        forks = tuple(t.name for t in debugger.timelines if t.name not in known)
        return left_behind(max(0, len(debugger.stops) - stops), forks)

    def _turn(self, tour: Tour | None) -> None:
        self._tour = tour
        if tour is not None:
            self._coach.show(tour.view(self._commands))
        self._show(self.panel)
