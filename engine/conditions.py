"""Conditions and watched expressions: what a person asks about the moments of a run.

The language is that of formulas, with comparisons, `and or not`, gradients, the iteration before
(`prev`) and the counters of the trace. An expression is checked when it is written; what it says
at an event is a pure function of the states there and one iteration before. Everything else that
finds out about conditions (`taps`, `search`) is only faster.
May import: errors, evaluation, experiment, formulas, graph, listing, ops, shapes, trace.
Imported by: stops, taps, search, debugger.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from engine.errors import FormulaError, ShapeError, with_article
from engine.evaluation import bound
from engine.experiment import Experiment
from engine.formulas import CALLABLE, Expressions, Source, Statement, check_depth, parsed
from engine.graph import Graph, infer_shapes
from engine.listing import Listing
from engine.ops import OPS, Array, Call, Expr, Op, Thunk
from engine.ops.core import REQUIRED
from engine.ops.elementwise import ufunc
from engine.shapes import Shape, broadcast, count, shape_text
from engine.trace import Calendar, State, Status

States = Callable[[int], State]
"""The state at an event of the run, by its ordinal."""

COUNTERS = ("epoch", "iteration", "step")
"""Names of what the trace counts: epochs, iterations of that epoch, iterations so far; from 1."""

# --- logic --------------------------------------------------------------------------------------


def _reduction(function: np.ufunc) -> Callable[..., list[Thunk]]:
    return lambda out, a: [partial(function.reduce, np.asarray(a), axis=None, out=out)]


def _norm_forward(out: Array, a: Array) -> list[Thunk]:
    square, root = np.empty(a.shape), np.empty(())
    return [
        partial(np.multiply, a, a, square),
        partial(np.add.reduce, square, axis=None, out=root),
        partial(np.sqrt, root, out),
    ]


def _elementwise(*shapes: Shape) -> Shape:
    return broadcast(*shapes)


def _one_number(*shapes: Shape) -> Shape:
    return ()


def _op(
    name: str,
    symbol: str,
    arity: int,
    forward: Callable[..., list[Thunk]],
    shape: Callable[..., Shape] = _elementwise,
) -> Op:
    """An op that has no derivative, and so no place in the table of those that have."""
    return Op(name, symbol, arity, forward, shape, words=(), sample=lambda rng: ())


COMPARISONS: dict[type[ast.cmpop], Op] = {
    ast.Lt: _op("less", "<", 2, ufunc(np.less)),
    ast.LtE: _op("less_equal", "≤", 2, ufunc(np.less_equal)),
    ast.Gt: OPS["greater"],
    ast.GtE: _op("greater_equal", "≥", 2, ufunc(np.greater_equal)),
    ast.Eq: OPS["equal"],
    ast.NotEq: _op("not_equal", "≠", 2, ufunc(np.not_equal)),
}
AND = _op("and", "∧", 2, ufunc(np.logical_and))
OR = _op("or", "∨", 2, ufunc(np.logical_or))
NOT = _op("not", "¬", 1, ufunc(np.logical_not))
TESTS = {
    "any": _op("any", "any", 1, _reduction(np.logical_or), shape=_one_number),
    "all": _op("all", "all", 1, _reduction(np.logical_and), shape=_one_number),
    "isnan": _op("isnan", "nan?", 1, ufunc(np.isnan)),
    "isinf": _op("isinf", "inf?", 1, ufunc(np.isinf)),
    "isfinite": _op("isfinite", "fin?", 1, ufunc(np.isfinite)),
}
NORM = _op("norm", "‖·‖", 1, _norm_forward, shape=_one_number)
TRUTHS = frozenset((*COMPARISONS.values(), AND, OR, NOT, *TESTS.values()))
"""The ops whose result is true (1) or false (0)."""

ELEMENTWISE_LOGIC = TRUTHS - {TESTS["any"], TESTS["all"]}
"""Those of them that work number by number."""

# --- what an expression reads -------------------------------------------------------------------

FIRST, LAST = 0, 1
"""Which of its values in one iteration: a parameter before and after its update, a gradient
before and after clipping. What has only one value has the last."""


@dataclass(frozen=True)
class Leaf:
    """Something that an expression reads at an event, or reads as it was one iteration before."""

    kind: Literal["value", "gradient", "epoch", "iteration", "step"]
    node: int = -1
    """The node of the experiment's graph; -1 for a counter."""
    ago: int = 0
    """How many iterations back: 0, or 1 inside `prev`."""

    def spelled(self, graph: Graph) -> str:
        """The leaf as an expression names it."""
        text = self.kind if self.node < 0 else graph[self.node].name
        text = f"grad({text})" if self.kind == "gradient" else text
        return f"prev({text})" if self.ago else text


