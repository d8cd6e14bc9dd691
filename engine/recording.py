"""One iteration run step by step, every step's output copied: an iteration record.

The calls are those of any other run of the iteration, so a record has the bits of the run.
May import: graph, listing, program, trace.   Imported by: run, edits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.graph import Graph
from engine.ops import Array
from engine.program import Program, Storage
from engine.trace import IterationRecord

Hook = Callable[[int], None]
"""Hears the index of every event of forward and backward pass right after it happened."""


def recorded(
    graph: Graph,
    program: Program,
    storage: Storage,
    step: int,
    rows: Array,
    constants: Mapping[int, Array],
    *,
    after_event: Hook | None = None,
    update: Callable[[], None] | None = None,
) -> IterationRecord:
    """Run iteration `step` from where the storage stands, its batch already loaded.

    `rows` are the row numbers of the batch, `constants` the leaves that are neither data nor
    trained, by node id. `update`, where given, stands in for the storage's own update.
    """
    values: list[Array | None] = []
    contributions: list[Array | None] = []
    gradients: list[Array | None] = []
    with np.errstate(all="ignore"):
        for code in program.code:
            for call in code.calls:
                call()
            shape = program.shapes[code.step.node] if code.step.node is not None else ()
            values.append(frozen(code.value, shape))
            contributions.append(frozen(code.contribution, shape))
            gradients.append(
                contributions[-1]
                if code.gradient is code.contribution
                else frozen(code.gradient, shape)
            )
            if after_event is not None:
                after_event(code.step.index)
        leaves = _leaves(graph, program, storage, constants)
        if storage.dated:
            storage.date(step)
        before = slots(storage)
        if update is not None:
            update()
        else:
            for call in storage.update:
                call()
    return IterationRecord(
        step=step,
        samples=tuple(int(r) for r in rows),
        leaves=leaves,
        shapes=program.shapes,
        values=tuple(values),
        contributions=tuple(contributions),
        gradients=tuple(gradients),
        rate=float(storage.rate),
        clipped=per_parameter(storage, storage.gradients) if storage.clip else {},
        norm=float(storage.norm),
        scale=float(storage.scale),
        optimizer_before=before,
        updated=per_parameter(storage, storage.parameters),
        optimizer=slots(storage),
        loss=float(storage.loss[0]),
    )


def _leaves(
    graph: Graph, program: Program, storage: Storage, constants: Mapping[int, Array]
) -> dict[int, Array]:
    """Data, constants, and parameters as the passes left them: before the update."""
    leaves: dict[int, Array] = {}
    for node in graph.nodes:
        if node.kind == "data":
            leaves[node.id] = frozen(program.data[node.name])
        elif node.id in storage.views:
            leaves[node.id] = frozen(storage.view(storage.parameters, node.id))
        elif node.op is None and node.literal is None:
            leaves[node.id] = frozen(constants[node.id])
    return leaves


def per_parameter(storage: Storage, vector: Array) -> dict[int, Array]:
    """A flat vector as copies of its parts, by the id of the trained parameter."""
    return {node: frozen(storage.view(vector, node)) for node in storage.views}


def slots(storage: Storage) -> dict[int, dict[str, Array]]:
    """The optimizer's state as copies, by node id and name."""
    return {
        node: {name: frozen(storage.view(v, node)) for name, v in storage.slots.items()}
        for node in storage.views
    }


def frozen(array: Any, shape: tuple[int, ...] | None = None) -> Any:
    """A private, unwriteable float64 copy; None stays None."""
    if array is None:
        return None
    if _untouchable(array) and (shape is None or array.shape == tuple(shape)):
        return array
    copy = np.array(array, dtype=np.float64)
    if shape is not None and copy.shape != tuple(shape):
        copy = np.array(np.broadcast_to(copy, shape))
    copy.flags.writeable = False
    return copy


def _untouchable(array: Any) -> bool:
    """Whether nobody can write to the array's memory: then it need not be copied."""
    return (
        isinstance(array, np.ndarray)
        and array.dtype == np.float64
        and not array.flags.writeable
        and array.base is None
    )
