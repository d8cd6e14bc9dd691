"""What the words in capitals mean that stand in usages: help for each, and what may be typed.

May import: addresses, expressions, vocabulary.   Imported by: complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tui.completion.addresses import address_words
from tui.completion.expressions import with_gradient
from tui.completion.vocabulary import Vocabulary, Word


@dataclass(frozen=True)
class Argument:
    """One kind of argument."""

    help: str
    words: Callable[[Vocabulary, str], Iterable[Word]] = lambda vocabulary, typed: ()
    """What may be typed, given what is typed already."""
    expression: bool = False
    """Whether names and functions may be put together."""
    condition: bool = False
    """Whether it is to be true or false."""
    complete: bool = True
    """Whether `words` are all there are: only then does what they have in common mean anything."""


def _gradient(vocabulary: Vocabulary, typed: str) -> Iterable[Word]:
    return (Word(f"grad({w.text})", "gradient", w.help) for w in with_gradient(vocabulary))


def _settable(vocabulary: Vocabulary, typed: str) -> Iterable[Word]:
    leaves = (w for w in vocabulary.nodes if w.kind != "formula")
    return (*leaves, *vocabulary.options)


ARGUMENTS = {
    "COUNT": Argument("how many, a whole number"),
    "ADDRESS": Argument(
        "e2.i3.17, e2.i3, e2, or .17", lambda v, typed: address_words(typed, v), complete=False
    ),
    "LINE": Argument("a line of the listing", lambda v, typed: v.lines),
    "NAME": Argument("the name of a value", lambda v, typed: v.nodes),
    "NAME[INDEX]": Argument("one element of it, counted from 0"),
    "grad(NAME)": Argument("the gradient of a value", _gradient),
    "GRADIENT": Argument("the name of a value that has a gradient", lambda v, _: with_gradient(v)),
    "CONDITION": Argument(
        "true or false, like loss > 2 * prev(loss)", expression=True, condition=True
    ),
    "EXPRESSION": Argument("values and functions, like norm(grad(w1))", expression=True),
    "TARGET": Argument("a parameter, an input, W[0, 2], or an option", _settable),
    "VALUE": Argument("a number, a list, or an expression", expression=True),
    "DELTA": Argument("how far it is nudged, like 0.1 or -1e-3"),
    "NEW": Argument("a name for the timeline, one word"),
    "SAMPLE": Argument("a sample of this batch", lambda v, typed: v.samples),
    "PARAMETER": Argument(
        "whose update is left out", lambda v, typed: (w for w in v.nodes if w.text in v.trained)
    ),
    "PLOT": Argument("a plot by its name", lambda v, typed: v.plots),
    "INPUT": Argument(
        "an input, or x[2], one of its numbers",
        lambda v, typed: (w for w in v.nodes if w.kind == "data"),
        complete=False,
    ),
    "TIMELINE": Argument("the name of a timeline", lambda v, typed: v.timelines),
    "STOP": Argument("the number of a stop", lambda v, typed: v.stops),
    "BOOKMARK": Argument("the name of a bookmark", lambda v, typed: v.bookmarks),
    "MARK": Argument("a name for the place, one word", lambda v, typed: v.bookmarks),
    "NOTE": Argument("whatever is worth remembering"),
    "LESSON": Argument("a lesson, or a file of your own"),
    "STEP": Argument("a step of the lesson, from 1"),
    "REPLY": Argument("what you think", lambda v, typed: v.replies),
    "FILE": Argument("a file", complete=False),
    "DOCUMENT": Argument("a new file, *.md or *.tex", complete=False),
    "PICTURE": Argument("a new file, *.svg", complete=False),
}
"""By the word in the usage."""
