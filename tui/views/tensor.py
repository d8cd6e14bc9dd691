"""The value or the gradient of a node as a table: of a large array only what can be in sight.

May import: engine's public face, models, numbers, the other views, numpy.
Imported by: views.frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine import Makeup, Matrix, MatrixProduct, Phase, State, Status, Target
from tui.models.tensor import Block, Ingredients, Product, Statistics, TensorView, What
from tui.models.text import Row, Span
from tui.numbers import NOT_COMPUTED, indexed, number
from tui.views.scene import Scene
from tui.views.values import Array, chosen_element

SPAN = (150, 64)
"""Rows and columns of a table that a view holds: as many as the largest terminal shows."""

TERMS = 24
"""Terms of a sum that are written out at most."""

BINS = 48
"""Parts of a histogram: fewer than a byte counts."""

PIECE = 1 << 16
"""Numbers sorted into bins at a time: as many as stay in the processor's cache."""

DIGITS = 4


def tensor_view(scene: Scene) -> TensorView:
    """The array of the chosen node, or of the event's, with the chosen number."""
    state = scene.state
    node = subject(scene)
    what = _what(scene, node)
    symbol = _symbol(state, node, what)
    shape = tuple(int(n) for n in state.record.shapes[node])
    found = state.value(node) if what == "value" else state.gradient(node)
    other = "gradient" if what == "value" else "value"
    phase = state.step.phase.value
    if found is None:
        words = _missing(scene, node, what, symbol)
        return TensorView(node, symbol, what, phase, shape, None, nothing=words, hint=other)
    array = np.asarray(found)
    table = _Table(scene, node, array)
    statistics = scene.memory.by("tensor", _Same(array), lambda: statistics_of(array))
    largest = max(abs(statistics.least), abs(statistics.greatest))
    product = table.product(scene.debugger.matrix_product(Target(what, node)))
    left, above = (None, None) if product is None else _operands(scene, table, product)
    target = Target(what, node, table.index)
    chosen = float(array[table.index])
    return TensorView(
        node=node,
        symbol=symbol,
        what=what,
        phase=phase,
        shape=shape,
        block=_block(symbol, table.matrix, table.corner, largest),
        row_axis=table.axis_name(0),
        column_axis=table.axis_name(1),
        row=table.row,
        column=table.column,
        index=table.index,
        axes=(table.rows_axis, table.columns_axis),
        sample_axis=table.marked,
        corner=table.corner,
        element=_element(state, target),
        number=chosen,
        slice_text=table.slice_text(),
        slices=table.slices,
        statistics=statistics,
        ingredients=tuple(_ingredients(scene, made) for made in scene.debugger.makeup(target)),
        left=left,
        above=above,
        note=_note(state, node, what),
        hint=other,
    )


def subject(scene: Scene) -> int:
    """The node that is looked at: the chosen one, that of the event, or the first one."""
    state = scene.state
    for node in (scene.look.node, state.step.node):
        if node is not None:
            return node
    leaves = [n for n in state.graph.nodes if n.op is None and n.literal is None]
    return leaves[0].id if leaves else state.graph.loss


def _what(scene: Scene, node: int) -> What:
    wanted = scene.look.tensor.what
    if wanted != "event":
        return wanted
    backward = scene.state.step.phase is Phase.BACKWARD
    known = scene.state.gradient(node) is not None
    return "gradient" if backward and known else "value"


def _symbol(state: State, node: int, what: What) -> str:
    graph = state.graph
    name = graph[node].name
    if what == "value":
        return name
    return f"∂{graph[graph.loss].name}/∂{name if name.isidentifier() else f'({name})'}"


def _element(state: State, target: Target) -> str:
    symbol = _symbol(state, target.node, target.what)
    if target.what == "value" and not symbol.isidentifier():
        symbol = f"({symbol})"
    return symbol + indexed(target.index)


def _missing(scene: Scene, node: int, what: What, symbol: str) -> tuple[Row, ...]:
    """Why there is nothing to show, and the way to it."""
    state = scene.state
    if what == "gradient" and state.gradient_status(node) is Status.NONE:
        reason = "no gradient flows here: no parameter moves it, or it does not move the loss"
        return (
            ((symbol, "title bold"),),
            ((reason, "text"),),
            ((scene.commands.key_text("tensor.other"), "key"), (" shows the value", "dim")),
        )
    steps = state.listing.gradient_steps.get(node, ())
    event = steps[0] if what == "gradient" and steps else state.listing.forward_step.get(node, 1)
    other = "value" if what == "gradient" else "gradient"
    return (
        ((symbol, "title bold"), (f"   {NOT_COMPUTED} not computed yet", "dim")),
        ((f"it is computed at event .{event} of this iteration", "text"),),
        ((scene.commands.key_text("tensor.other"), "key"), (f" shows the {other}", "dim")),
    )


