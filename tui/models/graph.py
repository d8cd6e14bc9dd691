"""The computation graph at one event.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tui.models.text import Phase, Style

NodeKind = Literal["data", "constant", "parameter", "op", "loss"]


@dataclass(frozen=True, eq=False)
class GraphShape:
    """What the layout of a graph depends on, and nothing else: it is laid out once and cached.

    The words are those that never change while stepping; they stand in the order of `nodes`.
    """

    nodes: tuple[int, ...]
    """Ids in topological order."""
    edges: tuple[tuple[int, int], ...]
    """(operand, result), without duplicates."""
    kinds: tuple[NodeKind, ...] = ()
    titles: tuple[str, ...] = ()
    """What a node is called in few cells."""
    texts: tuple[str, ...] = ()
    """How it is computed, as its author wrote it; of what is given, what it is."""

    @cached_property
    def place(self) -> dict[int, int]:
        """Where each id stands in `nodes`."""
        return {node: at for at, node in enumerate(self.nodes)}

    @cached_property
    def consumed(self) -> frozenset[int]:
        """The nodes that others read."""
        return frozenset(operand for operand, _ in self.edges)

    def title(self, node: int) -> str:
        """What a node is called; nothing where that was left out."""
        return self.titles[self.place[node]] if self.titles else ""

    def text(self, node: int) -> str:
        """How a node is computed; nothing where that was left out."""
        return self.texts[self.place[node]] if self.texts else ""

    def kind(self, node: int) -> NodeKind:
        """What a node is; an op where that was left out."""
        return self.kinds[self.place[node]] if self.kinds else "op"


@dataclass(frozen=True)
class GraphNode:
    """The numbers of one box of the graph."""

    value: str
    """Formatted to at most 8 cells; `·` while it is not computed."""
    gradient: str | None
    """The same for the gradient; None where no gradient ever flows."""
    partial: str = ""
    """How much has arrived of a gradient that is a sum, ``1/2``, while it is not complete."""
    size: str = ""
    """The shape of the value, ``3×4``; nothing for a single number."""
    changed: Literal["", "value", "gradient"] = ""
    """What of it this event wrote."""
    value_style: Style = "text"
    gradient_style: Style = "backward"


GraphLevel = Literal["formula", "op"]


@dataclass(frozen=True)
class GraphView:
    """The computation graph at one event: a box for each formula, or for each single op."""

    shape: GraphShape
    nodes: Mapping[int, GraphNode]
    """By id. Numbers are put into words when they are looked at: a window shows few of many."""
    phase: Phase
    current: int | None
    """The node that this event computes, feeds or updates: drawn heavy."""
    active_edges: tuple[tuple[int, int], ...]
    """(operand, result): wires that carry something at this event, drawn heavy.

    In the backward pass the flow goes from result to operand and the tip sits at the operand.
    """
    level: GraphLevel = "op"
    chosen: int | None = None
    """The node that the reader inspects: drawn with a double frame."""
    marked: tuple[int, int] | None = None
    """The part of the current node's text that the event computes, as (start, end)."""
    lit: frozenset[int] | None = None
    """Nodes that stand out from all others, which are dimmed; None dims nothing."""


@dataclass(frozen=True)
class GraphLevels:
    """The same event on the graph of formulas and on that of single ops."""

    formulas: GraphView
    ops: GraphView
    wanted: GraphLevel | None = None
    """Which of them the reader asked for; None is what suits the room there is."""
    note: str = ""
    """Which sample the single numbers belong to: ``sample 1 of 4``."""
