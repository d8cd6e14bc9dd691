"""Questions about values: what an op computes, what the update moves, what the loss does next.

May import: evaluation, ops, chains, asked, numerals, questions, why.   Imported by: asking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.evaluation import evaluate
from engine.graph import Graph
from engine.listing import Phase
from engine.notation import MATH
from engine.ops import Array, Call, Expr
from engine.quiz.asked import WITHIN, Asked, amount, askable, clearly_apart, legible, length
from engine.quiz.chains import Elements, added, plain, read_by
from engine.quiz.numerals import listed, rounded, written
from engine.quiz.questions import Choice, Question, QuestionKind, Slip
from engine.why.moment import Index, Moment, flat, unflat
from engine.why.targets import element, gradient_name

MAX_OPERANDS = 6
"""How many values a reader is asked to compute with at most."""

SHOWN_PARAMETERS = 6
"""How many parameters a question about the loss lists one by one."""


# --- the next forward value ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Sum:
    """An element of a value and how it is computed, as far as one can do so by hand."""

    name: str
    value: float
    as_shown: float
    symbols: str
    numbers: str
    given: tuple[str, ...]
    inner: tuple[str, ...] = ()
    """What the ops inside come to, in order."""
    slips: tuple[Slip, ...] = field(default=())


def forward_questions(asked: Asked) -> Iterator[Question]:
    """What will the next value be? From its operands, which are given."""
    graph, listing = asked.graph, asked.run.listing
    nodes = [
        node.id
        for node in graph.ops
        if asked.about(listing.forward_step[node.id]) and asked.named_once(node.id)
    ]
    whole = {f.node: written_out(asked.moment, f.node) for f in graph.formulas if f.node in nodes}
    told = {graph[node].formula for node, expr in whole.items() if _by_hand(expr, graph)}
    for node in asked.shuffled(nodes):
        if graph[node].formula in told and node not in whole:
            continue  # asked with its formula
        expr = whole.get(node)
        if expr is None or not _by_hand(expr, graph):
            expr = graph.expression(node, asked.moment.shapes)
        computed = [
            found
            for index in asked.elements(asked.moment.shapes[node])
            if (found := _computed(asked.moment, node, expr, index)) is not None
            and askable(found.value)
            and legible(found.value, found.as_shown)
            and len(found.given) <= MAX_OPERANDS
        ]
        if not computed:
            continue
        best = min(computed, key=lambda c: length(c.given))
        wanted = amount(best.value, best.slips)
        choice = asked.choice_of(wanted) if asked.coin() else None
        within = "" if choice else WITHIN
        yield asked.question(
            QuestionKind.FORWARD,
            listing.forward_step[node],
            f"{best.name} = {best.symbols} is computed next. How much is it{within}?",
            choice or wanted,
            given=best.given,
            hints=(*best.inner, f"{best.name} = {best.numbers}"),
            explanation=(
                f"{best.name} = {best.symbols}",
                *best.inner,
                f"{best.name} = {best.numbers} = {written(best.value)}",
            ),
        )


def written_out(moment: Moment, root: int) -> Expr:
    """A formula over the named nodes that it reads, its inner ops in their places."""
    graph, shapes = moment.graph, moment.shapes

    def out(node: int) -> Expr:
        n = graph[node]
        inside = node == root or (n.op is not None and n.formula == graph[root].formula)
        if n.op is None or n.op.random or not inside:
            return graph.reference(node, shapes)
        return Call(n.op, tuple(out(i) for i in n.operands), n.settings)

    return out(root)


def _reduced(expr: Expr) -> Expr | None:
    """What a sum or a mean of everything adds up."""
    match expr:
        case Call(op, (arg,)) if op.name in ("sum", "mean") and expr.shape == ():
            return arg
        case _:
            return None


def _by_hand(expr: Expr, graph: Graph) -> bool:
    inside = _reduced(expr)
    return plain(expr, graph) or (inside is not None and plain(inside, graph))


@np.errstate(all="ignore")
def _computed(moment: Moment, node: int, expr: Expr, index: Index) -> _Sum | None:
    inside = _reduced(expr)
    if plain(expr, moment.graph):
        place = flat(moment.shapes[node], index)
        return _elementwise(
            moment, node, expr, index, Elements(moment, expr.shape, np.array([place]))
        )
    if inside is not None and plain(inside, moment.graph):
        size = int(np.prod(inside.shape))
        if size > MAX_OPERANDS:
            return None
        return _reduction(moment, node, expr, inside, size)
    return _product(moment, node, index)


def _elementwise(moment: Moment, node: int, expr: Expr, index: Index, at: Elements) -> _Sum:
    graph = moment.graph
    value = float(moment.used(node)[index])
    slips = [Slip(-value, "the wrong sign")]
    for left_out in read_by(expr) if len(read_by(expr)) > 1 else ():
        without = _without(moment, at, expr, left_out)
        slips.append(Slip(without, f"{element(graph, left_out, at.index(left_out))} is missing"))
    return _Sum(
        element(graph, node, index),
        value,
        float(at.evaluated(expr, as_shown=True)[0]),
        at.symbols(expr),
        at.numbers(expr),
        at.given(expr),
        _inner(moment, node, expr, at),
        tuple(slips),
    )


def _without(moment: Moment, at: Elements, expr: Expr, left_out: int) -> float:
    """The expression as if one of its operands were 0."""

    def value(node: int) -> Array:
        numbers = at.of(moment.used(node))
        return np.zeros(numbers.shape) if node == left_out else numbers

    with np.errstate(all="ignore"):
        return float(np.asarray(evaluate(expr, value, value)).reshape(-1)[0])


def _inner(moment: Moment, node: int, expr: Expr, at: Elements) -> tuple[str, ...]:
    """The ops inside a formula that is written out, in order, with their numbers."""
    graph = moment.graph
    inner = [n.id for n in graph.ops if n.formula == graph[node].formula and n.id != node]
    whole = any(f.node == node for f in graph.formulas)
    if not whole or not set(inner).isdisjoint(read_by(expr)):
        return ()  # one op of it alone
    return tuple(
        f"{element(graph, n, at.index(n))} = {written(at.of(moment.used(n))[0])}" for n in inner
    )


def _reduction(moment: Moment, node: int, expr: Expr, inside: Expr, size: int) -> _Sum:
    assert isinstance(expr, Call)
    at = Elements(moment, inside.shape, np.arange(size))
    numbers, shown = at.evaluated(inside), at.evaluated(inside, as_shown=True)
    mean = expr.op.name == "mean"
    value = float(moment.used(node))
    slips = [Slip(-value, "the wrong sign")]
    if size > 1:
        slips.append(Slip(float(numbers[0]), "that is the first of them alone"))
        if mean:
            slips.append(Slip(float(np.sum(numbers)), "that is the sum: 1/N is missing"))
        else:
            slips.append(Slip(float(np.mean(numbers)), "that is the mean, not the sum"))
    sum_ = added([v] for v in numbers.tolist())
    return _Sum(
        element(moment.graph, node),
        value,
        float(np.mean(shown) if mean else np.sum(shown)),
        MATH.write(expr, lambda n: element(moment.graph, n)),
        f"({sum_})/{size}" if mean else sum_,
        at.given(inside),
        (f"{at.symbols(inside)} = {at.numbers(inside)} = {listed(numbers)}",),
        tuple(slips),
    )


def _product(moment: Moment, node: int, index: Index) -> _Sum | None:
    """An element of a matrix product, row times column."""
    graph, op = moment.graph, moment.op(node)
    if len(op.linear) != 2 or op.op.elementwise:
        return None
    position = op.linear[0]
    places, slopes = op.row(index)[position]
    if not 0 < len(places) <= MAX_OPERANDS // 2:
        return None
    wheres = [unflat(op.shapes[position], place) for place in places]
    partners = [op.partner(position, where, index) for where in wheres]
    mine = moment.used(op.operands[position]).reshape(-1)[places]
    given: dict[str, None] = {}
    symbols: list[str] = []
    pairs: list[tuple[float, float]] = []
    for where, partner, a, b in zip(wheres, partners, mine, slopes, strict=True):
        if partner is None or partner[2] != 1.0:
            return None
        names = [element(graph, op.operands[position], where)]
        names.append(element(graph, op.operands[partner[0]], partner[1]))
        pair = (float(a), float(b))
        given |= dict.fromkeys(f"{n} = {written(v)}" for n, v in zip(names, pair, strict=True))
        symbols.append(" · ".join(names))
        pairs.append(pair)
    value, products = float(moment.used(node)[index]), mine * slopes
    slips = [Slip(-value, "the wrong sign")]
    if len(products) > 1:
        slips += [
            Slip(float(product), f"that is {text} alone: the products add up")
            for product, text in zip(products, symbols, strict=True)
        ]
    return _Sum(
        element(graph, node, index),
        value,
        float(np.sum(rounded(mine) * rounded(slopes))),
        " + ".join(symbols),
        added(pairs),
        tuple(given),
        (),
        tuple(slips),
    )


# --- the update ----------------------------------------------------------------------------------


def _last_update(asked: Asked) -> int | None:
    """The event of the iteration's last update, if there is one and it is asked about."""
    step = asked.run.listing.steps[-1]
    return step.index if step.phase is Phase.UPDATE and asked.about(step.index) else None


