"""Which questions can be asked at an event, and which of them a seed picks.

Every kind of question is a generator: of the places of an iteration where it could be asked, in the
order that chance gives, those where it makes sense. Chance is a pure function of the seed and the
event, as everywhere.
May import: run, the rest of this room.   Imported by: the public face.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from engine.quiz.asked import WITHIN, Asked
from engine.quiz.gradients import sign_questions, value_questions, zero_questions
from engine.quiz.nodes import affects_questions, fan_out_questions
from engine.quiz.passes import forward_questions, loss_questions, moves_questions
from engine.quiz.questions import Question, QuestionKind
from engine.run import Run

_QUIZ = 0x7175697A
"""Keeps the random numbers of questions apart from those of a run."""

MAX_ITERATIONS = 50
"""How far from the event questions are looked for."""

Asking = Callable[[Asked], Iterator[Question]]

KINDS: dict[QuestionKind, Asking] = {
    QuestionKind.FORWARD: forward_questions,
    QuestionKind.VALUE: value_questions,
    QuestionKind.SIGN: sign_questions,
    QuestionKind.ZERO: zero_questions,
    QuestionKind.MOVES: moves_questions,
    QuestionKind.LOSS: loss_questions,
    QuestionKind.AFFECTS: affects_questions,
    QuestionKind.FAN_OUT: fan_out_questions,
}


def questions(run: Run, ordinal: int, seed: int = 0, count: int = 10) -> tuple[Question, ...]:
    """The first `count` of `each_question`; there may be fewer in a run that has little to ask."""
    return tuple(islice(each_question(run, ordinal, seed), count))


def each_question(run: Run, ordinal: int, seed: int = 0) -> Iterator[Question]:
    """Questions at an event: about it if it has any, then about the rest of its iteration.

    Where an iteration has no more, the next ones are asked about. The same experiment, event and
    seed give the same questions; each is made when it is asked for, and records as far as it asks.
    Raises `AddressError` for an event that is not in the run.
    """
    run.calendar.address(ordinal)
    asked: set[tuple[object, ...]] = set()
    first = run.calendar.step(ordinal)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence((_QUIZ, seed, ordinal))))
    event = (ordinal - 1) % run.calendar.events + 1
    for step in range(first, min(first + MAX_ITERATIONS, run.calendar.steps)):
        run.advance(step + 1)
        only = event if step == first else None
        for question in _drawn(run, step, rng, only):
            subject = _subject(question)
            if subject not in asked:
                asked.add(subject)
                yield question


def _subject(question: Question) -> tuple[object, ...]:
    """What a question asks: nothing is asked twice, once to compute and once to choose."""
    return question.kind, question.text.removesuffix("?").removesuffix(WITHIN), question.given


def _drawn(run: Run, step: int, rng: np.random.Generator, event: int | None) -> Iterator[Question]:
    """The questions of an iteration, one of `event` first, then of every kind in turn."""
    if event is not None:
        yield from islice(_turns(Asked(run, step, rng, event)), 1)
    yield from _turns(Asked(run, step, rng))


def _turns(asked: Asked) -> Iterator[Question]:
    """One question of each kind after the other, until none has any left."""
    left = [kind(asked) for kind in asked.shuffled(list(KINDS.values()))]
    while left:
        for questions_ in list(left):
            question = next(questions_, None)
            if question is None:
                left.remove(questions_)
            else:
                yield question
