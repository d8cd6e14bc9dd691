"""The path that training takes through its parameters: where the iterations were, along a few axes.

May import: engine's public face, models, series, the other modules of views.plots, numpy.
Imported by: views.plots.surface.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import Gauge, Run, Sampled
from tui import series
from tui.models.plots import Series, Stretch
from tui.models.text import Style
from tui.views.plots.desk import Desk
from tui.views.plots.lines import gauges_of
from tui.views.plots.subject import Array, Place, Subject
from tui.views.scene import Scene

DRAWN = 512
"""Points of a path that are drawn."""

WILD = 1e60
"""A parameter beyond it has left every map."""


@dataclass(frozen=True, eq=False)
class Path:
    """Of each axis the number that every iteration was computed with, as far as it is known."""

    steps: Array
    """Iterations, counted from 0."""
    along: tuple[Array, ...]
    ends: tuple[Stretch, ...]
    """The stretch of each axis that shows it."""

    def until(self, step: int) -> tuple[Array, ...]:
        """Where the iterations up to one were."""
        count = int(np.searchsorted(self.steps, step, side="right"))
        return tuple(values[:count] for values in self.along)

    def parted(self, step: int) -> tuple[Series, Series]:
        """The path up to an iteration, and the rest of it from there."""
        here = int(np.searchsorted(self.steps, step, side="right"))
        behind = self._part(0, here, "title", behind=False)
        return behind, self._part(max(0, here - 1), len(self.steps), "dim", behind=True)

    def _part(self, first: int, last: int, style: Style, *, behind: bool) -> Series:
        kept = np.arange(first, last)
        if len(kept) > DRAWN:
            kept = np.unique(np.linspace(first, last - 1, DRAWN).astype(np.intp))
        xs, ys = (tuple(values[kept].tolist()) for values in self.along)
        return Series("", xs, ys, style, behind=behind, marked=False)


def path_of(desk: Desk, scene: Scene, subject: Subject, axes: tuple[Place, ...]) -> Path:
    """The path over these axes as far as it is known; made again when more of it is."""
    run, leaves = scene.debugger.run, scene.state.record.leaves
    trained = [place for place in axes if place.node in run.storage.views]

    def gauge(place: Place, run: Run) -> Gauge:
        return gauges_of(subject.name(place), desk, scene, run)[0]

    def walked(place: Place) -> tuple[Array, Array]:
        def read(run: Run) -> Sampled:
            return gauge(place, run).sampled

        def edited(run: Run, step: int) -> float:
            return gauge(place, run).value(step)

        return series.samples(series.track(run, read, edited))

    def make() -> Path:
        found = {place: walked(place) for place in trained}
        steps = np.zeros(1, dtype=np.intp)
        for number, (others, _) in enumerate(found.values()):
            if number == 0:
                steps = others
            elif len(others) != len(steps) or (others != steps).any():
                steps = np.intersect1d(steps, others)
        along: list[Array] = []
        for place in axes:
            if place in found:
                at, values = found[place]
                same = len(at) == len(steps)
                along.append(values if same else values[np.searchsorted(at, steps)])
            else:  # what is not trained stays where it is
                still = np.asarray(leaves[place.node])[place.index]
                along.append(np.full(len(steps), float(still)))
        return Path(steps, tuple(along), tuple(map(extent, along)))

    # Also where the path is made already its gauges are wanted: they go on when the run does.
    known = tuple(gauge(place, run).known for place in trained)
    return scene.memory.by("path", (run, axes, known), make)


def extent(values: Array) -> Stretch:
    """The stretch that a path needs, at round ends: it does not move with every iteration."""
    finite = values[np.isfinite(values) & (np.abs(values) < WILD)]
    if not len(finite):
        return -1.0, 1.0
    low, high = (float(end) for end in np.quantile(finite, (0.01, 0.99)))
    low, high = min(low, float(finite[0])), max(high, float(finite[0]))
    width = max(high - low, 0.25 * max(abs(low), abs(high)), 0.1)
    unit = 2.0 ** np.ceil(np.log2(width / 4))
    return (
        float(np.floor((low - 0.4 * width) / unit) * unit),
        float(np.ceil((high + 0.4 * width) / unit) * unit),
    )
