"""``gradstep lessons``: the built-in lessons, by name.

May import: engine's public face.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse

from engine import lessons
from tui.cli import DONE


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.parse_args(arguments)
    every = lessons()
    width = max(len(lesson.name) for lesson in every)
    for lesson in every:
        print(f"{lesson.name:<{width}}  {lesson.title}")
    print("\nopen one with: gradstep NAME")
    return DONE
