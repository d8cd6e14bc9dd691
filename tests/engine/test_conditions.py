"""The language of conditions: what it says at an event, and everything it refuses, with a caret."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Debugger, FormulaError, GradstepError, ShapeError
from engine.conditions import Expression, Scope
from engine.evaluation import bound, evaluate
from engine.ops import OPS, Expr, Thunk, Value, call
from tests.engine.states import bits
from tests.strategies import TWO_LAYERS, Sketch

ARRAYS = Sketch(
    "z = x @ W\nh = relu(z)\nq = x * 2\nloss = mean((h - y)**2) + 0 * sum(c * W)",
    {"W": [[0.5, -0.25], [1.0, 0.75]], "unused": 1.0},
    {"x": [[1.0, 2.0], [0.5, -1.0], [3.0, 0.25]], "y": [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]},
    {"c": 2.0},
    {"batch_size": 2, "epochs": 3, "clip_norm": 0.1},
)
"""Values of shape (2, 2), in the last batch (1, 2); clipped; a node beside the loss."""


@pytest.fixture
def debugger() -> Debugger:
    """The lecture's network: 23 events an iteration."""
    return Debugger(TWO_LAYERS.opened())


@pytest.fixture
def arrays() -> Debugger:
    return Debugger(ARRAYS.opened())


def scope(debugger: Debugger) -> Scope:
    return debugger.stops.scope


def said(debugger: Debugger, text: str, at: str) -> float | list[float] | None:
    debugger.goto(at)
    value = debugger.evaluate(text)
    return None if value is None else value.tolist()


# --- what it says -------------------------------------------------------------------------------


def test_a_name_is_its_value_at_the_cursor(debugger: Debugger) -> None:
    assert said(debugger, "w1", ".1") == 0.5
    assert said(debugger, "h", ".3") == [-0.75, -0.25, 0.25, 0.75]
    assert said(debugger, "h[1:3] * 2", ".3") == [-0.5, 0.5]
    assert said(debugger, "h", ".2") is None


def test_a_gradient_is_known_once_it_is_complete(debugger: Debugger) -> None:
    complete = debugger.listing.gradient_steps[debugger.graph.named["w1"]][-1]
    assert said(debugger, "grad(w1)", f".{complete - 1}") is None
    assert said(debugger, "grad(w1)", f".{complete}") == debugger.state.node("w1").gradient
    inner = debugger.state.node("h").gradient
    assert inner is not None and said(debugger, "grad(h)[0]", f".{complete}") == inner[0]


def test_a_gradient_that_is_still_accumulating_is_not_known() -> None:
    debugger = Debugger(Sketch("a = w * w\nloss = a + w", {"w": 3.0}).opened())
    steps = debugger.listing.gradient_steps[debugger.graph.named["w"]]
    assert len(steps) == 3
    assert [said(debugger, "grad(w)", f".{s}") for s in steps] == [None, None, 7.0]


def test_counters_count_from_one_as_addresses_do(arrays: Debugger) -> None:
    assert said(arrays, "epoch + 0.1 * iteration", "e2.i1.1") == 2.1
    assert [said(arrays, "step", at) for at in ("e1.i1.1", "e1.i2.9", "e3.i1.1")] == [1, 2, 5]


def test_a_node_that_is_called_like_a_counter_is_the_node() -> None:
    debugger = Debugger(Sketch("loss = step * step", {"step": 3.0}).opened())
    assert said(debugger, "step", ".1") == 3.0


def test_prev_is_one_iteration_ago_at_the_same_event(debugger: Debugger) -> None:
    update = debugger.listing.update_step[debugger.graph.named["w1"]]
    for event in (1, update - 1, update, 23):
        now = said(debugger, "w1", f"e3.i1.{event}")
        assert said(debugger, "prev(w1)", f"e4.i1.{event}") == now
    assert said(debugger, "prev(w1)", "e1.i1.23") is None
    assert said(debugger, "prev(step)", "e4.i1.1") == 3


