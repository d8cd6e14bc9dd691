"""The decision boundary: what the output says at every point of a plane of inputs.

May import: engine's public face, models, the other modules of views.plots, numpy.
Imported by: views.plots.kinds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import Decision, GradstepError, Response
from tui.models.plots import Dots, Field, PlotView, Readout
from tui.numbers import number
from tui.views.plots.desk import Desk
from tui.views.plots.points import OF_CLASSES, dots, some_of
from tui.views.plots.subject import Array, Subject, spread
from tui.views.scene import Scene


def lacking_boundary(subject: Subject) -> tuple[str, ...]:
    """Why there is no plane to show; nothing where there is."""
    return subject.lacking_output() or subject.lacking_inputs(2)


def boundary_plot(subject: Subject, desk: Desk, scene: Scene, name: str) -> PlotView:
    """Which class is said where, and the samples; of a number, how large it is where."""
    look, record = scene.look.plots, scene.state.record
    try:
        first, second = subject.chosen(look.axes.get(name, ()), "inputs", subject.inputs[:2])
    except GradstepError as error:
        return PlotView("boundary", name=name, empty=(error.what, error.hint or ""))
    roles, window = subject.roles, look.window(name)
    assert roles.output is not None
    output = roles.output
    xs, ys = subject.values(first), subject.values(second)
    x, y = window.x or spread(xs), window.y or spread(ys)
    experiment, decision = scene.debugger.experiment, roles.decision
    task = desk.work(
        name,
        (scene.debugger.run, record.step, first, second, x, y),
        lambda: Response(experiment, record.leaves, [first.along(*x), second.along(*y)], output),
    )
    field = None
    if task.grid is not None:
        grid = task.grid
        field = scene.memory.by(
            f"{name} field", (task, grid.shape), lambda: _field(grid, (x, y), decision)
        )
    field = desk.latest(f"{name} over {first}, {second}", field)
    said = subject.said(scene, output)
    shown = _samples(subject, scene, decision, (xs, ys), said)
    return PlotView(
        f"{'boundary' if decision else 'level'} of {scene.debugger.graph[output].name}",
        x_label=subject.name(first),
        y_label=subject.name(second),
        name=name,
        x=x,
        y=y,
        field=field,
        at=_at(scene, xs, ys),
        dots=shown,
        readings=_readings(subject, scene, decision, said),
        remarks=subject.held(2),
        busy="" if task.finished else "…",
    )


def _field(grid: Array, ends: Any, decision: Decision | None) -> Field:
    """The output on the grid: its side of the threshold, the scores of classes, or its size."""
    points = grid.shape[0]
    layers = grid.reshape(points * points, -1)
    smooth: dict[str, Any] = {"x": ends[0], "y": ends[1], "columns": points, "contours": True}
    if decision is None:
        return Field(layers=(tuple(layers[:, 0].tolist()),), colours="ordered", **smooth)
    if decision.threshold is not None:
        above = layers[:, 0] - decision.threshold
        return Field(layers=(tuple(above.tolist()),), colours="diverging", **smooth)
    return Field(layers=tuple(map(tuple, layers.T.tolist())), colours="classes", **smooth)


def _at(scene: Scene, xs: Array, ys: Array) -> tuple[float, float]:
    """Where the sample is that is looked at."""
    row = scene.state.record.samples[scene.look.sample]
    return float(xs[row]), float(ys[row])


def _samples(
    subject: Subject,
    scene: Scene,
    decision: Decision | None,
    at: tuple[Array, Array],
    said: Array,
) -> tuple[Dots, ...]:
    """Some samples by their class, all that are told wrong, and the one that is looked at."""
    xs, ys = at
    every = np.arange(len(xs))
    chosen = np.array(scene.state.record.samples, dtype=int)
    chosen = chosen[scene.look.sample : scene.look.sample + 1]
    found: list[Dots] = []
    if decision is None:
        rows = some_of(every)
        found.append(dots("samples", xs[rows], ys[rows], "title", "ring"))
    else:
        actual = decision.actual(subject.column(decision.target))
        wrong = decision.predicted(said) != actual
        right = some_of(every[~wrong])
        for which, label in enumerate(decision.labels):
            style, sign = OF_CLASSES[which % len(OF_CLASSES)]
            rows = right[actual[right] == which]
            found.append(dots(label, xs[rows], ys[rows], f"{style} bold", sign))
        for which in range(len(decision.labels)):
            style, _ = OF_CLASSES[which % len(OF_CLASSES)]
            rows = some_of(every[wrong & (actual == which)])
            if len(rows):
                found.append(dots("", xs[rows], ys[rows], f"{style} bold", "cross"))
    found.append(dots("", xs[chosen], ys[chosen], "title bold", "ring"))
    return tuple(found)


def _readings(
    subject: Subject, scene: Scene, decision: Decision | None, said: Array
) -> tuple[Readout, ...]:
    """How many are told right, and what is said of the sample that is looked at."""
    row = scene.state.record.samples[scene.look.sample]
    found: list[Readout] = []
    if decision is not None:
        actual = decision.actual(subject.column(decision.target))
        right = int(np.count_nonzero(decision.predicted(said) == actual))
        wrong = len(actual) - right
        if wrong:
            found.append(Readout("×", f"{wrong} of {len(actual)} wrong", "title"))
        else:
            found.append(Readout("all", f"{right} right", "title"))
    output = scene.debugger.graph[subject.roles.output or 0].name
    value = said[row]
    if value.size == 1:
        found.append(Readout(f"○ {output}", number(float(value.reshape(())), 4)))
    return tuple(found)
