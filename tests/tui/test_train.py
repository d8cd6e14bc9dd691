"""`gradstep train`: the whole run without a screen."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from engine import Debugger, open_lesson
from tests.e2e.terminal import Terminal
from tui.cli import BAD_INPUT, DONE, INTERRUPTED, run

ROOT = Path(__file__).parents[2]


def test_it_ends_where_the_debugger_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "two-layer-csv", "--json"]) == DONE
    out, err = capsys.readouterr()
    report = json.loads(out)
    debugger = Debugger(open_lesson("two-layer-csv"))
    debugger.end()
    assert report["finished"] is True
    assert report["at"] == str(debugger.address)
    assert report["loss"] == debugger.state.record.loss
    for name, value in report["parameters"].items():
        assert value == float(debugger.state.node(name).value)  # pyright: ignore
    assert err == "", "no bar where there is no terminal"


def test_it_says_the_loss_and_every_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "two-layer", "--set", "training.epochs=3"]) == DONE
    out = capsys.readouterr().out
    assert out.startswith("trained: 3 iterations, to e3.i1.23")
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["loss", "w1", "b1", "w2", "b2"]


def test_the_history_has_a_row_for_every_iteration(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    assert run(["train", "two-layer-csv", "--csv", str(path)]) == DONE
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 200
    assert list(rows[0]) == ["step", "epoch", "iteration", "loss", "w1", "b1", "w2", "b2"]
    debugger = Debugger(open_lesson("two-layer-csv"))
    record = debugger.run.record(123)
    assert float(rows[123]["loss"]) == record.loss
    assert float(rows[123]["w1"]) == float(record.leaves[debugger.graph.named["w1"]])
    assert (rows[123]["epoch"], rows[123]["iteration"]) == ("25", "4")


def test_set_and_seed_change_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    losses = []
    for extra in ([], ["--seed", "8"], ["--set", "training.learning_rate=0.2"]):
        assert run(["train", "two-layer-csv", "--json", *extra]) == DONE
        losses.append(json.loads(capsys.readouterr().out)["loss"])
    assert len(set(losses)) == 3


def test_a_history_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", "two-layer", "--csv", str(tmp_path)]) == BAD_INPUT
    assert "cannot write" in capsys.readouterr().err


def test_a_diverging_run_reports_what_is_not_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "two-layer", "--json", "--set", "training.learning_rate=9"]) == DONE
    assert json.loads(capsys.readouterr().out)["loss"] in ("nan", "inf")


def test_an_interrupt_says_where_it_stopped() -> None:
    command = [sys.executable, "-m", "tui", "train", "two-layer", "--set"]
    with Terminal([*command, "training.epochs=50000000"], columns=100, rows=12, cwd=ROOT) as t:
        t.wait_for("iterations/s", timeout=20)
        t.send("ctrl+c")
        assert t.wait_exit() == INTERRUPTED
        screen = t.text()
    assert "interrupted: " in screen
    assert "loss " in screen
    assert "Traceback" not in screen
