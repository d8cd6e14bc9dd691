"""Search: nodes, formulas, lines, places and commands, found while their name is typed.

May import: tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from textual import on
from textual.widget import Widget

from tui.completion.search import Entry, found
from tui.drawing.prompt import window, word_rows
from tui.drawing.rows import filled
from tui.models.text import Row
from tui.screens.finder import Finder
from tui.screens.sheet import SheetPanel
from tui.theme import Palette
from tui.widgets.panel import Said

TALLEST = 27
"""Rows that it takes at most, frame and line included: what is meant stands at the top."""


class FoundPanel(SheetPanel):
    """What was found, one of which is chosen."""

    class Entered(Said):
        """The reader wants the chosen one."""

    def __init__(self) -> None:
        super().__init__("sheet", "search")
        self.entries: tuple[Entry, ...] = ()
        self.place = 0

    @property
    def chosen(self) -> Entry | None:
        return self.entries[self.place] if self.entries else None

    def offer(self, entries: tuple[Entry, ...], place: int) -> None:
        """Show these, with one of them chosen: as far as there are so many."""
        self.entries = entries
        self.place = min(max(place, 0), max(0, len(entries) - 1))
        self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        if not self.entries:
            return filled([(("nothing is called so, and nothing says it", "dim"),)], width, height)
        words = [entry.word for entry in self.entries]
        return filled(word_rows(words, self.place, width, height), width, height)

    def clicked(self, column: int, row: int) -> None:
        place = row + window(len(self.entries), self.place, self.room[1])
        if place < len(self.entries):
            self.offer(self.entries, place)
            self.post_message(self.Entered())


class SearchScreen(Finder[Entry]):
    """Hands back what the reader has chosen."""

    DEFAULT_CSS = f"SearchScreen Vertical {{ max-height: {TALLEST}; }}"

    def __init__(self, entries: tuple[Entry, ...], palette: Palette) -> None:
        super().__init__("search", palette)
        self._entries = entries

    def made(self) -> SheetPanel:
        return FoundPanel()

    def hint(self) -> str:
        count = len(self.panel.entries)
        found = f"{count} of {len(self._entries)}"
        return self.table.hints(found, "↑ ↓ enter goes there", "{sheet.close} closes")

    @property
    def panel(self) -> FoundPanel:
        return self.query_one(FoundPanel)

    def rows(self, width: int) -> tuple[Row, ...]:
        """None: the panel draws what was found, as far as it is in sight."""
        self.panel.offer(found(self.typed, self._entries), 0)
        return ()

    def wants_keys(self) -> Widget:
        return self.field

    def action_move(self, by: int) -> None:
        """Choose the next one; behind the last comes the first."""
        panel = self.panel
        panel.offer(panel.entries, (panel.place + by) % max(1, len(panel.entries)))

    def action_page(self, by: int) -> None:
        panel = self.panel
        panel.offer(panel.entries, panel.place + by * max(1, panel.room[1] - 1))

    async def enter(self) -> None:
        self.dismiss(self.panel.chosen)

    @on(FoundPanel.Entered)
    def take_clicked(self) -> None:
        self.dismiss(self.panel.chosen)
