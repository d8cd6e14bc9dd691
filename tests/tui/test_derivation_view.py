"""A gradient by the chain rule, written out beside everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Debugger, GradstepError, TargetError, open_lesson
from tests.tui.screens import MATRICES, opened, text_of
from tui.console import Choice, Console
from tui.drawing.derivation import derivation_rows, draw_derivation
from tui.models.derivation import Columns, DerivationView
from tui.views.frame import Views
from tui.views.look import Look


def derivation(debugger: Debugger, address: str, look: Look | None = None) -> DerivationView:
    debugger.goto(debugger.calendar.parse(address))
    return Views(debugger).frame(look or Look(), names=["derivation"]).views["derivation"]


def test_the_lectures_chain_rule_stands_there_line_by_line() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    text = text_of(derivation(debugger, "e1.i1.19").rows)
    assert text[0] == "∂loss/∂w1 = −7.3125  at e1.i1.19"
    assert "  ∂loss/∂w1 = Σ ∂loss/∂g · ∂g/∂h · ∂h/∂w1" in text
    assert "            = Σ −2/N · (y − g) · w2 · x" in text
    assert "            = −7.3125" in text


def test_it_follows_the_event_the_chosen_node_the_level_and_what_is_derived() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    named = debugger.graph.named
    assert derivation(debugger, "e1.i1.3").subject == "∂loss/∂w1"
    assert derivation(debugger, "e1.i1.16").subject == "∂loss/∂h"
    assert derivation(debugger, "e1.i1.16", Look(node=named["b2"])).subject == "∂loss/∂b2"
    partial = derivation(debugger, "e1.i1.16", Look(node=named["w1"], of=named["h"], sample=3))
    assert partial.subject == "∂h[3]/∂w1"
    assert text_of(partial.rows)[0] == "∂h[3]/∂w1 = 2  at e1.i1.16"
    deep = derivation(debugger, "e1.i1.19", Look(level="op"))
    assert deep.level == "by single ops"
    assert any("∂(y - g)/∂g" in line for line in text_of(deep.rows))


def test_the_row_of_the_chosen_sample_is_marked() -> None:
    debugger = Debugger(open_lesson("two-layer"))
    for sample in range(4):
        view = derivation(debugger, "e1.i1.19", Look(sample=sample))
        marked = [row[0] for row in view.rows if row and row[0][0].startswith("►")]
        assert [text.split()[1] for text, _ in marked] == [str(sample + 1)] * 2  # one a table
        assert all("bold" in style for _, style in marked)


WIDE = derivation(Debugger(open_lesson("attention-head")), "e1.i1.20")


@given(st.integers(1, 150), st.integers(1, 40), st.integers(0, 60))
def test_any_room_is_filled(width: int, height: int, top: int) -> None:
    rows = text_of(draw_derivation(WIDE, width, height, top=top))
    assert [len(row) for row in rows] == [width] * height


def test_a_table_that_is_too_wide_keeps_its_first_and_its_last_column_whole() -> None:
    deep = derivation(Debugger(open_lesson("two-layer")), "e1.i1.19", Look(level="op"))
    rows = [line.rstrip() for line in text_of(draw_derivation(deep, 44, 40))]
    start = next(i for i, line in enumerate(rows) if line.startswith("  sample"))
    assert rows[start : start + 3] == [
        "  sample   product",
        "► 1       −1.59375",
        "  2              0",
    ]
    assert rows[start + 6] == "  Σ        −7.3125"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_its_key_shows_it_in_the_inspectors_place(size: tuple[int, int]) -> None:
    async with opened("two-layer", size) as session:
        await session.goto("e1.i1.19")
        await session.press("X")
        assert "∂loss/∂w1 = −7.3125" in session.panel_text("derivation")
        assert not session.screen.panel("inspector").display
        await session.press("d")
        assert "by single ops" in session.panel_text("derivation")
        await session.press("3")
        assert session.screen.panel("inspector").display


async def test_target_derives_another_node_and_alone_the_loss_again() -> None:
    async with opened("two-layer") as session:
        await session.goto("e1.i1.19")
        session.screen.execute("target h")
        await session.settled()
        shown = session.panel_text("derivation")
        assert "derivation of h[0] by formulas" in shown and "∂h[0]/∂w1 = −1" in shown
        await session.act("sample(1)")
        assert "derivation of h[1]" in session.panel_text("derivation")
        session.screen.execute("target")
        await session.settled()
        shown = session.panel_text("derivation")
        assert "derivation by formulas" in shown and "∂loss/∂w1 = −7.3125" in shown
        with pytest.raises(TargetError, match="there is no node 'g2'"):
            session.screen.begin("target g2")


def test_a_vector_in_a_table_that_is_too_wide_stays_whole() -> None:
    rows = (
        (("  sample  ∂loss/∂h          product", "text"),),
        (("► 1       [1  2]   [0  −0.5  0]", "text"),),
    )
    cells = (("sample", "∂loss/∂h", "product"), ("1", "[1  2]", "[0  −0.5  0]"))
    view = DerivationView("∂loss/∂u", "by formulas", rows, (Columns(0, cells),))
    narrow = text_of(derivation_rows(view, 30))
    assert narrow == ["  sample       product", "► 1       [0  −0.5  0]"]


# --- one number of an array, one sample of the batch ----------------------------------------------


async def test_of_an_array_keys_and_a_command_choose_one_number() -> None:
    async with opened(MATRICES) as session:
        screen, graph = session.screen, session.app.debugger.graph
        await session.goto(".20")
        screen.execute("element W[1, 2]")
        await session.settled()
        assert "∂loss/∂W[1, 2] = " in session.panel_text("derivation")
        await session.focus("derivation")
        await session.press("l")
        assert screen.look.element == (1, 3)
        await session.press("l")  # round, row by row
        assert screen.look.element == (0, 0)
        await session.press("h")
        assert "∂loss/∂W[1, 3] = " in session.panel_text("derivation")
        await session.press("o")
        assert screen.look.element == () and "∂loss/∂W  2×4" in session.panel_text("derivation")
        screen.execute("element 0 1")
        assert (screen.look.node, screen.look.element) == (graph.named["W"], (0, 1))
        with pytest.raises(TargetError, match="out of range"):
            screen.begin("element [0, 9]")
        await session.press("escape")
        assert screen.look.element == ()


async def test_samples_are_ranked_and_the_chosen_one_stands_alone_on_every_panel() -> None:
    async with opened("two-layer", (200, 60)) as session:
        await session.goto("e1.i1.19")
        await session.press("semicolon")
        sheet = session.text()
        assert sheet.index("59.0 %") < sheet.index("21.8 %") < sheet.index("19.2 %")
        await session.press("enter")
        assert session.screen.look.sample == 3
        assert "sample 4 of 4 alone" in session.lines()[0]
        assert "−4.3125" in session.panel_text("parameters")
        assert "−4.3125" in session.panel_text("listing")
        assert "−4.3125" in session.panel_text("graph")
        assert "= −4.3125   sample 4 alone" in session.panel_text("inspector")
        assert "−7.3125" not in session.text()
        await session.press("X")
        assert "∂loss/∂w1 = −4.3125  at e1.i1.19, sample 4 alone" in session.panel_text(
            "derivation"
        )
        await session.press("comma")
        assert "−1.4062" in session.panel_text("parameters")
        await session.press("Z")
        assert "alone" not in session.lines()[0]
        assert "−7.3125" in session.panel_text("parameters")
        session.screen.execute("alone 2")
        await session.settled()
        assert "sample 2 of 4 alone" in session.lines()[0]
        with pytest.raises(GradstepError, match="there is no sample 5"):
            session.screen.begin("sample 5")
        await session.press("escape")
        assert not session.screen.look.alone and session.screen.look.sample == 1


def test_in_a_script_samples_are_ranked_too() -> None:
    console = Console(Debugger(open_lesson("two-layer")))
    console.run("goto .19")
    answer = console.run("samples")
    assert answer.fields["shares"]["samples"] == [-1.59375, 0.0, -1.40625, -4.3125]
    assert answer.choice(3) == Choice(go="alone 4") and answer.choice(2) == Choice()
    assert not console.run("samples x").ok  # an input has a number for each sample itself
    console.run("goto .3")
    answer = console.run("samples w1")
    assert not answer.ok and "not computed yet at e1.i1.3" in answer.text
