"""The listing: the whole program as lines, and the events of one iteration on them.

Forward lines are the user's formulas. Backward and update lines are derived: for each formula and
each operand that needs a gradient, the line that a person would have written in NumPy. Every
event of an iteration belongs to exactly one line. Which lines there are is known from the graph
alone; what they say takes the chain rule through each formula, and is written when it is read.
May import: graph, notation, ops, optimizers, shapes.   Imported by: program, trace, explain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property, partial
from typing import Any

from engine.experiment import Clip, Training
from engine.graph import Graph
from engine.notation import NUMPY, Product, implicit_shape, number_text
from engine.ops import Call, Expr, Gradient, sum_to
from engine.ops.linear import unspread
from engine.shapes import Shape


class Phase(StrEnum):
    """The parts of one iteration, in order."""

    BATCH = "batch"
    FORWARD = "forward"
    BACKWARD = "backward"
    UPDATE = "update"


@dataclass(frozen=True, eq=False)
class Line:
    """One line of the program. Lines count from 1. Lines are equal that say the same."""

    number: int
    phase: Phase
    write: Callable[[], str] = field(repr=False)
    """Derives the text; `text` asks it once."""
    node: int | None = None
    """The node whose value (forward), gradient (backward) or update the line writes."""
    formula: int | None = None
    """The formula that a forward or backward line belongs to."""

    @cached_property
    def text(self) -> str:
        """What the line says, as a person would have written it."""
        return self.write()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Line):
            return NotImplemented
        return self._place() == other._place() and self.text == other.text

    def __hash__(self) -> int:
        return hash(self._place())

    def _place(self) -> tuple[int, Phase, int | None, int | None]:
        return self.number, self.phase, self.node, self.formula


@dataclass(frozen=True)
class Step:
    """One event of an iteration, the same in every iteration; `index` counts from 1."""

    index: int
    phase: Phase
    line: int
    node: int | None = None
    """What it computes (forward), what receives (backward), what changes (update)."""
    source: int | None = None
    """Backward: the op whose gradient flows on; None for the seed."""
    operand: int | None = None
    """Backward: which operand of `source` the node is, from 0."""

    @property
    def is_clip(self) -> bool:
        """Whether this clips all gradients before the updates."""
        return self.phase is Phase.UPDATE and self.node is None

    @property
    def is_seed(self) -> bool:
        """Whether this starts the backward pass: ∂loss/∂loss = 1."""
        return self.phase is Phase.BACKWARD and self.source is None


@dataclass(frozen=True)
class Listing:
    """The program's lines and the steps of one iteration."""

    lines: tuple[Line, ...]
    steps: tuple[Step, ...]

    def line(self, number: int) -> Line:
        return self.lines[number - 1]

    def step(self, index: int) -> Step:
        return self.steps[index - 1]

    @cached_property
    def forward_step(self) -> Mapping[int, int]:
        """For each op the step that computes it."""
        return {
            s.node: s.index for s in self.steps if s.phase is Phase.FORWARD and s.node is not None
        }

    @cached_property
    def gradient_steps(self) -> Mapping[int, tuple[int, ...]]:
        """For each node with a gradient the steps that contribute to it, in order."""
        steps: dict[int, list[int]] = {}
        for s in self.steps:
            if s.phase is Phase.BACKWARD and s.node is not None:
                steps.setdefault(s.node, []).append(s.index)
        return {node: tuple(indices) for node, indices in steps.items()}

    @cached_property
    def clip_step(self) -> int | None:
        """The step that clips the gradients, if the experiment asks for it."""
        return next((s.index for s in self.steps if s.is_clip), None)

    @cached_property
    def update_step(self) -> Mapping[int, int]:
        """For each trained parameter the step that updates it."""
        return {
            s.node: s.index for s in self.steps if s.phase is Phase.UPDATE and s.node is not None
        }


