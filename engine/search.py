"""Searching through time: the next and the previous event at which a stop hits.

What a hit is, `hits` says: a pure function of states. To find hits in many iterations there are
three faster ways, all with the same result: arithmetic for a place without a condition; columns of
the history for conditions on what it holds of every iteration; and else a replay with taps.
A search goes a slice at a time, so that whoever asked for it can show it, or drop it.
May import: conditions, evaluation, ops, run, stops, taps, tasks.
Imported by: debugger, gauges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.conditions import ELEMENTWISE_LOGIC, LAST, Expression, Leaf, counters
from engine.evaluation import bound
from engine.ops import OPS, Array, Call, Expr, Number, Thunk
from engine.run import Run
from engine.stops import Stop, StopKind
from engine.taps import Taps, expression_of, lookback
from engine.tasks import MOST, Task

# --- what a hit is ------------------------------------------------------------------------------


def hits(stop: Stop, run: Run, ordinal: int) -> bool:
    """Whether a stop hits at an event of the run, by the states there and before.

    A place hits wherever it is, a condition where it is true at one of its points. A watch hits
    where its bits are not those of its point before; what was not known there has not changed.
    """
    index = (ordinal - 1) % run.calendar.events + 1
    free = (ordinal == 1 and stop.initial) or ordinal in edit_points(stop, run)
    if index not in stop.points and not free:
        return False
    if stop.expression is None:
        return True
    value = stop.expression.value(run.state, ordinal)
    if value is None:
        return False
    if stop.kind is not StopKind.WATCH:
        return bool(value.any())
    earlier = _point_before(stop, run, ordinal)
    before = stop.expression.value(run.state, earlier) if earlier else None
    return before is not None and before.tobytes() != value.tobytes()


def edit_points(stop: Stop, run: Run) -> list[int]:
    """The points that a stop has on this timeline besides those of every iteration, in order.

    An edit writes a value right after its event; `prev` reads that one iteration later. Where an
    iteration is near enough to an edit to have such a point, or to come right after one, it cannot
    be replayed together with those before it: so `Scanner` asks for its hits one by one.
    """
    if stop.expression is None or stop.is_place:
        return []
    events, named, expression = run.calendar.events, run.graph.named, stop.expression
    written = {
        edit.at + leaf.ago * events
        for edit in run.edits
        for leaf in expression.leaves.values()
        if edit.kind == leaf.kind == "value" and leaf.node == named[edit.name]
    }
    return sorted(
        ordinal
        for ordinal in written
        if ordinal <= run.calendar.total and expression.unknown((ordinal - 1) % events + 1) is None
    )


def _point_before(stop: Stop, run: Run, ordinal: int) -> int | None:
    """The last point of a stop before one of its points; None before the first."""
    step, index = divmod(ordinal - 1, run.calendar.events)
    points = [o for o in edit_points(stop, run) if o < ordinal]
    for steps, inside in ((step, [p for p in stop.points if p <= index]), (step - 1, stop.points)):
        if steps >= 0 and inside:
            points.append(steps * run.calendar.events + inside[-1])
    if stop.initial and ordinal > 1:
        points.append(1)
    return max(points, default=None)


# --- by the history -----------------------------------------------------------------------------

EXACT = frozenset(OPS[name] for name in ("add", "sub", "mul", "div", "neg", "sqrt", "abs", "sign"))
"""Ops whose result IEEE 754 fixes to the last bit, so that a whole column gives what single
numbers would; the vector loops of `exp` or `sin` may round another way."""

EXACT_POWERS = (2.0, 0.5, -1.0)
"""Exponents that are a product, a root and a quotient."""


def in_columns(stop: Stop, run: Run) -> bool:
    """Whether the history holds, of every iteration, all that a stop needs: see `_by_columns`."""
    if stop.expression is None:
        return False
    full = stop.expression.scope.full_batch
    expr = stop.expression.fitted(full, full)
    if not all(_has_column(leaf, run) for leaf in stop.expression.leaves.values()):
        return False
    return not isinstance(expr, Call) if stop.kind is StopKind.WATCH else _is_exact(expr)


def _has_column(leaf: Leaf, run: Run) -> bool:
    # To search norms of gradients here as well, give `Columns.read` a row of them.
    if leaf.kind == "value":
        return leaf.node == run.graph.loss or leaf.node in run.storage.scalars
    return leaf.kind != "gradient"


def _is_exact(expr: Expr | None) -> bool:
    match expr:
        case Call(op, (base, Number(exponent))) if op is OPS["pow"]:
            return exponent in EXACT_POWERS and _is_exact(base)
        case Call(op, args):
            return (op in EXACT or op in ELEMENTWISE_LOGIC) and all(map(_is_exact, args))
        case _:
            return expr is not None


class Columns:
    """The history's rows of some iterations as columns that expressions are evaluated on."""

    def __init__(self, run: Run, rows: Array, first: int) -> None:
        self.run = run
        self.rows = rows
        self.first = first
        """The iteration of the first row."""
        self._known: dict[str | int, Array] = {}
        """Columns in one piece: several points read them."""

    def hits(self, stop: Stop, first: int, end: int) -> Array:
        """The ordinals of a stop's hits in iterations `first` to `end` − 1, in order."""
        expression, events = expression_of(stop), self.run.calendar.events
        found: list[Array] = []
        for point in stop.points:
            if stop.kind is StopKind.WATCH:
                begin, flags = self._changes(expression, point, first, end)
            else:
                begin, flags = self.said(expression, point, first, end)
            found.append((begin + np.flatnonzero(flags)) * events + point)
        return np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def said(self, expression: Expression, point: int, first: int, end: int) -> tuple[int, Array]:
        """The first of these iterations in which an expression is known, and what it says there
        and in all that follow, at one of its points."""
        begin = max(first, expression.past)
        if begin >= end:
            return begin, np.zeros(0)
        columns = {
            node: self._read(expression, leaf, point, begin, end)
            for node, leaf in expression.leaves.items()
        }
        full = expression.scope.full_batch
        expr = expression.fitted(full, full)
        assert expr is not None
        calls: list[Thunk] = []
        flags = np.empty(end - begin)
        bound(expr, columns.__getitem__, calls, flags)
        with np.errstate(all="ignore"):
            for call in calls:
                call()
        return begin, flags

    def _changes(
        self, expression: Expression, point: int, first: int, end: int
    ) -> tuple[int, Array]:
        """Of one plain value, which has one point in each iteration."""
        (leaf,) = expression.leaves.values()
        # What the first event of the run knows already can change in the first iteration.
        known = 0 if expression.initial and point > 1 else expression.past + 1
        begin = max(first, known)
        if begin >= end:
            return begin, np.zeros(0)
        now, before = (
            self._read(expression, leaf, point, begin - ago, end - ago) for ago in (0, 1)
        )
        return begin, now.view(np.int64) != before.view(np.int64)

    def _read(self, expression: Expression, leaf: Leaf, point: int, begin: int, end: int) -> Array:
        """A leaf at a point of iterations `begin` to `end` − 1."""
        shift = 0
        if leaf.node < 0:
            column = self._column(leaf.kind)
        elif leaf.node == self.run.graph.loss:
            column = self._column(0)
        else:
            # A row has the parameters before the update; the next row has them after it.
            shift = int(expression.scope.stage(leaf, point) == LAST)
            column = self._column(1 + self.run.storage.scalars.index(leaf.node))
        start = begin - leaf.ago + shift - self.first
        return column[start : start + end - begin]

    def _column(self, which: str | int) -> Array:
        """A counter by its name, or a column of the rows."""
        if which not in self._known:
            if isinstance(which, int):
                column = np.ascontiguousarray(self.rows[:, which])
            else:
                steps = np.arange(self.first, self.first + len(self.rows))
                column = counters(self.run.calendar, steps)[which]
            self._known[which] = column
        return self._known[which]


