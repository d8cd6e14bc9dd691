"""A quiz on paper: Markdown with the answers at the end, and strict JSON (docs/formats.md).

May import: experiment, tracefile, judging, questions, run.   Imported by: the public face.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from engine.experiment import Experiment
from engine.quiz.judging import wanted
from engine.quiz.questions import Amount, Marked, OneOf, Question
from engine.tracefile import jsonable

FORMAT = "gradstep-quiz"
VERSION = 1


def quiz_sheet(experiment: Experiment, asked: Sequence[Question], seed: int) -> str:
    """The questions for a class, then the answers with their derivations, as Markdown."""
    lines = [f"# {_escaped(experiment.title)}: questions", ""]
    lines += ["```", *(formula.text for formula in experiment.graph.formulas), "```", ""]
    lines.append(
        "Indices count from 0; samples and rows of the data from 1. `N` is the number of samples "
        f"in the batch. An address like `e2.i3.17` is epoch, iteration, event. Seed {seed}."
    )
    for number, question in enumerate(asked, 1):
        lines += ["", f"## {number}. {_escaped(question.text)}", ""]
        lines += [f"At `{question.address}`."]
        if question.given:
            lines += ["", *(f"- {_code(given)}" for given in question.given)]
        match question.answer:
            case OneOf(choices):
                labels = question.answer.labels
                lines += [""]
                lines += [
                    f"- {label}) {_code(choice.text)}"
                    for label, choice in zip(labels, choices, strict=True)
                ]
            case Marked(candidates):
                lines += ["", " ".join(f"☐ `{name}`" for name in candidates)]
            case Amount():
                pass
    lines += ["", "# Answers"]
    for number, question in enumerate(asked, 1):
        lines += ["", f"## {number}. {_code(wanted(question.answer))}", "", "```"]
        lines += [*question.explanation, "```"]
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return f"`{text}`"


def _escaped(text: str) -> str:
    """Text as Markdown takes it: what would be emphasis or HTML stands for itself."""
    return re.sub(r"([\\`*_<>#\[\]])", r"\\\1", " ".join(text.split()))


def quiz_fields(experiment: Experiment, asked: Sequence[Question], seed: int) -> dict[str, Any]:
    """The questions with their answers, as a dictionary of strict JSON values."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": experiment.title,
        "formulas": [formula.text for formula in experiment.graph.formulas],
        "seed": seed,
        "questions": [_fields(question) for question in asked],
    }


def _fields(question: Question) -> dict[str, Any]:
    return {
        "kind": str(question.kind),
        "at": str(question.address),
        "text": question.text,
        "given": list(question.given),
        "answer": _answer(question),
        "hints": list(question.hints),
        "explanation": list(question.explanation),
        "factors": [
            {"symbol": link.symbol, "rule": link.rule, "values": jsonable(link.values)}
            for link in question.links
        ],
    }


def _answer(question: Question) -> dict[str, Any]:
    match question.answer:
        case Amount(value, tolerance, slips):
            return {
                "type": "number",
                "value": jsonable(value),
                "tolerance": jsonable(tolerance),
                "slips": [{"value": jsonable(s.value), "word": s.word} for s in slips],
            }
        case OneOf(choices, right):
            return {
                "type": "choice",
                "choices": [
                    {"label": label, "text": choice.text, "word": choice.word}
                    for label, choice in zip(question.answer.labels, choices, strict=True)
                ],
                "right": question.answer.labels[right],
            }
        case Marked(candidates, right):
            return {
                "type": "nodes",
                "candidates": list(candidates),
                "right": [name for name in candidates if name in right],
            }
