"""The formula language: what it reads, what it refuses, and where its carets point."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import Debugger, FormulaError, Graph
from engine.formulas import CALLABLE, INFIX, Leaf, build_graph
from engine.ops import OPS
from tests.engine.numpy_language import FUNCTIONS
from tests.strategies import Sketch

LEAVES = [
    Leaf("x", "data"),
    Leaf("k", "constant"),
    Leaf("w1", "parameter", trainable=True),
    Leaf("w2", "parameter", trainable=True),
]


def graph_of(text: str, loss: str | None = None) -> Graph:
    return build_graph(text, LEAVES, loss)


def refusal(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        graph_of(text)
    return caught.value


# --- trees, rendered to text and read back ------------------------------------------------------

Tree = tuple[Any, ...]

NAMES = ("x", "k", "w1", "w2")
SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "matmul": "@"}
BINDING = {"add": 1, "sub": 1, "mul": 2, "div": 2, "matmul": 2, "neg": 3, "pow": 4}
# The functions that take plain operands and need no setting; test_language.py has the others.
UNARY = ("abs", "cos", "exp", "log", "mean", "relu", "sigmoid", "sin", "sqrt", "sum", "tanh")
BINARY = ("maximum", "minimum")


def trees() -> st.SearchStrategy[Tree]:
    positive = st.integers(0, 10**6) | st.floats(0, 1e300, allow_nan=False)
    leaves = st.sampled_from(NAMES).map(lambda n: ("name", n)) | positive.map(
        lambda v: ("number", v)
    )

    def grown(smaller: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        return st.one_of(
            smaller.map(lambda a: ("neg", a)),
            smaller.map(lambda a: ("transpose", a)),
            st.tuples(st.sampled_from(sorted(SIGNS)), smaller, smaller),
            st.tuples(st.sampled_from(UNARY), smaller),
            st.tuples(st.sampled_from(BINARY), smaller, smaller),
        )

    return st.recursive(leaves, grown, max_leaves=12)


def rendered(tree: Tree, tightness: int = 0) -> str:
    """The tree as a formula, with no parenthesis more than it needs."""
    match tree:
        case ("name", name):
            return name
        case ("number", value):
            return repr(value)
        case ("neg", operand):
            text, own = "-" + rendered(operand, 3), 3
        case ("transpose", operand):
            return f"({rendered(operand)}).T"
        case ("pow", a, b):
            text, own = f"{rendered(a, 5)}**{rendered(b, 3)}", 4
        case (op, a, b) if op in SIGNS:
            own = BINDING[op]
            text = f"{rendered(a, own)} {SIGNS[op]} {rendered(b, own + 1)}"
        case (function, *operands):
            return f"{function}({', '.join(map(rendered, operands))})"
        case _:
            raise AssertionError(tree)
    return f"({text})" if own < tightness else text


def normal(tree: Tree) -> Tree:
    """The tree as a graph holds it: a minus on a number is a negative number, max is maximum."""
    match tree:
        case ("name", name):
            return tree
        case ("number", value):
            return ("number", float(value))
        case ("neg", ("number", value)):
            return ("number", -float(value))
        case (op, *operands):
            name = op if op in SIGNS or op in ("neg", "transpose") else CALLABLE[op].name
            return (name, *map(normal, operands))
        case _:
            raise AssertionError(tree)


def unbuilt(graph: Graph, node: int) -> Tree:
    """The tree that a node of the graph stands for."""
    n = graph[node]
    if n.literal is not None:
        return ("number", n.literal)
    if n.op is None:
        return ("name", n.name)
    operands = tuple(unbuilt(graph, i) for i in n.operands)
    return operands[0] if n.op.name == "identity" else (n.op.name, *operands)


@given(trees())
def test_a_tree_written_as_a_formula_reads_back_as_the_same_graph(tree: Tree) -> None:
    graph = graph_of(f"loss = {rendered(tree)}")
    assert unbuilt(graph, graph.loss) == normal(tree)


@given(trees())
def test_spaces_and_parentheses_change_nothing(tree: Tree) -> None:
    text = rendered(tree)
    spaced = f"  loss  =  ( ( {text.replace(' ', '   ')} ) )   # {text}"
    graph = graph_of(spaced)
    assert unbuilt(graph, graph.loss) == normal(tree)


@given(trees())
def test_nodes_are_in_topological_order_and_know_their_formula(tree: Tree) -> None:
    graph = graph_of(f"h = {rendered(tree)}\nloss = h + h")
    for position, node in enumerate(graph.nodes):
        assert node.id == position
        assert all(operand < position for operand in node.operands)
        assert (node.formula is None) == (node.op is None)
    assert graph.formulas[1].operands == (graph.named["h"],)


FRAGMENTS = st.sampled_from(
    ["w1", "x", "loss", "=", "+", "**", "(", ")", "sin(", "\n", ";", "#", ".T", "1", " ", ",", "[",
     "lambda", ":", "'", '"""', "\\\n", "\t", "if", "axis", "-", "@", "\r", "\x0c", "é", "𝛼", "0x"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.text(max_size=40) | st.lists(FRAGMENTS, max_size=15).map("".join))