@dataclass(frozen=True, eq=False)
class Scope:
    """What the names in an expression mean: the trace of one experiment."""

    experiment: Experiment
    listing: Listing
    calendar: Calendar
    _shapes: dict[int, tuple[Shape, ...]] = field(default_factory=dict, repr=False)

    @property
    def graph(self) -> Graph:
        return self.experiment.graph

    def condition(self, text: str, start: int = 0, *, fixed: bool = False) -> Expression:
        """The condition that stands in `text` from character `start` on (from 0).

        One that reads nothing of the run never changes: it is refused unless `fixed`. Raises
        `FormulaError` and `ShapeError`, placed in the text: outside the language, a name that is
        not there, shapes that do not fit, or not one truth value.
        """
        return _read(self, text, start, truth=True, fixed=fixed)

    def expression(self, text: str, start: int = 0, *, fixed: bool = False) -> Expression:
        """The expression, of any shape, that stands in `text` from character `start` on.

        One that reads nothing of the run, like ``2 * 3``, never changes: it is refused unless
        `fixed`. Raises `FormulaError` and `ShapeError`, placed in the text.
        """
        return _read(self, text, start, truth=False, fixed=fixed)

    def shapes(self, batch: int) -> tuple[Shape, ...]:
        """The shapes of the graph's nodes for a batch of this size."""
        if batch not in self._shapes:
            self._shapes[batch] = self.experiment.shapes(batch)
        return self._shapes[batch]

    @property
    def full_batch(self) -> int:
        """The size of a full batch; 0 where there is no data."""
        return self.experiment.training.batches.sizes()[0]

    def shape(self, leaf: Leaf, batch: int) -> Shape:
        """The shape of a leaf in an iteration on a batch of this size."""
        return () if leaf.node < 0 else self.shapes(batch)[leaf.node]

    def writers(self, leaf: Leaf) -> tuple[int, ...]:
        """The events of an iteration that give the leaf a new value, in order."""
        listing, node = self.listing, leaf.node
        if leaf.kind == "gradient":
            complete = listing.gradient_steps[node][-1]
            clipped = listing.clip_step is not None and node in listing.update_step
            return (complete, listing.clip_step) if clipped and listing.clip_step else (complete,)
        if node < 0 or self.graph[node].kind == "data":
            return (1,)
        steps = listing.update_step if self.graph[node].op is None else listing.forward_step
        return (steps[node],) if node in steps else ()

    def stage(self, leaf: Leaf, index: int) -> int | None:
        """Which value of its iteration a leaf has at event `index`; None while it has none.

        Of the iteration before, what was not there yet at that event is read as it was left.
        """
        writers = self.writers(leaf)
        written = sum(event <= index for event in writers)
        if written == len(writers):
            return LAST
        if written or (leaf.kind == "value" and self.graph[leaf.node].op is None):
            return FIRST
        return LAST if leaf.ago else None

    def no_gradient(self, node: int) -> str | None:
        """Why a node has no gradient; None where it has one."""
        if node in self.listing.gradient_steps:
            return None
        n = self.graph[node]
        if n.kind in ("data", "constant"):
            return f"'{n.name}' has no gradient: it is {n.kind if n.kind == 'data' else 'constant'}"
        if node not in self.graph.ancestors(self.graph.loss):
            return f"'{n.name}' has no gradient: the loss does not depend on it"
        return f"'{n.name}' has no gradient: no parameter leads to the loss through it"


