"""``gradstep trace``: every event as a line of JSON.

May import: engine's public face, progress.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse
from itertools import chain

from engine import GradstepError, Run, trace_lines
from tui.cli import DONE
from tui.cli.opening import experiment_of
from tui.cli.options import experiment_argument, experiment_options, output_option
from tui.cli.output import deliver
from tui.progress import advance


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    experiment_argument(parser)
    output_option(parser)
    parser.add_argument(
        "--from", dest="first", metavar="ADDR", help="first event (default: e1.i1.1)"
    )
    parser.add_argument(
        "--to", dest="last", metavar="ADDR", help="last event (default: that of e1.i1)"
    )
    parser.add_argument("--at", metavar="ADDR", help="one event only")
    parser.add_argument("--all", action="store_true", help="the whole run")
    parser.add_argument(
        "--phase",
        choices=("batch", "forward", "backward", "update"),
        help="only events of this phase",
    )
    parser.add_argument("--node", metavar="NAME", help="only events that touch this node")
    experiment_options(parser)
    options = parser.parse_args(arguments)
    if options.all and (options.first or options.last or options.at):
        parser.error("--all is the whole run: leave out --from, --to and --at")
    if options.at and (options.first or options.last):
        parser.error("--at is one event: leave out --from and --to")
    run = Run(experiment_of(options))
    first, last = _range(run, options)
    advance(run, run.calendar.step(first), f"running to {run.calendar.address(first)}")
    lines = trace_lines(run, first, last, phase=options.phase, node=options.node)
    # The header comes before any file is touched: a wrong option must not cost an old trace.
    lines = chain([next(lines)], lines)
    deliver(lines, options, run.experiment)
    return DONE


def _range(run: Run, options: argparse.Namespace) -> tuple[int, int]:
    """The first and the last event that are asked for."""
    calendar = run.calendar
    if options.all:
        return 1, calendar.total
    if options.at is not None:
        ordinal = calendar.parse(options.at)
        return ordinal, ordinal
    first = calendar.parse(options.first) if options.first else 1
    here = calendar.address(first)
    if options.last:
        last = calendar.parse(options.last, here, last=True)
    elif options.first:
        last = calendar.parse(f"e{here.epoch}.i{here.iteration}", last=True)
    else:
        last = calendar.events
    if last < first:
        raise GradstepError(
            f"--to {options.last} is before --from {options.first or 'e1.i1.1'}",
            hint="time in a trace goes forward: swap them",
        )
    return first, last
