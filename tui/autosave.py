"""Sessions that are kept without being asked for: when the debugger is left, however that comes.

One file an experiment, in the user's state folder. A session in which nothing was done is not
worth keeping, and never replaces one that is.
May import: engine's public face, platformdirs.   Imported by: cli, and app by way of a function.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_state_path

import engine
from engine import SESSION_SUFFIX, GradstepError, SessionError

if TYPE_CHECKING:
    from engine import Debugger, Guide


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
    return engine.save_session(debugger, path)


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
