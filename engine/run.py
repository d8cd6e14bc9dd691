"""The deterministic run: it records what it must, and can return to any iteration.

A run may be a fork of another: it shares the other's past up to an edit, and goes on by itself.
Keyframes are snapshots of parameters and optimizer state, thinned so that their number stays
bounded however long the run is. Any moment is the nearest keyframe plus a replay, and a replay
gives the same bits: on every visit the replayed loss is compared with the recorded one.
May import: edits, errors, experiment, listing, program, recording, trace.
Imported by: debugger, timelines, tracefile.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from engine.edits import Base, Edit, edited_experiment, edited_record
from engine.errors import ReplayError
from engine.experiment import Experiment
from engine.history import History, Sampled
from engine.keyframes import Keyframes, Trail
from engine.listing import build_listing
from engine.ops import Array, Thunk
from engine.program import Evaluation, Program, Storage
from engine.recording import per_parameter, recorded, slots
from engine.trace import Calendar, IterationRecord, State

MEMORY = 64 * 2**20
"""Bytes that keyframes, trail and history of a run may take together."""

STRETCH = 4096
"""Iterations that a listener hears of at once, at most."""

MAX_RECORDS = 8
"""Iterations whose every value is kept at hand."""

Weave = Callable[[int, Program], tuple[Sequence[Thunk], Sequence[Thunk]]]
"""For an iteration and its program, loaded: the calls of its passes and those of its update, with
whatever wants to look at the buffers between them. What looks must not write to them."""


@dataclass(frozen=True, eq=False)
class Origin:
    """What a fork comes from."""

    run: Run
    edit: Edit
    base: Base
    """Where the edited iteration started from, with all of its edits."""
    before: IterationRecord
    """That iteration without the new edit."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """A few iterations that were just recorded, in order."""

    first: int
    """The first of them, counted from 0 over the whole run."""
    losses: Array
    scalars: Mapping[int, Array]
    """Every scalar parameter that is trained, by node id, as each iteration used it."""
    test_loss: float | None
    """The test loss after the last of them, where that is the last of its epoch."""


Listener = Callable[[Recorded], None]


class Run:
    """One run of an experiment: advances on demand, and revisits any iteration it has done.

    Iterations are counted from 0 over the whole run (a `step`). `done` of them are recorded;
    looking at one never changes what is recorded.
    """

    def __init__(
        self, experiment: Experiment, memory: int = MEMORY, *, origin: Origin | None = None
    ) -> None:
        """A run of its own, or with `origin` one that goes on from an edit of another: see `fork`.

        `memory` is the budget in bytes for keyframes, trail and history.
        """
        self.origin = origin
        training = experiment.training
        self.experiment = experiment
        self.graph = experiment.graph
        shapes = experiment.shapes(training.batches.size if experiment.samples else 0)
        self.listing = build_listing(self.graph, shapes, training)
        self.calendar = Calendar(
            len(self.listing.steps), training.batches.per_epoch, training.epochs
        )
        self.storage = Storage(experiment)
        self.programs = {
            size: Program(experiment, self.listing, self.storage, size)
            for size in training.batches.sizes()
        }
        self.first = 0
        """The first iteration that this run records by itself; the ones before are the origin's."""
        self._opening: IterationRecord | None = None
        """The edited iteration of a fork, which is kept as a record only."""
        if origin is not None:
            self._opening = edited_record(
                origin.base, experiment, self.listing, self.storage, self.calendar, origin.before
            )
            self.first = origin.base.step + 1
        width = len(self.storage.state)
        self.keyframes = Keyframes(width, memory // 4, self.first)
        self.trail = Trail(width, memory // 4)
        self.history = History(len(self.storage.row), memory // 2)
        self.test_history = History(1, memory // 16)
        """The test loss after every epoch, where the experiment holds test data back."""
        self._evaluation = (
            Evaluation(experiment, self.listing, self.storage) if experiment.test_data else None
        )
        # How many iterations are recorded, and the state after them: replaced together, so that an
        # interrupt between any two instructions leaves a run that can go on.
        self._frontier = (self.first, self.storage.state.copy())
        self._at: int | None = self.first
        self._records: OrderedDict[int, IterationRecord] = OrderedDict()
        self._orders: OrderedDict[int, Array] = OrderedDict()

    @property
    def done(self) -> int:
        """How many iterations are recorded."""
        return self._frontier[0]

    @property
    def scalars(self) -> tuple[int, ...]:
        """The trained parameters that are one number, by node id."""
        return self.storage.all_scalars

    # --- going ahead ---------------------------------------------------------------------------

    def advance(
        self, steps: int, seconds: float | None = None, heard: Listener | None = None
    ) -> bool:
        """Record until `steps` iterations are done, or until `seconds` have passed.

        Returns whether they are done; asking again goes on from there. `heard` is told of every
        iteration recorded now, however long the run: the history that is kept gets thinner.
        """
        steps = min(steps, self.calendar.steps)
        deadline = None if seconds is None else time.perf_counter() + seconds
        if self.done < steps:
            self._restore(*self._frontier)
            self._at = None
            self.history.forget_after(self.done - self.first)
            self.test_history.forget_after(self._epochs(self.done))
            at_once = 1 << 20 if deadline is None else 1
            with np.errstate(all="ignore"):
                while self.done < steps:
                    before = time.perf_counter()
                    self._record_some(steps, at_once, heard)
                    after = time.perf_counter()
                    if deadline is not None:
                        if after >= deadline:
                            break
                        # Grow towards what fits the time left; one iteration may be dear.
                        quick = deadline - after > 4 * (after - before)
                        at_once = 2 * at_once if quick else max(1, at_once // 2)
            self._at = self.done
        return self.done >= steps

    def _record_some(self, steps: int, at_most: int, heard: Listener | None) -> None:
        """Up to the next keyframe, or to where the history has no more room."""
        done, first = self.done, self.first
        if done == self.keyframes.next:
            self.keyframes.keep(self.storage.state)
        room, spacing = self.history.room(), self.history.spacing
        if spacing > 1:
            at_most = min(at_most, spacing - (done - first) % spacing)
        stop = min(steps, done + at_most, self.keyframes.next, done + len(room) * spacing)
        if self._evaluation is not None:
            stop = min(stop, done + self.calendar.iterations - done % self.calendar.iterations)
        if heard is not None:
            stop = min(stop, done + STRETCH)
        rows = np.empty((stop - done if heard else 0, len(self.storage.scalar_row)))
        kept = 0
        if self._unattended is not None and spacing == 1 and heard is None:
            # Nothing to load and nothing to look up between the calls: the tight loop.
            calls, row, update = self._unattended.calls, self.storage.row, self.storage.update
            for slot in room[: stop - done]:
                for call in calls:
                    call()
                slot[:] = row
                for call in update:
                    call()
            kept = stop - done
        else:
            for step in range(done, stop):
                self._compute(step)
                if (step - first) % spacing == 0:
                    room[kept] = self.storage.row
                    kept += 1
                if heard is not None:
                    rows[step - done] = self.storage.scalar_row
                self._update(step)
        self.history.count += kept
        tested = None
        if self._evaluation is not None and stop % self.calendar.iterations == 0:
            tested = self._evaluation()
            self._keep_test_loss(self._epochs(stop) - 1, tested)
        self._frontier = (stop, self.storage.state.copy())
        if heard is not None:
            scalars = zip(self.storage.all_scalars, rows[:, 1:].T, strict=True)
            heard(Recorded(done, rows[:, 0], dict(scalars), tested))

    def _epochs(self, done: int) -> int:
        """How many epochs this run has ended by itself once `done` iterations are recorded."""
        return done // self.calendar.iterations - self.first // self.calendar.iterations

    def _keep_test_loss(self, epoch: int, loss: float) -> None:
        room = self.test_history.room()
        if epoch % self.test_history.spacing == 0:
            room[0] = loss
            self.test_history.count += 1

    @cached_property
    def _unattended(self) -> Program | None:
        """The program that runs every iteration just as it is, if there is one."""
        programs = list(self.programs.values())
        alone = len(programs) == 1 and not programs[0].inputs and not programs[0].masks
        return programs[0] if alone and not self.storage.dated else None

    def _compute(self, step: int) -> None:
        """Forward and backward pass of an iteration, from where the storage stands."""
        for call in self._load(step).calls:
            call()

    def _update(self, step: int) -> None:
        if self.storage.dated:
            self.storage.date(step)
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
        if program.masks:
            program.draw(self.experiment.training.seed, epoch + 1, iteration + 1)
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
        trailed = self.trail.get(step)
        if trailed is not None:
            self._restore(step, trailed)
            return
        start, state = self.keyframes.before(step)
        if start < self.done <= step:
            start, state = self._frontier
        at = self._at
        if at is None or not start <= at <= step:
            self._restore(start, state)
            at = start
        # Between two iterations the storage is nowhere: an interrupt must not leave it believed.
        self._at = None
        with np.errstate(all="ignore"):
            while at < step:
                # The whole stretch goes into the trail, so that the way back is short.
                self.trail.keep(at, self.storage.state)
                self._compute(at)
                self._update(at)
                at += 1
        self.trail.keep(step, self.storage.state)
        self._at = step

    def record(self, step: int) -> IterationRecord:
        """Everything iteration `step` computed, recorded by running it once more.

        Raises `ReplayError` when its loss is not, bit for bit, what the run recorded.
        """
        if self.origin is not None and step < self.origin.base.step:
            return self.origin.run.record(step)
        if self._opening is not None and step == self._opening.step:
            return self._opening
        record = self._records.get(step)
        if record is None:
            self.advance(step + 1)
            self._seek(step)
            self._at = None
            program = self._load(step)
            rows = self.rows(step)
            record = recorded(self.graph, program, self.storage, step, rows, program.constants)
            self._at = step + 1
            self._compare(step, record.loss)
            self._records[step] = record
            if len(self._records) > MAX_RECORDS:
                self._records.popitem(last=False)
        else:
            self._records.move_to_end(step)
        return record

    def replayable(self, start: int) -> int:
        """The end of the iterations from `start` on that can be replayed in one go; they are done.

        `start` itself where that one cannot be: a fork keeps its edited iteration as a record only.
        """
        if self.origin is None or start >= self.first:
            return self.done
        edited = self.origin.base.step
        return min(edited, self.origin.run.replayable(start)) if start < edited else start

    def replay(self, start: int, stop: int, weave: Weave) -> None:
        """Run iterations `start` to `stop` − 1 once more, by the calls that `weave` gives.

        All of them must be `replayable`. Raises `ReplayError` when the last one's loss is not, bit
        for bit, what the run recorded.
        """
        if self.origin is not None and start < self.first:
            self.origin.run.replay(start, stop, weave)
            return
        self._seek(start)
        self._at = None
        with np.errstate(all="ignore"):
            for step in range(start, stop):
                passes, update = weave(step, self._load(step))
                for call in passes:
                    call()
                if self.storage.dated:
                    self.storage.date(step)
                for call in update:
                    call()
        self._compare(stop - 1, float(self.storage.loss[0]))
        # Whoever goes on from here finds the way back, wherever the run has been in between.
        self.trail.keep(stop, self.storage.state)
        self._at = stop

    def keyframe(self, step: int) -> int:
        """The last iteration up to `step` from whose start a replay can begin at once."""
        if self.origin is not None and step < self.first:
            return self.origin.run.keyframe(step)
        return self.keyframes.before(step)[0]

    def _compare(self, step: int, loss: float) -> None:
        row = self.history.row(step - self.first)
        if row is not None and row[:1].tobytes() != np.float64(loss).tobytes():
            raise ReplayError(
                f"iteration {step + 1} replayed to another loss: {loss!r}, "
                f"recorded was {float(row[0])!r}",
                hint="please report this with your NumPy version and processor",
            )

    def rows(self, step: int) -> Array:
        """The row numbers, from 0, of the samples of iteration `step`."""
        if self.origin is not None and step < self.first:
            return np.array(self.record(step).samples, dtype=int)
        if not self.experiment.samples:
            return np.arange(0)
        epoch, iteration = divmod(step, self.calendar.iterations)
        return self._order(epoch)[self.experiment.training.batches.rows(epoch, iteration)]

    def state(self, ordinal: int) -> State:
        """What every node knows right after the run's event `ordinal` (counted from 1)."""
        self.calendar.address(ordinal)
        owner = self.owner(ordinal)
        if owner is not self:
            return owner.state(ordinal)
        step, index = divmod(ordinal - 1, self.calendar.events)
        return State(self.graph, self.listing, self.record(step), index + 1)

    def state_before(self, step: int) -> Array:
        """Loss, trained parameters and optimizer state at the start of a recorded iteration."""
        if self.origin is not None and step <= self.origin.base.step:
            return self.origin.run.state_before(step)
        self._seek(step)
        return self.storage.state.copy()

    def limit(self, memory: int) -> None:
        """Keep to another budget from now on; what does not fit any more is thinned."""
        self.keyframes.limit(memory // 4)
        self.trail.limit(memory // 4)
        self.history.limit(memory // 2)
        self.test_history.limit(memory // 16)

    # --- forks ---------------------------------------------------------------------------------

    def owner(self, ordinal: int) -> Run:
        """The run that an event belongs to: this one, or the one whose past it shares there."""
        run = self
        while run.origin is not None and ordinal < run.origin.edit.owned_from():
            run = run.origin.run
        return run

    def fork(self, edit: Edit, memory: int = MEMORY) -> Run:
        """Another run that shares the past up to the edit and goes on from there.

        This one stays as it is, bit for bit. Raises `ExperimentError` for an edit that does not
        fit; `edits` makes those that do.
        """
        place = edit.place(self.calendar)
        if self.origin is not None and place < self.origin.edit.place(self.calendar):
            return self.origin.run.fork(edit, memory)  # it stands before what made this one
        step, _ = place
        before = self.record(step)
        base = self._base(step)
        base = replace(base, edits=(*base.edits, edit))
        origin = Origin(self, edit, base, before)
        return Run(edited_experiment(self.experiment, edit), memory, origin=origin)

    def _base(self, step: int) -> Base:
        """Where iteration `step` starts from, and how it has been edited already."""
        if self.origin is not None and step == self.origin.base.step:
            return self.origin.base
        self._seek(step)
        return Base(
            step,
            self.rows(step),
            self.experiment.leaves,
            per_parameter(self.storage, self.storage.parameters),
            slots(self.storage),
        )

    # --- series --------------------------------------------------------------------------------

    def rows_between(self, start: int, stop: int) -> Array | None:
        """The loss and the `storage.scalars` of iterations `start` to `stop`, a row each.

        Parameters are those that an iteration was computed with, so the last row has them as
        iteration `stop` − 1 left them; its loss means nothing where that iteration is not done.
        All others are to be `replayable`. None where the history has not kept every one of them.
        """
        if self.origin is not None and start < self.first:
            return self.origin.run.rows_between(start, stop)
        if self.history.spacing > 1:
            return None
        rows = self.history.rows[start - self.first : stop + 1 - self.first]
        if stop < self.done:
            return rows
        return np.vstack((rows[: stop - start], self._frontier[1][: rows.shape[1]]))

    def losses(self) -> Sampled:
        """The loss of every recorded iteration."""
        return Sampled(self.history.spacing, self.history.rows[:, 0])

    def test_losses(self) -> Sampled:
        """The test loss after each recorded epoch; its steps count epochs, from 0."""
        return Sampled(self.test_history.spacing, self.test_history.rows[:, 0])

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
