"""Parts of arrays: slices, concatenation, rows by index, one class of each row.

Indices and classes are whole numbers stored as float64, like every value. The compiler checks
them (`graph.check_indices`, `program`); the rules here assume that they are in range.
May import: numpy, ops.core, ops.composed, shapes.   Imported by: the ops room.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from engine.ops.composed import nothing
from engine.ops.core import REQUIRED, Array, Expr, Op, Thunk, call, copying
from engine.ops.linear import reshaped
from engine.shapes import Mismatch, Samples, Shape, broadcast, count, normal_axes, shape_text

Item = int | tuple[int | None, int | None, int | None] | None
Index = tuple[Any, ...]
"""Items of a subscript: an int, (start, stop, step) for a slice, None, or `...` once."""

ALL: Item = (None, None, None)

FEW_CLASSES = 64
"""Up to so many, their one-hot rows are looked up rather than made by comparing."""


# --- slices -------------------------------------------------------------------------------------


def subscript(index: Index) -> tuple[Any, ...]:
    """The index as NumPy takes it; with `...` it is a view also where one number is left."""
    items = tuple(slice(*item) if isinstance(item, tuple) else item for item in index)
    return items if Ellipsis in index else (*items, ...)


def _full(index: Index, rank: int) -> list[Item]:
    """The index with `...` written out, one item for each axis (and None for each new one)."""
    used = sum(1 for item in index if item is not None and item is not Ellipsis)
    if used > rank:
        axes = "no axes" if rank == 0 else f"only {rank} {'axis' if rank == 1 else 'axes'}"
        raise Mismatch(f"{used} indices: an array of this shape has {axes}")
    rest = [ALL] * (rank - used)
    if Ellipsis not in index:
        return [*index, *rest]
    at = index.index(Ellipsis)
    return [*index[:at], *rest, *index[at + 1 :]]


def _slice_shape(shape: Shape, index: Index) -> Shape:
    result: list[int] = []
    axis = 0
    for item in _full(index, len(shape)):
        if item is None:
            result.append(1)
            continue
        size = shape[axis]
        if isinstance(item, int):
            if not -size <= item < size:
                raise Mismatch(f"index {item}: axis {axis} has {int(size)}, counted from 0")
        else:
            result.append(_slice_size(item, size, axis))
        axis += 1
    return tuple(result)


def _slice_size(item: tuple[int | None, int | None, int | None], size: int, axis: int) -> int:
    if item == ALL:
        return size
    start, stop, step = item
    for bound in (start, stop):
        if bound is not None and not -size <= bound <= size:
            raise Mismatch(f"slice {slice_text(item)}: axis {axis} has {int(size)}")
    chosen = len(range(*slice(*item).indices(size)))
    if chosen == 0:
        raise Mismatch(f"slice {slice_text(item)}: nothing of axis {axis} is in it")
    return size if chosen == size and step in (None, 1) else chosen


def slice_text(item: Item) -> str:
    """One item of a subscript as it is written: ``1:3``, ``::2``, ``None``."""
    if not isinstance(item, tuple):
        return "..." if item is Ellipsis else str(item)
    start, stop, step = ("" if n is None else str(n) for n in item)
    return f"{start}:{stop}" + (f":{step}" if step else "")


def index_text(index: Index) -> str:
    """The items of a subscript: ``:, 0``."""
    return ", ".join(map(slice_text, index))


def _slice_vjp(upstream: Expr, out: Expr, a: Expr, index: Index) -> tuple[Expr, ...]:
    if all(item in (None, ALL, Ellipsis) for item in index):
        return (reshaped(upstream, a.shape),)  # nothing is left out, there are only new axes
    return (call("unslice", upstream, index=index, shape=a.shape),)


def _unslice_shape(small: Shape, index: Index, shape: Shape) -> Shape:
    hole = _slice_shape(shape, index)
    if count(hole) != count(small):
        raise Mismatch(f"shapes {shape_text(small)} and {shape_text(hole)}")
    return shape


def _unslice_forward(out: Array, a: Array, index: Index, shape: Shape) -> list[Thunk]:
    return [partial(out.fill, 0.0), copying(out[subscript(index)], a)]


def _unslice_vjp(
    upstream: Expr, out: Expr, a: Expr, index: Index, shape: Shape
) -> tuple[Expr, ...]:
    return (call("slice", upstream, index=index),)


# --- concatenation ------------------------------------------------------------------------------


def _concat_shape(*shapes: Shape, axis: int = 0) -> Shape:
    first = shapes[0]
    if not first:
        raise Mismatch("a scalar: it has no axis to join along")
    (along,) = normal_axes(axis, len(first))
    for shape in shapes[1:]:
        rest = [(m, n) for a, (m, n) in enumerate(zip(first, shape, strict=False)) if a != along]
        if len(shape) != len(first) or any(m != n for m, n in rest):
            listed = " and ".join(map(shape_text, (first, shape)))
            raise Mismatch(f"shapes {listed}: they may differ along axis {along} only")
    total = sum(int(shape[along]) for shape in shapes)
    sizes = [
        next((n for n in column if isinstance(n, Samples)), column[0])
        for column in zip(*shapes, strict=True)
    ]
    return (*sizes[:along], total, *sizes[along + 1 :])


def _pieces(shapes: list[Shape], axis: int) -> list[Index]:
    """The place of each operand in the result, as a subscript."""
    (along,) = normal_axes(axis, len(shapes[0]))
    ends = np.cumsum([0, *(int(shape[along]) for shape in shapes)]).tolist()
    last = len(shapes) - 1
    return [
        (
            *[ALL] * along,
            (ends[i] if i else None, ends[i + 1] if i < last else None, None),
            *[ALL] * (len(shapes[0]) - along - 1),
        )
        for i in range(len(shapes))
    ]


def _concat_forward(out: Array, *operands: Array, axis: int = 0) -> list[Thunk]:
    pieces = _pieces([a.shape for a in operands], axis)
    return [copying(out[subscript(piece)], a) for piece, a in zip(pieces, operands, strict=True)]


def _concat_vjp(upstream: Expr, out: Expr, *operands: Expr, axis: int = 0) -> tuple[Expr, ...]:
    pieces = _pieces([a.shape for a in operands], axis)
    return tuple(call("slice", upstream, index=_short(piece)) for piece in pieces)


def _short(index: Index) -> Index:
    """The subscript without the colons that may be left out."""
    while len(index) > 1 and index[-1] == ALL:
        index = index[:-1]
    return index


def _concat_jvp(
    tangents: tuple[Expr | None, ...], out: Expr, *operands: Expr, axis: int = 0
) -> Expr:
    moving = [
        nothing(a) if tangent is None else tangent
        for a, tangent in zip(operands, tangents, strict=True)
    ]
    return call("concat", *moving, axis=axis)


# --- by index -----------------------------------------------------------------------------------


def _whole(numbers: Array) -> tuple[Array, list[Thunk]]:
    """Numbers as array indices, and the calls that make them so."""
    if numbers.dtype.kind == "i":
        return numbers, []
    indices = np.zeros(numbers.shape, np.intp)
    return indices, [copying(indices, numbers)]


def _embedding_shape(table: Shape, indices: Shape) -> Shape:
    if not table:
        raise Mismatch("a scalar as its table: rows are looked up along the first axis")
    return (*indices, *table[1:])


def _embedding_forward(out: Array, table: Array, indices: Array) -> list[Thunk]:
    rows, calls = _whole(indices)
    return [*calls, partial(table.take, rows, 0, out, "clip")]


def _embedding_vjp(upstream: Expr, out: Expr, table: Expr, indices: Expr) -> tuple[Expr, ...]:
    to_table = call("scatter_rows", upstream, indices, rows=int(table.shape[0]))
    return to_table, nothing(indices)


def _scatter_rows_shape(a: Shape, indices: Shape, rows: int) -> Shape:
    return (rows, *a[len(indices) :])


def _scatter_rows_forward(out: Array, a: Array, indices: Array, rows: int) -> list[Thunk]:
    where, calls = _whole(indices)
    return [*calls, partial(out.fill, 0.0), partial(np.add.at, out, where, a)]


def _scatter_rows_vjp(
    upstream: Expr, out: Expr, a: Expr, indices: Expr, rows: int
) -> tuple[Expr, ...]:
    return call("embedding", upstream, indices), nothing(indices)


def _one_hot_forward(out: Array, a: Array, count: int) -> list[Thunk]:
    if count <= FEW_CLASSES:
        rows, calls = _whole(a)
        return [*calls, partial(np.eye(count).take, rows, 0, out, "clip")]
    return [partial(np.equal, a[..., None], np.arange(float(count)), out)]


def _offsets_shape(classes: Shape, shape: Shape) -> Shape:
    if len(shape) != len(classes) + 1 or broadcast(classes, shape[:-1]) != shape[:-1]:
        wanted = shape_text(shape[:-1])
        raise Mismatch(
            f"classes of shape {shape_text(classes)}: scores of shape {shape_text(shape)} "
            f"want one class for each row, {wanted}"
        )
    return classes


def _offsets_forward(out: Array, classes: Array, shape: Shape) -> list[Thunk]:
    rows = np.arange(count(shape[:-1])).reshape(shape[:-1]) * int(shape[-1])
    return [
        copying(out, classes),
        partial(np.add, out, rows, out),
    ]


def _pick_forward(out: Array, a: Array, offsets: Array) -> list[Thunk]:
    places, calls = _whole(offsets)
    if not a.flags.c_contiguous:
        flat = np.empty(a.shape)
        calls.append(copying(flat, a))
        a = flat
    return [*calls, partial(a.reshape(-1).take, places, None, out, "clip")]


def _pick_vjp(upstream: Expr, out: Expr, a: Expr, offsets: Expr) -> tuple[Expr, ...]:
    return call("put", upstream, offsets, shape=a.shape), nothing(offsets)


def _put_forward(out: Array, a: Array, offsets: Array, shape: Shape) -> list[Thunk]:
    places, calls = _whole(offsets)
    return [*calls, partial(out.fill, 0.0), partial(np.add.at, out.reshape(-1), places, a)]


def _put_vjp(upstream: Expr, out: Expr, a: Expr, offsets: Expr, shape: Shape) -> tuple[Expr, ...]:
    return call("pick", upstream, offsets), nothing(offsets)


def picked(scores: Expr, classes: Expr) -> Expr:
    """For each row of `scores` the number of its class, with an axis of length 1 at the end."""
    chosen = call("pick", scores, call("offsets", classes, shape=scores.shape))
    return call("expand", chosen, axis=(len(classes.shape),))


def _matrix(rng: np.random.Generator) -> Array:
    return rng.normal(size=(2, 3))


OPS = (
    Op(
        # Written as a subscript: a[:, 0].
        "slice",
        "[ ]",
        1,
        None,
        _slice_shape,
        ("∂out, where it was sliced from; 0 elsewhere",),
        lambda rng: (_matrix(rng),),
        vjp=_slice_vjp,
        multilinear=True,
        view=lambda a, index: a[subscript(index)],
        settings={"index": REQUIRED},
        examples=tuple(
            {"index": index}
            for index in (
                (0,),
                (-1, 2),
                (ALL, 0),
                (ALL, (0, 2, None)),
                (..., (None, None, 2)),
                (ALL, None, (None, None, -1)),
                ((1, None, None),),
            )
        ),
        way_out="indices count from 0, or from the end with -1; a slice ends before its end",
        in_language=False,
    ),
    Op(
        "unslice",
        "[ ]⁻¹",
        1,
        _unslice_forward,
        _unslice_shape,
        ("the slice of ∂out",),
        lambda rng: (_matrix(rng),),
        vjp=_unslice_vjp,
        multilinear=True,
        settings={"index": REQUIRED, "shape": REQUIRED},
        examples=(
            {"index": ((1, 3, None), (0, None, 2)), "shape": (4, 6)},
            {"index": (2, ALL), "shape": (3, 2, 3)},
        ),
        in_language=False,
    ),
    Op(
        "concat",
        "⊕",
        2,
        _concat_forward,
        _concat_shape,
        ("its own piece of ∂out", "its own piece of ∂out"),
        lambda rng: (rng.normal(size=(1, 3)), rng.normal(size=(2, 3))),
        vjp=_concat_vjp,
        jvp=_concat_jvp,
        settings={"axis": 0},
        examples=({}, {"axis": -2}),
        way_out="choose the axis to join along with  axis=",
        variadic=True,
    ),
    Op(
        "embedding",
        "rows",
        2,
        _embedding_forward,
        _embedding_shape,
        ("∂out, added to the rows that were looked up", "0"),
        lambda rng: (rng.normal(size=(4, 3)), np.array([2.0, 0.0, 2.0])),
        vjp=_embedding_vjp,
        multilinear=True,
        constant=(1,),
        index_axis=0,
        way_out="the table has one row for each index",
    ),
    Op(
        "scatter_rows",
        "rows⁻¹",
        2,
        _scatter_rows_forward,
        _scatter_rows_shape,
        ("the rows of ∂out", "0"),
        lambda rng: (rng.normal(size=(3, 2)), np.array([2.0, 0.0, 2.0])),
        vjp=_scatter_rows_vjp,
        multilinear=True,
        constant=(1,),
        settings={"rows": REQUIRED},
        examples=({"rows": 4},),
        in_language=False,
    ),
    Op(
        "one_hot",
        "1-hot",
        1,
        _one_hot_forward,
        lambda shape, count: (*shape, count),
        ("0",),
        lambda rng: (np.array([2.0, 0.0, 1.0]),),
        vjp=lambda upstream, out, a, count: (nothing(a),),
        multilinear=True,
        constant=(0,),
        settings={"count": REQUIRED},
        examples=({"count": 3},),
        in_language=False,
    ),
    Op(
        # Where the number of each class stands in the flattened scores.
        "offsets",
        "#",
        1,
        _offsets_forward,
        _offsets_shape,
        ("0",),
        lambda rng: (np.array([2.0, 0.0]),),
        vjp=lambda upstream, out, a, shape: (nothing(a),),
        multilinear=True,
        constant=(0,),
        settings={"shape": REQUIRED},
        examples=({"shape": (2, 3)},),
        in_language=False,
        dtype=int,
    ),
    Op(
        "pick",
        "[#]",
        2,
        _pick_forward,
        lambda shape, offsets: offsets,
        ("∂out, at the places picked", "0"),
        lambda rng: (_matrix(rng), np.array([2.0, 3.0])),
        vjp=_pick_vjp,
        multilinear=True,
        constant=(1,),
        in_language=False,
    ),
    Op(
        "put",
        "[#]⁻¹",
        2,
        _put_forward,
        lambda small, offsets, shape: shape,
        ("∂out at those places", "0"),
        lambda rng: (rng.normal(size=2), np.array([2.0, 3.0])),
        vjp=_put_vjp,
        multilinear=True,
        constant=(1,),
        settings={"shape": REQUIRED},
        examples=({"shape": (2, 3)},),
        in_language=False,
    ),
)
