"""Replies, read and judged; and the score of a whole quiz.

May import: errors, numerals, questions.   Imported by: the public face, sheet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

from engine.errors import ReplyError, did_you_mean, listed
from engine.quiz.numerals import read_number, written
from engine.quiz.questions import Amount, Answer, Marked, OneOf, Question

HINT_COST = 0.25
"""What each hint takes from what a right answer scores."""


T = TypeVar("T")


class Outcome(StrEnum):
    """What came of a reply."""

    RIGHT = "right"
    PARTLY = "partly right"
    WRONG = "wrong"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Judgement:
    """How a reply was judged."""

    outcome: Outcome
    score: float
    """From 0 to 1; of nodes that were to be marked the harmonic mean of precision and recall."""
    wanted: str
    """The right answer."""
    word: str = ""
    """What went wrong."""


@dataclass(frozen=True)
class Marking(Generic[T]):
    """Things that were marked, beside those that were to be."""

    right: frozenset[T]
    marked: frozenset[T]

    @property
    def found(self) -> frozenset[T]:
        return self.right & self.marked

    @property
    def missed(self) -> frozenset[T]:
        return self.right - self.marked

    @property
    def wrong(self) -> frozenset[T]:
        return self.marked - self.right

    @property
    def precision(self) -> float:
        """The share of what is marked that is right."""
        return len(self.found) / len(self.marked) if self.marked else float(not self.right)

    @property
    def recall(self) -> float:
        """The share of what is right that is marked."""
        return len(self.found) / len(self.right) if self.right else 1.0

    @property
    def score(self) -> float:
        """The harmonic mean of precision and recall, from 0 to 1."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def wanted(answer: Answer) -> str:
    """The right answer as text; `judge` takes it back."""
    match answer:
        case Amount(value):
            return written(value)
        case OneOf(choices, right):
            return f"{answer.labels[right]}) {choices[right].text}"
        case Marked(candidates, right):
            return ", ".join(name for name in candidates if name in right)


def judge(question: Question, reply: str) -> Judgement:
    """Whether a reply is right. Raises `ReplyError` for one that says nothing that could be."""
    match question.answer:
        case Amount() as answer:
            return _judged_number(answer, read_number(reply))
        case OneOf() as answer:
            chosen = _read_choice(answer, reply)
            if chosen == answer.right:
                return Judgement(Outcome.RIGHT, 1.0, wanted(answer))
            return Judgement(Outcome.WRONG, 0.0, wanted(answer), answer.choices[chosen].word)
        case Marked() as answer:
            return _judged_nodes(answer, _read_names(answer, reply))


def skipped(question: Question) -> Judgement:
    """The verdict on no reply at all."""
    return Judgement(Outcome.SKIPPED, 0.0, wanted(question.answer))


# --- a number ------------------------------------------------------------------------------------


def _judged_number(answer: Amount, reply: float) -> Judgement:
    value, tolerance = answer.value, answer.tolerance
    # The last bit of a limit that was itself rounded is not held against anyone.
    if abs(reply - value) <= tolerance * (1 + 1e-9):
        return Judgement(Outcome.RIGHT, 1.0, wanted(answer))
    share = tolerance / abs(value) if value else 0.0
    slips = (s.word for s in answer.slips if abs(reply - s.value) <= share * abs(s.value))
    word = next(slips, "") or _how_far(value, reply, exact=tolerance == 0)
    return Judgement(Outcome.WRONG, 0.0, wanted(answer), word)


def _how_far(value: float, reply: float, *, exact: bool) -> str:
    if exact or reply == 0 or value == 0:
        return "too many" if exact and reply > value else "too few" if exact else ""
    factor = f"off by the factor {written(reply / value)}"
    return f"the wrong sign, and {factor}" if reply * value < 0 else factor


# --- a choice ------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("−", "-").split())


