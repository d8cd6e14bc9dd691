"""Every command of the debugger in any order, beside a naive one that stores every event.

After each command the two are compared bit for bit: where the cursor stands, what every node knows
there, what was hit, how often, and where timelines part. The naive side shares neither keyframes
nor replay, neither search nor sessions with the debugger.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from engine import (
    Debugger,
    Experiment,
    GradstepError,
    Position,
    Search,
    Unit,
    open_session,
    save_session,
)
from engine.edits import Edit
from tests.engine.interrupts import interrupted
from tests.engine.naive import Naive, known_bits
from tests.engine.questions import Asked, Question, conditions, places, watched
from tests.strategies import TWO_LAYERS, Sketch

SIX_POINTS = {
    "x": [[1.0, -2.0], [0.5, 0.25], [1.5, -1.0], [0.0, 1.0], [2.0, 1.0]],
    "y": [1, 2, 3, 4, 5],
}


@dataclass(frozen=True)
class Setting:
    """An experiment, and what there is in it to ask about and to edit."""

    sketch: Sketch
    weight: str
    inner: str
    batch: str
    loss: float
    places: tuple[str, ...]
    edits: tuple[tuple[str, Any], ...]

    @property
    def conditions(self) -> tuple[Question, ...]:
        return conditions(self.loss, self.weight, self.inner, self.batch)

    @property
    def watches(self) -> tuple[Question, ...]:
        return watched(self.weight, self.inner, self.batch)


SETTINGS = (
    Setting(
        Sketch(
            "h = tanh(x @ W + b)\ng = h @ v * k\nloss = mean((g - y)**2)",
            {
                "W": [[0.1, 0.2], [-0.3, 0.4]],
                "b": {"value": [0.1, -0.1], "trainable": False},
                "v": [0.7, -0.8],
            },
            SIX_POINTS,
            {"k": 1.5},
            {"batch_size": 2, "shuffle": True, "seed": 4, "epochs": 4, "momentum": 0.9},
        ),
        "W", "h", "y", 9.0, ("5", "h", "x", "W", "grad v", "grad h"),
        (("W", 0.75), ("W[1, 0]", -2.0), ("b[0]", 1.25), ("k", -0.5), ("x[0, 1]", 3.0),
         ("learning_rate", 0.5), ("momentum", 0.9), ("momentum", 0.0), ("v[1]", float("nan"))),
    ),
    Setting(
        Sketch(
            "h = dropout(relu(x @ W + b), 0.4)\ng = h @ v\nloss = mean((g - y)**2)",
            {"W": [[0.1, 0.2], [-0.3, 0.4]], "b": [0.1, 0.2], "v": [0.7, -0.8]},
            SIX_POINTS,
            {},
            {"batch_size": 2, "shuffle": True, "seed": 1, "epochs": 4, "optimizer": "adam",
             "clip_norm": 0.5, "learning_rate": 0.1},
        ),
        "v", "g", "y", 6.0, ("3", "g", "v", "grad W", "grad g"),
        (("W", -0.25), ("v[0]", 2.0), ("y[0]", -4.0), ("learning_rate", 0.0),
         ("clip_norm", 0.5), ("clip_norm", 0.01), ("betas", [0.5, 0.5]), ("maximize", True)),
    ),
    Setting(
        replace(TWO_LAYERS, training={
            "learning_rate": 0.05, "epochs": 9, "clip_value": 1.0, "weight_decay": 0.01,
            "schedule": {"name": "step", "step_size": 3},
        }),
        "w1", "h", "x", 0.5, ("2", "g", "w2", "grad w1", "grad h"),
        (("w1", 3.0), ("b2", 0.0), ("x[0]", float("inf")), ("learning_rate", 1.0),
         ("clip_value", 1.0), ("clip_value", 0.1)),
    ),
)  # fmt: skip
"""Short last batches, shuffled; a mask and clipping; the whole data at once, and a schedule."""


@cache
def opened(number: int) -> Experiment:
    return SETTINGS[number].sketch.opened()


@cache
def stored(number: int, edits: tuple[Edit, ...]) -> Naive:
    """A naive timeline, run once for all examples."""
    return Naive(opened(number), 1000, edits)


@cache
def asked(number: int, edits: tuple[Edit, ...], question: Question) -> Asked:
    return Asked(question, stored(number, edits))


@dataclass
class Line:
    """A timeline of the model: its ancestors' edits and its own, each with an identity."""

    parent: str | None
    edits: tuple[tuple[int, Edit], ...] = ()

    @property
    def plain(self) -> tuple[Edit, ...]:
        return tuple(edit for _, edit in self.edits)


