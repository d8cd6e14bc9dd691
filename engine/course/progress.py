"""What a reader has done of a lesson: steps that were read, questions that were answered.

A front end keeps it between visits; this says what is kept, and believes nothing that it reads.
May import: the standard library.   Imported by: guide, the public face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    """How a question was answered."""

    FIRST = "first"
    """Right at the first reply, without a hint."""
    HELPED = "helped"
    """Right after hints, or after wrong replies."""
    SHOWN = "shown"
    """The reader had the answer shown."""


@dataclass(frozen=True)
class Progress:
    """Steps and questions are counted from 0; a question is ``(step, question)``."""

    at: int = 0
    """The step that was read last."""
    read: frozenset[int] = frozenset()
    marks: Mapping[tuple[int, int], Mark] = field(default_factory=dict)

    def stepped(self, step: int) -> Progress:
        """With the reader on a step."""
        return replace(self, at=step, read=self.read | {step})

    def marked(self, key: tuple[int, int], mark: Mark) -> Progress:
        """With a question answered; what it was the first time stays."""
        return replace(self, marks={key: mark, **self.marks})

    def count(self, mark: Mark) -> int:
        """How many questions were answered like that."""
        return sum(found is mark for found in self.marks.values())

    # --- kept ----------------------------------------------------------------------------------

    def fields(self) -> dict[str, Any]:
        """The progress as JSON values."""
        return {
            "at": self.at,
            "read": sorted(self.read),
            "marks": {f"{step}.{i}": str(mark) for (step, i), mark in sorted(self.marks.items())},
        }

    @classmethod
    def kept(cls, fields: object, questions: tuple[int, ...]) -> Progress:
        """What `fields` said, as far as it fits a lesson; `questions` of each of its steps.

        Anything may have happened to a file: what cannot be is left out.
        """
        table: Mapping[Any, Any] = fields if isinstance(fields, dict) else {}

        def among(value: Any, count: int) -> bool:
            return type(value) is int and 0 <= value < count

        at, read, marks = table.get("at"), table.get("read"), table.get("marks")
        steps = frozenset(
            step for step in (read if isinstance(read, list) else ()) if among(step, len(questions))
        )
        found: dict[tuple[int, int], Mark] = {}
        for step, count in enumerate(questions):
            for question in range(count):
                said = marks.get(f"{step}.{question}") if isinstance(marks, dict) else None
                if isinstance(said, str) and said in set(Mark):
                    found[step, question] = Mark(said)
        return cls(at if among(at, len(questions)) else 0, steps, found)  # pyright: ignore[reportArgumentType]
