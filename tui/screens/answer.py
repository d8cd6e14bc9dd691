"""The answer to a command that takes more than a line; its lines lead to what they speak of.

May import: engine's public face, tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from textual.events import Click

from tui.console import Answer, Choice
from tui.drawing.rows import filled, wrapped
from tui.models.text import Row, Style
from tui.screens.sheet import TALLEST, Sheet, SheetPanel
from tui.theme import Palette
from tui.widgets.local import bound
from tui.widgets.panel import Direction, Said

Ask = Callable[[str], Answer | None]
"""Carries out a command and answers the sheet's question anew; None where that takes longer."""

TREE = re.compile(r"[│├└─ ]*")
"""The branches that stand before a line of a tree."""

INDENT = 4
"""Cells by which the rest of a line is indented that is longer than a row."""


def broken(line: str, style: Style, width: int) -> list[Row]:
    """A line as rows of at most `width` cells; the branches of a tree go on beside all of them."""
    branch = TREE.match(line)
    assert branch is not None
    first = branch[0]
    rest = first.replace("├─", "│ ").replace("└─", "  ")
    room = max(16, width - len(first))
    parts = wrapped(((line[len(first) :], style),), room, INDENT) if line != first else [()]
    return [((rest if i else first, style), *part) for i, part in enumerate(parts)]


class AnswerPanel(SheetPanel):
    """Lines, one of which is selected where something can be done about them."""

    @dataclass
    class Entered(Said):
        """The reader wants to go where the selected line leads."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__(name, title)
        self.lines: list[tuple[int, int, int]] = []
        """(line, first row, row after the last) of those that can be selected."""
        self.place = 0
        """Which of them is selected."""

    @property
    def line(self) -> int | None:
        """The line that is selected, counted from 0."""
        return self.lines[self.place][0] if self.lines else None

    def draw(self, width: int, height: int) -> list[Row]:
        rows: list[Row] = list(self.view or ())
        if self.lines:
            _, first, stop = self.lines[self.place]
            for i in range(first, stop):
                rows[i] = self._selected(rows[i], width, i == first)
        top = min(self.top or 0, max(0, len(rows) - height))
        return filled(rows[top : top + height], width, height)

    def _selected(self, row: Row, width: int, first: bool) -> Row:
        (text, _), *rest = row
        mark = "❯" if first else " "
        (whole,) = filled([((mark + text[1:], "title bold"), *rest)], width, 1)
        return tuple((part, f"{style} current") for part, style in whole)

    def select(self, place: int, height: int | None = None) -> None:
        """Select a line, and bring it into sight in a panel of so many rows."""
        height = height or self.room[1]
        self.place = min(max(place, 0), max(0, len(self.lines) - 1))
        if self.lines:
            _, first, stop = self.lines[self.place]
            # What stands above the first one, such as headings, comes into sight with it.
            first = 0 if self.place == 0 else first
            self.top = min(max(self.top or 0, stop - height), first)
        self.redraw()

    def action_move(self, direction: Direction) -> None:
        """Select the next line, or scroll where there is nothing to select."""
        if self.lines and direction in ("up", "down"):
            self.select(self.place + (1 if direction == "down" else -1))
        else:
            super().action_move(direction)

    def on_click(self, event: Click) -> None:
        place = self.place_of(event)
        if place is None:
            return
        row = place[1] + (self.top or 0)
        for i, (_, first, stop) in enumerate(self.lines):
            if first <= row < stop:
                self.select(i)
                self.post_message(self.Entered())


class ChoosingSheet(Sheet[str]):
    """A sheet on which a line may be selected."""

    def made(self) -> SheetPanel:
        return AnswerPanel("sheet", self._title)

    @property
    def panel(self) -> AnswerPanel:
        return self.query_one(AnswerPanel)

    def _fill(self) -> None:
        super()._fill()
        rows = min(len(self.panel.view or ()), min(TALLEST, self.app.size.height) - 2)
        self.panel.select(self.panel.place, rows)


class AnswerScreen(ChoosingSheet):
    """Shows an answer; hands back the command that leads where the chosen line says."""

    BINDINGS = bound("answer")

    def __init__(self, title: str, answer: Answer, palette: Palette, ask: Ask | None = None):
        super().__init__(title, palette)
        self.answer = answer
        self._ask = ask

    def rows(self, width: int) -> tuple[Row, ...]:
        """The lines, wrapped; where something can be selected, beside a column for its mark."""
        text = self.answer.text.split("\n")
        choices = [self.answer.choice(i) for i in range(len(text))]
        gutter = "  " if any(c != Choice() for c in choices) else ""
        rows: list[Row] = []
        self.panel.lines = []
        for i, (line, choice) in enumerate(zip(text, choices, strict=True)):
            selectable = choice != Choice() or i == self.answer.selected
            style = "text" if selectable or not gutter else "dim"
            parts = broken(line, style, max(8, width - len(gutter)))
            if selectable:
                if i == self.answer.selected and self.panel.view is None:
                    self.panel.place = len(self.panel.lines)
                self.panel.lines.append((i, len(rows), len(rows) + len(parts)))
            rows += [((gutter, style), *part) for part in parts]
        return tuple(rows)

    def hint(self) -> str:
        choices = [self.answer.choice(i) for i in range(self.answer.text.count("\n") + 1)]
        return self.table.hints(
            "{answer.go} goes there" * any(c.go for c in choices),
            "{answer.switch} on/off" * any(c.toggle for c in choices),
            "{answer.remove} removes" * any(c.remove for c in choices),
            "{answer.close} closes",
        )

    def _chosen(self) -> Choice:
        line = self.panel.line
        return Choice() if line is None else self.answer.choice(line)

    def action_go(self) -> None:
        self.dismiss(self._chosen().go or None)

    def on_answer_panel_entered(self) -> None:
        self.action_go()

    def action_switch(self) -> None:
        self._do(self._chosen().toggle)

    def action_remove(self) -> None:
        self._do(self._chosen().remove)

    def _do(self, command: str) -> None:
        """Carry out a command and show what the answer is now."""
        if not command or self._ask is None:
            return
        answer = self._ask(command)
        if answer is None:
            self.dismiss(None)
        else:
            self.answer = answer
            self._fill()
