"""What a node affects, and what it is affected by, on a sheet.

May import: tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from textual.binding import Binding

from tui.drawing.influence import influence_rows
from tui.models import InfluenceView, Row
from tui.screens.sheet import Sheet
from tui.theme import Palette

Way = Literal["effects", "causes"]
Ask = Callable[[Way, int | None], InfluenceView]
"""(which way, which entry) → what to show."""


class InfluenceScreen(Sheet):
    """One row for each node downstream, or upstream; arrows choose an entry of an array."""

    BINDINGS = [
        Binding("a", "turn('effects')", "what it affects", id="influence.effects"),
        Binding("A", "turn('causes')", "what it is affected by", id="influence.causes"),
        Binding("right", "entry(1)", "the next entry", id="influence.next"),
        Binding("left", "entry(-1)", "the entry before", id="influence.previous"),
    ]

    def __init__(self, ask: Ask, way: Way, palette: Palette) -> None:
        super().__init__("affects · is affected by", palette)
        self._ask = ask
        self._way: Way = way
        self._entry: int | None = None

    def rows(self, width: int) -> tuple[Row, ...]:
        return influence_rows(self._ask(self._way, self._entry), width)

    def action_turn(self, way: Way) -> None:
        """Show the one or the other; the one that is shown already closes."""
        if way == self._way:
            self.dismiss()
            return
        self._way = way
        self._fill()

    def action_entry(self, by: int) -> None:
        """Go round the entries of an array; before the first and after the last, all together."""
        entries = self._ask(self._way, self._entry).entries
        if entries == 1:
            return
        place = (0 if self._entry is None else self._entry + 1) + by
        place %= entries + 1
        self._entry = place - 1 if place else None
        self._fill()
