"""Lessons to choose from, and what one of them is about.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Row

Reading = Literal["new", "begun", "done", "experiment"]
"""How far the reader is in a lesson; an experiment alone has nothing to be done."""


@dataclass(frozen=True)
class LessonRow:
    """One lesson of the list."""

    name: str
    title: str
    reading: Reading
    mark: str = ""
    """``✓`` where it is done, ``3/6`` where so many steps were read."""
    progress: str = ""
    """``3/6 steps, 2/5 questions``, once it has been begun."""


@dataclass(frozen=True)
class Preview:
    """What opening a lesson would bring; what is long is wrapped to the width that there is."""

    title: str
    facts: tuple[Row, ...]
    about: tuple[str, ...]
    """Paragraphs; lines that begin with blanks are kept as they are."""
    formulas: tuple[str, ...]


@dataclass(frozen=True)
class ChooserView:
    """The list, the lesson that is selected, and its preview."""

    rows: tuple[LessonRow, ...]
    selected: int
    preview: Preview
