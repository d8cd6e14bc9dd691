"""What the screen shows at the cursor: from the debugger to frozen view models.

Everything here reads; nothing moves the cursor or changes the run. Numbers become text here, and
names of styles are chosen here; where the text goes is the business of `tui.drawing`.
May import: engine's public face, models, numbers, series, numpy.   Imported by: screens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from engine import (
    ChainRule,
    Debugger,
    EventReport,
    Factor,
    Listing,
    Node,
    Path,
    Phase,
    State,
    Status,
    Stop,
    StopKind,
    printable,
)
from tui import series
from tui.models import (
    Entry,
    Frame,
    GraphNode,
    GraphShape,
    GraphView,
    InfluenceRow,
    InfluenceView,
    InspectorView,
    ListingRow,
    ListingView,
    Mark,
    ParameterRow,
    ParametersView,
    PlotView,
    Row,
    Series,
    Span,
    Style,
    Table,
    TimelineView,
)
from tui.numbers import MINUS, NOT_COMPUTED, brief, fixed, number, percent, shape, vector

Array = np.ndarray[Any, np.dtype[Any]]

BOX_WIDTH = 8
"""Cells that a number may take on a node of the graph."""

OTHERS = 3
"""Timelines that the plot of the loss shows beside the one that is looked at."""

GLYPHS = {
    Phase.BATCH: "◆",
    Phase.FORWARD: "▸",
    Phase.BACKWARD: "◂",
    Phase.UPDATE: "Δ",
}
"""What tells the phases apart without colour."""

HEADINGS = {
    Phase.BATCH: "load a batch",
    Phase.FORWARD: "forward pass",
    Phase.BACKWARD: "backward pass",
    Phase.UPDATE: "update",
}

SERIES_STYLES = ("series1", "series2", "series3", "series4", "series5", "series6")


@dataclass(frozen=True)
class Look:
    """What the reader has chosen to look at, apart from the place in time."""

    sample: int = 0
    """The sample of the batch, from 0, whose own numbers the graph and the inspector show."""
    node: int | None = None
    """A node chosen for inspection; None follows the event."""
    level: Literal["formula", "op"] = "formula"
    """How deep the derivation goes: the user's formulas, or single ops."""


