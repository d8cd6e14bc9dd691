"""Which lines of a script are which lines of the listing, marked while the script is written.

A mark is a comment behind a line, taken off in the end: a marked script is still Python, and
whatever reads or moves its lines needs to know nothing of it.
May import: the standard library.   Imported by: the writers of scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_MARK = re.compile(r"  #@([\d,]+)$")


@dataclass(frozen=True)
class Twin:
    """A script of a run, and where each line of the listing stands in it."""

    text: str
    places: dict[int, tuple[int, ...]]
    """Line of the listing → lines of the script that do the same, both counted from 1."""


def marked(text: str, numbers: Iterable[int]) -> str:
    """A line of the script that does what these lines of the listing do."""
    told = ",".join(map(str, numbers))
    return f"{text}  #@{told}" if told else text


def unmarked(text: str) -> Twin:
    """The script without its marks, and what they said."""
    places: dict[int, tuple[int, ...]] = {}
    lines: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if found := _MARK.search(line):
            for told in map(int, found[1].split(",")):
                places[told] = (*places.get(told, ()), number)
            line = line[: found.start()]
        lines.append(line)
    return Twin("\n".join(lines), places)
