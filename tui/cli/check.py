"""``gradstep check``: every derivative of an iteration against differences; or a lesson.

May import: engine's public face, checking, progress.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse
import json

from engine import (
    ELEMENTS,
    Debugger,
    LessonError,
    check_fields,
    check_lesson,
    open_lesson,
    open_plan,
)
from tui.checking import report_text
from tui.cli import DONE, NO
from tui.cli.opening import experiment_of, go
from tui.cli.options import experiment_argument, experiment_options
from tui.console.words import counted
from tui.progress import SLICE_SECONDS, Bar


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    experiment_argument(parser)
    parser.add_argument("--at", metavar="ADDR", help="check the iteration there (default: e1.i1)")
    parser.add_argument(
        "--elements",
        type=_elements,
        default=ELEMENTS,
        metavar="N",
        help=f"compare so many of a larger array, or 'all' (default: {ELEMENTS})",
    )
    parser.add_argument("--json", action="store_true", help="the table as one JSON object")
    parser.add_argument(
        "--lesson",
        action="store_true",
        help="check what a lesson says instead: its places, its numbers, its answers",
    )
    experiment_options(parser)
    options = parser.parse_args(arguments)
    if options.lesson:
        if options.at or options.json or options.overrides or options.seed is not None:
            parser.error("--lesson checks the whole lesson as it stands: leave the rest away")
        return _check_lesson(options.file)
    debugger = Debugger(experiment_of(options))
    if options.at is not None:
        go(debugger, options.at)
    work = debugger.checking(options.elements, debugger.experiment.training.seed)
    with Bar("comparing", 1.0) as bar:
        while not work.advance(SLICE_SECONDS):
            bar.show(work.progress)
    report = work.report
    assert report is not None
    if options.json:
        print(json.dumps(check_fields(report), ensure_ascii=False, allow_nan=False))
    else:
        print(report_text(report, debugger.graph))
    return DONE if report.ok else NO


def _check_lesson(file: str) -> int:
    """Print all that is wrong with a lesson, and in one line what was compared."""
    plan = open_plan(file)
    if plan is None:
        raise LessonError(
            f"{file} is an experiment without a lesson",
            hint="`gradstep new --lesson FILE` writes one to start from",
        )
    report = check_lesson(open_lesson(file), plan)
    for problem in report.problems:
        print(f"{problem}\n")
    wrong = counted(len(report.problems), "problem")
    print(
        f"{file}: {counted(report.steps, 'step')}, {counted(report.questions, 'question')}, "
        f"{counted(report.numbers, 'number')} in texts: "
        f"{'all is as it says' if report.ok else wrong}"
    )
    return DONE if report.ok else NO


def _elements(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdecimal() or not int(text[:18]) >= 1:
        raise argparse.ArgumentTypeError("a whole number of at least 1, or 'all'")
    return int(text[:18])
