"""What happened at an event, and the chain rule: symbols, numbers, result.

Numbers are returned as arrays, and texts take a function that formats one, so a front end
decides on digits. May import: composition, evaluation, experiment, graph, listing, notation, ops,
trace.
Imported by: debugger, why, quiz.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Literal

import numpy as np

from engine.composition import HOLE, composed
from engine.evaluation import evaluate, scales, substitute
from engine.experiment import Training
from engine.graph import Graph
from engine.listing import Phase, formula_gradient
from engine.notation import MATH
from engine.ops import Array, Call, Expr, Gradient, Number, Value, sum_to
from engine.shapes import Samples, Shape, sample_axis
from engine.trace import State, Status

Level = Literal["formula", "op"]
FormatValue = Callable[[int, Array], str]
"""(node, its value or gradient) → text."""

MAX_PATHS = 64


@dataclass(frozen=True, eq=False)
class Factor:
    """One local derivative on a path, ∂above/∂below."""

    above: int
    below: int
    symbol: str
    """``∂g/∂h``"""
    expression: Expr | None
    """The local derivative; None where it is a linear map and not a product."""
    text: str
    """The derivative in symbols: ``w2``; a map shows where the upstream gradient ``·`` goes."""
    value: Array | None
    """Its numbers; None while they are not computed, or for a map."""
    reads: tuple[int, ...]
    """The nodes whose values stand in it, each once."""

    @property
    def per_sample(self) -> bool:
        """Whether `value` has one entry (or row) for each sample of the batch."""
        shape = self.expression.shape if self.expression is not None else ()
        return len(shape) > 0 and isinstance(shape[0], Samples)


@dataclass(frozen=True, eq=False)
class Path:
    """One way from the loss down to the target, and what flows along it."""

    nodes: tuple[int, ...]
    factors: tuple[Factor, ...]
    terms: Array | None
    """Factors multiplied, before the sum over what broadcasting spread: one row a sample."""
    product: Array | None
    """What this path contributes to the gradient, in the target's shape."""
    per_sample: bool
    """Whether `terms` has one entry (or row) for each sample of the batch."""

    @property
    def formula(self) -> str:
        """The formulas of its factors as one: ``xᵀ @ (1/N · (h − y) · w2)``."""
        return composed(factor.text for factor in self.factors)


@dataclass(frozen=True, eq=False)
class ChainRule:
    """∂loss/∂target as the sum over all paths of the product of local derivatives."""

    target: int
    level: Level
    symbol: str
    """``∂loss/∂w1``"""
    paths: tuple[Path, ...]
    omitted: int
    """Paths beyond the first `MAX_PATHS`; their contribution is in `gradient` only."""
    gradient: Array | None
    """The complete gradient; None until the last contribution has arrived."""

    @property
    def product(self) -> str:
        """``∂loss/∂g · ∂g/∂h · ∂h/∂w1``, one product a path; 0 where no path leads."""
        products = (" · ".join(f.symbol for f in path.factors) or "1" for path in self.paths)
        return " + ".join(products) or "0"


def chain_rule(state: State, target: int, level: Level = "formula") -> ChainRule:
    """The chain rule for ∂loss/∂target at an event, as far as its numbers are computed.

    At level ``formula`` each factor is the derivative of one of the user's formulas with respect
    to a value that it names; at level ``op`` that of one primitive op.
    """
    graph = state.graph
    through = carriers(graph, graph.loss, target) & graph.differentiated
    paths, omitted = paths_from(state, graph.loss, np.ones(()), target, level, through)
    complete = state.gradient_status(target) is Status.COMPLETE
    return ChainRule(
        target=target,
        level=level,
        symbol=f"∂{graph[graph.loss].name}/∂{operand_name(graph, target)}",
        paths=paths,
        omitted=omitted,
        gradient=state.gradient(target) if complete else None,
    )


