"""An element of a gradient as a sum of products: the chain rule of that very number.

Up from the element the chain leads through formulas, or through one op, as long as each local
derivative is a number by itself and nothing is summed in between; what is above arrives as one
upstream gradient, which the question gives. Of a matrix product the local derivative is one number
of the other operand.
May import: evaluation, explain, notation, ops, shapes, numerals, questions, why.
Imported by: asking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from engine.evaluation import evaluate
from engine.explain import Level, factor
from engine.graph import Graph
from engine.notation import MATH
from engine.ops import Array, Call, Expr, Number, Value
from engine.quiz.numerals import listed, rounded, written
from engine.quiz.questions import Link
from engine.shapes import Samples, Shape, broadcast
from engine.trace import State
from engine.why.moment import Index, Moment, aligned, flat, unflat
from engine.why.targets import element, gradient_name

MAX_LINKS = 4
"""Factors that a chain has at most: the lecture's net has three."""

MAX_TERMS = 4
"""Terms that a reader is asked to add up at most."""


@dataclass(frozen=True, eq=False)
class Chain:
    """Products of `links` to be added, one term a sample or one for each element above."""

    name: str
    """``∂loss/∂w1``"""
    links: tuple[Link, ...]
    shown: tuple[Array, ...]
    """The values of the links as they follow from the numbers that the question gives."""
    given: tuple[str, ...]
    numbers: tuple[str, ...]
    """Each link with numbers in place of names: ``−2/4 · (0.25 − 0.375)``."""
    slopes: int
    """How many links, the last ones, are to be found; one before them is given."""
    counted: int
    """The samples that a mean in the chain divides by; 0 where none does."""
    sample: int | None = None
    """The sample of the batch, from 0, that the terms are the share of; None for all."""

    @cached_property
    def terms(self) -> Array:
        """The products, in order."""
        return _products([np.array(link.values) for link in self.links])

    @property
    def total(self) -> float:
        return float(np.sum(self.terms))

    @property
    def legible_total(self) -> float:
        """What a reader gets from the numbers as they are written."""
        return float(np.sum(_products(self.shown)))

    @property
    def trivial(self) -> bool:
        """Whether the only factor to find is 1: what is given is the answer."""
        return self.slopes == 1 and self.links[-1].rule == "1"

    @property
    def symbols(self) -> str:
        product = " · ".join(link.symbol for link in self.links)
        return f"Σ {product}" if len(self.terms) > 1 else product

    @property
    def hints(self) -> tuple[str, ...]:
        """One factor after the other, as far as the question does not give it."""
        first = len(self.links) - self.slopes
        return tuple(self._line(at) for at in range(first, len(self.links)))

    def explanation(self) -> tuple[str, ...]:
        """Symbols, each factor, numbers, result."""
        with_numbers = added(zip(*(link.values for link in self.links), strict=True))
        name = self.name if self.sample is None else f"{self.name}, sample {self.sample + 1}"
        if self.symbols == name:
            return (self._line(0),)
        return (
            f"{name} = {self.symbols}",
            *(self._line(at) for at in range(len(self.links))),
            f"{name} = {with_numbers} = {written(self.total)}",
        )

    def _line(self, at: int) -> str:
        link, value = self.links[at], listed(np.array(self.links[at].values))
        parts = dict.fromkeys((link.symbol, link.rule, self.numbers[at], value))
        return " = ".join(part for part in parts if part)


def _products(links: Sequence[Array]) -> Array:
    with np.errstate(all="ignore"):
        return np.prod(np.array(links, dtype=float), axis=0)


def added(products: Iterable[Sequence[float]]) -> str:
    """A sum of products in numbers; negative ones in parentheses, but for the first of all."""
    terms = [[f"({written(v)})" if v < 0 else written(v) for v in p] for p in products]
    terms[0][0] = terms[0][0].strip("()")
    return " + ".join(" · ".join(term) for term in terms)


# --- the terms of an element ---------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Sum:
    """All terms of an element of a gradient, of which a question may take some."""

    samples: tuple[int | None, ...]
    """For each term the sample of the batch that it belongs to, from 0."""
    products: Array
    take: Callable[[Sequence[int]], Chain]

    def whole(self) -> Chain | None:
        """All terms together, where they are few."""
        return self.take(range(len(self.samples))) if len(self.samples) <= MAX_TERMS else None

    def shares(self) -> Iterator[tuple[int, list[int]]]:
        """(sample, its terms) where they are few, and more samples than one have any."""
        found: dict[int | None, list[int]] = {}
        for at, sample in enumerate(self.samples):
            found.setdefault(sample, []).append(at)
        if len(found) > 1:
            for sample, terms in found.items():
                if sample is not None and len(terms) <= MAX_TERMS:
                    yield sample, terms

    def share(self, sample: int, terms: Sequence[int]) -> Chain:
        """What one sample gives."""
        return replace(self.take(terms), sample=sample)


