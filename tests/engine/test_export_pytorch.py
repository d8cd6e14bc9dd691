"""Runs exported as PyTorch scripts, where PyTorch is installed: to 1e-9 of the run."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
from hypothesis import given, settings

from engine import Experiment, export_pytorch, open_lesson
from engine.export.torch_script import TorchScript
from tests.engine.script_cases import CASES, every_case
from tests.engine.scripts import assert_the_script_computes_what_the_run_does
from tests.experiments import EXPERIMENTS
from tests.strategies import Sketch, sketches

LESSONS = EXPERIMENTS

# --- what stands in it ----------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_script_is_python_and_says_the_same_each_time(lesson: str) -> None:
    text = export_pytorch(open_lesson(lesson))
    ast.parse(text)
    assert text == export_pytorch(open_lesson(lesson))
    assert "import gradstep" not in text and "import engine" not in text


def test_the_lecture_s_loop_is_written_as_pytorch_s_users_do() -> None:
    text = export_pytorch(open_lesson("two-layer"))
    assert "optimizer = torch.optim.SGD([w1, b1, w2, b2], lr=lr)\n" in text
    loop = text.split("# --- training")[1].split("\n    if epoch")[0].split("\n")[3:]
    assert [line.strip() for line in loop] == [
        "# forward pass",
        "h = w1 * x + b1",
        "g = w2 * h + b2",
        "loss = torch.mean((y - g)**2)",
        "losses.append(loss.item())",
        "",
        "# backward pass",
        "optimizer.zero_grad()",
        "loss.backward()",
        "",
        "# update",
        "optimizer.step()",
        "",
    ]


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("gelu(x) + silu(x)", "F.gelu(x) + F.silu(x)"),
        ("sum(x, axis=1, keepdims=True)", "torch.sum(x, dim=1, keepdim=True)"),
        ("max(x, axis=(0, 1))", "torch.amax(x, dim=(0, 1))"),
        ("max(x, 0.5)", "torch.maximum(x, torch.tensor(0.5))"),
        ("where(x - w, x, w)", "torch.where(x - w != 0, x, w)"),
        ("-(x - w)**2 * -w", "-(x - w)**2 * -w"),
        ("x - (w - x) / (w * x)", "x - (w - x) / (w * x)"),
        ("(x**2)**w**-1", "(x**2)**w**-1"),
        ("x @ x.T", "x @ x.T"),
        ("x[::-1, 0]", "x.flip(0)[:, 0]"),
        ("softmax(x)", "torch.softmax(x, dim=-1)"),
        ("leaky_relu(x, 0.2)", "F.leaky_relu(x, negative_slope=0.2)"),
        ("reshape(x, 2, -1)", "x.reshape(2, -1)"),
        ("concat(x, x, axis=1)", "torch.cat([x, x], dim=1)"),
        ("x * sqrt(2)", "x * torch.sqrt(torch.tensor(2.0))"),
        ("1 / 0 + x", "torch.tensor(1.0) / 0 + x"),
    ],
)  # fmt: skip
def test_formulas_are_said_in_pytorch_s_words(formula: str, wanted: str) -> None:
    sketch = Sketch(
        f"h = {formula}\nloss = mean(h * w)", {"w": 1.0}, {"x": [[1.0, 2.0], [3.0, 4.0]]}
    )
    assert f"    h = {wanted}\n" in export_pytorch(sketch.opened())


def test_a_schedule_that_pytorch_refuses_is_written_out() -> None:
    refused = CASES["training: constant 2.5 2 by epoch"].opened()
    taken = CASES["training: cosine 3 0.01 by iteration"].opened()
    assert "LambdaLR(optimizer, lambda k: factor if k < total_iters else 1)" in export_pytorch(
        refused
    )
    assert "CosineAnnealingLR(optimizer, T_max=3, eta_min=0.01)" in export_pytorch(taken)


# --- what a script computes ---------------------------------------------------------------------


def assert_it_computes_what_the_run_does(experiment: Experiment) -> None:
    pytest.importorskip("torch")
    assert_the_script_computes_what_the_run_does(experiment, TorchScript, 1e-9)


@every_case
def test_a_script_computes_what_the_run_does(sketch: Sketch) -> None:
    assert_it_computes_what_the_run_does(sketch.opened())


@settings(max_examples=60, deadline=None)
@given(sketches(smooth=False))
def test_the_script_of_a_random_program_computes_what_the_run_does(sketch: Sketch) -> None:
    training = {**sketch.training, "learning_rate": 1e-4}
    assert_it_computes_what_the_run_does(replace(sketch, training=training).opened())


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_script_of_a_lesson_computes_what_the_run_does(lesson: str) -> None:
    assert_it_computes_what_the_run_does(open_lesson(lesson, overrides=["training.epochs=30"]))
