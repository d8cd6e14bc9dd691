"""The prompt: one line to type into, above the footer, with room for a complaint.

May import: textual.   Imported by: screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static


class Prompt(Vertical):
    """Asks for one line; closed with esc. What was typed stays until it is accepted."""

    BINDINGS = [Binding("escape", "close", "close", show=False, id="prompt.close")]
    DEFAULT_CSS = """
    Prompt {
        position: absolute; layer: over; display: none;
        height: 2; background: $gs-bar;
        #question { height: 1; padding: 0 1; color: $gs-dim; background: $gs-bar; }
        #question.-wrong { color: $error; }
        Input { padding: 0 1; background: $gs-bar; }
    }
    """

    @dataclass
    class Entered(Message):
        """The reader pressed enter on a line."""

        text: str

    def compose(self) -> ComposeResult:
        yield Static(id="question", markup=False)
        yield Input(compact=True)

    def place(self, width: int, height: int) -> None:
        """Stand on the last two lines of the screen."""
        self.styles.offset = (0, max(0, height - 2))
        self.styles.width = width

    def open(self, question: str, hint: str) -> None:
        """Ask; the hint says what may be typed."""
        self.query_one("#question", Static).update(f"{question}   {hint}   (esc closes)")
        self.query_one("#question").remove_class("-wrong")
        self.display = True
        field = self.query_one(Input)
        field.value = ""
        field.focus()

    def complain(self, what: str) -> None:
        """Say what is wrong with the line, and leave it to be mended."""
        self.query_one("#question", Static).update(what)
        self.query_one("#question").add_class("-wrong")

    def close(self) -> None:
        """Give the keys back to the debugger."""
        if self.display:
            self.display = False
            self.screen.set_focus(None)

    def action_close(self) -> None:
        self.close()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.post_message(self.Entered(event.value))
        else:
            self.close()
