"""Plots: over the run, over the inputs, over the parameters; those that make sense, in turn.

May import: engine's public face, models, series, numbers, the other views, numpy.
Imported by: views.frame, screens.
"""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from engine import GradstepError, gauges_for
from tui.models.plots import PlotsView, PlotView
from tui.views.look import PlotsLook
from tui.views.plots.desk import Desk
from tui.views.plots.kinds import NAMED, PlotKind, kinds, lacking
from tui.views.plots.subject import Subject
from tui.views.scene import Memory, Scene

__all__ = ["Desk", "asked_for", "next_plot", "plot_work", "plots_view"]


def plots_view(scene: Scene) -> PlotsView:
    """The chosen plot, and the next that makes sense where there is room beside it."""
    look, debugger = scene.look.plots, scene.debugger
    desk = plot_work(scene.memory)
    stamp: Any = (
        look,
        scene.look.sample,
        debugger.calendar.step(debugger.at),
        debugger.timelines.current.name,
        *((t.name, t.run.done) for t in debugger.timelines),
        *((stop.number, stop.text) for stop in debugger.stops),
        desk.version,
    )
    return scene.memory.by("plots", stamp, lambda: _made(scene, desk))


def _made(scene: Scene, desk: Desk) -> PlotsView:
    look, subject = scene.look.plots, _subject(scene.memory)
    every = kinds(scene)
    sensible = [kind for kind in every if not lacking(kind, subject, scene)]
    chosen = next((kind for kind in every if kind.name == look.chosen), every[0])
    desk.clear()
    shown = [chosen]
    if look.beside and (after := _after(chosen, every, sensible, 1)) is not chosen:
        shown.append(after)
    place = sensible.index(chosen) + 1 if chosen in sensible else 0
    plots = tuple(_plot(kind, subject, desk, scene) for kind in shown)
    return PlotsView(plots, place, len(sensible))


def _plot(kind: PlotKind, subject: Subject, desk: Desk, scene: Scene) -> PlotView:
    if words := lacking(kind, subject, scene):
        return PlotView(kind.name, name=kind.name, empty=words)
    return kind.view(subject, desk, scene, kind.name)


def _after(
    kind: PlotKind, every: tuple[PlotKind, ...], sensible: list[PlotKind], by: int
) -> PlotKind:
    """The next plot that makes sense, or with -1 the one before."""
    names = [other.name for other in every]
    at = names.index(kind.name)
    for away in range(1, len(every)):
        other = every[(at + by * away) % len(every)]
        if other in sensible:
            return other
    return kind


def _subject(memory: Memory) -> Subject:
    return memory.once("subject of plots", lambda: Subject(memory.debugger))


def plot_work(memory: Memory) -> Desk:
    """What the plots on the screen are still being computed from."""
    return memory.once("desk of plots", Desk)


def next_plot(scene: Scene, by: int) -> PlotsLook:
    """How the reader looks at the next plot that makes sense, or with -1 at the one before."""
    subject, every = _subject(scene.memory), kinds(scene)
    sensible = [kind for kind in every if not lacking(kind, subject, scene)]
    chosen = next((kind for kind in every if kind.name == scene.look.plots.chosen), every[0])
    return replace(scene.look.plots, chosen=_after(chosen, every, sensible, by).name)


_AXIS = re.compile(r"\s*,?\s*(\w+(?:\s*\[[^\]]*\])?)")


def asked_for(scene: Scene, text: str) -> PlotsLook:
    """How the reader looks at what was typed: a plot's name, perhaps with axes, or an expression.

    Raises `GradstepError` for what is neither.
    """
    look, text = scene.look.plots, text.strip()
    name, _, rest = text.partition(" ")
    kind = NAMED.get(name)
    if kind is None or (rest and not kind.axes):
        return _expression(scene, text)
    if not rest:
        return replace(look, chosen=name)
    axes = tuple(match.strip() for match in _AXIS.findall(rest))
    if len(axes) not in kind.axes or _AXIS.sub("", rest).strip():
        wanted = " or ".join(str(count) for count in kind.axes)
        inputs = " ".join(f"x[{axis}]" for axis in range(max(kind.axes)))
        example = "w1 W[0, 2]" if kind.over == "parameters" else inputs
        raise GradstepError(
            f"{name} wants {wanted} of the {kind.over}, not '{rest.strip()}'",
            hint=f"write  plot {name} {example}",
        )
    _subject(scene.memory).chosen(axes, kind.over)
    return look.with_axes(name, axes)


def _expression(scene: Scene, text: str) -> PlotsLook:
    debugger, look = scene.debugger, scene.look.plots
    names = [*NAMED, *debugger.graph.named]
    if text.isidentifier() and text not in names:
        near = get_close_matches(text, names, 1)
        hint = f"did you mean '{near[0]}'?" if near else "plots are " + ", ".join(NAMED)
        raise GradstepError(f"there is no plot and no value '{text}'", hint=hint)
    gauges_for(debugger.run, debugger.stops.scope, text)
    watched = [kind.name for kind in kinds(scene)]
    more = () if text in watched else (text,)
    return replace(look, chosen=text, expressions=(*look.expressions, *more))
