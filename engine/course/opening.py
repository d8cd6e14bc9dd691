"""Whether a file is a lesson; what it plans is read only where it is one.

May import: library, locations, reading; course.reading once it is one.
Imported by: the public face.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.library import found
from engine.reading.files import read_text, toml_document

if TYPE_CHECKING:
    from engine.course.plan import LessonPlan


def open_plan(where: str | Path) -> LessonPlan | None:
    """The lesson of that name, or in that file; None where it is an experiment alone.

    Raises `LessonError`, placed in the file, and `ExperimentError` for what is no such file.
    """
    path, name = found(where)
    return read_plan(read_text(path), name)


def read_plan(text: str, name: str) -> LessonPlan | None:
    """The lesson written in `text`; None where the file is an experiment alone.

    Errors call the file `name`. Raises `LessonError`, or `ExperimentError` for what is not TOML.
    """
    if "lesson" not in text and "step" not in text:
        return None  # of a file with megabytes of data, without reading it once more
    values = toml_document(text, name)
    if "lesson" not in values and "step" not in values:
        return None
    from engine.course.reading import written_plan
    from engine.locations import TomlText

    return written_plan(values, TomlText(text, name))
