"""The debugger: a cursor on the trace, and everything a front end needs to move and look.

The cursor stands right after an event: it shows what that event has just done. Looking never
changes the run; moving past what is recorded records further. Most questions are asked late or
never: each loads the room that answers it when it is asked.
May import: check, comparison, conditions, derivation, edits, errors, experiment, explain,
influence, nudge, places, run, search, stops, timelines, trace, why.   Imported by: the public face.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.budget import ELEMENTS, MEMORY
from engine.conditions import Scope
from engine.edits import Edit, drop_edit, option_edit, skip_edit, value_edit
from engine.errors import GradstepError, TargetError
from engine.experiment import Experiment
from engine.explain import ChainRule, EventReport, Level, chain_rule, report
from engine.graph import Graph
from engine.listing import Line, Listing
from engine.ops import Array
from engine.places import Bookmark, Bookmarks, Position, Visits
from engine.run import Run
from engine.stops import Stop, StopKind, Stops, condition, watch
from engine.timelines import Timeline, Timelines
from engine.trace import Address, Calendar, State

if TYPE_CHECKING:
    from engine.check import CheckReport, GradientCheck
    from engine.comparison import Divergence
    from engine.derivation import Derivation, Makeup, MatrixProduct
    from engine.influence import Direction, Entry, Influence
    from engine.network import Network, Unlayered
    from engine.nudge import Nudged
    from engine.search import Search, Survey
    from engine.why import Target, Why


class Unit(StrEnum):
    """What one step of the cursor goes over."""

    EVENT = "event"
    LINE = "line"
    PASS = "pass"
    ITERATION = "iteration"
    EPOCH = "epoch"


@dataclass(frozen=True)
class Move:
    """Where a step leads. At an end of the run `moved` is False and `note` says so."""

    ordinal: int
    moved: bool
    note: str = ""


class Debugger:
    """Steps through the training run of one experiment, forwards and backwards in time.

    `memory` is the budget in bytes for keyframes and history of all timelines together; the run
    itself may be any length.
    """

    def __init__(self, experiment: Experiment, *, memory: int = MEMORY) -> None:
        self.timelines = Timelines(Run(experiment, memory), memory)
        self.bookmarks = Bookmarks()
        self.visits = Visits()
        self.stops = Stops(Scope(experiment, self.listing, self.calendar))
        """Breakpoints and watches; they hold on every timeline."""
        self._at = 1

    # --- looking -------------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The run of the timeline that is being looked at."""
        return self.timelines.current.run

    @property
    def experiment(self) -> Experiment:
        """What determines the run, with the edits of this timeline."""
        return self.run.experiment

    @property
    def graph(self) -> Graph:
        return self.run.graph

    @property
    def listing(self) -> Listing:
        return self.run.listing

    @property
    def calendar(self) -> Calendar:
        """How events are counted into iterations and epochs."""
        return self.run.calendar

    @cached_property
    def network(self) -> Network | Unlayered:
        """The graph as layers of units with weighted edges, or why it is none."""
        from engine.network import find_network

        training = self.experiment.training
        batch = training.batches.size if self.experiment.samples else 0
        return find_network(self.graph, self.experiment.shapes(batch))

    @property
    def at(self) -> int:
        """The event the cursor stands at: its position in the run, counted from 1."""
        return self._at

    @property
    def address(self) -> Address:
        return self.calendar.address(self._at)

    @property
    def line(self) -> Line:
        """The listing line that the cursor's event belongs to."""
        return self.listing.line(self.listing.step(self.address.event).line)

    @property
    def state(self) -> State:
        """What every node knows at the cursor."""
        return self.run.state(self._at)

    def report(self) -> EventReport:
        """What the cursor's event did: symbols, numbers, result."""
        return report(self.state, self.experiment.training)

    def chain_rule(self, node: int | str, level: Level = "formula") -> ChainRule:
        """∂loss/∂node at the cursor, by formulas or by single ops.

        Raises `TargetError` for a node that the graph does not have.
        """
        return chain_rule(self.state, self.graph.id_of(node), level)

    def effects(
        self, node: int | str, direction: Direction = 1.0, entry: Entry | None = None
    ) -> tuple[Influence, ...]:
        """What a parameter, or any node, affects: ∂n/∂node of every node n that it moves.

        Forward mode, at the cursor: nodes not computed yet have None. Of an array the derivative
        is along `direction` (an array of its shape, or one number for all entries), or with
        `entry` along one of its entries alone. Raises `TargetError` for a node that the graph
        does not have and `ShapeError` for a direction or an entry that does not fit.
        """
        from engine.influence import along, effects

        state, source = self.state, self.graph.id_of(node)
        return effects(state, source, along(state, source, direction, entry))

    def causes(
        self, node: int | str, weights: Direction = 1.0, entry: Entry | None = None
    ) -> tuple[Influence, ...]:
        """What a node is affected by: ∂node/∂n of every node n that it was computed from.

        Of an array the derivative is that of the sum of its entries, weighted by `weights`, or
        with `entry` of one of them alone. Raises as `effects` does.
        """
        from engine.influence import along, causes

        state, target = self.state, self.graph.id_of(node)
        return causes(state, target, along(state, target, weights, entry))

    def nudge(
        self,
        node: int | str,
        size: float = 0.01,
        direction: Direction = 1.0,
        entry: Entry | None = None,
    ) -> tuple[Nudged, ...]:
        """What really happens to all that is computed from a node when it moves by a little.

        Every op behind it is computed once more at the cursor, on the side: the run is not
        touched. Beside the change stands what `effects` predicts, ∂n/∂node · `size`. Direction,
        entry and errors are those of `effects`.
        """
        from engine.influence import along
        from engine.nudge import nudge

        state, source = self.state, self.graph.id_of(node)
        return nudge(state, source, along(state, source, direction, entry), size)

    def why(self, target: str | Target) -> Why:
        """Where a value or a gradient at the cursor came from, as a chain of recorded events.

        A target is written ``w1``, ``W[0, 2]``, ``grad(w1)``, ``grad(W[0, 2])`` or ``∂loss/∂w1``.
        Raises `TargetError` for one that is not there.
        """
        from engine.why import parse_target, why

        if isinstance(target, str):
            target = parse_target(target, self.graph, self.state.record.shapes)
        return why(self.run, self._at, target)

    def derive(
        self, target: str | Target, of: str | Target | None = None, level: Level = "formula"
    ) -> Derivation:
        """∂of/∂target by the chain rule at the cursor, down to the numbers: see `Derivation`.

        Both are written ``w1`` or ``W[0, 2]``; `of` is by default the loss, and of a node with more
        than one number their sum. Raises `TargetError` for what is not there.
        """
        from engine.derivation import derive
        from engine.why import parse_target

        shapes = self.state.record.shapes
        if isinstance(target, str):
            target = parse_target(target, self.graph, shapes)
        if isinstance(of, str):
            of = parse_target(of, self.graph, shapes)
        return derive(self.state, target, of, level, address=str(self.address))

    def makeup(self, target: str | Target) -> tuple[Makeup, ...]:
        """What one number at the cursor is made of: see `Makeup`.

        Of a value the sum of products or the formula that gave it; of a gradient one answer for
        each contribution that has arrived. Nothing where no op made it, or it is not computed.
        Raises `TargetError` for what is not there, or for an array without an index.
        """
        from engine.derivation import makeup
        from engine.why import parse_target

        state = self.state
        if isinstance(target, str):
            target = parse_target(target, self.graph, state.record.shapes)
        if len(target.index) != len(state.record.shapes[target.node]):
            name = self.graph[target.node].name
            raise TargetError(
                f"'{name}' has more than one number", hint=f"give the index of one: {name}[0, …]"
            )
        return makeup(state, target)

    def matrix_product(self, target: str | Target) -> MatrixProduct | None:
        """A value, or what the last event that reached a gradient added, as left @ right.

        None where it is no product of matrices or vectors, or not computed. An index of the target
        does not count. Raises `TargetError` for what is not there.
        """
        from engine.derivation import matrix_product
        from engine.why import parse_target

        if isinstance(target, str):
            target = parse_target(target, self.graph, self.state.record.shapes)
        return matrix_product(self.state, target.what, target.node)

    def checking(self, elements: int | None = ELEMENTS, seed: int = 0) -> GradientCheck:
        """The comparison of every derivative of the cursor's iteration with differences.

        Advance it until its report is there. Of a larger array so many `elements` are compared,
        chosen by the seed; None compares all. Raises `GradstepError` in an edited iteration.
        """
        from engine.check import GradientCheck

        return GradientCheck(self.run, self.calendar.step(self._at), elements, seed)

    def check(self, elements: int | None = ELEMENTS, seed: int = 0) -> CheckReport:
        """`checking`, finished: which derivative of this iteration is wrong, if one is."""
        work = self.checking(elements, seed)
        work.advance()
        assert work.report is not None
        return work.report

    # --- moving --------------------------------------------------------------------------------

    def step(self, unit: Unit | str = Unit.EVENT, by: int = 1) -> Move:
        """Move the cursor `by` units, backwards where `by` is negative.

        - ``event``: the finest step.
        - ``line``: on to where the next listing line is complete (back: the previous one).
        - ``pass``: to the end of this pass (back: its start), or of the next one from there.
        - ``iteration``, ``epoch``: to the same event of another iteration or epoch.

        A step that would leave the run goes as far as it can, and its note says so.
        """
        return self._go(self.target(unit, by))

    def goto(self, where: str | int | Address) -> Move:
        """Move to an address (``"e2.i3.17"``, short forms allowed) or to an ordinal.

        Raises `AddressError` for what is not in the run.
        """
        if isinstance(where, str):
            where = self.calendar.parse(where, self.address)
        elif isinstance(where, Address):
            where = self.calendar.ordinal(where)
        self.calendar.address(where)
        return self._go(Move(where, where != self._at))

    def jump(self, where: str | int | Address | Position) -> Move:
        """`goto` that `back` leads back from; a `Position` may be on another timeline."""
        here = self.position
        if isinstance(where, Position):
            self.calendar.address(where.ordinal)
            self.timelines.switch(where.timeline)
            where = where.ordinal
        move = self.goto(where)
        self.visits.jump(here, self.position)
        return move

    def back(self) -> Move:
        """To where the last jump came from."""
        return self._revisit(
            self.visits.back(self.position), "this is the first place of the visit"
        )

    def forward(self) -> Move:
        """To where `back` came from."""
        return self._revisit(self.visits.forward(), "this is the last place visited")

    def _revisit(self, place: Position | None, note: str) -> Move:
        if place is None:
            return Move(self._at, False, note)
        self.timelines.switch(place.timeline)
        return self.goto(place.ordinal)

    @property
    def position(self) -> Position:
        """Where the cursor stands: the event, and on which timeline."""
        return Position(self.timelines.current.name, self._at)

    def bookmark(self, name: str = "", note: str = "") -> Bookmark:
        """Mark the cursor's place; without a name the bookmark gets a number."""
        return self.bookmarks.set(self.position, name, note)

    def start(self) -> Move:
        """Move to the first event of the run."""
        return self._go(self.target_end(last=False))

    def end(self) -> Move:
        """Move to the last event of the run, recording what is not recorded yet."""
        return self._go(self.target_end(last=True))

    def target_end(self, *, last: bool) -> Move:
        """Where `end`, or else `start`, would lead, without moving."""
        ordinal = self.calendar.total if last else 1
        if ordinal != self._at:
            return Move(ordinal, True)
        return Move(ordinal, False, f"this is the {'end' if last else 'start'} of the run")

    def target(self, unit: Unit | str, by: int = 1) -> Move:
        """Where a step would lead, without moving."""
        unit = Unit(unit)
        here, note = self._at, ""
        for _ in range(abs(by)) if unit in (Unit.LINE, Unit.PASS) else range(1):
            match unit:
                case Unit.EVENT:
                    there = min(max(here + by, 1), self.calendar.total)
                    clipped = there != here + by
                case Unit.ITERATION | Unit.EPOCH:
                    there, clipped = self._same_event(here, unit, by)
                case Unit.LINE:
                    there, clipped = self._along(here, self._line_ends(here), by > 0)
                case Unit.PASS:
                    there, clipped = self._along(here, self._pass_ends(by > 0), by > 0)
            here = there
            if clipped:
                which = "last" if by > 0 else "first"
                whole = unit in (Unit.ITERATION, Unit.EPOCH)
                end = "end" if by > 0 else "start"
                note = f"this is the {which} {unit}" if whole else f"this is the {end} of the run"
                break
        return Move(here, here != self._at, note)

    # --- searching -----------------------------------------------------------------------------

    def search(self, direction: int = 1) -> Search:
        """A search for the next hit of the stops, or with -1 for the previous one.

        Advance it until it is finished and `arrive`, or drop it: nothing has happened then.
        """
        from engine.search import Search

        return Search(self.run, self.stops.enabled, self._at, direction)

    def last_change(self, text: str) -> Search:
        """A search for the last event before the cursor at which an expression changed.

        Raises `FormulaError` and `ShapeError`.
        """
        from engine.search import Search

        return Search(self.run, [watch(self.stops.scope, text)], self._at, -1)

    def arrive(self, search: Search) -> Move:
        """Move to where a finished search leads; `back` leads back from there.

        Hits are counted, and a temporary stop is removed. Without a hit a search of the stops
        leads to the end (going back: the start) of the run, any other one leaves the cursor.
        """
        assert search.finished, "a search has to be finished first"
        for number, times in search.passed.items():
            self.stops.hit(number, times, stopped=False)
        if search.hit is None:
            return self._without_hit(search)
        for stop in search.hit.stops:
            self.stops.hit(stop.number, 1, stopped=True)
        move = self.jump(search.hit.ordinal)
        return replace(move, note=", ".join(map(_announced, search.hit.stops)))

    def halt(self) -> str:
        """What hits at the cursor's event, for a reader; nothing where no stop does.

        For whoever steps event by event and wants to stop where a search would: hits are counted,
        and those that are to be ignored pass over.
        """
        from engine.search import hits

        found = [s for s in self.stops.enabled if hits(s, self.run, self._at)]
        stopping = [stop for stop in found if stop.ignore == 0]
        for stop in found:
            self.stops.hit(stop.number, 1, stopped=stop in stopping)
        return ", ".join(map(_announced, stopping))

    def _without_hit(self, search: Search) -> Move:
        if 0 in search.passed:  # of one expression, which is not among the stops
            return Move(self._at, False, "it has not changed before this")
        ahead = search.direction > 0
        move = self.jump(self.calendar.total if ahead else 1)
        where = f"the {'end' if ahead else 'start'} of the run"
        if not self.stops.enabled:
            return replace(move, note=f"{where}: no stop is set, `break` sets one")
        return replace(move, note=f"no stop hits {'after' if ahead else 'before'} this: {where}")

    def continue_(self, direction: int = 1) -> Move:
        """Go to the next hit of the stops, or with -1 to the previous one."""
        search = self.search(direction)
        search.advance()
        return self.arrive(search)

    def last(self, text: str) -> Move:
        """Go back to the last event at which an expression changed; again: to the one before.

        Raises `FormulaError` and `ShapeError`.
        """
        search = self.last_change(text)
        search.advance()
        return self.arrive(search)

    def survey(self, text: str) -> Survey:
        """When a condition is true: first, last and how often, over all that is recorded.

        Advance it until it is finished. Raises `FormulaError` and `ShapeError`.
        """
        from engine.search import Survey

        return Survey(self.run, condition(self.stops.scope, text))

    def when(self, text: str) -> Survey:
        """`survey`, finished."""
        survey = self.survey(text)
        survey.advance()
        return survey

    def evaluate(self, text: str) -> Array | None:
        """What an expression says at the cursor; None while something that it reads is unknown.

        Raises `FormulaError` and `ShapeError`.
        """
        return self.stops.scope.expression(text, fixed=True).value(self.run.state, self._at)

    # --- what if -------------------------------------------------------------------------------

    def set(self, target: str, value: Any, *, name: str = "") -> Timeline:
        """Fork: what if `target` were `value` from this event on?

        `target` is a parameter or a constant (``w1``, or one element, ``W[0, 2]``), an input of
        this batch (``x[3]``), the learning rate, or an option of the optimizer. What was computed
        before stays as it was; the batch is loaded anew in the next iteration. The new timeline,
        called `name`, is the current one from then on. Raises `GradstepError`.
        """
        leaf, index = _element(target)
        if leaf == "lr" and leaf not in self.graph.named:
            leaf = "learning_rate"  # as the listing has it
        if leaf not in self.graph.named and not index:
            known = self.experiment.training.options
            if leaf in known or leaf.startswith("clip_"):
                return self._fork(option_edit(self.experiment, self._at, leaf, value), name)
        batch = len(self.state.record.samples)
        edit = value_edit(self.experiment, self._at, leaf, index, value, batch)
        return self._fork(edit, name)

    def drop(self, sample: int, *, name: str = "") -> Timeline:
        """Fork: what if this iteration's batch came without its `sample`, counted from 1?"""
        rows = self.run.rows(self.calendar.step(self._at))
        edit = drop_edit(self.experiment, self._at, self.calendar, rows, sample - 1)
        return self._fork(edit, name)

    def skip(self, parameter: str = "", *, name: str = "") -> Timeline:
        """Fork: what if this iteration did not update `parameter`, or nothing at all?

        At an update event, without a name, only that update is left out.
        """
        events = self.calendar.events
        edit = skip_edit(self.listing, self.experiment, self._at, events, parameter)
        return self._fork(edit, name)

    def _fork(self, edit: Edit, name: str) -> Timeline:
        timeline = self.timelines.fork(edit, name)
        self._record(self._at)
        return timeline

    def switch(self, name: str) -> Timeline:
        """Look at another timeline, at the same event. Raises `GradstepError`."""
        timeline = self.timelines.switch(name)
        self._record(self._at)
        return timeline

    def rename(self, old: str, new: str) -> Timeline:
        """Give a timeline another name. Raises `GradstepError`."""
        timeline = self.timelines.rename(old, new)
        for places in (self.bookmarks, self.visits):
            places.rename_timeline(old, new)
        return timeline

    def delete(self, name: str) -> None:
        """Forget a timeline that others do not come from. Raises `GradstepError`."""
        self.timelines.delete(name)
        for places in (self.bookmarks, self.visits):
            places.forget_timeline(name)
        self._record(self._at)

    def compare(self, other: str) -> Divergence:
        """The search for the first event where this timeline and another differ."""
        from engine.comparison import Divergence

        return Divergence(self.run, self.timelines[other].run)

    def _go(self, move: Move) -> Move:
        self._record(move.ordinal)
        self._at = move.ordinal
        return move

    def _record(self, ordinal: int) -> None:
        """Have the iteration of an event recorded on the timeline that is looked at."""
        self.run.advance(self.calendar.step(ordinal) + 1)

    def _same_event(self, here: int, unit: Unit, by: int) -> tuple[int, bool]:
        calendar = self.calendar
        size = calendar.events * (calendar.iterations if unit is Unit.EPOCH else 1)
        room = (calendar.total - here) // size if by > 0 else (here - 1) // size
        whole = min(abs(by), room)
        return here + (whole if by > 0 else -whole) * size, whole < abs(by)

    def _along(self, here: int, stops: list[int], forward: bool) -> tuple[int, bool]:
        """The nearest of the stops, which are steps of an iteration, in this direction."""
        events, total = self.calendar.events, self.calendar.total
        base, index = divmod(here - 1, events)
        index += 1
        if forward:
            inside = [s for s in stops if s > index]
            there = base * events + inside[0] if inside else (base + 1) * events + stops[0]
            return (there, False) if there <= total else (total, here == total)
        inside = [s for s in stops if s < index]
        there = base * events + inside[-1] if inside else (base - 1) * events + stops[-1]
        return (there, False) if there >= 1 else (1, here == 1)

    @cached_property
    def _completions(self) -> list[tuple[int, int]]:
        """(step, line) where each listing line is complete, in order."""
        last = {s.line: s.index for s in self.listing.steps}
        return sorted((step, line) for line, step in last.items())

    def _line_ends(self, here: int) -> list[int]:
        # A line is stepped over whole: from inside one, the next stop is another line's end.
        current = self.listing.step((here - 1) % self.calendar.events + 1).line
        stops = [step for step, line in self._completions if line != current]
        return stops or [step for step, _ in self._completions]

    def _pass_ends(self, forward: bool) -> list[int]:
        steps = self.listing.steps
        if forward:
            return [
                s.index
                for s, after in zip(steps, (*steps[1:], None), strict=True)
                if after is None or after.phase is not s.phase
            ]
        return [
            s.index
            for s, before in zip(steps, (None, *steps[:-1]), strict=True)
            if before is None or before.phase is not s.phase
        ]


def _element(target: str) -> tuple[str, tuple[int, ...]]:
    """``W[0, 2]`` taken apart. Raises `GradstepError`."""
    match = re.fullmatch(r"\s*(\w+)\s*(?:\[([-\d\s,]*)\])?\s*", target)
    indices = [part.strip() for part in match[2].split(",")] if match and match[2] else []
    if match is None or not all(re.fullmatch(r"-?\d{1,9}", part) for part in indices):
        raise GradstepError(
            f"'{target}' is nothing that can be set", hint="write a name, or one element: W[0, 2]"
        )
    return match[1], tuple(int(part) for part in indices)


def _announced(stop: Stop) -> str:
    """A stop that has hit, for a reader."""
    word = "watch" if stop.kind is StopKind.WATCH else "breakpoint"
    return f"{word} {stop.number}: {stop.text}" if stop.number else f"{stop.text} changed here"