class Views:
    """Makes frames for one debugger; remembers what only changes when the run goes on."""

    def __init__(self, debugger: Debugger) -> None:
        self.debugger = debugger
        self._shape = _graph_shape(debugger)
        self._formula_spans = _formula_spans(debugger)
        self._series: dict[str, tuple[Any, Any]] = {}

    def frame(self, look: Look, busy: str = "") -> Frame:
        """Everything on the screen at the cursor."""
        state = self.debugger.state
        look = replace(look, sample=_sample(state, look.sample))
        experiment = self.debugger.experiment
        batch = len(state.record.samples)
        return Frame(
            title=printable(experiment.title or experiment.name).replace("\n", " "),
            listing=self._listing(state, look),
            graph=self._graph(state, look),
            inspector=self._inspector(state, look),
            parameters=self._parameters(state, look),
            loss=self._loss(),
            paths=self._paths(),
            timeline=self._timeline(state, busy),
            chosen=look.node,
            focus_note=f"sample {look.sample + 1} of {batch}" if batch > 1 else "",
        )

    def busy(self, frame: Frame, busy: str) -> Frame:
        """The same frame with what the background is doing, and the run recorded so far."""
        return replace(
            frame,
            loss=self._loss(),
            paths=self._paths(),
            timeline=self._timeline(self.debugger.state, busy),
        )

    # --- listing -------------------------------------------------------------------------------

    def _listing(self, state: State, look: Look) -> ListingView:
        rows: list[ListingRow] = []
        current = 0
        last_step = {s.line: s.index for s in state.listing.steps}
        stops = self._stops(state)
        previous = None
        for line in state.listing.lines:
            if line.phase is not previous:
                rows.append(ListingRow(HEADINGS[line.phase], line.phase.value))
                previous = line.phase
            here = line.number == state.step.line
            done = last_step.get(line.number, 0) <= state.index
            if here:
                current = len(rows)
            rows.append(
                ListingRow(
                    text=line.text,
                    phase=line.phase.value,
                    number=line.number,
                    status="current" if here else "done" if done else "ahead",
                    marked=self._marked(state) if here else None,
                    value=self._line_value(state, look, line.phase, line.node) if done else "",
                    stop=stops.get(line.number, ""),
                )
            )
        return ListingView(tuple(rows), current)

    def _stops(self, state: State) -> dict[int, Literal["on", "off"]]:
        """The lines with a breakpoint on them, or on a value or gradient that they compute."""
        found: dict[int, Literal["on", "off"]] = {}
        for stop in self.debugger.stops:
            line = stop_line(stop, state.listing)
            if line is not None and found.get(line) != "on":
                found[line] = "on" if stop.enabled else "off"
        return found

    def _marked(self, state: State) -> tuple[int, int] | None:
        if state.step.phase is not Phase.FORWARD or state.step.node is None:
            return None
        return self._formula_spans.get(state.step.node)

    def _line_value(self, state: State, look: Look, phase: Phase, node: int | None) -> str:
        if node is None or phase is Phase.BATCH:
            return ""
        found = state.gradient(node) if phase is Phase.BACKWARD else state.value(node)
        signed = phase is Phase.BACKWARD
        return _short(state, node, found, look, signed=signed) if found is not None else ""

    # --- graph ---------------------------------------------------------------------------------

    def _graph(self, state: State, look: Look) -> GraphView:
        step = state.step
        edges: tuple[tuple[int, int], ...] = ()
        if step.phase is Phase.FORWARD and step.node is not None:
            operands = dict.fromkeys(state.graph[step.node].operands)
            known = set(self._shape.nodes)
            edges = tuple((i, step.node) for i in operands if i in known)
        elif step.source is not None and step.node is not None:
            edges = ((step.node, step.source),)
        return GraphView(
            shape=self._shape,
            nodes=tuple(_graph_node(state, state.graph[i], look) for i in self._shape.nodes),
            phase=step.phase.value,
            current=step.node,
            active_edges=edges,
        )

    # --- inspector -----------------------------------------------------------------------------

    def _inspector(self, state: State, look: Look) -> InspectorView:
        if look.node is not None:
            return _node_inspector(self.debugger, state, look, look.node)
        return _event_inspector(self.debugger, state, look)

    # --- influence -----------------------------------------------------------------------------

    def influence(
        self, look: Look, node: int, way: Literal["effects", "causes"], entry: int | None = None
    ) -> InfluenceView:
        """What a node affects, or what it is affected by, at the cursor.

        `entry` counts the entries of the node (of one sample of it, where it has samples); without
        it they all move together.
        """
        state = self.debugger.state
        look = replace(look, sample=_sample(state, look.sample))
        name = state.graph[node].name
        # An inner op is called by its whole text: too long for the head of a column.
        short = name if name.isidentifier() and len(name) <= BOX_WIDTH else "this"
        direction = np.zeros(state.record.shapes[node])
        part = _of_sample(state, node, direction, look)
        part.reshape(-1)[slice(None) if entry is None else entry] = 1.0
        effects = way == "effects"
        ask = self.debugger.effects if effects else self.debugger.causes
        found = [i for i in ask(node, direction) if state.graph[i.node].literal is None]
        notes = [_moving_note(state, part, entry, effects)] if part.size > 1 else []
        if note := _note(state, look).strip():
            notes.append(f"numbers with samples: {note}")
        ahead = sum(1 for i in found if i.derivative is None)
        if ahead:
            notes.append(f"{NOT_COMPUTED} not computed yet: {ahead} of {len(found)}")
        if not found:
            notes.append("nothing: no op reads it" if effects else "nothing: it is given")
        return InfluenceView(
            heading=((name, "title bold"), (" affects" if effects else " is affected by", "text")),
            notes=tuple(((note, "dim"),) for note in notes),
            symbol=f"∂node/∂{short}" if effects else f"∂{short}/∂node",
            rows=tuple(
                InfluenceRow(
                    name=i.name,
                    value=_short(state, i.node, state.value(i.node), look),
                    derivative=_short(state, i.node, i.derivative, look, signed=True),
                    derivative_style=_sign_style(i.derivative, "text"),
                    is_loss=i.node == state.graph.loss,
                )
                for i in found
            ),
            entries=part.size,
        )

    # --- parameters ----------------------------------------------------------------------------

    def _parameters(self, state: State, look: Look) -> ParametersView:
        return ParametersView(
            tuple(self._parameter(state, look, node) for node in state.graph.parameters)
        )

    def _parameter(self, state: State, look: Look, node: Node) -> ParameterRow:
        value, gradient = state.value(node.id), state.gradient(node.id)
        status = state.gradient_status(node.id)
        text = _short(state, node.id, gradient, look, signed=True)
        if status is Status.NONE:
            text = "—"
        elif status is Status.PARTIAL:
            text += "…"
        step = self.debugger.calendar.step(self.debugger.at)
        return ParameterRow(
            name=node.name,
            value=_short(state, node.id, value, look),
            gradient=text,
            gradient_style=_sign_style(gradient, "backward"),
            change=self._last_change(state, look, node.id),
            trend=self._trend(node.id, step),
            current=node.id == (look.node if look.node is not None else state.step.node),
        )

    def _last_change(self, state: State, look: Look, node: int) -> str:
        """What the latest update up to the cursor did to a parameter."""
        if node not in state.record.updated:
            return "fixed" if not state.graph[node].trainable else "—"
        record = state.record
        if state.listing.update_step[node] > state.index:
            if record.step == 0:
                return NOT_COMPUTED
            record = self.debugger.run.record(record.step - 1)
        change = record.updated[node] - record.leaves[node]
        return _short(state, node, change, look, signed=True)

    def _trend(self, node: int, step: int) -> tuple[float, ...]:
        run = self.debugger.run
        if node not in run.storage.views:
            return ()
        track = self._remembered(f"trend {node}", lambda: series.parameter(run, node))
        return tuple(float(v) for v in series.thinned(series.values(track, step), 64))

    # --- plots ---------------------------------------------------------------------------------

    def _remembered(self, key: str, make: Any) -> Any:
        timelines = self.debugger.timelines
        stamp = (timelines.current.name, *((t.name, t.run.done) for t in timelines))
        if key not in self._series or self._series[key][0] != stamp:
            self._series[key] = (stamp, make())
        return self._series[key][1]

    def _cursor(self) -> float:
        return float(self.debugger.calendar.step(self.debugger.at) + 1)

    def _loss(self) -> PlotView:
        def lines() -> tuple[Series, ...]:
            timelines, run = self.debugger.timelines, self.debugger.run
            loss = self.debugger.graph[self.debugger.graph.loss].name
            name = timelines.current.name if len(timelines) > 1 else loss
            shown = [series.as_line(name, series.losses(run), "forward")]
            tested = series.test_losses(run)
            if len(series.values(tested)):
                # The test loss of an epoch stands at its last iteration.
                test = series.as_line(f"test {loss}", tested, "backward")
                each = self.debugger.calendar.iterations
                shown.append(replace(test, xs=tuple(epoch * each for epoch in test.xs)))
            return (*shown, *self._other_losses())

        found = self._remembered("loss", lines)
        return PlotView("loss", found, self._cursor(), log=series.spans_decades(found))

    def _other_losses(self) -> list[Series]:
        """The loss on other timelines, those that this one comes from first."""
        timelines = self.debugger.timelines
        ancestors = [timeline for timeline, _ in series.lineage(self.debugger)]
        others = [*ancestors[1:], *(t for t in timelines if t not in ancestors)]
        return [
            replace(series.as_line(t.name, series.losses(t.run), "dim"), behind=True)
            for t in others[:OTHERS]
        ]

    def _paths(self) -> PlotView:
        """How every scalar parameter moved; of arrays their norms."""

        def lines() -> tuple[Series, ...]:
            run, graph = self.debugger.run, self.debugger.graph
            moving = [n for n in graph.parameters if n.id in run.storage.views]
            shown = moving[: len(SERIES_STYLES)]
            return tuple(
                series.as_line(node.name, series.parameter(run, node.id), style)
                for node, style in zip(shown, SERIES_STYLES, strict=False)
            )

        moving = len(self.debugger.run.storage.views)
        shown = len(SERIES_STYLES)
        title = "parameters over time" + (f", {shown} of {moving}" if moving > shown else "")
        return PlotView(title, self._remembered("paths", lines), self._cursor())

    # --- timeline ------------------------------------------------------------------------------

    def _timeline(self, state: State, busy: str) -> TimelineView:
        debugger = self.debugger
        calendar, address = debugger.calendar, debugger.address
        place = (
            f"epoch {address.epoch:,}/{calendar.epochs:,} · "
            f"iteration {address.iteration:,}/{calendar.iterations:,} · "
            f"event {address.event}/{calendar.events}"
        )
        fraction = (debugger.at - 1) / max(1, calendar.total - 1)
        recorded = debugger.run.done / calendar.steps

        def losses() -> tuple[float, ...]:
            found = series.values(series.losses(debugger.run))
            return tuple(float(v) for v in series.thinned(found, 400))

        return TimelineView(
            address=str(address),
            phase=state.step.phase.value,
            place=place,
            fraction=fraction,
            percent=percent(fraction),
            event=address.event,
            phases=tuple(s.phase.value for s in debugger.listing.steps),
            losses=self._remembered("silhouette", losses),
            recorded=recorded,
            busy=busy,
            timeline=debugger.position.timeline if len(debugger.timelines) > 1 else "",
            marks=self._marks(),
        )

    def _marks(self) -> tuple[Mark, ...]:
        """Where the timeline forked, and its bookmarks, those in its shared past included."""
        debugger = self.debugger
        last = max(1, debugger.calendar.total - 1)
        line = series.lineage(debugger)
        until = {timeline.name: ordinal for timeline, ordinal in line}
        forks = [t.edit.at for t, _ in line if t.edit is not None]
        places = [mark.position for mark in debugger.bookmarks]
        shown = [p.ordinal for p in places if p.ordinal <= until.get(p.timeline, 0)]
        return (
            *(Mark(max(0, at - 1) / last, "fork") for at in forks),
            *(Mark((ordinal - 1) / last, "bookmark") for ordinal in shown),
        )


