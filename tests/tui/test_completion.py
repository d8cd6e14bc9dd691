"""Completion as plain values: what may stand at the cursor of a line, and how a command is used."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Debugger, open_lesson
from tui.commands import BY_NAME, COMMANDS
from tui.completion import Completion, Times, Vocabulary, Word, complete, matching, prefixed
from tui.completion.arguments import ARGUMENTS
from tui.completion.complete import KEYWORDS
from tui.completion.search import Entry, found
from tui.completion.usage import LONG, grammar, words_of
from tui.views.look import Look
from tui.views.names import Names

NODES = (
    *(Word(name, "data") for name in ("x", "y")),
    *(Word(name, "parameter") for name in ("w1", "w2", "bias")),
    *(Word(name, "formula") for name in ("h", "g", "loss", "Last")),
)

NAMES = Vocabulary(
    nodes=NODES,
    gradients=frozenset(("w1", "w2", "bias", "h", "g", "loss")),
    trained=frozenset(("w1", "w2")),
    options=(Word("learning_rate", "option"), Word("momentum", "option")),
    counters=(Word("epoch", "counter"), Word("step", "counter")),
    functions=(
        Word("grad(", "function", "grad(NAME)"),
        Word("sum(", "function", "sum(a, axis=None, keepdims=False)"),
        Word("sin(", "function", "sin(a)"),
    ),
    lines=tuple(Word(str(n), "line") for n in (1, 2, 3, 12)),
    events=tuple(Word(str(n), "event") for n in range(1, 24)),
    samples=(Word("1", "sample"), Word("2", "sample")),
    timelines=(Word("main", "timeline"), Word("fork-1", "timeline")),
    bookmarks=(Word("best", "bookmark"), Word("spike", "bookmark")),
    stops=(Word("1", "stop"), Word("7", "stop")),
    replies=(Word("a", "choice"), Word("b", "choice")),
    plots=(Word("loss", "plot"), Word("updates", "plot")),
    times=Times(epochs=100, iterations=5, here=(12, 2, 17)),
)


def folder(kind: str, typed: str) -> Iterator[Word]:
    if kind == "LESSON":
        return iter((Word("xor", "lesson"), Word("two-layer", "lesson")))
    return (Word(f"{typed}{end}", "file") for end in ("one.gradstep", "two.gradstep"))


def at(line: str) -> Completion:
    """What may stand at the bar in the line."""
    cursor = line.index("|")
    return complete(line.replace("|", ""), cursor, NAMES, folder)


def offered(line: str) -> list[str]:
    return [word.text for word in at(line).words]


def here(line: str) -> list[str]:
    """The parts of the usage that the cursor stands in."""
    return [text for text, marked in at(line).hint.usage if marked]


NODE_NAMES = [word.text for word in NODES]


# --- what is offered ----------------------------------------------------------------------------


def test_an_empty_line_takes_every_command() -> None:
    assert offered("|") == [command.name for command in COMMANDS]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        # names of commands
        ("bo|", ["bookmark", "bookmarks"]),
        ("BRE|", ["break", "tbreak"]),
        ("  tbr|", ["tbreak"]),
        ("step b|", ["step back"]),
        ("step back|", []),
        ("affected b|", ["affected by"]),
        ("bkmk|", ["bookmark", "bookmarks"]),
        ("nothing such|", []),
        # one word
        ("visit |", ["best", "spike"]),
        ("visit s|", ["spike"]),
        ("unmark sp|", ["spike"]),
        ("unstop |", ["1", "7"]),
        ("ignore 7 |", []),
        ("switch f|", ["fork-1"]),
        ("rename |", ["main", "fork-1"]),
        ("rename main |", []),
        ("drop |", ["1", "2"]),
        ("drop 1 |", ["as"]),
        ("skip |", ["w1", "w2", "as"]),
        ("skip w1 as |", []),
        ("zoom |", []),
        ("step |", ["step back"]),
        # alternatives and options
        ("break |", ["1", "2", "3", "12", *NODE_NAMES, "grad", "if"]),
        ("break 1|", ["1", "12"]),
        ("break g|", ["g", "grad"]),
        ("b g|", ["g", "grad"]),
        ("break grad |", ["w1", "w2", "bias", "h", "g", "loss"]),
        ("break grad w|", ["w1", "w2"]),
        ("break grad w1 |", ["if"]),
        ("break g |", ["if"]),
        ("break g i|", ["if"]),
        ("plot up|", ["updates"]),
        ("plot su|", ["surface", "sum("]),
        ("plot surface w|", ["w1", "w2"]),
        ("plot surface w1 w|", ["w1", "w2"]),
        ("plot fit |", ["x", "y"]),
        ("plot boundary x |", ["x", "y"]),
        ("plot loss * w|", ["w1", "w2"]),
        ("explain w1 |", ["of", "by"]),
        ("explain w1 of |", NODE_NAMES),
        ("explain w1 of g b|", ["by"]),
        ("explain by |", ["ops"]),
        ("why grad(w|", ["grad(w1)", "grad(w2)"]),
        # expressions
        ("break if lo|", ["loss"]),
        ("break if la|", ["Last"]),
        ("break g if loss < b|", ["bias"]),
        ("break if loss < 1 |", ["and", "or"]),
        ("break if loss < 1 a|", ["and"]),
        ("break if loss < 1 and st|", ["step", "Last"]),
        ("break if not lo|", ["loss"]),
        ("break if n|", ["not"]),
        ("watch grad(|", ["w1", "w2", "bias", "h", "g", "loss"]),
        ("watch sum(grad(w|", ["w1", "w2"]),
        ("watch sum(h, ax|", ["axis="]),
        ("print s|", ["step", "sum(", "sin("]),
        ("print w1[|", []),
        ("print h[w|", []),
        ("print 2e|", []),
        ("print w1 * h|", []),
        ("print w1 * bi|", ["bias"]),
        ("print -w|", ["w1", "w2"]),
        ("last grad(w1) + l|", ["loss", "Last"]),
        # set
        ("set |", ["x", "y", "w1", "w2", "bias", "learning_rate", "momentum"]),
        ("set l|", ["learning_rate"]),
        ("set lr|", ["learning_rate"]),
        ("set w1 |", ["="]),
        ("set w1 = bi|", ["bias"]),
        ("set w1=bi|", ["bias"]),
        ("set w1 = 2 |", ["as"]),
        ("set w1 = 2 as |", []),
        ("set w1[0, 2] |", ["="]),
        # addresses
        ("goto e1|", ["e1", "e12", "e13", "e100"]),
        ("goto e3.|", ["e3.i1", "e3.i2", "e3.i3", "e3.i5"]),
        ("goto e3.i5.2|", ["e3.i5.2", "e3.i5.20", "e3.i5.21", "e3.i5.22", "e3.i5.23"]),
        ("goto .2|", [".2", ".20", ".21", ".22", ".23"]),
        ("e3.i|", ["e3.i1", "e3.i2", "e3.i3", "e3.i5"]),
        (".7|", []),
        ("goto x|", []),
        # files, also with blanks in their names
        ("load my|", ["myone.gradstep", "mytwo.gradstep"]),
        ("save a file|", ["a fileone.gradstep", "a filetwo.gradstep"]),
        # lessons and their questions
        ("learn |", ["xor", "two-layer"]),
        ("learn two|", ["two-layer"]),
        ("answer |", ["a", "b"]),
        ("lesson |", ["lesson next", "lesson back"]),
    ],
)
def test_only_what_may_stand_at_the_cursor_is_offered(line: str, words: list[str]) -> None:
    assert offered(line) == words


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("step |", ["COUNT"]),
        ("set |", ["TARGET"]),
        ("set w1|", ["TARGET"]),
        ("set w1 |", ["="]),
        ("set w1 = |", ["VALUE"]),
        ("set w1 = 2|", ["VALUE"]),
        ("set w1 = 2 as f|", ["NEW"]),
        ("break |", ["LINE", "NAME", "grad", "if"]),
        ("break grad w|", ["GRADIENT"]),
        ("break g if l|", ["CONDITION"]),
        ("bookmark here |", ["NOTE"]),
        ("bookmark here some more wor|", ["NOTE"]),
        ("ignore 1 |", ["COUNT"]),
        ("ignore 1 2 |", []),
    ],
)
def test_the_part_of_the_usage_is_marked_where_the_cursor_stands(
    line: str, parts: list[str]
) -> None:
    assert here(line) == parts


def test_the_pieces_of_a_hint_are_the_usage() -> None:
    for line in ("break |", "set w1 = |", "why |", "explain w1 of |", "drop 1 as |", "zoom |"):
        hint = at(line).hint
        assert "".join(text for text, _ in hint.usage) == BY_NAME[hint.name].usage


@pytest.mark.parametrize(
    ("line", "help"),
    [
        ("|", "a command or an address"),
        ("epoch|", BY_NAME["epoch"].help),
        ("s|", BY_NAME["step"].help),  # the letter of its key
        ("zoom |", BY_NAME["zoom"].help),
        ("break |", BY_NAME["break"].help),
        ("watch |", ARGUMENTS["EXPRESSION"].help),
        ("watch sum(h, |", "sum(a, axis=None, keepdims=False)"),
        ("watch sum(grad(|", "grad(NAME)"),
        ("watch sum(h) |", ARGUMENTS["EXPRESSION"].help),
    ],
)
def test_help_is_about_what_is_typed_now(line: str, help: str) -> None:
    assert at(line).hint.help == help


@pytest.mark.parametrize(
    ("line", "ghost"),
    [
        ("bo|", "okmark"),
        ("bre|", "ak"),
        ("|", ""),
        ("BRE|", ""),  # a ghost of it would be a lie
        ("brk|", ""),
        ("watch lo|", "ss"),
        ("watch |", ""),
        ("set lr|", ""),
    ],
)
def test_the_likeliest_word_goes_on_as_a_ghost(line: str, ghost: str) -> None:
    assert at(line).ghost == ghost


@pytest.mark.parametrize(
    ("line", "common"),
    [
        ("bo|", "bookmark"),
        ("unm|", "unmark"),
        ("set |", ""),
        ("break gr|", "grad"),
        ("watch LO|", "loss"),
        ("watch la|", "Last"),
        ("goto e|", "e"),  # these are not all the epochs there are
        ("switch m|", "main"),
    ],
)
def test_what_all_words_have_in_common_is_typed_at_once(line: str, common: str) -> None:
    assert at(line).common == common


def test_what_stands_behind_the_cursor_is_left_alone() -> None:
    completion = complete("break if lo < 1", 11, NAMES)
    assert (completion.start, completion.typed) == (9, "lo")
    assert [word.text for word in completion.words] == ["loss"]


def test_words_that_want_more_have_a_blank_behind_them() -> None:
    more = {word.text for word in at("|").words if word.more}
    assert more == {command.name for command in COMMANDS if command.usage}
    assert [word.more for word in at("break g i|").words] == [True]
    assert [word.more for word in at("break if lo|").words] == [False]


# --- the grammar of usages ----------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_usage_can_be_read_and_every_word_of_it_is_explained(command) -> None:
    items = grammar(command.usage).items if command.usage else ()
    for item in items:
        assert (item.text in ARGUMENTS) if item.argument else (item.text in KEYWORDS)
        assert command.usage[item.start : item.end] == item.text


def test_every_kind_of_argument_is_used() -> None:
    used = {i.text for c in COMMANDS if c.usage for i in grammar(c.usage).items if i.argument}
    assert used == set(ARGUMENTS)
    assert used >= LONG


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b", ["a", "b"]),
        ("W[0, 2] = 1", ["W[0, 2]", "=", "1"]),
        ("w1=1", ["w1", "=", "1"]),
        ("a == b", ["a", "==", "b"]),
        ("a<=b", ["a<=b"]),
        ("sum(a, axis=0) x", ["sum(a, axis=0)", "x"]),
        ("sum(a, ", ["sum(a, "]),
        ("[1, 2] as n", ["[1, 2]", "as", "n"]),
        (") x", [")", "x"]),
        ("", []),
    ],
)
def test_words_keep_their_brackets_together(text: str, words: list[str]) -> None:
    assert [word for word, _ in words_of(text)] == words
    assert all(text[start:].startswith(word) for word, start in words_of(text))


def test_brackets_may_be_left_out_and_bars_choose() -> None:
    read = grammar("[A | b C] [if D] = E")
    words = {item.text: i for i, item in enumerate(read.items)}

    def after(*typed: str) -> set[str]:
        found = read.expected([(word, 0) for word in typed], 0)
        return {e.item.text for e in found}

    assert list(words) == ["A", "b", "C", "if", "D", "=", "E"]
    assert after() == {"A", "b", "if", "="}
    assert after("b") == {"C"}  # a word of the usage rather than an argument
    assert after("b", "x") == {"if", "="}
    assert after("if", "x") == {"="}
    assert after("=", "x") == set()
    assert after("=", "x", "y") == set()


# --- any line -----------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *BY_NAME,
        *("s", "w1", "loss", "grad(", "sum(", ")", "[", "]", "=", "==", " ", "  ", "if", "as"),
        *("e3", ".", "i2", "1", "'", '"', "\\", "权重", "é", ",", "<", "and", "\t"),
    ]
)


@given(st.lists(PIECES, max_size=9).map("".join), st.integers(0, 60))
def test_any_line_with_any_cursor_is_completed_within_itself(line: str, cursor: int) -> None:
    cursor = min(cursor, len(line))
    completion = complete(line, cursor, NAMES, folder)
    assert 0 <= completion.start <= cursor
    assert completion.typed == line[completion.start : cursor]
    assert len(completion.common) >= len(completion.typed)
    texts = [word.text for word in completion.words]
    assert len(texts) == len(set(texts))
    assert texts != [completion.typed]
    # Put in, a word is itself complete: it is not offered once more.
    for word in completion.words[:3]:
        again = line[: completion.start] + word.text
        assert [w.text for w in complete(again, len(again), NAMES, folder).words] != [word.text]


# --- matching -----------------------------------------------------------------------------------


def test_words_that_begin_so_come_before_those_that_contain_it() -> None:
    words = [Word(text, "") for text in ("unstop", "stops", "Stop", "s-t-o-p", "spot")]
    assert [w.text for w in matching("stop", words)] == ["stops", "Stop", "unstop", "s-t-o-p"]
    assert matching("St", words)[0].text == "Stop"
    assert [w.text for w in matching("p", words)] == []


def test_letters_that_are_far_apart_mean_nothing() -> None:
    long = [Word("l........................r", "")]
    assert matching("lr", long) == ()


@given(st.text("abAB_", max_size=4), st.lists(st.text("abAB_", max_size=6), unique=True))
def test_matching_keeps_every_word_that_begins_so_and_invents_none(
    typed: str, texts: list[str]
) -> None:
    words = [Word(text, "") for text in texts]
    meant = [word.text for word in matching(typed, words)]
    assert len(meant) == len(set(meant)) and set(meant) <= set(texts)
    begin = [text for text in texts if text.startswith(typed)]
    assert meant[: len(begin)] == begin
    common = prefixed(typed, words)
    assert all(text.startswith(common) for text in begin) if begin else len(common) >= len(typed)


# --- search -------------------------------------------------------------------------------------


def test_search_finds_by_name_then_by_what_something_says() -> None:
    entries = [
        Entry(Word("h = w1 * x", "line 2", "forward"), line=2),
        Entry(Word("w1", "parameter", "0.5"), node=3),
        Entry(Word("update", "command", "what w1 becomes"), typed="update"),
        Entry(Word("w1 -= lr * d_w1", "line 9", "update"), line=9),
    ]

    def texts(typed: str) -> list[str]:
        return [entry.word.text for entry in found(typed, entries)]

    assert texts("") == texts("  ") == [entry.word.text for entry in entries]
    assert texts("w1") == ["w1", "w1 -= lr * d_w1", "h = w1 * x", "update"]
    assert texts("W1 UPDATE") == ["update", "w1 -= lr * d_w1"]
    assert texts("line 2") == ["h = w1 * x"]
    assert texts("nothing") == []


# --- the names of a debugger --------------------------------------------------------------------


def test_every_name_of_a_debugger_is_in_its_vocabulary() -> None:
    debugger = Debugger(open_lesson("two-layer-csv"))
    debugger.goto(20)
    debugger.bookmark("best", "look here")
    debugger.stops.break_at("g if prev(loss) < 1")
    debugger.set("w1", 1.0, name="what-if")
    names = Names(debugger)
    known = names.vocabulary(Look(sample=3))
    assert [w.text for w in known.nodes] == list(debugger.graph.named)
    assert {w.kind for w in known.nodes} == {"data", "parameter", "formula"}
    assert known.gradients == {"w1", "b1", "w2", "b2", "h", "g", "loss"}
    assert known.trained == {"w1", "b1", "w2", "b2"}
    assert [w.text for w in known.lines] == [str(x.number) for x in debugger.listing.lines]
    assert len(known.events) == debugger.calendar.events
    assert [(w.text, w.help) for w in known.bookmarks] == [("best", "e1.i1.20  look here")]
    assert [w.text for w in known.timelines] == ["main", "what-if"]
    assert [(w.text, w.help) for w in known.stops] == [("1", "break g if prev(loss) < 1")]
    assert ("learning_rate", "0.05") in [(w.text, w.help) for w in known.options]
    assert known.times == Times(40, 5, (1, 1, 20))
    assert len(known.samples) == 10
    # Whatever is offered in an expression, the debugger knows.
    for word in complete("print ", 6, known).words:
        if word.text.isidentifier() and word.text != "not":
            debugger.evaluate(word.text)


def test_everything_with_a_name_can_be_found() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.bookmark("best")
    debugger.set("w1", 1.0, name="what-if")
    entries = Names(debugger).entries(Look())
    ops = {n.id for n in debugger.graph.nodes if n.literal is None}
    assert {e.node for e in entries if e.node is not None} == ops
    assert [e.line for e in entries if e.line] == [x.number for x in debugger.listing.lines]
    assert [e.typed for e in entries if e.typed] == [c.name for c in COMMANDS]
    assert [e.command for e in entries if e.command] == [
        "visit best",
        "switch main",
        "switch what-if",
    ]
    for entry in entries:
        goals = (entry.node is not None, entry.line is not None, entry.command, entry.typed)
        assert sum(map(bool, goals)) == 1


def test_every_function_is_offered_with_how_it_is_called() -> None:
    known = Names(Debugger(open_lesson("two-layer"))).vocabulary(Look())
    signatures = {word.text: word.help for word in known.functions}
    assert signatures["sum("] == "sum(a, axis=None, keepdims=False)"
    assert signatures["grad("] == "grad(NAME)"
    assert all(re.fullmatch(r"\w+\(.*\)", text) for text in signatures.values())
