"""``gradstep explain``: one gradient by the chain rule, with its numbers.

May import: engine's public face, numbers.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse

from engine import Debugger, derivation_latex, derivation_markdown, derivation_text
from tui.cli import DONE
from tui.cli.opening import experiment_of, go
from tui.cli.options import experiment_argument, experiment_options
from tui.numbers import number

WRITERS = {"latex": derivation_latex, "markdown": derivation_markdown, "text": derivation_text}


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    experiment_argument(parser)
    parser.add_argument("node", metavar="NODE", help="a node, or one element: w1, 'W[0, 2]'")
    parser.add_argument(
        "--at", metavar="ADDR", help="the event (default: the end of e1.i1's backward pass)"
    )
    parser.add_argument(
        "--of",
        metavar="NODE",
        help="what is derived, if not the loss; of an array the sum of its numbers",
    )
    parser.add_argument(
        "--level",
        choices=("formula", "op"),
        default="formula",
        help="a factor for each formula (the default), or for each op",
    )
    form = parser.add_mutually_exclusive_group()
    for name in ("latex", "markdown"):
        form.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, default="text"
        )
    parser.add_argument(
        "--digits", type=_digits, default=6, metavar="N", help="significant digits (default: 6)"
    )
    experiment_options(parser)
    options = parser.parse_args(arguments)
    debugger = Debugger(experiment_of(options))
    backward = max(s.index for s in debugger.listing.steps if s.phase == "backward")
    go(debugger, options.at or f".{backward}")
    derivation = debugger.derive(options.node, options.of, options.level)
    text = WRITERS[options.form](derivation, lambda value: number(value, options.digits))
    print(text.rstrip("\n"))
    return DONE


def _digits(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 17:
        raise argparse.ArgumentTypeError("a whole number from 1 to 17")
    return int(text[:9])
