"""Opening an experiment: a TOML file, its overrides, and the experiment that its sections make.

May import: data, errors, experiment, formulas, graph, optimizers, the reading room.
Imported by: reading.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.data import Opener, Progress, opened
from engine.errors import (
    DataError,
    ExperimentError,
    FormulaError,
    GradstepError,
    did_you_mean,
    listed,
)
from engine.experiment import MAX_VALUES, Experiment, Source
from engine.formulas import Leaf, build_graph, normalized
from engine.graph import Graph, check_leaf_indices
from engine.optimizers import OPTIMIZERS
from engine.reading.data import DATA_SOURCES, DataSection, sample_count
from engine.reading.document import Document, Origin, kind_of
from engine.reading.files import read_text, toml_document
from engine.reading.leaves import LeavesSection
from engine.reading.training import TRAINING_KEYS, TrainingSection
from engine.shapes import Shape, count, shape_text

TOP_KEYS = ("title", "about", "formulas", "parameters", "constants", "data", "training")
LESSON_KEYS = ("lesson", "step")
"""What a lesson has besides: no part of the run, and read by `course`."""


def open_experiment(
    path: str | Path,
    *,
    name: str | None = None,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    progress: Progress | None = None,
) -> Experiment:
    """Read an experiment file; errors call it `name`, by default its path.

    `overrides` are ``key.path=value`` texts (the value in TOML, bare words as strings) and `seed`
    replaces ``training.seed``. `progress` hears, from 0.0 to 1.0, how much of a CSV file that it
    names is read. Raises `ExperimentError`, placed in the file.
    """
    path = Path(path)
    text = read_text(path)
    return parse_experiment(
        text,
        name=name or str(path),
        folder=path.parent,
        overrides=overrides,
        seed=seed,
        progress=progress,
    )


def parse_experiment(
    text: str,
    *,
    name: str = "experiment",
    folder: Path | None = None,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    progress: Progress | None = None,
    open_file: Opener = opened,
) -> Experiment:
    """The experiment written in `text`; files that it names are relative to `folder`.

    The rest is as for `open_experiment`; `open_file` opens a data file.
    """
    overrides = (*overrides, *([f"training.seed={seed}"] if seed is not None else []))
    document = toml_document(text, name)
    for override in overrides:
        _override(document, override)
    origin = Origin(text, name, tuple(overrides))
    try:
        return assembled(Document(document, origin), folder or Path(), progress, open_file)
    except (FormulaError, DataError, ExperimentError) as error:
        if error.place is None or error.place.file is None:
            raise error.located(file=name) from None
        raise


def with_option(experiment: Experiment, key: str, value: Any) -> Experiment:
    """The experiment with another learning rate, option of its optimizer, or clipping limit.

    Raises `ExperimentError` for what its optimizer does not know, or a value that it does not take.
    """
    training = experiment.training
    known = list(training.options)
    if training.clip is not None:
        known.append(f"clip_{training.clip.kind}")
    if key not in known:
        name = training.optimizer.name
        hint = did_you_mean(key, known, f"{name} has: {listed(known)}")
        raise ExperimentError(f"'{key}' is no option of {name}", hint=hint)
    table = {**experiment.document.get("training", {}), key: value}
    document = {**experiment.document, "training": table}
    section = TrainingSection(Document(document, Origin("", experiment.name, ())))
    try:
        changed = section.training(table, training.seed, experiment.samples)
    except ExperimentError as error:  # it stands in no file
        raise ExperimentError(error.what, hint=error.hint) from None
    return replace(experiment, document=document, training=changed)


def _override(document: dict[str, Any], text: str) -> None:
    key, equals, value = text.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path):
        raise ExperimentError(
            f"--set {text}: not a setting",
            hint="write key.path=value, like training.learning_rate=0.5",
        )
    try:
        parsed = tomllib.loads(f"value = {value.strip()}")["value"]
    except (ValueError, RecursionError):
        parsed = value.strip()
    table = document
    for part in path[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ExperimentError(f"--set {text}: '{part}' is no table", hint="see the file's keys")
    last = path[-1]
    before = table.get(last)
    if path[0] == "parameters" and isinstance(before, dict) and not isinstance(parsed, dict):
        # A new value for a parameter that is written as a table keeps its other settings.
        kept = {k: v for k, v in before.items() if k == "trainable"}
        parsed = {**kept, "value": parsed}
    table[last] = parsed


# --- the sections together -----------------------------------------------------------------------


def assembled(
    document: Document,
    folder: Path = Path(),
    progress: Progress | None = None,
    open_file: Opener = opened,
) -> Experiment:
    """The experiment that a document describes, all of it checked. Raises `ExperimentError`."""
    values = document.values
    _check_sections(document)
    title, about = (document.text(key) for key in ("title", "about"))
    formulas = _formulas(document)
    training = document.table("training")
    seed = document.integer(training, "seed", 0, low=0)
    section = DataSection(document, folder, progress, open_file)
    data, test_data, classes, statistics = section.columns(seed)
    leaves = LeavesSection(document)
    parameters, constants = leaves.leaves("parameters", seed), leaves.leaves("constants", seed)
    _check_distinct(document, data=data, constants=constants, parameters=parameters)
    experiment = Experiment(
        name=document.origin.name,
        title=title,
        about=about,
        document={key: value for key, value in values.items() if key not in LESSON_KEYS},
        graph=_graph(document, formulas, data, constants, parameters),
        leaves={name: value for name, (value, _) in {**constants, **parameters}.items()},
        data=data,
        test_data=test_data,
        classes=classes,
        statistics=statistics,
        training=TrainingSection(document).training(training, seed, sample_count(data)),
        source=Source(document.origin.text, folder, document.origin.overrides, open_file),
    )
    _check_shapes(document, experiment)
    return experiment


def _check_sections(document: Document) -> None:
    """Refuse a key at the top that is unknown there; many belong in a section."""
    options = (key for optimizer in OPTIMIZERS.values() for key in optimizer.options)
    homes = {
        **dict.fromkeys((*TRAINING_KEYS, *options), "training"),
        **dict.fromkeys(DATA_SOURCES, "data"),
    }
    for key in document.values:
        if key in homes:
            hint = f"it belongs in [{homes[key]}], as --set says {homes[key]}.{key}"
            document.fail(f"'{key}' stands in no section", key, hint=hint)
    document.known(document.values, (*TOP_KEYS, *LESSON_KEYS))


def _formulas(document: Document) -> str:
    formulas = document.values.get("formulas")
    if not isinstance(formulas, str):
        came = "there are none" if formulas is None else f"a {kind_of(formulas)} came"
        document.fail(
            f"formulas wants a text of formulas; {came}",
            *(["formulas"] if formulas is not None else []),
            hint='write  formulas = """ … """  with one assignment a line',
        )
    return formulas


def _graph(
    document: Document,
    formulas: str,
    data: Mapping[str, Any],
    constants: Mapping[str, Any],
    parameters: Mapping[str, tuple[Any, bool]],
) -> Graph:
    loss = document.table("training").get("loss")
    if loss is not None and (not isinstance(loss, str) or not loss):
        document.fail("training.loss wants the name of a formula", "training", "loss")
    leaves = [
        *(Leaf(name, "data") for name in data),
        *(Leaf(name, "constant") for name in constants),
        *(Leaf(name, "parameter", trainable) for name, (_, trainable) in parameters.items()),
    ]
    try:
        return build_graph(formulas, leaves, normalized(loss) if loss else None)
    except FormulaError as error:
        if error.place is None and loss is not None:
            raise error.located(**vars(document.origin.key("training", "loss"))) from None
        raise document.origin.formula(error) from None


def _check_distinct(document: Document, **sections: Mapping[str, Any]) -> None:
    seen: dict[str, str] = {}
    for section, names in sections.items():
        for name in names:
            if name in seen:
                document.fail(
                    f"'{name}' stands in [{seen[name]}] and in [{section}]",
                    section,
                    name,
                    hint="a name means one thing: rename one of them",
                )
            seen[name] = section


def _check_shapes(document: Document, experiment: Experiment) -> None:
    """Every batch size that will occur, before anything runs."""
    graph = experiment.graph
    test, batches = sample_count(experiment.test_data), experiment.training.batches
    last = "; this is the last batch of the epoch, of {} samples" if experiment.samples else ""
    occurring = [(size, last if size != batches.size else "") for size in batches.sizes()]
    if test:
        occurring.append((test, "; these are the test data, of {} samples"))
    for batch, which in occurring:
        try:
            shapes = experiment.shapes(batch)
            for columns in ({}, experiment.test_data):
                values = {**experiment.leaves, **experiment.data, **columns}
                check_leaf_indices(graph, shapes, values)
        except GradstepError as error:
            error.hint += which.format(batch)
            raise document.origin.formula(error) from None
        _check_size(document, graph, shapes)
        if count(shapes[graph.loss]) != 1:
            formula = next(f for f in graph.formulas if f.node == graph.loss)
            loss = ExperimentError(
                f"the loss must be one number; '{formula.name}' has shape "
                f"{shape_text(shapes[graph.loss])}",
                place=replace(formula.place, width=len(formula.name)),
                hint=f"reduce it, like  mean({formula.name}),  or name another formula as "
                "training.loss",
            )
            raise document.origin.formula(loss)


def _check_size(document: Document, graph: Graph, shapes: Sequence[Shape]) -> None:
    """A few broadcasts can ask for more memory than there is."""
    sizes = [count(shape) for shape in shapes]
    if sum(sizes) > MAX_VALUES:
        largest = graph[max(range(len(sizes)), key=sizes.__getitem__)]
        error = ExperimentError(
            f"too large: all values together hold {sum(sizes):,} numbers, and '{largest.name}' "
            f"{sizes[largest.id]:,} of them",
            place=largest.place,
            hint=f"at most {MAX_VALUES:,} fit; a smaller training.batch_size needs less",
        )
        raise document.origin.formula(error)
