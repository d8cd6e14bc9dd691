"""The lessons of the course and the experiments, and what each of them holds.

May import: engine's public face, learning, models.   Imported by: screens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby

from engine import Experiment, Lesson, lessons, open_lesson
from tui.learning import done_words, is_done
from tui.models.chooser import ChooserView, LessonRow, Preview
from tui.models.text import Row
from tui.numbers import number

Done = Callable[[Lesson], tuple[int, int]]
"""How many steps of a lesson were read, and how many of its questions answered."""

KEPT = "    "
"""What stands before a line of a text that is not to be wrapped."""


class Chooser:
    """Makes the view of the list for a selected lesson; remembers how far the reader was."""

    def __init__(self, done: Done, origin: str) -> None:
        """`origin` is what is open now: its lesson is selected, or else the first one not done."""
        self.lessons = lessons()
        self._rows = tuple(_row(lesson, done(lesson)) for lesson in self.lessons)
        names = [lesson.name for lesson in self.lessons]
        left = [i for i, row in enumerate(self._rows) if row.reading in ("new", "begun")]
        self.first = names.index(origin) if origin in names else next(iter(left), 0)
        """The one to select first."""

    def view(self, selected: int) -> ChooserView:
        """The list with one lesson selected, from 0."""
        lesson = self.lessons[selected]
        return ChooserView(self._rows, selected, preview(lesson.name))


def _row(lesson: Lesson, done: tuple[int, int]) -> LessonRow:
    if not lesson.steps:
        return LessonRow(lesson.name, lesson.title, "experiment")
    words = done_words(lesson, done)
    reading = "done" if is_done(lesson, done) else "begun" if words else "new"
    mark = {"done": "✓", "begun": f"{done[0]}/{lesson.steps}"}.get(reading, "")
    return LessonRow(lesson.name, lesson.title, reading, mark, words)


@cache
def preview(name: str) -> Preview:
    """What the built-in lesson of this name holds."""
    (lesson,) = (lesson for lesson in lessons() if lesson.name == name)
    experiment = open_lesson(name)
    about = tuple(_paragraphs(lesson.about))
    if lesson.goal:
        about = (f"Afterwards you can: {_lower(lesson.goal)}", "", *about)
    formulas = (line.strip() for line in experiment.document["formulas"].strip().split("\n"))
    return Preview(lesson.title, tuple(_facts(lesson, experiment)), about, tuple(formulas))


def _facts(lesson: Lesson, experiment: Experiment) -> Iterator[Row]:
    training, graph = experiment.training, experiment.graph
    kind = f"a lesson: {lesson.steps} steps, {lesson.questions} questions"
    yield ((kind if lesson.steps else "an experiment to look around in", "text"),)
    sizes = [experiment.leaves[node.name].size for node in graph.parameters]
    names = " ".join(node.name for node in graph.parameters)
    count = f"   {sum(sizes):,} numbers" if sum(sizes) > len(sizes) else ""
    yield ("parameters  ", "dim"), (names or "none", "text"), (count, "dim")
    if experiment.samples:
        batch = training.batches.size
        batches = f"   in batches of {batch}" if batch < experiment.samples else ""
        yield ("samples     ", "dim"), (f"{experiment.samples:,}", "text"), (batches, "dim")
    yield (
        ("training    ", "dim"),
        (f"{training.epochs:,} epochs", "text"),
        (f"   {training.optimizer.name}, learning rate {_rate(experiment)}", "dim"),
    )


def _rate(experiment: Experiment) -> str:
    return number(experiment.training.options["learning_rate"], 3).strip()


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _paragraphs(text: str) -> Iterator[str]:
    """The lines of a text: those of a paragraph as one, kept ones as they are."""
    for kept, lines in groupby(text.split("\n"), lambda line: line.startswith(KEPT) or not line):
        if kept:
            yield from lines
        else:
            yield " ".join(line.strip() for line in lines)
