"""The lessons on a sheet, with a preview of the selected one.

May import: tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import Click

from tui.drawing.chooser import Drawn, draw_chooser, preview_rows
from tui.models.chooser import ChooserView
from tui.models.text import Row
from tui.screens.sheet import Sheet, SheetPanel
from tui.theme import Palette
from tui.views.chooser import Chooser
from tui.widgets.local import bound
from tui.widgets.panel import Direction, Said


class ChooserPanel(SheetPanel):
    """The list and the preview."""

    @dataclass
    class Wanted(Said):
        """Another lesson is selected, or the selected one is to be opened."""

        lesson: int

    view: ChooserView | None

    def draw(self, width: int, height: int) -> list[Row]:
        return list(self._drawn_now(width, height).rows)

    def _drawn_now(self, width: int, height: int) -> Drawn:
        assert self.view is not None
        return draw_chooser(self.view, width, height, self.top or 0)

    def rows_in_all(self) -> int:
        return len(preview_rows(self.view, self.room[0])) if self.view is not None else 0

    def hint(self) -> str:
        return self.note  # list and preview say themselves how much more there is

    def turn(self, view: ChooserView, note: str) -> None:
        """Show another lesson selected, its preview from its first row."""
        self.note, self.top = note, None
        self.show(view)

    def action_move(self, direction: Direction) -> None:
        if self.view is not None and direction in ("up", "down"):
            by = 1 if direction == "down" else -1
            lesson = min(max(0, self.view.selected + by), len(self.view.rows) - 1)
            if lesson != self.view.selected:
                self.post_message(self.Wanted(lesson))

    def on_click(self, event: Click) -> None:
        if (place := self.place_of(event)) is None or self.view is None:
            return
        drawn = self._drawn_now(*self.room)
        lesson = drawn.lessons.get(place[1])
        if lesson is not None and place[0] < drawn.list_width:
            self.post_message(self.Wanted(lesson))


class LessonsScreen(Sheet):
    """Hands back the command that opens the chosen lesson."""

    BINDINGS = bound("lessons")

    def __init__(self, chooser: Chooser, palette: Palette) -> None:
        super().__init__("lessons", palette)
        self._chooser = chooser
        self._selected = chooser.first

    def made(self) -> SheetPanel:
        return ChooserPanel("sheet", self._title)

    def hint(self) -> str:
        return self.table.hints("↑ ↓ select", "{lessons.open} opens", "{lessons.close} closes")

    def _fill(self) -> None:
        self.query_one(ChooserPanel).turn(self._chooser.view(self._selected), self.hint())

    def on_chooser_panel_wanted(self, message: ChooserPanel.Wanted) -> None:
        """A lesson that is selected already is wanted itself: by a second click."""
        if message.lesson == self._selected:
            self.action_open()
            return
        self._selected = message.lesson
        self._fill()

    def action_open(self) -> None:
        self.dismiss(f"learn {self._chooser.lessons[self._selected].name}")