def paths_from(
    state: State, of: int, seed: Array, target: int, level: Level, through: frozenset[int]
) -> tuple[tuple[Path, ...], int]:
    """The first `MAX_PATHS` paths from node `of` down to the target, and how many there are more.

    They lead along the nodes `through`. Products start from `seed`, which says how much each number
    of `of` counts: 1 for the loss.
    """
    graph = state.graph
    found = list(islice(_paths(graph, of, target, level, through), MAX_PATHS))
    paths = tuple(_path(state, nodes, level, seed, through) for nodes in found)
    return paths, _count_paths(graph, of, target, level, through) - len(paths)


def carriers(graph: Graph, of: int, target: int) -> frozenset[int]:
    """The nodes along which ∂of/∂target flows; where the run computes it, only those it uses."""
    moved = {target}
    for n in graph.nodes[target + 1 : of + 1]:
        if not moved.isdisjoint(n.differentiable):
            moved.add(n.id)
    if of not in moved:
        return frozenset()
    through = frozenset(moved) & graph.ancestors(of)
    return through & graph.differentiated if trained(graph, of, target) else through


def trained(graph: Graph, of: int, target: int) -> bool:
    """Whether ∂of/∂target is among the gradients that the backward pass computes."""
    return of == graph.loss and target in graph.differentiated


def _below(
    graph: Graph, node: int, target: int, level: Level, through: frozenset[int]
) -> tuple[int, ...]:
    """The operands of a node that the derivative flows to, each once.

    By formulas one step leads through a whole formula; but into the one that the target is an
    inner op of, ops lead the rest of the way.
    """
    n = graph[node]
    if n.op is None:
        return ()
    operands = n.differentiable
    if level == "formula" and n.formula is not None and n.formula != graph[target].formula:
        formula = graph.formulas[n.formula]
        operands = formula.operands if formula.node == node else operands
    return tuple(i for i in dict.fromkeys(operands) if i in through)


def _paths(
    graph: Graph, of: int, target: int, level: Level, through: frozenset[int]
) -> Iterator[tuple[int, ...]]:
    stack: list[tuple[int, ...]] = [(of,)] if of in through and target in through else []
    while stack:
        path = stack.pop()
        if path[-1] == target:
            yield path
            continue
        below = _below(graph, path[-1], target, level, through)
        stack.extend((*path, i) for i in reversed(below))


def _count_paths(graph: Graph, of: int, target: int, level: Level, through: frozenset[int]) -> int:
    ways = {target: 1} if target in through else {}
    for node in graph.nodes[target + 1 : of + 1]:
        below = _below(graph, node.id, target, level, through)
        ways[node.id] = sum(ways.get(i, 0) for i in below)
    return ways.get(of, 0)


def _path(
    state: State, nodes: tuple[int, ...], level: Level, seed: Array, through: frozenset[int]
) -> Path:
    steps = list(pairwise(nodes))
    expressions = [_contribution(state, above, below, level, through) for above, below in steps]
    factors = tuple(
        _factor(state, above, below, expr)
        for (above, below), expr in zip(steps, expressions, strict=True)
    )
    shapes = state.record.shapes
    if not all(computed(state, expr) for expr in expressions):
        return Path(nodes, factors, None, None, False)
    flowing: Array = np.array(np.broadcast_to(seed, shapes[nodes[0]]), float)
    terms, marked = flowing, shapes[nodes[0]]
    alone = state.record.alone
    meeting = max(
        (k for k, e in enumerate(expressions) if sample_axis(e.shape) is not None), default=-1
    )
    if alone is not None and meeting < 0 and _has_share(state, nodes[-1]):
        if level == "formula":
            return Path(nodes, factors, None, _by_ops(state, nodes, seed, through), False)
        flowing = np.zeros(flowing.shape)  # what is no sample's is no part of a sample's share
    for k, ((above, below), expr) in enumerate(zip(steps, expressions, strict=True)):
        upstream = {above: flowing}
        with np.errstate(all="ignore"):
            terms = evaluate(expr, lambda n: used(state, n), upstream.__getitem__)
            marked = expr.shape
            terms = np.broadcast_to(terms, marked)
            if alone is not None and k == meeting:
                terms = only_sample(terms, marked, alone)
            summed = sum_to(Gradient(above, marked), shapes[below])
            arrived = {above: terms}
            flowing = evaluate(summed, lambda n: used(state, n), arrived.__getitem__)
    per_sample = len(marked) > 0 and isinstance(marked[0], Samples) and marked != shapes[nodes[-1]]
    return Path(nodes, factors, terms, flowing, per_sample)


