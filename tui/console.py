"""Commands as text: what the prompt, `gradstep run` and a script say to the debugger.

Every command of the table that needs no screen is carried out here, on the engine alone. One that
may take long is a generator: it yields how far it is (0 to 1) after every slice of work and can be
dropped at any point, which leaves everything as it was; what it answers is words for a reader and
values for a program.
May import: engine's public face, commands, numbers.   Imported by: cli, screens.
"""

from __future__ import annotations

import json
import re
import threading
import tomllib
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine import (
    MEMORY,
    SESSION_SUFFIX,
    Debugger,
    Divergence,
    GradientCheck,
    GradstepError,
    Move,
    Opened,
    Position,
    Run,
    Search,
    Stop,
    StopKind,
    Target,
    Task,
    Timeline,
    Unit,
    check_fields,
    derivation_fields,
    derivation_text,
    jsonable,
    open_session,
    save_session,
    why_fields,
)
from tui.checking import report_text
from tui.commands import BY_NAME, COMMANDS, Command, find_command
from tui.numbers import NOT_COMPUTED, number, shape, vector

SLICE_SECONDS = 0.002
"""How long a command works between two looks at the keyboard."""


@dataclass(frozen=True)
class Choice:
    """What can be done about one line of an answer: commands, or nothing."""

    go: str = ""
    """Where it leads."""
    toggle: str = ""
    """On, or off."""
    remove: str = ""


ADDRESS = re.compile(r"\be\d+\.i\d+\.\d+\b")


@dataclass(frozen=True)
class Answer:
    """What came of a command."""

    text: str = ""
    """For a reader; more than one line where there is more to say."""
    fields: dict[str, Any] = field(default_factory=dict)
    """The same for a program: strict JSON values."""
    ok: bool = True
    """False where the question's answer is no: no stop hit, a condition never true."""
    moved: bool = False
    """Whether the cursor is somewhere else now, or on another timeline."""
    note: str = ""
    """What has to be said even to somebody who sees where the cursor is."""
    choices: tuple[Choice, ...] = ()
    """One for each line of the text; without any, a line leads to the address that stands in it."""

    @property
    def is_long(self) -> bool:
        """Whether it is more than a word in passing: several lines, or something can be done."""
        return "\n" in self.text or bool(self.choices)

    def choice(self, line: int) -> Choice:
        """What can be done about a line of the text, counted from 0."""
        if self.choices:
            return self.choices[line]
        found = ADDRESS.findall(self.text.split("\n")[line])
        return Choice(go=f"goto {found[-1]}") if found else Choice()