def _read_choice(answer: OneOf, reply: str) -> int:
    """The position of the choice that is meant: by its label, its text, or how that begins."""
    said = _plain(reply)
    label = re.sub(r"^\(?(\w)[).:]?$", r"\1", said)
    if label in answer.labels:
        return answer.labels.index(label)
    names = [tuple(map(_plain, (choice.text, *choice.aliases))) for choice in answer.choices]
    text = re.sub(r"^\s*\w\) ", "", reply).strip()
    spelled = [at for at, choice in enumerate(answer.choices) if choice.text == text]
    exact = [at for at, known in enumerate(names) if _plain(text) in known]
    begun = [
        at
        for at, known in enumerate(names)
        if said[:1].isalpha() and any(name.startswith(said) for name in known)
    ]
    for found in (spelled, exact, begun):
        if len(found) == 1:
            return found[0]
    what = "could be more than one of the choices" if begun else "is none of the choices"
    raise ReplyError(
        f"'{reply.strip()[:100]}' {what}",
        hint=f"reply with one of {', '.join(answer.labels)}",
    )


# --- nodes ---------------------------------------------------------------------------------------


def _read_names(answer: Marked, reply: str) -> frozenset[str]:
    words = [word for word in re.split(r"[\s,;]+", reply.strip()) if word]
    if not words:
        raise ReplyError("no node came", hint="reply with names, like  h, loss;  or with none")
    if [word.casefold() for word in words] == ["none"] and "none" not in answer.candidates:
        return frozenset()
    for word in words:
        if word not in answer.candidates:
            raise ReplyError(
                f"'{word[:100]}' is not among them",
                hint=did_you_mean(
                    word, answer.candidates, f"reply with some of {listed(answer.candidates)}"
                ),
            )
    return frozenset(words)


def _judged_nodes(answer: Marked, marked: frozenset[str]) -> Judgement:
    marks = Marking(answer.right, marked)
    if marked == answer.right:
        return Judgement(Outcome.RIGHT, 1.0, wanted(answer))
    missing = [name for name in answer.candidates if name in marks.missed]
    wrong = [name for name in answer.candidates if name in marks.wrong]
    words = [
        f"precision {100 * marks.precision:.0f} %, recall {100 * marks.recall:.0f} %",
        *([f"missing: {listed(missing)}"] if missing else ()),
        *([f"{answer.outside}: {listed(wrong)}"] if wrong else ()),
    ]
    outcome = Outcome.PARTLY if marks.found else Outcome.WRONG
    return Judgement(outcome, marks.score, wanted(answer), "; ".join(words))


# --- a whole quiz --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quiz:
    """Questions one after the other, and what the replies have scored so far.

    Frozen: `hinted`, `replied` and `passed` give the quiz as it goes on.
    """

    questions: tuple[Question, ...]
    verdicts: tuple[Judgement, ...] = ()
    points: float = 0.0
    hints: int = 0
    """How many hints for the current question have been shown."""

    @property
    def current(self) -> Question | None:
        """The question that is being asked; None at the end."""
        done = len(self.verdicts)
        return self.questions[done] if done < len(self.questions) else None

    @property
    def hint(self) -> str | None:
        """The hint shown last for the current question."""
        return self.current.hints[self.hints - 1] if self.current and self.hints else None

    def hinted(self) -> Quiz:
        """With one hint more; the same where there is none left."""
        if self.current is None or self.hints >= len(self.current.hints):
            return self
        return replace(self, hints=self.hints + 1)

    def replied(self, reply: str) -> Quiz:
        """With the current question answered. Raises `ReplyError`, and nothing has happened."""
        assert self.current is not None, "every question has been answered"
        return self._with(judge(self.current, reply))

    def passed(self) -> Quiz:
        """With the current question skipped."""
        assert self.current is not None, "every question has been answered"
        return self._with(skipped(self.current))

    def _with(self, verdict: Judgement) -> Quiz:
        points = verdict.score * max(0.0, 1 - HINT_COST * self.hints)
        return Quiz(self.questions, (*self.verdicts, verdict), self.points + points)

    @property
    def perfect(self) -> bool:
        """Whether every reply so far was right."""
        return all(verdict.outcome is Outcome.RIGHT for verdict in self.verdicts)
