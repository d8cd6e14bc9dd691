"""What may follow a command: its usage, read as a grammar.

``[LINE | NAME | grad NAME] [if CONDITION]`` says at once to a reader and to the completion that
after ``break grad`` comes a name. Words in capitals are arguments, others stand for themselves,
brackets hold what may be left out, and a bar stands between alternatives.
May import: the standard library.   Imported by: complete.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

LONG = frozenset(("CONDITION", "EXPRESSION", "VALUE", "NOTE", "FILE", "REPLY"))
"""Arguments that may consist of several words."""

_PART = re.compile(r"\s*(?:(?P<item>\w+(?:\[\w+\]|\(\w+\))?|=)|(?P<sign>[\[\]|]))")
_TOKEN = re.compile(r"(?<![=<>!])=(?!=)|[^\s\[\](){}=<>!]+|[<>!=]=|[\[({]|[\])}]|[<>!=]|\s+")


@dataclass(frozen=True)
class Item:
    """One word of a usage: an argument, or a word that stands for itself."""

    text: str
    start: int
    """Where it stands in the usage."""

    @property
    def argument(self) -> bool:
        return (self.text.upper() == self.text and self.text != "=") or "(" in self.text

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Expected:
    """What may stand at a place of a line."""

    item: Item
    start: int
    """Where the argument begins in the text: before its first word, where it has several."""


@dataclass(frozen=True)
class _Part:
    """A piece of the grammar: where it can begin and end, and whether it can be left out."""

    first: frozenset[int]
    last: frozenset[int]
    empty: bool


@dataclass(frozen=True)
class Grammar:
    """Which word of a usage may follow which."""

    items: tuple[Item, ...]
    first: frozenset[int]
    follow: tuple[frozenset[int], ...]

    def expected(self, words: list[tuple[str, int]], start: int) -> tuple[Expected, ...]:
        """What may come behind these words, each with its place, at `start`."""
        places: dict[int, int] = {}
        begun = False
        for word, at in words:
            ways = self._ways(places, begun, at)
            named = {i: s for i, s in ways.items() if self.items[i].text == word.casefold()}
            plain = {i: s for i, s in ways.items() if self.items[i].argument}
            places, begun = named or plain, True
        ways = self._ways(places, begun, start)
        return tuple(Expected(self.items[i], at) for i, at in sorted(ways.items()))

    def _ways(self, places: dict[int, int], begun: bool, at: int) -> dict[int, int]:
        """Which items may come next, with where they began."""
        if not begun:
            return dict.fromkeys(self.first, at)
        ways: dict[int, int] = {}
        for i, start in places.items():
            for j in self.follow[i]:
                ways[j] = start if j == i else at
        return ways


@cache
def grammar(usage: str) -> Grammar:
    """The grammar of a usage text."""
    return _Reader(usage).read()


def words_of(text: str, start: int = 0) -> list[tuple[str, int]]:
    """The words of a text with their places; what stands in brackets belongs to its word."""
    found: list[tuple[str, int]] = []
    depth, joined = 0, False
    for match in _TOKEN.finditer(text, start):
        token = match[0]
        if token.isspace() and not depth:
            joined = False
            continue
        apart = token == "=" and not depth
        if joined and not apart:
            word, at = found[-1]
            found[-1] = (word + token, at)
        else:
            found.append((token, match.start()))
        joined = not apart
        depth = max(0, depth + (token in "[({") - (token in "])}"))
    return found


class _Reader:
    """Reads a usage text; which item may follow which is collected on the way."""

    def __init__(self, usage: str) -> None:
        self.tokens = [
            (match["item"] or match["sign"], match.start("item")) for match in _PART.finditer(usage)
        ]
        self.items: list[Item] = []
        self.follow: list[set[int]] = []

    def read(self) -> Grammar:
        whole = self._choice()
        assert not self.tokens, "a bracket is closed that was never opened"
        return Grammar(tuple(self.items), whole.first, tuple(map(frozenset, self.follow)))

    def _choice(self) -> _Part:
        parts = [self._sequence()]
        while self.tokens and self.tokens[0][0] == "|":
            del self.tokens[0]
            parts.append(self._sequence())
        return _Part(
            frozenset().union(*(p.first for p in parts)),
            frozenset().union(*(p.last for p in parts)),
            any(p.empty for p in parts),
        )

    def _sequence(self) -> _Part:
        whole = _Part(frozenset(), frozenset(), True)
        while self.tokens and self.tokens[0][0] not in ("|", "]"):
            part = self._part()
            for i in whole.last:
                self.follow[i] |= part.first
            whole = _Part(
                whole.first | part.first if whole.empty else whole.first,
                part.last | whole.last if part.empty else part.last,
                whole.empty and part.empty,
            )
        return whole

    def _part(self) -> _Part:
        text, start = self.tokens.pop(0)
        if text == "[":
            inner = self._choice()
            assert self.tokens and self.tokens[0][0] == "]", "a bracket is never closed"
            del self.tokens[0]
            return _Part(inner.first, inner.last, True)
        i = len(self.items)
        self.items.append(Item(text, start))
        self.follow.append({i} if text in LONG else set())
        only = frozenset((i,))
        return _Part(only, only, False)
