"""What a node affects, and what it is affected by, on a sheet: as a table, or as an exercise.

May import: textual, tui.    Imported by: the debugger's screen.
"""

from __future__ import annotations

from collections.abc import Callable

from tui.console.words import NUDGE
from tui.drawing.influence import exercise_rows, influence_rows
from tui.models.influence import InfluenceView
from tui.models.text import Row
from tui.screens.answer import ChoosingSheet
from tui.theme import Palette
from tui.views.frame import Views
from tui.views.influence import Way
from tui.views.look import Look
from tui.widgets.local import bound

Light = Callable[[InfluenceView | None], None]
"""Lets the nodes of a view stand out on the graph; with None no others."""

SMALLEST, LARGEST = 1e-8, 1e3
"""Between which sizes keys can choose a nudge; any can be typed."""


class InfluenceScreen(ChoosingSheet):
    """One row for each node downstream, or upstream; arrows choose an entry of an array."""

    BINDINGS = bound("influence")

    def __init__(
        self,
        views: Views,
        look: Look,
        node: int,
        way: Way,
        palette: Palette,
        light: Light,
        *,
        entry: int | None = None,
        size: float = NUDGE,
    ) -> None:
        """`entry` of an array moves alone, None all of it; `size` is the nudge at first."""
        super().__init__("affects · is affected by", palette)
        self._views, self._look, self._node = views, look, node
        self._way: Way = way
        self._light = light
        self._entry = entry
        self._nudge = size
        self._marked: frozenset[int] | None = None
        """What the reader has marked; None while there is no exercise."""
        self._revealed = False

    @property
    def _view(self) -> InfluenceView:
        return self._views.influence(self._look, self._node, self._way, self._entry, self._nudge)

    def rows(self, width: int) -> tuple[Row, ...]:
        if self._marked is None:
            view = self._view
            self._light(view)
            self.panel.lines = []
            return influence_rows(view, width)
        exercise = self._views.exercise(
            self._look, self._node, self._way, self._marked, revealed=self._revealed
        )
        # Until the answer is revealed the graph must not give it away.
        self._light(self._view if self._revealed else None)
        rows, places = exercise_rows(exercise, width)
        self.panel.lines = [(i, row, row + 1) for i, row in enumerate(places)]
        return rows

    def hint(self) -> str:
        if self._marked is None:
            nudge = "{influence.larger} {influence.smaller} nudge" * (self._way == "effects")
            parts = (nudge, "{influence.exercise} exercise")
        elif self._revealed:
            parts = ("{influence.go-on} table", "{influence.exercise} again")
        else:
            parts = ("{influence.mark} marks", "{influence.go-on} reveals")
        return self.table.hints(*parts, "{influence.close} closes")

    def action_turn(self, way: Way) -> None:
        """Show the one or the other; the one that is shown already closes."""
        if way == self._way and self._marked is None:
            self.dismiss()
            return
        self._way = way
        if self._marked is not None:
            self._begin()
        self._fill()

    def action_entry(self, by: int) -> None:
        """Go round the entries of an array; before the first and after the last, all together."""
        entries = self._view.entries
        if entries == 1 or self._marked is not None:
            return
        place = (0 if self._entry is None else self._entry + 1) + by
        place %= entries + 1
        self._entry = place - 1 if place else None
        self._fill()

    def action_nudge(self, by: int) -> None:
        """Nudge by ten times as much, or by a tenth."""
        size = float(f"{self._nudge * 10.0**by:.12g}")
        if SMALLEST <= abs(size) <= LARGEST:
            self._nudge = size
            self._fill()

    # --- the exercise --------------------------------------------------------------------------

    def _begin(self) -> None:
        self._marked, self._revealed = frozenset(), False
        self.panel.place = 0

    def action_exercise(self) -> None:
        """Hide the answers and ask; back to the table while it is being asked."""
        if self._marked is None or self._revealed:
            self._begin()
        else:
            self._marked = None
        self._fill()

    def action_mark(self) -> None:
        """Mark the selected node, or unmark it."""
        line = self.panel.line
        if self._marked is None or self._revealed or line is None:
            return
        self._marked ^= {self._views.candidates(self._node)[line]}
        self._fill()

    def on_answer_panel_entered(self) -> None:
        self.action_mark()

    def action_go_on(self) -> None:
        """Reveal the answers; from there to the table, which closes."""
        if self._marked is None:
            self.dismiss()
            return
        if self._revealed:
            self._marked = None
        else:
            self._revealed = True
            self.panel.place = 0
        self._fill()
