"""The command table: the commands, and what keys do in single places, with the reader's keys.

May import: catalogue, commands, keys, local_keys.
Imported by: console, settings, completion, views, screens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from tui.catalogue import CATALOGUE
from tui.commands import BY_NAME, COMMANDS, FOOTER, MOVEMENT, NO_KEY, Command
from tui.keys import spelled, types_a_sign
from tui.local_keys import LOCAL, PLACES, TYPED_IN, Local

ALSO = {
    "app.palette": "palette",
    "app.suspend": "suspend",
    "quiz.panel.hint": "quiz.hint",
    **{f"views.{kind.name}": f"view {kind.name}" for kind in CATALOGUE},
}
"""Further bindings that have the keys of a command, or of a place's."""


IN_BRACES = r"\{([^}]+)\}"


class KeyConflict(ValueError):
    """A key would stand for two things; or for one where it types a sign."""

    def __init__(self, key: str, name: str, other: str = "") -> None:
        self.what = f"the key {spelled(key)} stands for '{name}' and for '{other}'"
        self.hint = f"give '{name}' another one, or none: []"
        if not other:
            self.what = f"the key {spelled(key)} is typed where '{name}' is"
            self.hint = "a key that types no sign can be chosen, like F5 or ctrl+x"
        super().__init__(self.what)
        self.names = (name, other or name)
        """What has the key, and what is to have it too."""


@dataclass(frozen=True)
class CommandTable:
    """The commands with their keys: a value that bindings, footer, help and prompt follow."""

    commands: tuple[Command, ...] = COMMANDS
    movement: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(MOVEMENT))
    """Keys that move within the focused panel, by their direction."""
    local: tuple[Local, ...] = LOCAL
    """What keys do in single places: there they come before those of commands."""

    def with_keys(self, keys: Mapping[str, tuple[str, ...]]) -> CommandTable:
        """The table in which commands, directions and local keys have others, by their names.

        Raises `KeyConflict` where a key would stand for two of them.
        """
        before = {
            **self.movement,
            **{command.name: command.keys for command in self.commands},
            **{local.id: local.keys for local in self.local},
        }

        def followed(local: Local) -> tuple[str, ...]:
            """The keys of what it follows in place of those that were so, and its further ones."""
            if local.follows not in keys:
                return local.keys
            own = (key for key in local.keys if key not in before[local.follows])
            return tuple(dict.fromkeys((*keys[local.follows], *own)))

        table = CommandTable(
            tuple(replace(c, keys=keys.get(c.name, c.keys)) for c in self.commands),
            {direction: keys.get(direction, moving) for direction, moving in self.movement.items()},
            tuple(replace(x, keys=keys.get(x.id, followed(x))) for x in self.local),
        )
        everywhere = {**table.movement, **{c.name: c.keys for c in table.commands}}
        _hold_apart(everywhere, before, keys)
        for place in PLACES:
            local = [x for x in table.local if x.place == place]
            moving = {} if place in TYPED_IN else dict(table.movement)
            for x in local:
                moving.pop(x.follows, None)
                typed = [key for key in x.keys if types_a_sign(key)]
                if typed and place in TYPED_IN and x.id in keys:
                    raise KeyConflict(typed[0], x.id)
            _hold_apart({**moving, **{x.id: x.keys for x in local}}, before, keys)
        return table

    @cached_property
    def by_name(self) -> Mapping[str, Command]:
        """Commands by what they are called."""
        return {command.name: command for command in self.commands}

    @cached_property
    def by_letter(self) -> Mapping[str, Command]:
        """Commands by the letter of their key, which may be typed for their name."""
        return {key: c for c in self.commands for key in c.keys if len(key) == 1}

    @cached_property
    def by_id(self) -> Mapping[str, Local]:
        """What is local by its id."""
        return {local.id: local for local in self.local}

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
        """The first key of a command, or else what is typed; that of a direction, or local one."""
        if name in self.movement or name in self.by_id:
            local = self.movement[name] if name in self.movement else self.by_id[name].keys
            return spelled(local[0]) if local else ""
        keys = self.by_name[name].keys
        return spelled(keys[0]) if keys else f":{name}"

    def said(self, text: str) -> str:
        """The text with keys in place of the commands, or ids, that stand in braces."""
        return re.sub(IN_BRACES, lambda found: self.key_text(found[1]), text)

    def hints(self, *parts: str) -> str:
        """What can be done here, in a row, keys in place of what stands in braces.

        What no key does is left out.
        """
        shown = (p for p in parts if p and all(map(self.key_text, re.findall(IN_BRACES, p))))
        return " · ".join(map(self.said, shown))

    def view_key(self, name: str) -> str:
        """The key that goes to a view; empty without one."""
        keys = self.by_name[f"view {name}"].keys
        return spelled(keys[0]) if keys else ""

    def keymap(self) -> dict[str, str]:
        """Textual's keymap: what has other keys than its binding says, by the binding's id."""
        commands = {c.name: c for c in self.commands if c.keys != BY_NAME[c.name].keys}
        usual = {local.id: local.keys for local in LOCAL}
        local = {x.id: x for x in self.local if x.keys != usual[x.id]}
        changed = {**commands, **local}
        also = {id: changed[name].binding for id, name in ALSO.items() if name in changed}
        moving = {
            f"panel.{direction}": ",".join(keys) or NO_KEY
            for direction, keys in self.movement.items()
            if keys != dict(MOVEMENT)[direction]
        }
        return {each.id: each.binding for each in changed.values()} | also | moving

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

    def local_help(self) -> dict[str, list[tuple[str, str, str]]]:
        """place, in words → (keys, aliases, what it does) for what is local there."""
        return {title: list(self._lines(place)) for place, title in PLACES.items()}

    def _lines(self, place: str) -> Iterator[tuple[str, str, str]]:
        for local in self.local:
            if local.place == place:
                first, *others = map(spelled, local.keys or ("",))
                yield first, " ".join(others), local.help

    def _pair(self, name: str) -> list[Command]:
        """A command, and its way back if it has one."""
        command = self.by_name[name]
        return [command, self.by_name[command.back]] if command.back else [command]


DEFAULT = CommandTable()
"""The commands with the keys that they have as long as nobody chooses others."""


def _hold_apart(
    every: Mapping[str, tuple[str, ...]],
    before: Mapping[str, tuple[str, ...]],
    chosen: Mapping[str, object],
) -> None:
    """Raise `KeyConflict` where a key stands for two of these that it did not stand for before."""
    owners: dict[str, str] = {}
    # Those that have been chosen come last: they are what has to be put right.
    for name in sorted(every, key=chosen.__contains__):
        for key in every[name]:
            other = owners.get(key)
            if other is not None and not (key in before[name] and key in before[other]):
                raise KeyConflict(key, other, name)
            owners.setdefault(key, name)


def _aliases(pair: Iterable[Command]) -> list[tuple[str, ...]]:
    """The further keys of commands, those that belong together in one."""
    every = [command.keys[1:] for command in pair]
    count = max(map(len, every))
    return [tuple(keys[i] for keys in every if i < len(keys)) for i in range(count)]
