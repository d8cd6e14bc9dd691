"""Where lines go: standard output, or a file that is written whole or not at all.

May import: engine's public face.   Imported by: the commands.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from engine import Experiment, GradstepError, write_at_once


def refuse_own_files(path: Path, options: argparse.Namespace, experiment: Experiment) -> None:
    """Output must not be written over the experiment, or over the data that it reads."""
    own = (
        (Path(options.file), "is the experiment itself"),
        (experiment.data_file, "holds the experiment's data"),
    )
    for file, what in own:
        if file is not None and _same(path, file):
            raise GradstepError(f"{path} {what}", hint="give the output a name of its own")


def deliver(lines: Iterable[str], options: argparse.Namespace, experiment: Experiment) -> None:
    """Write lines to the file of ``-o``, whole or not at all, or to standard output."""
    if options.output is None:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return
    path = Path(options.output)
    refuse_own_files(path, options, experiment)
    write_at_once(path, lines)


def _same(path: Path, file: Path) -> bool:
    """Whether two paths lead to one file; what is not there, or cannot be, is none."""
    try:
        return path.samefile(file)
    except (OSError, ValueError):
        return False
