"""A panel with a list of which one row is selected, and keys for what can be done about it.

May import: textual, tui.drawing, tui.models, widgets.panel.   Imported by: the other widgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.events import Click

from tui.drawing.choices import top_for
from tui.models.choice import Choice
from tui.widgets.panel import Direction, Panel, Said


class ChoicesPanel(Panel):
    """Shows a view with `choices`; says which command the reader wants for the selected one.

    What its keys are called depends on what stands in the list: `_rows` of `local_keys`.
    """

    @dataclass
    class Wanted(Said):
        """The reader wants a command to be carried out."""

        command: str
        is_seen: bool
        """Whether this panel shows what comes of it."""

    @dataclass
    class Asked(Said):
        """The reader wants to finish a command at the prompt."""

        command: str

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.place = 0
        """Which row is selected, counted from 0."""

    # --- what such a panel defines -------------------------------------------------------------

    def row_of(self, place: int) -> int:
        """The row of the content, with room for all of it, in which a choice stands."""
        return place

    def place_at(self, row: int) -> int | None:
        """The choice that stands in a row of the content; None beside them."""
        return row if row < len(self.choices) else None

    def first_place(self) -> int:
        """Which one is selected at first."""
        return 0

    def headings(self) -> int:
        """Rows above the list that stay while it scrolls."""
        return 0

    def hint(self) -> str:
        """How much more there is below."""
        hidden = self.rows_in_all() - self.room[1] - self.first
        return f"↓ {hidden} more" if hidden > 0 else ""

    # --- selecting -----------------------------------------------------------------------------

    @property
    def first(self) -> int:
        """The first row of the list that is shown."""
        return self.top or 0

    def scroll_rows(self, by: int) -> None:
        self.top = self.first
        super().scroll_rows(by)

    @property
    def choices(self) -> Sequence[Choice]:
        """What can be done about each row."""
        return self.view.choices if self.view is not None else ()

    @property
    def selected(self) -> int | None:
        """The place that is selected, where the keys are for this panel."""
        return self.place if self.has_focus and self.choices else None

    @property
    def choice(self) -> Choice:
        """What can be done about the selected row."""
        return self.choices[self.selected] if self.selected is not None else Choice()

    def show(self, view: Any) -> None:
        """Show another view; the same row stays selected wherever it stands now."""
        before = self.choices[self.place].remove if self.choices else ""
        is_new = self.view is None
        super().show(view)
        kept = [i for i, choice in enumerate(self.choices) if choice.remove == before]
        self.place = self.first_place() if is_new else kept[0] if kept else self.place
        self.place = min(self.place, max(0, len(self.choices) - 1))

    def select(self, place: int) -> None:
        """Select a row, and bring it into sight."""
        self.place = min(max(place, 0), max(0, len(self.choices) - 1))
        room = self.room[1] - self.headings()
        # What stands above the first one, such as a heading, comes into sight with it.
        row = self.row_of(self.place)
        self.top = 0 if row < room and self.place == 0 else top_for(row, self.first, room)
        self.redraw()

    def action_move(self, direction: Direction) -> None:
        """Select the row above or below."""
        if direction in ("up", "down"):
            self.select(self.place + (1 if direction == "down" else -1))

    def on_click(self, event: Click) -> None:
        """A click selects a row, a second one goes where it leads."""
        super().on_click(event)
        if event.chain == 2 and self._place_under(event) == self.place:
            self.action_go()

    def clicked(self, column: int, row: int) -> None:
        place = self._place_in(row)
        if place is not None:
            self.select(place)

    def _place_under(self, event: Click) -> int | None:
        under = self.place_of(event)
        return None if under is None else self._place_in(under[1])

    def _place_in(self, row: int) -> int | None:
        """The choice in a row of the panel."""
        if row < self.headings():
            return None
        return self.place_at(row - self.headings() + self.first)

    # --- what can be done ----------------------------------------------------------------------

    def action_go(self) -> None:
        self._want(self.choice.go)

    def action_remove(self) -> None:
        self._want(self.choice.remove, is_seen=True)

    def _want(self, command: str, *, is_seen: bool = False) -> None:
        if command:
            self.post_message(self.Wanted(command, is_seen))
