"""What a terminal goes through: the shell and back, other sizes in mid-step, the largest size."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

ROOT = Path(__file__).parents[2]
GRADSTEP = [sys.executable, "-m", "tui"]


def test_ctrl_z_gives_the_shell_back_and_fg_goes_on_with_a_whole_screen(tmp_path: Path) -> None:
    env = {"XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path), "PS1": "shell> "}
    shell = ["/bin/bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, columns=100, rows=30, cwd=ROOT, env=env) as terminal:
        terminal.wait_for("shell>")
        terminal.send_bytes(f"{shlex.join(GRADSTEP)} two-layer\n".encode())
        terminal.wait_for("e1.i1.1 ")
        terminal.send("s", "s")
        terminal.wait_for("e1.i1.3 ")
        terminal.send("ctrl+z")
        terminal.wait_for("Stopped")
        terminal.send_bytes(b"echo back in $((40+2)); fg\n")
        # The emulator has no second screen: what the shell wrote has to be painted over.
        screen = terminal.wait_until(
            lambda screen: "gradstep  Two linear layers" in screen and "Stopped" not in screen
        )
        assert "back in 42" not in screen and "fg" not in screen
        terminal.send("s")
        terminal.wait_for("e1.i1.4 ")
        terminal.send("?")
        terminal.wait_for("step through time")
        terminal.send("ctrl+z")  # from a sheet, too
        terminal.wait_for("Stopped")
        terminal.send_bytes(b"fg\n")
        terminal.wait_until(
            lambda screen: "step through time" in screen and "Stopped" not in screen
        )
        terminal.send("q")
        terminal.wait_until(lambda screen: "step through time" not in screen)
        terminal.send("q")
        terminal.wait_for("shell>")


def test_steps_while_the_window_is_dragged_end_at_the_right_place() -> None:
    with Terminal(GRADSTEP, columns=120, rows=40, cwd=ROOT) as terminal:
        terminal.wait_for("e1.i1.1 ")
        for columns, rows in [(119, 39), (90, 20), (20, 5), (60, 12), (200, 60), (81, 24)]:
            terminal.send_bytes(b"s")
            terminal.resize(columns, rows)
            terminal.send_bytes(b"s")
        whole = ("e1.i1.13 ", "1 listing", "2 graph", "q quit")
        terminal.wait_until(lambda screen: all(part in screen for part in whole))
        terminal.send("i", "I")
        terminal.wait_for("e1.i1.13 ")


@pytest.mark.parametrize(("columns", "rows"), [(500, 150), (20, 5)])
def test_the_largest_and_the_least_terminal_are_filled_and_step(columns: int, rows: int) -> None:
    with Terminal(GRADSTEP, columns=columns, rows=rows, cwd=ROOT) as terminal:
        terminal.wait_for("e1.i1.1")
        terminal.send("s")
        screen = terminal.wait_for("e1.i1.2").split("\n")
        if columns == 500:
            assert any(len(line.rstrip()) == columns for line in screen)
            assert "q quit" in screen[-1] and "gradstep" in screen[0]
        terminal.send("q")
        assert terminal.wait_exit() == 0
