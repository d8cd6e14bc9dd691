"""Where a lesson stands, and where it looks: places as a teacher writes them.

A place is an address (``e2.i3.17``, ``e2``, ``.17``), ``start``, ``end`` or ``next`` (the iteration
after this one), and behind it, or alone for the iteration at hand, what happens there, as for a
breakpoint: ``h``, ``grad w1``, ``w1``, ``line 12``.
May import: conditions, errors, stops, trace.   Imported by: the rest of this room.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.conditions import Scope
from engine.errors import AddressError, FormulaError
from engine.stops import place_in

_ADDRESS = re.compile(r"\s*(start|end|next|e\d+(?:\.i\d+(?:\.\d+)?)?|\.\d+)(?=\s|$)")

EXAMPLE = 'write an address and what happens there: "e2", "e2 grad w1", "loss", ".17", "end"'


@dataclass(frozen=True)
class Spot:
    """An iteration of the run, counted from 0, and one of its events, from 1.

    Without an event it is the iteration as a whole.
    """

    iteration: int
    event: int | None = None


def spot(text: str, scope: Scope, here: int) -> Spot:
    """The place that is written; `here` is the event of the run that it is relative to.

    Raises `AddressError` for what is not in the run, and `FormulaError`, placed in the text, for
    what does not happen there.
    """
    calendar = scope.calendar
    iteration, event = calendar.step(here), None
    match = _ADDRESS.match(text)
    word, what = (match[1], text[match.end() :]) if match else ("", text)
    match word:
        case "":
            pass
        case "start":
            iteration, event = 0, 1
        case "end":
            iteration, event = calendar.steps - 1, calendar.events
        case "next":
            iteration += 1
            if iteration >= calendar.steps:
                raise AddressError("there is no iteration after the last one")
        case _:
            ordinal = calendar.parse(word, calendar.address(here))
            iteration = calendar.step(ordinal)
            exact = word.startswith(".") or word.count(".") == 2
            event = calendar.address(ordinal).event if exact else None
    if not what.strip():
        if not word:
            raise AddressError("there is no place", hint=EXAMPLE)
        return Spot(iteration, event)
    if event is not None:
        raise AddressError(
            f"'{word}' is one event, so that nothing can stand behind it", hint=EXAMPLE
        )
    try:
        _, event = place_in(scope, what, text)
    except FormulaError as error:
        raise FormulaError(error.what, place=error.place, hint=error.hint or EXAMPLE) from None
    return Spot(iteration, event)


def ordinal(place: Spot, scope: Scope) -> int:
    """The event of the run where one stands; the first one of an iteration as a whole."""
    return place.iteration * scope.calendar.events + (place.event or 1)
