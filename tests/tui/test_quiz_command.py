"""`gradstep quiz`: asked on a terminal, answered line by line without one, and written down."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine import Amount, Marked, OneOf, Question, Run, open_lesson, questions
from tests.e2e.terminal import Terminal
from tui.cli import BAD_INPUT, DONE, INTERRUPTED, NO, run

ROOT = Path(__file__).parents[2]

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


def quizzed(monkeypatch: Patch, replies: str, *arguments: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(replies))
    return run(["quiz", *arguments])


def asked(count: int, lesson: str = "two-layer", seed: int = 0) -> tuple[Question, ...]:
    return questions(Run(open_lesson(lesson)), 1, seed, count)


def right_reply(question: Question) -> str:
    match question.answer:
        case Amount(value):
            return repr(value)
        case OneOf(_, right):
            return question.answer.labels[right]
        case Marked(_, right):
            return " ".join(sorted(right))


def right_replies(count: int, lesson: str = "two-layer", seed: int = 0) -> str:
    return "".join(f"{right_reply(question)}\n" for question in asked(count, lesson, seed))


# --- without a terminal --------------------------------------------------------------------------


def test_right_replies_end_with_0_and_every_point(monkeypatch: Patch, capsys: Capture) -> None:
    assert quizzed(monkeypatch, right_replies(10), "two-layer") == DONE
    out = capsys.readouterr().out
    assert out.endswith("\n10 of 10 points\n")
    assert out.count("\nright\n") == 10
    assert all(question.text in out for question in asked(10))


def test_a_wrong_reply_is_explained_and_ends_with_1(monkeypatch: Patch, capsys: Capture) -> None:
    question = asked(1)[0]
    assert isinstance(question.answer, Amount)
    wrong = f"{-question.answer.value}\n"
    assert quizzed(monkeypatch, wrong, "two-layer", "--count", "1") == NO
    out = capsys.readouterr().out
    assert "wrong: the wrong sign" in out
    assert all(f"  {line}\n" in out for line in question.explanation)
    assert out.endswith("\n0 of 1 points\n")


def test_a_hint_costs_and_an_empty_reply_skips(monkeypatch: Patch, capsys: Capture) -> None:
    first, second = asked(2)
    replies = f"?\n{right_reply(first)}\n\n"
    assert quizzed(monkeypatch, replies, "two-layer", "--count", "2") == NO
    out = capsys.readouterr().out
    assert f"hint: {first.hints[0]}\n" in out
    assert "\nskipped\n" in out and second.explanation[-1] in out
    assert out.endswith("\n0.75 of 2 points\n")


def test_after_the_last_hint_there_are_no_more(monkeypatch: Patch, capsys: Capture) -> None:
    quizzed(monkeypatch, "?\n" * 9, "two-layer", "--count", "1")
    assert "no more hints" in capsys.readouterr().out


def test_replies_that_end_early_leave_the_rest_unanswered(
    monkeypatch: Patch, capsys: Capture
) -> None:
    assert quizzed(monkeypatch, right_replies(3), "two-layer") == NO
    assert capsys.readouterr().out.endswith("\n3 of 10 points\n")


def test_a_reply_that_cannot_be_read_is_bad_input(monkeypatch: Patch, capsys: Capture) -> None:
    assert quizzed(monkeypatch, "0,75\n", "two-layer", "--count", "1") == BAD_INPUT
    captured = capsys.readouterr()
    assert "'0,75' is not a number" in captured.err
    assert "write it with a point: 0.75" in captured.err


def test_the_same_command_asks_the_same_and_another_seed_other_questions() -> None:
    def said(seed: str) -> bytes:
        command = [sys.executable, "-m", "tui", "quiz", "spiral", "--seed", seed, "--count", "5"]
        done = subprocess.run(
            command, cwd=ROOT, input=b"\n" * 5, capture_output=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (NO, b"")
        return done.stdout

    assert said("7") == said("7")
    assert said("8") != said("7")


def test_an_address_is_where_the_first_question_stands(monkeypatch: Patch, capsys: Capture) -> None:
    quizzed(monkeypatch, "", "two-layer", "--at", "e3.i1.19", "--count", "1")
    assert "\n1/1  at e3.i1.19  " in capsys.readouterr().out


# --- written down --------------------------------------------------------------------------------


def test_a_sheet_is_written_to_standard_output_or_a_file(tmp_path: Path, capsys: Capture) -> None:
    assert run(["quiz", "two-layer", "--seed", "7", "--export", "md"]) == DONE
    out = capsys.readouterr().out
    assert out.startswith("# Two linear layers: questions\n") and "\n# Answers\n" in out
    assert "Seed 7." in out
    path = tmp_path / "sheet.md"
    assert run(["quiz", "two-layer", "--seed", "7", "--export", "md", "-o", str(path)]) == DONE
    assert path.read_text(encoding="utf-8") == out
    assert list(tmp_path.iterdir()) == [path]


def test_json_is_strict_and_has_as_many_questions_as_asked_for(capsys: Capture) -> None:
    assert run(["quiz", "lstm-cell", "--export", "json", "--count", "12"]) == DONE

    def refused(constant: str) -> object:
        raise AssertionError(constant)

    fields = json.loads(capsys.readouterr().out, parse_constant=refused)
    assert (fields["format"], fields["version"]) == ("gradstep-quiz", 1)
    assert len(fields["questions"]) == 12


def test_an_export_never_replaces_the_experiment(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('formulas = "loss = w * w"\n[parameters]\nw = 3.0\n', encoding="utf-8")
    assert run(["quiz", str(path), "--export", "md", "-o", str(path)]) == BAD_INPUT
    assert "is the experiment itself" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8").startswith("formulas")


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such.toml"], "no-such.toml"),
        (["two-layer", "--at", "e9999"], "there is no e9999"),
        (["two-layer", "--count", "0"], "a whole number from 1 to 1000"),
        (["two-layer", "--count", "many"], "a whole number from 1 to 1000"),
        (["two-layer", "-o", "sheet.md"], "add --export"),
        (["two-layer", "--export", "pdf"], "invalid choice"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_message(arguments: list[str], words: str, capsys: Capture) -> None:
    assert run(["quiz", *arguments]) == BAD_INPUT
    captured = capsys.readouterr()
    assert words in captured.err and captured.out == ""


def test_a_run_that_has_fewer_questions_says_so(
    tmp_path: Path, monkeypatch: Patch, capsys: Capture
) -> None:
    path = tmp_path / "small.toml"
    text = 'formulas = "loss = w * w"\n[parameters]\nw = 3.0\n[training]\nepochs = 1\n'
    path.write_text(text, encoding="utf-8")
    quizzed(monkeypatch, "", str(path), "--count", "1000")
    assert "there is no more to ask here" in capsys.readouterr().err


def test_a_run_without_a_question_says_so(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "still.toml"
    path.write_text(
        'formulas = "loss = 0 * k"\n[constants]\nk = 1.0\n[training]\nepochs = 1\n',
        encoding="utf-8",
    )
    assert run(["quiz", str(path)]) == BAD_INPUT
    assert "nothing to ask" in capsys.readouterr().err


# --- on a terminal -------------------------------------------------------------------------------


def terminal(*arguments: str) -> Terminal:
    return Terminal([sys.executable, "-m", "tui", "quiz", *arguments], cwd=ROOT)


def test_on_a_terminal_a_reply_may_be_given_again() -> None:
    question = asked(1)[0]
    with terminal("two-layer", "--count", "1") as quiz:
        quiz.wait_for("\n>")
        quiz.send("what?\n")
        quiz.wait_for("is not a number")
        quiz.send("?\n")
        quiz.wait_for("hint: ")
        quiz.send(f"{right_reply(question)}\n")
        quiz.wait_for("0.75 of 1 points")
        assert quiz.wait_exit() == DONE


@pytest.mark.parametrize(("key", "status"), [("\x03", INTERRUPTED), ("\x04", NO)])
def test_ctrl_c_and_ctrl_d_leave_with_the_score(key: str, status: int) -> None:
    with terminal("two-layer") as quiz:
        quiz.wait_for("\n>")
        quiz.send(key)
        quiz.wait_for("0 of 10 points")
        assert quiz.wait_exit() == status
        assert "Traceback" not in quiz.text()
