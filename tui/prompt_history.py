"""Lines that were typed at the prompt: kept between runs, shared by all windows.

A file of lines in the user's state folder, the newest last. A line is appended in one write, so
that windows which are open at the same time lose nothing of each other. When the file has grown
past another `ROOM` bytes, the window whose line did it gives it the name of the older part, and a
new file begins: both parts are read, so nothing is cut off and nothing grows without bound. What
cannot be read or written is left alone: a history is no reason not to start.
May import: platformdirs.   Imported by: cli, widgets.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path

MOST_LINES = 1000
"""How many lines are remembered."""

LONGEST = 2000
"""Characters of the longest line that is worth remembering: a longer one was pasted."""

ROOM = 1 << 18
"""Bytes of the newer part of the file, about."""


def history_path() -> Path:
    """Where the history is kept."""
    return user_state_path("gradstep") / "prompt-history"


class History:
    """The lines typed so far, the oldest first; without a path they last as long as the window."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lines: list[str] | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """At most `MOST_LINES`, no two neighbours alike."""
        return tuple(self._known())

    def add(self, line: str) -> None:
        """Remember a line, unless it is empty, too long, or the one before once more."""
        line = " ".join(line.split())
        lines = self._known()
        if not line or len(line) > LONGEST or not line.isprintable() or line in lines[-1:]:
            return
        lines.append(line)
        del lines[:-MOST_LINES]
        if self.path is not None:
            with suppress(OSError):
                _append(self.path, line)

    def _known(self) -> list[str]:
        """Read at first use: few who start the program type a line."""
        if self._lines is None:
            parts = (_older(self.path), self.path) if self.path else ()
            self._lines = _distinct(line for part in parts for line in _read(part))[-MOST_LINES:]
        return self._lines


class Recall:
    """Goes through earlier lines that begin as the draft does, and back to the draft."""

    def __init__(self, lines: Iterable[str], draft: str) -> None:
        earlier = [line for line in lines if line.startswith(draft) and line != draft]
        # Further back a line says nothing that its newer twin does not say.
        newest = list(dict.fromkeys(reversed(earlier)))
        self._lines = [draft, *newest]
        self._at = 0

    @property
    def line(self) -> str:
        """The line that is recalled; the draft, where none is."""
        return self._lines[self._at]

    def moved(self, by: int) -> bool:
        """Go to an older line, or with −1 to a newer one; whether there was one."""
        there = self._at + by
        if not 0 <= there < len(self._lines):
            return False
        self._at = there
        return True


def _older(path: Path) -> Path:
    return path.with_name(path.name + ".1")


def _read(path: Path) -> list[str]:
    """The lines of a part; what is damaged is left out."""
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return []
    lines = (line.strip() for line in text.split("\n"))
    return [line for line in lines if line and len(line) <= LONGEST and line.isprintable()]


def _distinct(lines: Iterable[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        if line not in found[-1:]:
            found.append(line)
    return found


def _append(path: Path, line: str) -> None:
    """Add a line in one write. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = f"{line}\n".encode()
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, data)
        end = os.lseek(handle, 0, os.SEEK_CUR)
    finally:
        os.close(handle)
    # Only the window whose own line went past the mark begins a new part; a window that has the
    # file open meanwhile goes on writing to what is now the older one.
    if (end - len(data)) // ROOM < end // ROOM:
        os.replace(path, _older(path))
