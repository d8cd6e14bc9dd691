"""``gradstep FILE --screenshot FILE.svg``: opens the debugger without a terminal, presses keys, and
leaves a picture of the screen.

May import: engine's public face, app.   Imported by: debug.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import GradstepError, did_you_mean
from tui.keys import KEY_WORDS, NoSuchKey, key_named
from tui.taking import SUFFIX

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.app import GradstepApp

RECORD_SECONDS = 3.0
"""How long a run may take to be recorded ahead, so that plots are full."""


def pressed(text: str) -> Iterator[str]:
    """The keys of ``s n ctrl+p ':break loss' enter``: parted by blanks, or typed behind a colon.

    Raises `GradstepError`.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise GradstepError(f"--keys: {str(error).lower()}") from None
    for word in words:
        typed = list(word) if word.startswith(":") and len(word) > 1 else [word]
        for key in typed:
            try:
                yield key_named(key)
            except NoSuchKey as problem:
                otherwise = "write text to be typed behind a colon: ':break loss'"
                hint = problem.hint or did_you_mean(problem.word.lower(), KEY_WORDS, otherwise)
                raise GradstepError(f"--keys: {problem.what}", hint=hint) from None


def take_picture(app: GradstepApp, path: Path, size: tuple[int, int], keys: list[str]) -> None:
    """Run the app in so many columns and rows, and write its last screen as SVG.

    Raises `GradstepError`.
    """
    if path.suffix.lower() != SUFFIX:
        raise GradstepError(f"a picture is an SVG file; {path.name} came", hint=f"say *{SUFFIX}")
    svg = ""

    async def pilot(pilot: Pilot[object]) -> None:
        nonlocal svg
        await recorded(app, pilot)
        for key in keys:
            await pilot.press(key)
        if app.return_code is not None:
            return
        await recorded(app, pilot)
        svg = app.export_screenshot(title="gradstep", simplify=True)
        app.exit()

    app.run(headless=True, size=size, auto_pilot=pilot)
    if not svg:
        raise GradstepError("--keys: they lead out of the program before there is a picture")
    try:
        path.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise GradstepError(f"cannot write {path}: {error.strerror or error}") from None


async def recorded(app: GradstepApp, pilot: Pilot[Any], seconds: float = RECORD_SECONDS) -> None:
    """Wait until what is recorded ahead is there, and everything is laid out."""
    run, end = app.debugger.run, time.monotonic() + seconds
    while run.done < run.calendar.steps and time.monotonic() < end:
        await pilot.pause(0.02)
    await pilot.pause()