def stop_line(stop: Stop, listing: Listing) -> int | None:
    """The line of the listing that a stop stands on; None of one that has no place."""
    if stop.kind in (StopKind.CONDITION, StopKind.WATCH):
        return None
    return listing.step(stop.points[-1]).line


# --- graph nodes --------------------------------------------------------------------------------


def _graph_shape(debugger: Debugger) -> GraphShape:
    """The nodes that are drawn: all but the numbers that stand in formulas."""
    graph = debugger.graph
    drawn = [n for n in graph.nodes if n.literal is None]
    ids = {n.id for n in drawn}
    edges = dict.fromkeys((i, n.id) for n in drawn for i in n.operands if i in ids)
    return GraphShape(tuple(n.id for n in drawn), tuple(edges))


def _formula_spans(debugger: Debugger) -> dict[int, tuple[int, int]]:
    """Where each op stands in the text of its formula."""
    spans: dict[int, tuple[int, int]] = {}
    for node in debugger.graph.ops:
        if node.formula is None or node.place is None or node.place.column is None:
            continue
        formula = debugger.graph.formulas[node.formula]
        start = node.place.column - (formula.place.column or 1)
        end = start + node.place.width
        if node.place.line == formula.place.line and 0 <= start < end <= len(formula.text):
            spans[node.id] = (start, end)
    return spans


