"""Finding the layers of a graph, by what every op does to units.

One walk in topological order. What an op reads is no signal (weights, numbers), or raw data, or
the units of layers, or a weighted sum that is still being added up, or something that is made of
units and no longer consists of them. Products with weights open a sum; biases and other products
join it; whatever comes next closes it: from then on it is a layer, and what keeps its units apart,
an activation, belongs to it. Where weights multiply what no longer consists of units, or two layers
multiply each other, there is no layered net.
May import: graph, ops, shapes, model, signals.   Imported by: debugger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from engine.graph import Graph, Node
from engine.network.model import Connection, Layer, Layout, Network, Unlayered
from engine.network.signals import (
    Mixed,
    Product,
    Raw,
    Signal,
    Sum,
    Units,
    as_matrix,
    as_swapped_matrix,
    layout_around,
    product_layout,
    size_of,
)
from engine.ops import Array
from engine.shapes import Shape, sample_axis

VIEWS = frozenset({"transpose", "reshape", "expand", "slice"})
SUMS = frozenset({"add", "sub", "neg"})
REDUCTIONS = frozenset({"sum", "mean", "max", "min", "deviation"})


class _Unlayered(Exception):
    """The graph is no layered net."""

    def __init__(self, why: str, node: int | None = None) -> None:
        super().__init__(why)
        self.found = Unlayered(why, node)


def find_network(graph: Graph, shapes: Sequence[Shape]) -> Network | Unlayered:
    """The layers of a graph whose nodes have these shapes (of a full batch), or why it has none."""
    try:
        return _Finder(graph, shapes).network()
    except _Unlayered as error:
        return error.found


class _Finder:
    """One walk over a graph."""

    def __init__(self, graph: Graph, shapes: Sequence[Shape]) -> None:
        self.graph, self.shapes = graph, shapes
        self.layers: list[Layer] = []
        self.connections: list[Connection] = []
        self.signals: dict[int, Signal] = {}
        self.weighted: set[int] = set()
        """Nodes made of parameters and numbers alone."""
        self.closed: dict[Sum, int] = {}
        self.inputs: dict[int, int] = {}
        self.carriers: list[dict[int, Layout]] = []
        """For each layer the nodes that consist of its units, in order."""

    def network(self) -> Network:
        data = any(n.kind == "data" for n in self.graph.nodes)
        for node in self.graph.nodes:
            if node.op is not None:
                self._op(node)
            elif node.kind == "parameter":
                self.weighted.add(node.id)
            elif node.kind == "data" or (not data and node.literal is None):
                self.signals[node.id] = Raw(node.id)
        self._end()
        kept = self._kept()
        if not kept:
            mixed = next((s for s in self.signals.values() if self._took_weights(s)), None)
            if isinstance(mixed, Mixed):
                raise self._not_units(mixed)
            raise _Unlayered("no weights multiply what comes from the data")
        return self._numbered(kept)

    # --- one op --------------------------------------------------------------------------------

    def _op(self, node: Node) -> None:
        signals = {p: self.signals[i] for p, i in enumerate(node.operands) if i in self.signals}
        if not signals:
            if any(i in self.weighted for i in node.operands):
                self.weighted.add(node.id)
            return
        found = self._product(node, signals) or self._added(node, signals)
        self.signals[node.id] = found or self._carried(node, signals)

    def _product(self, node: Node, signals: dict[int, Signal]) -> Sum | None:
        """A product of weights and units; None where the op is none."""
        assert node.op is not None
        if node.op.name not in ("matmul", "mul") or len(signals) != 1:
            return None
        ((position, signal),) = signals.items()
        operand, weights = node.operands[position], node.operands[1 - position]
        find = self._matrix_product if node.op.name == "matmul" else self._scalar_product
        made = find(node, position, signal)
        if made is None:
            return None
        connections: list[Connection] = []
        parameter, looked = self._parameter(weights)
        row = 0
        for layer in self._layers(operand, signal, made.below):
            rows = (row, row + self.layers[layer].units)
            row = rows[1]
            connections.append(
                Connection(
                    source=layer,
                    target=-1,
                    op=node.id,
                    operand=operand,
                    weights=parameter,
                    rows=rows,
                    view=lambda array: made.view(looked(array)),
                    layout=made.above,
                    source_layout=made.below,
                )
            )
        return Sum(tuple(connections), (), (node.id,), (made.above,), made.units)

    def _matrix_product(self, node: Node, position: int, signal: Signal) -> Product | None:
        """``x @ W`` or ``W @ x``."""
        shape = self.shapes[node.operands[position]]
        weights = self.shapes[node.operands[1 - position]]
        if max(len(shape), len(weights)) > 2:
            raise _Unlayered(f"{self._text(node)} multiplies arrays of more than two axes", node.id)
        if isinstance(signal, Mixed):
            raise self._not_units(signal)
        # The axis of the units is the one that the product sums over.
        axis = 0 if position == 1 and len(shape) == 2 else len(shape) - 1
        below = layout_around(shape, axis)
        known = self._layout_of(signal, shape)
        if below is None or (known is not None and known != below):
            return None
        # Without the summed axis the weights count units, and the operand samples.
        units = int(weights[-1 if position == 0 else 0]) if len(weights) == 2 else 1
        above = product_layout(len(shape), len(weights), position)
        return Product(below, above, as_matrix if position == 0 else as_swapped_matrix, units)

    def _scalar_product(self, node: Node, position: int, signal: Signal) -> Product | None:
        """``w1 * x``, of one unit; with a row of weights there is one unit above for each.

        None for what only scales.
        """
        operand, other = node.operands[position], node.operands[1 - position]
        if other not in self.weighted:
            return None
        shape, weights = self.shapes[operand], self.shapes[other]
        if isinstance(signal, Mixed):
            if size_of(weights) > 1:  # what is scaled may be anything, but this would make units
                raise self._not_units(signal)
            return None
        below = self._layout_of(signal, shape)
        if below is None or self._units_of(signal, shape) != 1:
            return None
        if size_of(weights) == 1:
            same = size_of(self.shapes[node.id]) == size_of(shape)
            return Product(below, below, lambda a: a.reshape(1, 1), 1) if same else None
        own = [n for axis, n in enumerate(shape) if axis != below.samples]
        if len(weights) != 1 or own not in ([], [1]) or (below.samples is not None and not own):
            return None
        above = Layout(below.samples, 1 if below.samples == 0 else 0)
        return Product(below, above, lambda a: a.reshape(1, -1), int(weights[0]))

    def _added(self, node: Node, signals: dict[int, Signal]) -> Sum | None:
        """A sum that goes on; None where the op ends it or there is none."""
        assert node.op is not None
        sums = [s for s in signals.values() if isinstance(s, Sum)]
        if node.op.name not in SUMS or any(isinstance(s, Mixed) for s in signals.values()):
            return None
        if not sums and not self._joins(signals):
            return None
        connections: list[Connection] = []
        biases: list[tuple[int, int]] = []
        nodes: list[int] = []
        layouts: list[Layout] = []
        layout, units = None, None
        for position, operand in enumerate(node.operands):
            sign = -1 if node.op.name == "neg" or (node.op.name == "sub" and position == 1) else 1
            signal = signals.get(position)
            if signal is None:
                biases.append((operand, sign))
                continue
            # Data that is added may be a connection that skips layers; a difference from data is
            # what a loss is made of.
            if isinstance(signal, Raw) and (
                signal.node not in self.inputs or node.op.name == "sub"
            ):
                return None
            shape = self.shapes[operand]
            here, count = self._layout_of(signal, shape), self._units_of(signal, shape)
            if shape != self.shapes[node.id] or here is None:
                return None
            if (layout, units) not in ((None, None), (here, count)):
                return None
            layout, units = here, count
            if isinstance(signal, Sum):
                connections += [
                    replace(connection, sign=connection.sign * sign)
                    for connection in signal.connections
                ]
                biases += [(bias, own * sign) for bias, own in signal.biases]
                nodes += signal.nodes
                layouts += signal.layouts
            else:
                layers = self._layers(operand, signal, here)
                if len(layers) != 1:
                    return None
                connections.append(Connection(layers[0], -1, node.id, operand, None, sign))
        if layout is None or units is None:
            return None
        return Sum(tuple(connections), tuple(biases), (*nodes, node.id), (*layouts, layout), units)

    def _joins(self, signals: dict[int, Signal]) -> bool:
        """Whether layers are added: a connection that skips some."""
        layers = {s.layers for s in signals.values() if isinstance(s, Units)}
        layers |= {
            (self.inputs[s.node],)
            for s in signals.values()
            if isinstance(s, Raw) and s.node in self.inputs
        }
        return len(layers) > 1

    def _carried(self, node: Node, signals: dict[int, Signal]) -> Signal:
        """What any other op makes of its operands: the same units, or nothing of the kind."""
        assert node.op is not None
        shape = self.shapes[node.id]
        if all(isinstance(s, Raw) for s in signals.values()):
            if not any(i in self.weighted for i in node.operands):
                return Raw(node.id)
            if all(s.node not in self.inputs for s in signals.values() if isinstance(s, Raw)):
                return self._mixed(node, signals)
        units: dict[int, Units] = {}
        for position, signal in signals.items():
            known = self._closed(node.operands[position], signal)
            if known is None:
                return self._mixed(node, signals)
            units[position] = known
        if node.op.name == "concat":
            joined = self._concatenated(node, units)
            if joined is not None:
                return joined
        layers = {u.layers for u in units.values()}
        count = sum(self.layers[i].units for i in next(iter(layers)))
        layout = self._kept_layout(node, units, count) if len(layers) == 1 else None
        if layout is None or (node.op.name == "matmul" and shape):
            return self._mixed(node, signals)
        (of,) = layers
        if len(of) == 1:
            self.carriers[of[0]].setdefault(node.id, layout)
        return Units(of, layout)

    def _kept_layout(self, node: Node, units: dict[int, Units], count: int) -> Layout | None:
        """How the result is laid out, if each number of it belongs to one unit as before."""
        assert node.op is not None
        shape = self.shapes[node.id]
        for position, of in units.items():
            below = self.shapes[node.operands[position]]
            if below == shape and node.op.name != "transpose":
                return of.layout
            if node.op.name in VIEWS and size_of(below) == size_of(shape) and len(shape) <= 2:
                return self._viewed(node, of.layout, count)
            if node.op.name in REDUCTIONS and len(units) == 1 and of.layout.samples is not None:
                axis = dict(node.settings).get("axis")
                if axis in (of.layout.samples, (of.layout.samples,)) and size_of(shape) == count:
                    return Layout(None, len(shape) - 1 if shape else None)
        return None

    def _viewed(self, node: Node, layout: Layout, count: int) -> Layout | None:
        """How units are laid out that are looked at another way, all of them."""
        assert node.op is not None
        shape = self.shapes[node.id]
        if node.op.name == "transpose":
            swapped = {0: 1, 1: 0, None: None} if len(shape) == 2 else {0: 0, None: None}
            return Layout(swapped[layout.samples], swapped[layout.units])
        marked = sample_axis(shape)
        if (marked is None) != (layout.samples is None) or (count > 1 and len(shape) > 1):
            return None
        rest = [axis for axis in range(len(shape)) if axis != marked]
        return Layout(marked, rest[-1] if rest else None)

    def _concatenated(self, node: Node, units: dict[int, Units]) -> Units | None:
        axis = dict(node.settings).get("axis", 0)
        shape = self.shapes[node.id]
        layouts = {u.layout for u in units.values()}
        if len(units) != len(node.operands) or len(layouts) != 1:
            return None
        (layout,) = layouts
        if layout.units is None or axis % len(shape) != layout.units:
            return None
        return Units(tuple(i for u in units.values() for i in u.layers), layout)

    # --- signals -------------------------------------------------------------------------------

    def _layout_of(self, signal: Signal, shape: Shape) -> Layout | None:
        """How a signal is laid out; None where that is not said yet, or it has no units."""
        if isinstance(signal, Raw) and signal.node not in self.inputs:
            if len(shape) > 2:
                return None
            marked = sample_axis(shape)
            rest = [axis for axis in range(len(shape)) if axis != marked]
            return Layout(marked, rest[-1] if rest else None) if len(rest) <= 1 else None
        if isinstance(signal, Raw):
            (layout,) = self.layers[self.inputs[signal.node]].layouts
            return layout
        return None if isinstance(signal, Mixed) else signal.layout

    def _units_of(self, signal: Signal, shape: Shape) -> int:
        if isinstance(signal, Sum):
            return signal.units
        layout = self._layout_of(signal, shape)
        return int(shape[layout.units]) if layout is not None and layout.units is not None else 1

    def _layers(self, node: int, signal: Signal, layout: Layout) -> tuple[int, ...]:
        """The layers that a signal consists of, made where they were not needed before."""
        if isinstance(signal, Raw):
            return (self._input(signal.node, layout),)
        found = self._closed(node, signal)
        assert found is not None
        return found.layers

    def _closed(self, node: int, signal: Signal) -> Units | None:
        """A signal as units; None of one that has none, or that may be no input."""
        match signal:
            case Units():
                return signal
            case Sum():
                return Units((self._close(node, signal),), signal.layout)
            case Raw() if signal.node in self.inputs:
                layer = self.inputs[signal.node]
                return Units((layer,), self.layers[layer].layouts[0])
            case _:
                return None

    def _input(self, node: int, layout: Layout) -> int:
        if node not in self.inputs:
            shape = self.shapes[node]
            units = 1 if layout.units is None else int(shape[layout.units])
            self.inputs[node] = len(self.layers)
            self.layers.append(
                Layer(self.graph[node].name, units, 0, (node,), (layout,), sums=None)
            )
            self.carriers.append({node: layout})
        return self.inputs[node]

    def _close(self, node: int, total: Sum) -> int:
        """Make a layer of a sum that is complete."""
        if total not in self.closed:
            at = self.closed[total] = len(self.layers)
            column = 1 + max(
                self.layers[connection.source].column for connection in total.connections
            )
            layer = Layer(
                self.graph[node].name,
                total.units,
                column,
                total.nodes,
                total.layouts,
                sums=node,
                biases=total.biases,
            )
            self.layers.append(layer)
            self.carriers.append({node: total.layout})
            self.connections += [replace(c, target=at) for c in total.connections]
        return self.closed[total]

    def _mixed(self, node: Node, signals: dict[int, Signal]) -> Mixed:
        """What is no longer made of units; an error where two layers multiply each other."""
        assert node.op is not None
        of: list[frozenset[int]] = []
        first: int | None = None
        for position, signal in signals.items():
            if isinstance(signal, Mixed):
                first = signal.node if first is None else min(first, signal.node)
                of.append(signal.layers)
            elif not isinstance(signal, Raw):
                closed = self._closed(node.operands[position], signal)
                assert closed is not None
                of.append(frozenset(i for i in closed.layers if not self.layers[i].is_input))
        of = [layers for layers in of if layers]
        if node.op.name in ("mul", "matmul") and len(of) > 1 and len(set(of)) > 1:
            raise _Unlayered(
                f"{self._text(node)} multiplies two values that are computed: neither is a weight",
                node.id,
            )
        return Mixed(node.id if first is None else first, frozenset().union(*of))

    def _not_units(self, mixed: Mixed) -> _Unlayered:
        node = self.graph[mixed.node]
        assert node.op is not None
        if any(i in self.weighted for i in node.operands):
            what = "uses weights in another way than a weighted sum of units"
        elif node.op.name == "slice":
            what = "takes the units of a layer apart, and weights multiply what comes of it"
        else:
            what = "mixes units, and weights multiply what comes of it"
        return _Unlayered(f"{self._text(node)} {what}", node.id)

    def _text(self, node: Node) -> str:
        """A node as its author wrote it."""
        named = node.formula is not None and self.graph.formulas[node.formula].node == node.id
        return self.graph.formulas[node.formula or 0].text if named else node.name

    def _took_weights(self, signal: Signal) -> bool:
        return isinstance(signal, Mixed) and any(
            i in self.weighted for i in self.graph[signal.node].operands
        )

    def _parameter(self, weights: int) -> tuple[int, Callable[[Array], Array]]:
        """The parameter behind a transposed or reshaped one, and how it is looked at.

        What is more than a view of one parameter, ``W1 + W2``, stands for itself.
        """
        chain: list[Node] = []
        node = self.graph[weights]
        while node.op is not None and node.op.view is not None and len(node.operands) == 1:
            chain.append(node)
            node = self.graph[node.operands[0]]
        if node.kind != "parameter":
            return weights, np.asarray

        def looked(array: Array) -> Array:
            for n in reversed(chain):
                assert n.op is not None and n.op.view is not None
                array = n.op.view(array, **dict(n.settings))
            return array

        return node.id, looked

    # --- the net -------------------------------------------------------------------------------

    def _end(self) -> None:
        """Close the sums that nothing follows."""
        for node, signal in list(self.signals.items()):
            if isinstance(signal, Sum) and not self.graph.consumers[node]:
                self._close(node, signal)

    def _kept(self) -> list[int]:
        """The layers that weights lead to, and those that they lead away from."""
        kept = set()
        for connection in reversed(self.connections):
            if connection.weights is not None or connection.target in kept:
                kept |= {connection.source, connection.target}
        return sorted(kept)

    def _numbered(self, kept: list[int]) -> Network:
        number = {old: new for new, old in enumerate(kept)}
        connections = tuple(
            replace(connection, source=number[connection.source], target=number[connection.target])
            for connection in self.connections
            if connection.source in number and connection.target in number
        )
        read = {number[old]: set[int]() for old in kept}
        for connection in connections:
            read[connection.source].add(connection.operand)
        layers = tuple(self._finished(old, read[number[old]]) for old in kept)
        return Network(layers, connections)

    def _finished(self, at: int, read: set[int]) -> Layer:
        """The layer with its activation: what the next one reads, or the last that has a name."""
        layer, carriers = self.layers[at], self.carriers[at]
        if layer.is_input:
            return layer
        named = {f.node for f in self.graph.formulas}
        own = [n for n in carriers if n != self.graph.loss] or list(carriers)
        ends = [n for n in carriers if n in read] or [n for n in own if n in named]
        end = (ends or own)[-1]
        way = self.graph.ancestors(end)
        nodes = dict(zip(layer.nodes, layer.layouts, strict=True))
        nodes |= {n: layout for n, layout in carriers.items() if n in way}
        ordered = sorted(nodes)
        return replace(
            layer,
            name=self.graph[end].name,
            nodes=tuple(ordered),
            layouts=tuple(nodes[n] for n in ordered),
        )
