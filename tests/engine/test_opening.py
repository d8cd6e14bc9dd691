"""Opening an experiment: what it leaves for later, and that its work grows with the program."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine import Debugger, Line, Run, open_lesson, parse_experiment
from engine import listing as listing_room
from engine.formulas import Leaf, build_graph
from engine.ops import Call, Value, call
from engine.shapes import Mismatch, Samples, broadcast
from tests.benchmarks.opening import PROGRAMS
from tests.strategies import TWO_LAYERS, Sketch, sketches

ROOT = Path(engine.__file__).parent.parent


# --- lines are written when they are read ---------------------------------------------------------


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The formulas that the chain rule was led through, each time it was."""
    formulas: list[int] = []
    original = listing_room.formula_gradients

    def counted(graph: Any, shapes: Any, formula: int) -> Mapping[int, Any]:
        formulas.append(formula)
        return original(graph, shapes, formula)

    monkeypatch.setattr(listing_room, "formula_gradients", counted)
    return formulas


def test_opening_and_recording_write_no_backward_line(derived: list[int]) -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.step("epoch", 3)
    debugger.step("line", -5)
    assert len(debugger.listing.lines) == 15
    assert debugger.line.phase == "backward"
    assert derived == []


def test_a_backward_line_is_written_once_and_derives_its_own_formula_only(
    derived: list[int],
) -> None:
    listing = Debugger(open_lesson("two-layer")).listing
    line = listing.line(8)
    assert line.text == "d_w2 = sum(d_g * h)"
    assert line.text is line.text
    assert derived == [line.formula]


def test_the_lines_of_one_formula_share_its_derivation(derived: list[int]) -> None:
    listing = Debugger(open_lesson("two-layer")).listing
    for line in reversed(listing.lines):
        assert line.text
    assert Counter(derived) == {0: 1, 1: 1, 2: 1}


@given(st.data())
def test_lines_read_the_same_in_any_order(data: st.DataObject) -> None:
    experiment = data.draw(sketches(smooth=False)).opened()
    ordered, other = (Run(experiment).listing.lines for _ in range(2))
    shuffled = data.draw(st.permutations(other))
    texts = {line.number: line.text for line in shuffled}
    assert [line.text for line in ordered] == [texts[line.number] for line in ordered]


def test_lines_are_equal_that_say_the_same_in_the_same_place() -> None:
    one, other = (Debugger(TWO_LAYERS.opened()).listing for _ in range(2))
    assert one == other
    assert {line: line.number for line in one.lines} == {line: line.number for line in other.lines}
    renamed = Sketch(TWO_LAYERS.formulas.replace("h", "k"), TWO_LAYERS.parameters, TWO_LAYERS.data)
    third = Debugger(renamed.opened()).listing
    same = [a == b for a, b in zip(one.lines, third.lines, strict=True)]
    assert same == [a.text == b.text for a, b in zip(one.lines, third.lines, strict=True)]
    assert True in same and False in same
    assert one.line(1) != "x, y = next(batches)"
    assert one.line(1) != Line(2, one.line(1).phase, lambda: one.line(1).text)


# --- work that grows with the program -------------------------------------------------------------


def calls_during(work: Callable[[], object]) -> int:
    """How many functions are called, Python's and built-in ones, while this runs."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def dropouts(formulas: int) -> str:
    lines = [f"h{k} = dropout(h{k - 1}, 0.1)" for k in range(1, formulas)]
    return Sketch(
        "\n".join(["h0 = w * x", *lines, f"loss = mean(h{formulas - 1}**2)"]),
        {"w": 1.0},
        {"x": [1.0, 2.0]},
    ).toml()


@pytest.mark.parametrize("program", [*PROGRAMS.values(), dropouts])
def test_four_times_the_formulas_open_and_read_with_about_four_times_the_calls(
    program: Callable[[int], str],
) -> None:
    def opened(formulas: int) -> int:
        text = program(formulas)
        return calls_during(lambda: [li.text for li in Run(parse_experiment(text)).listing.lines])

    opened(5)  # whatever is made at the first opening of all
    assert 3.0 < opened(120) / opened(30) < 4.6


# --- what opening is built of ---------------------------------------------------------------------


SPACE = st.sampled_from(["", " ", "  ", "\t", "\f", " \\\n ", "\n  ", "  # ∂ comment\n"])
TOKENS = ("-", "w", "*", "größe", "+", "sin", "(", "β", ")", "-", "w", "[", "0", "]", ")")


@given(st.tuples(*(SPACE for _ in TOKENS)))
def test_a_node_is_named_and_placed_by_what_its_author_wrote(spaces: tuple[str, ...]) -> None:
    code = "loss = (" + "".join(space + token for space, token in zip(spaces, TOKENS, strict=True))
    leaves = [Leaf(name, "parameter", True) for name in ("w", "größe", "β")]
    graph = build_graph("  " + code, leaves)
    written = [
        ast.get_source_segment(code, tree) or ""
        for tree in ast.walk(ast.parse(code))
        if isinstance(tree, ast.expr)
    ]
    named = {_on_one_line(text): text for text in written}
    for node in (node for node in graph.ops if node.id != graph.loss):
        place = node.place
        assert place is not None and place.column is not None and place.source is not None
        marked = place.source[place.column - 1 :][: place.width]
        assert marked == named[node.name].split("\n")[0]


def _on_one_line(text: str) -> str:
    return " ".join(line.split("#")[0].strip() for line in text.splitlines())


SIZES = st.sampled_from([1, 1, 2, 3, Samples(3), Samples(1)])


@given(st.lists(st.lists(SIZES, max_size=3), max_size=3))
def test_shapes_broadcast_as_in_numpy_and_samples_stay_marked(sizes: list[list[int]]) -> None:
    shapes = [tuple(s) for s in sizes]
    try:
        wanted = np.broadcast_shapes(*(tuple(map(int, shape)) for shape in shapes))
    except ValueError:
        with pytest.raises(Mismatch):
            broadcast(*shapes)
        return
    result = broadcast(*shapes)
    assert result == wanted
    for axis, size in enumerate(reversed(result), 1):
        across = [s[-axis] for s in shapes if len(s) >= axis and s[-axis] == size]
        assert isinstance(size, Samples) == any(isinstance(n, Samples) for n in across)


def test_equal_expressions_are_one_key_and_cannot_be_changed() -> None:
    def built() -> Call:
        product = Value(0, (3,)) * Value(1, ())
        summed = call("sum", product + product, axis=0)
        assert isinstance(summed, Call)
        return summed

    one, other = built(), built()
    assert one is not other and one == other and hash(one) == hash(other)
    assert {one: 1}[other] == 1
    assert one != call("sum", one.args[0], axis=0, keepdims=True)
    with pytest.raises(AttributeError):
        one.settings = ()  # pyright: ignore[reportAttributeAccessIssue]


def test_importing_the_engine_leaves_alone_what_most_sessions_never_use() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import numpy; before = set(sys.modules); "
        "from engine import Run, open_experiment; print(*(sys.modules.keys() - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert "engine.program" in loaded
    assert loaded.isdisjoint({"csv", "difflib", "numpy.random", "zipfile"})
