"""Searching: every way to find hits agrees with what a hit is, in both directions."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine import Debugger, GradstepError, Phase, Run, Search, Stop, Survey
from engine.conditions import Scope
from engine.program import Program
from engine.search import Scanner, Task, hits, in_columns
from engine.stops import condition, watch
from engine.taps import Taps
from tests.engine.states import bits, fresh_bits, history_bits, state_bits
from tests.strategies import TWO_LAYERS, Sketch, sketches

MINI_BATCHES = Sketch(
    "z = x @ W + b\nh = dropout(tanh(z), p=0.3)\ng = h @ v\nloss = mean((g - y)**2)",
    {"W": [[0.1, 0.2], [-0.3, 0.4]], "b": [0.1, -0.1], "v": [0.7, -0.8]},
    {"x": [[1.0, -2.0], [0.5, 0.25], [1.5, -1.0], [0.0, 1.0], [2.0, 1.0]], "y": [1, 2, 3, 4, 5]},
    training={
        "batch_size": 2,
        "shuffle": True,
        "epochs": 4,
        "learning_rate": 0.3,
        "clip_norm": 0.8,
        "optimizer": "adam",
    },
)
"""Two full batches and a short one in every epoch; shuffled, with dropout, clipped."""


SCALARS = Sketch(
    TWO_LAYERS.formulas,
    TWO_LAYERS.parameters,
    TWO_LAYERS.data,
    training={"learning_rate": 0.3, "epochs": 6, "batch_size": 3, "optimizer": "adam"},
)
"""The lecture's network in batches of three and one, swinging: the history holds all of it."""

VIEWS = Sketch(
    "t = x.T\nv = t * 1\nu = v * w\nloss = mean(u**2) + mean(t)",
    {"w": [[0.3], [0.7]]},
    {"x": np.random.default_rng(3).normal(size=(50, 2))},
    training={"batch_size": 30, "shuffle": True, "epochs": 4},
)
"""Has a value that only looks at another one, in another order in memory."""


def scope_of(run: Run) -> Scope:
    return Scope(run.experiment, run.listing, run.calendar)


def all_hits(run: Run, stop: Stop) -> list[int]:
    """By the definition, event by event, over what is recorded."""
    events = range(1, run.done * run.calendar.events + 1)
    return [o for o in events if hits(stop, run, o)]


def found(run: Run, stop: Stop, direction: int, seconds: float | None = None) -> list[int]:
    """Every hit of a stop, from one end of the run to the other."""
    at = 0 if direction > 0 else run.calendar.total + 1
    ordinals: list[int] = []
    while True:
        search = Search(run, [stop], max(1, min(at, run.calendar.total)), direction)
        search.start = at  # an event that is not there: the first and the last one count, too
        finish(search, seconds)
        if search.hit is None:
            return ordinals if direction > 0 else ordinals[::-1]
        at = search.hit.ordinal
        ordinals.append(at)


def finish(task: Task, seconds: float | None) -> None:
    while not task.advance(seconds):
        assert 0.0 <= task.progress <= 1.0


def done(sketch: Sketch, **more: Any) -> Run:
    run = Debugger(sketch.opened(), **more).run
    run.advance(run.calendar.steps)
    return run


# --- random conditions --------------------------------------------------------------------------


@st.composite
def experiments(draw: st.DrawFn) -> Sketch:
    """Random sketches, some of them with clipping, short last batches and other optimizers."""
    written = draw(st.sampled_from((None, None, None, MINI_BATCHES, SCALARS)))
    if written is not None:
        return written
    sketch = draw(sketches(smooth=False))
    extra = draw(st.sampled_from(({}, {"clip_norm": 0.05}, {"clip_value": 0.01})))
    optimizer = draw(st.sampled_from(("sgd", "adam")))
    training = {**sketch.training, **extra, "optimizer": optimizer}
    return Sketch(sketch.formulas, sketch.parameters, sketch.data, training=training)


EXACT = ("{a} + {b}", "{a} - {b}", "{a} * {b}", "abs({a})", "-{a}", "sign({a} - {b})")
ROUNDED = ("exp(-abs({a}))", "sum({a})", "mean({a})", "norm({a})", "tanh({a}) / 3", "max({a})")
COMPARED = ("<", "<=", ">", ">=", "==", "!=")


