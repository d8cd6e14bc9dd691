"""What the writers share: lines and tables of a derivation as cells of text, still without style.

May import: derivation.model, ops.   Imported by: the writers of this room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.derivation.model import Derivation, Way
from engine.ops import Array

Show = Callable[[float], str]
"""How a front end writes one number."""

ROWS = 24
"""How many rows of a table are written out; the rest is one row with its sum."""

ENTRIES = 6
"""How many numbers of an array are written out."""

PENDING = "not computed yet"


@dataclass(frozen=True)
class Table:
    """Rows of cells under a head; the first column names the row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    last: tuple[str, ...] | None = None
    """The row under the line: the sum."""


def numbers(value: Array | None, show: Show) -> str:
    """A number; an array in brackets, the rows of a matrix behind semicolons if they are few."""
    if value is None:
        return PENDING
    if np.ndim(value) == 0:
        return show(float(value))
    if np.ndim(value) == 2 and max(np.shape(value)) <= ENTRIES:
        return f"[{'; '.join(_row(row, show) for row in value)}]"
    sizes = "×".join(map(str, np.shape(value)))
    return ("" if np.ndim(value) == 1 else f"{sizes} ") + f"[{_row(np.ravel(value), show)}]"


def _row(values: Array, show: Show) -> str:
    shown = "  ".join(show(float(v)) for v in values[:ENTRIES])
    return f"{shown}{'  …' if len(values) > ENTRIES else ''}"


def steps(way: Way, show: Show) -> list[str]:
    """One path from symbols over formulas and numbers to its product, a right-hand side each."""
    sign = "Σ " if way.summed else ""
    found = [sign + way.symbols, sign + way.formula]
    if way.numbers and len(way.numbers) > 1:
        found.append(_multiplied(way.numbers, show))
    found.append(numbers(way.product, show))
    return _without_repeats(found)


def together(derivation: Derivation, show: Show) -> list[str] | None:
    """All paths in one equation, where they are few and every factor is one number."""
    ways = derivation.ways
    if not 1 < len(ways) <= 4 or derivation.others or any(way.numbers is None for way in ways):
        return None
    products = [float(np.reshape(way.product, -1)[0]) for way in ways if way.product is not None]
    formulas = [way.formula for way in ways]
    found = [" + ".join(way.symbols for way in ways), _summed(formulas)]
    found.append(_summed([_multiplied(way.numbers or (), show) for way in ways]))
    if products:
        found.append(_summed([show(product) for product in products]))
    found.append(numbers(derivation.gradient, show))
    return _without_repeats(found)


def _multiplied(values: Sequence[float], show: Show) -> str:
    first, *others = (show(value) for value in values)
    return " · ".join([first, *(f"({t})" if t[:1] in "-−" else t for t in others)])


def _summed(terms: Sequence[str]) -> str:
    first, *others = terms
    return " + ".join([first, *(f"({t})" if t[:1] in "-−" else t for t in others)])


def _without_repeats(lines: list[str]) -> list[str]:
    return [line for k, line in enumerate(lines) if k == 0 or line != lines[k - 1]]


def factors(derivation: Derivation, show: Show) -> tuple[tuple[str, str, str], ...]:
    """(symbol, formula, numbers) of each factor of any path, once.

    Numbers are there only where they are no repetition of the formula.
    """
    found: dict[str, tuple[str, str, str]] = {}
    for way in derivation.ways:
        for f in way.factors:
            shown = numbers(f.value, show)
            repeated = f.value is None or shown == f.text
            found[f.symbol] = (f.symbol, f.text, "" if repeated else shown)
    return tuple(found.values())


def sum_tables(derivation: Derivation, show: Show) -> list[tuple[str, Table]]:
    """The ways in which the gradient is a sum, as far as it is one: a title, and a table."""
    tables = (
        ("contributions add up", _arrival_table(derivation, show)),
        ("as a sum of products", _term_table(derivation, show)),
        ("by sample", _share_table(derivation, show)),
    )
    return [(title, table) for title, table in tables if table is not None]


