"""What is watched, with its values at the cursor and how they came to change; and the breakpoints.

May import: engine's public face, models, numbers, series, the other views.
Imported by: views.frame.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import Gauge, Run, Stop, StopKind, changed_at
from tui import series
from tui.models.choice import Choice
from tui.models.text import Style
from tui.models.watches import StopRow, WatchesView, WatchRow
from tui.numbers import NOT_COMPUTED, column, fixed
from tui.views.scene import Scene
from tui.views.values import is_bad, sign_style, value_style

Array = np.ndarray[Any, np.dtype[Any]]

SECONDS = 0.001
"""How long a trend is gone on with at each frame, until all of it is there."""

POINTS = 64
"""Points of a trend: more than it has cells."""


def watches_view(scene: Scene) -> WatchesView:
    """A row for each watch, then one for each breakpoint, in the order in which they were set."""
    stops = list(scene.debugger.stops)
    watches = [stop for stop in stops if stop.kind is StopKind.WATCH]
    others = [stop for stop in stops if stop.kind is not StopKind.WATCH]
    calendar = scene.debugger.calendar
    return WatchesView(
        tuple(_watch(scene, stop) for stop in watches),
        tuple(_stop(scene, stop) for stop in others),
        address=len(str(calendar.address(calendar.total))),
        key=scene.commands.key_text("watch"),
    )


# --- watches -----------------------------------------------------------------------------------


def _watch(scene: Scene, stop: Stop) -> WatchRow:
    debugger = scene.debugger
    stamp = (stop.text, stop.enabled, debugger.position, debugger.run, debugger.run.done)
    return scene.memory.by(f"watch {stop.number}", stamp, lambda: _watch_row(scene, stop))


def _watch_row(scene: Scene, stop: Stop) -> WatchRow:
    run, at = scene.debugger.run, scene.debugger.at
    expression = stop.expression
    assert expression is not None
    value, before = (ask(run.state, at) for ask in (expression.value, expression.before))
    truth = expression.says_truth
    change, change_style = _change(value, before, truth)
    changed = changed_at(run, stop, at)
    return WatchRow(
        text=stop.text,
        stops=stop.enabled,
        value=_text(value, truth),
        value_style=value_style(value),
        shape="×".join(map(str, expression.shape if value is None else value.shape)),
        before=_text(before, truth),
        change=change,
        change_style=change_style,
        trend=_trend(scene, stop, is_known=value is not None),
        changed=_where(scene, changed),
        fresh=changed == at,
        choice=Choice(
            go=f"last {stop.text}",
            toggle=f"{'disable' if stop.enabled else 'enable'} {stop.number}",
            remove=f"unstop {stop.number}",
        ),
    )


def _text(value: Array | None, truth: bool) -> str:
    """A number; of an array the norm, or how many of it are true."""
    if value is None:
        return NOT_COMPUTED
    if value.size != 1:
        return f"{np.count_nonzero(value)} of {value.size}" if truth else _norm(value)
    single = float(value.reshape(()))
    if truth:
        return "true" if single else "false"
    return fixed(single, column(), signed=False)


def _norm(value: Array) -> str:
    with np.errstate(all="ignore"):
        return f"‖{fixed(float(np.linalg.norm(value)), column() - 2, signed=False)}‖"


def _change(value: Array | None, before: Array | None, truth: bool) -> tuple[str, Style]:
    """What came of it since the iteration before; of an array how far it moved."""
    if value is None or before is None:
        return NOT_COMPUTED, "dim"
    if value.shape != before.shape:
        return "—", "dim"  # a batch of another size
    if truth:
        return ("", "dim") if np.array_equal(value, before) else ("changed", "notice")
    with np.errstate(all="ignore"):
        change = value - before
    if change.size != 1:
        return _norm(change), "bad" if is_bad(change) else "text"
    return fixed(float(change.reshape(())), column()), sign_style(change, "text")


def _trend(scene: Scene, stop: Stop, *, is_known: bool) -> tuple[float, ...]:
    """How it went up to this iteration, or to the one before while it is not known here.

    Where iterations would have to be run once more for that, there is none.
    """
    run = scene.debugger.run
    chain = [run]
    while chain[-1].origin is not None:
        chain.append(chain[-1].origin.run)
    gauges = {id(run): _gauge(scene, stop, run, depth) for depth, run in enumerate(chain)}
    if any(gauge.replays for gauge in gauges.values()):
        return ()
    for gauge in gauges.values():
        gauge.advance(SECONDS)
    known = tuple((gauge.run, gauge.known) for gauge in gauges.values())

    def track() -> series.Track:
        def edited(run: Run, step: int) -> float:
            return gauges[id(run)].value(step)

        return series.track(run, lambda run: gauges[id(run)].sampled, edited)

    found = scene.memory.by(f"trend of watch {stop.number}", known, track)
    step = scene.debugger.calendar.step(scene.debugger.at) - (not is_known)
    return tuple(map(float, series.thinned(series.values(found, step), POINTS)))


def _gauge(scene: Scene, stop: Stop, run: Run, depth: int) -> Gauge:
    """What follows it along one run: the timeline's own, or one of those that it comes from."""
    expression = stop.expression
    assert expression is not None

    def made() -> Gauge:
        scope = scene.debugger.stops.scope
        single = all(size == 1 for size in expression.shape)
        norm = f"norm({expression.text})"
        return Gauge(run, expression if single else scope.expression(norm))

    return scene.memory.by(f"gauge of watch {stop.number}.{depth}", (run, stop.text), made)


def _where(scene: Scene, ordinal: int | None) -> str:
    """An event as one would go to it from here."""
    if ordinal is None:
        return ""
    calendar, at = scene.debugger.calendar, scene.debugger.at
    if ordinal == at:
        return "here"
    address = calendar.address(ordinal)
    return f".{address.event}" if calendar.step(ordinal) == calendar.step(at) else str(address)


# --- breakpoints -------------------------------------------------------------------------------


def _stop(scene: Scene, stop: Stop) -> StopRow:
    remarks = [
        f"{stop.hits:,} hit{'s' * (stop.hits != 1)}",
        "once" * stop.temporary,
        f"ignores {stop.ignore:,}" * bool(stop.ignore),
    ]
    return StopRow(
        text=str(stop),
        on=stop.enabled,
        hits=" · ".join(filter(None, remarks)),
        here=scene.state.index in stop.points,
        choice=Choice(
            go=f"goto .{stop.points[-1]}" if stop.points else "",
            toggle=f"{'disable' if stop.enabled else 'enable'} {stop.number}",
            remove=f"unstop {stop.number}",
        ),
    )
