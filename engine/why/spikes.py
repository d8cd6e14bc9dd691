"""Whether a number is far above its recent past, and which samples of the batch carry it.

May import: moment, run, shapes, targets.   Imported by: answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.ops import Array
from engine.why.moment import Index, Moment, one_hot
from engine.why.targets import What

HISTORY = 20
"""How many iterations before are compared with: each is recorded once more."""

ENOUGH = 5
"""With fewer before it, nothing is called a spike."""

FACTOR = 5.0
"""How many times the median of them a spike is."""


@dataclass(frozen=True)
class Spike:
    """A number that is far above its recent past."""

    times: float
    """How many times the median."""
    median: float
    """Of its magnitude in the iterations before."""
    iterations: int


def spike(moment: Moment, what: What, node: int, index: Index) -> Spike | None:
    """Whether an element of a gradient (before clipping) or of an op's value is a spike."""
    now = _magnitude(moment, what, node, index)
    earlier = range(max(0, moment.step - HISTORY), moment.step)
    if len(earlier) < ENOUGH or not np.isfinite(now):
        return None
    past = np.array([_magnitude(Moment(moment.run, s), what, node, index) for s in earlier])
    past = past[np.isfinite(past)]
    with np.errstate(over="ignore"):
        median = float(np.median(past)) if len(past) >= ENOUGH else 0.0
    if median == 0.0 or now <= FACTOR * median:
        return None
    return Spike(now / median, median, len(past))


def _magnitude(moment: Moment, what: What, node: int, index: Index) -> float:
    array = moment.gradient(node) if what == "gradient" else moment.used(node)
    if any(i >= n for i, n in zip(index, array.shape, strict=True)):
        return float("nan")  # the last batch of an epoch may be smaller
    return abs(float(array[index]))


def by_sample(moment: Moment, node: int, index: Index) -> tuple[Array, float] | None:
    """(what each sample of the batch adds, what is left) of an element of a gradient.

    The sum of both is the gradient. Where the node depends on no sample, one tangent is pushed
    from it to wherever the batch comes in, and each product with the upstream gradient there
    belongs to one sample; what reaches the loss past the batch is left. None where the element
    belongs to a sample itself, or there is no batch.
    """
    samples = len(moment.record.samples)
    if not samples or moment.sample_axis(node) is not None:
        return None
    graph = moment.graph
    shares, moved = np.zeros(samples), {node: one_hot(moment.shapes[node], index)}
    for n in graph.ops:
        if n.id not in graph.differentiated or moved.keys().isdisjoint(n.operands):
            continue
        op, axis = moment.op(n.id), moment.sample_axis(n.id)
        for position, operand in enumerate(n.operands):
            if operand not in moved or position in op.op.constant:
                continue
            tangent = op.push(position, moved[operand])
            if axis is None:
                moved[n.id] = moved.get(n.id, np.zeros(op.shape)) + tangent
            else:
                with np.errstate(all="ignore"):
                    terms = tangent * moment.gradient(n.id)
                shares += terms.sum(axis=tuple(a for a in range(terms.ndim) if a != axis))
    return shares, float(moved.get(graph.loss, np.zeros(())).reshape(()))
