"""Every deliberate error of gradstep: what came, where, what was wanted, and the way out.

    GradstepError
    ├── ExperimentError      an experiment that cannot be run: its file, keys, values
    │   ├── FormulaError     a formula outside the language, an unknown name, a cycle
    │   ├── ShapeError       operands whose shapes do not fit
    │   └── DataError        columns that are missing, ragged, empty or not numbers
    ├── LessonError          a lesson that cannot be read, or says what is not so
    ├── SessionError         a session file that cannot be written, read or believed
    ├── AddressError         an address that is not in the trace
    ├── TargetError          a question about a node or an element that is not there
    ├── ReplyError           a reply that is no answer to its question
    └── ReplayError          a replay whose bits differ from what was recorded

May import: the standard library.   Imported by: every room.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

EXCERPT = 100
"""How many characters of a long line an error shows."""


@dataclass(frozen=True)
class Place:
    """A place in a text that a person wrote. Lines and columns count from 1."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    source: str | None = None
    """The line itself, shown with a caret under `column`."""
    width: int = 1
    """How many characters the caret underlines."""

    def __str__(self) -> str:
        if self.file is None and self.line is None:
            return ""  # a column of a text that was typed: the caret shows it
        parts = [self.file or "", *(str(n) for n in (self.line, self.column) if n is not None)]
        return ":".join(part for part in parts if part)

    def excerpt(self) -> str:
        """The source line with a caret under the place, or nothing where it is not known."""
        if self.source is None:
            return ""
        text = self.source.replace("\t", " ")
        if self.column is None:
            return f"    {shortened(text, EXCERPT)}"
        start = self.column - 1
        width = max(1, min(self.width, EXCERPT // 2))
        if len(text) > EXCERPT:  # a row of data in one line: show what is around the caret
            first = max(0, min(start + width // 2 - EXCERPT // 2, len(text) - EXCERPT))
            before, after = "…" * (first > 0), "…" * (first + EXCERPT < len(text))
            text = f"{before}{text[first : first + EXCERPT]}{after}"
            start += len(before) - first
        return f"    {text}\n    {' ' * start}{'^' * width}"


class GradstepError(Exception):
    """Something a person can put right: says what, where, what was wanted and the way out."""

    def __init__(self, what: str, *, place: Place | None = None, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.place = place
        self.hint = hint

    def located(self, **where: object) -> GradstepError:
        """The same error with parts of its place filled in (``file=…``, ``line=…``)."""
        place = replace(self.place or Place(), **where)  # pyright: ignore[reportArgumentType]
        return type(self)(self.what, place=place, hint=self.hint)

    def __str__(self) -> str:
        where = str(self.place) if self.place else ""
        lines = [f"{where}: {self.what}" if where else self.what]
        if self.place and (excerpt := self.place.excerpt()):
            lines.append(excerpt)
        if self.hint:
            lines.append(self.hint)
        return printable("\n".join(lines))


class ExperimentError(GradstepError):
    """The experiment cannot be run as it is written."""


class FormulaError(ExperimentError):
    """A formula is outside the language, or names something that is not there."""


class ShapeError(ExperimentError):
    """The shapes of an operation's operands do not fit together."""


class DataError(ExperimentError):
    """The data cannot be read as the experiment asks."""


class LessonError(GradstepError):
    """A lesson cannot be read, or says something that its run does not."""


class SessionError(GradstepError):
    """A session cannot be saved, or its file cannot be opened."""


class AddressError(GradstepError):
    """There is no such place in this trace."""


class TargetError(GradstepError):
    """A question about a node or an element that is not there."""


class ReplyError(GradstepError):
    """A reply cannot be read as an answer to its question, right or wrong."""


class ReplayError(GradstepError):
    """A replay did not give the bits that the run recorded."""


def printable(text: str) -> str:
    """Text from a file as it can be shown: control characters spelled out, lines kept.

    A title or a cell must not be able to give the terminal orders.
    """
    return "".join(
        c if c == "\n" or c.isprintable() or unicodedata.category(c) == "Zs" else ascii(c)[1:-1]
        for c in text
    )


def shortened(text: str, limit: int = 60) -> str:
    """The start of a text, with an ellipsis where it is cut."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def one_line(text: str) -> str:
    """`printable`, and without line breaks: for what stands in a row of a table."""
    return printable(re.sub(r"\s", " ", text))


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A suggestion when one of the `known` words is close to `word`, else `otherwise`."""
    import difflib  # here, because most programs that start have no mistake to explain

    known = list(known)
    # One letter of two may differ (w3, w2); of longer words most have to agree.
    cutoff = 0.5 if len(word) <= 3 else 0.6
    close = difflib.get_close_matches(word, known, n=1, cutoff=cutoff)
    if not close:
        # difflib is case-sensitive and weak on short words: "W1" for "w1", "z" for "Z".
        close = [name for name in known if name.casefold() == word.casefold()]
    return f"did you mean '{close[0]}'?" if close else otherwise


def with_article(noun: str) -> str:
    """The noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def listed(words: Iterable[str], limit: int = 12) -> str:
    """Words as a readable list, cut with an ellipsis when there are many."""
    words = list(words)
    return ", ".join(words[:limit]) + (", …" if len(words) > limit else "")
