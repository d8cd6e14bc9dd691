"""`gradstep train`: the whole run without a screen."""

from __future__ import annotations

import csv
import json
import re
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Debugger, Run, open_lesson
from tests.e2e.terminal import Terminal
from tests.strategies import Sketch
from tests.tui.screens import NO_PARAMETERS, NOTHING_TRAINED
from tui import progress
from tui.cli import BAD_INPUT, DONE, INTERRUPTED, run
from tui.cli import train as train_module

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


def test_an_interrupt_says_where_it_stopped_and_keeps_the_history_so_far(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    command = [sys.executable, "-m", "tui", "train", "two-layer", "--csv", str(path), "--set"]
    with Terminal([*command, "training.epochs=50000000"], columns=100, rows=12, cwd=ROOT) as t:
        t.wait_for("iterations/s", timeout=20)
        t.send("ctrl+c")
        assert t.wait_exit() == INTERRUPTED
        screen = t.text()
    found = re.search(r"interrupted: ([\d,]+) iterations, to e(\d+)\.i1\.23", screen)
    assert found is not None, screen
    assert "Traceback" not in screen
    done = int(found[1].replace(",", ""))
    assert int(found[2]) == done > 0
    rows = path.read_text(encoding="utf-8").splitlines()
    assert len(rows) == done + 1
    assert rows[-1].startswith(f"{done},{done},1,")


def test_an_interrupted_report_is_the_debugger_s_state_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(progress, "SLICE_SECONDS", 0.0)
    record, path = train_module._History.add, tmp_path / "history.csv"

    def interrupting(self: Any, recorded: Any) -> None:
        record(self, recorded)
        if recorded.first >= 7:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(train_module._History, "add", interrupting)
    assert run(["train", "two-layer-csv", "--json", "--csv", str(path)]) == INTERRUPTED
    out, err = capsys.readouterr()
    report, debugger = json.loads(out), Debugger(open_lesson("two-layer-csv"))
    assert report["finished"] is False
    assert "interrupted" in err
    debugger.goto(report["at"])
    assert report["loss"] == debugger.state.record.loss
    assert report["iterations"] == len(path.read_text().splitlines()) - 1
    for name, value in report["parameters"].items():
        assert value == float(debugger.state.node(name).value)  # pyright: ignore


def test_the_way_an_interrupt_is_handled_outlives_no_training() -> None:
    before = signal.getsignal(signal.SIGINT)
    assert run(["train", "two-layer", "--json"]) == DONE
    assert signal.getsignal(signal.SIGINT) is before


# --- an address ---------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["e1", "e2.i3", "e2.i3.8", "e2.i3.20", "e2.i3.23", "e40.i5.23"])
def test_at_means_what_it_means_to_the_debugger(
    at: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "history.csv"
    assert run(["train", "two-layer-csv", "--json", "--at", at, "--csv", str(path)]) == DONE
    report = json.loads(capsys.readouterr().out)
    debugger = Debugger(open_lesson("two-layer-csv"))
    debugger.goto(at)
    assert report["at"] == str(debugger.address)
    assert report["finished"] is True
    for name, value in report["parameters"].items():
        assert value == float(debugger.state.node(name).value)  # pyright: ignore
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == report["iterations"]
    if not rows:
        assert report["loss"] is None
        return
    assert float(rows[-1]["loss"]) == report["loss"]


def test_an_address_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "two-layer", "--at", "e999"]) == BAD_INPUT
    assert "e999" in capsys.readouterr().err


# --- the history --------------------------------------------------------------------------------


def test_a_history_of_a_long_run_misses_no_iteration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole, thin = tmp_path / "whole.csv", tmp_path / "thin.csv"
    arguments = ["train", "two-layer", "--set", "training.epochs=3000", "--csv"]
    assert run([*arguments, str(whole)]) == DONE
    # With so little memory the run itself keeps every fourth iteration only.
    monkeypatch.setattr(train_module, "Run", lambda experiment: Run(experiment, memory=1))
    assert run([*arguments, str(thin)]) == DONE
    assert thin.read_bytes() == whole.read_bytes()
    assert len(whole.read_text(encoding="utf-8").splitlines()) == 3001


