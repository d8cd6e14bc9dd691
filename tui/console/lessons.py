"""A lesson: reading on, and answering its questions.

May import: engine's public face.   Imported by: the console.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine import (
    Debugger,
    GradstepError,
    Guide,
    Judgement,
    LessonError,
    LessonPlan,
    Mark,
    Marked,
    OneOf,
    Outcome,
    Question,
    jsonable,
    lessons,
    open_lesson,
    open_plan,
    read_plan,
)
from tui.console.answers import Answer, Choice, Steps
from tui.console.handlers import handles
from tui.console.words import counted, whole

if TYPE_CHECKING:
    from tui.console import Console


def guide_of(console: Console) -> Guide:
    """The guide through the lesson that is open. Raises `GradstepError` where none is."""
    if console.guide is None:
        raise GradstepError(
            "no lesson is open here",
            hint="`lessons` or `gradstep lessons` lists them; `learn NAME` opens one",
        )
    return console.guide


# --- reading ------------------------------------------------------------------------------------


@handles("lesson")
def _lesson(console: Console, rest: str) -> Answer | Steps:
    guide = guide_of(console)
    if not rest:
        return Answer(page_text(guide), page_fields(console, guide))
    return turned(console, whole(rest, "lesson") - 1)


@handles("lesson next")
def _next(console: Console, rest: str) -> Answer | Steps:
    guide = guide_of(console)
    if guide.at + 1 < len(guide.steps):
        return turned(console, guide.at + 1)
    return _score(console, guide)


@handles("lesson back")
def _back(console: Console, rest: str) -> Answer | Steps:
    guide = guide_of(console)
    if guide.at > 0:
        return turned(console, guide.at - 1)
    note = "this is the first step of the lesson"
    return Answer(note, console.place(), note=note)


def turned(console: Console, step: int) -> Steps:
    """Go to a step of the lesson, counted from 0, and to where it stands."""
    guide = guide_of(console)
    if 0 <= step < len(guide.steps):
        for run, ordinal in guide.needs(step):
            yield from console.recorded(ordinal, run)
    guide.turn(step)
    position = guide.position(step)
    yield from console.recorded(position.ordinal, guide.run(guide.steps[step].stand.timeline))
    if position != console.debugger.position:
        console.debugger.jump(position)
    console.remember()
    if console.watched:
        return Answer(moved=True)
    return Answer(page_text(guide), page_fields(console, guide), moved=True)


def _score(console: Console, guide: Guide) -> Answer:
    """The end of a lesson: what came of it, and what comes next."""
    plan, progress = guide.plan, guide.progress
    first, helped, shown = (progress.count(mark) for mark in Mark)
    lines = [f"the end of {plan.title}"]
    if plan.questions:
        left = plan.questions - first - helped - shown
        parts = [f"{first} right at once", f"{helped} with help", f"{shown} shown", f"{left} open"]
        kept = [part for part in parts if not part.startswith("0 ")]
        lines.append(f"of {counted(plan.questions, 'question')}: {', '.join(kept)}")
    unread = len(guide.steps) - len(progress.read)
    if unread:
        lines.append(f"{counted(unread, 'step')} not read yet")
    if plan.next:
        lines.append(f"next: {_title(plan.next)}")
    choices = tuple(Choice(go=f"learn {plan.next}" * line.startswith("next: ")) for line in lines)
    fields = {
        "lesson": plan.title,
        "questions": plan.questions,
        **{str(mark): progress.count(mark) for mark in Mark},
        "finished": guide.finished,
        "next": plan.next or None,
    }
    return Answer("\n".join(lines), fields, choices=choices)


def _title(name: str) -> str:
    titles = {lesson.name: lesson.title for lesson in lessons()}
    return f"{titles[name]} (learn {name})" if name in titles else f"learn {name}"


@handles("learn")
def _learn(console: Console, rest: str) -> Steps:
    plan = open_plan(rest)
    debugger = Debugger(open_lesson(rest), memory=console.memory)
    guide = Guide(debugger, plan, console.progress_of(plan)) if plan is not None else None
    console.keep_session()
    console.debugger, console.origin, console.guide = debugger, rest, guide
    if guide is None:
        return console.here(f"{rest} is an experiment without a lesson")
    return (yield from turned(console, guide.at))


def plan_in(debugger: Debugger) -> LessonPlan | None:
    """The lesson in the file that a debugger's experiment was read from. Raises `LessonError`."""
    experiment = next(iter(debugger.timelines)).run.experiment
    return read_plan(experiment.source.text, experiment.name)