def test_prev_of_what_is_computed_later_is_what_the_iteration_before_left(
    debugger: Debugger,
) -> None:
    assert said(debugger, "prev(loss)", "e2.i1.1") == said(debugger, "loss", "e1.i1.23")


def test_prev_of_a_gradient_is_clipped_just_after_the_clip_event(arrays: Debugger) -> None:
    clip = arrays.listing.clip_step
    assert clip is not None
    raw, clipped = (said(arrays, "norm(grad(W))", f"e1.i1.{e}") for e in (clip - 1, clip))
    assert clipped == pytest.approx(0.1, rel=1e-4) and raw != clipped
    assert said(arrays, "prev(norm(grad(W)))", f"e1.i2.{clip - 1}") == raw
    assert said(arrays, "prev(norm(grad(W)))", f"e1.i2.{clip}") == clipped
    assert said(arrays, "prev(norm(grad(W)))", "e1.i2.1") == clipped


def test_comparisons_chain_and_join_number_by_number(debugger: Debugger) -> None:
    assert said(debugger, "-0.5 < h <= 0.25", ".3") == [0, 1, 1, 0]
    assert said(debugger, "h < 0 or h > 0.5", ".3") == [1, 1, 0, 1]
    assert said(debugger, "not h < 0 and x != 2", ".3") == [0, 0, 1, 0]
    assert said(debugger, "sum(h >= 0.25) == 2", ".3") == 1


def test_the_functions_of_conditions_are_numpys(debugger: Debugger) -> None:
    assert said(debugger, "any(h > 0.7)", ".3") == 1 and said(debugger, "all(h > 0)", ".3") == 0
    assert said(debugger, "sign(h)", ".3") == [-1, -1, 1, 1]
    assert said(debugger, "norm(h)", ".3") == pytest.approx(
        np.linalg.norm([0.75, 0.25, 0.25, 0.75])
    )
    assert said(debugger, "isnan(x / x)", ".1") == [0, 1, 0, 0]
    assert said(debugger, "isinf(1 / x)", ".1") == [0, 1, 0, 0]
    assert said(debugger, "isfinite(log(x))", ".1") == [0, 0, 1, 1]


def test_what_does_not_fit_a_short_batch_is_not_known_there(arrays: Debugger) -> None:
    assert said(arrays, "x[1, 0]", "e1.i1.1") == 0.5
    assert said(arrays, "x[1, 0]", "e1.i2.1") is None
    assert said(arrays, "sum(x - prev(x[0]))", "e1.i2.1") is not None


def test_what_is_handed_out_cannot_be_written_to(debugger: Debugger) -> None:
    value = debugger.evaluate("w1")
    assert value is not None and not value.flags.writeable


# --- where it is tested -------------------------------------------------------------------------


def points(debugger: Debugger, text: str) -> tuple[int, ...]:
    return scope(debugger).expression(text).points


def test_a_value_has_the_point_of_the_event_that_writes_it(debugger: Debugger) -> None:
    graph, listing = debugger.graph, debugger.listing
    assert points(debugger, "loss") == (listing.forward_step[graph.named["loss"]],)
    assert points(debugger, "x") == points(debugger, "epoch") == (1,)
    assert points(debugger, "w2") == (listing.update_step[graph.named["w2"]],)
    assert points(debugger, "prev(w2)") == points(debugger, "w2")


def test_nothing_is_tested_before_all_of_it_is_known(debugger: Debugger) -> None:
    assert points(debugger, "x + loss") == points(debugger, "loss")
    assert points(debugger, "x + prev(loss)") == (1, *points(debugger, "loss"))
    assert points(debugger, "loss + w1") == (*points(debugger, "loss"), *points(debugger, "w1"))


def test_a_trained_gradient_that_is_clipped_has_two_points(arrays: Debugger) -> None:
    graph, listing = arrays.graph, arrays.listing
    assert points(arrays, "grad(W)") == (
        listing.gradient_steps[graph.named["W"]][-1],
        listing.clip_step,
    )
    assert points(arrays, "grad(h)") == (listing.gradient_steps[graph.named["h"]][-1],)


