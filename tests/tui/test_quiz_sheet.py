"""Predict, then reveal: questions about the cursor's event on a sheet."""

from __future__ import annotations

import pytest

from engine import Amount, Debugger, Marked, OneOf, open_lesson, questions
from engine.quiz.judging import wanted
from tests.tui.screens import NO_PARAMETERS, Session, opened, text_of
from tests.tui.test_goldens import hold, lesson
from tui.quizzing import Sitting
from tui.screens.quiz import QuizScreen

# --- one sitting ----------------------------------------------------------------------------------


def at(ordinal: int) -> Debugger:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto(ordinal)
    return debugger


def test_it_asks_what_the_command_asks_in_the_same_order() -> None:
    debugger, sitting = at(19), Sitting()
    wanted_ones = questions(debugger.run, 19, debugger.experiment.training.seed, 6)
    assert sitting.sit(debugger)
    while len(sitting.quiz.verdicts) < 6:
        sitting.quiz = sitting.quiz.passed()
        assert sitting.ask()
    assert sitting.quiz.questions[:6] == wanted_ones


def test_an_open_question_stays_open_here_and_is_dropped_elsewhere() -> None:
    debugger, sitting = at(19), Sitting()
    sitting.sit(debugger)
    sitting.quiz = sitting.quiz.hinted()
    first = sitting.quiz.current
    assert sitting.sit(debugger)
    assert (sitting.quiz.current, sitting.quiz.hints) == (first, 1)
    debugger.goto(3)
    assert sitting.sit(debugger)
    assert sitting.quiz.current != first and sitting.quiz.hints == 0
    assert len(sitting.quiz.questions) == 1


def test_the_score_goes_on_and_nothing_is_asked_twice() -> None:
    debugger, sitting = at(19), Sitting()
    for ordinal in (19, 3, 19):
        debugger.goto(ordinal)
        sitting.sit(debugger)
        question = sitting.quiz.current
        assert question is not None
        sitting.quiz = sitting.quiz.replied(wanted(question.answer))
    assert sitting.quiz.points == 3
    assert len(set(sitting.quiz.questions)) == 3


# --- on the screen --------------------------------------------------------------------------------


def sitting_of(session: Session) -> Sitting:
    assert isinstance(session.app.screen, QuizScreen)
    return session.app.screen._sitting


async def answered(session: Session) -> None:
    """Answer the question that is open, rightly, with keys."""
    sheet = session.app.screen
    assert isinstance(sheet, QuizScreen)
    question = sitting_of(session).quiz.current
    assert question is not None
    match question.answer:
        case Amount():
            await session.press(*wanted(question.answer).replace("−", "-"), "enter")
        case OneOf(_, right):
            await session.press(question.answer.labels[right], "enter")
        case Marked(candidates, right):
            for i, name in enumerate(candidates):
                if name in right:
                    sheet.panel.select(i)
                    sheet.action_mark()
            await session.press("enter")


async def test_a_right_reply_of_every_kind_scores_a_point() -> None:
    async with opened(lesson()) as session:
        await session.goto("e1.i1.19")
        await session.press("Q")
        kinds: set[type] = set()
        points = 0
        while kinds != {Amount, OneOf, Marked}:
            question = sitting_of(session).quiz.current
            assert question is not None and str(question.address) in session.text()
            kinds.add(type(question.answer))
            await answered(session)
            points += 1
            assert f"question {points} at {question.address}: right" in session.text()
            assert f"score {points} of {points}" in session.text()
            await session.press("enter")
        await session.press("escape")
        assert session.app.screen is session.screen and session.at == "e1.i1.19"
        await session.press("Q")
        assert f"score {points} of {points}" in session.text()


async def test_the_numbers_behind_are_hidden_until_the_reply_is_judged() -> None:
    async with opened(lesson(), (80, 24)) as session:
        await session.goto("e1.i1.19")
        await session.press("Q", "s", "enter")
        assert "What is ∂loss/∂w1, within 1 %?" in session.text()
        assert "7.3125" not in session.text()
        await session.press("h")
        assert "hint ∂loss/∂g" in session.text() and "7.3125" not in session.text()
        hold("80x24-quiz", session.text())
        await session.press(*"-73.125", "enter")
        assert "wrong off by the factor 10" in session.text()
        assert "answer −7.3125" in session.text()
        hold("80x24-quiz-wrong", session.text())


async def test_hints_cost_and_letters_of_keys_are_no_part_of_a_number() -> None:
    async with opened(lesson()) as session:
        await session.goto("e1.i1.19")
        await session.press("Q", "s", "enter")
        await session.press(*"-7.x3j9", "backspace", "h", "enter")
        assert "reply: -7.3" in session.text() and ": right" in session.text()
        assert "score 0.75 of 2" in session.text()


async def test_a_reply_and_its_enter_may_come_in_one_breath() -> None:
    async with opened(lesson()) as session:
        await session.goto("e1.i1.19")
        await session.breath("Q", "s", "enter", "-7.9", "backspace", "3125", "enter")
        assert "reply: -7.3125" in session.text() and ": right" in session.text()


async def test_what_is_no_reply_is_said_and_costs_nothing() -> None:
    async with opened(lesson()) as session:
        await session.goto("e1.i1.19")
        await session.press("Q", "enter")
        assert "type a number, or s to skip" in session.text()
        await session.press(*"1..5", "enter")
        assert "'1..5' is not a number" in session.text()
        assert not sitting_of(session).quiz.verdicts


async def test_where_there_is_nothing_to_ask_it_says_so() -> None:
    async with opened(NO_PARAMETERS) as session:
        for _ in range(20):
            session.screen.action_quiz()
            await session.settled()
            if session.app.screen is session.screen:
                break
            await session.press("s", "enter", "escape")
        assert "there is nothing more to ask here" in session.text()


@pytest.mark.parametrize("name", ["two-layer", "lstm-cell", "iris"])
async def test_no_row_is_wider_than_the_sheet(name: str) -> None:
    async with opened(name, (60, 24), settle=False) as session:
        await session.goto("e1.i1.9")
        await session.press("Q")
        for _ in range(6):
            sheet = session.app.screen
            assert isinstance(sheet, QuizScreen)
            for width in (30, 56, 96):
                assert all(len(row) <= width for row in text_of(sheet.rows(width)))
            await session.press("s", "enter")