@example("a = w1\rb = a")
@example("loss = w1.\x00")
@example("a = 1_")
@example("\ud800 = w1")
def test_no_text_raises_anything_but_a_formula_error(text: str) -> None:
    with contextlib.suppress(FormulaError):
        graph_of(text)


# --- grammar ------------------------------------------------------------------------------------


def values(formulas: str, **parameters: float) -> dict[str, float]:
    """What the formulas compute, by name."""
    debugger = Debugger(Sketch(formulas, parameters or {"w1": 2.0}).opened())
    debugger.step("pass", 2)
    state = debugger.state
    found = {name: state.value(node) for name, node in debugger.graph.named.items()}
    return {name: float(v) for name, v in found.items() if v is not None}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1 + 2 * 3", 7),
        ("2 - 3 - 4", -5),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("(-2) ** 2", 4),
        ("2 ** -1", 0.5),
        ("8 / 4 / 2", 1),
        ("--2", 2),
        ("1e3 + 1_000 + 0x10 + .5", 2016.5),
        ("max(1, 2) + min(1, 2) + maximum(3, 4) + minimum(3, 4)", 10),
        ("where(1, 2, 3) + where(0, 2, 3)", 5),
        ("sin(0) + cos(0) + exp(0) + log(1) + sqrt(4) + abs(-3) + tan(0) + tanh(0)", 7),
        ("relu(-1) + relu(2) + sigmoid(0)", 2.5),
        ("(7).T", 7),
        ("sum(3) + mean(5)", 8),
    ],
)
def test_operators_bind_as_in_python(formula: str, value: float) -> None:
    assert values(f"loss = {formula}")["loss"] == pytest.approx(value, rel=1e-15)


def test_every_function_and_operator_of_the_table_can_be_written() -> None:
    assert set(FUNCTIONS) <= set(CALLABLE)
    assert {op.name for op in OPS.values() if op.infix} == {*INFIX.values(), "neg"}


def test_ops_that_only_serve_derivatives_cannot_be_called() -> None:
    for op in OPS.values():
        if not op.in_language:
            assert refusal(f"loss = {op.name}(w1)").what == f"unknown function '{op.name}'"


def test_comments_and_blank_lines_are_no_formulas() -> None:
    graph = graph_of("\n# one\nh = w1 * x  # (two\n\n   # )\nloss = mean(h)\n")
    assert [f.text for f in graph.formulas] == ["h = w1 * x", "loss = mean(h)"]
    assert [f.place.line for f in graph.formulas] == [3, 6]


def test_a_formula_goes_on_while_a_parenthesis_is_open() -> None:
    graph = graph_of("loss = mean(  # a comment (\n    w1 * x\n    + w2\n)")
    assert graph.formulas[0].text == "loss = mean( w1 * x + w2 )"


def test_a_name_that_is_only_renamed_is_an_op_of_its_own() -> None:
    graph = graph_of("h = w1\nloss = h")
    assert [n.op.name for n in graph.ops if n.op] == ["identity", "identity"]