@st.composite
def numbers_of(draw: st.DrawFn, scope: Scope, rounded: bool) -> str:
    """An expression over values, gradients, counters and the iteration before."""

    def leaf() -> str:
        names = sorted(scope.graph.named)
        gradients = [n for n in names if scope.no_gradient(scope.graph.named[n]) is None]
        name = draw(st.sampled_from((*names, *names, "epoch", "iteration", "step", "0.1", "1")))
        text = f"grad({draw(st.sampled_from(gradients))})" if draw(st.booleans()) else name
        return f"prev({text})" if draw(st.integers(0, 2)) == 0 else text

    text = leaf()
    for _ in range(draw(st.integers(0, 2))):
        rule = draw(st.sampled_from((*EXACT, *ROUNDED) if rounded else EXACT))
        text = "(" + rule.format(a=text, b=leaf()) + ")"
    return text


@st.composite
def conditions(draw: st.DrawFn, scope: Scope, rounded: bool = True) -> str:
    tests = []
    for _ in range(draw(st.integers(1, 2))):
        pieces = [draw(numbers_of(scope, rounded)) for _ in range(draw(st.integers(2, 3)))]
        text = pieces[0]
        for piece in pieces[1:]:
            text += f" {draw(st.sampled_from(COMPARED))} {piece}"
        tests.append(f"{draw(st.sampled_from(('any', 'all')))}({text})")
    joined = draw(st.sampled_from((" and ", " or "))).join(tests)
    return f"not ({joined})" if draw(st.booleans()) else joined


def drawn_stop(data: st.DataObject, scope: Scope, *, rounded: bool = True) -> Stop:
    """A random condition or watch that the experiment does not refuse."""
    try:
        if data.draw(st.booleans(), "a watch"):
            return watch(scope, data.draw(numbers_of(scope, rounded), "expression"))
        return condition(scope, data.draw(conditions(scope, rounded), "condition"))
    except GradstepError:
        assume(False)
        raise


