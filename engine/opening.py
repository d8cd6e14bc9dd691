"""Opening what a command line names: an experiment file, or a built-in lesson.

A lesson may take its experiment from another file, with some of its settings changed.
May import: errors, experiment, library, reading.   Imported by: the public face.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import ExperimentError, did_you_mean, listed
from engine.experiment import Experiment
from engine.library import exists, found, lesson_paths
from engine.reading import parse_experiment
from engine.reading.document import Document, Origin
from engine.reading.files import read_text, toml_document


def open_lesson(
    where: str | Path,
    *,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Experiment:
    """Open a lesson by its name, or an experiment file by its path.

    A file of that name wins over a lesson. The rest is as for `open_experiment`. Raises
    `ExperimentError`.
    """
    path, name = found(where)
    return _opened(path, name, overrides, seed, progress, ())


def _opened(
    path: Path,
    name: str,
    overrides: Sequence[str],
    seed: int | None,
    progress: Callable[[float], None] | None,
    through: tuple[Path, ...],
) -> Experiment:
    """The experiment of a file, or that of another one which it takes; `through` led to it."""
    text = read_text(path)
    document = toml_document(text, name)
    elsewhere = _reference(document)
    if elsewhere is None:
        return parse_experiment(
            text,
            name=name,
            folder=path.parent,
            overrides=overrides,
            seed=seed,
            progress=progress,
        )
    where, settings = elsewhere
    origin = Origin(text, name, ())
    if path in through:
        raise ExperimentError(
            f"'{where}' takes its experiment from here again",
            place=origin.key("lesson", "experiment"),
        )
    base, called = _elsewhere(where, path.parent, origin)
    try:
        experiment = _opened(
            base, called, (*settings, *overrides), seed, progress, (*through, path)
        )
    except ExperimentError as error:
        raise _at_setting(error, settings, origin) from None
    own = Document(document, origin)
    return replace(
        experiment,
        name=name,
        title=own.text("title") or experiment.title,
        about=own.text("about") or experiment.about,
    )


def _elsewhere(where: str, folder: Path, origin: Origin) -> tuple[Path, str]:
    """The file that a lesson takes its experiment from, and what errors call it."""
    near, known = folder / where, lesson_paths()
    if exists(near):
        return near, str(near)
    if where in known:
        return known[where], f"lesson {where}"
    raise ExperimentError(
        f"there is no file and no lesson '{where}'",
        place=origin.key("lesson", "experiment"),
        hint=did_you_mean(where, known, f"the lessons are: {listed(known, 30)}"),
    )


def _reference(document: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """The experiment that a lesson takes from elsewhere, and what it sets in it.

    None where the file has its own; what is not as it should be is for `course` to refuse.
    """
    lesson = document.get("lesson")
    if not isinstance(lesson, dict) or not isinstance(lesson.get("experiment"), str):
        return None
    settings = lesson.get("set", [])
    settings = settings if isinstance(settings, list) else []
    return lesson["experiment"], tuple(s for s in settings if isinstance(s, str))


def _at_setting(error: ExperimentError, settings: Sequence[str], origin: Origin) -> ExperimentError:
    """An error about what a lesson sets stands where the lesson says it."""
    said = error.place.file if error.place else None
    for setting in settings:
        if said == f"--set {setting.split('=')[0].strip()}" or f"--set {setting}" in error.what:
            place = origin.toml.within(("lesson", "set"), setting)
            return type(error)(error.what.removeprefix("--set "), place=place, hint=error.hint)
    return error
