"""All views on a sheet, to choose one.

May import: tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from textual.binding import Binding

from tui.catalogue import CATALOGUE
from tui.console import Answer, Choice
from tui.screens.answer import AnswerScreen
from tui.table import CommandTable
from tui.theme import Palette


class ViewsScreen(AnswerScreen):
    """Hands back the command that goes to the chosen view; its digit does so at once."""

    BINDINGS = [
        Binding(kind.key, f"choose('{kind.name}')", kind.help, show=False, id=f"views.{kind.name}")
        for kind in CATALOGUE
        if kind.key
    ]

    def __init__(self, table: CommandTable, palette: Palette) -> None:
        width = max(len(kind.name) for kind in CATALOGUE)
        kinds = sorted(CATALOGUE, key=lambda kind: (kind.key in ("0", ""), kind.key))
        lines = [f"{table.view_key(k.name) or ' '}  {k.name:<{width}}   {k.help}" for k in kinds]
        choices = tuple(Choice(go=f"view {kind.name}") for kind in kinds)
        super().__init__("views", Answer("\n".join(lines), choices=choices), palette)

    def action_choose(self, name: str) -> None:
        self.dismiss(f"view {name}")
