"""Timelines: which there are, which is looked at, and where two of them differ.

May import: engine's public face, numbers.   Imported by: the console, what_if.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine import GradstepError, Timeline, jsonable
from tui.console.answers import Answer, Choice, Steps
from tui.console.handlers import handles
from tui.console.words import counted, shown, table
from tui.numbers import number

if TYPE_CHECKING:
    from tui.console import Console


def timeline_origin(console: Console, timeline: Timeline) -> str:
    """Where a timeline comes from, in a few words."""
    if timeline.edit is None:
        return "as the experiment has it"
    at = timeline.edit.at
    return f"{timeline.edit} after {console.address(at) if at else 'the start'}"


def timeline_fields(console: Console, timeline: Timeline) -> dict[str, Any]:
    """A timeline as strict JSON values."""
    edit = timeline.edit
    return {
        "timeline": timeline.name,
        "parent": timeline.parent,
        "edit": str(edit) if edit else None,
        "after": (console.address(edit.at) if edit.at else "start") if edit else None,
        "recorded": timeline.run.done,
    }


@handles("timelines")
def _timelines(console: Console, rest: str) -> Answer:
    timelines = console.debugger.timelines
    rows = [
        (
            "►" if t is timelines.current else " ",
            t.name,
            f"from {t.parent}" if t.parent else "",
            timeline_origin(console, t),
            counted(t.run.done, "iteration"),
        )
        for t in timelines
    ]
    fields = {
        "current": timelines.current.name,
        "timelines": [timeline_fields(console, t) for t in timelines],
    }
    choices = tuple(
        Choice(go=f"switch {t.name}", remove=f"forget {t.name}" if t.parent else "")
        for t in timelines
    )
    return Answer(table(rows), fields, choices=choices)


@handles("switch")
def _switch(console: Console, rest: str) -> Steps:
    timelines = console.debugger.timelines
    yield from console.recorded(console.debugger.at, timelines[rest].run)
    timelines.switch(rest)
    return console.here(f"on {rest}")


@handles("rename")
def _rename(console: Console, rest: str) -> Answer:
    words = rest.split()
    if len(words) != 2:
        raise GradstepError("rename wants the old name and the new one")
    timeline = console.debugger.rename(*words)
    return Answer(f"{words[0]} is called {timeline.name} now", timeline_fields(console, timeline))


@handles("forget")
def _forget(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    parent = debugger.timelines[rest].parent
    if parent is not None and rest == debugger.timelines.current.name:
        yield from console.recorded(debugger.at, debugger.timelines[parent].run)
    debugger.delete(rest)
    text = f"{rest} is forgotten"
    return Answer(text, console.place(), moved=True, note=text)


@handles("compare")
def _compare(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    names = [t.name for t in debugger.timelines if t is not debugger.timelines.current]
    other = rest or (debugger.timelines.current.parent or (names[0] if len(names) == 1 else ""))
    if not other:
        hint = f"there are: {', '.join(names)}" if names else "`set`, `drop` and `skip` fork one"
        raise GradstepError("compare wants the name of another timeline", hint=hint)
    search = debugger.compare(other)
    yield from console.finished(search)
    mine, found = debugger.timelines.current.name, search.found
    fields: dict[str, Any] = {"here": mine, "there": other, "first": None}
    if found is None:
        text = f"{mine} and {other} do not differ in {counted(search.limit, 'iteration')}"
        text = "\n".join((text, *_side_by_side(console, other)))
        return Answer(text, fields, ok=False)
    index = found.index
    element = f"[{', '.join(map(str, index))}]" if index else ""
    a, b = (x if index is None else x[index] for x in (found.here, found.there))
    address = console.address(found.ordinal)
    lines = [
        f"{mine} and {other} first differ at {address}: {found.what}{element}",
        f"  {mine}: {shown(a)}   {other}: {shown(b)}   apart by {number(found.largest, 4)}",
    ]
    lines += _side_by_side(console, other)
    fields |= {
        "first": address,
        "what": found.what,
        "index": list(index) if index is not None else None,
        "values": [jsonable(found.here), jsonable(found.there)],
        "apart": jsonable(found.largest),
    }
    return Answer("\n".join(lines), fields)


def _side_by_side(console: Console, other: str) -> list[str]:
    """The cursor's event on both timelines, as far as the other one is recorded."""
    debugger = console.debugger
    run = debugger.timelines[other].run
    if run.done <= debugger.calendar.step(debugger.at):
        return []
    here, there = debugger.state, run.state(debugger.at)
    rows = [("", debugger.timelines.current.name, other)]
    for name in debugger.graph.named:
        a, b = here.node(name), there.node(name)
        for label, x, y in ((name, a.value, b.value), (f"∇{name}", a.gradient, b.gradient)):
            if x is None or y is None or np.array_equal(x, y, equal_nan=True):
                continue
            rows.append((label, shown(x, 2), shown(y, 2)))
    if len(rows) == 1:
        return [f"  at {debugger.address} both know the same"]
    return [f"at {debugger.address}:", *(f"  {line}" for line in table(rows).split("\n"))]
