"""Slopes measured by differences: central ones at falling steps, with what they may be off.

A step is a power of ten or so below the number that moves. At each one two central differences, of
the step and of its half, give the slope extrapolated to step 0 and, by how far they disagree, its
error; what rounding adds grows as the step shrinks, and the step with the least error is taken.
Differences to either side that do not approach each other as the step shrinks are a kink.
May import: numpy, ops.   Imported by: check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.ops import Array

Probe = Callable[[Array, Array], Array]
"""``probe(places, numbers)``: how far the result moves when each place alone takes its number."""

STEPS = (2e-3, 6e-5, 2e-6)
"""Steps, as shares of the larger of 1 and the number that moves."""

CLOSE = 1e-3
"""Nearer to 0 than this, a number also moves by a small share of itself: 0 may be a kink, or a
pole."""

GOOD = 1e-6
"""A slope known to this share of itself needs no smaller step."""

IMAGINARY = 1e-30
"""The complex step: f(x + ih) = f(x) + ih f'(x), and h² is nothing beside 1."""

PRECISE = 1e-11
"""How far off the complex step's slopes may be, as a share of the largest one."""

ROUNDINGS = 32.0
"""How many rounding errors of the result a difference may carry."""


@dataclass(frozen=True, eq=False)
class Slopes:
    """Measured slopes, an entry for each place."""

    value: Array
    """nan where no difference is a number."""
    error: Array
    """How far the true slope may be off."""
    kink: Array
    """Where the slopes to the two sides differ: then any number between `low` and `high` is one."""
    low: Array
    high: Array
    precise: Array
    """Where it is the complex step's."""

    def confirmed(self, value: Array, noise: Array | float) -> Slopes:
        """The same, with the complex step's slopes where they agree with the differences.

        Where they do, the function goes on into complex numbers as it is differentiated, and its
        imaginary part has no error of truncation and none of cancellation. `noise` is what rounding
        of the result may add to the rule that is compared.
        Where a rule does not (|x|, a comparison), the differences stay.
        """
        with np.errstate(all="ignore"):
            agree = ~self.kink & (np.abs(value - self.value) <= self.error)
            largest = float(np.abs(value[agree]).max(initial=0.0))
            known = PRECISE * largest + noise + IMAGINARY
            error = np.where(agree, np.minimum(self.error, known), self.error)
        value = np.where(agree, value, self.value)
        low, high = (np.where(self.kink, side, value) for side in (self.low, self.high))
        return Slopes(value, error, self.kink, low, high, agree)

    def summed(self, axes: tuple[int, ...], shape: tuple[int, ...]) -> Slopes:
        """The slopes of something that moves several places at once: their sums over `axes`."""

        def total(array: Array) -> Array:
            return np.asarray(array.sum(axis=axes)).reshape(shape)

        kink = np.asarray(self.kink.any(axis=axes)).reshape(shape)
        precise = np.asarray(self.precise.all(axis=axes)).reshape(shape)
        numbers = map(total, (self.value, self.error, self.low, self.high))
        value, error, low, high = numbers
        return Slopes(value, error, kink, low, high, precise)

    def shaped(self, shape: tuple[int, ...]) -> Slopes:
        """The same entries in another shape."""
        return self.summed((), shape)


def slopes(probe: Probe, numbers: Array, noise: Array | float) -> Slopes:
    """The slope at each place, which now has its one of `numbers` (one axis).

    `noise` is what rounding may add to the result, for each place or for all.
    """
    count = len(numbers)
    noise = np.broadcast_to(np.asarray(noise, float), (count,))
    value, error = np.full(count, np.nan), np.full(count, np.inf)
    low, high = np.full(count, np.nan), np.full(count, np.nan)
    kink = np.zeros(count, bool)
    pending = np.ones(count, bool)
    with np.errstate(all="ignore"):
        for steps in _ladder(numbers):
            places = np.flatnonzero(pending & np.isfinite(steps))
            if not len(places):
                continue
            found = _measured(probe, places, numbers[places], steps[places], noise[places])
            known = np.isfinite(found.value)
            # Below a near kink the function is smooth again: what a smaller step says, holds.
            smooth = known & ~found.kink
            better = smooth & (found.error < error[places])
            at = places[better]
            value[at], error[at] = found.value[better], found.error[better]
            bent = places[found.kink]
            low[bent], high[bent] = found.low[found.kink], found.high[found.kink]
            kink[bent] = True
            kink[places[smooth]] = False
            pending[places[smooth & (found.error <= GOOD * np.abs(found.value))]] = False
        bent = kink & np.isfinite(low)
        value = np.where(bent, (low + high) / 2, value)
        error = np.where(bent, 0.0, error)
    low, high = np.where(kink, low, value), np.where(kink, high, value)
    return Slopes(value, error, kink, low, high, np.zeros(count, bool))


def _ladder(numbers: Array) -> Iterator[Array]:
    """Falling steps for each number; nan where one does not apply."""
    sizes = np.abs(numbers)
    for share in STEPS:
        yield share * np.maximum(1.0, sizes)
    yield np.where((sizes > 0) & (sizes < CLOSE), STEPS[0] * sizes, np.nan)


def _measured(probe: Probe, places: Array, numbers: Array, steps: Array, noise: Array) -> Slopes:
    """Slopes by one step each; `kink` where the two sides stay apart as it is halved."""

    def side(step: Array) -> Array:
        moved = numbers + step
        return probe(places, moved) / (moved - numbers)

    up, down, near_up, near_down = (side(share * steps) for share in (1.0, -1.0, 0.5, -0.5))
    wide, narrow = (up + down) / 2, (near_up + near_down) / 2
    rounding = ROUNDINGS * noise / steps
    value = narrow + (narrow - wide) / 3
    apart, closer = np.abs(up - down), np.abs(near_up - near_down)
    largest = np.maximum(np.abs(near_up), np.abs(near_down))
    kink = (closer > 0.75 * apart) & (closer > rounding + GOOD * largest)
    kink |= np.isfinite(near_up) != np.isfinite(near_down)  # the edge of where it is defined
    slack = np.abs(closer - apart) + rounding
    low, high = np.minimum(near_up, near_down) - slack, np.maximum(near_up, near_down) + slack
    nowhere = np.zeros(len(places), bool)
    return Slopes(value, np.abs(narrow - wide) + rounding, kink, low, high, nowhere)
