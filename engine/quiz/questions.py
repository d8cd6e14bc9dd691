"""What a question is: a frozen value with its answer, its hints and what can go wrong.

May import: numerals, trace.   Imported by: the rest of this room.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.trace import Address


class QuestionKind(StrEnum):
    """What a question is about."""

    SIGN = "sign"
    """The sign of a gradient."""
    VALUE = "value"
    """A gradient, or what one event or one sample contributes to it."""
    ZERO = "zero"
    """Which factor makes a gradient 0."""
    MOVES = "moves"
    """Which parameter the update moves most."""
    LOSS = "loss"
    """What the update does to the loss of the same batch."""
    AFFECTS = "affects"
    """Which nodes a parameter affects."""
    FAN_OUT = "fan-out"
    """How many contributions a gradient is the sum of."""
    FORWARD = "forward"
    """The value that the event computes."""
    LESSON = "lesson"
    """What the author of a lesson asks."""


@dataclass(frozen=True)
class Slip:
    """A mistake that people make, what it comes to, and what to say about it."""

    value: float
    word: str


@dataclass(frozen=True)
class Amount:
    """A number is wanted: right within `tolerance` of `value`."""

    value: float
    tolerance: float
    slips: tuple[Slip, ...] = ()


@dataclass(frozen=True)
class Choice:
    """One thing to choose, and what to say to someone who chose it wrongly."""

    text: str
    word: str = ""
    aliases: tuple[str, ...] = ()
    """Other ways to write it."""


@dataclass(frozen=True)
class OneOf:
    """One choice is right; no other one says the same."""

    choices: tuple[Choice, ...]
    right: int
    """The position of the right one, from 0."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What stands before the choices: letters, or numbers where a choice *is* a letter."""
        letters = tuple("abcdefghij"[: len(self.choices)])
        if any(choice.text.casefold() in letters for choice in self.choices):
            return tuple(str(i + 1) for i in range(len(self.choices)))
        return letters


@dataclass(frozen=True)
class Marked:
    """Those of the candidates are wanted that are in `right`."""

    candidates: tuple[str, ...]
    right: frozenset[str]
    outside: str = "not affected"
    """What to say of those that were marked and are not in it."""


Answer = Amount | OneOf | Marked


@dataclass(frozen=True)
class Link:
    """One factor of a chain rule, with its number in each of the terms that are added."""

    symbol: str
    """``∂g/∂h``"""
    rule: str
    """The same in the symbols of the formulas: ``w2``; empty where the question gives it."""
    values: tuple[float, ...]


@dataclass(frozen=True)
class Question:
    """A question about one event, with everything to answer, hint at and explain it."""

    kind: QuestionKind
    address: Address
    text: str
    given: tuple[str, ...]
    """The numbers that one needs: ``w2 = 1.5``."""
    answer: Answer
    hints: tuple[str, ...]
    """Each says a little more; of a gradient one factor at a time."""
    explanation: tuple[str, ...]
    """The derivation: in symbols, with numbers, and the result."""
    links: tuple[Link, ...] = ()
    """Of a gradient the factors: the sum of their products over the terms is the gradient."""
