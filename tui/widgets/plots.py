"""The panel of plots: zoomed and moved along by keys, wheel and drag.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import (
    Click,
    MouseDown,
    MouseEvent,
    MouseMove,
    MouseScrollDown,
    MouseScrollUp,
    MouseUp,
)

from tui.drawing.frames import inner_offset
from tui.drawing.plots import Spot, bands_shown, draw_plots, panned, places, spot_at, zoomed
from tui.models.plots import PlotsView, PlotView, Stretch
from tui.models.text import Row
from tui.widgets.local import bound
from tui.widgets.panel import Direction, Panel, Said

IN, OUT = 0.5, 2.0
"""How much longer the part of an axis is that is shown."""

STEP, LEAP = 1 / 8, 1 / 2
"""How far along it one goes at once, as a share of what is shown."""

WHEEL = 0.8
"""How much the wheel zooms in at a notch."""

DIRECTIONS: dict[Direction, tuple[int, int]] = {
    "left": (-1, 0),
    "right": (1, 0),
    "up": (0, 1),
    "down": (0, -1),
}


class PlotsPanel(Panel):
    """The plot that is chosen, and where there is room another one beside it."""

    BINDINGS = bound("plots")
    view: PlotsView | None

    @dataclass
    class WindowChosen(Said):
        """The reader wants to see another part of a plot; None is all of it."""

        plot: str
        x: Stretch | None
        y: Stretch | None

    @dataclass
    class ScaleChosen(Said):
        """The reader wants a logarithmic scale, or a linear one."""

        plot: str
        log: bool

    @dataclass
    class IterationChosen(Said):
        """The reader pointed at an iteration, counted from 1 over the whole run."""

        number: int

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._drag: tuple[Spot, int, int] | None = None
        """What the pointer holds: the plot as it was, and where it took hold of it."""
        self._dragged = False

    # --- showing -------------------------------------------------------------------------------

    def heading(self) -> str:
        """What is plotted, and which one of all that is."""
        if self.view is None:
            return self.title
        titles = "   ".join(plot.title for plot, _, _ in places(self.view, self.room[0]))
        place, among = self.view.place, self.view.among
        return f"{titles} · {place} of {among}" if place else titles

    def hint(self) -> str:
        if self.view is None or not self.has_focus:
            return self.table.hints("{next plot} another")
        zoom = "{plots.out} {plots.in} zoom"
        return self.table.hints("{next plot} another", zoom, "{plots.scale} scale")

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_plots(
            self.view,
            width,
            height,
            glyphs=self.palette.drawn,
            coloured=self.palette.mixes,
            top=self.top or 0,
        )

    def rows_in_all(self) -> int:
        """Bands count as rows here: they are what is scrolled."""
        chosen = self._chosen
        if chosen is None or not chosen.bands:
            return 0
        return len(chosen.bands) - bands_shown(chosen, self.room[1]) + self.room[1]

    @property
    def _chosen(self) -> PlotView | None:
        return self.view.plots[0] if self.view and not self.view.plots[0].empty else None

    # --- keys ----------------------------------------------------------------------------------

    def action_lens(self, closer: bool) -> None:
        """See a smaller part of the plot around the cursor, or a larger one."""
        if (plot := self._chosen) is not None:
            self._zoom(plot, IN if closer else OUT, _middle_of_interest(plot))

    def _zoom(self, plot: PlotView, factor: float, about: tuple[float, float]) -> None:
        shown = _shown(plot)
        if shown is None:
            return
        x = zoomed(shown, factor, about[0], plot.whole)
        y = None if plot.y is None else zoomed(plot.y, factor, about[1], None)
        self.post_message(self.WindowChosen(plot.name, x, y))

    def action_move(self, direction: Direction) -> None:
        """A little along the axes; of bands up and down."""
        plot = self._chosen
        if plot is not None and plot.bands and direction in ("up", "down"):
            super().action_move(direction)
        else:
            self._pan(direction, STEP)

    def action_leap(self, direction: Direction) -> None:
        """Half of what is shown along the axes."""
        self._pan(direction, LEAP)

    def _pan(self, direction: Direction, share: float) -> None:
        plot = self._chosen
        shown = _shown(plot) if plot is not None else None
        if plot is None or shown is None:
            return
        across, up = DIRECTIONS[direction]
        x, y = plot.x, plot.y
        if across and (plot.x is not None or plot.whole is None):
            x = panned(shown, across * share * (shown[1] - shown[0]), plot.whole)
        if up and plot.y is not None:
            y = panned(plot.y, up * share * (plot.y[1] - plot.y[0]), None)
        if (x, y) != (plot.x, plot.y):
            self.post_message(self.WindowChosen(plot.name, x, y))

    def action_scale(self) -> None:
        """Logarithmic in place of linear, and the other way round."""
        if (plot := self._chosen) is not None:
            self.post_message(self.ScaleChosen(plot.name, not plot.log))

    # --- the mouse -----------------------------------------------------------------------------

    def _spot(self, event: MouseEvent) -> Spot | None:
        left, top = inner_offset(self.frame, self.PADDING)
        column, row = event.x - left, event.y - top
        if self.view is None or not 0 <= row < self.room[1]:
            return None
        return spot_at(self.view, *self.room, column)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self._wheel(event, WHEEL)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self._wheel(event, 1 / WHEEL)

    def _wheel(self, event: MouseEvent, factor: float) -> None:
        if (spot := self._spot(event)) is not None:
            middle = _middle_of_interest(spot.plot)
            self._zoom(spot.plot, factor, (spot.x, middle[1]))

    def on_mouse_down(self, event: MouseDown) -> None:
        spot = self._spot(event)
        self._dragged = False
        self._drag = None if spot is None else (spot, event.screen_x, event.screen_y)
        if self._drag is not None:
            self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        if self._drag is None:
            return
        spot, from_x, from_y = self._drag
        across, up = event.screen_x - from_x, event.screen_y - from_y
        if not (across or up or self._dragged):
            return
        self._dragged = True
        plot, shown = spot.plot, _shown(spot.plot)
        if shown is None or (plot.whole is not None and plot.x is None):
            return  # all of it is in sight
        x = panned(shown, -across * spot.per_column, plot.whole)
        y = plot.y
        if y is not None:
            y = panned(y, up * (y[1] - y[0]) / max(1, self.room[1] - 3), None)
        self.post_message(self.WindowChosen(plot.name, x, y))

    def on_mouse_up(self, event: MouseUp) -> None:
        self._drag = None
        self.release_mouse()

    def on_click(self, event: Click) -> None:
        """On an axis of time go to where the pointer is; a drag is no click."""
        super().on_click(event)
        spot = self._spot(event)
        if spot is not None and not self._dragged and spot.plot.whole is not None:
            first, last = spot.plot.whole
            self.post_message(self.IterationChosen(round(min(max(spot.x, first), last))))


def _shown(plot: PlotView) -> Stretch | None:
    """The part of the x axis that can be seen."""
    return plot.x if plot.x is not None else plot.whole


def _middle_of_interest(plot: PlotView) -> tuple[float, float]:
    """Around what a plot is zoomed: the cursor, or else the middle."""
    shown = _shown(plot)
    x = sum(shown) / 2 if shown is not None else 0.0
    y = sum(plot.y) / 2 if plot.y is not None else 0.0
    if plot.at is not None:
        return plot.at
    if plot.cursor is not None and shown is not None and shown[0] <= plot.cursor <= shown[1]:
        x = plot.cursor
    return x, y
