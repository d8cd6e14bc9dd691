"""Options that several commands share, and how their values are read.

May import: engine's public face.   Imported by: the commands.
"""

from __future__ import annotations

import argparse
import math

from engine import MEMORY


def experiment_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="an experiment or the name of a lesson")


def output_option(parser: argparse.ArgumentParser, what: str = "write") -> None:
    parser.add_argument(
        "-o", "--output", metavar="FILE", help=f"{what} there, not to standard output"
    )


def experiment_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a key of the experiment: training.learning_rate=0.5 (repeatable)",
    )
    parser.add_argument("--seed", type=_seed, help="replace training.seed")


def _seed(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError("a seed is a whole number of at least 0")
    return int(text)


def session_options(parser: argparse.ArgumentParser) -> None:
    """What opening a debugger takes, with a screen and without one."""
    experiment_options(parser)
    parser.set_defaults(lesson=None)
    parser.add_argument("--at", metavar="ADDR", help="start at an address: e2.i3.17")
    parser.add_argument(
        "--break",
        dest="stops",
        action="append",
        default=[],
        metavar="COND",
        help="stop where a condition is true: 'loss < 0.1' (repeatable)",
    )
    parser.add_argument(
        "--memory",
        type=_megabytes,
        default=MEMORY,
        metavar="MB",
        help=f"budget for going back in time, in MB (default: {MEMORY >> 20})",
    )
    parser.add_argument(
        "--data", metavar="FILE", help="where a session's data file lies, if not beside it"
    )


def _megabytes(text: str) -> int:
    try:
        size = float(text)
    except ValueError:
        size = math.nan
    if not 0.1 <= size <= 1e6:
        raise argparse.ArgumentTypeError("a number of megabytes is wanted, at least 0.1")
    return int(size * 2**20)
