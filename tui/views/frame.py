"""One frame: everything that the screen shows at the cursor.

May import: engine's public face, models, numbers, series, the other views, numpy.
Imported by: screens.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from engine import Debugger, Listing, Node, Phase, State, Status, Stop, StopKind, printable
from tui import series
from tui.models import (
    Frame,
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
    Series,
    TimelineView,
)
from tui.numbers import NOT_COMPUTED, percent
from tui.views.graph import formula_spans, graph_node, graph_shape
from tui.views.inspector import event_inspector, node_inspector
from tui.views.look import Look
from tui.views.values import (
    BOX_WIDTH,
    Array,
    of_sample,
    sample_at,
    sample_note,
    short_text,
    sign_style,
)

OTHERS = 3
"""Timelines that the plot of the loss shows beside the one that is looked at."""

HEADINGS = {
    Phase.BATCH: "load a batch",
    Phase.FORWARD: "forward pass",
    Phase.BACKWARD: "backward pass",
    Phase.UPDATE: "update",
}

SERIES_STYLES = ("series1", "series2", "series3", "series4", "series5", "series6")


class Views:
    """Makes frames for one debugger; remembers what only changes when the run goes on."""

    def __init__(self, debugger: Debugger) -> None:
        self.debugger = debugger
        self._shape = graph_shape(debugger)
        self._formula_spans = formula_spans(debugger)
        self._series: dict[str, tuple[Any, Any]] = {}

    def frame(self, look: Look, busy: str = "") -> Frame:
        """Everything on the screen at the cursor."""
        state = self.debugger.state
        look = replace(look, sample=sample_at(state, look.sample))
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
        return short_text(state, node, found, look, signed=signed) if found is not None else ""

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
            nodes=tuple(graph_node(state, state.graph[i], look) for i in self._shape.nodes),
            phase=step.phase.value,
            current=step.node,
            active_edges=edges,
        )

    # --- inspector -----------------------------------------------------------------------------

    def _inspector(self, state: State, look: Look) -> InspectorView:
        if look.node is not None:
            return node_inspector(self.debugger, state, look, look.node)
        return event_inspector(self.debugger, state, look)

    # --- influence -----------------------------------------------------------------------------

    def influence(
        self, look: Look, node: int, way: Literal["effects", "causes"], entry: int | None = None
    ) -> InfluenceView:
        """What a node affects, or what it is affected by, at the cursor.

        `entry` counts the entries of the node (of one sample of it, where it has samples); without
        it they all move together.
        """
        state = self.debugger.state
        look = replace(look, sample=sample_at(state, look.sample))
        name = state.graph[node].name
        # An inner op is called by its whole text: too long for the head of a column.
        short = name if name.isidentifier() and len(name) <= BOX_WIDTH else "this"
        direction = np.zeros(state.record.shapes[node])
        part = of_sample(state, node, direction, look)
        part.reshape(-1)[slice(None) if entry is None else entry] = 1.0
        effects = way == "effects"
        ask = self.debugger.effects if effects else self.debugger.causes
        found = [i for i in ask(node, direction) if state.graph[i.node].literal is None]
        notes = [_moving_note(state, part, entry, effects)] if part.size > 1 else []
        if note := sample_note(state, look).strip():
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
                    value=short_text(state, i.node, state.value(i.node), look),
                    derivative=short_text(state, i.node, i.derivative, look, signed=True),
                    derivative_style=sign_style(i.derivative, "text"),
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
        text = short_text(state, node.id, gradient, look, signed=True)
        if status is Status.NONE:
            text = "—"
        elif status is Status.PARTIAL:
            text += "…"
        step = self.debugger.calendar.step(self.debugger.at)
        return ParameterRow(
            name=node.name,
            value=short_text(state, node.id, value, look),
            gradient=text,
            gradient_style=sign_style(gradient, "backward"),
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
        return short_text(state, node, change, look, signed=True)

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


def _moving_note(state: State, part: Array, entry: int | None, effects: bool) -> str:
    """Which of a node's numbers moves, or is looked at."""
    if entry is None:
        together = "move together" if effects else "summed"
        return f"all {part.size} entries {together}"
    index = np.unravel_index(entry, part.shape)
    which = "[" + ", ".join(str(int(i)) for i in index) + "]"
    return f"entry {which} moves alone" if effects else f"entry {which} alone"
