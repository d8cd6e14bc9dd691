"""What may stand at the cursor of a line: candidates, what they have in common, and help.

May import: tui.commands, the rest of completion.   Imported by: the package's face.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tui.commands import Command
from tui.completion.addresses import address_words
from tui.completion.arguments import ARGUMENTS
from tui.completion.expressions import inside, signature, words_inside
from tui.completion.matching import matching, prefixed
from tui.completion.usage import Expected, Item, grammar, words_of
from tui.completion.vocabulary import Vocabulary, Word
from tui.keys import spelled
from tui.table import CommandTable

Elsewhere = Callable[[str, str], Iterable[Word]]
"""Words that have to be looked for, by the kind of argument and what is typed."""

ELSEWHERE = ("FILE", "LESSON")
"""Arguments that are not in the vocabulary: files have no end, and lessons have to be read."""

KEYWORDS = {
    "value": "of the chosen node, or of the event's",
    "gradient": "the same node's gradient",
    "formula": "of the chosen node, or the line of the listing",
    "panel": "all that stands in the one with the focus",
    "markdown": "the derivation as Markdown",
    "latex": "the derivation as LaTeX",
    "if": "only where a condition is true",
    "grad": "where a gradient is complete",
    "of": "of another value than the loss",
    "by": "by single ops, or by how much",
    "ops": "by single ops",
    "as": "name the new timeline",
    "=": "its new value",
    "surface": "the loss over two parameters, with the path taken",
    "fit": "the output as a curve over one input",
    "boundary": "which class is said where, over two inputs",
}
"""Help for the words of usages that stand for themselves."""

_ADDRESS = re.compile(r"e\d|\.|\d", re.IGNORECASE)


@dataclass(frozen=True)
class Hint:
    """How a command is used."""

    name: str = ""
    usage: tuple[tuple[str, bool], ...] = ()
    """Pieces of its usage, and whether the cursor stands where each of them belongs."""
    help: str = ""


@dataclass(frozen=True)
class Completion:
    """What may stand at the cursor."""

    start: int
    """Where the word begins that is being typed; it ends at the cursor."""
    typed: str = ""
    words: tuple[Word, ...] = ()
    """What it may become, the likeliest first."""
    common: str = ""
    """What can be typed without choosing: at least what is typed already."""
    hint: Hint = Hint()

    @property
    def ghost(self) -> str:
        """What the likeliest word goes on with behind the cursor."""
        best = self.words[0].text if self.words and self.typed else ""
        return best[len(self.typed) :] if best.startswith(self.typed) else ""


def complete(
    line: str,
    cursor: int,
    vocabulary: Vocabulary,
    elsewhere: Elsewhere = lambda kind, typed: (),
) -> Completion:
    """What may stand at `cursor` of a line, counted from 0; what comes behind it is left alone."""
    text, commands = line[:cursor], vocabulary.commands
    named = _named(text, commands)
    start = len(text) - len(text.lstrip())
    names = _names(text[start:], commands)
    if named is None:
        typed = text[start:]
        whole = commands.named(typed.strip())
        hint = _hint(whole, (), "") if whole else Hint(help="a command or an address")
        if _ADDRESS.match(typed):
            return _made(start, typed, address_words(typed, vocabulary), hint, complete=False)
        return _made(start, typed, names, hint)
    command, rest = named
    expected, at = _expected(command, text, rest)
    groups = [_group(e, text, at, vocabulary, elsewhere) for e in expected]
    found = [(begin, words) for begin, words in groups if matching(text[begin:], words)]
    begin = max((begin for begin, _ in found), default=at)
    words = [word for own, several in found if own == begin for word in several]
    arguments = [ARGUMENTS[e.item.text] for e in expected if e.item.argument]
    hint = _hint(command, [e.item for e in expected], _help(expected, text, vocabulary))
    if not words and matching(text[start:], names):
        return _made(start, text[start:], names, hint)
    return _made(begin, text[begin:], words, hint, complete=all(a.complete for a in arguments))


def _made(
    start: int, typed: str, words: Iterable[Word], hint: Hint, *, complete: bool = True
) -> Completion:
    found = matching(typed, {word.text: word for word in words}.values())
    if [word.text for word in found] == [typed]:
        found = ()  # it is there already
    common = prefixed(typed, found) if complete else typed
    return Completion(start, typed, found, common, hint)


def _named(text: str, commands: CommandTable) -> tuple[Command, int] | None:
    """The command whose name stands whole at the start of a text, and where its rest begins."""
    for count in (2, 1):
        match = re.match(r"\s*" + r"(\S+)\s+" * count, text)
        if match is not None:
            name = " ".join(match.groups())
            command = commands.named(name)
            if command is not None:
                return command, match.end()
    return None


def _names(typed: str, commands: CommandTable) -> list[Word]:
    """The commands, of which the name is still being typed."""
    blanks = typed.count(" ")
    return [
        Word(c.name, spelled(c.keys[0]) if c.keys else "", c.help, more=bool(c.usage))
        for c in commands.commands
        if c.name.count(" ") >= blanks
    ]


def _expected(command: Command, text: str, rest: int) -> tuple[tuple[Expected, ...], int]:
    """What may stand at the end of the text behind a command, and where the last word begins."""
    words = words_of(text, rest)
    at = len(text)
    if words and words[-1][0] != "=" and not _closed(text, words[-1]):
        _, at = words.pop()
    return (grammar(command.usage).expected(words, at) if command.usage else ()), at


def _closed(text: str, word: tuple[str, int]) -> bool:
    """Whether a blank stands behind the last word."""
    return word[1] + len(word[0]) < len(text)


def _group(
    expected: Expected, text: str, at: int, vocabulary: Vocabulary, elsewhere: Elsewhere
) -> tuple[int, tuple[Word, ...]]:
    """Where the word begins that one of the expected items could become, and what it could be."""
    item = expected.item
    if not item.argument:
        return at, (Word(item.text, "", KEYWORDS[item.text], more=True),)
    argument = ARGUMENTS[item.text]
    if argument.expression:
        place = inside(text[expected.start :])
        words = words_inside(place, vocabulary, condition=argument.condition)
        return expected.start + place.start, words
    if item.text in ELSEWHERE:
        return expected.start, tuple(elsewhere(item.text, text[expected.start :]))
    return at, tuple(argument.words(vocabulary, text[at:]))


def _help(expected: tuple[Expected, ...], text: str, vocabulary: Vocabulary) -> str:
    """What is to be typed here; empty where that is left to the command's own help."""
    for e in expected:
        if e.item.argument and ARGUMENTS[e.item.text].expression:
            call = inside(text[e.start :]).call
            if call and (known := signature(call, vocabulary)):
                return known
    arguments = [ARGUMENTS[e.item.text].help for e in expected if e.item.argument]
    return arguments[0] if len(arguments) == 1 else ""


def _hint(command: Command, items: Iterable[Item], help: str) -> Hint:
    pieces: list[tuple[str, bool]] = []
    at = 0
    for item in items:
        pieces += [(command.usage[at : item.start], False), (item.text, True)]
        at = item.end
    pieces.append((command.usage[at:], False))
    return Hint(command.name, tuple(p for p in pieces if p[0]), help or command.help)