def test_the_last_op_has_the_formula_s_name_and_an_inner_one_its_own_text() -> None:
    graph = graph_of("h = w1*x  + w2 * k")
    assert [n.name for n in graph.ops] == ["w1*x", "w2 * k", "h"]


def test_a_formula_knows_the_names_it_reads_in_order_and_once() -> None:
    graph = graph_of("h = w2 * x + w1 * x + 3")
    assert [graph[i].name for i in graph.formulas[0].operands] == ["w2", "x", "w1"]


def test_settings_are_read_as_written() -> None:
    graph = graph_of("a = sum(x, axis=(0, -1), keepdims=True)\nloss = mean(x, axis=-1)")
    assert dict(graph[graph.named["a"]].settings) == {"axis": (0, -1), "keepdims": True}
    assert dict(graph[graph.loss].settings) == {"axis": -1}


def test_the_last_formula_is_the_loss_unless_another_is_named() -> None:
    text = "a = w1\nb = a"
    assert graph_of(text)[graph_of(text).loss].name == "b"
    assert graph_of(text, "a")[graph_of(text, "a").loss].name == "a"


def test_names_of_other_alphabets_are_names() -> None:
    graph = build_graph("λ = ω * x", [Leaf("ω", "parameter", True), *LEAVES])
    assert graph[graph.loss].name == "λ"


def test_a_number_too_large_becomes_infinite_only_where_it_was_written_so() -> None:
    graph = graph_of("loss = w1 * 1e999")
    assert [n.literal for n in graph.nodes if n.literal is not None] == [float("inf")]


# --- refusals -------------------------------------------------------------------------------------

LANGUAGE = "the language has + - * / ** @, unary minus, parentheses, numbers, names, .T and calls"