def _by_ops(state: State, nodes: tuple[int, ...], seed: Array, through: frozenset[int]) -> Array:
    """What a path by formulas contributes, where samples meet inside of one of its formulas."""
    graph = state.graph
    paths = [nodes[:1]]
    for above, below in pairwise(nodes):
        formula = graph[above].formula
        inner = [
            path
            for path in _paths(graph, above, below, "op", through)
            if all(graph[node].formula == formula for node in path[:-1])
        ]
        paths = [(*path, *more[1:]) for path in paths for more in inner]
    total: Array = np.zeros(state.record.shapes[nodes[-1]])
    for path in paths:
        product = _path(state, path, "op", seed, through).product
        total = total if product is None else total + product
    return np.asarray(total)


def only_sample(array: Array, shape: Shape, sample: int) -> Array:
    """The numbers of one sample, and 0 for the others."""
    axis = sample_axis(shape)
    assert axis is not None
    place = (slice(None),) * axis + (sample,)
    alone = np.zeros(np.shape(array))
    alone[place] = np.asarray(array)[place]
    return alone


def _has_share(state: State, node: int) -> bool:
    """Whether a node without samples has a gradient that comes through samples."""
    graph, shapes = state.graph, state.record.shapes
    above = graph.descendants(node) & graph.differentiated
    return sample_axis(shapes[node]) is None and any(
        sample_axis(shapes[n]) is not None for n in above
    )


def factor(state: State, above: int, below: int, level: Level = "formula") -> Factor:
    """The local derivative ∂above/∂below of a formula or an op and one of its operands.

    Where an operand is read more than once, of all its occurrences together.
    """
    expr = _contribution(state, above, below, level, state.graph.differentiated)
    return _factor(state, above, below, expr)


def _contribution(
    state: State, above: int, below: int, level: Level, through: frozenset[int]
) -> Expr:
    """What `above` contributes to the gradient of `below`, before broadcast axes are summed."""
    graph, shapes = state.graph, state.record.shapes
    n = graph[above]
    assert n.op is not None and n.formula is not None
    formula = graph.formulas[n.formula]
    if level == "formula" and formula.node == above and below in formula.operands:
        return formula_gradient(graph, shapes, n.formula, below, through)
    operands = tuple(graph.reference(i, shapes) for i in n.operands)
    out = Value(above, shapes[above])
    all_contributions = n.op.contributions(
        Gradient(above, shapes[above]), out, operands, n.settings
    )
    parts = [c for i, c in zip(n.operands, all_contributions, strict=True) if i == below]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _factor(state: State, above: int, below: int, expr: Expr) -> Factor:
    graph = state.graph
    symbol = f"∂{operand_name(graph, above)}/∂{operand_name(graph, below)}"
    if scales(expr, above):
        local = substitute(expr, above, Number(1.0))
        text = MATH.write(local, _namer(graph), _loss(graph))
        value = None
        if computed(state, local):
            with np.errstate(all="ignore"):
                value = np.asarray(
                    evaluate(local, lambda n: used(state, n), lambda n: np.asarray(1.0))
                )
        return Factor(above, below, symbol, local, text, value, _read(graph, local))
    text = MATH.write(expr, _namer(graph), _loss(graph))
    upstream = MATH.gradient_of(graph[above].name, _loss(graph))
    return Factor(
        above, below, symbol, None, text.replace(upstream, HOLE), None, _read(graph, expr)
    )


def _read(graph: Graph, expr: Expr) -> tuple[int, ...]:
    """The nodes whose values an expression reads, literals left out."""
    match expr:
        case Value(node) if graph[node].literal is None:
            return (node,)
        case Call(_, args):
            return tuple(dict.fromkeys(node for arg in args for node in _read(graph, arg)))
        case _:
            return ()


