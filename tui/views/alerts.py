"""What a reader has to be warned of along the run: where its loss is no number any more, and where
it jumped up.

May import: engine's public face, series, numpy, views.scene.   Imported by: the other views.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tui import series
from tui.series import Array, Track
from tui.views.scene import Scene

TIMES, BEFORE = 5, 20
"""A spike is more than so many times the median of so many iterations before it, as `why` has it
for gradients."""

MOST = 8
"""Spikes that are marked: the largest."""

FINE = 4096
"""Stretches of a long run among which spikes are looked for."""

NEGLIGIBLE = 1e-9
"""A loss that is so small a part of those at the start does not spike: it is rounding."""


def alerts(scene: Scene) -> tuple[int | None, tuple[int, ...]]:
    """The first iteration, from 0, with a loss that is nan or inf; and those where it spiked."""
    run = scene.debugger.run
    return scene.memory.by_run("alerts", lambda: found(series.losses(run), run.done))


def found(losses: Track, done: int) -> tuple[int | None, tuple[int, ...]]:
    """The same of any losses, of which `done` iterations are recorded."""
    bad = _first_bad(losses)
    good = done if bad is None else bad
    highs = series.peaks(losses, 0, good, good if good <= series.EXACT else FINE)
    stretches = _spikes(highs)
    return bad, tuple(_highest(losses, place, len(highs), good) for place in stretches)


def _first_bad(losses: Track) -> int | None:
    for piece in losses:
        if piece.edited is not None and not np.isfinite(piece.edited[1]):
            return piece.edited[0]
        kept = piece.sampled.values if piece.last is None else piece.sampled.until(piece.last)
        finite = np.isfinite(kept)
        if not finite.all():
            return int(piece.sampled.steps[np.argmin(finite)])
    return None


def _spikes(values: Array) -> list[int]:
    """Where values stand out from those before them; of neighbours only the first."""
    if len(values) <= BEFORE or np.isnan(values[:BEFORE]).all():
        return []
    windows = sliding_window_view(values[:-1], BEFORE)
    usual = np.median(windows, axis=1)
    later = values[BEFORE:]
    floor = NEGLIGIBLE * float(np.nanmax(values[:BEFORE]))
    with np.errstate(all="ignore"):
        ratios = np.where((usual > 0) & (later > floor), later / usual, 0.0)
    over = ratios > TIMES
    begins = np.flatnonzero(over & ~np.concatenate(([False], over[:-1])))
    largest = begins[np.argsort(-ratios[begins], kind="stable")[:MOST]]
    return sorted(int(place) + BEFORE for place in largest)


def _highest(losses: Track, place: int, stretches: int, done: int) -> int:
    """The iteration of the greatest loss in one of so many stretches."""
    first, end = (done * i // stretches for i in (place, place + 1))
    return first + int(np.nanargmax(series.between(losses, first, max(end, first + 1))))
