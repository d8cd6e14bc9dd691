"""The course: lessons that lead through a run, with questions that the run itself answers.

A lesson is an experiment file with a `[lesson]` part. `reading` makes a plan of it (`plan`),
and a `Guide` leads a reader through it on a debugger (`guide`): to places (`places`), with numbers
in its texts (`texts`) and questions with computed answers (`asked`), both of them expressions at
places (`inquiries`), keeping count of what was done (`progress`). `checking` compares what a lesson
says with its run, and `starter` is a lesson to start from.
May import: conditions, debugger, errors, library, locations, places, quiz, reading, stops,
timelines, trace.   Imported by: the public face.
"""

from __future__ import annotations

from engine.course.checking import LessonReport, check_lesson
from engine.course.guide import Guide, Page
from engine.course.plan import VIEWS, LessonPlan, Look
from engine.course.progress import Mark, Progress
from engine.course.reading import open_plan, read_plan
from engine.course.starter import new_lesson

__all__ = [
    "VIEWS",
    "Guide",
    "LessonPlan",
    "LessonReport",
    "Look",
    "Mark",
    "Page",
    "Progress",
    "check_lesson",
    "new_lesson",
    "open_plan",
    "read_plan",
]
