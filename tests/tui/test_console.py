"""Every command as text: what it answers, what it leaves behind, and what it says when it cannot.

The debugger stands on the lesson two-layer with a learning rate that is a power of two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from pathlib import Path

import pytest

from engine import Debugger, FormulaError, GradstepError, open_lesson
from tui.commands import BY_NAME, COMMANDS
from tui.console import Answer, Console, counted, fields_line, table
from tui.console.handlers import handler_of

EXACT = ("training.learning_rate=0.0625", "training.epochs=40")


def console(at: str = "e2.i1.19", *lines: str) -> Console:
    made = Console(Debugger(open_lesson("two-layer", overrides=EXACT)))
    made.debugger.goto(at)
    for line in lines:
        made.run(line)
    return made


def refusal(made: Console, line: str) -> GradstepError:
    with pytest.raises(GradstepError) as caught:
        made.run(line)
    return caught.value


def carried_out() -> set[str]:
    """The names of all commands that need no screen."""
    return {command.name for command in COMMANDS if handler_of(command.name) is not None}


# --- the table ----------------------------------------------------------------------------------


def test_every_command_that_is_not_about_the_screen_is_carried_out_here() -> None:
    wanted = {command.name for command in COMMANDS if not command.look}
    assert carried_out() == wanted | {"help"}


def test_help_without_a_screen_lists_what_can_be_typed() -> None:
    lines = console().run("help").text.splitlines()
    assert len(lines) == len([c for c in COMMANDS if not c.look])
    assert any(line.startswith("when CONDITION  ") for line in lines)


@pytest.mark.parametrize("name", [c.name for c in COMMANDS if c.look and c.name != "help"])
def test_a_command_of_the_screen_is_refused_without_one(name: str) -> None:
    assert refusal(console(), name).what == f"'{name}' is for the screen"


@pytest.mark.parametrize("name", [c.name for c in COMMANDS if not c.look and not c.usage])
def test_a_command_that_takes_nothing_says_so(name: str) -> None:
    assert refusal(console(), f"{name} 3").what == f"'{name}' takes nothing; '3' came"


@pytest.mark.parametrize("name", [c.name for c in COMMANDS if c.needs_more and not c.look])
def test_a_command_that_wants_more_says_what(name: str) -> None:
    error = refusal(console(), name)
    assert error.what.startswith(f"'{name}' wants ")
    assert error.hint


def test_an_unknown_command_is_called_one_and_the_nearest_is_named() -> None:
    error = refusal(console(), "contineu")
    assert (error.what, error.hint) == (
        "there is no command 'contineu'",
        "did you mean 'continue'?",
    )


# One line for every command: what is typed, and a part of what it answers.
SESSION = """
step                       | e2.i1.20
step 2                     | e2.i1.22
step back                  | e2.i1.21
line                       | line 14: w2 -= lr * d_w2
line back                  | line 13: b1 -= lr * d_b1
pass                       | e2.i1.23
pass back                  | e2.i1.20
iteration                  | e3.i1.20
iteration back             | e2.i1.20
epoch 3                    | e5.i1.20
epoch back                 | e4.i1.20
goto .3                    | e4.i1.3
end                        | e40.i1.23
start                      | e1.i1.1
back                       | e40.i1.23
forward                    | e1.i1.1
goto e2.i1.19              | e2.i1.19
where                      | ∂loss/∂w1
bookmark here a gradient   | bookmark here at e2.i1.19
bookmark                   | bookmark 1 at e2.i1.19
bookmarks                  | a gradient
unmark 1                   | bookmark 1 is gone
visit                      | a gradient
break line 6               | stop 1: break line 6
tbreak grad w1             | stop 2: break grad w1
watch norm(h)              | stop 3: watch norm(h)
display w1 * 2             | shown as 4: w1 * 2
watches                    | norm(h)
disable 3                  | stop 3 is off
stops                      | once
enable 3                   | stop 3: watch norm(h)
ignore 1 2                 | stop 1 passes over 2 hits
unstop 3                   | removed stop 3
continue                   | breakpoint 2: grad w1
reverse                    | breakpoint 1: line 6
goto e2.i1.19              | e2.i1.19
why                        | ∂loss/∂w1
why w1                     | ← w1 − lr · ∂loss/∂w1
explain w1 of h            | ∂(Σ h)/∂w1 = Σ ∂h/∂w1
samples w1                 | ∂loss/∂w1 =
affects w1 by -0.5         | w1 affects 7 nodes
affected by g              | g is affected by
check                      | 11 gradients: none is wrong
last w1                    | w1 changed here
when loss < 0.5            | times in
never loss < 0             | never
expect loss < 5            | is true
print 2 * w1               | 2 * w1 =
set w1 = 2 * w1 as doubled | doubled: from main, w1 =
timelines                  | from main
compare                    | doubled and main first differ at
switch main                | on main
drop 1 as without          | without: from main
switch main                | on main
skip as rest               | rest: from main
rename rest pause          | rest is called pause now
forget pause               | pause is forgotten
learn loss                 | step 1 of 4, at e1.i1.5
lesson next                | step 2 of 4, at e1.i1.7
lesson back                | step 1 of 4
lesson 2                   | question 1 of 1: Which sample
lesson                     | d) sample 4
hint                       | hint: Look for the largest
answer d                   | right
lesson next                | loss = (1/N) Σ (y − g)² = 4.0781
solution                   | the answer: 4.0781
"""


def test_a_session_that_uses_every_command_but_those_on_files() -> None:
    made, used = console(), set()
    for line in SESSION.strip().splitlines():
        command, words = (part.strip() for part in line.split("|"))
        answer = made.run(command)
        assert words in answer.text, command
        used.add(re.sub(r"\b(step|iteration|epoch) \d", r"\1", command))
        strict = json.loads(fields_line(command, answer), parse_constant=pytest.fail)
        assert strict["command"] == command
        assert strict["answer"] == answer.text
        assert strict["ok"] is answer.ok
    seen = {name for name in carried_out() if any(line.startswith(name) for line in used)}
    assert carried_out() - seen == {"save", "load", "help"}


def test_a_session_is_saved_and_loaded(tmp_path: Path) -> None:
    made = console("e2.i1.19", "break line 6", "bookmark here", "set w1 = 3 as other")
    path = tmp_path / "mine.gradstep"
    assert made.run(f"save {path.with_suffix('')}").fields["file"] == str(path)
    fresh = Console(Debugger(open_lesson("chain-rule")))
    answer = fresh.run(f"load {path}")
    assert answer.moved and answer.fields["notes"] == []
    assert fresh.debugger.position.timeline == "other"
    assert str(fresh.debugger.address) == "e2.i1.19"
    assert fresh.run("stops").text == made.run("stops").text
    assert fresh.origin == str(path)


def test_saving_never_replaces_what_is_no_session(tmp_path: Path) -> None:
    experiment = tmp_path / "mine.toml"
    experiment.write_text('formulas = "loss = 2"')
    saved = console("e2.i1.19", "bookmark here").run(f"save {experiment}").fields["file"]
    assert saved == f"{experiment}.gradstep"
    assert experiment.read_text() == 'formulas = "loss = 2"'
    assert "here" in console("e1", f"load {saved}").run("bookmarks").text


def test_a_session_in_a_file_of_any_name_is_loaded(tmp_path: Path) -> None:
    answer = console("e2.i1.19", "bookmark here").run(f"save {tmp_path / 'mine'}")
    saved = Path(answer.fields["file"])
    other = saved.rename(tmp_path / "mine.json")
    assert "here" in console("e1", f"load {other}").run("bookmarks").text


def test_a_session_that_cannot_be_opened_leaves_the_debugger(tmp_path: Path) -> None:
    made = console()
    before = made.debugger
    assert "there is no file" in refusal(made, f"load {tmp_path / 'none'}").what
    assert made.debugger is before


def test_a_number_beyond_all_is_printed_without_a_warning() -> None:
    console = Console(Debugger(open_lesson("two-layer")))
    assert console.run("print 10**10000").text == "10**10000 = inf"
    assert console.run(f"print {' and '.join(['1 > 0'] * 90)}").fields["value"] == 1.0


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ("goto e99", "there is no e99.i1.1", "it runs from"),
        ("goto x", "'x' is not an address", "write e2.i3.17"),
        ("step far", "how far wants a whole number; 'far' came", ""),
        ("break line 99", "there is no line 99", "lines 1 to 15"),
        ("break w3", "unknown name 'w3'", "did you mean"),
        ("break if w1", "this is a number, not true or false", "compare it"),
        ("watch loss =", "invalid syntax", "like  grad(w1)"),
        ("unstop 7", "there is no stop 7", "none are set"),
        ("ignore 1", "how many hits wants a whole number; nothing came", ""),
        ("why w9", "there is no node 'w9'", "did you mean"),
        ("visit home", "there is no bookmark 'home'", "`bookmark` sets one here"),
        ("set w1", "set wants TARGET = VALUE", "like  set w1 = 0.5"),
        ("set w1 = x9", "unknown name 'x9'", "did you mean"),
        ("set w9 = 1", "there is no 'w9' to set", "did you mean"),
        ("set w1[0] = 1", "w1[0] is not an element", "it is one number"),
        ("drop 99", "there is no sample 99 in this batch", "it has 4"),
        ("skip x", "there is no update of 'x'", "updated are: w1"),
        ("switch other", "there is no timeline 'other'", "main is the only one"),
        ("forget main", "'main' is the run as the experiment has it", "only forks"),
        ("switch", "'switch' wants TIMELINE", "look at another timeline"),
        ("print (", "not an expression", "write an expression"),
        ("rename main", "rename wants the old name and the new one", ""),
        ("compare", "compare wants the name of another timeline", "fork one"),
        ("save", "'save' wants FILE", "save the session"),
        ("save /", "cannot write /: it is a directory", "name a file in it"),
        (f"break if {'loss > 1 and ' * 101}w1 > 0", "nests more than 100 operations", "split it"),
        (f"print 0{' < 1' * 101}", "nests more than 100 operations", "split it"),
        (f"set w1 = {'[' * 3000}{']' * 3000}", "not an expression", ""),
        (f"set w1 = {'9' * 5000}", "a whole number has more digits than can be read", "1e30"),
        ("save /nowhere/at/all", "cannot write", ""),
    ],
)
def test_what_cannot_be_done_is_explained_and_nothing_happens(
    line: str, what: str, hint: str
) -> None:
    made = console()
    before = (made.debugger.position, list(made.debugger.stops), len(made.debugger.timelines))
    error = refusal(made, line)
    assert what in error.what
    assert hint in error.hint
    after = (made.debugger.position, list(made.debugger.stops), len(made.debugger.timelines))
    assert after == before


@pytest.mark.parametrize(
    ("line", "under"),
    [
        ("break if loos < 1", "loos"),
        ("  break   g if  loss < looss", "looss"),
        ("watch norm(hh)", "hh"),
        ("when w1 > 1 and w3 > 1", "w3"),
        ("print w1 + (h2 - 1)", "h2"),
        ("set w1 = w1 + w5 as other", "w5"),
        ("last grad(zz)", "zz"),
        ("break grad w8", "w8"),
        ("why grad(w8)", "w8"),
    ],
)
def test_a_mistake_is_placed_in_the_line_as_it_was_typed(line: str, under: str) -> None:
    error = refusal(console(), line)
    assert error.place is not None and error.place.column is not None
    assert error.place.source == line
    start = error.place.column - 1
    assert line[start : start + error.place.width] == under


def test_a_condition_that_is_none_is_refused_when_it_is_set() -> None:
    error = refusal(console(), "break if w1 + 1")
    assert isinstance(error, FormulaError)


# --- what takes long ----------------------------------------------------------------------------


def long_console() -> Console:
    lesson = open_lesson("two-layer", overrides=["training.epochs=2000000"])
    return Console(Debugger(lesson))


def begun(made: Console, line: str) -> Generator[float, None, Answer]:
    steps = made.start(line)
    assert not isinstance(steps, Answer)
    return steps


@pytest.mark.parametrize("line", ["end", "continue", "goto e1999999"])
def test_a_long_command_goes_in_slices_and_can_be_dropped(line: str) -> None:
    made = long_console()
    made.run("break if loss < 0")
    steps = begun(made, line)
    shares = [next(steps) for _ in range(8)]
    assert shares == sorted(shares)
    assert 0 <= shares[-1] < 0.5
    assert made.debugger.at == 1
    steps.close()
    assert made.debugger.at == 1
    assert made.debugger.stops[1].hits == 0
    assert made.run("step").fields["at"] == "e1.i1.2"


@pytest.mark.parametrize("line", ["goto e31.i1.4", "step back 999", "back", "visit far", "last w1"])
def test_a_replay_of_what_is_recorded_goes_in_slices_and_can_be_dropped(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.console.SLICE_SECONDS", 0.0)
    # With next to no memory every place is far from a keyframe.
    debugger = Debugger(open_lesson("two-layer", overrides=["training.epochs=2000"]), memory=1)
    made = Console(debugger)
    debugger.jump("e900.i1.4")
    debugger.bookmark("far")
    for line_before in ("end", "goto e1", "end"):
        made.run(line_before)
    if line == "back":
        debugger.jump("e900.i1.4")
        debugger.jump("e2000.i1.1")
    before = debugger.position
    dropped = made.start(line)
    assert isinstance(dropped, Generator)
    assert 0 <= next(dropped) < 1
    dropped.close()
    assert debugger.position == before
    shares: list[float] = []
    made.run(line, shares.append)
    assert len(shares) > 10
    assert shares[-1] > shares[0]
    assert debugger.position != before


def test_a_switch_that_is_dropped_leaves_the_timeline_as_it_was() -> None:
    made = long_console()
    made.run("set w1 = 1 as other")
    made.run("goto e30000")
    steps = begun(made, "switch main")
    next(steps)
    assert made.debugger.position.timeline == "other"
    steps.close()
    assert made.debugger.position.timeline == "other"
    assert made.run("switch main").moved


def test_forgetting_the_timeline_that_is_looked_at_shows_its_parent() -> None:
    made = long_console()
    made.run("set w1 = 1 as other")
    made.run("goto e3000")
    made.run("forget other")
    assert made.debugger.position.timeline == "main"
    assert str(made.debugger.address) == "e3000.i1.1"
    assert made.debugger.state is not None


# --- what can be done about a line --------------------------------------------------------------


def test_lines_lead_to_what_they_speak_of() -> None:
    made = console("e2.i1.19", "break line 6", "bookmark here", "set w1 = 3 as other", "watch w1")
    for command, line, wanted in [
        ("stops", 0, "goto .12"),
        ("bookmarks", 0, "visit here"),
        ("timelines", 1, "switch other"),
        ("watches", 1, "last w1"),
        ("when loss > 1", 1, "goto e1.i1.8"),
        ("compare main", 0, "goto e2.i1.20"),
        ("why w1", 0, "goto e2.i1.20"),
    ]:
        answer = made.run(command)
        assert answer.choice(line).go == wanted, command
        made.run(wanted)


def test_what_a_line_offers_can_be_done() -> None:
    made = console("e2.i1.19", "break line 6", "bookmark here", "set w1 = 3 as other")
    assert made.run(made.run("stops").choice(0).toggle).fields["enabled"] is False
    assert made.run(made.run("stops").choice(0).toggle).fields["enabled"] is True
    made.run(made.run("stops").choice(0).remove)
    assert len(made.debugger.stops) == 0
    made.run(made.run("bookmarks").choice(0).remove)
    assert len(made.debugger.bookmarks) == 0
    assert made.run("timelines").choice(0).remove == ""
    made.run(made.run("timelines").choice(1).remove)
    assert len(made.debugger.timelines) == 1


CONSTANT = """\
formulas = "loss = (w * k - 3)**2"
[parameters]
w = 0.5
[constants]
k = 2.0
"""


def test_a_watch_on_what_only_an_edit_can_change_is_listed_and_stops_at_the_edit(
    tmp_path: Path,
) -> None:
    path = tmp_path / "constant.toml"
    path.write_text(CONSTANT)
    made = Console(Debugger(open_lesson(str(path))))
    made.run("watch k")
    assert made.run("stops").choice(0).go == ""
    edited = made.run("goto e3.i1.2").fields["at"]
    made.run("set k = 4")
    assert made.run("goto e5").fields["at"] != made.run("last k").fields["at"] == edited
    made.run("start")
    found = made.run("continue")
    assert (found.fields["at"], found.fields["hit"]) == (edited, [1])


def test_a_watch_shows_its_value_here_and_one_iteration_before() -> None:
    made = console("e1.i1.19", "watch w1", "watch grad(w1)")
    first = made.run("watches").fields["watches"]
    assert [entry["before"] for entry in first] == [None, None]
    made.run("iteration")
    second = made.run("watches").fields["watches"]
    assert [entry["before"] for entry in second] == [entry["here"] for entry in first]
    assert "not computed" not in made.run("watches").text


def test_a_console_that_is_watched_says_less_on_arrival() -> None:
    made = Console(Debugger(open_lesson("two-layer")), watched=True)
    assert made.run("step") == Answer(moved=True)
    assert "line 2: h = w1 * x + b1" in made.run("where").text
    made.run("break line 2")
    assert made.run("continue").note == "breakpoint 1: line 2"


def test_columns_of_a_table_stand_below_each_other() -> None:
    assert table([("a", "b"), ("long", "c")]) == "a     b\nlong  c"
    assert table([]) == ""


def test_the_letter_of_a_key_stands_for_its_command() -> None:
    made = console()
    assert made.run("s").fields["at"] == "e2.i1.20"
    assert made.run("S").fields["at"] == "e2.i1.19"
    assert BY_NAME["step"].keys[0] == "s"


def test_an_address_alone_is_gone_to() -> None:
    made = console()
    for line, address in (("e3", "e3.i1.1"), ("e2.i1.4", "e2.i1.4"), (".7", "e2.i1.7")):
        made.run(line)
        assert str(made.debugger.address) == address


def test_a_number_may_be_worked_out_where_it_is_set_or_printed() -> None:
    made = console()
    assert made.run("print 2 * 3").fields["value"] == 6.0
    assert made.run("set w1 = -(2 * 3)").fields["edit"] == "w1 = -6"


def test_the_learning_rate_may_be_called_as_the_listing_calls_it() -> None:
    assert console().run("set lr = 0.5").fields["edit"] == "learning_rate = 0.5"


def test_of_a_run_that_is_not_recorded_nothing_is_vouched_for() -> None:
    made = Console(Debugger(open_lesson("two-layer")))
    answer = made.run("never loss < 0")
    assert not answer.ok and "nothing is recorded yet" in answer.text
    made.run("end")
    assert made.run("never loss < 0").ok


def test_a_value_that_a_short_batch_does_not_have_is_said_to_be_missing() -> None:
    lesson = open_lesson("two-layer", overrides=["training.batch_size=3"])
    made = Console(Debugger(lesson))
    made.run("goto e1.i2.1")
    assert "this batch of 1 has no such sample" in made.run("print x[2]").text


def test_a_fork_at_the_end_of_an_iteration_is_compared_with_the_one_after() -> None:
    made = console("e2.i1.23", "set w1 = 3")
    answer = made.run("compare")
    assert answer.ok and answer.fields["first"] == "e3.i1.2"
    made = console("e40.i1.23", "set w1 = 3")
    answer = made.run("compare")  # nothing is left to differ, but the value that was set
    assert not answer.ok and re.search(r"w1 +3 +", answer.text)


def test_one_is_not_counted_as_many() -> None:
    assert counted(1, "iteration") == "1 iteration"
    assert counted(2000, "hit") == "2,000 hits"
