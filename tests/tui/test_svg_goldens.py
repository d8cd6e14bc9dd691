"""A few screens as pictures, with their colours: kept as SVG files that any browser shows.

`UPDATE_GOLDENS=1 pytest tests/tui/test_svg_goldens.py` writes them anew. What is compared is what
is drawn: each word with its place and look, and each ground. So it does not matter which version
of Rich wrote the frame around it, on which machine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine import open_lesson
from tests.tui.screens import opened
from tui.settings import Settings

FOLDER = Path(__file__).parent / "goldens"

LOOK = re.compile(r"\.([\w-]+) \{ ([^{}]*) \}")

Drawn = tuple[float, float, str, str]
"""Column and row in pixels, a look, and what has it."""

PICTURES = {
    "dark": ("gradstep-dark", "e1.i1.19", ("break line 6",)),
    "light": ("gradstep-light", "e2.i1.3", ("watch w1", "view watches")),
    "contrast": ("gradstep-contrast", "e1.i1.21", ("set w1 = 2", "view timelines")),
    "16": ("gradstep-16", "e1.i1.12", ()),
}


def drawn(svg: str) -> Iterator[Drawn]:
    """Words and grounds of a picture; what the terminal's own frame has is left out."""
    looks = dict(LOOK.findall(svg))
    for element in ElementTree.fromstring(svg).iter():
        kind, has = element.tag.rpartition("}")[2], element.attrib
        place = float(has.get("x", 0)), float(has.get("y", 0))
        if kind == "text" and (look := looks.get(has.get("class", ""))):
            yield *place, look, element.text or ""
        elif kind == "rect" and has.get("shape-rendering"):
            yield *place, has["fill"], has["width"]


@pytest.mark.parametrize(("name", "picture"), PICTURES.items())
async def test_the_picture_of_a_screen_is_as_it_was_kept(
    name: str, picture: tuple[str, str, tuple[str, ...]]
) -> None:
    theme, at, lines = picture
    lesson = open_lesson(
        "two-layer", overrides=("training.learning_rate=0.0625", "training.epochs=3")
    )
    async with opened(lesson, (80, 24), options=Settings(theme=theme)) as session:
        for line in (*lines, f"goto {at}"):
            session.screen.execute(line)
            await session.recorded()
        svg = session.app.export_screenshot(title="gradstep", simplify=True)
    path = FOLDER / f"80x24-{name}.svg"
    if os.environ.get("UPDATE_GOLDENS"):
        path.write_text(svg, encoding="utf-8")
    assert path.exists(), "no golden yet: write it with UPDATE_GOLDENS=1 and look at it"
    found = list(drawn(svg))
    assert found == list(drawn(path.read_text(encoding="utf-8")))
    assert len(found) > 100
    assert any(look.startswith("fill") and word.strip() for _, _, look, word in found)
