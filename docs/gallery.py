"""Makes docs/gallery.md: every view in three sizes and three themes, painted from the app itself.

``python docs/gallery.py`` makes all pictures, ``python docs/gallery.py graph plots`` those of two
views. Needs Pillow and DejaVu Sans Mono, see painting.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

for variable in [name for name in os.environ if name == "NO_COLOR" or name.startswith("TEXTUAL")]:
    del os.environ[variable]
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="gradstep-gallery-")

from painting import Painter  # noqa: E402

from engine import Debugger, open_lesson  # noqa: E402
from tui.app import GradstepApp  # noqa: E402
from tui.catalogue import CATALOGUE  # noqa: E402
from tui.settings import Settings  # noqa: E402

DOCS = Path(__file__).parent
FOLDER = DOCS / "images" / "gallery"

SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = {
    "dark": "gradstep-dark",
    "light": "gradstep-light",
    "contrast": "gradstep-contrast",
}

COLOURS = 128
"""Colours of a picture: no screen has more that anybody could tell apart, and files stay small."""


class Scene(NamedTuple):
    """What has to be open for a view to show what it is for."""

    lesson: str
    at: str
    lines: tuple[str, ...] = ()
    """Commands, as they are typed."""


SCENES = {
    "listing": Scene("two-layer-csv", "e3.i2.19", ("break line 5", "break if loss < 0.4")),
    "graph": Scene("two-layer", "e3.i1.19"),
    "neurons": Scene("spiral", "e40.i1.9"),
    "tensor": Scene("iris", "e20.i1.9"),
    "inspector": Scene("two-layer-csv", "e3.i2.19"),
    "derivation": Scene("two-layer", "e3.i1.19"),
    "lesson": Scene("backward-pass", "e1.i1.19"),
    "parameters": Scene("momentum-and-adam", "e30.i1.9"),
    "watches": Scene(
        "two-layer-csv", "e9.i2.19", ("watch w1 * w2", "watch grad(w1)", "watch loss")
    ),
    "timelines": Scene(
        "two-layer-csv",
        "e3.i2.19",
        ("set w1 = 2 as bold", "epoch 5", "set learning_rate = 0.2 as hasty", "epoch 5"),
    ),
    "plots": Scene("two-layer-csv", "e9.i2.19"),
    "code": Scene("two-layer-csv", "e3.i2.19"),
    "timeline": Scene("two-layer-csv", "e9.i2.19", ("bookmark", "break line 5")),
}
"""For each view of the catalogue."""


async def picture(painter: Painter, view: str, size: tuple[int, int], theme: str) -> Path:
    """Paint one view, alone on the small screen and in its place on the others."""
    scene = SCENES[view]
    debugger = Debugger(open_lesson(scene.lesson))
    app = GradstepApp(debugger, settings=Settings(theme=THEMES[theme]))
    async with app.run_test(size=size) as pilot:
        screen = app.debugger_screen
        while debugger.run.done < debugger.calendar.steps:
            await pilot.pause(0.02)
        for line in (f"goto {scene.at}", *scene.lines, f"view {view}"):
            screen.execute(line)
            await pilot.pause(0.1)
        if size[0] < 100 and screen.panel(view).region.height < size[1] // 2:
            screen.execute(f"view {view}")
        await pilot.pause(0.6)
        rows = app.screen._compositor.render_strips()
    image = painter.image([list(row) for row in rows], size[0])
    path = FOLDER / f"{view}-{size[0]}x{size[1]}-{theme}.png"
    image.quantize(COLOURS).save(path, optimize=True)
    return path


def page() -> str:
    """The page that shows them all."""
    parts = [
        "# Gallery",
        "Every view in three sizes and three themes, painted from the app itself by"
        " `python docs/gallery.py`.",
    ]
    for kind in CATALOGUE:
        scene = SCENES[kind.name]
        key = f", key `{kind.key}`" if kind.key else ""
        parts.append(
            f"## {kind.name}\n\n{kind.help[:1].upper()}{kind.help[1:]}{key}; here in "
            f"`gradstep {scene.lesson} --at {scene.at}`."
        )
        for columns, rows in SIZES:
            name = f"{kind.name}-{columns}x{rows}"
            cells = " | ".join(
                f"![{kind.name} in {columns}×{rows}, {theme}](images/gallery/{name}-{theme}.png)"
                for theme in THEMES
            )
            head = " | ".join(f"{columns}×{rows} {theme}" for theme in THEMES)
            parts.append(f"| {head} |\n|{' --- |' * len(THEMES)}\n| {cells} |")
    return "\n\n".join(parts) + "\n"


async def main(views: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    painter = Painter()
    for kind in CATALOGUE:
        if views and kind.name not in views:
            continue
        for size in SIZES:
            for theme in THEMES:
                print((await picture(painter, kind.name, size, theme)).relative_to(DOCS.parent))
    (DOCS / "gallery.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