Steps = Generator[float, None, Answer]
Handler = Callable[["Console", str], "Answer | Steps"]
HANDLERS: dict[str, Handler] = {}
"""What carries out each command, by its name in the table."""


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register the handler of commands of the table."""

    def register(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return register


class Console:
    """Carries out commands on a debugger; `load` may put another one in its place."""

    def __init__(
        self, debugger: Debugger, *, memory: int = MEMORY, origin: str = "", watched: bool = False
    ) -> None:
        self.debugger = debugger
        self.memory = memory
        self.origin = origin
        """What was opened: a file, or the name of a lesson."""
        self.watched = watched
        """Whether a screen shows where the cursor is, so that an arrival needs no words."""

    def start(self, line: str) -> Answer | Steps:
        """Begin a command: its answer, or the steps that lead to it.

        Raises `GradstepError` for what is no command, or not as the command wants it.
        """
        command, rest = parsed(line)
        if command.look and command.name not in HANDLERS:
            raise GradstepError(
                f"'{command.name}' is for the screen", hint="it does nothing without one"
            )
        if rest and not command.usage:
            raise GradstepError(f"'{command.name}' takes nothing; '{rest}' came")
        if command.needs_more and not rest:
            raise GradstepError(f"'{command.name}' wants {command.usage}", hint=command.help)
        try:
            steps = HANDLERS[command.name](self, rest)
        except GradstepError as error:
            raise _in_line(error, line, rest) from None
        return steps if isinstance(steps, Answer) else self._going(steps, line, rest)

    def _going(self, steps: Steps, line: str, rest: str) -> Steps:
        try:
            return (yield from steps)
        except GradstepError as error:
            raise _in_line(error, line, rest) from None

    def run(self, line: str, progress: Callable[[float], None] | None = None) -> Answer:
        """Carry out a command to its end. Raises `GradstepError`."""
        steps = self.start(line)
        if isinstance(steps, Answer):
            return steps
        while True:
            try:
                share = next(steps)
            except StopIteration as done:
                return done.value
            if progress is not None:
                progress(share)

    # --- words that several commands share -----------------------------------------------------

    def here(self, note: str = "") -> Answer:
        """An arrival: where the cursor stands now, with a note."""
        if self.watched:
            return Answer(note, moved=True, note=note)
        return replace(self.described(note), moved=True)

    def described(self, note: str = "") -> Answer:
        """Where the cursor stands and what has just happened there."""
        debugger = self.debugger
        report, line = debugger.report(), debugger.line
        result = "" if report.result is None else f" = {shown(report.result)}"
        name = debugger.position.timeline
        where = str(debugger.address) + (f" on {name}" if len(debugger.timelines) > 1 else "")
        text = f"{where}  {report.phase}  line {line.number}: {line.text}"
        if report.phase != "batch":
            text += f"\n  {report.symbols}{result}"
        fields = {
            **self.place(),
            "phase": str(report.phase),
            "line": line.number,
            "text": line.text,
            "node": None if report.node is None else debugger.graph[report.node].name,
            "symbols": report.symbols,
            "result": None if report.result is None else jsonable(report.result),
        }
        if note:
            text, fields = f"{note}\n{text}", {**fields, "note": note}
        return Answer(text, fields, note=note)

    def why(self, target: str | Target) -> Answer:
        """Where a number came from. Raises `TargetError`."""
        why = self.debugger.why(target)
        fields = {**self.place(), **why_fields(why, self.debugger.graph)}
        return Answer("\n".join(why.lines(lambda value: number(value, 6))), fields)

    def place(self) -> dict[str, Any]:
        """The cursor's place as fields."""
        return {
            "at": str(self.debugger.address),
            "event": self.debugger.at,
            "timeline": self.debugger.position.timeline,
        }

    def address(self, ordinal: int) -> str:
        return str(self.debugger.calendar.address(ordinal))

    def recorded(self, ordinal: int, run: Run | None = None) -> Generator[float, None, None]:
        """Have an event of a run, or of the one that is looked at, recorded and at hand."""
        run = (run or self.debugger.run).owner(ordinal)
        step = self.debugger.calendar.step(ordinal)
        distance = run.distance(step)
        while not run.approach(step, SLICE_SECONDS):
            yield 1 - run.distance(step) / max(1, distance)

    def searched(self, search: Search) -> Generator[float, None, None]:
        """Search to the end, and have what it found at hand."""
        yield from finished(search)
        if search.hit is not None:
            yield from self.recorded(search.hit.ordinal)

    def moved(self, move: Move, *, jump: bool = False) -> Steps:
        """Go where a move leads, recording on the way what is not recorded yet."""
        if not move.moved:
            return self.here(move.note)
        yield from self.recorded(move.ordinal)
        (self.debugger.jump if jump else self.debugger.goto)(move.ordinal)
        return self.here(move.note)


def parsed(line: str) -> tuple[Command, str]:
    """The command of a line and what stands behind it; an address alone is gone to.

    Raises `GradstepError`.
    """
    found = find_command(line)
    if found is not None:
        return found
    word = line.split()[0] if line.split() else ""
    if re.match(r"\.?\d|e\d", word, re.IGNORECASE):
        return BY_NAME["goto"], line.strip()
    near = get_close_matches(word, [c.name for c in COMMANDS], 1)
    raise GradstepError(
        f"there is no command '{word}'",
        hint=f"did you mean '{near[0]}'?" if near else "`help` lists them all",
    )


