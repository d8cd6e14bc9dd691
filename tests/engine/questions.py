"""Questions about a run in two tongues: the debugger's text, and plain Python on a naive one.

A question reads some names; what it says is a function of their arrays. When it is asked, and what
it means to stop at it, is written here once more from its description alone: event by event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.engine.naive import Naive

COUNTERS = ("epoch", "iteration", "step")


@dataclass(frozen=True)
class Question:
    """An expression: its text, what it reads (``w``, ``grad w``, ``prev w``), and its meaning."""

    text: str
    reads: tuple[str, ...]
    answer: Callable[..., Any]


def _norm(a: Any) -> Any:
    return np.sqrt(np.add.reduce(a * a, axis=None))


def _value(a: Any) -> Any:
    return a


def conditions(loss: float, weight: str, inner: str, batch: str) -> tuple[Question, ...]:
    """Conditions over a weight, an inner value and the data; `loss` is one of its usual values."""
    return (
        Question(f"loss > {loss!r}", ("loss",), lambda a: a > loss),
        Question("loss > prev(loss)", ("loss", "prev loss"), lambda a, b: a > b),
        Question(f"any({weight} > 0.4)", (weight,), lambda a: np.any(a > 0.4)),
        Question(f"norm(grad({weight})) > 0.3", (f"grad {weight}",), lambda g: _norm(g) > 0.3),
        Question(
            f"any(grad({weight}) * prev(grad({weight})) < 0) or isnan(loss)",
            (f"grad {weight}", f"prev grad {weight}", "loss"),
            lambda g, h, a: np.any(g * h < 0) or np.isnan(a),
        ),
        Question(
            f"any({inner} < 0) and epoch > 1",
            (inner, "epoch"),
            lambda a, e: np.any(a < 0) and e > 1,
        ),
        Question(f"all({batch} > -1.5)", (batch,), lambda a: np.all(a > -1.5)),
        Question("step > 3 and step < 6", ("step",), lambda n: 3 < n < 6),
    )


def watched(weight: str, inner: str, batch: str) -> tuple[Question, ...]:
    """Expressions whose change is of interest."""
    return (
        Question(weight, (weight,), _value),
        Question(f"grad({inner})", (f"grad {inner}",), _value),
        Question(f"sign(grad({weight}))", (f"grad {weight}",), np.sign),
        Question(f"{inner} > 0", (inner,), lambda a: a > 0),
        Question(f"prev({weight}) < {weight}", (f"prev {weight}", weight), np.less),
        Question(batch, (batch,), _value),
        Question(f"{batch}[1]", (batch,), lambda a: a[1]),
        Question("epoch", ("epoch",), _value),
    )


class Asked:
    """A question put to a naive timeline: an answer at every event, and where it counts."""

    def __init__(self, question: Question, naive: Naive) -> None:
        self.question = question
        self.naive = naive

    def answer(self, ordinal: int) -> Any:
        """What it says right after an event; None while something that it reads is unknown."""
        arrays = [self._read(name, ordinal) for name in self.question.reads]
        if any(a is None for a in arrays):
            return None
        try:
            with np.errstate(all="ignore"):
                return np.asarray(self.question.answer(*arrays), dtype=np.float64)
        except IndexError:  # an entry that a short batch does not have
            return None

    def points(self, *, start: bool = True) -> list[int]:
        """The events that wrote something it reads, or after which that was set, with all of it
        known; the `start` as well."""
        return [o for o in range(1, len(self.naive.moments) + 1) if self._is_point(o, start)]

    def truths(self, where: set[int] | None = None) -> list[int]:
        """The events at which it is true, of its points or else of the places it is asked at."""
        asked = self.points() if where is None else sorted(where)
        return [o for o in asked if (said := self.answer(o)) is not None and bool(said.any())]

    def changes(self) -> list[int]:
        """The points at which it says something else than at the point before."""
        found, before = [], None
        for ordinal in self.points():
            said = self.answer(ordinal)
            if before is not None and said is not None and said.tobytes() != before.tobytes():
                found.append(ordinal)
            before = said
        return found

    def _is_point(self, ordinal: int, start: bool) -> bool:
        if any(self._read(name, ordinal) is None for name in self.question.reads):
            return False
        return (start and ordinal == 1) or any(
            self._written(name.removeprefix("prev "), ordinal) or self._edited(name, ordinal)
            for name in self.question.reads
        )

    def _edited(self, name: str, ordinal: int) -> bool:
        """Whether an edit set it right after this event; its past, one iteration before."""
        if name.startswith("prev "):
            name, ordinal = name.removeprefix("prev "), ordinal - self.naive.calendar.events
        return ordinal >= 1 and name in self.naive.moments[ordinal - 1].edited

    def _written(self, name: str, ordinal: int) -> bool:
        wrote = self.naive.moments[ordinal - 1].wrote
        if name in COUNTERS:
            return (ordinal - 1) % self.naive.calendar.events == 0
        if name.startswith("grad "):
            name = name.removeprefix("grad ")
            return ("gradient", name) in wrote or ("clipped", name) in wrote
        return ("value", name) in wrote

    def _read(self, name: str, ordinal: int) -> Any:
        if not name.startswith("prev "):
            return self._now(name, ordinal)
        name, events = name.removeprefix("prev "), self.naive.calendar.events
        if ordinal <= events:
            return None
        before = self._now(name, ordinal - events)
        if before is not None:
            return before
        return self._now(name, ordinal - 1 - (ordinal - 1) % events)  # as it was left

    def _now(self, name: str, ordinal: int) -> Any:
        moment, calendar = self.naive.moments[ordinal - 1], self.naive.calendar
        if name in COUNTERS:
            address = calendar.address(ordinal)
            step = calendar.step(ordinal) + 1
            return {"epoch": address.epoch, "iteration": address.iteration, "step": step}[name]
        if name.startswith("grad "):
            return moment.gradients.get(name.removeprefix("grad "))
        return moment.values.get(name)


def places(naive: Naive, where: str) -> set[int]:
    """The events of a place: a line's number, a value, or ``grad`` and a name."""
    if where.isdigit():
        events = naive.calendar.events
        last = max(s.index for s in naive.listing.steps if s.line == int(where))
        return {o for o in range(1, len(naive.moments) + 1) if (o - 1) % events + 1 == last}
    kind, name = ("gradient", where[5:]) if where.startswith("grad ") else ("value", where)
    return {o for o, moment in enumerate(naive.moments, 1) if (kind, name) in moment.wrote}
