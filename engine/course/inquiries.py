"""What a lesson asks its run: an expression, and where it is evaluated.

``grad(w1)`` is read where one stands, ``loss at e100`` as soon as it is known in that iteration,
``w1 at end on momentum`` on another timeline, ``main`` being the run as the experiment has it.
May import: conditions, errors, trace, places.   Imported by: the rest of this room.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.conditions import Expression, Scope
from engine.course.places import Spot, spot
from engine.errors import AddressError, LessonError, Place, did_you_mean, listed
from engine.ops import Array
from engine.run import Run
from engine.timelines import MAIN

Runs = Callable[[str], Run]
"""The run of a timeline by its name; empty: the one of the experiment as it is."""

_PARTS = re.compile(
    r"(?P<expression>.*?)(?:\s+at\s+(?P<place>\S.*?))?(?:\s+on\s+(?P<timeline>\S+))?\s*", re.DOTALL
)


@dataclass(frozen=True)
class Stand:
    """Where a step stands: a timeline, and an event of the run, from 1."""

    timeline: str
    """Its name in the lesson; empty: the run as the experiment has it."""
    ordinal: int


@dataclass(frozen=True, eq=False)
class Inquiry:
    """An expression, and the place where it is evaluated, checked against the experiment."""

    text: str
    expression: Expression
    stand: Stand

    def value(self, runs: Runs) -> Array:
        """What it says there. Raises `LessonError` where that is not known."""
        run, ordinal = runs(self.stand.timeline), self.stand.ordinal
        run.advance(run.calendar.step(ordinal) + 1)
        value = self.expression.value(run.state, ordinal)
        if value is None:
            raise LessonError(
                f"this is not known at {run.calendar.address(ordinal)}",
                hint="say where it is:  EXPRESSION at e1,  or stand further on",
            )
        return value

    def number(self, runs: Runs) -> float:
        """What it says, where that is one number. Raises `LessonError`."""
        value = self.value(runs)
        if value.size != 1:
            raise LessonError(
                f"this is {value.size} numbers; one is wanted", hint="take an entry, like  h[0]"
            )
        return float(value.reshape(()))


@dataclass(frozen=True)
class Inquirer:
    """Reads what a step asks: relative to where it stands."""

    scope: Scope
    timelines: tuple[str, ...]
    """The names of the lesson's timelines."""
    stand: Stand

    def expression(self, text: str, *, truth: bool = False) -> Inquiry:
        """An expression of any shape, or with `truth` a condition.

        Raises `FormulaError`, `ShapeError`, `AddressError` and `LessonError`, placed in the text
        where they concern a part of it.
        """
        match = _PARTS.fullmatch(text)
        assert match is not None, "each part of the pattern can be empty"
        words = match["expression"]
        reader = self.scope.condition if truth else self.scope.expression
        read = reader(words, fixed=True)
        return Inquiry(text, read, self._where(match, read))

    def _where(self, match: re.Match[str], read: Expression) -> Stand:
        timeline, ordinal = match["timeline"], self.stand.ordinal
        timeline = "" if timeline == MAIN else timeline
        if timeline and timeline not in self.timelines:
            hint = did_you_mean(timeline, self.timelines, "declare it in [lesson.timelines]")
            raise LessonError(f"there is no timeline '{timeline}'", hint=hint)
        if match["place"] is not None:
            try:
                place = spot(match["place"], self.scope, ordinal)
            except AddressError as error:
                column = match.start("place") + 1
                inside = Place(column=column, source=match.string, width=len(match["place"]))
                raise AddressError(error.what, place=inside, hint=error.hint) from None
            ordinal = self.known_from(place, read)
        return Stand(self.stand.timeline if timeline is None else timeline, ordinal)

    def known_from(self, place: Spot, read: Expression) -> int:
        """The event of a place; of a whole iteration the first one at which all is known."""
        event = place.event
        if event is None:
            # Only events that write something it reads can make it known.
            event = next((e for e in (1, *read.points) if read.unknown(e) is None), 1)
        return place.iteration * self.scope.calendar.events + event

    def each(self, text: str, names: tuple[str, ...], *, truth: bool = False) -> dict[str, Inquiry]:
        """What is asked about several nodes, with each one's name for ``_``.

        Raises as `expression` does.
        """
        if not re.search(r"\b_\b", text):
            raise LessonError(
                "this says the same of every node", hint="write _ for the node, like  norm(grad(_))"
            )
        return {n: self.expression(re.sub(r"\b_\b", n, text), truth=truth) for n in names}

    def node(self, name: str) -> str:
        """The name of a node. Raises `LessonError` where there is none."""
        named = self.scope.graph.named
        if name not in named:
            hint = did_you_mean(name, named, f"there are: {listed(named)}")
            raise LessonError(f"there is no node '{name}'", hint=hint)
        return name