def _in_line(error: GradstepError, line: str, rest: str) -> GradstepError:
    """An error about what stands behind the name of a command, placed in the whole line."""
    place, line = error.place, line.rstrip()
    if place is None or place.file or place.column is None or place.source is None:
        return error
    if len(place.source.rstrip()) != len(rest):
        return error
    return error.located(source=line, column=len(line) - len(rest) + place.column)


def shown(value: Any, most: int = 6) -> str:
    """A number, or an array with its shape and at `most` so many of its first numbers."""
    array = np.asarray(value)
    if array.ndim == 0:
        return number(float(array), 8)
    return f"{shape(array)} {vector(array, most)}"


def finished(task: Task | Divergence | GradientCheck) -> Generator[float, None, None]:
    """Work on a task to its end."""
    while not task.advance(SLICE_SECONDS):
        yield task.progress


def whole(text: str, what: str, default: int | None = None) -> int:
    """A whole number that a command was given. Raises `GradstepError`."""
    if not text and default is not None:
        return default
    if not re.fullmatch(r"\d{1,18}", text):
        came = f"'{text}' came" if text else "nothing came"
        raise GradstepError(f"{what} wants a whole number; {came}")
    return int(text)


def counted(number: int, noun: str) -> str:
    """``1 iteration``, ``2,000 iterations``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Columns, aligned."""
    rows = list(rows)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


# --- through time -------------------------------------------------------------------------------

MOVES = {
    "step": (Unit.EVENT, 1),
    "step back": (Unit.EVENT, -1),
    "line": (Unit.LINE, 1),
    "line back": (Unit.LINE, -1),
    "pass": (Unit.PASS, 1),
    "pass back": (Unit.PASS, -1),
    "iteration": (Unit.ITERATION, 1),
    "iteration back": (Unit.ITERATION, -1),
    "epoch": (Unit.EPOCH, 1),
    "epoch back": (Unit.EPOCH, -1),
}


def _mover(unit: Unit, sign: int) -> Handler:
    def move(console: Console, rest: str) -> Steps:
        by = whole(rest, "how far", 1)
        return (yield from console.moved(console.debugger.target(unit, sign * by)))

    return move


for _name, (_unit, _sign) in MOVES.items():
    HANDLERS[_name] = _mover(_unit, _sign)


