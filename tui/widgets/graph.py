"""The computation graph, in which a node is chosen.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual.events import MouseDown, MouseMove, MouseScrollDown, MouseScrollUp, MouseUp

from tui.drawing.graph import (
    Camera,
    draw_graph,
    following,
    level_for,
    map_target,
    neighbour,
    node_at,
    panned,
    style_of,
    zoomed,
)
from tui.models.graph import GraphLevel, GraphLevels, GraphView
from tui.models.text import Row
from tui.widgets.local import bound
from tui.widgets.panel import Direction, Panel, Said

STRIDE = 4
"""A key pans by this part of the panel."""

WHEEL = 3
"""Rows that a turn of the wheel pans by; columns are half as large, so twice as many."""


class GraphPanel(Panel):
    """The computation graph; keys or a click choose a node to inspect."""

    PADDING = 0
    BINDINGS = bound("graph")
    view: GraphLevels | None

    @dataclass
    class NodeChosen(Said):
        """The reader chose a node, or none."""

        node: int | None

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._camera = Camera()
        self._followed: Any = None
        self._grip: tuple[int, int] | None = None
        self._dragged = False

    # --- showing -------------------------------------------------------------------------------

    @property
    def level(self) -> GraphLevel:
        """The level that is shown: what was asked for, or what suits the room."""
        return level_for(self.view, *self.room) if self.view else "op"

    @property
    def _graph(self) -> GraphView:
        """The view of that level."""
        assert self.view is not None
        return self.view.formulas if self.level == "formula" else self.view.ops

    def heading(self) -> str:
        level = {"formula": "formulas", "op": "single ops"}[self.level]
        return f"{self.title} · {level}" if self.view else self.title

    def hint(self) -> str:
        """Which sample is shown, and while it has the keys what those do that mean other things
        elsewhere."""
        note, hints = self.view.note if self.view else "", self.table.hints
        if not self.has_focus:
            return note
        pan = "{graph.pan-left} {graph.pan-down} {graph.pan-up} {graph.pan-right} pan"
        boxes = "{graph.plainer} {graph.richer} boxes"
        return self.fitting(hints(note, pan, boxes), hints(note, pan), note)

    def draw(self, width: int, height: int) -> list[Row]:
        graph = self._graph
        if self._followed is not None and self._followed[0] is not graph.shape:
            self._camera = Camera()
        # What the reader has panned to stays, until something else is to be looked at.
        follows = (graph.shape, graph.current, graph.chosen, width, height)
        if follows != self._followed:
            self._camera = following(graph, width, height, self._camera)
            self._followed = follows
        return draw_graph(graph, width, height, self._camera, glyphs=self.palette.drawn)

    # --- looking around ------------------------------------------------------------------------

    def action_zoom(self, by: int) -> None:
        """Richer boxes, or plainer ones of which more can be seen."""
        if self.view is not None:
            self._look(zoomed(self._graph, *self.room, self._camera, by))

    def action_pan(self, right: int, down: int) -> None:
        """A part of the panel to one side."""
        width, height = self.room
        self._pan(right * max(1, width // STRIDE), down * max(1, height // STRIDE))

    def _pan(self, right: int, down: int) -> None:
        if self.view is not None:
            self._look(panned(self._graph, *self.room, self._camera, right, down))

    def _look(self, camera: Camera) -> None:
        if camera != self._camera:
            self._camera = camera
            self.redraw()

    def follow(self) -> None:
        """Look at the event again, at the size that suits the panel."""
        self._camera, self._followed = Camera(), None
        self.redraw()

    # --- choosing ------------------------------------------------------------------------------

    def action_move(self, direction: Direction) -> None:
        if self.view is None or not self._graph.shape.nodes:
            return
        graph = self._graph
        start = graph.chosen if graph.chosen is not None else graph.current
        if start is None:
            self.post_message(self.NodeChosen(graph.shape.nodes[0]))
            return
        style = style_of(graph, *self.room, self._camera)
        self.post_message(self.NodeChosen(neighbour(graph, style, start, direction)))

    def clicked(self, column: int, row: int) -> None:
        if self._dragged:
            return  # what ends a drag is no choice
        there = map_target(self._graph, *self.room, self._camera, column, row)
        if there is not None:
            self._look(there)
        else:
            node = node_at(self._graph, *self.room, self._camera, column, row)
            self.post_message(self.NodeChosen(node))

    # --- the mouse -----------------------------------------------------------------------------

    def on_mouse_down(self, event: MouseDown) -> None:
        self._grip, self._dragged = (event.screen_x, event.screen_y), False
        self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """What is held moves with the mouse."""
        if self._grip is None:
            return
        x, y = self._grip
        if (event.screen_x, event.screen_y) != (x, y):
            self._dragged = True
            self._grip = (event.screen_x, event.screen_y)
            self._pan(x - event.screen_x, y - event.screen_y)

    def on_mouse_up(self, event: MouseUp) -> None:
        self._grip = None
        self.release_mouse()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.prevent_default()
        self._wheel(1, event.shift, event.ctrl)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.prevent_default()
        self._wheel(-1, event.shift, event.ctrl)

    def on_mouse_scroll_left(self) -> None:
        self._pan(-2 * WHEEL, 0)

    def on_mouse_scroll_right(self) -> None:
        self._pan(2 * WHEEL, 0)

    def _wheel(self, by: int, sideways: bool, zooms: bool) -> None:
        """Up and down, where there is more above or below; else, and with shift, sideways."""
        before = self._camera
        if zooms:
            self.action_zoom(-by)
        elif not sideways:
            self._pan(0, by * WHEEL)
        if not zooms and self._camera == before:
            self._pan(2 * by * WHEEL, 0)
