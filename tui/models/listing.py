"""The program, line by line.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Phase


@dataclass(frozen=True)
class ListingRow:
    """One row of the listing: a line of the program, or a heading where `number` is None."""

    text: str
    phase: Phase
    number: int | None = None
    status: Literal["done", "current", "ahead"] = "ahead"
    marked: tuple[int, int] | None = None
    """The part of `text` that the event computes, as (start, end)."""
    value: str = ""
    """What the line has computed, shown where there is room."""
    fresh: bool = False
    """Whether this event has completed the value."""
    stop: Literal["", "on", "off"] = ""
    """Whether there is a breakpoint on the line, and whether it is switched on."""


@dataclass(frozen=True)
class ListingView:
    """The program with the current line."""

    rows: tuple[ListingRow, ...]
    current: int
    """Index into `rows`."""
