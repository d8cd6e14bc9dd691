"""Every derivative of one iteration against differences: which op's rule is wrong, if one is.

Two questions, each asked where the answer points to one place. Of every event of the backward
pass: is what flows along this edge the op's derivative, for the upstream gradient and the operands
that are recorded? Differences of this one op's forward rule answer that, so a wrong rule is found
at its op and not at everything it flows on to. And of every node: is its gradient that of the
loss? Differences of the whole forward pass answer that. Both are measured by the complex step as
well, which takes the place of the differences where the two agree.
May import: differences, errors, graph, listing, ops, probes, run, tasks, trace, tracefile.
Imported by: debugger, the public face.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any, Literal

import numpy as np

from engine.budget import ELEMENTS
from engine.differences import Slopes, slopes
from engine.errors import GradstepError
from engine.listing import Phase, Step
from engine.ops import Array
from engine.probes import ULP, ComplexPass, ForwardPass, OpProbe
from engine.run import Run
from engine.tasks import Task
from engine.trace import Address, State
from engine.tracefile import jsonable

SHARP = 1e-4
"""A gradient is judged where differences can tell it from one that is off by this share."""


class Verdict(StrEnum):
    """What differences say of a derivative; of an array, what they say of its worst element."""

    OK = "ok"
    TINY = "too small to measure"
    """It agrees, but rounding errors of the loss are not much smaller than the gradient itself."""
    KINK = "at a kink"
    """The function has another slope to either side; the derivative is one of those between."""
    NOT_FINITE = "not finite"
    """There are no numbers to compare."""
    WRONG = "wrong"


@dataclass(frozen=True)
class Worst:
    """The element that is furthest off."""

    index: tuple[int, ...]
    got: float
    measured: float
    tolerance: float


@dataclass(frozen=True)
class CheckRow:
    """One contribution, or one gradient, compared with differences."""

    event: int
    """The event that made it: its position in the run, counted from 1."""
    address: Address
    what: Literal["contribution", "gradient"]
    node: int
    """The node whose gradient it is, or is added to."""
    name: str
    op: str
    """Of a contribution the op whose rule made it; of a gradient what computed the node."""
    source: int | None
    """Of a contribution the node that the op computed, and which operand of it `node` is."""
    operand: int | None
    size: int
    counts: Mapping[Verdict, int]
    """How many of the elements that were checked got which verdict."""
    method: Literal["complex step", "differences"]
    """What all elements that were compared were measured by."""
    error: float
    """The largest difference, as a share of the largest number in the array, or of what differences
    can tell from 0 where that is more."""
    worst: Worst | None
    """Where it is wrong: the element that is furthest off."""

    @property
    def checked(self) -> int:
        """How many elements were compared."""
        return sum(self.counts.values())

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict; elements that are too small count only where all are."""
        for verdict in (Verdict.WRONG, Verdict.NOT_FINITE, Verdict.KINK, Verdict.OK):
            if self.counts.get(verdict):
                return verdict
        return Verdict.TINY if self.counts.get(Verdict.TINY) else Verdict.OK


