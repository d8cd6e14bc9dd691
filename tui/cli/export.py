"""``gradstep export``: the run as a script, or its graph for Graphviz.

May import: engine's public face.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse

from engine import export_dot, export_numpy, export_pytorch
from tui.cli import DONE
from tui.cli.opening import experiment_of
from tui.cli.options import experiment_argument, experiment_options, output_option
from tui.cli.output import deliver


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    experiment_argument(parser)
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument(
        "--numpy", action="store_true", help="the run as a script that needs NumPy alone"
    )
    kind.add_argument("--pytorch", action="store_true", help="the same run as a PyTorch script")
    kind.add_argument(
        "--dot", action="store_true", help="the graph with values and gradients, for Graphviz"
    )
    output_option(parser)
    parser.add_argument(
        "--at", metavar="ADDR", help="for --dot: the event (default: the end of backward pass 1)"
    )
    experiment_options(parser)
    options = parser.parse_args(arguments)
    if options.at and not options.dot:
        parser.error("--at is for --dot: a script is the whole run")
    experiment = experiment_of(options)
    if options.dot:
        text = export_dot(experiment, options.at)
    else:
        text = export_numpy(experiment) if options.numpy else export_pytorch(experiment)
    deliver(text.removesuffix("\n").split("\n"), options, experiment)
    return DONE
