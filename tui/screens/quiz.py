"""Questions about the cursor's event on a sheet: typed or chosen, judged, and explained.

May import: engine's public face, textual, tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from textual.binding import Binding
from textual.events import Key
from textual.strip import Strip

from engine import HINT_COST, Marked, OneOf, ReplyError
from tui.drawing.lesson import draw_questions
from tui.drawing.rows import wrapped
from tui.models.text import Row
from tui.quizzing import Sitting
from tui.screens.answer import AnswerPanel, ChoosingSheet
from tui.screens.sheet import SheetPanel
from tui.theme import Palette
from tui.views.quiz import answered_view, asked_view, score_row
from tui.widgets.local import bound

NUMERIC = frozenset("0123456789.,+-−/eE^*·() ")
"""What a number may be typed with: letters of keys are not among them."""

LONGEST = 40


class QuizPanel(AnswerPanel):
    """Here a letter that moves elsewhere asks for a hint."""

    BINDINGS = [Binding("h", "screen.hint", "a hint", show=False, id="quiz.panel.hint")]


class QuizScreen(ChoosingSheet):
    """One question after the other, until it is closed; the score stays."""

    BINDINGS = bound("quiz")

    def __init__(self, sitting: Sitting, formulas: tuple[Row, ...], palette: Palette) -> None:
        """`sitting` has a question open, about these formulas."""
        super().__init__("quiz", palette)
        self._sitting = sitting
        self._formulas = formulas
        self._reply = ""
        self._marked: frozenset[str] = frozenset()
        self._complaint = ""
        self._ended = False
        """Whether there is no more to ask."""

    def made(self) -> SheetPanel:
        return QuizPanel("sheet", self._title)

    def render_line(self, y: int) -> Strip:
        # What lies below shows the numbers that are asked for.
        return Strip.blank(self.size.width, self.palette.style("text"))

    @property
    def _is_open(self) -> bool:
        return self._sitting.quiz.current is not None

    def rows(self, width: int) -> tuple[Row, ...]:
        quiz = self._sitting.quiz
        rows: list[Row] = wrapped(score_row(quiz), width)
        if self._ended:
            rows += wrapped((("there is no more to ask here", "notice"),), width)
        view = (
            asked_view(quiz, self._reply, self._marked, self._complaint)
            if self._is_open
            else answered_view(quiz, self._reply)
        )
        drawn = draw_questions((view,), width)
        first = len(rows) + 1
        starts = [spot.row + first for spot in drawn.choices]
        stops = [*starts[1:], starts[-1] + 1] if starts else []
        self.panel.lines = [
            (i, row, stop) for i, (row, stop) in enumerate(zip(starts, stops, strict=True))
        ]
        rows += [(), *drawn.rows]
        if self._is_open:
            rows.append(())
            rows += (part for row in self._formulas for part in wrapped(row, width, 4))
        return tuple(rows)

    def hint(self) -> str:
        question = self._sitting.quiz.current
        if question is None:
            return self.table.hints(
                "{quiz.go-on} asks on" * (not self._ended), "{quiz.close} closes"
            )
        more = self._sitting.quiz.hints < len(question.hints)
        return self.table.hints(
            "{quiz.mark} marks" * isinstance(question.answer, Marked),
            "{quiz.go-on} answers",
            f"{{quiz.hint}} hint (−{HINT_COST:g})" * more,
            "{quiz.skip} skips",
            "{quiz.close} closes",
        )

    # --- replying ------------------------------------------------------------------------------

    def takes(self, event: Key) -> bool:
        """A number is typed, a choice picked by its letter, whatever else the key is bound to."""
        question, sign = self._sitting.quiz.current, event.character
        if question is None or not sign:
            return False
        if isinstance(question.answer, OneOf):
            if sign not in question.answer.labels:
                return False
            self.panel.place = question.answer.labels.index(sign)
        elif isinstance(question.answer, Marked) or sign not in NUMERIC:
            return False
        else:
            self._type(sign)
        self._fill()
        return True

    def _type(self, sign: str) -> None:
        self._reply = (self._reply + sign)[:LONGEST]
        self._complaint = ""

    def action_rub_out(self) -> None:
        self._reply = self._reply[:-1]
        self._complaint = ""
        self._fill()

    def action_mark(self) -> None:
        """Mark the selected node, or unmark it; in a number it is a space."""
        question, line = self._sitting.quiz.current, self.panel.line
        if question is None:
            return
        if isinstance(question.answer, Marked) and line is not None:
            self._marked ^= {question.answer.candidates[line]}
        elif not isinstance(question.answer, OneOf):
            self._type(" ")
        self._fill()

    def on_answer_panel_entered(self) -> None:
        """A click selects a choice, and marks a node."""
        self.action_mark()

    def action_hint(self) -> None:
        self._sitting.quiz = self._sitting.quiz.hinted()
        self._fill()

    def action_skip(self) -> None:
        if self._is_open:
            self._reply = ""
            self._sitting.quiz = self._sitting.quiz.passed()
            self._judged()

    def action_go_on(self) -> None:
        """Answer; after that, ask the next question."""
        if self._ended:
            self.dismiss()
            return
        if self._is_open:
            self._answer()
            return
        self._ended = not self._sitting.ask()
        if not self._ended:
            self._reply, self._marked = "", frozenset()
            self.panel.place = 0
        self._fill()

    def _answer(self) -> None:
        question = self._sitting.quiz.current
        assert question is not None
        match question.answer:
            case OneOf():
                reply = question.answer.labels[self.panel.line or 0]
            case Marked(candidates):
                reply = ", ".join(n for n in candidates if n in self._marked) or "none"
            case _:
                reply = self._reply.strip()
        if not reply:
            self._complain("type a number, or s to skip")
            return
        try:
            self._sitting.quiz = self._sitting.quiz.replied(reply)
        except ReplyError as error:
            self._complain("; ".join(filter(None, (error.what, error.hint))))
            return
        self._reply = reply
        if isinstance(question.answer, OneOf):
            choice = question.answer.choices[question.answer.labels.index(reply)]
            self._reply = f"{reply}) {choice.text}"
        self._judged()

    def _judged(self) -> None:
        self._complaint = ""
        self.panel.place, self.panel.top = 0, None
        self._fill()

    def _complain(self, words: str) -> None:
        self._complaint = words
        self._fill()
