"""``gradstep quiz``: questions on plain standard input and output, or written down for a class.

No screen is needed: on a terminal each question waits for its reply, elsewhere replies are read
line by line. May import: engine's public face, progress.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from engine import (
    HINT_COST,
    Experiment,
    GradstepError,
    Marked,
    OneOf,
    Outcome,
    Question,
    Quiz,
    ReplyError,
    Run,
    printable,
    questions,
    quiz_fields,
    quiz_sheet,
)
from tui.cli import DONE, NO
from tui.cli.opening import experiment_of
from tui.cli.options import experiment_argument, experiment_options, output_option
from tui.cli.output import deliver
from tui.progress import advance


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.epilog = (
        "The seed of the run also picks the questions: the same seed asks the same ones. Exit "
        "status 1 where a reply was not right. Without a terminal, replies are read line by line."
    )
    experiment_argument(parser)
    parser.add_argument("--count", type=_count, default=10, help="how many (default: 10)")
    parser.add_argument("--at", metavar="ADDR", help="ask about this event and its iteration")
    parser.add_argument(
        "--export",
        choices=("md", "json"),
        help="write the questions and, behind them, the answers: a sheet for a class, or JSON",
    )
    output_option(parser, "write the export")
    experiment_options(parser)
    options = parser.parse_args(arguments)
    if options.output is not None and options.export is None:
        parser.error("-o is where an export goes: add --export md or --export json")
    run = Run(experiment_of(options))
    ordinal = run.calendar.parse(options.at) if options.at else 1
    advance(run, run.calendar.step(ordinal), f"running to {run.calendar.address(ordinal)}")
    asked = questions_for(run, ordinal, options.count)
    if options.export is None:
        return DONE if ask(run.experiment, asked) else NO
    deliver([exported(run.experiment, asked, options.export)], options, run.experiment)
    return DONE


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 1000:
        raise argparse.ArgumentTypeError("a whole number from 1 to 1000")
    return int(text)


HINT = "?"
"""The reply that asks for a hint."""


def questions_for(run: Run, ordinal: int, count: int) -> tuple[Question, ...]:
    """The questions at an event, picked by the run's own seed. Raises `GradstepError` for none."""
    asked = questions(run, ordinal, run.experiment.training.seed, count)
    if not asked:
        raise GradstepError(
            f"there is nothing to ask at {run.calendar.address(ordinal)}",
            hint="questions need finite numbers that a reader can compute with: try another --at",
        )
    if len(asked) < count:
        print(f"gradstep: there is no more to ask here: {len(asked)} questions", file=sys.stderr)
    return asked


def exported(experiment: Experiment, asked: Sequence[Question], style: str) -> str:
    """The questions with their answers, as Markdown or JSON, without the last line's end."""
    seed = experiment.training.seed
    if style == "md":
        return quiz_sheet(experiment, asked, seed).removesuffix("\n")
    fields = quiz_fields(experiment, asked, seed)
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, indent=2)


def ask(experiment: Experiment, asked: Sequence[Question]) -> bool:
    """Ask one question after the other; whether every reply was right.

    Without a terminal a reply that cannot be read is an error; on one it may be given again.
    Raises `GradstepError` for the former.
    """
    _say(experiment.title, *(f"  {f.text}" for f in experiment.graph.formulas), "")
    _say(f"{HINT} gives a hint, which costs {HINT_COST:g} of a point; an empty reply skips.")
    quiz = Quiz(tuple(asked))
    try:
        while quiz.current is not None:
            done = len(quiz.verdicts)
            _say("", *_lines(quiz.current, f"{done + 1}/{len(asked)}"))
            answered = _answered(quiz)
            if answered is None:
                break
            quiz = answered
            _say(*_verdict(asked[done], quiz))
    finally:
        _say("", f"{quiz.points:.4g} of {len(asked)} points")
    return quiz.perfect and quiz.current is None


def _answered(quiz: Quiz) -> Quiz | None:
    """The quiz with its current question answered or skipped; None where no more replies come."""
    while (reply := _reply()) is not None:
        if reply == HINT:
            hinted = quiz.hinted()
            _say("no more hints" if hinted is quiz else f"hint: {hinted.hint}")
            quiz = hinted
            continue
        if not reply:
            return quiz.passed()
        try:
            return quiz.replied(reply)
        except ReplyError as error:
            if not _on_a_terminal():
                raise
            _say(str(error))
    return None


def _lines(question: Question, number: str) -> Iterator[str]:
    yield f"{number}  at {question.address}  {question.text}"
    yield from (f"  {given}" for given in question.given)
    match question.answer:
        case OneOf(choices):
            labels = question.answer.labels
            yield from (f"  {la}) {c.text}" for la, c in zip(labels, choices, strict=True))
        case Marked(candidates):
            yield f"  of {', '.join(candidates)}"


def _verdict(question: Question, quiz: Quiz) -> Iterator[str]:
    verdict = quiz.verdicts[-1]
    word = f": {verdict.word}" if verdict.word else ""
    yield f"{verdict.outcome}{word}"
    if verdict.outcome is not Outcome.RIGHT:
        yield f"  {verdict.wanted}"
        yield from (f"  {line}" for line in question.explanation)


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _reply() -> str | None:
    """The next reply without the spaces around it; None at the end of input."""
    try:
        if _on_a_terminal():
            return input("> ").strip()
        line = sys.stdin.readline()
    except EOFError:
        return None
    except UnicodeDecodeError:
        raise GradstepError("a reply is not UTF-8 text", hint="write it in UTF-8") from None
    return line.strip() if line else None


def _say(*lines: str) -> None:
    for line in lines:
        print(printable(line))
    sys.stdout.flush()
