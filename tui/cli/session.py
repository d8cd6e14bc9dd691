"""A debugger as a command line asks for it: on an experiment, or in a session that goes on.

May import: engine's public face, console, progress.   Imported by: debug, script.
"""

from __future__ import annotations

import argparse

from engine import SESSION_SUFFIX, Debugger, GradstepError, open_session
from tui.cli.opening import experiment_of, go
from tui.console import Console
from tui.progress import Bar


def console_of(options: argparse.Namespace) -> tuple[Console, tuple[str, ...]]:
    """The debugger that the options ask for, and what its reader has to be told."""
    notes: tuple[str, ...] = ()
    if options.file.endswith(SESSION_SUFFIX):
        if options.overrides or options.seed is not None:
            raise GradstepError(
                "a session has its own settings: --set and --seed are for experiments",
                hint="change them inside, like  set learning_rate = 0.5",
            )
        with Bar(f"opening {options.file}", 1.0) as bar:
            opened = open_session(
                options.file, memory=options.memory, data=options.data, progress=bar.show
            )
        debugger, notes = opened.debugger, opened.notes
    else:
        if options.data is not None:
            raise GradstepError(
                "--data is for sessions: an experiment names its own data file",
                hint="change it with  --set data.csv=FILE",
            )
        debugger = Debugger(experiment_of(options), memory=options.memory)
    for condition in options.stops:
        text = condition if condition.split()[:1] == ["if"] else f"if {condition}"
        debugger.stops.break_at(text)
    if options.at is not None:
        go(debugger, options.at)
    return Console(debugger, memory=options.memory, origin=options.file), notes