def _graph_node(state: State, node: Node, look: Look) -> GraphNode:
    value, gradient = state.value(node.id), state.gradient(node.id)
    status = state.gradient_status(node.id)
    partial = status is Status.PARTIAL
    # Beside the ∇ a small box has 6 cells left; one number is rounded there, a norm fits as it is.
    single = gradient is None or _of_sample(state, node.id, gradient, look).size == 1
    width = (BOX_WIDTH if single else 6) - partial
    shown = _short(state, node.id, gradient, look, signed=True, width=width)
    return GraphNode(
        id=node.id,
        title=_node_title(state, node),
        kind=node.kind,
        value=_short(state, node.id, value, look, signed=True, width=BOX_WIDTH),
        gradient=None if status is Status.NONE else f"{shown}…" if partial else shown,
        value_style=_value_style(value),
        gradient_style="bad"
        if _is_bad(gradient)
        else "backward"
        if gradient is not None
        else "dim",
    )


def _node_title(state: State, node: Node) -> str:
    """A formula's or leaf's name; a short inner op as written, a long one by its symbol."""
    graph = state.graph
    if node.op is None or node.formula is None or graph.formulas[node.formula].node == node.id:
        return node.name
    if len(node.name) <= BOX_WIDTH - 1:
        return node.name
    literals = [graph[i].name for i in node.operands if graph[i].literal is not None]
    if node.op.name == "pow" and literals and literals[0].isdigit():
        return "( )" + literals[0].translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{node.op.symbol} {literals[0]}" if literals else node.op.symbol


