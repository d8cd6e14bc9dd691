"""The sheet of what a node affects, and of what it is affected by."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Debugger, GradstepError, open_lesson, parse_experiment
from tests.tui.screens import MATRICES, NO_DATA, Session, opened, text_of
from tests.tui.test_goldens import hold, lesson
from tui.console import Console
from tui.drawing.influence import NARROW, exercise_rows, influence_rows
from tui.screens.influence import InfluenceScreen
from tui.screens.sheet import SheetPanel
from tui.views.frame import Views
from tui.views.look import Look


def table_of(session: Session) -> dict[str, list[str]]:
    """The sheet's table: node → its value, derivative, and what a nudge does."""
    lines = text_of(session.app.screen.query_one(SheetPanel).view or ())
    start = lines.index("") + 1
    columns = 4 if "changes by" in lines[start] else 2
    cells = (line.rstrip().rsplit(maxsplit=columns) for line in lines[start + 1 :])
    return {name: numbers for name, *numbers in cells}


def rows_of(session: Session) -> dict[str, str]:
    """Node → its derivative as shown."""
    return {name: numbers[1] for name, numbers in table_of(session).items()}


async def on_node(session: Session, name: str, address: str) -> None:
    await session.goto(address)
    session.screen.look = Look(node=session.app.debugger.graph.named[name])
    session.screen.derive()


async def test_a_shows_what_the_event_s_parameter_affects() -> None:
    async with opened() as session:
        await session.goto("e1.i1.19")
        await session.press("a")
        assert isinstance(session.app.screen, InfluenceScreen)
        assert "w1 affects" in session.text()
        shown = rows_of(session)
        assert shown["loss"] == "−7.3125"
        assert shown["h"] == "−1.0000"
        await session.press("a")
        assert session.app.screen is session.screen


async def test_upper_case_a_shows_what_a_chosen_node_is_affected_by() -> None:
    async with opened() as session:
        await on_node(session, "g", "e1.i1.8")
        await session.press("A")
        assert "g is affected by" in session.text()
        assert {"x", "w1", "b1", "w2", "b2", "h"} <= set(rows_of(session))
        assert rows_of(session)["b2"] == "+1.0000"
        await session.press("a")
        assert "g affects" in session.text()
        await session.press("escape")
        assert session.app.screen is session.screen


async def test_the_sample_that_the_graph_shows_is_the_sheet_s_too() -> None:
    async with opened() as session:
        await session.goto("e1.i1.19")
        await session.act("sample(1)", "influence('effects')")
        assert "sample 2 of 4" in session.text()
        x = float(session.app.debugger.experiment.data["x"][1])
        assert float(rows_of(session)["h"].replace("−", "-")) == x


async def test_arrows_choose_an_entry_of_an_array() -> None:
    async with opened(MATRICES) as session:
        await on_node(session, "W", "e1.i1.9")
        await session.press("a")
        assert "all 8 entries move together" in session.text()
        debugger = session.app.debugger
        for key, entry in (("right", (0, 0)), ("right", (0, 1)), ("left", (0, 0))):
            await session.press(key)
            assert f"entry [{entry[0]}, {entry[1]}] moves alone" in session.text()
            loss = debugger.effects("W", entry=entry)[-1]
            assert loss.name == "loss" and loss.derivative is not None
            shown = float(rows_of(session)["loss"].replace("−", "-"))
            assert shown == pytest.approx(float(loss.derivative), abs=1e-3)
        await session.press("left")
        assert "all 8 entries" in session.text()
        await session.press("left")
        assert "entry [1, 3] moves alone" in session.text()


async def test_what_is_not_computed_yet_is_counted_and_shown_as_a_dot() -> None:
    async with opened() as session:
        await on_node(session, "w1", "e1.i1.3")
        await session.press("a")
        assert "· not computed yet: 5 of 7" in session.text()
        assert rows_of(session)["loss"] == "·"


async def test_an_event_without_a_node_asks_for_one() -> None:
    async with opened() as session:
        await session.press("a")
        assert session.app.screen is session.screen
        assert "choose one in the graph" in session.text()


async def test_a_given_value_is_affected_by_nothing() -> None:
    async with opened(NO_DATA) as session:
        await on_node(session, "w", "e1.i1.2")
        await session.press("A")
        assert "nothing: it is given" in session.text()


