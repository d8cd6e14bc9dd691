"""``gradstep train``: the whole run without a screen, through the same run as the debugger's.

May import: engine's public face, numbers, progress.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse
import csv
import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import numpy as np

from engine import Experiment, GradstepError, Recorded, Run, jsonable
from tui.cli import DONE, INTERRUPTED
from tui.cli.opening import experiment_of
from tui.cli.options import experiment_argument, experiment_options
from tui.cli.output import refuse_own_files
from tui.numbers import number, vector
from tui.progress import advance


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    experiment_argument(parser)
    parser.add_argument("--json", action="store_true", help="the result as one JSON object")
    parser.add_argument(
        "--csv", metavar="FILE", help="write loss and scalar parameters of every iteration there"
    )
    parser.add_argument("--at", metavar="ADDR", help="stop right after this event: e2.i3.17")
    experiment_options(parser)
    options = parser.parse_args(arguments)
    experiment = experiment_of(options)
    history = None if options.csv is None else Path(options.csv)
    if history is not None:
        refuse_own_files(history, options, experiment)
    finished = train(experiment, at=options.at, as_json=options.json, history=history)
    if not finished:
        print("gradstep: interrupted", file=sys.stderr)
    return DONE if finished else INTERRUPTED


def train(
    experiment: Experiment, *, at: str | None = None, as_json: bool, history: Path | None
) -> bool:
    """Run it all, or to the event `at`, and report; whether it came that far uninterrupted."""
    run = Run(experiment)
    target = run.calendar.total if at is None else run.calendar.parse(at)
    steps = run.calendar.step(target) + _knows_loss(run, target)
    started = time.perf_counter()
    with _opened(history) as file, _interrupts() as interrupts:
        heard = _History(run, file, history).add if file is not None else None
        finished = advance(run, steps, "training", stopped=lambda: bool(interrupts), heard=heard)
    seconds = time.perf_counter() - started
    if not finished:
        target = run.done * run.calendar.events
    report = _report(run, target, finished, seconds)
    if as_json:
        print(json.dumps(report, ensure_ascii=False, allow_nan=False))
    else:
        print(_text(run, target, report))
    return finished


def _knows_loss(run: Run, ordinal: int) -> bool:
    """Whether the loss of an event's own iteration is computed at that event."""
    return run.listing.forward_step[run.graph.loss] <= run.calendar.address(ordinal).event


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collects the first ctrl+c, for which the run stops between two slices; a second one ends it.

    So an interrupted run is always whole: what was recorded, its history file, and the report.
    """
    heard: list[int] = []

    def first(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        signal.signal(signal.SIGINT, before)

    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, first)
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, before)


# --- the report ---------------------------------------------------------------------------------


def _report(run: Run, ordinal: int, finished: bool, seconds: float) -> dict[str, Any]:
    """How the run stands right after an event: the last loss, and the parameters."""
    calendar, state = run.calendar, run.state(ordinal)
    step, known = calendar.step(ordinal), _knows_loss(run, ordinal)
    last = state.record if known else run.record(step - 1) if step else None
    epochs = (step + (state.index == calendar.events)) // calendar.iterations
    return {
        "title": run.experiment.title,
        "finished": finished,
        "at": str(calendar.address(ordinal)),
        "epochs": epochs,
        "iterations": step + known,
        "seconds": round(seconds, 6),
        "loss": None if last is None else jsonable(last.loss),
        **_test_loss(run, epochs),
        "parameters": {node.name: jsonable(state.value(node.id)) for node in run.graph.parameters},
    }


def _test_loss(run: Run, epochs: int) -> dict[str, Any]:
    """The last test loss that is kept, and after which epoch it was measured."""
    tested = run.test_losses()
    if epochs == 0 or not len(tested.values):
        return {}
    values = tested.until(epochs - 1)
    epoch = (len(values) - 1) * tested.spacing + 1
    return {"test_loss": jsonable(float(values[-1])), "test_epoch": epoch}


def _text(run: Run, ordinal: int, report: dict[str, Any]) -> str:
    head = "trained" if report["finished"] else "interrupted"
    rate = report["iterations"] / max(report["seconds"], 1e-6)
    loss, many = report["loss"], "s" * (report["iterations"] != 1)
    lines = [
        f"{head}: {report['iterations']:,} iteration{many}, to {report['at']}, "
        f"in {report['seconds']:.2f} s ({rate:,.0f} a second)",
        f"loss {'not computed yet' if loss is None else number(float(loss), 8)}{_since(run)}",
    ]
    if "test_loss" in report:
        tested = number(float(report["test_loss"]), 8)
        lines.append(f"test loss {tested}, after epoch {report['test_epoch']}")
    width = max((len(name) for name in report["parameters"]), default=0)
    state = run.state(ordinal)
    for node in run.graph.parameters:
        value = np.asarray(state.value(node.id))
        shown = number(float(value), 8) if value.ndim == 0 else vector(value)
        lines.append(f"{node.name:<{width}}  {shown}")
    return "\n".join(lines)


def _since(run: Run) -> str:
    """From where on a loss that is not finite has been so, as far as the history is that fine."""
    losses = run.losses()
    bad = ~np.isfinite(losses.values)
    if not len(bad) or not bad[-1]:
        return ""
    finite = np.flatnonzero(~bad)
    step = int(finite[-1] + 1) * losses.spacing if len(finite) else 0
    address = run.calendar.address(step * run.calendar.events + 1)
    about = "about " if losses.spacing > 1 else ""
    return f", not finite since {about}e{address.epoch}.i{address.iteration}"


# --- the history --------------------------------------------------------------------------------


class _History:
    """A CSV file with one row for every iteration, however many there are."""

    def __init__(self, run: Run, file: TextIO, path: Path | None) -> None:
        self._run, self._path = run, path
        self._writer = csv.writer(file)
        scalars = set(run.scalars)
        self._nodes = [node.id for node in run.graph.parameters if node.id in scalars]
        names = [run.graph[i].name for i in (run.graph.loss, *self._nodes)]
        self._tested = bool(run.experiment.test_data)
        test = [f"test {names[0]}"] if self._tested else []
        self._write([["step", "epoch", "iteration", *names, *test]])

    def add(self, recorded: Recorded) -> None:
        """A row for each iteration: its loss, and the scalar parameters that it used."""
        steps = np.arange(recorded.first, recorded.first + len(recorded.losses))
        epochs, iterations = np.divmod(steps, self._run.calendar.iterations)
        columns: list[list[Any]] = [
            (steps + 1).tolist(),
            (epochs + 1).tolist(),
            (iterations + 1).tolist(),
            recorded.losses.tolist(),
            *(recorded.scalars[node].tolist() for node in self._nodes),
        ]
        if self._tested:
            columns.append([None] * (len(steps) - 1) + [recorded.test_loss])
        self._write(zip(*columns, strict=True))

    def _write(self, rows: Any) -> None:
        try:
            self._writer.writerows(rows)
        except OSError as error:
            raise _unwritable(self._path, error) from None


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIO | None]:
    """The history file, open for writing; refused before the work is done, not after it."""
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    try:
        yield file
    finally:
        try:
            file.close()
        except OSError as error:
            raise _unwritable(path, error) from None


def _unwritable(path: Path | None, error: Exception) -> GradstepError:
    return GradstepError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}")
