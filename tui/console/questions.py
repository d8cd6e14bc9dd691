"""What is here, where it came from, and when something was so.

May import: engine's public face, checking, numbers.   Imported by: the console, what_if.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from engine import (
    GradstepError,
    Target,
    check_fields,
    derivation_fields,
    derivation_lines,
    derivation_text,
    jsonable,
    parse_target,
    share_lines,
)
from tui.checking import conclusion_at, report_text
from tui.console.answers import Answer, Choice, Steps
from tui.console.handlers import handles
from tui.console.words import counted, shown, table, with_nudge
from tui.digits import digits
from tui.numbers import NOT_COMPUTED, indexed, number

if TYPE_CHECKING:
    from tui.console import Console


@handles("print")
def _print(console: Console, rest: str) -> Answer:
    value = console.debugger.evaluate(rest)
    if value is None:
        text = f"{rest} is not known at {console.debugger.address}: {unknown(console)}"
        return Answer(text, {**console.place(), "value": None}, ok=False)
    return Answer(f"{rest} = {shown(value)}", {**console.place(), "value": jsonable(value)})


def unknown(console: Console) -> str:
    """Why an expression may have no value at the cursor."""
    batch, full = (
        len(console.debugger.state.record.samples),
        console.debugger.stops.scope.full_batch,
    )
    short = f", or this batch of {batch} has no such sample" if batch < full else ""
    return f"not all of it is computed yet{short}"


@handles("expect")
def _expect(console: Console, rest: str) -> Answer:
    survey = console.debugger.survey(rest)  # a condition, or it is refused here
    del survey
    value = console.debugger.evaluate(rest)
    holds = value is not None and bool(value)
    word = "true" if holds else "not known yet" if value is None else "not true"
    text = f"{rest} is {word} at {console.debugger.address}"
    return Answer(text, {**console.place(), "holds": holds}, ok=holds)


@handles("why")
def _why(console: Console, rest: str) -> Answer:
    return console.why(rest or _whereof(console, "why"))


def _whereof(console: Console, command: str) -> str:
    """What a reader asks about who names nothing: what this event has made."""
    debugger = console.debugger
    report = debugger.report()
    named = {node: name for name, node in debugger.graph.named.items()}
    if report.node not in named:
        raise GradstepError(
            f"{command} wants a name here", hint=f"like  {command} w1  or  {command} W[0, 2]"
        )
    name = named[report.node]
    return f"grad({name})" if report.phase == "backward" else name


@handles("explain")
def _explain(console: Console, rest: str) -> Answer:
    target, of, level = _derivation_of(rest)
    derivation = console.debugger.derive(target or _whereof(console, "explain"), of, level)
    text = derivation_text(derivation, lambda value: number(value, digits() + 1))
    return Answer(text, {**console.place(), **derivation_fields(derivation)})


def _derivation_of(rest: str) -> tuple[str, str | None, Literal["formula", "op"]]:
    """``NODE of OTHER by ops`` taken apart; every part may be missing."""
    match = re.fullmatch(r"(.*?)(?:\bof\s+(.+?))?\s*(\bby ops)?", rest)
    assert match is not None
    return match[1].strip(), match[2], "op" if match[3] else "formula"


@handles("samples")
def _samples(console: Console, rest: str) -> Answer:
    derivation = console.debugger.derive(rest or _whereof(console, "samples"))
    lines = share_lines(derivation, lambda value: number(value, digits() + 1))
    if not lines:
        why = (
            f"{derivation.symbol} is not computed yet"
            if derivation.gradient is None
            else f"{derivation.symbol} is no sum over samples"
        )
        return Answer(f"{why} at {console.debugger.address}", console.place(), ok=False)
    total = derivation_lines(derivation, lambda value: number(value, digits() + 1))[0].text
    choices = (
        *(Choice(),) * 2,
        *(Choice() if n.sample is None else Choice(go=f"alone {n.sample + 1}") for n in lines),
    )
    text = "\n".join([total, "", *(line.text for line in lines)])
    fields = {"shares": derivation_fields(derivation)["shares"]}
    return Answer(text, {**console.place(), **fields}, choices=choices)


@handles("affects")
def _affects(console: Console, rest: str) -> Answer:
    name, size = with_nudge(rest)
    debugger, target = console.debugger, _target(console, name, "affects")
    found = debugger.nudge(target.node, size, entry=target.index or None)
    name = debugger.graph[target.node].name + indexed(target.index)
    rows = [("node", f"∂node/∂{name}", f"· {number(size)}", "changes by")]
    rows += [(n.name, *map(_known, (n.derivative, n.predicted, n.change))) for n in found]
    fields = [
        {
            "node": n.name,
            "derivative": jsonable(n.derivative),
            "predicted": jsonable(n.predicted),
            "change": jsonable(n.change),
        }
        for n in found
    ]
    text = (
        f"{name} affects {counted(len(found), 'node')}:\n{table(rows)}"
        if found
        else (f"{name} affects nothing: no op reads it")
    )
    return Answer(text, {**console.place(), "nudge": size, "affects": fields}, ok=bool(found))


@handles("affected by")
def _affected_by(console: Console, rest: str) -> Answer:
    debugger, target = console.debugger, _target(console, rest, "affected by")
    causes = debugger.causes(target.node, entry=target.index or None)
    found = [n for n in causes if debugger.graph[n.node].literal is None]
    name = debugger.graph[target.node].name + indexed(target.index)
    rows = [("node", f"∂{name}/∂node"), *((n.name, _known(n.derivative)) for n in found)]
    text = (
        f"{name} is affected by {counted(len(found), 'node')}:\n{table(rows)}"
        if found
        else (f"{name} is affected by nothing: it is given")
    )
    fields = [{"node": n.name, "derivative": jsonable(n.derivative)} for n in found]
    return Answer(text, {**console.place(), "affected_by": fields}, ok=bool(found))


def _target(console: Console, name: str, command: str) -> Target:
    """The node or the element that is asked about; without a name what this event has made."""
    debugger = console.debugger
    if not name:
        name = _whereof(console, command).removeprefix("grad(").removesuffix(")")
    return parse_target(name, debugger.graph, debugger.state.record.shapes)


def _known(value: Any) -> str:
    return NOT_COMPUTED if value is None else shown(value)


@handles("check")
def _check(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    work = debugger.checking(seed=debugger.experiment.training.seed)
    yield from console.finished(work)
    assert work.report is not None
    report, graph = work.report, debugger.graph
    return Answer(
        report_text(report, graph),
        check_fields(report),
        ok=report.ok,
        selected=conclusion_at(report, graph),
    )


@handles("last")
def _last(console: Console, rest: str) -> Steps:
    task = console.debugger.last_change(rest)
    yield from console.searched(task)
    move = console.debugger.arrive(task)
    answer = console.here(f"{rest} changed here" if move.moved else move.note)
    return replace(answer, ok=task.hit is not None)


NOTHING_RECORDED = "nothing is recorded yet, `end` records it all"


@handles("when")
def _when(console: Console, rest: str) -> Steps:
    survey = console.debugger.survey(rest)
    yield from console.finished(survey)
    recorded = console.debugger.run.done
    fields = {
        "count": survey.count,
        "first": console.address(survey.first) if survey.first is not None else None,
        "last": console.address(survey.last) if survey.last is not None else None,
        "iterations": recorded,
    }
    within = counted(recorded, "recorded iteration")
    if survey.count == 0:
        text = f"{rest}: never, in {within}" if recorded else f"{rest}: {NOTHING_RECORDED}"
    else:
        times = "once" if survey.count == 1 else f"{survey.count:,} times"
        text = f"{rest}: {times} in {within}"
        text += f"\n  first at {fields['first']}\n  last at {fields['last']}"
    return Answer(text, fields, ok=survey.count > 0)


@handles("never")
def _never(console: Console, rest: str) -> Steps:
    answer = yield from _when(console, rest)  # pyright: ignore[reportGeneralTypeIssues]
    # Of a run that nobody has looked at yet nothing is vouched for.
    return replace(answer, ok=not answer.ok and console.debugger.run.done > 0)
