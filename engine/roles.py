"""What the parts of an experiment are to a reader: inputs, targets, the output, hidden layers.

An experiment does not say which of its columns are predicted from which: the graph does. A
parameter acts on an input, a target is compared with what parameters made of the inputs, and the
output is what a target is compared with.
May import: experiment, graph, shapes.   Imported by: landscape, activity, the public face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.experiment import Experiment
from engine.graph import Graph
from engine.ops import Array
from engine.shapes import Samples, Shape

BENDING = frozenset(
    """relu leaky_relu elu gelu silu softplus tanh sigmoid softmax sin cos exp
    maximum minimum""".split()  # noqa: SIM905
)
"""Ops whose result, as the last op of a formula, makes that a layer's activation."""

LOGARITHMS = frozenset(("log", "log1p", "log_softmax"))

AGAINST_CLASSES = frozenset(("cross_entropy", "nll"))
"""Losses that compare a score for each class with the number of the right one."""


@dataclass(frozen=True, eq=False)
class Decision:
    """How an output says which class a sample belongs to."""

    target: int
    """The data column that says which one it does belong to."""
    threshold: float | None
    """The second class is said above it; None where the largest of several numbers says it."""
    boundary: float | None
    """Above this a target means the second class; None where it counts classes or is one-hot."""
    labels: tuple[str, ...]
    """What the classes are called, in order."""

    def predicted(self, output: Array) -> Array:
        """The class of each sample, from 0, by the output of each: (samples,)."""
        if self.threshold is None:
            return np.argmax(output, axis=-1)
        return (output.reshape(len(output)) > self.threshold).astype(np.intp)

    def actual(self, target: Array) -> Array:
        """The class of each sample, from 0, that the target column says: (samples,)."""
        if self.boundary is not None:
            return (target.reshape(len(target)) > self.boundary).astype(np.intp)
        return target.astype(np.intp) if target.ndim == 1 else np.argmax(target, axis=-1)


@dataclass(frozen=True, eq=False)
class Roles:
    """The parts of an experiment, as nodes of its graph."""

    inputs: tuple[int, ...]
    """Data columns that parameters act on."""
    targets: tuple[int, ...]
    """Data columns that the result is compared with."""
    output: int | None
    """The node that is compared, with a row for each sample; None where there is none such."""
    hidden: tuple[int, ...]
    """Formulas between inputs and output: where there are activations, these alone."""
    decision: Decision | None
    """How the output tells classes apart; None where it is a number to come close to."""


def roles_of(experiment: Experiment, output: int | None = None) -> Roles:
    """The parts of an experiment; the output may be given, where the graph leaves a choice."""
    graph = experiment.graph
    if not experiment.samples:
        return Roles((), (), output, (), None)
    shapes = experiment.shapes(experiment.training.batches.size)
    inputs, targets = _columns(graph)
    if output is None:
        output = _output(graph, shapes, inputs, targets)
    if output is None:
        return Roles(inputs, targets, None, (), None)
    read = graph.ancestors(output)
    hidden = _hidden(graph, shapes, inputs, output)
    inputs = tuple(node for node in inputs if node in read)
    return Roles(inputs, targets, output, hidden, _decision(experiment, shapes, output, targets))


def indexes(graph: Graph, column: int) -> bool:
    """Whether a column counts rows or classes, so that there is nothing between its values."""
    reached = graph.descendants(column)
    return any(
        n.op is not None and n.op.index_axis is not None and n.operands[1] in reached
        for n in graph.ops
    )


def _columns(graph: Graph) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Inputs and targets: the columns that parameters act on, and the others."""
    columns = [n.id for n in graph.nodes if n.kind == "data"]
    learned = _reached(graph, {n.id for n in graph.parameters})
    given = _reached(graph, set(columns))
    fresh = learned - given
    """Made of parameters and constants alone."""
    inputs: list[int] = []
    for column in columns:
        plain = graph.descendants(column) - learned
        """The column, and what it becomes before any parameter comes in."""
        acted = (graph[reader] for node in plain for reader in graph.consumers[node])
        if any(not fresh.isdisjoint(reader.operands) for reader in acted):
            inputs.append(column)
    if not inputs:
        # One column that is compared with what parameters make of itself, say.
        inputs = columns
    return tuple(inputs), tuple(column for column in columns if column not in inputs)


def _output(
    graph: Graph, shapes: tuple[Shape, ...], inputs: tuple[int, ...], targets: tuple[int, ...]
) -> int | None:
    made = _reached(graph, set(inputs)) & _reached(graph, {n.id for n in graph.parameters})
    compared = _reached(graph, set(targets))
    leading = graph.ancestors(graph.loss)
    rows = [
        node
        for node in sorted(made & leading)
        if node not in compared and node != graph.loss and _has_rows(shapes[node])
    ]
    if targets:
        rows = [node for node in rows if not compared.isdisjoint(graph.consumers[node])]
    # Beside the target of a cross-entropy stand log(p) and log(1 - p), but p is the output.
    named = {formula.node for formula in graph.formulas} & made - compared
    logs = [node for node in rows if (op := graph[node].op) is not None and op.name in LOGARITHMS]
    inside = {i for node in logs for i in graph.origins[node] if i in named}
    return max((i for i in inside if _has_rows(shapes[i])), default=max(rows, default=None))


def _hidden(
    graph: Graph, shapes: tuple[Shape, ...], inputs: tuple[int, ...], output: int
) -> tuple[int, ...]:
    on_the_way = graph.ancestors(output) & _reached(graph, set(inputs))
    on_the_way &= _reached(graph, {n.id for n in graph.parameters})
    layers = [f.node for f in graph.formulas if f.node in on_the_way and f.node != output]
    layers = [node for node in layers if _has_rows(shapes[node])]
    bending = [n for n in layers if (op := graph[n].op) is not None and op.name in BENDING]
    return tuple(bending or layers)


def _decision(
    experiment: Experiment, shapes: tuple[Shape, ...], output: int, targets: tuple[int, ...]
) -> Decision | None:
    graph = experiment.graph
    width = int(np.prod(shapes[output][1:], dtype=int))
    for target in targets:
        meeting = _reached(graph, {output}) & _reached(graph, {target})
        names = {op.name for node in meeting if (op := graph[node].op) is not None}
        values = experiment.data[graph[target].name]
        labels = experiment.classes.get(graph[target].name, ())
        if names & AGAINST_CLASSES and len(shapes[output]) == 2:
            return Decision(target, None, None, labels or _counted(width))
        if width > 1:
            if shapes[output] == shapes[target] and width < 64 and _is_one_hot(values):
                return Decision(target, None, None, labels or _counted(width))
            continue
        if values.size != len(values):
            continue
        found = np.unique(values)
        middle = float(found[0] / 2 + found[-1] / 2)
        known = {"bce_with_logits": 0.0, "bce": 0.5}
        threshold = next((t for name, t in known.items() if name in names), middle)
        if len(found) == 2 or not names.isdisjoint(known):
            written = labels if len(labels) == 2 else tuple(f"{v:g}" for v in found[[0, -1]])
            return Decision(target, threshold, middle, written)
    return None


def _reached(graph: Graph, nodes: set[int]) -> frozenset[int]:
    return frozenset().union(*(graph.descendants(node) for node in nodes))


def _has_rows(shape: Shape) -> bool:
    return bool(shape) and isinstance(shape[0], Samples)


def _is_one_hot(values: Array) -> bool:
    return bool(np.isin(values, (0.0, 1.0)).all() and (values.sum(axis=-1) == 1.0).all())


def _counted(classes: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(classes))
