"""Pointing at places of the timeline: while more is on its way, only the last of it is gone to.

May import: engine's public face.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import Move

if TYPE_CHECKING:
    from tui.screens.debugger import DebuggerScreen


class Seeking:
    """The way along the bars of one screen."""

    def __init__(self, host: DebuggerScreen) -> None:
        self._host = host
        self._wanted: int | None = None
        """The event that the reader points at, until it is gone to."""

    def point(self, ordinal: int, *, begins: bool) -> None:
        """To an event; where the pointing `begins`, `back` leads to from there."""
        host = self._host
        if begins:
            here = host.debugger.position
            host.debugger.visits.jump(here, here)
        if self._wanted is None:
            host.call_later(self._go)
        self._wanted = ordinal

    def _go(self) -> None:
        host, ordinal = self._host, self._wanted
        self._wanted = None
        if ordinal is None:
            return
        move = Move(ordinal, ordinal != host.debugger.at)
        host.attempt(lambda: host.begin("goto", lambda: host.interpreter.moved(move)))