@dataclass(frozen=True, eq=False)
class Expression:
    """A condition or a watched expression, checked against the experiment."""

    text: str
    scope: Scope
    tree: Graph
    """Its own nodes: leaves, numbers and ops; the last op stands where a graph has its loss."""
    leaves: Mapping[int, Leaf]
    """What it reads, by node of its tree."""
    truth: bool
    """Whether it is a condition: one truth value."""
    _fitted: dict[tuple[int, int], Expr | None] = field(default_factory=dict, repr=False)

    @cached_property
    def points(self) -> tuple[int, ...]:
        """The events of an iteration that change what it says: where it is tested.

        They write something that it reads, and all that it reads is known there.
        """
        events = {e for leaf in self.leaves.values() for e in self.scope.writers(leaf)}
        return tuple(e for e in sorted(events) if self.unknown(e) is None)

    @cached_property
    def initial(self) -> bool:
        """Whether it is known at the first event of the run, which then is a point, too."""
        return self.past == 0 and self.unknown(1) is None

    @property
    def shape(self) -> Shape:
        """The shape of what it says where the batch is a full one."""
        full = self.scope.full_batch
        expr = self.fitted(full, full)
        assert expr is not None, "it was fitted when it was read"
        return expr.shape

    @property
    def says_truth(self) -> bool:
        """Whether what it says is true (1) or false (0), number by number."""
        return self.tree[self.tree.loss].op in TRUTHS

    @cached_property
    def past(self) -> int:
        """How many iterations back it reads: 0 or 1."""
        return max((leaf.ago for leaf in self.leaves.values()), default=0)

    def unknown(self, index: int) -> int | None:
        """The first node of the tree that reads what event `index` does not know yet, if any."""
        stages = ((node, self.scope.stage(leaf, index)) for node, leaf in self.leaves.items())
        return next((node for node, stage in stages if stage is None), None)

    def fitted(self, batch: int, before: int) -> Expr | None:
        """It over `Value`s, which are nodes of its tree, for a batch and the batch before it.

        None where it does not fit: an index beyond a short batch. Then it is not known.
        """
        key = (batch, before if self.past else batch)
        if key not in self._fitted:
            try:
                self._fitted[key] = self._fit(*key)
            except ShapeError:
                self._fitted[key] = None
        return self._fitted[key]

    def _fit(self, batch: int, before: int) -> Expr:
        """Raises `ShapeError`, placed in the text."""
        graph = self.tree
        shapes = infer_shapes(
            graph,
            {
                graph[node].name: self.scope.shape(leaf, before if leaf.ago else batch)
                for node, leaf in self.leaves.items()
            },
        )
        if self.truth and count(shapes[graph.loss]) != 1:
            node = graph[_many(graph, shapes)]
            raise ShapeError(
                f"this has shape {shape_text(shapes[node.id])}: say any(…) or all(…)",
                place=node.place,
                hint=f"any({node.name}) is true where one of them is, all({node.name}) where all",
            )

        def written(node: int) -> Expr:
            n = graph[node]
            if n.op is None:
                return graph.reference(node, shapes)
            return Call(n.op, tuple(map(written, n.operands)), n.settings)

        return written(graph.loss)

    # --- the meaning ---------------------------------------------------------------------------

    def value(self, states: States, ordinal: int) -> Array | None:
        """What it says right after an event; None while something that it reads is unknown.

        A truth value is 1.0 or 0.0. The array cannot be written to.
        """
        step = self.scope.calendar.step(ordinal)
        if step < self.past:
            return None
        arrays: dict[int, Array] = {}
        for node, leaf in self.leaves.items():
            array = self._read(leaf, states, ordinal)
            if array is None:
                return None
            # One order in memory: sums add in it, and their last bits depend on it.
            arrays[node] = np.array(array, np.float64, order="C")
        events = self.scope.calendar.events
        batch, before = (
            len(states(ordinal - ago * events).record.samples) for ago in (0, self.past)
        )
        expr = self.fitted(batch, before)
        if expr is None:
            return None
        calls: list[Thunk] = []
        found = bound(expr, arrays.__getitem__, calls)
        with np.errstate(all="ignore"):
            for call in calls:
                call()
        result = np.array(found, np.float64, order="C")
        result.flags.writeable = False
        return result

    def before(self, states: States, ordinal: int) -> Array | None:
        """What it said one iteration before an event, as `prev` of it would be read.

        What was not there yet at that event is read as it was left. An expression that reads
        `prev` itself is read at that event. None where it is not known.
        """
        if self.past:
            earlier = ordinal - self.scope.calendar.events
            return self.value(states, earlier) if earlier > 0 else None
        return self._earlier.value(states, ordinal)

    @cached_property
    def _earlier(self) -> Expression:
        leaves = {node: replace(leaf, ago=1) for node, leaf in self.leaves.items()}
        return replace(self, leaves=leaves, _fitted={})

    def _read(self, leaf: Leaf, states: States, ordinal: int) -> Array | None:
        calendar = self.scope.calendar
        step, index = divmod(ordinal - 1, calendar.events)
        if leaf.node < 0:
            return np.asarray(counters(calendar, step - leaf.ago)[leaf.kind])
        at = ordinal - leaf.ago * calendar.events
        if leaf.ago and self.scope.stage(replace(leaf, ago=0), index + 1) is None:
            at = step * calendar.events
        state = states(at)
        if leaf.kind == "value":
            return state.value(leaf.node)
        complete = state.gradient_status(leaf.node) is Status.COMPLETE
        return state.gradient(leaf.node) if complete else None


