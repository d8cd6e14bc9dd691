"""``gradstep new``: a commented experiment, or a lesson, to start from.

May import: engine's public face.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse

from engine import new_experiment, new_lesson
from tui.cli import DONE


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.add_argument("file", metavar="FILE", help="the file to write; never overwritten")
    parser.add_argument(
        "--lesson", action="store_true", help="a lesson: texts, places to stand, questions"
    )
    options = parser.parse_args(arguments)
    path = new_lesson(options.file) if options.lesson else new_experiment(options.file)
    print(f"wrote {path}\nopen it with: gradstep {path}")
    if options.lesson:
        print(f"whether all that it says is so: gradstep check --lesson {path}")
    return DONE
