"""States as bits, so that two ways to the same event can be compared exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import Debugger, Experiment, Sampled, State

Bits = tuple[Any, ...]


def bits(array: Any) -> Bits | None:
    """Shape and bytes of an array (NaN included); None where there is no array."""
    return None if array is None else (np.shape(array), np.asarray(array).tobytes())


def record_bits(state: State) -> Bits:
    """Everything that the state's iteration computed."""
    record = state.record
    return (
        record.step,
        record.samples,
        {node: bits(array) for node, array in record.leaves.items()},
        [bits(array) for array in record.values],
        [bits(array) for array in record.contributions],
        [bits(array) for array in record.gradients],
        {node: bits(array) for node, array in record.updated.items()},
        {n: {k: bits(v) for k, v in slots.items()} for n, slots in record.optimizer.items()},
        np.float64(record.loss).tobytes(),
    )


def state_bits(state: State) -> Bits:
    """Everything that every node knows at the state's event."""
    return (
        state.index,
        [
            (
                n.name,
                n.value_status,
                bits(n.value),
                n.gradient_status,
                bits(n.gradient),
                [bits(c) for c in n.contributions],
                n.expected,
            )
            for n in (state.node(node.id) for node in state.graph.nodes)
        ],
        bits(state.contribution),
        record_bits(state),
    )


def fresh_bits(experiment: Experiment, ordinal: int) -> Bits:
    """The state at an event, reached by one direct jump of a debugger that has seen nothing."""
    debugger = Debugger(experiment)
    debugger.goto(ordinal)
    return state_bits(debugger.state)


def history_bits(debugger: Debugger) -> Bits:
    """What the run has recorded so far: every series of it, as values and as extremes."""
    run = debugger.run
    kinds = (run.parameter_series, run.parameter_norms, run.gradient_norms, run.update_norms)
    series = [kind(node) for kind in kinds for node in run.listing.update_step]
    return (run.done, [series_bits(s) for s in (run.losses(), run.test_losses(), *series)])


def series_bits(series: Sampled) -> Bits:
    """A series, its extremes included."""
    envelope = series.envelope(40)
    return (
        series.spacing,
        series.values.tobytes(),
        envelope.steps.tolist(),
        envelope.lows.tobytes(),
        envelope.highs.tobytes(),
    )