EXACT = {
    "an unknown name": (
        "h = w1 * x\nloss = w3 * h",
        "2:8: unknown name 'w3'\n"
        "    loss = w3 * h\n"
        "           ^^\n"
        "did you mean 'w2'?",
    ),
    "a name in the wrong case": (
        "loss = W1",
        "1:8: unknown name 'W1'\n"
        "    loss = W1\n"
        "           ^^\n"
        "did you mean 'w1'?",
    ),
    "a name like no other": (
        "loss = zebra",
        "1:8: unknown name 'zebra'\n"
        "    loss = zebra\n"
        "           ^^^^^\n"
        "known here: x, k, w1, w2; add it to [parameters] or [data]",
    ),
    "a name assigned twice": (
        "a = w1\na = w2",
        "2:1: 'a' is assigned twice; first as  a = w1\n"
        "    a = w2\n"
        "    ^\n"
        "every name is assigned once: give the second one a new name",
    ),
    "a name that a parameter has": (
        "w1 = w2",
        "1:1: 'w1' is already a parameter\n"
        "    w1 = w2\n"
        "    ^^\n"
        "give the formula another name",
    ),
    "a name that the data have": (
        "x = w2",
        "1:1: 'x' is already data\n    x = w2\n    ^\ngive the formula another name",
    ),
    "a name that is a word of Python": (
        "lambda = w2",
        "1:1: 'lambda' is a word of Python; a formula could not say it\n"
        "    lambda = w2\n"
        "    ^\n"
        "choose another name",
    ),
    "a name with a type": (
        "h: int = w2",
        "1:1: a name with a type is not a formula\n"
        "    h: int = w2\n"
        "    ^^^^^^^^^^^\n"
        "write one assignment a line, like  g = w2 * h",
    ),
    "an unknown function": (
        "loss = 2 * sinn(w1)",
        "1:12: unknown function 'sinn'\n"
        "    loss = 2 * sinn(w1)\n"
        "               ^^^^\n"
        "did you mean 'sin'?",
    ),
    "an attribute": (
        "loss = w1.__class__",
        "1:8: '.__class__' is not allowed: a value has no attributes but .T\n"
        "    loss = w1.__class__\n"
        "           ^^^^^^^^^^^^\n" + LANGUAGE,
    ),
    "an import": (
        "import os",
        "1:1: formulas cannot import\n"
        "    import os\n"
        "    ^^^^^^^^^\n" + LANGUAGE,
    ),
    "a call into a module": (
        "loss = os.system(w1)",
        "1:8: only functions of the language can be called\n"
        "    loss = os.system(w1)\n"
        "           ^^^^^^^^^\n" + LANGUAGE,
    ),
    "a function called by way of a module": (
        "loss = np.exp(w1)",
        "1:8: only functions of the language can be called\n"
        "    loss = np.exp(w1)\n"
        "           ^^^^^^\n"
        "write  exp(…)",
    ),
    "a caret for a power": (
        "loss = w1^2",
        "1:8: the operator '^' is not part of the language\n"
        "    loss = w1^2\n"
        "           ^^^^\n"
        "a power is written  a ** b",
    ),
    "a choice": (
        "loss = w1 if w2 else 0",
        "1:8: 'if' is not part of the language\n"
        "    loss = w1 if w2 else 0\n"
        "           ^^^^^^^^^^^^^^^\n"
        "write  where(condition, a, b)",
    ),
    "a list": (
        "loss = sum(w1 * [1, 2])",
        "1:17: a list is not part of the language\n"
        "    loss = sum(w1 * [1, 2])\n"
        "                    ^^^^^^\n"
        "give it a name in [constants]",
    ),
    "text": (
        "loss = w1 + 'a'",
        "1:13: text is not a number\n"
        "    loss = w1 + 'a'\n"
        "                ^^^\n" + LANGUAGE,
    ),
    "a comparison": (
        "loss = w1 < 2",
        "1:8: comparisons are not part of the language\n"
        "    loss = w1 < 2\n"
        "           ^^^^^^\n" + LANGUAGE,
    ),
    "a function without its call": (
        "loss = sin",
        "1:8: 'sin' is a function and has no value of its own\n"
        "    loss = sin\n"
        "           ^^^\n"
        "call it: sin(…)",
    ),
    "two formulas on a line": (
        "a = w1; b = w2",
        "1:9: more than one statement on a line\n"
        "    a = w1; b = w2\n"
        "            ^^^^^^\n"
        "write one formula a line",
    ),
    "a value without a name": (
        "w1 + w2",
        "1:1: this computes a value but gives it no name\n"
        "    w1 + w2\n"
        "    ^^^^^^^\n"
        "write  name = expression",
    ),
    "an unfinished formula": (
        "loss = (w1",
        "1:8: not a formula: '(' was never closed\n"
        "    loss = (w1\n"
        "           ^\n"
        "write one assignment a line, like  h = w1 * x + b1",
    ),
    "an error in the second line of a formula": (
        "a = (w1 +\n     zz)",
        "2:6: unknown name 'zz'\n"
        "         zz)\n"
        "         ^^\n"
        "known here: x, k, w1, w2; add it to [parameters] or [data]",
    ),
    "an error behind letters of two bytes": (
        "αβγ = w1 * é",
        "1:12: unknown name 'é'\n"
        "    αβγ = w1 * é\n"
        "               ^\n"
        "known here: x, k, w1, w2; add it to [parameters] or [data]",
    ),
    "an error in an indented formula": (
        "   a = zz",
        "1:8: unknown name 'zz'\n"
        "       a = zz\n"
        "           ^^\n"
        "known here: x, k, w1, w2; add it to [parameters] or [data]",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), EXACT.values(), ids=EXACT.keys())
def test_a_refusal_points_at_its_cause_and_names_the_way_out(text: str, message: str) -> None:
    assert str(refusal(text)) == message


