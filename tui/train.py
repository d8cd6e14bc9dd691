"""``gradstep train``: the whole run without a screen, through the same run as the debugger's.

May import: engine's public face, rich (for the progress bar on a terminal).   Imported by: cli.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path
from typing import Any

from engine import Experiment, GradstepError, Run, jsonable
from tui.numbers import number, vector

SLICE_SECONDS = 0.1
"""How often the bar moves, and how soon an interrupt is heard."""


def train(experiment: Experiment, *, as_json: bool, history: str | None) -> bool:
    """Run it all and report; whether it came to its end rather than being interrupted."""
    if history is not None:
        _check_writable(history)
    run = Run(experiment)
    started = time.perf_counter()
    finished = True
    try:
        _advance(run)
    except KeyboardInterrupt:
        finished = False
    seconds = time.perf_counter() - started
    if run.done:
        report = _report(run, finished, seconds)
        print(json.dumps(report, ensure_ascii=False) if as_json else _text(run, report))
    if history is not None:
        _write_history(run, Path(history))
    return finished


def _advance(run: Run) -> None:
    """Record to the end; with a bar where standard error is a terminal."""
    total = run.calendar.steps
    if not sys.stderr.isatty():
        while not run.advance(total, SLICE_SECONDS):
            pass
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("training", total=total, rate="")
        started = time.perf_counter()
        done = False
        while not done:
            done = run.advance(total, SLICE_SECONDS)
            rate = run.done / max(1e-9, time.perf_counter() - started)
            progress.update(task, completed=run.done, rate=f"{rate:,.0f} iterations/s")


def _report(run: Run, finished: bool, seconds: float) -> dict[str, Any]:
    """Where the run stands: its last iteration's loss, and the parameters after it."""
    calendar = run.calendar
    record = run.record(run.done - 1)
    address = calendar.address(run.done * calendar.events)
    parameters = {
        node.name: jsonable(record.updated.get(node.id, record.leaves[node.id]))
        for node in run.graph.parameters
    }
    return {
        "title": run.experiment.title,
        "finished": finished,
        "at": str(address),
        "epochs": address.epoch if address.iteration == calendar.iterations else address.epoch - 1,
        "iterations": run.done,
        "seconds": round(seconds, 3),
        "loss": jsonable(record.loss),
        **_test_loss(run),
        "parameters": parameters,
    }


def _test_loss(run: Run) -> dict[str, Any]:
    values = run.test_losses().values
    return {"test_loss": jsonable(float(values[-1]))} if len(values) else {}


def _text(run: Run, report: dict[str, Any]) -> str:
    record = run.record(run.done - 1)
    head = "trained" if report["finished"] else "interrupted"
    rate = run.done / max(report["seconds"], 1e-3)
    lines = [
        f"{head}: {report['iterations']:,} iterations, to {report['at']}, "
        f"in {report['seconds']:.2f} s ({rate:,.0f} a second)",
        f"loss {number(record.loss, 8)}",
    ]
    tested = run.test_losses().values
    if len(tested):
        lines.append(f"test loss {number(float(tested[-1]), 8)}, after the last whole epoch")
    width = max((len(name) for name in report["parameters"]), default=0)
    for node in run.graph.parameters:
        value = record.updated.get(node.id, record.leaves[node.id])
        shown = number(float(value), 8) if value.ndim == 0 else vector(value)
        lines.append(f"{node.name:<{width}}  {shown}")
    return "\n".join(lines)


def _check_writable(path: str) -> None:
    """Refuse a history file before the work is done, not after it."""
    try:
        with Path(path).open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise GradstepError(f"cannot write {path}: {error.strerror or error}") from None


def _write_history(run: Run, path: Path) -> None:
    """One row for each recorded iteration: its loss and the scalar parameters it used."""
    graph, calendar = run.graph, run.calendar
    losses = run.losses()
    scalars = [node for node in graph.parameters if node.id in run.storage.scalars]
    series = [run.parameter_series(node.id).values for node in scalars]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        loss = graph[graph.loss].name
        writer.writerow(["step", "epoch", "iteration", loss, *(node.name for node in scalars)])
        for index, step in enumerate(losses.steps.tolist()):
            epoch, iteration = divmod(step, calendar.iterations)
            values = [float(losses.values[index]), *(float(s[index]) for s in series)]
            writer.writerow([step + 1, epoch + 1, iteration + 1, *map(repr, values)])
