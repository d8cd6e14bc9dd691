"""A debugger as a command line asks for it: on an experiment, or in a session that goes on.

May import: engine's public face, console, learning, progress.   Imported by: debug, script.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import engine
from engine import SESSION_SUFFIX, Debugger, GradstepError, LessonError
from tui.cli.opening import experiment_of, go
from tui.console import Console
from tui.learning import done, keep_progress, progress_of
from tui.progress import Bar
from tui.table import DEFAULT, CommandTable

if TYPE_CHECKING:
    from engine import Experiment, LessonPlan


def console_of(
    options: argparse.Namespace,
    commands: CommandTable = DEFAULT,
    *,
    interactive: bool = False,
    experiment: Experiment | None = None,
) -> tuple[Console, tuple[str, ...]]:
    """The debugger that the options ask for, and what its reader has to be told.

    `interactive` is for a reader, who goes on with a lesson where it was left. The `experiment`
    may have been opened already.
    """
    notes: tuple[str, ...] = ()
    if options.file.endswith(SESSION_SUFFIX):
        if options.overrides or options.seed is not None:
            raise GradstepError(
                "a session has its own settings: --set and --seed are for experiments",
                hint="change them inside, like  set learning_rate = 0.5",
            )
        with Bar(f"opening {options.file}", 1.0) as bar:
            opened = engine.open_session(
                options.file, memory=options.memory, data=options.data, progress=bar.show
            )
        debugger, notes = opened.debugger, opened.notes
    else:
        if options.data is not None:
            raise GradstepError(
                "--data is for sessions: an experiment names its own data file",
                hint="change it with  --set data.csv=FILE",
            )
        debugger = Debugger(experiment or experiment_of(options), memory=options.memory)
    for condition in options.stops:
        text = condition if condition.split()[:1] == ["if"] else f"if {condition}"
        debugger.stops.break_at(text)
    if options.at is not None:
        go(debugger, options.at)
    console = Console(debugger, memory=options.memory, origin=options.file, commands=commands)
    if interactive:
        console.progress_of, console.keep_progress = progress_of, keep_progress
        console.done_of = done
    return console, (*notes, *_lesson(console, options))


def _plan_in(debugger: Debugger) -> LessonPlan | None:
    from tui.console.lessons import plan_in

    return plan_in(debugger)


def _lesson(console: Console, options: argparse.Namespace) -> tuple[str, ...]:
    """Lead the reader through the lesson that was opened, if it is one; what has to be told them.

    One that does not fit an experiment that was changed is left away. Raises `LessonError`.
    """
    session = options.file.endswith(SESSION_SUFFIX)
    try:
        name = options.lesson or options.file
        known = not name.endswith(SESSION_SUFFIX)
        plan = engine.open_plan(name) if known else _plan_in(console.debugger)
        if plan is None:
            return ()
        guide = engine.Guide(console.debugger, plan, console.progress_of(plan))
    except LessonError as error:
        if not (session or options.overrides or options.seed is not None):
            raise
        return (f"the lesson does not fit the experiment as it was changed:\n{error}",)
    console.guide = guide
    if session or options.at is not None:
        guide.turn(guide.at)
    else:
        with Bar(f"going to step {guide.at + 1} of the lesson", 1.0) as bar:
            console.run(f"lesson {guide.at + 1}", bar.show)
    return ()
