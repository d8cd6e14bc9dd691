"""Shapes of arrays, with the sample axis known by name.

May import: the standard library.   Imported by: ops, graph, program, explain.
"""

from __future__ import annotations

from collections.abc import Sequence

Shape = tuple[int, ...]

MAX_AXES = 32
"""What every NumPy can do; new ones could do more."""


class Samples(int):
    """The number of samples in a batch: an int that remembers what it counts.

    A dimension of this type marks the sample axis; it survives broadcasting and matrix products,
    so a mean over it can be shown as ``1/N`` and a gradient can be split by sample.
    """


class Mismatch(Exception):
    """Operand shapes that do not fit; the message is for a reader and names no operand."""


def shape_text(shape: Sequence[int]) -> str:
    """``(N, 3)``-like text: the sample axis as a count, ``scalar`` for a single number."""
    if not shape:
        return "a scalar"
    return "(" + ", ".join(str(int(n)) for n in shape) + ("," if len(shape) == 1 else "") + ")"


def sample_axis(shape: Sequence[int]) -> int | None:
    """Which axis counts the samples of the batch; None without one."""
    return next((axis for axis, n in enumerate(shape) if isinstance(n, Samples)), None)


def count(shape: Sequence[int]) -> int:
    """How many numbers an array of this shape holds."""
    total = 1
    for n in shape:
        total *= n
    return total


def broadcast(*shapes: Shape) -> Shape:
    """NumPy's broadcasting rule, keeping `Samples` dimensions marked.

    Raises `Mismatch` where two dimensions differ and neither is 1.
    """
    if len(shapes) == 1:
        return shapes[0]
    if len(shapes) == 2:  # what nearly every call is: one of them a number, or both the same
        a, b = shapes
        if a is b or not b:
            return a
        if not a:
            return b
    rank = max(map(len, shapes), default=0)
    result: list[int] = []
    for sizes in zip(*((1,) * (rank - len(shape)) + shape for shape in shapes), strict=True):
        size: int = 1
        for n in sizes:
            if n == size:
                size = n if isinstance(n, Samples) else size
            elif size == 1:
                size = n
            elif n != 1:
                raise Mismatch("shapes " + " and ".join(shape_text(s) for s in shapes))
        result.append(size)
    return tuple(result)


def spread_axes(small: Shape, large: Shape) -> tuple[int, ...]:
    """The axes of `large` along which broadcasting repeated an operand of shape `small`."""
    missing = len(large) - len(small)
    repeated = (
        axis for axis in range(missing, len(large)) if small[axis - missing] == 1 != large[axis]
    )
    return (*range(missing), *repeated)


def normal_axes(axis: int | tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    """`axis` as sorted, non-negative axes; every axis for None. Raises `Mismatch`."""
    if axis is None:
        return tuple(range(rank))
    axes = (axis,) if isinstance(axis, int) else axis
    for a in axes:
        if not -rank <= a < rank:
            axes = f"axes 0 to {rank - 1}" if rank > 1 else "axis 0 only" if rank else "no axes"
            raise Mismatch(f"axis {a}: the array has {axes}")
    normal = sorted({a % rank for a in axes})
    if len(normal) != len(axes):
        raise Mismatch(f"axis {axis}: a dimension is named twice")
    return tuple(normal)


def reduced(shape: Shape, axis: int | tuple[int, ...] | None, keepdims: bool) -> Shape:
    """The shape after a reduction over `axis`."""
    axes = normal_axes(axis, len(shape))
    if keepdims:
        return tuple(1 if a in axes else n for a, n in enumerate(shape))
    return tuple(n for a, n in enumerate(shape) if a not in axes)