def _note(state: State, node: int, what: What) -> str:
    if what == "value":
        return ""
    if state.gradient_status(node) is Status.PARTIAL:
        arrived = len(state.contributions(node))
        return f"{arrived} of {len(state.listing.gradient_steps[node])} contributions so far"
    clip = state.listing.clip_step
    clipped = clip is not None and clip <= state.index and node in state.record.clipped
    return "clipped" if clipped else ""


@dataclass(frozen=True, eq=False)
class _Same:
    """A stamp that is equal for one and the same array only: recorded ones never change."""

    array: Array

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.array is self.array

    def __hash__(self) -> int:
        return id(self.array)


class _Table:
    """An array as a matrix: which axis is which, and where the chosen number is."""

    def __init__(self, scene: Scene, node: int, array: Array) -> None:
        self.scene, self.node = scene, node
        shape = scene.state.record.shapes[node]
        self.marked = next((a for a, n in enumerate(shape) if type(n) is not int), None)
        look = scene.look
        if len(look.element) != len(shape):
            look = replace(look, element=(0,) * len(shape))
        self.index = chosen_element(scene.state, node, look) or ()
        lead = self.index[:-2] if len(shape) > 2 else ()
        self.lead, self.shape = lead, shape
        self.slices = int(np.prod(shape[: len(lead)])) if lead else 1
        matrix = array[lead] if lead else array
        self.rows_axis: int | None
        self.columns_axis: int | None
        if matrix.ndim == 2:
            self.rows_axis, self.columns_axis = len(lead), len(lead) + 1
        elif matrix.ndim == 1 and is_column(scene, node):
            self.rows_axis, self.columns_axis = 0, None
            matrix = matrix[:, None]
        elif matrix.ndim == 1:
            self.rows_axis, self.columns_axis = None, 0
            matrix = matrix[None, :]
        else:
            self.rows_axis = self.columns_axis = None
            matrix = matrix.reshape(1, 1)
        self.matrix = matrix
        self.row = 0 if self.rows_axis is None else self.index[self.rows_axis]
        self.column = 0 if self.columns_axis is None else self.index[self.columns_axis]
        corner = scene.look.tensor.corner
        self.corner = (
            _started(corner[0], self.row, matrix.shape[0], SPAN[0]),
            _started(corner[1], self.column, matrix.shape[1], SPAN[1]),
        )

    def axis_name(self, side: int) -> str:
        axis = (self.rows_axis, self.columns_axis)[side]
        if axis is None:
            return ""
        return "sample" if axis == self.marked else f"axis {axis}" if len(self.shape) > 1 else ""

    def slice_text(self) -> str:
        if not self.lead:
            return ""
        at = int(np.ravel_multi_index(self.lead, tuple(map(int, self.shape[: len(self.lead)]))))
        lead = ", ".join(map(str, self.lead))
        return f"[{lead}, :, :]   {at + 1} of {self.slices}"

    def product(self, found: MatrixProduct | None) -> MatrixProduct | None:
        """The product of matrices that the table is, where both are laid out alike."""
        if found is None or found.target.axes != (self.rows_axis, self.columns_axis):
            return None
        return found


def is_column(scene: Scene, node: int) -> bool:
    """Whether a vector is written as a column: samples, or how matrix products take it."""
    graph, shapes = scene.state.graph, scene.state.record.shapes
    if type(shapes[node][0]) is not int:
        return True
    op = graph[node].op
    if op is not None and op.name == "matmul":
        return len(shapes[graph[node].operands[0]]) == 2
    for reader in graph.consumers[node]:
        n = graph[reader]
        if n.op is not None and n.op.name == "matmul" and n.operands[1] == node:
            return True
    return False


def _started(corner: int, chosen: int, size: int, span: int) -> int:
    """Where the window starts, so that the chosen number is in it."""
    return max(0, min(corner, chosen, size - 1), chosen - span + 1)


def _block(name: str, matrix: Array, corner: tuple[int, int], largest: float) -> Block:
    row, column = corner
    part = matrix[row : row + SPAN[0], column : column + SPAN[1]]
    numbers = tuple(map(tuple, part.tolist()))
    return Block(name, len(matrix), matrix.shape[1], row, column, numbers, largest)


