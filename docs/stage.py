"""An app on a lesson for pictures: without a terminal, whoever makes them and wherever.

Used by: screenshots, gallery, cast. Imported before anything of gradstep: it takes what would
change a picture out of the environment, and keeps what the reader has learned and chosen.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

for variable in [name for name in os.environ if name == "NO_COLOR" or name.startswith("TEXTUAL")]:
    del os.environ[variable]
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="gradstep-pictures-")

from rich.segment import Segment  # noqa: E402
from textual.pilot import Pilot  # noqa: E402

from engine import Debugger, open_lesson  # noqa: E402
from tui.app import GradstepApp  # noqa: E402
from tui.cli.picture import recorded  # noqa: E402
from tui.settings import Settings  # noqa: E402

DOCS = Path(__file__).parent
IMAGES = DOCS / "images"

SETTLED, ROUNDS = 0.3, 20
"""Seconds in which a screen that draws in slices changes, and how often that is waited for."""

LONG = 60.0
"""Seconds that a run may take to be recorded."""


Screen = list[list[Segment]]
"""Rows of cells."""


@dataclass
class Stage:
    """An app that runs without a terminal."""

    app: GradstepApp
    pilot: Pilot[None]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def say(self, *lines: str) -> None:
        """Carry out lines as they are typed at the prompt."""
        for line in lines:
            self.app.debugger_screen.execute(line)
            await self.settled()

    async def settled(self) -> Screen:
        """What the screen shows when it no longer changes."""
        await recorded(self.app, self.pilot, LONG)
        shown = self._shown()
        for _ in range(ROUNDS):
            await self.pilot.pause(SETTLED)
            before, shown = shown, self._shown()
            if shown == before:
                break
        return shown

    def _shown(self) -> Screen:
        return [list(row) for row in self.app.screen._compositor.render_strips()]


@asynccontextmanager
async def staged(
    lesson: str, size: tuple[int, int], theme: str = "gradstep-dark"
) -> AsyncIterator[Stage]:
    """The app on a lesson, in a number of columns and rows, its run recorded."""
    app = GradstepApp(Debugger(open_lesson(lesson)), settings=Settings(theme=theme))
    async with app.run_test(size=size) as pilot:
        await recorded(app, pilot, LONG)
        yield Stage(app, pilot)
        app.workers.cancel_all()
