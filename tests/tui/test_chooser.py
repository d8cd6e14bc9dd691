"""The lessons to choose from: what list and preview say, in any size, and what enter does."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from engine import Lesson, lessons
from tests.tui.screens import opened, text_of
from tui.drawing.chooser import draw_chooser
from tui.models.chooser import ChooserView
from tui.screens.lessons import ChooserPanel
from tui.views.chooser import Chooser, preview

DONE = {"chain-rule": (6, 5), "forward-pass": (2, 1)}


def done(lesson: Lesson) -> tuple[int, int]:
    return DONE.get(lesson.name, (0, 0))


def view_of(name: str) -> ChooserView:
    chooser = Chooser(done, name)
    return chooser.view(chooser.first)


def text(view: ChooserView, width: int = 96, height: int = 40, top: int = 0) -> list[str]:
    return text_of(draw_chooser(view, width, height, top).rows)


def test_the_lessons_are_in_the_order_of_the_course_with_their_marks() -> None:
    rows = view_of("xor").rows
    assert [row.name for row in rows] == [lesson.name for lesson in lessons()]
    readings = {row.name: (row.reading, row.mark) for row in rows}
    assert readings["chain-rule"] == ("done", "✓")
    assert readings["forward-pass"] == ("begun", "2/4")
    assert readings["loss"] == ("new", "")
    assert readings["xor"] == ("experiment", "")


def test_what_is_open_is_selected_first_or_else_the_first_lesson_not_done() -> None:
    names = [lesson.name for lesson in lessons()]
    assert names[Chooser(done, "iris").first] == "iris"
    assert names[Chooser(done, "mine.toml").first] == "forward-pass"


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.name)
def test_a_preview_says_what_a_lesson_holds(lesson: Lesson) -> None:
    shown = "\n".join(text(view_of(lesson.name), height=80))
    assert lesson.title in shown and "epochs" in shown
    assert (f"{lesson.steps} steps, {lesson.questions} questions" in shown) == bool(lesson.steps)
    assert set(f"{lesson.goal} {lesson.about}".lower().split()) <= set(shown.lower().split())
    assert all(formula in shown for formula in preview(lesson.name).formulas)


def test_what_a_lesson_borrows_from_another_experiment_is_shown() -> None:
    assert preview("update").formulas == preview("two-layer").formulas


@pytest.mark.parametrize(("width", "height"), [(96, 40), (76, 22), (56, 10), (40, 22), (18, 6)])
def test_every_row_is_as_wide_as_the_room_and_the_selected_one_in_sight(
    width: int, height: int
) -> None:
    for name in ("chain-rule", "vanishing-gradients", "attention-head"):
        view = view_of(name)
        drawn = draw_chooser(view, width, height)
        assert [cell_len(row) for row in text_of(drawn.rows)] == [width] * height
        assert view.selected in drawn.lessons.values()
        (marked,) = [row for row in text_of(drawn.rows) if row.startswith("❯")]
        assert marked[2:].startswith(name[: width - 8])


def test_a_long_preview_says_how_much_is_below_and_can_be_scrolled() -> None:
    view = view_of("attention-head")
    assert "page down" in text(view, 76, 12)[-1]
    assert "loss = " in "\n".join(text(view, 76, 12, top=1000))


async def test_enter_opens_the_selected_lesson_and_keeps_what_was_open() -> None:
    kept: list[str] = []
    async with opened("two-layer", (80, 24), settle=False) as session:
        console = session.app.interpreter
        console.origin = "two-layer"
        console.keep_session = lambda: kept.append(console.origin)
        await session.press("L", "up")
        panel = session.app.screen.query_one(ChooserPanel)
        assert panel.view is not None and panel.view.rows[panel.view.selected].name == "one-neuron"
        await session.press("enter")
        assert session.app.debugger.experiment.name == "lesson one-neuron"
        assert console.origin == "one-neuron" and kept == ["two-layer"]
        await session.press("L", "escape")
        assert session.app.debugger.experiment.name == "lesson one-neuron"
