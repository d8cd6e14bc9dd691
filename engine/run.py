"""The deterministic run: it records what it must, and can return to any iteration.

A run may be a fork of another: it shares the other's past up to an edit, and goes on by itself.
Keyframes are snapshots of parameters and optimizer state, thinned so that their number stays
bounded however long the run is. Any moment is the nearest keyframe plus a replay, and a replay
gives the same bits: on every visit the replayed loss is compared with the recorded one.
May import: budget, edits, errors, experiment, listing, program, recording, trace.
Imported by: debugger, timelines, tracefile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from engine.budget import MEMORY
from engine.edits import Base, Edit, edited_experiment, edited_record
from engine.errors import ReplayError
from engine.experiment import Experiment
from engine.feed import Feed
from engine.history import History, Sampled
from engine.keyframes import Keyframes, Trail
from engine.listing import build_listing
from engine.norms import GRADIENT, PARAMETER, UPDATE, norms_of
from engine.ops import Array, Thunk
from engine.program import Evaluation, Program, Storage
from engine.recording import MAX_RECORDS, Recorder, Records, per_parameter, record_size, slots
from engine.shapes import count
from engine.trace import Calendar, IterationRecord, State

Weave = Callable[[int, Program], tuple[Sequence[Thunk], Sequence[Thunk]]]
"""For an iteration and its program, loaded: the calls of its passes and those of its update, with
whatever wants to look at the buffers between them. What looks must not write to them."""

RECORDS_SHARE = 8
"""One part in so many of the budget is for records."""

MAX_STRETCH = 0.25
"""Seconds of work that an interrupt may cost."""


@dataclass(frozen=True, eq=False)
class Origin:
    """What a fork comes from."""

    run: Run
    edit: Edit
    base: Base
    """Where the edited iteration started from, with all of its edits."""


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
        self.feed = Feed(experiment, self.storage, self.programs)
        self.first = 0
        """The first iteration that this run records by itself; the ones before are the origin's."""
        self._records = origin.run._records if origin else Records(memory // RECORDS_SHARE)
        self._number = self._records.run()
        self._recorders: dict[int, Recorder] = {}
        self._record_size = 0
        self._at: int | None = 0
        """The iteration at whose start the storage stands; None while that is not known."""
        if origin is not None:
            self.first = origin.base.step + 1
            self._edited(origin)
        width = len(self.storage.state)
        self._norms = norms_of(self.storage)
        for_keyframes, for_trail = self._for_states(memory)
        self.keyframes = Keyframes(width, for_keyframes, self.first, self.calendar.steps)
        self.keyframes.keep(self.storage.state)  # a fork may start before anything is recorded
        self.trail = Trail(width, for_trail)
        for_losses, for_norms, for_tests = self._shares(memory)
        self.history = History(len(self.storage.row), for_losses, self.first)
        """Loss and scalar parameters of every iteration."""
        self.norm_history = History(self._norms.width, for_norms, self.first, self._norms.every)
        """Norms of gradients, parameters and updates."""
        self.test_history = History(1, for_tests, self.first // self.calendar.iterations)
        """The test loss after every epoch, where the experiment holds test data back."""
        self._evaluation = (
            Evaluation(experiment, self.listing, self.storage) if experiment.test_data else None
        )
        # How many iterations are recorded, and the state after them: replaced together, so that an
        # interrupt between any two instructions leaves a run that can go on.
        self._frontier = (self.first, self.storage.state.copy())
        self._pace: float | None = None
        """Seconds that an iteration took lately."""

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
            self.history.forget_after(self.done)
            self.norm_history.forget_after(self.done)
            self.test_history.forget_after(self.done // self.calendar.iterations)
            with np.errstate(all="ignore"):
                while self.done < steps:
                    before, done = time.perf_counter(), self.done
                    left = MAX_STRETCH if deadline is None else min(MAX_STRETCH, deadline - before)
                    if done == steps - 1:
                        self.trail.keep(done, self.storage.state)  # it will be looked at next
                    stop = steps - 1 if done < steps - 1 else steps
                    self._record_some(min(stop, done + self._fitting(left)), heard)
                    after = time.perf_counter()
                    self._pace = (after - before) / (self.done - done)
                    if deadline is not None and after >= deadline:
                        break
            self._at = self.done
        return self.done >= steps

    def _fitting(self, seconds: float) -> int:
        """How many iterations fit the time, at least one; one may be dear."""
        return max(1, int(seconds / self._pace)) if self._pace else 1

    def _record_some(self, steps: int, heard: Listener | None) -> None:
        """A stretch of iterations, and what is remembered of them."""
        done, norms, each = self.done, self._norms, self.calendar.iterations
        stop = min(steps, done + len(norms.slots))
        if heard is not None and self._evaluation is not None:
            stop = min(stop, done + each - done % each)
        tested: list[float] = []
        updates = norms.updates(done - self.first)
        stretch = zip(self.feed.through(done, stop), norms.slots, updates, strict=False)
        at = done
        while at < stop:
            due = self.keyframes.next
            if at == due:
                self.keyframes.keep(self.storage.state)
                due = self.keyframes.next
            until = min(stop, due)
            if self._evaluation is not None:
                until = min(until, at + each - at % each)
            self._iterate(islice(stretch, until - at))
            at = until
            if self._evaluation is not None and at % each == 0:
                tested.append(self._evaluation())
        self.history.extend(done, norms.block[: stop - done, norms.recorded])
        self.norm_history.extend(done, norms.measured(stop - done))
        self.test_history.extend(done // each, np.reshape(tested, (-1, 1)))
        self._frontier = (stop, self.storage.state.copy())
        if heard is not None:
            rows = norms.block[: stop - done, norms.scalars].copy()
            scalars = dict(zip(self.storage.all_scalars, rows[:, 1:].T, strict=True))
            heard(Recorded(done, rows[:, 0], scalars, tested[-1] if tested else None))

    def _iterate(
        self, stretch: Iterable[tuple[tuple[Thunk, ...], Array, tuple[Thunk, ...]]]
    ) -> None:
        """The loop itself: whatever is done here is done millions of times."""
        row = self._norms.row
        for calls, slot, update in stretch:
            for call in calls:
                call()
            slot[...] = row
            for call in update:
                call()

    # --- going back ----------------------------------------------------------------------------

    def _restore(self, step: int, state: Array) -> None:
        self._at = None  # while it is neither here nor there: see `_seek`
        np.copyto(self.storage.state, state)
        self._at = step

    def _seek(self, step: int, deadline: float | None = None) -> bool:
        """Put the storage where it stood at the start of iteration `step`, or on its way there.

        Returns whether it is there; after `deadline` it may not be, and goes on from where it is.
        """
        start, state = keyframe, _ = self.keyframes.before(step)
        trailed = self.trail.before(step)
        if trailed is not None and trailed[0] >= start:
            start, state = trailed
        if start < self.done <= step:
            start, state = self._frontier
        at = self._at
        if at is None or not start <= at <= step:
            self._restore(start, state)
            at = start
        if at == step:
            self.trail.keep(step, self.storage.state)
            return True
        # Between two iterations the storage is nowhere: an interrupt must not leave it believed.
        self._at = None
        with np.errstate(all="ignore"):
            for halt in self.trail.halts(at, step, keyframe, self.keyframes.spacing):
                while at < halt:
                    for call in (*self.feed.load(at).calls, *self.storage.update):
                        call()
                    at += 1
                    if deadline is not None and at < step and time.perf_counter() >= deadline:
                        self._at = at
                        return False
                self.trail.keep(at, self.storage.state)
        self._at = step
        return True

    def approach(self, step: int, seconds: float | None = None) -> bool:
        """Have iteration `step` recorded and at hand, or work towards that for so many seconds.

        Returns whether it is; asking again goes on from there. `record` is at once then.
        """
        if self.origin is not None and step < self.origin.base.step:
            return self.origin.run.approach(step, seconds)
        deadline = None if seconds is None else time.perf_counter() + seconds
        if not self.advance(step + 1, seconds):
            return False
        return self.distance(step) == 0 or self._seek(step, deadline)

    def distance(self, step: int) -> int:
        """How many iterations have to be run before the record of `step` can be made."""
        if self.origin is not None and step < self.origin.base.step:
            return self.origin.run.distance(step)
        if step < self.first or self._records.get(self._number, step) is not None:
            return 0
        if step >= self.done:
            return step + 1 - self.done
        start, _ = self.keyframes.before(step)
        trailed = self.trail.before(step)
        here = self._at if self._at is not None and self._at <= step else start
        return step - max(start, here, trailed[0] if trailed else start)

    def record(self, step: int) -> IterationRecord:
        """Everything iteration `step` computed, recorded by running it once more.

        Raises `ReplayError` when its loss is not, bit for bit, what the run recorded.
        """
        if self.origin is not None and step < self.origin.base.step:
            return self.origin.run.record(step)
        record = self._records.get(self._number, step)
        if record is None and self.origin is not None and step == self.origin.base.step:
            return self._edited(self.origin)
        if record is None:
            self.advance(step + 1)
            self._seek(step)
            self._at = None
            recorder = self._recorder(self.feed.load(step))
            record = recorder.record(step, self.feed.rows(step))
            self._at = step + 1
            self._compare(step, record.loss)
            self._keep(record)
        return record

    def _edited(self, origin: Origin) -> IterationRecord:
        """The edited iteration of a fork: the storage stands at the start of the next one then."""
        before = origin.run.record(origin.base.step)
        self._at = None
        record = edited_record(
            origin.base, self.experiment, self.listing, self.storage, self.calendar, before
        )
        self._at = self.first
        self._keep(record)
        return record

    def _keep(self, record: IterationRecord) -> None:
        self._record_size = self._record_size or record_size(record)
        self._records.keep(self._number, record, self._record_size)

    def _recorder(self, program: Program) -> Recorder:
        recorder = self._recorders.get(program.batch)
        if recorder is None:
            recorder = Recorder(self.graph, program, self.storage, program.constants)
            self._recorders[program.batch] = recorder
        return recorder

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
                passes, update = weave(step, self.feed.load(step))
                for call in (*passes, *update):
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
        row = self.history.row(step)
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
        return self.feed.rows(step)

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
        for_keyframes, for_trail = self._for_states(memory)
        self.keyframes.limit(for_keyframes)
        self.trail.limit(for_trail)
        for_losses, for_norms, for_tests = self._shares(memory)
        self.history.limit(for_losses)
        self.norm_history.limit(for_norms)
        self.test_history.limit(for_tests)

    def _for_states(self, memory: int) -> tuple[int, int]:
        """What of a budget goes to keyframes and to the trail.

        Half of it at least; all that the series of the whole run cannot use, where states are wide.
        """
        # Whole numbers: the iterations of a run may be more than a float can hold.
        every, steps = self._norms.every, self.calendar.steps - self.first
        series = 16 * (len(self.storage.row) * every + self._norms.width) * steps // every
        wanted = min(memory // 2, series)
        left = memory - self._for_records(memory) - wanted
        return left * 3 // 4, left // 4

    def _for_records(self, memory: int) -> int:
        """What of a budget has to be left to records: what they take at most, if that is little."""
        values = sum(map(count, next(iter(self.programs.values())).shapes))
        record = 8 * (4 * len(self.storage.state) + 3 * values)
        return min(memory // RECORDS_SHARE, MAX_RECORDS * record)

    def _shares(self, memory: int) -> tuple[int, int, int]:
        """What keyframes and trail leave of a budget: for losses, for norms, for test losses."""
        others = self._for_records(memory) + self.keyframes.nbytes + self.trail.nbytes
        left = max(0, memory - others)
        for_tests = left // 16 if self.experiment.test_data else 0
        return left - left // 4 - for_tests, left // 4, for_tests

    # --- forks ---------------------------------------------------------------------------------

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Those that this run and the ones whose past it shares were made by, in order of time."""
        return (*self.origin.run.edits, self.origin.edit) if self.origin is not None else ()

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
        base = self._base(step)
        # What an edit has taken from the optimizer's state is forgotten.
        kept = {
            node: {name: slot for name, slot in state.items() if name in self.storage.slots}
            for node, state in base.slots.items()
        }
        base = replace(base, slots=kept, edits=(*base.edits, edit))
        origin = Origin(self, edit, base)
        return Run(edited_experiment(self.experiment, edit), memory, origin=origin)

    def _base(self, step: int) -> Base:
        """Where iteration `step` starts from, and how it has been edited already."""
        if self.origin is not None and step == self.origin.base.step:
            return self.origin.base
        self.advance(step + 1)
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
        if self.history.kept.spacing > 1:
            return None
        rows = self.history.kept.rows[start - self.first : stop + 1 - self.first]
        if stop < self.done:
            return rows
        return np.vstack((rows[: stop - start], self._frontier[1][: rows.shape[1]]))

    def losses(self) -> Sampled:
        """The loss of every recorded iteration; of a fork, from its own first one on."""
        return self.history.series(0, self.done)

    def test_losses(self) -> Sampled:
        """The test loss after each recorded epoch; its steps count epochs, from 0."""
        return self.test_history.series(0, self.done // self.calendar.iterations)

    def parameter_series(self, node: int) -> Sampled:
        """A trained parameter as the recorded iterations used it: a scalar's value, else the norm.

        Beyond the first `MAX_SCALAR_SERIES` scalars it is the norm of a scalar, too.
        """
        if node in self.storage.scalars:
            return self.history.series(1 + self.storage.scalars.index(node), self.done)
        return self.parameter_norms(node)

    def parameter_norms(self, node: int) -> Sampled:
        """The Euclidean norm of a trained parameter, as iterations used it."""
        return self._norm_series(PARAMETER, node)

    def gradient_norms(self, node: int) -> Sampled:
        """The norm of a trained parameter's gradient, before it is clipped."""
        return self._norm_series(GRADIENT, node)

    def update_norms(self, node: int) -> Sampled:
        """How far iterations moved a trained parameter: the norm of the difference."""
        return self._norm_series(UPDATE, node)

    def _norm_series(self, kind: int, node: int) -> Sampled:
        return self.norm_history.series(self._norms.column(kind, node), self.done)
