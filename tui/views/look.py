"""What the reader looks at, besides the cursor: a node, a sample, how deep a derivation goes.

May import: models.   Imported by: the other views.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tui.models.graph import GraphLevel
from tui.models.plots import Stretch


@dataclass(frozen=True)
class Window:
    """The part of a plot that is shown."""

    x: Stretch | None = None
    """None shows all."""
    y: Stretch | None = None
    cursor: float | None = None
    """Where the cursor stood when it was chosen: from elsewhere, the window follows it."""


@dataclass(frozen=True)
class PlotsLook:
    """What the reader has chosen to see of the plots; each thing by the name of the plot."""

    chosen: str = "loss"
    beside: bool = False
    """Whether there is room for another plot beside the chosen one."""
    expressions: tuple[str, ...] = ()
    """Those that were asked for, as they were written."""
    axes: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The parameters of the surface, the inputs of fit and boundary, where they were named."""
    windows: dict[str, Window] = field(default_factory=dict[str, Window])
    logs: dict[str, bool] = field(default_factory=dict[str, bool])
    """Where the reader decided between a linear and a logarithmic scale."""

    def window(self, name: str) -> Window:
        """The part of a plot that is shown."""
        return self.windows.get(name, Window())

    def with_window(self, name: str, window: Window) -> PlotsLook:
        """The same, another part of a plot shown."""
        return replace(self, windows={**self.windows, name: window})

    def with_log(self, name: str, log: bool) -> PlotsLook:
        """The same with a logarithmic or a linear scale."""
        return replace(self, logs={**self.logs, name: log})

    def with_axes(self, name: str, axes: tuple[str, ...]) -> PlotsLook:
        """The same with a plot over other parameters or inputs, all of it shown."""
        windows = {other: kept for other, kept in self.windows.items() if other != name}
        return replace(self, chosen=name, axes={**self.axes, name: axes}, windows=windows)


@dataclass(frozen=True)
class NeuronsLook:
    """How the units and edges of a layered net are looked at."""

    gradients: bool = False
    """Whether they show gradients, or activations and weights."""
    batch: bool = False
    """Whether they show the whole batch, or the chosen sample."""
    unit: tuple[int, int] | None = None
    """The chosen (layer, unit), both from 0."""
    tops: tuple[tuple[int, int], ...] = ()
    """(layer, the unit to start with), where the reader has scrolled a layer."""


@dataclass(frozen=True)
class TensorLook:
    """How an array is looked at."""

    what: Literal["event", "value", "gradient"] = "event"
    """Its value or its gradient; by default the one that the event is about."""
    corner: tuple[int, int] = (0, 0)
    """The row and the column that the table starts with."""


@dataclass(frozen=True)
class Look:
    """What the reader has chosen to look at, apart from the place in time."""

    sample: int = 0
    """The sample of the batch, from 0, whose own numbers the graph and the inspector show."""
    alone: bool = False
    """Whether gradients are its share alone, or those of the whole batch."""
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
    element: tuple[int, ...] = ()
    """The chosen number of an array, an index for each axis; that of the samples is `sample`.

    What does not fit the array that is looked at is taken for the nearest that does; empty, the
    array is derived as a whole.
    """
    neurons: NeuronsLook = NeuronsLook()
    tensor: TensorLook = TensorLook()
    plots: PlotsLook = field(default_factory=PlotsLook)

    def following(self) -> Look:
        """The same, with nothing chosen: what is looked at follows the event, of all samples."""
        return replace(
            self,
            node=None,
            alone=False,
            element=(),
            neurons=replace(self.neurons, unit=None),
            tensor=replace(self.tensor, what="event"),
        )

    def changed(self, changes: Mapping[str, Any]) -> Look:
        """The same with other fields, also of its parts: ``{"neurons.batch": True}``."""
        found = self
        for name, value in changes.items():
            part, _, inner = name.partition(".")
            if inner:
                value = replace(getattr(found, part), **{inner: value})
            found = replace(found, **{part: value})
        return found
