"""The run in sentences: what has just happened, for ears and for logs.

Numbers are said as a person would: few of them one by one, many by their range.
May import: engine's public face, numbers, drawing.glyphs.   Imported by: cli.plain.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from engine import Debugger, EventReport, Phase, State, Status
from tui.digits import digits
from tui.drawing.glyphs import with_products
from tui.numbers import MINUS, number

Array = np.ndarray[Any, np.dtype[Any]]

MOST = 6
"""Numbers that are said one by one."""

PASSES = {
    Phase.BATCH: "batch",
    Phase.FORWARD: "forward pass",
    Phase.BACKWARD: "backward pass",
    Phase.UPDATE: "update",
}

_BRANCHES = re.compile(r"^[│├└─ ]+", re.MULTILINE)


def opening(debugger: Debugger) -> str:
    """What is about to be stepped through."""
    experiment, calendar = debugger.experiment, debugger.calendar
    names = [node.name for node in debugger.graph.parameters]
    formulas = _counted(len(debugger.graph.formulas), "formula")
    parameters = f"{_counted(len(names), 'parameter')}{': ' * bool(names)}{_listed(names)}"
    iterations = _counted(calendar.iterations, "iteration")
    return (
        f"{experiment.title or experiment.name}. {formulas}, {parameters}. "
        f"{_counted(calendar.epochs, 'epoch')} of {iterations}, "
        f"{_counted(calendar.events, 'event')} an iteration."
    )


def narrated(debugger: Debugger) -> str:
    """Where the cursor stands, and what has just happened there."""
    state, report, line = debugger.state, debugger.report(), debugger.line
    timeline = debugger.position.timeline
    where = f" on {timeline}" if len(debugger.timelines) > 1 else ""
    place = f"{debugger.address}{where}, {PASSES[report.phase]}, line {line.number}: {line.text}"
    return f"{place}. {_SENTENCES[report.phase](state, report)}"


def in_words(text: str) -> str:
    """An answer without what only eyes can use: branches of trees, signs in place of words."""
    text = "\n".join(map(with_products, text.split("\n")))
    text = _BRANCHES.sub(lambda match: " " * len(match[0]), text)
    for sign, word in (("●", "on"), ("○", "off"), ("►", ">"), (MINUS, "-")):
        text = text.replace(sign, word)
    return text


# --- events -------------------------------------------------------------------------------------


def _batch(state: State, report: EventReport) -> str:
    rows = state.record.samples
    if not rows:
        return "There are no data: an epoch is one iteration on the formulas alone."
    numbers = [str(row + 1) for row in rows]
    which = _listed(numbers) if len(numbers) <= 2 * MOST else f"{numbers[0]} and others"
    sample = "sample" if len(rows) == 1 else "samples"
    loaded = f"It loads {len(rows)} {sample}, number {which}."
    parts = (f"{part.symbol} is {said(part.value)}." for part in report.parts)
    return " ".join((loaded, *parts))


def _forward(state: State, report: EventReport) -> str:
    assert report.node is not None
    return f"It computes {state.graph[report.node].name}, which is {said(report.result)}."


def _backward(state: State, report: EventReport) -> str:
    assert report.node is not None
    graph, node = state.graph, report.node
    loss, name = graph[graph.loss].name, graph[node].name
    if not report.parts:
        return f"The gradient starts at {loss}: how it changes with itself, {said(report.result)}."
    upstream = report.parts[0]
    assert upstream.node is not None
    way = f"From {graph[upstream.node].name} to {name}: {_carried(report)}"
    way += ", summed over what was broadcast" * report.summed
    arrived, expected = len(state.contributions(node)), len(state.listing.gradient_steps[node])
    total = said(state.gradient(node), signed=True)
    if expected == 1:
        return f"{way}. The gradient of {loss} by {name} is {total}."
    part = said(report.result, signed=True)
    so_far = "complete" if state.gradient_status(node) is Status.COMPLETE else "so far"
    return (
        f"{way}, contributes {part}, {arrived} of {expected}. "
        f"The gradient of {loss} by {name} is {total}, {so_far}."
    )


def _carried(report: EventReport) -> str:
    """What an op does to the gradient that passes it."""
    upstream, local = report.parts
    if local.value is None or not local.text:
        return f"by the rule {in_words(report.rule)}"
    factor = in_words(local.text)
    if factor == "1":
        return "the upstream gradient as it is"
    if factor == "-1":
        return "the upstream gradient with its sign changed"
    value = f", which is {said(local.value)}" if factor != said(local.value) else ""
    return f"the upstream gradient, {said(upstream.value, signed=True)}, times {factor}{value}"


def _update(state: State, report: EventReport) -> str:
    if report.node is None:  # gradients are clipped before any parameter moves
        return f"Gradients are clipped: {in_words(report.rule)}."
    name = state.graph[report.node].name
    before, change = state.record.leaves[report.node], report.parts[-1].value
    if np.size(before) == 1:
        by, after = said(change, signed=True), said(report.result)
        return f"{name} goes from {said(before)} by {by} to {after}."
    return f"{name} changes by {said(change, signed=True)}; it is {said(report.result)} now."


_SENTENCES = {
    Phase.BATCH: _batch,
    Phase.FORWARD: _forward,
    Phase.BACKWARD: _backward,
    Phase.UPDATE: _update,
}


# --- numbers ------------------------------------------------------------------------------------


def said(value: Array | None, *, signed: bool = False) -> str:
    """The numbers of a value: one by one, or, where they are many, what they are like."""
    if value is None:
        return "not computed yet"
    array = np.asarray(value, dtype=float)
    if not array.size:
        return "empty"
    if array.size <= MOST:
        return _listed([_spoken(v, signed=signed) for v in array.reshape(-1).tolist()])
    words = f"{' by '.join(map(str, array.shape))} numbers"
    finite = array[np.isfinite(array)]
    lost = array.size - finite.size
    if not finite.size:
        return f"{words}, none of them finite"
    with np.errstate(over="ignore"):
        low, high, mean = (float(f(finite)) for f in (np.min, np.max, np.mean))
    if low == high:
        words += f", all {_spoken(low, signed=signed)}"
    else:
        # What is left of numbers that cancel each other is no average.
        mean = 0.0 if abs(mean) < 1e-12 * max(-low, high) else mean
        least, most, middle = (_spoken(v, signed=signed) for v in (low, high, mean))
        words += f" from {least} to {most}, on average {middle}"
    return words + (f", and {lost} of them not finite" if lost else "")


def _spoken(value: float, *, signed: bool = False) -> str:
    return number(value, digits(), signed=signed).replace(MINUS, "-")


def _listed(words: list[str]) -> str:
    """``a, b and c``"""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
