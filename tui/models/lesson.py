"""A step of a lesson, and its questions.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Row


@dataclass(frozen=True)
class Paragraph:
    """Words that are wrapped to the width that there is, or a line that is kept as it stands."""

    row: Row
    kept: bool = False


@dataclass(frozen=True)
class QuestionView:
    """One question: asked, waiting for the one before it, or answered."""

    state: Literal["open", "waiting", "answered", "failed"]
    title: str
    """``question 1 of 2``, and how it was answered; empty where it is open, and the only one."""
    text: tuple[Paragraph, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    """(label, text) of what there is to choose from."""
    said: tuple[tuple[str, str], ...] = ()
    """(label, text): hints, what was wrong with a reply, the answer, and why it is that."""


@dataclass(frozen=True)
class LessonView:
    """What the panel of the lesson shows."""

    title: str
    step: str
    """``step 2 of 6``; empty where no lesson is open."""
    text: tuple[Paragraph, ...]
    questions: tuple[QuestionView, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    """(key, what it does) of what can be done here."""
    begun: bool = False
    """Whether the reader has turned to the questions, so that these have to be in sight."""
