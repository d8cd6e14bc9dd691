"""Taps: conditions and watches tested on the live buffers while a run replays its iterations.

An expression is bound to the buffers of a program, as the program's own instructions are, and its
calls are woven between theirs, right after the events that are its points. What an op computed
stays in its buffer until the iteration ends. Three things do not, and are copied in time:
parameters, which are all updated together, gradients before clipping, and what `prev` will read in
the next iteration. Taps read the buffers of the run and write to their own.
May import: conditions, evaluation, listing, ops, program, run, stops.
Imported by: search, gauges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from engine.conditions import FIRST, LAST, Expression, Leaf, counters
from engine.evaluation import bound
from engine.listing import Phase
from engine.ops import Array, Thunk
from engine.program import Program, Storage
from engine.run import Run
from engine.stops import Stop, StopKind

Woven = tuple[tuple[Thunk, ...], tuple[Thunk, ...]]


class Taps:
    """Reads what stops with an expression say, a stretch of iterations at a time."""

    def __init__(self, stops: Sequence[Stop], unknown: float = 0.0) -> None:
        """At least one stop, all of them with an expression.

        `unknown` stands for what an expression says where it is not known.
        """
        self.stops = tuple(stops)
        self._unknown = unknown
        self._scope = expression_of(self.stops[0]).scope
        self.lookback = max(map(lookback, stops))
        self._width = sum(len(stop.points) for stop in stops)
        self._past = any(expression_of(stop).past for stop in stops)
        self._woven: dict[tuple[Program, int | None], Woven] = {}
        self._old: dict[Storage, Array] = {}
        """Parameters as they were before the update of the iteration."""
        self._kept: dict[tuple[int, Leaf, int], Array] = {}
        """Values of the iteration before, by its batch size, what they are and their stage."""
        leaves = {leaf for stop in stops for leaf in expression_of(stop).leaves.values()}
        self._counters = {leaf.kind: np.zeros(()) for leaf in leaves if leaf.node < 0}
        self._at: int | None = None
        """The iteration that can be gone on with; None while nothing here is to be believed."""
        self._before: int | None = None
        """The batch size of the iteration before, where its values are kept."""
        self._last: list[bytes | None] = []
        """What each watch saw at its last point."""
        self._rows: Array = np.zeros((0, self._width))
        self._filled = 0

    def scan(self, run: Run, first: int, stop: int) -> list[Array]:
        """For each stop the ordinals of its hits in iterations `first` to `stop` − 1, in order.

        They have to be replayable, as do the `lookback` iterations before them.
        """
        rows = self.read(run, first, stop)
        found: list[Array] = []
        column = 0
        for stopped in self.stops:
            points = np.array(stopped.points, dtype=np.int64)
            columns = rows[:, column : column + len(points)]
            iterations, which = np.nonzero(columns)
            found.append((first + iterations) * run.calendar.events + points[which])
            column += len(points)
        return found

    def read(self, run: Run, first: int, stop: int) -> Array:
        """What the expressions say in those iterations, a row each: at each stop's points in turn.

        A watch says whether it hits.
        """
        start = first
        if self._at != first:
            start = max(0, first - self.lookback)
            self._before = None
            self._last = [self._initial(run, stop) if start == 0 else None for stop in self.stops]
        self._at = None
        self._rows, self._filled = np.zeros((stop - start, self._width)), 0
        run.replay(start, stop, self._weave)
        self._at = stop
        return self._rows[first - start :]

    def _initial(self, run: Run, stop: Stop) -> bytes | None:
        """What a watch saw at the first event of the run, before its first point."""
        if stop.kind is not StopKind.WATCH or not stop.initial:
            return None
        value = expression_of(stop).value(run.state, 1)
        return None if value is None else value.tobytes()

    # --- weaving -------------------------------------------------------------------------------

    def _weave(self, step: int, program: Program) -> Woven:
        if self._counters:
            now = counters(self._scope.calendar, step)
            for name, array in self._counters.items():
                array[()] = now[name]
        woven = self._woven.get((program, self._before))
        if woven is None:
            woven = self._woven[program, self._before] = self._woven_for(program, self._before)
        if self._past:
            self._before = program.batch
        return woven

    def _woven_for(self, program: Program, before: int | None) -> Woven:
        flags = np.full(self._width, self._unknown)
        taps: dict[int, list[Thunk]] = {}
        kept: dict[tuple[Leaf, int], None] = {}
        column = 0
        for number, stop in enumerate(self.stops):
            for point in stop.points:
                flag = flags[column : column + 1]
                column += 1
                taps.setdefault(point, []).extend(self._tap(number, point, program, before, flag))
                for leaf in expression_of(stop).leaves.values():
                    if leaf.ago:
                        kept[replace(leaf, ago=0), self._stage(leaf, point)] = None
        storage = program.storage
        passes: list[Thunk] = []
        for code in program.code:
            if code.step.phase is not Phase.UPDATE:
                passes += code.calls
                passes += taps.pop(code.step.index, ())
        unclipped = [key for key in kept if key[0].kind == "gradient" and key[1] == FIRST]
        passes += [self._keep(program, *key) for key in unclipped]
        clip = len(storage.clip)
        update = [
            partial(np.copyto, self._old_parameters(storage), storage.parameters),
            *storage.update[:clip],
        ]
        if clip:
            update += taps.pop(next(c.step.index for c in program.code if c.step.is_clip), ())
        update += storage.update[clip:]
        update += [call for _, calls in sorted(taps.items()) for call in calls]
        update += [self._keep(program, *key) for key in kept if key not in unclipped]
        update.append(partial(self._note, flags))
        return tuple(passes), tuple(update)

    def _tap(
        self, number: int, point: int, program: Program, before: int | None, flag: Array
    ) -> list[Thunk]:
        """The calls that test one stop at one point; the last of them sets the flag."""
        stop = self.stops[number]
        watch = stop.kind is StopKind.WATCH
        expression = expression_of(stop)
        expr = None
        if before is not None or not expression.past:
            expr = expression.fitted(program.batch, before or 0)
        if expr is None:
            return [partial(self._forget, number)] if watch else []
        calls: list[Thunk] = []
        arrays = {
            node: self._array(leaf, point, program, before, calls)
            for node, leaf in expression.leaves.items()
        }
        if watch:
            found = np.asarray(bound(expr, arrays.__getitem__, calls))
            return [*calls, partial(self._look, number, found, flag)]
        bound(expr, arrays.__getitem__, calls, flag.reshape(expr.shape))
        return calls

    def _array(
        self, leaf: Leaf, point: int, program: Program, before: int | None, calls: list[Thunk]
    ) -> Array:
        """Where a leaf can be read at a point: in one piece, in order, as in a record."""
        stage = self._stage(leaf, point)
        if leaf.ago:
            assert before is not None
            return self._kept_array(before, replace(leaf, ago=0), stage)
        updating = program.code[point - 1].step.phase is Phase.UPDATE
        array = self._live(program, leaf, stage, updated=updating)
        shape = self._scope.shape(leaf, program.batch)
        if array.shape == shape and array.flags.c_contiguous:
            return array
        ordered = np.empty(shape)
        calls.append(partial(np.copyto, ordered, array))
        return ordered

    def _live(self, program: Program, leaf: Leaf, stage: int, *, updated: bool) -> Array:
        """The buffer of a leaf; once the parameters are `updated`, old ones are a copy."""
        if leaf.node < 0:
            return self._counters[leaf.kind]
        scope, storage = self._scope, program.storage
        if leaf.kind == "gradient":
            complete = scope.listing.gradient_steps[leaf.node][-1]
            return np.asarray(program.code[complete - 1].gradient)
        node = scope.graph[leaf.node]
        if node.op is not None:
            return np.asarray(program.code[scope.listing.forward_step[node.id] - 1].value)
        if node.kind == "data":
            return program.data[node.name]
        if node.id not in storage.views:
            return program.constants[node.id]
        old = updated and stage == FIRST
        return storage.view(self._old_parameters(storage) if old else storage.parameters, node.id)

    def _stage(self, leaf: Leaf, point: int) -> int:
        stage = self._scope.stage(leaf, point)
        return LAST if stage is None else stage

    # --- what does not stay --------------------------------------------------------------------

    def _old_parameters(self, storage: Storage) -> Array:
        if storage not in self._old:
            self._old[storage] = np.empty_like(storage.parameters)
        return self._old[storage]

    def _kept_array(self, batch: int, leaf: Leaf, stage: int) -> Array:
        key = (batch, leaf, stage)
        if key not in self._kept:
            self._kept[key] = np.empty(self._scope.shape(leaf, batch))
        return self._kept[key]

    def _keep(self, program: Program, leaf: Leaf, stage: int) -> Thunk:
        """The call that keeps a value for the next iteration."""
        kept = self._kept_array(program.batch, leaf, stage)
        return partial(np.copyto, kept, self._live(program, leaf, stage, updated=True))

    # --- during a replay -----------------------------------------------------------------------

    def _look(self, number: int, array: Array, flag: Array) -> None:
        bits, last = array.tobytes(), self._last[number]
        flag[0] = last is not None and bits != last
        self._last[number] = bits

    def _forget(self, number: int) -> None:
        self._last[number] = None

    def _note(self, flags: Array) -> None:
        self._rows[self._filled] = flags
        self._filled += 1


def expression_of(stop: Stop) -> Expression:
    """The expression of a stop that has one."""
    assert stop.expression is not None
    return stop.expression


def lookback(stop: Stop) -> int:
    """How many iterations before one have to be run to know where a stop hits in it."""
    if stop.expression is None:
        return 0
    return stop.expression.past + (stop.kind is StopKind.WATCH)
