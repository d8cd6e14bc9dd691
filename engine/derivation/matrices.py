"""A value or a gradient as the product of two matrices, so that rows and columns can be pointed at.

``z = x @ W`` is one; so is what a backward event sends along it: ``xᵀ @ ∂loss/∂z`` to W, and
``∂loss/∂z @ Wᵀ`` to x. Vectors are matrices of one row or one column. All matrices are views of the
recorded arrays: to ask for a product costs nothing, however large it is.
May import: explain, ops, trace, why.   Imported by: elements, debugger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.explain import used
from engine.ops import Array
from engine.shapes import Samples
from engine.trace import State
from engine.why.targets import What, element, gradient_name


@dataclass(frozen=True, eq=False)
class Matrix:
    """A value or a gradient as it stands in a product."""

    what: What
    node: int
    name: str
    """``x``, ``∂loss/∂z``; with ᵀ where it stands there transposed."""
    array: Array
    """(rows, columns), a view."""
    axes: tuple[int | None, int | None]
    """Which axis of the node the rows and the columns are; None where they are 1 and no axis."""

    def index(self, row: int, column: int) -> tuple[int, ...]:
        """The index of an entry in the node's own array."""
        places = dict(zip(self.axes, (row, column), strict=True))
        return tuple(places[axis] for axis in range(len(places) - (None in places)))


@dataclass(frozen=True, eq=False)
class MatrixProduct:
    """``target = left @ right``; of a gradient that arrives along several edges one of them."""

    target: Matrix
    left: Matrix
    """Its rows are those of the target."""
    right: Matrix
    """Its columns are those of the target."""
    event: int
    """The event of the iteration that computes it, counted from 1."""
    samples: bool
    """Whether the sum over the columns of `left` runs over the samples of the batch."""

    @property
    def symbols(self) -> str:
        """``xᵀ @ ∂loss/∂z``"""
        return f"{self.left.name} @ {self.right.name}"

    def place(self, index: tuple[int, ...]) -> tuple[int, int]:
        """(row, column) of an element of the target's node."""
        row, column = (0 if axis is None else index[axis] for axis in self.target.axes)
        return row, column


def matrix_product(state: State, what: What, node: int) -> MatrixProduct | None:
    """A node's value, or what the last event that reached its gradient added, as a product.

    None where it is none of two matrices or vectors, or not computed yet.
    """
    if what == "value":
        step = state.listing.forward_step.get(node)
        return None if step is None or step > state.index else _forward(state, node, step)
    steps = state.listing.gradient_steps.get(node, ())
    arrived = [step for step in steps if step <= state.index]
    return arrived_product(state, arrived[-1]) if arrived else None


def _forward(state: State, node: int, event: int) -> MatrixProduct | None:
    found = _operands(state, node)
    if found is None or (out := state.value(node)) is None:
        return None
    a, b = found
    left, right = _value(state, a, down=False), _value(state, b, down=True)
    target = _result(state, "value", node, out, left, right)
    return MatrixProduct(target, left, right, event, _runs_over_samples(state, left))


def arrived_product(state: State, event: int) -> MatrixProduct | None:
    """What one backward event adds, as a product of matrices; None where it is none."""
    step = state.listing.step(event)
    if step.source is None or step.node is None or step.operand is None:
        return None
    found = _operands(state, step.source)
    added = state.record.contributions[event - 1]
    upstream = state.gradient(step.source)
    if found is None or added is None or upstream is None:
        return None
    a, b = found
    left, right = _value(state, a, down=False), _value(state, b, down=True)
    above = _result(state, "gradient", step.source, upstream, left, right)
    if step.operand == 0:
        target = _like(left, state, step.node, added)
        product = MatrixProduct(target, above, _transposed(right), event, False)
    else:
        target = _like(right, state, step.node, added)
        product = MatrixProduct(target, _transposed(left), above, event, False)
    samples = _runs_over_samples(state, product.left)
    return MatrixProduct(target, product.left, product.right, event, samples)


def _operands(state: State, source: int) -> tuple[int, int] | None:
    n = state.graph[source]
    if n.op is None or n.op.name != "matmul":
        return None
    a, b = n.operands
    ranks = {len(state.record.shapes[i]) for i in (a, b)}
    return (a, b) if ranks <= {1, 2} else None


def _value(state: State, node: int, *, down: bool) -> Matrix:
    """An operand: a vector on the left is a row, on the right a column."""
    array = used(state, node)
    name = element(state.graph, node)
    if array.ndim == 2:
        return Matrix("value", node, name, array, (0, 1))
    if down:
        return Matrix("value", node, name, array[:, None], (0, None))
    return Matrix("value", node, name, array[None, :], (None, 0))


def _result(
    state: State, what: What, node: int, array: Array, left: Matrix, right: Matrix
) -> Matrix:
    """The result, or its gradient, with the axes that vectors left away put back."""
    rows, columns = left.axes[0] is not None, right.axes[1] is not None
    axes = (0 if rows else None, int(rows) if columns else None)
    shape = (left.array.shape[0], right.array.shape[1])
    names = {"value": element, "gradient": gradient_name}
    name = names[what](state.graph, node)
    return Matrix(what, node, name, np.asarray(array).reshape(shape), axes)


def _like(operand: Matrix, state: State, node: int, array: Array) -> Matrix:
    """A gradient, laid out as the operand that it is the gradient of."""
    shaped = np.asarray(array).reshape(operand.array.shape)
    return Matrix("gradient", node, gradient_name(state.graph, node), shaped, operand.axes)


def _transposed(matrix: Matrix) -> Matrix:
    rows, columns = matrix.axes
    turned = None not in matrix.axes
    name = matrix.name
    if turned:
        name = name.removesuffix("ᵀ") if name.endswith("ᵀ") else f"{name}ᵀ"
    return Matrix(matrix.what, matrix.node, name, matrix.array.T, (columns, rows))


def _runs_over_samples(state: State, left: Matrix) -> bool:
    axis = left.axes[1]
    return axis is not None and isinstance(state.record.shapes[left.node][axis], Samples)
