"""Drawing graphs: laid out once, scrolled, and painted anew at each event."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from engine import Debugger, open_lesson, parse_experiment
from tests.benchmarks.measure import cpu_seconds, percentile
from tui.drawing.backdrop import backdrop
from tui.drawing.boxes import MEDIUM, style_for
from tui.drawing.graph import Camera, draw_graph, following, panned
from tui.drawing.layered import layout
from tui.drawing.ordering import ordered
from tui.models.graph import GraphNode, GraphShape, GraphView
from tui.views.frame import Views
from tui.views.look import Look

PANELS = ((79, 14), (118, 34), (198, 52))
"""Columns and rows: beside others at 120×40, alone at 120×40, alone at 200×60."""

ROUNDS = 40

CELL = """
i{t} = sigmoid(x @ Wi + h{s} @ Ui + bi)
f{t} = sigmoid(x @ Wf + h{s} @ Uf + bf)
g{t} = tanh(x @ Wg + h{s} @ Ug + bg)
c{t} = f{t} * c{s} + i{t} * g{t}
h{t} = tanh(c{t})
"""


def lecture() -> GraphShape:
    """12 nodes and the loss."""
    return shape_of(Debugger(open_lesson("two-layer")))


def unrolled(steps: int) -> GraphShape:
    """A recurrent cell of 22 ops a step, all of which read the same nine parameters."""
    lines = ["h0 = tanh(x @ Wi)", "c0 = tanh(x @ Wf)"]
    lines += [CELL.format(t=t, s=t - 1).strip() for t in range(1, steps + 1)]
    formulas = "\n".join([*lines, f"loss = mean(h{steps}**2)"])
    matrices = "".join(
        f"{kind}{gate} = [[0.1, 0.2], [0.3, -0.1]]\n" for kind in "WU" for gate in "ifg"
    )
    biases = "".join(f"b{gate} = [0.0, 0.1]\n" for gate in "ifg")
    text = f'formulas = """\n{formulas}\n"""\n[parameters]\n{matrices}{biases}'
    return shape_of(Debugger(parse_experiment(f"{text}[data]\nx = [[1.0, 2.0], [0.5, 1.0]]\n")))


def chain(length: int) -> GraphShape:
    """Formulas one after the other, with a parameter each."""
    nodes = range(2 * length + 1)
    edges = [(0, 2), (1, 2)]
    edges += [(b, 2 * i + 2) for i in range(1, length) for b in (2 * i, 2 * i + 1)]
    return named(tuple(nodes), tuple(edges))


def layers(width: int, depth: int) -> GraphShape:
    """Units of a net as nodes of their own, each reading four of the layer before."""
    dice = random.Random(1)
    edges = [
        (width * (layer - 1) + unit, width * layer + reader)
        for layer in range(1, depth)
        for reader in range(width)
        for unit in sorted(dice.sample(range(width), min(4, width)))
    ]
    return named(tuple(range(width * depth)), tuple(edges))


def scattered(count: int) -> GraphShape:
    """Two operands each, four in five of them near and the others anywhere before."""
    dice = random.Random(0)
    edges: dict[tuple[int, int], None] = {}
    for node in range(1, count):
        for _ in range(2):
            near = dice.random() < 0.8
            operand = node - 1 - int(dice.expovariate(1 / 6)) if near else dice.randrange(node)
            edges[max(0, operand), node] = None
    return named(tuple(range(count)), tuple(edges))


def named(nodes: tuple[int, ...], edges: tuple[tuple[int, int], ...]) -> GraphShape:
    names = tuple(f"n{node}" for node in nodes)
    return GraphShape(nodes, edges, tuple("op" for _ in nodes), names, names)


def shape_of(debugger: Debugger) -> GraphShape:
    return Views(debugger).frame(Look(), names=("graph",)).views["graph"].ops.shape


GRAPHS: dict[str, Callable[[], GraphShape]] = {
    "the lecture's net": lecture,
    "scattered, 60": lambda: scattered(60),
    "scattered, 300": lambda: scattered(300),
    "scattered, 1,000": lambda: scattered(1000),
    "200 formulas in a row": lambda: chain(200),
    "500 formulas in a row": lambda: chain(500),
    "25 layers of 40 units": lambda: layers(40, 25),
    "a cell over 40 steps": lambda: unrolled(40),
}


def laid_out(make: Callable[[], GraphShape], panel: tuple[int, int]) -> Iterator[float]:
    """Choosing a size of boxes and laying the graph out for it, nothing remembered."""
    for _ in range(5):
        ordered.cache_clear()
        layout.cache_clear()
        shape = make()
        shape.place  # noqa: B018
        yield 1e3 * cpu_seconds(lambda shape=shape: layout(shape, style_for(shape, *panel).size))


def view_of(shape: GraphShape) -> GraphView:
    middle = shape.nodes[len(shape.nodes) // 2]
    edges = tuple(edge for edge in shape.edges if edge[1] == middle)
    nodes = {node: GraphNode("+1.2345", "-0.0123") for node in shape.nodes}
    return GraphView(shape, nodes, "forward", middle, edges)


def scrolled(shape: GraphShape, panel: tuple[int, int]) -> Iterator[float]:
    """One picture after the other, each of another window; the larger boxes are, the more."""
    view = view_of(shape)
    camera = following(view, *panel, Camera(style=MEDIUM))
    for step in range(ROUNDS):
        camera = panned(view, *panel, camera, -7 if step % 20 < 10 else 7, 1 if step % 2 else -1)
        backdrop.cache_clear()
        yield 1e3 * cpu_seconds(lambda camera=camera: draw_graph(view, *panel, camera))


def stepped(shape: GraphShape, panel: tuple[int, int]) -> Iterator[float]:
    """One event after the other in the same window."""
    view = view_of(shape)
    camera = following(view, *panel, Camera(style=MEDIUM))
    for step in range(ROUNDS):
        another = replace(view, current=shape.nodes[(len(shape.nodes) // 2 + step % 3) - 1])
        yield 1e3 * cpu_seconds(lambda view=another: draw_graph(view, *panel, camera))


def main() -> None:
    print(f"{'':<24}{'nodes':>6}{'edges':>7}" + "".join(f"{f'{w}×{h}':>27}" for w, h in PANELS))
    print(f"{'':<37}" + "   layout  scroll    step  " * len(PANELS))
    for name, make in GRAPHS.items():
        shape = make()
        cells: list[str] = []
        for panel in PANELS:
            times = (laid_out(make, panel), scrolled(shape, panel), stepped(shape, panel))
            medians = [percentile(list(found), 0.5) for found in times]
            cells.append("".join(f"{median:9.2f}" for median in medians))
        print(f"{name:<24}{len(shape.nodes):>6}{len(shape.edges):>7}" + "".join(cells) + "  ms")
