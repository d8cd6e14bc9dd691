"""The real program in a real pseudo-terminal: what a reader sees, types, and is left with."""

from __future__ import annotations

import base64
import os
import re
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

ROOT = Path(__file__).parents[2]

SCREEN_RESTORED = b"\x1b[?1049l"

COLOUR = re.compile(rb"\x1b\[[\d;:]*m")


def gradstep(
    *arguments: str, columns: int = 120, rows: int = 40, env: Mapping[str, str] | None = None
) -> Terminal:
    command = [sys.executable, "-m", "tui", *arguments]
    return Terminal(command, columns=columns, rows=rows, env=env, cwd=ROOT)


def leave(terminal: Terminal) -> None:
    terminal.send("q")
    assert terminal.wait_exit() == 0
    assert SCREEN_RESTORED in terminal.raw


def colour_codes(raw: bytes) -> set[str]:
    """Parameters of SGR sequences that choose a colour."""
    found: set[str] = set()
    for sequence in COLOUR.findall(raw):
        for part in re.split(rb"[;:]", sequence[2:-1]):
            if re.fullmatch(rb"[34][0-8]|9[0-7]|10[0-7]", part):
                found.add(sequence.decode())
    return found


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_the_lesson_is_stepped_through_by_keyboard(columns: int, rows: int) -> None:
    with gradstep(columns=columns, rows=rows) as terminal:
        screen = terminal.wait_for("e1.i1.1 ")
        for panel in ("listing", "graph", "inspector", "parameters"):
            assert panel in screen
        assert "h = w1 * x + b1" in screen
        terminal.send("s")
        assert "▸ forward" in terminal.wait_for("e1.i1.2 ")
        terminal.send("right")
        terminal.wait_for("e1.i1.3 ")
        terminal.send("n", "f")
        terminal.wait_for("e1.i1.8 ")
        terminal.send("f")
        assert "∂loss/∂w1" in terminal.wait_for("e1.i1.19 ")
        terminal.send("i")
        terminal.wait_for("e2.i1.19 ")
        terminal.send("S", "left")
        terminal.wait_for("e2.i1.17 ")
        terminal.send("home")
        terminal.wait_for("e1.i1.1 ")
        terminal.send("end")
        assert "100%" in terminal.wait_for("e100.i1.23 ")
        leave(terminal)


def test_prompt_help_and_zoom_work_and_the_screen_follows_its_size() -> None:
    with gradstep("two-layer-csv", "--at", "e2.i3.17") as terminal:
        terminal.wait_for("e2.i3.17 ")
        terminal.send("g")
        terminal.wait_for("esc closes")
        terminal.send("e3.i2", "enter")
        terminal.wait_for("e3.i2.1 ")
        terminal.send("?")
        terminal.wait_for("one event back")
        terminal.send("q")
        terminal.wait_until(lambda screen: "one event back" not in screen)
        terminal.send("z")
        terminal.wait_until(lambda screen: "listing" not in screen)
        terminal.send("z")
        terminal.wait_for("listing")
        terminal.resize(80, 24)
        terminal.wait_until(lambda screen: "epoch 3/40" in screen.splitlines()[22])
        terminal.send("f1")
        terminal.wait_for("one event back")
        terminal.send("escape")
        terminal.wait_until(lambda screen: "one event back" not in screen)
        leave(terminal)


def test_what_is_typed_in_one_breath_with_the_prompt_belongs_to_the_line() -> None:
    with gradstep("two-layer-csv") as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send("g", "e3.i2", "enter")
        terminal.wait_for("e3.i2.1 ")
        terminal.send(":", "timelines", "enter")
        terminal.wait_for("enter goes there")
        terminal.send("enter")
        terminal.wait_for("on main")
        terminal.send("w", "w1", "enter")
        terminal.wait_for("stop 1: watch w1")
        leave(terminal)


def test_ctrl_c_stops_what_is_going_on_and_does_not_end_the_debugger() -> None:
    with gradstep("two-layer", "--set", "training.epochs=5000000") as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send("ctrl+c")
        terminal.wait_for("q quits")
        terminal.send("end")
        terminal.wait_for("ctrl+c stops")
        terminal.send("ctrl+c")
        terminal.wait_until(lambda screen: "ctrl+c stops" not in screen)
        terminal.send("s")
        terminal.wait_for("e1.i1.2 ")
        leave(terminal)


def test_a_mouse_click_on_a_line_goes_there() -> None:
    with gradstep() as terminal:
        screen = terminal.wait_for("e1.i1.1 ")
        row = next(y for y, text in enumerate(screen.splitlines(), 1) if "g = w2" in text)
        terminal.send_bytes(f"\x1b[<0;12;{row}M\x1b[<0;12;{row}m".encode())
        terminal.wait_for("e1.i1.5 ")
        leave(terminal)


