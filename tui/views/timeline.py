"""Where the cursor is in the run, in the epoch and in the iteration.

May import: engine's public face, models, numbers, series, the other views.
Imported by: views.frame.
"""

from __future__ import annotations

from collections.abc import Iterable

from tui import series
from tui.models.text import Phase
from tui.models.timeline import Level, Mark, MarkKind, TimelineView
from tui.numbers import percent
from tui.views.alerts import alerts
from tui.views.hits import hits_in_epoch, hits_in_run
from tui.views.scene import Scene

POINTS = 512
"""Stretches of the run, or of an epoch, of each of which the greatest loss is shown."""


def timeline_view(scene: Scene, busy: str = "") -> TimelineView:
    """The place in words, and the run, its epoch and its iteration as bars; `busy` is what goes on
    in the background."""
    debugger = scene.debugger
    calendar, address = debugger.calendar, debugger.address
    place = (
        f"epoch {address.epoch:,}/{calendar.epochs:,} · "
        f"iteration {address.iteration:,}/{calendar.iterations:,} · "
        f"event {address.event}/{calendar.events}"
    )

    def phases() -> tuple[Phase, ...]:
        return tuple(step.phase.value for step in debugger.listing.steps)

    return TimelineView(
        address=str(address),
        phase=scene.state.step.phase.value,
        place=place,
        percent=percent((debugger.at - 1) / max(1, calendar.total - 1)),
        at=debugger.at,
        event=address.event,
        phases=scene.memory.once("phases", phases),
        levels=(_run(scene), _epoch(scene), _iteration(scene)),
        busy=busy,
        timeline=debugger.position.timeline if len(debugger.timelines) > 1 else "",
    )


# --- the bars ----------------------------------------------------------------------------------


def _run(scene: Scene) -> Level:
    debugger = scene.debugger
    run, calendar = debugger.run, debugger.calendar
    counts = ((calendar.epochs, "epoch"), (calendar.steps, "iteration"), (calendar.total, "event"))

    def losses() -> tuple[float, ...]:
        found = series.peaks(series.losses(run), 0, run.done, POINTS)
        return tuple(map(float, found))

    return Level(
        name="run",
        label="run",
        widest=3,
        about=" · ".join(["run", *(_counted(number, noun) for number, noun in counts)]),
        first=1,
        length=calendar.total,
        unit=calendar.events,
        group=calendar.iterations * calendar.events,
        prefix="e",
        losses=scene.memory.by_run("losses along the run", losses),
        known=run.done / calendar.steps,
        marks=(*_marks(hits_in_run(scene), "stop"), *_places(scene)),
    )


def _epoch(scene: Scene) -> Level:
    debugger = scene.debugger
    run, calendar, epoch = debugger.run, debugger.calendar, debugger.address.epoch
    length = calendar.iterations * calendar.events
    step = (epoch - 1) * calendar.iterations
    end = min(run.done, step + calendar.iterations)

    def losses() -> tuple[float, ...]:
        track = scene.memory.by_run("losses", lambda: series.losses(run))
        return tuple(map(float, series.peaks(track, step, end, POINTS)))

    return Level(
        name="epoch",
        label=f"e{epoch}",
        widest=len(f"e{calendar.epochs}"),
        about=f"epoch {epoch:,} · {_counted(calendar.iterations, 'iteration')}",
        first=step * calendar.events + 1,
        length=length,
        unit=calendar.events,
        group=calendar.events,
        prefix="i",
        losses=scene.memory.by("epoch", (run, step, end), losses),
        known=(end - step) / calendar.iterations,
        marks=_within(
            (*_marks(hits_in_epoch(scene), "stop"), *_places(scene)),
            step * calendar.events + 1,
            length,
        ),
    )


def _iteration(scene: Scene) -> Level:
    debugger = scene.debugger
    calendar, address = debugger.calendar, debugger.address
    first = calendar.step(debugger.at) * calendar.events + 1
    stops = [
        Mark(first + point - 1, "stop" if stop.enabled else "stop off")
        for stop in sorted(debugger.stops, key=lambda stop: stop.enabled)
        for point in stop.points
    ]
    return Level(
        name="iteration",
        label=f"e{address.epoch}.i{address.iteration}",
        widest=len(f"e{calendar.epochs}.i{calendar.iterations}"),
        about=f"iteration {address.iteration:,} · {_counted(calendar.events, 'event')}",
        first=first,
        length=calendar.events,
        unit=1,
        group=1,
        prefix=".",
        marks=_within((*stops, *_places(scene)), first, calendar.events),
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


# --- marks -------------------------------------------------------------------------------------


def _places(scene: Scene) -> tuple[Mark, ...]:
    """What stands out along the timeline, the most important last: where it forked, bookmarks, both
    in its shared past, too; where the loss spiked and where it is no number any more."""
    debugger = scene.debugger
    line = series.lineage(debugger)
    until = {timeline.name: ordinal for timeline, ordinal in line}
    forks = [max(1, t.edit.at) for t, _ in line if t.edit is not None]
    places = [mark.position for mark in debugger.bookmarks]
    bookmarks = [p.ordinal for p in places if p.ordinal <= until.get(p.timeline, 0)]
    bad, spikes = alerts(scene)
    events = debugger.calendar.events
    loss = debugger.listing.forward_step.get(debugger.graph.loss, 1)
    return (
        *_marks(bookmarks, "bookmark"),
        *_marks(forks, "fork"),
        *_marks((step * events + loss for step in spikes), "spike"),
        *_marks(() if bad is None else (bad * events + loss,), "not finite"),
    )


def _marks(ordinals: Iterable[int], kind: MarkKind) -> tuple[Mark, ...]:
    return tuple(Mark(ordinal, kind) for ordinal in ordinals)


def _within(marks: Iterable[Mark], first: int, length: int) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks if first <= mark.at < first + length)