def _sample(state: State, wanted: int) -> int:
    return min(max(wanted, 0), max(0, len(state.record.samples) - 1))


def _of_sample(state: State, node: int, value: Array, look: Look) -> Array:
    """The part of a node's value that belongs to the chosen sample, if it has samples; a view."""
    axes = state.record.shapes[node]
    if axes and type(axes[0]) is not int and np.shape(value) == tuple(axes):
        return np.asarray(value)[look.sample, ...]
    return np.asarray(value)


def _short(
    state: State,
    node: int,
    value: Array | None,
    look: Look,
    *,
    signed: bool = False,
    width: int = BOX_WIDTH + 1,
) -> str:
    """A node's number for the chosen sample; of an array its norm between double bars."""
    if value is None:
        return NOT_COMPUTED
    part = _of_sample(state, node, value, look)
    if part.size == 1:
        return fixed(float(part.reshape(-1)[0]), width, signed=signed)
    with np.errstate(all="ignore"):
        size = float(np.linalg.norm(part))
    return (
        f"‖{brief(size, width - 2)}‖"
        if width < BOX_WIDTH
        else f"‖{fixed(size, width - 2, signed=False)}‖"
    )


def _is_bad(value: Array | None) -> bool:
    return value is not None and not bool(np.all(np.isfinite(value)))


def _value_style(value: Array | None) -> Style:
    return "dim" if value is None else "bad" if _is_bad(value) else "text"


def _sign_style(value: Array | None, otherwise: Style) -> Style:
    if value is None:
        return "dim"
    if _is_bad(value):
        return "bad"
    if np.size(value) != 1:
        return otherwise
    single = float(np.reshape(value, -1)[0])
    return "positive" if single > 0 else "negative" if single < 0 else "text"


# --- the inspector ------------------------------------------------------------------------------


def _heading(phase: Phase, text: str) -> Row:
    return (
        (f"{GLYPHS[phase]} {phase.value}", f"{phase.value} bold"),
        ("  ", "text"),
        (text, "title"),
    )


def _signed(value: float) -> Span:
    style = "bad" if not np.isfinite(value) else "positive" if value > 0 else "negative"
    return (number(value, signed=True), style if value != 0 else "text")


def _values(state: State, node: int | None, value: Array | None, *, signed: bool) -> Row:
    """All the numbers of a value, or the first few with its shape."""
    if value is None:
        return (("not computed yet", "dim"),)
    array = np.asarray(value)
    if array.size == 1:
        single = float(array.reshape(-1)[0])
        if signed:
            return (_signed(single),)
        return ((number(single), "bad" if not np.isfinite(single) else "text"),)
    style = "bad" if _is_bad(array) else "text"
    row: list[Span] = [(vector(array, signed=signed), style)]
    if array.ndim > 1:
        row.append((f"  {shape(array)}", "dim"))
    return tuple(row)


def _shower(state: State, look: Look, *, signed: bool = False) -> Any:
    """Formats a node's number inside a substituted formula."""

    def show(node: int, value: Array) -> str:
        part = _of_sample(state, node, value, look)
        if part.size == 1:
            return number(float(part.reshape(-1)[0]), signed=signed)
        return vector(part, 3)

    return show