@pytest.mark.parametrize("width", [12, 20, 39, 40, 76, 98])
@pytest.mark.parametrize("way", ["effects", "causes"])
def test_a_row_is_never_wider_than_the_sheet_and_keeps_its_number(width: int, way) -> None:
    experiment = parse_experiment(MATRICES)
    debugger = Debugger(experiment)
    debugger.goto("e1.i1.9")
    node = experiment.graph.named["W" if way == "effects" else "loss"]
    view = Views(debugger).influence(Look(), node, way)
    rows = text_of(influence_rows(view, width))
    assert all(len(row) <= width for row in rows)
    if width >= 20:
        assert f" {view.rows[-1].derivative}" in rows[-1]
        assert rows[-1].rstrip().endswith(view.rows[-1].change or view.rows[-1].derivative) or (
            width < NARROW
        )


def test_the_sheet_agrees_with_the_graph_about_the_loss() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    debugger.goto("e1.i1.19")
    views, look = Views(debugger), Look(sample=2)
    frame = views.frame(look)
    rows = views.influence(look, debugger.graph.loss, "causes").rows
    graph = frame.views["graph"].ops
    gradients = {graph.shape.title(i): graph.nodes[i].gradient for i in graph.shape.nodes}
    for row in rows:
        if row.name in ("w1", "h", "g", "b2"):
            assert gradients[row.name] == row.derivative[: len(gradients[row.name] or "")]


async def test_the_sheet_looks_as_it_was_kept() -> None:
    async with opened(lesson(), (80, 24)) as session:
        await session.goto("e1.i1.19")
        await session.act("influence('effects')")
        hold("80x24-affects", session.text())
        await session.press("escape")
        await on_node(session, "g", "e1.i1.19")
        await session.press("A")
        hold("80x24-affected", session.text())


# --- a nudge --------------------------------------------------------------------------------------


async def test_beside_what_the_derivative_says_stands_what_a_nudge_really_does() -> None:
    async with opened(lesson()) as session:
        await session.goto("e1.i1.19")
        await session.act("influence('effects')")
        assert table_of(session)["loss"] == ["4.0781", "−7.3125", "−0.0731", "−0.0728"]
        await session.press("plus", "plus")
        assert "nudged by δ = 1" in session.text()
        # A parabola: 1.5² · mean(x²) more than the tangent says.
        assert table_of(session)["loss"][2:] == ["−7.3125", "−3.9375"]
        await session.press("minus", "minus", "minus")
        assert table_of(session)["loss"][2:] == ["−0.0073", "−0.0073"]
        assert session.app.debugger.at == 19


async def test_a_nudge_has_a_largest_and_a_smallest_size() -> None:
    async with opened(lesson()) as session:
        await session.goto("e1.i1.19")
        await session.act("influence('effects')")
        sheet = session.app.screen
        assert isinstance(sheet, InfluenceScreen)
        for by, size in ((1, "1000"), (-1, "1e-8")):
            for _ in range(15):
                sheet.action_nudge(by)
            await session.settled()
            assert f"δ = {size}" in session.text()


def test_the_same_question_is_answered_once_and_another_one_anew() -> None:
    debugger = Debugger(lesson())
    debugger.goto("e1.i1.19")
    views, w1 = Views(debugger), debugger.graph.named["w1"]
    first = views.influence(Look(), w1, "effects")
    assert views.influence(Look(), w1, "effects") is first
    others = [
        views.influence(Look(sample=1), w1, "effects"),
        views.influence(Look(), w1, "effects", size=1.0),
        views.influence(Look(), w1, "causes"),
    ]
    debugger.set("w2", 3.0)
    debugger.goto("e2.i1.19")
    others.append(views.influence(Look(), w1, "effects"))
    assert all(other != first for other in others)


# --- the graph behind it --------------------------------------------------------------------------


async def test_what_it_affects_stands_out_on_the_graph_until_esc() -> None:
    async with opened() as session:
        graph = session.app.debugger.graph
        await on_node(session, "h", "e1.i1.19")
        await session.press("a")
        assert session.screen.look.lit == graph.descendants(graph.named["h"])
        await session.press("A", "escape")
        assert session.app.screen is session.screen
        assert session.screen.look.lit == graph.ancestors(graph.named["h"]) - {
            n.id for n in graph.nodes if n.literal is not None
        }
        assert "h is affected by what stands out" in session.text()
        await session.press("escape")
        assert session.screen.look.lit is None
        assert session.screen.look.node == graph.named["h"]


