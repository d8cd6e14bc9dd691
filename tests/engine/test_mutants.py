"""Experiment files with something wrong in them: an error in plain words, and nothing more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine import ExperimentError, parse_experiment

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", [11, 12])
def test_a_mutated_experiment_is_refused_or_works_and_does_nothing_else(seed: int) -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.engine.mutants", str(seed), "500"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    *wrong, summary = map(json.loads, done.stdout.splitlines())
    assert wrong == []
    # Both outcomes are common, or nothing was tried.
    assert summary["refused"] > 100
    assert summary["ran"] > 100


@pytest.mark.parametrize(
    ("formulas", "parameters", "words"),
    [
        ("loss = mean(a + b)", "a = { shape = [30000, 1], init = \"ones\" }\n"
         "b = { shape = [30000], init = \"ones\" }", "'a + b' 900,000,000 of them"),
        ("loss = mean(a @ b)", "a = { shape = [20000, 1], init = \"ones\" }\n"
         "b = { shape = [1, 20000], init = \"ones\" }", "'a @ b' 400,000,000 of them"),
        ("loss = mean(a)", "a = { shape = [999999999], init = \"zeros\" }", "is too large"),
    ],
)  # fmt: skip
def test_what_would_take_gigabytes_is_refused(formulas: str, parameters: str, words: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        parse_experiment(f'formulas = "{formulas}"\n[parameters]\n{parameters}\n')
    assert words in str(caught.value)
    assert caught.value.hint
