"""Stops: where a run is to be halted. Breakpoints on a place, on a condition, and watches.

A stop is only a description; `search` finds the events where it hits.
May import: conditions, errors, formulas.   Imported by: search, debugger.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from engine.conditions import Expression, Scope
from engine.errors import FormulaError, GradstepError, Place, did_you_mean, listed, one_line
from engine.formulas import normalized


class StopKind(StrEnum):
    """What a stop waits for."""

    LINE = "line"
    """A line of the listing is complete."""
    VALUE = "value"
    """A value is computed, a batch of data loaded, a parameter updated."""
    GRADIENT = "gradient"
    """A gradient is complete. Clipping comes later and is a line of its own."""
    CONDITION = "condition"
    """A condition is true at an event that changes something it reads."""
    WATCH = "watch"
    """An expression has other bits than before."""


@dataclass(frozen=True)
class Stop:
    """One breakpoint or watch."""

    number: int
    """Counted from 1 in the order in which stops were set; never used twice."""
    kind: StopKind
    text: str
    """As its author wrote it; of a watch the expression."""
    points: tuple[int, ...]
    """The events of an iteration, from 1, at which it may hit."""
    expression: Expression | None = None
    """The condition, also of a place; or what is watched."""
    enabled: bool = True
    temporary: bool = False
    """Whether it is removed once it has stopped the run."""
    ignore: int = 0
    """How many of the next hits, in the direction of travel, are passed over."""
    hits: int = 0
    """How often it was hit, also where it was passed over."""

    @property
    def initial(self) -> bool:
        """Whether the first event of the run is one of its points, although nothing wrote it."""
        return not self.is_place and self.expression is not None and self.expression.initial

    @property
    def is_place(self) -> bool:
        """Whether it is somewhere in the program, and not wherever what it reads is written."""
        return self.kind not in (StopKind.CONDITION, StopKind.WATCH)

    def __str__(self) -> str:
        return f"watch {self.text}" if self.kind is StopKind.WATCH else f"break {self.text}"


class Stops:
    """The stops of a debugger, by number."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        """What their texts can name."""
        self._stops: dict[int, Stop] = {}
        self._last = 0

    def __iter__(self) -> Iterator[Stop]:
        return iter(tuple(self._stops.values()))

    def __len__(self) -> int:
        return len(self._stops)

    def __getitem__(self, number: int) -> Stop:
        """The stop with this number. Raises `GradstepError`."""
        if number not in self._stops:
            numbers = listed(map(str, self._stops))
            raise GradstepError(
                f"there is no stop {number}",
                hint=f"there are: {numbers}"
                if numbers
                else "none are set: `break` or `watch` sets one",
            )
        return self._stops[number]

    @property
    def enabled(self) -> tuple[Stop, ...]:
        """Those that are not switched off."""
        return tuple(stop for stop in self if stop.enabled)

    # --- setting -------------------------------------------------------------------------------

    def break_at(self, text: str, *, temporary: bool = False, ignore: int = 0) -> Stop:
        """Set a breakpoint: ``12``, ``line 12``, ``g``, ``grad w1``, ``g if loss > 1``, ``if …``.

        `ignore` hits are passed over first. Raises `GradstepError` or, placed in the text,
        `FormulaError` and `ShapeError`.
        """
        kind, points, condition = _parsed(self.scope, text)
        return self._add(
            Stop(0, kind, one_line(text.strip()), points, condition), temporary, ignore
        )

    def watch(self, text: str, *, temporary: bool = False, ignore: int = 0) -> Stop:
        """Set a watch on any expression. Raises `FormulaError` and `ShapeError`."""
        watched = watch(self.scope, text)
        return self._add(watched, temporary, ignore)

    def restore(self, number: int, text: str, *, watched: bool, **state: Any) -> Stop:
        """Set a stop again as it was: its number, and `state` with what else a `Stop` remembers.

        Numbers have to come in rising order. Raises as `break_at` and `watch` do.
        """
        if number <= self._last:
            raise GradstepError(f"stop {number} comes after stop {self._last}")
        self._last = number - 1
        stop = self.watch(text) if watched else self.break_at(text)
        return self._change(stop.number, **state)

    def _add(self, stop: Stop, temporary: bool, ignore: int) -> Stop:
        self._last += 1
        stop = replace(stop, number=self._last, temporary=temporary, ignore=_natural(ignore))
        self._stops[stop.number] = stop
        return stop

    def remove(self, number: int) -> Stop:
        """Remove a stop and return it. Raises `GradstepError` for an unknown number."""
        stop = self[number]
        del self._stops[number]
        return stop

    def enable(self, number: int) -> Stop:
        """Switch a stop on. Raises `GradstepError` for an unknown number."""
        return self._change(number, enabled=True)

    def disable(self, number: int) -> Stop:
        """Switch a stop off, and keep it. Raises `GradstepError` for an unknown number."""
        return self._change(number, enabled=False)

    def ignore(self, number: int, hits: int) -> Stop:
        """Pass over the next so many hits of a stop. Raises `GradstepError`."""
        return self._change(number, ignore=_natural(hits))

    def hit(self, number: int, times: int, *, stopped: bool) -> None:
        """Count hits of a stop, the last of which `stopped` the run or else was passed over."""
        if number not in self._stops:
            return  # removed while it was searched for
        stop = self._stops[number]
        passed = times - stopped
        self._change(number, hits=stop.hits + times, ignore=max(0, stop.ignore - passed))
        if stopped and stop.temporary:
            self.remove(number)

    def _change(self, number: int, **changes: object) -> Stop:
        stop = replace(self[number], **changes)  # pyright: ignore[reportArgumentType]
        self._stops[number] = stop
        return stop


def _natural(hits: int) -> int:
    if hits < 0:
        raise GradstepError(f"{hits} hits cannot be ignored", hint="give 0 or more")
    return hits


def watch(scope: Scope, text: str) -> Stop:
    """A watch on an expression, not yet set. Raises `FormulaError` and `ShapeError`."""
    watched = scope.expression(text)
    return Stop(0, StopKind.WATCH, one_line(text.strip()), watched.points, watched)


def condition(scope: Scope, text: str) -> Stop:
    """A breakpoint on a condition, not yet set. Raises `FormulaError` and `ShapeError`."""
    tested = scope.condition(text)
    return Stop(0, StopKind.CONDITION, text.strip(), tested.points, tested)


# --- reading ------------------------------------------------------------------------------------

PLACES = "write a line (12), a value (g), a gradient (grad w1), or  if CONDITION"


def _parsed(scope: Scope, text: str) -> tuple[StopKind, tuple[int, ...], Expression | None]:
    """What a breakpoint's text says: its kind, its points, its condition."""
    match = re.match(r"(?P<where>.*?)(?<!\w)if(?!\w)", text, re.DOTALL)
    if match is None:
        kind, point = place_in(scope, text, text)
        return kind, (point,), None
    if not match["where"].strip():
        tested = scope.condition(text, match.end())
        return StopKind.CONDITION, tested.points, tested
    kind, point = place_in(scope, match["where"], text)
    tested = scope.condition(text, match.end())
    unknown = tested.unknown(point)
    if unknown is not None:
        spelled = tested.leaves[unknown].spelled(scope.graph)
        done = "complete" if tested.leaves[unknown].kind == "gradient" else "computed"
        raise FormulaError(
            f"{spelled} is {done} later in the iteration: use prev({spelled})",
            place=tested.tree[unknown].place,
            hint=f"or leave the place out:  if {tested.text}",
        )
    return kind, (point,), tested


