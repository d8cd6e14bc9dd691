"""What a command line names: an experiment, and a place in its run, with a bar where it takes long.

May import: engine's public face, progress.   Imported by: the commands.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from engine import Experiment, open_lesson
from tui.progress import Bar, advance

if TYPE_CHECKING:
    from engine import Debugger


def experiment_of(options: argparse.Namespace) -> Experiment:
    """Open what the command line names, with a bar where its data take a while to read."""
    with Bar(f"reading {options.file}", 1.0) as bar:
        return open_lesson(
            options.file, overrides=options.overrides, seed=options.seed, progress=bar.show
        )


def go(debugger: Debugger, where: str) -> None:
    """Go to an address, with a bar where the way there is long."""
    ordinal = debugger.calendar.parse(where, debugger.address)
    advance(debugger.run, debugger.calendar.step(ordinal) + 1, f"running to {where}")
    debugger.goto(ordinal)
