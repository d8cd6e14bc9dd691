"""The command line: what it writes, its exit status, and one clear message for any bad input."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine import lessons, open_experiment
from tui.cli import BAD_INPUT, COMMANDS, DONE, INTERRUPTED, NO, run

ROOT = Path(__file__).parents[2]

Capture = pytest.CaptureFixture[str]


def process(
    *arguments: str, env: Mapping[str, str] | None = None, stdout: int | Any = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def events(capsys: Capture, *arguments: str) -> list[dict[str, Any]]:
    """The events that a trace writes, without its header."""
    assert run(["trace", *arguments]) == DONE
    _, *lines = capsys.readouterr().out.splitlines()
    return [json.loads(line) for line in lines]


def complaint(capsys: Capture, arguments: Sequence[str]) -> str:
    """What bad input is answered with; nothing on standard output."""
    assert run(arguments) == BAD_INPUT
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


# --- help and the plain commands ----------------------------------------------------------------


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=str)
def test_every_command_has_help(command: list[str], capsys: Capture) -> None:
    assert run([*command, "--help"]) == DONE
    out = capsys.readouterr().out
    assert out.startswith(f"usage: gradstep{' ' if command else ''}{' '.join(command)} ")


def test_help_names_every_command(capsys: Capture) -> None:
    run(["--help"])
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)


def test_the_version_is_said(capsys: Capture) -> None:
    assert run(["--version"]) == DONE
    assert capsys.readouterr().out.startswith("gradstep ")


def test_lessons_are_listed_with_their_titles(capsys: Capture) -> None:
    assert run(["lessons"]) == DONE
    course, experiments, way_on = capsys.readouterr().out.split("\n\n")
    assert course.startswith("the course, in its order:\n")
    assert experiments.startswith("experiments to look around in:\n")
    assert way_on == "open one with: gradstep NAME\n"
    rows = [row for part in (course, experiments) for row in part.splitlines()[1:]]
    assert [row.split()[0] for row in rows] == [lesson.name for lesson in lessons()]
    assert len({row.index(lesson.title) for row, lesson in zip(rows, lessons(), strict=True)}) == 1
    assert max(map(len, rows)) <= 80


def test_new_writes_an_experiment_that_opens(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.toml"
    assert run(["new", str(path)]) == DONE
    assert f"gradstep {path}" in capsys.readouterr().out
    assert open_experiment(path).samples == 4


def test_new_adds_the_suffix_that_is_missing(tmp_path: Path) -> None:
    assert run(["new", str(tmp_path / "mine")]) == DONE
    assert (tmp_path / "mine.toml").exists()


def test_new_never_overwrites(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("precious", encoding="utf-8")
    assert "exists already" in complaint(capsys, ["new", str(path)])
    assert path.read_text(encoding="utf-8") == "precious"


def test_new_needs_a_folder_that_exists(tmp_path: Path, capsys: Capture) -> None:
    assert "cannot write" in complaint(capsys, ["new", str(tmp_path / "no" / "mine.toml")])
    assert "is a directory" in complaint(capsys, ["new", str(tmp_path)])


# --- trace --------------------------------------------------------------------------------------


def test_a_trace_begins_with_its_header(capsys: Capture) -> None:
    assert run(["trace", "two-layer"]) == DONE
    header = json.loads(capsys.readouterr().out.splitlines()[0])
    assert list(header)[:2] == ["format", "version"]
    assert header["format"] == "gradstep-trace" and header["version"] == 1
    assert {
        "title",
        "experiment",
        "numpy",
        "nodes",
        "listing",
        "events_per_iteration",
        "iterations_per_epoch",
        "epochs",
    } <= set(header)
    assert set(header["nodes"][0]) == {
        "id",
        "name",
        "kind",
        "op",
        "operands",
        "line",
        "trainable",
    }
    assert set(header["listing"][0]) == {"line", "phase", "text"}


FIELDS = {
    "batch": {"samples", "data"},
    "forward": {"id", "node", "op", "value"},
    "seed": {"id", "node", "op", "gradient"},
    "backward": {
        "from_id",
        "from",
        "id",
        "node",
        "operand",
        "op",
        "upstream",
        "local",
        "rule",
        "contribution",
        "gradient",
    },
    "update": {"id", "node", "before", "gradient", "after", "state", "rule"},
}


def test_every_event_has_the_fields_of_its_phase(capsys: Capture) -> None:
    everywhere = {"at", "event", "epoch", "iteration", "step", "phase", "line"}
    for event in events(capsys, "two-layer"):
        kind = "seed" if event.get("op") == "seed" else event["phase"]
        assert set(event) - everywhere == FIELDS[kind]


def test_a_trace_is_the_first_iteration_unless_more_is_asked_for(capsys: Capture) -> None:
    assert [e["at"] for e in events(capsys, "two-layer")] == [f"e1.i1.{n}" for n in range(1, 24)]


@pytest.mark.parametrize(
    ("arguments", "first", "last", "count"),
    [
        (["--all"], "e1.i1.1", "e40.i5.23", 4600),
        (["--from", "e2.i3"], "e2.i3.1", "e2.i3.23", 23),
        (["--from", "e2.i3.20"], "e2.i3.20", "e2.i3.23", 4),
        (["--to", "e1"], "e1.i1.1", "e1.i5.23", 115),
        (["--to", ".5"], "e1.i1.1", "e1.i1.5", 5),
        (["--from", "e2", "--to", "e2.i2"], "e2.i1.1", "e2.i2.23", 46),
        (["--from", "e2.i3", "--to", ".4"], "e2.i3.1", "e2.i3.4", 4),
        (["--at", "e2.i3.17"], "e2.i3.17", "e2.i3.17", 1),
        (["--at", "e2"], "e2.i1.1", "e2.i1.1", 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_part_of_the_run_can_be_asked_for(
    arguments: list[str], first: str, last: str, count: int, capsys: Capture
) -> None:
    found = events(capsys, "two-layer-csv", *arguments)
    assert (found[0]["at"], found[-1]["at"], len(found)) == (first, last, count)


def test_only_one_phase_can_be_asked_for(capsys: Capture) -> None:
    found = events(capsys, "two-layer", "--phase", "update")
    assert [e["node"] for e in found] == ["w1", "b1", "w2", "b2"]


def test_only_one_node_can_be_asked_for(capsys: Capture) -> None:
    found = events(capsys, "two-layer", "--node", "w1")
    assert [e["phase"] for e in found] == ["backward", "update"]


def test_set_and_seed_change_the_experiment(capsys: Capture) -> None:
    run(["trace", "two-layer", "--set", "training.learning_rate=0.5", "--seed", "9"])
    training = json.loads(capsys.readouterr().out.splitlines()[0])["experiment"]["training"]
    assert training["learning_rate"] == 0.5
    assert training["seed"] == 9


def test_a_trace_can_be_written_to_a_file(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "trace.jsonl"
    assert run(["trace", "two-layer", "-o", str(path)]) == DONE
    assert capsys.readouterr().out == ""
    run(["trace", "two-layer"])
    assert path.read_text(encoding="utf-8") == capsys.readouterr().out


def test_a_trace_that_fails_leaves_the_file_of_the_last_one(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text("precious", encoding="utf-8")
    complaint(capsys, ["trace", "two-layer", "--node", "w9", "-o", str(path)])
    assert path.read_text(encoding="utf-8") == "precious"


def test_a_trace_does_not_overwrite_its_own_experiment(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.toml"
    run(["new", str(path)])
    capsys.readouterr()
    before = path.read_text(encoding="utf-8")
    complaint(capsys, ["trace", str(path), "-o", str(path)])
    assert path.read_text(encoding="utf-8") == before


def test_a_diverging_run_is_strict_json(capsys: Capture) -> None:
    changes = ("--set", "training.learning_rate=1e9", "--from", "e40", "--to", "e41")
    assert run(["trace", "two-layer", *changes]) == DONE
    out = capsys.readouterr().out
    assert '"nan"' in out

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    for line in out.splitlines():
        json.loads(line, parse_constant=refuse)


# --- export -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("--numpy", "d_w1 = np.sum(d_h * x)"),
        ("--pytorch", "torch.optim.SGD([w1, b1, w2, b2], lr=lr)"),
        ("--dot", "digraph"),
    ],
)
def test_a_run_is_exported_to_standard_output_or_a_file(
    kind: str, words: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "out.txt"
    assert run(["export", "two-layer", kind, "-o", str(path)]) == DONE
    assert capsys.readouterr().out == ""
    assert run(["export", "two-layer", kind]) == DONE
    out = capsys.readouterr().out
    assert words in out
    assert out == path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_follows_set_and_seed(capsys: Capture) -> None:
    changes = ["--set", "training.learning_rate=0.125", "--seed", "9"]
    assert run(["export", "two-layer-csv", "--numpy", *changes]) == DONE
    out = capsys.readouterr().out
    assert "lr = 0.125" in out
    assert "seed = 9" in out


def test_the_graph_is_exported_as_it_is_at_an_address(capsys: Capture) -> None:
    assert run(["export", "two-layer", "--dot", "--at", "e2.i1.2"]) == DONE
    assert "Two linear layers, e2.i1.2" in capsys.readouterr().out


def test_an_export_that_fails_leaves_the_file_of_the_last_one(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "graph.dot"
    path.write_text("precious", encoding="utf-8")
    complaint(capsys, ["export", "two-layer", "--dot", "--at", "e999", "-o", str(path)])
    assert path.read_text(encoding="utf-8") == "precious"


def test_an_export_does_not_overwrite_what_it_was_made_from(
    tmp_path: Path, capsys: Capture
) -> None:
    path, data = tmp_path / "mine.toml", tmp_path / "mine.csv"
    data.write_text("x,y\n1,2\n", encoding="utf-8")
    path.write_text(
        'formulas = "loss = mean(w * x - y)"\n[parameters]\nw = 1\n[data]\ncsv = "mine.csv"\n',
        encoding="utf-8",
    )
    for precious in (path, data):
        before = precious.read_text(encoding="utf-8")
        complaint(capsys, ["export", str(path), "--numpy", "-o", str(precious)])
        assert precious.read_text(encoding="utf-8") == before


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["two-leyer"], "did you mean 'two-layer'?"),
        (["no-such.toml"], "there is no file no-such.toml"),
        (["two-layer", "--data", "d.csv"], "--data is for sessions"),
        (["trace", "two-layer", "--node", "w9"], "there is no node 'w9'"),
        (["trace", "two-layer", "--at", "e0"], "it runs from e1.i1.1 to e100.i1.23"),
        (["trace", "two-layer", "--at", "17"], "write e2.i3.17"),
        (["trace", "two-layer", "--from", "e2", "--to", "e1"], "before"),
        (["trace", "two-layer", "--all", "--at", "e1"], "leave out"),
        (["trace", "two-layer", "--at", "e1", "--to", "e1"], "leave out"),
        (["trace", "two-layer", "--phase", "sideways"], "forward"),
        (["trace", "two-layer", "--seed", "-1"], "at least 0"),
        (["trace", "two-layer", "--seed", "one"], "a seed is a whole number of at least 0"),
        (["trace"], "FILE"),
        (["trace", "two-layer", "--set", "training.lerning_rate=1"], "'learning_rate'"),
        (["trace", "two-layer", "--set", "nonsense"], "training.learning_rate=0.5"),
        (["two-layer", "--at", "e999"], "e100.i1.23"),
        (["two-layer", "--set", "training.epochs=-1"], "at least 1; -1 came"),
        (["lessons", "more"], "more"),
        (["export", "two-layer"], "--numpy --pytorch --dot"),
        (["export", "two-layer", "--numpy", "--dot"], "not allowed with"),
        (["export", "two-layer", "--numpy", "--at", "e1"], "--at is for --dot"),
        (["export", "two-layer", "--dot", "--at", "e0"], "it runs from e1.i1.1"),
        (["export", "two-leyer", "--numpy"], "did you mean 'two-layer'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_bad_command_line_is_explained(arguments: list[str], words: str, capsys: Capture) -> None:
    assert words in complaint(capsys, arguments)


@pytest.mark.parametrize("word", ["trcae", "lesons", "nwe"])
def test_a_command_that_is_misspelled_is_named(word: str, capsys: Capture) -> None:
    said = complaint(capsys, [word, "two-layer"])
    assert "did you mean" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["trace", "two-layer", "-o", "long" * 100],
        ["train", "two-layer", "--csv", "long" * 100],
        ["run", "two-layer", "-c", f"load {'long' * 100}"],
        ["run", "two-layer", "-c", "save ~nobody-of-this-name/x"],
        ["run", "two-layer", "-c", "load ~nobody-of-this-name/x"],
        ["two-layer", "--config", "~nobody-of-this-name/x"],
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_a_path_that_leads_nowhere_is_named(arguments: list[str], capsys: Capture) -> None:
    said = complaint(capsys, arguments)
    assert "longlong" in said or "nobody-of-this-name" in said
    assert "standard output" not in said


def test_options_may_stand_before_the_file(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("s\n"))
    assert run(["--plain", "two-layer"]) == DONE
    assert "e1.i1.2, forward pass" in capsys.readouterr().out


NET = """
formulas = \"\"\"
h = w1 * x + b1
loss = mean((y - h)**2)
\"\"\"
[parameters]
w1 = 0.5
b1 = 0.0
[data]
x = [1.0, 2.0, 3.0]
y = [3.0, 5.0, 7.0]
"""


def with_formula(line: str) -> str:
    return NET.replace("h = w1 * x + b1", line)


def with_csv(columns: str = 'x = "a", y = "b"') -> str:
    before, _, _ = NET.partition("[data]")
    return f'{before}[data]\ncsv = "points.csv"\ncolumns = {{ {columns} }}\n'


BAD_FILES: dict[str, tuple[str, str | None, list[str]]] = {
    "unknown name": (with_formula("h = w3 * x + b1"), None, ["3:5", "'w3'", "did you mean 'w1'?"]),
    "repeated assignment": (with_formula("h = x\nh = w1 * x + b1"), None, ["4:1", "'h'"]),
    "cycle": (with_formula("h = w1 * loss + b1"), None, ["3:", "loss"]),
    "unknown function": (with_formula("h = sigmod(w1 * x) + b1"), None, ["3:5", "'sigmoid'"]),
    "attribute": (with_formula("h = x.real * w1 + b1"), None, ["3:"]),
    "import": (with_formula("import os"), None, ["3:1"]),
    "call": (with_formula('h = __import__("os")'), None, ["3:5"]),
    "comprehension": (with_formula("h = [i for i in x]"), None, ["3:5"]),
    "lambda": (with_formula("h = (lambda: x)()"), None, ["3:"]),
    "syntax": (with_formula("h = w1 * * x"), None, ["3:"]),
    "shapes": (
        NET.replace("w1 = 0.5", "w1 = [0.5, 1.0]"),
        None,
        ["3:", "h = w1 * x + b1"],
    ),
    "unknown key": (NET.replace("[data]", "[dta]"), None, ["unknown key 'dta'", "'data'"]),
    "unknown setting": (NET + "[training]\nepoch = 3", None, ["'epoch'", "'epochs'"]),
    "negative epochs": (NET + "[training]\nepochs = -3", None, ["at least 1; -3 came"]),
    "batch too large": (NET + "[training]\nbatch_size = 9", None, ["9", "3 samples"]),
    "no data": (NET.replace("[1.0, 2.0, 3.0]", "[]"), None, ["x"]),
    "ragged data": (NET.replace("[1.0, 2.0, 3.0]", "[1.0, 2.0]"), None, ["'x' has 2 samples"]),
    "words for data": (NET.replace("[1.0, 2.0, 3.0]", '["a", "b", "c"]'), None, ["number"]),
    "no toml": (NET + "[training\n", None, ["not TOML"]),
    "no formulas": ("[parameters]\nw = 1.0", None, ["formulas"]),
    "loss of many numbers": (with_formula("h = w1 * x + b1").replace("mean", ""), None, ["loss"]),
    "missing csv": (with_csv(), None, ["points.csv"]),
    "missing column": (with_csv('x = "a", y = "c"'), "a,b\n1,2\n", ["'c'", "points.csv"]),
    "ragged csv": (with_csv(), "a,b\n1,2\n3\n", ["points.csv:3"]),
    "words in csv": (with_csv(), "a,b\n1,2\n3,four\n", ["points.csv:3", "four"]),
    "empty csv": (with_csv(), "", ["points.csv"]),
    "csv without rows": (with_csv(), "a,b\n", ["points.csv"]),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("command", [[], ["trace"]], ids=["open", "trace"])
def test_a_bad_experiment_gets_one_clear_message(
    name: str, command: list[str], tmp_path: Path, capsys: Capture
) -> None:
    text, csv, words = BAD_FILES[name]
    path = tmp_path / "net.toml"
    path.write_text(text, encoding="utf-8")
    if csv is not None:
        (tmp_path / "points.csv").write_text(csv, encoding="utf-8")
    said = complaint(capsys, [*command, str(path)])
    assert said.startswith("gradstep: ")
    assert "net.toml" in said or "points.csv" in said
    for word in words:
        assert word in said


def test_a_mistake_in_a_formula_is_pointed_at(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "net.toml"
    path.write_text(with_formula("h = w3 * x + b1"), encoding="utf-8")
    assert complaint(capsys, ["trace", str(path)]).splitlines()[1:3] == [
        "    h = w3 * x + b1",
        "        ^^",
    ]


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "net.toml"
    path.write_bytes(b'title = "caf\xe9"\n')
    assert "not UTF-8" in complaint(capsys, [str(path)])


def test_a_directory_instead_of_a_file_is_refused(tmp_path: Path, capsys: Capture) -> None:
    assert "is a directory" in complaint(capsys, [str(tmp_path)])
    assert "is a directory" in complaint(capsys, ["trace", str(tmp_path)])


def test_a_trace_that_cannot_be_written_is_explained(tmp_path: Path, capsys: Capture) -> None:
    for path in (tmp_path, tmp_path / "no" / "trace.jsonl"):
        said = complaint(capsys, ["trace", "two-layer", "-o", str(path)])
        assert said.startswith(f"gradstep: cannot write {path}: ")


# --- gradstep run -------------------------------------------------------------------------------


def answers(capsys: Capture, *arguments: str, status: int = DONE) -> list[dict[str, Any]]:
    """What `gradstep run --json` answers, one object for each command."""
    assert run(["run", *arguments, "--json"]) == status
    lines = capsys.readouterr().out.splitlines()
    return [json.loads(line, parse_constant=pytest.fail) for line in lines]


def test_commands_are_carried_out_one_after_the_other(capsys: Capture) -> None:
    lines = ["break if loss < 0.5", "c", "why loss", "set w1 = 0 as zero", "compare main"]
    arguments = [part for line in lines for part in ("-c", line)]
    found = answers(capsys, "two-layer", *arguments)
    assert [answer["command"] for answer in found] == lines
    assert all(answer["ok"] for answer in found)
    assert found[1]["hit"] == [1]
    assert found[2]["reason"]["reasons"]
    assert found[3]["timeline"] == "zero"
    assert found[4]["first"].startswith("e")


def test_without_json_a_reader_is_answered(capsys: Capture) -> None:
    assert run(["run", "two-layer", "--at", "e2.i1.19", "-c", "print w1", "-c", "s"]) == DONE
    out = capsys.readouterr().out
    assert out.startswith("w1 = 0.865625\ne2.i1.20  update")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("expect loss > 0", DONE),
        ("expect loss < 0", NO),
        ("never loss < 0", DONE),
        ("never loss > 0", NO),
        ("when loss < 0", NO),
        ("c", NO),
        ("nonsense", BAD_INPUT),
        ("break if loos < 1", BAD_INPUT),
    ],
)
def test_the_exit_status_of_a_script_says_what_was_answered(
    line: str, status: int, capsys: Capture
) -> None:
    assert run(["run", "two-layer", "--at", "e1.i1.8", "-c", line, "-c", "where"]) == status
    captured = capsys.readouterr()
    # After an error nothing more is done; after a no the script goes on.
    assert ("forward" in captured.out or "update" in captured.out) is (status != BAD_INPUT)
    assert ("gradstep: " in captured.err) is (status == BAD_INPUT)


def test_a_mistake_in_a_script_is_an_object_as_well(capsys: Capture) -> None:
    found = answers(capsys, "two-layer", "-c", "s", "-c", "forword", status=BAD_INPUT)
    assert found[1]["ok"] is None
    assert found[1]["error"] == "there is no command 'forword'"
    assert found[1]["hint"] == "did you mean 'forward'?"


def test_a_script_is_a_file_with_comments_and_comes_before_commands(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "script"
    path.write_text("# where does it start\n\nbreak line 3  # g\n  c\n", encoding="utf-8")
    found = answers(capsys, "two-layer", "-c", "s", "--script", str(path))
    assert [answer["command"] for answer in found] == ["break line 3", "c", "s"]
    assert found[-1]["at"] == "e1.i1.6"


def test_a_script_is_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("end\nexpect loss < 1\n"))
    assert answers(capsys, "two-layer", "--script", "-")[0]["at"] == "e100.i1.23"


def test_a_script_that_cannot_be_read_is_explained(tmp_path: Path, capsys: Capture) -> None:
    said = complaint(capsys, ["run", "two-layer", "--script", str(tmp_path / "none")])
    assert "cannot read the script" in said
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\xff")
    said = complaint(capsys, ["run", "two-layer", "--script", str(tmp_path / "bytes")])
    assert "not UTF-8" in said


def test_stops_can_be_given_before_anything_runs(capsys: Capture) -> None:
    stops = ["--break", "loss < 0.5", "--break", "if w1 > 100"]
    found = answers(capsys, "two-layer", *stops, "-c", "c", "-c", "stops")
    assert found[0]["hit"] == [1]
    assert [stop["expression"] for stop in found[1]["stops"]] == ["if loss < 0.5", "if w1 > 100"]
    said = complaint(capsys, ["run", "two-layer", "--break", "loos < 1"])
    assert "did you mean 'loss'?" in said


def test_a_session_goes_on_in_a_script_and_has_its_own_settings(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "mine.gradstep"
    answers(capsys, "two-layer", "--at", "e3.i1.19", "-c", "b", "-c", f"save {path}")
    (here,) = answers(capsys, str(path), "-c", "where")
    assert here["at"] == "e3.i1.19"
    said = complaint(capsys, ["run", str(path), "--seed", "3"])
    assert "a session has its own settings" in said


@pytest.mark.parametrize("size", ["0", "-1", "many", "nan", "1e9"])
def test_a_budget_that_is_none_is_refused(size: str, capsys: Capture) -> None:
    assert "number of megabytes" in complaint(capsys, ["run", "two-layer", "--memory", size])


def test_a_small_budget_shows_the_same_numbers(capsys: Capture) -> None:
    options = ["--set", "training.epochs=9000", "-c", "end", "-c", "goto e4321.i1.19"]
    small = answers(capsys, "two-layer", "--memory", "0.1", *options)
    assert small == answers(capsys, "two-layer", *options)


def test_an_interrupted_script_ends_with_130() -> None:
    arguments = ["run", "two-layer", "--set", "training.epochs=9000000", "-c", "s", "-c", "end"]
    with subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline().startswith("e1.i1.2")
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=30)
        assert program.returncode == INTERRUPTED
    assert errors == "gradstep: interrupted\n"


# --- processes ----------------------------------------------------------------------------------


def test_without_a_terminal_the_debugger_says_what_to_do_instead() -> None:
    done = process()
    assert done.returncode == BAD_INPUT
    assert done.stdout == ""
    assert "needs a terminal" in done.stderr
    assert "gradstep trace" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["lessons"], ["trace", "two-layer"], ["--help"], ["no-such.toml"], []],
    ids=lambda value: " ".join(value) or "open",
)
def test_only_an_open_debugger_imports_textual(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from tui.cli import run\n"
        f"run({arguments!r})\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "sys.exit(bool(loaded & {'textual', 'rich'}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("arguments", [["lessons"], ["--help"], ["--version"]], ids=" ".join)
def test_what_needs_no_numbers_does_not_wait_for_numpy(arguments: list[str]) -> None:
    code = f"import sys\nfrom tui.cli import run\nrun({arguments!r})\n"
    code += "sys.exit('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0


def test_a_reader_that_leaves_early_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tui", "trace", "two-layer", "--all"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None and program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(30) == DONE


def test_a_keyboard_interrupt_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def interrupted(parser: object, rest: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(COMMANDS, "lessons", ("list", interrupted))
    assert run(["lessons"]) == INTERRUPTED
    assert capsys.readouterr().err == "gradstep: interrupted\n"


def test_the_exit_status_is_that_of_the_command() -> None:
    assert process("trace", "two-layer", "--at", "e0").returncode == BAD_INPUT


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [["lessons"], ["trace", "two-layer"]], ids=" ".join)
def test_a_full_disk_is_explained(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process(*arguments, stdout=full)
    assert done.returncode == BAD_INPUT
    assert "Traceback" not in done.stderr
    assert "cannot write" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("arguments", [["lessons"], ["trace", "two-layer"]], ids=" ".join)
def test_a_terminal_without_unicode_gets_text_all_the_same(
    arguments: list[str], encoding: str
) -> None:
    done = process(*arguments, env={"PYTHONIOENCODING": encoding}, stdout=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (DONE, "")


def test_main_leaves_with_the_status_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui.__main__ import main

    monkeypatch.setattr(sys, "argv", ["gradstep", "no-such.toml"])
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == BAD_INPUT


def test_every_command_is_a_word_with_a_line_of_help() -> None:
    table: dict[str, tuple[str, Callable[..., int]]] = COMMANDS
    assert all(name.isidentifier() and about for name, (about, _) in table.items())


@pytest.mark.skipif(os.name == "nt", reason="a shell closes the streams")
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("two-layer <&-", BAD_INPUT),  # no keyboard
        ("two-layer <&- >&- 2>&-", BAD_INPUT),
        ("run two-layer --script - <&-", DONE),
        ("two-layer --plain <&-", DONE),
        ("quiz two-layer <&-", NO),  # no reply
        ("trace two-layer >&-", DONE),
        ("no-such-lesson 2>&-", BAD_INPUT),
        ("no-such-lesson 2>/dev/full", BAD_INPUT),
    ],
)
def test_streams_that_are_closed_or_full_change_no_exit_status(line: str, status: int) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m tui {line}', sys.executable],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    if "2>" in line:
        assert done.stdout == ""  # errors go to standard error, or nowhere
