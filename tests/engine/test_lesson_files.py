"""Lessons as teachers write them: what is read, what is refused and where, what a check finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Debugger,
    ExperimentError,
    GradstepError,
    Guide,
    LessonError,
    LessonPlan,
    Page,
    check_lesson,
    lessons,
    new_lesson,
    open_lesson,
    open_plan,
    parse_experiment,
    read_plan,
)

NET = '''\
title = "A lesson"
formulas = """
h = w * x + b
loss = mean((y - h)**2)
"""
[parameters]
w = 0.5
b = 0.25
[data]
x = [1.0, 2.0, 3.0, 4.0]
y = [2.0, 4.0, 6.0, 8.0]
[training]
learning_rate = 0.0625
epochs = 8
batch_size = 2
[lesson]
goal = "See."
'''

STEP = '[[step]]\nat = "loss"\ntext = "Look."\n'

QUESTION = '[[step.question]]\nask = "What?"\nwhy = "So."\n'


def read(text: str) -> LessonPlan:
    plan = read_plan(text, "f.toml")
    assert plan is not None
    return plan


def guide_of(text: str) -> Guide:
    plan = read(text)
    return Guide(Debugger(parse_experiment(text, name="f.toml")), plan)


def page(*lines: str, step: int = -1) -> Page:
    """The last page of a lesson whose only step has these lines."""
    guide = guide_of(NET + "[[step]]\n" + "\n".join(lines))
    return guide.page(len(guide.steps) + step)


def problems(text: str) -> list[str]:
    """The problems that a check finds, each in its own words."""
    report = check_lesson(parse_experiment(text, name="f.toml"), read(text))
    return [problem.what for problem in report.problems]


def refused(text: str) -> GradstepError:
    with pytest.raises(GradstepError) as caught:
        guide_of(text)
    return caught.value


# --- the starter --------------------------------------------------------------------------------


def test_the_lesson_to_start_from_is_right_as_it_stands(tmp_path: Path) -> None:
    path = new_lesson(tmp_path / "mine")
    assert path.suffix == ".toml"
    plan = open_plan(path)
    assert plan is not None
    report = check_lesson(open_lesson(path), plan)
    assert report.ok
    assert (report.steps, report.questions) == (2, 3)


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = new_lesson(tmp_path / "mine.toml")
    with pytest.raises(ExperimentError, match="exists already and is left as it is"):
        new_lesson(path)


# --- places -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("start", "e1.i1.1"),
        ("e2", "e2.i1.1"),
        ("e2.i2", "e2.i2.1"),
        ("e2.i2.5", "e2.i2.5"),
        (".5", "e1.i1.5"),
        ("next", "e1.i2.1"),
        ("next loss", "e1.i2.6"),
        ("loss", "e1.i1.6"),
        ("x", "e1.i1.1"),
        ("e3 grad w", "e3.i1.13"),
        ("e3 grad(w)", "e3.i1.13"),
        ("e8.i2 w", "e8.i2.14"),
        ("line 3", "e1.i1.6"),
        ("end", "e8.i2.15"),
    ],
)
def test_a_place_is_an_address_and_what_happens_there(place: str, address: str) -> None:
    assert str(page(f'at = "{place}"', 'text = "t"').address) == address


def test_a_place_is_relative_to_the_step_before() -> None:
    guide = guide_of(NET + '[[step]]\nat = "e3"\ntext = "t"\n[[step]]\ntext = "t"\n' + STEP)
    assert [str(guide.page(i).address) for i in range(3)] == ["e3.i1.1", "e3.i1.1", "e3.i1.6"]


# --- numbers in texts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hole", "shown"),
    [
        ("{w}", "0.5"),
        ("{loss}", "4.5625"),
        ("{loss:3}", "4.56"),
        ("{h:1}", "[0.8, 1]"),
        ("{x}", "[1, 2]"),
        ("{x[1]}", "2"),
        ("{x[0:1]}", "[1]"),
        ("{x[:, None]}", "[[1], [2]]"),
        ("{y - h}", "[1.25, 2.75]"),
        ("{-w}", "−0.5"),
        ("{loss at e1.i2}", "11.006"),
        ("{x at next}", "[3, 4]"),
        ("{grad(w) at e1}", "−6.75"),
        ("{w at e1 w}", "0.92188"),
        ("{epoch at e5}", "5"),
        ("{2 ** 0.5:4}", "1.414"),
        ("{1e-9}", "1e−9"),
        ("{{w}}", "{w}"),
        ("{max(x)} of {{{max(y)}}}", "2 of {4}"),
    ],
)
def test_a_number_in_a_text_is_what_it_is_at_its_place(hole: str, shown: str) -> None:
    assert page('at = "loss"', f'text = "{hole}"').text == shown


def test_of_an_iteration_a_number_is_taken_as_soon_as_it_is_known() -> None:
    words = "{w at e3} {w at e3 w} {w at e3.i2}"
    before, after, following = page(f'text = "{words}"').text.split()
    assert before != after == following


def test_what_is_not_known_at_its_place_is_a_dot_and_a_problem() -> None:
    shown = page('at = "h"', 'text = "it is {loss}"')
    assert shown.text == "it is ·"
    (problem,) = shown.problems
    assert problem.what == "this is not known at e1.i1.3"
    assert "f.toml:20:16" in str(problem)


def test_a_text_shows_a_dozen_numbers_and_not_more() -> None:
    eight = "{x[:, None, None] * x[:, None] * x}"
    assert page('at = "loss"', f'text = "{eight}"').problems == ()
    many = page(
        'at = "loss"', 'text = "{x[:, None, None, None] * x[:, None, None] * x[:, None] * x}"'
    )
    assert [p.what for p in many.problems] == ["16 numbers are too many for a text"]


# --- answers ------------------------------------------------------------------------------------


def answer_of(*lines: str) -> object:
    question = page('at = "loss"', 'text = "t"', QUESTION + "\n".join(lines)).questions[0]
    assert question is not None
    return question.answer


def test_every_kind_of_question_has_a_computed_answer() -> None:
    texts = {
        'number = "2 * w"': "1",
        'sign = "grad(w) at e1"': "b) negative",
        'choices = [{ text = "p", if = "w < 0" }, { text = "q", if = "w > 0" }]': "b) q",
        'largest = "_"\nof = ["w", "b"]': "1) w",
        'smallest = "_"\nof = ["w", "b"]': "2) b",
        'which = "any(_ > 2)"\nof = ["x", "y", "w"]': "y",
        'affects = "w"\nof = ["h", "x", "loss"]': "h, loss",
        'affected_by = "h"\nof = ["w", "y", "x"]': "w, x",
        'writes = "grad h"\nof = ["h", "w"]': "a) h",
    }
    for lines, wanted in texts.items():
        guide = guide_of(NET + STEP + QUESTION + lines)
        guide.turn(0)
        assert guide.show().wanted == wanted, lines


def test_of_an_answer_of_0_there_are_no_parts_and_rounding_is_forgiven() -> None:
    guide = guide_of(NET + STEP + QUESTION + 'number = "w - w"')
    guide.turn(0)
    assert guide.reply("0").outcome == "right"


def test_a_tolerance_of_0_wants_the_number_itself() -> None:
    guide = guide_of(NET + STEP + QUESTION + 'number = "sum(x**0)"\ntolerance = 0')
    guide.turn(0)
    assert guide.reply("2.001").outcome == "wrong"
    assert guide.reply("2").outcome == "right"


# --- what a check finds -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('number = "w"\nanswer = 0.6', "the answer is 0.5, not 0.6"),
        ('sign = "w"\nanswer = "negative"', "the right one is a) positive, not 'negative'"),
        (
            'choices = [{ text = "p", if = "w < 0", reason = "r" }, '
            '{ text = "q", if = "w > 0" }]\nanswer = "p"',
            "the right one is b) q, not 'p'",
        ),
        (
            'choices = [{ text = "p", if = "w < 0" }, { text = "q", if = "w > 0" }]',
            "'p' is wrong, and has no reason",
        ),
        (
            'choices = [{ text = "p", if = "w < 1" }, { text = "q", if = "w > 0" }]',
            "2 of the choices are right: 'p', 'q'",
        ),
        (
            'choices = [{ text = "p", if = "w < 0" }, { text = "q", if = "w > 1" }]',
            "no choice is right",
        ),
        (
            'choices = [{ text = "p", if = "w > 0" }, { text = "p", if = "w < 0", reason = "r" }]',
            "two choices say 'p'",
        ),
        ('choices = [{ text = "p", if = "w > 0" }]', "1 to choose from; 2 to 6 are wanted"),
        ('number = "grad(w)"', "this is not known at e1.i1.6"),
        ('number = "x"', "this is 2 numbers; one is wanted"),
        ('number = "1 / (w - w)"', "the answer is inf, which nobody can type"),
        ('number = "1e-12 * w"', "the answer is 5e−13: hardly a number to type"),
        ('sign = "(w - w) / (w - w)"', "the answer is nan, which has no sign"),
        ('largest = "_ * 0"\nof = ["w", "b"]', "none of them is the largest: w: 0, b: 0"),
        (
            'which = "any(_ > 0)"\nof = ["w", "b"]',
            "all of the nodes are right: there is nothing to mark",
        ),
        (
            'which = "any(_ < 0)"\nof = ["w", "b"]',
            "none of the nodes is right: there is nothing to mark",
        ),
        ('affects = "w"\nof = ["h", "x"]\nanswer = ["x"]', "the right ones are h, not x"),
        ('writes = "grad h"\nof = ["h", "w"]\nanswer = "w"', "the right one is a) h, not 'w'"),
        (
            'number = "w"\nslips = [{ number = "2 * b", say = "no" }]',
            "the slip '2 * b' is 0.5: that is right",
        ),
        (
            'number = "w"\nslips = [{ number = "b", say = "no" }, { number = "w / 2", say = "n" }]',
            "the slip 'w / 2' is 0.25, as one before it is",
        ),
        (
            'number = "w"\nslips = [{ number = "w / 0", say = "no" }]',
            "the slip 'w / 0' is inf, which nobody can type",
        ),
        ('number = "w"\nhints = ["a","b","c","d","e","f","g"]', "7 hints; at most 6 are given"),
        (f'number = "w"\nhints = ["{"x" * 241}"]', "this hint has 241 characters; at most 240 fit"),
    ],
)
def test_a_question_that_is_wrong_is_found(lines: str, problem: str) -> None:
    assert problems(NET + STEP + QUESTION + lines) == [problem]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (NET.replace('title = "A lesson"', "") + STEP, "a lesson without a title"),
        (NET.replace('goal = "See."', "") + STEP, "a lesson without a goal"),
        (NET + STEP.replace("Look.", "x" * 901), "this text has 901 characters; at most 900 fit"),
        (NET + STEP * 31, "31 steps; at most 30 fit"),
        (NET + STEP + (QUESTION + 'number = "w"\n') * 6, "6 questions in one step; at most 5 fit"),
        (
            NET + STEP + '[[step.question]]\nask = "What?"\nnumber = "w"',
            "a question without a why",
        ),
        (
            NET + '[lesson.timelines]\nother = { set = "w", to = 1 }\n' + STEP,
            "no step uses the timeline 'other'",
        ),
        (
            NET + '[lesson.timelines]\nother = { set = "v", to = 1 }\n' + STEP + 'on = "other"\n',
            "there is no 'v' to set",
        ),
        (
            NET + "[lesson.timelines]\nother = { drop = 9 }\n" + STEP + 'on = "other"\n',
            "there is no sample 9 in this batch",
        ),
        (
            NET + 'next = "no-such-lesson"\n' + STEP,
            "there is no file and no lesson 'no-such-lesson'",
        ),
    ],
)
def test_a_lesson_that_is_wrong_is_found(text: str, problem: str) -> None:
    assert problem in problems(text)


@settings(max_examples=40)
@given(st.floats(-4, 4))
def test_a_stated_answer_is_right_within_the_tolerance_and_nowhere_else(stated: float) -> None:
    found = problems(NET + STEP + QUESTION + f'number = "w"\nanswer = {stated!r}\ntolerance = 0.1')
    assert (found == []) == (abs(stated - 0.5) <= 0.05)


def test_problems_come_in_the_order_of_the_file_each_with_its_place() -> None:
    text = NET + STEP + QUESTION + 'number = "w"\nanswer = 9\n'
    text += '[[step]]\ntext = "{grad(w)}"\n'
    report = check_lesson(parse_experiment(text, name="f.toml"), read(text))
    first, second = report.problems
    assert str(first) == "\n".join(
        (
            "f.toml:25:1: the answer is 0.5, not 9",
            "    answer = 9",
            "    ^^^^^^",
        )
    )
    assert str(second).splitlines()[:3] == [
        "f.toml:27:10: this is not known at e1.i1.6",
        '    text = "{grad(w)}"',
        "             ^^^^^^^",
    ]


# --- what cannot be read ------------------------------------------------------------------------

KINDS = "number, sign, choices, largest, smallest, which, affects, affected_by, writes"

LESSON_LINES = [
    ("[[¦step]]\n", "step 1 has no text"),
    ('¦gaol = "x"\n' + STEP, "unknown key 'gaol' in [lesson]"),
    ('¦set = ["training.epochs=3"]\n' + STEP, "set changes an experiment that stands elsewhere"),
    (
        '[lesson.timelines]\n¦main = { set = "w", to = 1 }\n' + STEP,
        "'main' is the run as the experiment has it",
    ),
    (
        '[lesson.timelines]\n¦other = { set = "w" }\n' + STEP,
        "set wants a name, and  to  its new value",
    ),
    (
        "[lesson.timelines]\n¦other = { drop = 1, to = 3 }\n" + STEP,
        "to is for set, and not for drop",
    ),
    (
        "[lesson.timelines]\n¦other = { drop = true }\n" + STEP,
        "drop wants a sample, counted from 1; a boolean came",
    ),
    (
        "[lesson.timelines]\n¦other = { skip = 3 }\n" + STEP,
        "skip wants a parameter, or ''; a number came",
    ),
    (
        "[lesson.timelines]\n¦other = { }\n" + STEP,
        "timeline 'other' wants one of set, drop, skip; none came",
    ),
    (
        '[lesson.timelines]\nother = { drop = 1, after = "¦e9" }\n' + STEP,
        "there is no e9.i1.1 in this run",
    ),
    ('¦timelines = "x"\n' + STEP, "timelines wants a table; a text came"),
    ('[[step]]\ntext = "t"\nat = "¦e9"', "there is no e9.i1.1 in this run"),
    ('[[step]]\ntext = "t"\nat = "e2 grad ¦v"', "unknown name 'v'"),
    (
        '[[step]]\ntext = "t"\nat = "¦e2.i1.3 w"',
        "'e2.i1.3' is one event, so that nothing can stand behind it",
    ),
    (
        '[[step]]\nat = "e8.i2"\ntext = "t"\n[[step]]\nat = "¦next"\ntext = "t"',
        "there is no iteration after the last one",
    ),
    ('[[step]]\ntext = "a {¦v} b"', "unknown name 'v'"),
    ('[[step]]\ntext = "a {w +¦} b"', "not an expression: invalid syntax"),
    ('[[step]]\ntext = """\none\n¦two {w\n"""', "a '{' without its other half"),
    ('[[step]]\ntext = "¦a }"', "a '}' without its other half"),
    ('[[step]]\ntext = "{w at ¦e9}"', "there is no e9.i1.1 in this run"),
    ('[[step]]\ntext = "{¦w on other}"', "there is no timeline 'other'"),
    ('[[step]]\ntext = "{¦w:99}"', "99 digits; 1 to 17 can be shown"),
]

STEP_LINES = [
    ('¦txt = "x"\n', "unknown key 'txt' in step 1"),
    ("¦on = 3\n", "on wants a text; 3 came"),
    ('¦on = "other"\n', "there is no timeline 'other'"),
    ('look = { view = "¦grph" }\n', "there is no view 'grph'"),
    ('look = { node = "¦v" }\n', "there is no node 'v'"),
    ("¦look = { sample = 3 }\n", "there is no sample 3 in a batch of 2"),
    ("¦look = { sample = 0 }\n", "sample wants a whole number of at least 1; 0 came"),
    ('look = { level = "¦ops" }\n', "level wants formula or op; 'ops' came"),
    ("¦question = 3\n", "question wants tables; 3 came"),
    ('[[¦step.question]]\nnumber = "w"', "a question that asks nothing"),
]

QUESTION_LINES = [
    ('number = "¦v"', "unknown name 'v'"),
    ('¦tolerance = 0.1\nsign = "w"', "tolerance is for number, and not for sign"),
    ('¦tolerance = 2\nnumber = "w"', "tolerance wants a number from 0 to 0.5; 2 came"),
    ('¦answer = "x"\nnumber = "w"', "the answer is a number; a text came"),
    ('¦answer = 3\nsign = "w"', "the answer is a text; 3 came"),
    ('¦answer = "h"\naffects = "w"', "the answer is a list of names; a text came"),
    ('¦hints = "x"\nnumber = "w"', "hints wants a list of texts; a text came"),
    ('¦choices = [\n{ text = "a" },\n]', "step 1, question 1, choice 1 has no if"),
    (
        'choices = [\n{ text = "a", if = "¦w" },\n{ text = "b", if = "v > 0" }]',
        "this is a number, not true or false",
    ),
    (
        'choices = [\n{ text = "a", ¦iff = "w > 0" }]',
        "unknown key 'iff' in step 1, question 1, choice 1",
    ),
    ('¦slips = [{ number = "w" }]\nnumber = "w"', "step 1, question 1, slip 1 has no say"),
    ('¦largest = "w"\nof = ["w", "b"]', "'w': this says the same of every node"),
    ('¦largest = "_ + v"\nof = ["w", "b"]', "'_ + v': unknown name 'v'"),
    ('largest = "_"\nof = ["w", "¦v"]', "there is no node 'v'"),
    ('largest = "_"\n¦of = ["w"]', "of wants two nodes or more, each once"),
    ('affects = "¦v"', "there is no node 'v'"),
    ('writes = "¦e2"', "this is a whole iteration; one event is wanted"),
    ('writes = "grad h"\n¦of = ["w", "b"]', "the right one is not among the nodes of  of"),
]

MARKED = [
    *((NET + lines, what) for lines, what in LESSON_LINES),
    *((NET + STEP + lines, what) for lines, what in STEP_LINES),
    *((NET + STEP + QUESTION + lines, what) for lines, what in QUESTION_LINES),
    (NET.replace("[lesson]", "[¦lesson]"), "a lesson without steps"),
    (NET.split("[lesson]")[0] + STEP.replace("[[s", "[[¦s"), "steps without a lesson"),
    (
        NET.replace("formulas", "¦formulas") + 'experiment = "two-layer"\n' + STEP,
        "two experiments: 'two-layer' and the formulas of this file",
    ),
    (
        NET + STEP + "[[¦step.question]]\nask = 'q'",
        f"a question wants one of {KINDS}; none of them came",
    ),
    (
        NET + STEP + "[[¦step.question]]\nask = 'q'\nnumber = 'w'\nsign = 'w'",
        f"a question wants one of {KINDS}; number, sign came",
    ),
]
"""Lessons that cannot be read; ``¦`` stands before where the error has to point."""


@pytest.mark.parametrize(("marked", "what"), MARKED, ids=[what for _, what in MARKED])
def test_what_cannot_be_read_is_told_where_it_stands(marked: str, what: str) -> None:
    before = marked.split("¦")[0]
    line, column = before.count("\n") + 1, len(before.rsplit("\n", 1)[-1]) + 1
    error = refused(marked.replace("¦", ""))
    assert isinstance(error, LessonError)
    assert error.what == what
    assert str(error).startswith(f"f.toml:{line}:{column}: {what}\n")
    source, caret = str(error).split("\n")[1:3]
    assert source == "    " + marked.replace("¦", "").split("\n")[line - 1]
    assert caret.index("^") == 4 + column - 1


def test_what_is_no_toml_is_told_as_for_any_experiment() -> None:
    with pytest.raises(ExperimentError, match=r"^f\.toml:2:8: not TOML"):
        read_plan("[lesson]\ngoal = \n", "f.toml")


def test_an_escape_in_a_text_leaves_the_error_at_its_key() -> None:
    error = refused(NET + '[[step]]\ntext = "a {v\\u0020+ 1}"')
    assert (error.place.line, error.place.column) == (19, 1) if error.place else False
    assert "unknown name 'v'" in error.what


# --- experiments from elsewhere -----------------------------------------------------------------


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


ELSEWHERE = 'title = "Of {0}"\n[lesson]\ngoal = "See."\nexperiment = "{0}"\n{1}\n' + STEP


def test_a_lesson_takes_its_experiment_from_a_file_beside_it(tmp_path: Path) -> None:
    written(tmp_path, "net.toml", NET.split("[lesson]")[0])
    path = written(
        tmp_path, "lesson.toml", ELSEWHERE.format("net.toml", 'set = ["training.epochs=3"]')
    )
    experiment = open_lesson(path, overrides=["parameters.w=2"])
    assert experiment.title == "Of net.toml"
    assert experiment.training.epochs == 3
    assert experiment.leaves["w"] == 2
    plan = open_plan(path)
    assert plan is not None
    assert check_lesson(open_lesson(path), plan).ok


@pytest.mark.parametrize(
    ("where", "more", "line", "column", "what"),
    [
        ("two-lyer", "", 4, 1, "there is no file and no lesson 'two-lyer'"),
        ("lesson.toml", "", 4, 1, "'lesson.toml' takes its experiment from here again"),
        ("two-layer", 'set = ["training.epoch=3"]', 5, 9, "unknown key 'epoch' in [training]"),
        ("two-layer", 'set = ["training"]', 5, 9, "training: not a setting"),
    ],
)
def test_an_experiment_that_cannot_be_taken_is_told_in_the_lesson(
    where: str, more: str, line: int, column: int, what: str, tmp_path: Path
) -> None:
    path = written(tmp_path, "lesson.toml", ELSEWHERE.format(where, more))
    with pytest.raises(ExperimentError) as caught:
        open_lesson(path)
    assert caught.value.what == what
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (line, column)


def test_the_lesson_of_a_file_is_no_part_of_what_determines_the_run() -> None:
    experiment = parse_experiment(NET + STEP)
    assert set(experiment.document) == {"title", "formulas", "parameters", "data", "training"}


def test_a_comment_leaves_progress_alone_and_a_word_does_not() -> None:
    plan = read(NET + STEP)
    assert read("# note\n" + NET + STEP).digest == plan.digest
    assert read(NET + STEP.replace("Look", "See")).digest != plan.digest
    assert len({lesson.digest for lesson in lessons()}) == len(lessons())