def _changes(moment: Moment) -> dict[int, Array]:
    """What the update adds to each trained parameter."""
    with np.errstate(all="ignore"):
        return {
            node: np.asarray(after - moment.used(node))
            for node, after in moment.record.updated.items()
        }


def moves_questions(asked: Asked) -> Iterator[Question]:
    """Which parameter does the update move most? Of an array its largest change counts."""
    event, moment, graph = _last_update(asked), asked.moment, asked.graph
    changes = _changes(moment) if event is not None else {}
    largest = {node: float(np.abs(change).max(initial=0)) for node, change in changes.items()}
    if event is None or len(largest) < 2 or not np.isfinite(list(largest.values())).all():
        return
    first, *others = sorted(largest, key=lambda node: -largest[node])
    if not clearly_apart(largest[first], largest[others[0]]):
        return
    words = "its change is smaller"
    answer = asked.one_of(
        Choice(graph[first].name), [Choice(graph[node].name, words) for node in others]
    )
    asked_for = [graph.named[choice.text] for choice in answer.choices]
    rule = asked.run.experiment.training.rule
    changed = {
        node: f"Δ{element(graph, node, _peak(changes[node]))} = "
        + written(float(changes[node][_peak(changes[node])]))
        for node in asked_for
    }
    given = [f"lr = {written(moment.record.rate)}"]
    for node in asked_for:
        given += _taken(moment, node, _peak(changes[node]))
    yield asked.question(
        QuestionKind.MOVES,
        event,
        "Which parameter does this update move most? Of an array the largest change counts.",
        answer,
        given=tuple(given),
        hints=(rule.words(), next(changed[node] for node in asked_for if node != first)),
        explanation=(
            rule.words(),
            *(changed[node] for node in asked_for),
            f"{graph[first].name} moves most",
        ),
    )


