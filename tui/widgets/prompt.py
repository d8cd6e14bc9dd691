"""The prompt: a line to type into at the foot of the screen, with what it may become above it.

While a line is typed, the row above it says how the command is used, and rows above that which
words may stand at the cursor. Tab, shift+tab and the arrows put them into the line, so that what is
seen is what enter carries out. Where no words are offered the arrows go through earlier lines.
May import: textual, tui.completion, tui.drawing, tui.prompt_history.   Imported by: screens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from tui.completion import Completion, Hint, Vocabulary, Word, complete
from tui.completion.complete import Elsewhere
from tui.drawing.prompt import caret_row, complaint_rows, hint_row
from tui.models.text import Row
from tui.prompt_history import History, Recall
from tui.table import DEFAULT, CommandTable
from tui.widgets.field import Field
from tui.widgets.local import bound
from tui.widgets.panel import Panel
from tui.widgets.words import Rows, WordList

MOST_ROWS = 8
"""Rows that the list of words takes at most."""

CLOSES = "{prompt.close} closes"


class Prompt(Vertical):
    """Asks for one line; closed with esc. What was typed stays until it is accepted."""

    BINDINGS = bound("prompt")
    DEFAULT_CSS = """
    Prompt { position: absolute; layer: over; display: none; }
    Prompt Horizontal { height: 1; }
    """

    def __init__(
        self,
        accept: Callable[[str], Awaitable[None]],
        history: History | None = None,
        table: CommandTable = DEFAULT,
    ) -> None:
        """`accept` carries out a line, and closes the prompt or complains."""
        super().__init__()
        self.history = history or History()
        self.table = table
        self.before = ""
        """What stands before everything that is typed, without being seen."""
        self.behind: Widget | None = None
        """What had the keys before, and gets them back."""
        self._accept = accept
        self._vocabulary = Vocabulary()
        self._elsewhere: Elsewhere = lambda kind, typed: ()
        self._room = (80, 24)
        self._question, self._typed = "", ""
        self._complaint = ""
        self._completion: Completion | None = None
        self._offering = False
        """Whether the words may be seen: not after a line was recalled."""
        self._chosen: int | None = None
        self._draft = ("", 0)
        """The line and the cursor that a choice is made for."""
        self._recall: Recall | None = None
        self._looking_back = False
        self._filling = False
        """Whether the line is changed by the prompt, and not by its reader."""
        self._stale = False

    def compose(self) -> ComposeResult:
        yield WordList("words", "bar")
        yield Rows("hint")
        with Horizontal():
            yield Rows("label")
            yield Field(self._enter, self._edited)
        yield Rows("caret")

    # --- opening and closing -------------------------------------------------------------------

    def open(
        self,
        vocabulary: Vocabulary,
        *,
        typed: str = "",
        label: str = ":",
        before: str = "",
        question: str = "",
        elsewhere: Elsewhere = lambda kind, typed: (),
    ) -> None:
        """Ask for a line, in which `typed` stands already.

        `before` is the command that the line belongs to, where that is not typed; `question` says
        what is wanted, in place of a usage.
        """
        if not self.display:
            self.behind = self.screen.focused
        self._vocabulary, self._elsewhere = vocabulary, elsewhere
        self.before, self._typed, self._question = before, typed, question
        self._complaint, self._recall, self._looking_back = "", None, False
        mark = self.query_one("#label", Rows)
        mark.show((((f" {label}", "dim"),),))
        mark.styles.width = len(label) + (1 if label == ":" else 2)
        self.display = True
        self._fill(typed)
        # What can be answered to a question stands elsewhere, and must not be covered.
        self._offering = bool(typed) and not question
        self._edited_by_now()
        # At once, not with the next message: what is typed in one breath belongs to the line.
        self.screen.set_focus(self.field)

    def close(self) -> None:
        """Give the keys back to the panel that had them, unless they are somewhere else already."""
        if self.display:
            self.display = False
            if self.screen.focused is self.field:
                behind = self.behind
                self.screen.set_focus(behind if behind is not None and behind.display else None)

    def on_descendant_blur(self) -> None:
        """A prompt that has lost the keys would only stand in the way.

        The screen knows at once who has them; the line itself is told later, and may have been
        opened again by then.
        """
        if self.screen.focused is not self.field:
            self.display = False

    @property
    def field(self) -> Field:
        return self.query_one(Field)

    @property
    def text(self) -> str:
        """What stands in the line."""
        return self.field.value

    async def _enter(self) -> None:
        if self._looking_back and self._chosen is None:
            # What stands in the line is what was looked for: the line that was found comes first.
            self._take_found()
            return
        line = self.before + self.text
        self.history.add(line)
        await self._accept(line)

    # --- what may stand here -------------------------------------------------------------------

    @property
    def completion(self) -> Completion:
        """What may stand at the cursor; asked for only where somebody wants to know."""
        if self._completion is None:
            line, cursor = self._draft
            if self._looking_back:
                words = tuple(
                    Word(earlier, "")
                    for earlier in dict.fromkeys(reversed(self._earlier()))
                    if all(part in earlier for part in line.split())
                )
                hint = Hint(help="earlier lines with this in them; enter takes one")
                self._completion = Completion(0, line, words, hint=hint)
            else:
                shift = len(self.before)
                found = complete(
                    self.before + line, shift + cursor, self._vocabulary, self._elsewhere
                )
                self._completion = Completion(
                    max(0, found.start - shift), found.typed, found.words, found.common, found.hint
                )
        return self._completion

    @property
    def offered(self) -> tuple[Word, ...]:
        """The words that can be seen and chosen now."""
        return self.completion.words if self._offering or self._looking_back else ()

    def _earlier(self) -> list[str]:
        """Earlier lines, without what is not typed here."""
        lines = self.history.lines
        return [x.removeprefix(self.before) for x in lines if x.startswith(self.before)]

    def _edited(self) -> None:
        """The reader has changed the line or moved in it."""
        if not self._filling:
            self._offering, self._recall, self._complaint = bool(self.text), None, ""
            self._edited_by_now()

    def _edited_by_now(self) -> None:
        field = self.field
        self._draft = (field.value, field.cursor_position)
        self._completion, self._chosen = None, None
        self._show_soon()

    def _fill(self, text: str, cursor: int | None = None) -> None:
        """Change the line, without taking it for a change that the reader has made."""
        self._filling = True
        self.field.fill(text, cursor)
        self._filling = False

    # --- choosing ------------------------------------------------------------------------------

    def action_finish(self) -> None:
        """Type what all the words have in common, or go on to the next one."""
        completion = self.completion
        if self._looking_back or self._chosen is not None:
            self.action_choose(1)
        elif len(completion.words) == 1:
            word = completion.words[0]
            self._replace(word.text + " " * word.more)
        elif len(completion.common) > len(completion.typed):
            self._replace(completion.common)
        elif completion.words:
            self._offering = True
            self._choose(1)

    def action_choose(self, by: int) -> None:
        """Put the next word into the line, or recall another line where there are no words."""
        if self.offered:
            self._choose(by)
        else:
            self._go_back(-by)

    def _choose(self, by: int) -> None:
        """Choose another word; between the last one and the first stands what was typed."""
        count = len(self.offered)
        place = (-1 if self._chosen is None else self._chosen) + by
        place = count - 1 if place < -1 else place
        self._chosen = place if 0 <= place < count else None
        self._fill(*self._with_choice())
        self._complaint = ""
        self._show_soon()

    def _with_choice(self) -> tuple[str, int]:
        """The draft with the chosen word in it, and the place behind that."""
        line, cursor = self._draft
        if self._chosen is None:
            return line, cursor
        completion = self.completion
        word = completion.words[self._chosen].text
        end = len(line) if self._looking_back else cursor
        return line[: completion.start] + word + line[end:], completion.start + len(word)

    def _replace(self, text: str) -> None:
        """Type a text in place of the word at the cursor."""
        line, cursor = self._draft
        start = self.completion.start
        self._fill(line[:start] + text + line[cursor:], start + len(text))
        self._offering, self._complaint = True, ""
        self._edited_by_now()

    @on(WordList.Clicked)
    def _clicked(self, message: WordList.Clicked) -> None:
        message.stop()
        self._choose(message.place - (-1 if self._chosen is None else self._chosen))

    # --- earlier lines -------------------------------------------------------------------------

    def _go_back(self, by: int) -> None:
        """Recall an older line, or a newer one."""
        if self._recall is None:
            self._recall = Recall(self._earlier(), self.text)
        if self._recall.moved(by):
            self._fill(self._recall.line)
            self._offering, self._complaint = False, ""
            self._edited_by_now()

    def action_look_back(self) -> None:
        """Search in earlier lines for what is typed; again: the one before."""
        if self._looking_back:
            self._choose(1)
            return
        self._looking_back, self._complaint = True, ""
        self._edited_by_now()

    def _take_found(self) -> None:
        words = self.completion.words
        self._looking_back = False
        if words:
            self._fill(words[0].text)
        self._offering = False
        self._edited_by_now()

    def action_close(self) -> None:
        """Stop looking back, or close."""
        if self._looking_back:
            self._looking_back = False
            self._fill(*self._draft)
            self._edited_by_now()
        else:
            self.close()

    # --- complaining ---------------------------------------------------------------------------

    def complain(self, what: str, column: int | None = None, width: int = 1) -> None:
        """Say what is wrong with the line, from `column` on if that is known, counted from 1.

        What was typed is left to be mended.
        """
        self._offering, self._looking_back = False, False
        self._fill(self.text, self.field.cursor_position)
        self._edited_by_now()
        self._complaint = what
        self._show()
        if column is not None and column > len(self.before):
            self.call_after_refresh(self._reveal, column - len(self.before), width)

    def _reveal(self, column: int, width: int) -> None:
        """Bring a part of the line into sight, and put a caret under it."""
        start, stop = self._cells(column, width)
        field = self.field
        if start < 0 or stop > field.size.width:
            self._filling = True
            field.cursor_position = column - 1 + (width if start >= 0 else 0)
            self._filling = False
        self.call_after_refresh(self._point, column, width)

    def _cells(self, column: int, width: int) -> tuple[int, int]:
        """Where a part of the line stands in its field: its first cell, and the one after it."""
        field = self.field
        start = cell_len(field.value[: column - 1]) - field.scroll_offset.x
        return start, start + max(1, cell_len(field.value[column - 1 : column - 1 + width]))

    def _point(self, column: int, width: int) -> None:
        """A caret under a part of the line, as far as it is in sight."""
        if self._complaint:
            start, stop = self._cells(column, width)
            left = self.field.region.x - self.region.x
            self._caret(left + max(0, start), left + stop)

    def _caret(self, start: int = 0, stop: int = 0) -> None:
        row = caret_row(start, stop, self._room[0])
        self.query_one("#caret", Rows).show((row,))

    # --- showing -------------------------------------------------------------------------------

    def place(self, width: int, height: int) -> None:
        """Stand on the last rows of a screen of this size."""
        self._room = (width, height)
        self._show_soon()

    def _show_soon(self) -> None:
        """Show all this once, however many keys of one breath have changed it."""
        if not self._stale:
            self._stale = True
            self.call_next(self._show)

    def _show(self) -> None:
        """Offer words and help, in as many rows as the screen can spare."""
        self._stale = False
        if not self.display:
            return
        width, height = self._room
        # Below a command there is a row for a caret; above it at least half of the screen stays.
        caret = not self.before and height > 3
        rows = self._hint_rows(width)
        words = self.offered
        spare = min(MOST_ROWS, (height - len(rows) - 1 - caret) // 2)
        shown = min(len(words), spare) if spare > 1 else 0
        self._part("words", shown)
        self._part("hint", min(len(rows), max(0, height - 1 - caret)))
        self._part("caret", int(caret))
        self.query_one(WordList).offer(words, self._chosen)
        self.query_one("#hint", Rows).show(tuple(rows))
        if not self._complaint:
            self._caret()
        at_end = self._draft[1] == len(self._draft[0]) and self._chosen is None
        ghost = self.completion.ghost if at_end and not self._looking_back else ""
        self.field.suggest(ghost if self._offering else "")
        tall = shown + len(rows) + 1 + caret
        self.styles.offset = (0, max(0, height - tall))
        self.styles.width = width
        self.styles.height = min(tall, height)

    def _part(self, name: str, rows: int) -> None:
        part = self.query_one(f"#{name}", Panel)
        part.display = rows > 0
        part.styles.height = max(1, rows)

    def _hint_rows(self, width: int) -> list[Row]:
        if self._complaint:
            return complaint_rows(self._complaint, width)
        note = self.field.note or self.table.hints(CLOSES)
        hint = self.completion.hint
        if self._question and self.text.startswith(self._typed) and not self._looking_back:
            hint = Hint(help=self._question)
        return [hint_row(hint, width, note)]