def test_parameters_are_known_at_the_first_event_of_the_run(debugger: Debugger) -> None:
    known = {t: scope(debugger).expression(t).initial for t in ("w1", "w1 * x", "loss", "prev(w1)")}
    assert known == {"w1": True, "w1 * x": True, "loss": False, "prev(w1)": False}


# --- what is refused ----------------------------------------------------------------------------

REFUSED = {
    "w9 > 1": ("unknown name 'w9'", "w9"),
    "loss": ("this is a number, not true or false", "loss"),
    "loss > 1 and w1": ("this is a number, not true or false", "w1"),
    "not w1": ("this is a number, not true or false", "w1"),
    "h > 1": ("this has shape (4,): say any(…) or all(…)", "h > 1"),
    "loss > 1 and not h > 0": ("this has shape (4,): say any(…) or all(…)", "h > 0"),
    "0 < h < 1": ("this has shape (4,): say any(…) or all(…)", "0 < h < 1"),
    "1 < 2": ("this never changes: it reads nothing of the run", "1 < 2"),
    "prev(1) < 2": ("this never changes: it reads nothing of the run", "prev(1) < 2"),
    "grad(x) > 0": ("'x' has no gradient: it is data", "x"),
    "grad(w1 + 1) > 0": ("grad takes the name of one value", "grad(w1 + 1)"),
    "grad(w1, 2) > 0": ("grad takes the name of one value", "grad(w1, 2)"),
    "grad(nope) > 0": ("unknown name 'nope'", "nope"),
    "grad > 1": ("'grad' is a function and has no value of its own", "grad"),
    "any > 1": ("'any' is a function and has no value of its own", "any"),
    "prev(prev(w1)) > 1": ("prev inside prev: only one iteration back is known", "prev(w1)"),
    "prev() > 1": ("prev takes one expression", "prev()"),
    "any() > 1": ("any takes 1 operand, not 0", "any()"),
    "any(h, axis=0)": ("any has no setting 'axis'", "axis=0"),
    "foo(w1) > 1": ("unknown function 'foo'", "foo"),
    "dropout(h) > 1": ("dropout is for formulas only: it draws at random", "dropout"),
    "any(embedding(h, 9) > 1)": (
        "embedding is for formulas only: its indices could be wrong",
        "embedding",
    ),
    "h[9] > 1": ("[ ] cannot take index 9: axis 0 has 4, counted from 0", "h[9]"),
    "any(x @ w1 > 1)": ("matmul cannot take a scalar: it has no matrix product; use *", "x @ w1"),
    "w1 in h": ("'In' is no comparison of numbers", "w1 in h"),
    "w1 is w2": ("'Is' is no comparison of numbers", "w1 is w2"),
    "w1 & w2": ("the operator '&' is not part of the language", "w1 & w2"),
    "w1 if w2 else b1": ("'if' is not part of the language", "w1 if w2 else b1"),
    "w1.real > 0": ("'.real' is not allowed: a value has no attributes but .T", "w1.real"),
    "w1 = 1": ("this assigns", "w1 = 1"),
    "import os": ("'import' is not a condition", "import os"),
    "w1 > 1; 2": ("more than one statement on a line", "2"),
    "w1 >": ("not a condition: invalid syntax", ""),
    "w1 > True": ("True is not a number", "True"),
    "w1 > 'a'": ("text is not a number", "'a'"),
}


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("before", ["", "h if ", "  "])
def test_a_bad_condition_is_refused_when_it_is_set(
    debugger: Debugger, text: str, before: str
) -> None:
    what, under = REFUSED[text]
    with pytest.raises((FormulaError, ShapeError)) as refused:
        scope(debugger).condition(before + text, len(before))
    error = refused.value
    assert error.what == what
    assert error.place is not None and error.place.column is not None
    assert error.place.source == before + text
    start = error.place.column - 1
    assert start >= len(before)
    if under:
        assert (before + text)[start : start + error.place.width] == under