def _event_inspector(debugger: Debugger, state: State, look: Look) -> InspectorView:
    report = debugger.report()
    heading = _heading(report.phase, report.symbols)
    match report.phase:
        case Phase.BATCH:
            return InspectorView("event", heading, _batch_entries(state, report))
        case Phase.FORWARD:
            return InspectorView("event", heading, _forward_entries(state, look, report))
        case Phase.UPDATE if report.node is None:
            return InspectorView("event", heading, _clip_entries(state, report))
        case Phase.UPDATE:
            return InspectorView("event", heading, _update_entries(state, look, report))
        case _:
            assert report.node is not None
            rule = debugger.chain_rule(report.node, look.level)
            derivation, table = _derivation(state, look, rule)
            entries = _backward_entries(state, look, report)
            return InspectorView("event", heading, entries, derivation, table)


def _note(state: State, look: Look) -> str:
    batch = len(state.record.samples)
    return f"   sample {look.sample + 1} of {batch}" if batch > 1 else ""


def _moving_note(state: State, part: Array, entry: int | None, effects: bool) -> str:
    """Which of a node's numbers moves, or is looked at."""
    if entry is None:
        together = "move together" if effects else "summed"
        return f"all {part.size} entries {together}"
    index = np.unravel_index(entry, part.shape)
    which = "[" + ", ".join(str(int(i)) for i in index) + "]"
    return f"entry {which} moves alone" if effects else f"entry {which} alone"


def _has_samples(state: State, nodes: Iterable[int | None]) -> bool:
    shapes = state.record.shapes
    return any(n is not None and shapes[n] and type(shapes[n][0]) is not int for n in nodes)


def _batch_entries(state: State, report: EventReport) -> tuple[Entry, ...]:
    rows = state.record.samples
    if not rows:
        text = "no data: an epoch is one iteration on the formulas alone"
        return (Entry("", ((text, "dim"),)),)
    counted = vector(np.array(rows) + 1, 12)
    entries = [Entry("samples", ((f"rows {counted}", "text"),))]
    entries += [
        Entry(part.symbol, _values(state, part.node, part.value, signed=False))
        for part in report.parts
    ]
    return tuple(entries)


def _forward_entries(state: State, look: Look, report: EventReport) -> tuple[Entry, ...]:
    assert report.node is not None
    nodes = [part.node for part in report.parts] + [report.node]
    op = state.graph[report.node].op
    # A reduction reads every sample at once; other ops can be shown for one of them.
    single = op is not None and op.elementwise and _has_samples(state, nodes)
    show = _shower(state, look) if single else lambda node, value: _whole(value)
    note = _note(state, look) if single else ""
    entries = [Entry("numbers", ((report.substituted(show), "text"), (note, "dim")))]
    value = report.result
    if value is not None:
        part = _of_sample(state, report.node, value, look)
        if part.size == 1 and np.size(value) > 1:
            entries.append(Entry("result", (_result(float(part.reshape(-1)[0])),)))
            entries.append(Entry("all", _values(state, report.node, value, signed=False)))
        elif part.size == 1:
            entries.append(Entry("result", (_result(float(part.reshape(-1)[0])),)))
        else:
            entries.append(Entry("result", _values(state, report.node, value, signed=False)))
    graph = state.graph
    feeds = ", ".join(graph[i].name for i in graph.consumers[report.node])
    entries.append(Entry("feeds", ((feeds or "nothing further", "dim"),), detail=True))
    return tuple(entries)


def _whole(value: Array) -> str:
    array = np.asarray(value)
    return number(float(array)) if array.ndim == 0 else vector(array, 4)


def _result(value: float) -> Span:
    return (f"= {number(value)}", "forward bold" if np.isfinite(value) else "bad")


