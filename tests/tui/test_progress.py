"""A bar for what takes longer than a moment, on a terminal; silence everywhere else."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from engine import Run, open_lesson
from tests.e2e.terminal import Terminal
from tui import progress
from tui.cli import DONE, run
from tui.progress import Bar, advance

ROOT = Path(__file__).parents[2]

PROGRAM = "import sys\nfrom tui import cli, progress\nprogress.PATIENCE = {patience}\n"
PROGRAM += "sys.exit(cli.run(sys.argv[1:]))"
"""The command with another patience, so that no test has to wait and none has to hurry."""


def command(*arguments: str, patience: float) -> list[str]:
    return [sys.executable, "-c", PROGRAM.format(patience=patience), *arguments]


ENDING = ("train", "two-layer-csv"), ("trace", "two-layer-csv", "--from", "e40", "--to", "e40")


@pytest.mark.parametrize("arguments", ENDING, ids=lambda a: a[0])
def test_every_command_shows_on_a_terminal_that_it_is_reading(arguments: tuple[str, ...]) -> None:
    with Terminal(command(*arguments, patience=0), columns=100, rows=30, cwd=ROOT) as terminal:
        assert terminal.wait_exit() == DONE
        assert b"reading two-layer-csv" in terminal.raw
        assert "reading" not in terminal.text(), "the bar is gone when the work is done"


def test_opening_the_debugger_shows_it_too_and_then_the_debugger() -> None:
    arguments = ("two-layer-csv", "--at", "e40")
    with Terminal(command(*arguments, patience=0), cwd=ROOT) as terminal:
        terminal.wait_for("e40.i1.1 ")
        assert b"reading two-layer-csv" in terminal.raw
        terminal.send("q")
        assert terminal.wait_exit() == DONE


def test_what_is_done_in_a_moment_shows_no_bar() -> None:
    arguments = command("train", "two-layer-csv", patience=1e9)
    with Terminal(arguments, columns=100, rows=30, cwd=ROOT) as terminal:
        assert terminal.wait_exit() == DONE
        assert b"reading" not in terminal.raw
        assert "trained: 200 iterations" in terminal.text()


def test_an_error_takes_the_place_of_the_bar(tmp_path: Path) -> None:
    file, data = tmp_path / "net.toml", tmp_path / "points.csv"
    file.write_text(
        'formulas = "loss = mean(w * x)"\n[parameters]\nw = 1.0\n[data]\ncsv = "points.csv"\n',
        encoding="utf-8",
    )
    data.write_text("x\n1\ntwo\n", encoding="utf-8")
    arguments = command("train", str(file), patience=0)
    with Terminal(arguments, columns=300, rows=30, cwd=ROOT) as terminal:
        assert terminal.wait_exit() == 2
        assert b"reading" in terminal.raw
        assert "reading" not in terminal.text()
        assert "'two' is not a number" in terminal.text()


def test_without_a_terminal_nothing_is_written_however_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "SLICE_SECONDS", 0.0)
    assert run(["train", "two-layer-csv", "--json"]) == DONE
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out)["iterations"] == 200


def test_a_bar_without_standard_error_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with Bar("anything", 1.0) as bar:
        bar.show(0.5)


def test_a_run_can_be_stopped_between_two_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SLICE_SECONDS", 0.0)
    one = Run(open_lesson("two-layer"))
    assert not advance(one, 100, "running", stopped=lambda: one.done >= 3)
    assert 3 <= one.done < 100
    assert advance(one, 100, "running")
    assert one.done == 100