def test_no_color_writes_no_colour_and_keeps_frames_and_heavy_lines() -> None:
    with gradstep("--at", "e1.i1.19", env={"NO_COLOR": "1"}) as terminal:
        screen = terminal.wait_for("e1.i1.19 ")
        terminal.send("s", "S", "tab", "z", "z", "b", "B", "q", "?", "q")
        terminal.drain()
        # Textual's own screens, and the prompt, which style sheets paint.
        terminal.send(":")
        terminal.wait_for("a command or an address")
        terminal.send("escape")
        terminal.wait_for("q quit")
        terminal.send("ctrl+p")
        terminal.wait_for("Search")
        terminal.send("escape")
        terminal.wait_until(lambda screen: "Search" not in screen)
        assert all(sign in screen for sign in "╭╯│┏┛►◂")
        leave(terminal)
        assert colour_codes(terminal.raw) == set()


def test_an_empty_no_color_counts_as_not_set() -> None:
    with gradstep(env={"NO_COLOR": ""}) as terminal:
        terminal.wait_for("e1.i1.1 ")
        leave(terminal)
        forward_blue = b"38;2;86;180;233"
        assert forward_blue in terminal.raw


@pytest.mark.parametrize("name", ["xterm", "linux", "screen-256color"])
def test_other_terminals_show_the_same_words(name: str) -> None:
    with gradstep(columns=80, rows=24, env={"TERM": name, "COLORTERM": ""}) as terminal:
        assert "h = w1 * x + b1" in terminal.wait_for("e1.i1.1 ")
        terminal.send("s")
        terminal.wait_for("e1.i1.2 ")
        leave(terminal)


@pytest.mark.parametrize(("columns", "rows"), [(20, 5), (40, 12)])
def test_a_tiny_terminal_still_steps_and_quits(columns: int, rows: int) -> None:
    with gradstep(columns=columns, rows=rows) as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send("s")
        terminal.wait_for("e1.i1.2 ")
        leave(terminal)


