"""The deterministic run: it records what it must, and can return to any iteration.

Keyframes are snapshots of parameters and optimizer state, thinned so that their number stays
bounded however long the run is. Any moment is the nearest keyframe plus a replay, and a replay
gives the same bits: on every visit the replayed loss is compared with the recorded one.
May import: errors, experiment, listing, program, trace.   Imported by: debugger, tracefile.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import ReplayError
from engine.experiment import Experiment
from engine.listing import build_listing
from engine.ops import Array
from engine.program import Program, Storage
from engine.trace import Calendar, IterationRecord, State

MEMORY = 64 * 2**20
"""Bytes that keyframes, trail and history of a run may take together."""

MAX_KEYFRAMES = 4096
MAX_TRAIL = 256
"""States of iterations visited or passed over lately, so that going back one is at once."""

MAX_RECORDS = 8
"""Iterations whose every value is kept at hand."""


class Keyframes:
    """Snapshots at multiples of a spacing that doubles whenever they would be too many."""

    def __init__(self, width: int, capacity: int) -> None:
        self.spacing = 1
        self._rows = np.empty((max(2, capacity + capacity % 2), width))
        self._count = 0

    @property
    def next(self) -> int:
        """The iteration whose start is to be kept next."""
        return self._count * self.spacing

    def keep(self, state: Array) -> None:
        """Keep the state at the start of iteration `next`."""
        if self._count == len(self._rows):
            half = self._count // 2
            self._rows[:half] = self._rows[::2].copy()
            self._count, self.spacing = half, self.spacing * 2
        self._rows[self._count] = state
        self._count += 1

    def before(self, step: int) -> tuple[int, Array]:
        """The last kept (iteration, state) at or before the start of iteration `step`."""
        index = min(step // self.spacing, self._count - 1)
        return index * self.spacing, self._rows[index]

    def rows(self) -> Array:
        """The states that are kept, `spacing` iterations apart."""
        return self._rows[: self._count]


class History:
    """One row an iteration: its loss, and the scalar parameters that it was computed with.

    Rows are kept as they are until they are too many; then every second one is dropped, so that
    memory stays bounded. `spacing` says how many iterations apart the kept rows are.
    """

    def __init__(self, width: int, capacity: int) -> None:
        self.capacity = max(1024, capacity)
        self.spacing = 1
        self.count = 0
        self._rows = np.empty((min(1024, self.capacity), width))

    @property
    def rows(self) -> Array:
        return self._rows[: self.count]

    def room(self) -> Array:
        """The rows that can be filled next; makes room first where there is none."""
        if self.count == len(self._rows):
            if self.count < self.capacity:
                grown = np.empty((min(2 * self.count, self.capacity), self._rows.shape[1]))
                grown[: self.count] = self._rows
                self._rows = grown
            else:
                half = (self.count + 1) // 2
                self._rows[:half] = self._rows[::2].copy()
                self.count, self.spacing = half, self.spacing * 2
        return self._rows[self.count :]

    def row(self, step: int) -> Array | None:
        """The row of one iteration, if it was kept."""
        index, rest = divmod(step, self.spacing)
        return self._rows[index] if rest == 0 and index < self.count else None


@dataclass(frozen=True, eq=False)
class Sampled:
    """A series along the run: one value at every `spacing`-th iteration, from the first on."""

    spacing: int
    values: Array

    @property
    def steps(self) -> Array:
        """The iterations, counted from 0, that the values belong to."""
        return np.arange(len(self.values)) * self.spacing

    def until(self, step: int) -> Array:
        """The values up to and including iteration `step`."""
        return self.values[: step // self.spacing + 1]


class Run:
    """One run of an experiment: advances on demand, and revisits any iteration it has done.

    Iterations are counted from 0 over the whole run (a `step`). `done` of them are recorded;
    looking at one never changes what is recorded.
    """

    def __init__(self, experiment: Experiment, memory: int = MEMORY) -> None:
        training = experiment.training
        self.experiment = experiment
        self.graph = experiment.graph
        shapes = experiment.shapes(training.batches.size if experiment.samples else 0)
        self.listing = build_listing(self.graph, shapes, training.optimizer, training.options)
        self.calendar = Calendar(
            len(self.listing.steps), training.batches.per_epoch, training.epochs
        )
        self.storage = Storage(experiment)
        self.programs = {
            size: Program(experiment, self.listing, self.storage, size)
            for size in training.batches.sizes()
        }
        width, row = len(self.storage.state), len(self.storage.row)
        share = memory // 4
        self.keyframes = Keyframes(width, min(MAX_KEYFRAMES, max(4, share // (8 * width))))
        self.history = History(row, memory // 2 // (8 * row))
        self.done = 0
        self._frontier = self.storage.state.copy()
        self._at = 0
        self._trail: OrderedDict[int, Array] = OrderedDict()
        self._trail_capacity = min(MAX_TRAIL, max(2, share // (8 * width)))
        self._records: OrderedDict[int, IterationRecord] = OrderedDict()
        self._orders: OrderedDict[int, Array] = OrderedDict()
        self.keyframes.keep(self.storage.state)

    # --- going ahead ---------------------------------------------------------------------------

    def advance(self, steps: int, seconds: float | None = None) -> bool:
        """Record until `steps` iterations are done, or until `seconds` have passed.

        Returns whether they are done; asking again goes on from there.
        """
        steps = min(steps, self.calendar.steps)
        deadline = None if seconds is None else time.perf_counter() + seconds
        if self.done < steps:
            self._restore(self.done, self._frontier)
            at_once = 1 << 20 if deadline is None else 1
            with np.errstate(all="ignore"):
                while self.done < steps:
                    before = time.perf_counter()
                    self._record_some(steps, at_once)
                    after = time.perf_counter()
                    if deadline is not None:
                        if after >= deadline:
                            break
                        # Grow towards what fits the time left; one iteration may be dear.
                        quick = deadline - after > 4 * (after - before)
                        at_once = 2 * at_once if quick else max(1, at_once // 2)
            np.copyto(self._frontier, self.storage.state)
        return self.done >= steps

    def _record_some(self, steps: int, at_most: int) -> None:
        """Up to the next keyframe, the end of the history's room, or a change of program."""
        room = self.history.room()
        spacing = self.history.spacing
        if spacing > 1:
            at_most = min(at_most, spacing - self.done % spacing)
        stop = min(steps, self.done + at_most, self.keyframes.next)
        if spacing == 1:
            stop = min(stop, self.done + len(room))
        program, stop = self._loaded(self.done, stop)
        kept = 0
        if program is not None:
            # One program, nothing to load: the tight loop.
            calls, row, update = program.calls, self.storage.row, self.storage.update
            for slot in room[: stop - self.done] if spacing == 1 else ():
                for call in calls:
                    call()
                slot[:] = row
                for call in update:
                    call()
                kept += 1
        for step in range(self.done + kept, stop):
            self._compute(step)
            if step % spacing == 0:
                room[kept] = self.storage.row
                kept += 1
            self._update()
        self.history.count += kept
        self.done = self._at = stop
        if stop == self.keyframes.next:
            self.keyframes.keep(self.storage.state)

    def _loaded(self, step: int, stop: int) -> tuple[Program | None, int]:
        """The only program of the run, where no iteration has a batch to load."""
        if len(self.programs) == 1:
            (program,) = self.programs.values()
            if not program.inputs:
                return program, stop
        return None, stop

    def _compute(self, step: int) -> None:
        """Forward and backward pass of an iteration, from where the storage stands."""
        for call in self._load(step).calls:
            call()

    def _update(self) -> None:
        for call in self.storage.update:
            call()

    def _load(self, step: int) -> Program:
        """Load the batch of an iteration and return the program for its size."""
        batches = self.experiment.training.batches
        epoch, iteration = divmod(step, self.calendar.iterations)
        rows = batches.rows(epoch, iteration)
        program = self.programs[rows.stop - rows.start if self.experiment.samples else 0]
        if program.inputs:
            taken = self._order(epoch)[rows] if batches.shuffle else rows
            program.load(self.experiment.data, taken)
        return program

    def _order(self, epoch: int) -> Array:
        order = self._orders.get(epoch)
        if order is None:
            order = self._orders[epoch] = self.experiment.training.batches.order(epoch)
            if len(self._orders) > 2:
                self._orders.popitem(last=False)
        return order

    # --- going back ----------------------------------------------------------------------------

    def _restore(self, step: int, state: Array) -> None:
        np.copyto(self.storage.state, state)
        self._at = step

    def _seek(self, step: int) -> None:
        """Put the storage where it stood at the start of iteration `step`."""
        trailed = self._trail.get(step)
        if trailed is not None:
            self._restore(step, trailed)
            return
        start, state = self.keyframes.before(step)
        if self.done <= step and self.done > start:
            start, state = self.done, self._frontier
        if not start <= self._at <= step:
            self._restore(start, state)
        with np.errstate(all="ignore"):
            while self._at < step:
                # The whole stretch goes into the trail, so that the way back is short.
                self._keep_trail(self._at)
                self._compute(self._at)
                self._update()
                self._at += 1
        self._keep_trail(step)

    def _keep_trail(self, step: int) -> None:
        if step in self._trail:
            self._trail.move_to_end(step)
            return
        if len(self._trail) >= self._trail_capacity:
            _, row = self._trail.popitem(last=False)
        else:
            row = np.empty_like(self.storage.state)
        np.copyto(row, self.storage.state)
        self._trail[step] = row

    def record(self, step: int) -> IterationRecord:
        """Everything iteration `step` computed, recorded by running it once more.

        Raises `ReplayError` when its loss is not, bit for bit, what the run recorded.
        """
        record = self._records.get(step)
        if record is None:
            self.advance(step + 1)
            self._seek(step)
            record = self._recorded(step)
            self._at = step + 1
            self._compare(record)
            self._records[step] = record
            if len(self._records) > MAX_RECORDS:
                self._records.popitem(last=False)
        else:
            self._records.move_to_end(step)
        return record

    def _compare(self, record: IterationRecord) -> None:
        row = self.history.row(record.step)
        if row is not None and row[:1].tobytes() != np.float64(record.loss).tobytes():
            raise ReplayError(
                f"iteration {record.step + 1} replayed to another loss: {record.loss!r}, "
                f"recorded was {float(row[0])!r}",
                hint="please report this with your NumPy version and processor",
            )

    def _recorded(self, step: int) -> IterationRecord:
        program = self._load(step)
        graph, storage = self.graph, self.storage
        leaves: dict[int, Array] = {}
        for node in graph.nodes:
            if node.kind == "data":
                leaves[node.id] = frozen(program.data[node.name])
            elif node.id in storage.views:
                leaves[node.id] = frozen(storage.view(storage.parameters, node.id))
            elif node.op is None and node.literal is None:
                leaves[node.id] = self.experiment.leaves[node.name]
        values: list[Array | None] = []
        contributions: list[Array | None] = []
        gradients: list[Array | None] = []
        with np.errstate(all="ignore"):
            for code in program.code:
                for call in code.calls:
                    call()
                shape = program.shapes[code.step.node] if code.step.node is not None else ()
                values.append(frozen(code.value, shape))
                contributions.append(frozen(code.contribution, shape))
                gradients.append(
                    contributions[-1]
                    if code.gradient is code.contribution
                    else frozen(code.gradient, shape)
                )
            for call in storage.update:
                call()
        rows = self.rows(step)
        return IterationRecord(
            step=step,
            samples=tuple(int(r) for r in rows),
            leaves=leaves,
            shapes=program.shapes,
            values=tuple(values),
            contributions=tuple(contributions),
            gradients=tuple(gradients),
            updated={
                node: frozen(storage.view(storage.parameters, node)) for node in storage.views
            },
            optimizer={
                node: {
                    name: frozen(storage.view(vector, node))
                    for name, vector in storage.slots.items()
                }
                for node in storage.views
            },
            loss=float(storage.loss[0]),
        )

    def rows(self, step: int) -> Array:
        """The row numbers, from 0, of the samples of iteration `step`."""
        if not self.experiment.samples:
            return np.arange(0)
        epoch, iteration = divmod(step, self.calendar.iterations)
        return self._order(epoch)[self.experiment.training.batches.rows(epoch, iteration)]

    def state(self, ordinal: int) -> State:
        """What every node knows right after the run's event `ordinal` (counted from 1)."""
        step, index = divmod(ordinal - 1, self.calendar.events)
        return State(self.graph, self.listing, self.record(step), index + 1)

    # --- series --------------------------------------------------------------------------------

    def losses(self) -> Sampled:
        """The loss of every recorded iteration."""
        return Sampled(self.history.spacing, self.history.rows[:, 0])

    def parameter_series(self, node: int) -> Sampled:
        """A trained parameter as the recorded iterations used it.

        A scalar's own value; of an array its Euclidean norm, at the keyframes only.
        """
        if node in self.storage.scalars:
            column = 1 + self.storage.scalars.index(node)
            return Sampled(self.history.spacing, self.history.rows[:, column])
        states = self.keyframes.rows()
        part = self.storage.views[node]
        values = states[:, 1 + part.start : 1 + part.stop]
        norms = np.sqrt(np.einsum("ij,ij->i", values, values))
        return Sampled(self.keyframes.spacing, norms)


def frozen(array: Any, shape: tuple[int, ...] | None = None) -> Any:
    """A private, unwriteable float64 copy; None stays None."""
    if array is None:
        return None
    copy = np.array(array, dtype=np.float64)
    if shape is not None and copy.shape != tuple(shape):
        copy = np.array(np.broadcast_to(copy, shape))
    copy.flags.writeable = False
    return copy