@dataclass
class Halt:
    """A stop of the model."""

    where: str | None
    """A place, or None for a condition and a watch."""
    question: Question | None
    watch: bool
    temporary: bool
    enabled: bool = True
    ignore: int = 0
    hits: int = 0


@dataclass
class Visited:
    """Back and forward as in a browser."""

    places: list[Position] = field(default_factory=list)
    at: int = -1

    def jump(self, here: Position, there: Position) -> None:
        del self.places[self.at + 1 :]
        for place in (here, there):
            if self.places[-1:] != [place]:
                self.places.append(place)
        self.at = len(self.places) - 1

    def back(self, here: Position) -> Position | None:
        if self.at >= 0 and self.places[self.at] != here:
            self.jump(self.places[self.at], here)
        if self.at <= 0:
            return None
        self.at -= 1
        return self.places[self.at]

    def forward(self) -> Position | None:
        if self.at + 1 >= len(self.places):
            return None
        self.at += 1
        return self.places[self.at]

    def change(self, change: Callable[[Position], Position | None]) -> None:
        changed = [change(p) for p in self.places]
        self.at = sum(p is not None for p in changed[: self.at + 1]) - 1
        self.places = [p for p in changed if p is not None]


class Machine(RuleBasedStateMachine):
    """The debugger, its model, and every command on both."""

    number: int
    debugger: Debugger

    @initialize(
        number=st.integers(0, len(SETTINGS) - 1), memory=st.sampled_from((1, 20_000, 2**26))
    )
    def open(self, number: int, memory: int) -> None:
        self.number, self.setting, self.memory = number, SETTINGS[number], memory
        self.debugger = Debugger(opened(number), memory=memory)
        self.lines: dict[str, Line] = {"main": Line(None)}
        self.current, self.at, self.forks = "main", 1, 0
        self.halts: dict[int, Halt] = {}
        self.visited = Visited()
        self.marks: dict[str, Position] = {}

    # --- the model -----------------------------------------------------------------------------

    @property
    def naive(self) -> Naive:
        return self.timeline(self.current)

    def timeline(self, name: str) -> Naive:
        return stored(self.number, self.lines[name].plain)

    def ask(self, question: Question) -> Asked:
        return asked(self.number, self.lines[self.current].plain, question)

    @property
    def events(self) -> int:
        return self.naive.calendar.events

    @property
    def total(self) -> int:
        return self.naive.calendar.total

    @property
    def position(self) -> Position:
        return Position(self.current, self.at)

    def ordinal(self, share: float) -> int:
        return 1 + round(share * (self.total - 1))

    def hits(self, halt: Halt) -> list[int]:
        """All events of this timeline at which a stop hits."""
        if halt.where is not None:
            found = places(self.naive, halt.where)
            return self.ask(halt.question).truths(found) if halt.question else sorted(found)
        assert halt.question is not None
        return self.ask(halt.question).changes() if halt.watch else self.ask(halt.question).truths()

    def jump(self, there: Position) -> None:
        self.visited.jump(self.position, there)
        self.current, self.at = there.timeline, there.ordinal

    # --- what holds after every command --------------------------------------------------------

    @invariant()
    def both_debuggers_agree(self) -> None:
        debugger, naive = self.debugger, self.naive
        assert debugger.position == self.position
        assert known_bits(debugger.state) == naive.at(self.at), f"{debugger.address} differs"
        run = debugger.run
        losses = np.array(naive.losses[run.first : run.done])
        assert run.losses().values.tobytes() == losses.tobytes()
        theirs = {s.number: (s.enabled, s.temporary, s.ignore, s.hits) for s in debugger.stops}
        ours = {n: (h.enabled, h.temporary, h.ignore, h.hits) for n, h in self.halts.items()}
        assert theirs == ours
        lines = {n: (x.parent, x.plain[-1:] or (None,)) for n, x in self.lines.items()}
        # By their text, because nan is not equal to itself.
        assert repr({t.name: (t.parent, (t.edit,)) for t in debugger.timelines}) == repr(lines)
        assert {mark.name: mark.position for mark in debugger.bookmarks} == self.marks

    # --- through time --------------------------------------------------------------------------

    @rule(unit=st.sampled_from(list(Unit)), by=st.sampled_from((1, 1, 2, 5, -1, -1, -2, -5)))
    def step(self, unit: Unit, by: int) -> None:
        there = self.at
        for _ in range(abs(by)):
            there = self.next(unit, there, 1 if by > 0 else -1)
        self.debugger.step(unit, by)
        self.at = there

    def next(self, unit: Unit, here: int, sign: int) -> int:
        """One unit on, looking at one event after the other; at an end of the run, that end."""
        size = {"event": 1, "iteration": self.events}.get(unit)
        size = size or (self.events * self.naive.calendar.iterations if unit == "epoch" else None)
        if size is not None:
            return here + sign * size if 1 <= here + sign * size <= self.total else here
        steps = self.naive.listing.steps

        def line(ordinal: int) -> int:
            return steps[(ordinal - 1) % self.events].line

        def phase(ordinal: int) -> object:
            inside = 1 <= ordinal <= self.total
            step = (ordinal - 1) // self.events
            return (step, steps[(ordinal - 1) % self.events].phase) if inside else None

        def ends_line(ordinal: int) -> bool:
            index = (ordinal - 1) % self.events + 1
            return line(ordinal) != line(here) and index == max(
                s.index for s in steps if s.line == line(ordinal)
            )

        def ends_pass(ordinal: int) -> bool:
            return phase(ordinal) != phase(ordinal + sign)

        ends = ends_line if unit == "line" else ends_pass
        last = self.total if sign > 0 else 1
        ahead = range(here + sign, last + sign, sign)
        return next((o for o in ahead if ends(o)), last)

    @rule(share=st.floats(0, 1))
    def goto(self, share: float) -> None:
        self.at = self.ordinal(share)
        self.debugger.goto(str(self.naive.calendar.address(self.at)))

    @rule(share=st.floats(0, 1))
    def jump_to(self, share: float) -> None:
        self.debugger.jump(self.ordinal(share))
        self.jump(Position(self.current, self.ordinal(share)))

    @rule(ways=st.lists(st.booleans(), min_size=1, max_size=4))
    def go_back_and_forward(self, ways: list[bool]) -> None:
        for ahead in ways:
            place = self.visited.forward() if ahead else self.visited.back(self.position)
            move = self.debugger.forward() if ahead else self.debugger.back()
            if place is None:
                assert not move.moved
            else:
                self.current, self.at = place.timeline, place.ordinal
            assert self.debugger.position == self.position

    @rule(share=st.floats(0, 1), data=st.data())
    def look_at_another_place(self, share: float, data: st.DataObject) -> None:
        name, ordinal = data.draw(st.sampled_from(sorted(self.lines))), self.ordinal(share)
        state = self.debugger.timelines[name].run.state(ordinal)
        assert known_bits(state) == self.timeline(name).at(ordinal)

    # --- stops ---------------------------------------------------------------------------------

    @rule(data=st.data(), temporary=st.booleans(), ignore=st.sampled_from((0, 0, 1, 3)))
    def set_a_stop(self, data: st.DataObject, temporary: bool, ignore: int) -> None:
        kind = data.draw(st.sampled_from(("place", "place if", "if", "if", "watch")))
        where, question = None, None
        if kind.startswith("place"):
            where = data.draw(st.sampled_from(self.setting.places))
        if kind.endswith("if"):
            question = data.draw(st.sampled_from(self.setting.conditions))
        stops, more = self.debugger.stops, {"temporary": temporary, "ignore": ignore}
        try:
            if kind == "watch":
                question = data.draw(st.sampled_from(self.setting.watches))
                stop = stops.watch(question.text, **more)
            else:
                condition = f"if {question.text}" if question else ""
                stop = stops.break_at(f"{where or ''} {condition}", **more)
        except GradstepError as error:  # at the place some of the condition is not known
            if where is None or "use prev(" not in str(error):
                raise
            return
        assert stop.number not in self.halts
        self.halts[stop.number] = Halt(where, question, kind == "watch", temporary, True, ignore)

    @precondition(lambda self: self.halts)
    @rule(data=st.data(), ignore=st.integers(0, 3))
    def change_a_stop(self, data: st.DataObject, ignore: int) -> None:
        number = data.draw(st.sampled_from(sorted(self.halts)))
        match data.draw(st.sampled_from(("enable", "disable", "ignore", "remove"))):
            case "enable":
                self.debugger.stops.enable(number)
                self.halts[number].enabled = True
            case "disable":
                self.debugger.stops.disable(number)
                self.halts[number].enabled = False
            case "ignore":
                self.debugger.stops.ignore(number, ignore)
                self.halts[number].ignore = ignore
            case _:
                self.debugger.stops.remove(number)
                del self.halts[number]

    @rule(direction=st.sampled_from((1, 1, -1)), slices=st.booleans())
    def search(self, direction: int, slices: bool) -> None:
        """`continue` and `reverse`: to the nearest hit that is not to be ignored."""
        search = self.debugger.search(direction)
        while not search.advance(0.0 if slices else None):
            assert 0 <= search.progress <= 1
        self.debugger.arrive(search)
        hits = {n: set(self.hits(h)) for n, h in self.halts.items() if h.enabled}
        there, hitting = (self.total if direction > 0 else 1), []
        for ordinal in range(self.at + direction, there + direction, direction):
            for number, found in hits.items():
                if ordinal in found:
                    halt = self.halts[number]
                    halt.hits += 1
                    if halt.ignore:
                        halt.ignore -= 1
                    else:
                        hitting.append(number)
            if hitting:
                there = ordinal
                break
        assert [s.number for s in search.hit.stops] == hitting if search.hit else not hitting
        for number in hitting:
            if self.halts[number].temporary:
                del self.halts[number]
        self.jump(Position(self.current, there))

    @precondition(lambda self: self.halts)
    @rule(start=st.floats(0, 1))
    def walk_from_hit_to_hit_both_ways(self, start: float) -> None:
        enabled = [replace(s, ignore=0) for s in self.debugger.stops.enabled]
        hits = {n: self.hits(h) for n, h in self.halts.items() if h.enabled}
        middle = self.ordinal(start)
        for direction in (1, -1):
            found: dict[int, set[int]] = {n: set() for n in hits}
            here: int | None = middle
            while here is not None:
                search = Search(self.debugger.run, enabled, here, direction)
                search.advance()
                here = search.hit.ordinal if search.hit else None
                for stop in search.hit.stops if search.hit else ():
                    found[stop.number].add(search.hit.ordinal)  # pyright: ignore[reportOptionalMemberAccess]
            expected = {n: {o for o in h if (o - middle) * direction > 0} for n, h in hits.items()}
            assert found == expected

    @rule(data=st.data(), slices=st.integers(0, 4))
    def begin_something_and_drop_it(self, data: st.DataObject, slices: int) -> None:
        kind = data.draw(st.sampled_from(("ahead", "back", "when", "compare")))
        match kind:
            case "ahead" | "back":
                task = self.debugger.search(1 if kind == "ahead" else -1)
            case "when":
                task = self.debugger.survey(
                    data.draw(st.sampled_from(self.setting.conditions)).text
                )
            case _:
                task = self.debugger.compare(data.draw(st.sampled_from(sorted(self.lines))))
        for _ in range(slices):
            task.advance(0.0)

    # --- questions -----------------------------------------------------------------------------

    @rule(data=st.data())
    def evaluate(self, data: st.DataObject) -> None:
        question = data.draw(st.sampled_from(self.setting.conditions + self.setting.watches))
        theirs, ours = self.debugger.evaluate(question.text), self.ask(question).answer(self.at)
        assert (theirs is None) == (ours is None)
        assert theirs is None or theirs.tobytes() == ours.tobytes()

    @rule(data=st.data())
    def last(self, data: st.DataObject) -> None:
        question = data.draw(st.sampled_from(self.setting.watches))
        before = [o for o in self.ask(question).changes() if o < self.at]
        move = self.debugger.last(question.text)
        if before:
            self.jump(Position(self.current, before[-1]))
        else:
            assert not move.moved

    @rule(data=st.data())
    def when(self, data: st.DataObject) -> None:
        question = data.draw(st.sampled_from(self.setting.conditions))
        survey = self.debugger.when(question.text)
        end = self.debugger.run.done * self.events
        hits = [o for o in self.ask(question).truths() if o <= end]
        assert survey.count == len(hits)
        assert (survey.first, survey.last) == ((hits[0], hits[-1]) if hits else (None, None))

    # --- what if -------------------------------------------------------------------------------

    @precondition(lambda self: len(self.lines) < 6)
    @rule(data=st.data())
    def set_a_value(self, data: st.DataObject) -> None:
        target, value = data.draw(st.sampled_from(self.setting.edits))
        leaf, _, index = target.rstrip("]").partition("[")
        indices = tuple(map(int, index.split(","))) if index else ()
        known = self.naive.graph.named
        if leaf in known:
            edit = Edit(self.at, "value", leaf, indices, value)
        else:
            edit = Edit(
                self.at, "option", leaf, value=tuple(value) if type(value) is list else value
            )
        self.debugger.set(target, value)
        self.forked(edit)

    @precondition(lambda self: len(self.lines) < 6)
    @rule(sample=st.integers(1, 2))
    def drop_a_sample(self, sample: int) -> None:
        step = self.naive.calendar.step(self.at)
        samples = self.naive.samples[step]
        if len(samples) < max(2, sample):
            with pytest.raises(GradstepError):
                self.debugger.drop(sample)
            return
        self.debugger.drop(sample)
        self.forked(Edit(step * self.events, "drop", row=samples[sample - 1]))

    @precondition(lambda self: len(self.lines) < 6)
    @rule(data=st.data())
    def skip_an_update(self, data: st.DataObject) -> None:
        updates = self.naive.listing.update_step
        names = [self.naive.graph[n].name for n in updates]
        name = data.draw(st.sampled_from(("", *names)))
        start = self.at - 1 - (self.at - 1) % self.events
        shown = [n for n, s in zip(names, updates.values(), strict=True) if start + s == self.at]
        self.debugger.skip(name)
        # At an update that one is meant; with a name that one; else all that are still to come.
        meant = name or (shown[0] if shown else "")
        steps = [s for n, s in zip(names, updates.values(), strict=True) if meant in ("", n)]
        self.forked(Edit(min(self.at, start + min(steps) - 1), "skip", meant))

    def forked(self, edit: Edit) -> None:
        """A new timeline keeps the edits that do not stand later than its own."""
        calendar = self.naive.calendar
        parent = self.current
        while True:
            line = self.lines[parent]
            if not line.edits or line.edits[-1][1].place(calendar) <= edit.place(calendar):
                break
            assert line.parent is not None
            parent = line.parent
        self.forks += 1
        name = next(n for i in range(1, 99) if (n := f"fork-{i}") not in self.lines)
        self.lines[name] = Line(parent, (*self.lines[parent].edits, (self.forks, edit)))
        self.current = name

    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        self.current = data.draw(st.sampled_from(sorted(self.lines)))
        self.debugger.switch(self.current)

    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        old = data.draw(st.sampled_from(sorted(self.lines)))
        new = data.draw(st.sampled_from(("main", "warm", "cold", "fork-9")))
        if new in self.lines or old == "main":  # a session wants its first one to be 'main'
            return
        self.debugger.rename(old, new)

        def renamed(place: Position) -> Position:
            return replace(place, timeline=new) if place.timeline == old else place

        self.lines = {
            new if name == old else name: replace(
                line, parent=new if line.parent == old else line.parent
            )
            for name, line in self.lines.items()
        }
        self.current = new if self.current == old else self.current
        self.marks = {name: renamed(place) for name, place in self.marks.items()}
        self.visited.change(renamed)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.lines)))
        if name == "main" or any(line.parent == name for line in self.lines.values()):
            with pytest.raises(GradstepError):
                self.debugger.delete(name)
            return
        self.debugger.delete(name)
        if self.current == name:
            self.current = self.lines[name].parent or "main"
        del self.lines[name]
        self.marks = {n: place for n, place in self.marks.items() if place.timeline != name}
        self.visited.change(lambda place: None if place.timeline == name else place)

    @rule(data=st.data(), slices=st.booleans())
    def compare(self, data: st.DataObject, slices: bool) -> None:
        other = data.draw(st.sampled_from(sorted(self.lines)))
        search = self.debugger.compare(other)
        while not search.advance(0.0 if slices else None):
            pass
        here, there = (self.lines[name].edits for name in (self.current, other))
        shared = sum(1 for a, b in zip(here, there, strict=False) if a[0] == b[0])
        own = [edits[shared][1].at for edits in (here, there) if len(edits) > shared]
        parting = min(own, default=self.total)
        pairs = zip(self.naive.moments, self.timeline(other).moments, strict=True)
        apart = [o for o, (a, b) in enumerate(pairs, 1) if o > parting and a.wrote_otherwise(b)]
        first = next(iter(apart), None)
        if first is not None and first > search.limit * self.events:
            first = None
        assert (search.found.ordinal if search.found else None) == first

    # --- places and sessions -------------------------------------------------------------------

    @rule(name=st.sampled_from(("here", "there", "")))
    def bookmark(self, name: str) -> None:
        mark = self.debugger.bookmark(name, "a note")
        assert mark.name == name or mark.name not in self.marks
        self.marks[mark.name] = self.position

    @precondition(lambda self: self.marks)
    @rule(data=st.data(), gone=st.booleans())
    def visit_or_forget_a_bookmark(self, data: st.DataObject, gone: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.marks)))
        if gone:
            self.debugger.bookmarks.delete(name)
            del self.marks[name]
        else:
            self.debugger.jump(self.debugger.bookmarks[name].position)
            self.jump(self.marks[name])

    @rule()
    def save_and_load(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = save_session(self.debugger, Path(folder) / "s.gradstep")
            session = open_session(path, memory=self.memory)
        assert session.notes == ()
        self.debugger = session.debugger
        self.visited = Visited()

    # --- interrupts ----------------------------------------------------------------------------

    @rule(data=st.data(), lines=st.integers(1, 600), share=st.floats(0, 1))
    def interrupt(self, data: st.DataObject, lines: int, share: float) -> None:
        """Ctrl-c between any two lines of the engine leaves the cursor where it was or goes to."""
        debugger, ordinal = self.debugger, self.ordinal(share)
        kind = data.draw(st.sampled_from(("goto", "look", "search", "when", "compare", "switch")))
        other = data.draw(st.sampled_from(sorted(self.lines)))
        after = self.position
        match kind:
            case "goto":
                interrupted(lambda: debugger.goto(ordinal), lines)
                after = Position(self.current, ordinal)
            case "look":
                interrupted(lambda: debugger.timelines[other].run.state(ordinal), lines)
            case "search":
                task = debugger.search(data.draw(st.sampled_from((1, -1))))
                interrupted(task.advance, lines)
                if data.draw(st.booleans()):  # what was interrupted can go on
                    task.advance()
            case "when":
                question = data.draw(st.sampled_from(self.setting.conditions))
                interrupted(lambda: debugger.when(question.text), lines)
            case "compare":
                task = debugger.compare(other)
                interrupted(task.advance, lines)
                task.advance()
            case _:
                interrupted(lambda: debugger.switch(other), lines)
                after = Position(other, self.at)
        assert debugger.position in (self.position, after)
        self.current, self.at = debugger.position.timeline, debugger.position.ordinal


Machine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestEveryCommandInAnyOrder = Machine.TestCase