def test_a_bad_file_is_explained_before_anything_opens(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_text('formulas = "loss = w * w"\n[parameters]\nv = 1.0\n', encoding="utf-8")
    with gradstep(str(path)) as terminal:
        assert terminal.wait_exit() == 2
        assert "unknown name 'w'" in terminal.text()
        assert b"\x1b[?1049h" not in terminal.raw


def test_a_title_cannot_give_the_terminal_orders(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    title = r'title = "a\u001b]0;pwned\u0007b\nc"'
    path.write_text(
        f'{title}\nformulas = "loss = w * w"\n[parameters]\nw = 1.0\n', encoding="utf-8"
    )
    with gradstep(str(path)) as terminal:
        terminal.wait_for("e1.i1.1 ")
        leave(terminal)
        assert b"\x1b]0;pwned" not in terminal.raw


def test_keys_that_are_held_down_are_all_counted() -> None:
    with gradstep() as terminal:
        terminal.wait_for("e1.i1.1 ")
        before = time.monotonic()
        terminal.send(*"s" * 300)
        terminal.wait_for("e14.i1.2 ")
        assert time.monotonic() - before < 5.0
        leave(terminal)


# --- breakpoints, what-if, sessions -------------------------------------------------------------


def kept_in(folder: Path) -> dict[str, str]:
    """The environment of a user who keeps sessions in this folder."""
    return {"XDG_STATE_HOME": str(folder), "HOME": str(folder)}


def test_a_breakpoint_is_run_to_and_back_and_a_value_changed(tmp_path: Path) -> None:
    with gradstep("--at", "e1.i1.5", env=kept_in(tmp_path)) as terminal:
        terminal.wait_for("e1.i1.5 ")
        terminal.send("b")
        assert "● 3  g = w2 * h + b2" in terminal.wait_for("stop 1: break line 3")
        terminal.send("c", "c")
        terminal.wait_for("e3.i1.5 ")
        terminal.send("C")
        assert "breakpoint 1: line 3" in terminal.wait_for("e2.i1.5 ")
        terminal.send("x")
        terminal.wait_for("set w1 =")
        terminal.send("0.5 as half", "enter")
        terminal.wait_for("on half")
        terminal.send(":", "timelines", "enter")
        terminal.wait_for("enter goes there")
        terminal.send("enter")
        terminal.wait_for("on main")
        terminal.send("y")
        terminal.wait_for("enter goes there")
        terminal.send("escape")
        terminal.wait_until(lambda screen: "enter goes there" not in screen)
        leave(terminal)
        assert "gradstep --resume" in terminal.text()


def test_ctrl_c_stops_a_search_and_leaves_everything_as_it_was(tmp_path: Path) -> None:
    arguments = ("two-layer", "--set", "training.epochs=9000000", "--break", "loss < 0")
    with gradstep(*arguments, env=kept_in(tmp_path)) as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send("c")
        assert "ctrl+c stops" in terminal.wait_for("searching … ")
        terminal.send("ctrl+c")
        terminal.wait_for("stopped")
        terminal.send("s", "s")
        terminal.wait_for("e1.i1.3 ")
        terminal.send("C")
        terminal.wait_for("no stop hits before this")
        leave(terminal)


@pytest.mark.parametrize(
    ("number", "arguments"),
    [
        (signal.SIGHUP, ("--resume",)),
        (signal.SIGINT, ("--resume",)),
        (signal.SIGTERM, ("two-layer", "--resume")),
    ],
)
def test_a_signal_keeps_the_session_and_resume_goes_on_from_there(
    number: signal.Signals, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    env = kept_in(tmp_path)
    with gradstep("--at", "e4.i1.19", env=env) as terminal:
        terminal.wait_for("e4.i1.19 ")
        terminal.send("b", "i", "m")
        terminal.wait_for("bookmark 1 at e5.i1.19")
        os.kill(terminal.pid, number)
        assert terminal.wait_exit() == 128 + number
        assert SCREEN_RESTORED in terminal.raw
    with gradstep(*arguments, env=env) as terminal:
        assert "●11  d_w1" in terminal.wait_for("e5.i1.19 ")
        leave(terminal)


def test_a_crash_keeps_the_session(tmp_path: Path) -> None:
    code = (
        "from tui.cli import run\n"
        "from tui.screens.debugger import DebuggerScreen\n"
        "def crash(self): raise RuntimeError('planted')\n"
        "DebuggerScreen.action_zoom = crash\n"
        "raise SystemExit(run([]))\n"
    )
    env = kept_in(tmp_path)
    with Terminal([sys.executable, "-c", code], env=env, cwd=ROOT) as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send("s", "b")
        terminal.wait_for("stop 1")
        terminal.send("z")
        assert terminal.wait_exit() == 1
        assert SCREEN_RESTORED in terminal.raw
    with gradstep("--resume", env=env) as terminal:
        assert "●" in terminal.wait_for("e1.i1.2 ")
        leave(terminal)


def test_a_session_in_which_nothing_was_done_is_not_kept(tmp_path: Path) -> None:
    with gradstep(env=kept_in(tmp_path)) as terminal:
        terminal.wait_for("e1.i1.1 ")
        terminal.send("s", "f")
        terminal.wait_for("e1.i1.8 ")
        leave(terminal)
        assert "--resume" not in terminal.text()
    assert list(tmp_path.rglob("*.gradstep")) == []


def test_what_is_copied_goes_to_the_terminal_s_clipboard() -> None:
    with gradstep("--at", "e1.i1.19") as terminal:
        terminal.wait_for("e1.i1.19 ")
        terminal.send("Y")
        terminal.wait_for("copied the value of w1: 0.5")
        leave(terminal)
        assert b"\x1b]52;c;" + base64.b64encode(b"0.5") + b"\x07" in terminal.raw


def test_without_the_mouse_the_terminal_keeps_it() -> None:
    tracking = b"\x1b[?1000h"
    for arguments, wanted in (((), True), (("--no-mouse",), False)):
        with gradstep(*arguments) as terminal:
            terminal.wait_for("e1.i1.1 ")
            leave(terminal)
            assert (tracking in terminal.raw) == wanted


def test_a_config_file_has_its_way_and_a_theme_that_is_chosen_is_there_the_next_time(
    tmp_path: Path,
) -> None:
    (tmp_path / "gradstep").mkdir()
    config = tmp_path / "gradstep" / "config.toml"
    config.write_text('glyphs = "ascii"\n[keys]\nstep = "o"\n')
    folders = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    with gradstep(env=folders) as terminal:
        screen = terminal.wait_for("e1.i1.1 ")
        assert screen.isascii() and "o/S event" in screen
        terminal.send("o")
        terminal.wait_for("e1.i1.2 ")
        terminal.send("t", "t")
        terminal.drain()
        leave(terminal)
    with gradstep(env=folders) as terminal:
        terminal.wait_for("e1.i1.1 ")
        leave(terminal)
        assert b"48;2;0;0;0" in terminal.raw  # the black of the theme with high contrast


def test_what_is_typed_before_the_debugger_stands_is_carried_out() -> None:
    with gradstep("two-layer") as terminal:
        terminal.wait_for_bytes(b"gradstep", timeout=20)
        terminal.send("sss:goto e3.i1.2\rs")
        terminal.wait_until(lambda screen: "e3.i1.3 " in screen, timeout=20)
        leave(terminal)


def test_who_does_not_want_to_wait_for_the_debugger_can_leave() -> None:
    with gradstep("two-layer") as terminal:
        terminal.wait_for_bytes(b"gradstep", timeout=20)
        terminal.send_bytes(b"\x11")  # ctrl+q
        assert terminal.wait_exit() == 0
        assert SCREEN_RESTORED in terminal.raw
