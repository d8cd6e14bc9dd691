"""Where there is nothing to show, it says so, and what to do about it."""

from __future__ import annotations

import pytest

from engine import Debugger, GradstepError, parse_experiment
from tests.tui.screens import NO_DATA, NO_PARAMETERS, text_of
from tui.console import Console
from tui.drawing.inspector import inspector_rows
from tui.drawing.lesson import draw_lesson
from tui.drawing.parameters import draw_parameters
from tui.views.frame import Views
from tui.views.look import Look


def console(text: str) -> Console:
    return Console(Debugger(parse_experiment(text, name="experiment.toml")))


@pytest.mark.parametrize(
    ("line", "what", "way_out"),
    [
        ("visit", "no bookmark is set", "`bookmark` sets one here"),
        ("unstop 1", "there is no stop 1", "`break` or `watch` sets one"),
        ("compare", "the name of another timeline", "`set`, `drop` and `skip` fork one"),
        ("switch other", "no timeline 'other'", "main is the only one: `set`, `drop` and `skip`"),
        ("skip", "nothing is trained here", "[parameters]"),
        ("drop 1", "there are no samples to drop", "no [data]"),
        ("lesson", "no lesson is open", "`learn NAME` opens one"),
    ],
)
def test_a_command_without_anything_to_work_on_says_what_to_do(
    line: str, what: str, way_out: str
) -> None:
    with pytest.raises(GradstepError) as caught:
        console(NO_PARAMETERS).run(line)
    assert what in caught.value.what and way_out in caught.value.hint


@pytest.mark.parametrize("line", ["stops", "watches", "bookmarks"])
def test_an_empty_list_says_how_it_is_filled(line: str) -> None:
    assert "`" in console(NO_DATA).run(line).text


def test_a_run_without_stops_says_how_one_is_set() -> None:
    made = console(NO_DATA)
    assert made.run("continue").note == "the end of the run: no stop is set, `break` sets one"
    made.run("break if loss < 0")
    assert made.run("reverse").note == "no stop hits before this: the start of the run"


@pytest.mark.parametrize("width", [24, 60])
def test_empty_panels_say_where_what_is_missing_would_stand(width: int) -> None:
    debugger = console(NO_PARAMETERS).debugger
    views = Views(debugger).frame(Look()).views

    def words(rows) -> str:
        return " ".join(" ".join(text_of(rows)).split())

    assert "[parameters]" in words(draw_parameters(views["parameters"], width, 12))
    assert "[data]" in words(inspector_rows(views["inspector"], width, 12))
    assert "[parameters]" in words(views["derivation"].rows)
    assert "L lists them" in words(draw_lesson(views["lesson"], width).rows)
