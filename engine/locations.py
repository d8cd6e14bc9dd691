"""Where the keys of a TOML text stand: `tomllib` gives values, and errors want places.

A scan line by line that knows just enough of TOML: headers, keys, and where a value spans lines.
Paths count the tables of an array: the first ``[[step]]`` is ``step``, ``0``.
May import: errors.   Imported by: reading, course.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from engine.errors import Place

_PART = re.compile(r"\s*(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s=.\"'\[\]#]+)\s*")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_TRIPLE = ('"""', "'''")

Path = tuple[str, ...]


@dataclass(frozen=True)
class TomlText:
    """A TOML text and the places of its keys."""

    text: str
    name: str

    @cached_property
    def keys(self) -> Mapping[Path, Place]:
        """The place of every key and section header, by its full path."""
        found: dict[Path, Place] = {}
        for path, place in self._entries():
            found.setdefault(path, place)
        return found

    def place(self, *path: str) -> Place:
        """The place of a key; where it is not found by itself, of the nearest one around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.keys:
                return self.keys[path[:length]]
        return Place(self.name)

    def within(self, path: Path, text: str) -> Place:
        """The place of a text of one line inside the value of a key; else that of the key."""
        key = self.place(*path)
        if key.line is None or key.source is None:
            return key
        lines = self.text.split("\n")
        after = (key.column or 1) - 1 + key.width
        later = (p.line for p in self.keys.values() if p.line is not None and p.line > key.line)
        for number in range(key.line, min(later, default=len(lines) + 1)):
            source = lines[number - 1]
            column = source.find(text, after if number == key.line else 0)
            if column >= 0:
                return replace(key, line=number, column=column + 1, source=source, width=len(text))
        return key

    def formulas(self) -> tuple[int, int] | None:
        """(line, column) of the first character of the formulas, both from 1."""
        place = self.keys.get(("formulas",))
        if place is None or place.line is None or place.source is None:
            return None
        start = (place.column or 1) - 1 + place.width
        opening = re.match(r"\s*=\s*(\"\"\"|'''|\"|')", place.source[start:])
        if opening is None:
            return None
        column = start + opening.end()
        if opening[1] in _TRIPLE and not place.source[column:].strip():
            return place.line + 1, 1  # TOML drops the newline right after the opening quotes
        return place.line, column + 1

    def _entries(self) -> Iterator[tuple[Path, Place]]:
        section: Path = ()
        tables: Counter[Path] = Counter()
        until: str | None = None
        depth = 0
        for number, line in enumerate(self.text.split("\n"), 1):
            rest = line
            if until is not None:
                _, closed, rest = line.partition(until)
                if not closed:
                    continue
                until = None
                depth, until = _open_after(rest, depth)
                continue
            if depth > 0:
                depth, until = _open_after(rest, depth)
                continue
            stripped = line.lstrip()
            indent = len(line) - len(stripped)
            if stripped.startswith("["):
                path, end = _parts(stripped.lstrip("["))
                if path:
                    skipped = len(stripped) - len(stripped.lstrip("["))
                    place = Place(self.name, number, indent + skipped + 1, line, max(1, end))
                    section = _counted(path, tables)
                    if stripped.startswith("[["):
                        yield section, place
                        tables[section] += 1
                        section = (*section, str(tables[section] - 1))
                    yield section, place
                continue
            path, end = _parts(stripped)
            if path and stripped[end : end + 1] == "=":
                width = len(stripped[:end].rstrip())
                yield (*section, *path), Place(self.name, number, indent + 1, line, width)
                depth, until = _open_after(stripped[end + 1 :], 0)


def _counted(path: Path, tables: Mapping[Path, int]) -> Path:
    """The path of a header below the last table so far of every array that it goes through."""
    found: Path = ()
    for part in path[:-1]:
        found = (*found, part)
        if found in tables:
            found = (*found, str(tables[found] - 1))
    return (*found, path[-1])


def _parts(text: str) -> tuple[Path, int]:
    """The dotted key at the start of `text`, and where it ends."""
    parts: list[str] = []
    at = 0
    while match := _PART.match(text, at):
        part = match[1]
        quoted = part[:1] in "\"'"
        parts.append(part[1:-1] if quoted else part)
        at = match.end()
        if text[at : at + 1] != ".":
            break
        at += 1
    return tuple(parts), at


def _open_after(value: str, depth: int) -> tuple[int, str | None]:
    """(open brackets, the triple quote that is still open) after a line of a value."""
    while True:
        starts = {quote: value.find(quote) for quote in _TRIPLE if quote in value}
        if not starts:
            break
        quote = min(starts, key=lambda q: starts[q])
        before, _, after = value.partition(quote)
        depth += _brackets(before)
        _, closed, value = after.partition(quote)
        if not closed:
            return depth, quote
    return max(0, depth + _brackets(value)), None


def _brackets(text: str) -> int:
    plain = _STRING.sub("", text).split("#", 1)[0]
    return sum((c in "[{") - (c in "]}") for c in plain)
