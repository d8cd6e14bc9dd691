"""The graph as values: two levels of one event, and what the event wrote."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from engine import Debugger, Phase, State, open_lesson, parse_experiment
from tests.tui.screens import FAN_OUT, NO_DATA, NOTHING_TRAINED, SHARED
from tui.models.graph import GraphLevels, GraphView
from tui.views.frame import Views
from tui.views.look import Look

CLIPPED = '''
formulas = """
h = tanh(x @ W
  + b)
loss = mean((y - h)**2)
"""
[parameters]
W = [[2.0], [1.0]]
b = 0.5
[data]
x = [[1.0, 2.0], [3.0, 4.0]]
y = [[1.0], [2.0]]
[training]
learning_rate = 0.1
clip_norm = 0.25
'''

EXPERIMENTS = ("two-layer", "lstm-cell", "attention-head", FAN_OUT, SHARED, NO_DATA, CLIPPED)


def opened(where: str) -> Debugger:
    given = "formulas" in where
    return Debugger(parse_experiment(where) if given else open_lesson(where))


def every_event(where: str) -> Iterator[tuple[State, GraphLevels]]:
    debugger = opened(where)
    views = Views(debugger)
    for event in range(1, debugger.calendar.events + 1):
        debugger.goto(f"e1.i1.{event}")
        yield debugger.state, views.frame(Look(), names=("graph",)).views["graph"]


@pytest.mark.parametrize("where", EXPERIMENTS)
def test_formulas_have_a_box_each_and_read_what_they_name(where: str) -> None:
    debugger = opened(where)
    graph = debugger.graph
    shape = Views(debugger).frame(Look(), names=("graph",)).views["graph"].formulas.shape
    assert set(shape.nodes) == set(graph.named.values())
    assert {shape.title(node) for node in shape.nodes} == set(graph.named)
    for formula in graph.formulas:
        assert {a for a, b in shape.edges if b == formula.node} == set(formula.operands)
        assert shape.text(formula.node) in " ".join(formula.text.split())
    assert [shape.nodes[i] for i, kind in enumerate(shape.kinds) if kind == "loss"] == [graph.loss]


@pytest.mark.parametrize("where", EXPERIMENTS)
def test_a_formula_is_current_while_anything_in_it_is(where: str) -> None:
    for state, levels in every_event(where):
        graph, step, view = state.graph, state.step, levels.formulas
        named = set(graph.named.values())
        assert set(view.active_edges) <= set(view.shape.edges)
        if step.node is None:
            assert view.current is None and not view.active_edges
        elif step.phase is Phase.FORWARD:
            formula = graph.formulas[graph[step.node].formula or 0]
            read = [i for i in graph[step.node].operands if i in named]
            assert view.current == formula.node
            assert set(view.active_edges) == {(i, formula.node) for i in read}
        elif step.source is not None:
            formula = graph.formulas[graph[step.source].formula or 0]
            arrives = step.node in named and step.node != formula.node
            # Within a formula there is no wire; from one to another there is.
            assert view.current == (step.node if arrives else formula.node)
            assert view.active_edges == (((step.node, formula.node),) if arrives else ())
        else:
            assert view.current == step.node and not view.active_edges


@pytest.mark.parametrize("where", ["two-layer", "lstm-cell", "attention-head"])
def test_the_part_of_a_formula_that_is_computed_is_marked(where: str) -> None:
    marked = 0
    for state, levels in every_event(where):
        graph, step, view = state.graph, state.step, levels.formulas
        op = step.node if step.phase is Phase.FORWARD else step.source
        if view.marked is None or op is None:
            continue
        marked += 1
        assert view.current is not None
        part = view.shape.text(view.current)[slice(*view.marked)]
        place = graph[op].place
        assert place is not None and place.column is not None and place.source is not None
        assert part == place.source[place.column - 1 :][: place.width]
        if op != view.current:
            assert part == graph[op].name
    assert marked


@pytest.mark.parametrize("where", EXPERIMENTS)
def test_what_an_event_wrote_is_what_differs_from_the_event_before(where: str) -> None:
    def numbers(state: State, node: int) -> tuple[bytes, bytes]:
        found = (state.value(node), state.gradient(node))
        return tuple(b"" if v is None else np.asarray(v).tobytes() for v in found)  # pyright: ignore

    before: dict[int, tuple[bytes, bytes]] = {}
    for state, levels in every_event(where):
        view: GraphView = levels.ops
        now = {node: numbers(state, node) for node in view.shape.nodes}
        changed = {node: view.nodes[node].changed for node in view.shape.nodes}
        for node in view.shape.nodes if before else ():
            value, gradient = (a != b for a, b in zip(before[node], now[node], strict=True))
            assert not value or changed[node] == "value"
            assert not gradient or changed[node] == "gradient"
        wrote = [node for node, what in changed.items() if what]
        if state.step.phase is Phase.BATCH:
            assert {state.graph[node].kind for node in wrote} <= {"data"}
        elif not state.step.is_clip:
            assert wrote == [state.step.node]
        before = now


def test_what_is_chosen_and_lit_is_folded_with_the_ops() -> None:
    debugger = opened("two-layer")
    inner = next(n.id for n in debugger.graph.ops if n.name == "w1 * x")
    look = Look(node=inner, lit=frozenset((inner,)))
    levels = Views(debugger).frame(look, names=("graph",)).views["graph"]
    h = debugger.graph.named["h"]
    assert (levels.ops.chosen, levels.formulas.chosen) == (inner, h)
    assert (levels.ops.lit, levels.formulas.lit) == ({inner}, {h})


def test_what_is_given_says_what_it_is() -> None:
    debugger = opened(NOTHING_TRAINED)
    shape = Views(debugger).frame(Look(), names=("graph",)).views["graph"].ops.shape
    assert {shape.title(n): shape.text(n) for n in shape.nodes} == {
        "w": "fixed parameter", "w * 3": "mul", "loss": "w * 3 + 1",
    }  # fmt: skip
