"""One sample of a batch alone: the same forward pass, and what it by itself sends back.

A mean over a batch is a sum of samples, and so is every gradient below it. What one sample adds is
what comes in through its own numbers; the others' are 0. The records that tell of it are views of
the batch's: to look at a sample changes nothing of the run.
May import: debugger, derivation, explain, graph, listing, ops, shapes, trace.
Imported by: the public face.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.debugger import Debugger
from engine.derivation.reverse import Edge, Reverse
from engine.explain import EventReport, only_sample
from engine.listing import Phase
from engine.ops import Array
from engine.shapes import sample_axis
from engine.trace import IterationRecord, State


class SampleAlone(Debugger):
    """A debugger at its cursor, with the gradients of one sample in place of the batch's.

    Everything that is asked of it at the cursor is about that sample's share: shares add up to the
    batch's gradients, together with what is no sample's, such as a penalty on the weights. Values,
    updates and the run are the batch's. It is made anew for each place; `record` is the
    `sample_record` of the iteration there, which can be kept.
    """

    def __init__(self, debugger: Debugger, record: IterationRecord) -> None:
        self.__dict__.update(debugger.__dict__)
        self._batch, self._alone = debugger, record

    @property
    def state(self) -> State:
        return replace(self._batch.state, record=self._alone)

    def report(self) -> EventReport:
        """What the cursor's event did; an update is always that of the whole batch."""
        of_batch = self._batch.state.step.phase is Phase.UPDATE
        return self._batch.report() if of_batch else super().report()


def sample_record(state: State, sample: int) -> IterationRecord:
    """The iteration's record with the contributions and gradients of one sample, from 0."""
    graph, record = state.graph, state.record
    steps = state.listing.steps
    reverse = Reverse(replace(state, index=len(steps)), graph.loss, np.ones(()), graph.loss)
    reverse.through = graph.differentiated
    meets = reverse.meeting_samples()
    contributions, gradients = list(record.contributions), list(record.gradients)
    known: dict[int, Array] = {}
    for at, step in enumerate(steps):
        if step.phase is not Phase.BACKWARD or step.node is None:
            continue
        added = record.contributions[at]
        axis = sample_axis(reverse.shapes[step.node])
        if added is None:
            continue
        if axis is not None:
            added = only_sample(added, reverse.shapes[step.node], sample)
        elif step.node in meets:
            assert step.source is not None and step.operand is not None
            met = step.source in meets or sample_axis(reverse.shapes[step.source]) is not None
            added = (
                reverse.arriving(Edge(step.source, step.operand), known[step.source])
                if met
                else np.zeros(np.shape(added))
            )
        before = known.get(step.node)
        known[step.node] = np.asarray(added if before is None else before + added)
        contributions[at], gradients[at] = np.asarray(added), known[step.node]
    for array in (*contributions, *gradients):
        if array is not None:
            array.flags.writeable = False
    return replace(
        record,
        contributions=tuple(contributions),
        gradients=tuple(gradients),
        clipped={},
        alone=sample,
    )
