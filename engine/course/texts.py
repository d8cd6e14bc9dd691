"""Texts with numbers of the run in them: ``{grad(w1)}`` stands for what it is at its place.

A number has five significant digits, or as many as stand behind a colon: ``{loss:3}``. Braces that
mean themselves are doubled.
May import: errors, numerals, inquiries, plan.   Imported by: guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from engine.course.inquiries import Inquirer, Inquiry, Runs
from engine.course.plan import LessonPlan, Written
from engine.errors import GradstepError, LessonError
from engine.ops import Array
from engine.quiz.numerals import DIGITS, written

MOST = 12
"""How many numbers of an array a text shows; of a larger one it has to name an entry."""

UNKNOWN = "·"
"""What stands for a number that is not known."""

_PIECES = re.compile(r"\{\{|\}\}|\{(?P<inside>[^{}]*)\}|[{}]")
_DIGITS = re.compile(r"(.*):\s*(\d{1,2})\s*", re.DOTALL)


@dataclass(frozen=True)
class Hole:
    """A number that is filled in: what it is, and how it is written."""

    inquiry: Inquiry
    digits: int
    source: str
    """As it stands in the file, with its braces."""


@dataclass(frozen=True)
class Text:
    """A text whose holes have been read."""

    written: Written
    parts: tuple[str | Hole, ...]

    @property
    def holes(self) -> int:
        return sum(isinstance(part, Hole) for part in self.parts)

    def filled(self, runs: Runs) -> tuple[str, tuple[tuple[Hole, GradstepError], ...]]:
        """The text with its numbers, and what is wrong with those that are not known."""
        words: list[str] = []
        wrong: list[tuple[Hole, GradstepError]] = []
        for part in self.parts:
            if isinstance(part, str):
                words.append(part)
                continue
            try:
                words.append(shown(part.inquiry.value(runs), part.digits))
            except GradstepError as error:
                words.append(UNKNOWN)
                wrong.append((part, error))
        return "".join(words), tuple(wrong)


def read_text(plan: LessonPlan, written_: Written, inquirer: Inquirer) -> Text:
    """Read the holes of a text. Raises `LessonError`, placed in the file."""
    text, parts, end = written_.text, [], 0
    for match in _PIECES.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
        elif match["inside"] is None:
            line = text[: match.end()].rsplit("\n", 1)[-1]
            raise plan.error(
                f"a '{match[0]}' without its other half",
                written_.path,
                hint=f"write {match[0] * 2} for the sign itself",
                within=line,
            )
        else:
            parts.append(_hole(plan, written_, inquirer, match[0], match["inside"]))
    parts.append(text[end:])
    return Text(written_, tuple(part for part in parts if part != ""))


def _hole(
    plan: LessonPlan, written_: Written, inquirer: Inquirer, source: str, inside: str
) -> Hole:
    text, digits = inside, DIGITS
    # A slice has colons, too, and stands in brackets.
    if (match := _DIGITS.fullmatch(inside)) and match[1].count("[") == match[1].count("]"):
        text, digits = match[1], int(match[2])
    try:
        if not 1 <= digits <= 17:
            raise LessonError(f"{digits} digits; 1 to 17 can be shown")
        return Hole(inquirer.expression(text), digits, source)
    except GradstepError as error:
        raise plan.located(error, written_, within=inside) from None


def shown(value: Array, digits: int = DIGITS) -> str:
    """A number, or a few of them in brackets. Raises `LessonError` for many."""
    if value.size > MOST:
        raise LessonError(
            f"{value.size} numbers are too many for a text",
            hint=f"at most {MOST}: take an entry, like  h[0],  or say  norm(…)",
        )
    return _nested(np.asarray(value), digits)


def _nested(value: Array, digits: int) -> str:
    if value.ndim == 0:
        return written(float(value), digits)
    return f"[{', '.join(_nested(part, digits) for part in value)}]"
