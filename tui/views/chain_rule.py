"""The chain rule of a gradient: symbols, factors, numbers, and a row for every sample.

May import: engine's public face, models, numbers, views.values.   Imported by: views.inspector.
"""

from __future__ import annotations

import numpy as np

from engine import ChainRule, Factor, Path, State
from tui.models.inspector import Entry, Table
from tui.numbers import MINUS, column, fixed, number, vector
from tui.views.look import Look
from tui.views.values import Array, numbers_row, over_samples, sample_note


def derived(state: State, look: Look, rule: ChainRule) -> tuple[tuple[Entry, ...], Table | None]:
    """The chain rule in symbols, in formulas, in numbers; and by sample where there are any."""
    entries: list[Entry] = []
    for position, path in enumerate(rule.paths):
        if not path.factors:
            continue
        sign = "= " if position == 0 else "+ "
        symbols = " · ".join(f.symbol for f in path.factors)
        label = rule.symbol if position == 0 else ""
        if symbols != rule.symbol:
            entries.append(Entry(label, ((sign, "dim"), (symbols, "backward"))))
            label = ""
        entries.append(Entry(label, (("= ", "dim"), (path.formula, "text"))))
        if path.product is None:
            continue
        values = [_factor_value(look, f) for f in path.factors]
        if all(v is not None for v in values):
            alone = len(values) == 1
            parts = [str(v) if alone else _bracketed(str(v), i) for i, v in enumerate(values)]
            numbers = " · ".join(parts)
            sampled = any(f.per_sample for f in path.factors)
            note = sample_note(state, look) if sampled else ""
            entries.append(Entry("", (("= ", "dim"), (numbers, "text"), (note, "dim"))))
        if len(rule.paths) > 1:
            product = numbers_row(state, rule.target, path.product, signed=True)
            entries.append(Entry("", (("= ", "dim"), *product)))
    if rule.omitted:
        entries.append(Entry("", ((f"+ {rule.omitted} more paths", "dim"),)))
    table = _sample_table(state, look, rule.paths[0]) if len(rule.paths) == 1 else None
    several = len(rule.paths) > 1
    sums = over_samples(state) if table else "Σ over paths" if several else ""
    if rule.gradient is not None and rule.paths and rule.paths[0].factors:
        total = numbers_row(state, rule.target, rule.gradient, signed=True)
        note = f"   {sums}" if sums else ""
        entries.append(Entry("", (("= ", "backward bold"), *total, (note, "dim"))))
    return tuple(entries), table


def _bracketed(text: str, position: int) -> str:
    """A factor in parentheses where a sum or a leading sign would read wrong."""
    depth, is_sum = 0, False
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        is_sum |= depth == 0 and i > 0 and text[i - 1 : i + 2] in (" + ", f" {MINUS} ")
    leading = text.startswith((MINUS, "+")) and (position > 0 or " " not in text)
    return f"({text})" if is_sum or leading else text


def _factor_value(look: Look, factor: Factor) -> str | None:
    if factor.value is None:
        return None
    value = np.asarray(factor.value)
    if factor.per_sample:
        value = value[look.sample]
    if value.size != 1:
        return vector(value, 3)
    return number(float(value.reshape(-1)[0]))


def _sample_table(state: State, look: Look, path: Path) -> Table | None:
    """One row a sample: its factors and their product; the sum is the gradient."""
    batch = len(state.record.samples)
    if not path.per_sample or path.terms is None or path.product is None:
        return None
    if path.terms.shape != (batch,) or np.size(path.product) != 1:
        return None
    columns: list[Array] = []
    for factor in path.factors:
        if factor.value is None or np.shape(factor.value) != (
            (batch,) if factor.per_sample else ()
        ):
            return None
        columns.append(np.broadcast_to(np.reshape(factor.value, -1), (batch,)))
    rows = tuple(
        (
            str(sample + 1),
            *(fixed(float(c[sample]), column()) for c in columns),
            fixed(float(path.terms[sample]), column()),
        )
        for sample in range(batch)
        if state.record.alone in (None, sample)
    )
    header = ("sample", *(f.symbol for f in path.factors), "product")
    total = ("Σ", *("" for _ in columns), fixed(float(np.reshape(path.product, -1)[0]), column()))
    if state.record.alone is not None:
        return Table(header, rows, None, 0)
    return Table(header, rows, total, look.sample)