def guide_in(console: Console) -> Guide | None:
    """A guide through the lesson of a session that has come, where it has one that fits."""
    try:
        plan = plan_in(console.debugger)
        if plan is None:
            return None
        guide = Guide(console.debugger, plan, console.progress_of(plan))
        guide.turn(guide.at)
    except LessonError:
        return None
    return guide


# --- questions ----------------------------------------------------------------------------------


@handles("answer")
def _answer(console: Console, rest: str) -> Answer:
    guide = guide_of(console)
    question = guide.question
    judgement = guide.reply(rest)
    assert question is not None, "the guide refuses a reply to no question"
    console.remember()
    word = f": {judgement.word}" if judgement.word else ""
    lines = [f"{judgement.outcome}{word}"]
    right = judgement.outcome is Outcome.RIGHT
    if right:
        lines += question.explanation
    elif guide.hints < len(question.hints):
        lines.append("try again; `hint` helps")
    else:
        lines.append("try again; `solution` shows the answer")
    return _said(console, lines, judgement, ok=right)


@handles("hint")
def _hint(console: Console, rest: str) -> Answer:
    guide = guide_of(console)
    if guide.question is None:
        raise GradstepError("no question is open here", hint="read on with `lesson next`")
    hint = guide.hint()
    text = f"hint: {hint}" if hint else "no more hints: `solution` shows the answer"
    if hint and console.watched:  # it stands below the question
        text = f"hint {guide.hints} of {len(guide.question.hints)}"
    return Answer(text, {**console.place(), "hint": hint, "hints": guide.hints})


@handles("solution")
def _solution(console: Console, rest: str) -> Answer:
    guide = guide_of(console)
    question = guide.question
    judgement = guide.show()
    assert question is not None, "the guide shows no answer to no question"
    console.remember()
    return _said(console, [f"the answer: {judgement.wanted}", *question.explanation], judgement)


def _said(console: Console, lines: list[str], judgement: Judgement, *, ok: bool = True) -> Answer:
    fields: dict[str, Any] = {
        **console.place(),
        "outcome": str(judgement.outcome),
        "word": judgement.word,
        "score": jsonable(judgement.score),
    }
    if console.watched:  # all that there is to say stands below the question
        return Answer(str(judgement.outcome), fields, ok=ok)
    if ok and (following := guide_of(console).question) is not None:
        lines += ["", *question_lines(following, guide_of(console))]
    return Answer("\n".join(lines), fields, ok=ok)


# --- as text ------------------------------------------------------------------------------------


def page_text(guide: Guide) -> str:
    """A step as plain text, with the question that is open."""
    page = guide.page()
    where = f"{page.address} on {page.timeline}" if page.timeline else str(page.address)
    lines = [f"{guide.plan.title}: step {page.number} of {page.of}, at {where}", page.text]
    lines += [f"this run says otherwise: {problem}" for problem in page.problems]
    question = guide.question
    if question is not None:
        lines += ["", *question_lines(question, guide)]
    return "\n".join(lines)


def question_lines(question: Question, guide: Guide) -> Iterator[str]:
    """The open question of a step, and what can be replied to it."""
    number, of = (guide.open or 0) + 1, len(guide.page().questions)
    yield f"question {number} of {of}: {question.text}"
    yield from choice_lines(question)


def choice_lines(question: Question) -> Iterator[str]:
    """What there is to choose from."""
    match question.answer:
        case OneOf(choices):
            for label, choice in zip(question.answer.labels, choices, strict=True):
                yield f"  {label}) {choice.text}"
        case Marked(candidates):
            yield f"  some of {', '.join(candidates)}"
        case _:
            pass


def reply_hint(question: Question) -> str:
    """What may be replied, in a few words."""
    match question.answer:
        case OneOf(choices):
            labels = question.answer.labels
            return f"{labels[0]} to {labels[-1]}, or its words" if len(choices) > 1 else labels[0]
        case Marked():
            return "names of nodes: h, loss"
        case _:
            return "a number: −0.5, 3/4, 1.2e-3"


def page_fields(console: Console, guide: Guide) -> dict[str, Any]:
    """A step as strict JSON values."""
    page, question = guide.page(), guide.question
    return {
        **console.place(),
        "lesson": guide.plan.title,
        "step": page.number,
        "steps": page.of,
        "text": page.text,
        "question": None if question is None else question_fields(question),
        "problems": [str(problem) for problem in page.problems],
    }


def question_fields(question: Question) -> dict[str, Any]:
    """An open question as strict JSON values: without its answer."""
    answer = question.answer
    choices = answer.choices if isinstance(answer, OneOf) else ()
    return {
        "text": question.text,
        "choices": [choice.text for choice in choices],
        "nodes": list(answer.candidates) if isinstance(answer, Marked) else [],
        "hints": len(question.hints),
    }
