"""A lesson in the console, on the command line and on the screen; and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from engine import VIEWS, Debugger, GradstepError, Guide, lessons, open_lesson, open_plan
from tests.tui.screens import Session
from tests.tui.test_goldens import hold
from tui import autosave, learning
from tui.app import GradstepApp
from tui.catalogue import BY_NAME as VIEW
from tui.cli import BAD_INPUT, DONE, NO, run
from tui.console import Console, fields_line
from tui.drawing.arrangement import arrange
from tui.drawing.lesson import draw_lesson
from tui.models.lesson import LessonView, Paragraph, QuestionView
from tui.views.frame import Views
from tui.views.lesson import paragraphs
from tui.views.look import Look

Capture = pytest.CaptureFixture[str]


def guide_through(name: str) -> Guide:
    plan = open_plan(name)
    assert plan is not None
    return Guide(Debugger(open_lesson(name)), plan)


def console(name: str = "chain-rule", *lines: str) -> Console:
    """A console on a lesson, as a script has it."""
    guide = guide_through(name)
    made = Console(guide.debugger, origin=name, guide=guide)
    for line in ("lesson 1", *lines):
        made.run(line)
    return made


# --- the console --------------------------------------------------------------------------------


def test_reading_on_says_what_the_step_says_and_goes_where_it_stands() -> None:
    made = console()
    answer = made.run("lesson next")
    assert answer.text.startswith("The chain rule: cos(x²): step 2 of 6, at e1.i1.3\n")
    assert "f = cos(g) = 0.84592" in answer.text
    assert answer.text.endswith("  a) up\n  b) down\n  c) it stays")
    assert str(made.debugger.address) == "e1.i1.3"
    fields = json.loads(fields_line("lesson next", answer))
    assert (fields["step"], fields["steps"], fields["at"]) == (2, 6, "e1.i1.3")
    assert fields["question"]["choices"] == ["up", "down", "it stays"]
    assert fields["problems"] == []


def test_back_leads_back_from_a_step_of_the_lesson_to_where_one_was() -> None:
    made = console("chain-rule", "goto e5.i1.3", "lesson next")
    made.run("back")
    assert str(made.debugger.address) == "e5.i1.3"


def test_a_wrong_answer_is_a_no_with_its_reason_and_a_right_one_says_why() -> None:
    made = console("chain-rule", "lesson next")
    wrong = made.run("answer down")
    assert not wrong.ok
    assert wrong.text == (
        "wrong: for a positive x a larger x has a larger square\ntry again; `hint` helps"
    )
    assert made.run("hint").text == "hint: Compare 0.75² with 0.8²."
    assert made.run("hint").text == "no more hints: `solution` shows the answer"
    right = made.run("answer up")
    assert right.ok
    assert right.text.startswith("right\n∂g/∂x = 2x = 1.5")


def test_an_answer_is_followed_by_the_next_question_of_the_step() -> None:
    made = console("forward-pass", "lesson 4")
    assert "question 2 of 2: Which of these values change" in made.run("answer 0.375").text


def test_the_end_says_what_came_of_it_and_leads_to_the_next_lesson() -> None:
    made = console("loss", "lesson 2", "answer d", "lesson 3", "hint", "answer 4.078", "lesson 4")
    made.run("solution")
    answer = made.run("lesson next")
    assert answer.text == (
        "the end of One number for how wrong: the loss\n"
        "of 4 questions: 1 right at once, 1 with help, 1 shown, 1 open\n"
        "next: Backward, parameter by parameter (learn backward-pass)"
    )
    assert answer.choices[-1].go == "learn backward-pass"
    assert answer.fields["finished"] is False
    assert made.run("answer half as much").ok
    assert made.run("lesson next").fields["finished"] is True


def test_a_lesson_that_is_opened_takes_the_place_of_the_other() -> None:
    made = console("loss")
    answer = made.run("learn mini-batches")
    assert "Mini-batches: step 1 of 5" in answer.text
    assert made.debugger.calendar.iterations == 2
    assert made.origin == "mini-batches"
    assert "an experiment without a lesson" in made.run("learn two-layer").text
    assert made.guide is None


@pytest.mark.parametrize(
    "line", ["lesson", "lesson next", "lesson back", "answer a", "hint", "solution"]
)
def test_without_a_lesson_each_command_says_how_to_open_one(line: str) -> None:
    made = Console(Debugger(open_lesson("two-layer")))
    with pytest.raises(GradstepError, match="no lesson is open here") as caught:
        made.run(line)
    assert "learn NAME" in caught.value.hint


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("lesson 7", "there is no step 7 in this lesson"),
        ("lesson x", "lesson wants a whole number"),
        ("answer x", "no question is open here"),
        ("hint", "no question is open here"),
        ("learn chain-rul", "there is no file and no lesson 'chain-rul'"),
    ],
)
def test_what_cannot_be_done_leaves_the_lesson_as_it_was(line: str, what: str) -> None:
    made = console("chain-rule")
    before = made.guide.progress if made.guide else None
    with pytest.raises(GradstepError, match=what):
        made.run(line)
    assert made.guide is not None
    assert made.guide.progress == before


def test_a_session_keeps_the_lesson_that_stands_in_its_experiment(tmp_path: Path) -> None:
    path = tmp_path / "kept.gradstep"
    console("chain-rule", "lesson 4", f"save {path}")
    fresh = Console(Debugger(open_lesson("two-layer")))
    fresh.run(f"load {path}")
    assert fresh.guide is not None
    assert fresh.run("lesson 4").fields["step"] == 4
    console("loss", "lesson 4", f"save {path}")  # whose experiment stands elsewhere
    fresh.run(f"load {path}")
    assert fresh.guide is None


# --- the command line ---------------------------------------------------------------------------


def test_a_new_lesson_passes_its_check_and_is_walked_through(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "mine.toml"
    assert run(["new", "--lesson", str(path)]) == DONE
    assert f"gradstep check --lesson {path}" in capsys.readouterr().out
    assert run(["check", "--lesson", str(path)]) == DONE
    assert capsys.readouterr().out == (
        f"{path}: 2 steps, 3 questions, 12 numbers in texts: all is as it says\n"
    )
    commands = ["lesson", "answer 4", "lesson next", "answer up", "answer 1.625", "lesson next"]
    options = [part for command in commands for part in ("-c", command)]
    assert run(["run", str(path), *options]) == DONE
    assert "of 3 questions: 3 right at once" in capsys.readouterr().out


def test_a_lesson_that_says_what_is_not_so_is_a_no(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.toml"
    run(["new", "--lesson", str(path)])
    text = path.read_text().replace("answer = 4 ", "answer = 5 ").replace('"up"', '"down"')
    path.write_text(text)
    capsys.readouterr()
    assert run(["check", "--lesson", str(path)]) == NO
    out = capsys.readouterr().out
    assert "the answer is 4, not 5\n    answer = 5" in out
    assert out.endswith("problems\n")


def test_a_lesson_that_cannot_be_read_is_bad_input(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.toml"
    run(["new", "--lesson", str(path)])
    path.write_text(path.read_text().replace("{{w}}", "{w}").replace("{w}", "{v}"))
    for command in (["check", "--lesson"], []):
        capsys.readouterr()
        assert run([*command, str(path)]) == BAD_INPUT
        error = capsys.readouterr().err
        assert f"gradstep: {path}:" in error
        assert "unknown name 'v'" in error and "^" in error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "--lesson", "two-layer"], "is an experiment without a lesson"),
        (["check", "--lesson", "loss", "--seed", "1"], "leave the rest away"),
        (["check", "--lesson", "los"], "there is no file and no lesson 'los'"),
    ],
)
def test_what_is_no_lesson_to_check_is_bad_input(
    arguments: list[str], words: str, capsys: Capture
) -> None:
    assert run(arguments) == BAD_INPUT
    assert words in capsys.readouterr().err


def test_every_command_takes_a_lesson_for_its_experiment(capsys: Capture) -> None:
    assert run(["train", "mini-batches", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["iterations"] == 200


def test_a_lesson_that_an_override_does_not_fit_is_left_away(capsys: Capture) -> None:
    arguments = ["run", "epochs", "--set", "training.epochs=5", "-c", "where"]
    assert run(arguments) == DONE
    assert "the lesson does not fit the experiment" in capsys.readouterr().err
    assert run([*arguments[:-1], "lesson"]) == BAD_INPUT


# --- what is kept -------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def kept(name: str = "loss") -> Guide:
    """A lesson whose first question was answered, kept."""
    guide = guide_through(name)
    for step in (0, 1):
        guide.turn(step)
    guide.reply("d")
    learning.keep_progress(guide)
    return guide


def test_progress_is_kept_and_shown_among_the_lessons(capsys: Capture) -> None:
    guide = kept()
    assert learning.progress_of(guide.plan) == guide.progress
    run(["lessons"])
    (row,) = [row for row in capsys.readouterr().out.splitlines() if " loss " in row]
    assert row.endswith("  2/4 steps, 1/4 questions")
    for step in range(4):
        guide.turn(step)
        while guide.question is not None:
            guide.show()
    learning.keep_progress(guide)
    run(["lessons"])
    assert "✓ 4/4 steps, 4/4 questions" in capsys.readouterr().out


def test_a_lesson_that_was_changed_begins_anew() -> None:
    guide = kept()
    values = {**guide.plan.values, "title": "Another"}
    assert learning.progress_of(replace(guide.plan, values=values)).read == frozenset()


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"version": 9}', '{"version": 1}', "\0" * 99])
def test_a_damaged_file_is_no_progress_and_is_replaced(damage: str) -> None:
    guide = kept()
    learning.file().write_text(damage)
    assert learning.progress_of(guide.plan).read == frozenset()
    learning.keep_progress(guide)
    assert learning.progress_of(guide.plan) == guide.progress


def test_where_nothing_can_be_kept_the_lesson_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/nowhere")
    assert learning.progress_of(kept().plan).read == frozenset()


def test_progress_of_many_lessons_is_one_file_that_does_not_grow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(learning, "MOST", 3)
    guide = guide_through("loss")
    for name in ("a.toml", "b.toml", "c.toml", "a.toml", "d.toml"):
        guide.plan = replace(guide.plan, name=f"/x/{name}")
        learning.keep_progress(guide)
    document = json.loads(learning.file().read_text())
    assert list(document["lessons"]) == ["/x/c.toml", "/x/a.toml", "/x/d.toml"]
    assert [path.name for path in learning.file().parent.iterdir()] == ["lessons.json"]


def test_timelines_of_a_lesson_alone_are_no_session_to_keep() -> None:
    made = console("update", "lesson 4", "lesson 5")
    assert len(made.debugger.timelines) == 3
    assert not autosave.touched(made.debugger, made.guide)
    made.run("set w2 = 3 as mine")
    assert autosave.touched(made.debugger, made.guide)


# --- the view and its rows ----------------------------------------------------------------------


def view_of(name: str, step: int = 0) -> tuple[Guide, LessonView]:
    guide = guide_through(name)
    guide.turn(step)
    return guide, lesson_view(guide)


def lesson_view(guide: Guide) -> LessonView:
    return Views(guide.debugger, guide).frame(Look(), names=("lesson",)).views["lesson"]


def words(row: object) -> str:
    return "".join(text for text, _ in row)  # pyright: ignore[reportGeneralTypeIssues]


def test_a_text_is_wrapped_words_strong_words_and_lines_that_stay() -> None:
    found = list(paragraphs("One **two**\nthree: `four`.\n\n    a  =  b\n\nfive"))
    assert found == [
        Paragraph(
            (
                ("One ", "text"),
                ("two", "title bold"),
                (" three: ", "text"),
                ("four.", "title"),
                ("", "text"),
            )
        ),
        Paragraph(()),
        Paragraph((("  ", "text"), ("a  =  b", "title")), kept=True),
        Paragraph(()),
        Paragraph((("five", "text"),)),
    ]


def test_a_question_is_open_then_helped_then_answered() -> None:
    guide, view = view_of("chain-rule", 1)
    (asked,) = view.questions
    assert (asked.state, asked.choices[0], asked.said) == ("open", ("a", "up"), ())
    assert view.keys == (("u", "answer"), ("U", "hint"), ("r", "read on"), ("R", "back"))
    assert not view.begun
    guide.hint()
    guide.reply("b")
    view = lesson_view(guide)
    assert view.questions[0].said == (
        ("hint", "Compare 0.75² with 0.8²."),
        ("wrong", "for a positive x a larger x has a larger square"),
    )
    assert view.begun
    assert view.keys[1] == (":solution", "shows it")
    guide.reply("a")
    (answered,) = lesson_view(guide).questions
    assert answered.title == "question: right, with help"
    assert answered.said[0] == ("answer", "a) up")
    assert answered.said[1][0] == "why"


def test_a_second_question_waits_for_the_first() -> None:
    guide, view = view_of("forward-pass", 3)
    assert [q.state for q in view.questions] == ["open", "waiting"]
    assert [q.title for q in view.questions] == ["question 1 of 2", "question 2 of 2"]
    guide.show()
    view = lesson_view(guide)
    assert [q.state for q in view.questions] == ["answered", "open"]
    assert view.questions[1].choices == (("some of", "x  h  g  loss"),)


def test_without_a_lesson_the_view_says_how_to_open_one() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    view = Views(debugger).frame(Look(), names=("lesson",)).views["lesson"]
    assert view.step == ""
    assert ":learn chain-rule" in " ".join(words(p.row) for p in view.text)


TEXTS = st.text(alphabet="ab∂ ·*`漢\n", max_size=200)


@settings(max_examples=60)
@given(TEXTS, TEXTS, st.lists(st.tuples(st.just("hint"), TEXTS), max_size=2), st.integers(1, 130))
def test_rows_are_as_wide_as_the_panel_and_lose_no_word(
    text: str, asked: str, said: list[tuple[str, str]], width: int
) -> None:
    said = [(label, line.replace("\n", " ")) for label, line in said]
    question = QuestionView("open", "question", tuple(paragraphs(asked)), (), tuple(said))
    view = LessonView("t", "step 1 of 1", tuple(paragraphs(text)), (question,))
    drawn = draw_lesson(view, width)
    assert {cell_len(words(row)) for row in drawn.rows} <= {width}
    first, stop = drawn.question
    assert 0 <= first < stop <= len(drawn.rows)
    if 16 <= width < 100:
        whole = "".join("".join(words(row).split()) for row in drawn.rows)
        for paragraph in view.text:
            assert "".join(words(paragraph.row).split()) in whole


def test_what_can_be_looked_at_is_a_view_of_the_screen() -> None:
    assert set(VIEW) - {"lesson"} <= set(VIEWS)


# --- the screen ---------------------------------------------------------------------------------


@asynccontextmanager
async def opened(
    name: str, size: tuple[int, int] = (120, 40), step: int = 1
) -> AsyncIterator[Session]:
    """The app on a step of a lesson."""
    made = console(name, f"lesson {step}")
    app = GradstepApp(made)
    async with app.run_test(size=size) as pilot:
        session = Session(app, pilot)
        await session.recorded()
        yield session
        app.workers.cancel_all()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80", "120", "200"])
async def test_a_lesson_looks_as_it_was_kept(size: tuple[int, int]) -> None:
    async with opened("backward-pass", size, step=3) as session:
        await session.act("type('answer 2.125')")
        await session.act("type('hint')")
        hold(f"{size[0]}x{size[1]}-lesson", session.panel_text("lesson"))


async def test_keys_read_on_and_back_and_the_screen_looks_where_the_step_points() -> None:
    async with opened("update") as session:
        await session.press("r")
        assert "step 2 of 5" in session.panel_text("lesson")
        assert session.screen.panel("parameters").display
        assert not session.screen.panel("inspector").display
        await session.press("r", "r", "r")
        assert session.app.debugger.position.timeline == "frozen"
        assert session.screen.look.node == session.app.debugger.graph.named["w1"]
        await session.press("R")
        assert session.app.debugger.position.timeline == "bold"
        assert session.screen.look.node is None


async def test_steps_of_the_run_leave_the_lesson_where_it_is() -> None:
    async with opened("update", step=2) as session:
        await session.press("e", "a")
        await session.press("escape")
        assert "step 2 of 5" in session.panel_text("lesson")
        assert str(session.app.debugger.address) == "e2.i1.20"


async def test_an_answer_is_typed_and_judged_beside_its_question() -> None:
    async with opened("chain-rule", step=2) as session:
        await session.press("U")
        assert "hint Compare 0.75² with 0.8²." in session.panel_text("lesson")
        await session.press("u", "b", "enter")
        assert "wrong for a positive x a larger x" in session.panel_text("lesson")
        await session.press("u", "a", "enter")
        assert "✓ question: right, with help" in session.panel_text("lesson")
        await session.press("u")
        assert "no question is open here" in session.panel_text("timeline")


async def test_a_reply_that_is_none_is_left_to_be_mended() -> None:
    async with opened("chain-rule", step=3) as session:
        await session.press("u", "x", "enter")
        assert "'x' is not a number" in session.text()
        assert "answer x" in session.text()


async def test_a_choice_that_is_clicked_is_the_answer() -> None:
    async with opened("chain-rule", step=2) as session:
        row = next(y for y, line in enumerate(session.lines()) if "a) up" in line)
        column = session.lines()[row].index("a) up")
        assert await session.pilot.click(offset=(column, row))
        await session.settled()
        assert "✓ question: right at once" in session.panel_text("lesson")


async def test_the_question_comes_into_sight_when_it_is_answered() -> None:
    async with opened("backward-pass", (60, 20), step=4) as session:
        assert "c) the gradient of b2" not in session.panel_text("lesson")
        assert "more" in session.panel_text("lesson")
        await session.press("u")
        assert "c) the gradient of b2" in session.text()


async def test_a_choice_beside_another_one_is_clicked_by_itself() -> None:
    async with opened("chain-rule", (80, 24), step=5) as session:
        row = next(y for y, line in enumerate(session.lines()) if "b) smaller" in line)
        line = session.lines()[row]
        assert "a) larger" in line
        assert await session.pilot.click(offset=(line.index("smaller"), row))
        await session.settled()
        assert "✓ question: right at once" in session.panel_text("lesson")


@pytest.mark.parametrize("name", [lesson.name for lesson in lessons() if lesson.steps])
def test_each_step_of_the_course_has_its_question_in_sight_on_24_rows(name: str) -> None:
    room = arrange(80, 24, 4, lesson="stage").slots["lesson"]
    guide = guide_through(name)
    for step in range(len(guide.steps)):
        guide.turn(step)
        drawn = draw_lesson(lesson_view(guide), room.width, room.height - 1)
        assert (drawn.question[1] or len(drawn.rows)) <= room.height - 1, step + 1


async def test_a_narrow_frame_keeps_the_step_and_the_likeliest_keys() -> None:
    async with opened("backward-pass", (60, 20), step=2) as session:
        top = session.panel_text("lesson").splitlines()[0]
        assert "lesson" in top and "more" in top
        assert "step 2 of 5 · u answer" in top
        assert "R back" not in top


async def test_the_end_offers_the_next_lesson_and_goes_there() -> None:
    async with opened("chain-rule", step=6) as session:
        await session.press("r")
        assert "the end of The chain rule: cos(x²)" in session.text()
        await session.press("enter")
        assert "lesson: Two layers, forward" in session.text()
        assert "step 1 of 4" in session.panel_text("lesson")
        assert session.app.interpreter.origin == "forward-pass"


async def test_a_view_can_be_chosen_beside_the_lesson() -> None:
    async with opened("chain-rule", step=4) as session:
        assert session.screen.panel("inspector").display
        await session.press("5")
        assert session.screen.panel("plots").display
        assert session.screen.panel("lesson").display


async def test_a_lesson_can_be_opened_from_an_experiment() -> None:
    app = GradstepApp(Debugger(open_lesson("two-layer")))
    async with app.run_test(size=(120, 40)) as pilot:
        session = Session(app, pilot)
        await session.recorded()
        assert not session.screen.panel("lesson").display
        await session.act("type('learn dead-relu')")
        assert "lesson: A dead ReLU" in session.text()
        app.workers.cancel_all()
