"""A debugger without time travel: it runs every event once and stores what everyone knows then.

No keyframes, no replay, no flat update, no virtual trace: edits are writes to memory at their
event, parameters are updated one after the other. What it shares with the engine is the code of
single steps, so that its bits are comparable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.edits import Edit
from engine.experiment import Experiment
from engine.graph import Node
from engine.listing import Listing, Phase, Step, build_listing
from engine.program import Program, Storage
from engine.reading import with_option
from engine.trace import Calendar, State
from tests.engine.states import Bits, bits


def known_bits(state: State) -> Bits:
    """What every node knows at a state, and the optimizer's state, as bits."""
    updated = {n for n, step in state.listing.update_step.items() if step <= state.index}
    record = state.record
    return (
        [bits(state.value(n.id)) for n in state.graph.nodes if n.literal is None],
        [bits(state.gradient(n.id)) for n in state.graph.nodes],
        {
            node: {k: bits(v) for k, v in slots.items()}
            for node, slots in (
                (n, (record.optimizer if n in updated else record.optimizer_before)[n])
                for n in record.optimizer
            )
        },
    )


@dataclass(frozen=True, eq=False)
class Moment:
    """What is known right after an event, and what the event has written."""

    bits: Bits
    values: dict[str, Any]
    """Of every named node, as far as they are known."""
    gradients: dict[str, Any]
    """Of every named node whose gradient is complete."""
    wrote: frozenset[tuple[str, str]]
    """(``value``, ``gradient`` or ``clipped``; name): a gradient where it is complete."""
    edited: frozenset[str]
    """The leaves that were set right after it."""
    own: dict[Any, Bits | None]
    """The bits of what the event itself has to write, and nothing else."""

    def wrote_otherwise(self, other: Moment) -> bool:
        """Whether the same event of another timeline wrote other bits to what both have."""
        both = self.own.keys() & other.own.keys()  # an optimizer's state may have other names
        return any(self.own[key] != other.own[key] for key in both)


