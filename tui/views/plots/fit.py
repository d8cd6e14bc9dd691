"""The fit: the output as a curve over one input, among the samples.

May import: engine's public face, models, the other modules of views.plots, numpy.
Imported by: views.plots.kinds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import GradstepError, Response
from tui.models.plots import Dots, PlotView, Readout, Series
from tui.numbers import number
from tui.views.plots.desk import Desk
from tui.views.plots.lines import SERIES_STYLES
from tui.views.plots.points import dots, some_of
from tui.views.plots.subject import Array, Place, Subject, spread
from tui.views.scene import Scene

CURVE = 8
"""Doublings of the curve's points: 257 of them."""


def lacking_fit(subject: Subject) -> tuple[str, ...]:
    """Why there is no curve to show; nothing where there is."""
    return subject.lacking_output() or subject.lacking_inputs(1)


def fit_plot(subject: Subject, desk: Desk, scene: Scene, name: str) -> PlotView:
    """The samples, and what the network makes of every input between them, at the cursor."""
    look = scene.look.plots
    try:
        (place,) = subject.chosen(look.axes.get(name, ()), "inputs", subject.inputs[:1])
    except GradstepError as error:
        return PlotView("fit", name=name, empty=(error.what, error.hint or ""))
    roles = subject.roles
    assert roles.output is not None
    record, graph = scene.state.record, scene.debugger.graph
    xs = subject.values(place)
    low, high = look.window(name).x or spread(xs)
    experiment = scene.debugger.experiment
    task = desk.work(
        name,
        (scene.debugger.run, record.step, place, low, high),
        lambda: Response(
            experiment, record.leaves, [place.along(low, high)], roles.output or 0, CURVE
        ),
    )
    found = None if task.grid is None else ((low, high), task.grid)
    ends, grid = desk.latest(f"{name} over {place}", found) or ((low, high), np.zeros((0, 1)))
    curves = grid.reshape(len(grid), -1)
    output = graph[roles.output].name
    lines = tuple(
        Series(
            output if curves.shape[1] == 1 else f"{output}[{k}]",
            tuple(np.linspace(ends[0], ends[1], len(curves)).tolist()),
            tuple(curves[:, k].tolist()),
            style,
            marked=curves.shape[1] > 1,
        )
        for k, style in zip(range(curves.shape[1]), ("forward", *SERIES_STYLES[1:]), strict=False)
    )
    window, one = look.window(name), _One.at(subject, scene, place)
    return PlotView(
        f"fit of {output}",
        (*lines, *one.error),
        x_label=subject.name(place),
        y_label=output,
        name=name,
        x=(low, high),
        y=window.y,
        dots=(*_samples(subject, scene, xs), *one.dots),
        readings=one.readings,
        remarks=subject.held(1),
    )


def _samples(subject: Subject, scene: Scene, xs: Array) -> tuple[Dots, ...]:
    """All samples, and those of this batch."""
    target = subject.target
    if target is None:
        return ()
    ys, batch = subject.values(target), np.array(scene.state.record.samples, dtype=int)
    every = some_of(np.arange(len(xs)))
    name = scene.debugger.graph[target.node].name
    if len(batch) == len(xs):
        return (dots(name, xs[every], ys[every], "backward", "dot"),)
    some = some_of(batch)
    return (
        dots(name, xs[every], ys[every], "dim", "ring"),
        dots("this batch", xs[some], ys[some], "backward", "dot"),
    )


@dataclass(frozen=True)
class _One:
    """The sample that is looked at: where it is, and how far the output is off."""

    dots: tuple[Dots, ...]
    error: tuple[Series, ...]
    readings: tuple[Readout, ...]

    @classmethod
    def at(cls, subject: Subject, scene: Scene, place: Place) -> _One:
        """The one of the batch that the reader has chosen."""
        row = scene.state.record.samples[scene.look.sample]
        output, target = subject.roles.output, subject.target
        assert output is not None
        x = float(subject.values(place)[row])
        readings = [Readout(subject.name(place), number(x, 4))]
        said = subject.said(scene, output)[row]
        if target is None or said.size != 1:
            return cls((), (), tuple(readings))
        y, made = float(subject.values(target)[row]), float(said.reshape(()))
        graph = scene.debugger.graph
        readings.append(Readout(graph[output].name, number(made, 4), "forward"))
        readings.append(Readout(subject.name(target), number(y, 4), "backward"))
        error = Series("", (x, x), (y, made), "negative", marked=False)
        # Through other inputs a slice does not pass, so the error is no length in it.
        on_curve = len(subject.inputs) == 1
        return cls(
            (Dots("", (x,), (y,), "title bold", "dot"),),
            (error,) if on_curve else (),
            tuple(readings),
        )
