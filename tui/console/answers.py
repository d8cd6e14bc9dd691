"""What came of a command: words for a reader, values for a program.

May import: models.   Imported by: the rest of the console.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from tui.models.choice import Choice

SLICE_SECONDS = 0.002
"""How long a command works between two looks at the keyboard."""

ADDRESS = re.compile(r"\be\d+\.i\d+\.\d+\b")


@dataclass(frozen=True)
class Answer:
    """What came of a command."""

    text: str = ""
    """For a reader; more than one line where there is more to say."""
    fields: dict[str, Any] = field(default_factory=dict)
    """The same for a program: strict JSON values."""
    ok: bool = True
    """False where the question's answer is no: no stop hit, a condition never true."""
    moved: bool = False
    """Whether the cursor is somewhere else now, or on another timeline."""
    note: str = ""
    """What has to be said even to somebody who sees where the cursor is."""
    choices: tuple[Choice, ...] = ()
    """One for each line of the text; without any, a line leads to the address that stands in it."""

    selected: int | None = None
    """The line that matters most, where that is not the first one that leads anywhere: it is in
    sight before all others."""

    @property
    def is_long(self) -> bool:
        """Whether it is more than a word in passing: several lines, or something can be done."""
        return "\n" in self.text or bool(self.choices)

    def choice(self, line: int) -> Choice:
        """What can be done about a line of the text, counted from 0."""
        if self.choices:
            return self.choices[line]
        found = ADDRESS.findall(self.text.split("\n")[line])
        return Choice(go=f"goto {found[-1]}") if found else Choice()


Steps = Generator[float, None, Answer]
"""A command that takes long: how far it is (0 to 1) after every slice, at the end its answer."""


def fields_line(line: str, answer: Answer) -> str:
    """An answer as one line of strict JSON."""
    fields = {"command": line, "ok": answer.ok, **answer.fields, "answer": answer.text}
    return json.dumps(fields, ensure_ascii=False, allow_nan=False)
