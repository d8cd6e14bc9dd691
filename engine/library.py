"""The built-in lessons: experiments that ship with the package.

May import: errors, reading.   Imported by: the public face.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import ExperimentError, did_you_mean, listed

if TYPE_CHECKING:
    from engine.experiment import Experiment

FOLDER = Path(__file__).parent / "lessons"
ORDER = (
    "chain-rule",
    "one-neuron",
    "two-layer",
    "two-layer-csv",
    "xor",
    "iris",
    "spiral",
    "exploding-loss",
    "momentum-and-adam",
    "dead-relu",
    "vanishing-gradients",
    "convolution",
    "lstm-cell",
    "attention-head",
)
"""The order in which lessons build on each other; later ones follow by name."""


@dataclass(frozen=True)
class Lesson:
    """A built-in experiment: its name on the command line, what it is called and about."""

    name: str
    title: str
    about: str
    path: Path


def lessons() -> tuple[Lesson, ...]:
    """Every built-in lesson, in teaching order."""
    return tuple(_lesson(path) for path in _paths().values())


def _paths() -> dict[str, Path]:
    """The files of the lessons by name, in teaching order."""
    paths = {path.stem: path for path in FOLDER.glob("*.toml")}
    names = [*(n for n in ORDER if n in paths), *sorted(paths.keys() - set(ORDER))]
    return {name: paths[name] for name in names}


def _lesson(path: Path) -> Lesson:
    with path.open("rb") as file:
        document = tomllib.load(file)
    return Lesson(path.stem, document["title"], document["about"].strip(), path)


def open_lesson_or_file(
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
    from engine.reading import open_experiment  # only here: to list lessons takes no NumPy

    path, name = Path(where), str(where)
    if not _exists(path):
        known = _paths()
        if name in known:
            path, name = known[name], f"lesson {name}"
        elif path.suffix != ".toml" and path.name == name:
            raise ExperimentError(
                f"there is no file and no lesson '{name}'",
                hint=did_you_mean(name, known, f"the lessons are: {listed(known, 30)}"),
            )
    return open_experiment(path, name=name, overrides=overrides, seed=seed, progress=progress)


def _exists(path: Path) -> bool:
    """Whether there is such a file; a path that no file system could hold names none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


STARTER = '''\
# A gradstep experiment. Open it with:  gradstep {name}
# Everything that determines a run stands in this file: same file, same numbers.

title = "My experiment"

# One formula a line; every name is assigned once. You can use + - * / ** @, functions such as
# exp log tanh sigmoid relu sum mean, and any name from the tables below.
formulas = """
h = w1 * x + b1
g = w2 * h + b2
loss = mean((y - g)**2)
"""

# What training changes. A number, nested lists, or a table:
#   w2 = {{ value = -0.3, trainable = false }}             gradient shown, never updated
#   W  = {{ shape = [2, 8], init = "glorot_uniform" }}     seeded by [training] seed
[parameters]
w1 = 0.5
b1 = 0.0
w2 = -0.3
b2 = 0.1

# The first axis of every column counts samples. Instead of inline columns, read a file:
#   csv = "houses.csv"
#   columns = {{ x = "size", y = "price" }}
#   standardize = ["x", "y"]
[data]
x = [1.0, 2.0, 3.0, 4.0]
y = [3.0, 5.0, 7.0, 9.0]

# Every key is optional. The loss is the last formula unless  loss = "name"  says otherwise.
[training]
optimizer = "sgd"
learning_rate = 0.02
epochs = 50
# batch_size = 2        # default: all samples in one batch
# shuffle = true        # a new order in every epoch, fixed by the seed
# seed = 0
'''


def new_experiment(path: str | Path) -> Path:
    """Write a commented experiment to start from; never overwrites. Raises `ExperimentError`."""
    path = Path(path)
    if path.suffix == "" and not _exists(path):
        path = path.with_suffix(".toml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(STARTER.format(name=path))
    except FileExistsError:
        what = "is a directory" if path.is_dir() else "exists already and is left as it is"
        raise ExperimentError(f"{path} {what}", hint="choose another name") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExperimentError(f"cannot write {path}: {reason}") from None
    return path
