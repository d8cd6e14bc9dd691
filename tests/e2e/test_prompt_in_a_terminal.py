"""The prompt in a real terminal: bursts of keys, pastes of any size, what is kept between runs."""

from __future__ import annotations

import time
from pathlib import Path

from tests.e2e.test_debugger_in_a_terminal import gradstep, kept_in, leave

PASTE = b"\x1b[200~%s\x1b[201~"


def test_keys_behind_the_enter_that_ends_a_line_are_commands(tmp_path: Path) -> None:
    with gradstep("two-layer-csv", env=kept_in(tmp_path)) as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send(":", "goto e2.i3", "enter", "s", "s", "b", ":", "e3", "enter", "n", "g", ".9")
        terminal.send("enter", "i")
        terminal.wait_for("e3.i2.9 ")
        terminal.send("e", ":", "stops", "enter", "up", "down", "enter", "s")
        terminal.wait_for("e4.i2.4 ")
        leave(terminal)


def test_keys_before_and_within_a_line_are_dealt_with_in_their_order(tmp_path: Path) -> None:
    with gradstep("two-layer-csv", env=kept_in(tmp_path)) as terminal:
        terminal.wait_for("e1.i1.1 ")
        # Steps, a line mended with backspace and arrows, a sheet opened and closed, and on.
        keys = ["s", "s", ":", "bookmra", "backspace", "backspace", "ark hree"]
        keys += [*["left"] * 4, "delete", "end", "s", "home", "delete", "b", "enter"]
        keys += ["?", "q", "s", "/", "w1", "enter", "s", "'", "enter"]
        terminal.send(*keys)
        screen = terminal.wait_until(lambda text: "e1.i1.3 " in text and "chosen node" in text)
        assert "bookmark rees" in screen.splitlines()[-3]
        leave(terminal)


def test_a_paste_enters_nothing_and_a_megabyte_of_it_does_not_freeze(tmp_path: Path) -> None:
    with gradstep("two-layer-csv", env=kept_in(tmp_path)) as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send(":")
        terminal.wait_for("esc closes")
        terminal.send_bytes(PASTE % b"goto e2\r\ngoto e3\n")
        screen = terminal.wait_for("2 lines were pasted as one")
        assert ":goto e2" in screen and "e1.i1.1 " not in screen.splitlines()[-3]
        terminal.send("ctrl+u")
        terminal.send_bytes(PASTE % (b"loss + \n" * 131072), timeout=30)
        terminal.wait_for("of 1,048,576 characters", timeout=30)
        before = time.monotonic()
        terminal.send("ctrl+u", "e2", "enter")
        terminal.wait_for("e2.i1.1 ")
        assert time.monotonic() - before < 5
        leave(terminal)


def test_what_was_typed_can_be_recalled_in_the_next_run(tmp_path: Path) -> None:
    env = kept_in(tmp_path)
    with gradstep("two-layer-csv", env=env) as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send(":", "goto e2.i3", "enter", ":", "print w1 * 2", "enter")
        terminal.wait_for("w1 * 2 =")
        leave(terminal)
    with gradstep("two-layer-csv", env=env) as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send(":", "up", "up", "enter")
        terminal.wait_for("e2.i3.1 ")
        leave(terminal)


def test_a_history_that_cannot_be_read_or_written_is_no_reason_not_to_start(tmp_path: Path) -> None:
    (tmp_path / "gradstep" / "prompt-history").mkdir(parents=True)
    with gradstep("two-layer-csv", env=kept_in(tmp_path)) as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send(":", "up", "goto e2", "enter")
        terminal.wait_for("e2.i1.1 ")
        leave(terminal)
