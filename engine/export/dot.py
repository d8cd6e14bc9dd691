"""The graph as Graphviz text, with the values and gradients of one event.

May import: graph, listing, ops, trace.   Imported by: the public face.
"""

from __future__ import annotations

import numpy as np

from engine.graph import Node
from engine.listing import backward_edges
from engine.ops import Array
from engine.trace import State, Status

SHAPES = {
    "data": "cylinder",
    "constant": "plaintext",
    "parameter": "box",
    "op": "ellipse",
}

LONGEST_WORDS = 24
"""An edge says its derivative where that is no longer."""

MOST_NUMBERS = 4
"""An array with more numbers is shown by its shape and its first ones."""


def dot(state: State, title: str) -> str:
    """The graph of a run as a DOT digraph: operands point to what is computed from them.

    Nodes say their value and, behind ∇, the gradient of the loss as accumulated so far; `·` is
    what is not computed yet. The loss has a double line. Edges that a gradient flows back along
    are solid and say how it is passed on, where that is short; the others are dashed.
    """
    graph = state.graph
    flows = set(backward_edges(graph))
    lines = [
        "digraph gradstep {",
        f"    label={_quoted(title)}; labelloc=t; rankdir=LR;",
        '    node [fontname="monospace"]; edge [fontname="monospace", fontsize=10];',
    ]
    for node in graph.nodes:
        double = ", peripheries=2" if node.id == graph.loss else ""
        label = _quoted("\n".join(_words(state, node)))
        lines.append(f"    n{node.id} [shape={SHAPES[node.kind]}{double}, label={label}];")
    for node in graph.ops:
        assert node.op is not None
        for position, operand in enumerate(node.operands):
            words = node.op.words[position]
            if (node.id, position) not in flows:
                looks = "style=dashed"
            else:
                looks = f"label={_quoted(words)}" if len(words) <= LONGEST_WORDS else ""
            lines.append(f"    n{operand} -> n{node.id}{f' [{looks}]' if looks else ''};")
    return "\n".join([*lines, "}"]) + "\n"


def _words(state: State, node: Node) -> list[str]:
    """What a node says of itself, a line each."""
    if node.literal is not None:
        return [node.name]
    symbol = f"  {node.op.symbol}" if node.op is not None else ""
    lines = [node.name + symbol, _figures(state.value(node.id))]
    if state.gradient_status(node.id) is not Status.NONE:
        lines.append(f"∇ {_figures(state.gradient(node.id))}")
    return lines


def _figures(values: Array | None) -> str:
    """An array in a few characters."""
    if values is None:
        return "·"
    values = np.asarray(values)
    numbers = [f"{number:.4g}" for number in values.ravel()[:MOST_NUMBERS].tolist()]
    if values.ndim == 0:
        return numbers[0]
    inside = ", ".join(numbers)
    if values.size > MOST_NUMBERS:
        inside += ", …"
    shape = "" if values.ndim == 1 and values.size <= MOST_NUMBERS else f"{values.shape} "
    return f"{shape}[{inside}]"


def _quoted(text: str) -> str:
    """A text as a DOT string, its line breaks as DOT's own."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("\n", "\\n") + '"'
