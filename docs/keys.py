"""Writes docs/keys.md from the command table: ``python docs/keys.py``.

A test holds the page to what this makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tui.commands import COMMANDS
from tui.local_keys import PLACES
from tui.screens.help import sections
from tui.table import CommandTable

PAGE = Path(__file__).parent / "keys.md"

OPENING = """\
# Keys and commands

Lower case goes forward in time, the same letter in upper case back; the arrows do the finest step.
In the app `?` shows the keys, `ctrl+p` finds a command by its name, and `:` takes one that is
typed. All of them come from one table, and so does this page: `python docs/keys.py` writes it.

Any command can have [other keys](guide.md#the-config-file): its name in the section `[keys]` of
the config file, with `-` for a blank. So can what a key does in one place, like `graph.richer`: the
name stands behind it below.

## Keys
"""

TYPED = """
## Commands to type

Optional parts are in brackets. The letter of a key stands for its command, so `s 5` is `step 5`,
and an address alone goes there. Without a screen `help` lists all this.
"""


def page() -> str:
    """The page as it has to be."""
    table = CommandTable()
    parts = [OPENING]
    for group, entries in table.help().items():
        rows = [
            (code(keys), code(aliases), code(" · ".join(names)), text)
            for (keys, aliases, text), names in zip(entries, names_of(table, group), strict=True)
        ]
        parts.append(titled(group, ("key", "alias", "command", "does"), rows))
    names = {title: [x.id for x in table.local if x.place == p] for p, title in PLACES.items()}
    for place, lines in sections(table).items():
        if place in names:
            rows = [
                (code(keys), code(aliases), code(name), text)
                for (keys, aliases, text), name in zip(lines, names[place], strict=True)
            ]
            parts.append(titled(place, ("key", "alias", "name", "does"), rows))
        elif place not in table.help():
            rows = [(code(keys), code(aliases), text) for keys, aliases, text in lines]
            parts.append(titled(place, ("key", "alias", "does"), rows))
    parts.append(TYPED)
    rows = [(code(f"{c.name} {c.usage}".strip()), c.help) for c in COMMANDS if not c.look]
    parts.append(markdown(("typed", "does"), rows))
    return "".join(parts)


def names_of(table: CommandTable, group: str) -> list[list[str]]:
    """What the commands of a group are called, one with its way back in one entry."""
    backs = {command.back for command in table.commands}
    return [
        [command.name, *([command.back] if command.back else [])]
        for command in table.commands
        if command.group == group and command.name not in backs
    ]


def titled(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"\n**{title.capitalize()}**\n{markdown(header, rows)}"


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, with a blank line before it."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(text: str) -> str:
    """As code in a cell of a table."""
    return f"`{text}`".replace("|", "\\|") if text else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