def test_a_history_has_every_scalar_however_many(tmp_path: Path) -> None:
    names = [f"w{i}" for i in range(40)]
    sketch = Sketch(" + ".join(["loss = 0 * v[0]", *names]), dict.fromkeys(names, 1.0) | {"v": [1]})
    file, path = tmp_path / "net.toml", tmp_path / "history.csv"
    file.write_text(sketch.toml(), encoding="utf-8")
    assert run(["train", str(file), "--csv", str(path)]) == DONE
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert list(rows[0])[4:] == [*names, "v"]
    for name in names:
        assert float(rows[-1][name]) == pytest.approx(1.0 - 49 * 0.1)


def test_the_test_loss_stands_at_the_end_of_every_epoch(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "history.csv"
    arguments = ["train", "two-layer-csv", "--set", "data.test_fraction=0.2", "--json"]
    assert run([*arguments, "--csv", str(path)]) == DONE
    report = json.loads(capsys.readouterr().out)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    per_epoch = int(rows[-1]["iteration"])
    tested = [row["test loss"] for row in rows]
    assert [bool(text) for text in tested] == [int(row["iteration"]) == per_epoch for row in rows]
    assert float(tested[-1]) == report["test_loss"]
    assert report["test_epoch"] == report["epochs"] == 40


@pytest.mark.parametrize("option", ["train --csv", "trace -o"])
def test_no_output_goes_over_the_experiment_or_its_data(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, flag = option.split()
    file, data = tmp_path / "net.toml", tmp_path / "points.csv"
    file.write_text('formulas = "loss = mean(w * x)"\n[parameters]\nw = 1.0\n'
                    '[data]\ncsv = "points.csv"\n', encoding="utf-8")  # fmt: skip
    data.write_text("x\n1\n2\n", encoding="utf-8")
    for path, words in ((file, "the experiment itself"), (data, "the experiment's data")):
        before = path.read_bytes()
        assert run([command, str(file), flag, str(path)]) == BAD_INPUT
        assert words in capsys.readouterr().err
        assert path.read_bytes() == before


def test_a_full_disk_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    assert run(["train", "two-layer", "--csv", "/dev/full"]) == BAD_INPUT
    assert "gradstep: cannot write /dev/full" in capsys.readouterr().err


# --- odd experiments ------------------------------------------------------------------------------


def test_a_diverging_run_says_since_when(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "two-layer", "--set", "training.learning_rate=9"]) == DONE
    found = re.search(r"loss nan, not finite since e(\d+)\.i1", capsys.readouterr().out)
    assert found is not None
    losses = Debugger(open_lesson("two-layer", overrides=["training.learning_rate=9"]))
    losses.end()
    values = losses.run.losses().values
    first = int(found[1]) - 1
    assert np.isfinite(values[:first]).all() and not np.isfinite(values[first:]).any()


@pytest.mark.parametrize("text", [NO_PARAMETERS, NOTHING_TRAINED], ids=["none", "none trained"])
def test_an_experiment_that_trains_nothing_still_runs(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, path = tmp_path / "net.toml", tmp_path / "history.csv"
    file.write_text(text, encoding="utf-8")
    assert run(["train", str(file), "--json", "--csv", str(path)]) == DONE
    report = json.loads(capsys.readouterr().out)
    assert report["loss"] == 7.0
    assert report["parameters"] == ({"w": 2.0} if "w" in text else {})
    assert path.read_text(encoding="utf-8").splitlines()[:2] == [
        "step,epoch,iteration,loss",
        "1,1,1,7.0",
    ]
    assert run(["train", str(file)]) == DONE
