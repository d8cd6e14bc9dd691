"""An iteration that is being asked about, and the chance that picks its questions.

May import: run, why, chains, numerals, questions.   Imported by: the rest of this room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property, partial
from typing import TypeVar

import numpy as np

from engine.graph import Graph
from engine.quiz.chains import Terms, through_formula
from engine.quiz.numerals import written
from engine.quiz.questions import Amount, Answer, Choice, OneOf, Question, QuestionKind, Slip
from engine.run import Run
from engine.shapes import Shape
from engine.trace import Address
from engine.why.moment import Index, Moment, unflat

TOLERANCE = 0.01
"""A number is right within this part of it: enough for a pocket calculator."""

WITHIN = f", within {100 * TOLERANCE:g} %"
"""What a question that wants a number says about it."""

SMALLEST, LARGEST = 1e-6, 1e6
"""The magnitudes of the numbers that are asked for."""

CHOICES = 4
"""How many things there are to choose from at most."""

ELEMENTS = 8
"""How many elements of an array are looked at for one that is good to ask about."""

T = TypeVar("T")


class Asked:
    """One iteration of a run, counted from 0; with an `event`, only what that one does."""

    def __init__(
        self, run: Run, step: int, rng: np.random.Generator, event: int | None = None
    ) -> None:
        self.run, self.step, self.rng, self.event = run, step, rng, event

    @cached_property
    def moment(self) -> Moment:
        return Moment(self.run, self.step)

    @property
    def graph(self) -> Graph:
        return self.run.graph

    def named_once(self, node: int) -> bool:
        """Whether a node's name means no other: an inner op may stand in a formula twice."""
        return self._names[self.graph[node].name] == 1

    @cached_property
    def _names(self) -> Counter[str]:
        return Counter(n.name for n in self.graph.nodes if n.literal is None)

    @cached_property
    def through_formula(self) -> Callable[[int, int], Terms | None]:
        """`chains.through_formula` of this iteration, derived once for each pair."""
        return cache(partial(through_formula, self.moment))

    def about(self, event: int) -> bool:
        """Whether questions about this event are wanted."""
        return self.event in (None, event)

    def address(self, event: int) -> Address:
        return self.run.calendar.address(self.step * self.run.calendar.events + event)

    # --- chance --------------------------------------------------------------------------------

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in the order that chance gives."""
        return [items[int(i)] for i in self.rng.permutation(len(items))]

    def coin(self) -> bool:
        return bool(self.rng.random() < 0.5)

    def elements(self, shape: Shape) -> Iterator[Index]:
        """A few elements of an array of this shape, each once."""
        size = int(np.prod(shape))
        places = self.rng.permutation(size) if size <= 4096 else self.rng.integers(size, size=64)
        for place in list(dict.fromkeys(places.tolist()))[:ELEMENTS]:
            yield unflat(shape, place)

    # --- answers -------------------------------------------------------------------------------

    def question(
        self,
        kind: QuestionKind,
        event: int,
        text: str,
        answer: Answer,
        *,
        given: tuple[str, ...] = (),
        hints: tuple[str, ...] = (),
        explanation: tuple[str, ...] = (),
    ) -> Question:
        return Question(kind, self.address(event), text, given, answer, hints, explanation)

    def one_of(self, right: Choice, wrong: Sequence[Choice]) -> OneOf:
        """The right choice among a few wrong ones; those that say the same are left out."""
        others = {choice.text: choice for choice in wrong if choice.text != right.text}
        few = self.shuffled(list(others.values()))[: CHOICES - 1]
        choices = self.shuffled([right, *few])
        return OneOf(tuple(choices), choices.index(right))

    def choice_of(self, amount: Amount) -> OneOf | None:
        """A number to choose, among what the known slips come to; None where those are too few."""
        wrong = [Choice(written(slip.value), slip.word) for slip in amount.slips]
        if len(wrong) < 2:
            return None
        return self.one_of(Choice(written(amount.value)), wrong)


def amount(value: float, slips: Sequence[Slip]) -> Amount:
    """A number that is wanted, with the slips that lead elsewhere, each to a place of its own."""
    kept: list[Slip] = []
    for slip in slips:
        taken = (value, *(other.value for other in kept))
        if np.isfinite(slip.value) and all(clearly_apart(slip.value, other) for other in taken):
            kept.append(slip)
    return Amount(value, TOLERANCE * abs(value), tuple(kept))


def clearly_apart(a: float, b: float) -> bool:
    """Whether nobody would take one of the numbers for the other."""
    return abs(a - b) > 4 * TOLERANCE * max(abs(a), abs(b))


def askable(value: float) -> bool:
    """Whether a number is one to ask for: finite, not 0, of a readable size."""
    return bool(SMALLEST <= abs(value) <= LARGEST)


def legible(value: float, as_shown: float) -> bool:
    """Whether the numbers as they are written lead close enough to the answer."""
    return abs(as_shown - value) <= TOLERANCE / 2 * abs(value)


def length(texts: Sequence[str]) -> int:
    """How much there is to read: of two questions the one with fewer digits is better."""
    return sum(len(text) for text in texts)
