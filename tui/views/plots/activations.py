"""Activations over time: the distribution of every hidden layer's values, a band for each.

May import: engine's public face, models, the other modules of views.plots, numpy.
Imported by: views.plots.kinds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from engine import QUANTILES, Activation, Activity, ShapeError
from tui.models.plots import Field, PlotView, Readout, Series, Stretch
from tui.numbers import number
from tui.views.plots.desk import Desk
from tui.views.plots.lines import Timeline
from tui.views.plots.subject import Array, Subject
from tui.views.scene import Scene

COLUMNS = 96
"""Iterations that are looked at, at most."""

BINS = 40
"""Into so many parts the values of a layer are sorted."""


def lacking_activations(subject: Subject) -> tuple[str, ...]:
    """Why there are none; nothing where there are."""
    if not subject.samples:
        return ("there are no data", "a [data] section gives an experiment samples")
    if not subject.roles.hidden:
        return ("there is no hidden layer", "no formula stands between the data and the output")
    return ()


def activations_plot(subject: Subject, desk: Desk, scene: Scene, name: str) -> PlotView:
    """For every hidden layer which values it has over time, and how many of its units are dead."""
    time, run = Timeline(scene, name), scene.debugger.run
    try:
        activity = desk.work(name, run, lambda: Activity(run, subject.roles.hidden))
    except ShapeError as error:
        return PlotView("activations", name=name, empty=(error.what, error.hint or ""))
    low, high = time.shown or time.whole
    spacing, steps = sampled(int(low) - 1, min(int(high), run.done) - 1)
    here = spacing * (time.step // spacing)
    activity.want(dict.fromkeys((time.step, *_coarse_first(steps))))
    stamp = (activity, activity.progress, tuple(steps))
    fields = scene.memory.by(
        f"{name} fields",
        stamp,
        lambda: [_field(activity, node, steps, spacing) for node in activity.nodes],
    )
    shared: dict[str, Any] = {"cursor": time.cursor, "x": (low, high)}
    now = activity.at(time.step) or activity.at(here)
    bands: list[PlotView] = []
    for node, field in zip(activity.nodes, fields, strict=True):
        label = scene.debugger.graph[node].name
        bands.append(
            PlotView(
                label,
                field=field,
                x_label="" if bands else "iteration",
                y_label=label,
                readings=_readings(now[node]) if now else (),
                busy="" if activity.finished else f"… {activity.progress:.0%}",
                **shared,
            )
        )
        bands += _dying(activity, node, steps, label, shared)
    return PlotView(
        "activations",
        cursor=time.cursor,
        name=name,
        x=time.shown,
        whole=time.whole,
        bands=tuple(bands),
    )


def _dying(
    activity: Activity, node: int, steps: list[int], label: str, shared: dict[str, Any]
) -> list[PlotView]:
    """How many units of a layer are dead, over time; nothing where none ever is."""
    known = [(step, found[node]) for step in steps if (found := activity.at(step)) is not None]
    units = max((now.units for _, now in known), default=0)
    if units < 2 or not any(now.dead for _, now in known):
        return []
    xs, ys = zip(*((float(step + 1), float(now.dead)) for step, now in known), strict=True)
    line = Series("dead", xs, ys, "negative")
    return [PlotView(label, (line,), x_label="", y_label="dead", y=(0.0, float(units)), **shared)]


def sampled(first: int, last: int) -> tuple[int, list[int]]:
    """So many evenly spaced iterations of a stretch; as it grows, most of them stay the same."""
    spacing = 1
    while (last - first) // spacing >= COLUMNS:
        spacing *= 2
    return spacing, list(range(-(-first // spacing) * spacing, last + 1, spacing))


def _coarse_first(steps: list[int]) -> list[int]:
    """The same, every 16th before every 8th and so on."""
    return [step for k in (16, 8, 4, 2, 1) for step in steps[::k]]


def _field(activity: Activity, node: int, steps: list[int], spacing: int) -> Field:
    """Shares of values, by bin (up) and iteration (across)."""
    known = {step: found[node] for step in steps if (found := activity.at(step)) is not None}
    low, high = _extent(known.values())
    edges = np.linspace(low, high, BINS + 1)
    grid = np.full((BINS, max(1, len(steps))), np.nan)
    latest = None
    for column, step in enumerate(steps):
        if step in known:
            latest = shares(known[step].quantiles, edges)
        if latest is not None:  # what is not known yet is about what is known before it
            grid[:, column] = latest
    first = steps[0] if steps else 0
    ends = (first + 1.0, first + 1.0 + spacing * max(1, len(steps) - 1))
    return Field(
        x=ends,
        y=(low, high),
        columns=grid.shape[1],
        layers=(tuple(grid.reshape(-1).tolist()),),
        colours="density",
    )


def _extent(known: Iterable[Activation]) -> Stretch:
    ends = [q for found in known for q in (found.quantiles[0], found.quantiles[-1])]
    finite = np.array([end for end in ends if np.isfinite(end)])
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def shares(quantiles: Array, edges: Array) -> Array:
    """How much of a distribution lies between each two edges, by its quantiles, which have as much
    between each two of them, or by its values where they are few; the greatest share is 1."""
    if not np.isfinite(quantiles).all():
        return np.full(len(edges) - 1, np.nan)
    if len(quantiles) <= QUANTILES:
        counts, _ = np.histogram(quantiles, edges)
        return counts / counts.max()
    after = np.searchsorted(quantiles, edges, side="right")
    low = quantiles[np.maximum(after - 1, 0)]
    high = quantiles[np.minimum(after, len(quantiles) - 1)]
    part = np.where(high > low, (edges - low) / np.where(high > low, high - low, 1.0), 0.0)
    below = np.clip(after - 1 + part, 0, len(quantiles) - 1)
    below[0] = 0.0  # what is exactly at the lower end belongs above it
    found = np.diff(below)
    return found / (found.max() or 1.0)


def _readings(now: Activation) -> tuple[Readout, ...]:
    middle = number(float(now.quantiles[len(now.quantiles) // 2]), 3)
    found = [Readout("median", middle)]
    if now.units > 1 or now.dead:
        dead = f"{now.dead} of {now.units}" if now.units > 1 else "yes"
        found.append(Readout("dead", dead, "bad" if now.dead else "dim"))
    return tuple(found)