def operand_name(graph: Graph, node: int) -> str:
    """A node's name as it stands under a ∂: the text of an inner op in parentheses."""
    name = graph[node].name
    return name if name.isidentifier() or graph[node].literal is not None else f"({name})"


def _loss(graph: Graph) -> str:
    return graph[graph.loss].name


def _namer(graph: Graph) -> Callable[[int], str]:
    return lambda node: graph[node].name


def used(state: State, node: int) -> Array:
    """The value that the backward pass used: a parameter as it was before its update."""
    value = state.record.leaves.get(node)
    value = value if value is not None else state.value(node)
    assert value is not None
    return np.asarray(value)


def computed(state: State, expr: Expr) -> bool:
    match expr:
        case Value(node):
            return state.value(node) is not None
        case Number() | Gradient():
            return True
        case _:
            return all(computed(state, arg) for arg in getattr(expr, "args", ()))


# --- one event ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Part:
    """One ingredient of an event: what it is called, how it is written, its numbers."""

    label: str
    symbol: str
    node: int | None
    value: Array | None
    text: str = ""
    """The value in symbols, where it has a formula of its own: a local derivative."""
    per_sample: bool = False
    """Of a local derivative: whether it has one entry for each sample."""


@dataclass(frozen=True, eq=False)
class EventReport:
    """What one event does: in symbols, in numbers, and with what result."""

    phase: Phase
    node: int | None
    symbols: str
    """``h = w1 * x + b1``; ``∂loss/∂w2 = ∂loss/∂(w2 * h) · h``"""
    parts: tuple[Part, ...]
    result: Array | None
    rule: str
    """The op's or the optimizer's rule in words."""
    summed: bool
    """Whether `substituted` is one term of many: the result is their sum."""
    _written: Callable[[FormatValue], str]

    def substituted(self, show: FormatValue) -> str:
        """The right-hand side with numbers in place of names, each formatted by `show`."""
        return self._written(show)


def report(state: State, training: Training) -> EventReport:
    """What the event at which `state` stands did; `training` knows how parameters change."""
    match state.step.phase:
        case Phase.FORWARD:
            return _forward_report(state)
        case Phase.BACKWARD if state.step.is_seed:
            return _seed_report(state)
        case Phase.BACKWARD:
            return _backward_report(state)
        case Phase.UPDATE if state.step.is_clip:
            return _clip_report(state, training)
        case Phase.UPDATE:
            return _update_report(state, training)
        case _:
            return _batch_report(state)


def _batch_report(state: State) -> EventReport:
    names = [n for n in state.graph.nodes if n.kind == "data"]
    parts = tuple(Part("data", n.name, n.id, state.value(n.id)) for n in names)
    text = state.listing.line(state.step.line).text
    return EventReport(Phase.BATCH, None, text, parts, None, "", False, lambda show: "")


def _forward_report(state: State) -> EventReport:
    node = state.step.node
    assert node is not None
    graph = state.graph
    n = graph[node]
    assert n.op is not None
    expr = graph.expression(node, state.record.shapes)
    parts = tuple(
        Part("operand", graph[i].name, i, state.value(i)) for i in dict.fromkeys(n.operands)
    )

    def written(show: FormatValue) -> str:
        return MATH.write(expr, lambda i: _number(state, i, show))

    symbols = MATH.write(expr, _namer(graph))
    named = n.formula is not None and graph.formulas[n.formula].node == node
    return EventReport(
        Phase.FORWARD,
        node,
        f"{n.name} = {symbols}" if named else symbols,
        parts,
        state.value(node),
        "",
        False,
        written,
    )


def _number(state: State, node: int, show: FormatValue) -> str:
    if state.graph[node].literal is not None:
        return state.graph[node].name
    return show(node, used(state, node))


def _seed_report(state: State) -> EventReport:
    loss = state.step.node
    assert loss is not None
    name = state.graph[loss].name
    return EventReport(
        Phase.BACKWARD,
        loss,
        f"∂{name}/∂{name} = 1",
        (),
        state.gradient(loss),
        "the backward pass starts at the loss: how it changes with itself",
        False,
        lambda show: "1",
    )


