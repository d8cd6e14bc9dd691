"""Makes the animated cast of the README: a minute of keys and what the screen says to them.

``python docs/cast.py``. Needs Pillow and DejaVu Sans Mono, see painting.
"""

from __future__ import annotations

import asyncio

from painting import HEIGHT, WIDTH, Painter, in_colours
from PIL import Image
from stage import IMAGES, staged

TARGET = IMAGES / "cast.gif"
SIZE = (120, 36)
LESSON = "two-layer"
COLOURS = 255

CAPTION = 2 * HEIGHT
"""Pixels below the screen, for what was pressed."""

TAKES = (
    ("", 2.0, ""),
    *(("s", 0.7, "s  one event"),) * 6,
    *(("n", 0.9, "n  one line"),) * 3,
    *(("s", 0.7, "s  the gradient flows back"),) * 5,
    ("f", 1.8, "f  to the end of the pass"),
    *(("S", 0.5, "S  back in time"),) * 5,
    ("y", 3.5, "y  why is it so?"),
    ("escape", 0.6, "esc"),
    *(("i", 0.35, "i  one iteration"),) * 9,
    ("5", 1.0, "5  the plots"),
    *(("p", 1.6, "p  another plot"),) * 5,
    ("1", 0.6, "1  the program"),
    (":set w1 = -1.5 as what-if", 1.8, ":set w1 = -1.5 as what-if"),
    *(("i", 0.35, "i  one iteration"),) * 8,
    ("5", 2.0, "5  the plots"),
    ("9", 3.0, "9  the timelines"),
)
"""(a key, or a line behind a colon; how many seconds its screen stands; what is said of it)"""


def captioned(image: Image.Image, words: str, painter: Painter) -> Image.Image:
    """The picture, and below it what was pressed."""
    whole = Image.new("RGB", (image.width, image.height + CAPTION))
    whole.paste(image, (0, 0))
    if words:
        half = (len(words) + 4) * WIDTH // 2
        middle, top = image.width // 2, image.height + 4
        painter.badge(whole, words, (middle - half, top, middle + half, whole.height - 5))
    return whole


async def frames() -> list[Image.Image]:
    """What the screen shows after each take."""
    painter, images = Painter(), []
    async with staged(LESSON, SIZE) as stage:
        for take, _, words in TAKES:
            if take.startswith(":"):
                await stage.say(take[1:])
            elif take:
                await stage.press(take)
            rows = await stage.settled()
            images.append(captioned(painter.image(rows, SIZE[0]), words, painter))
    return images


def with_one_palette(images: list[Image.Image]) -> list[Image.Image]:
    """The same colours in all of them: what does not change from one to the next takes no room."""
    width, height = images[0].size
    together = Image.new("RGB", (width, height * len(images)))
    for i, image in enumerate(images):
        together.paste(image, (0, i * height))
    palette = in_colours(together, COLOURS)
    return [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]


async def main() -> None:
    first, *others = with_one_palette(await frames())
    durations = [round(1000 * seconds) for _, seconds, _ in TAKES]
    first.save(
        TARGET, save_all=True, append_images=others, duration=durations, loop=0, optimize=True
    )
    print(f"docs/images/{TARGET.name}: {len(others) + 1} frames, {TARGET.stat().st_size >> 10} KiB")


if __name__ == "__main__":
    asyncio.run(main())
