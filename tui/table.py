"""The command table: the commands with the keys that the reader has given them.

May import: catalogue, commands, keys.
Imported by: console, settings, completion, views, screens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from tui.catalogue import CATALOGUE
from tui.commands import BY_NAME, COMMANDS, FOOTER, MOVEMENT, NO_KEY, Command
from tui.keys import spelled

ALSO = {
    "app.palette": "palette",
    "app.suspend": "suspend",
    "sheet.copy": "copy",
    "influence.effects": "affects",
    "influence.causes": "affected by",
    **{f"views.{kind.name}": f"view {kind.name}" for kind in CATALOGUE},
}
"""Bindings of other screens that have the keys of a command."""


class KeyConflict(ValueError):
    """A key would stand for two things."""

    def __init__(self, key: str, name: str, other: str) -> None:
        self.what = f"the key {spelled(key)} stands for '{name}' and for '{other}'"
        self.hint = f"give '{name}' another one, or none: []"
        super().__init__(self.what)
        self.names = (name, other)
        """What has the key, and what is to have it too."""


@dataclass(frozen=True)
class CommandTable:
    """The commands with their keys: a value that bindings, footer, help and prompt follow."""

    commands: tuple[Command, ...] = COMMANDS
    movement: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(MOVEMENT))
    """Keys that move within the focused panel, by their direction."""

    def with_keys(self, keys: Mapping[str, tuple[str, ...]]) -> CommandTable:
        """The table in which commands, or directions, have other keys, by their names.

        Raises `KeyConflict` where a key would stand for two of them.
        """
        table = CommandTable(
            tuple(replace(c, keys=keys.get(c.name, c.keys)) for c in self.commands),
            {direction: keys.get(direction, moving) for direction, moving in self.movement.items()},
        )
        every = {**table.movement, **{command.name: command.keys for command in table.commands}}
        owners: dict[str, str] = {}
        # Those that have been chosen come last: they are what has to be put right.
        for name in sorted(every, key=keys.__contains__):
            for key in every[name]:
                if key in owners:
                    raise KeyConflict(key, owners[key], name)
                owners[key] = name
        return table

    @cached_property
    def by_name(self) -> Mapping[str, Command]:
        """Commands by what they are called."""
        return {command.name: command for command in self.commands}

    @cached_property
    def by_letter(self) -> Mapping[str, Command]:
        """Commands by the letter of their key, which may be typed for their name."""
        return {key: c for c in self.commands for key in c.keys if len(key) == 1}

    def named(self, name: str) -> Command | None:
        """The command that is called so, or whose key this letter is."""
        return self.by_name.get(name.casefold()) or self.by_letter.get(name)

    def find(self, line: str) -> tuple[Command, str] | None:
        """The command that a typed line means, and what stands behind its name.

        Names may have two words; the letter of a key stands for its command.
        """
        words = line.split(None, 2)
        for count in (2, 1):
            command = self.named(" ".join(words[:count]))
            if command is not None and len(words) >= count:
                rest = line.split(None, count)[count:]
                return command, rest[0].strip() if rest else ""
        return None

    def keys_text(self, name: str) -> str:
        """``s/S`` for a command with its way back, else its first key; else what is typed."""
        return "/".join(self.key_text(command.name) for command in self._pair(name))

    def key_text(self, name: str) -> str:
        """The first key of a command; without one what is typed."""
        keys = self.by_name[name].keys
        return spelled(keys[0]) if keys else f":{name}"

    def said(self, text: str) -> str:
        """The text with keys in place of the commands that stand in braces."""
        return re.sub(r"\{([^}]+)\}", lambda found: self.key_text(found[1]), text)

    def view_key(self, name: str) -> str:
        """The key that goes to a view; empty without one."""
        keys = self.by_name[f"view {name}"].keys
        return spelled(keys[0]) if keys else ""

    def keymap(self) -> dict[str, str]:
        """Textual's keymap: what has other keys than its binding says, by the binding's id."""
        changed = {c.name: c for c in self.commands if c.keys != BY_NAME[c.name].keys}
        also = {id: changed[name].binding for id, name in ALSO.items() if name in changed}
        moving = {
            f"panel.{direction}": ",".join(keys) or NO_KEY
            for direction, keys in self.movement.items()
            if keys != dict(MOVEMENT)[direction]
        }
        # Where a cursor moves sideways, the arrows do it as well.
        moving |= {
            f"tensor.{direction}": ",".join(dict.fromkeys((*keys, direction)))
            for direction, keys in self.movement.items()
            if f"panel.{direction}" in moving
        }
        return {command.id: command.binding for command in changed.values()} | also | moving

    def footer(self) -> list[tuple[str, str]]:
        """(keys, word) for the footer, the most useful first."""
        return [(self.keys_text(name), self.by_name[name].footer) for name in FOOTER]

    def help(self) -> dict[str, list[tuple[str, str, str]]]:
        """group → (keys, aliases, what it does), a command and its way back on one line."""
        backs = {command.back for command in self.commands if command.back}
        groups: dict[str, list[tuple[str, str, str]]] = {}
        for command in self.commands:
            if command.name in backs:
                continue
            pair = self._pair(command.name)
            aliases = " ".join("/".join(map(spelled, keys)) for keys in _aliases(pair))
            text = " / ".join(c.help for c in pair)
            groups.setdefault(command.group, []).append(
                (self.keys_text(command.name), aliases, text)
            )
        return groups

    def _pair(self, name: str) -> list[Command]:
        """A command, and its way back if it has one."""
        command = self.by_name[name]
        return [command, self.by_name[command.back]] if command.back else [command]


DEFAULT = CommandTable()
"""The commands with the keys that they have as long as nobody chooses others."""


def _aliases(pair: Iterable[Command]) -> list[tuple[str, ...]]:
    """The further keys of commands, those that belong together in one."""
    every = [command.keys[1:] for command in pair]
    count = max(map(len, every))
    return [tuple(keys[i] for keys in every if i < len(keys)) for i in range(count)]