# --- the exercise ---------------------------------------------------------------------------------


async def test_the_answers_hide_until_the_reader_has_marked_what_is_affected() -> None:
    async with opened(lesson()) as session:
        graph = session.app.debugger.graph
        await on_node(session, "h", "e1.i1.19")
        await session.press("a", "e")
        assert "Which nodes does it affect?" in session.text()
        assert "changes by" not in session.text() and session.screen.look.lit is None
        sheet = session.app.screen
        assert isinstance(sheet, InfluenceScreen)
        names = [graph[n].name for n in session.screen._views.candidates(graph.named["h"])]
        for name in ("w2 * h", "g", "b1"):
            sheet.panel.select(names.index(name))
            sheet.action_mark()
        await session.press("space", "space", "enter")
        assert "2 of 5 found, 3 missed, 1 wrong: 50 %" in session.text()
        lines = text_of(sheet.panel.view or ())
        verdicts = {line[6:].split("  ")[0].strip(): line.split()[-1] for line in lines[3:]}
        assert verdicts["g"] == "right" and verdicts["b1"] == "wrong"
        assert verdicts["loss"] == "missed" and verdicts["x"] == "x"
        assert session.screen.look.lit == graph.descendants(graph.named["h"])
        hold("120x40-affects-revealed", session.text())
        await session.press("enter")
        assert "changes by" in session.text()
        await session.press("enter")
        assert session.app.screen is session.screen


def test_a_perfect_and_an_empty_reply_are_scored_as_such() -> None:
    debugger = Debugger(parse_experiment(NO_DATA))
    debugger.goto(3)
    views, node = Views(debugger), debugger.graph.named["w"]
    everything = frozenset(views.candidates(node))
    for marked, score in (
        (everything, "1 of 1 found, 0 missed, 0 wrong: 100 %"),
        (frozenset[int](), "0 of 1 found, 1 missed, 0 wrong: 0 %"),
    ):
        view = views.exercise(Look(), node, "effects", marked, revealed=True)
        assert view.score == score
    nothing = views.exercise(Look(), node, "causes", frozenset(), revealed=True)
    assert nothing.score == "0 of 0 found, 0 missed, 0 wrong: 100 %"
    hidden = views.exercise(Look(), node, "effects", everything, revealed=False)
    assert not hidden.score and {row.verdict for row in hidden.rows} == {""}
    rows, places = exercise_rows(hidden, 30)
    assert "".join(t for t, _ in rows[places[0]]).startswith("  [x] loss")


async def test_a_nudge_of_any_size_and_an_element_can_be_typed() -> None:
    async with opened(MATRICES) as session:
        await session.goto(".20")
        session.screen.execute("affects W[1, 2] by -0.25")
        await session.settled()
        text = session.text()
        assert "entry [1, 2] moves alone" in text and "δ = −0.25" in text
        await session.press("plus")
        assert "δ = −2.5" in session.text()
        await session.press("escape", "escape")
        session.screen.execute("affected by p")
        await session.settled()
        assert "p is affected by" in session.text()
        await session.press("escape")
        with pytest.raises(GradstepError, match="a nudge is a number that is not 0; '0' came"):
            session.screen.begin("affects W by 0")


def test_in_a_script_effects_stand_beside_what_a_nudge_really_does() -> None:
    console = Console(Debugger(open_lesson("two-layer")))
    console.run("goto .19")
    answer = console.run("affects w1 by 0.5")
    loss = next(n for n in answer.fields["affects"] if n["node"] == "loss")
    assert loss["derivative"] == -7.3125 and loss["predicted"] == -3.65625
    # w1 + 0.5: h' = h + 0.5 x, g' = g + 0.75 x, loss' = mean((y - g')**2)
    y, g, x = (np.array(console.debugger.evaluate(name)) for name in ("y", "g", "x"))
    moved = np.mean((y - g - 0.75 * x) ** 2) - np.mean((y - g) ** 2)
    assert loss["change"] == pytest.approx(moved, rel=1e-12)
    assert "∂node/∂w1" in answer.text and "changes by" in answer.text
    assert not console.run("affected by x").ok  # data are given
    for line in ("affects w1 by x", "affects w9", "affects W[0]"):
        with pytest.raises(GradstepError):
            console.run(line)
