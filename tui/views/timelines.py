"""The tree of timelines: where each of them comes from, and how its loss went on.

May import: engine's public face, models, numbers, series, the other views.
Imported by: views.frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine import Timeline
from tui import series
from tui.models.choice import Choice
from tui.models.text import Style
from tui.models.timelines import TimelineRow, TimelinesView
from tui.numbers import NOT_COMPUTED, column, fixed, percent
from tui.series import Track
from tui.views.scene import Scene

POINTS = 256
"""Stretches of a timeline of each of which the greatest loss is shown."""


def timelines_view(scene: Scene) -> TimelinesView:
    """Every timeline, each below the one that it forked from, in the order of their forks."""
    debugger = scene.debugger
    last = max(1, debugger.calendar.total - 1)
    ways = scene.memory.by_run("ways", lambda: {t.name: _way(t) for t in debugger.timelines})
    rows = tuple(
        _row(scene, timeline, branch, ways[timeline.name]) for timeline, branch in tree(scene)
    )
    return TimelinesView(rows, (debugger.at - 1) / last, scene.commands.key_text("set"))


@dataclass(frozen=True, eq=False)
class _Way:
    """What a timeline's losses are, as far as they are recorded."""

    track: Track
    first: int
    """The iteration, from 0, from which on they are its own."""
    losses: tuple[float, ...]


def _way(timeline: Timeline) -> _Way:
    run, edit = timeline.run, timeline.edit
    first = 0 if edit is None else run.calendar.step(max(1, edit.at))
    track = series.losses(run)
    return _Way(track, first, tuple(map(float, series.peaks(track, first, run.done, POINTS))))


def tree(scene: Scene) -> list[tuple[Timeline, str]]:
    """The timelines from the first one on, each with the branches that lead to it."""
    timelines = list(scene.debugger.timelines)

    def below(parent: Timeline, stem: str) -> Iterator[tuple[Timeline, str]]:
        children = [t for t in timelines if t.parent == parent.name]
        for child in children:
            is_last = child is children[-1]
            yield child, stem + ("└─ " if is_last else "├─ ")
            yield from below(child, stem + ("   " if is_last else "│  "))

    roots = [t for t in timelines if t.parent is None]
    return [found for root in roots for found in ((root, ""), *below(root, ""))]


def _row(scene: Scene, timeline: Timeline, branch: str, way: _Way) -> TimelineRow:
    debugger, run, edit = scene.debugger, timeline.run, timeline.edit
    calendar, name = debugger.calendar, timeline.name
    loss, loss_style = _loss(way.track, calendar.step(debugger.at), run.done)
    final, final_style = _loss(way.track, calendar.steps - 1, run.done)
    return TimelineRow(
        branch=branch,
        name=name,
        edit=str(edit) if edit else "",
        at="" if edit is None else str(calendar.address(edit.at)) if edit.at else "start",
        loss=loss,
        loss_style=loss_style,
        final=final,
        final_style=final_style,
        recorded=percent(run.done / calendar.steps),
        current=timeline is debugger.timelines.current,
        start=way.first / calendar.steps,
        end=run.done / calendar.steps,
        losses=way.losses,
        choice=Choice(
            go=f"switch {name}",
            remove=f"forget {name}",
            rename=f"rename {name} ",
            compare="compare" if timeline is debugger.timelines.current else f"compare {name}",
        ),
    )


def _loss(track: Track, step: int, done: int) -> tuple[str, Style]:
    """The loss of an iteration, if it is recorded."""
    if step >= done:
        return NOT_COMPUTED, "dim"
    value = float(series.between(track, step, step + 1)[0])
    return fixed(value, column(), signed=False), "text" if np.isfinite(value) else "bad"