class Naive:
    """One timeline, every event of its first `iterations` stored; `edits` in order of time."""

    def __init__(self, experiment: Experiment, iterations: int, edits: Sequence[Edit] = ()) -> None:
        self.experiment = experiment
        self.edits = list(edits)
        self.graph = experiment.graph
        training = experiment.training
        size = training.batches.size if experiment.samples else 0
        self.listing: Listing = build_listing(self.graph, experiment.shapes(size), training)
        self.calendar = Calendar(
            len(self.listing.steps), training.batches.per_epoch, training.epochs
        )
        self.storage = Storage(experiment)
        self.programs: dict[int, Program] = {}
        self.constants: dict[int, Any] = {
            n.id: np.array(experiment.leaves[n.name])
            for n in self.graph.nodes
            if n.name in experiment.leaves and n.id not in self.storage.views
        }
        self.slots: dict[int, dict[str, Any]] = {n: {} for n in self.storage.views}
        self._make_slots()
        self.events: list[Bits] = []
        self.moments: list[Moment] = []
        self.samples: list[tuple[int, ...]] = []
        """The rows of each iteration's batch."""
        self.losses: list[float] = []
        self._values: dict[int, Any] = {}
        self._gradients: dict[int, Any] = {}
        for step in range(min(iterations, self.calendar.steps)):
            with np.errstate(all="ignore"):
                self._iteration(step)

    def at(self, ordinal: int) -> Bits:
        """What was known right after an event."""
        return self.events[ordinal - 1]

    # --- one iteration -------------------------------------------------------------------------

    def _iteration(self, step: int) -> None:
        start = step * self.calendar.events
        epoch, iteration = divmod(step, self.calendar.iterations)
        batches = self.experiment.training.batches
        rows = np.arange(0)
        if self.experiment.samples:
            rows = batches.order(epoch)[batches.rows(epoch, iteration)]
        dropped = [e.row for e in self.edits if e.kind == "drop" and e.at == start]
        rows = np.array([r for r in rows if r not in dropped], dtype=int)
        self.samples.append(tuple(map(int, rows)))
        program = self.programs.setdefault(
            len(rows),
            Program(self.experiment, self.listing, self.storage, len(rows), private=True),
        )
        for node, array in program.constants.items():
            array[...] = self.constants[node]
        for name, buffer in program.inputs.items():
            buffer[...] = self.experiment.data[name][rows]
        program.draw(self.experiment.training.seed, epoch + 1, iteration + 1)
        self.program = program
        self._values, self._gradients = {}, {}
        for code in program.code:
            for call in code.calls:
                call()
            self._note(code, program)
            ordinal = start + code.step.index
            match code.step.phase:
                case Phase.UPDATE if code.step.is_clip:
                    self._clip()
                case Phase.UPDATE:
                    assert code.step.node is not None
                    if not self._skipped(ordinal, code.step.node):
                        self._update(code.step.node, step)
                case _:
                    pass
            edits = [e for e in self.edits if e.at == ordinal and e.kind in ("value", "option")]
            for edit in edits:
                self._apply(edit)
            edited = frozenset(edit.name for edit in edits if edit.kind == "value")
            self.moments.append(self._moment(code.step, edited))
            self.events.append(self.moments[-1].bits)
        self.losses.append(float(self._values[self.graph.loss]))

    def _note(self, code: Any, program: Program) -> None:
        node = code.step.node
        if code.step.phase is Phase.FORWARD:
            shape = program.shapes[node]
            self._values[node] = np.array(np.broadcast_to(code.value, shape))
        if code.step.phase is Phase.BACKWARD:
            shape = program.shapes[node]
            self._gradients[node] = np.array(np.broadcast_to(code.gradient, shape))

    def _clip(self) -> None:
        clip = self.experiment.training.clip
        assert clip is not None
        moved = list(self.storage.views)
        flat = np.concatenate([self._gradients[n].ravel() for n in moved])
        if clip.kind == "value":
            clipped = np.clip(flat, -clip.limit, clip.limit)
        else:
            norm = np.sqrt(flat.dot(flat))
            clipped = flat * np.minimum(clip.limit / (norm + 1e-6), 1.0)
        start = 0
        for node in moved:
            size = self._gradients[node].size
            shape = self._gradients[node].shape
            self._gradients[node] = clipped[start : start + size].reshape(shape)
            start += size

    def _update(self, node: int, step: int) -> None:
        training = self.experiment.training
        rate = training.options["learning_rate"]
        if training.schedule is not None:
            rate = training.schedule.rate(rate, step // self.calendar.iterations, step)
        parameter = self.storage.view(self.storage.parameters, node)
        known = {
            "p": np.array(parameter),
            "g": self._gradients[node],
            "lr": np.asarray(rate),
            "t": np.asarray(float(step + 1)),
            **self.slots[node],
        }
        for name, _, value in training.rule.numbers(known):
            if name == "p":
                parameter[...] = value
            elif name in self.slots[node]:
                self.slots[node][name] = np.array(np.broadcast_to(value, parameter.shape))

    def _skipped(self, ordinal: int, node: int) -> bool:
        step = self.calendar.step(ordinal)
        return any(
            e.kind == "skip"
            and e.place(self.calendar)[0] == step
            and e.name in ("", self.graph[node].name)
            for e in self.edits
        )

    # --- edits ---------------------------------------------------------------------------------

    def _apply(self, edit: Edit) -> None:
        if edit.kind == "option":
            value = list(edit.value) if isinstance(edit.value, tuple) else edit.value
            self.experiment = with_option(self.experiment, edit.name, value)
            self._make_slots()
            return
        node = self.graph[self.graph.named[edit.name]]
        for array in self._memory(node):
            if edit.index:
                array[edit.index] = edit.value
            else:
                array[...] = np.array(edit.value)

    def _memory(self, node: Node) -> list[Any]:
        """Every place at which a leaf is kept."""
        if node.kind == "data":
            return [self.program.data[node.name]]
        if node.id in self.storage.views:
            return [self.storage.view(self.storage.parameters, node.id)]
        return [self.program.constants[node.id], self.constants[node.id]]

    def _make_slots(self) -> None:
        """The optimizer's state: an option brings some, which starts anew, or takes some away."""
        training = self.experiment.training
        start = training.optimizer.initial(training.options)
        names = training.optimizer.state(training.options)
        for node, slots in self.slots.items():
            fresh = np.full(self.storage.shapes[node], start)
            self.slots[node] = {name: slots.get(name, fresh) for name in names}

    # --- storing -------------------------------------------------------------------------------

    def _moment(self, step: Step, edited: frozenset[str]) -> Moment:
        names = set(self.experiment.training.optimizer.state(self.experiment.training.options))
        values = dict(self._values)
        for n in self.graph.nodes:
            if n.op is None and n.literal is None:
                values[n.id] = np.array(self._memory(n)[0])
        complete = {
            node
            for node, steps in self.listing.gradient_steps.items()
            if steps and steps[-1] <= step.index
        }
        value_bits = {n.id: bits(values.get(n.id)) for n in self.graph.nodes if n.literal is None}
        gradient_bits = [bits(self._gradients.get(n.id)) for n in self.graph.nodes]
        slot_bits = {
            node: {k: bits(v) for k, v in slots.items() if k in names}
            for node, slots in self.slots.items()
        }
        own: dict[Any, Bits | None]
        match step.phase:
            case Phase.BATCH:
                own = {n.id: value_bits[n.id] for n in self.graph.nodes if n.kind == "data"}
            case Phase.BACKWARD:
                own = {"gradient": gradient_bits[step.node or 0]}
            case Phase.UPDATE if step.is_clip:
                own = {n: gradient_bits[n] for n in self.storage.views}
            case _:
                node = step.node or 0
                own = {"value": value_bits[node], **slot_bits.get(node, {})}
        named = self.graph.named.items()
        return Moment(
            bits=(list(value_bits.values()), gradient_bits, slot_bits),
            values={name: values[node] for name, node in named if node in values},
            gradients={name: self._gradients[node] for name, node in named if node in complete},
            wrote=frozenset(self._written(step, complete)),
            edited=edited,
            own=own,
        )

    def _written(self, step: Step, complete: set[int]) -> Iterator[tuple[str, str]]:
        name = self.graph[step.node].name if step.node is not None else ""
        match step.phase:
            case Phase.BATCH:
                yield from (("value", n.name) for n in self.graph.nodes if n.kind == "data")
            case Phase.BACKWARD:
                if step.node in complete:
                    yield "gradient", name
            case Phase.UPDATE if step.is_clip:
                yield from (("clipped", self.graph[n].name) for n in self.storage.views)
            case _:
                yield "value", name