@pytest.mark.parametrize("text", ["", "   ", "# nothing", "\n"])
def test_no_condition_is_refused_too(debugger: Debugger, text: str) -> None:
    with pytest.raises(FormulaError, match="a condition is wanted"):
        scope(debugger).condition(text)


@pytest.mark.parametrize(
    "text", ["w1 > " + "-" * 300 + "1", "(" * 500 + "w1", "w1 > \0", "é(" * 50]
)
def test_no_text_makes_a_traceback(debugger: Debugger, text: str) -> None:
    with pytest.raises(FormulaError):
        scope(debugger).condition(text)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("c", "'c' has no gradient: it is constant"),
        ("q", "'q' has no gradient: the loss does not depend on it"),
        ("unused", "'unused' has no gradient: the loss does not depend on it"),
    ],
)
def test_a_gradient_that_never_comes_is_refused_with_the_reason(
    arrays: Debugger, name: str, reason: str
) -> None:
    with pytest.raises(FormulaError, match=reason) as refused:
        scope(arrays).condition(f"grad({name}) > 0")
    assert refused.value.place is not None and refused.value.place.column == 6


def test_a_value_that_no_parameter_leads_to_has_no_gradient() -> None:
    debugger = Debugger(Sketch("a = x * 2\nloss = mean(w * a)", {"w": 1.0}, {"x": [1, 2]}).opened())
    with pytest.raises(GradstepError, match="no parameter leads to the loss through it"):
        debugger.evaluate("grad(a)")


def test_a_condition_over_the_whole_batch_may_be_one_number_only_there() -> None:
    sketch = Sketch("loss = mean(w * x)", {"w": 1.0}, {"x": [1, 2, 3]}, training={"batch_size": 2})
    tested = scope(Debugger(sketch.opened())).condition("x[1:] > 0")
    assert isinstance(tested, Expression)
    assert tested.fitted(2, 2) is not None
    assert tested.fitted(1, 2) is None


# --- expressions bound to calls -----------------------------------------------------------------


@pytest.mark.parametrize(
    "build",
    [
        lambda a, b: call("mse", a, b),
        lambda a, b: call("softmax", a) * 2,
        lambda a, b: call("reshape", call("transpose", a), shape=(6,)) + 1,
        lambda a, b: call("transpose", a),
        lambda a, b: call("layer_norm", a, 2.0, 1.0),
        lambda a, b: call("sum", (a - b) ** 2) / ((a - b) ** 2),
        lambda a, b: call("spread", 3.0, shape=(2, 3)),
        lambda a, b: a,
    ],
    ids=["mse", "softmax", "a copy", "a view", "layer_norm", "shared parts", "numbers", "a value"],
)
@pytest.mark.parametrize("given", [False, True], ids=["anywhere", "to a given place"])
def test_a_bound_expression_follows_its_arrays(build: object, given: bool) -> None:
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=(2, 3)) for _ in range(2)]
    expr: Expr = build(*(Value(i, (2, 3)) for i in range(2)))  # pyright: ignore[reportCallIssue]
    calls: list[Thunk] = []
    out = np.full(expr.shape, np.nan) if given else None
    found = bound(expr, arrays.__getitem__, calls, out)
    assert out is None or found is out
    for _ in range(2):
        before = [bits(a) for a in arrays]
        for thunk in calls:
            thunk()
        expected = evaluate(expr, arrays.__getitem__, arrays.__getitem__)
        assert np.allclose(found, expected, rtol=1e-14, atol=0)
        assert [bits(a) for a in arrays] == before
        for array in arrays:
            array[...] = rng.normal(size=(2, 3))


def test_what_numbers_alone_make_is_computed_once() -> None:
    calls: list[Thunk] = []
    assert bound(call("sqrt", call("exp", 0.0) * 4.0), lambda i: np.zeros(()), calls) == 2.0
    assert calls == []


def test_logic_stays_out_of_the_table_of_derivatives() -> None:
    assert {"any", "all", "and", "less", "isnan", "norm"}.isdisjoint(OPS)