def counters(calendar: Calendar, step: Any) -> dict[str, Any]:
    """What the names of `COUNTERS` say in iteration `step` of the run (from 0), or in several."""
    epoch = step // calendar.iterations
    iteration = step - epoch * calendar.iterations
    return {"epoch": epoch + 1.0, "iteration": iteration + 1.0, "step": step + 1.0}


def _many(graph: Graph, shapes: tuple[Shape, ...]) -> int:
    """The node that makes a condition more than one truth value."""
    node = graph.loss
    while graph[node].op in (AND, OR, NOT):
        node = next(i for i in graph[node].operands if count(shapes[i]) != 1)
    return node


# --- reading ------------------------------------------------------------------------------------

EXAMPLE = "like  loss > 2 * prev(loss)"


def _read(scope: Scope, text: str, start: int, *, truth: bool, fixed: bool = False) -> Expression:
    line = re.sub(r"[\n\r\t\f\v]", " ", text)
    start += len(line[start:]) - len(line[start:].lstrip())
    source = Source((line,), 1, start)
    what = "condition" if truth else "expression"
    example = EXAMPLE if truth else "like  grad(w1)"
    statement = parsed(source, what, f"write {with_article(what)}, {example}")
    match statement:
        case ast.Expr(value=tree):
            pass
        case ast.Assign():
            raise FormulaError(
                "this assigns", place=source.place(statement), hint="to compare write =="
            )
        case _:
            word = type(statement).__name__.lower()
            raise FormulaError(
                f"'{word}' is not {with_article(what)}", place=source.place(statement), hint=EXAMPLE
            )
    place = source.place(tree)
    check_depth(tree, what, place)
    builder = _Builder(scope)
    whole = Statement(source, "", tree, source.segment(tree), place)
    root = builder.expression(whole, tree)
    if truth:
        builder.check_truth(whole, tree, root)
    if not (builder.leaves or fixed):
        raise FormulaError(
            "this never changes: it reads nothing of the run",
            place=place,
            hint=f"name a value, {EXAMPLE}",
        )
    tree_nodes = Graph(tuple(builder.nodes), (), root)
    leaves = {node: leaf for leaf, node in builder.leaves.items()}
    expression = Expression(whole.text, scope, tree_nodes, leaves, truth)
    full = scope.full_batch
    expression._fitted[full, full] = expression._fit(full, full)
    return expression