RANDOM = settings(
    max_examples=60, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


# --- what a hit is ------------------------------------------------------------------------------

PYTHON: Mapping[str, Any] = {
    "any": np.any,
    "all": np.all,
    "abs": np.abs,
    "sign": np.sign,
    "land": np.logical_and,
}


class Naive:
    """Every event of a run with all that is known there, and conditions read by Python."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.events = run.calendar.events
        self.moments = [self._moment(o) for o in range(1, run.done * self.events + 1)]

    def _moment(self, ordinal: int) -> dict[str, Any]:
        address, state = self.run.calendar.address(ordinal), self.run.state(ordinal)
        known: dict[str, Any] = {
            "epoch": float(address.epoch),
            "iteration": float(address.iteration),
            "step": float((ordinal - 1) // self.events + 1),
        }
        for name in self.run.graph.named:
            node = state.node(name)
            if node.value is not None:
                known[name] = node.value
            if node.gradient is not None and len(node.contributions) == node.expected:
                known[f"grad({name})"] = node.gradient
        return known

    def before(self, ordinal: int) -> dict[str, Any]:
        """One iteration before; what was not there yet, as that iteration left it."""
        step = (ordinal - 1) // self.events
        if step == 0:
            return {}
        left = self.moments[step * self.events - 1]
        return {**left, **self.moments[ordinal - self.events - 1]}

    def writes(self, index: int) -> set[str]:
        """The names that an event of the iteration gives new values."""
        step, graph = self.run.listing.step(index), self.run.graph
        names = {i: name for name, i in graph.named.items()}
        if step.phase is Phase.BATCH:
            columns = {n.name for n in graph.nodes if n.kind == "data"}
            return columns | {"epoch", "iteration", "step"}
        if step.is_clip:
            trained = (s.node for s in self.run.listing.steps if s.phase is Phase.UPDATE)
            return {f"grad({names[node]})" for node in trained if node is not None}
        name = names.get(step.node if step.node is not None else -1)
        if name is None:
            return set()
        if step.phase is not Phase.BACKWARD:
            return {name}
        last = max(
            s.index for s in self.run.listing.steps if (s.phase, s.node) == (step.phase, step.node)
        )
        return {f"grad({name})"} if index == last else set()

    def value(self, python: str, reads: set[tuple[str, bool]], ordinal: int) -> Any:
        now, past = self.moments[ordinal - 1], self.before(ordinal)
        if any(name not in (past if ago else now) for name, ago in reads):
            return None
        with np.errstate(all="ignore"), suppress(IndexError):
            return np.asarray(eval(python, {**PYTHON, "now": now, "past": past}), float)

    def hits(self, stop: Stop) -> list[int]:
        assert stop.expression is not None
        expression = stop.expression
        reads: set[tuple[str, bool]] = set()
        spelled = {}
        for leaf in expression.leaves.values():
            name = replace(leaf, ago=0).spelled(self.run.graph)
            reads.add((name, leaf.ago == 1))
            spelled[leaf.spelled(self.run.graph)] = f"{'past' if leaf.ago else 'now'}[{name!r}]"
        python = _python(expression.text, spelled)
        names = {name for name, _ in reads}
        found, before = [], None
        for ordinal in range(1, len(self.moments) + 1):
            index = (ordinal - 1) % self.events + 1
            if not names & self.writes(index) and ordinal != 1:
                continue
            value = self.value(python, reads, ordinal)
            if stop.kind == "watch":
                if value is not None and before is not None and bits(value) != bits(before):
                    found.append(ordinal)
                before = before if value is None and index not in stop.points else value
            elif value is not None and value.any():
                found.append(ordinal)
        return found


def _python(text: str, spelled: Mapping[str, str]) -> str:
    """A condition as Python reads it: leaves looked up, chains and logic number by number."""

    class Reader(ast.NodeTransformer):
        past = False

        def leaf(self, name: str) -> ast.expr:
            key = f"prev({name})" if self.past else name
            return ast.parse(spelled[key], mode="eval").body

        def visit_Name(self, node: ast.Name) -> ast.expr:
            return self.leaf(node.id)

        def visit_Call(self, node: ast.Call) -> Any:
            assert isinstance(node.func, ast.Name)
            if node.func.id == "grad":
                return self.leaf(ast.unparse(node))
            if node.func.id == "prev":
                self.past = True
                inner = self.visit(node.args[0])
                self.past = False
                return inner
            node.args = [self.visit(arg) for arg in node.args]
            return node

        def visit_Compare(self, node: ast.Compare) -> Any:
            operands = [self.visit(n) for n in (node.left, *node.comparators)]
            pairs = [
                ast.Compare(a, [op], [b])
                for a, op, b in zip(operands, node.ops, operands[1:], strict=False)
            ]
            return _joined(pairs)

    def _joined(pairs: list[ast.Compare]) -> ast.expr:
        joined: ast.expr = pairs[0]
        for pair in pairs[1:]:
            joined = ast.Call(ast.Name("land"), [joined, pair], [])
        return joined

    return ast.unparse(Reader().visit(ast.parse(text.strip(), mode="eval")))


@RANDOM
@given(experiments(), st.data())
def test_a_hit_is_what_a_model_of_every_event_says(sketch: Sketch, data: st.DataObject) -> None:
    run = done(sketch)
    stop = drawn_stop(data, scope_of(run), rounded=False)
    assert all_hits(run, stop) == Naive(run).hits(stop)


# --- the ways agree -----------------------------------------------------------------------------


@RANDOM
@given(experiments(), st.data())
def test_searching_ahead_and_back_finds_the_hits(sketch: Sketch, data: st.DataObject) -> None:
    run = done(sketch)
    stop = drawn_stop(data, scope_of(run))
    expected = all_hits(run, stop)
    assert found(run, stop, 1) == expected
    assert found(run, stop, -1) == expected


@RANDOM
@given(experiments(), st.data())
def test_a_search_ahead_of_the_recording_finds_the_hits(
    sketch: Sketch, data: st.DataObject
) -> None:
    run = Debugger(sketch.opened()).run
    stop = drawn_stop(data, scope_of(run))
    assert found(run, stop, 1, data.draw(st.sampled_from((None, 0.0)))) == all_hits(run, stop)
    assert run.done == run.calendar.steps


@settings(RANDOM, max_examples=30)
@given(experiments(), st.data())
def test_a_sliced_search_finds_what_one_at_once_finds(sketch: Sketch, data: st.DataObject) -> None:
    run = done(sketch)
    stop = drawn_stop(data, scope_of(run))
    direction = data.draw(st.sampled_from((1, -1)))
    assert found(run, stop, direction, 0.0) == found(run, stop, direction)
    counted = Survey(run, stop)
    finish(counted, 0.0)
    expected = all_hits(run, stop)
    assert counted.count == len(expected)
    assert (
        (counted.first, counted.last) == (expected[0], expected[-1]) if expected else (None, None)
    )


@settings(RANDOM, max_examples=30)
@given(experiments(), st.data())
def test_a_replay_with_taps_may_start_anywhere(sketch: Sketch, data: st.DataObject) -> None:
    run = done(sketch)
    stop = drawn_stop(data, scope_of(run))
    first = data.draw(st.integers(0, run.done - 1))
    end = data.draw(st.integers(first + 1, run.done))
    (tapped,) = Taps([stop]).scan(run, first, end)
    events = run.calendar.events
    expected = [o for o in all_hits(run, stop) if first * events < o <= end * events]
    if 1 in expected and 1 not in stop.points:
        expected.remove(1)  # nothing writes there, so no tap is there
    assert tapped.tolist() == expected


QUESTIONS = (
    (TWO_LAYERS, "if abs(grad(w1)) > 0.4"),
    (TWO_LAYERS, "if loss > 2 * prev(loss) or loss < prev(loss)"),
    (TWO_LAYERS, "if any(isnan(h)) or step == 3"),
    (TWO_LAYERS, "w1"),
    (TWO_LAYERS, "h[2]"),
    (SCALARS, "if w1 < w2 - 1"),
    (SCALARS, "w1 - w2"),
    (SCALARS, "if sign(grad(w1)) != sign(prev(grad(w1)))"),
    (SCALARS, "if w1 > prev(w1) and w2 > prev(w2)"),
    (SCALARS, "if prev(w2) - prev(w1) < 1"),
    (SCALARS, "if h[2] < 3"),
    (SCALARS, "prev(loss)"),
    (SCALARS, "prev(w1)"),
    (SCALARS, "epoch"),
    (SCALARS, "if iteration == 2"),
    (SCALARS, "loss if prev(loss) > loss"),
    (SCALARS, "grad w2 if w1 > 0.4 and abs(grad(g)[0]) > 0.1"),
    (MINI_BATCHES, "if grad(W)[0, 0] * prev(grad(W)[0, 0]) < 0"),
    (MINI_BATCHES, "grad(W)"),
    (MINI_BATCHES, "if norm(grad(W)) > prev(norm(grad(v)))"),
    (MINI_BATCHES, "if any(h == 0)"),
    (MINI_BATCHES, "if sum(W @ v) > 0 and v[0] < W[0, 0] + 1"),
    (MINI_BATCHES, "x[0, 0] - prev(x[0, 0])"),
    (VIEWS, "sum(t)"),
    (VIEWS, "if sum(t) == sum(v)"),
    (VIEWS, "norm(t) + sum(grad(u).T) + mean(t.T)"),
    (VIEWS, "if mean(prev(t)) < mean(t[:, 0])"),
)


def asked(run: Run, question: str) -> Stop:
    """The breakpoint of a text with an `if`, or a watch on an expression."""
    stops = Debugger(run.experiment).stops
    return stops.break_at(question) if "if" in question else stops.watch(question)


@pytest.mark.parametrize(("sketch", "question"), QUESTIONS, ids=[q for _, q in QUESTIONS])
def test_every_way_finds_the_same_hits(sketch: Sketch, question: str) -> None:
    run = done(sketch)
    stop = asked(run, question)
    expected = all_hits(run, stop)
    assert expected, "a question that is never answered tests nothing"
    assert found(run, stop, 1) == found(run, stop, -1) == found(run, stop, -1, 0.0) == expected
    unwritten = [o for o in expected if o == 1 and 1 not in stop.points]
    assert unwritten + Taps([stop]).scan(run, 0, run.done)[0].tolist() == expected
    if sketch is SCALARS and stop.kind in ("condition", "watch"):
        assert Naive(run).hits(stop) == expected


def test_several_stops_are_found_together() -> None:
    run = done(MINI_BATCHES)
    stops = [
        replace(asked(run, question), number=number)
        for number, (sketch, question) in enumerate(QUESTIONS, 1)
        if sketch is MINI_BATCHES
    ]
    _, together = Scanner(run, stops).scan(0, run.done)
    assert [o.tolist() for o in together] == [all_hits(run, stop) for stop in stops]


@pytest.mark.parametrize("question", [q for s, q in QUESTIONS if s is SCALARS])
def test_the_history_is_used_just_where_it_holds_everything(question: str) -> None:
    run = done(SCALARS)
    reads_more = any(word in question for word in ("grad", "h[", "w1 - w2"))
    assert in_columns(asked(run, question), run) is not reads_more


def test_a_history_that_is_thinned_is_not_trusted() -> None:
    sketch = Sketch(
        TWO_LAYERS.formulas,
        TWO_LAYERS.parameters,
        TWO_LAYERS.data,
        training={"learning_rate": 0.01, "epochs": 1500},
    )
    thin, full = done(sketch, memory=1), done(sketch)
    assert thin.history.kept.spacing > 1 == full.history.kept.spacing
    stop = asked(full, "if w1 > prev(w1) and step > 3")
    counts = [Survey(run, stop) for run in (thin, full)]
    for survey in counts:
        survey.advance()
    assert counts[0].count == counts[1].count > 0
    assert (counts[0].first, counts[0].last) == (counts[1].first, counts[1].last)


def test_a_hundred_thousand_iterations_by_history_and_by_replay() -> None:
    sketch = Sketch(
        TWO_LAYERS.formulas,
        TWO_LAYERS.parameters,
        TWO_LAYERS.data,
        training={"learning_rate": 0.4, "epochs": 100_000, "optimizer": "adam"},
    )
    run = done(sketch)
    questions = (
        "if loss > prev(loss)",
        "w1",
        "if w1 * w2 > 1.5 and b1 < prev(b1) or step > 99998",
    )
    stops = [replace(asked(run, q), number=n) for n, q in enumerate(questions)]
    assert all(in_columns(stop, run) for stop in stops)
    _, by_history = Scanner(run, stops).scan(0, run.done)
    by_replay = Taps(stops).scan(run, 0, run.done)
    for one, other in zip(by_history, by_replay, strict=True):
        assert np.array_equal(one[one > 1], other)
    assert all(len(hits) for hits in by_replay)


# --- forks --------------------------------------------------------------------------------------


def forked(*edits: Callable[[Debugger], object]) -> Run:
    """A run of which one iteration of each epoch, from the second on, is edited."""
    debugger = Debugger(MINI_BATCHES.opened())
    for number, edit in enumerate(edits, 2):
        debugger.goto(f"e{number}.i2.7")
        edit(debugger)
    debugger.end()
    return debugger.run


EDITS: dict[str, tuple[Callable[[Debugger], object], ...]] = {
    "a dropped sample": (lambda d: d.drop(1),),
    "another parameter": (lambda d: d.set("W[0, 1]", 2.0),),
    "the watched one": (lambda d: d.set("v", 2.0),),
    "the data of a batch": (lambda d: d.set("x", 2.0),),
    "no update": (lambda d: d.skip(),),
    "a fork of a fork": (lambda d: d.set("v", 0.5), lambda d: d.drop(2)),
}


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_a_fork_is_searched_through_its_edit_into_the_past(
    edits: tuple[Callable[[Debugger], object], ...],
) -> None:
    run = forked(*edits)
    assert run.origin is not None
    for sketch, question in QUESTIONS:
        if sketch is MINI_BATCHES:
            stop = asked(run, question)
            expected = all_hits(run, stop)
            assert found(run, stop, 1) == expected, question
            assert found(run, stop, -1) == expected, question


def test_an_edit_is_a_change_like_any_other() -> None:
    debugger = Debugger(SCALARS.opened())
    edited = debugger.goto("e2.i1.9").ordinal
    debugger.set("w1", 3.0)
    debugger.goto(edited + 1)
    assert debugger.last("w1").ordinal == edited
    debugger.end()
    run, events = debugger.run, debugger.calendar.events
    update = run.listing.update_step[run.graph.named["w1"]]
    updates = [step * events + update for step in range(run.done)]
    for question, wanted in (
        ("w1", {*updates, edited}),
        ("if w1 == 3", {edited}),
        ("prev(w1)", {*updates[2:], edited + events}),  # the first that is known is no change
        ("if prev(w1) == 3", {edited + events}),
    ):
        stop = asked(run, question)
        assert set(all_hits(run, stop)) == wanted, question
        assert found(run, stop, 1) == found(run, stop, -1) == sorted(wanted), question


def test_a_value_that_is_set_to_what_it_was_has_not_changed() -> None:
    debugger = Debugger(SCALARS.opened())
    edited = debugger.goto("e2.i1.9").ordinal
    value = debugger.state.node("w1").value
    assert value is not None
    debugger.set("w1", float(value))
    debugger.goto(edited + 1)
    assert debugger.last("w1").ordinal < edited


def test_what_nothing_but_an_edit_can_change_is_found_where_it_is_set() -> None:
    sketch = replace(TWO_LAYERS, constants={"k": 2.0})
    sketch = replace(sketch, formulas=sketch.formulas.replace("w1 * x", "w1 * x * k"))
    debugger = Debugger(sketch.opened())
    edits: list[int] = []
    for address, value in (("e2.i1.5", 3.0), ("e2.i1.8", 4.0), ("e4.i1.2", 5.0)):
        edits.append(debugger.goto(address).ordinal)
        debugger.set("k", value)
    debugger.end()
    for stop in (asked(debugger.run, "k"), asked(debugger.run, "if k > 2")):
        assert found(debugger.run, stop, 1) == found(debugger.run, stop, -1) == edits
        assert all_hits(debugger.run, stop) == edits


def test_columns_of_a_fork_end_at_its_edit() -> None:
    debugger = Debugger(SCALARS.opened())
    debugger.goto("e3.i1.9")
    debugger.set("w1", -3.0)
    debugger.end()
    run = debugger.run
    for question in ("w1", "if loss > prev(loss)", "if w1 < 0", "prev(w1)", "if prev(loss) > 1"):
        stop = asked(run, question)
        assert in_columns(stop, run)
        expected = all_hits(run, stop)
        assert found(run, stop, 1) == found(run, stop, -1) == expected != [], question


# --- what a search leaves behind ----------------------------------------------------------------


def test_what_an_op_computed_stays_in_its_buffer_until_the_iteration_ends() -> None:
    for sketch in (TWO_LAYERS, MINI_BATCHES, VIEWS):
        run = done(sketch)
        late: list[list[Any]] = []

        def at_the_end(step: int, program: Program, late: list[list[Any]] = late) -> Any:
            def look() -> None:
                late.append([np.array(code.value) for code in program.code])
                late.append([np.array(code.gradient) for code in program.code])

            return program.calls, (look, *program.storage.update)

        run.replay(0, run.done, at_the_end)
        for step in range(run.done):
            record = run.record(step)
            last = {g[-1] - 1 for g in run.listing.gradient_steps.values()}
            for index, value in enumerate(record.values):
                if value is not None:
                    early = np.broadcast_to(late[2 * step][index], value.shape)
                    assert bits(early) == bits(value)
            for index, gradient in enumerate(record.gradients):
                if gradient is not None and index in last:
                    early = np.broadcast_to(late[2 * step + 1][index], gradient.shape)
                    assert bits(early) == bits(gradient)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_search_that_is_dropped_leaves_the_run_as_it_was(direction: int) -> None:
    experiment = MINI_BATCHES.opened()
    debugger = Debugger(experiment)
    debugger.goto("e3.i1.5")
    debugger.stops.break_at("if norm(grad(W)) > 100")
    before, here = history_bits(debugger), state_bits(debugger.state)
    search = debugger.search(direction)
    for _ in range(3):
        search.advance(0.0)
    assert debugger.at == debugger.calendar.parse("e3.i1.5")
    assert state_bits(debugger.state) == here
    if direction < 0:
        assert history_bits(debugger) == before
    for where in ("e1.i2.9", "e3.i2.4"):
        debugger.goto(where)
        assert state_bits(debugger.state) == fresh_bits(experiment, debugger.at)


def interrupted(work: Callable[[], object], after: int) -> bool:
    """Do some work, with an interrupt before the line of it that is counted; did it come?"""
    lines = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal lines
        if "/engine/" not in frame.f_code.co_filename or "tests" in frame.f_code.co_filename:
            return None
        if event == "line":
            lines += 1
            if lines == after:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(1, 2500),
    st.sampled_from((1, -1)),
    st.sampled_from(("if grad(W)[0, 0] * prev(grad(W)[0, 0]) < -9", "grad(b) - prev(grad(b))")),
)
def test_an_interrupt_anywhere_leaves_a_run_and_a_search_that_go_on(
    after: int, direction: int, question: str
) -> None:
    experiment = MINI_BATCHES.opened()
    debugger, straight = Debugger(experiment), Debugger(experiment)
    for one in (debugger, straight):
        one.goto("e2.i2.5")
    stop = asked(debugger.run, question)
    search = Search(debugger.run, [stop], debugger.at, direction)
    expected = Search(straight.run, [stop], straight.at, direction)
    interrupted(search.advance, after)
    search.advance()
    expected.advance()
    assert (search.hit, search.passed) == (expected.hit, expected.passed)
    debugger.end()
    straight.end()
    assert history_bits(debugger) == history_bits(straight)
    assert state_bits(debugger.state) == state_bits(straight.state)
