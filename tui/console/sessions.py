"""Sessions: saved and opened again.

May import: engine's public face.   Imported by: the console.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine import SESSION_SUFFIX, Opened, open_session, save_session
from tui.console.answers import SLICE_SECONDS, Answer, Steps
from tui.console.handlers import handles
from tui.console.lessons import guide_in

if TYPE_CHECKING:
    from tui.console import Console


@handles("save")
def _save(console: Console, rest: str) -> Answer:
    path = save_session(console.debugger, _session_path(rest))
    return Answer(f"saved {path}", {"file": str(path), **console.place()})


@handles("load")
def _load(console: Console, rest: str) -> Steps:
    path = Path(os.path.expanduser(rest))
    path = path if os.path.isfile(path) else _session_path(rest)
    opened = yield from _opened(path, console.memory)
    console.keep_session()
    console.debugger, console.origin = opened.debugger, str(path)
    console.guide = guide_in(console)
    answer = console.here("\n".join(opened.notes))
    return replace(answer, fields={**answer.fields, "notes": list(opened.notes)})


class _Dropped(Exception):
    """The command that a session is opened for is no longer wanted."""


def _opened(path: Path, memory: int) -> Generator[float, None, Opened]:
    """Open a session, which runs its timelines anew, in a thread: nobody else knows it yet."""
    share, dropped = 0.0, False
    result: list[Opened | BaseException] = []

    def hear(done: float) -> None:
        nonlocal share
        share = done
        if dropped:
            raise _Dropped

    def work() -> None:
        try:
            result.append(open_session(path, memory=memory, progress=hear))
        except BaseException as error:  # handed on to whoever waits for the thread
            result.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(SLICE_SECONDS)
            if thread.is_alive():
                yield share
    finally:
        dropped = True
    (found,) = result
    if isinstance(found, BaseException):
        raise found
    return found


def _session_path(text: str) -> Path:
    """The file that `save` means: no other ending, so that an experiment is never replaced."""
    path = Path(os.path.expanduser(text))
    named = path.name and path.suffix != SESSION_SUFFIX
    return path.with_name(path.name + SESSION_SUFFIX) if named else path
