"""`gradstep explain` and `gradstep check`: what they print, exit status, published numbers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine.probes
from engine import Debugger, open_experiment, open_lesson
from tests.engine.test_reference_cases import (
    EXPRESSIONS,
    PUBLISHED,
    TRAININGS,
    Case,
    case_ids,
    sketch,
)
from tui.cli import BAD_INPUT, DONE, NO, run
from tui.console import Console

Capture = pytest.CaptureFixture[str]
NUMBER = re.compile(r"[−-]?(?:\d+\.?\d*(?:e[−-]?\d+)?|inf|nan)")


def printed(capsys: Capture, *arguments: str) -> str:
    assert run(arguments) == DONE
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def complaint(capsys: Capture, *arguments: str) -> str:
    assert run(arguments) == BAD_INPUT
    captured = capsys.readouterr()
    assert captured.out == "" and "Traceback" not in captured.err
    return captured.err


# --- published derivations ------------------------------------------------------------------------


def numbers(text: str) -> list[float]:
    return [float(word.replace("−", "-")) for word in NUMBER.findall(text)]


def assert_stands_in(text: str, wanted: Any, case: Case, what: str) -> None:
    """Whether every number of a verified one, to its tolerance, stands in the text."""
    found, tolerance = numbers(text), case["tolerance"]["relative_to_max1"]
    for number in _flat(wanted):
        near = min(abs(got - number) for got in found)
        assert near <= tolerance * max(1.0, abs(number)), f"{what}: {number}"


def _flat(value: Any) -> list[float]:
    return [n for item in value for n in _flat(item)] if isinstance(value, list) else [value]


def explained(capsys: Capture, case: Case, folder: Path, *arguments: str) -> str:
    path = folder / "case.toml"
    path.write_text(sketch(case).toml(), encoding="utf-8")
    return printed(capsys, "explain", str(path), *arguments, "--digits", "17")


TOLD = [c for c in EXPRESSIONS if "local" in c["verified"] or "contributions" in c]


def test_three_published_derivations_have_their_factors_or_contributions_told() -> None:
    assert {c["id"] for c in TOLD} == {
        "baydin-table3-reverse", "mazur-forward-backward", "zhou-alice"
    }  # fmt: skip


@case_ids(TOLD)
def test_published_derivations_appear_number_by_number(
    case: Case, capsys: Capture, tmp_path: Path
) -> None:
    for key, wanted in case["verified"].get("local", {}).items():
        above, below = key.split("|")
        text = explained(capsys, case, tmp_path, below, "--of", above)
        assert f"∂{above}/∂{below} = " in text
        assert_stands_in(text, wanted, case, key)
    for arrival in case.get("contributions", ()):
        text = explained(capsys, case, tmp_path, arrival["to"], "--level", "op")
        (line,) = re.findall(rf"^  {arrival['through']}  .*$", text, re.MULTILINE)
        assert_stands_in(line, arrival["value"], case, f"to {arrival['to']}")


@case_ids(EXPRESSIONS)
def test_every_published_gradient_is_the_result_of_its_derivation(
    case: Case, capsys: Capture, tmp_path: Path
) -> None:
    for name, wanted in case["verified"]["grads"].items():
        text = explained(capsys, case, tmp_path, name)
        assert text.startswith(f"∂{case['output']}/∂{name}")
        assert_stands_in(text, wanted, case, name)
        for index in indices(wanted):
            one = explained(capsys, case, tmp_path, f"{name}{list(index)}") if index else text
            assert_stands_in(one.splitlines()[0].partition(" = ")[2], at(wanted, index), case, name)


def indices(value: Any) -> list[tuple[int, ...]]:
    """The first and the last index of an array as nested lists; of a number none at all."""
    shape = np.shape(value)
    return sorted({(0,) * len(shape), tuple(n - 1 for n in shape)})


def at(value: Any, index: tuple[int, ...]) -> Any:
    return np.asarray(value)[index].tolist()


PRINTED = [
    (case, key, number)
    for case in (*EXPRESSIONS, *TRAININGS)
    for key, number in case.get("published", {}).items()
    if number["status"] in PUBLISHED and re.search(r"(?:^|/)(?:grad|local):", key)
]


@pytest.mark.parametrize(
    ("case", "key", "number"), PRINTED, ids=[f"{case['id']} {key}" for case, key, _ in PRINTED]
)
def test_a_number_that_a_source_printed_stands_in_its_derivation(
    case: Case, key: str, number: Mapping[str, Any], capsys: Capture, tmp_path: Path
) -> None:
    state, _, what = key.rpartition("/")
    kind, name = what.split(":")
    of = name.split("|")[0] if kind == "local" else None
    updates = int(state[1:]) + 1 if state else 0
    path = tmp_path / "case.toml"
    path.write_text(sketch(case, updates=updates).toml(), encoding="utf-8")
    name = re.sub(r",\s*", ", ", name.split("|")[-1])
    backward = max(
        s.index for s in Debugger(open_experiment(path)).listing.steps if s.phase == "backward"
    )
    where = ["--at", f"e{updates}.i1.{backward}"] if updates else []
    text = printed(
        capsys, "explain", str(path), name, "--digits", "17", *where, *(["--of", of] if of else [])
    )
    result = text.splitlines()[0].partition(" = ")[2].partition("  at ")[0]
    (found,) = numbers(result)
    assert abs(found - float(number["text"])) <= number["tol"]


@case_ids([case for case in EXPRESSIONS if "published" in case])
def test_every_printed_value_stands_in_the_derivations_that_it_belongs_to(
    case: Case, capsys: Capture, tmp_path: Path
) -> None:
    texts = (explained(capsys, case, tmp_path, name) for name in case["verified"]["grads"])
    found = numbers("\n".join(texts))
    for key, number in case["published"].items():
        if key.startswith("value:") and number["status"] in PUBLISHED:
            printed_number = float(number["text"])
            assert min(abs(n - printed_number) for n in found) <= number["tol"], key


def test_the_factors_of_mazur_s_output_weight_are_those_that_he_printed(
    capsys: Capture, tmp_path: Path
) -> None:
    (case,) = (c for c in EXPRESSIONS if c["id"] == "mazur-forward-backward")
    text = explained(capsys, case, tmp_path, "w5")
    for factor in (0.74136507, 0.186815602, 0.593269992, 0.082167041):
        assert min(abs(n - factor) for n in numbers(text)) < 5e-9


# --- explain --------------------------------------------------------------------------------------


def test_without_an_address_the_first_backward_pass_is_explained(capsys: Capture) -> None:
    text = printed(capsys, "explain", "two-layer", "w1")
    assert text.startswith("∂loss/∂w1 = −7.3125  at e1.i1.19\n")
    assert "∂loss/∂w1 = Σ ∂loss/∂g · ∂g/∂h · ∂h/∂w1" in text


def test_the_address_the_level_and_the_form_can_be_chosen(capsys: Capture) -> None:
    assert "at e2.i1.19" in printed(capsys, "explain", "two-layer", "w1", "--at", "e2.i1.19")
    by_ops = printed(capsys, "explain", "two-layer", "w1", "--level", "op")
    assert "∂(w2 * h)/∂h" in by_ops
    assert printed(capsys, "explain", "two-layer", "w1", "--markdown").startswith("## `∂loss/∂w1`")
    assert r"\begin{align*}" in printed(capsys, "explain", "two-layer", "w1", "--latex")
    assert "−4.36" in printed(
        capsys, "explain", "two-layer", "w1", "--set", "parameters.w2=0.75", "--digits", "3"
    )


def test_the_derivative_of_something_else_than_the_loss(capsys: Capture) -> None:
    assert "∂(Σ h)/∂w1 = 2" in printed(capsys, "explain", "two-layer", "w1", "--of", "h")
    assert "∂h[3]/∂w1 = 2" in printed(capsys, "explain", "two-layer", "w1", "--of", "h[3]")


def test_a_node_that_is_not_there_gets_one_message_with_a_way_out(capsys: Capture) -> None:
    assert "did you mean 'w2'?" in complaint(capsys, "explain", "two-layer", "w3")
    assert "no node" in complaint(capsys, "explain", "two-layer", "w1", "--of", "nothing")


@pytest.mark.parametrize(
    "arguments",
    [
        ["two-layer"],
        ["two-layer", "w1", "--latex", "--markdown"],
        ["two-layer", "w1", "--digits", "0"],
        ["two-layer", "w1", "--at", "e900"],
        ["two-layer", "w1[0"],
    ],
)
def test_bad_arguments_of_explain_are_status_2(arguments: Sequence[str], capsys: Capture) -> None:
    complaint(capsys, "explain", *arguments)


def test_explain_in_the_console_tells_what_this_event_has_made() -> None:
    console = Console(Debugger(open_lesson("two-layer")))
    console.run("goto .19")
    assert console.run("explain").text.startswith("∂loss/∂w1 = −7.3125")
    answer = console.run("explain w1 of h by ops")
    assert answer.text.startswith("∂(Σ h)/∂w1 = 2")
    assert answer.fields["gradient"] == 2.0
    assert answer.fields["level"] == "op"
    json.dumps(answer.fields, allow_nan=False)


# --- check ----------------------------------------------------------------------------------------


def test_a_sound_experiment_is_checked_with_status_0(capsys: Capture) -> None:
    text = printed(capsys, "check", "two-layer")
    assert "10 contributions and 11 gradients: none is wrong" in text
    assert re.search(r"e1\.i1\.19 +w1 \* x +w1 +mul +1 +\S+ +ok", text)
    assert re.search(r"∂loss/∂w1 +parameter +1 +\S+ +ok", text)


def test_a_check_is_json_at_any_address(capsys: Capture) -> None:
    fields = json.loads(printed(capsys, "check", "two-layer", "--json", "--at", "e3.i1.7"))
    assert fields["ok"] is True and fields["at"] == "e3.i1.1"
    assert len(fields["rows"]) == 21


def test_all_elements_or_some_of_them_can_be_compared(capsys: Capture) -> None:
    assert "3 of 12" in printed(capsys, "check", "iris", "--elements", "3")
    assert " of " not in printed(capsys, "check", "iris", "--elements", "all").split("\n\n")[0][60:]


@pytest.mark.parametrize("elements", ["0", "-1", "some", "1.5"])
def test_a_number_of_elements_that_is_none_is_status_2(elements: str, capsys: Capture) -> None:
    complaint(capsys, "check", "two-layer", "--elements", elements)


def test_a_wrong_derivative_is_status_1_and_its_op_is_named(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Differences of another product than the one whose derivative was taken.
    forward = engine.probes.OpProbe.forward

    def off(self: Any, operands: Any) -> Any:
        return forward(self, operands) * (1.001 if self.op.name == "mul" else 1.0)

    monkeypatch.setattr(engine.probes.OpProbe, "forward", off)
    assert run(["check", "two-layer"]) == NO
    text = capsys.readouterr().out
    assert "the derivative of mul by operand 1 (w2) is wrong, at e1.i1.15: w2 * h" in text
    assert "differences say" in text


def test_check_in_the_console_is_about_the_cursor_s_iteration() -> None:
    console = Console(Debugger(open_lesson("two-layer")))
    console.run("goto e2.i1.4")
    answer = console.run("check")
    assert answer.ok and answer.fields["at"] == "e2.i1.1"


@pytest.mark.parametrize("command", ["check two-layer", "explain two-layer w1 --latex"])
def test_neither_command_loads_textual(command: str) -> None:
    code = (
        "import sys\nfrom tui.cli import run\n"
        f"status = run({command.split()!r})\n"
        "assert status == 0\nassert 'textual' not in sys.modules and 'rich' not in sys.modules"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
