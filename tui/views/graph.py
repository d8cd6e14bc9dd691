"""The boxes of the graph, and which part of a formula each of them is.

May import: engine's public face, models, the other views.   Imported by: views.frame and listing.
"""

from __future__ import annotations

from engine import Debugger, Node, Phase, State, Status
from tui.models import GraphNode, GraphShape, GraphView
from tui.views.look import Look
from tui.views.scene import Scene
from tui.views.values import BOX_WIDTH, is_bad, of_sample, short_text, value_style


def graph_shape(debugger: Debugger) -> GraphShape:
    """The nodes that are drawn: all but the numbers that stand in formulas."""
    graph = debugger.graph
    drawn = [n for n in graph.nodes if n.literal is None]
    ids = {n.id for n in drawn}
    edges = dict.fromkeys((i, n.id) for n in drawn for i in n.operands if i in ids)
    return GraphShape(tuple(n.id for n in drawn), tuple(edges))


def formula_spans(debugger: Debugger) -> dict[int, tuple[int, int]]:
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


def graph_view(scene: Scene) -> GraphView:
    """The boxes of one sample, and the wires that this event uses."""
    state, look = scene.state, scene.look
    step, batch = state.step, len(state.record.samples)
    shape = scene.memory.once("graph shape", lambda: graph_shape(scene.debugger))
    edges: tuple[tuple[int, int], ...] = ()
    if step.phase is Phase.FORWARD and step.node is not None:
        operands = dict.fromkeys(state.graph[step.node].operands)
        known = set(shape.nodes)
        edges = tuple((i, step.node) for i in operands if i in known)
    elif step.source is not None and step.node is not None:
        edges = ((step.node, step.source),)
    return GraphView(
        shape=shape,
        nodes=tuple(graph_node(state, state.graph[i], look) for i in shape.nodes),
        phase=step.phase.value,
        current=step.node,
        active_edges=edges,
        chosen=look.node,
        note=f"sample {look.sample + 1} of {batch}" if batch > 1 else "",
    )


def graph_node(state: State, node: Node, look: Look) -> GraphNode:
    value, gradient = state.value(node.id), state.gradient(node.id)
    status = state.gradient_status(node.id)
    partial = status is Status.PARTIAL
    # Beside the ∇ a small box has 6 cells left; one number is rounded there, a norm fits as it is.
    single = gradient is None or of_sample(state, node.id, gradient, look).size == 1
    width = (BOX_WIDTH if single else 6) - partial
    shown = short_text(state, node.id, gradient, look, signed=True, width=width)
    return GraphNode(
        id=node.id,
        title=_node_title(state, node),
        kind=node.kind,
        value=short_text(state, node.id, value, look, signed=True, width=BOX_WIDTH),
        gradient=None if status is Status.NONE else f"{shown}…" if partial else shown,
        value_style=value_style(value),
        gradient_style="bad" if is_bad(gradient) else "backward" if gradient is not None else "dim",
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
