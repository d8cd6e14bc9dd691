"""The computation graph at one event.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Phase, Style


@dataclass(frozen=True)
class GraphShape:
    """What the layout of a graph depends on, and nothing else: it is laid out once and cached."""

    nodes: tuple[int, ...]
    """Ids in topological order."""
    edges: tuple[tuple[int, int], ...]
    """(operand, result), without duplicates."""


@dataclass(frozen=True)
class GraphNode:
    """One box of the graph."""

    id: int
    title: str
    kind: Literal["data", "constant", "parameter", "op"]
    value: str
    """Formatted to at most 8 cells; `·` while it is not computed."""
    gradient: str | None
    """The same for the gradient; None where no gradient ever flows."""
    value_style: Style = "text"
    gradient_style: Style = "backward"


@dataclass(frozen=True)
class GraphView:
    """The computation graph at one event."""

    shape: GraphShape
    nodes: tuple[GraphNode, ...]
    phase: Phase
    current: int | None
    """The node that this event computes, feeds or updates: drawn heavy."""
    active_edges: tuple[tuple[int, int], ...]
    """(operand, result): wires that carry something at this event, drawn heavy.

    In the backward pass the flow goes from result to operand and the tip sits at the operand.
    """
    chosen: int | None = None
    """The node that the reader has chosen to inspect."""
    note: str = ""
    """Which sample the single numbers belong to: ``sample 1 of 4``."""
