"""The tour: its table, how it goes on, what it points at, and that it ends when it is told to."""

from __future__ import annotations

import pytest

from tests.tui.screens import NO_PARAMETERS, Session, opened, text_of
from tui import autosave
from tui.catalogue import BY_NAME as VIEW
from tui.commands import BY_NAME
from tui.screens.debugger import WELCOME
from tui.table import DEFAULT
from tui.tour import STATIONS, Station, Tour, left_behind, said
from tui.widgets.coach import CoachPanel


def coach(session: Session) -> str:
    """What the coach says, whatever lies over it."""
    panel = session.screen.query_one(CoachPanel)
    return " ".join("\n".join(text_of([panel.view.text])).split()) if panel.view else ""


def pointed(session: Session) -> list[str]:
    return [name for name in VIEW if session.screen.panel(name).pointed]


# --- the table ----------------------------------------------------------------------------------


@pytest.mark.parametrize("station", STATIONS, ids=lambda station: station.text[:20])
def test_a_station_names_a_view_and_commands_that_exist_with_their_keys(station: Station) -> None:
    assert station.panel in VIEW
    keys = [text for text, style in said(station.text) if style == "key bold"]
    assert all(BY_NAME[name].keys for name in station.wants[:1])
    assert bool(keys) or not station.wants
    assert "{" not in "".join(text for text, _ in said(station.text))


@pytest.mark.parametrize("station", STATIONS, ids=lambda station: station.text[:20])
def test_a_station_takes_two_lines_of_a_small_terminal(station: Station) -> None:
    panel = CoachPanel()
    panel.view = Tour(STATIONS.index(station)).view()
    assert panel.tall(80) == 3


def test_the_tour_waits_for_what_it_asks_and_for_where_that_leads() -> None:
    at = next(i for i, station in enumerate(STATIONS) if station.phase == "backward")
    tour = Tour(at)
    assert tour.did("step", "backward") == tour
    assert tour.did("pass", "forward") == tour
    assert tour.did("pass", "backward") == Tour(at + 1)


def test_the_last_station_leads_to_the_end() -> None:
    last = Tour(len(STATIONS) - 1)
    assert last.on() is None and last.did("help", "forward") is None
    assert last.did("step", "forward") == last


def test_what_a_tour_leaves_is_said() -> None:
    assert left_behind(0, ()) == "the tour is over"
    assert left_behind(1, ()) == "the tour is over; it left 1 stop"
    assert left_behind(2, ("a", "b")) == "the tour is over; it left 2 stops and timelines a, b"


# --- on the screen ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_doing_what_the_tour_asks_leads_through_it(size: tuple[int, int]) -> None:
    async with opened("two-layer", size) as session:
        await session.press("T")
        assert coach(session).startswith("This is the program") and pointed(session) == ["listing"]
        await session.press("enter")
        for line in ("step", "line", "pass", "pass", "step back", "iteration"):
            (name,) = pointed(session)
            panel = session.screen.panel(name)
            assert (
                panel.display
                and panel.region.bottom <= session.screen.query_one(CoachPanel).region.y
            )
            session.screen.execute(line)
            await session.settled()
        await session.act("toggle_stop")
        session.screen.execute("continue")
        await session.settled()
        assert coach(session).startswith("Where did this number come from?")
        await session.act("why")
        session.app.screen.dismiss()
        await session.settled()
        session.screen.execute("set w1 = 2")
        await session.settled()
        assert pointed(session) == ["timelines"]
        await session.press("enter", "escape")
        assert pointed(session) == [] and not session.screen.query_one(CoachPanel).display
        assert "the tour is over; it left 1 stop and timeline" in session.text()


async def test_enter_alone_leads_through_it_and_changes_nothing() -> None:
    async with opened(NO_PARAMETERS, (80, 24)) as session:
        at = session.at
        before = session.lines()
        await session.act("tour")
        for _ in STATIONS:
            assert session.screen.query_one(CoachPanel).display
            session.screen._tour_on()
            await session.settled()
        assert session.at == at and len(session.app.debugger.timelines) == 1
        assert "the tour is over" in session.text()
        assert session.lines()[-1] == before[-1]


async def test_a_screen_too_small_for_it_says_so() -> None:
    async with opened("two-layer", (38, 10), settle=False) as session:
        await session.act("tour")
        assert not session.screen.query_one(CoachPanel).display


# --- the first time -----------------------------------------------------------------------------


def test_the_first_time_is_one_time(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(autosave, "folder", lambda: tmp_path / "state" / "gradstep")
    assert [autosave.first_time(), autosave.first_time()] == [True, False]


def test_where_nothing_can_be_kept_it_is_never_the_first_time(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(autosave, "folder", lambda: tmp_path / "file" / "gradstep")
    assert not autosave.first_time()


async def test_the_first_time_is_told_of_the_tour_until_the_first_key() -> None:
    async with opened("two-layer", (80, 24), first_time=True) as session:
        assert DEFAULT.said(WELCOME)[:30] in session.text()
        at = session.at
        await session.press("s")
        assert session.at != at and "first time?" not in session.text()
