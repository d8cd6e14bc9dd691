"""A monkey at the keyboard: 20,000 random keys and resizes, after which everything still holds.

Nothing raises; the screen shows the debugger's address; and the run that was there at first is
what an untouched one is, bit for bit, whatever was looked at, forked, played or searched.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from textual import events

from engine import Run
from tests.tui.screens import Session, opened
from tui.commands import COMMANDS, MOVEMENT
from tui.keys import spelled

KEYS_IN_ALL = 20_000
LESSONS = ("two-layer-csv", "xor", "two-layer", "momentum-and-adam")
SHARES = [(lesson, seed) for seed, lesson in enumerate(LESSONS * 2, 1)]
"""(lesson, seed): the keys are dealt out evenly among them, so that all cores have their part."""

AT_ONCE = 50
RESIZE_EVERY, LOOK_EVERY = 4, 2
"""After so many handfuls."""

LEAVING = {"q", "ctrl+q", "ctrl+z", "L"}
"""Keys that leave the program, or open another experiment in it."""

TYPED = [*"w1b2h= e.i3()<0123456789*-+", "enter", "enter", "escape", "backspace", "tab"]


def keyboard() -> list[str]:
    """Every key that does something, and some letters for the prompt."""
    bound = [key for command in COMMANDS for key in command.keys if key not in LEAVING]
    moving = [key for _, keys in MOVEMENT for key in keys]
    return [*bound, *bound, *moving, *moving, *TYPED, *["escape"] * 12, "pageup", "pagedown"]


def press(session: Session, key: str) -> None:
    """As the terminal's driver does it, and without waiting for what comes of it."""
    sign = " " if key == "space" else spelled(key)
    character = sign if len(sign) == 1 and sign.isascii() else None
    event = events.Key(key, character)
    event.set_sender(session.app)
    session.app.post_message(event)


def hold(session: Session, untouched: dict[str, Run]) -> None:
    """What is true after any keys; `untouched` are runs of the same experiments, by their text."""
    app = session.app
    assert app._exception is None
    debugger = app.debugger
    main = debugger.timelines["main"].run
    # The keys may have opened another lesson.
    run = untouched.setdefault(main.experiment.source.text, Run(main.experiment))
    run.advance(main.done)
    known = min(main.done, run.done)
    recorded, wanted = main.losses().values[:known], run.losses().values[:known]
    assert recorded.tobytes() == wanted.tobytes()
    if app.screen is session.screen:
        shown = session.screen.panel("timeline").view
        assert shown.address == str(debugger.address)
        width, height = app.size
        if width >= 30 and height >= 8:
            assert str(debugger.address) in session.panel_text("timeline")


@pytest.mark.parametrize(("lesson", "seed"), SHARES)
async def test_any_keys_and_sizes_leave_everything_in_order(
    lesson: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # whatever it may save
    rng, keys = random.Random(seed), keyboard()
    untouched: dict[str, Run] = {}
    async with opened(lesson) as session:
        for batch in range(KEYS_IN_ALL // len(SHARES) // AT_ONCE):
            for key in rng.choices(keys, k=AT_ONCE):
                press(session, key)
            if batch % RESIZE_EVERY == 0:
                size = (rng.randint(20, 210), rng.randint(5, 70))
                await session.pilot.resize_terminal(*size)
            await session.settled()
            if batch % LOOK_EVERY == 0:
                # Out of whatever is open, and no more playing: the screen is to be compared.
                for key in ("escape", "escape", "escape", "ctrl+c"):
                    press(session, key)
                await session.settled()
                while session.app._batch_count:  # the palette holds the screen for a moment
                    await session.pilot.pause(0.01)
                await session.settled()
                hold(session, untouched)
