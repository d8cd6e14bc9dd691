"""What goes on while the reader looks: a command that takes long, loading, recording ahead.

All of it goes on in slices on the event loop, never on a thread, and gives way to a key.
May import: engine's public face, console, numbers.   Imported by: the debugger's screen, plotting.
"""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import GradstepError
from tui.console import SLICE_SECONDS, Answer, Steps
from tui.loading import load_the_rest
from tui.numbers import percent

if TYPE_CHECKING:
    from engine import Position
    from tui.screens.debugger import DebuggerScreen

RECORD_AHEAD_SECONDS = 2.0
"""How much work is spent, on a timeline that is new here, on recording it ahead of the cursor."""

DIRECT_SECONDS = 0.03
"""A command that takes longer shows its progress and can be stopped."""

PROGRESS_SECONDS = 0.1
"""How often progress is shown."""

KEY_SECONDS = 0.012
"""How long after a key nothing else is done: by then what it has changed is on the screen."""

DOING = {
    "continue": "searching",
    "reverse": "searching",
    "last": "searching",
    "when": "searching",
    "never": "searching",
    "compare": "comparing",
    "load": "opening",
}
"""What a command is about that takes long; all others run the training on."""


@dataclass
class Busy:
    """A command that is going on."""

    line: str
    steps: Steps
    before: Position
    """Where the cursor was when it began."""
    done: int
    """How many iterations were recorded then."""


class Working:
    """The work of one screen beside showing things."""

    def __init__(self, host: DebuggerScreen) -> None:
        self._host = host
        self._busy: Busy | None = None
        self._attended = 0.0

    @property
    def on(self) -> bool:
        """Whether a command is going on that takes long."""
        return self._busy is not None

    def attend(self) -> None:
        """The reader has done something: that comes first."""
        self._attended = time.perf_counter()

    async def give_way(self) -> None:
        """Let all that waits go first, and what a key has changed be painted."""
        await asyncio.sleep(0.001)
        while time.perf_counter() - self._attended < KEY_SECONDS:
            await asyncio.sleep(0.001)

    # --- a command -----------------------------------------------------------------------------

    def begin(self, line: str, steps: Steps, before: Position) -> None:
        """Carry out a command: to its end where that is near, or else in the background."""
        host = self._host
        started = time.perf_counter()
        done = host.debugger.run.done
        try:
            while time.perf_counter() - started < DIRECT_SECONDS:
                next(steps)
        except StopIteration as end:
            host.finish(line, end.value, before)
            return
        self._busy = Busy(line, steps, before, done)
        host.run_worker(self._carry_on, group="command", exclusive=True)

    async def _carry_on(self) -> None:
        """Go on with the command that takes long, as long as it is the one that is wanted."""
        host, busy = self._host, self._busy
        shown = time.perf_counter() - PROGRESS_SECONDS
        while busy is not None and busy is self._busy:
            try:
                share = next(busy.steps)
            except StopIteration as end:
                self._busy = None
                answer: Answer = end.value
                host.finish(busy.line, answer, busy.before)
                return
            except GradstepError as error:
                self._busy = None
                host.problem(error)
                return
            if (now := time.perf_counter()) - shown >= PROGRESS_SECONDS:
                shown = now
                self._show_progress(busy, share)
            await self.give_way()

    def _show_progress(self, busy: Busy, share: float) -> None:
        host = self._host
        found = host.table.find(busy.line)
        doing = DOING.get(found[0].name if found else "", "running")
        done = host.debugger.run.done
        where = f" · iteration {done:,}" if done > busy.done else ""
        host.say(f"{doing} … {percent(share)}{where} · ctrl+c stops")

    def drop(self) -> bool:
        """Drop the command that is going on; whether there was one."""
        busy, self._busy = self._busy, None
        if busy is not None:
            busy.steps.close()
        return busy is not None

    # --- loading -------------------------------------------------------------------------------

    def load_the_rest(self) -> None:
        """Load what the first frame did without, in the reader's pauses."""
        self._host.run_worker(self._load_the_rest, group="load")

    async def _load_the_rest(self) -> None:
        for _ in load_the_rest():
            await self.give_way()
        # What is alive now stays alive: without this, a full collection in the middle of a key
        # press costs 40 to 120 ms. (To collect before would cost 40, and find next to nothing.)
        gc.freeze()
        gc.enable()

    # --- recording -----------------------------------------------------------------------------

    def record_ahead(self) -> None:
        """Record the timeline that is looked at, for a while; a command has precedence."""
        self._host.run_worker(
            self._record_ahead, group="record", exclusive=True, exit_on_error=False
        )

    async def _record_ahead(self) -> None:
        host = self._host
        run = host.debugger.run
        spent, shown = 0.0, time.perf_counter()
        while spent < RECORD_AHEAD_SECONDS and run is host.debugger.run:
            started = time.perf_counter()
            if self._busy is None:
                try:
                    done = run.advance(run.calendar.steps, SLICE_SECONDS)
                except GradstepError:
                    return  # going ahead on its own is no reason to interrupt the reader
                spent += time.perf_counter() - started
                if done or started - shown > PROGRESS_SECONDS:
                    shown = started
                    host.say_again()
                if done:
                    return
            await self.give_way()
