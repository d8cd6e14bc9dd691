"""Which words are meant by what was typed: those that begin with it, then those that contain it.

May import: vocabulary.   Imported by: complete, search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import takewhile

from tui.completion.vocabulary import Word

LOOSE = 2
"""Letters from which on they need not stand together: a single one is in nearly every word."""

APART = 3
"""How many times as long the stretch may be over which they are spread: in a long line, letters
that stand anywhere mean nothing."""


def matching(typed: str, words: Iterable[Word]) -> tuple[Word, ...]:
    """The words that are meant, the likeliest first; equally likely ones keep their order.

    Those that begin with it come first, then those that contain it, then those in which its letters
    stand in this order, from the beginning of a word on and not far apart. Upper and lower case are
    one, but the typed case wins.
    """
    ranked = [(rank, word) for word in words if (rank := _rank(typed, word.text)) is not None]
    ranked.sort(key=lambda found: found[0])
    return tuple(word for _, word in ranked)


def prefixed(typed: str, words: Iterable[Word]) -> str:
    """What all those words go on with that begin with what was typed, this included."""
    folded = typed.casefold()
    texts = [word.text for word in words if word.text.casefold().startswith(folded)]
    exact = [text for text in texts if text.startswith(typed)]
    first, last = min(exact or texts, default=typed), max(exact or texts, default=typed)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    common = first[: sum(1 for _ in same)]
    return common if len(common) > len(typed) else typed


def _rank(typed: str, text: str) -> tuple[int, int] | None:
    """How far a word is from what was typed; None where it is not meant."""
    if text.startswith(typed):
        return 0, 0
    folded, given = text.casefold(), typed.casefold()
    if folded.startswith(given):
        return 1, 0
    if len(typed) < LOOSE:
        return None
    if (at := folded.find(given)) >= 0:
        return 2, at
    found = _scattered(given).search(folded)
    spread = found.end() - found.start() if found else 0
    return (3, spread) if 0 < spread <= APART * len(typed) else None


@lru_cache(maxsize=64)
def _scattered(letters: str) -> re.Pattern[str]:
    return re.compile(r"(?<![^\W_])" + ".*?".join(map(re.escape, letters)))
