"""What an event does, or what a node knows.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.models.text import Row


@dataclass(frozen=True)
class Entry:
    """A labelled line of the inspector."""

    label: str
    text: Row
    detail: bool = False
    """Left out where there are only a few rows."""


@dataclass(frozen=True)
class Table:
    """Right-aligned columns under a header, with an optional last row of sums."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None = None
    chosen: int | None = None
    """The row of the sample that the graph shows."""


@dataclass(frozen=True)
class InspectorView:
    """What an event does, or what a chosen node knows: symbols, numbers, result."""

    title: str
    heading: Row
    entries: tuple[Entry, ...]
    derivation: tuple[Entry, ...] = ()
    table: Table | None = None
