"""One number of an array, and the numbers that it is made of.

Of a matrix product its own sum of products, ``x[2, 0] · W[0, 3] + x[2, 1] · W[1, 3]``; of an
elementwise op the formula on single numbers, ``tanh(z[2, 3])``; of a gradient, for each event that
has contributed, upstream gradients times local derivatives. A parameter's is what it was plus what
its update added. Only the numbers that matter are looked at, wherever the op says which ones.
May import: evaluation, explain, notation, ops, shapes, trace, why, matrices.
Imported by: debugger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.derivation.matrices import Matrix, MatrixProduct, arrived_product, matrix_product
from engine.evaluation import evaluate, scales, substitute
from engine.explain import used
from engine.notation import MATH
from engine.ops import Array, Gradient, Number, Value
from engine.shapes import Samples, Shape, count
from engine.trace import State
from engine.why.moment import OpAt, aligned
from engine.why.targets import Target, element, gradient_name

LIMIT = 1 << 16
"""Numbers in operands and result together beyond which only arithmetic tells what an element is
made of: to find it by pushing a single 1 through the op would take too long."""

LETTERS = "kijlmpqrstuv"

Place = int | str
"""An index along an axis, or the letter of one that runs."""


@dataclass(frozen=True, eq=False)
class Makeup:
    """What one number is made of."""

    name: str
    """``z[2, 3]``, ``∂loss/∂W[0, 2]``"""
    symbols: str
    """``Σₖ x[2, k] · W[k, 3]``, ``tanh(z[2, 3])``"""
    number: float
    """What the op or the event computed."""
    terms: tuple[Array, ...]
    """The factors, an array each; their products add up to the number. Empty for a formula."""
    event: int
    """The event of the iteration, counted from 1."""
    samples: bool = False
    """Whether the sum runs over the samples of the batch."""
    written: Callable[[Callable[[float], str]], str] | None = None
    """Of a formula: its text with numbers, each formatted by a function."""

    @property
    def products(self) -> Array:
        """The terms, each factor multiplied."""
        total: Array = np.ones(1)
        with np.errstate(all="ignore"):
            for factor in self.terms:
                total = total * factor
        return total


def makeup(state: State, target: Target) -> tuple[Makeup, ...]:
    """What an element is made of at an event: one answer for a value, one for each contribution
    that has arrived for a gradient. Nothing where it is a leaf, not computed, or no sum at all.

    The target has an index for each axis.
    """
    if target.what == "value":
        updated = state.listing.update_step.get(target.node)
        if updated is not None and updated <= state.index:
            return (_updated(state, target, updated),)
        step = state.listing.forward_step.get(target.node)
        known = step is not None and step <= state.index
        found = [_value(state, target, step)] if known and step is not None else []
    else:
        steps = state.listing.gradient_steps.get(target.node, ())
        found = [_arrived(state, target, step) for step in steps if step <= state.index]
    return tuple(made for made in found if made is not None)


# --- values -------------------------------------------------------------------------------------


def _updated(state: State, target: Target, event: int) -> Makeup:
    """A parameter's number after its update: what it was, and what the update added."""
    name = element(state.graph, target.node, target.index)
    before = float(state.record.leaves[target.node][target.index])
    after = float(state.record.updated[target.node][target.index])
    with np.errstate(all="ignore"):
        change = float(np.subtract(after, before))
    return Makeup(name, f"{name} before + Δ{name}", after, (np.array([before, change]),), event)


def _value(state: State, target: Target, event: int) -> Makeup | None:
    graph, shapes = state.graph, state.record.shapes
    n = graph[target.node]
    assert n.op is not None
    product = matrix_product(state, "value", target.node)
    if product is not None:
        return _of_product(state, product, target)
    name = element(graph, target.node, target.index)
    number = float(used(state, target.node)[target.index])
    if n.op.elementwise:
        expr = graph.expression(target.node, shapes)

        def written(show: Callable[[float], str]) -> str:
            def number_of(node: int) -> str:
                return show(float(used(state, node)[aligned(shapes[node], target.index)]))

            return MATH.write(expr, number_of)

        symbols = MATH.write(expr, lambda i: _atom(state, i, _aligned(shapes[i], target.index)))
        return Makeup(name, symbols, number, (), event, written=written)
    if not n.op.multilinear and n.op.name != "concat":
        return None
    op = _op_at(state, target.node)
    if op is None:
        return None
    if len(op.linear) == 2:
        return _of_pairs(state, op, target, name, number, event)
    rows = [(p, *row) for p, row in enumerate(op.row(target.index)) if len(row[0])]
    if len(rows) != 1:
        return None
    ((position, places, slopes),) = rows
    operand = n.operands[position]
    numbers = op.arrays[position].reshape(-1)[places]
    pattern = _pattern(state, operand, places)
    symbols = element(graph, operand, pattern)
    terms = _without_ones(numbers, slopes)
    if len(terms) == 2:
        symbols = f"{_share(slopes)} · {symbols}" if _share(slopes) else symbols
    return Makeup(
        name,
        _summed(state, symbols, operand, pattern),
        number,
        terms,
        event,
        _over_samples(state, operand, pattern),
    )


