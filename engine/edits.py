"""Edits of the past: what one iteration computes when something in it is changed.

An edit stands right after an event. Everything up to there stays as it was; what follows sees the
new value, as it would in any debugger that writes to memory. The edited iteration is run step by
step on buffers of its own, and its record is kept: from the next iteration on, the new timeline is
a run like any other.
May import: errors, experiment, graph, listing, program, recording, trace.   Imported by: run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from engine.errors import ExperimentError, did_you_mean, listed
from engine.experiment import Experiment
from engine.graph import Node, check_leaf_indices
from engine.listing import Listing
from engine.ops import Array
from engine.program import Program, Storage
from engine.reading import with_option
from engine.recording import Recorder
from engine.shapes import Shape, shape_text
from engine.trace import Calendar, IterationRecord

Number = float | tuple["Number", ...]
"""A number, or nested tuples of them."""


@dataclass(frozen=True)
class Edit:
    """One change, right after event `at` of the run."""

    at: int
    """The last event that the old and the new timeline have in common; 0 is before the first."""
    kind: Literal["value", "option", "drop", "skip"]
    name: str = ""
    """The leaf, the option, or the parameter whose update is skipped; empty: all updates."""
    index: tuple[int, ...] = ()
    """The element of the leaf; empty: all of it."""
    value: Any = None
    """The new number (nested tuples for an array), or the option's new value."""
    row: int = -1
    """The data row of the sample that is dropped, from 0."""

    def __str__(self) -> str:
        match self.kind:
            case "value":
                element = f"[{', '.join(map(str, self.index))}]" if self.index else ""
                return f"{self.name}{element} = {_spelled(self.value)}"
            case "option":
                return f"{self.name} = {_spelled(self.value)}"
            case "drop":
                return f"drop row {self.row + 1}"  # people count from 1, files from 0
            case _:
                return f"skip {self.name}".rstrip()

    def place(self, calendar: Calendar) -> tuple[int, int]:
        """(iteration from 0, event after which the edit stands); event 0 is before the batch."""
        if self.kind == "drop":
            return divmod(self.at, calendar.events)
        step, event = divmod(self.at - 1, calendar.events)
        return step, event + 1

    def owned_from(self) -> int:
        """The first event that the new timeline shows as its own: from the edit itself on."""
        return self.at + 1 if self.kind == "drop" else self.at


