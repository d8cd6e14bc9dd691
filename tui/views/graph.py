"""The graph at an event, by formulas and by single ops.

May import: engine's public face, models, the other views.   Imported by: views.frame and listing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from engine import Debugger, Graph, Node, Phase, State, Status
from tui.models.graph import GraphLevel, GraphLevels, GraphNode, GraphShape, GraphView, NodeKind
from tui.views.look import Look
from tui.views.scene import Scene
from tui.views.values import BOX_WIDTH, is_bad, of_sample, short_text, value_style

Edge = tuple[int, int]


def graph_view(scene: Scene) -> GraphLevels:
    """The boxes of one sample, and the wires that this event uses."""
    graphs = scene.memory.once("graphs", lambda: _Graphs(scene.debugger))
    return graphs.at(scene.state, scene.look)


class _Graphs:
    """Both levels of one graph; what never changes is made once."""

    def __init__(self, debugger: Debugger) -> None:
        graph = debugger.graph
        self._graph = graph
        self._ops = _ops(graph)
        self._formulas = _formulas(graph)
        self._home = {n.id: _home(graph, n) for n in graph.nodes}
        self._spans = formula_spans(debugger)

    def at(self, state: State, look: Look) -> GraphLevels:
        """Both levels at an event."""
        batch = len(state.record.samples)
        ops = GraphView(
            shape=self._ops,
            nodes=Numbers(state, look.sample),
            phase=state.step.phase.value,
            current=state.step.node,
            active_edges=self._active(state),
            chosen=look.node,
            lit=look.lit,
        )
        alone = " alone" if state.record.alone is not None else ""
        note = f"sample {look.sample + 1} of {batch}{alone}" if batch > 1 else ""
        return GraphLevels(self._folded(ops, state), ops, look.graph, note)

    def _active(self, state: State) -> tuple[Edge, ...]:
        """The edges along which this event carries something."""
        step = state.step
        if step.node is None:
            return ()
        if step.phase is Phase.FORWARD:
            operands = dict.fromkeys(self._graph[step.node].operands)
            return tuple((i, step.node) for i in operands if i in self._ops.place)
        return ((step.node, step.source),) if step.source is not None else ()

    def _folded(self, ops: GraphView, state: State) -> GraphView:
        """The same with the inner ops of each formula in one box.

        An edge within a formula has no wire there; its box is what is current.
        """
        home = self._home
        edges = dict.fromkeys((home[a], home[b]) for a, b in ops.active_edges)
        current = None if ops.current is None else home[ops.current]
        return GraphView(
            shape=self._formulas,
            nodes=ops.nodes,
            phase=ops.phase,
            current=current,
            active_edges=tuple(edge for edge in edges if edge[0] != edge[1]),
            level="formula",
            chosen=None if ops.chosen is None else home[ops.chosen],
            marked=self._marked(state, current),
            lit=None if ops.lit is None else frozenset(home[node] for node in ops.lit),
        )

    def _marked(self, state: State, current: int | None) -> Edge | None:
        """The part of the current formula that this event computes or differentiates."""
        step = state.step
        op = step.node if step.phase is Phase.FORWARD else step.source
        if op is None or op not in self._spans or self._home[op] != current:
            return None
        text = self._graph.formulas[self._graph[op].formula or 0].text
        if not text.endswith(_right_side(text)):
            return None  # written over several lines, and shown on one
        start, end = self._spans[op]
        skipped = len(text) - len(_right_side(text))
        return max(0, start - skipped), end - skipped


class Numbers(Mapping[int, GraphNode]):
    """The numbers of every node at an event, put into words when they are looked at."""

    def __init__(self, state: State, sample: int) -> None:
        self._state, self._look = state, Look(sample=sample)
        self._found: dict[int, GraphNode] = {}

    def __getitem__(self, node: int) -> GraphNode:
        found = self._found.get(node)
        if found is None:
            found = self._found[node] = graph_node(self._state, node, self._look)
        return found

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._state.graph.nodes)))

    def __len__(self) -> int:
        return len(self._state.graph.nodes)

    def __eq__(self, other: object) -> bool:
        """Records are never written to, so the same event of the same one has the same numbers."""
        return (
            isinstance(other, Numbers)
            and self._state.record is other._state.record
            and self._state.index == other._state.index
            and self._look == other._look
        )

    __hash__ = None


def graph_node(state: State, node: int, look: Look) -> GraphNode:
    """The numbers of a node for the chosen sample."""
    value, gradient = state.value(node), state.gradient(node)
    status, shape = state.gradient_status(node), state.record.shapes[node]
    # Beside the ∇ a small box has 6 cells left; one number is rounded there, a norm fits as it is.
    single = gradient is None or of_sample(state, node, gradient, look).size == 1
    shown = short_text(state, node, gradient, look, signed=True, width=BOX_WIDTH if single else 6)
    return GraphNode(
        value=short_text(state, node, value, look, signed=True, width=BOX_WIDTH),
        gradient=None if status is Status.NONE else shown,
        partial=_arrived(state, node) if status is Status.PARTIAL else "",
        size=f"[{'×'.join(str(int(n)) for n in shape)}]" if shape else "",
        changed=_changed(state, node),
        value_style=value_style(value),
        gradient_style="bad" if is_bad(gradient) else "backward" if gradient is not None else "dim",
    )


def _arrived(state: State, node: int) -> str:
    """How many contributions of all that a gradient is the sum of."""
    return f"{len(state.contributions(node))}/{len(state.listing.gradient_steps[node])}"


def _changed(state: State, node: int) -> Literal["", "value", "gradient"]:
    """What of a node this event wrote."""
    step = state.step
    if step.phase is Phase.BATCH:
        return "value" if state.graph[node].kind == "data" else ""
    if step.is_clip:
        return "gradient" if node in state.record.clipped else ""
    if node != step.node:
        return ""
    return "gradient" if step.phase is Phase.BACKWARD else "value"


def formula_spans(debugger: Debugger) -> dict[int, tuple[int, int]]:
    """Where each op stands in the text of its formula."""
    graph = debugger.graph
    spans: dict[int, tuple[int, int]] = {}
    for node in graph.ops:
        if node.formula is None or node.place is None or node.place.column is None:
            continue
        formula = graph.formulas[node.formula]
        start = node.place.column - (formula.place.column or 1)
        end = start + node.place.width
        if node.place.line == formula.place.line and 0 <= start < end <= len(formula.text):
            spans[node.id] = (start, end)
    return spans


def _ops(graph: Graph) -> GraphShape:
    """A box for each node but the numbers that stand in formulas."""
    drawn = [n for n in graph.nodes if n.literal is None]
    ids = {n.id for n in drawn}
    edges = dict.fromkeys((i, n.id) for n in drawn for i in n.operands if i in ids)
    return _shape(graph, drawn, tuple(edges), "op")


def _formulas(graph: Graph) -> GraphShape:
    """A box for each formula, and for each node that is given."""
    named = sorted(graph.named.values())
    edges = dict.fromkeys((i, f.node) for f in graph.formulas for i in f.operands)
    return _shape(graph, [graph[i] for i in named], tuple(edges), "formula")


def _shape(
    graph: Graph, nodes: list[Node], edges: tuple[Edge, ...], level: GraphLevel
) -> GraphShape:
    kinds: list[NodeKind] = ["loss" if n.id == graph.loss else n.kind for n in nodes]
    return GraphShape(
        nodes=tuple(n.id for n in nodes),
        edges=edges,
        kinds=tuple(kinds),
        titles=tuple(_title(graph, n) for n in nodes),
        texts=tuple(_text(graph, n, level) for n in nodes),
    )


def _home(graph: Graph, node: Node) -> int:
    """The node whose box stands for this one where a formula has a single box."""
    inner = node.op is not None and node.formula is not None
    return graph.formulas[node.formula or 0].node if inner else node.id


def _text(graph: Graph, node: Node, level: GraphLevel) -> str:
    """How a node is computed; of what is given, what it is."""
    if node.op is None:
        return "fixed parameter" if node.kind == "parameter" and not node.trainable else node.kind
    if level == "op" and not _is_formula(graph, node):
        # The source of a short op is its title already.
        return node.op.name if _title(graph, node) == node.name else node.name
    if node.formula is None:
        return node.name
    return _right_side(graph.formulas[node.formula].text)


def _right_side(formula: str) -> str:
    return " ".join(formula.partition("=")[2].split())


def _is_formula(graph: Graph, node: Node) -> bool:
    return node.formula is not None and graph.formulas[node.formula].node == node.id


def _title(graph: Graph, node: Node) -> str:
    """A formula's or leaf's name; a short inner op as written, a long one by its symbol."""
    if node.op is None or node.formula is None or _is_formula(graph, node):
        return node.name
    if len(node.name) <= BOX_WIDTH - 1:
        return node.name
    literals = [graph[i].name for i in node.operands if graph[i].literal is not None]
    if node.op.name == "pow" and literals and literals[0].isdigit():
        return "( )" + literals[0].translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{node.op.symbol} {literals[0]}" if literals else node.op.symbol
