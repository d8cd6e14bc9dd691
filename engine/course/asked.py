"""Questions of a lesson: read against the experiment, and answered by its run.

The answer is always computed: what the author thinks it is is only compared with it (`checking`).
May import: errors, graph, quiz, inquiries, plan, texts.   Imported by: guide, checking.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.course.inquiries import Inquirer, Inquiry, Runs
from engine.course.places import spot
from engine.course.plan import LessonPlan, QuestionPlan, Written
from engine.course.texts import Text, read_text
from engine.errors import GradstepError, LessonError, listed
from engine.quiz.numerals import written
from engine.quiz.questions import (
    Amount,
    Answer,
    Choice,
    Marked,
    OneOf,
    Question,
    QuestionKind,
    Slip,
)
from engine.trace import Address

SMALLEST_TOLERANCE = 1e-9
"""How far off an answer of 0 may be, since there are no parts of it."""

SIGNS = (
    Choice("positive", aliases=("+", "pos", "plus", "> 0")),
    Choice("negative", aliases=("-", "neg", "minus", "< 0")),
    Choice("0", aliases=("zero", "none", "= 0")),
)

Say = Callable[[Text], str]
"""Fills in the numbers of a text."""


@dataclass(frozen=True, eq=False)
class AskedPlan:
    """A question whose expressions and texts have been read."""

    plan: QuestionPlan
    ask: Text
    hints: tuple[Text, ...]
    why: Text
    subject: Inquiry | None
    """The expression of a number or a sign."""
    each: Mapping[str, Inquiry]
    """What is asked of every node that can be chosen."""
    choices: tuple[tuple[Text, Inquiry, Text], ...]
    slips: tuple[tuple[Inquiry, Text], ...]
    right: frozenset[str]
    """Of questions about the graph alone the names that answer them."""
    candidates: tuple[str, ...]

    @property
    def texts(self) -> Iterator[Text]:
        """Every text that a reader may see."""
        yield from (self.ask, *self.hints, self.why)
        for text, _, reason in self.choices:
            yield from (text, reason)
        yield from (say for _, say in self.slips)

    def answer(self, runs: Runs, say: Say) -> Answer:
        """The right answer, computed. Raises `LessonError` where there is no single one."""
        match self.plan.type:
            case "number":
                return self._amount(runs, say)
            case "sign":
                return self._sign(runs)
            case "choices":
                return self._choice(runs, say)
            case "largest" | "smallest":
                return self._extreme(runs)
            case "which":
                found = {n for n, asked in self.each.items() if asked.number(runs)}
                return self._marked(found, "not among them")
            case "affects" | "affected_by":
                outside = "not affected" if self.plan.type == "affects" else "affects it not"
                return self._marked(self.right, outside)
            case "writes":
                (right,) = self.right
                wrong = "another event writes that"
                choices = tuple(Choice(n, "" if n == right else wrong) for n in self.candidates)
                return OneOf(choices, self.candidates.index(right))

    def question(self, address: Address, runs: Runs, say: Say) -> Question:
        """The question as it is asked. Raises `LessonError`."""
        return Question(
            QuestionKind.LESSON,
            address,
            say(self.ask),
            (),
            self.answer(runs, say),
            tuple(say(hint) for hint in self.hints),
            tuple(line for line in say(self.why).split("\n") if line),
        )

    # --- answers -------------------------------------------------------------------------------

    def _amount(self, runs: Runs, say: Say) -> Amount:
        assert self.subject is not None
        value = self.subject.number(runs)
        if not math.isfinite(value):
            raise LessonError(f"the answer is {written(value)}, which nobody can type")
        tolerance = self.plan.tolerance * abs(value)
        if self.plan.tolerance and not value:
            tolerance = SMALLEST_TOLERANCE
        slips = tuple(Slip(slip.number(runs), say(word)) for slip, word in self.slips)
        return Amount(value, tolerance, slips)

    def _sign(self, runs: Runs) -> OneOf:
        assert self.subject is not None
        value = self.subject.number(runs)
        if math.isnan(value):
            raise LessonError("the answer is nan, which has no sign")
        right = 0 if value > 0 else 1 if value < 0 else 2
        said = f"it is {written(value)}"
        return OneOf(tuple(Choice(c.text, said, c.aliases) for c in SIGNS), right)

    def _choice(self, runs: Runs, say: Say) -> OneOf:
        true = [at for at, (_, holds, _) in enumerate(self.choices) if holds.number(runs)]
        if len(true) != 1:
            texts = listed(f"'{say(self.choices[at][0])}'" for at in true)
            raise LessonError(
                f"{len(true)} of the choices are right: {texts}" if true else "no choice is right",
                hint="exactly one condition has to be true at its place",
            )
        choices = tuple(Choice(say(text), say(reason)) for text, _, reason in self.choices)
        return OneOf(choices, true[0])

    def _extreme(self, runs: Runs) -> OneOf:
        values = {name: asked.number(runs) for name, asked in self.each.items()}
        most = max(values.values()) if self.plan.type == "largest" else min(values.values())
        right = [name for name, value in values.items() if value == most]
        if len(right) != 1 or not all(map(math.isfinite, values.values())):
            shown = listed(f"{name}: {written(value)}" for name, value in values.items())
            raise LessonError(f"none of them is the {self.plan.type}: {shown}")
        said = f"that of {right[0]} is {written(most)}"
        choices = tuple(Choice(n, f"it is {written(v)}, and {said}") for n, v in values.items())
        return OneOf(choices, self.candidates.index(right[0]))

    def _marked(self, found: set[str] | frozenset[str], outside: str) -> Marked:
        right = frozenset(found)
        if not right or right == frozenset(self.candidates):
            what = "all" if right else "none"
            raise LessonError(
                f"{what} of the nodes {'are' if right else 'is'} right: there is nothing to mark",
                hint="name others in  of",
            )
        return Marked(self.candidates, right, outside)


# --- reading ------------------------------------------------------------------------------------


def read_question(plan: LessonPlan, question: QuestionPlan, inquirer: Inquirer) -> AskedPlan:
    """Read the expressions and the texts of a question. Raises `LessonError`."""

    def text(written_: Written) -> Text:
        return read_text(plan, written_, inquirer)

    def expression(written_: Written, *, truth: bool = False) -> Inquiry:
        try:
            return inquirer.expression(written_.text, truth=truth)
        except GradstepError as error:
            raise plan.located(error, written_) from None

    kind, subject = question.type, question.subject
    candidates, right = _names(plan, question, inquirer)
    each: dict[str, Inquiry] = {}
    if kind in ("largest", "smallest", "which"):
        try:
            each = inquirer.each(subject.text, candidates, truth=kind == "which")
        except GradstepError as error:
            raise plan.error(f"'{subject.text}': {error.what}", subject.path, error.hint) from None
    return AskedPlan(
        plan=question,
        ask=text(question.ask),
        hints=tuple(map(text, question.hints)),
        why=text(question.why),
        subject=expression(subject) if kind in ("number", "sign") else None,
        each=each,
        choices=tuple(
            (text(c.text), expression(c.condition, truth=True), text(c.reason))
            for c in question.choices
        ),
        slips=tuple((expression(slip.number), text(slip.say)) for slip in question.slips),
        right=right,
        candidates=candidates,
    )


def _names(
    plan: LessonPlan, question: QuestionPlan, inquirer: Inquirer
) -> tuple[tuple[str, ...], frozenset[str]]:
    """The nodes to choose from, and of questions about the graph alone those that are right."""
    graph, kind, subject = inquirer.scope.graph, question.type, question.subject
    if kind in ("number", "sign", "choices"):
        return (), frozenset()
    path = (*question.path, "of")
    for name in question.of:
        try:
            inquirer.node(name)
        except LessonError as error:
            raise plan.error(error.what, path, error.hint, within=name) from None
    candidates = question.of or tuple(formula.name for formula in graph.formulas)
    if len(set(candidates)) < max(2, len(candidates)):
        raise plan.error("of wants two nodes or more, each once", path)
    if kind in ("largest", "smallest", "which"):
        return candidates, frozenset()
    try:
        if kind == "writes":
            right = {_written_at(inquirer, subject.text)}
            if not right & set(candidates):
                hint = f"add '{min(right)}'"
                raise plan.error("the right one is not among the nodes of  of", path, hint)
            return candidates, frozenset(right)
        node = graph.named[inquirer.node(subject.text)]
    except LessonError as error:
        if error.place is not None:
            raise
        raise plan.error(error.what, subject.path, error.hint, within=subject.text) from None
    except GradstepError as error:
        raise plan.located(error, subject) from None
    reached = graph.descendants(node) if kind == "affects" else graph.ancestors(node)
    return candidates, frozenset(n for n in candidates if graph.named[n] in reached - {node})


def _written_at(inquirer: Inquirer, text: str) -> str:
    """The name of the node that the event at a place computes, adds to or changes."""
    scope = inquirer.scope
    place = spot(text, scope, inquirer.stand.ordinal)
    if place.event is None:
        raise LessonError("this is a whole iteration; one event is wanted", hint="like  .17")
    node = scope.listing.step(place.event).node
    if node is None:
        raise LessonError("the event there writes no single node")
    return scope.graph[node].name