def build_listing(graph: Graph, shapes: Sequence[Shape], training: Training) -> Listing:
    """The listing of a graph whose nodes have these shapes (of a full batch)."""
    lines: list[Line] = []

    def add(phase: Phase, write: Callable[[], str], **more: Any) -> int:
        lines.append(Line(len(lines) + 1, phase, write, **more))
        return len(lines)

    batch_line = add(Phase.BATCH, partial(_batch_text, graph))
    forward = {
        f.index: add(Phase.FORWARD, partial(str, f.text), node=f.node, formula=f.index)
        for f in graph.formulas
    }
    loss = graph[graph.loss]
    seed = partial(str, f"d_{loss.name} = 1")
    seed_line = add(Phase.BACKWARD, seed, node=loss.id, formula=loss.formula)
    edges = backward_edges(graph)
    # The chain rule through a formula is derived once for all its operands.
    gradients = cache(partial(formula_gradients, graph, shapes))
    arrivals = _arrivals(graph, edges)
    expected = Counter(operand for _, operand in arrivals)
    started: set[int] = {loss.id}
    backward: dict[tuple[int, int], int] = {}
    for formula, operand in arrivals:
        sign = "+=" if operand in started else "="
        # A `+=` below must not change the gradient that this one may be another name of.
        own = sign == "=" and expected[operand] > 1
        started.add(operand)
        write = partial(_backward_text, graph, shapes, gradients, formula, operand, sign, own)
        number = add(Phase.BACKWARD, write, node=operand, formula=formula)
        backward[formula, operand] = number
    moved = trained(graph)
    clip_line = None
    if training.clip is not None and moved:
        clip_line = add(Phase.UPDATE, partial(_clip_text, graph, training.clip, moved))
    update = {
        node: add(Phase.UPDATE, partial(training.rule.listing, graph[node].name), node=node)
        for node in moved
    }

    steps: list[tuple[Phase, int, *tuple[int | None, ...]]] = [(Phase.BATCH, batch_line)]
    for node in graph.ops:
        assert node.formula is not None
        steps.append((Phase.FORWARD, forward[node.formula], node.id))
    steps.append((Phase.BACKWARD, seed_line, loss.id))
    for source, position in edges:
        node, formula = graph[source].operands[position], graph[source].formula
        assert formula is not None
        # On a way to several of the formula's operands, it belongs to the line that comes first.
        ways = [(formula, operand) for operand in graph.origins[node]]
        line = min([backward[way] for way in ways if way in backward])
        steps.append((Phase.BACKWARD, line, node, source, position))
    if clip_line is not None:
        steps.append((Phase.UPDATE, clip_line))
    steps += [(Phase.UPDATE, line, node) for node, line in update.items()]
    return Listing(tuple(lines), tuple([Step(i, *step) for i, step in enumerate(steps, 1)]))


def trained(graph: Graph) -> tuple[int, ...]:
    """The parameters that an update changes: trainable ones that the loss depends on."""
    return tuple(n.id for n in graph.parameters if n.trainable and n.id in graph.differentiated)


def backward_edges(graph: Graph) -> tuple[tuple[int, int], ...]:
    """(op, operand position) of every gradient contribution, in the order of the trace.

    Ops in reverse topological order, so that an op's gradient is complete before it flows on;
    operands in position order; only toward nodes that a parameter's gradient needs.
    """
    needed = graph.differentiated
    return tuple(
        (node.id, position)
        for node in reversed(graph.ops)
        if node.id in needed
        for position, operand in enumerate(node.operands)
        if operand in needed and node.op is not None and position not in node.op.constant
    )


