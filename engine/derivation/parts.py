"""Parts of a derivation in words and digits: right-hand sides, tables, matrices, without style.

May import: derivation.model, ops.   Imported by: document, the writers of this room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.derivation.model import Derivation, Way
from engine.ops import Array

Show = Callable[[float], str]
"""How a front end writes one number."""

ROWS = 24
"""How many rows of a table are written out; the rest is one row with its sum."""

ENTRIES = 6
"""How many numbers of an array are written out on a line."""

SIDE = 8
"""How many rows and how many columns of a matrix are written out."""

PENDING = "not computed yet"

Kind = Literal["symbols", "number", "words"]


@dataclass(frozen=True)
class Cell:
    """A cell of a table, and what stands in it."""

    text: str
    kind: Kind = "number"


@dataclass(frozen=True)
class Table:
    """Rows of cells under a head; the first column names the row."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    last: tuple[Cell, ...] | None = None
    """The row under the line: the sum."""
    samples: tuple[int | None, ...] = ()
    """Where each row is about one sample of the batch: which one, from 0."""


@dataclass(frozen=True)
class Grid:
    """A matrix, or its upper left corner."""

    rows: tuple[tuple[str, ...], ...]
    cut: str
    """``12×40`` where only a part of so many rows and columns stands here."""
    row: int | None = None
    """A row that stands out."""
    column: int | None = None
    """A column that stands out."""


Right = str | Grid
"""A right-hand side."""


def symbols(text: str) -> Cell:
    """A cell of symbols."""
    return Cell(text, "symbols")


def words(text: str) -> Cell:
    """A cell of words; an empty one."""
    return Cell(text, "words")


EMPTY = words("")


def capital(text: str) -> str:
    """A text that begins with a capital."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Words with a capital and a full stop."""
    return capital(text) if text.endswith(".") else f"{capital(text)}."


def size_text(array: Array) -> str:
    """``4×3``"""
    return "×".join(map(str, np.shape(array)))


def numbers(value: Array | None, show: Show) -> str:
    """A number; an array in brackets, the rows of a matrix behind semicolons if they are few."""
    if value is None:
        return PENDING
    if np.ndim(value) == 0:
        return show(float(value))
    if np.ndim(value) == 2 and max(np.shape(value)) <= ENTRIES:
        return f"[{'; '.join(_row(row, show) for row in value)}]"
    return (
        "" if np.ndim(value) == 1 else f"{size_text(value)} "
    ) + f"[{_row(np.ravel(value), show)}]"


def _row(values: Array, show: Show) -> str:
    shown = "  ".join(show(float(v)) for v in values[:ENTRIES])
    return f"{shown}{'  …' if len(values) > ENTRIES else ''}"


def grid(array: Array, show: Show, row: int | None = None, column: int | None = None) -> Grid:
    """A matrix as rows of numbers; of a large one the part around the row or column that counts."""
    top, left = _start(row, array.shape[0]), _start(column, array.shape[1])
    part = array[top : top + SIDE, left : left + SIDE]
    return Grid(
        tuple(tuple(show(float(v)) for v in line) for line in part),
        size_text(array) if part.shape != array.shape else "",
        None if row is None else row - top,
        None if column is None else column - left,
    )


