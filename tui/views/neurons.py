"""The units and edges of a layered net at one event.

May import: engine's public face, models, the other views, numpy.   Imported by: views.frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine import Connection, Layer, Network, Phase, State, Unlayered
from tui.models.neurons import Edge, Edges, LayerUnits, Mark, NeuronsView, UnitDetail
from tui.models.text import Row
from tui.views.look import NeuronsLook
from tui.views.scene import Scene
from tui.views.values import Array

WINDOW = 96
"""Units of a layer that a view holds at most: more rows than a panel ever has for them."""

LISTED = 24
"""Edges of the chosen unit that are listed at most, each way."""


def neurons_view(scene: Scene) -> NeuronsView:
    """Units with their activations or gradients, edges with their weights or gradients."""
    network, look = scene.debugger.network, scene.look.neurons
    what: Literal["weights", "gradients"] = "gradients" if look.gradients else "weights"
    phase = scene.state.step.phase.value
    if isinstance(network, Unlayered):
        return NeuronsView((), (), what, phase, nothing=_no_layers(scene, network))
    net = _Net(scene, network, look)
    unit = look.unit if look.unit is not None and look.unit in net else None
    layers = tuple(net.layer(at) for at in range(len(network.layers)))
    return NeuronsView(
        layers=layers,
        edges=tuple(net.edges(connection) for connection in network.connections),
        what=what,
        phase=phase,
        batch=look.batch,
        note=net.note(),
        chosen=None if unit is None else net.detail(*unit),
    )


def unit_place(scene: Scene, unit: tuple[int, int]) -> tuple[int, tuple[int, ...]]:
    """(node, index) of a unit's number for the chosen sample."""
    network = scene.debugger.network
    assert isinstance(network, Network)
    layer = network.layers[unit[0]]
    layout = layer.layouts[-1]
    index = [0] * len(scene.state.record.shapes[layer.node])
    for axis, at in ((layout.samples, scene.look.sample), (layout.units, unit[1])):
        if axis is not None:
            index[axis] = at
    return layer.node, tuple(index)


def _no_layers(scene: Scene, found: Unlayered) -> tuple[Row, ...]:
    listing = scene.debugger.listing
    step = listing.forward_step.get(found.node) if found.node is not None else None
    key = scene.commands.key_text
    where = "" if step is None else f"   line {listing.step(step).line}"
    return (
        (("no layered net here", "title bold"),),
        ((found.why, "text"), (where, "dim")),
        (
            (key("view graph"), "key"),
            (" shows every op as a graph, ", "dim"),
            (key("view tensor"), "key"),
            (" the numbers of any array", "dim"),
        ),
    )