def place_in(scope: Scope, where: str, text: str) -> tuple[StopKind, int]:
    """The kind and the event of a place in the program."""
    word = where.strip()
    if match := re.fullmatch(r"(?:line\s+)?(\d{1,9})", word):
        return StopKind.LINE, _line_end(scope, int(match[1]))
    if match := re.fullmatch(r"grad\s*(?:\(\s*(\w+)\s*\)|\s(\w+))", word):
        node = _node(scope, match[1] or match[2], text)
        why = scope.no_gradient(node)
        if why is not None:
            raise FormulaError(why, place=_under(text, match[1] or match[2]))
        return StopKind.GRADIENT, scope.listing.gradient_steps[node][-1]
    if not re.fullmatch(r"\w+", word):
        raise FormulaError(
            f"'{word}' is not a place" if word else "there is no place",
            place=_under(text, word),
            hint=PLACES,
        )
    node = _node(scope, word, text)
    n, listing = scope.graph[node], scope.listing
    if n.kind == "data":
        return StopKind.VALUE, 1
    steps = listing.forward_step if n.op is not None else listing.update_step
    if node not in steps:
        raise FormulaError(f"'{word}' never changes", place=_under(text, word), hint=PLACES)
    return StopKind.VALUE, steps[node]


def _line_end(scope: Scope, number: int) -> int:
    """The event that completes a line of the listing."""
    lines = len(scope.listing.lines)
    ends = [step.index for step in scope.listing.steps if step.line == number]
    if not ends:
        what = "nothing happens on" if 1 <= number <= lines else "there is no"
        raise GradstepError(f"{what} line {number}", hint=f"the listing has lines 1 to {lines}")
    return ends[-1]


def _node(scope: Scope, name: str, text: str) -> int:
    named = scope.graph.named
    plain = normalized(name)
    if plain not in named:
        raise FormulaError(
            f"unknown name '{name}'",
            place=_under(text, name),
            hint=did_you_mean(plain, named, f"known here: {listed(named)}"),
        )
    return named[plain]


def _under(text: str, word: str) -> Place:
    """The place of a word in a breakpoint's text."""
    line = re.sub(r"[\n\r\t\f\v]", " ", text)
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line)
    start = found.start() if found else 0
    return Place(line=1, column=start + 1, source=line, width=max(1, len(word)))
