"""The table of parameters at one event.

May import: engine's public face, models, numbers, series, the other views.
Imported by: views.frame.
"""

from __future__ import annotations

from typing import Literal

from engine import Node, State, Status
from tui import series
from tui.models.parameters import ParameterRow, ParametersView
from tui.numbers import NOT_COMPUTED
from tui.views.scene import Scene
from tui.views.values import short_text, sign_style


def parameters_view(scene: Scene) -> ParametersView:
    """A row for each parameter, in the order of the experiment."""
    return ParametersView(tuple(_row(scene, node) for node in scene.state.graph.parameters))


def _row(scene: Scene, node: Node) -> ParameterRow:
    state, look = scene.state, scene.look
    value, gradient = state.value(node.id), state.gradient(node.id)
    status = state.gradient_status(node.id)
    text = short_text(state, node.id, gradient, look, signed=True)
    if status is Status.NONE:
        text = "—"
    elif status is Status.PARTIAL:
        text += "…"
    return ParameterRow(
        name=node.name,
        value=short_text(state, node.id, value, look),
        gradient=text,
        gradient_style=sign_style(gradient, "backward"),
        change=_last_change(scene, node.id),
        trend=_trend(scene, node.id),
        fresh=_fresh(state, node.id),
        current=node.id == (look.node if look.node is not None else state.step.node),
    )


def _fresh(state: State, node: int) -> Literal["", "value", "gradient"]:
    """What the event has changed of a parameter."""
    if state.index == state.listing.update_step.get(node):
        return "value"
    contributed = state.index in state.listing.gradient_steps.get(node, ())
    clipped = state.index == state.listing.clip_step and node in state.record.clipped
    return "gradient" if contributed or clipped else ""


def _last_change(scene: Scene, node: int) -> str:
    """What the latest update up to the cursor did to a parameter."""
    state, record = scene.state, scene.state.record
    if node not in record.updated:
        return "fixed" if not state.graph[node].trainable else "—"
    if state.listing.update_step[node] > state.index:
        if record.step == 0:
            return NOT_COMPUTED
        record = scene.debugger.run.record(record.step - 1)
    change = record.updated[node] - record.leaves[node]
    return short_text(state, node, change, scene.look, signed=True)


def _trend(scene: Scene, node: int) -> tuple[float, ...]:
    """How it moved up to this iteration."""
    run = scene.debugger.run
    if node not in run.storage.views:
        return ()
    step = scene.debugger.calendar.step(scene.debugger.at)
    track = scene.memory.by_run(f"trend {node}", lambda: series.parameter(run, node))
    return tuple(float(v) for v in series.thinned(series.values(track, step), 64))
