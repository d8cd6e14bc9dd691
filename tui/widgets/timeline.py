"""The run, its epoch or its iteration as a bar; with more room all three.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import (
    MouseDown,
    MouseEvent,
    MouseMove,
    MouseScrollDown,
    MouseScrollUp,
    MouseUp,
)

from tui.drawing.frames import inner_offset
from tui.drawing.timeline import Block, block_at, draw_timeline, event_at, moved, plan
from tui.models.text import Row
from tui.models.timeline import LevelName, TimelineView
from tui.widgets.local import bound
from tui.widgets.panel import Direction, Panel, Said

LEVELS: tuple[LevelName, ...] = ("run", "epoch", "iteration")


class TimelinePanel(Panel):
    """Where the cursor is; a click goes there, and so does the mouse while it is held."""

    BINDINGS = bound("timeline")
    view: TimelineView | None

    @dataclass
    class Sought(Said):
        """The reader points at an event of the run."""

        ordinal: int
        begins: bool = False
        """Whether a jump begins with it, back from which one may want to come."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.level: LevelName = "run"
        """Which bar is shown, or meant by keys where all are."""
        self._held = False

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_timeline(self.view, width, height, self.level)

    # --- looking closer ------------------------------------------------------------------------

    def choose(self, level: LevelName) -> None:
        """Show another bar."""
        if level != self.level:
            self.level = level
            self.redraw()

    def action_zoom(self, by: int) -> None:
        """A closer look, or one at more."""
        place = LEVELS.index(self.level) + by
        self.choose(LEVELS[min(max(place, 0), len(LEVELS) - 1)])

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self.action_zoom(-1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self.action_zoom(1)

    # --- going there ---------------------------------------------------------------------------

    def action_move(self, direction: Direction) -> None:
        """To the event in the next column of the bar; up and down change between the bars."""
        if self.view is None:
            return
        if direction in ("up", "down"):
            self.action_zoom(1 if direction == "down" else -1)
            return
        block = self._block(self.level)
        if block is not None:
            columns = 1 if direction == "right" else -1
            self.post_message(self.Sought(moved(self.view, block, columns)))

    def on_mouse_down(self, event: MouseDown) -> None:
        """The bar that the mouse comes down on is the one along which it goes while it is held."""
        if self.view is None:
            return
        block = block_at(plan(self.view, *self.room, self.level), self._inside(event)[1])
        if block is not None:
            self.choose(block.level.name)
            self._held = True
            self.capture_mouse()
            self._seek(event, begins=True)

    def on_mouse_move(self, event: MouseMove) -> None:
        if self._held:
            self._seek(event)

    def on_mouse_up(self, event: MouseUp) -> None:
        if self._held:
            self._held = False
            self.release_mouse()

    def _seek(self, event: MouseEvent, *, begins: bool = False) -> None:
        block = self._block(self.level)
        if block is not None and self.view is not None:
            ordinal = event_at(self.view, block, self._inside(event)[0])
            if begins or ordinal != self.view.at:
                self.post_message(self.Sought(ordinal, begins))

    def _block(self, level: LevelName) -> Block | None:
        """The bar of a level, if it is shown."""
        if self.view is None:
            return None
        blocks = plan(self.view, *self.room, self.level).blocks
        return next((block for block in blocks if block.level.name == level), None)

    def _inside(self, event: MouseEvent) -> tuple[int, int]:
        """(column, row) of the mouse, counted from the upper left corner of the content."""
        left, top = inner_offset(self.frame, self.PADDING)
        return event.x - left, event.y - top
