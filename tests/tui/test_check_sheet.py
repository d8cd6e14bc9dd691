"""`check` on the screen: what it comes to is in sight, and enter leads to the first wrong op."""

from __future__ import annotations

from dataclasses import replace

from engine import Experiment
from engine.ops import OPS
from tests.engine.test_check import with_one_wrong
from tests.strategies import TWO_LAYERS
from tests.tui.screens import opened
from tui.screens.answer import AnswerScreen


def with_a_wrong(op: str) -> Experiment:
    """The lecture's network, where one op of the table has a wrong derivative."""
    experiment = TWO_LAYERS.opened()
    graph, wrong = experiment.graph, with_one_wrong(OPS[op], 1)
    nodes = (
        replace(n, op=wrong) if n.op is not None and n.op.name == op else n for n in graph.nodes
    )
    return replace(experiment, graph=replace(graph, nodes=tuple(nodes)))


async def test_enter_leads_to_the_event_of_the_first_wrong_derivative() -> None:
    async with opened(with_a_wrong("sub"), (80, 24)) as session:
        await session.press("K")
        while not isinstance(session.app.screen, AnswerScreen):
            await session.pilot.pause(0.01)
        await session.settled()
        assert "❯ the derivative of sub by operand 2 (g) is wrong" in session.text()
        await session.press("enter")
        assert session.app.screen is session.screen
        wrong = session.app.debugger.check().wrong
        assert wrong is not None and session.at == str(wrong.address)
        assert session.app.debugger.state.step.source == wrong.source


async def test_where_nothing_is_wrong_that_is_in_sight_and_leads_nowhere() -> None:
    async with opened("two-layer", (80, 24)) as session:
        await session.goto("e1.i1.19")
        await session.press("K")
        while not isinstance(session.app.screen, AnswerScreen):
            await session.pilot.pause(0.01)
        await session.settled()
        assert "none is wrong" in session.text()
        await session.press("enter")
        assert session.at == "e1.i1.19"
