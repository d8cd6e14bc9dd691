"""The graph as Graphviz text."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given

from engine import AddressError, Run, export_dot, open_lesson
from tests.engine.script_cases import CASES
from tests.experiments import EXPERIMENTS
from tests.strategies import Sketch, sketches

STRING = r'"(?:[^"\\]|\\["\\n])*"'
ATTRIBUTE = rf"\w+=(?:\w+|{STRING})"
NODE = re.compile(rf"    n(\d+) \[({ATTRIBUTE}(?:, {ATTRIBUTE})*)\];")
EDGE = re.compile(rf"    n(\d+) -> n(\d+)(?: \[({ATTRIBUTE})\])?;")


def parsed(text: str) -> tuple[dict[int, str], list[tuple[int, int]]]:
    """The attributes of every node and the ends of every edge; all lines are understood."""
    first, title, looks, *lines, last = text.splitlines()
    assert first == "digraph gradstep {"
    assert re.fullmatch(rf"    label={STRING}; labelloc=t; rankdir=LR;", title)
    assert looks == '    node [fontname="monospace"]; edge [fontname="monospace", fontsize=10];'
    assert last == "}"
    nodes: dict[int, str] = {}
    edges: list[tuple[int, int]] = []
    for line in lines:
        if node := NODE.fullmatch(line):
            nodes[int(node[1])] = node[2]
        else:
            edge = EDGE.fullmatch(line)
            assert edge is not None, line
            edges.append((int(edge[1]), int(edge[2])))
    return nodes, edges


@given(sketches(smooth=False))
def test_every_node_and_every_operand_is_in_it_once(sketch: Sketch) -> None:
    experiment = sketch.opened()
    nodes, edges = parsed(export_dot(experiment))
    graph = experiment.graph
    assert list(nodes) == [n.id for n in graph.nodes]
    assert edges == [(operand, n.id) for n in graph.ops for operand in n.operands]


def test_the_lecture_s_graph_says_values_gradients_and_how_they_are_passed_on() -> None:
    text = export_dot(open_lesson("two-layer"))
    assert 'label="Two linear layers, e1.i1.19"' in text
    assert r'n0 [shape=cylinder, label="x\n[-1, 0, 1, 2]"];' in text
    assert r'n2 [shape=box, label="w1\n0.5\n∇ -7.312"];' in text
    assert r'n13 [shape=ellipse, peripheries=2, label="loss  mean\n4.078\n∇ 1"];' in text
    assert 'n11 [shape=plaintext, label="2"];' in text
    assert '    n2 -> n6 [label="∂out · b"];\n    n0 -> n6 [style=dashed];' in text


def test_what_is_not_computed_yet_is_a_dot_and_an_address_chooses_the_event() -> None:
    text = export_dot(open_lesson("two-layer"), "e2.i1.3")
    assert "e2.i1.3" in text
    assert r'label="g  +\n·\n∇ ·"' in text
    assert r'label="h  +\n[' in text


def test_an_address_outside_of_the_run_is_refused() -> None:
    with pytest.raises(AddressError):
        export_dot(open_lesson("two-layer"), "e101")


def test_large_arrays_say_their_shapes_and_their_first_numbers() -> None:
    text = export_dot(open_lesson("spiral"))
    assert re.search(r'label="x\\n\(20, 2\) \[.*, …\]"', text)


def test_names_are_escaped() -> None:
    sketch = Sketch("loss = w * w", {"w": 1.0})
    experiment = sketch.opened()
    object.__setattr__(experiment, "title", 'a "title" \\ with\nall')
    assert r'label="a \"title\" \\ with\nall, e1.i1.5"' in export_dot(experiment)


@pytest.mark.parametrize("lesson", EXPERIMENTS)
def test_every_lesson_s_graph_is_the_same_each_time(lesson: str) -> None:
    text = export_dot(open_lesson(lesson))
    parsed(text)
    assert text == export_dot(open_lesson(lesson))


def test_graphviz_reads_it() -> None:
    graphviz = shutil.which("dot")
    if graphviz is None:
        pytest.skip("Graphviz is not installed")
    for sketch in CASES.values():
        text = export_dot(sketch.opened())
        subprocess.run([graphviz, "-Tcanon"], input=text.encode(), check=True, timeout=60)


def test_by_default_it_shows_the_end_of_the_first_backward_pass() -> None:
    experiment = open_lesson("iris")
    run = Run(experiment)
    last = max(s.index for s in run.listing.steps if s.phase == "backward")
    assert export_dot(experiment) == export_dot(experiment, f"e1.i1.{last}")
