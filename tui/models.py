"""What the screen shows, as plain frozen values: words, formatted numbers, names of styles.

May import: the standard library only.   Imported by: views (which make these values from the
debugger), drawing (which lays them out in cells) and widgets (which put the cells on screen).

A style is a name, or several separated by spaces (``"backward bold"``); `tui.theme` gives each
name its colour. Nothing here holds an array, so two views compare cheaply and by value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = str
Span = tuple[str, Style]
Row = tuple[Span, ...]

Phase = Literal["batch", "forward", "backward", "update"]


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


@dataclass(frozen=True)
class Series:
    """Points of one line of a plot; `ys` may hold nan and inf, which are gaps."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    style: Style
    behind: bool = False
    """Whether the others are drawn over it."""


@dataclass(frozen=True)
class PlotView:
    """Lines over iterations, with the cursor's place on them."""

    title: str
    series: tuple[Series, ...]
    cursor: float | None
    x_label: str = "iteration"
    log: bool = False


@dataclass(frozen=True)
class ListingRow:
    """One row of the listing: a line of the program, or a heading where `number` is None."""

    text: str
    phase: Phase
    number: int | None = None
    status: Literal["done", "current", "ahead"] = "ahead"
    marked: tuple[int, int] | None = None
    """The part of `text` that the event computes, as (start, end)."""
    value: str = ""
    """What the line has computed, shown where there is room."""
    stop: Literal["", "on", "off"] = ""
    """Whether there is a breakpoint on the line, and whether it is switched on."""


@dataclass(frozen=True)
class ListingView:
    """The program with the current line."""

    rows: tuple[ListingRow, ...]
    current: int
    """Index into `rows`."""


@dataclass(frozen=True)
class Entry:
    """A labelled line of the inspector."""

    label: str
    text: Row
    detail: bool = False
    """Left out where there are only a few rows."""


@dataclass(frozen=True)
class Table:
    """Right-aligned columns under a header, with an optional last row of sums."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None = None
    chosen: int | None = None
    """The row of the sample that the graph shows."""


@dataclass(frozen=True)
class InspectorView:
    """What an event does, or what a chosen node knows: symbols, numbers, result."""

    title: str
    heading: Row
    entries: tuple[Entry, ...]
    derivation: tuple[Entry, ...] = ()
    table: Table | None = None


@dataclass(frozen=True)
class InfluenceRow:
    """One node that moves with the node asked about, or that moves it."""

    name: str
    value: str
    derivative: str
    derivative_style: Style
    is_loss: bool = False


@dataclass(frozen=True)
class InfluenceView:
    """What a node affects, or what it is affected by, and how much."""

    heading: Row
    notes: tuple[Row, ...]
    """Which entry moves, which sample is shown, what is not computed yet."""
    symbol: str
    """``∂node/∂w1``"""
    rows: tuple[InfluenceRow, ...]
    entries: int
    """Entries of the node asked about that can be chosen; 1 for a single number."""


@dataclass(frozen=True)
class ParameterRow:
    """One parameter: its value, gradient, last change, and how it moved."""

    name: str
    value: str
    gradient: str
    gradient_style: Style
    change: str
    trend: tuple[float, ...]
    current: bool = False


@dataclass(frozen=True)
class ParametersView:
    """Every parameter at one event."""

    rows: tuple[ParameterRow, ...]


@dataclass(frozen=True)
class Mark:
    """A place on the timeline's bar."""

    fraction: float
    kind: Literal["bookmark", "fork"]


@dataclass(frozen=True)
class TimelineView:
    """Where the cursor is in the run, in the epoch and in the iteration."""

    address: str
    phase: Phase
    place: str
    """``epoch 2/50 · iteration 3/5 · event 17/23``"""
    fraction: float
    """Of the whole run, from 0 to 1."""
    percent: str
    event: int
    phases: tuple[Phase, ...]
    """The phase of every event of an iteration."""
    losses: tuple[float, ...]
    """The loss along the run, evenly spaced, as far as it is recorded."""
    recorded: float
    """How much of the run is recorded, from 0 to 1."""
    busy: str = ""
    """What is going on in the background, with how to stop it."""
    timeline: str = ""
    """What this timeline is called, where there are others."""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Frame:
    """The whole screen at one event: everything that the widgets show."""

    title: str
    listing: ListingView
    graph: GraphView
    inspector: InspectorView
    parameters: ParametersView
    loss: PlotView
    paths: PlotView
    timeline: TimelineView
    chosen: int | None
    """The node of the graph that the reader has chosen to inspect."""
    focus_note: str
    """Which sample the single numbers belong to: ``sample 1 of 4``."""
