"""*Why*: where a value or a gradient at an event came from.

May import: errors, the rest of this room.   Imported by: debugger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from engine.errors import TargetError
from engine.ops import Array
from engine.run import Run
from engine.shapes import shape_text
from engine.trace import State
from engine.why.chain import BREADTH, DEPTH, Tree
from engine.why.moment import Index, Moment, Sample, unflat
from engine.why.nonfinite import first_nonfinite, nonfinite_leaf
from engine.why.reasons import (
    Discovery,
    Finding,
    Kind,
    Reason,
    Why,
    Words,
    percent,
    sample_text,
)
from engine.why.spikes import by_sample, spike
from engine.why.targets import Target, What, element, gradient_name, target_text
from engine.why.zeros import zero_gradient, zero_value

CANCELLED = 1e-3
"""A sum below this part of its terms' magnitudes is said to cancel."""


def why(
    run: Run, ordinal: int, target: Target, *, depth: int = DEPTH, breadth: int = BREADTH
) -> Why:
    """Where the target's number right after an event came from.

    Of a whole array the element of the largest magnitude is taken, nan first. `depth` bounds the
    levels of the tree and `breadth` how many parts of one number are listed; the rest is one line.
    A number that is not computed yet is told with the event that will compute it.

    Costs one record; where a number may be a spike, up to 20 more; for one that is not finite,
    about log2 of the keyframes' spacing. Raises `TargetError` for an index that is out of range
    and `AddressError` for an event that is not in the run.
    """
    state = run.state(ordinal)
    # An event that a fork shares with the run it came from is told by that one.
    return _Question(run.owner(ordinal), ordinal, state, target, depth, breadth).answer()


