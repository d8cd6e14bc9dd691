"""Addresses, a part at a time: epochs, iterations of an epoch, events of an iteration.

A run has far too many places to list: first, here, next and last show how they are written.
May import: vocabulary.   Imported by: arguments.
"""

from __future__ import annotations

import re

from tui.completion.vocabulary import Vocabulary, Word

_EVENT = re.compile(r"(e\d+\.i\d+)?\.\d*", re.IGNORECASE)
_ITERATION = re.compile(r"(e\d+)\.(?:i\d*)?", re.IGNORECASE)
_EPOCH = re.compile(r"(?:e\d*)?", re.IGNORECASE)


def address_words(typed: str, vocabulary: Vocabulary) -> tuple[Word, ...]:
    """Addresses that go on from what was typed: nothing is written in another way than it is."""
    words = _words(typed, vocabulary)
    return tuple(word for word in words if word.text.casefold().startswith(typed.casefold()))


def _words(typed: str, vocabulary: Vocabulary) -> tuple[Word, ...]:
    """Those of the part that is being typed."""
    times = vocabulary.times
    epoch, iteration, _ = times.here
    if match := _EVENT.fullmatch(typed):
        before = match[1] or ""
        return tuple(Word(f"{before}.{w.text}", w.kind, w.help) for w in vocabulary.events)
    if match := _ITERATION.fullmatch(typed):
        counted = _counted(iteration, times.iterations, "iteration")
        return tuple(Word(f"{match[1]}.i{n}", "iteration", help) for n, help in counted)
    if _EPOCH.fullmatch(typed):
        return tuple(
            Word(f"e{n}", "epoch", help) for n, help in _counted(epoch, times.epochs, "epoch")
        )
    return ()


def _counted(here: int, last: int, what: str) -> list[tuple[int, str]]:
    """First, here, next and last, without saying one of them twice."""
    names: dict[int, str] = {}
    for number, name in ((here, "this"), (1, "the first"), (last, "the last"), (here + 1, "next")):
        if 1 <= number <= last:
            names.setdefault(number, f"{name} {what}" + f" of {last:,}" * (number == last))
    return sorted(names.items())