@pytest.mark.parametrize(
    ("text", "line", "column", "width"),
    [
        ("a = b\nb = w1", 1, 5, 1),
        ("loss = (lambda: w1)()", 1, 9, 10),
        ("loss = w1 // 2", 1, 8, 7),
        ("loss = w1 % 2", 1, 8, 6),
        ("loss = +w1", 1, 8, 3),
        ("loss = not w1", 1, 8, 6),
        ("loss = w1 and w2", 1, 8, 9),
        ("loss = True", 1, 8, 4),
        ("loss = 1j", 1, 8, 2),
        ("loss = [w1]", 1, 8, 4),
        ("loss = (w1, w2)", 1, 8, 8),
        ("loss = w1 if x else k", 1, 8, 14),
        ("loss = f'{w1}'", 1, 8, 7),
        ("loss = (y := w1)", 1, 9, 7),
        ("a, b = w1", 1, 1, 4),
        ("a = b = w1", 1, 1, 10),
        ("a[0] = w1", 1, 1, 4),
        ("a += w1", 1, 1, 7),
        ("a: int = w1", 1, 1, 11),
        ("def f(): pass", 1, 1, 13),
        ("for a in x: b = 1", 1, 1, 17),
        ("from os import path", 1, 1, 19),
        ("del w1", 1, 1, 6),
        ("loss = sin()", 1, 8, 5),
        ("loss = sin(w1, w2)", 1, 8, 11),
        ("loss = sum(w1, axis='a')", 1, 16, 8),
        ("loss = sum(w1, axis=w2)", 1, 16, 7),
        ("loss = sum(w1, axis=1.0)", 1, 16, 8),
        ("loss = sum(w1, axis=())", 1, 16, 7),
        ("loss = sum(w1, axis=True)", 1, 16, 9),
        ("loss = sum(w1, axis=-True)", 1, 16, 10),
        ("loss = sum(w1, keepdims=1)", 1, 16, 10),
        ("loss = sum(w1, axes=0)", 1, 16, 6),
        ("loss = sum(*w1)", 1, 12, 3),
        ("loss = sum(w1, **k)", 1, 16, 3),
        ("loss = w1 +", 1, 12, 1),
        ("loss = w1)", 1, 10, 1),
        ("loss = 2w1", 1, 8, 1),
        ("loss = 1" + "0" * 400, 1, 8, 401),
    ],
)
def test_what_is_outside_the_language_is_refused_in_its_place(
    text: str, line: int, column: int, width: int
) -> None:
    place = refusal(text).place
    assert place is not None
    assert (place.line, place.column, place.width) == (line, column, width)


def test_a_setting_given_twice_is_refused() -> None:
    assert "axis" in refusal("loss = mean(x, axis=0, axis=1)").what


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("a = a", "a needs a"),
        ("a = b\nb = a", "a needs b needs a"),
        ("a = c\nb = a\nc = b * 2", "a needs c needs b needs a"),
    ],
)
def test_a_cycle_is_told_as_the_chain_that_closes_it(text: str, chain: str) -> None:
    assert refusal(text).what == f"a cycle: {chain}; a value cannot depend on itself"


def test_a_name_used_too_early_says_below_which_formula_to_move_it() -> None:
    assert refusal("a = b\nb = w1").what == (
        "'b' is used before it is assigned: move this line below  b = w1"
    )


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment"])
def test_no_formulas_at_all_are_refused(text: str) -> None:
    assert refusal(text).what == "there are no formulas"


def test_a_loss_that_is_no_formula_is_refused_with_a_suggestion() -> None:
    with pytest.raises(FormulaError) as caught:
        graph_of("loss1 = w1", "los1")
    assert caught.value.hint == "did you mean 'loss1'?"


@pytest.mark.parametrize(
    "formula",
    ["(" * 500 + "w1" + ")" * 500, "-" * 5000 + "w1", " + ".join(["w1"] * 5000)],
    ids=["parentheses", "minus signs", "a sum"],
)
def test_a_formula_nested_too_deeply_is_refused(formula: str) -> None:
    assert "nested" in refusal(f"loss = {formula}").what


@pytest.mark.parametrize("terms", [50, 200, 400, 900])
@pytest.mark.parametrize("sign", [" + ", " * "])
def test_a_long_formula_either_runs_or_is_refused(terms: int, sign: str) -> None:
    sketch = Sketch("loss = " + sign.join(["w1"] * terms), {"w1": 1.0}, training={"epochs": 1})
    try:
        debugger = Debugger(sketch.opened())
    except FormulaError:
        return
    debugger.end()
    gradient = debugger.state.gradient(debugger.graph.named["w1"])
    assert gradient == pytest.approx(terms)
