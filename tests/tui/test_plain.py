"""The run in sentences: every kind of event, every command, and no sign that only eyes can use."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from engine import Debugger, lessons, open_lesson, parse_experiment
from tests.e2e.terminal import Terminal, clean_environment
from tests.tui.screens import DIVERGING, NO_DATA
from tui.cli.plain import Narrator
from tui.console import Console
from tui.narration import in_words, narrated, opening, said

ROOT = Path(__file__).parents[2]

EXACT = ("training.learning_rate=0.0625", "training.epochs=3")


class Typed(io.StringIO):
    """Lines that somebody types."""

    def isatty(self) -> bool:
        return True


def told(commands: str, lesson: str = "two-layer", *, typed: bool = False) -> list[str]:
    """What is said when these lines are read, but for what it opens with."""
    debugger = Debugger(open_lesson(lesson, overrides=EXACT))
    out = io.StringIO()
    lines = Typed(commands) if typed else io.StringIO(commands)
    Narrator(Console(debugger), lines, out).run()
    return out.getvalue().splitlines()[2 + typed :]


def test_it_opens_with_what_there_is_to_step_through() -> None:
    debugger = Debugger(open_lesson("two-layer", overrides=EXACT))
    assert opening(debugger) == (
        "Two linear layers. 3 formulas, 4 parameters: w1, b1, w2 and b2. "
        "3 epochs of 1 iteration, 23 events an iteration."
    )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            "e1.i1.1",
            "e1.i1.1, batch, line 1: x, y = next(batches). It loads 4 samples, number 1, 2, 3 and "
            "4. x is -1, 0, 1 and 2. y is -2.5, 0.25, 3 and 4.75.",
        ),
        (
            "e1.i1.2",
            "e1.i1.2, forward pass, line 2: h = w1 * x + b1. It computes w1 * x, which is -0.5, 0, "
            "0.5 and 1.",
        ),
        (
            "e1.i1.8",
            "e1.i1.8, forward pass, line 4: loss = mean((y - g)**2). It computes loss, which is "
            "4.0781.",
        ),
        (
            "e1.i1.9",
            "e1.i1.9, backward pass, line 5: d_loss = 1. The gradient starts at loss: how it "
            "changes with itself, 1.",
        ),
        (
            "e1.i1.12",
            "e1.i1.12, backward pass, line 6: d_g = d_loss * -2/N * (y - g). From y - g to g: the "
            "upstream gradient with its sign changed. The gradient of loss by g is +1.0625, "
            "+0.0625, -0.9375 and -1.4375.",
        ),
        (
            "e1.i1.14",
            "e1.i1.14, backward pass, line 7: d_b2 = sum(d_g). From g to b2: the upstream gradient "
            "as it is, summed over what was broadcast. The gradient of loss by b2 is -1.25.",
        ),
        (
            "e1.i1.16",
            "e1.i1.16, backward pass, line 9: d_h = d_g * w2. From w2 * h to h: the upstream "
            "gradient, +1.0625, +0.0625, -0.9375 and -1.4375, times w2, which is 1.5. The gradient "
            "of loss by h is +1.5938, +0.09375, -1.4062 and -2.1562.",
        ),
        (
            "e1.i1.20",
            "e1.i1.20, update, line 12: w1 -= lr * d_w1. w1 goes from 0.5 by +0.45703 to 0.95703.",
        ),
    ],
)
def test_every_kind_of_event_is_a_sentence_with_its_numbers(address: str, sentence: str) -> None:
    debugger = Debugger(open_lesson("two-layer", overrides=EXACT))
    debugger.goto(address)
    assert narrated(debugger) == sentence


def test_contributions_are_counted_where_there_are_several() -> None:
    debugger = Debugger(parse_experiment('formulas = "loss = w * w"\n[parameters]\nw = 3.0'))
    debugger.step("pass")
    assert "There are no data" not in narrated(debugger)
    debugger.goto("e1.i1.4")
    assert narrated(debugger).endswith(
        "From loss to w: the upstream gradient, +1, times w, which is 3, contributes +3, 1 of 2. "
        "The gradient of loss by w is +3, so far."
    )
    debugger.goto("e1.i1.5")
    assert narrated(debugger).endswith("2 of 2. The gradient of loss by w is +6, complete.")


@pytest.mark.parametrize("lesson", [lesson.name for lesson in lessons()])
def test_a_whole_iteration_of_every_lesson_can_be_told(lesson: str) -> None:
    debugger = Debugger(open_lesson(lesson))
    for event in range(1, debugger.calendar.events + 1):
        debugger.goto(event)
        sentence = narrated(debugger)
        assert sentence.startswith(f"e1.i1.{event}, ") and sentence.endswith(".")
        assert " None" not in sentence.replace(", None", "") and "\n" not in sentence


def test_runs_without_data_and_runs_that_fall_apart_can_be_told() -> None:
    debugger = Debugger(parse_experiment(NO_DATA))
    assert "There are no data" in narrated(debugger)
    debugger = Debugger(parse_experiment(DIVERGING))
    debugger.goto("e300.i1.3")
    assert "nan" in narrated(debugger)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "not computed yet"),
        (2.5, "2.5"),
        ([1.0, -2.0], "1 and -2"),
        (range(7), "7 numbers from 0 to 6, on average 3"),
        ([[1.0] * 4] * 2, "2 by 4 numbers, all 1"),
        ([1e20, -1e20, 1e-3, 0, 0, 0, 0], "7 numbers from -1e20 to 1e20, on average 0"),
        ([1.0, 2.0, 3.0, 4.0, 5.0, np.nan, np.inf], "on average 3, and 2 of them not finite"),
        ([np.nan] * 9, "9 numbers, none of them finite"),
        ([], "empty"),
    ],
)
def test_few_numbers_are_said_one_by_one_and_many_by_what_they_are_like(
    value: object, words: str
) -> None:
    assert said(None if value is None else np.array(value, float)).endswith(words)


def test_branches_of_trees_become_room_and_signs_become_words() -> None:
    assert in_words("├─ a = −1\n│  └─ b") == "   a = -1\n      b"
    assert in_words("1  ●  break 3\n2  ○  x · y") == "1  on  break 3\n2  off  x * y"


# --- commands -----------------------------------------------------------------------------------


def test_each_step_is_said_and_what_was_read_stands_before_it() -> None:
    assert [line[:9] for line in told("s\nn\nS\n.19\n")] == [
        *("> s", "e1.i1.2, "),
        *("> n", "e1.i1.5, "),
        *("> S", "e1.i1.4, "),
        *("> .19", "e1.i1.19,"),
    ]


def test_several_steps_are_said_one_by_one_as_far_as_they_lead() -> None:
    places = [line.partition(",")[0] for line in told("s 3\nS 99\n")]
    assert places == [
        *("> s 3", "e1.i1.2", "e1.i1.3", "e1.i1.4"),
        *("> S 99", "e1.i1.3", "e1.i1.2", "e1.i1.1"),
        *("this is the start of the run.", "e1.i1.1"),
    ]


def test_answers_and_errors_are_said_and_the_next_command_goes_on() -> None:
    lines = told("print w1 + 1\nfoo\nprint W[\nplay\nbreak grad w1\nc # to there\nstops\nwhere\n")
    text = "\n".join(lines)
    assert "w1 + 1 = 1.5" in lines
    assert "That did not work: there is no command 'foo'." in lines
    assert "It is about the line from character 8 on." in text
    assert "'play' is for the screen" in text
    assert lines[lines.index("> c") + 1] == "breakpoint 1: grad w1."
    assert lines[lines.index("> c") + 2].startswith("e1.i1.19, backward pass, line 11")
    assert lines[lines.index("> stops") + 1] == "1  on  break grad w1  1 hit"
    assert lines[-1].startswith("e1.i1.19, ")
    assert not re.search("[├│└●○►−]", text)


def test_what_if_says_which_timeline_one_is_on() -> None:
    lines = told("set w1 = 2\ns\n")
    assert lines[1] == "fork-1: from main, w1 = 2 after e1.i1.1."
    assert lines[-1].startswith("e1.i1.2 on fork-1, forward pass")


def test_quit_leaves_at_once_and_the_end_of_the_lines_does_too() -> None:
    one = told("s\n")
    assert len(one) == 2
    assert told("s\nq\ns\n") == [*one, "> q"]
    assert told("s\nquit") == [*one, "> quit"]


def test_enter_alone_steps_again_where_somebody_types() -> None:
    assert [line.partition(",")[0] for line in told("s\n\n\nwhere\n\n", typed=True)] == [
        *("> e1.i1.2", "> e1.i1.3", "> e1.i1.4", "> e1.i1.4", "> > "),
    ]
    assert len(told("s\n\n\n")) == 2


# --- the program --------------------------------------------------------------------------------


def program(
    *arguments: str, lines: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments, "--plain"],
        input=lines.encode(),
        capture_output=True,
        cwd=ROOT,
        env=clean_environment(env),
        timeout=60,
        check=False,
    )


def test_without_a_terminal_it_reads_lines_and_tells_by_its_status_whether_all_went_well() -> None:
    done = program("two-layer", "--at", "e2.i1.19", "--digits", "3", lines="s\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[-1].startswith("e2.i1.20, update, line 12")
    assert b"\x1b" not in done.stdout
    assert program(lines="s\nnonsense\ns\n").returncode == 2


def test_it_speaks_ascii_where_that_is_asked_for() -> None:
    assert "∂loss/∂w1".encode() in program("two-layer", lines="explain w1\n").stdout
    done = program("two-layer", "--ascii", lines="explain w1\n")
    assert done.stdout.isascii() and b"dloss/dw1" in done.stdout


def test_in_a_terminal_it_asks_and_moves_no_cursor_and_ctrl_c_stops_what_is_going_on() -> None:
    command = [sys.executable, "-m", "tui", "two-layer", "--plain"]
    command += ["--set", "training.epochs=9000000"]
    with Terminal(command, columns=80, rows=24, cwd=ROOT) as terminal:
        terminal.wait_for("quit leaves")
        terminal.send("s", "enter")
        terminal.wait_for("e1.i1.2, forward pass")
        terminal.send_bytes(b"end\n")
        terminal.drain(quiet=0.3, timeout=2)
        terminal.send_bytes(b"\x03")
        terminal.wait_for("Stopped. e1.i1.2")
        terminal.send_bytes(b"break 3\n")
        terminal.wait_for("stop 1")
        terminal.send_bytes(b"\x04")
        assert terminal.wait_exit() == 0
        assert b"\x1b" not in terminal.raw
        assert b"kept; `gradstep --resume`" in terminal.raw


def test_a_signal_keeps_the_session() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tui", "two-layer", "--plain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"break 3\n")
        process.stdin.flush()
        while not process.stdout.readline().startswith(b"stop 1"):
            pass
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
        assert b"kept" in out
        assert process.returncode == 128 + signal.SIGTERM
