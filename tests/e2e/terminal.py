"""A real terminal for tests: runs a program in a pseudo-terminal and emulates its screen.

May import: the standard library, pyte.   Imported by: the end-to-end tests and the benchmarks.

Nothing here knows gradstep. Output is kept as raw bytes and fed to the emulator only when the
screen is looked at: pyte needs some 25 ms for a full frame, which a benchmark must not pay.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shlex
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

import pyte

SYNCHRONIZED_OUTPUT_QUERY = b"\x1b[?2026$p"
# "Known, and off at present": what a terminal answers that supports it.
SYNCHRONIZED_OUTPUT_REPLY = b"\x1b[?2026;2$y"

KEYS = {
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "backspace": b"\x7f",
    "delete": b"\x1b[3~",
    "space": b" ",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "f1": b"\x1bOP",
    **{f"ctrl+{chr(96 + code)}": bytes([code]) for code in range(1, 27)},
}

# Set by a terminal, a continuous integration service or a user, they would change the picture.
_UNWANTED = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "LANGUAGE", "TMUX", "STY"}
_UNWANTED_PREFIXES = ("TEXTUAL_", "LC_", "TERM_PROGRAM")

# Whoever leads a session without a terminal gets the first terminal that it opens for its own;
# without one, neither SIGWINCH nor ctrl+c arrive. The shell opens it (in about a millisecond) and
# becomes the program, so that none of our code runs between fork and exec: that is not safe in a
# process with threads, and pty.fork is deprecated there from Python 3.12 on.
_ADOPT_TERMINAL = 'exec "$@" <>"$0" >&0 2>&0'

_Found = TypeVar("_Found")


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a modern terminal, whatever the tests themselves run in."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _UNWANTED and not name.startswith(_UNWANTED_PREFIXES)
    }
    kept |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    return kept | dict(extra or {})


class Terminal:
    """A program with a keyboard and a screen; leaving the `with` block ends it.

    with Terminal([sys.executable, "-m", "tui"], columns=80, rows=24) as terminal:
        terminal.wait_until(lambda screen: "ready" in screen)
        terminal.send("q")
        assert terminal.wait_exit() == 0
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> None:
        self.command = tuple(command)
        self.columns, self.rows = columns, rows
        self._env, self._cwd = clean_environment(env), cwd
        self._raw = bytearray()
        self._fed = 0
        self._searched = 0
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._process: subprocess.Popen[bytes] | None = None
        self._fds: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        # Our own hold on the program's end means that a read never fails, and that what it printed
        # last is still there when it has gone.
        fd, program_end = self._fds = pty.openpty()
        try:
            os.set_blocking(fd, False)
            _set_size(fd, self.columns, self.rows)
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _ADOPT_TERMINAL, os.ttyname(program_end), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    # The keyboard

    def send(self, *keys: str) -> None:
        """Types keys, named as in Textual ("down", "ctrl+p"); any other text goes as it is."""
        self.send_bytes(b"".join(KEYS.get(key, key.encode()) for key in keys))

    def send_bytes(self, data: bytes, timeout: float = 10.0) -> None:
        """Reads while it writes: a program that is busy printing may not read its keys."""
        end = time.monotonic() + timeout
        while data:
            _, writable, _ = select.select([], [self._fd], [], 0.01)
            if writable:
                data = data[os.write(self._fd, data) :]
            elif time.monotonic() > end:
                raise self._failure(f"the program did not take its input in {timeout:g} s")
            self._read(0)

    def resize(self, columns: int, rows: int) -> None:
        """Changes the size of the window; the kernel sends SIGWINCH."""
        self.text()
        self.columns, self.rows = columns, rows
        self._screen.resize(rows, columns)
        _set_size(self._fd, columns, rows)

    # The screen

    def text(self) -> str:
        """What is on the screen now, line by line, without trailing spaces."""
        self._read_all()
        self._stream.feed(bytes(self._raw[self._fed :]))
        self._fed = len(self._raw)
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def screen(self) -> pyte.Screen:
        """The emulator, for colours and the cursor; `text()` brings it up to date."""
        return self._screen

    @property
    def raw(self) -> bytes:
        """Every byte that the program has printed and that was read so far."""
        return bytes(self._raw)

    @property
    def pid(self) -> int:
        return self._child.pid

    def wait_until(
        self,
        holds: Callable[[str], bool],
        timeout: float = 10.0,
        *,
        what: str = "the expected screen",
    ) -> str:
        """Waits for a screen on which the predicate holds, and returns its text."""
        return self._wait(lambda: text if holds(text := self.text()) else None, timeout, what)

    def wait_for(self, words: str, timeout: float = 10.0) -> str:
        """Waits for a screen that contains some text, and returns the whole of it."""
        return self.wait_until(lambda screen: words in screen, timeout, what=repr(words))

    def wait_for_bytes(self, marker: bytes, timeout: float = 10.0, *, start: int = 0) -> float:
        """Waits for raw output from an index on; returns the `perf_counter` at which it came.

        Nothing is emulated meanwhile, so this is the one to measure with.
        """

        def moment() -> float | None:
            return time.perf_counter() if self._raw.find(marker, start) >= 0 else None

        return self._wait(moment, timeout, repr(marker))

    def drain(self, quiet: float = 0.05, timeout: float = 3.0) -> float:
        """Reads until nothing came for `quiet` seconds; the `perf_counter` of the last byte."""
        last = time.perf_counter()
        end = last + timeout
        while time.perf_counter() < end and self._read(quiet):
            last = time.perf_counter()
        return last

    # The end

    def wait_exit(self, timeout: float = 10.0) -> int:
        """The exit status; minus the number of the signal that ended the program."""
        status = self._wait(self._status, timeout, "its end")
        self._read_all()
        return status

    def kill(self) -> None:
        """Ends the program with all of its process group; harmless when it has ended already."""
        if self._process is not None and self._process.poll() is None:
            # The child leads a session of its own, so this group is never that of the tests.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        fds, self._fds = self._fds, ()
        for fd in fds:
            os.close(fd)

    # Inside

    @property
    def _fd(self) -> int:
        if not self._fds:
            raise ValueError("this terminal is not open: use it inside its `with` block")
        return self._fds[0]

    @property
    def _child(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ValueError("this terminal was never started: use it in a `with` block")
        return self._process

    def _status(self) -> int | None:
        return self._child.poll()

    def _wait(self, check: Callable[[], _Found | None], timeout: float, what: str) -> _Found:
        end = time.monotonic() + timeout
        while True:
            ended = self._status() is not None
            if ended:
                self._read_all()
            if (found := check()) is not None:
                return found
            if ended:
                raise self._failure(f"the program ended before {what} came")
            left = end - time.monotonic()
            if left <= 0:
                raise self._failure(f"{what} did not come in {timeout:g} s")
            # Waiting in short turns, as the end of the program makes no byte arrive.
            self._read(min(left, 0.02))

    def _read(self, timeout: float) -> bool:
        """Takes what the program has printed; False if there was nothing within the time."""
        readable, _, _ = select.select([self._fd], [], [], timeout)
        if not readable:
            return False
        self._raw += os.read(self._fd, 1 << 16)
        self._answer()
        return True

    def _read_all(self) -> None:
        """Takes all there is, but no more than a program can print in a second."""
        end = time.monotonic() + 1.0
        while self._fds and self._read(0) and time.monotonic() < end:
            pass

    def _answer(self) -> None:
        """Answers the query for synchronized output, also if it came in two pieces."""
        while (at := self._raw.find(SYNCHRONIZED_OUTPUT_QUERY, self._searched)) >= 0:
            self._searched = at + len(SYNCHRONIZED_OUTPUT_QUERY)
            os.write(self._fd, SYNCHRONIZED_OUTPUT_REPLY)
        begun = len(self._raw) - len(SYNCHRONIZED_OUTPUT_QUERY) + 1
        self._searched = max(self._searched, begun)

    def _failure(self, message: str) -> AssertionError:
        """An assertion, so that a test fails with the screen instead of erring with a trace."""
        status = self._status()
        state = "is still running" if status is None else f"ended with status {status}"
        edge = "+" + "-" * self.columns + "+"
        lines = self.text().split("\n")
        shown = [edge, *(f"|{line:<{self.columns}}|" for line in lines), edge]
        return AssertionError(
            f"{message}; {shlex.join(self.command)} {state}. The screen:\n" + "\n".join(shown)
        )


def _set_size(fd: int, columns: int, rows: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
