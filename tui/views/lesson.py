"""A step of the lesson that is open, as paragraphs and questions.

May import: engine's public face, models, table, views.scene.   Imported by: views.frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine import Guide, Mark, Marked, OneOf, Question, printable
from tui.models.lesson import LessonView, Paragraph, QuestionView
from tui.models.text import Span
from tui.table import CommandTable
from tui.views.scene import Scene

_MARKUP = re.compile(r"(?:\*\*(?P<strong>.+?)\*\*|`(?P<code>[^`]+)`)(?P<tail>[.,:;!?)]*)")
"""Strong words and code; the sign behind them stays with them, so that no line begins with it."""

INDENT = "    "
"""What stands before a line that is kept as it is."""

SAID = {
    Mark.FIRST: "right at once",
    Mark.HELPED: "right, with help",
    Mark.SHOWN: "shown",
}
"""How a question was answered."""

NONE_OPEN = (
    "No lesson is open.",
    "`{lessons}` lists them, with a preview of each. "
    "`:learn chain-rule` opens the first of the course.",
)


def lesson_view(scene: Scene) -> LessonView:
    """The step that the reader is on; without a lesson what to do about that."""
    guide = scene.guide
    if guide is None:
        return LessonView(
            "", "", tuple(p for text in NONE_OPEN for p in paragraphs(scene.commands.said(text)))
        )
    page = guide.page()
    questions = tuple(
        _question(guide, i, question)
        for i, question in enumerate(page.questions)
        if question is not None
    )
    problems = (f"This run says otherwise: {problem.what}" for problem in page.problems)
    return LessonView(
        title=printable(guide.plan.title),
        step=f"step {page.number} of {page.of}",
        text=(*paragraphs(page.text), *(p for text in problems for p in paragraphs(text))),
        questions=questions,
        keys=tuple(_keys(guide, scene.commands)),
        begun=bool(guide.hints or guide.wrong) or any(q.state == "answered" for q in questions),
    )


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a text, with an empty one between; indented lines stay as they are."""
    words: list[str] = []
    for line in printable(text).split("\n"):
        if line.strip() and not line.startswith(INDENT):
            words.append(line.strip())
            continue
        if words:
            yield Paragraph(tuple(_spans(" ".join(words))))
            words = []
        if line.strip():
            yield Paragraph((("  ", "text"), (line[len(INDENT) :], "title")), kept=True)
        else:
            yield Paragraph(())
    if words:
        yield Paragraph(tuple(_spans(" ".join(words))))


def _spans(text: str) -> Iterator[Span]:
    """The text in pieces: plain, ``**strong**``, and ```code```."""
    end = 0
    for match in _MARKUP.finditer(text):
        yield text[end : match.start()], "text"
        style = "title bold" if match["strong"] else "title"
        yield f"{match['strong'] or match['code']}{match['tail']}", style
        end = match.end()
    yield text[end:], "text"


def _question(guide: Guide, number: int, question: Question) -> QuestionView:
    mark = guide.progress.marks.get((guide.at, number))
    of = len(guide.page().questions)
    title = f"question {number + 1} of {of}" if of > 1 else "question"
    if mark is None and number != guide.open:
        return QuestionView("waiting", title)
    text = tuple(paragraphs(question.text))
    if mark is None:
        choices, said = tuple(_choices(question)), tuple(_help(guide, question))
        return QuestionView("open", title if of > 1 else "", text, choices, said)
    said = (("answer", guide.wanted(number)), *(("why", line) for line in question.explanation))
    return QuestionView("answered", f"{title}: {SAID[mark]}", text, said=said)


def _choices(question: Question) -> Iterator[tuple[str, str]]:
    match question.answer:
        case OneOf(choices):
            labels = question.answer.labels
            yield from ((la, printable(c.text)) for la, c in zip(labels, choices, strict=True))
        case Marked(candidates):
            yield "some of", "  ".join(candidates)
        case _:
            pass


def _help(guide: Guide, question: Question) -> Iterator[tuple[str, str]]:
    """The hints that were given, and what was wrong with the last reply."""
    yield from (("hint", hint) for hint in question.hints[: guide.hints])
    if guide.last is not None:
        yield str(guide.last.outcome), guide.last.word or "try again"


def _keys(guide: Guide, commands: CommandTable) -> Iterator[tuple[str, str]]:
    """What can be done now, the most likely first."""

    def entry(name: str, words: str) -> tuple[str, str]:
        return commands.key_text(name), words

    question = guide.question
    if question is not None:
        yield entry("answer", "answer")
        more = guide.hints < len(question.hints)
        yield entry("hint", "hint") if more else entry("solution", "shows it")
    last = guide.at + 1 == len(guide.steps)
    yield entry("lesson next", "the end" if last else "read on")
    if guide.at:
        yield entry("lesson back", "back")
