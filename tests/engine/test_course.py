"""The built-in course, walked through; and what a guide does with the reader's debugger."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Amount,
    Debugger,
    Guide,
    Lesson,
    LessonError,
    LessonPlan,
    Mark,
    Marked,
    OneOf,
    Outcome,
    Progress,
    Question,
    ReplyError,
    check_lesson,
    lessons,
    open_lesson,
    open_plan,
    open_session,
    save_session,
)
from tests.engine.states import history_bits

COURSE = [lesson for lesson in lessons() if lesson.steps]
NAMES = [lesson.name for lesson in COURSE]


def plan_of(name: str) -> LessonPlan:
    plan = open_plan(name)
    assert plan is not None
    return plan


def guide_through(name: str) -> Guide:
    return Guide(Debugger(open_lesson(name)), plan_of(name))


def replies(question: Question) -> tuple[str, list[str]]:
    """The right reply, and wrong ones of every kind."""
    match question.answer:
        case Amount(value, tolerance, slips):
            near = value + 1.5 * max(tolerance, 1e-3)
            return repr(value), [repr(near), repr(-value - 1), *(repr(s.value) for s in slips)]
        case OneOf(_, right):
            labels = question.answer.labels
            return labels[right], [label for at, label in enumerate(labels) if at != right]
        case Marked(candidates, right):
            outside = [name for name in candidates if name not in right]
            return ", ".join(right), [" ".join(candidates), ", ".join(outside), "none"]


# --- every lesson of the course -----------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_says_what_its_run_says(name: str) -> None:
    report = check_lesson(open_lesson(name), plan_of(name))
    assert report.problems == ()
    assert report.numbers > 10


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_answered_right_and_wrong(name: str) -> None:
    guide = guide_through(name)
    asked = 0
    for step in range(len(guide.steps)):
        page = guide.turn(step)
        assert page.problems == ()
        assert page.text and "{" not in page.text
        while (question := guide.question) is not None:
            right, wrong = replies(question)
            for reply in wrong:
                judgement = guide.reply(reply)
                assert judgement.outcome in (Outcome.WRONG, Outcome.PARTLY), reply
                zero = isinstance(question.answer, Amount) and question.answer.value == 0
                assert judgement.word or zero, f"nothing is said to {reply}: {question.text}"
            assert guide.question is question
            assert guide.reply(right).outcome is Outcome.RIGHT
            assert question.explanation
            assert question.hints
            asked += 1
    assert guide.finished
    assert asked == guide.plan.questions
    assert set(guide.progress.marks.values()) == {Mark.HELPED}


@pytest.mark.parametrize("lesson", COURSE, ids=NAMES)
def test_a_lesson_is_of_a_size_that_can_be_taken_in(lesson: Lesson) -> None:
    assert 4 <= lesson.steps <= 8
    assert 4 <= lesson.questions <= 8
    assert lesson.goal.endswith(".")


def test_each_lesson_leads_to_the_one_after_it() -> None:
    for lesson, following in pairwise(COURSE):
        assert plan_of(lesson.name).next == following.name
    assert plan_of(COURSE[-1].name).next == ""


def test_an_experiment_alone_is_no_lesson() -> None:
    assert open_plan("two-layer") is None


def test_what_a_catalogue_says_of_a_lesson_is_what_its_plan_has() -> None:
    for lesson in COURSE:
        plan = plan_of(lesson.name)
        assert (lesson.steps, lesson.questions) == (len(plan.steps), plan.questions)
        assert (lesson.title, lesson.goal) == (plan.title, plan.goal.text)
        assert lesson.digest == plan.digest


def test_lessons_on_one_experiment_share_its_numbers_and_have_titles_of_their_own() -> None:
    base, lesson = open_lesson("two-layer"), open_lesson("mini-batches")
    assert lesson.title == "Mini-batches"
    assert lesson.training.batches.size == 2
    assert lesson.source.text == base.source.text
    assert lesson.source.overrides == ("training.batch_size=2",)
    assert open_lesson("mini-batches", overrides=["training.batch_size=4"]).samples == 4


# --- a guide on the reader's debugger -----------------------------------------------------------


def test_a_lesson_never_changes_the_run() -> None:
    untouched = Debugger(open_lesson("update"))
    untouched.end()
    guide = guide_through("update")
    for step in range(len(guide.steps)):
        guide.turn(step)
        guide.position(step)
    guide.debugger.switch("main")
    guide.debugger.end()
    assert history_bits(guide.debugger) == history_bits(untouched)


def test_timelines_of_a_lesson_are_forked_where_they_are_needed_and_the_cursor_stays() -> None:
    guide = guide_through("gradient-vector")
    debugger = guide.debugger
    debugger.goto("e7.i1.5")
    guide.page(0)
    assert [timeline.name for timeline in debugger.timelines] == ["main"]
    guide.page(2)
    assert [timeline.name for timeline in debugger.timelines] == ["main", "nudged"]
    assert str(debugger.address) == "e7.i1.5"
    assert debugger.position.timeline == "main"


def test_a_timeline_of_a_lesson_is_the_edit_that_it_declares() -> None:
    guide = guide_through("gradient-vector")
    by_hand = Debugger(open_lesson("gradient-vector"))
    by_hand.set("w1", 0.51)
    by_hand.goto("e3.i1.8")
    run = guide.run("nudged")
    run.advance(3)
    assert run.state(by_hand.at).node("loss").value == by_hand.state.node("loss").value


def test_a_timeline_is_found_again_when_it_was_renamed_and_made_again_when_deleted() -> None:
    guide = guide_through("gradient-vector")
    debugger = guide.debugger
    made = guide.timeline("nudged")
    debugger.rename("nudged", "mine")
    assert guide.timeline("nudged").name == "mine"
    assert guide.timeline("nudged").run is made.run
    debugger.delete("mine")
    assert guide.timeline("nudged").name == "nudged"
    assert len(debugger.timelines) == 2


def test_a_name_that_the_reader_has_taken_is_left_to_the_reader() -> None:
    guide = guide_through("gradient-vector")
    guide.debugger.set("w2", 3.0, name="nudged")
    assert guide.timeline("nudged").name == "fork-1"
    assert guide.debugger.timelines["nudged"].edit != guide.timeline("nudged").edit


def test_a_session_that_is_opened_again_has_each_timeline_once(tmp_path: Any) -> None:
    guide = guide_through("update")
    guide.timeline("bold")
    path = save_session(guide.debugger, tmp_path / "kept.gradstep")
    again = Guide(open_session(path).debugger, guide.plan)
    again.timeline("bold")
    names = [timeline.name for timeline in again.debugger.timelines]
    assert names == ["main", "bold"]


def test_where_a_step_stands_is_on_its_own_timeline() -> None:
    guide = guide_through("update")
    places = [guide.position(step) for step in range(len(guide.steps))]
    assert [place.timeline for place in places] == ["main", "main", "main", "bold", "frozen"]
    events = guide.debugger.calendar.events
    assert [place.ordinal for place in places] == [19, 20, 23, events + 8, events + 8]


def test_what_a_step_needs_is_all_that_its_page_reads() -> None:
    guide = guide_through("exploding-loss")
    for run, ordinal in guide.needs(3):
        while not run.approach(run.calendar.step(ordinal), 0.001):
            pass
    done = next(iter(guide.debugger.timelines)).run.done
    guide.page(3)
    assert next(iter(guide.debugger.timelines)).run.done == done >= 1024


# --- answering ----------------------------------------------------------------------------------


def at_question(name: str = "chain-rule", step: int = 1) -> Guide:
    guide = guide_through(name)
    guide.turn(step)
    return guide


def test_right_at_the_first_reply_is_a_mark_of_its_own() -> None:
    guide = at_question()
    assert guide.reply("up").outcome is Outcome.RIGHT
    assert guide.progress.marks == {(1, 0): Mark.FIRST}
    assert guide.question is None


def test_hints_come_one_at_a_time_and_count_as_help() -> None:
    guide = at_question(step=2)
    assert guide.hint() == "The derivative of cos is −sin."
    assert guide.hint() == "−sin(0.5625)"
    assert guide.hint() is None
    guide.reply("-0.5333")
    assert guide.progress.marks == {(2, 0): Mark.HELPED}


def test_a_reply_that_is_none_counts_for_nothing() -> None:
    guide = at_question(step=2)
    with pytest.raises(ReplyError, match="is not a number"):
        guide.reply("minus a half")
    guide.reply("-0.5333")
    assert guide.progress.marks == {(2, 0): Mark.FIRST}


def test_an_answer_that_was_shown_closes_the_question() -> None:
    guide = at_question()
    assert guide.show().wanted == "a) up"
    assert guide.progress.marks == {(1, 0): Mark.SHOWN}
    with pytest.raises(LessonError, match="no question is open here"):
        guide.show()


def test_what_a_question_was_the_first_time_stays() -> None:
    progress = Progress().marked((0, 0), Mark.SHOWN).marked((0, 0), Mark.FIRST)
    assert progress.marks == {(0, 0): Mark.SHOWN}


def test_turning_the_page_forgets_the_hints_that_were_given() -> None:
    guide = at_question(step=2)
    guide.hint()
    guide.turn(1)
    guide.turn(2)
    assert guide.hints == 0
    guide.reply("-0.5333")
    assert guide.progress.marks == {(2, 0): Mark.FIRST}


def test_a_step_that_is_not_there_is_refused() -> None:
    guide = guide_through("loss")
    with pytest.raises(LessonError, match="there is no step 9 in this lesson"):
        guide.turn(8)
    assert guide.progress == Progress()


# --- progress -----------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)

QUESTIONS = (1, 0, 2)


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(("at", "read", "marks")), JSON)
    | st.fixed_dictionaries(
        {
            "at": JSON,
            "read": st.lists(JSON),
            "marks": st.dictionaries(st.sampled_from(("0.0", "1.0", "2.1", "x")), JSON),
        }
    )
    | JSON
)
def test_whatever_a_file_says_becomes_progress_that_the_lesson_can_have(fields: object) -> None:
    progress = Progress.kept(fields, QUESTIONS)
    assert 0 <= progress.at < len(QUESTIONS)
    assert all(0 <= step < len(QUESTIONS) for step in progress.read)
    assert all(0 <= i < QUESTIONS[step] for step, i in progress.marks)


@given(
    st.integers(0, 2),
    st.frozensets(st.integers(0, 2)),
    st.dictionaries(st.sampled_from(((0, 0), (2, 0), (2, 1))), st.sampled_from(Mark)),
)
def test_progress_that_is_kept_comes_back_as_it_was(
    at: int, read: frozenset[int], marks: dict[tuple[int, int], Mark]
) -> None:
    progress = Progress(at, read, marks)
    assert Progress.kept(progress.fields(), QUESTIONS) == progress
