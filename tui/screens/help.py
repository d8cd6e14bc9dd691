"""Every key on one sheet, straight from the command table and from what panels bind; `/` finds one.

May import: tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from textual.containers import Horizontal

from tui.drawing.rows import width_of, wrapped
from tui.keys import spelled
from tui.models.text import Row
from tui.screens.finder import Finder
from tui.screens.sheet import SheetPanel
from tui.table import CommandTable
from tui.theme import Palette
from tui.widgets.local import bound

MARGIN = 24
"""Cells of the column for keys and their aliases."""

Line = tuple[str, str, str]
"""Keys, aliases, what they do."""

INTRO = (
    "Lower case goes forward in time, the same letter in upper case back. In a panel its own keys, "
    "below, come first. {help.find} finds a key."
)

MOUSE: tuple[Line, ...] = (
    ("click", "", "choose a node, a line, a tab, a place on the timeline"),
    ("", "", "beside a line: a breakpoint, on and off"),
    ("wheel", "", "scroll"),
)


class HelpScreen(Finder[str]):
    """What every key does."""

    BINDINGS = bound("help")
    DEFAULT_CSS = "HelpScreen Horizontal { display: none; }"

    def __init__(self, table: CommandTable, palette: Palette) -> None:
        super().__init__("keys", palette)
        self._table = table

    def rows(self, width: int) -> tuple[Row, ...]:
        return help_rows(self._table, width, self.typed)

    def hint(self) -> str:
        return self.table.hints("{help.find} finds", "{help.back} closes")

    def action_find(self) -> None:
        """Show the line, and only keys that it is about."""
        self.query_one(Horizontal).display = True
        self.set_focus(self.field)  # at once, so that the next key is typed into it

    def action_back(self) -> None:
        """Show all keys again, or close."""
        line = self.query_one(Horizontal)
        if not line.display:
            self.dismiss(None)
            return
        line.display = False
        self.field.fill("")
        self.set_focus(self.query_one(SheetPanel))

    async def enter(self) -> None:
        """Keep what was found, and scroll in it."""
        self.set_focus(self.query_one(SheetPanel))


def sections(table: CommandTable) -> dict[str, list[Line]]:
    """All keys by where they are good for: the command table's groups, then single places."""
    found: dict[str, list[Line]] = dict(table.help())
    found["within the focused panel"] = [
        (" ".join(map(spelled, keys[:1])), " ".join(map(spelled, keys[1:])), way)
        for way, keys in table.movement.items()
    ]
    found |= table.local_help()
    found["with the mouse"] = list(MOUSE)
    return found


def help_rows(table: CommandTable, width: int, typed: str = "") -> tuple[Row, ...]:
    """The sheet's rows: the keys that what is typed is about, by group; all where nothing is."""
    words = typed.casefold().split()
    names = {table.keys_text(c.name): f"{c.name} {c.back}" for c in table.commands}
    intro: list[Row] = wrapped(((table.said(INTRO), "dim"),), width, 0)
    rows: list[Row] = []
    for group, lines in sections(table).items():
        about = {
            line: " ".join((group, names.get(line[0], ""), *line)).casefold() for line in lines
        }
        shown = [line for line in lines if all(word in about[line] for word in words)]
        if not shown:
            continue
        rows += [(), *wrapped(((group, "title bold"),), width, 0)]
        for keys, aliases, text in shown:
            rows += _entry(keys, aliases, text, width)
    return (*intro, *(rows or [(), (("no key is about this", "dim"),)]))


def _entry(keys: str, aliases: str, text: str, width: int) -> list[Row]:
    both: Row = ((keys, "key bold"), ("  " * bool(keys and aliases) + aliases, "dim"))
    if width < MARGIN + 20:
        # Too narrow for columns: the keys on a line of their own.
        body = wrapped(((text, "text"),), max(5, width - 2), 0)
        return [*wrapped(both, width, 2), *((("  ", "text"), *line) for line in body)]
    beside = max(0, MARGIN - 2 - width_of(both))
    head: Row = (("  ", "text"), *both, (" " * beside, "text"))
    lines = wrapped(((text, "text"),), width - MARGIN, 0)
    if beside < 2:  # keys that take more than their column
        return [head, *(((" " * MARGIN, "text"), *line) for line in lines)]
    first, *rest = lines
    return [(*head, *first), *(((" " * MARGIN, "text"), *line) for line in rest)]
