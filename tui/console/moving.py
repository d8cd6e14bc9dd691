"""Through time and between places: steps, jumps and bookmarks.

May import: engine's public face.   Imported by: the console.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from engine import Move, Position, Unit
from tui.console.answers import Answer, Choice, Steps
from tui.console.handlers import HANDLERS, Handler, handles
from tui.console.words import table, whole

if TYPE_CHECKING:
    from tui.console import Console

MOVES = {
    "step": (Unit.EVENT, 1),
    "step back": (Unit.EVENT, -1),
    "line": (Unit.LINE, 1),
    "line back": (Unit.LINE, -1),
    "pass": (Unit.PASS, 1),
    "pass back": (Unit.PASS, -1),
    "iteration": (Unit.ITERATION, 1),
    "iteration back": (Unit.ITERATION, -1),
    "epoch": (Unit.EPOCH, 1),
    "epoch back": (Unit.EPOCH, -1),
}


def _mover(unit: Unit, sign: int) -> Handler:
    def move(console: Console, rest: str) -> Steps:
        by = whole(rest, "how far", 1)
        return (yield from console.moved(console.debugger.target(unit, sign * by)))

    return move


for _name, (_unit, _sign) in MOVES.items():
    HANDLERS[_name] = _mover(_unit, _sign)


@handles("goto")
def _goto(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    ordinal = debugger.calendar.parse(rest, debugger.address)
    return (yield from console.moved(Move(ordinal, ordinal != debugger.at), jump=True))


@handles("start")
def _start(console: Console, rest: str) -> Steps:
    return (yield from console.moved(console.debugger.target_end(last=False), jump=True))


@handles("end")
def _end(console: Console, rest: str) -> Steps:
    return (yield from console.moved(console.debugger.target_end(last=True), jump=True))


@handles("where")
def _where(console: Console, rest: str) -> Answer:
    return console.described()


@handles("back")
def _back(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    yield from _at_hand(console, debugger.visits.before(debugger.position))
    return console.here(debugger.back().note)


@handles("forward")
def _forward(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    yield from _at_hand(console, debugger.visits.after())
    return console.here(debugger.forward().note)


def _at_hand(console: Console, place: Position | None) -> Generator[float, None, None]:
    if place is not None:
        run = console.debugger.timelines[place.timeline].run
        yield from console.recorded(place.ordinal, run)


# --- bookmarks ---------------------------------------------------------------------------------


@handles("bookmark")
def _bookmark(console: Console, rest: str) -> Answer:
    name, _, note = rest.partition(" ")
    mark = console.debugger.bookmark(name, note.strip())
    return Answer(
        f"bookmark {mark.name} at {console.debugger.address}",
        {**console.place(), "bookmark": mark.name, "note": mark.note},
    )


@handles("bookmarks")
def _bookmarks(console: Console, rest: str) -> Answer:
    marks = list(console.debugger.bookmarks)
    if not marks:
        return Answer("no bookmarks: `bookmark` sets one here", {"bookmarks": []})
    rows = [
        (m.name, console.address(m.position.ordinal), m.position.timeline, m.note) for m in marks
    ]
    fields = [
        {
            "bookmark": m.name,
            "at": console.address(m.position.ordinal),
            "timeline": m.position.timeline,
            "note": m.note,
        }
        for m in marks
    ]
    choices = tuple(Choice(go=f"visit {m.name}", remove=f"unmark {m.name}") for m in marks)
    return Answer(table(rows), {"bookmarks": fields}, choices=choices)


@handles("visit")
def _visit(console: Console, rest: str) -> Steps:
    debugger, marks = console.debugger, list(console.debugger.bookmarks)
    mark = debugger.bookmarks[rest or (marks[-1].name if marks else "")]
    yield from _at_hand(console, mark.position)
    debugger.jump(mark.position)
    return console.here(" ".join(filter(None, (f"bookmark {mark.name}", mark.note))))


@handles("unmark")
def _unmark(console: Console, rest: str) -> Answer:
    console.debugger.bookmarks.delete(rest)
    return Answer(f"bookmark {rest} is gone", {"bookmark": rest})