def _backward_report(state: State) -> EventReport:
    step, graph, shapes = state.step, state.graph, state.record.shapes
    assert step.node is not None and step.source is not None and step.operand is not None
    source = graph[step.source]
    assert source.op is not None
    loss = graph[graph.loss].name
    above, below = operand_name(graph, step.source), operand_name(graph, step.node)
    operands = tuple(graph.reference(i, shapes) for i in source.operands)
    out = Value(step.source, shapes[step.source])
    upstream = Gradient(step.source, shapes[step.source])
    contribution = source.op.contributions(upstream, out, operands, source.settings)[step.operand]
    factor = _factor(state, step.source, step.node, contribution)
    parts = [Part("upstream", f"∂{loss}/∂{above}", step.source, state.gradient(step.source))]
    local = factor.text.replace(HOLE, "upstream")
    parts.append(
        Part("local", f"∂{above}/∂{below}", step.node, factor.value, local, factor.per_sample)
    )
    summed = sum_to(contribution, shapes[step.node])
    sign = "+=" if len(state.contributions(step.node)) > 1 else "="
    symbols = MATH.write(summed, _namer(graph), _loss(graph))

    def written(show: FormatValue) -> str:
        return _in_numbers(state, contribution, show)

    return EventReport(
        Phase.BACKWARD,
        step.node,
        f"∂{loss}/∂{below} {sign} {symbols}",
        tuple(parts),
        state.contribution,
        source.op.words[step.operand],
        summed is not contribution,
        written,
    )


def _in_numbers(state: State, expr: Expr, show: FormatValue) -> str:
    """An expression with the numbers of its values and of its upstream gradients."""

    def upstream(node: int) -> str:
        value = state.gradient(node)
        return "·" if value is None else show(node, value)

    return MATH.write(expr, lambda node: _number(state, node, show), upstream=upstream)


def _update_report(state: State, training: Training) -> EventReport:
    node = state.step.node
    assert node is not None
    graph, record, rule = state.graph, state.record, training.rule
    name, loss = graph[node].name, graph[graph.loss].name
    before, gradient = record.leaves[node], state.gradient(node)
    assert gradient is not None
    known = {
        "p": before,
        "g": gradient,
        "lr": np.asarray(record.rate),
        "t": np.asarray(float(record.step + 1)),
        **record.optimizer_before[node],
    }
    numbers = rule.numbers(known)
    parts = [
        Part("before", name, node, before),
        Part("gradient", f"∂{loss}/∂{name}", node, gradient),
        Part("learning rate", "lr", None, known["lr"]),
        *(Part("state", symbol, node, value, text) for symbol, text, value in numbers[:-1]),
        Part("change", f"Δ{name}", node, record.updated[node] - before),
    ]
    after = {symbol: value for symbol, _, value in numbers[:-1]}

    def written(show: FormatValue) -> str:
        shown = {"lr": f"{record.rate:.6g}", "t": str(record.step + 1)}
        shown |= {
            symbol: show(node, value)
            for symbol, value in (known | after).items()
            if symbol not in shown
        }
        return rule.written(shown)

    spelled = {"p": name, "g": f"∂{loss}/∂{name}"}
    return EventReport(
        Phase.UPDATE,
        node,
        f"{name} ← {rule.written(spelled)}",
        tuple(parts),
        record.updated[node],
        rule.words(),
        False,
        written,
    )


def _clip_report(state: State, training: Training) -> EventReport:
    clip, graph = training.clip, state.graph
    assert clip is not None
    parts = [
        Part("gradient", f"∂{graph[graph.loss].name}/∂{graph[node].name}", node, value)
        for node, value in state.record.clipped.items()
    ]
    if clip.kind == "norm":
        parts = [
            Part("norm", "‖g‖", None, np.asarray(state.record.norm)),
            Part("scale", "scale", None, np.asarray(state.record.scale)),
            *parts,
        ]
    return EventReport(
        Phase.UPDATE, None, clip.words, tuple(parts), None, clip.words, False, lambda show: ""
    )
