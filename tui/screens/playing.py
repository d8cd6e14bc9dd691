"""Playing: one event after another, at a pace that the reader chooses.

May import: textual.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.timer import Timer

if TYPE_CHECKING:
    from tui.screens.debugger import DebuggerScreen

SLOWEST, FASTEST = 0.5, 64.0
"""Events a second."""


class Playing:
    """Steps for the reader until the end of the run, a stop, or another command."""

    def __init__(self, host: DebuggerScreen) -> None:
        self._host = host
        self._timer: Timer | None = None
        self._rate = 4.0

    @property
    def on(self) -> bool:
        return self._timer is not None

    @property
    def pace(self) -> str:
        """How fast it plays; nothing while it does not."""
        return f"{self._rate:g} events/s" if self.on else ""

    def toggle(self) -> None:
        if self.on:
            self.pause()
            self._host.say("paused")
        else:
            self._begin()

    def change(self, factor: float) -> None:
        """Play so many times as fast from now on."""
        self._rate = min(FASTEST, max(SLOWEST, self._rate * factor))
        if self.on:
            self.pause()
            self._begin()
        else:
            self._host.say(f"speed: {self._rate:g} events a second")

    def pause(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._host.show_timeline()

    def _begin(self) -> None:
        self._timer = self._host.set_interval(1 / self._rate, self._step)
        self._host.say("")

    def _step(self) -> None:
        host = self._host
        move = host.debugger.target("event", 1)
        if host.is_busy:
            return  # the iteration that it leads to is still being recorded
        if move.moved:
            host.execute("step")
        else:
            self.pause()
            host.say(move.note)
