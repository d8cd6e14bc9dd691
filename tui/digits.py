"""How numbers are shown: with how many significant digits, and how powers of ten are written.

The reader's settings, for all that runs.

A context variable, as `decimal` has one: a number is written in a hundred places, and none of them
has to be told.
May import: the standard library.   Imported by: numbers, settings, console, cli.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

DIGITS, FEWEST, MOST = 5, 2, 17
"""As long as nobody chooses, and what can be chosen: 17 digits tell any two numbers apart."""

Exponents = Literal["e", "si"]
"""How powers of ten are written: ``1.2e-5``, or ``12µ`` with a prefix of SI."""

_digits: ContextVar[int] = ContextVar("significant digits", default=DIGITS)
_exponents: ContextVar[Exponents] = ContextVar("powers of ten", default="e")


def digits() -> int:
    """Significant digits of a number, where nobody asks for more or fewer."""
    return _digits.get()


def exponents() -> Exponents:
    """How a power of ten is written."""
    return _exponents.get()


@contextmanager
def shown_with(significant: int, exponents: Exponents = "e") -> Iterator[None]:
    """Numbers with so many significant digits, in whatever runs inside."""
    before = _digits.set(significant), _exponents.set(exponents)
    try:
        yield
    finally:
        _digits.reset(before[0])
        _exponents.reset(before[1])
