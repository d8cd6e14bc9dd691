"""Runs exported as NumPy scripts: they run by themselves and compute what the engine does."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import DataError, Experiment, Run, export_numpy, open_experiment, open_lesson
from engine.datasets import DATASETS
from engine.export.numpy_script import NumpyScript
from engine.export.source import vocabulary
from engine.formulas import CALLABLE
from engine.ops.chance import drawn
from engine.plain import dropout_mask
from engine.reading.data import DATA_SETTINGS
from tests.engine.script_cases import CASES, every_case
from tests.engine.scripts import assert_the_script_computes_what_the_run_does, executed
from tests.experiments import EXPERIMENTS
from tests.strategies import Sketch, sketches

GOLDENS = Path(__file__).parent / "goldens"


def assert_it_computes_what_the_run_does(experiment: Experiment, tolerance: float = 1e-12) -> str:
    return assert_the_script_computes_what_the_run_does(experiment, NumpyScript, tolerance)


# --- what a script computes ---------------------------------------------------------------------


@every_case
def test_a_script_computes_what_the_run_does(sketch: Sketch) -> None:
    assert_it_computes_what_the_run_does(sketch.opened())


def test_whole_numbers_on_both_branches_of_where_are_floats_in_the_script() -> None:
    formulas = "f = sin(p)\ng = where(f - p, f, p)\nloss = mean(f) + mean(f + p) + mean(g)"
    sketch = Sketch(formulas, {"p": 0.0}, training={"learning_rate": 0.1, "epochs": 3})
    assert_it_computes_what_the_run_does(sketch.opened())


@settings(max_examples=60)
@given(sketches(smooth=False))
def test_the_script_of_a_random_program_computes_what_the_run_does(sketch: Sketch) -> None:
    # Small steps: where a run leaves for large numbers, the sine of one is all rounding error.
    training = {**sketch.training, "learning_rate": 1e-4}
    assert_it_computes_what_the_run_does(replace(sketch, training=training).opened(), 1e-11)


@pytest.mark.parametrize("lesson", EXPERIMENTS)
def test_the_script_of_a_lesson_computes_what_the_run_does(lesson: str) -> None:
    # Over all 600 epochs of the spiral a last bit grows to 6e-10 of the loss.
    overrides = ["training.epochs=40"] if lesson == "spiral" else []
    assert_it_computes_what_the_run_does(open_lesson(lesson, overrides=overrides))


def test_the_lecture_s_script_computes_the_very_bits() -> None:
    experiment = open_lesson("two-layer")
    run = Run(experiment)
    run.advance(run.calendar.steps)
    assert executed(export_numpy(experiment))["losses"] == run.losses().values.tolist()


def test_every_function_of_the_language_is_in_some_script() -> None:
    called = {
        node.func.id
        for sketch in CASES.values()
        for line in sketch.opened().graph.formulas
        for node in ast.walk(ast.parse(line.text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called == set(CALLABLE)


def test_a_script_runs_by_itself_and_tells_its_losses(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(export_numpy(open_lesson("two-layer")), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("epoch 10: loss 0.0")
    assert len(lines) == 14
    assert lines[-1].startswith("b2 = ")


def test_masks_are_drawn_as_in_the_run() -> None:
    mask = np.empty((3, 4))
    drawn(mask, 0.25, 7, 2, 3, 5)
    np.testing.assert_array_equal(dropout_mask((3, 4), 0.25, 7, 2, 3, node=5), mask)


# --- what stands in it ----------------------------------------------------------------------------


def test_the_lecture_s_script_is_written_as_a_teacher_would() -> None:
    path = GOLDENS / "two_layer.py.txt"
    text = export_numpy(open_lesson("two-layer"))
    if os.environ.get("UPDATE_GOLDENS"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("lesson", EXPERIMENTS)
def test_a_script_needs_numpy_alone_and_computes_nothing_at_random_places(lesson: str) -> None:
    experiment = open_lesson(lesson)
    text = export_numpy(experiment)
    assert text == export_numpy(experiment)
    imported = {
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= {"numpy", "csv", "math"}
    assert "engine" not in vocabulary(text)


@pytest.mark.parametrize("lesson", EXPERIMENTS)
def test_parameters_read_back_to_the_same_bits(lesson: str) -> None:
    experiment = open_lesson(lesson)
    names = executed(export_numpy(experiment).split("# --- training")[0])
    for name, value in experiment.leaves.items():
        assert np.asarray(names[name]).tobytes() == value.tobytes()


def test_options_are_called_by_name() -> None:
    text = export_numpy(CASES["training: adam betas amsgrad weight_decay eps"].opened())
    assert "beta1 = 0.8\nbeta2 = 0.9\n" in text
    assert "exp_avg_W = beta1 * exp_avg_W + (1 - beta1) * grad_W" in text
    assert "W -= lr * m_hat_W / (np.sqrt(v_hat_W) + eps)" in text


def test_a_formula_stays_as_its_author_wrote_it() -> None:
    sketch = Sketch(
        "h = 2*x*w+(( max(x,0) ))\nloss = mean( h, axis = 0 )", {"w": 1.0}, {"x": [1.0]}
    )
    text = export_numpy(sketch.opened())
    assert "h = 2*x*w+(( np.maximum(x,0) ))\n" in text
    assert "loss = np.mean( h, axis = 0 )\n" in text


def test_only_functions_that_are_used_stand_in_a_script() -> None:
    text = export_numpy(CASES["network: softmax classifier"].opened())
    defined = {n.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)}
    assert defined == {"cross_entropy", "nll", "log_softmax", "softmax", "one_hot"}


# --- names ----------------------------------------------------------------------------------------


def test_a_name_that_the_script_needs_gets_an_underscore() -> None:
    text = export_numpy(Sketch("np = lr * x\nloss = mean(np)", {"lr": 0.5}, {"x": [1.0]}).opened())
    assert "lr_ = 0.5" in text
    assert "np_ = lr_ * x" in text
    assert "lr_ -= lr * d_lr_" in text


WORDS = sorted(
    {
        word
        for sketch in list(CASES.values())[::6]
        for word in vocabulary(export_numpy(sketch.opened()))
    }
    - {*DATA_SETTINGS}
    | {"d_w", "d_d_w", "w", "d_x", "exp_avg_w", "x_all", "x_test", "w_", "np_", "gs1sg", "d_gs0sg"}
)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(WORDS), min_size=6, max_size=6, unique=True))
def test_no_choice_of_names_changes_what_a_script_computes(names: list[str]) -> None:
    u, v, x, h, g, loss = names
    sketch = Sketch(
        f"{h} = dropout({x} * {u}, 0.5) + softmax({v})\n{g} = sigmoid({h} - {v})\n"
        f"{loss} = mean({g} * {x})",
        {u: 0.5, v: [0.25, -0.5]},
        {x: [[1.0, 2.0], [0.5, -1.0], [2.0, 1.0]], "test_fraction": 0.3},
        training={"optimizer": "adam", "batch_size": 1, "shuffle": True, "epochs": 2,
                  "schedule": {"name": "cosine", "T_max": 2}, "clip_norm": 1.0},
    )  # fmt: skip
    assert_it_computes_what_the_run_does(sketch.opened())


# --- where the numbers come from -----------------------------------------------------------------

HEAD = 'formulas = "h = x @ W\\nloss = cross_entropy(h, y) + mean(z * v)"\n'
TRAINING = "[training]\nepochs = 3\nbatch_size = 2\nshuffle = true\nseed = 4\n"
CSV = '''\
 size , rooms,"the ""kind""",price,unused

