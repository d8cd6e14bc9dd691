"""A step of a lesson in cells: its text, wrapped, and below it the questions.

May import: tui.models, drawing.rows.   Imported by: widgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from tui.drawing.rows import fitted, width_of, wrapped
from tui.models.lesson import LessonView, Paragraph, QuestionView
from tui.models.text import Row, Style

STYLES: dict[str, Style] = {
    "hint": "notice",
    "wrong": "stop",
    "partly right": "notice",
    "answer": "title",
    "why": "text",
    "!": "notice",
}
"""How what is said about a question stands out."""

MARKS = {"open": "?", "waiting": "·", "answered": "✓", "failed": "✗"}

ROOM_FOR_COLUMNS = 100
"""Columns from which on text and questions stand side by side: longer lines are hard to read."""

GAP = 3


@dataclass(frozen=True)
class Drawn:
    """Rows, and where in them the question that is open stands."""

    rows: tuple[Row, ...]
    choices: tuple[tuple[int, str], ...]
    """(row, label) of the rows that name a choice."""
    question: tuple[int, int]
    """The first row of the question that was asked last, and the one after its last."""


def draw_lesson(view: LessonView, width: int) -> Drawn:
    """Every row of the lesson, each exactly `width` cells."""
    if width < 1:
        return Drawn((), (), (0, 0))
    if width >= ROOM_FOR_COLUMNS and view.questions:
        return _beside(view, width)
    text = [*_paragraphs(view.text, width)]
    asked = draw_questions(view.questions, width)
    gap: list[Row] = [()] if text and asked.rows else []
    start = len(text) + len(gap)
    first, last = asked.question
    return Drawn(
        tuple(fitted(row, width) for row in (*text, *gap, *asked.rows)),
        tuple((row + start, label) for row, label in asked.choices),
        (start + first, start + last),
    )


def _beside(view: LessonView, width: int) -> Drawn:
    """The text at the left, the questions at the right."""
    left = (width - GAP) // 2
    right = width - GAP - left
    text = [*_paragraphs(view.text, left)]
    asked = draw_questions(view.questions, right)
    tall = max(len(text), len(asked.rows))
    rows: list[Row] = []
    for y in range(tall):
        one = text[y] if y < len(text) else ()
        other = asked.rows[y] if y < len(asked.rows) else ()
        rows.append((*fitted(one, left), (" " * GAP, "text"), *fitted(other, right)))
    return Drawn(tuple(rows), asked.choices, asked.question)


def _paragraphs(paragraphs: Iterable[Paragraph], width: int) -> Iterator[Row]:
    for paragraph in paragraphs:
        if not paragraph.row:
            yield ()
        elif paragraph.kept and width_of(paragraph.row) <= width:
            yield paragraph.row
        else:
            yield from wrapped(paragraph.row, width, 4 if paragraph.kept else 0)


def draw_questions(questions: Iterable[QuestionView], width: int) -> Drawn:
    """Questions below each other, none of the rows wider than `width`."""
    rows: list[Row] = []
    choices: list[tuple[int, str]] = []
    last = (0, 0)
    for question in questions:
        start = len(rows)
        style: Style = "dim" if question.state == "waiting" else "key bold"
        rows.append((((f"{MARKS[question.state]} {question.title}"), style),))
        rows += _paragraphs(question.text, width)
        for label, text in question.choices:
            choices.append((len(rows), label))
            rows += _labelled(
                f"  {label})" if len(label) == 1 else f"  {label}", text, width, "text"
            )
        for label, text in question.said:
            rows += _labelled(label, text, width, STYLES.get(label, "text"))
        if question.state != "waiting":
            last = (start, len(rows))
        rows.append(())
    return Drawn(tuple(rows[:-1]), tuple(choices), last)


def _labelled(label: str, text: str, width: int, style: Style) -> Iterator[Row]:
    """A label, and beside it the text, on as many rows as it takes."""
    beside = cell_len(label) + 1
    lines = wrapped(((text, style),), max(8, width - beside), 0)
    for number, line in enumerate(lines):
        yield ((f"{label} " if number == 0 else " " * beside, "dim"), *line)
