"""What an expression says in every iteration: a series like that of the loss, for anything.

It is read at the end of each backward pass, when all values and gradients are there and nothing is
updated yet. What the run remembers anyway is taken from its history, a whole column at a time; for
the rest the recorded iterations are replayed, in slices, with an eye on the buffers.
May import: conditions, errors, history, listing, ops, run, search, shapes, stops, taps, tasks.
Imported by: the public face.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from engine.conditions import NORM, Expression, Scope
from engine.errors import ShapeError
from engine.history import History, Sampled
from engine.listing import Phase
from engine.ops import Array, Call, Expr, Value
from engine.run import Run
from engine.search import Columns, in_columns
from engine.shapes import count, shape_text
from engine.stops import Stop, StopKind
from engine.taps import Taps
from engine.tasks import Task

FEW = 6
"""Numbers of an array that are followed one by one; of a larger one it is the norm."""

MEMORY = 2**21
"""Bytes that the values of one expression may take."""


class Gauge(Task):
    """One expression along one run: its value in each iteration that the run has recorded.

    Of a fork these are its own iterations; `origin.run` has those before. When the run has
    recorded further, `advance` goes on.
    """

    def __init__(self, run: Run, expression: Expression, memory: int = MEMORY) -> None:
        """Raises `ShapeError` for an expression of more than one number."""
        super().__init__()
        scope = expression.scope
        shape = expression.shape
        if count(shape) != 1:
            raise ShapeError(
                f"'{expression.text}' has shape {shape_text(shape)}: one number can be followed",
                hint=f"norm({expression.text}) is one number",
            )
        self.run = run
        self.expression = expression
        phases = (Phase.BACKWARD, Phase.FORWARD, Phase.BATCH)
        last = {step.phase: step.index for step in scope.listing.steps}
        self.point = next(last[phase] for phase in phases if phase in last)
        """The event of an iteration, from 1, at which it is read."""
        self._remembered = _remembered(run, expression)
        self._history = History(1, memory, run.first)
        self._stop = Stop(0, StopKind.CONDITION, expression.text, (self.point,), expression)
        self._taps = Taps([self._stop], unknown=np.nan)
        self._next = run.first
        self.finished = not self.behind

    @property
    def behind(self) -> bool:
        """Whether the run has recorded iterations that have not been looked at."""
        return self._remembered is None and self._next < self.run.done

    @property
    def replays(self) -> bool:
        """Whether iterations have to be run once more to be looked at, which takes a while."""
        if self._remembered is not None:
            return False
        return self.run.history.kept.spacing > 1 or not in_columns(self._stop, self.run)

    @property
    def known(self) -> int:
        """The iteration up to which it has looked; all before are known, those of its run."""
        return self.run.done if self._remembered is not None else self._next

    def resume(self) -> None:
        """Have more to do where the run has recorded further."""
        self.finished = not self.behind

    @property
    def sampled(self) -> Sampled:
        """The values that are known so far; nan where the expression is not known."""
        if self._remembered is not None:
            return self._remembered()
        return self._history.series(0, self._next)

    @property
    def progress(self) -> float:
        if not self.behind:
            return 1.0
        return (self._next - self.run.first) / max(1, self.run.done - self.run.first)

    def value(self, step: int) -> float:
        """What it says in one iteration, counted from 0; nan where it is not known."""
        ordinal = step * self.run.calendar.events + self.point
        value = self.expression.value(self.run.state, ordinal)
        return float("nan") if value is None else float(value.reshape(()))

    def advance(self, seconds: float | None = None) -> bool:
        self.resume()
        return super().advance(seconds)

    def _go_on(self, seconds: float) -> None:
        first = self._next
        end, values = self._read(first, min(self.run.done, first + self._size))
        # Extending twice does no harm: an interrupt between the two reads this piece again.
        self._history.forget_after(first)
        self._history.extend(first, values.reshape(-1, 1))
        self._next = end
        self.resume()

    def _read(self, first: int, stop: int) -> tuple[int, Array]:
        """How far it got, and the values of the iterations from `first` to there."""
        run, past = self.run, self.expression.past
        low = max(0, first - past)
        end = min(stop, run.replayable(low))
        if end <= first:  # next to the edit of a fork, whose iteration cannot be replayed
            return first + 1, np.array([self.value(first)])
        rows = run.rows_between(low, end) if in_columns(self._stop, run) else None
        if rows is None:
            return end, self._taps.read(run, first, end)
        found = np.full(end - first, np.nan)
        begin, known = Columns(run, rows, low).said(self.expression, self.point, first, end)
        found[begin - first :] = known
        return end, found


def gauges_for(run: Run, scope: Scope, text: str) -> tuple[Gauge, ...]:
    """What follows an expression: one gauge for one number, one for each of up to `FEW`, or one
    for the norm of more.

    Raises `FormulaError` and `ShapeError`, placed in the text.
    """
    expression = scope.expression(text)
    shape = expression.shape
    if count(shape) == 1:
        return (Gauge(run, expression),)
    if not 0 < count(shape) <= FEW:
        return (Gauge(run, scope.expression(f"norm({expression.text})")),)
    written = expression.text if _is_name(expression.text) else f"({expression.text})"
    places = (", ".join(map(str, index)) for index in np.ndindex(*shape))
    return tuple(Gauge(run, scope.expression(f"{written}[{place}]")) for place in places)


def _is_name(text: str) -> bool:
    return text.isidentifier() or (text.startswith("grad(") and text[5:-1].isidentifier())


def _remembered(run: Run, expression: Expression) -> Callable[[], Sampled] | None:
    """How to ask the run for the series, if it remembers just that."""
    full = expression.scope.full_batch
    leaves = expression.leaves

    def kind(expr: Expr | None) -> tuple[str, int] | None:
        if not isinstance(expr, Value) or leaves[expr.node].ago or leaves[expr.node].node < 0:
            return None
        return leaves[expr.node].kind, leaves[expr.node].node

    match expression.fitted(full, full):
        case Call(op, (inner,)) if op is NORM and (found := kind(inner)):
            ways = {"value": run.parameter_norms, "gradient": run.gradient_norms}
            ask = ways[found[0]]
            return partial(ask, found[1]) if found[1] in run.storage.views else None
        case expr if (found := kind(expr)) and found[0] == "value":
            if found[1] == run.graph.loss:
                return run.losses
            known = found[1] in run.storage.scalars
            return partial(run.parameter_series, found[1]) if known else None
        case _:
            return None
