"""Breakpoints and watches: set, shown, switched, and run to.

May import: engine's public face, numbers.   Imported by: the console.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine import Stop, StopKind, jsonable
from tui.console.answers import Answer, Choice, Steps
from tui.console.handlers import HANDLERS, Handler, handles
from tui.console.words import counted, shown, table, whole
from tui.numbers import NOT_COMPUTED

if TYPE_CHECKING:
    from tui.console import Console


def _breaking(*, temporary: bool) -> Handler:
    def break_at(console: Console, rest: str) -> Answer:
        text = rest or f"line {console.debugger.line.number}"
        return _set(console.debugger.stops.break_at(text, temporary=temporary))

    return break_at


HANDLERS["break"] = _breaking(temporary=False)
HANDLERS["tbreak"] = _breaking(temporary=True)


@handles("watch")
def _watch(console: Console, rest: str) -> Answer:
    return _set(console.debugger.stops.watch(rest))


@handles("display")
def _display(console: Console, rest: str) -> Answer:
    """A watch that is off: its value is shown like any other's, and nothing stops there."""
    stops = console.debugger.stops
    stop = stops.disable(stops.watch(rest).number)
    return Answer(f"shown as {stop.number}: {stop.text}", stop_fields(stop))


def _set(stop: Stop) -> Answer:
    return Answer(f"stop {stop.number}: {stop}", stop_fields(stop))


def stop_fields(stop: Stop) -> dict[str, Any]:
    """A stop as strict JSON values."""
    return {
        "stop": stop.number,
        "kind": str(stop.kind),
        "expression": stop.text,
        "enabled": stop.enabled,
        "temporary": stop.temporary,
        "ignore": stop.ignore,
        "hits": stop.hits,
    }


@handles("stops")
def _stops(console: Console, rest: str) -> Answer:
    stops = list(console.debugger.stops)
    if not stops:
        return Answer("no stops are set: `break` or `watch` sets one", {"stops": []})
    rows = [
        (
            str(stop.number),
            "●" if stop.enabled else "○",
            str(stop),
            counted(stop.hits, "hit"),
            ", ".join(
                filter(None, ["once" * stop.temporary, f"ignore {stop.ignore}" * bool(stop.ignore)])
            ),
        )
        for stop in stops
    ]
    choices = tuple(
        Choice(
            go=f"goto .{stop.points[-1]}" if stop.points else "",
            toggle=f"{'disable' if stop.enabled else 'enable'} {stop.number}",
            remove=f"unstop {stop.number}",
        )
        for stop in stops
    )
    fields = {"stops": [stop_fields(stop) for stop in stops]}
    return Answer(table(rows), fields, choices=choices)


@handles("watches")
def _watches(console: Console, rest: str) -> Answer:
    """Watched expressions with what they say here, and one iteration before."""
    debugger = console.debugger
    watches = [stop for stop in debugger.stops if stop.kind is StopKind.WATCH]
    if not watches:
        return Answer("nothing is watched: `watch EXPRESSION` does", {"watches": []})
    rows: list[tuple[str, ...]] = [("", "expression", "here", "an iteration before")]
    fields: list[dict[str, Any]] = []
    for stop in watches:
        assert stop.expression is not None
        values = [
            ask(debugger.run.state, debugger.at)
            for ask in (stop.expression.value, stop.expression.before)
        ]
        words = [NOT_COMPUTED if value is None else shown(value, 2) for value in values]
        rows.append((str(stop.number), stop.text, *words))
        known = [None if value is None else jsonable(value) for value in values]
        fields.append(
            {"stop": stop.number, "expression": stop.text, "here": known[0], "before": known[1]}
        )
    choices = (
        Choice(),
        *(Choice(go=f"last {s.text}", remove=f"unstop {s.number}") for s in watches),
    )
    return Answer(table(rows), {**console.place(), "watches": fields}, choices=choices)


@handles("unstop")
def _unstop(console: Console, rest: str) -> Answer:
    stop = console.debugger.stops.remove(whole(rest, "unstop"))
    return Answer(f"removed stop {stop.number}: {stop}", stop_fields(stop))


@handles("enable")
def _enable(console: Console, rest: str) -> Answer:
    return _set(console.debugger.stops.enable(whole(rest, "enable")))


@handles("disable")
def _disable(console: Console, rest: str) -> Answer:
    stop = console.debugger.stops.disable(whole(rest, "disable"))
    return Answer(f"stop {stop.number} is off: {stop}", stop_fields(stop))


@handles("ignore")
def _ignore(console: Console, rest: str) -> Answer:
    which, _, hits = rest.partition(" ")
    stop = console.debugger.stops.ignore(
        whole(which, "ignore"), whole(hits.strip(), "how many hits")
    )
    return Answer(
        f"stop {stop.number} passes over {counted(stop.ignore, 'hit')}", stop_fields(stop)
    )


def _searching(direction: int) -> Handler:
    def search(console: Console, rest: str) -> Steps:
        task = console.debugger.search(direction)
        yield from console.searched(task)
        move = console.debugger.arrive(task)
        answer = console.here(move.note)
        hit = [stop.number for stop in task.hit.stops] if task.hit else []
        return replace(answer, fields={**answer.fields, "hit": hit}, ok=bool(hit))

    return search


HANDLERS["continue"] = _searching(1)
HANDLERS["reverse"] = _searching(-1)