# --- a stretch of iterations --------------------------------------------------------------------


class Scanner:
    """Finds all hits of some stops in a stretch of recorded iterations, in whatever way is best."""

    def __init__(self, run: Run, stops: Sequence[Stop]) -> None:
        self.run = run
        self.stops = tuple(stops)
        self.lookback = max(map(lookback, stops), default=0)
        self._columns = tuple(stop for stop in stops if in_columns(stop, run))
        self._taps = self._taps_for(self._columns)

    def _taps_for(self, others: Sequence[Stop]) -> Taps | None:
        tested = [s for s in self.stops if s.expression is not None and s not in others]
        return Taps(tested) if tested else None

    def scan(self, first: int, stop: int) -> tuple[int, list[Array]]:
        """How far it got, and for each stop the ordinals of its hits from `first` to there.

        `first` is the iteration to begin with, `stop` the one to end before; it gets at least one
        further.
        """
        low = max(0, first - self.lookback)
        end = min(stop, self.run.replayable(low))
        if end <= first:  # next to the edit of a fork, whose iteration cannot be replayed
            return first + 1, [self._by_record(s, first) for s in self.stops]
        columns = self.run.rows_between(low, end) if self._columns else None
        if columns is None and self._columns:  # the history has been thinned
            self._columns, self._taps = (), self._taps_for(())
        found: dict[int, Array] = {}
        if columns is not None:
            table = Columns(self.run, columns, low)
            found |= {s.number: table.hits(s, first, end) for s in self._columns}
        if self._taps is not None:
            tapped = self._taps.scan(self.run, first, end)
            found |= {s.number: o for s, o in zip(self._taps.stops, tapped, strict=True)}
        return end, [
            self._with_start(s, first, found[s.number])
            if s.number in found
            else self._by_arithmetic(s, first, end)
            for s in self.stops
        ]

    def _by_arithmetic(self, stop: Stop, first: int, end: int) -> Array:
        events = self.run.calendar.events
        (point,) = stop.points
        return np.arange(first, end, dtype=np.int64) * events + point

    def _by_record(self, stop: Stop, step: int) -> Array:
        calendar = self.run.calendar
        ordinals = {step * calendar.events + point for point in stop.points}
        ordinals |= {o for o in edit_points(stop, self.run) if calendar.step(o) == step}
        ordinals |= {1} if step == 0 and stop.initial else set()
        found = [o for o in sorted(ordinals) if hits(stop, self.run, o)]
        return np.array(found, dtype=np.int64)

    def _with_start(self, stop: Stop, first: int, found: Array) -> Array:
        """The hits, with the first event of the run where that is one that nothing wrote."""
        if first or not stop.initial or 1 in stop.points or stop.kind is StopKind.WATCH:
            return found
        hit = hits(stop, self.run, 1)
        return np.concatenate(([1], found)) if hit else found


