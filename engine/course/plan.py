"""A lesson as it is written: texts, places to stand, what to look at, and questions.

Nothing is evaluated here, and nothing is known of the experiment. `reading` makes a plan from the
`[lesson]` part of an experiment file; a `Guide` leads through it.
May import: errors, library, locations.   Imported by: the rest of this room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from engine.errors import GradstepError, LessonError, Place
from engine.library import digest_of
from engine.locations import Path, TomlText

VIEWS = (
    "listing",
    "graph",
    "inspector",
    "derivation",
    "parameters",
    "plots",
    "code",
    "neurons",
    "tensor",
    "watches",
    "timelines",
    "timeline",
)
"""What a step may point at on the screen."""

Level = Literal["formula", "op"]

ForkKind = Literal["set", "drop", "skip"]

QuestionType = Literal[
    "number", "sign", "choices", "largest", "smallest", "which", "affects", "affected_by", "writes"
]
"""What a question wants; also the key that says what its answer is computed from."""


@dataclass(frozen=True)
class Written:
    """A text of the file, and the keys that lead to it."""

    text: str
    path: Path


@dataclass(frozen=True)
class Look:
    """What to look at in a step; nothing of it changes the run."""

    node: str = ""
    view: str = ""
    sample: int | None = None
    """A sample of the batch, counted from 1."""
    level: Level | None = None


@dataclass(frozen=True)
class ChoicePlan:
    """Something to choose: right where its condition is true."""

    text: Written
    condition: Written
    reason: Written
    """What to say to who chose it wrongly."""


@dataclass(frozen=True)
class SlipPlan:
    """A wrong number that says what went wrong."""

    number: Written
    say: Written


@dataclass(frozen=True)
class QuestionPlan:
    """A question; its answer is computed from `subject`, or from the conditions of its choices."""

    type: QuestionType
    ask: Written
    subject: Written
    """An expression, a condition, a node or a place; empty where there are choices."""
    of: tuple[str, ...]
    """The nodes to choose from; empty: every formula."""
    choices: tuple[ChoicePlan, ...]
    slips: tuple[SlipPlan, ...]
    tolerance: float
    """How far off a number may be, as a part of it."""
    answer: Any
    """What its author thinks it is; None where that is not written down."""
    hints: tuple[Written, ...]
    why: Written
    path: Path


@dataclass(frozen=True)
class StepPlan:
    """One step of a lesson: a text, and a place to stand."""

    text: Written
    at: Written
    on: Written
    """The timeline to stand on; empty: the run as the experiment has it."""
    look: Look
    questions: tuple[QuestionPlan, ...]
    path: Path


@dataclass(frozen=True)
class ForkPlan:
    """A timeline of the lesson: what is changed, and after which event."""

    name: str
    after: Written
    kind: ForkKind
    what: Any
    """What is set, the sample that is dropped, or the parameter whose update is skipped."""
    to: Any
    path: Path


@dataclass(frozen=True, eq=False)
class LessonPlan:
    """A lesson as its author wrote it."""

    name: str
    """The name of the lesson, or the path of its file."""
    title: str
    goal: Written
    next: str
    """The lesson that comes after it: a built-in one by name, or a file; empty where none does."""
    timelines: Mapping[str, ForkPlan]
    steps: tuple[StepPlan, ...]
    source: TomlText = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    """The document as TOML has it."""

    @property
    def questions(self) -> int:
        """How many questions there are in all steps."""
        return sum(len(step.questions) for step in self.steps)

    @cached_property
    def digest(self) -> str:
        """Changes with what the file says, and not with its comments."""
        return digest_of(self.values)

    # --- errors --------------------------------------------------------------------------------

    def error(self, what: str, path: Path, hint: str = "", within: str = "") -> LessonError:
        """An error at a key of the file, or at a text inside its value."""
        return LessonError(what, place=self.place(path, within), hint=hint)

    def place(self, path: Path, within: str = "") -> Place:
        """Where a key stands, or a text inside its value."""
        if within and "\n" not in within:
            return self.source.within(path, within)
        return self.source.place(*path)

    def located(self, error: GradstepError, written: Written, within: str = "") -> LessonError:
        """An error about an expression or a place of the file, moved to where that stands."""
        text = within or written.text
        place, inner = self.place(written.path, text), error.place
        # Without a width that is the text's own the value is written with escapes: only the key
        # is known, and a column inside of the text would point at something else.
        found = place.width == len(text) and place.column is not None
        what = error.what if found else f"'{text}': {error.what}"
        if found and inner is not None and inner.column is not None and place.column is not None:
            column = place.column + inner.column - 1
            place = Place(place.file, place.line, column, place.source, inner.width)
        return LessonError(what, place=place, hint=error.hint)
