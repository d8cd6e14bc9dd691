"""Ctrl-c at a chosen moment: between any two lines of the engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine

ROOM = str(Path(engine.__file__).parent)


def interrupted(work: Callable[[], object], lines: int) -> bool:
    """Do some work, and have ctrl-c arrive when so many lines of the engine have run in it."""
    left = lines

    def look(frame: Any, event: str, arg: object) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.startswith(ROOM):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def lines_of(work: Callable[[], object]) -> list[tuple[str, int]]:
    """The lines of the engine that some work runs through: room and number of each, in order."""
    lines: list[tuple[str, int]] = []

    def look(frame: Any, event: str, arg: object) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(ROOM):
            return None
        if event == "line":
            lines.append((Path(name).stem, frame.f_lineno))
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines
