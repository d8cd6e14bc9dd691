"""What stands around a line that is typed: rows, and words to choose from.

May import: textual, tui.completion, tui.drawing.   Imported by: prompt, screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.completion import Word
from tui.drawing.prompt import window, word_rows
from tui.drawing.rows import filled
from tui.models.text import Row, Style
from tui.widgets.panel import Panel, Said


class Rows(Panel, can_focus=False):
    """Rows as they are."""

    DEFAULT_CSS = "Rows { position: relative; width: 100%; height: 1; }"
    view: tuple[Row, ...] | None

    def __init__(self, name: str) -> None:
        super().__init__(name, frame="none")

    def draw(self, width: int, height: int) -> list[Row]:
        return list(self.view or ())


class WordList(Panel, can_focus=False):
    """A list of words, one of which may be chosen by the keys of the line beside it."""

    DEFAULT_CSS = "WordList { position: relative; width: 100%; }"
    view: tuple[Word, ...] | None

    @dataclass
    class Clicked(Said):
        """The reader pointed at a word, by its place."""

        place: int

    def __init__(self, name: str, ground: Style = "") -> None:
        super().__init__(name, frame="none")
        self.ground = ground
        self.chosen: int | None = None

    def offer(self, words: tuple[Word, ...], chosen: int | None) -> None:
        """Show words, with one of them marked."""
        if chosen != self.chosen:
            self.chosen = chosen
            self.redraw()
        self.show(words)

    def draw(self, width: int, height: int) -> list[Row]:
        rows = word_rows(self.view or (), self.chosen, width, height, self.ground)
        return rows if self.ground else filled(rows, width, height)

    def clicked(self, column: int, row: int) -> None:
        words = self.view or ()
        place = row + window(len(words), self.chosen, self.size.height)
        if place < len(words):
            self.post_message(self.Clicked(place))

    def scroll_rows(self, by: int) -> None:
        """Nothing: the list goes with the choice."""
