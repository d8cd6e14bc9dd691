"""The run as a script beside the listing: always the line that the event belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Debugger, open_lesson
from tests.tui.screens import opened, text_of
from tui.drawing.code import draw_code, first_line
from tui.models.code import CodeView
from tui.views.frame import Views
from tui.views.look import Look


def code(debugger: Debugger, address: str, library: str = "numpy") -> CodeView:
    debugger.goto(debugger.calendar.parse(address))
    look = Look(library=library)  # pyright: ignore[reportArgumentType]
    return Views(debugger).frame(look, names=["code"]).views["code"]


@pytest.mark.parametrize(
    ("address", "numpy", "pytorch"),
    [
        ("e1.i1.1", "for epoch in range(1, epochs + 1):", "for epoch in range(1, epochs + 1):"),
        ("e1.i1.3", "h = w1 * x + b1", "h = w1 * x + b1"),
        ("e1.i1.19", "d_w1 = np.sum(d_h * x)", "loss.backward()"),
        ("e2.i1.20", "w1 -= lr * d_w1", "optimizer.step()"),
    ],
)
def test_the_lines_of_the_event_are_marked(address: str, numpy: str, pytorch: str) -> None:
    debugger = Debugger(open_lesson("two-layer"))
    for library, wanted in (("numpy", numpy), ("pytorch", pytorch)):
        view = code(debugger, address, library)
        assert [view.lines[i].strip() for i in view.current] == [wanted]


@given(st.integers(1, 120), st.integers(1, 60), st.integers(1, 23))
def test_any_room_is_filled_and_shows_the_events_line(width: int, height: int, event: int) -> None:
    view = code(DEBUGGER, f".{event}")
    rows = text_of(draw_code(view, width, height))
    assert [len(row) for row in rows] == [width] * height
    assert 0 <= view.current[0] - first_line(view, height) < height


DEBUGGER = Debugger(open_lesson("two-layer"))


def test_a_script_that_cannot_be_written_says_why() -> None:
    view = CodeView("NumPy", (), (), "forward", "cannot read houses.csv")
    assert "cannot read houses.csv" in "\n".join(text_of(draw_code(view, 40, 3)))


async def test_the_script_stands_beside_the_listing_and_o_is_the_other_library() -> None:
    async with opened() as session:
        await session.goto("e1.i1.19")
        await session.press("V")
        assert session.screen.panel("listing").display
        assert not session.screen.panel("graph").display
        assert "d_w1 = np.sum(d_h * x)" in session.panel_text("code")
        await session.press("o")
        assert "loss.backward()" in session.panel_text("code")
        await session.press("2")
        assert session.screen.panel("graph").display
