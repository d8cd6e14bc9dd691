"""Whether a lesson says what is so: every number, every answer, every choice, and its lengths.

What cannot be read at all raises when its `Guide` is made; this collects what is wrong with the
rest, all of it, so that an author can put it right in one go.
May import: errors, library, quiz, guide, asked, plan.   Imported by: the public face.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.course.asked import AskedPlan
from engine.course.guide import Guide
from engine.course.plan import LessonPlan, QuestionPlan, Written
from engine.debugger import Debugger
from engine.errors import LessonError, did_you_mean, listed
from engine.experiment import Experiment
from engine.library import exists, lesson_paths
from engine.quiz.judging import Outcome, judge, wanted
from engine.quiz.numerals import written
from engine.quiz.questions import Amount, Marked, OneOf, Question

LIMITS = {
    "title": 45,
    "goal": 200,
    "text": 900,
    "ask": 240,
    "choice": 100,
    "hint": 240,
    "why": 500,
    "reason": 240,
}
"""How many characters a text of a lesson may have: it has to fit beside what it is about."""

SMALLEST, LARGEST = 1e-9, 1e12
"""Magnitudes between which a number may be asked for; below, it may be all rounding error."""

MAX_STEPS, MAX_QUESTIONS, MAX_CHOICES, MAX_HINTS = 30, 5, 6, 6
"""How many steps a lesson may have, questions a step, choices and hints a question."""


@dataclass(frozen=True)
class LessonReport:
    """What a check of a lesson has found."""

    steps: int
    questions: int
    numbers: int
    """How many numbers its texts take from the run."""
    problems: tuple[LessonError, ...]
    """What is wrong, in the order of the file."""

    @property
    def ok(self) -> bool:
        return not self.problems


def check_lesson(experiment: Experiment, plan: LessonPlan) -> LessonReport:
    """Walk through a lesson and compare all that it says with its run.

    Raises `LessonError` for what cannot be read.
    """
    guide = Guide(Debugger(experiment), plan)
    problems = [*_lengths(plan), *_whole(guide)]
    numbers = 0
    for index, step in enumerate(guide.steps):
        page = guide.page(index)
        problems += page.problems
        for asked, question in zip(step.questions, page.questions, strict=True):
            if question is not None:
                problems += _disagreements(plan, asked, question)
        texts = [step.text, *(text for asked in step.questions for text in asked.texts)]
        numbers += sum(text.holes for text in texts)
    in_order = sorted(problems, key=lambda p: (p.place.line or 0) if p.place else 0)
    return LessonReport(len(plan.steps), plan.questions, numbers, tuple(in_order))


# --- what the file is like -----------------------------------------------------------------------


def _whole(guide: Guide) -> Iterator[LessonError]:
    plan = guide.plan
    if not plan.title:
        yield plan.error("a lesson without a title", ("lesson",), hint='write  title = "…"')
    if not plan.goal.text.strip():
        hint = 'write  goal = "…": what a reader can do after it'
        yield plan.error("a lesson without a goal", ("lesson",), hint=hint)
    if (
        plan.next
        and plan.next not in lesson_paths()
        and not exists(Path(plan.name).parent / plan.next)
    ):
        what = f"there is no file and no lesson '{plan.next}'"
        yield plan.error(what, ("lesson", "next"), did_you_mean(plan.next, lesson_paths()))
    if len(plan.steps) > MAX_STEPS:
        yield plan.error(f"{len(plan.steps)} steps; at most {MAX_STEPS} fit", ("step",))
    for name, fork in plan.timelines.items():
        try:
            guide.timeline(name)
        except LessonError as error:
            yield error
        users = [step for step in plan.steps if step.on.text == name]
        if not users and f"on {name}" not in plan.source.text:
            yield plan.error(f"no step uses the timeline '{name}'", fork.path)


def _lengths(plan: LessonPlan) -> Iterator[LessonError]:
    yield from _length(plan, "title", Written(plan.title, ("title",)))
    yield from _length(plan, "goal", plan.goal)
    for step in plan.steps:
        yield from _length(plan, "text", step.text)
        if len(step.questions) > MAX_QUESTIONS:
            what = f"{len(step.questions)} questions in one step; at most {MAX_QUESTIONS} fit"
            yield plan.error(what, step.path)
        for question in step.questions:
            yield from _lengths_of(plan, question)


def _lengths_of(plan: LessonPlan, question: QuestionPlan) -> Iterator[LessonError]:
    yield from _length(plan, "ask", question.ask)
    yield from _length(plan, "why", question.why)
    for hint in question.hints:
        yield from _length(plan, "hint", hint)
    for slip in question.slips:
        yield from _length(plan, "reason", slip.say)
    for choice in question.choices:
        yield from _length(plan, "choice", choice.text)
        yield from _length(plan, "reason", choice.reason)
    count = len(question.choices)
    if question.type == "choices" and not 2 <= count <= MAX_CHOICES:
        what = f"{count} to choose from; 2 to {MAX_CHOICES} are wanted"
        yield plan.error(what, (*question.path, "choices"))
    if len(question.hints) > MAX_HINTS:
        what = f"{len(question.hints)} hints; at most {MAX_HINTS} are given"
        yield plan.error(what, (*question.path, "hints"))


def _length(plan: LessonPlan, kind: str, text: Written) -> Iterator[LessonError]:
    length, limit = len(text.text.strip()), LIMITS[kind]
    if length > limit:
        yield plan.error(f"this {kind} has {length} characters; at most {limit} fit", text.path)


# --- what the run says ---------------------------------------------------------------------------


def _disagreements(plan: LessonPlan, asked: AskedPlan, question: Question) -> Iterator[LessonError]:
    """Where a question and the run say different things."""
    stated = asked.plan.answer
    path = (*asked.plan.path, "answer")
    if stated is not None and (what := _disagreement(question, stated)):
        yield plan.error(what, path)
    match question.answer:
        case OneOf(choices, right) if asked.choices:
            yield from _choices(plan, asked, [c.text for c in choices], right)
        case Amount(value) as answer:
            if value and not SMALLEST <= abs(value) <= LARGEST:
                hint = f"ask for one from {SMALLEST:g} to {LARGEST:g}, or for 0"
                what = f"the answer is {written(value)}: hardly a number to type"
                yield plan.error(what, asked.plan.subject.path, hint)
            yield from _slips(plan, asked, question, answer)
        case _:
            pass
    if not asked.plan.why.text.strip():
        yield plan.error(
            "a question without a why", asked.plan.path, hint="say why the answer is what it is"
        )


def _disagreement(question: Question, stated: Any) -> str:
    """How a stated answer differs from the computed one; nothing where they agree."""
    right = wanted(question.answer)
    match question.answer:
        case Amount(value, tolerance):
            if abs(float(stated) - value) <= tolerance * (1 + 1e-9):
                return ""
            return f"the answer is {written(value, 8)}, not {written(float(stated), 8)}"
        case OneOf(choices, at):
            texts = {choices[at].text, *choices[at].aliases}
            if stated.strip() in texts:
                return ""
            return f"the right one is {right}, not '{stated}'"
        case Marked(_, nodes):
            if set(stated) == nodes:
                return ""
            return f"the right ones are {right}, not {listed(stated) or 'none'}"


def _choices(
    plan: LessonPlan, asked: AskedPlan, texts: list[str], right: int
) -> Iterator[LessonError]:
    path = (*asked.plan.path, "choices")
    for at, choice in enumerate(asked.plan.choices):
        if at != right and not choice.reason.text.strip():
            yield plan.error(
                f"'{texts[at]}' is wrong, and has no reason",
                path,
                hint="say to who chose it what is wrong with it:  reason = …",
                within=choice.text.text,
            )
        if texts.index(texts[at]) != at:
            yield plan.error(f"two choices say '{texts[at]}'", path, within=choice.condition.text)


def _slips(
    plan: LessonPlan, asked: AskedPlan, question: Question, answer: Amount
) -> Iterator[LessonError]:
    for slip, (inquiry, _) in zip(answer.slips, asked.slips, strict=True):
        path = (*asked.plan.path, "slips")
        if not math.isfinite(slip.value):
            what = f"the slip '{inquiry.text}' is {written(slip.value)}, which nobody can type"
            yield plan.error(what, path, within=inquiry.text)
        elif judge(question, repr(slip.value)).outcome is Outcome.RIGHT:
            what = f"the slip '{inquiry.text}' is {written(slip.value)}: that is right"
            yield plan.error(what, path, within=inquiry.text)
        elif judge(question, repr(slip.value)).word != slip.word:
            what = f"the slip '{inquiry.text}' is {written(slip.value)}, as one before it is"
            yield plan.error(what, path, within=inquiry.text)