def _start(chosen: int | None, size: int) -> int:
    """Where the part of a matrix begins, so that what was chosen is in it."""
    return 0 if chosen is None or chosen < SIDE else min(chosen - SIDE // 2, size - SIDE)


def value_of(array: Array | None, show: Show) -> Right:
    """A number or a few of them on a line, a matrix in rows."""
    return grid(array, show) if array is not None and np.ndim(array) == 2 else numbers(array, show)


# --- right-hand sides -----------------------------------------------------------------------------


def steps(way: Way, show: Show) -> tuple[Right, ...]:
    """One path from symbols over formulas and numbers to its product, a right-hand side each."""
    sign = "Σ " if way.summed else ""
    found: list[Right] = [sign + way.symbols, sign + way.formula]
    if way.numbers and len(way.numbers) > 1:
        found.append(_multiplied(way.numbers, show))
    found.append(value_of(way.product, show))
    return _without_repeats(found)


def together(derivation: Derivation, show: Show) -> tuple[Right, ...] | None:
    """All paths in one equation, where they are few and every factor is one number."""
    ways = derivation.ways
    if not 1 < len(ways) <= 4 or derivation.others or any(way.numbers is None for way in ways):
        return None
    products = [float(np.reshape(way.product, -1)[0]) for way in ways if way.product is not None]
    formulas = [way.formula for way in ways]
    found: list[Right] = [" + ".join(way.symbols for way in ways), _summed(formulas)]
    found.append(_summed([_multiplied(way.numbers or (), show) for way in ways]))
    if products:
        found.append(_summed([show(product) for product in products]))
    found.append(numbers(derivation.gradient, show))
    return _without_repeats(found)


def symbols_of_all(derivation: Derivation) -> tuple[str, ...]:
    """The chain rule over several paths, as one right-hand side in so many lines."""
    lines = [("Σ " if way.summed else "") + way.symbols for way in derivation.ways]
    if derivation.others:
        lines.append(_more_paths(derivation.others))
    return tuple(lines)


def _multiplied(values: Sequence[float], show: Show) -> str:
    first, *others = (show(value) for value in values)
    return " · ".join([first, *map(_in_parentheses, others)])


def _summed(terms: Sequence[str]) -> str:
    first, *others = terms
    return " + ".join([first, *map(_in_parentheses, others)])


def _in_parentheses(text: str) -> str:
    """A negative number as it stands behind an operator."""
    return f"({text})" if text[:1] in "-−" else text


def _without_repeats(lines: list[Right]) -> tuple[Right, ...]:
    return tuple(line for k, line in enumerate(lines) if k == 0 or line != lines[k - 1])


def sum_line(derivation: Derivation, show: Show) -> tuple[Right, ...]:
    """Several paths' products and their sum; of arrays the sum alone."""
    products = [way.product for way in derivation.ways]
    if derivation.rest is not None:
        products.append(derivation.rest)
    if len(products) < 2 or any(p is None for p in products):
        return ()
    total = value_of(derivation.gradient, show)
    if any(np.ndim(p) for p in products if p is not None):
        return (total,)
    return _summed([numbers(product, show) for product in products]), total


def rest_line(derivation: Derivation, show: Show) -> str:
    """What the paths that are not told contribute, and which part of the whole that is."""
    if not derivation.others:
        return ""
    text = _more_paths(derivation.others)
    if derivation.rest is None or derivation.gradient is None:
        return text
    text += f": {numbers(derivation.rest, show)}"
    whole, rest = float(np.abs(derivation.gradient).sum()), float(np.abs(derivation.rest).sum())
    return f"{text}, {show(100 * rest / whole)} % of the gradient" if whole else text


def _more_paths(count: int) -> str:
    return f"{count:,} more path{'s' * (count != 1)}"


# --- factors and tables ---------------------------------------------------------------------------


def factors(derivation: Derivation, show: Show) -> tuple[tuple[str, str, Right | None], ...]:
    """(symbol, formula, numbers) of each factor of any path, once.

    Numbers are there only where they are no repetition of the formula.
    """
    found: dict[str, tuple[str, str, Right | None]] = {}
    for way in derivation.ways:
        for f in way.factors:
            repeated = f.value is None or numbers(f.value, show) == f.text
            found[f.symbol] = (f.symbol, f.text, None if repeated else value_of(f.value, show))
    return tuple(found.values())


def sample_table(way: Way, show: Show, alone: int | None = None) -> Table | None:
    """The factors and their product for each sample, or for one alone, and the sum."""
    if way.terms is None:
        return None
    head = (words("sample"), *(symbols(f.symbol) for f in way.factors), words("product"))
    samples: list[int | None] = [alone]
    if alone is None:
        samples = [*range(min(len(way.terms), ROWS))]
    rows = [_sample_row(way, k, show) for k in samples if k is not None]
    empty = (EMPTY,) * len(way.factors)
    more = 0 if alone is not None else len(way.terms) - ROWS
    if more > 0:
        rest = np.asarray(way.terms[ROWS:].sum(axis=0))
        rows.append((words(f"{more} more"), *empty, Cell(numbers(rest, show))))
        samples.append(None)
    last = (Cell("Σ"), *empty, Cell(numbers(way.product, show))) if alone is None else None
    return Table(head, tuple(rows), last, tuple(samples))


def _sample_row(way: Way, sample: int, show: Show) -> tuple[Cell, ...]:
    """One sample's factors and their product."""

    def text(value: Array | None, per_sample: bool) -> str:
        if value is None:
            return "·"
        return numbers(value[sample] if per_sample and np.ndim(value) else value, show)

    assert way.terms is not None
    cells = [text(f.value, f.per_sample) for f in way.factors]
    product = numbers(np.asarray(way.terms[sample]), show)
    return tuple(map(Cell, (str(sample + 1), *cells, product)))


def arrival_table(derivation: Derivation, show: Show) -> Table:
    """How the gradient adds up, contribution by contribution."""
    rows = []
    for k, a in enumerate(derivation.arrivals):
        sign = "+= " if k else "= "
        added = Cell(sign + numbers(a.value, show))
        rows.append((symbols(a.through), symbols(a.symbols), added, Cell(numbers(a.total, show))))
    head = tuple(map(words, ("through", "contribution", "adds", "so far")))
    return Table(head, tuple(rows))


def term_table(derivation: Derivation, show: Show) -> Table | None:
    """The products whose sum one number's gradient is."""
    terms = derivation.terms
    if not terms:
        return None
    rows = [
        (
            symbols(t.symbols),
            symbols(_multiplied((t.upstream, t.slope), show)),
            Cell(show(t.product)),
        )
        for t in terms[:ROWS]
    ]
    samples = [t.sample for t in terms[:ROWS]]
    if len(terms) > ROWS:
        rest = sum(t.product for t in terms[ROWS:])
        rows.append((words(f"{len(terms) - ROWS} more"), EMPTY, Cell(show(rest))))
        samples.append(None)
    head = tuple(map(words, ("product", "numbers", "value")))
    total = (Cell("Σ"), EMPTY, Cell(numbers(derivation.gradient, show)))
    return Table(head, tuple(rows), total, tuple(samples))


def share_table(derivation: Derivation, show: Show, limit: int | None = ROWS) -> Table | None:
    """What the samples contribute, the largest share first, with its part of them all.

    Of more than `limit` samples the rest is one row with its sum. Of an array a share is how long
    it is, and how far it goes along the gradient: so much of the gradient's length it makes up, and
    these parts add up to it.
    """
    shares, gradient = derivation.shares, derivation.gradient
    if shares is None or gradient is None:
        return None
    along, rest = shares.along(gradient)
    sizes = np.abs(along)
    with np.errstate(all="ignore"):
        whole = float(sizes.sum() + abs(rest))
    lengths = shares.lengths
    large = lengths is not None

    def row(name: Cell, place: str, length: float | None, share: float) -> tuple[Cell, ...]:
        part = f"{100 * abs(share) / whole:.1f} %" if whole and np.isfinite(whole) else ""
        own = (Cell(show(length)) if length is not None else EMPTY,) if large else ()
        return (name, Cell(place), *own, Cell(show(share)), Cell(part))

    order = np.argsort(-sizes, kind="stable")
    rows = [
        row(
            Cell(str(int(k) + 1)),
            str(shares.rows[int(k)] + 1),
            None if lengths is None else float(lengths[k]),
            float(along[k]),
        )
        for k in order[:limit]
    ]
    samples: list[int | None] = [int(k) for k in order[:limit]]
    rest_of_all = order[len(rows) :]
    if len(rest_of_all):
        rows.append(
            row(words(f"{len(rest_of_all)} more"), "", None, float(along[rest_of_all].sum()))
        )
        samples.append(None)
    if rest:
        rows.append(row(words("of no sample"), "", None, rest))
        samples.append(None)
    head = ("sample", "row", *(("length", "along the gradient") if large else ("share",)), "part")
    total = float(np.sqrt((gradient**2).sum())) if large else float(gradient)
    last = (Cell("Σ"), EMPTY, *(EMPTY,) * large, Cell(show(total)), EMPTY)
    return Table(tuple(map(words, head)), tuple(rows), last, tuple(samples))