def _backward_entries(state: State, look: Look, report: EventReport) -> tuple[Entry, ...]:
    assert report.node is not None
    if not report.parts:
        return (
            Entry("gradient", ((f"= {number(1.0)}", "backward bold"),)),
            Entry("", ((report.rule, "dim"),)),
        )
    upstream, local = report.parts
    show = _shower(state, look, signed=True)
    note = _note(state, look)
    sums = "   Σ over samples" if report.summed and note else ""
    entries = [
        Entry(
            "upstream",
            ((f"{upstream.symbol} = ", "dim"), *_shown(state, look, upstream)),
            detail=True,
        ),
        Entry(
            "local",
            ((f"{local.symbol} = {local.text}", "dim"), *_equals(state, look, local)),
            detail=True,
        ),
    ]
    if local.value is not None:
        # Of a linear map the numbers are whole matrices; those are in the tensors themselves.
        numbers = report.substituted(show)
        entries.append(Entry("numbers", ((numbers, "text"), (note, "dim"))))
    arrived = state.contributions(report.node)
    expected = state.node(report.node).expected
    contribution = _values(state, report.node, report.result, signed=True)
    if expected == 1:
        total = (("= ", "backward bold"), *contribution, (sums, "dim"))
        entries.append(Entry("gradient", total))
    else:
        entries.append(Entry("adds", (("+= ", "backward bold"), *contribution, (sums, "dim"))))
        so_far = _values(state, report.node, state.gradient(report.node), signed=True)
        done = "complete" if len(arrived) == expected else "so far"
        note = f"   {len(arrived)} of {expected} contributions, {done}"
        entries.append(Entry("gradient", (("= ", "backward bold"), *so_far, (note, "dim"))))
    return tuple(entries)


def _shown(state: State, look: Look, part: Any) -> Row:
    if part.value is None or part.node is None:
        return ((NOT_COMPUTED, "dim"),)
    value = _of_sample(state, part.node, part.value, look)
    return _values(state, part.node, value, signed=True)


def _equals(state: State, look: Look, part: Any) -> Row:
    """`` = number`` of a local derivative, for the chosen sample."""
    if part.value is None:
        return ()
    value = np.asarray(part.value)
    if part.per_sample:
        value = value[look.sample]
    if value.size == 1 and number(float(value.reshape(-1)[0])) == part.text:
        return ()
    return ((" = ", "dim"), *_values(state, None, value, signed=True))


def _update_entries(state: State, look: Look, report: EventReport) -> tuple[Entry, ...]:
    change = report.parts[-1]
    assert report.node is not None
    show = _shower(state, look)
    steps = tuple(
        Entry(
            part.symbol,
            ((f"{part.text} = ", "dim"), *_values(state, None, part.value, signed=False)),
        )
        for part in report.parts
        if part.label == "state"
    )
    return (
        *steps,
        Entry("numbers", ((report.substituted(show), "text"),)),
        Entry(
            "result",
            (("= ", "update bold"), *_values(state, report.node, report.result, signed=False)),
        ),
        Entry(change.symbol, _values(state, report.node, change.value, signed=True)),
    )


def _clip_entries(state: State, report: EventReport) -> tuple[Entry, ...]:
    return tuple(
        Entry(part.symbol, _values(state, part.node, part.value, signed=part.node is not None))
        for part in report.parts
    )


def _node_inspector(debugger: Debugger, state: State, look: Look, node: int) -> InspectorView:
    known = state.node(node)
    n = state.graph[node]
    kind = n.kind if n.op is None else f"{n.op.name}"
    heading: Row = ((known.name, "title bold"), (f"   {kind}", "dim"))
    entries = [Entry("value", _values(state, node, known.value, signed=False))]
    if n.formula is not None:
        formula = state.graph.formulas[n.formula]
        entries.append(Entry("formula", ((formula.text, "forward"),)))
    if known.gradient_status is Status.NONE:
        entries.append(Entry("gradient", (("none flows here", "dim"),)))
    else:
        note = f"   {len(known.contributions)} of {known.expected} contributions"
        values = _values(state, node, known.gradient, signed=True)
        entries.append(Entry("gradient", (*values, (note, "dim"))))
        if known.expected > 1:
            entries += [
                Entry(f"  {i}", (("+= ", "dim"), *_values(state, node, c, signed=True)))
                for i, c in enumerate(known.contributions, 1)
            ]
    if known.gradient_status is Status.NONE:
        return InspectorView("node", heading, tuple(entries))
    derivation, table = _derivation(state, look, debugger.chain_rule(node, look.level))
    return InspectorView("node", heading, tuple(entries), derivation, table)


