"""A step of a lesson in cells: its text, wrapped, and below it the questions.

May import: tui.models, drawing.rows.   Imported by: widgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from tui.drawing.rows import fitted, width_of, wrapped
from tui.models.lesson import LessonView, Paragraph, QuestionView
from tui.models.text import Row, Span, Style

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

ROOM_FOR_LISTS = 12
"""Rows from which on the choices of a question stand below each other."""

GAP = 3


BETWEEN = 3
"""Blanks between choices that stand side by side."""


@dataclass(frozen=True)
class Spot:
    """Where a choice begins: it goes on to the next one, or to the end of its row."""

    row: int
    column: int
    label: str


@dataclass(frozen=True)
class Drawn:
    """Rows, and where in them the question that is open stands."""

    rows: tuple[Row, ...]
    choices: tuple[Spot, ...]
    """In the order in which they are read."""
    question: tuple[int, int]
    """The first row of the question that was asked last, and the one after its last."""


def draw_lesson(view: LessonView, width: int, height: int = ROOM_FOR_LISTS) -> Drawn:
    """Every row of the lesson, each exactly `width` cells; `height` of them are in sight."""
    if width < 1:
        return Drawn((), (), (0, 0))
    in_line = height < ROOM_FOR_LISTS
    if width >= ROOM_FOR_COLUMNS and view.questions:
        return _beside(view, width, in_line=in_line)
    text = [*_paragraphs(view.text, width)]
    asked = draw_questions(view.questions, width, in_line=in_line)
    gap: list[Row] = [()] if text and asked.rows else []
    start = len(text) + len(gap)
    first, last = asked.question
    return Drawn(
        tuple(fitted(row, width) for row in (*text, *gap, *asked.rows)),
        tuple(replace(spot, row=spot.row + start) for spot in asked.choices),
        (start + first, start + last),
    )


def _beside(view: LessonView, width: int, *, in_line: bool) -> Drawn:
    """The text at the left, the questions at the right."""
    left = (width - GAP) // 2
    right = width - GAP - left
    text = [*_paragraphs(view.text, left)]
    asked = draw_questions(view.questions, right, in_line=in_line)
    tall = max(len(text), len(asked.rows))
    rows: list[Row] = []
    for y in range(tall):
        one = text[y] if y < len(text) else ()
        other = asked.rows[y] if y < len(asked.rows) else ()
        rows.append((*fitted(one, left), (" " * GAP, "text"), *fitted(other, right)))
    choices = (replace(spot, column=spot.column + left + GAP) for spot in asked.choices)
    return Drawn(tuple(rows), tuple(choices), asked.question)


def _paragraphs(paragraphs: Iterable[Paragraph], width: int) -> Iterator[Row]:
    for paragraph in paragraphs:
        if not paragraph.row:
            yield ()
        elif paragraph.kept and width_of(paragraph.row) <= width:
            yield paragraph.row
        else:
            yield from wrapped(paragraph.row, width, 4 if paragraph.kept else 0)


def draw_questions(
    questions: Iterable[QuestionView], width: int, *, in_line: bool = False
) -> Drawn:
    """Questions below each other, none of the rows wider than `width`.

    Choices stand below each other, too; `in_line` side by side, where they all fit into one row.
    """
    rows: list[Row] = []
    choices: list[Spot] = []
    last = (0, 0)
    for question in questions:
        start = len(rows)
        rows += _asked(question, width)
        drawn, spots = _choices(question.choices, width, in_line=in_line)
        choices += (replace(spot, row=spot.row + len(rows)) for spot in spots)
        rows += drawn
        for label, text in question.said:
            rows += _labelled(label, text, width, STYLES.get(label, "text"))
        if question.state != "waiting":
            last = (start, len(rows))
        rows.append(())
    return Drawn(tuple(rows[:-1]), tuple(choices), last)


def _asked(question: QuestionView, width: int) -> Iterator[Row]:
    """What is asked: behind its mark, or below a title where it has one."""
    style: Style = "dim" if question.state == "waiting" else "key bold"
    mark = MARKS[question.state]
    if question.title or not question.text:
        yield ((f"{mark} {question.title}".rstrip(), style),)
        yield from _paragraphs(question.text, width)
        return
    first, *others = question.text
    yield from wrapped(((f"{mark} ", style), *first.row), width, 0)
    yield from _paragraphs(others, width)


def _choices(
    choices: Sequence[tuple[str, str]], width: int, *, in_line: bool
) -> tuple[list[Row], list[Spot]]:
    """What there is to choose from, and where each of it begins."""
    labels = [f"  {label})" if len(label) == 1 else f"  {label}" for label, _ in choices]
    cells = [cell_len(f"{shown} {text}") for shown, (_, text) in zip(labels, choices, strict=True)]
    rows: list[Row] = []
    spots: list[Spot] = []
    if in_line and len(choices) > 1 and sum(cells) + BETWEEN * (len(cells) - 1) <= width:
        row: list[Span] = []
        for shown, (label, text) in zip(labels, choices, strict=True):
            spots.append(Spot(0, sum(cell_len(part) for part, _ in row), label))
            row += ((f"{shown} ", "dim"), (text, "text"), (" " * BETWEEN, "text"))
        return [tuple(row[:-1])], spots
    for shown, (label, text) in zip(labels, choices, strict=True):
        spots.append(Spot(len(rows), 0, label))
        rows += _labelled(shown, text, width, "text")
    return rows, spots


def _labelled(label: str, text: str, width: int, style: Style) -> Iterator[Row]:
    """A label, and beside it the text, on as many rows as it takes."""
    beside = cell_len(label) + 1
    lines = wrapped(((text, style),), max(8, width - beside), 0)
    for number, line in enumerate(lines):
        yield ((f"{label} " if number == 0 else " " * beside, "dim"), *line)