class _Question:
    def __init__(
        self, run: Run, ordinal: int, state: State, target: Target, depth: int, breadth: int
    ) -> None:
        self.run, self.ordinal, self.state = run, ordinal, state
        self.graph = run.graph
        self.what: What = target.what
        self.node = target.node
        self.asked = target
        self.depth, self.breadth = depth, breadth
        self.step = run.calendar.step(ordinal)
        self.findings: list[Finding] = []

    def answer(self) -> Why:
        array = self._array()
        index = self._index(array)
        target = Target(self.what, self.node, index)
        if array is None:
            reason = self._pending(index)
        else:
            reason = self._reason(index)
            number = float(array[index])
            if not np.isfinite(number):
                self.findings.append(self._nonfinite())
            elif number == 0:
                self.findings += self._zero(index)
            else:
                self.findings += self._spike(index)
                self.findings += _cancelled(reason)
        return Why(
            target,
            target_text(self.graph, target),
            self.ordinal,
            self.run.calendar.address(self.ordinal),
            tuple(self.findings),
            reason,
        )

    # --- what is asked -------------------------------------------------------------------------

    def _array(self) -> Array | None:
        if not 0 <= self.node < len(self.graph.nodes):
            raise TargetError(f"there is no node {self.node}")
        state = self.state
        found = state.value(self.node) if self.what == "value" else state.gradient(self.node)
        return None if found is None else np.asarray(found)

    def _index(self, array: Array | None) -> Index:
        shape, index = self.state.record.shapes[self.node], self.asked.index
        if index:
            fits = len(index) == len(shape) and all(
                0 <= i < n for i, n in zip(index, shape, strict=True)
            )
            if not fits:
                raise TargetError(
                    f"index {list(index)} is out of range: '{self.graph[self.node].name}' is "
                    f"{shape_text(shape)}",
                    hint="give one whole number for each axis, counted from 0",
                )
            return index
        if array is None or array.ndim == 0:
            return ()
        if array.size == 0:
            raise TargetError(f"'{self.graph[self.node].name}' is {shape_text(shape)}: empty")
        sizes = np.abs(array).reshape(-1)
        # nan counts as the largest.
        index = unflat(array.shape, int(np.argmax(np.where(np.isnan(sizes), np.inf, sizes))))
        if np.isnan(sizes).any():
            index = unflat(array.shape, int(np.flatnonzero(np.isnan(sizes))[0]))
        name = target_text(self.graph, Target(self.what, self.node, index))
        self._find(
            Discovery.CHOSEN,
            (f"{name}: of {array.size:,} numbers the one of the largest magnitude",),
            self.ordinal,
        )
        return index

    # --- where it came from --------------------------------------------------------------------

    def _moment(self) -> Moment:
        """The iteration that made the number: a parameter's last update may be the one before."""
        step, event = self._made()
        return Moment(self.run, step).before(event)

    def _made(self) -> tuple[int, int]:
        """(iteration, its event) that left the number as it is at the cursor."""
        listing, index = self.run.listing, self.state.index
        if self.what == "gradient":
            return self.step, index
        if self.graph[self.node].op is not None:
            return self.step, listing.forward_step[self.node]
        update = listing.update_step.get(self.node)
        if update is not None and update <= index:
            return self.step, update
        edited = Moment(self.run, self.step).edited(self.node)
        if update is not None and self.step > 0 and edited is None:
            return self.step - 1, update
        return self.step, 1

    def _reason(self, index: Index) -> Reason:
        _, event = self._made()
        tree = Tree(self._moment(), self.breadth)
        listing = self.run.listing
        if self.what == "value":
            if listing.update_step.get(self.node) == event:
                edited = Tree(Moment(self.run, self._made()[0])).set_by_edit(self.node, index)
                return edited or tree.updated(self.node, index, self.depth)
            return tree.value(self.node, index, self.depth)
        clip = listing.clip_step
        if clip is not None and clip <= event and self.node in self.state.record.clipped:
            return tree.applied(self.node, index, self.depth)
        return tree.gradient(self.node, index, self.depth, self._arrived())

    def _arrived(self) -> int | None:
        """How many contributions have arrived at the cursor; None for all."""
        steps = self.run.listing.gradient_steps[self.node]
        arrived = sum(1 for s in steps if s <= self.state.index)
        return None if arrived == len(steps) else arrived

    def _pending(self, index: Index) -> Reason:
        name = target_text(self.graph, Target(self.what, self.node, index))
        listing = self.run.listing
        if self.what == "gradient" and self.node not in listing.gradient_steps:
            kind, ordinal = Kind.NONE, self.ordinal
            text = f"{name} is never computed: no parameter's gradient passes here"
        else:
            steps = (
                listing.forward_step[self.node]
                if self.what == "value"
                else listing.gradient_steps[self.node][0]
            )
            kind, ordinal = Kind.PENDING, self.step * len(listing.steps) + steps
            text = f"{name} is not computed yet: {self.run.calendar.address(ordinal)} will"
        address = self.run.calendar.address(ordinal)
        return Reason(kind, text, None, ordinal, address, self.node, index)

    # --- what is worth saying first ------------------------------------------------------------

    def _nonfinite(self) -> Finding:
        step, event = self._made()
        leaf = self.what == "value" and self.graph[self.node].op is None
        if leaf and self.run.listing.update_step.get(self.node) != event:
            return nonfinite_leaf(Moment(self.run, step), self.node)
        return first_nonfinite(self.run, step, event)

    def _zero(self, index: Index) -> Iterator[Finding]:
        moment, (_, event) = self._moment(), self._made()
        listing = self.run.listing
        if self.what == "gradient":
            raw = float(moment.gradient(self.node, self._arrived())[index])
            if raw == 0:
                yield from zero_gradient(moment, self.node, index, self._arrived())
            else:
                assert listing.clip_step is not None
                words = (
                    f"{gradient_name(self.graph, self.node, index)} = 0: clipped from ",
                    raw,
                    " with ‖g‖ = ",
                    moment.record.norm,
                )
                yield self._finding(Discovery.ZERO, words, moment.ordinal(listing.clip_step))
        elif listing.update_step.get(self.node) == event:
            name = element(self.graph, self.node, index)
            before = float(moment.used(self.node)[index])
            words = (
                (f"{name} = 0: it was 0 before, and the update left it there",)
                if before == 0
                else (f"{name} = 0: the update moved it there from ", before)
            )
            yield self._finding(Discovery.ZERO, words, moment.ordinal(event))
            gradient = float(moment.gradient(self.node)[index])
            if before == 0 and gradient == 0:
                yield from zero_gradient(moment, self.node, index)
        else:
            yield from zero_value(moment, self.node, index)

    def _spike(self, index: Index) -> Iterator[Finding]:
        moment, (_, event) = self._moment(), self._made()
        updated = self.run.listing.update_step.get(self.node) == event
        if self.what == "gradient" or updated:
            if self._arrived_all(event):
                yield from self._gradient_spike(moment, index)
        elif self.graph[self.node].op is not None:
            found = spike(moment, "value", self.node, index)
            if found is not None:
                name = element(self.graph, self.node, index)
                reason = Tree(moment).value(self.node, index, self.depth)
                words = (f"{name} is ", found.times, *_above(found.median, found.iterations))
                yield self._finding(Discovery.SPIKE, words, reason.ordinal)
                yield from self._carrier(name, reason)

    def _arrived_all(self, event: int) -> bool:
        return self.run.listing.gradient_steps[self.node][-1] <= event

    def _gradient_spike(self, moment: Moment, index: Index) -> Iterator[Finding]:
        found = spike(moment, "gradient", self.node, index)
        if found is None:
            return
        name = gradient_name(self.graph, self.node, index)
        reason = Tree(moment).gradient(self.node, index, self.depth)
        words = (f"{name} is ", found.times, *_above(found.median, found.iterations))
        yield self._finding(Discovery.SPIKE, words, reason.ordinal)
        first = next(iter(reason.children), None)
        if first is not None and first.kind is Kind.CONTRIBUTION and first.share is not None:
            words = (f"{percent(first.share)} of it arrives here: {first.rule}",)
            yield self._finding(Discovery.SPIKE, words, first.ordinal)
        split = by_sample(moment, self.node, index)
        if split is None:
            yield from self._carrier(name, reason)
            return
        shares, rest = split
        total = float(np.abs(shares).sum()) + abs(rest)
        if total > 0:
            at = int(np.argmax(np.abs(shares)))
            sample = Sample(at, moment.record.samples[at])
            words = (
                f"{sample_text(sample)} carries {percent(abs(shares[at]) / total)} of it: ",
                float(shares[at]),
            )
            yield self._finding(Discovery.SPIKE, words, moment.ordinal(1))

    def _carrier(self, name: str, reason: Reason) -> Iterator[Finding]:
        """The first sample on the way along the largest parts."""
        share = 1.0
        while reason.children:
            reason = reason.children[0]
            share *= 1.0 if reason.share is None else reason.share
            if reason.sample is not None:
                words = (f"{sample_text(reason.sample)} carries {percent(share)} of it",)
                yield replace(
                    self._finding(Discovery.SPIKE, words, reason.ordinal), address=reason.address
                )
                return

    def _find(self, kind: Discovery, words: Words, ordinal: int) -> None:
        self.findings.append(self._finding(kind, words, ordinal))

    def _finding(self, kind: Discovery, words: Words, ordinal: int) -> Finding:
        return Finding(kind, words, ordinal, self.run.calendar.address(ordinal))


def _above(median: float, iterations: int) -> Sequence[str | float]:
    return (f" times its median over the last {iterations} iterations, ", median)


def _cancelled(reason: Reason) -> Iterator[Finding]:
    """That the parts of a sum nearly cancel."""
    amounts = [child.amount for child in reason.children if child.amount is not None]
    if reason.kind is Kind.UPDATE or len(amounts) < 2 or reason.number is None:
        return
    size = float(np.abs(amounts).sum())
    if np.isfinite(size) and 0 < abs(reason.number) < CANCELLED * size:
        words = (f"{reason.text} is what is left of terms that cancel: their magnitudes sum to ",)
        yield Finding(Discovery.CANCELLED, (*words, size), reason.ordinal, reason.address)
