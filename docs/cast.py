"""Makes the animated cast of the README: a minute of keys and what the screen says to them.

``python docs/cast.py``. Needs Pillow and DejaVu Sans Mono, see painting.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

for variable in [name for name in os.environ if name == "NO_COLOR" or name.startswith("TEXTUAL")]:
    del os.environ[variable]
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="gradstep-cast-")

from painting import Painter  # noqa: E402
from PIL import Image  # noqa: E402

from engine import Debugger, open_lesson  # noqa: E402
from tui.app import GradstepApp  # noqa: E402

TARGET = Path(__file__).parent / "images" / "cast.gif"
SIZE = (110, 34)
LESSON = "two-layer"
COLOURS = 128
END_SECONDS = 3.0

TAKES = (
    ("", 1.5),
    *(("s", 0.5),) * 6,
    ("n", 0.8),
    *(("n", 0.6),) * 4,
    ("f", 1.8),
    *(("S", 0.4),) * 3,
    ("i", 0.9),
    *(("i", 0.3),) * 6,
    ("goto e9.i1.19", 1.5),
    ("view derivation", 2.5),
    ("view inspector", 0.6),
    ("set w1 = -1.5 as what-if", 1.5),
    *(("i", 0.3),) * 6,
    ("switch main", 1.2),
    ("end", 2.0),
)
"""(a key or a line, how many seconds its screen stands)"""


async def frames() -> list[Image.Image]:
    """What the screen shows after each take."""
    painter, images = Painter(), []
    debugger = Debugger(open_lesson(LESSON))
    app = GradstepApp(debugger)
    async with app.run_test(size=SIZE) as pilot:
        while debugger.run.done < debugger.calendar.steps:
            await pilot.pause(0.02)
        for take, _ in TAKES:
            if len(take) == 1:
                await pilot.press(take)
            elif take:
                app.debugger_screen.execute(take)
            await pilot.pause(0.3)
            rows = [list(row) for row in app.screen._compositor.render_strips()]
            images.append(painter.image(rows, SIZE[0]).quantize(COLOURS))
    return images


def main() -> None:
    first, *others = asyncio.run(frames())
    durations = [round(1000 * seconds) for _, seconds in TAKES]
    durations[-1] += round(1000 * END_SECONDS)
    first.save(
        TARGET, save_all=True, append_images=others, duration=durations, loop=0, optimize=True
    )
    print(f"{TARGET.name}: {len(others) + 1} frames, {TARGET.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