# --- the chain rule -----------------------------------------------------------------------------


def _derivation(
    state: State, look: Look, rule: ChainRule
) -> tuple[tuple[Entry, ...], Table | None]:
    """The chain rule in symbols, in formulas, in numbers; and by sample where there are any."""
    entries: list[Entry] = []
    for position, path in enumerate(rule.paths):
        if not path.factors:
            continue
        sign = "= " if position == 0 else "+ "
        symbols = " · ".join(f.symbol for f in path.factors)
        formulas = " · ".join(_factor_text(f, i) for i, f in enumerate(path.factors))
        label = rule.symbol if position == 0 else ""
        if symbols != rule.symbol:
            entries.append(Entry(label, ((sign, "dim"), (symbols, "backward"))))
            label = ""
        entries.append(Entry(label, (("= ", "dim"), (formulas, "text"))))
        if path.product is None:
            continue
        values = [_factor_value(look, f) for f in path.factors]
        if all(v is not None for v in values):
            alone = len(values) == 1
            parts = [str(v) if alone else _bracketed(str(v), i) for i, v in enumerate(values)]
            numbers = " · ".join(parts)
            sampled = any(f.per_sample for f in path.factors)
            note = _note(state, look) if sampled else ""
            entries.append(Entry("", (("= ", "dim"), (numbers, "text"), (note, "dim"))))
        if len(rule.paths) > 1:
            product = _values(state, rule.target, path.product, signed=True)
            entries.append(Entry("", (("= ", "dim"), *product)))
    if rule.omitted:
        entries.append(Entry("", ((f"+ {rule.omitted} more paths", "dim"),)))
    table = _sample_table(state, look, rule.paths[0]) if len(rule.paths) == 1 else None
    sums = "Σ over samples" if table else "Σ over paths" if len(rule.paths) > 1 else ""
    if rule.gradient is not None and rule.paths and rule.paths[0].factors:
        total = _values(state, rule.target, rule.gradient, signed=True)
        note = f"   {sums}" if sums else ""
        entries.append(Entry("", (("= ", "backward bold"), *total, (note, "dim"))))
    return tuple(entries), table


def _factor_text(factor: Factor, position: int) -> str:
    return _bracketed(factor.text, position)


def _bracketed(text: str, position: int) -> str:
    """A factor in parentheses where a sum or a leading sign would read wrong."""
    depth, is_sum = 0, False
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        is_sum |= depth == 0 and i > 0 and text[i - 1 : i + 2] in (" + ", f" {MINUS} ")
    leading = text.startswith((MINUS, "+")) and (position > 0 or " " not in text)
    return f"({text})" if is_sum or leading else text


def _factor_value(look: Look, factor: Factor) -> str | None:
    if factor.value is None:
        return None
    value = np.asarray(factor.value)
    if factor.per_sample:
        value = value[look.sample]
    if value.size != 1:
        return vector(value, 3)
    return number(float(value.reshape(-1)[0]))


def _sample_table(state: State, look: Look, path: Path) -> Table | None:
    """One row a sample: its factors and their product; the sum is the gradient."""
    batch = len(state.record.samples)
    if not path.per_sample or path.terms is None or path.product is None:
        return None
    if path.terms.shape != (batch,) or np.size(path.product) != 1:
        return None
    columns: list[Array] = []
    for factor in path.factors:
        if factor.value is None or np.shape(factor.value) != (
            (batch,) if factor.per_sample else ()
        ):
            return None
        columns.append(np.broadcast_to(np.reshape(factor.value, -1), (batch,)))
    rows = tuple(
        (
            str(sample + 1),
            *(fixed(float(c[sample]), 9) for c in columns),
            fixed(float(path.terms[sample]), 9),
        )
        for sample in range(batch)
    )
    header = ("sample", *(f.symbol for f in path.factors), "product")
    total = ("Σ", *("" for _ in columns), fixed(float(np.reshape(path.product, -1)[0]), 9))
    return Table(header, rows, total, look.sample)
