"""The loss over two parameters, seen from above, with the path that training has taken.

May import: engine's public face, models, the other modules of views.plots, numpy.
Imported by: views.plots.kinds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import GradstepError, Surface
from tui.models.plots import Dots, Field, PlotView, Readout, Series, Stretch
from tui.numbers import number
from tui.views.plots.desk import Desk
from tui.views.plots.path import Path, path_of
from tui.views.plots.points import dots
from tui.views.plots.subject import Array, Place, Subject
from tui.views.scene import Scene

STEEP = 30.0
"""Ratio of the greatest to the least loss from which on shades are logarithmic."""

RECENT = 64
"""Iterations before the cursor's that are marked on a curve."""


def lacking_surface(subject: Subject) -> tuple[str, ...]:
    """Why there is no surface; nothing where there is."""
    if not subject.parameters:
        return ("no parameter is trained", "a surface is the loss over two of them")
    return ()


def surface_plot(subject: Subject, desk: Desk, scene: Scene, name: str) -> PlotView:
    """The loss around the path; of one parameter alone, the curve of the loss."""
    look, record = scene.look.plots, scene.state.record
    try:
        axes = subject.chosen(look.axes.get(name, ()), "parameters", subject.parameters[:2])
        path = path_of(desk, scene, subject, axes)
    except GradstepError as error:
        return PlotView("loss surface", name=name, empty=(error.what, error.hint or ""))
    window = look.window(name)
    ends = [w or end for w, end in zip((window.x, window.y), path.ends, strict=False)]
    held = [node for node in sorted(record.leaves) if _is_held(scene, node, axes)]
    key = tuple(np.asarray(record.leaves[node]).tobytes() for node in held)
    experiment = scene.debugger.experiment
    task = desk.work(
        name,
        (scene.debugger.run.experiment, axes, tuple(ends), key),
        lambda: Surface(
            experiment,
            record.leaves,
            [place.along(*stretch) for place, stretch in zip(axes, ends, strict=True)],
            8 if len(axes) == 1 else 6,
        ),
    )
    here = tuple(float(np.asarray(record.leaves[p.node])[p.index]) for p in axes)
    names = tuple(map(subject.name, axes))
    loss = scene.debugger.graph[scene.debugger.graph.loss].name
    shared: dict[str, Any] = {
        "x_label": names[0],
        "name": name,
        "x": ends[0],
        "remarks": _remarks(subject, task, held),
        "busy": "" if task.finished else "…",
    }
    if len(axes) == 1:
        return _curve(scene, desk, task, path, here[0], loss, shared)
    field = None
    if task.grid is not None:
        grid = task.grid
        log = look.logs.get(name)
        field = scene.memory.by(
            f"{name} field",
            (task, grid.shape, log),
            lambda: _field(grid, (ends[0], ends[1]), log),
        )
    field = desk.latest(f"{name} over {names}", field)
    behind, ahead = path.parted(scene.debugger.calendar.step(scene.debugger.at))
    return PlotView(
        f"{loss} surface",
        (ahead, behind),
        y_label=names[1],
        y=ends[1],
        field=field,
        at=(here[0], here[1]),
        dots=(
            *_start(behind),
            dots("", np.array(here[:1]), np.array(here[1:]), "cursor bold", "dot"),
        ),
        readings=(
            *(Readout(n, number(v, 4)) for n, v in zip(names, here, strict=True)),
            Readout(loss, number(record.loss, 4)),
        ),
        log=field is not None and field.log,
        **shared,
    )


def _is_held(scene: Scene, node: int, axes: tuple[Place, ...]) -> bool:
    """Whether a leaf takes part in the surface without being an axis alone."""
    n = scene.debugger.graph[node]
    single = any(place.node == node and not place.index for place in axes)
    return n.kind in ("parameter", "constant") and not single


def _remarks(subject: Subject, task: Surface, held: list[int]) -> tuple[str, ...]:
    found: list[str] = []
    if any(subject.debugger.graph[node].kind == "parameter" for node in held):
        found.append("others as here")
    if task.surveyed < subject.samples:
        found.append(f"{task.surveyed:,} of {subject.samples:,} samples")
    return tuple(found)


def _field(grid: Array, ends: tuple[Stretch, Stretch], log: bool | None) -> Field:
    finite = grid[np.isfinite(grid)]
    possible = len(finite) > 0 and bool(finite.min() > 0)
    if log is None:
        log = possible and float(finite.max()) > STEEP * float(finite.min())
    return Field(
        x=ends[0],
        y=ends[1],
        columns=grid.shape[1],
        layers=(tuple(grid.reshape(-1).tolist()),),
        colours="ordered",
        log=bool(log and possible),
        contours=True,
    )


def _start(path: Series) -> tuple[Dots, ...]:
    if not path.xs:
        return ()
    return (Dots("start", path.xs[:1], path.ys[:1], "title", "ring"),)


def _curve(
    scene: Scene,
    desk: Desk,
    task: Surface,
    path: Path,
    here: float,
    loss: str,
    shared: dict[str, Any],
) -> PlotView:
    """The loss over one parameter, and where on it the iterations were."""
    name = shared["x_label"]
    found = None if task.grid is None else (shared["x"], task.grid)
    ends, values = desk.latest(f"curve over {name}", found) or (shared["x"], np.zeros(0))
    curve = Series(
        loss,
        tuple(np.linspace(ends[0], ends[1], len(values)).tolist()),
        tuple(values.tolist()),
        "forward",
        marked=False,
    )
    past = path.until(scene.debugger.calendar.step(scene.debugger.at))[0][-RECENT:]
    if len(values):
        on_curve = np.interp(past, curve.xs, curve.ys, left=np.nan, right=np.nan)
    else:
        on_curve = np.full(len(past), np.nan)
    return PlotView(
        f"{loss} over {name}",
        (curve,),
        y_label=loss,
        dots=(
            dots("", past, on_curve, "backward", "ring"),
            dots("", np.array([here]), np.array([scene.state.record.loss]), "title bold", "dot"),
        ),
        readings=(
            Readout(name, number(here, 4)),
            Readout(loss, number(scene.state.record.loss, 4)),
        ),
        **shared,
    )