# --- a slice at a time --------------------------------------------------------------------------


@dataclass(frozen=True)
class Hit:
    """Where a search ended: the event, and the stops that hit there."""

    ordinal: int
    stops: tuple[Stop, ...]


class Search(Task):
    """Looks for the nearest hit of some stops before or after an event.

    Ahead of what is recorded it records on. Once `finished`, `hit` is what it found, or None where
    there is none up to the end (going back: the start) of the run.
    """

    def __init__(self, run: Run, stops: Sequence[Stop], start: int, direction: int = 1) -> None:
        """`start` itself is not looked at; `direction` is 1 for ahead and -1 for back."""
        super().__init__()
        self.run = run
        self.start = start
        self.direction = direction
        self.hit: Hit | None = None
        self.passed: Mapping[int, int] = {stop.number: 0 for stop in stops}
        """How many hits of each stop were passed over because it is to ignore them."""
        self._scanner = Scanner(run, stops)
        self._next = run.calendar.step(start)
        """Ahead: the iteration to look at next."""
        self._rest = min(self._next + 1, run.done)
        """Back: the iterations that are still to be looked at, from the first one on."""
        self._whole = max(1, self._rest)
        self._stretch: _Stretch | None = None
        self._length = 1

    @property
    def progress(self) -> float:
        if self.finished:
            return 1.0
        if self.direction > 0:
            first = self.run.calendar.step(self.start)
            return (self._next - first) / max(1, self.run.calendar.steps - first)
        return 1.0 - self._left() / self._whole

    @property
    def at(self) -> int:
        """The event up to which it has looked."""
        if self.finished and self.hit is not None:
            return self.hit.ordinal
        events = self.run.calendar.events
        if self.direction > 0:
            return min(max(self.start, self._next * events), self.run.calendar.total)
        return max(1, min(self.start, self._left() * events))

    def _left(self) -> int:
        done = self._stretch.next - self._stretch.first if self._stretch else 0
        return self._rest - done

    def _go_on(self, seconds: float) -> None:
        if self.direction > 0:
            self._ahead(seconds)
        else:
            self._back()

    def _ahead(self, seconds: float) -> None:
        first, run = self._next, self.run
        if first >= run.calendar.steps:
            self.finished = True
        elif first >= run.done:
            run.advance(first + self._size, seconds)
        else:
            reached, found = self._scanner.scan(first, min(run.done, first + self._size))
            self._settle(found, reached)

    def _back(self) -> None:
        if self._rest <= 0:
            self.finished = True
            return
        stretch = self._stretch
        if stretch is None:
            stretch = self._stretch = self._stretch_before(self._rest)
        if stretch.next < stretch.stop:
            end = min(stretch.stop, stretch.next + self._size)
            stretch.take(*self._scanner.scan(stretch.next, end))
        if stretch.next >= stretch.stop:
            self._settle(stretch.hits(), stretch.first)
            self._length = min(2 * self._length, MOST)

    def _stretch_before(self, stop: int) -> _Stretch:
        """Iterations before `stop` whose replay starts at a keyframe, looking back included."""
        keyframe = self.run.keyframe(max(0, stop - self._length))
        first = keyframe + self._scanner.lookback if keyframe else 0
        return _Stretch(min(first, stop - 1), stop)

    def _settle(self, found: Sequence[Array], reached: int) -> None:
        """Take the nearest hit that is not passed over; else go on at iteration `reached`."""
        stops = self._scanner.stops
        ahead = [self._nearest_first(ordinals) for ordinals in found]
        left = [stop.ignore - self.passed[stop.number] for stop in stops]
        first = [o[n] for o, n in zip(ahead, left, strict=True) if n < len(o)]
        nearest = self._nearest(first)
        passed, hitting = dict(self.passed), []
        for stop, ordinals, n in zip(stops, ahead, left, strict=True):
            over = len(ordinals) if nearest is None else self._up_to(ordinals, nearest)
            if nearest is not None and n < len(ordinals) and ordinals[n] == nearest:
                over -= 1
                hitting.append(stop)
            passed[stop.number] += over
        hit = None if nearest is None else Hit(nearest, tuple(hitting))
        # Together, and last: an interrupt before this leaves a search that looks again.
        self._next, self._rest, self._stretch, self.passed, self.hit, self.finished = (
            reached, reached, None, passed, hit, hit is not None,
        )  # fmt: skip

    def _nearest_first(self, ordinals: Array) -> Array:
        if self.direction > 0:
            return ordinals[ordinals > self.start]
        return ordinals[ordinals < self.start][::-1]

    def _nearest(self, ordinals: Sequence[int]) -> int | None:
        if not ordinals:
            return None
        return int(min(ordinals) if self.direction > 0 else max(ordinals))

    def _up_to(self, ordinals: Array, nearest: int) -> int:
        """How many of the ordinals lie on the way to `nearest`, itself included."""
        return int(np.count_nonzero((ordinals - nearest) * self.direction <= 0))


