"""The computation graph, in which a node is chosen.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.message import Message

from tui.drawing.graph import Offset, draw_graph, neighbour, node_at, scrolled
from tui.models import GraphView, Row
from tui.widgets.panel import Direction, Panel


class GraphPanel(Panel):
    """The computation graph; arrows or a click choose a node to inspect."""

    PADDING = 0
    view: GraphView | None

    @dataclass
    class NodeChosen(Message):
        """The reader chose a node, or none."""

        node: int | None

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._offset: Offset = (0, 0)

    def hint(self) -> str:
        return self.view.note if self.view else ""

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        # A node that is being inspected is what has to be in sight.
        chosen = self.view.chosen
        seen = self.view if chosen is None else replace(self.view, current=chosen)
        self._offset = scrolled(seen, width, height, self._offset)
        return draw_graph(self.view, width, height, offset=self._offset, selected=chosen)

    def action_move(self, direction: Direction) -> None:
        if self.view is None or not self.view.nodes:
            return
        chosen = self.view.chosen
        start = chosen if chosen is not None else self.view.current
        if start is None:
            self.post_message(self.NodeChosen(self.view.nodes[0].id))
            return
        self.post_message(self.NodeChosen(neighbour(self.view, start, direction)))

    def clicked(self, column: int, row: int) -> None:
        assert self.view is not None
        node = node_at(self.view, *self.room, column, row, offset=self._offset)
        self.post_message(self.NodeChosen(node))
