"""Plots of lines over iterations: loss, expressions, parameters, and how long gradients and
updates are.

Lines are thinned for drawing; the number at the cursor is that of its own iteration.
May import: engine's public face, models, series, the other modules of views.plots, numpy.
Imported by: views.plots.kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from engine import Gauge, GradstepError, Node, Run, Sampled, gauges_for
from tui import series
from tui.models.plots import Guide, PlotView, Series, Stretch
from tui.models.text import Style
from tui.views.look import Window
from tui.views.plots.desk import Desk
from tui.views.scene import Scene

OTHERS = 3
"""Timelines that the plot of the loss shows beside the one that is looked at."""

SERIES_STYLES = ("series1", "series2", "series3", "series4", "series5", "series6")

RULE_OF_THUMB = Guide(1e-3, "1e-3")
"""About what an update is, measured by its parameter, in training that goes well."""


class Timeline:
    """The axis of time at the cursor, and the part of it that a plot shows."""

    def __init__(self, scene: Scene, name: str) -> None:
        debugger = scene.debugger
        self.scene = scene
        self.name = name
        self.step = debugger.calendar.step(debugger.at)
        self.cursor = float(self.step + 1)
        done = max(timeline.run.done for timeline in debugger.timelines)
        self.whole: Stretch = (1.0, float(max(2, done, self.step + 1)))
        self.shown = followed(scene.look.plots.window(name), self.cursor, self.whole)

    @property
    def window(self) -> series.Window | None:
        """The iterations that are shown, counted from 0; None for all."""
        if self.shown is None:
            return None
        return int(self.shown[0]) - 1, int(np.ceil(self.shown[1])) - 1

    def lines(self, make: Callable[[], tuple[Series, ...]], *more: Any) -> tuple[Series, ...]:
        """Lines that are made again when a run has gone on, or another part is shown."""
        timelines = self.scene.debugger.timelines
        stamp = (timelines.current.name, *((t.name, t.run.done) for t in timelines))
        key = f"plot {self.name}"
        return self.scene.memory.by(key, (stamp, self.window, more), make)

    def plot(
        self, title: str, lines: tuple[Series, ...], here: Mapping[str, float], **more: Any
    ) -> PlotView:
        """The plot of some lines with their values at the cursor, by name.

        Its scale is what the reader decided on, or what fits them.
        """
        log = self.scene.look.plots.logs.get(self.name)
        if log is None:
            log = more.pop("log", None)
        return PlotView(
            title,
            lines,
            self.cursor,
            tuple(here.get(line.name) if line.marked else None for line in lines),
            log=series.spans_decades(lines) if log is None else log,
            name=self.name,
            x=self.shown,
            whole=self.whole,
            **{key: value for key, value in more.items() if key != "log"},
        )


def followed(window: Window, cursor: float, whole: Stretch) -> Stretch | None:
    """The part of the axis of time that is shown: the one that was chosen, or where the cursor has
    left it since, the next one of its width."""
    if window.x is None:
        return None
    low, high = window.x
    width = high - low
    if width >= whole[1] - whole[0] or width <= 0:
        return None
    if cursor != window.cursor and not low <= cursor <= high:
        low += np.floor((cursor - low) / width) * width
    low = min(max(low, whole[0]), whole[1] - width)
    return float(low), float(low + width)


# --- the loss -----------------------------------------------------------------------------------


def loss_plot(scene: Scene, name: str) -> PlotView:
    """The loss on this timeline, the test loss, and dim behind them other timelines."""
    time = Timeline(scene, name)
    debugger = scene.debugger
    run, timelines = debugger.run, debugger.timelines

    def lines() -> tuple[Series, ...]:
        loss = debugger.graph[debugger.graph.loss].name
        called = timelines.current.name if len(timelines) > 1 else loss
        shown = [*series.as_lines(called, series.losses(run), "forward", time.window)]
        tested = series.test_losses(run)
        if len(series.values(tested)):
            # The test loss of an epoch stands at its last iteration.
            each = debugger.calendar.iterations
            epochs = None if time.window is None else tuple(step // each for step in time.window)
            test = series.as_line(f"test {loss}", tested, "backward", epochs)  # pyright: ignore
            shown.append(replace(test, xs=tuple(epoch * each for epoch in test.xs)))
        return (*shown, *_other_losses(scene, time.window))

    found = time.lines(lines)
    name_here = next(line.name for line in found if line.marked)
    return time.plot("loss", found, {name_here: scene.state.record.loss})


def _other_losses(scene: Scene, window: series.Window | None) -> list[Series]:
    """The loss on other timelines, those that this one comes from first."""
    timelines = scene.debugger.timelines
    ancestors = [timeline for timeline, _ in series.lineage(scene.debugger)]
    others = [*ancestors[1:], *(t for t in timelines if t not in ancestors)]
    return [
        replace(series.as_line(t.name, series.losses(t.run), "dim", window), behind=True)
        for t in others[:OTHERS]
    ]


# --- parameters, gradients, updates ---------------------------------------------------------------


def parameters_plot(scene: Scene, name: str) -> PlotView:
    """How every scalar parameter moved; of arrays their norms."""
    leaves = scene.state.record.leaves
    return _by_parameter(
        scene,
        name,
        "parameters",
        lambda node: series.parameter(scene.debugger.run, node.id),
        lambda node: _size_or_value(leaves[node.id]),
        log=False,
    )


def gradients_plot(scene: Scene, name: str) -> PlotView:
    """How long the gradient of every parameter is."""
    record, steps = scene.state.record, scene.debugger.listing.gradient_steps

    def here(node: Node) -> float:
        return _size(record.gradients[steps[node.id][-1] - 1])

    return _by_parameter(
        scene,
        name,
        "‖gradient‖",
        lambda node: _track(scene, lambda run: run.gradient_norms(node.id)),
        here,
        log=True,
    )


def updates_plot(scene: Scene, name: str) -> PlotView:
    """How far each update moves a parameter, as a share of the parameter."""
    record = scene.state.record

    def here(node: Node) -> float:
        before = record.leaves[node.id]
        with np.errstate(all="ignore"):
            return float(np.float64(_size(record.updated[node.id] - before)) / _size(before))

    return _by_parameter(
        scene,
        name,
        "‖Δw‖ / ‖w‖",
        lambda node: _track(
            scene,
            lambda run: ratio(run.update_norms(node.id), run.parameter_norms(node.id)),
        ),
        here,
        log=True,
        guides=(RULE_OF_THUMB,),
    )


def _by_parameter(
    scene: Scene,
    name: str,
    title: str,
    track: Callable[[Node], series.Track],
    here: Callable[[Node], float],
    **more: Any,
) -> PlotView:
    """A line for each trained parameter, as many as there are colours."""
    time, graph = Timeline(scene, name), scene.debugger.graph
    moving = [n for n in graph.parameters if n.id in scene.debugger.run.storage.views]
    shown = list(zip(moving, SERIES_STYLES, strict=False))

    def lines() -> tuple[Series, ...]:
        return tuple(
            line
            for node, style in shown
            for line in series.as_lines(node.name, track(node), style, time.window)
        )

    now = {node.name: here(node) for node, _ in shown}
    if len(moving) > len(shown):
        title += f", {len(shown)} of {len(moving)}"
    return time.plot(title, time.lines(lines), now, **more)


def _track(scene: Scene, read: Callable[[Run], Sampled]) -> series.Track:
    return series.track(scene.debugger.run, read)


def ratio(above: Sampled, below: Sampled) -> Sampled:
    """One series divided by another of the same run; nan where that is no number.

    Of blocks of which only the extremes are left it is between the extremes of both.
    """
    with np.errstate(all="ignore"):
        return replace(
            above,
            values=_finite(above.values / below.values),
            lows=_finite(above.lows / below.highs),
            highs=_finite(above.highs / below.lows),
        )


def _finite(values: Any) -> Any:
    return np.where(np.isfinite(values), values, np.nan)


def _size(value: Any) -> float:
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(np.ravel(value)))


def _size_or_value(value: Any) -> float:
    return float(value) if np.ndim(value) == 0 else _size(value)


# --- expressions ----------------------------------------------------------------------------------


def expression_plot(text: str, desk: Desk, scene: Scene, name: str) -> PlotView:
    """What an expression says in every iteration; of a small array a line for each number."""
    time, run = Timeline(scene, name), scene.debugger.run
    try:
        own = gauges_of(text, desk, scene, run)
    except GradstepError as error:
        return PlotView(text, name=name, empty=(error.what, error.hint or ""))

    def lines() -> tuple[Series, ...]:
        def line(number: int, style: Style) -> tuple[Series, ...]:
            def read(run: Run) -> Sampled:
                return gauges_of(text, desk, scene, run)[number].sampled

            def edited(run: Run, step: int) -> float:
                return gauges_of(text, desk, scene, run)[number].value(step)

            called = own[number].expression.text
            track = series.track(run, read, edited)
            return series.as_lines(called, track, style, time.window)

        numbered = zip(range(len(own)), SERIES_STYLES, strict=False)
        return tuple(found for number, style in numbered for found in line(number, style))

    found = time.lines(lines, tuple(gauge.known for gauge in own))
    now = {gauge.expression.text: gauge.value(time.step) for gauge in own}
    behind = [gauge for gauge in own if gauge.behind]
    busy = f"replaying … {min(g.progress for g in behind):.0%}" if behind else ""
    return time.plot(text, found, now, busy=busy)


def gauges_of(text: str, desk: Desk, scene: Scene, run: Run) -> tuple[Gauge, ...]:
    """The gauges of an expression on one run, gone on with where the run has."""
    key = f"gauges {text}"
    made = scene.memory.by(
        f"{key} {id(run)}", run, partial(gauges_for, run, scene.debugger.stops.scope, text)
    )
    for number, gauge in enumerate(made):
        gauge.resume()
        desk.work(f"{key} {number} {id(run)}", run, lambda gauge=gauge: gauge)
    return made