@dataclass(frozen=True)
class CheckReport:
    """What differences say of one iteration's derivatives."""

    address: Address
    """The first event of the iteration."""
    rows: tuple[CheckRow, ...]
    """Contributions in the order of the backward pass, then gradients in the same order."""

    @property
    def contributions(self) -> tuple[CheckRow, ...]:
        return tuple(row for row in self.rows if row.what == "contribution")

    @property
    def gradients(self) -> tuple[CheckRow, ...]:
        return tuple(row for row in self.rows if row.what == "gradient")

    @property
    def wrong(self) -> CheckRow | None:
        """The first contribution that is wrong, which names the op; else the first gradient."""
        return next((row for row in self.rows if row.verdict is Verdict.WRONG), None)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; what is at a kink or not finite is not."""
        return self.wrong is None


class GradientCheck(Task):
    """The comparison of one iteration, a slice at a time: `advance` until `report` is there."""

    def __init__(self, run: Run, step: int, elements: int | None = ELEMENTS, seed: int = 0) -> None:
        """Iteration `step` of a run, counted from 0; `elements` of each array, None for all.

        Raises `GradstepError` for an iteration that was edited: what was computed before the edit
        belongs to other values than what came after.
        """
        run = run.owner((step + 1) * run.calendar.events)
        if run.origin is not None and run.origin.base.step == step:
            raise GradstepError(
                "this iteration was edited half-way: its gradients are of no one function",
                hint="check the next one, or the timeline that this one was forked from",
            )
        super().__init__()
        self.report: CheckReport | None = None
        self._iteration = _Iteration(run, step, elements, seed)
        self._rows: list[CheckRow] = []
        self._work = self._iteration.rows()

    @property
    def progress(self) -> float:
        return len(self._rows) / self._iteration.expected

    def _go_on(self, seconds: float) -> None:
        row = next(self._work, None)
        if row is not None:
            self._rows.append(row)
        else:
            self.report = CheckReport(self._iteration.address(1), tuple(self._rows))
            self.finished = True


def check(run: Run, step: int, elements: int | None = ELEMENTS, seed: int = 0) -> CheckReport:
    """Compare every derivative of iteration `step` with differences: see `GradientCheck`."""
    work = GradientCheck(run, step, elements, seed)
    work.advance()
    assert work.report is not None
    return work.report


class _Iteration:
    """A recorded iteration, and what is measured on its numbers."""

    def __init__(self, run: Run, step: int, elements: int | None, seed: int) -> None:
        run.advance(step + 1)
        listing = run.listing
        backward = [s for s in listing.steps if s.phase is Phase.BACKWARD]
        self.run, self.step, self.elements, self.seed = run, step, elements, seed
        self.graph, self.listing = run.graph, listing
        self.edges = [s for s in backward if not s.is_seed]
        self.state = State(run.graph, listing, run.record(step), backward[-1].index)
        self.shapes = self.state.record.shapes
        self.imaginary: ComplexPass | None = None
        self.kinked: set[int] = set()
        """Ops that were found at a kink: what lies before them may have no slope either."""

    @property
    def expected(self) -> int:
        """How many rows there will be."""
        return len(self.edges) + len(self.listing.gradient_steps)

    def rows(self) -> Iterator[CheckRow]:
        for source, group in groupby(self.edges, key=lambda edge: edge.source):
            assert source is not None
            edges = {e.operand: e for e in group if e.operand is not None}
            upstream = self.state.gradient(source)
            assert upstream is not None
            at = OpProbe(self.state, source, np.asarray(upstream))
            rows = [self._contribution(at, edge) for edge in edges.values()]
            yield from rows
            arrived = {operand: self.arrived(edge) for operand, edge in edges.items()}
            if all(row.verdict is not Verdict.WRONG for row in rows) and at.bends(arrived):
                self.kinked.add(source)
        forward = ForwardPass(self.state)
        self.imaginary = ComplexPass.of(self.state)
        steps = self.listing.gradient_steps
        for node in sorted(steps, key=lambda node: steps[node][-1]):
            yield self._gradient(node, forward)

    def ordinal(self, event: int) -> int:
        return self.step * len(self.listing.steps) + event

    def address(self, event: int) -> Address:
        return self.run.calendar.address(self.ordinal(event))

    def value(self, node: int) -> Array:
        value = self.state.value(node)
        assert value is not None
        return np.asarray(value)

    def arrived(self, edge: Step) -> Array:
        """What flowed along an edge of the backward pass."""
        contribution = self.state.record.contributions[edge.index - 1]
        assert contribution is not None
        return np.asarray(contribution)

    def chosen(self, size: int, event: int) -> Array:
        """The elements of an array that are checked: all, or as many at random, in order."""
        if self.elements is None or size <= self.elements:
            return np.arange(size)
        chances = np.random.default_rng((self.seed, self.step, event))
        return np.sort(chances.choice(size, self.elements, replace=False))

    # --- one op --------------------------------------------------------------------------------

    def _contribution(self, at: OpProbe, edge: Step) -> CheckRow:
        """What flows along one edge, against differences of the op it comes from."""
        assert edge.node is not None and edge.operand is not None
        got = self.arrived(edge)
        size = at.operands[edge.operand].size
        places = np.arange(size) if at.op.elementwise else self.chosen(size, edge.index)
        found = at.slopes(edge.operand, places)
        return self._row(edge.index, edge.node, got, places, found, 1e-12, edge)

    # --- the whole forward pass ----------------------------------------------------------------

    def _gradient(self, node: int, forward: ForwardPass) -> CheckRow:
        """The gradient of one node, against differences of the loss."""
        got = self.state.gradient(node)
        assert got is not None
        value = self.value(node)
        event = self.listing.gradient_steps[node][-1]
        places = self.chosen(value.size, event)
        noise = 8 * ULP * self._moved_by_rounding(node, forward)
        probe = forward.probe(node, places)
        found = slopes(probe, value.reshape(-1)[places], noise)
        forward.restore()
        imaginary = self.imaginary.slopes(node, places) if self.imaginary is not None else None
        if imaginary is not None:
            found = found.confirmed(imaginary, noise)
        contributions = self.state.contributions(node)
        largest = max((_largest(c) for c in contributions), default=0.0)
        own = _largest(np.asarray(got))
        floor = 1e-10 * max(1.0, largest / own if own else 1.0)
        blurred = not self.kinked.isdisjoint(self.graph.descendants(node))
        return self._row(event, node, got, places, found, floor, blurred=blurred)

    def _moved_by_rounding(self, node: int, forward: ForwardPass) -> float:
        """How far the loss moves when every number from `node` on is off by its own size.

        So much of a rounding error is what a difference of the loss may carry.
        """
        total = 0.0
        with np.errstate(all="ignore"):
            for n in (node, *forward.after(node)):
                gradient = self.state.gradient(n)
                if gradient is not None:
                    total += float(np.abs(gradient * self.value(n)).sum())
        return total if np.isfinite(total) else 0.0

    # --- verdicts ------------------------------------------------------------------------------

    def _row(
        self,
        event: int,
        node: int,
        array: Array,
        places: Array,
        found: Slopes,
        floor: float,
        edge: Step | None = None,
        *,
        blurred: bool = False,
    ) -> CheckRow:
        """`floor` is what rounding may add to the derivative, as a share of the largest one.

        With `blurred` a slope that disagrees is put down to a kink that lies further on.
        """
        array = np.asarray(array)
        got = array.reshape(-1)[places]
        with np.errstate(all="ignore"):
            tolerance = found.error + floor * _largest(array)
            apart = np.abs(got - found.value)
            outside = (got < found.low - tolerance) | (got > found.high + tolerance)
            size = np.maximum(np.abs(got), np.abs(found.value))
            finite, known = np.isfinite(got), np.isfinite(found.value)
            # The first that holds, in this order.
            cases = {
                Verdict.KINK: found.kink & finite & ~outside,
                Verdict.NOT_FINITE: ~known | (found.kink & ~finite),
                Verdict.WRONG: ~finite | ~(apart <= tolerance),
                Verdict.OK: (tolerance <= SHARP * size) | (got == 0),
            }
        codes = np.select(
            list(cases.values()),
            [_code(Verdict.KINK if blurred and v is Verdict.WRONG else v) for v in cases],
            _code(Verdict.TINY),
        )
        counts = {verdict: int((codes == _code(verdict)).sum()) for verdict in Verdict}
        compared = apart[known & finite & ~found.kink]
        largest = _largest(np.concatenate((got, found.value, tolerance)))
        source = self.graph[node if edge is None or edge.source is None else edge.source]
        return CheckRow(
            event=self.ordinal(event),
            address=self.address(event),
            what="gradient" if edge is None else "contribution",
            node=node,
            name=self.graph[node].name,
            op=source.op.name if source.op is not None else source.kind,
            source=edge.source if edge is not None else None,
            operand=edge.operand if edge is not None else None,
            size=array.size,
            counts=counts,
            method="complex step" if found.precise.all() and len(places) else "differences",
            error=float(compared.max()) / largest if len(compared) and largest else 0.0,
            worst=_worst(array, places, found, tolerance, codes == _code(Verdict.WRONG)),
        )


def _code(verdict: Verdict) -> int:
    return list(Verdict).index(verdict)


def _worst(
    array: Array, places: Array, found: Slopes, tolerance: Array, wrong: Array
) -> Worst | None:
    at = np.flatnonzero(wrong)
    if not len(at):
        return None
    got = array.reshape(-1)[places]
    apart = np.abs(got - found.value)[at]
    k = at[int(np.argmax(np.where(np.isfinite(apart), apart, np.inf)))]
    index = tuple(int(i) for i in np.unravel_index(places[k], array.shape))
    return Worst(index, float(got[k]), float(found.value[k]), float(tolerance[k]))


def _largest(array: Array) -> float:
    """The largest finite magnitude; 0 where there is none."""
    sizes = np.abs(array[np.isfinite(array)])
    return float(sizes.max()) if sizes.size else 0.0


def check_fields(report: CheckReport) -> dict[str, Any]:
    """A report as strict JSON values."""

    def fields(row: CheckRow) -> dict[str, Any]:
        worst = row.worst and {
            "index": list(row.worst.index),
            "got": jsonable(row.worst.got),
            "measured": jsonable(row.worst.measured),
            "tolerance": jsonable(row.worst.tolerance),
        }
        return {
            "at": str(row.address),
            "event": row.event,
            "what": row.what,
            "id": row.node,
            "node": row.name,
            "op": row.op,
            "from_id": row.source,
            "operand": row.operand,
            "size": row.size,
            "checked": row.checked,
            "verdict": str(row.verdict),
            "method": row.method,
            "counts": {str(verdict): n for verdict, n in row.counts.items() if n},
            "error": jsonable(row.error),
            "worst": worst,
        }

    return {
        "at": str(report.address),
        "ok": report.ok,
        "wrong": report.wrong and fields(report.wrong),
        "rows": [fields(row) for row in report.rows],
    }