class _Builder(Expressions):
    """Reads one expression over the leaves that it names."""

    functions = {
        **{name: op for name, op in CALLABLE.items() if op.drawn is None and op.index_axis is None},
        "sign": OPS["sign"],
        "norm": NORM,
        **TESTS,
    }
    special = ("grad", "prev")
    language = (
        "conditions have < <= > >= == !=, and or not, + - * / ** @, names, numbers, grad(…), "
        "prev(…) and calls"
    )

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope
        self.leaves: dict[Leaf, int] = {}
        self.ago = 0

    def check_truth(self, s: Statement, tree: ast.expr, node: int) -> None:
        """Refuse what is a number where true or false is wanted."""
        if self.nodes[node].op not in TRUTHS:
            text = s.source.segment(tree)
            raise FormulaError(
                "this is a number, not true or false",
                place=s.source.place(tree),
                hint=f"compare it, like  {text} > 0",
            )

    def expression(self, s: Statement, tree: ast.expr) -> int:
        match tree:
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self._comparison(s, tree, ops, [left, *others])
            case ast.BoolOp(op=op, values=values):
                joined = AND if isinstance(op, ast.And) else OR
                node, *rest = (self._truth(s, value) for value in values)
                for other in rest:
                    node = self._op(s, tree, joined, (node, other))
                return node
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._op(s, tree, NOT, (self._truth(s, operand),))
            case _:
                return super().expression(s, tree)

    def _truth(self, s: Statement, tree: ast.expr) -> int:
        node = self.expression(s, tree)
        self.check_truth(s, tree, node)
        return node

    def _comparison(
        self, s: Statement, tree: ast.expr, ops: list[ast.cmpop], operands: list[ast.expr]
    ) -> int:
        for op in ops:
            if type(op) not in COMPARISONS:
                raise FormulaError(
                    f"'{type(op).__name__}' is no comparison of numbers",
                    place=s.source.place(tree),
                    hint=self.language,
                )
        nodes = [self.expression(s, operand) for operand in operands]
        pairs = [
            self._op(s, tree, COMPARISONS[type(op)], pair)
            for op, pair in zip(ops, pairwise(nodes), strict=True)
        ]
        first, *rest = pairs
        for pair in rest:
            first = self._op(s, tree, AND, (first, pair))
        return first

    def _name(self, s: Statement, tree: ast.expr, name: str) -> int:
        named = self.scope.graph.named
        if name in named:
            return self._leaf(s, tree, Leaf("value", named[name], self.ago))
        if name in COUNTERS:
            return self._leaf(s, tree, Leaf(name, ago=self.ago))
        raise self._unknown(s, tree, name, [*named, *COUNTERS])

    def _leaf(self, s: Statement, tree: ast.expr, leaf: Leaf) -> int:
        if leaf not in self.leaves:
            spelled, place = leaf.spelled(self.scope.graph), s.source.place(tree)
            self.leaves[leaf] = self._new(spelled, "data", place=place)
        return self.leaves[leaf]

    def _call(self, s: Statement, tree: ast.Call) -> int:
        match tree.func:
            case ast.Name(id="grad"):
                return self._gradient(s, tree)
            case ast.Name(id="prev"):
                return self._previous(s, tree)
            case ast.Name(id=name) if name in CALLABLE and name not in self.functions:
                why = "it draws at random" if CALLABLE[name].drawn else "its indices could be wrong"
                raise FormulaError(
                    f"{name} is for formulas only: {why}",
                    place=s.source.place(tree.func),
                    hint="name the value of a formula that uses it",
                )
            case _:
                return super()._call(s, tree)

    def _gradient(self, s: Statement, tree: ast.Call) -> int:
        match tree:
            case ast.Call(args=[ast.Name(id=name) as inner], keywords=[]):
                pass
            case _:
                raise FormulaError(
                    "grad takes the name of one value",
                    place=s.source.place(tree),
                    hint="an entry of a gradient is  grad(W)[0]",
                )
        named = self.scope.graph.named
        if name not in named:
            raise self._unknown(s, inner, name, list(named))
        why = self.scope.no_gradient(named[name])
        if why is not None:
            raise FormulaError(why, place=s.source.place(inner))
        return self._leaf(s, tree, Leaf("gradient", named[name], self.ago))

    def _previous(self, s: Statement, tree: ast.Call) -> int:
        match tree:
            case ast.Call(args=[inner], keywords=[]) if not self.ago:
                pass
            case ast.Call(args=[_], keywords=[]):
                raise FormulaError(
                    "prev inside prev: only one iteration back is known",
                    place=s.source.place(tree),
                )
            case _:
                raise FormulaError(
                    "prev takes one expression", place=s.source.place(tree), hint="prev(loss)"
                )
        self.ago = 1
        try:
            return self.expression(s, inner)
        finally:
            self.ago = 0


# --- for a front end ----------------------------------------------------------------------------


def signatures() -> dict[str, str]:
    """How each function of conditions and watched expressions is called, by its name.

    ``{"grad": "grad(NAME)", "sum": "sum(a, axis=None, keepdims=False)", …}``
    """
    special = {"grad": "grad(NAME)", "prev": "prev(EXPRESSION)"}
    ops = {name: _signature(name, op) for name, op in _Builder.functions.items()}
    return special | dict(sorted(ops.items()))


def _signature(name: str, op: Op) -> str:
    operands = [*"abcdefgh"[: op.written_arity], *(["…"] if op.variadic else [])]
    settings = [k if v is REQUIRED else f"{k}={v}" for k, v in op.settings.items()]
    return f"{name}({', '.join([*operands, *settings])})"
