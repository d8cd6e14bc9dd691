"""What the reader looks at, besides the cursor: a node, a sample, how deep a derivation goes.

May import: models.   Imported by: the other views.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models import GraphLevel


@dataclass(frozen=True)
class Look:
    """What the reader has chosen to look at, apart from the place in time."""

    sample: int = 0
    """The sample of the batch, from 0, whose own numbers the graph and the inspector show."""
    node: int | None = None
    """A node chosen for inspection; None follows the event."""
    library: Literal["numpy", "pytorch"] = "numpy"
    """Whose script stands beside the listing."""
    of: int | None = None
    """The node whose gradient is derived; None for the loss."""
    level: Literal["formula", "op"] = "formula"
    """How deep the derivation goes: the user's formulas, or single ops."""
    graph: GraphLevel | None = None
    """Whether the graph has a box for each formula or for each op; None is what fits."""
    lit: frozenset[int] | None = None
    """Nodes that stand out on the graph, by id; None dims nothing."""
