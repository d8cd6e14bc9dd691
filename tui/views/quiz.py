"""A question of the quiz: as it is asked, and as it was answered.

May import: engine's public face, models, numbers, the other views.   Imported by: screens.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine import Graph, Marked, OneOf, Outcome, Question, Quiz, printable
from tui.models.lesson import Paragraph, QuestionView
from tui.models.text import Row
from tui.numbers import number
from tui.views.lesson import paragraphs

CARET = "▏"


def score_row(quiz: Quiz) -> Row:
    """How many points the replies so far have scored."""
    done = len(quiz.verdicts)
    return (("score ", "dim"), (f"{number(quiz.points)} of {done}", "text bold"))


def formula_rows(graph: Graph) -> tuple[Row, ...]:
    """What is asked about, as it was written."""
    formulas = ((("  " + printable(f.text), "text"),) for f in graph.formulas)
    return ((("formulas", "dim"),), *formulas)


def asked_view(quiz: Quiz, reply: str, marked: frozenset[str], complaint: str) -> QuestionView:
    """The question that waits for a reply, with what is typed or marked so far."""
    question = quiz.current
    assert question is not None
    said = [("hint", hint) for hint in question.hints[: quiz.hints]]
    if not isinstance(question.answer, OneOf | Marked):
        said.append(("reply:", reply + CARET))
    if complaint:
        said.append(("!", complaint))
    return QuestionView(
        "open",
        _title(quiz, len(quiz.verdicts)),
        tuple(_text(question)),
        tuple(_choices(question, marked)),
        tuple(said),
    )


def answered_view(quiz: Quiz, reply: str) -> QuestionView:
    """The question that was answered last, with the verdict and why it is that."""
    place = len(quiz.verdicts) - 1
    question, verdict = quiz.questions[place], quiz.verdicts[place]
    said = [("reply:", reply)] if reply else []
    if verdict.outcome is not Outcome.RIGHT:
        said += [(str(verdict.outcome), verdict.word)] if verdict.word else []
    said += [("answer", verdict.wanted), *(("why", line) for line in question.explanation)]
    return QuestionView(
        "answered" if verdict.outcome is Outcome.RIGHT else "failed",
        f"{_title(quiz, place)}: {verdict.outcome}",
        tuple(_text(question)),
        said=tuple((label, printable(text)) for label, text in said),
    )


def _title(quiz: Quiz, place: int) -> str:
    return f"question {place + 1} at {quiz.questions[place].address}"


def _text(question: Question) -> Iterator[Paragraph]:
    yield from paragraphs(question.text)
    for given in question.given:
        yield Paragraph((("  " + printable(given), "title"),), kept=True)


def _choices(question: Question, marked: frozenset[str]) -> Iterator[tuple[str, str]]:
    match question.answer:
        case OneOf(choices):
            labels = question.answer.labels
            yield from ((la, printable(c.text)) for la, c in zip(labels, choices, strict=True))
        case Marked(candidates):
            for name in candidates:
                yield ("[x]" if name in marked else "[ ]"), printable(name)
        case _:
            pass