@dataclass
class _Net:
    """The numbers of a net at one event, as they are asked for."""

    scene: Scene
    network: Network
    look: NeuronsLook

    def __post_init__(self) -> None:
        self.state = self.scene.state
        self._numbers: dict[tuple[int, bool], Array | None] = {}

    def __contains__(self, unit: object) -> bool:
        layers = self.network.layers
        match unit:
            case (int(layer), int(at)):
                return 0 <= layer < len(layers) and 0 <= at < layers[layer].units
            case _:
                return False

    @property
    def sample(self) -> int:
        return self.scene.look.sample

    def note(self) -> str:
        batch = len(self.state.record.samples)
        if batch <= 1:
            return ""
        if not self.look.batch:
            return f"sample {self.sample + 1} of {batch}"
        return f"Σ of {batch} samples" if self.look.gradients else f"mean of {batch} samples"

    # --- units ---------------------------------------------------------------------------------

    def layer(self, at: int) -> LayerUnits:
        layer = self.network.layers[at]
        first, top = self._window(at)
        shown = slice(first, first + WINDOW)
        numbers = self.numbers(at, self.look.gradients)
        node = _latest(self.state, layer)
        known = not self.look.gradients or self._has_gradient(layer)
        name = layer.name
        if self.look.gradients:
            label = f"∇{name}" if known else name
        else:
            label = self.state.graph[node if node is not None else layer.nodes[0]].name
        values: tuple[float | None, ...]
        if numbers is None:
            values = (None,) * len(range(*shown.indices(layer.units)))
        else:
            values = tuple(numbers[shown].tolist())
        return LayerUnits(
            name=name,
            shown=label,
            column=layer.column,
            units=layer.units,
            first=first,
            top=top,
            values=values,
            marks=tuple(
                (unit, mark) for unit, mark in self._marks(layer) if first <= unit < first + WINDOW
            ),
            current=self._is_current(layer),
            known=known,
        )

    def _window(self, at: int) -> tuple[int, int]:
        """The first unit of the window, and the one to be shown first where not all fit."""
        units = self.network.layers[at].units
        top = min(max(0, dict(self.look.tops).get(at, 0)), units - 1)
        chosen = (
            self.look.unit[1] if self.look.unit is not None and self.look.unit[0] == at else None
        )
        middle = top if chosen is None else min(chosen, units - 1) - WINDOW // 2
        return max(0, min(middle, units - WINDOW)), top

    def numbers(self, at: int, gradients: bool) -> Array | None:
        """One number for each unit: of the sample, or of the batch; None while not computed."""
        key = (at, gradients)
        if key not in self._numbers:
            self._numbers[key] = self._units(self.network.layers[at], gradients)
        return self._numbers[key]

    def _units(self, layer: Layer, gradients: bool) -> Array | None:
        state = self.state
        node = layer.node if gradients else _latest(state, layer)
        array = None if node is None else state.gradient(node) if gradients else state.value(node)
        if node is None or array is None:
            return None
        matrix = layer.matrix(node, array)
        if not self.look.batch:
            return matrix[min(self.sample, len(matrix) - 1)]
        with np.errstate(all="ignore"):
            return matrix.sum(axis=0) if gradients else matrix.mean(axis=0)

    def _has_gradient(self, layer: Layer) -> bool:
        return layer.node in self.state.listing.gradient_steps

    def _marks(self, layer: Layer) -> Sequence[tuple[int, Mark]]:
        """Units of an activation that are 0 for the whole batch, and whether nothing moves them."""
        value = self.state.value(layer.node)
        if value is None or layer.sums is None or layer.sums == layer.node:
            return ()
        zero = ~layer.matrix(layer.node, value).any(axis=0)
        if not zero.any():
            return ()
        gradient = self.state.gradient(layer.sums)
        stuck = zero if gradient is None else zero & ~layer.matrix(layer.sums, gradient).any(axis=0)
        mark: Mark = "silent" if gradient is None else "dead"
        return tuple((int(unit), mark) for unit in np.flatnonzero(stuck))

    def _is_current(self, layer: Layer) -> bool:
        """Whether the event computes a node of the layer, its gradient, or its bias's update."""
        step = self.state.step
        if step.node is None:
            return step.phase is Phase.BATCH and layer.is_input
        biases = {bias for bias, _ in layer.biases}
        return step.node in layer.nodes or (step.phase is not Phase.FORWARD and step.node in biases)

    # --- edges ---------------------------------------------------------------------------------

    def edges(self, connection: Connection) -> Edges:
        below, above = self._window(connection.source)[0], self._window(connection.target)[0]
        source = self.network.layers[connection.source].units
        matrix = self.matrix(connection)
        numbers, largest = None, 0.0
        if matrix is not None:
            largest = _largest(matrix)
            shown = matrix[below : below + WINDOW, above : above + WINDOW]
            numbers = tuple(map(tuple, shown.tolist()))
        weights = connection.weights
        target = self.network.layers[connection.target].units
        return Edges(
            source=connection.source,
            target=connection.target,
            name="" if weights is None else self.state.graph[weights].name,
            numbers=numbers,
            largest=largest,
            count=source if weights is None else source * target,
            straight=weights is None,
            active=self._is_active(connection),
        )

    def matrix(self, connection: Connection, *, gradients: bool | None = None) -> Array | None:
        """(units below, units above): weights, or how the loss changes with them."""
        gradients = self.look.gradients if gradients is None else gradients
        state, weights = self.state, connection.weights
        if weights is None:
            units = self.network.layers[connection.source].units
            return None if gradients else connection.sign * np.eye(units)
        if not gradients:
            value = state.value(weights)
            return None if value is None else connection.sign * connection.matrix(value)
        if self.look.batch or len(state.record.samples) <= 1:
            gradient = state.gradient(weights)
            return None if gradient is None else connection.matrix(gradient)
        steps = state.listing.gradient_steps.get(connection.op, ())
        operand, upstream = state.value(connection.operand), state.gradient(connection.op)
        if not steps or steps[-1] > state.index or operand is None or upstream is None:
            return None
        with np.errstate(all="ignore"):
            return connection.share(operand, upstream, self.sample)

    def _is_active(self, connection: Connection) -> bool:
        """Whether this event sends something along the edges, or moves their weights."""
        step = self.state.step
        if step.phase is Phase.FORWARD:
            return step.node == connection.op
        if step.phase is Phase.BACKWARD:
            return step.source == connection.op
        return step.phase is Phase.UPDATE and step.node == connection.weights

    # --- the chosen unit -----------------------------------------------------------------------

    def detail(self, at: int, unit: int) -> UnitDetail:
        layer = self.network.layers[at]
        values, gradients = self.numbers(at, False), self.numbers(at, True)
        incoming = self._incoming(at, unit)
        outgoing = self._outgoing(at, unit)
        marks = dict(self._marks(layer))
        notes = {
            "dead": "dead: 0 for every sample of the batch, and nothing moves it",
            "silent": "0 for every sample of the batch",
        }
        return UnitDetail(
            layer=at,
            unit=unit,
            name=_unit_name(layer, unit),
            value=None if values is None else float(values[unit]),
            gradient=None if gradients is None else float(gradients[unit]),
            has_gradient=self._has_gradient(layer),
            incoming=tuple(incoming[:LISTED]),
            outgoing=tuple(outgoing[:LISTED]),
            more_in=max(0, len(incoming) - LISTED),
            more_out=max(0, len(outgoing) - LISTED),
            note=notes[marks[unit]] if unit in marks else "",
        )

    def _incoming(self, at: int, unit: int) -> list[Edge]:
        found: list[Edge] = []
        for connection in self.network.connections:
            if connection.target != at:
                continue
            matrix, below = self.matrix(connection), self.network.layers[connection.source]
            others = self.numbers(connection.source, False)
            if connection.weights is None:
                others = None if others is None else others[unit : unit + 1]
                matrix = None if matrix is None else matrix[unit : unit + 1]
            for row in range(below.units if connection.weights is not None else 1):
                number = None if matrix is None else float(matrix[row, unit])
                other = None if others is None else float(others[row])
                product = None
                if number is not None and other is not None and not self.look.gradients:
                    product = number * other
                name = _unit_name(below, unit if connection.weights is None else row)
                found.append(Edge(name, number, other, product))
        found.sort(key=_weight)
        layer = self.network.layers[at]
        return [*self._biases(layer, unit), *found]

    def _biases(self, layer: Layer, unit: int) -> list[Edge]:
        found: list[Edge] = []
        for node, sign in layer.biases:
            array = self.state.gradient(node) if self.look.gradients else self.state.value(node)
            flat = None if array is None else np.asarray(array).reshape(-1)
            fits = flat is not None and len(flat) in (1, layer.units)
            number = float(flat[unit % len(flat)]) if flat is not None and fits else None
            if number is not None and not self.look.gradients:
                number *= sign
            name = self.state.graph[node].name
            single = flat is not None and len(flat) == 1
            product = None if self.look.gradients else number
            found.append(Edge(name if single else f"{name}[{unit}]", number, None, product))
        return found

    def _outgoing(self, at: int, unit: int) -> list[Edge]:
        found: list[Edge] = []
        for connection in self.network.connections:
            if connection.source != at:
                continue
            matrix, above = self.matrix(connection), self.network.layers[connection.target]
            others = self.numbers(connection.target, self.look.gradients)
            columns = [unit] if connection.weights is None else range(above.units)
            for column in columns:
                number = None if matrix is None else float(matrix[unit, column])
                other = None if others is None else float(others[column])
                found.append(Edge(_unit_name(above, column), number, other))
        return sorted(found, key=_weight)


def _latest(state: State, layer: Layer) -> int | None:
    """The last of a layer's nodes that is computed: what its units show."""
    for node in reversed(layer.nodes):
        if state.value(node) is not None:
            return node
    return None


def _unit_name(layer: Layer, unit: int) -> str:
    name = layer.name if layer.name.isidentifier() else f"({layer.name})"
    return f"{name}[{unit}]" if layer.units > 1 else layer.name


def _weight(edge: Edge) -> float:
    """What edges are ranked by: the largest part first, what is not a number in front of all."""
    number = edge.product if edge.product is not None else edge.number
    return -np.inf if number is None or np.isnan(number) else -abs(number)


def _largest(matrix: Array) -> float:
    """The largest finite magnitude."""
    if not matrix.size:
        return 0.0
    largest = max(float(matrix.max()), -float(matrix.min()))
    if np.isfinite(largest):
        return largest
    finite = matrix[np.isfinite(matrix)]
    return float(np.abs(finite).max()) if finite.size else 0.0
