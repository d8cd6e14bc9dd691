"""One iteration run step by step, every step's output copied: an iteration record.

The calls are those of any other run of the iteration, so a record has the bits of the run.
May import: graph, listing, program, trace.   Imported by: run, edits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from engine.graph import Graph
from engine.ops import Array, Thunk
from engine.program import Program, Storage
from engine.trace import IterationRecord

MAX_RECORDS = 8
"""Iterations whose every value is kept at hand."""

Hook = Callable[[int], None]
"""Hears the index of every event of forward and backward pass right after it happened."""


class Recorder:
    """Records iterations of one program: which arrays have to be copied is found out once."""

    def __init__(
        self, graph: Graph, program: Program, storage: Storage, constants: Mapping[int, Array]
    ) -> None:
        """`constants` are the leaves that are neither data nor trained, by node id."""
        self._program = program
        self._storage = storage
        self._steps: list[tuple[int, list[Thunk], Copier, Copier, Copier | None]] = []
        for code in program.code:
            shape = program.shapes[code.step.node] if code.step.node is not None else ()
            value, contribution = copier(code.value, shape), copier(code.contribution, shape)
            same = code.gradient is code.contribution
            gradient = None if same else copier(code.gradient, shape)
            self._steps.append((code.step.index, code.calls, value, contribution, gradient))
        self._leaves: dict[int, Copier] = {}
        for node in graph.nodes:
            if node.kind == "data":
                self._leaves[node.id] = copier(program.data[node.name])
            elif node.id in storage.views:
                self._leaves[node.id] = copier(storage.view(storage.parameters, node.id))
            elif node.op is None and node.literal is None:
                self._leaves[node.id] = copier(constants[node.id])
        self._parameters = _copiers(storage, storage.parameters)
        self._gradients = _copiers(storage, storage.gradients) if storage.clip else {}
        self._slots = {name: _copiers(storage, vector) for name, vector in storage.slots.items()}

    def record(
        self,
        step: int,
        rows: Array,
        *,
        after_event: Hook | None = None,
        update: Callable[[], None] | None = None,
    ) -> IterationRecord:
        """Run iteration `step` from where the storage stands, its batch already loaded.

        `rows` are the row numbers of the batch. `update`, where given, stands in for the storage's
        own update.
        """
        storage = self._storage
        values: list[Array | None] = []
        contributions: list[Array | None] = []
        gradients: list[Array | None] = []
        with np.errstate(all="ignore"):
            for index, calls, value, contribution, gradient in self._steps:
                for call in calls:
                    call()
                values.append(value())
                arrived = contribution()
                contributions.append(arrived)
                gradients.append(arrived if gradient is None else gradient())
                if after_event is not None:
                    after_event(index)
            leaves = _copied(self._leaves)
            if storage.dated:
                storage.date(step)
            before = self._slots_now()
            if update is not None:
                update()
            else:
                for call in storage.update:
                    call()
        record = IterationRecord(
            step=step,
            samples=tuple(rows.tolist()),
            leaves=leaves,
            shapes=self._program.shapes,
            values=tuple(values),
            contributions=tuple(contributions),
            gradients=tuple(gradients),
            rate=float(storage.rate),
            clipped=_copied(self._gradients),
            norm=float(storage.norm),
            scale=float(storage.scale),
            optimizer_before=before,
            updated=_copied(self._parameters),
            optimizer=self._slots_now(),
            loss=float(storage.loss[0]),
        )
        for array in arrays_of(record):
            array.setflags(write=False)
        return record

    def _slots_now(self) -> dict[int, dict[str, Array]]:
        now: dict[int, dict[str, Array]] = {node: {} for node in self._storage.views}
        for name, copiers in self._slots.items():
            for node, copy in copiers.items():
                now[node][name] = copy()
        return now


Copier = Callable[[], Any]
"""Gives a private float64 copy of an array as it is now; of None it gives None."""


def copier(array: Any, shape: tuple[int, ...] | None = None) -> Copier:
    """What copies an array, broadcast to a shape where one is given."""
    if array is None:
        return _nothing
    fits = shape is None or np.shape(array) == tuple(shape)
    if fits and _untouchable(array):
        return lambda: array
    if fits and isinstance(array, np.ndarray) and array.dtype == np.float64:
        return array.copy
    return partial(frozen, array, shape)


def _nothing() -> None:
    return None


def _copied(copiers: Mapping[Any, Copier]) -> dict[Any, Array]:
    return {key: copy() for key, copy in copiers.items()}


def _copiers(storage: Storage, vector: Array) -> dict[int, Copier]:
    """Of the parts of a flat vector, by the id of the trained parameter."""
    return {node: copier(storage.view(vector, node)) for node in storage.views}


def arrays_of(record: IterationRecord) -> Iterator[Array]:
    """Every array of a record; one that stands at two places comes twice."""
    by_name = (*record.optimizer_before.values(), *record.optimizer.values())
    by_node = (record.leaves, record.clipped, record.updated, *by_name)
    by_step = (*record.values, *record.contributions, *record.gradients)
    return chain(
        (array for array in by_step if array is not None),
        *(arrays.values() for arrays in by_node),
    )


class Records:
    """The records made last, of a run and all that forked from it: they share one budget."""

    def __init__(self, memory: int) -> None:
        """Room for about `memory` bytes, at least three records."""
        self._memory = memory
        self._records: OrderedDict[tuple[int, int], IterationRecord] = OrderedDict()
        self._runs = 0

    def run(self) -> int:
        """A number for another run whose records are kept here."""
        self._runs += 1
        return self._runs

    def get(self, run: int, step: int) -> IterationRecord | None:
        """The record of iteration `step` of a run, if it is still kept."""
        record = self._records.get((run, step))
        if record is not None:
            self._records.move_to_end((run, step))
        return record

    def keep(self, run: int, record: IterationRecord, size: int) -> None:
        """Keep a record, of `size` bytes, in place of the oldest where there is no room."""
        room = min(MAX_RECORDS, max(3, self._memory // max(1, size)))
        while len(self._records) >= room:
            self._records.popitem(last=False)
        self._records[run, record.step] = record


def record_size(record: IterationRecord) -> int:
    """The bytes that the arrays of a record take."""
    return sum({id(array): array.nbytes for array in arrays_of(record)}.values())


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
    """A private, unwriteable float64 copy, broadcast to a shape where one is given."""
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
