"""The names that can be typed: what a debugger has, as plain frozen values.

May import: the standard library.   Imported by: the rest of completion, views.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.table import DEFAULT, CommandTable


@dataclass(frozen=True)
class Word:
    """Something that can be typed."""

    text: str
    kind: str
    """What it is, in a word: ``parameter``, ``bookmark``."""
    help: str = ""
    more: bool = False
    """Whether more has to follow, so that a blank comes behind it."""


@dataclass(frozen=True)
class Times:
    """How long the run is, and where the cursor stands in it: epochs, iterations, events from 1."""

    epochs: int = 1
    iterations: int = 1
    """Of an epoch."""
    here: tuple[int, int, int] = (1, 1, 1)
    """Epoch, iteration and event of the cursor."""


@dataclass(frozen=True)
class Vocabulary:
    """Every name that a command can be about."""

    nodes: tuple[Word, ...] = ()
    """Data, constants, parameters and formulas: what expressions name."""
    gradients: frozenset[str] = frozenset()
    """Names of the nodes that have a gradient."""
    trained: frozenset[str] = frozenset()
    """Names of the parameters that are updated."""
    options: tuple[Word, ...] = ()
    """Of the training, as `set` takes them."""
    counters: tuple[Word, ...] = ()
    """What an expression may name besides nodes: ``epoch``."""
    functions: tuple[Word, ...] = ()
    """Functions of expressions; the text ends with the parenthesis, the help is the signature."""
    lines: tuple[Word, ...] = ()
    """Lines of the listing by number."""
    events: tuple[Word, ...] = ()
    """Events of an iteration by number."""
    samples: tuple[Word, ...] = ()
    """Samples of the batch by number."""
    timelines: tuple[Word, ...] = ()
    bookmarks: tuple[Word, ...] = ()
    stops: tuple[Word, ...] = ()
    """By number."""
    replies: tuple[Word, ...] = ()
    """Choices of the question that is open."""
    plots: tuple[Word, ...] = ()
    """Those with a name of their own."""
    times: Times = Times()
    commands: CommandTable = DEFAULT
    """With the reader's keys, whose letters may be typed for their names."""
