"""How many significant digits numbers are shown with: the reader's setting, for all that runs.

A context variable, as `decimal` has one: a number is written in a hundred places, and none of them
has to be told.
May import: the standard library.   Imported by: numbers, settings, console, cli.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

DIGITS, FEWEST, MOST = 5, 2, 17
"""As long as nobody chooses, and what can be chosen: 17 digits tell any two numbers apart."""

_digits: ContextVar[int] = ContextVar("significant digits", default=DIGITS)


def digits() -> int:
    """Significant digits of a number, where nobody asks for more or fewer."""
    return _digits.get()


@contextmanager
def shown_with(significant: int) -> Iterator[None]:
    """Numbers with so many significant digits, in whatever runs inside."""
    before = _digits.set(significant)
    try:
        yield
    finally:
        _digits.reset(before)