def _spelled(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_spelled, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


@dataclass(frozen=True, eq=False)
class Base:
    """Where an iteration starts from, before anything in it is edited."""

    step: int
    rows: Array
    """Row numbers of its batch."""
    leaves: Mapping[str, Array]
    """Constants and parameters by name; of the trained ones, initial values that are not used."""
    parameters: Mapping[int, Array]
    """Trained parameters by node id."""
    slots: Mapping[int, Mapping[str, Array]]
    """The optimizer's state by node id and name."""
    edits: tuple[Edit, ...] = ()
    """Edits of this iteration that the timeline has inherited, in order."""


# --- making an edit -----------------------------------------------------------------------------


def value_edit(
    experiment: Experiment, at: int, name: str, index: tuple[int, ...], value: Any, batch: int
) -> Edit:
    """Set a parameter, a constant, or an input of this batch. Raises `ExperimentError`."""
    graph = experiment.graph
    if name not in graph.named:
        known = [n for n, i in graph.named.items() if graph[i].kind != "op"]
        known += experiment.training.options
        hint = did_you_mean(name, known, f"there are: {listed(known)}")
        raise ExperimentError(f"there is no '{name}' to set", hint=hint)
    node = graph[graph.named[name]]
    if node.kind == "op":
        leaves = [graph[i].name for i in graph.ancestors(node.id) if graph[i].op is None]
        named = [leaf for leaf in leaves if leaf in graph.named]
        raise ExperimentError(
            f"'{name}' is computed, and would be computed anew",
            hint=f"set what it comes from: {listed(named)}" if named else "",
        )
    shape = experiment.shapes(batch)[node.id]
    edit = Edit(at, "value", name, _index(name, index, shape), _number(name, value))
    edited = _leaf(experiment, node, shape)
    _write(edited, edit)
    values = {**experiment.leaves, **experiment.data, name: edited}
    check_leaf_indices(graph, experiment.shapes(batch), values)
    return edit


def _leaf(experiment: Experiment, node: Node, shape: Shape) -> Array:
    """Numbers of a leaf's shape that are all right as they are."""
    if node.kind == "data":
        return np.array(experiment.data[node.name][: shape[0]])
    return np.array(experiment.leaves[node.name])


def _index(name: str, index: tuple[int, ...], shape: Shape) -> tuple[int, ...]:
    if not index:
        return ()
    inside = len(index) == len(shape) and all(
        -n <= i < n for i, n in zip(index, shape, strict=True)
    )
    if not inside:
        written = ", ".join(map(str, index))
        way_out = f"one index for each axis, from 0: {name}[{', '.join('0' for _ in shape)}]"
        raise ExperimentError(
            f"{name}[{written}] is not an element: {name} is {shape_text(shape)}",
            hint=way_out if shape else f"it is one number: {name} = …",
        )
    return tuple(i % n for i, n in zip(index, shape, strict=True))


def _number(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_number(name, item) for item in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExperimentError(f"{name} wants a number; {value!r} came")
    try:
        return float(value)
    except OverflowError:
        raise ExperimentError(f"{value} is too large for float64") from None


def option_edit(experiment: Experiment, at: int, name: str, value: Any) -> Edit:
    """Set the learning rate or an option of the optimizer. Raises `ExperimentError`."""
    with_option(experiment, name, value)
    return Edit(at, "option", name, value=tuple(value) if isinstance(value, list) else value)


def drop_edit(
    experiment: Experiment, at: int, calendar: Calendar, rows: Array, position: int
) -> Edit:
    """Leave a sample out of the batch of the iteration of event `at`.

    `rows` are the batch's row numbers and `position` counts them from 0. The batch is loaded by the
    iteration's first event, so the timelines part right before it. Raises `ExperimentError`.
    """
    if not len(rows):
        raise ExperimentError("there are no samples to drop", hint="the experiment has no [data]")
    if not 0 <= position < len(rows):
        raise ExperimentError(
            f"there is no sample {position + 1} in this batch",
            hint=f"it has {len(rows)}, counted from 1",
        )
    if len(rows) == 1:
        raise ExperimentError("the batch has only this sample", hint="`skip` leaves its update out")
    experiment.shapes(len(rows) - 1)
    return Edit(calendar.step(at) * calendar.events, "drop", row=int(rows[position]))


def skip_edit(listing: Listing, experiment: Experiment, at: int, events: int, name: str) -> Edit:
    """Leave out an update of the iteration of event `at`, or with no name all that are to come.

    At an update event, that one is meant. Raises `ExperimentError`.
    """
    graph, steps = experiment.graph, listing.update_step
    start, event = at - 1 - (at - 1) % events, (at - 1) % events + 1
    trained = [graph[node].name for node in steps]
    if not trained:
        raise ExperimentError(
            "nothing is trained here, so there is no update to skip",
            hint="what stands in [parameters] is trained, but for trainable = false",
        )
    if not name:
        shown = next((graph[n].name for n, step in steps.items() if step == event), "")
        if shown:
            return Edit(start + event - 1, "skip", shown)
        return Edit(min(at, start + min(steps.values()) - 1), "skip")
    if name not in trained:
        hint = did_you_mean(name, trained, f"updated are: {listed(trained)}")
        raise ExperimentError(f"there is no update of '{name}'", hint=hint)
    return Edit(min(at, start + steps[graph.named[name]] - 1), "skip", name)


def edited_experiment(experiment: Experiment, edit: Edit) -> Experiment:
    """The experiment as it goes on after the edit."""
    if edit.kind == "option":
        value = list(edit.value) if isinstance(edit.value, tuple) else edit.value
        return with_option(experiment, edit.name, value)
    if edit.kind == "value" and edit.name in experiment.leaves:
        leaf = np.array(experiment.leaves[edit.name])
        _write(leaf, edit)
        leaf.flags.writeable = False
        return replace(experiment, leaves={**experiment.leaves, edit.name: leaf})
    return experiment


def _write(array: Array, edit: Edit) -> None:
    """Write the edit's value into a leaf. Raises `ExperimentError` where shapes differ."""
    target = array[(*edit.index, ...)] if edit.index else array
    try:
        value = np.array(edit.value, dtype=np.float64)
    except ValueError:
        raise ExperimentError(f"{edit.name}: rows of an array are equally long") from None
    if value.ndim and value.shape != target.shape:
        raise ExperimentError(
            f"{edit.name} wants {shape_text(target.shape)}; {shape_text(value.shape)} came",
            hint="one number fills all of it",
        )
    target[...] = value


# --- running the edited iteration ---------------------------------------------------------------


def edited_record(
    base: Base,
    experiment: Experiment,
    listing: Listing,
    storage: Storage,
    calendar: Calendar,
    before: IterationRecord | None,
) -> IterationRecord:
    """The record of `base.step` with its edits, the last of which is the new one.

    `storage` is that of the new timeline, and stands at the start of the next iteration afterwards.
    `before` is the same iteration without the new edit: what it had updated by then stays so.
    """
    *_, newest = base.edits
    _, event = newest.place(calendar)
    dropped = {edit.row for edit in base.edits if edit.kind == "drop"}
    rows = np.array([row for row in base.rows if int(row) not in dropped], dtype=base.rows.dtype)
    program = Program(experiment, listing, storage, len(rows), private=True)
    _start(program, base, experiment, storage, rows, calendar)
    graph, fresh = experiment.graph, _fresh(experiment)

    def after_event(index: int) -> None:
        for edit in base.edits:
            if edit.kind == "value" and edit.place(calendar)[1] == index:
                node = graph.named[edit.name]
                if listing.update_step.get(node, math.inf) > index:
                    _write(_buffer(program, storage, graph[node]), edit)

    def update() -> None:
        old_parameters = storage.parameters.copy()
        old_slots = {name: vector.copy() for name, vector in storage.slots.items()}
        for call in storage.clip:
            call()
        clip = listing.clip_step
        if clip is not None and clip <= event and before is not None:
            for node, gradient in before.clipped.items():  # by the limit that there was then
                storage.view(storage.gradients, node)[...] = gradient
            storage.norm[()], storage.scale[()] = before.norm, before.scale
        for call in storage.update[len(storage.clip) :]:
            call()
        for node in _skipped(base, listing, experiment):
            part = storage.views[node]
            storage.parameters[part] = old_parameters[part]
            for name, vector in storage.slots.items():
                vector[part] = old_slots[name][part]
        for node, step in listing.update_step.items():
            if step <= event and before is not None:
                storage.view(storage.parameters, node)[...] = before.updated[node]
                for name, vector in storage.slots.items():
                    storage.view(vector, node)[...] = before.optimizer[node].get(name, fresh)
        if newest.kind == "value":
            node = graph.named[newest.name]
            if listing.update_step.get(node, math.inf) <= event:
                _write(storage.view(storage.parameters, node), newest)

    recorder = Recorder(graph, program, storage, program.constants)
    return recorder.record(base.step, rows, after_event=after_event, update=update)


def _start(
    program: Program,
    base: Base,
    experiment: Experiment,
    storage: Storage,
    rows: Array,
    calendar: Calendar,
) -> None:
    """Put everything where it stood at the start of the iteration."""
    graph, fresh = experiment.graph, _fresh(experiment)
    for node, array in program.constants.items():
        array[...] = base.leaves[graph[node].name]
    for node in storage.views:
        storage.view(storage.parameters, node)[...] = base.parameters[node]
        for name, vector in storage.slots.items():
            storage.view(vector, node)[...] = base.slots[node].get(name, fresh)
    if program.inputs:
        program.load(experiment.data, rows)
    if program.masks:
        epoch, iteration = divmod(base.step, calendar.iterations)
        program.draw(experiment.training.seed, epoch + 1, iteration + 1)


def _fresh(experiment: Experiment) -> float:
    """What a state of the optimizer starts from that an edit has brought."""
    training = experiment.training
    return training.optimizer.initial(training.options)


def _buffer(program: Program, storage: Storage, node: Node) -> Array:
    if node.kind == "data":
        return program.data[node.name]
    if node.id in storage.views:
        return storage.view(storage.parameters, node.id)
    return program.constants[node.id]


def _skipped(base: Base, listing: Listing, experiment: Experiment) -> set[int]:
    """The parameters whose update some edit of this iteration leaves out."""
    skipped: set[int] = set()
    for edit in base.edits:
        if edit.kind == "skip":
            named = experiment.graph.named
            skipped |= {named[edit.name]} if edit.name else set(listing.update_step)
    return skipped