def _arrivals(graph: Graph, edges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(formula, named operand) in the order in which what the formula contributes is complete."""
    arrivals: dict[tuple[int, int], None] = {}
    for source, position in edges:
        formula = graph[source].formula
        operand = graph[source].operands[position]
        if formula is not None and operand in graph.formulas[formula].operands:
            arrivals.pop((formula, operand), None)  # a later occurrence completes it
            arrivals[formula, operand] = None
    return list(arrivals)


def _batch_text(graph: Graph) -> str:
    columns = [n.name for n in graph.nodes if n.kind == "data"]
    return f"{', '.join(columns)} = next(batches)" if columns else "# no data to load"


def _clip_text(graph: Graph, clip: Clip, moved: Sequence[int]) -> str:
    gradients = ", ".join(f"d_{graph[node].name}" for node in moved)
    return f"clip_{clip.kind}({gradients}, limit={number_text(clip.limit)})"


def _backward_text(
    graph: Graph,
    shapes: Sequence[Shape],
    gradients: Callable[[int], Mapping[int, Expr]],
    formula: int,
    operand: int,
    sign: str,
    own: bool,
) -> str:
    """The line of what a formula contributes to an operand's gradient; `own`: in its own array."""
    gradient = gradients(formula)[operand]
    right = _hand_written(graph, shapes, gradient, operand)
    if own and shapes[operand] != () and _is_view(sum_to(gradient, shapes[operand])):
        right += ".copy()"
    return f"d_{graph[operand].name} {sign} {right}"


def formula_gradient(
    graph: Graph,
    shapes: Sequence[Shape],
    formula: int,
    operand: int,
    through: Container[int] | None = None,
) -> Expr:
    """What the formula contributes to ∂loss/∂operand, as one expression in ∂loss/∂formula."""
    return formula_gradients(graph, shapes, formula, through)[operand]


def formula_gradients(
    graph: Graph, shapes: Sequence[Shape], formula: int, through: Container[int] | None = None
) -> Mapping[int, Expr]:
    """What the formula contributes to the gradient of each operand that it sends one to.

    The chain rule through the formula's inner ops; where the operand is read more than once, the
    sum over its occurrences. Broadcast axes of inner nodes are summed; the operand's are not yet.
    `through` are the nodes along which it flows, by default all that have a gradient.
    """
    root = graph.formulas[formula].node
    carrying = graph.differentiated if through is None else through
    terms: dict[int, list[Expr]] = {}

    def inside(node: int) -> bool:
        return graph[node].formula == formula and node != root

    @cache
    def written(node: int) -> Expr:
        n = graph[node]
        if n.op is None or n.op.random or not inside(node):
            return graph.reference(node, shapes)
        return Call(n.op, tuple([written(i) for i in n.operands]), n.settings)

    def descend(node: int, upstream: Expr) -> None:
        n = graph[node]
        assert n.op is not None
        operands = tuple([written(i) for i in n.operands])
        contributions = n.op.contributions(upstream, written(node), operands, n.settings)
        for i, contribution in zip(n.operands, contributions, strict=True):
            if i not in carrying:
                continue
            if inside(i):
                descend(i, sum_to(contribution, shapes[i]))
            else:
                terms.setdefault(i, []).append(contribution)

    descend(root, Gradient(root, shapes[root]))
    return {operand: _summed(found, shapes[operand]) for operand, found in terms.items()}


def _summed(terms: Sequence[Expr], shape: Shape) -> Expr:
    """The sum of the terms, with like products gathered: ``2 * d`` for ``d + d``."""
    if len(terms) == 1 and Product.of(terms[0]).coefficient != 0.0:
        return terms[0]
    gathered: dict[Any, tuple[Expr, float, float]] = {}
    for term in terms:
        product = Product.of(term)
        key = (product.key(), term.shape)
        first, own, total = gathered.get(key, (term, product.coefficient, 0.0))
        if own == 0.0:
            first, own = term, product.coefficient
        gathered[key] = (first, own, total + product.coefficient)
    parts = [term * (total / own) for term, own, total in gathered.values() if own and total != 0.0]
    if not parts:
        return terms[0] * 0.0
    if len({part.shape for part in parts}) > 1:
        parts = [sum_to(part, shape) for part in parts]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _is_view(expr: Expr) -> bool:
    """Whether `expr` only looks at a gradient: another name for the same numbers in NumPy."""
    expr = unspread(expr)
    while isinstance(expr, Call) and expr.op.view is not None:
        expr = unspread(expr.args[0])
    return isinstance(expr, Gradient)


def _hand_written(graph: Graph, shapes: Sequence[Shape], gradient: Expr, operand: int) -> str:
    """The right-hand side of a backward line, in the operand's own shape."""
    text = NUMPY.write(sum_to(gradient, shapes[operand]), lambda node: graph[node].name)
    if implicit_shape(gradient) != gradient.shape and shapes[operand] == gradient.shape:
        # `d_loss / N` is one number; the gradient has one for each entry of the operand.
        text = f"{text} * ones_like({graph[operand].name})"
    return text
