"""What a reader has done of lessons, kept between visits in the user's state folder.

One small file for all lessons. It is replaced whole or not at all, and nothing in it is believed
that a lesson does not have: one that its author has changed begins anew.
May import: engine's public face, platformdirs.   Imported by: cli, views.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_state_path

if TYPE_CHECKING:
    from engine import Guide, Lesson, LessonPlan, Progress

VERSION = 1

MOST = 500
"""How many lessons are remembered: the ones that were read last."""

MAX_BYTES = 4 * 2**20
"""A larger file is not ours."""


def file() -> Path:
    """Where the progress is kept."""
    return user_state_path("gradstep") / "lessons.json"


def progress_of(plan: LessonPlan) -> Progress:
    """What was kept of a lesson; nothing where there is nothing, or it has changed since."""
    from engine import Progress

    questions = tuple(len(step.questions) for step in plan.steps)
    return Progress.kept(_fields(_name(plan), plan.digest), questions)


def done(lesson: Lesson) -> tuple[int, int]:
    """How many steps of a built-in lesson were read, and how many questions answered."""
    fields = _fields(f"lesson {lesson.name}", lesson.digest)
    read, marks = fields.get("read"), fields.get("marks")
    steps = len(read) if isinstance(read, list) else 0
    questions = len(marks) if isinstance(marks, dict) else 0
    return min(steps, lesson.steps), min(questions, lesson.questions)


def done_words(lesson: Lesson, done: tuple[int, int]) -> str:
    """How far a reader is in a lesson; nothing where it has not been begun."""
    steps, questions = done
    if not steps:
        return ""
    return f"{steps}/{lesson.steps} steps, {questions}/{lesson.questions} questions"


def is_done(lesson: Lesson, done: tuple[int, int]) -> bool:
    """Whether a reader has been through a lesson."""
    return lesson.steps > 0 and done == (lesson.steps, lesson.questions)


def keep_progress(guide: Guide) -> None:
    """Keep what the reader has done of a lesson; where that fails, the lesson goes on."""
    from engine import GradstepError, write_at_once

    plan = guide.plan
    kept = {name: fields for name, fields in _kept().items() if name != _name(plan)}
    kept[_name(plan)] = {"digest": plan.digest, **guide.progress.fields()}
    last = dict(list(kept.items())[-MOST:])
    document = {"format": "gradstep-lessons", "version": VERSION, "lessons": last}
    with suppress(GradstepError, OSError):
        file().parent.mkdir(parents=True, exist_ok=True)
        write_at_once(file(), [json.dumps(document, indent=1)])


def _fields(name: str, digest: str) -> dict[str, Any]:
    """What was kept of a lesson that says what it says now."""
    kept = _kept().get(name)
    return kept if isinstance(kept, dict) and kept.get("digest") == digest else {}


def _name(plan: LessonPlan) -> str:
    """By what a lesson is known: a built-in one by its name, a file by its path."""
    return plan.name if plan.name.startswith("lesson ") else str(Path(plan.name).resolve())


def _kept() -> dict[str, Any]:
    """What the file holds, if it is one of ours."""
    try:
        if file().stat().st_size > MAX_BYTES:
            return {}
        document = json.loads(file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(document, dict) or document.get("version") != VERSION:
        return {}
    found = document.get("lessons")
    return found if isinstance(found, dict) else {}
