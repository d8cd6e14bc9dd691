"""Makes the pictures of README and guide from the app itself: ``python docs/screenshots.py``.

Each is a real screen, exported as SVG after the keys that lead to it.
"""

from __future__ import annotations

import asyncio

from stage import IMAGES, staged

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
"""The lesson, columns and rows, and the keys."""


async def main() -> None:
    for name, (lesson, size, keys) in PICTURES.items():
        async with staged(lesson, size) as stage:
            await stage.press(*keys)
            await stage.settled()
            svg = stage.app.export_screenshot(title="gradstep", simplify=True)
        (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(f"docs/images/{name}.svg", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
