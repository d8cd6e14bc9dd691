"""Which batch an iteration works on, loaded into the program for its size.

May import: experiment, program.   Imported by: run.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from itertools import repeat

import numpy as np

from engine.experiment import Experiment
from engine.ops import Array, Thunk, copying
from engine.program import Program, Storage

LAID_OUT = 1 << 22
"""Bytes up to which an epoch's batches are laid out one after another, so that loading one is a
single copy."""
LEAST_BATCH = 1024
"""Bytes that a batch takes however small it is: it has a list of calls."""


class Feed:
    """Makes a run's programs ready for an iteration: its batch, its masks, its update's date."""

    def __init__(
        self, experiment: Experiment, storage: Storage, programs: Mapping[int, Program]
    ) -> None:
        """`programs` are those of `storage`, by batch size."""
        batches = experiment.training.batches
        self._experiment = experiment
        self._batches = batches
        self._storage = storage
        self._programs = programs
        self._program = programs[batches.size if experiment.samples else 0]
        self._orders: OrderedDict[int, Array] = OrderedDict()
        whole = experiment.samples // batches.size if self._program.inputs else 0
        vector = self._program.vector
        fits = whole * max(vector.nbytes, LEAST_BATCH) <= LAID_OUT
        self._laid_out = np.empty((whole if fits else 0, len(vector)))
        self._calls = [(copying(vector, row), *self._program.calls) for row in self._laid_out]
        """Those of each full batch of an epoch that is laid out."""
        # The epoch that is laid out; without shuffling they are all one.
        self._epoch: int | None = None

    def load(self, step: int) -> Program:
        """Make everything ready for iteration `step`; the program for its batch."""
        epoch, iteration = divmod(step, self._batches.per_epoch)
        rows = self._batches.rows(epoch, iteration)
        program = self._programs[rows.stop - rows.start if self._experiment.samples else 0]
        if program.inputs:
            taken = self._order(epoch)[rows] if self._batches.shuffle else rows
            program.load(self._experiment.data, taken)
        self._prepare(program, step)
        return program

    def through(self, first: int, stop: int) -> Iterator[tuple[Thunk, ...]]:
        """The calls of the iterations from `first` up to `stop`, each made ready when it comes."""
        more = bool(self._program.masks) or self._storage.dated
        if not self._program.inputs and not more:
            return repeat(self._program.calls, stop - first)
        return self._through(first, stop, more)

    def _through(self, first: int, stop: int, more: bool) -> Iterator[tuple[Thunk, ...]]:
        step = first
        while step < stop:
            epoch, iteration = divmod(step, self._batches.per_epoch)
            calls = self._lay_out(epoch)[iteration : iteration + stop - step]
            if not calls:
                # The short last batch, or one of more data than are laid out.
                yield self.load(step).calls
                step += 1
            elif not more:
                yield from calls
                step += len(calls)
            else:
                for of_batch in calls:
                    self._prepare(self._program, step)
                    yield of_batch
                    step += 1

    def rows(self, step: int) -> Array:
        """The row numbers, from 0, of the samples of iteration `step`."""
        if not self._experiment.samples:
            return np.arange(0)
        epoch, iteration = divmod(step, self._batches.per_epoch)
        return self._order(epoch)[self._batches.rows(epoch, iteration)]

    def _prepare(self, program: Program, step: int) -> None:
        if program.masks:
            epoch, iteration = divmod(step, self._batches.per_epoch)
            program.draw(self._experiment.training.seed, epoch + 1, iteration + 1)
        if self._storage.dated:
            self._storage.date(step)

    def _order(self, epoch: int) -> Array:
        order = self._orders.get(epoch)
        if order is None:
            order = self._orders[epoch] = self._batches.order(epoch)
            if len(self._orders) > 2:
                self._orders.popitem(last=False)
        return order

    def _lay_out(self, epoch: int) -> list[tuple[Thunk, ...]]:
        """The calls of an epoch's full batches, with the data that they copy laid out."""
        shuffle = self._batches.shuffle
        epoch = epoch if shuffle else 0
        if self._epoch != epoch and self._calls:
            self._epoch = None
            whole, start = len(self._laid_out), 0
            rows = slice(whole * self._batches.size)
            for name, buffer in self._program.inputs.items():
                column = self._experiment.data[name]
                taken = column[self._order(epoch)[rows]] if shuffle else column[rows]
                self._laid_out[:, start : start + buffer.size] = taken.reshape(whole, -1)
                start += buffer.size
            self._epoch = epoch
        return self._calls
