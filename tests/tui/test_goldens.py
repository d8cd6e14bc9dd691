"""Screens of the lesson two-layer, kept as text: a change of layout is a change of these files.

`UPDATE_GOLDENS=1 pytest tests/tui/test_goldens.py` writes them anew; look at the difference before
keeping it. The learning rate is a power of two and the run short, so that every number is exact in
binary and no last bit of another processor can show.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine import Debugger, Experiment, open_lesson, parse_experiment
from tests.tui.screens import Session, opened, recurrence, text_of
from tui.drawing.graph import Camera, draw_graph, following
from tui.models.graph import GraphLevel
from tui.views.frame import Views
from tui.views.look import Look

FOLDER = Path(__file__).parent / "goldens"

EXACT = ("training.learning_rate=0.0625", "training.epochs=3")

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}

EVENTS = {"batch": "e1.i1.1", "forward": "e1.i1.3", "backward": "e1.i1.19", "update": "e1.i1.20"}


def hold(name: str, text: str) -> None:
    """Compare with what was kept, or keep it."""
    path = FOLDER / f"{name}.txt"
    text = "\n".join(line.rstrip() for line in text.split("\n")) + "\n"
    if os.environ.get("UPDATE_GOLDENS"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), "no golden yet: write it with UPDATE_GOLDENS=1 and look at it"
    assert text.split("\n") == path.read_text(encoding="utf-8").split("\n")


def lesson() -> Experiment:
    return open_lesson("two-layer", overrides=EXACT)


async def show(session: Session, address: str) -> str:
    await session.goto(address)
    return session.text()


@pytest.mark.parametrize(("name", "size"), SIZES.items())
async def test_the_lesson_looks_as_it_was_kept(name: str, size: tuple[int, int]) -> None:
    async with opened(lesson(), size) as session:
        for event, address in EVENTS.items():
            hold(f"{name}-{event}", await show(session, address))


BUSY = (
    *("watch w1", "watch norm(h)", "display loss < 2", "watch h", "break if loss > 2", "break g"),
    *("goto e1.i1.20", "set w1 = 2", "goto e2.i1.19", "set w2 = 4 as other"),
)
"""What fills watches and timelines."""


@pytest.mark.parametrize(("name", "size"), SIZES.items())
async def test_watches_timelines_and_the_whole_timeline_look_as_they_were_kept(
    name: str, size: tuple[int, int]
) -> None:
    async with opened(lesson(), size) as session:
        for line in BUSY:
            session.screen.execute(line)
            await session.recorded()
        await session.act("view('watches')")
        hold(f"{name}-watches", session.text())
        await session.act("view('timelines')")
        hold(f"{name}-timelines", session.text())
        await session.act("view('timeline')")
        await session.act("view('timeline')")
        hold(f"{name}-timeline", session.text())


ALONE = ("listing", "graph", "inspector", "derivation", "parameters", "plots", "code")
"""Views that have no test of their own for how they look; see also those of tensor, neurons…"""


@pytest.mark.parametrize("view", ALONE)
@pytest.mark.parametrize(("name", "size"), SIZES.items())
async def test_each_view_alone_looks_as_it_was_kept(
    name: str, size: tuple[int, int], view: str
) -> None:
    async with opened(lesson(), size) as session:
        await session.goto("e1.i1.19")
        await session.act(f"view('{view}')")
        if session.screen.panel(view).region.height < size[1] * 2 // 3:
            await session.act("zoom")
        assert session.screen.panel(view).size.width == size[0]
        hold(f"{name}-alone-{view}", session.text())


async def test_a_chosen_node_looks_as_it_was_kept() -> None:
    async with opened(lesson()) as session:
        await session.goto("e1.i1.19")
        await session.focus("graph")
        await session.press("up")
        hold("120x40-chosen", session.text())


async def test_the_zoomed_inspector_looks_as_it_was_kept() -> None:
    async with opened(lesson(), (80, 24)) as session:
        await session.goto("e1.i1.19")
        await session.focus("inspector")
        await session.act("zoom")
        hold("80x24-inspector", session.text())


@pytest.mark.parametrize("name", ["80x24", "120x40"])
async def test_the_help_sheet_looks_as_it_was_kept(name: str) -> None:
    async with opened(lesson(), SIZES[name]) as session:
        await session.act("help")
        await session.settled()
        hold(f"{name}-help", session.text())


async def test_the_prompt_looks_as_it_was_kept() -> None:
    async with opened(lesson(), (80, 24)) as session:
        await session.act("goto")
        hold("80x24-prompt", session.text())


@pytest.mark.parametrize("level", ["formula", "op"])
@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_a_graph_larger_than_its_panel_looks_as_it_was_kept(
    name: str, size: tuple[int, int], level: GraphLevel
) -> None:
    debugger = Debugger(parse_experiment(recurrence(20)))
    debugger.goto("e1.i1.80")
    levels = Views(debugger).frame(Look(graph=level), names=("graph",)).views["graph"]
    view = levels.ops if level == "op" else levels.formulas
    # As it stands alone: between the frame and the bars above and below.
    width, height = size[0] - 2, size[1] - 8
    camera = following(view, width, height, Camera())
    hold(f"graph-{name}-{level}", "\n".join(text_of(draw_graph(view, width, height, camera))))
