"""Makes docs/gallery.md: every view in three sizes and three themes, and more of the app in one.

``python docs/gallery.py`` makes all pictures, ``python docs/gallery.py graph why`` those of a view
and of something else. Needs Pillow and DejaVu Sans Mono, see painting.
"""

from __future__ import annotations

import asyncio
import sys
from typing import NamedTuple

from painting import Painter, in_colours
from stage import DOCS, IMAGES, staged

from tui.catalogue import CATALOGUE

FOLDER = IMAGES / "gallery"

SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = {
    "dark": "gradstep-dark",
    "light": "gradstep-light",
    "contrast": "gradstep-contrast",
}

COLOURS = 160
"""Colours of a picture: no screen has more that anybody could tell apart, and files stay small."""


class Scene(NamedTuple):
    """What has to be open for something to show what it is for."""

    lesson: str
    at: str = ""
    lines: tuple[str, ...] = ()
    """Commands, as they are typed."""
    keys: tuple[str, ...] = ()
    """Pressed after that."""

    @property
    def command(self) -> str:
        """How one comes to the place."""
        return f"gradstep {self.lesson}" + f" --at {self.at}" * bool(self.at)


BACK = ("step back", "step")
"""To the place again, so that what was said last is gone."""

VIEWS = {
    "listing": Scene("two-layer-csv", "e3.i2.19", ("break line 7", "break if loss < 0.4", *BACK)),
    "graph": Scene("two-layer", "e3.i1.19"),
    "neurons": Scene("spiral", "e40.i1.9"),
    "tensor": Scene("iris", "e20.i1.9"),
    "inspector": Scene("two-layer-csv", "e3.i2.19"),
    "derivation": Scene("two-layer", "e3.i1.19"),
    "lesson": Scene("backward-pass", lines=("learn backward-pass", "lesson next")),
    "parameters": Scene("momentum-and-adam", "e30.i1.14"),
    "watches": Scene(
        "two-layer-csv", "e9.i2.19", ("watch w1 * w2", "watch grad(w1)", "watch loss", *BACK)
    ),
    "timelines": Scene(
        "two-layer-csv",
        "e3.i2.19",
        ("set w1 = 2 as bold", "epoch 5", "set learning_rate = 0.2 as hasty", "epoch 5"),
    ),
    "plots": Scene("two-layer-csv", "e9.i2.19"),
    "code": Scene("two-layer-csv", "e3.i2.19"),
    "timeline": Scene("two-layer-csv", "e9.i2.19", ("bookmark", "break line 5", *BACK)),
}
"""For each view of the catalogue."""

ALONE = ("view plots", "view plots")

MORE = {
    "parameters over the run": Scene("two-layer-csv", "e9.i2.19", (*ALONE, "plot parameters")),
    "gradient norms": Scene("spiral", "e300.i1.19", (*ALONE, "plot gradients")),
    "fit": Scene("two-layer-csv", "e9.i2.19", (*ALONE, "plot fit")),
    "decision boundary": Scene("spiral", "e600.i8.33", (*ALONE, "plot boundary")),
    "loss surface": Scene("two-layer-csv", "e9.i2.19", (*ALONE, "plot surface w1 w2")),
    "activations": Scene("spiral", "e300.i1.19", (*ALONE, "plot activations")),
    "large graph": Scene("lstm-cell", "e4.i1.60", ("view graph", "view graph"), ("G",)),
    "why": Scene("two-layer", "e3.i1.19", keys=("y",)),
    "affects": Scene("two-layer", "e3.i1.19", keys=("a",)),
    "check": Scene("two-layer", "e3.i1.19", keys=("K",)),
    "quiz": Scene("two-layer", "e3.i1.19", keys=("Q",)),
    "prompt": Scene("two-layer", "e3.i1.19", keys=("colon", "b", "r", "e")),
    "search": Scene("two-layer", "e3.i1.19", keys=("slash", "w")),
    "lessons": Scene("two-layer", "e3.i1.19", keys=("L",)),
    "tour": Scene("two-layer", "e3.i1.19", keys=("T",)),
    "help": Scene("two-layer", "e3.i1.19", keys=("question_mark",)),
}
"""What there is besides, in the size of MORE_IN and in the dark."""

MORE_IN = (120, 40)


async def painted(
    painter: Painter, scene: Scene, name: str, size: tuple[int, int], theme: str, view: str = ""
) -> None:
    """Paint a scene; a view alone on the small screen and in its place on the others."""
    async with staged(scene.lesson, size, THEMES[theme]) as stage:
        await stage.say(*[f"goto {scene.at}"] * bool(scene.at), *scene.lines)
        await stage.press(*scene.keys)
        if view:
            await stage.say(f"view {view}")
            screen = stage.app.debugger_screen
            if size[0] < 100 and screen.panel(view).region.height < size[1] // 2:
                await stage.say(f"view {view}")
        rows = await stage.settled()
    path = FOLDER / f"{name}.png"
    in_colours(painter.image(rows, size[0]), COLOURS).save(path, optimize=True)
    print(path.relative_to(DOCS.parent), flush=True)


def page() -> str:
    """The page that shows them all."""
    parts = [
        "# Gallery",
        "Every view in three sizes and three themes, and below them what there is besides, painted"
        " from the app itself by `python docs/gallery.py`.",
    ]
    for kind in CATALOGUE:
        scene = VIEWS[kind.name]
        key = f", key `{kind.key}`" if kind.key else ""
        about = f"{kind.help[:1].upper()}{kind.help[1:]}{key}; here in `{scene.command}`."
        parts.append(f"## {kind.name}\n\n{about}")
        for columns, rows in SIZES:
            name = f"{kind.name}-{columns}x{rows}"
            cells = " | ".join(
                f"![{kind.name} in {columns}×{rows}, {theme}](images/gallery/{name}-{theme}.png)"
                for theme in THEMES
            )
            head = " | ".join(f"{columns}×{rows} {theme}" for theme in THEMES)
            parts.append(f"| {head} |\n|{' --- |' * len(THEMES)}\n| {cells} |")
    for name, scene in MORE.items():
        picture = f"![{name}](images/gallery/{file_of(name)}.png)"
        parts.append(f"## {name}\n\nIn `{scene.command}`.\n\n{picture}")
    return "\n\n".join(parts) + "\n"


def file_of(name: str) -> str:
    return name.replace(" ", "-")


async def main(names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    painter = Painter()
    for view, scene in VIEWS.items():
        for size in SIZES if view in names or not names else ():
            for theme in THEMES:
                name = f"{view}-{size[0]}x{size[1]}-{theme}"
                await painted(painter, scene, name, size, theme, view)
    for name, scene in MORE.items():
        if name in names or not names:
            await painted(painter, scene, file_of(name), MORE_IN, "dark")
    (DOCS / "gallery.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
