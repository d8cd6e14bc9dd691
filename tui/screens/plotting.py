"""What the screen does about plots: which one, which part of it, and computing them in slices.

May import: engine's public face, tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from engine import GradstepError
from tui.console import SLICE_SECONDS
from tui.drawing.frames import inner_size

if TYPE_CHECKING:
    from tui.screens.debugger import DebuggerScreen
    from tui.widgets.plots import PlotsPanel

SHOWN_SECONDS = 0.1
"""How often a plot that is being computed is shown anew."""


class Plotting:
    """The plots of one screen."""

    def __init__(self, host: DebuggerScreen) -> None:
        self._host = host
        self._going_on = False

    # --- looking -------------------------------------------------------------------------------

    def turn(self, by: int) -> None:
        """To the next plot that makes sense, or to the one before."""
        from tui.views.plots import next_plot

        host = self._host
        plots = next_plot(host.views.scene(host.look), by)
        host.look = replace(host.look, plots=plots)
        host.bring("plots")

    def ask(self, text: str) -> None:
        """The plot that was typed. Raises `GradstepError`."""
        from tui.views.plots import asked_for

        host = self._host
        plots = asked_for(host.views.scene(host.look), text)
        host.look = replace(host.look, plots=plots)
        host.bring("plots")

    def window(self, message: PlotsPanel.WindowChosen) -> None:
        """Another part of a plot."""
        from tui.views.look import Window

        host = self._host
        cursor = float(host.debugger.calendar.step(host.debugger.at) + 1)
        window = Window(message.x, message.y, cursor)
        plots = host.look.plots.with_window(message.plot, window)
        host.look = replace(host.look, plots=plots)
        host.derive()

    def scale(self, message: PlotsPanel.ScaleChosen) -> None:
        """Logarithmic, or linear."""
        host = self._host
        plots = host.look.plots.with_log(message.plot, message.log)
        host.look = replace(host.look, plots=plots)
        host.derive()

    def measure(self) -> None:
        """Take in how many plots there is room for."""
        host = self._host
        beside = host.is_seen("plots") and self._room() > 1
        if beside != host.look.plots.beside:
            host.look = replace(host.look, plots=replace(host.look.plots, beside=beside))

    def _room(self) -> int:
        from tui.drawing.plots import side_by_side

        panel = self._host.panel("plots")
        width = panel.styles.width
        columns, _ = inner_size(panel.frame, int(width.value) if width else 0, 3, panel.PADDING)
        return side_by_side(columns)

    # --- computing -----------------------------------------------------------------------------

    def go_on(self) -> None:
        """Compute what the plots on the screen still need, a slice at a time."""
        if not self._going_on and self._unfinished:
            self._going_on = True
            self._host.run_worker(self._compute, group="plots", exit_on_error=False)

    @property
    def _unfinished(self) -> bool:
        return self._host.is_seen("plots") and not self._host.views.plots.idle

    async def _compute(self) -> None:
        host = self._host
        shown = time.perf_counter()
        try:
            while self._unfinished:
                await host.give_way()
                if host.is_busy:
                    continue  # what the reader waits for comes first
                try:
                    done = host.views.plots.advance(SLICE_SECONDS)
                except GradstepError as error:
                    host.views.plots.clear()
                    host.problem(error)
                    return
                now = time.perf_counter()
                if done or now - shown >= SHOWN_SECONDS:
                    shown = now
                    host.show_plots()
        finally:
            self._going_on = False
