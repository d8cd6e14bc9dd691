"""The terminal that the end-to-end tests stand on, tried with tiny programs."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, clean_environment


def python(program: str, *, columns: int = 40, rows: int = 6, **env: str) -> Terminal:
    command = [sys.executable, "-I", "-S", "-c", program]
    return Terminal(command, columns=columns, rows=rows, env=env)


ECHO = """
import sys, tty
tty.setraw(0)
print("ready", end="\\r\\n", flush=True)
while (key := sys.stdin.buffer.raw.read(9)) != b"q":
    print(key, end="\\r\\n", flush=True)
"""

SIZE = """
import os, signal
# A signal may come in the middle of a print, and print cannot be entered twice.
def show(*_): os.write(1, "{}x{}\\n".format(*os.get_terminal_size()).encode())
signal.signal(signal.SIGWINCH, show)
show()
while True: signal.pause()
"""


def test_a_key_reaches_the_program_and_its_answer_the_screen() -> None:
    with python(ECHO) as terminal:
        terminal.wait_for("ready")
        terminal.send("x")
        assert terminal.wait_for("b'x'") == "ready\nb'x'\n\n\n\n"


@pytest.mark.parametrize(("key", "seen"), [("down", r"b'\x1b[B'"), ("ctrl+p", r"b'\x10'")])
def test_keys_have_names(key: str, seen: str) -> None:
    with python(ECHO) as terminal:
        terminal.wait_for("ready")
        terminal.send(key)
        terminal.wait_for(seen)


def test_the_program_starts_with_the_size_of_the_window_and_learns_of_a_new_one() -> None:
    with python(SIZE) as terminal:
        terminal.wait_for("40x6")
        terminal.resize(100, 30)
        assert len(terminal.wait_for("100x30").split("\n")) == 30


def test_ctrl_c_interrupts_the_program() -> None:
    with python("import signal; print('ready', flush=True); signal.pause()") as terminal:
        terminal.wait_for("ready")
        terminal.send("ctrl+c")
        assert terminal.wait_exit() in (-signal.SIGINT, 130)
        assert "KeyboardInterrupt" in terminal.text()


@pytest.mark.parametrize("status", [0, 3])
def test_the_exit_status_is_that_of_the_program(status: int) -> None:
    with python(f"raise SystemExit({status})") as terminal:
        assert terminal.wait_exit() == status


def test_a_program_that_is_not_there_ends_with_127() -> None:
    with Terminal(["no-such-program"], columns=80, rows=5) as terminal:
        assert terminal.wait_exit() == 127


def test_the_last_words_of_a_program_are_not_lost() -> None:
    with python("print('x' * 10_000 + 'last words')") as terminal:
        assert terminal.wait_exit() == 0
        assert "last words" in terminal.text()
        assert terminal.raw.count(b"x") == 10_000


def test_a_wait_in_vain_shows_the_screen() -> None:
    with python("print('hello there', flush=True); input()") as terminal:
        terminal.wait_for("hello")
        with pytest.raises(AssertionError) as failure:
            terminal.wait_until(lambda screen: "bye" in screen, timeout=0.05, what="a farewell")
    assert "a farewell did not come in 0.05 s" in str(failure.value)
    assert "is still running" in str(failure.value)
    assert "|hello there" in str(failure.value)


def test_a_wait_fails_at_once_when_the_program_has_ended() -> None:
    began = time.monotonic()
    with python("raise SystemExit('broken')") as terminal, pytest.raises(AssertionError) as failure:
        terminal.wait_for("ready", timeout=30)
    assert time.monotonic() - began < 10
    assert "ended with status 1" in str(failure.value)
    assert "|broken" in str(failure.value)


def test_a_wait_for_the_end_has_a_limit() -> None:
    with (
        python("import signal; signal.pause()") as terminal,
        pytest.raises(AssertionError, match="its end did not come"),
    ):
        terminal.wait_exit(timeout=0.05)


def test_the_query_for_synchronized_output_is_answered_even_in_two_pieces() -> None:
    ask = (
        "import sys, time, tty\ntty.setraw(0)\n"
        "for part in ('\\x1b[?20', '26$p'):\n"
        "    print(end=part, flush=True); time.sleep(0.05)\n"
        "print(sys.stdin.buffer.raw.read(99), flush=True)\n"
    )
    with python(ask) as terminal:
        terminal.wait_for(r"b'\x1b[?2026;2$y'")


def test_raw_bytes_are_seen_without_emulation() -> None:
    with python("print('\\x1b[1mbold\\x1b[0m', flush=True); input()") as terminal:
        before = time.perf_counter()
        assert terminal.wait_for_bytes(b"\x1b[0m") >= before
        assert b"\x1b[1mbold" in terminal.raw
        assert terminal.wait_for("bold").startswith("bold\n")
        assert terminal.screen.buffer[0][0].bold


def test_leaving_the_block_ends_the_program() -> None:
    with python("import signal; print('ready', flush=True); signal.pause()") as terminal:
        terminal.wait_for("ready")
        pid = terminal.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_long_paste_does_not_deadlock() -> None:
    with python(ECHO) as terminal:
        terminal.wait_for("ready")
        terminal.send("y" * 20_000)
        terminal.send("q" * 9)
        terminal.wait_for("qqq")


def test_the_environment_is_that_of_a_plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TEXTUAL_THEME", "COLUMNS", "LINES", "LC_ALL"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("TERM", "dumb")
    env = clean_environment({"EXTRA": "yes"})
    assert not {"NO_COLOR", "TEXTUAL_THEME", "COLUMNS", "LINES", "LC_ALL"} & env.keys()
    assert (env["TERM"], env["COLORTERM"], env["LANG"]) == (
        "xterm-256color",
        "truecolor",
        "C.UTF-8",
    )
    assert env["EXTRA"] == "yes"


def test_the_program_runs_where_it_is_told_to(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os; print(os.path.basename(os.getcwd()))"]
    with Terminal(command, cwd=tmp_path) as terminal:
        terminal.wait_for(tmp_path.name)