def _peak(change: Array) -> Index:
    """The element that changes most."""
    return unflat(change.shape, int(np.argmax(np.abs(change))))


def _taken(moment: Moment, node: int, index: Index) -> list[str]:
    """What the update of an element is computed from: its gradient, clipped, and its state."""
    graph, record = moment.graph, moment.record
    clipped = record.clipped.get(node)
    gradient = moment.gradient(node) if clipped is None else np.asarray(clipped)
    name = gradient_name(graph, node, index)
    mark = "" if clipped is None else ", clipped"
    return [
        f"{name} = {written(float(gradient[index]))}{mark}",
        *(
            f"{slot} of {element(graph, node, index)} = {written(float(value[index]))}"
            for slot, value in record.optimizer_before[node].items()
        ),
    ]


UP, DOWN, STAYS = "it goes up", "it goes down", "it stays as it is"


def loss_questions(asked: Asked) -> Iterator[Question]:
    """What does the loss of the same batch do when the parameters are updated, and how far?"""
    event, moment, graph = _last_update(asked), asked.moment, asked.graph
    if event is None:
        return
    changes = _changes(moment)
    with np.errstate(all="ignore"):
        parts = {n: float(np.sum(moment.gradient(n) * d)) for n, d in changes.items()}
        before = float(moment.used(graph.loss))
        after = loss_again(moment, moment.record.updated)
        moved, promised = after - before, sum(parts.values())
    if not np.isfinite([before, after, promised]).all():
        return
    name = graph[graph.loss].name
    if not any(np.any(change) for change in changes.values()):
        answer = asked.one_of(
            Choice(STAYS, aliases=("stays", "same", "=")),
            [Choice(way, "no parameter moves: every change is 0") for way in (UP, DOWN)],
        )
    elif abs(moved) < 1e-4 * abs(before) or not askable(moved):
        return
    else:
        answer = asked.one_of(*_outcomes(asked, moved, promised, changes))
    too_long = moved * promised < 0 or abs(moved - promised) > 0.5 * abs(moved)
    estimate = f"Δ{name} ≈ Σ ∂{name}/∂p · Δp = {written(promised)}, as long as the step is short"
    on = " on the same batch" if moment.record.samples else ""
    yield asked.question(
        QuestionKind.LOSS,
        event,
        f"What does {name} do{on} when the parameters are updated?",
        answer,
        given=(f"{name} = {written(before)}", *_listed_parts(moment, changes, parts)),
        hints=(estimate, *(("this step is too long for the slope to hold",) if too_long else ())),
        explanation=(
            estimate,
            f"with the new parameters {name} goes from {written(before)} to {written(after)}",
        ),
    )


