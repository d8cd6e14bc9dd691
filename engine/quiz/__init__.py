"""The room that asks: questions about any event of a run, with answers that can be checked.

`questions` picks them by a seed (`asking`, with a file for each group of kinds: `gradients`,
`passes`, `nodes`); an element of a gradient as products of factors is in `chains`. `judge` reads a
reply and says what went wrong, a `Quiz` keeps the score (`judging`), and `sheet` writes it all down
for a class. Looking changes nothing: all of it is a pure function of a run, an event and a seed.
May import: errors, evaluation, experiment, explain, graph, listing, notation, ops, run, shapes,
trace, tracefile, why.   Imported by: the public face.
"""

from __future__ import annotations

from engine.quiz.asking import each_question, questions
from engine.quiz.judging import HINT_COST, Judgement, Marking, Outcome, Quiz, judge
from engine.quiz.questions import (
    Amount,
    Choice,
    Link,
    Marked,
    OneOf,
    Question,
    QuestionKind,
    Slip,
)
from engine.quiz.sheet import quiz_fields, quiz_sheet

__all__ = [
    "HINT_COST",
    "Amount",
    "Choice",
    "Judgement",
    "Link",
    "Marked",
    "Marking",
    "OneOf",
    "Outcome",
    "Question",
    "QuestionKind",
    "Quiz",
    "Slip",
    "each_question",
    "judge",
    "questions",
    "quiz_fields",
    "quiz_sheet",
]