def readers(moment: Moment, node: int) -> tuple[int, ...]:
    """The formulas, by their nodes, that send a gradient to a named node."""
    graph, steps = moment.graph, moment.listing.gradient_steps
    return tuple(f.node for f in graph.formulas if node in f.operands and f.node in steps)


def edges(moment: Moment, above: int, node: int) -> tuple[int, ...]:
    """The events that carry what a formula contributes to one of its operands."""
    graph, listing = moment.graph, moment.listing
    return tuple(
        event
        for event in listing.gradient_steps[node]
        if (source := listing.step(event).source) is not None
        and graph[source].formula == graph[above].formula
    )


Terms = Callable[[Index], "Sum | None"]
"""The terms of an element; None where these are no products of two numbers."""


def through_formula(moment: Moment, above: int, node: int) -> Terms | None:
    """∂loss/∂node through a formula that reads it, and on toward the loss.

    None where the formula's derivative is no product, number by number.
    """
    moment = moment.before(edges(moment, above, node)[-1])
    steps = _climbed(moment, above, node, "formula")
    return partial(_elementwise, moment, steps, node) if steps else None


def through_op(moment: Moment, event: int) -> Terms | None:
    """What one backward event contributes; None where that is no product."""
    moment = moment.before(event)
    step, graph = moment.listing.step(event), moment.graph
    if step.source is None or step.node is None or step.operand is None:
        return None
    source = graph[step.source]
    if source.op is None or source.operands.count(step.node) > 1:
        return None
    if not source.op.elementwise:
        return partial(_partners, moment, step.source, step.operand)
    steps = _climbed(moment, step.source, step.node, "op")
    return partial(_elementwise, moment, steps, step.node) if steps else None


# --- factors that are numbers for every element ---------------------------------------------------

Climbed = tuple[tuple[int, int, Expr], ...]
"""(above, below, local derivative) from the top down."""


def _climbed(moment: Moment, above: int, node: int, level: Level) -> Climbed:
    """The local derivatives from a node up, as far as they are a plain product."""
    first = _slope(moment, above, node, level)
    if first is None:
        return ()
    steps = [(above, node, first)]
    while level == "formula" and len(steps) < MAX_LINKS:
        below = steps[0][0]
        above = next(iter(readers(moment, below)), below)
        if below == moment.graph.loss or len(readers(moment, below)) != 1:
            break
        slope = _slope(moment, above, below, level)
        if slope is None or _spread(moment, above, below, slope) != moment.shapes[below]:
            break
        steps.insert(0, (above, below, slope))
    return tuple(steps)


def _slope(moment: Moment, above: int, below: int, level: Level) -> Expr | None:
    last = edges(moment, above, below)[-1] if level == "formula" else 0
    event = last or len(moment.listing.steps)
    state = State(moment.graph, moment.listing, moment.record, event)
    expr = factor(state, above, below, level).expression
    return expr if expr is not None and plain(expr, moment.graph) else None


def plain(expr: Expr, graph: Graph) -> bool:
    """Whether an expression is one of numbers, element by element, that all have names."""
    match expr:
        case Number():
            return True
        case Value(node):
            op = graph[node].op
            return op is None or not op.random
        case Call(op, args):
            return op.elementwise and all(plain(arg, graph) for arg in args)
        case _:
            return False


def _spread(moment: Moment, above: int, below: int, slope: Expr) -> Shape:
    return broadcast(moment.shapes[above], slope.shape, moment.shapes[below])


def _elementwise(moment: Moment, steps: Climbed, node: int, index: Index) -> Sum:
    graph, shapes, top = moment.graph, moment.shapes, steps[0][0]
    above, _, last = steps[-1]
    shape = _spread(moment, above, node, last)
    numbered = np.arange(int(np.prod(shapes[node]))).reshape(shapes[node])
    here = np.broadcast_to(numbered, shape).reshape(-1) == flat(shapes[node], index)
    places = np.flatnonzero(here)
    given_above = top != graph.loss
    everything = Elements(moment, shape, places)
    factors = [everything.evaluated(expr) for _, _, expr in steps]
    if given_above:
        factors.insert(0, everything.of(moment.gradient(top)))

    def take(chosen: Sequence[int]) -> Chain:
        at = Elements(moment, shape, places[list(chosen)])
        links: list[Link] = []
        numbers: list[str] = []
        shown: list[Array] = []
        given: dict[str, None] = {}
        if given_above:
            upstream = at.of(moment.gradient(top))
            name = gradient_name(graph, top, at.index(top))
            links.append(Link(name, "", tuple(upstream.tolist())))
            shown.append(rounded(upstream))
            numbers.append("")
            given[f"{name} = {listed(upstream)}"] = None
        for above, below, expr in steps:
            low = index if below == node else at.index(below)
            symbol = f"∂{element(graph, above, at.index(above))}/∂{element(graph, below, low)}"
            links.append(Link(symbol, at.symbols(expr), tuple(at.evaluated(expr).tolist())))
            numbers.append(at.numbers(expr))
            shown.append(at.evaluated(expr, as_shown=True))
            given |= dict.fromkeys(at.given(expr))
        counted = max(_counted(expr) for _, _, expr in steps)
        return Chain(
            gradient_name(graph, node, index),
            tuple(links),
            tuple(shown),
            tuple(given),
            tuple(numbers),
            len(steps),
            counted,
        )

    return Sum(everything.samples(), _products(factors), take)


