"""Numbers of the run as rows of text: one sample of a batch, norms of arrays, signs and styles.

May import: engine's public face, models, numbers, numpy.   Imported by: the other views.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from engine import Phase, State
from tui.models.text import Row, Span, Style
from tui.numbers import NOT_COMPUTED, brief, column, fixed, number, shape, vector
from tui.views.look import Look

Array = np.ndarray[Any, np.dtype[Any]]

BOX_WIDTH = 8
"""Cells that a number may take on a node of the graph."""

GLYPHS = {
    Phase.BATCH: "◆",
    Phase.FORWARD: "▸",
    Phase.BACKWARD: "◂",
    Phase.UPDATE: "Δ",
}
"""What tells the phases apart without colour."""

LONGEST_PHASE = max(len(f"{glyph} {phase.value}") for phase, glyph in GLYPHS.items())


def sample_at(state: State, wanted: int) -> int:
    return min(max(wanted, 0), max(0, len(state.record.samples) - 1))


def of_sample(state: State, node: int, value: Array, look: Look) -> Array:
    """The part of a node's value that belongs to the chosen sample, if it has samples; a view."""
    axes = state.record.shapes[node]
    if axes and type(axes[0]) is not int and np.shape(value) == tuple(axes):
        return np.asarray(value)[look.sample, ...]
    return np.asarray(value)


def chosen_element(state: State, node: int, look: Look) -> tuple[int, ...] | None:
    """The index of the chosen number in a node's array, as near as it fits; along the axis of
    samples the chosen sample. None where none is chosen, or one of an array of other axes.
    """
    shape = state.record.shapes[node]
    if not shape or len(look.element) != len(shape):
        return None
    index = [min(max(0, at), int(n) - 1) for at, n in zip(look.element, shape, strict=True)]
    return tuple(
        min(look.sample, int(n) - 1) if type(n) is not int else at
        for at, n in zip(index, shape, strict=True)
    )


def short_text(
    state: State,
    node: int,
    value: Array | None,
    look: Look,
    *,
    signed: bool = False,
    width: int | None = None,
) -> str:
    """A node's number for the chosen sample; of an array its norm between double bars.

    As wide as a column of a table, where nothing else is said.
    """
    if value is None:
        return NOT_COMPUTED
    width = width or column()
    part = of_sample(state, node, value, look)
    if part.size == 1:
        return fixed(float(part.reshape(-1)[0]), width, signed=signed)
    with np.errstate(all="ignore"):
        size = float(np.linalg.norm(part))
    return (
        f"‖{brief(size, width - 2)}‖"
        if width < BOX_WIDTH
        else f"‖{fixed(size, width - 2, signed=False)}‖"
    )


def is_bad(value: Array | None) -> bool:
    return value is not None and not bool(np.all(np.isfinite(value)))


def value_style(value: Array | None) -> Style:
    return "dim" if value is None else "bad" if is_bad(value) else "text"


def sign_style(value: Array | None, otherwise: Style) -> Style:
    if value is None:
        return "dim"
    if is_bad(value):
        return "bad"
    if np.size(value) != 1:
        return otherwise
    single = float(np.reshape(value, -1)[0])
    return "positive" if single > 0 else "negative" if single < 0 else "text"


def _signed(value: float) -> Span:
    style = "bad" if not np.isfinite(value) else "positive" if value > 0 else "negative"
    return (number(value, signed=True), style if value != 0 else "text")


def numbers_row(state: State, node: int | None, value: Array | None, *, signed: bool) -> Row:
    """All the numbers of a value, or the first few with its shape."""
    if value is None:
        return (("not computed yet", "dim"),)
    array = np.asarray(value)
    if array.size == 1:
        single = float(array.reshape(-1)[0])
        if signed:
            return (_signed(single),)
        return ((number(single), "bad" if not np.isfinite(single) else "text"),)
    style = "bad" if is_bad(array) else "text"
    row: list[Span] = [(vector(array, signed=signed), style)]
    if array.ndim > 1:
        row.append((f"  {shape(array)}", "dim"))
    return tuple(row)


def shower(state: State, look: Look, *, signed: bool = False) -> Any:
    """Formats a node's number inside a substituted formula."""

    def show(node: int, value: Array) -> str:
        part = of_sample(state, node, value, look)
        if part.size == 1:
            return number(float(part.reshape(-1)[0]), signed=signed)
        return vector(part, 3)

    return show


def has_samples(state: State, nodes: Iterable[int | None]) -> bool:
    shapes = state.record.shapes
    return any(n is not None and shapes[n] and type(shapes[n][0]) is not int for n in nodes)


def sample_note(state: State, look: Look) -> str:
    batch = len(state.record.samples)
    return f"   sample {look.sample + 1} of {batch}" if batch > 1 else ""


def over_samples(state: State) -> str:
    """What a gradient of the batch is a sum over; of one sample alone, which that is."""
    alone = state.record.alone
    return "Σ over samples" if alone is None else f"sample {alone + 1} alone"


def result_span(value: float) -> Span:
    return (f"= {number(value)}", "forward bold" if np.isfinite(value) else "bad")


def whole_text(value: Array) -> str:
    array = np.asarray(value)
    return number(float(array)) if array.ndim == 0 else vector(array, 4)


def heading_row(phase: Phase, text: str) -> Row:
    """The phase and what happens; the latter in the same column whatever the phase is called."""
    return (
        (f"{GLYPHS[phase]} {phase.value}".ljust(LONGEST_PHASE), f"{phase.value} bold"),
        (" ", "text"),
        (text, "title"),
    )
