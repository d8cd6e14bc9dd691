"""The trace as JSON Lines, format ``gradstep-trace`` version 1 (docs/formats.md).

Strict JSON: arrays as nested lists, non-finite numbers as the strings "nan", "inf", "-inf", and
every float64 in its shortest form that reads back to the same bits.
May import: debugger's rooms.   Imported by: the public face.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.errors import ExperimentError, did_you_mean, listed
from engine.evaluation import evaluate
from engine.graph import Graph
from engine.listing import Phase, Step
from engine.ops import Array, Value
from engine.run import Run
from engine.trace import IterationRecord, State

FORMAT = "gradstep-trace"
VERSION = 1


def trace_lines(
    run: Run,
    first: int,
    last: int,
    *,
    phase: str | None = None,
    node: str | None = None,
) -> Iterator[str]:
    """The header, then one line for each event from ordinal `first` to `last`.

    `phase` and `node` keep only the events of that phase, and those that compute, feed, update or
    send from a node of that name. Raises `ExperimentError` for a name that no node has,
    and `AddressError` for an event that is not in the run.
    """
    run.calendar.address(first)
    run.calendar.address(last)
    names = {n.name for n in run.graph.nodes}
    if node is not None and node not in names:
        raise ExperimentError(
            f"there is no node '{node}'",
            hint=did_you_mean(node, names, f"the nodes are: {listed(run.graph.named)}"),
        )
    yield _json(header(run))
    events = run.calendar.events
    wanted = [s for s in run.listing.steps if _is_wanted(run.graph, s, phase, node)]
    for step in range(run.calendar.step(first), run.calendar.step(last) + 1):
        for event in wanted:
            ordinal = step * events + event.index
            if first <= ordinal <= last:
                yield _json(event_fields(run, ordinal))


def _is_wanted(graph: Graph, step: Step, phase: str | None, node: str | None) -> bool:
    if phase is not None and step.phase != phase:
        return False
    touched = {graph[i].name for i in (step.node, step.source) if i is not None}
    return node is None or node in touched


def header(run: Run) -> dict[str, Any]:
    """The first line: what ran, its nodes and its listing."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": run.experiment.title,
        "experiment": jsonable(run.experiment.document),
        "numpy": np.__version__,
        "nodes": [
            {
                "id": n.id,
                "name": n.name,
                "kind": n.kind,
                "op": n.op.name if n.op else None,
                "operands": list(n.operands),
                "line": run.listing.step(run.listing.forward_step[n.id]).line if n.op else None,
                "trainable": n.trainable,
            }
            for n in run.graph.nodes
        ],
        "listing": [
            {"line": line.number, "phase": line.phase, "text": line.text}
            for line in run.listing.lines
        ],
        "events_per_iteration": run.calendar.events,
        "iterations_per_epoch": run.calendar.iterations,
        "epochs": run.calendar.epochs,
    }


def event_fields(run: Run, ordinal: int) -> dict[str, Any]:
    """One event's line, as a dictionary of strict JSON values."""
    state = run.state(ordinal)
    address = run.calendar.address(ordinal)
    step = state.step
    fields: dict[str, Any] = {
        "at": str(address),
        "event": ordinal,
        "epoch": address.epoch,
        "iteration": address.iteration,
        "step": run.calendar.step(ordinal) + 1,
        "phase": step.phase,
        "line": step.line,
    }
    match step.phase:
        case Phase.BATCH:
            return fields | _batch(run.graph, state.record)
        case Phase.FORWARD:
            return fields | _forward(run.graph, step, state)
        case Phase.BACKWARD:
            return fields | (_seed if step.is_seed else _edge)(run.graph, step, state)
        case Phase.UPDATE if step.is_clip:
            return fields | _clip(run, state)
        case Phase.UPDATE:
            return fields | _update(run.graph, step, state, run.experiment.training.rule.words())


def _batch(graph: Graph, record: IterationRecord) -> dict[str, Any]:
    data = {n.name: jsonable(record.leaves[n.id]) for n in graph.nodes if n.kind == "data"}
    return {"samples": list(record.samples), "data": data}


def _forward(graph: Graph, step: Step, state: State) -> dict[str, Any]:
    assert step.node is not None
    op = graph[step.node].op
    assert op is not None
    return {
        "id": step.node,
        "node": graph[step.node].name,
        "op": op.name,
        "value": jsonable(state.value(step.node)),
    }


def _seed(graph: Graph, step: Step, state: State) -> dict[str, Any]:
    assert step.node is not None
    return {
        "id": step.node,
        "node": graph[step.node].name,
        "op": "seed",
        "gradient": jsonable(state.gradient(step.node)),
    }


def _edge(graph: Graph, step: Step, state: State) -> dict[str, Any]:
    assert step.node is not None and step.source is not None and step.operand is not None
    source = graph[step.source]
    assert source.op is not None
    return {
        "from_id": source.id,
        "from": source.name,
        "id": step.node,
        "node": graph[step.node].name,
        "operand": step.operand,
        "op": source.op.name,
        "upstream": jsonable(state.gradient(source.id)),
        "local": jsonable(local_derivative(state, source.id, step.operand)),
        "rule": source.op.words[step.operand],
        "contribution": jsonable(state.contribution),
        "gradient": jsonable(state.gradient(step.node)),
    }


def local_derivative(state: State, source: int, operand: int) -> Array | None:
    """∂out/∂operand of one elementwise op, in the shape of its output; None for other ops."""
    n, shapes = state.graph[source], state.record.shapes
    assert n.op is not None
    if n.op.partials is None:
        return None
    operands = tuple(state.graph.reference(i, shapes) for i in n.operands)
    partial = n.op.partials(Value(source, shapes[source]), *operands, **dict(n.settings))[operand]

    def value(node: int) -> Array:
        found = state.value(node)
        assert found is not None
        return np.asarray(found)

    with np.errstate(all="ignore"):
        local = evaluate(partial, value, lambda node: np.asarray(1.0))
    return np.broadcast_to(local, shapes[source])


def _clip(run: Run, state: State) -> dict[str, Any]:
    clip = run.experiment.training.clip
    assert clip is not None
    by_norm = clip.kind == "norm"
    return {
        "id": None,
        "node": None,
        "op": f"clip_{clip.kind}",
        "limit": clip.limit,
        "norm": jsonable(state.record.norm) if by_norm else None,
        "scale": jsonable(state.record.scale) if by_norm else None,
        "rule": clip.words,
    }


def _update(graph: Graph, step: Step, state: State, rule: str) -> dict[str, Any]:
    assert step.node is not None
    return {
        "id": step.node,
        "node": graph[step.node].name,
        "before": jsonable(state.record.leaves[step.node]),
        "gradient": jsonable(state.gradient(step.node)),
        "after": jsonable(state.record.updated[step.node]),
        "state": {k: jsonable(v) for k, v in state.record.optimizer[step.node].items()},
        "rule": rule,
    }


def jsonable(value: Any) -> Any:
    """Arrays, mappings and numbers as strict JSON values."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    match value:
        case float():
            return value if math.isfinite(value) else _spelled(value)
        case dict():
            return {key: jsonable(item) for key, item in value.items()}
        case list() | tuple():
            return [jsonable(item) for item in value]
        case None | bool() | int() | str():
            return value
        case _:
            return str(value)


def _spelled(value: float) -> str:
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
