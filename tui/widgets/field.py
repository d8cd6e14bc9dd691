"""A line to type into, which deals with each key before the next one comes.

Textual hands keys on from one queue to another, so that of several keys typed in one breath the
last ones may arrive where the first ones no longer are: behind an Enter that has closed the line.
The app gives keys and pasted text to a field directly instead (`App.on_event`).
May import: textual, rich, tui.theme.   Imported by: widgets and screens that ask for a line, app.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.actions import SkipAction
from textual.events import Key
from textual.geometry import Offset
from textual.strip import Strip
from textual.widgets import Input

from tui.theme import THEMES, Palette

LONGEST = 2000
"""Characters that a line holds at most; of a longer text that is pasted the beginning is taken."""


class Field(Input):
    """One line. What is entered and what is changed is told at once, by calling."""

    DEFAULT_CSS = "Field.-textual-compact { padding: 0; width: 1fr; }"

    def __init__(
        self, entered: Callable[[], Awaitable[None]], edited: Callable[[], object]
    ) -> None:
        super().__init__(compact=True, select_on_focus=False, max_length=LONGEST)
        self.cursor_blink = False
        self._entered = entered
        self._edited = edited
        self.note = ""
        """What has to be said about the last paste."""
        self.ghost = ""
        """How the line may go on, shown dimly behind it; the right arrow takes it."""
        self.palette = Palette(THEMES[0].name)
        self._first = 0

    # --- typing --------------------------------------------------------------------------------

    def press(self, event: Key) -> bool:
        """Type a key's character; whether it has one."""
        if not (event.is_printable and event.character):
            return False
        start, end = self.selection
        full = start == end and len(self.value) >= LONGEST
        self.note = f"a line has at most {LONGEST:,} characters" if full else ""
        if full:
            self._edited()
        else:
            self.replace(event.character, start, end)
        return True

    def paste(self, text: str) -> None:
        """Put in a text as one line: a newline in it is a blank and enters nothing."""
        whole = text[: 2 * LONGEST].strip()
        line = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in whole)
        start, end = sorted(self.selection)
        kept = line[: LONGEST - len(self.value) + end - start]
        lines = whole.count("\n") + 1
        if len(kept) < len(line) or len(text) > 2 * LONGEST:
            self.note = f"pasted {len(kept):,} of {len(text):,} characters"
        else:
            self.note = f"{lines} lines were pasted as one" if lines > 1 else ""
        self.replace(kept, start, end)

    def fill(self, text: str, cursor: int | None = None) -> None:
        """Put another text into the line."""
        self.value = text
        self.cursor_position = len(text) if cursor is None else cursor

    def suggest(self, rest: str) -> None:
        """Show how the line may go on, or that nobody knows."""
        if rest != self.ghost:
            self.ghost = rest
            self.refresh()

    def action_cursor_right(self, select: bool = False) -> None:
        """Move on; at the end take what is suggested."""
        if self.ghost and not select and self.cursor_position == len(self.value):
            self.fill(self.value + self.ghost)
        else:
            super().action_cursor_right(select)

    async def action_submit(self) -> None:
        await self._entered()

    def action_copy(self) -> None:
        """Copy what is selected; with nothing selected the key is for somebody else."""
        if self.selection.is_empty:
            raise SkipAction
        super().action_copy()

    def action_paste(self) -> None:
        self.paste(self.app.clipboard)

    def watch_value(self) -> None:
        self._edited()

    def watch_selection(self) -> None:
        self._edited()

    # --- showing -------------------------------------------------------------------------------

    def recolour(self, palette: Palette) -> None:
        """Use another palette."""
        self.palette = palette
        self.refresh()

    @property
    def content_width(self) -> int:
        """Always the same: with a width that follows the text each key would lay out the screen."""
        return 1

    @property
    def scroll_offset(self) -> Offset:
        """The first cell that is shown: so that the cursor is in sight."""
        width = max(1, self.size.width)
        cursor, end = (cell_len(text) for text in (self.value[: self.cursor_position], self.value))
        first = min(self._first, max(0, end + 1 - width))
        self._first = min(max(first, cursor + 1 - width), cursor)
        return Offset(self._first, 0)

    def scroll_to_region(self, *args: Any, **kwargs: Any) -> Offset:
        """Nothing: what is in sight follows from the cursor."""
        return Offset()

    def render_line(self, y: int) -> Strip:
        """The line in the palette's colours, or in none: style sheets always write some."""
        plain = self.palette.style("text")
        width = self.size.width
        if y:
            return Strip.blank(width, plain)
        start, end = sorted(self.selection)
        at = self.cursor_position
        shown = self.value + (self.ghost or " ")
        segments = [
            Segment(
                character,
                (self.palette.style("dim") if i >= len(self.value) else plain)
                + (self.palette.style("text current") if start <= i < end else Style())
                + Style(reverse=self.has_focus and i == at),
            )
            for i, character in enumerate(shown)
        ]
        left = self.scroll_offset.x
        line = Strip(segments).simplify().crop(left, left + width)
        return line.adjust_cell_length(width, plain)