def _operands(
    scene: Scene, table: _Table, product: MatrixProduct
) -> tuple[Block | None, Block | None]:
    """The two matrices whose product the table is, as far as they can be in sight beside it."""

    def made(key: str, matrix: Matrix, corner: tuple[int, int]) -> Block:
        stamp = (scene.state.record, matrix.node, matrix.what, product.event)
        largest = scene.memory.by(key, stamp, lambda: _largest(matrix.array))
        return _block(matrix.name, matrix.array, corner, largest)

    left = made("tensor left", product.left, (table.corner[0], 0))
    above = made("tensor above", product.right, (0, table.corner[1]))
    return left, above


def _largest(array: Array) -> float:
    if not array.size:
        return 0.0
    largest = max(float(array.max()), -float(array.min()))
    if np.isfinite(largest):
        return largest
    finite = array[np.isfinite(array)]
    return float(np.abs(finite).max()) if finite.size else 0.0


# --- what the chosen number is made of ----------------------------------------------------------


def _ingredients(scene: Scene, made: Makeup) -> Ingredients:
    name: Span = (made.name, "title")
    result: Row = (("= ", "dim"), _signed(made.number, bold=True))
    symbols: Row = (name, (" = ", "dim"), (made.symbols, "text"))
    if made.written is not None:
        written: Row = ((made.written(lambda v: number(v, DIGITS)), "text"),)
        return Ingredients(symbols, (Product("", written, result[-1]),), 0, result)
    products = made.products
    if len(products) == 1 and len(made.terms) == 1:
        return Ingredients(symbols, (), 0, result)
    factors = [factor[:TERMS].tolist() for factor in made.terms]
    terms: list[Product] = []
    for at, term in enumerate(zip(*factors, strict=True)):
        own = made.samples and at == scene.look.sample and len(products) > 1
        row: list[Span] = []
        for place, value in enumerate(term):
            text = number(value, DIGITS)
            bracketed = f"({text})" if value < 0 and (place or at) else text
            if place:
                row.append((" · ", "dim"))
            row.append((bracketed, "title bold" if own else "text"))
        label = f"sample {at + 1}" if made.samples else f"{at}"
        terms.append(Product(label, tuple(row), _signed(float(products[at]))))
    return Ingredients(symbols, tuple(terms), len(products) - len(terms), result)


def _signed(value: float, *, bold: bool = False) -> Span:
    style = "bad" if not np.isfinite(value) else "positive" if value > 0 else "negative"
    style = "text" if value == 0 else style
    return number(value, signed=True), f"{style} bold" if bold else style


# --- statistics ---------------------------------------------------------------------------------


def statistics_of(array: Array) -> Statistics:
    """What all numbers of an array come to."""
    flat: Any = np.asarray(array, float).reshape(-1)
    size = flat.size
    if not size:
        nothing = float("nan")
        return Statistics(nothing, nothing, nothing, nothing, 0.0, 0, 0, 0, 0)
    with np.errstate(all="ignore"):
        least, greatest = float(flat.min()), float(flat.max())
        nan = inf = 0
        finite = flat
        if not np.isfinite(least + greatest):
            good = np.isfinite(flat)
            nan = int(np.isnan(flat).sum())
            inf = size - nan - int(good.sum())
            finite = flat[good]
            if not finite.size:
                nothing = float("nan")
                return Statistics(nothing, nothing, nothing, nothing, nothing, 0, nan, inf, size)
            least, greatest = float(finite.min()), float(finite.max())
        mean = float(finite.mean())
        deviation = float(finite.std())
        norm = float(np.sqrt(finite.size) * np.hypot(mean, deviation))
        zeros = size - int(np.count_nonzero(flat))
    bins = _histogram(finite, least, greatest)
    return Statistics(least, greatest, mean, deviation, norm, zeros, nan, inf, size, bins)


def _histogram(numbers: Array, least: float, greatest: float) -> tuple[int, ...]:
    """How many numbers lie in each of equal parts; none where all are the same."""
    with np.errstate(all="ignore"):
        scale = BINS / (greatest - least) if greatest > least else np.inf
        if not np.isfinite(scale) or len(numbers) < 2:
            return ()
        counts = np.zeros(BINS + 1, np.intp)
        for start in range(0, len(numbers), PIECE):
            places = ((numbers[start : start + PIECE] - least) * scale).astype(np.uint8)
            counts += np.bincount(places, minlength=BINS + 1)[: BINS + 1]
    counts[BINS - 1] += counts[BINS]  # the greatest itself
    return tuple(counts[:BINS].tolist())
