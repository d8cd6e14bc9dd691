"""The panels of the debugger: each draws one view and says what the reader chose in it.

May import: textual, tui.drawing, tui.models.   Imported by: screens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.binding import Binding
from textual.events import Click
from textual.message import Message

from tui.commands import footer_entries
from tui.drawing.graph import Offset, draw_graph, neighbour, node_at, scrolled
from tui.drawing.inspector import inspector_rows
from tui.drawing.listing import GUTTER, draw_listing, first_row
from tui.drawing.parameters import draw_parameters
from tui.drawing.plot import draw_plot
from tui.drawing.rows import filled, fitted, width_of
from tui.drawing.timeline import draw_timeline, fraction_at
from tui.models import (
    GraphView,
    InspectorView,
    ListingView,
    ParametersView,
    PlotView,
    Row,
    Span,
    TimelineView,
)
from tui.widgets.panel import Direction, Panel

ALWAYS = 2
"""The last entries of the footer, help and quit, stay however narrow it is."""


class ListingPanel(Panel):
    """The program; follows the current line until the reader scrolls or selects another one."""

    BINDINGS = [Binding("enter", "go", "go to the selected line", show=False, id="listing.go")]
    view: ListingView | None

    @dataclass
    class LineChosen(Message):
        """The reader wants to go to a line of the program."""

        line: int

    @dataclass
    class GutterClicked(Message):
        """The reader clicked beside a line, where breakpoints stand."""

        line: int

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.selected: int | None = None
        """The number of the line that the reader has moved to; None follows the event."""

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        top = self._first(height)
        return draw_listing(self.view, width, height, top=top, selected=self.selected)

    def _first(self, height: int) -> int:
        """The topmost row: the reader's own choice, or so that the current line is in sight."""
        if self.view is None:
            return 0
        if self.top is not None:
            return min(self.top, max(0, len(self.view.rows) - height))
        return first_row(self.view, height)

    def rows_in_all(self) -> int:
        return len(self.view.rows) if self.view else 0

    def scroll_rows(self, by: int) -> None:
        if self.top is None and self.view is not None:
            self.top = self._first(self.room[1])
        super().scroll_rows(by)

    def follow(self) -> None:
        """Show the current line again, whatever was selected or scrolled to."""
        if self.selected is not None or self.top is not None:
            self.selected = self.top = None
            self.redraw()

    def action_move(self, direction: Direction) -> None:
        """Select the line above or below."""
        if self.view is None or direction not in ("up", "down"):
            return
        rows = self.view.rows
        lines = [i for i, row in enumerate(rows) if row.number is not None]
        numbers = [rows[i].number for i in lines]
        here = self.selected if self.selected in numbers else rows[self.view.current].number
        place = numbers.index(here) + (1 if direction == "down" else -1)
        row = lines[min(max(place, 0), len(lines) - 1)]
        self.selected = rows[row].number
        height = self.room[1]
        self.top = min(max(self._first(height), row - height + 1), row)
        self.redraw()

    def action_go(self) -> None:
        """Go to where the selected line is complete."""
        if self.selected is not None:
            self.post_message(self.LineChosen(self.selected))

    def on_click(self, event: Click) -> None:
        place = self.place_of(event)
        if place is None or self.view is None:
            return
        row = self._first(self.room[1]) + place[1]
        if row < len(self.view.rows) and (number := self.view.rows[row].number):
            beside = place[0] < GUTTER
            self.post_message((self.GutterClicked if beside else self.LineChosen)(number))


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
        self.chosen: int | None = None
        self._offset: Offset = (0, 0)

    def choose(self, node: int | None) -> None:
        """Show which node is being inspected."""
        if node != self.chosen:
            self.chosen = node
            self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        # A node that is being inspected is what has to be in sight.
        seen = self.view if self.chosen is None else replace(self.view, current=self.chosen)
        self._offset = scrolled(seen, width, height, self._offset)
        return draw_graph(self.view, width, height, offset=self._offset, selected=self.chosen)

    def action_move(self, direction: Direction) -> None:
        if self.view is None or not self.view.nodes:
            return
        start = self.chosen if self.chosen is not None else self.view.current
        if start is None:
            self.post_message(self.NodeChosen(self.view.nodes[0].id))
            return
        self.post_message(self.NodeChosen(neighbour(self.view, start, direction)))

    def on_click(self, event: Click) -> None:
        place = self.place_of(event)
        if place is None or self.view is None:
            return
        node = node_at(self.view, *self.room, *place, offset=self._offset)
        self.post_message(self.NodeChosen(node))


class InspectorPanel(Panel):
    """What the event does; scrolls where there is more of it than room."""

    view: InspectorView | None

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        rows = inspector_rows(self.view, width, height)
        top = min(self.top or 0, len(rows) - height)
        return rows[top : top + height]

    def heading(self) -> str:
        """The frame says what is inspected, and how much of it is further down."""
        subject = "inspector" if not self.view or self.view.title == "event" else "chosen node"
        below = self.rows_in_all() - self.room[1] - (self.top or 0)
        return f"{subject}   ↓ {below} more" if below > 0 else subject

    def rows_in_all(self) -> int:
        if self.view is None:
            return 0
        return len(inspector_rows(self.view, *self.room))


class ParametersPanel(Panel):
    """The table of parameters."""

    view: ParametersView | None

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_parameters(self.view, width, height, top=self.top or 0)

    def rows_in_all(self) -> int:
        return len(self.view.rows) + 1 if self.view else 0


class PlotPanel(Panel):
    """Lines over iterations."""

    view: PlotView | None

    def heading(self) -> str:
        """What is plotted."""
        return self.view.title if self.view else self.title

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_plot(self.view, width, height)


class TimelinePanel(Panel, can_focus=False):
    """Where the cursor is; a click goes there."""

    view: TimelineView | None

    @dataclass
    class Sought(Message):
        """The reader pointed at a place in the run."""

        fraction: float

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        return draw_timeline(self.view, width, height)

    def on_click(self, event: Click) -> None:
        place = self.place_of(event)
        if place is not None and place[1] == 0:
            self.post_message(self.Sought(fraction_at(place[0], self.room[0])))


class Bar(Panel, can_focus=False):
    """One line across the screen, without a frame."""

    view: tuple[Row, Row] | None
    """What stands at the left and at the right."""

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        left, right = self.view
        room = width - width_of(right)
        if room < width // 3:
            room, right = width, ()
        return filled([(*fitted(left, room, "text bar"), *right)], width, height)


def footer_row(width: int) -> Row:
    """As many whole entries of the footer as fit; the way out and help are always there."""
    entries = [
        ((f" {keys}", "key bar bold"), (f" {word} ", "text bar")) for keys, word in footer_entries()
    ]
    first, last = entries[:-ALWAYS], entries[-ALWAYS:]
    room = width - sum(width_of(entry) for entry in last)
    row: list[Span] = []
    for entry in first:
        if width_of(entry) > room:
            break
        row += entry
        room -= width_of(entry)
    return tuple(row + [span for entry in last for span in entry])
