"""``gradstep lessons``: the course in its order, with how far the reader is, and the experiments.

May import: engine's public face, learning.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse

from engine import Lesson, lessons
from tui.cli import DONE
from tui.learning import done, done_words, is_done


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.parse_args(arguments)
    every = lessons()
    names = max(len(lesson.name) for lesson in every)
    titles = max(len(lesson.title) for lesson in every)

    def row(lesson: Lesson) -> str:
        return f"  {lesson.name:<{names}}  {lesson.title:<{titles}}  {_progress(lesson)}".rstrip()

    print("the course, in its order:")
    print(*(row(lesson) for lesson in every if lesson.steps), sep="\n")
    print("\nexperiments to look around in:")
    print(*(row(lesson) for lesson in every if not lesson.steps), sep="\n")
    print("\nopen one with: gradstep NAME")
    return DONE


def _progress(lesson: Lesson) -> str:
    """How far the reader is in a lesson; nothing where it has not been begun."""
    progress = done(lesson)
    words = done_words(lesson, progress)
    return words and f"{'✓' if is_done(lesson, progress) else ' '} {words}"