def _of_pairs(
    state: State, op: OpAt, target: Target, name: str, number: float, event: int
) -> Makeup:
    """Of an op that multiplies numbers of two operands, a convolution: which ones it multiplies."""
    first, second = op.linear
    rows = op.row(target.index)
    (places, slopes), (others, _) = rows[first], rows[second]
    left = element(state.graph, op.operands[first], _ranges(op.shapes[first], places))
    right = element(state.graph, op.operands[second], _ranges(op.shapes[second], others))
    terms = (op.arrays[first].reshape(-1)[places], slopes)
    return Makeup(name, f"Σ {left} · {right}", number, terms, event)


# --- gradients ----------------------------------------------------------------------------------


def _arrived(state: State, target: Target, event: int) -> Makeup | None:
    """What one backward event has added to one element."""
    graph = state.graph
    step = state.listing.step(event)
    added = state.record.contributions[event - 1]
    if step.source is None or step.operand is None or added is None:
        return None
    product = arrived_product(state, event)
    if product is not None:
        return _of_product(state, product, target)
    source = graph[step.source]
    upstream = state.gradient(step.source)
    if source.op is None or upstream is None:
        return None
    name = gradient_name(graph, target.node, target.index)
    number = float(np.asarray(added)[target.index])
    if source.op.elementwise:
        return _through_elementwise(state, target, event, name, number)
    op = _op_at(state, step.source)
    if op is None:
        return None
    places, slopes = op.column(step.operand, target.index)
    if not len(places):
        return None
    pattern = _pattern(state, step.source, places)
    terms = _without_ones(np.asarray(upstream).reshape(-1)[places], slopes)
    symbols = gradient_name(graph, step.source, pattern)
    if len(terms) == 2 and not source.op.multilinear:
        symbols = _rule(state, step.source, step.operand)
    elif len(terms) == 2:
        below = element(graph, target.node, target.index)
        local = _share(slopes) or f"∂{element(graph, step.source, pattern)}/∂{below}"
        symbols = f"{symbols} · {local}"
    if source.op.multilinear:
        symbols = _summed(state, symbols, step.source, pattern)
    return Makeup(
        name,
        symbols,
        number,
        terms,
        event,
        _over_samples(state, step.source, pattern),
    )


def _rule(state: State, source: int, operand: int) -> str:
    """What an op sends to an operand, written for whole arrays."""
    graph, shapes = state.graph, state.record.shapes
    n = graph[source]
    assert n.op is not None
    operands = tuple(graph.reference(i, shapes) for i in n.operands)
    upstream, out = Gradient(source, shapes[source]), Value(source, shapes[source])
    expr = n.op.contributions(upstream, out, operands, n.settings)[operand]
    return MATH.write(expr, lambda i: graph[i].name, graph[graph.loss].name)


def _through_elementwise(
    state: State, target: Target, event: int, name: str, number: float
) -> Makeup:
    """Upstream gradients times local derivatives, summed over what broadcasting has spread."""
    graph, shapes = state.graph, state.record.shapes
    step = state.listing.step(event)
    assert step.source is not None and step.operand is not None
    source, shape = graph[step.source], shapes[step.source]
    assert source.op is not None
    operands = tuple(graph.reference(i, shapes) for i in source.operands)
    flowing = Gradient(step.source, shape)
    expr = source.op.contributions(flowing, Value(step.source, shape), operands, source.settings)[
        step.operand
    ]
    pattern = _spread(shapes[target.node], shape, target.index)
    runs = tuple(slice(None) if isinstance(at, str) else at for at in pattern)

    def picked(array: Array) -> Array:
        return np.broadcast_to(array, shape)[runs].reshape(-1)

    def written(node: int) -> str:
        return _atom(state, node, _aligned(shapes[node], pattern))

    upstream = picked(np.asarray(state.gradient(step.source)))
    # A single letter gets no parentheses; what it stands for needs none either.
    symbols = MATH.write(expr, written, upstream=lambda _: UPSTREAM).replace(
        UPSTREAM, gradient_name(graph, step.source, pattern)
    )
    with np.errstate(all="ignore"):
        local = substitute(expr, step.source, Number(1.0)) if scales(expr, step.source) else expr
        slopes = evaluate(local, lambda n: picked(used(state, n)), lambda _: upstream)
    slopes = np.array(np.broadcast_to(slopes, upstream.shape), float)
    terms = _without_ones(upstream, slopes) if local is not expr else (slopes,)
    return Makeup(
        name,
        _summed(state, symbols, step.source, pattern),
        number,
        terms,
        event,
        _over_samples(state, step.source, pattern),
    )


# --- matrix products ----------------------------------------------------------------------------


