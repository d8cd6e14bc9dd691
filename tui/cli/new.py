"""``gradstep new``: a commented experiment to start from.

May import: engine's public face.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse

from engine import new_experiment
from tui.cli import DONE


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.add_argument("file", metavar="FILE", help="the file to write; never overwritten")
    path = new_experiment(parser.parse_args(arguments).file)
    print(f"wrote {path}\nopen it with: gradstep {path}")
    return DONE
