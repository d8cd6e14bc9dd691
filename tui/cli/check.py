"""``gradstep check``: every derivative of an iteration against differences.

May import: engine's public face, checking, progress.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse
import json

from engine import ELEMENTS, Debugger, check_fields
from tui.checking import report_text
from tui.cli import DONE, NO
from tui.cli.opening import experiment_of, go
from tui.cli.options import experiment_argument, experiment_options
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
    experiment_options(parser)
    options = parser.parse_args(arguments)
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


def _elements(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdecimal() or not int(text[:18]) >= 1:
        raise argparse.ArgumentTypeError("a whole number of at least 1, or 'all'")
    return int(text[:18])
