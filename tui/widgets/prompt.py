"""The prompt: one line to type into, above the footer, with room for a complaint.

May import: textual, tui.drawing.   Imported by: screens.
"""

from __future__ import annotations

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.events import Key
from textual.widgets import Input, Static

from tui.drawing.rows import wrapped


class Prompt(Vertical):
    """Asks for one line; closed with esc. What was typed stays until it is accepted."""

    BINDINGS = [Binding("escape", "close", "close", show=False, id="prompt.close")]
    DEFAULT_CSS = """
    Prompt {
        position: absolute; layer: over; display: none;
        height: 2; background: $gs-bar;
        #question { height: 1fr; padding: 0 1; color: $gs-dim; background: $gs-bar; }
        #question.-wrong { color: $error; }
        Input { padding: 0 1 !important; background: $gs-bar; }
        #caret { height: 1; padding: 0 1; color: $error; background: $gs-bar; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(id="question", markup=False)
        yield Input(compact=True)
        yield Static(id="caret", markup=False)

    def __init__(self) -> None:
        super().__init__()
        self.asks_for_address = False
        self._room = (80, 24)
        self._text = ""

    def place(self, width: int, height: int) -> None:
        """Stand on the last lines of the screen: what is asked or complained of, and the answer.

        Below a command there is a line for a caret.
        """
        self._room = (width, height)
        caret = not self.asks_for_address and height > 3
        self.query_one("#caret").display = caret
        lines = len(wrapped(((self._text, ""),), max(8, width - 2), 0))
        tall = min(lines + 1 + caret, max(2, height - 1))
        self.styles.offset = (0, max(0, height - tall))
        self.styles.width = width
        self.styles.height = tall

    def _say(self, text: str, *, wrong: bool) -> None:
        self._text = text
        question = self.query_one("#question", Static)
        question.update(text)
        question.set_class(wrong, "-wrong")
        self.query_one("#caret", Static).update("")
        self.place(*self._room)

    def open(
        self, question: str, hint: str, *, typed: str = "", asks_for_address: bool = False
    ) -> None:
        """Ask; the hint says what may be typed, and `typed` stands there already."""
        self.asks_for_address = asks_for_address
        self._say(f"{question}   {hint}   (esc closes)", wrong=False)
        self.display = True
        field = self.query_one(Input)
        field.select_on_focus = False
        field.value = typed
        field.cursor_position = len(typed)
        # At once, not with the next message: what is typed in one breath belongs to the line.
        self.screen.set_focus(field)

    def complain(self, what: str, column: int | None = None, width: int = 1) -> None:
        """Say what is wrong with the line, from `column` on if that is known, counted from 1.

        What was typed is left to be mended.
        """
        self._say(what, wrong=True)
        if column is None:
            return
        self.call_after_refresh(self._reveal, column, width)

    def _reveal(self, column: int, width: int) -> None:
        """Bring a part of the line into sight, and put a caret under it."""
        start, stop = self._cells(column, width)
        if start < 0 or stop > self._room[0] - 2:
            self.query_one(Input).cursor_position = column - 1 + (width if start >= 0 else 0)
        self.call_after_refresh(self._point, column, width)

    def _cells(self, column: int, width: int) -> tuple[int, int]:
        """Where a part of the line stands on the screen: its first cell, and the one after it."""
        field = self.query_one(Input)
        start = cell_len(field.value[: column - 1]) - int(field.scroll_offset.x)
        return start, start + max(1, cell_len(field.value[column - 1 : column - 1 + width]))

    def _point(self, column: int, width: int) -> None:
        """A caret under a part of the line, as far as it is in sight."""
        start, stop = self._cells(column, width)
        start, stop = max(0, start), min(stop, self._room[0] - 2)
        self.query_one("#caret", Static).update(" " * start + "^" * (stop - start))

    def on_descendant_blur(self) -> None:
        """A prompt that has lost the keys would only stand in the way."""
        if not self.query_one(Input).has_focus:
            self.display = False

    def close(self) -> None:
        """Give the keys back to the debugger."""
        if self.display:
            self.display = False
            self.screen.set_focus(None)

    @property
    def text(self) -> str:
        """What stands in the line."""
        return self.query_one(Input).value

    def take(self, event: Key) -> bool:
        """Type a key that did not reach the line by itself; whether there was a use for it."""
        if not (event.is_printable and event.character):
            return False
        self.query_one(Input).insert_text_at_cursor(event.character)
        return True

    def action_close(self) -> None:
        self.close()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        """A caret under what is no longer there would mislead."""
        event.stop()
        self.query_one("#caret", Static).update("")
