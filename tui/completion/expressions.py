"""Names and functions inside an expression, at the place of the cursor.

May import: vocabulary.   Imported by: complete.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui.completion.vocabulary import Vocabulary, Word

NAME = re.compile(r"(?<![\w.])[^\W\d]\w*\Z")
_OPERAND = re.compile(r"[\w)\].]\s*\Z")
_SETTING = re.compile(r"\b(\w+)=")
_WORD_OPERATORS = re.compile(r"\b(?:and|or|not|if)\s*\Z")


@dataclass(frozen=True)
class Inside:
    """Where in an expression the cursor stands."""

    start: int
    """Where the name begins that is being typed; the cursor, where none is."""
    call: str
    """The function whose parentheses are open; empty outside of any."""
    index: bool
    """Whether brackets of an index are open: then names have no place here."""
    operand: bool
    """Whether a value stands before it already, so that an operator comes next."""


def inside(text: str) -> Inside:
    """Where the end of the text of an expression is."""
    match = NAME.search(text)
    start = match.start() if match else len(text)
    opened: list[tuple[str, int]] = []
    for at, sign in enumerate(text[:start]):
        if sign in "([":
            opened.append((sign, at))
        elif sign in ")]" and opened:
            opened.pop()
    call = next((_called(text[:at]) for sign, at in reversed(opened) if sign == "("), "")
    index = bool(opened) and opened[-1][0] == "[" and bool(_OPERAND.search(text[: opened[-1][1]]))
    before = text[:start]
    operand = bool(_OPERAND.search(before)) and not _WORD_OPERATORS.search(before)
    return Inside(start, call, index, operand)


def _called(text: str) -> str:
    match = NAME.search(text)
    return match[0] if match else ""


def words_inside(place: Inside, vocabulary: Vocabulary, *, condition: bool) -> tuple[Word, ...]:
    """What may be typed there."""
    if place.index:
        return ()
    if place.operand:
        joining = (Word("and", "operator", "both are true"), Word("or", "operator", "one is true"))
        return joining if condition else ()
    if place.call == "grad":
        return with_gradient(vocabulary)
    words = (*vocabulary.nodes, *vocabulary.counters, *vocabulary.functions)
    if condition:
        words = (*words, Word("not", "operator", "where it is not true", more=True))
    return (*words, *_settings(place.call, vocabulary))


def with_gradient(vocabulary: Vocabulary) -> tuple[Word, ...]:
    """The nodes that have one."""
    return tuple(word for word in vocabulary.nodes if word.text in vocabulary.gradients)


def signature(call: str, vocabulary: Vocabulary) -> str:
    """How a function is called; empty where there is none of that name."""
    return next((w.help for w in vocabulary.functions if w.text == f"{call}("), "")


def _settings(call: str, vocabulary: Vocabulary) -> tuple[Word, ...]:
    found = _SETTING.findall(signature(call, vocabulary)) if call else ()
    return tuple(Word(f"{name}=", "setting", f"of {call}") for name in found)
