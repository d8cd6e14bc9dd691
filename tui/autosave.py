"""Sessions that are kept without being asked for: when the debugger is left, however that comes.

One file an experiment, in the user's state folder. A session in which nothing was done is not
worth keeping, and never replaces one that is. Neither does one that did not go on from it: another
window, or the same experiment opened anew. What it finds there is set aside, with a number.
May import: engine's public face, platformdirs.   Imported by: cli, and app by way of a function.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from platformdirs import user_state_path

import engine
from engine import SESSION_SUFFIX, GradstepError, SessionError

if TYPE_CHECKING:
    from engine import Debugger, Guide

MOST_ASIDE = 20
"""Sessions of an experiment that are set aside at most; the oldest one goes then."""

_STARTED = time.time_ns()

_written: WeakKeyDictionary[Debugger, dict[Path, int]] = WeakKeyDictionary()
"""Where each session of this window was kept, and when that file was written."""


def folder() -> Path:
    """Where sessions are kept."""
    return user_state_path("gradstep")


def first_time() -> bool:
    """Whether nothing was ever kept for this reader; from now on there is at least the folder.

    Where it cannot be made it is not the first time, or every time would be.
    """
    try:
        folder().mkdir(parents=True)
    except OSError:
        return False
    return True


def path_for(origin: str) -> Path:
    """The file for what was opened: an experiment, a session, or a lesson by its name."""
    path = Path(origin)
    if path.parent == folder() and path.suffix == SESSION_SUFFIX:
        return path  # a kept session that goes on
    whole = str(path.resolve()) if os.path.exists(path) else origin
    digest = hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    name = re.sub(r"[^\w-]", "_", path.stem)[:40]
    return folder() / f"{name}-{digest}{SESSION_SUFFIX}"


def touched(debugger: Debugger, guide: Guide | None = None) -> bool:
    """Whether the reader has done anything that would be lost; a lesson's own forks would not."""
    forks = len(debugger.timelines) - 1 - (len(guide.forked) if guide is not None else 0)
    return forks > 0 or len(debugger.stops) > 0 or len(debugger.bookmarks) > 0


def keep(debugger: Debugger, origin: str, guide: Guide | None = None) -> Path | None:
    """Save the session if it is worth it; its file then. Raises `SessionError`."""
    if not touched(debugger, guide):
        return None
    path = path_for(origin)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(f"cannot make {path.parent}: {error.strerror or error}") from None
    if not _goes_on(debugger, origin, path):
        _set_aside(path)
    engine.save_session(debugger, path)
    _written.setdefault(debugger, {})[path] = path.stat().st_mtime_ns
    return path


def _goes_on(debugger: Debugger, origin: str, path: Path) -> bool:
    """Whether the file, if there is one, holds nothing but what this session began with."""
    try:
        written = path.stat().st_mtime_ns
    except OSError:
        return True
    # A session that was resumed began with what was there then: nobody may have written since.
    ours = _written.get(debugger, {}).get(path) == written
    return ours or (path == Path(origin) and written <= _STARTED)


def _set_aside(path: Path) -> None:
    """Leave a session where it is found, under the next number. Raises `SessionError`."""
    others = {int(n): p for p in path.parent.glob(f"{path.stem}.*") if (n := _number(path, p))}
    number = max(others, default=0) + 1
    try:
        path.rename(path.with_name(f"{path.stem}.{number}{SESSION_SUFFIX}"))
        for old in sorted(others)[: max(0, len(others) + 1 - MOST_ASIDE)]:
            others[old].unlink()
    except OSError as error:
        raise SessionError(f"cannot set {path} aside: {error.strerror or error}") from None


def _number(path: Path, other: Path) -> str:
    """The number of a session that was set aside from a file; empty for any other one."""
    found = re.fullmatch(rf"{re.escape(path.stem)}\.(\d+){re.escape(SESSION_SUFFIX)}", other.name)
    return found[1] if found else ""


def kept(origin: str | None) -> Path:
    """The session that was kept last, or that of an experiment. Raises `GradstepError`."""
    if origin is None:
        paths = [*folder().glob(f"*{SESSION_SUFFIX}")] if os.path.isdir(folder()) else []
        if not paths:
            raise GradstepError(
                f"no session was kept in {folder()}",
                hint="one with breakpoints, bookmarks or edits is kept when the debugger is left",
            )
        return max(paths, key=lambda path: path.stat().st_mtime_ns)
    path = path_for(origin)
    if not os.path.exists(path):
        raise GradstepError(
            f"no session of {origin} was kept", hint=f"gradstep {origin} opens it anew"
        )
    return path


def data_of(path: Path) -> Path | None:
    """Where the data file lies that a kept session names; None where it holds its data itself.

    A session from a stranger may not name a file outside of its folder; one that we have written
    into our own folder may.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        name = document["data"]["path"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return path.parent / name if isinstance(name, str) else None