def _counted(expr: Expr) -> int:
    match expr:
        case Number(value, "N"):
            return int(value)
        case Call(_, args):
            return max(map(_counted, args), default=0)
        case _:
            return 0


class Elements:
    """Some elements of a shape to which the operands of an expression are broadcast."""

    def __init__(self, moment: Moment, shape: Shape, places: Array) -> None:
        self.moment, self.shape, self.places = moment, shape, places

    def of(self, array: Array) -> Array:
        """The numbers of an array there."""
        return np.broadcast_to(array, self.shape).reshape(-1)[self.places]

    def index(self, node: int) -> Index:
        """The element of a node, where there is only one place; else nothing."""
        if len(self.places) > 1:
            return ()
        return aligned(self.moment.shapes[node], unflat(self.shape, self.places[0]))

    def evaluated(self, expr: Expr, *, as_shown: bool = False) -> Array:
        """An expression there, on the numbers as they are or as a question writes them."""

        def value(node: int) -> Array:
            numbers = self.of(self.moment.used(node))
            return rounded(numbers) if as_shown else numbers

        with np.errstate(all="ignore"):
            found = evaluate(expr, value, value)
        return np.array(np.broadcast_to(found, self.places.shape), dtype=float)

    def symbols(self, expr: Expr) -> str:
        return MATH.write(expr, lambda n: element(self.moment.graph, n, self.index(n)))

    def numbers(self, expr: Expr) -> str:
        text = MATH.write(expr, lambda n: listed(self.of(self.moment.used(n))))
        counted = _counted(expr)
        return text.replace("/N", f"/{counted}") if counted else text

    def given(self, expr: Expr) -> tuple[str, ...]:
        """The numbers that the expression reads: ``w2 = 1.5``."""
        graph = self.moment.graph
        found = [
            f"{element(graph, n, self.index(n))} = {listed(self.of(self.moment.used(n)))}"
            for n in read_by(expr)
        ]
        counted = _counted(expr)
        return (*found, f"N = {counted}") if counted else tuple(found)

    def samples(self) -> tuple[int | None, ...]:
        axes = [axis for axis, n in enumerate(self.shape) if isinstance(n, Samples)]
        if not axes:
            return (None,) * len(self.places)
        return tuple(int(i) for i in np.unravel_index(self.places, self.shape)[axes[0]])


def read_by(expr: Expr) -> tuple[int, ...]:
    """The nodes whose values an expression reads, each once, in order."""
    match expr:
        case Value(node):
            return (node,)
        case Call(_, args):
            return tuple(dict.fromkeys(node for arg in args for node in read_by(arg)))
        case _:
            return ()


# --- matrix products ------------------------------------------------------------------------------


def _partners(moment: Moment, source: int, position: int, index: Index) -> Sum | None:
    """Of an op that multiplies two operands: upstream gradients times numbers of the other one."""
    graph, op = moment.graph, moment.op(source)
    others = [p for p in op.linear if p != position]
    if len(others) != 1 or position not in op.linear:
        return None
    places, slopes = op.column(position, index)
    if not len(places) or len(places) > 64:
        return None
    found = [op.partner(position, index, unflat(op.shape, place)) for place in places]
    partners = [(element(graph, op.operands[p[0]], p[1]), p[2]) for p in found if p is not None]
    if len(partners) != len(places) or any(scale != 1.0 for _, scale in partners):
        return None
    upstream = moment.gradient(source).reshape(-1)[places]
    ups = [gradient_name(graph, source, unflat(op.shape, place)) for place in places]
    below = element(graph, op.operands[position], index)

    def take(chosen: Sequence[int]) -> Chain:
        at = list(chosen)
        one = len(at) == 1
        above = element(graph, source, unflat(op.shape, places[at[0]]) if one else ())
        name = ups[at[0]] if one else gradient_name(graph, source)
        rule = ", ".join(partners[i][0] for i in at)
        links = (
            Link(name, "", tuple(upstream[at].tolist())),
            Link(f"∂{above}/∂{below}", rule if one else f"[{rule}]", tuple(slopes[at].tolist())),
        )
        given = [f"{ups[i]} = {written(float(upstream[i]))}" for i in at]
        given += [f"{partners[i][0]} = {written(float(slopes[i]))}" for i in at]
        return Chain(
            gradient_name(graph, op.operands[position], index),
            links,
            tuple(rounded(np.array(link.values)) for link in links),
            tuple(dict.fromkeys(given)),
            ("", ""),
            1,
            0,
        )

    samples = tuple(
        None if s is None else s.position
        for s in (moment.sample(source, unflat(op.shape, place)) for place in places)
    )
    with np.errstate(all="ignore"):
        return Sum(samples, upstream * slopes, take)
