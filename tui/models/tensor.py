"""An array as a table of numbers, with one of them chosen.

May import: the other models.   Imported by: the package, which says for whom.

A table is a window of rows and columns: what is not in sight is neither copied nor formatted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Phase, Row, Span

What = Literal["value", "gradient"]


@dataclass(frozen=True)
class Block:
    """A rectangle of the numbers of a matrix."""

    name: str
    rows: int
    columns: int
    """Of the whole matrix."""
    first_row: int
    first_column: int
    numbers: tuple[tuple[float, ...], ...]
    largest: float
    """The largest finite magnitude of the whole matrix."""


@dataclass(frozen=True)
class Statistics:
    """All numbers of an array in a few; the first five are those of the finite ones."""

    least: float
    greatest: float
    mean: float
    deviation: float
    norm: float
    zeros: int
    nan: int
    inf: int
    size: int
    bins: tuple[int, ...] = ()
    """How many lie in each of equal parts between the least and the greatest."""


@dataclass(frozen=True)
class Product:
    """One term of a sum."""

    label: str
    """Where in the sum it stands: ``k = 2``."""
    factors: Row
    product: Span


@dataclass(frozen=True)
class Ingredients:
    """What the chosen number is made of."""

    symbols: Row
    """``z[2, 3] = Σₖ x[2, k] · W[k, 3]``"""
    terms: tuple[Product, ...]
    """The products that are added up, in order; of a formula the formula in numbers."""
    more: int
    """Further terms."""
    result: Row


@dataclass(frozen=True)
class TensorView:
    """The value or the gradient of a node at one event."""

    node: int
    symbol: str
    """``W1``, ``∂loss/∂W1``"""
    what: What
    phase: Phase
    shape: tuple[int, ...]
    block: Block | None
    """None while nothing is computed, or where there is no array; then `nothing` says why."""
    row_axis: str = ""
    """What rows are counted by: ``sample``, ``axis 0``; nothing where there is only one."""
    column_axis: str = ""
    row: int = 0
    """The chosen number's place in the matrix."""
    column: int = 0
    index: tuple[int, ...] = ()
    """The same in the array."""
    axes: tuple[int | None, int | None] = (None, None)
    """Which axis of the array the rows and the columns are."""
    sample_axis: int | None = None
    corner: tuple[int, int] = (0, 0)
    """The upper left number in sight, if the chosen one is in sight then."""
    element: str = ""
    """The chosen number as it is written: ``W1[0, 2]``."""
    number: float | None = None
    slice_text: str = ""
    """Of an array of more than two axes, which matrix of it this is: ``[3, :, :]  4 of 12``."""
    slices: int = 1
    statistics: Statistics | None = None
    ingredients: tuple[Ingredients, ...] = ()
    left: Block | None = None
    """Of a product of matrices, the left one: its rows are those of the table."""
    above: Block | None = None
    """The right one: its columns are those of the table."""
    note: str = ""
    """What to know about the whole: still adding up, clipped."""
    nothing: tuple[Row, ...] = ()
    hint: str = ""
    """What a key would show instead."""