@handles("goto")
def _goto(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    ordinal = debugger.calendar.parse(rest, debugger.address)
    return (yield from console.moved(Move(ordinal, ordinal != debugger.at), jump=True))


@handles("start")
def _start(console: Console, rest: str) -> Steps:
    return (yield from console.moved(console.debugger.target_end(last=False), jump=True))


@handles("end")
def _end(console: Console, rest: str) -> Steps:
    return (yield from console.moved(console.debugger.target_end(last=True), jump=True))


@handles("where")
def _where(console: Console, rest: str) -> Answer:
    return console.described()


@handles("back")
def _back(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    yield from _at_hand(console, debugger.visits.before(debugger.position))
    return console.here(debugger.back().note)


@handles("forward")
def _forward(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    yield from _at_hand(console, debugger.visits.after())
    return console.here(debugger.forward().note)


def _at_hand(console: Console, place: Position | None) -> Generator[float, None, None]:
    if place is not None:
        run = console.debugger.timelines[place.timeline].run
        yield from console.recorded(place.ordinal, run)


# --- stops --------------------------------------------------------------------------------------


@handles("break")
def _break(console: Console, rest: str) -> Answer:
    text = rest or f"line {console.debugger.line.number}"
    return _set(console, console.debugger.stops.break_at(text))


@handles("tbreak")
def _tbreak(console: Console, rest: str) -> Answer:
    text = rest or f"line {console.debugger.line.number}"
    return _set(console, console.debugger.stops.break_at(text, temporary=True))


@handles("watch")
def _watch(console: Console, rest: str) -> Answer:
    return _set(console, console.debugger.stops.watch(rest))


def _set(console: Console, stop: Stop) -> Answer:
    return Answer(f"stop {stop.number}: {stop}", stop_fields(stop))


def stop_fields(stop: Stop) -> dict[str, Any]:
    """A stop as strict JSON values."""
    return {
        "stop": stop.number,
        "kind": str(stop.kind),
        "expression": stop.text,
        "enabled": stop.enabled,
        "temporary": stop.temporary,
        "ignore": stop.ignore,
        "hits": stop.hits,
    }


@handles("stops")
def _stops(console: Console, rest: str) -> Answer:
    stops = list(console.debugger.stops)
    if not stops:
        return Answer("no stops are set: `break` or `watch` sets one", {"stops": []})
    rows = [
        (
            str(stop.number),
            "●" if stop.enabled else "○",
            str(stop),
            counted(stop.hits, "hit"),
            ", ".join(
                filter(None, ["once" * stop.temporary, f"ignore {stop.ignore}" * bool(stop.ignore)])
            ),
        )
        for stop in stops
    ]
    choices = tuple(
        Choice(
            go=f"goto .{stop.points[-1]}",
            toggle=f"{'disable' if stop.enabled else 'enable'} {stop.number}",
            remove=f"unstop {stop.number}",
        )
        for stop in stops
    )
    fields = {"stops": [stop_fields(stop) for stop in stops]}
    return Answer(table(rows), fields, choices=choices)


@handles("watches")
def _watches(console: Console, rest: str) -> Answer:
    """Watched expressions with what they say here, and one iteration before."""
    debugger = console.debugger
    watches = [stop for stop in debugger.stops if stop.kind is StopKind.WATCH]
    if not watches:
        return Answer("nothing is watched: `watch EXPRESSION` does", {"watches": []})
    earlier = debugger.at - debugger.calendar.events
    rows: list[tuple[str, ...]] = [("", "expression", "here", "an iteration before")]
    fields: list[dict[str, Any]] = []
    for stop in watches:
        assert stop.expression is not None
        values = [
            stop.expression.value(debugger.run.state, at) if at > 0 else None
            for at in (debugger.at, earlier)
        ]
        words = [NOT_COMPUTED if value is None else shown(value, 2) for value in values]
        rows.append((str(stop.number), stop.text, *words))
        known = [None if value is None else jsonable(value) for value in values]
        fields.append(
            {"stop": stop.number, "expression": stop.text, "here": known[0], "before": known[1]}
        )
    choices = (
        Choice(),
        *(Choice(go=f"last {s.text}", remove=f"unstop {s.number}") for s in watches),
    )
    return Answer(table(rows), {**console.place(), "watches": fields}, choices=choices)


@handles("unstop")
def _unstop(console: Console, rest: str) -> Answer:
    stop = console.debugger.stops.remove(whole(rest, "unstop"))
    return Answer(f"removed stop {stop.number}: {stop}", stop_fields(stop))


@handles("enable")
def _enable(console: Console, rest: str) -> Answer:
    return _set(console, console.debugger.stops.enable(whole(rest, "enable")))


@handles("disable")
def _disable(console: Console, rest: str) -> Answer:
    stop = console.debugger.stops.disable(whole(rest, "disable"))
    return Answer(f"stop {stop.number} is off: {stop}", stop_fields(stop))


@handles("ignore")
def _ignore(console: Console, rest: str) -> Answer:
    which, _, hits = rest.partition(" ")
    stop = console.debugger.stops.ignore(
        whole(which, "ignore"), whole(hits.strip(), "how many hits")
    )
    return Answer(
        f"stop {stop.number} passes over {counted(stop.ignore, 'hit')}", stop_fields(stop)
    )


def _searching(direction: int) -> Handler:
    def search(console: Console, rest: str) -> Steps:
        task = console.debugger.search(direction)
        yield from console.searched(task)
        move = console.debugger.arrive(task)
        answer = console.here(move.note)
        hit = [stop.number for stop in task.hit.stops] if task.hit else []
        return replace(answer, fields={**answer.fields, "hit": hit}, ok=bool(hit))

    return search


HANDLERS["continue"] = _searching(1)
HANDLERS["reverse"] = _searching(-1)


# --- questions ----------------------------------------------------------------------------------


@handles("print")
def _print(console: Console, rest: str) -> Answer:
    value = console.debugger.evaluate(rest)
    if value is None:
        text = f"{rest} is not known at {console.debugger.address}: {_unknown(console)}"
        return Answer(text, {**console.place(), "value": None}, ok=False)
    return Answer(f"{rest} = {shown(value)}", {**console.place(), "value": jsonable(value)})


def _unknown(console: Console) -> str:
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
    text = derivation_text(derivation, lambda value: number(value, 6))
    return Answer(text, {**console.place(), **derivation_fields(derivation)})


def _derivation_of(rest: str) -> tuple[str, str | None, Literal["formula", "op"]]:
    """``NODE of OTHER by ops`` taken apart; every part may be missing."""
    match = re.fullmatch(r"(.*?)(?:\bof\s+(.+?))?\s*(\bby ops)?", rest)
    assert match is not None
    return match[1].strip(), match[2], "op" if match[3] else "formula"


@handles("check")
def _check(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    work = debugger.checking(seed=debugger.experiment.training.seed)
    yield from finished(work)
    assert work.report is not None
    return Answer(
        report_text(work.report, debugger.graph), check_fields(work.report), ok=work.report.ok
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
    yield from finished(survey)
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


# --- what if ------------------------------------------------------------------------------------


@handles("set")
def _set_value(console: Console, rest: str) -> Answer:
    match = re.fullmatch(
        r"(?P<target>[^=]+?)\s*=(?!=)\s*(?P<value>.*?)(?:\s+as\s+(?P<name>\S+))?", rest
    )
    if match is None or not match["value"]:
        raise GradstepError(
            "set wants TARGET = VALUE", hint="like  set w1 = 0.5  or  set W[0, 2] = 1"
        )
    try:
        value = _value(console, match["value"])
    except GradstepError as error:
        if error.place is None or error.place.column is None:
            raise
        column = match.start("value") + error.place.column
        raise error.located(source=rest, column=column) from None
    return _forked(console, console.debugger.set(match["target"], value, name=match["name"] or ""))


def _value(console: Console, text: str) -> Any:
    """A value in TOML, or else an expression at the cursor."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        value = console.debugger.evaluate(text)
        if value is None:
            raise GradstepError(f"{text} is not known here: {_unknown(console)}") from None
        return np.asarray(value).tolist()


def _named(rest: str) -> tuple[str, str]:
    """What stands before ``as NAME``, and the name."""
    match = re.fullmatch(r"(.*?)\s*(?:\bas\s+(\S+))?", rest)
    assert match is not None
    return match[1].strip(), match[2] or ""


@handles("drop")
def _drop(console: Console, rest: str) -> Answer:
    sample, name = _named(rest)
    return _forked(console, console.debugger.drop(whole(sample, "drop"), name=name))


@handles("skip")
def _skip(console: Console, rest: str) -> Answer:
    parameter, name = _named(rest)
    return _forked(console, console.debugger.skip(parameter, name=name))


def _forked(console: Console, timeline: Timeline) -> Answer:
    fields = {**timeline_fields(console, timeline), **console.place()}
    text = f"{timeline.name}: from {timeline.parent}, {timeline_origin(console, timeline)}"
    return Answer(text, fields, moved=True, note=text)


def timeline_origin(console: Console, timeline: Timeline) -> str:
    """Where a timeline comes from, in a few words."""
    if timeline.edit is None:
        return "as the experiment has it"
    at = timeline.edit.at
    return f"{timeline.edit} after {console.address(at) if at else 'the start'}"


def timeline_fields(console: Console, timeline: Timeline) -> dict[str, Any]:
    """A timeline as strict JSON values."""
    edit = timeline.edit
    return {
        "timeline": timeline.name,
        "parent": timeline.parent,
        "edit": str(edit) if edit else None,
        "after": (console.address(edit.at) if edit.at else "start") if edit else None,
        "recorded": timeline.run.done,
    }


@handles("timelines")
def _timelines(console: Console, rest: str) -> Answer:
    timelines = console.debugger.timelines
    rows = [
        (
            "►" if t is timelines.current else " ",
            t.name,
            f"from {t.parent}" if t.parent else "",
            timeline_origin(console, t),
            counted(t.run.done, "iteration"),
        )
        for t in timelines
    ]
    fields = {
        "current": timelines.current.name,
        "timelines": [timeline_fields(console, t) for t in timelines],
    }
    choices = tuple(
        Choice(go=f"switch {t.name}", remove=f"forget {t.name}" if t.parent else "")
        for t in timelines
    )
    return Answer(table(rows), fields, choices=choices)


@handles("switch")
def _switch(console: Console, rest: str) -> Steps:
    timelines = console.debugger.timelines
    yield from console.recorded(console.debugger.at, timelines[rest].run)
    timelines.switch(rest)
    return console.here(f"on {rest}")


@handles("rename")
def _rename(console: Console, rest: str) -> Answer:
    words = rest.split()
    if len(words) != 2:
        raise GradstepError("rename wants the old name and the new one")
    timeline = console.debugger.rename(*words)
    return Answer(f"{words[0]} is called {timeline.name} now", timeline_fields(console, timeline))


@handles("forget")
def _forget(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    parent = debugger.timelines[rest].parent
    if parent is not None and rest == debugger.timelines.current.name:
        yield from console.recorded(debugger.at, debugger.timelines[parent].run)
    debugger.delete(rest)
    text = f"{rest} is forgotten"
    return Answer(text, console.place(), moved=True, note=text)


@handles("compare")
def _compare(console: Console, rest: str) -> Steps:
    debugger = console.debugger
    names = [t.name for t in debugger.timelines if t is not debugger.timelines.current]
    other = rest or (debugger.timelines.current.parent or (names[0] if len(names) == 1 else ""))
    if not other:
        raise GradstepError("compare wants the name of a timeline")
    search = debugger.compare(other)
    yield from finished(search)
    mine, found = debugger.timelines.current.name, search.found
    fields: dict[str, Any] = {"here": mine, "there": other, "first": None}
    if found is None:
        text = f"{mine} and {other} do not differ in {counted(search.limit, 'iteration')}"
        text = "\n".join((text, *_side_by_side(console, other)))
        return Answer(text, fields, ok=False)
    index = found.index
    element = f"[{', '.join(map(str, index))}]" if index else ""
    a, b = (x if index is None else x[index] for x in (found.here, found.there))
    address = console.address(found.ordinal)
    lines = [
        f"{mine} and {other} first differ at {address}: {found.what}{element}",
        f"  {mine}: {shown(a)}   {other}: {shown(b)}   apart by {number(found.largest, 4)}",
    ]
    lines += _side_by_side(console, other)
    fields |= {
        "first": address,
        "what": found.what,
        "index": list(index) if index is not None else None,
        "values": [jsonable(found.here), jsonable(found.there)],
        "apart": jsonable(found.largest),
    }
    return Answer("\n".join(lines), fields)


def _side_by_side(console: Console, other: str) -> list[str]:
    """The cursor's event on both timelines, as far as the other one is recorded."""
    debugger = console.debugger
    run = debugger.timelines[other].run
    if run.done <= debugger.calendar.step(debugger.at):
        return []
    here, there = debugger.state, run.state(debugger.at)
    rows = [("", debugger.timelines.current.name, other)]
    for name in debugger.graph.named:
        a, b = here.node(name), there.node(name)
        for label, x, y in ((name, a.value, b.value), (f"∇{name}", a.gradient, b.gradient)):
            if x is None or y is None or np.array_equal(x, y, equal_nan=True):
                continue
            rows.append((label, shown(x, 2), shown(y, 2)))
    if len(rows) == 1:
        return [f"  at {debugger.address} both know the same"]
    return [f"at {debugger.address}:", *(f"  {line}" for line in table(rows).split("\n"))]


# --- places -------------------------------------------------------------------------------------


@handles("bookmark")
def _bookmark(console: Console, rest: str) -> Answer:
    name, _, note = rest.partition(" ")
    mark = console.debugger.bookmark(name, note.strip())
    return Answer(
        f"bookmark {mark.name} at {console.debugger.address}",
        {**console.place(), "bookmark": mark.name, "note": mark.note},
    )


@handles("bookmarks")
def _bookmarks(console: Console, rest: str) -> Answer:
    marks = list(console.debugger.bookmarks)
    if not marks:
        return Answer("no bookmarks: `bookmark` sets one here", {"bookmarks": []})
    rows = [
        (m.name, console.address(m.position.ordinal), m.position.timeline, m.note) for m in marks
    ]
    fields = [
        {
            "bookmark": m.name,
            "at": console.address(m.position.ordinal),
            "timeline": m.position.timeline,
            "note": m.note,
        }
        for m in marks
    ]
    choices = tuple(Choice(go=f"visit {m.name}", remove=f"unmark {m.name}") for m in marks)
    return Answer(table(rows), {"bookmarks": fields}, choices=choices)


@handles("visit")
def _visit(console: Console, rest: str) -> Steps:
    debugger, marks = console.debugger, list(console.debugger.bookmarks)
    mark = debugger.bookmarks[rest or (marks[-1].name if marks else "")]
    yield from _at_hand(console, mark.position)
    debugger.jump(mark.position)
    return console.here(" ".join(filter(None, (f"bookmark {mark.name}", mark.note))))


@handles("unmark")
def _unmark(console: Console, rest: str) -> Answer:
    console.debugger.bookmarks.delete(rest)
    return Answer(f"bookmark {rest} is gone", {"bookmark": rest})


# --- help ---------------------------------------------------------------------------------------


@handles("help")
def _help(console: Console, rest: str) -> Answer:
    """What can be typed; a screen shows its keys instead."""
    typed = [command for command in COMMANDS if not command.look]
    return Answer(table((f"{c.name} {c.usage}".strip(), c.help) for c in typed))


# --- sessions -----------------------------------------------------------------------------------


@handles("save")
def _save(console: Console, rest: str) -> Answer:
    path = save_session(console.debugger, _session_path(rest))
    return Answer(f"saved {path}", {"file": str(path), **console.place()})


@handles("load")
def _load(console: Console, rest: str) -> Steps:
    path = Path(rest).expanduser()
    path = path if path.is_file() else _session_path(rest)
    opened = yield from _opened(path, console.memory)
    console.debugger, console.origin = opened.debugger, str(path)
    answer = console.here("\n".join(opened.notes))
    return replace(answer, fields={**answer.fields, "notes": list(opened.notes)})


class _Dropped(Exception):
    """The command that a session is opened for is no longer wanted."""


def _opened(path: Path, memory: int) -> Generator[float, None, Opened]:
    """Open a session, which runs its timelines anew, in a thread: nobody else knows it yet."""
    share, dropped = 0.0, False
    result: list[Opened | BaseException] = []

    def hear(done: float) -> None:
        nonlocal share
        share = done
        if dropped:
            raise _Dropped

    def work() -> None:
        try:
            result.append(open_session(path, memory=memory, progress=hear))
        except BaseException as error:  # handed on to whoever waits for the thread
            result.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(SLICE_SECONDS)
            if thread.is_alive():
                yield share
    finally:
        dropped = True
    (found,) = result
    if isinstance(found, BaseException):
        raise found
    return found


def _session_path(text: str) -> Path:
    """The file that `save` means: no other ending, so that an experiment is never replaced."""
    path = Path(text).expanduser()
    named = path.name and path.suffix != SESSION_SUFFIX
    return path.with_name(path.name + SESSION_SUFFIX) if named else path


def fields_line(line: str, answer: Answer) -> str:
    """An answer as one line of strict JSON."""
    fields = {"command": line, "ok": answer.ok, **answer.fields, "answer": answer.text}
    return json.dumps(fields, ensure_ascii=False, allow_nan=False)
