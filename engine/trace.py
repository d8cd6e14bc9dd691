"""The trace: events, their addresses, and what every node knows at each of them.

The trace is virtual. The graph is static and the run deterministic, so an event's address is
arithmetic and nothing is stored per event. To look inside an iteration it is run once more with
every step's output copied: an iteration record. The state at an event is a pure function of
(record, event).
May import: errors, graph, listing, program.   Imported by: run, debugger, explain, tracefile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from engine.errors import AddressError
from engine.graph import Graph
from engine.listing import Listing, Phase, Step
from engine.shapes import Shape

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, order=True)
class Address:
    """Epoch, iteration of that epoch, event of that iteration; all counted from 1."""

    epoch: int
    iteration: int
    event: int

    def __str__(self) -> str:
        return f"e{self.epoch}.i{self.iteration}.{self.event}"


@dataclass(frozen=True)
class Calendar:
    """How many events an iteration has, how many iterations an epoch, how many epochs the run."""

    events: int
    iterations: int
    epochs: int

    @property
    def total(self) -> int:
        """Events in the whole run."""
        return self.events * self.iterations * self.epochs

    @property
    def steps(self) -> int:
        """Iterations in the whole run."""
        return self.iterations * self.epochs

    def address(self, ordinal: int) -> Address:
        """The address of the run's event `ordinal`, counted from 1."""
        self._check(1 <= ordinal <= self.total, f"event {ordinal}")
        step, event = divmod(ordinal - 1, self.events)
        epoch, iteration = divmod(step, self.iterations)
        return Address(epoch + 1, iteration + 1, event + 1)

    def ordinal(self, address: Address) -> int:
        """The position in the run of an address, counted from 1."""
        inside = (
            1 <= address.epoch <= self.epochs
            and 1 <= address.iteration <= self.iterations
            and 1 <= address.event <= self.events
        )
        self._check(inside, str(address))
        step = (address.epoch - 1) * self.iterations + address.iteration - 1
        return step * self.events + address.event

    def step(self, ordinal: int) -> int:
        """The iteration, counted from 0 over the whole run, that an event belongs to."""
        return (ordinal - 1) // self.events

    def _check(self, inside: bool, what: str) -> None:
        if not inside:
            last = Address(self.epochs, self.iterations, self.events)
            raise AddressError(
                f"there is no {what} in this run",
                hint=f"it runs from e1.i1.1 to {last}, {self.total:,} events",
            )

    def parse(self, text: str, here: Address | None = None, *, last: bool = False) -> int:
        """The ordinal of an address as a person writes it.

        `e2.i3.17`; short forms `e2.i3` and `e2` mean the first event there, or the last one with
        `last`; `.17` is event 17 of the iteration of `here`. Raises `AddressError`.
        """
        match = re.fullmatch(
            r"(?:e(\d{1,18})(?:\.i(\d{1,18})(?:\.(\d{1,18}))?)?|\.(\d{1,18}))", text.strip()
        )
        if match is None:
            raise AddressError(
                f"'{text}' is not an address",
                hint="write e2.i3.17 (epoch, iteration, event), e2.i3, e2, or .17",
            )
        epoch, iteration, event, relative = (int(g) if g else None for g in match.groups())
        if relative is not None:
            here = here or Address(1, 1, 1)
            return self.ordinal(Address(here.epoch, here.iteration, relative))
        return self.ordinal(
            Address(
                epoch or 0,
                _given(iteration, self.iterations if last else 1),
                _given(event, self.events if last else 1),
            )
        )


def _given(number: int | None, default: int) -> int:
    return default if number is None else number


