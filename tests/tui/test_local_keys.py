"""Keys of single places: in the table, in the config file, on the screen; each does something."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from textual.binding import Binding

from engine import GradstepError
from tests.tui.screens import MATRICES, Session, opened, text_of
from tests.tui.test_every_command import seen, stroke
from tui.catalogue import BY_NAME as VIEW
from tui.local_keys import LOCAL, PLACES, local_to
from tui.screens.answer import AnswerScreen
from tui.screens.finder import Finder
from tui.screens.help import HelpScreen, help_rows, sections
from tui.screens.influence import InfluenceScreen
from tui.screens.lessons import LessonsScreen
from tui.screens.quiz import QuizScreen
from tui.screens.sheet import Sheet
from tui.screens.views import ViewsScreen
from tui.settings import Settings, default_config, parse_settings
from tui.table import DEFAULT, KeyConflict
from tui.widgets import panel_of
from tui.widgets.panel import Panel
from tui.widgets.prompt import Prompt

SHEETS: dict[str, type] = {
    "prompt": Prompt,
    "sheet": Sheet,
    "answer": AnswerScreen,
    "influence": InfluenceScreen,
    "quiz": QuizScreen,
    "lessons": LessonsScreen,
    "finder": Finder,
    "help": HelpScreen,
}


def kinds_of(kind: type) -> set[type]:
    """The kinds of a widget or a sheet, and their kinds."""
    own = set(kind.__subclasses__())
    return own.union(*(kinds_of(kind) for kind in own))


# --- one table ----------------------------------------------------------------------------------


def test_what_stands_in_the_table_is_what_is_bound_and_nothing_else() -> None:
    owners = {**{name: panel_of(name) for name in PLACES if name in VIEW}, **SHEETS}
    assert list(owners) == list(PLACES)
    for place, owner in owners.items():
        bound = [b for b in owner.__dict__["BINDINGS"] if isinstance(b, Binding)]
        assert [(b.id, b.key, b.action, b.description) for b in bound] == [
            (local.id, local.binding, local.action, local.help) for local in local_to(place)
        ]
        for binding in bound:
            action = binding.action.partition("(")[0]
            assert hasattr(owner, f"action_{action}")


def test_nobody_binds_keys_besides_the_table() -> None:
    # The list of views has the keys of the views; a letter that moves asks for a hint in the quiz.
    known = {Panel, Sheet, ViewsScreen, *map(panel_of, VIEW), *SHEETS.values()}
    found = {k for k in kinds_of(Panel) | kinds_of(Sheet) if k.__dict__.get("BINDINGS")} - known
    assert [kind.__name__ for kind in found] == ["QuizPanel"]


def test_ids_are_unique_and_begin_with_a_place() -> None:
    assert len({local.id for local in LOCAL}) == len(LOCAL)
    assert {local.place for local in LOCAL} == set(PLACES)


def test_help_has_every_key_of_every_place() -> None:
    known = sections(DEFAULT)
    everything = "\n".join(text_of(help_rows(DEFAULT, 96)))
    for place, title in PLACES.items():
        assert len(known[title]) == len(local_to(place))
        for keys, aliases, about in known[title]:
            assert keys in everything and aliases in everything and about[:40] in everything


# --- other keys ---------------------------------------------------------------------------------

OTHERS = parse_settings(
    """
    [keys]
    graph.richer = "f7"
    "graph.plainer" = ["f6", "<"]
    watches = "f8"
    "watches.remove" = "backspace"
    tensor.other = []
    neurons.gradients = "w"
    prompt.close = ["ctrl+g", "escape"]
    sheet.close = ["f9", "escape"]
    left = ["b", "h"]
    break = "f4"
    affects = "f12"
    watch = "f3"
    set = "f2"
    """
).table


def test_a_place_has_the_keys_that_the_config_file_gives_it() -> None:
    assert OTHERS.by_id["graph.richer"].keys == ("f7",)
    assert OTHERS.by_id["graph.plainer"].keys == ("f6", "less_than_sign")
    assert OTHERS.by_name["watches"].keys == ("f8",)
    assert OTHERS.by_id["watches.remove"].keys == ("backspace",)
    assert OTHERS.by_id["tensor.other"].keys == ()
    # What follows a direction, or a command, has its other keys as well, and its own.
    assert OTHERS.by_id["tensor.left"].keys == ("b", "h", "left")
    assert OTHERS.by_id["influence.effects"].keys == ("f12",)
    assert ("F6", "<", "plainer boxes") in sections(OTHERS)["in the graph"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('graph.richer = "<"', "the key < stands for 'graph.plainer' and for 'graph.richer'"),
        ('graph.richer = "j"', "the key j stands for 'down' and for 'graph.richer'"),
        ('down = "H"', "the key H stands for 'graph.pan-left' and for 'down'"),
        ('prompt.finish = "x"', "the key x is typed where 'prompt.finish' is"),
        ('finder.down = "space"', "the key space is typed where 'finder.down' is"),
        ('graph.ritcher = "x"', "unknown command 'graph.ritcher'; did you mean 'graph.richer'"),
        ("graph.richer = 1", 'a command wants a key, like "x", or a list of keys; 1 came'),
    ],
)
def test_a_mistake_about_the_key_of_a_place_stands_where_it_is(line: str, words: str) -> None:
    with pytest.raises(GradstepError) as caught:
        parse_settings(f"[keys]\n{line}\n")
    assert words in f"{caught.value.what}; {caught.value.hint}"
    assert caught.value.place is not None and caught.value.place.line == 2


def test_a_key_may_be_left_to_its_place_and_be_given_to_a_command_as_well() -> None:
    table = parse_settings('[keys]\nstep = ["s", "o"]\nup = ["up", "k"]').table
    assert table.by_name["step"].keys == ("s", "o")
    with pytest.raises(KeyConflict):
        DEFAULT.with_keys({"answer.go": ("x",)})


def test_the_printed_config_file_says_every_key_and_can_be_used_as_it_is() -> None:
    printed = default_config()
    lines = [line.removeprefix("#") for line in printed.splitlines()]
    whole = "\n".join(line for line in lines if " = " in line or line.startswith("["))
    assert parse_settings(whole).table == DEFAULT
    for local in LOCAL:
        assert f'"{local.id}"' in printed


async def test_panels_and_sheets_have_the_other_keys_and_speak_of_them() -> None:
    async with opened("xor", options=Settings(table=OTHERS)) as session:
        await session.act("view('graph')")
        before = session.panel_text("graph")
        await stroke(session, "f6")
        plainer = session.panel_text("graph")
        assert plainer != before
        await stroke(session, "greater_than_sign")  # no key of anything now
        assert session.panel_text("graph") == plainer
        await stroke(session, "f7")
        assert session.panel_text("graph") == before
        await session.act("view('neurons')")
        assert "w gradients" in session.panel_text("neurons")
        await session.act("view('watches')")
        assert "F3 watches an expression" in session.panel_text("watches")
        await session.act("view('timelines')")
        assert "F2 changes a value here" in session.panel_text("timelines")
        await session.act("view('tensor')")
        assert "o gradient" not in session.panel_text("tensor")
        await stroke(session, "colon")
        assert "ctrl+g closes" in session.text()
        await stroke(session, "ctrl+g")
        assert not session.screen.query_one(Prompt).display
        await session.act("type('explain W1')")
        await stroke(session, "f9")  # a sheet with an answer has keys of its own
        assert isinstance(session.app.screen, AnswerScreen)


# --- every key does something -------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where keys are tried, one after the other, and what comes before some of them."""

    opens: tuple[str, ...] = ()
    """Commands, actions (!) and keys (>) that lead there."""
    before: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What comes before a key, besides, by what it is called there."""
    experiment: str = "two-layer-csv"


DEEP = """
formulas = "loss = sum(w * x)"
[parameters]
w = 1.5
[training]
epochs = 2
[data]
x = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]
"""

CLOSER = (">greater_than_sign",)

TRIED: dict[str, Place] = {
    "listing": Place(("!view('listing')", ">down", ">down")),
    "graph": Place(
        ("!view('graph')",),
        {f"pan-{way}": (">greater_than_sign",) * 3 for way in ("left", "right", "up", "down")},
        "lstm-cell",
    ),
    "neurons": Place(("!view('neurons')",), experiment="xor"),
    "tensor": Place(
        ("goto e1.i1.2", "!view('tensor')"),
        {
            "up": (">down",),
            "left": (">right",),
            "page-down": (">up",),
            "page-right": (">left",),
            "page-up": (">down", ">down"),
            "page-left": (">right", ">right"),
            "slice-back": (">r",),
        },
        DEEP,
    ),
    "derivation": Place(("goto e1.i1.14", "!view('derivation')"), experiment=MATRICES),
    "watches": Place(("goto e1.i2.3", "watch w1", "!view('watches')")),
    "timelines": Place(
        ("goto e1.i1.3", "set w1 = 2", "switch main", "!view('timelines')"),
        dict.fromkeys(("go", "remove", "compare"), (">down",)),
    ),
    "plots": Place(
        ("!view('plots')",),
        {"left": CLOSER, "right": CLOSER, "up": ("plot surface",), "down": ("plot surface",)},
    ),
    "code": Place(("!view('code')",)),
    "timeline": Place(("!view('timeline')",), {"out": CLOSER}),
    "prompt": Place((">colon",), dict.fromkeys(("finish", "unfinish", "down", "up"), (">b",))),
    "sheet": Place(("!help",), {"up": (">pagedown",)}),
    "answer": Place(("break loss", "stops")),
    "influence": Place(("goto e1.i1.4", "!influence('effects')"), {"mark": (">e",)}, MATRICES),
    "quiz": Place(("goto e2.i1.14", "!quiz"), {"rub-out": (">1",)}),
    "lessons": Place(("!lessons",)),
    "finder": Place((">slash",), {"up": (">down", ">down")}),
    "help": Place(("!help",)),
}


async def lead(session: Session, lines: tuple[str, ...]) -> None:
    for line in lines:
        if line.startswith(">"):
            await stroke(session, line[1:])
        elif line.startswith("!"):
            await session.act(line[1:])
        else:
            session.screen.execute(line)
            await session.settled()


def test_every_place_is_tried() -> None:
    assert list(TRIED) == list(PLACES)
    for place, tried in TRIED.items():
        assert set(tried.before) <= {local.id.partition(".")[2] for local in local_to(place)}


@pytest.mark.parametrize("place", TRIED)
async def test_every_key_of_a_place_does_something_there(place: str, tmp_path: Path) -> None:
    tried = TRIED[place]
    idle: list[str] = []
    async with opened(tried.experiment, (80, 24)) as session:
        for local in local_to(place):
            await stroke(session, *["escape"] * 6)
            await session.goto("e1.i1.3")
            name = local.id.partition(".")[2]
            await lead(session, (*tried.opens, *tried.before.get(name, ())))
            before = seen(session, tmp_path, [])
            await stroke(session, local.keys[0])
            await session.settled()
            if seen(session, tmp_path, []) == before:
                idle.append(f"{local.id}: {local.keys[0]} does nothing\n{before.text}")
    assert not idle, "\n".join(idle)