def _outcomes(
    asked: Asked, moved: float, promised: float, changes: dict[int, Array]
) -> tuple[Choice, list[Choice]]:
    """What the loss does, and what one might think."""
    graph, rate = asked.graph, asked.moment.record.rate
    sign = "negative" if promised < 0 else "positive"
    slope = f"Σ ∂{graph[graph.loss].name}/∂p · Δp is {sign}"
    against = "the slope says so, but this step is too long for it"
    other = against if moved * promised < 0 else slope
    wrong = [
        Choice(_outcome(-moved), other),
        Choice(STAYS, "gradients that are not 0 moved parameters"),
    ]
    without_rate = moved / rate if rate else moved
    if clearly_apart(without_rate, moved) and askable(without_rate):
        wrong.append(Choice(_outcome(without_rate), "the learning rate is missing"))
    else:
        wrong.append(Choice(_outcome(10 * moved), "that is ten times as much"))
    return Choice(_outcome(moved)), wrong


def _outcome(moved: float) -> str:
    return f"{UP if moved > 0 else DOWN}, by about {written(float(f'{abs(moved):.2g}'))}"


def _listed_parts(
    moment: Moment, changes: dict[int, Array], parts: dict[int, float]
) -> Iterator[str]:
    """Gradient and change of each parameter; of an array the sum of the products."""
    graph = moment.graph
    order = sorted(parts, key=lambda node: -abs(parts[node]))
    for node in sorted(order[:SHOWN_PARAMETERS]):
        name, slope = graph[node].name, gradient_name(graph, node)
        if changes[node].ndim == 0:
            gradient = written(float(moment.gradient(node)))
            yield f"{slope} = {gradient} and Δ{name} = {written(float(changes[node]))}"
        else:
            yield f"Σ {slope} · Δ{name} = {written(parts[node])}"
    if rest := order[SHOWN_PARAMETERS:]:
        yield f"the same of the other {len(rest)} = {written(sum(parts[n] for n in rest))}"


def loss_again(moment: Moment, parameters: Mapping[int, Array]) -> float:
    """The loss of the iteration's batch with other parameters; dropout drops the same again."""
    graph, shapes = moment.graph, moment.shapes
    values: dict[int, Array] = {}
    with np.errstate(all="ignore"):
        for n in graph.nodes[: graph.loss + 1]:
            if n.op is None or n.op.random:
                values[n.id] = np.asarray(parameters.get(n.id, moment.used(n.id)))
            else:
                expr = graph.expression(n.id, shapes)
                values[n.id] = evaluate(expr, values.__getitem__, values.__getitem__)
    return float(values[graph.loss])