@dataclass(frozen=True, eq=False)
class IterationRecord:
    """Everything one iteration computed: private, unwriteable copies.

    Lists are indexed by step (0 for step 1); entries are None where a step wrote no such thing.
    """

    step: int
    """The iteration, counted from 0 over the whole run."""
    samples: tuple[int, ...]
    """Row numbers of the batch's samples, from 0."""
    leaves: Mapping[int, Array]
    """Data, constants, and parameters before the update, by node id."""
    shapes: tuple[Shape, ...]
    values: tuple[Array | None, ...]
    contributions: tuple[Array | None, ...]
    gradients: tuple[Array | None, ...]
    """Accumulated so far, after that step."""
    rate: float
    """The learning rate of this iteration."""
    clipped: Mapping[int, Array]
    """Gradients of the trained parameters after clipping; empty where nothing clips."""
    norm: float
    """Norm of all trained gradients together, where they are clipped by it."""
    scale: float
    """What clipping by norm multiplied the gradients with."""
    optimizer_before: Mapping[int, Mapping[str, Array]]
    """Optimizer state before the update, by node id."""
    updated: Mapping[int, Array]
    """Trained parameters after the update, by node id."""
    optimizer: Mapping[int, Mapping[str, Array]]
    """Optimizer state after the update, by node id."""
    loss: float
    alone: int | None = None
    """The sample, from 0, whose share of the gradients this is; None for those of the batch."""


class Status(StrEnum):
    """What is known of a value or a gradient at an event."""

    NONE = "none"
    """No gradient ever flows to this node."""
    PENDING = "not computed yet"
    PARTIAL = "accumulating"
    COMPLETE = "complete"


@dataclass(frozen=True, eq=False)
class NodeState:
    """One node at one event."""

    id: int
    name: str
    value_status: Status
    value: Array | None
    gradient_status: Status
    gradient: Array | None
    """Accumulated so far; None while nothing has arrived."""
    contributions: tuple[Array, ...]
    """What has arrived so far, in order; the gradient is their sum."""
    expected: int
    """How many contributions the complete gradient has."""


@dataclass(frozen=True, eq=False)
class State:
    """What every node knows right after one event: a pure function of (record, event)."""

    graph: Graph
    listing: Listing
    record: IterationRecord
    index: int
    """The event, counted from 1 in its iteration."""

    @property
    def step(self) -> Step:
        return self.listing.step(self.index)

    def value(self, node: int) -> Array | None:
        """The node's value, or None while it is not computed."""
        n = self.graph[node]
        if n.literal is not None:
            return np.float64(n.literal)  # pyright: ignore[reportReturnType]
        if n.op is None:
            updated = self.listing.update_step.get(node)
            if updated is not None and updated <= self.index:
                return self.record.updated[node]
            return self.record.leaves[node]
        step = self.listing.forward_step[node]
        return self.record.values[step - 1] if step <= self.index else None

    def gradient(self, node: int) -> Array | None:
        """∂loss/∂node as accumulated so far, or None while nothing has arrived."""
        clip = self.listing.clip_step
        if clip is not None and clip <= self.index and node in self.record.clipped:
            return self.record.clipped[node]
        arrived = self._arrived(node)
        return self.record.gradients[arrived[-1] - 1] if arrived else None

    def contributions(self, node: int) -> tuple[Array, ...]:
        """The gradient contributions that have arrived at the node, in order."""
        found = (self.record.contributions[s - 1] for s in self._arrived(node))
        return tuple(c for c in found if c is not None)

    def gradient_status(self, node: int) -> Status:
        expected = self.listing.gradient_steps.get(node, ())
        if not expected:
            return Status.NONE
        arrived = len(self._arrived(node))
        if arrived == len(expected):
            return Status.COMPLETE
        return Status.PARTIAL if arrived else Status.PENDING

    def node(self, node: int | str) -> NodeState:
        """Everything about one node, by id or by name. Raises `TargetError`."""
        node = self.graph.id_of(node)
        value = self.value(node)
        return NodeState(
            id=node,
            name=self.graph[node].name,
            value_status=Status.PENDING if value is None else Status.COMPLETE,
            value=value,
            gradient_status=self.gradient_status(node),
            gradient=self.gradient(node),
            contributions=self.contributions(node),
            expected=len(self.listing.gradient_steps.get(node, ())),
        )

    @property
    def contribution(self) -> Array | None:
        """What this event's edge, or the seed, adds to its node's gradient."""
        if self.step.phase is not Phase.BACKWARD:
            return None
        return self.record.contributions[self.index - 1]

    def _arrived(self, node: int) -> tuple[int, ...]:
        steps = self.listing.gradient_steps.get(node, ())
        return tuple(s for s in steps if s <= self.index)
