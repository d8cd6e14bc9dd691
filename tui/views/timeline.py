"""Where the cursor is in the run, in the epoch and in the iteration.

May import: engine's public face, models, numbers, series, the other views.
Imported by: views.frame.
"""

from __future__ import annotations

from tui import series
from tui.models import Mark, Phase, TimelineView
from tui.numbers import percent
from tui.views.scene import Scene


def timeline_view(scene: Scene, busy: str = "") -> TimelineView:
    """The run as a bar, and the place in words; `busy` is what goes on in the background."""
    debugger = scene.debugger
    calendar, address = debugger.calendar, debugger.address
    place = (
        f"epoch {address.epoch:,}/{calendar.epochs:,} · "
        f"iteration {address.iteration:,}/{calendar.iterations:,} · "
        f"event {address.event}/{calendar.events}"
    )
    fraction = (debugger.at - 1) / max(1, calendar.total - 1)
    recorded = debugger.run.done / calendar.steps

    def losses() -> tuple[float, ...]:
        found = series.values(series.losses(debugger.run))
        return tuple(float(v) for v in series.thinned(found, 400))

    def phases() -> tuple[Phase, ...]:
        return tuple(step.phase.value for step in debugger.listing.steps)

    return TimelineView(
        address=str(address),
        phase=scene.state.step.phase.value,
        place=place,
        fraction=fraction,
        percent=percent(fraction),
        event=address.event,
        phases=scene.memory.once("phases", phases),
        losses=scene.memory.by_run("silhouette", losses),
        recorded=recorded,
        busy=busy,
        timeline=debugger.position.timeline if len(debugger.timelines) > 1 else "",
        marks=_marks(scene),
    )


def _marks(scene: Scene) -> tuple[Mark, ...]:
    """Where the timeline forked, and its bookmarks, those in its shared past included."""
    debugger = scene.debugger
    last = max(1, debugger.calendar.total - 1)
    line = series.lineage(debugger)
    until = {timeline.name: ordinal for timeline, ordinal in line}
    forks = [t.edit.at for t, _ in line if t.edit is not None]
    places = [mark.position for mark in debugger.bookmarks]
    shown = [p.ordinal for p in places if p.ordinal <= until.get(p.timeline, 0)]
    return (
        *(Mark(max(0, at - 1) / last, "fork") for at in forks),
        *(Mark((ordinal - 1) / last, "bookmark") for ordinal in shown),
    )
