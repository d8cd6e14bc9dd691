"""Makes the pictures in docs/images from the app itself: ``python docs/screenshots.py``.

Each is a real screen, exported as SVG after the keys that lead to it.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

for variable in [name for name in os.environ if name == "NO_COLOR" or name.startswith("TEXTUAL")]:
    del os.environ[variable]

from engine import Debugger, open_lesson  # noqa: E402
from tui.app import GradstepApp  # noqa: E402

FOLDER = Path(__file__).parent / "images"

KEYS = {" ": "space", "<": "less_than_sign", ".": "full_stop"}


def typed(text: str) -> list[str]:
    """A text as the keys that it is typed with."""
    return [KEYS.get(sign, sign) for sign in text]


PICTURES = {
    "debugger": ("two-layer", (120, 40), ("i", "n", "n", "n", "n", "n", "n", "n", "n", "n", "n")),
    "debugger-light": ("two-layer", (120, 40), ("i", "f", "n", "n", "t")),
    "wide": ("two-layer-csv", (200, 60), ("i",) * 6 + ("n",) * 10),
    "small": ("two-layer", (80, 24), ("n",) * 10),
    "chain-rule": ("chain-rule", (120, 40), ("n",) * 5),
    "why": ("two-layer", (120, 40), ("i", "f", "f", "y")),
    "stops": (
        "two-layer",
        (120, 40),
        (
            *("f", "n", "n", "b", "colon", *typed("break if loss < 0.5"), "enter"),
            *("w", *"w1", "enter", "c", "c", "B"),
        ),
    ),
    "what-if": (
        "two-layer",
        (120, 40),
        (*("i",) * 19, "f", "f", "m", "x", "minus", "2", "enter", *("n",) * 3, *("i",) * 4),
    ),
    "help": ("two-layer", (120, 40), ("question_mark",)),
}


async def picture(name: str) -> None:
    lesson, size, keys = PICTURES[name]
    app = GradstepApp(Debugger(open_lesson(lesson)))
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.5)  # the run is recorded ahead, so that the plots are full
        for key in keys:
            await pilot.press(key)
        await pilot.pause(0.2)
        svg = app.export_screenshot(title="gradstep", simplify=True)
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(f"docs/images/{name}.svg")


async def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in PICTURES:
        await picture(name)


if __name__ == "__main__":
    asyncio.run(main())