class _Stretch:
    """Iterations that are looked at from the first to the last, though the last hit counts."""

    def __init__(self, first: int, stop: int) -> None:
        self.first = self.next = first
        self.stop = stop
        self._found: list[list[Array]] = []

    def take(self, reached: int, found: list[Array]) -> None:
        """Add the hits of each stop up to iteration `reached`."""
        # Together: hits must not be there twice.
        self._found, self.next = [*self._found, found], reached

    def hits(self) -> list[Array]:
        """The ordinals of each stop's hits."""
        return [np.concatenate(parts) for parts in zip(*self._found, strict=True)]


class Survey(Task):
    """Counts the hits of one stop over everything that is recorded when it starts."""

    def __init__(self, run: Run, stop: Stop) -> None:
        super().__init__()
        self.count = 0
        """How often it hits."""
        self.first: int | None = None
        """The ordinal of its first hit."""
        self.last: int | None = None
        """The ordinal of its last hit."""
        self._scanner = Scanner(run, [stop])
        self._next, self._stop = 0, run.done
        self.finished = run.done == 0

    @property
    def progress(self) -> float:
        return self._next / self._stop if self._stop else 1.0

    def _go_on(self, seconds: float) -> None:
        end = min(self._stop, self._next + self._size)
        reached, (found,) = self._scanner.scan(self._next, end)
        first, last = self.first, self.last
        if len(found):
            first = int(found[0]) if first is None else first
            last = int(found[-1])
        count, finished = self.count + len(found), reached >= self._stop
        # Together, and last: an interrupt before this leaves a survey that looks again.
        self.count, self.first, self.last, self._next, self.finished = (
            count, first, last, reached, finished,
        )  # fmt: skip
