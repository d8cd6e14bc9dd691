"""The lines at the top and the bottom of the screen.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from collections.abc import Iterable

from tui.drawing.rows import filled, fitted, width_of
from tui.models.text import Row, Span
from tui.widgets.panel import Panel

ALWAYS = 2
"""The last entries of the footer, help and quit, stay however narrow it is."""


class Bar(Panel, can_focus=False):
    """One line across the screen, without a frame."""

    view: tuple[Row, Row] | None
    """What stands at the left and at the right."""

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        left, right = self.view
        room = width - width_of(right)
        if room < width // 3:
            room, right = width, ()
        return filled([(*fitted(left, room, "text bar"), *right)], width, height)


def footer_row(entries: Iterable[tuple[str, str]], width: int) -> Row:
    """As many whole entries, of keys and a word, as fit; the way out and help are always there."""
    spans = [((f" {keys}", "key bar bold"), (f" {word} ", "text bar")) for keys, word in entries]
    first, last = spans[:-ALWAYS], spans[-ALWAYS:]
    room = width - sum(width_of(entry) for entry in last)
    row: list[Span] = []
    for entry in first:
        if width_of(entry) > room:
            break
        row += entry
        room -= width_of(entry)
    return tuple(row + [span for entry in last for span in entry])