def _of_product(state: State, product: MatrixProduct, target: Target) -> Makeup:
    row, column = product.place(target.index)
    left, right = product.left, product.right
    letter = "n" if product.samples else LETTERS[0]
    runs = left.array.shape[1] > 1

    def written(matrix: Matrix, at: tuple[Place, Place]) -> str:
        names = {"value": element, "gradient": gradient_name}
        places = dict(zip(matrix.axes, at, strict=True))
        index = tuple(places[axis] for axis in sorted(a for a in places if a is not None))
        return names[matrix.what](state.graph, matrix.node, index)

    place: Place = letter if runs else 0
    symbols = f"{written(left, (row, place))} · {written(right, (place, column))}"
    names = {"value": element, "gradient": gradient_name}
    return Makeup(
        names[target.what](state.graph, target.node, target.index),
        f"Σ{_SUBSCRIPTS[letter]} {symbols}" if runs else symbols,
        float(product.target.array[row, column]),
        (left.array[row], right.array[:, column]),
        product.event,
        product.samples,
    )


# --- indices as they are written ----------------------------------------------------------------

UPSTREAM = "ℵ"
"""What stands for an upstream gradient while a rule is written."""

_SUBSCRIPTS = dict(zip("kijlmnprstuv", "ₖᵢⱼₗₘₙₚᵣₛₜᵤᵥ", strict=True))


def _atom(state: State, node: int, index: Sequence[Place]) -> str:
    """An element inside a formula, whose writer puts the parentheses."""
    if not index:
        return state.graph[node].name
    return element(state.graph, node, index)


def _aligned(shape: Shape, index: Sequence[Place]) -> tuple[Place, ...]:
    """The place in an operand of this shape that broadcasting puts at a place of the result."""
    tail = index[len(index) - len(shape) :]
    return tuple(0 if n == 1 else at for n, at in zip(shape, tail, strict=True))


def _spread(small: Shape, large: Shape, index: tuple[int, ...]) -> tuple[Place, ...]:
    """The places of a result that an element of an operand was spread to."""
    missing = len(large) - len(small)
    own = [
        None if axis < missing or (small[axis - missing] == 1 != n) else index[axis - missing]
        for axis, n in enumerate(large)
    ]
    letters = _letters(large, [axis for axis, at in enumerate(own) if at is None])
    return tuple(letters[axis] if at is None else at for axis, at in enumerate(own))


def _pattern(state: State, node: int, places: Array) -> tuple[Place, ...]:
    """Flat positions as one index: a number where all have the same, else a letter."""
    shape = state.record.shapes[node]
    if not shape:
        return ()
    indices = np.unravel_index(places, shape)
    moving = [axis for axis, at in enumerate(indices) if len(at) and (at != at[0]).any()]
    letters = _letters(shape, moving)
    return tuple(
        letters[axis] if axis in letters else int(at[0]) if len(at) else 0
        for axis, at in enumerate(indices)
    )


def _ranges(shape: Shape, places: Array) -> tuple[Place, ...]:
    """Flat positions as an index with ranges: ``2, 0, 1:4, 1:4``."""
    indices = [np.unique(at).tolist() for at in np.unravel_index(places, shape)]
    return tuple(at[0] if len(at) == 1 else f"{at[0]}:{at[-1] + 1}" if at else 0 for at in indices)


def _letters(shape: Shape, axes: Sequence[int]) -> dict[int, Place]:
    """A letter for each axis that runs, n for the samples; 0 where there is only one place."""
    others = iter(LETTERS)
    found: dict[int, Place] = {}
    for axis in axes:
        n = shape[axis]
        found[axis] = 0 if n == 1 else "n" if isinstance(n, Samples) else next(others)
    return found


def _summed(state: State, symbols: str, node: int, pattern: Sequence[Place]) -> str:
    runs = "".join(_SUBSCRIPTS.get(at, at) for at in pattern if isinstance(at, str))
    return f"Σ{runs} {symbols}" if runs else symbols


def _over_samples(state: State, node: int, pattern: Sequence[Place]) -> bool:
    shape = state.record.shapes[node]
    return any(
        isinstance(at, str) and isinstance(n, Samples) for at, n in zip(pattern, shape, strict=True)
    )


def _without_ones(numbers: Array, slopes: Array) -> tuple[Array, ...]:
    return (numbers,) if (slopes == 1.0).all() else (numbers, slopes)


def _share(slopes: Array) -> str:
    """``1/5`` where every term counts as much: of a mean."""
    first = float(slopes.reshape(-1)[0])
    whole = round(1 / first) if first and np.isfinite(first) else 0
    return f"1/{whole}" if whole > 1 and (slopes == 1 / whole).all() else ""


def _op_at(state: State, node: int) -> OpAt | None:
    """An op with its slopes; None of one that is too large for them."""
    graph, shapes = state.graph, state.record.shapes
    n = graph[node]
    assert n.op is not None
    if sum(count(shapes[i]) for i in (*n.operands, node)) > LIMIT:
        return None
    return op_at(state, node)


def op_at(state: State, node: int) -> OpAt:
    """An op as the passes of this iteration saw it."""
    graph, shapes = state.graph, state.record.shapes
    n = graph[node]
    assert n.op is not None
    literals = {p: graph[i].literal for p, i in enumerate(n.operands)}
    return OpAt(
        n.op,
        n.settings,
        [used(state, i) for i in n.operands],
        used(state, node),
        [shapes[i] for i in (*n.operands, node)],
        {p: number for p, number in literals.items() if number is not None},
        node,
        n.operands,
    )
