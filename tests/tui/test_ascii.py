"""In ASCII: nothing else is ever written, and every cell is where it would be."""

from __future__ import annotations

import pytest

from tests.tui.screens import ODD_EXPERIMENTS, Session, opened
from tests.tui.test_goldens import EVENTS, hold, lesson
from tui.catalogue import CATALOGUE
from tui.models.text import Glyphs
from tui.settings import Settings

ASCII = Settings(glyphs="ascii")

SHEETS = ("help", "views", "why", "influence('effects')", "type('timelines')", "prompt")
"""Actions that put something on top of the screen."""


def assert_ascii(session: Session) -> None:
    for line in session.lines():
        assert line.isascii(), line


@pytest.mark.parametrize("name", ["iris", "attention-head", "convolution"])
async def test_every_view_is_in_ascii(name: str) -> None:
    async with opened(name, (100, 30), settle=False, options=ASCII) as session:
        for kind in CATALOGUE:
            await session.act("type('pass')", f"view('{kind.name}')")
            assert_ascii(session)


@pytest.mark.parametrize("name", ["wide characters", "diverging", "no parameters"])
async def test_odd_experiments_are_in_ascii_too(name: str) -> None:
    async with opened(ODD_EXPERIMENTS[name], (80, 24), settle=False, options=ASCII) as session:
        await session.act("type('pass')", "type('pass')")
        assert_ascii(session)
        assert {len(line) for line in session.lines()} == {80}


async def test_what_is_on_top_of_the_screen_is_in_ascii_too() -> None:
    async with opened(lesson(), options=ASCII) as session:
        await session.goto("e1.i1.19")
        for action in SHEETS:
            await session.act(action)
            assert_ascii(session)
            await session.press("escape")
        session.screen.execute("goto nowhere")
        await session.settled()
        assert "that did not work" in session.text()
        assert_ascii(session)
        await session.press("escape", "ctrl+p")
        assert_ascii(session)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_layout_is_the_same_in_every_glyph_set(size: tuple[int, int]) -> None:
    screens: dict[Glyphs, dict[str, str]] = {}
    sets: tuple[Glyphs, ...] = ("braille", "block", "ascii")
    for glyphs in sets:
        async with opened(lesson(), size, options=Settings(glyphs=glyphs)) as session:
            await session.goto("e1.i1.19")
            names = [name for name in session.screen._stage.seen if name != "plots"]
            screens[glyphs] = {name: session.panel_text(name) for name in (*names, "timeline")}
    for name, full in screens["braille"].items():
        assert screens["block"][name] == full
        for cell, plain in zip(full, screens["ascii"][name], strict=True):
            assert plain.isascii()
            assert cell == plain or not cell.isascii()


async def test_the_lesson_in_ascii_looks_as_it_was_kept() -> None:
    async with opened(lesson(), (120, 40), options=ASCII) as session:
        for event in ("forward", "backward"):
            await session.goto(EVENTS[event])
            hold(f"120x40-ascii-{event}", session.text())
