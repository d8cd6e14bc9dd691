"""The built-in lessons, and experiments to look around in: files that ship with the package.

May import: errors.   Imported by: opening, course, the public face.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from engine.errors import ExperimentError, did_you_mean, listed

FOLDER = Path(__file__).parent / "lessons"
ORDER = (
    "chain-rule",
    "forward-pass",
    "loss",
    "backward-pass",
    "gradient-vector",
    "update",
    "epochs",
    "affects",
    "mini-batches",
    "vanishing-gradients",
    "dead-relu",
    "exploding-loss",
    "momentum-and-adam",
    "adam",
    "one-neuron",
    "two-layer",
    "two-layer-csv",
    "xor",
    "iris",
    "spiral",
    "convolution",
    "lstm-cell",
    "attention-head",
)
"""The lessons of the course in their order, then experiments; others follow by name."""


@dataclass(frozen=True)
class Lesson:
    """A built-in lesson, or an experiment to look around in: what it is called and about."""

    name: str
    title: str
    about: str
    path: Path
    goal: str = ""
    """What one can do after it; empty where it is an experiment alone."""
    steps: int = 0
    """How many steps it has; an experiment alone has none."""
    questions: int = 0
    digest: str = ""
    """Changes with what its file says, and not with its comments."""


def lessons() -> tuple[Lesson, ...]:
    """The lessons of the course in their order, then the experiments."""
    return tuple(_lesson(path) for path in lesson_paths().values())


def lesson_paths() -> dict[str, Path]:
    """The files of the lessons by name, in teaching order."""
    files = {path.stem: path for path in FOLDER.glob("*.toml")}
    names = [*(n for n in ORDER if n in files), *sorted(files.keys() - set(ORDER))]
    return {name: files[name] for name in names}


@cache
def _lesson(path: Path) -> Lesson:
    with path.open("rb") as file:
        document = tomllib.load(file)
    lesson, steps = document.get("lesson", {}), document.get("step", [])
    return Lesson(
        path.stem,
        document["title"],
        document["about"].strip(),
        path,
        lesson.get("goal", ""),
        len(steps),
        sum(len(step.get("question", [])) for step in steps),
        digest_of(document),
    )


def digest_of(document: Mapping[str, Any]) -> str:
    """A name for what a TOML document says: another one where it says something else."""
    text = json.dumps(document, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def found(where: str | Path) -> tuple[Path, str]:
    """The file of an experiment or of a lesson's name, and what errors call it.

    Raises `ExperimentError` for what is neither.
    """
    path, name = Path(where), str(where)
    if exists(path):
        return path, name
    known = lesson_paths()
    if name in known:
        return known[name], f"lesson {name}"
    if path.suffix != ".toml" and path.name == name:
        raise ExperimentError(
            f"there is no file and no lesson '{name}'",
            hint=did_you_mean(name, known, f"the lessons are: {listed(known, 30)}"),
        )
    return path, name


def exists(path: Path) -> bool:
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
    return write_new(path, lambda name: STARTER.format(name=name))


def write_new(path: str | Path, text: Callable[[Path], str]) -> Path:
    """Write the `text` of a file by its name; without an ending it gets ``.toml``.

    Never overwrites. Raises `ExperimentError`.
    """
    path = Path(path)
    if path.suffix == "" and not exists(path):
        path = path.with_suffix(".toml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text(path))
    except FileExistsError:
        what = "is a directory" if path.is_dir() else "exists already and is left as it is"
        raise ExperimentError(f"{path} {what}", hint="choose another name") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExperimentError(f"cannot write {path}: {reason}") from None
    return path
