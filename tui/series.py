"""Series along a timeline, its shared past included, as lines of plots.

A run holds what it has recorded itself; a fork's past is that of the run it comes from.
May import: engine's public face, tui.models, numpy.   Imported by: views.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine import Debugger, Run, Sampled, Timeline
from tui.models.plots import Series
from tui.models.text import Style

Array = np.ndarray[Any, np.dtype[Any]]

MAX_POINTS = 1024
"""Points of a series that a plot is given; more than any screen has columns to tell apart."""

EXACT = 8192
"""Iterations up to which each is looked at; of more, the extremes of stretches are."""
MIDDLES = 160
"""Stretches of a noisy series whose middles are joined to a line: fewer than a plot has dots, so
that the line stays thin."""

MEDIAN_OF = 32
"""Values of a stretch of which the middle is taken."""

LOG_FROM = 1e5
"""Ratio of the largest to the least loss from which on the axis is logarithmic."""


Window = tuple[int, int]
"""The first and the last of some iterations, counted from 0."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a track: what one run has recorded, as far as the timeline goes along with it."""

    sampled: Sampled
    last: int | None = None
    """The last iteration; None as far as it is recorded."""
    edited: tuple[int, float] | None = None
    """The iteration of the edit that it begins with, and the value there, which no history has."""

    @property
    def first(self) -> int:
        return self.sampled.first if self.edited is None else self.edited[0]

    def values(self, until: int | None = None) -> Array:
        """What is kept of it, up to and including an iteration."""
        ends = [end for end in (self.last, until) if end is not None]
        kept = self.sampled.until(min(ends)) if ends else self.sampled.values
        if self.edited is None or (until is not None and until < self.edited[0]):
            return kept
        return np.concatenate(([self.edited[1]], kept))

    def at(self, steps: Array) -> Array:
        """The values of its iterations; where some have been dropped, the last one kept before."""
        kept = self.sampled.values
        if len(kept):
            places = (steps - self.sampled.first) // self.sampled.spacing
            found = kept[np.clip(places, 0, len(kept) - 1)]
        else:
            found = np.full(len(steps), np.nan)
        return (
            found if self.edited is None else np.where(steps == self.first, self.edited[1], found)
        )

    def highs(self, columns: int) -> Array:
        """The greatest value of each of so many stretches of it, equally long."""
        found = self.sampled.envelope(columns, self.last).highs
        if not len(found):
            return np.full(columns, np.nan)
        return found[np.arange(columns) * len(found) // columns]

    def samples(self, window: Window | None = None) -> tuple[Array, Array]:
        """Iterations and values that are kept of it, in a window or a little around it."""
        sampled = self._within(window)
        ys = sampled.values if self.last is None else sampled.until(self.last)
        return self._with_edit(sampled.steps[: len(ys)], ys)

    def points(self, most: int, window: Window | None = None) -> tuple[Array, Array]:
        """Its points, or the extremes of at most half of `most` stretches of them."""
        sampled = self._within(window)
        xs, ys = sampled.steps, sampled.values
        if self.last is not None:
            ys = sampled.until(self.last)
            xs = xs[: len(ys)]
        # Where a window is shorter than a few blocks, the values that are kept say more of it.
        coarse = window is not None and len(sampled.lows) < most // 8
        if len(ys) > most or (sampled.thinned and not coarse):
            # Least and greatest of every stretch: what a line through all points would cover.
            envelope = sampled.envelope(most // 2, self.last)
            xs = np.repeat(envelope.steps, 2)
            ys = np.stack([envelope.lows, envelope.highs], axis=1).reshape(-1)
        return self._with_edit(xs, ys)

    def middles(self, most: int, window: Window | None = None) -> tuple[Array, Array] | None:
        """The median of every so manieth part of it; None where it has hardly more points."""
        xs, ys = self.samples(window)
        if len(ys) < 4 * most:
            return None
        # Of many values in a part some are enough to tell the middle.
        size = len(ys) // most
        starts = np.arange(most) * len(ys) // most
        some = np.linspace(0, size - 1, min(size, MEDIAN_OF)).astype(np.intp)
        picked = ys[starts[:, None] + some]
        return xs[starts + size // 2], np.median(picked, axis=1)

    def _within(self, window: Window | None) -> Sampled:
        if window is None:
            return self.sampled
        # A line comes from the last point before the window and goes to the first one behind it.
        apart = self.sampled.spacing
        return self.sampled.between(window[0] - apart, window[1] + apart + 1)

    def _with_edit(self, xs: Array, ys: Array) -> tuple[Array, Array]:
        if self.edited is not None:
            xs, ys = np.insert(xs, 0, self.edited[0]), np.insert(ys, 0, self.edited[1])
        return xs, ys


Track = tuple[Piece, ...]
"""Values at iterations, or at epochs, counted from 0: the pieces of a timeline in their order."""


def track(
    run: Run, read: Callable[[Run], Sampled], edited: Callable[[Run, int], float] | None = None
) -> Track:
    """A series of a run from the start of its timeline on.

    `edited` says what it was at the iteration of an edit.
    """
    sampled = read(run)
    if run.origin is None:
        return (Piece(sampled),)
    step = run.first - 1
    own = Piece(sampled, edited=None if edited is None else (step, edited(run, step)))
    past = [p for p in track(run.origin.run, read, edited) if p.first < own.first]
    last = own.first - 1
    return (*(replace(p, last=last if p.last is None else min(p.last, last)) for p in past), own)


def values(track: Track, until: int | None = None) -> Array:
    """What is kept of a track, up to and including an iteration."""
    parts = [piece.values(until) for piece in track]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def between(track: Track, first: int, end: int) -> Array:
    """The values of the recorded iterations `first` to `end` − 1, one for each."""
    found = np.full(max(0, end - first), np.nan)
    for piece in track:
        start = max(first, piece.first)
        stop = end if piece.last is None else min(end, piece.last + 1)
        if start < stop:
            found[start - first : stop - first] = piece.at(np.arange(start, stop))
    return found


def peaks(track: Track, first: int, end: int, most: int) -> Array:
    """At most `most` values for the recorded iterations `first` to `end` − 1, evenly spaced.

    Each is the greatest of its stretch, so that no peak is missed; nan stands only where there is
    no number at all.
    """
    if end - first <= EXACT or first > 0:
        found = between(track, first, end)
        if len(found) <= most:
            return found
        return np.fmax.reduceat(found, np.arange(most) * len(found) // most)
    edges = [piece.first * most // end for piece in track] + [most]
    return np.concatenate(
        [piece.highs(b - a) for piece, a, b in zip(track, edges, edges[1:], strict=False) if a < b]
    )


def losses(run: Run) -> Track:
    """The loss of every iteration."""
    return track(run, Run.losses, lambda run, step: run.record(step).loss)


def test_losses(run: Run) -> Track:
    """The test loss after every epoch."""
    return track(run, Run.test_losses)


def parameter(run: Run, node: int) -> Track:
    """A parameter as every iteration used it; of an array its norm, now and then."""

    def edited(run: Run, step: int) -> float:
        value = run.record(step).leaves[node]
        return float(value) if np.ndim(value) == 0 else float(np.linalg.norm(value))

    return track(run, lambda run: run.parameter_series(node), edited)


def lineage(debugger: Debugger) -> list[tuple[Timeline, int]]:
    """The timeline that is looked at and those that it comes from, each with its last event."""
    timeline, until = debugger.timelines.current, debugger.calendar.total
    line = [(timeline, until)]
    while timeline.parent is not None and timeline.edit is not None:
        until = min(until, timeline.edit.at)
        timeline = debugger.timelines[timeline.parent]
        line.append((timeline, until))
    return line


def thinned(found: Array, points: int) -> Array:
    """At most `points` of the values, evenly spaced, the first and the last among them."""
    if len(found) <= points:
        return found
    return found[np.linspace(0, len(found) - 1, points).astype(np.intp)]


def samples(track: Track) -> tuple[Array, Array]:
    """Iterations and values that are kept of a track."""
    found = [piece.samples() for piece in track]
    xs, ys = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return xs, ys


def as_lines(
    name: str, track: Track, style: Style, window: Window | None = None
) -> tuple[Series, ...]:
    """A track as a line; where it has more points than can be drawn, as the middle of every
    stretch, and behind it all that lies between the least and the greatest there.
    """
    line = as_line(name, track, style, window)
    middles = [piece.middles(MIDDLES // len(track), window) for piece in track]
    if all(found is None for found in middles):
        return (line,)
    plain = [piece.points(MAX_POINTS, window) for piece in track]
    parts = [found or points for found, points in zip(middles, plain, strict=True)]
    xs, ys = (np.concatenate(part) for part in zip(*parts, strict=True))
    middle = Series(name, tuple(map(float, xs + 1)), tuple(map(float, ys)), style)
    return replace(line, style=f"{style} faint", behind=True, marked=False), middle


def as_line(name: str, track: Track, style: Style, window: Window | None = None) -> Series:
    """A track as a line of about `MAX_POINTS` points at most, peaks and troughs kept.

    With a window, only what is seen of it there.
    """
    points = [piece.points(MAX_POINTS // len(track), window) for piece in track]
    xs, ys = (np.concatenate(parts) for parts in zip(*points, strict=True))
    return Series(name, tuple(map(float, xs + 1)), tuple(map(float, ys)), style)


def spans_decades(lines: tuple[Series, ...]) -> bool:
    """Whether the values are so far apart that only a log axis shows them all."""
    known = [y for line in lines for y in line.ys if np.isfinite(y)]
    return bool(known) and min(known) > 0 and max(known) / min(known) > LOG_FROM