def sample_table(way: Way, show: Show) -> Table | None:
    """The factors and their product for each sample, and the sum."""
    if way.terms is None:
        return None
    head = ("sample", *(f.symbol for f in way.factors), "product")
    rows = []
    for k in range(min(len(way.terms), ROWS)):
        cells = [
            "·"
            if f.value is None
            else numbers(
                np.asarray(f.value)[k] if _by_sample(f.value, f.per_sample) else f.value, show
            )
            for f in way.factors
        ]
        rows.append((str(k + 1), *cells, numbers(np.asarray(way.terms[k]), show)))
    empty = ("",) * len(way.factors)
    if len(way.terms) > ROWS:
        rest = np.asarray(way.terms[ROWS:].sum(axis=0))
        rows.append((f"{len(way.terms) - ROWS} more", *empty, numbers(rest, show)))
    return Table(head, tuple(rows), ("Σ", *empty, numbers(way.product, show)))


def _by_sample(value: Array, per_sample: bool) -> bool:
    return per_sample and np.ndim(value) > 0


def _arrival_table(derivation: Derivation, show: Show) -> Table | None:
    """How the gradient adds up where more than one contribution arrives."""
    if len(derivation.arrivals) < 2:
        return None
    head = ("through", "contribution", "adds", "so far")
    return Table(
        head,
        tuple(
            (a.through, a.symbols, numbers(a.value, show), numbers(a.total, show))
            for a in derivation.arrivals
        ),
    )


def _term_table(derivation: Derivation, show: Show) -> Table | None:
    """The products whose sum one number's gradient is."""
    terms = derivation.terms
    if not terms:
        return None
    rows = [
        (t.symbols, f"{show(t.upstream)} · {_factor(t.slope, show)}", show(t.product))
        for t in terms[:ROWS]
    ]
    if len(terms) > ROWS:
        rest = sum(t.product for t in terms[ROWS:])
        rows.append((f"{len(terms) - ROWS} more", "", show(rest)))
    return Table(
        ("product", "numbers", "value"), tuple(rows), ("Σ", "", numbers(derivation.gradient, show))
    )


def _factor(value: float, show: Show) -> str:
    text = show(value)
    return f"({text})" if text[:1] in "-−" else text


def _share_table(derivation: Derivation, show: Show) -> Table | None:
    """The samples' shares of one number's gradient, the largest first.

    None where another table has said them already.
    """
    shares = derivation.shares
    said = derivation.terms or (len(derivation.ways) == 1 and derivation.ways[0].terms is not None)
    if shares is None or said or shares.samples.ndim != 1:
        return None
    order = np.argsort(-np.abs(shares.samples), kind="stable")
    rows = [
        (str(int(k) + 1), str(shares.rows[int(k)] + 1), show(float(shares.samples[k])))
        for k in order[:ROWS]
    ]
    if len(order) > ROWS:
        rest = float(shares.samples[order[ROWS:]].sum())
        rows.append((f"{len(order) - ROWS} more", "", show(rest)))
    if shares.rest.any():
        rows.append(("of no sample", "", show(float(shares.rest))))
    return Table(
        ("sample", "row", "share"), tuple(rows), ("Σ", "", numbers(derivation.gradient, show))
    )


def sum_line(derivation: Derivation, show: Show) -> list[str]:
    """Several paths' products and their sum, where each is one number."""
    products = [way.product for way in derivation.ways]
    if derivation.rest is not None:
        products.append(derivation.rest)
    if len(products) < 2 or any(p is None or np.ndim(p) for p in products):
        return []
    terms = [numbers(product, show) for product in products]
    return [_summed(terms), numbers(derivation.gradient, show)]


def rest_line(derivation: Derivation, show: Show) -> str:
    """What the paths that are not told contribute, and which part of the whole that is."""
    if not derivation.others:
        return ""
    text = f"{derivation.others:,} more path{'s' * (derivation.others != 1)}"
    if derivation.rest is None or derivation.gradient is None:
        return text
    text += f": {numbers(derivation.rest, show)}"
    whole, rest = float(np.abs(derivation.gradient).sum()), float(np.abs(derivation.rest).sum())
    return f"{text}, {show(100 * rest / whole)} % of the gradient" if whole else text