1.5,2,"b, or so", 3.25,x
2.5,1e-3, a ,-4,x
-0.5,7,"b, or so",1_0,x

4,.5,ç,2,x
1,2,a,3,x
'''


def opened(folder: Path, text: str) -> Experiment:
    path = folder / "experiment.toml"
    path.write_text(text, encoding="utf-8")
    return open_experiment(path)


@pytest.mark.parametrize("extra", ["", 'standardize = ["x", "z"]', "test_fraction = 0.4", "both"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_csv_file_is_read_by_the_script_as_by_the_run(
    tmp_path: Path, extra: str, mark: str
) -> None:
    (tmp_path / 'my "data".csv').write_text(mark + CSV, encoding="utf-8")
    extra = extra.replace("both", 'standardize = ["z", "x"]\ntest_fraction = 0.4')
    text = (
        HEAD + "[parameters]\nW = { shape = [2, 3], init = 'normal' }\nv = 0.5\n"
        "[data]\ncsv = 'my \"data\".csv'\n"
        "columns = { x = ['size', 'rooms'], y = { classes = 'the \"kind\"' }, z = 'price' }\n"
        f"{extra}\n{TRAINING}"
    )
    assert_it_computes_what_the_run_does(opened(tmp_path, text))


def test_a_csv_file_without_columns_gives_all_its_columns(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    text = 'formulas = "loss = mean(w * a * b)"\n[parameters]\nw = 1\n[data]\ncsv = "d.csv"\n'
    assert_it_computes_what_the_run_does(opened(tmp_path, text))


def test_data_that_are_not_in_their_file_any_more_are_missed(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    text = 'formulas = "loss = mean(w * a)"\n[parameters]\nw = 1\n[data]\ncsv = "d.csv"\n'
    experiment = opened(tmp_path, text)
    path.unlink()
    with pytest.raises(DataError, match=r"there is no file .*d\.csv for the script to read"):
        export_numpy(experiment)


@pytest.mark.parametrize("renamed", [False, True])
def test_an_npz_file_is_read_by_the_script_as_by_the_run(tmp_path: Path, renamed: bool) -> None:
    arrays: dict[str, Any] = {"x": np.arange(10).reshape(5, 2), "y": np.array([0, 1, 2, 1, 0])}
    arrays["z"] = np.linspace(0, 1, 5, dtype=np.float32)
    columns = ""
    if renamed:
        arrays = {f"the {name}": values for name, values in arrays.items()}
        columns = "columns = { x = 'the x', y = 'the y', z = 'the z' }\n"
    np.savez(tmp_path / "d.npz", **arrays)
    text = (
        HEAD + "[parameters]\nW = { shape = [2, 3], init = 'normal' }\nv = 0.5\n"
        f"[data]\nnpz = 'd.npz'\n{columns}test_fraction = 0.2\n{TRAINING}"
    )
    assert_it_computes_what_the_run_does(opened(tmp_path, text))


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("options", ["", "samples = 9\nnoise = 0.2\nseed = 5\ntest_fraction = 0.3"])
def test_a_built_in_dataset_is_made_by_the_script(
    tmp_path: Path, dataset: str, options: str
) -> None:
    if dataset == "iris":
        options = options and 'test_fraction = 0.3\nstandardize = ["x"]'
    text = (
        'formulas = "loss = mean((w * x)**2) + mean(y * w)"\n[parameters]\nw = 0.5\n'
        f"[data]\ndataset = '{dataset}'\n{options}\n"
        "[training]\nepochs = 2\nbatch_size = 4\nlearning_rate = 0.001\n"
    )
    assert_it_computes_what_the_run_does(opened(tmp_path, text))


def test_overrides_and_the_seed_reach_the_script() -> None:
    experiment = open_lesson(
        "spiral", overrides=["training.epochs=2", "data.samples=50", "parameters.b3=1.5"], seed=9
    )
    text = assert_it_computes_what_the_run_does(experiment)
    assert "seed = 9\nepochs = 2\n" in text
    assert "b3 = 1.5\n" in text


def test_a_title_cannot_break_out_of_the_script() -> None:
    title = 'a """quote""" \\ and a \\\\ end"'
    experiment = replace(Sketch("loss = w * w", {"w": 1.0}).opened(), title=title)
    text = assert_it_computes_what_the_run_does(experiment)
    assert (ast.get_docstring(ast.parse(text)) or "").startswith(title)
