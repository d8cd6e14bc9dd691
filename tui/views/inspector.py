"""What an event does, or what a chosen node knows, as entries of the inspector.

May import: engine's public face, models, numbers, the other views.
Imported by: views.frame.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import Debugger, EventReport, Phase, State, Status
from tui.models.inspector import Entry, InspectorView
from tui.models.text import Row
from tui.numbers import NOT_COMPUTED, number, vector
from tui.views.chain_rule import derived
from tui.views.look import Look
from tui.views.scene import Scene
from tui.views.values import (
    has_samples,
    heading_row,
    numbers_row,
    of_sample,
    over_samples,
    result_span,
    sample_note,
    shower,
    whole_text,
)


def inspector_view(scene: Scene) -> InspectorView:
    """The chosen node, or else what the event does."""
    if scene.look.node is not None:
        return node_inspector(scene.debugger, scene.state, scene.look, scene.look.node)
    return event_inspector(scene.debugger, scene.state, scene.look)


def event_inspector(debugger: Debugger, state: State, look: Look) -> InspectorView:
    report = debugger.report()
    heading = heading_row(report.phase, report.symbols)
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
            derivation, table = derived(state, look, rule)
            entries = _backward_entries(state, look, report)
            return InspectorView("event", heading, entries, derivation, table)


def _batch_entries(state: State, report: EventReport) -> tuple[Entry, ...]:
    rows = state.record.samples
    if not rows:
        text = "no data: an epoch is one iteration on the formulas alone"
        return (
            Entry("", ((text, "text"),)),
            Entry("", (("columns under [data] in its file would be its samples", "dim"),)),
        )
    counted = vector(np.array(rows) + 1, 12)
    entries = [Entry("samples", ((f"rows {counted}", "text"),))]
    entries += [
        Entry(part.symbol, numbers_row(state, part.node, part.value, signed=False))
        for part in report.parts
    ]
    return tuple(entries)


def _forward_entries(state: State, look: Look, report: EventReport) -> tuple[Entry, ...]:
    assert report.node is not None
    nodes = [part.node for part in report.parts] + [report.node]
    op = state.graph[report.node].op
    # A reduction reads every sample at once; other ops can be shown for one of them.
    single = op is not None and op.elementwise and has_samples(state, nodes)
    show = shower(state, look) if single else lambda node, value: whole_text(value)
    note = sample_note(state, look) if single else ""
    entries = [Entry("numbers", ((report.substituted(show), "text"), (note, "dim")))]
    value = report.result
    if value is not None:
        part = of_sample(state, report.node, value, look)
        if part.size == 1 and np.size(value) > 1:
            entries.append(Entry("result", (result_span(float(part.reshape(-1)[0])),)))
            entries.append(Entry("all", numbers_row(state, report.node, value, signed=False)))
        elif part.size == 1:
            entries.append(Entry("result", (result_span(float(part.reshape(-1)[0])),)))
        else:
            entries.append(Entry("result", numbers_row(state, report.node, value, signed=False)))
    graph = state.graph
    feeds = ", ".join(graph[i].name for i in graph.consumers[report.node])
    entries.append(Entry("feeds", ((feeds or "nothing further", "dim"),), detail=True))
    return tuple(entries)


def _backward_entries(state: State, look: Look, report: EventReport) -> tuple[Entry, ...]:
    assert report.node is not None
    if not report.parts:
        return (
            Entry("gradient", ((f"= {number(1.0)}", "backward bold"),)),
            Entry("", ((report.rule, "dim"),)),
        )
    upstream, local = report.parts
    show = shower(state, look, signed=True)
    note = sample_note(state, look)
    sums = f"   {over_samples(state)}" if report.summed and note else ""
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
    contribution = numbers_row(state, report.node, report.result, signed=True)
    if expected == 1:
        total = (("= ", "backward bold"), *contribution, (sums, "dim"))
        entries.append(Entry("gradient", total))
    else:
        entries.append(Entry("adds", (("+= ", "backward bold"), *contribution, (sums, "dim"))))
        so_far = numbers_row(state, report.node, state.gradient(report.node), signed=True)
        done = "complete" if len(arrived) == expected else "so far"
        note = f"   {len(arrived)} of {expected} contributions, {done}"
        entries.append(Entry("gradient", (("= ", "backward bold"), *so_far, (note, "dim"))))
    return tuple(entries)


def _shown(state: State, look: Look, part: Any) -> Row:
    if part.value is None or part.node is None:
        return ((NOT_COMPUTED, "dim"),)
    value = of_sample(state, part.node, part.value, look)
    return numbers_row(state, part.node, value, signed=True)


def _equals(state: State, look: Look, part: Any) -> Row:
    """`` = number`` of a local derivative, for the chosen sample."""
    if part.value is None:
        return ()
    value = np.asarray(part.value)
    if part.per_sample:
        value = value[look.sample]
    if value.size == 1 and number(float(value.reshape(-1)[0])) == part.text:
        return ()
    return ((" = ", "dim"), *numbers_row(state, None, value, signed=True))


def _update_entries(state: State, look: Look, report: EventReport) -> tuple[Entry, ...]:
    change = report.parts[-1]
    assert report.node is not None
    show = shower(state, look)
    steps = tuple(
        Entry(
            part.symbol,
            ((f"{part.text} = ", "dim"), *numbers_row(state, None, part.value, signed=False)),
        )
        for part in report.parts
        if part.label == "state"
    )
    return (
        *steps,
        Entry("numbers", ((report.substituted(show), "text"),)),
        Entry(
            "result",
            (("= ", "update bold"), *numbers_row(state, report.node, report.result, signed=False)),
        ),
        Entry(change.symbol, numbers_row(state, report.node, change.value, signed=True)),
    )


def _clip_entries(state: State, report: EventReport) -> tuple[Entry, ...]:
    return tuple(
        Entry(part.symbol, numbers_row(state, part.node, part.value, signed=part.node is not None))
        for part in report.parts
    )


def node_inspector(debugger: Debugger, state: State, look: Look, node: int) -> InspectorView:
    known = state.node(node)
    n = state.graph[node]
    kind = n.kind if n.op is None else f"{n.op.name}"
    heading: Row = ((known.name, "title bold"), (f"   {kind}", "dim"))
    entries = [Entry("value", numbers_row(state, node, known.value, signed=False))]
    if n.formula is not None:
        formula = state.graph.formulas[n.formula]
        entries.append(Entry("formula", ((formula.text, "forward"),)))
    if known.gradient_status is Status.NONE:
        entries.append(Entry("gradient", (("none flows here", "dim"),)))
    else:
        arrived = f"   {len(known.contributions)} of {known.expected} contributions"
        note = arrived if known.expected > 1 else ""
        values = numbers_row(state, node, known.gradient, signed=True)
        entries.append(Entry("gradient", (*values, (note, "dim"))))
        if known.expected > 1:
            entries += [
                Entry(f"  {i}", (("+= ", "dim"), *numbers_row(state, node, c, signed=True)))
                for i, c in enumerate(known.contributions, 1)
            ]
    if known.gradient_status is Status.NONE:
        return InspectorView("node", heading, tuple(entries))
    derivation, table = derived(state, look, debugger.chain_rule(node, look.level))
    return InspectorView("node", heading, tuple(entries), derivation, table)
