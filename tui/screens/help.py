"""Every key on one sheet, straight from the command table.

May import: tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from tui.drawing.rows import wrapped
from tui.keys import spelled
from tui.models import Row
from tui.screens.sheet import Sheet
from tui.table import CommandTable
from tui.theme import Palette
from tui.widgets import PANELS

MARGIN = 34
"""Cells of the columns for keys and aliases."""


class HelpScreen(Sheet):
    """What every key does."""

    def __init__(self, table: CommandTable, palette: Palette) -> None:
        super().__init__("keys", palette)
        self._table = table

    def rows(self, width: int) -> tuple[Row, ...]:
        return help_rows(self._table, width)


def help_rows(table: CommandTable, width: int) -> tuple[Row, ...]:
    """The sheet's rows: groups of commands, then how to move within a panel."""
    intro = "Lower case goes forward in time, the same letter in upper case back."
    rows: list[Row] = wrapped(((intro, "dim"),), width, 0)
    for group, entries in table.help().items():
        rows += [(), *wrapped(((group, "title bold"),), width, 0)]
        for keys, aliases, text in entries:
            rows += _entry(keys, aliases, text, width)
    rows += [(), *wrapped((("within the focused panel", "title bold"),), width, 0)]
    for direction, keys in table.movement.items():
        first, *others = map(spelled, keys or ("",))
        rows += _entry(first, " ".join(others), direction, width)
    for keys, text in keys_of_panels():
        rows += _entry(keys, "", text, width)
    rows += _entry("click", "", "choose a node, a line, a place on the timeline", width)
    rows += _entry("", "", "beside a line: a breakpoint, on and off", width)
    return tuple(rows)


def keys_of_panels() -> list[tuple[str, str]]:
    """(keys, what they do) of each panel's own bindings; keys that do alike stand together."""
    entries: dict[tuple[str, str], list[str]] = {}
    for name, panel in PANELS.items():
        for binding in panel.__dict__.get("BINDINGS", ()):
            keys = map(spelled, binding.key.split(","))
            entries.setdefault((name, binding.description), []).extend(keys)
    return [(" ".join(keys), f"{name}: {does}") for (name, does), keys in entries.items()]


def _entry(keys: str, aliases: str, text: str, width: int) -> list[Row]:
    if width < MARGIN + 20:
        # Too narrow for columns: the keys on a line of their own.
        head = wrapped(((f"{keys} ", "key bold"), (aliases, "dim")), width, 2)
        body = wrapped(((text, "text"),), max(5, width - 2), 0)
        return [*head, *((("  ", "text"), *line) for line in body)]
    first, *rest = wrapped(((text, "text"),), width - MARGIN, 0)
    head = f"  {keys:<14}"
    row: Row = ((head, "key bold"), (f"{aliases} ".ljust(MARGIN - len(head)), "dim"))
    return [(*row, *first), *(((" " * MARGIN, "text"), *line) for line in rest)]
