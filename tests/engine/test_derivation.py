"""Derivations: what is told adds up, reads as in the lecture, and is valid Markdown and LaTeX."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Debugger,
    Derivation,
    State,
    TargetError,
    derivation_fields,
    derivation_latex,
    derivation_markdown,
    derivation_text,
    open_lesson,
)
from engine.derivation import derive
from engine.derivation.latex import typeset
from engine.explain import Level
from engine.forward import tangents
from engine.why import Target
from tests.experiments import EXPERIMENTS
from tests.strategies import TWO_LAYERS, Sketch, sketches

GOLDENS = Path(__file__).parent / "goldens"
LEVELS: tuple[Level, ...] = ("formula", "op")


def at_the_last_gradient(debugger: Debugger) -> Debugger:
    backward = max(s.index for s in debugger.listing.steps if s.phase == "backward")
    debugger.goto(f".{backward}")
    return debugger


def opened(sketch: Sketch) -> Debugger:
    return at_the_last_gradient(Debugger(sketch.opened()))


def show(value: float) -> str:
    return f"{value:.6g}".replace("-", "−", 1) if value < 0 else f"{value:.6g}"


def close(got: Any, wanted: Any, sizes: list[Any]) -> bool:
    """Equal to 1e-12 of the terms that were added."""
    scale = max([1.0, *(float(np.abs(s).max()) for s in sizes if np.size(s))])
    return bool(np.allclose(got, wanted, rtol=1e-12, atol=1e-12 * scale))


def assert_adds_up(derivation: Derivation) -> None:
    assert derivation.gradient is not None
    products = [way.product for way in derivation.ways if way.product is not None]
    assert len(products) == len(derivation.ways)
    rest = [] if derivation.rest is None else [derivation.rest]
    zero = np.zeros(derivation.gradient.shape)
    assert close(sum([*products, *rest], zero), derivation.gradient, products)
    arrived = [a.value for a in derivation.arrivals if a.value is not None]
    if arrived:
        assert close(sum(arrived, zero), derivation.gradient, arrived)
        assert close(derivation.arrivals[-1].total, derivation.gradient, arrived)
    if derivation.shares is not None:
        shares = derivation.shares
        assert len(shares.samples) == len(shares.rows) == derivation.samples
        together = shares.samples.sum(axis=0) + shares.rest
        assert close(together, derivation.gradient, [shares.samples, *arrived, *products])
    if derivation.terms:
        terms = [term.product for term in derivation.terms]
        assert close(sum(terms), derivation.gradient, terms)
    for way in derivation.ways:
        if way.terms is not None and way.product is not None and not way.product.ndim:
            assert close(way.terms.sum(), way.product, [way.terms])


# --- what is told adds up -------------------------------------------------------------------------


def finite(state: State) -> bool:
    return all(np.isfinite(np.asarray(v)).all() for v in state.record.values if v is not None)


def known(state: State) -> Callable[[int], Any]:
    """The values that the iteration used, by node."""
    leaves = state.record.leaves
    return lambda node: np.asarray(leaves[node] if node in leaves else state.value(node))


@settings(max_examples=60)
@given(sketches(smooth=False), st.sampled_from(LEVELS), st.sampled_from((2, 64)))
def test_paths_arrivals_and_samples_add_up_to_the_gradient(
    sketch: Sketch, level: Level, limit: int
) -> None:
    debugger = opened(sketch)
    for node in debugger.graph.named.values():
        derivation = derive(debugger.state, Target("value", node), level=level, limit=limit)
        if derivation.ways:
            assert_adds_up(derivation)


@settings(max_examples=40)
@given(sketches(smooth=False), st.randoms(use_true_random=False))
def test_an_element_s_derivation_adds_up_to_its_own_gradient(sketch: Sketch, chance: Any) -> None:
    debugger = opened(sketch)
    state = debugger.state
    for n in debugger.graph.parameters:
        gradient = state.gradient(n.id)
        if gradient is None:
            continue
        index = tuple(chance.randrange(size) for size in gradient.shape)
        derivation = derive(state, Target("value", n.id, index))
        assert derivation.gradient == gradient[index]
        assert_adds_up(derivation)


@settings(max_examples=40)
@given(sketches(smooth=False), st.randoms(use_true_random=False))
def test_the_gradient_of_any_node_is_the_one_that_tangents_give(
    sketch: Sketch, chance: Any
) -> None:
    state = opened(sketch).state
    graph, shapes = state.graph, state.record.shapes
    if not finite(state):
        return
    for n in graph.parameters:
        above = chance.choice([f.node for f in graph.formulas])
        derivation = derive(state, Target("value", n.id), Target("value", above))
        direction = np.random.default_rng(0).normal(size=shapes[n.id])
        moved = tangents(graph, shapes, known(state), n.id, direction)
        if above not in moved or not derivation.ways:
            continue
        assert_adds_up(derivation)
        assert derivation.gradient is not None
        terms = derivation.gradient * direction
        np.testing.assert_allclose(
            terms.sum(), moved[above].sum(), rtol=1e-9, atol=1e-9 * (1 + np.abs(terms).sum())
        )


@pytest.mark.parametrize("lesson", EXPERIMENTS)
def test_every_gradient_of_every_lesson_is_derived_and_written(lesson: str) -> None:
    debugger = at_the_last_gradient(Debugger(open_lesson(lesson)))
    for n in debugger.graph.parameters:
        derivation = debugger.derive(n.name)
        assert_adds_up(derivation)
        for write in WRITERS.values():
            assert write(derivation, show)
        json.dumps(derivation_fields(derivation), allow_nan=False)


def test_a_penalty_on_the_weights_is_no_sample_s_share() -> None:
    sketch = Sketch(
        "loss = mean((w * x - y)**2) + 0.5 * w**2", {"w": 2.0}, {"x": [1.0, 2.0], "y": [0.0, 1.0]}
    )
    shares = opened(sketch).derive("w").shares
    assert shares is not None
    assert shares.rest == 2.0
    np.testing.assert_allclose(shares.samples, [2.0, 6.0])


# --- paths ----------------------------------------------------------------------------------------


def test_of_many_paths_the_largest_are_told_and_the_rest_has_its_exact_share() -> None:
    names = "\n".join(f"f{k} = a * {k}" for k in range(1, 13))
    sketch = Sketch(f"{names}\nloss = {' + '.join(f'f{k}' for k in range(1, 13))}", {"a": 1.0})
    derivation = opened(sketch).derive("a")
    assert [float(way.product) for way in derivation.ways] == [12, 11, 10, 9, 8, 7, 6, 5]  # pyright: ignore
    assert (derivation.others, derivation.rest) == (4, 10.0)
    assert "4 more paths: 10, 12.8205 % of the gradient" in derivation_text(derivation, show)


def test_paths_beyond_counting_are_one_line_too() -> None:
    lines = [f"a{i + 1} = a{i} * 0.5 + sin(b{i})\nb{i + 1} = b{i} * 0.5 + a{i}" for i in range(40)]
    sketch = Sketch("\n".join(["a0 = w", "b0 = w", *lines, "loss = a40 + b40"]), {"w": 0.5})
    derivation = opened(sketch).derive("w")
    assert len(derivation.ways) + derivation.others == 2**41
    assert_adds_up(derivation)


def test_where_no_path_leads_the_derivative_is_0_and_nothing_is_made_up() -> None:
    sketch = Sketch("unused = k * 2\nloss = w**2", {"w": 0.5, "k": 1.0})
    derivation = opened(sketch).derive("k")
    assert derivation.ways == () and derivation.gradient is None
    assert "no path leads there" in derivation_text(derivation, show)


def test_of_data_the_gradient_of_the_loss_is_derived_though_training_needs_none() -> None:
    debugger = opened(TWO_LAYERS)
    derivation = debugger.derive("x")
    y, g = (np.asarray(debugger.state.value(debugger.graph.id_of(name))) for name in "yg")
    wanted = -2 / len(y) * (y - g) * 1.5 * 0.5
    np.testing.assert_allclose(np.asarray(derivation.gradient), wanted)
    assert_adds_up(derivation)
    assert "−2/N · (y − g) · w2 · w1" in derivation_text(derivation, show)


def test_the_loss_s_own_derivative_is_1() -> None:
    derivation = opened(TWO_LAYERS).derive("loss")
    assert derivation.gradient == 1.0
    assert [way.symbols for way in derivation.ways] == ["1"]


# --- numbers --------------------------------------------------------------------------------------


def test_numbers_are_put_in_only_where_their_product_is_the_result() -> None:
    # ∂h/∂b is 1, three times over: 2 · 1 is not 6.
    sketch = Sketch("h = b + v\nloss = sum(2 * h)", {"b": 1.0, "v": [1.0, 2.0, 3.0]})
    derivation = opened(sketch).derive("b")
    (way,) = derivation.ways
    assert way.product == 6.0
    assert way.numbers is None and way.summed


def test_where_a_sum_mixes_the_samples_no_row_pretends_to_be_one_sample_s() -> None:
    sketch = Sketch(
        "h = w * x\nm = mean(h)\ng = (h - m)**3\nloss = mean(g)", {"w": 0.5}, {"x": [1.0, 2.0, 4.0]}
    )
    derivation = opened(sketch).derive("w")
    mixed = [way for way in derivation.ways if "∂m/∂h" in way.symbols]
    assert mixed and all(way.terms is None for way in mixed)
    straight = [way for way in derivation.ways if "∂m/∂h" not in way.symbols]
    assert straight and all(way.terms is not None for way in straight)
    assert_adds_up(derivation)


def test_before_its_numbers_are_computed_a_derivation_has_symbols_only() -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    derivation = debugger.derive("w1")
    assert derivation.gradient is None and derivation.shares is None
    (way,) = derivation.ways
    assert way.symbols == "∂loss/∂g · ∂g/∂h · ∂h/∂w1"
    assert "not computed yet" in derivation_text(derivation, show)


def test_a_gradient_that_was_clipped_is_derived_as_it_was() -> None:
    sketch = Sketch("loss = 3 * w", {"w": 1.0}, training={"clip_value": 1.0})
    debugger = Debugger(sketch.opened())
    debugger.goto(debugger.calendar.events)
    assert debugger.state.gradient(debugger.graph.named["w"]) == 1.0
    assert debugger.derive("w").gradient == 3.0


def test_the_numbers_are_those_of_the_event_s_own_iteration() -> None:
    debugger = opened(TWO_LAYERS)
    first = debugger.derive("w1")
    debugger.step("iteration")
    assert debugger.derive("w1").gradient != first.gradient
    assert debugger.derive("w1").address == "e2.i1.19"


def test_the_samples_shares_are_ranked_and_their_parts_are_of_all_magnitudes() -> None:
    text = derivation_text(opened(TWO_LAYERS).derive("w1"), show)
    ranked = text.partition("by sample, the largest share first\n")[2].splitlines()
    rows = [line.split() for line in ranked[1:5]]
    assert [row[0] for row in rows] == ["4", "1", "3", "2"]
    assert [row[2] for row in rows] == ["−4.3125", "−1.59375", "−1.40625", "0"]
    assert [row[3] for row in rows] == ["59.0", "21.8", "19.2", "0.0"]
    assert ranked[6].split() == ["Σ", "−7.3125"]


@settings(max_examples=30)
@given(sketches(smooth=False))
def test_of_an_array_the_shares_along_the_gradient_add_up_to_its_length(sketch: Sketch) -> None:
    debugger = opened(sketch)
    for n in debugger.graph.parameters:
        derivation = debugger.derive(n.name)
        shares, gradient = derivation.shares, derivation.gradient
        if shares is None or gradient is None or not gradient.ndim:
            continue
        if not np.isfinite(gradient).all() or not np.isfinite(shares.samples).all():
            continue
        along, rest = shares.along(gradient)
        sizes = [shares.samples, shares.rest]
        assert close(along.sum() + rest, np.linalg.norm(gradient), sizes)


def test_the_order_of_contributions_is_explained_by_what_is_made_of_what() -> None:
    sketch = Sketch("a = w * 2\nb = a * w\nloss = a * b", {"w": 3.0})
    derivation = opened(sketch).derive("a")
    assert [(a.through, a.waits) for a in derivation.arrivals] == [("loss", ()), ("b", ("loss",))]
    text = derivation_text(derivation, show)
    assert "a is read in 2 places" in text
    assert "Why in this order: loss is made of b" in text
    alone = derivation_text(opened(FAN_OUT).derive("b"), show)
    assert "None of these is made of another" in " ".join(alone.split())


# --- elements, and other things than the loss -----------------------------------------------------

MATRICES = Sketch(
    "z = x @ W\nloss = sum(z * c)",
    {"W": [[1.0, 2.0], [3.0, 4.0]]},
    {"x": [[1.0, 2.0], [3.0, 5.0]], "c": [[1.0, 10.0], [100.0, 1000.0]]},
)


def test_a_matrix_product_shows_its_rule_and_an_element_its_own_sum_of_products() -> None:
    derivation = opened(MATRICES).derive("W[0, 1]")
    assert [a.symbols for a in derivation.arrivals] == ["xᵀ @ ∂loss/∂z"]
    assert [(t.symbols, t.product, t.sample) for t in derivation.terms] == [
        ("∂loss/∂z[0, 1] · x[0, 0]", 10.0, 0),
        ("∂loss/∂z[1, 1] · x[1, 0]", 3000.0, 1),
    ]
    assert derivation.gradient == 3010.0


def test_of_a_node_with_samples_the_sum_is_derived_and_of_an_element_that_one() -> None:
    debugger = opened(TWO_LAYERS)
    whole, one = debugger.derive("w1", "h"), debugger.derive("w1", "h[3]")
    assert (whole.symbol, whole.gradient) == ("∂(Σ h)/∂w1", 2.0)
    assert (one.symbol, one.gradient) == ("∂h[3]/∂w1", 2.0)
    assert whole.ways[0].terms is not None and one.ways[0].terms is None
    assert one.ways[0].numbers == (2.0,)


def test_by_data_the_loss_has_a_derivative_that_differences_confirm() -> None:
    debugger = opened(TWO_LAYERS)
    derivation = debugger.derive("x[2]")
    assert derivation.ways and derivation.gradient is not None
    (moved,) = (n for n in debugger.nudge("x", 1e-6, entry=2) if n.node == debugger.graph.loss)
    assert moved.change is not None
    assert float(moved.change) / 1e-6 == pytest.approx(float(derivation.gradient), rel=1e-5)


def test_an_inner_op_is_derived_by_its_text() -> None:
    debugger = opened(TWO_LAYERS)
    assert debugger.derive("w1*x").symbol == "∂loss/∂(w1 * x)"
    assert debugger.derive("(w1 * x)[3]").gradient == -2.15625
    assert debugger.derive("w1", "w2 * h").gradient == 3.0
    assert debugger.derive("y - g").ways[0].symbols.endswith("∂((y - g)**2)/∂(y - g)")


def test_by_formulas_a_rule_names_the_formula_s_own_gradient() -> None:
    sketch = Sketch(
        "z = x @ W + b\nloss = sum(z)", {"W": [[1.0]], "b": [0.5]}, {"x": [[1.0], [2.0]]}
    )
    assert opened(sketch).derive("W").arrivals[0].symbols == "xᵀ @ ∂loss/∂z"
    assert opened(sketch).derive("W", level="op").arrivals[0].symbols == "xᵀ @ ∂loss/∂(x @ W)"


def test_an_element_points_at_the_row_and_the_column_that_meet_in_it() -> None:
    (arrival,) = opened(MATRICES).derive("W[0, 1]").arrivals
    assert arrival.crossing == (0, 1) and arrival.matrices is not None
    left, right = arrival.matrices
    assert (left.name, right.name) == ("xᵀ", "∂loss/∂z")
    assert left.array[0] @ right.array[:, 1] == 3010.0


def test_data_can_be_derived_by_as_well() -> None:
    derivation = opened(TWO_LAYERS).derive("x[1]", "g")
    assert derivation.gradient == 0.75
    assert derivation.ways[0].symbols == "∂g/∂h · ∂h/∂x"


def test_what_does_not_lead_to_the_loss_has_derivatives_too() -> None:
    sketch = Sketch("aside = sin(w * 2)\nloss = w**2", {"w": 0.5})
    derivation = opened(sketch).derive("w", "aside", "formula")
    assert derivation.gradient == pytest.approx(2 * np.cos(1.0))
    assert derivation.ways[0].formula == "2 · cos(2 · w)"


@pytest.mark.parametrize("text", ["w9", "W", "w1[0]", "w1 w2"])
def test_a_node_that_is_not_there_is_a_target_error(text: str) -> None:
    with pytest.raises(TargetError):
        opened(TWO_LAYERS).derive(text)


# --- goldens --------------------------------------------------------------------------------------

WRITERS: dict[str, Callable[..., str]] = {
    "txt": derivation_text,
    "md": derivation_markdown,
    "tex": derivation_latex,
}

FAN_OUT = Sketch("c = a + b\nd = b + 1\ne = c * d", {"a": 2.0, "b": 1.0})

TOLD: dict[str, tuple[Sketch, str, str | None, Level]] = {
    "w1": (TWO_LAYERS, "w1", None, "formula"),
    "w1-by-ops": (TWO_LAYERS, "w1", None, "op"),
    "b2": (TWO_LAYERS, "b2", None, "formula"),
    "h-by-w1": (TWO_LAYERS, "w1", "h", "formula"),
    "fan-out": (FAN_OUT, "b", None, "formula"),
    "element": (MATRICES, "W[0, 1]", None, "formula"),
    "matrix": (MATRICES, "W", None, "formula"),
}


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("name", TOLD)
def test_the_lecture_s_derivations_are_written_as_they_were_kept(name: str, suffix: str) -> None:
    sketch, node, of, level = TOLD[name]
    text = WRITERS[suffix](opened(sketch).derive(node, of, level), show).rstrip("\n") + "\n"
    path = GOLDENS / f"{name}.{suffix}"
    if os.environ.get("UPDATE_GOLDENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_lecture_s_derivation_stands_there_line_by_line() -> None:
    text = derivation_text(opened(TWO_LAYERS).derive("w1"), show)
    assert "∂loss/∂w1 = Σ ∂loss/∂g · ∂g/∂h · ∂h/∂w1" in text
    assert "= Σ −2/N · (y − g) · w2 · x" in text
    assert "∂g/∂h    = w2 = 1.5" in text
    assert re.search(r"Σ +−7\.3125", text)


def test_gradients_add_at_a_fan_out_and_the_text_shows_them_adding_up() -> None:
    text = derivation_text(opened(FAN_OUT).derive("b"), show)
    for line in (
        "∂e/∂b = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b",
        "= d · 1 + c · 1",
        "= 2 · 1 + 3 · 1",
        "= 2 + 3",
        "= 5",
    ):
        assert line in text
    assert re.search(r"d +∂e/∂d +\+?= 3 +3\n +c +∂e/∂c +\+= 2 +5", text)


# --- LaTeX and Markdown ---------------------------------------------------------------------------

KNOWN = {
    *(
        "boldsymbol",
        "frac",
        "gets",
        "partial",
        "cdot",
        "sum",
        "top",
        "quad",
        "dots",
        "vert",
        "infty",
        "ge",
        "le",
        "times",
    ),
    *("text", "mathrm", "operatorname", "texttt", "paragraph", "begin", "end", "hline"),
    *("exp", "log", "sin", "cos", "tan", "tanh", "max", "min"),
    *("alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "sigma", "varphi", "Phi"),
}
"""What LaTeX and amsmath define, of what is used."""


def assert_sound_latex(text: str) -> None:
    assert text.isascii()
    assert set(re.findall(r"\\([A-Za-z]+)", text)) <= KNOWN
    bare = re.sub(r"\\[{}%&#$_\\]", "", text)
    depth = 0
    for sign in bare:
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0
    stack: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([a-z*]+)\}", text):
        if kind == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert stack == []
    assert text.count(r"\[") == text.count(r"\]")
    for body, columns in re.findall(r"()\\begin\{array\}\{([lr]+)\}", text):
        assert body == "" and len(columns) > 1
    for columns, body in re.findall(r"\\begin\{array\}\{([lr]+)\}\n(.*?)\\end", text, re.DOTALL):
        for row in re.findall(r"^(.*?) \\\\$", body, re.MULTILINE):
            assert len(re.findall(r"(?<!\\)&", row)) == len(columns) - 1
    assert not re.search(r"\^\{[^{}]*\}\^", text)  # a double superscript does not compile


@settings(max_examples=40)
@given(sketches(smooth=False), st.sampled_from(LEVELS))
def test_every_derivation_is_sound_latex_and_its_tables_are_sound_markdown(
    sketch: Sketch, level: Level
) -> None:
    debugger = opened(sketch)
    for n in debugger.graph.parameters:
        derivation = debugger.derive(n.name, level=level)
        assert_sound_latex(derivation_latex(derivation, show))
        markdown = derivation_markdown(derivation, show)
        assert markdown.count("```") % 2 == 0
        for table in re.findall(r"(?:^\|.*\n?)+", markdown, re.MULTILINE):
            bars = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(bars) == 1


@pytest.mark.parametrize("lesson", EXPERIMENTS)
def test_the_latex_of_every_lesson_is_sound(lesson: str) -> None:
    debugger = at_the_last_gradient(Debugger(open_lesson(lesson)))
    for n in debugger.graph.parameters:
        for level in LEVELS:
            assert_sound_latex(derivation_latex(debugger.derive(n.name, level=level), show))


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("∂loss/∂w1", r"\frac{\partial \mathrm{loss}}{\partial w_{1}}"),
        ("∂net_h1/∂w_2", r"\frac{\partial \mathrm{net\_h1}}{\partial w_{2}}"),
        ("∂(w1 * x)/∂W[0, 2]", r"\frac{\partial (w_{1} \cdot x)}{\partial W[0, 2]}"),
        ("−2/N · (y − g)", r"-2/N \cdot (y - g)"),
        ("xᵀ @ (1 − h²)", r"x^{\top} \, (1 - h^{2})"),
        ("a**(b − 1)", r"a^{(b - 1)}"),
        ("x**-1.5", r"x^{-1.5}"),
        ("tanh(σ) + relu(x_1)", r"\tanh(\sigma) + \operatorname{relu}(x_{1})"),
        ("1e-08 · Σ p", r"1 \cdot 10^{-8} \cdot \sum p"),
        ("nan + inf", r"\mathrm{nan} + \infty"),
        ("|a|", r"\vert a\vert"),
    ],
)
def test_signs_are_set_as_latex_writes_them(text: str, latex: str) -> None:
    assert typeset(text) == latex
