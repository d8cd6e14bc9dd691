"""The graph's panel by keys and by mouse, on a graph that is larger than it."""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import MouseScrollDown

from tests.tui.screens import Session, chain_of, opened
from tui.widgets.graph import GraphPanel


@dataclass
class Graph:
    """The panel with what the tests ask of it."""

    session: Session

    @property
    def panel(self) -> GraphPanel:
        return self.session.screen.query_one(GraphPanel)

    @property
    def text(self) -> str:
        return self.session.panel_text("graph")

    @property
    def chosen(self) -> str:
        node = self.session.screen.look.node
        return "" if node is None else self.session.app.debugger.graph[node].name

    def place(self, words: str) -> tuple[int, int]:
        """Where words stand in the panel."""
        rows = self.text.split("\n")
        return next((row.index(words), y) for y, row in enumerate(rows) if words in row)


def wheel(ctrl: bool = False) -> MouseScrollDown:
    """A turn of the wheel, downwards."""
    return MouseScrollDown(None, 10, 5, 0, 1, 0, False, False, ctrl)


async def test_u_folds_and_unfolds_the_formulas() -> None:
    async with opened("two-layer", (120, 40)) as session:
        graph = Graph(session)
        assert "graph · single ops" in graph.text and "w1 * x" in graph.text
        await session.goto("e1.i1.2")
        await session.press("G")
        assert "graph · formulas" in graph.text
        # The formula of the op that is computed is the current box.
        assert "━ h ━" in graph.text and "y - g" not in graph.text
        await session.press("G")
        assert "graph · single ops" in graph.text and "y - g" in graph.text


async def test_a_net_that_does_not_fit_is_shown_by_formulas_and_alone_by_ops() -> None:
    async with opened("dead-relu", (120, 40)) as session:
        graph = Graph(session)
        assert "graph · formulas" in graph.text
        await session.press("2", "2")
        assert "graph · single ops" in graph.text


async def test_the_zoom_changes_what_boxes_show_and_esc_goes_back() -> None:
    async with opened(chain_of(12), (120, 40)) as session:
        graph = Graph(session)
        await session.focus("graph")
        before = graph.text
        await session.press("<")
        assert graph.text != before
        for _ in range(4):
            await session.press("<")
        assert "∇" not in graph.text and "(h3)" in graph.text
        for _ in range(7):
            await session.press(">")
        assert "∇" in graph.text and "* w + 5" in graph.text
        await session.act("follow")
        await session.focus("graph")
        assert graph.text == before


async def test_panning_holds_until_the_next_event() -> None:
    async with opened(chain_of(40), (120, 40)) as session:
        graph = Graph(session)
        await session.focus("graph")
        start = graph.text
        assert " h0 " in start and "┌━" in start
        await session.press("L", "L", "L")
        assert " h0 " not in graph.text
        panned = graph.text
        await session.press("J", "K")
        assert graph.text == panned
        await session.press("H", "H", "H")
        assert graph.text == start
        await session.press("L", "L", "L")
        await session.act("type('step')")
        assert "━ h0 ━" in graph.text


async def test_h_and_l_walk_along_the_wires_and_keep_the_node_in_sight() -> None:
    async with opened(chain_of(40), (120, 40)) as session:
        graph = Graph(session)
        await session.goto("e1.i1.2")
        await session.focus("graph")
        await session.press("l", "l", "l")
        assert graph.chosen == "h3"
        for _ in range(20):
            graph.panel.action_move("right")
            await session.settled()
        assert graph.chosen == "h23" and "═ h23 ═" in graph.text
        await session.press("h", "down", "up")
        assert graph.chosen == "h22" and "═ h22 ═" in graph.text


async def test_the_wheel_and_a_drag_move_the_drawing_and_choose_nothing() -> None:
    async with opened(chain_of(40), (120, 40)) as session:
        graph, pilot = Graph(session), session.pilot
        x, y = graph.place(" h3 ")
        assert await pilot.mouse_down(GraphPanel, offset=(x, y))
        assert await pilot.hover(GraphPanel, offset=(x - 10, y))
        assert await pilot.mouse_up(GraphPanel, offset=(x - 10, y))
        await session.settled()
        assert graph.place(" h3 ") == (x - 10, y)
        assert graph.chosen == ""
        assert await pilot.click(GraphPanel, offset=(x - 9, y))
        await session.settled()
        assert graph.chosen == "h3"
        here = graph.place(" h3 ")
        graph.panel.post_message(wheel())
        await session.settled()
        # There is nothing above or below, so it goes sideways.
        assert graph.place(" h3 ") == (here[0] - 6, here[1])
        graph.panel.post_message(wheel(ctrl=True))
        await session.settled()
        assert graph.text.count("∇") == 0 or graph.text.count("┌") < 4


async def test_a_click_on_the_map_goes_there() -> None:
    async with opened(chain_of(60), (120, 40)) as session:
        graph = Graph(session)
        x, y = graph.place("┌━")
        end = graph.text.split("\n")[y].index("┐", x)
        assert await session.pilot.click(GraphPanel, offset=(end - 2, y + 1))
        await session.settled()
        assert "loss" in graph.text and graph.chosen == ""
