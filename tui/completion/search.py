"""What `/` finds: everything that has a name or says something, and where it leads.

May import: matching, vocabulary.   Imported by: views, screens, the palette.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tui.completion.matching import matching
from tui.completion.vocabulary import Word


@dataclass(frozen=True)
class Entry:
    """Something to be found, and what the reader gets: exactly one of the rest is given."""

    word: Word
    node: int | None = None
    """A node to be looked at."""
    line: int | None = None
    """A line of the listing to be selected."""
    command: str = ""
    """A command to be carried out: a place to go to."""
    typed: str = ""
    """A command for the prompt, to be finished by the reader."""


def found(typed: str, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that are meant, the likeliest first.

    Those whose own text is meant by what was typed come first. Behind them stand those whose text,
    kind or help holds every word of it somewhere: ``update w1`` finds the line that updates w1.
    """
    entries = tuple(entries)
    if not typed.strip():
        return entries
    by_word: dict[Word, list[Entry]] = {}
    for entry in entries:
        by_word.setdefault(entry.word, []).append(entry)
    meant = [entry for word in matching(typed.strip(), by_word) for entry in by_word[word]]
    words = typed.casefold().split()
    known = set(meant)
    rest = [
        entry
        for entry in entries
        if entry not in known
        and all(
            word in f"{entry.word.text} {entry.word.kind} {entry.word.help}".casefold()
            for word in words
        )
    ]
    return (*meant, *rest)
