"""The program, line by line, with what each line has computed.

May import: engine's public face, models, the other views.   Imported by: views, views.frame.
"""

from __future__ import annotations

from typing import Literal

from engine import Line, Listing, Phase, State, Stop, StopKind
from tui.models.listing import ListingRow, ListingView
from tui.views.graph import formula_spans
from tui.views.look import Look
from tui.views.scene import Scene
from tui.views.values import short_text

HEADINGS = {
    Phase.BATCH: "load a batch",
    Phase.FORWARD: "forward pass",
    Phase.BACKWARD: "backward pass",
    Phase.UPDATE: "update",
}


def listing_view(scene: Scene) -> ListingView:
    """Every line, with a heading for each pass."""
    state = scene.state
    rows: list[ListingRow] = []
    current = 0
    steps = state.listing.steps
    last_step = scene.memory.once("last steps", lambda: {s.line: s.index for s in steps})
    stops = _stops(scene)
    previous = None
    for line in state.listing.lines:
        if line.phase is not previous:
            rows.append(ListingRow(HEADINGS[line.phase], line.phase.value))
            previous = line.phase
        here = line.number == state.step.line
        done = last_step.get(line.number, 0) <= state.index
        if here:
            current = len(rows)
        rows.append(
            ListingRow(
                text=line.text,
                phase=line.phase.value,
                number=line.number,
                status="current" if here else "done" if done else "ahead",
                marked=_marked(scene) if here else None,
                value=_value(state, scene.look, line) if done else "",
                fresh=last_step.get(line.number) == state.index,
                stop=stops.get(line.number, ""),
            )
        )
    return ListingView(tuple(rows), current)


def stop_line(stop: Stop, listing: Listing) -> int | None:
    """The line of the listing that a stop stands on; None of one that has no place."""
    if stop.kind in (StopKind.CONDITION, StopKind.WATCH):
        return None
    return listing.step(stop.points[-1]).line


def _stops(scene: Scene) -> dict[int, Literal["on", "off"]]:
    """The lines with a breakpoint on them, or on a value or gradient that they compute."""
    found: dict[int, Literal["on", "off"]] = {}
    for stop in scene.debugger.stops:
        line = stop_line(stop, scene.state.listing)
        if line is not None and found.get(line) != "on":
            found[line] = "on" if stop.enabled else "off"
    return found


def _marked(scene: Scene) -> tuple[int, int] | None:
    """The part of the formula that the event computes."""
    step = scene.state.step
    if step.phase is not Phase.FORWARD or step.node is None:
        return None
    spans = scene.memory.once("formula spans", lambda: formula_spans(scene.debugger))
    return spans.get(step.node)


def _value(state: State, look: Look, line: Line) -> str:
    if line.node is None or line.phase is Phase.BATCH:
        return ""
    backward = line.phase is Phase.BACKWARD
    found = state.gradient(line.node) if backward else state.value(line.node)
    return short_text(state, line.node, found, look, signed=backward) if found is not None else ""
