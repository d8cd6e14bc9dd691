"""A bar on standard error for what takes longer than a moment; nothing where no one watches.

Where a screen is open, that shows it instead.
May import: engine's public face, rich (once a bar is shown).   Imported by: cli, screens.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from engine import Recorded, Run

PATIENCE = 0.3
"""Seconds that a person waits without wondering: what is done by then shows no bar."""

REFRESH = 0.1
"""Seconds between two pictures of a bar."""


Watcher = Callable[[str, float], None]
"""Is told what is being done, and how much of it is done, from 0 to 1."""

watcher: ContextVar[Watcher | None] = ContextVar("who shows progress", default=None)
"""What shows progress in place of a bar, in whatever runs inside."""


class Bar:
    """How much of `total` is done, shown from `PATIENCE` on and gone at the end of the block.

    With a `unit` the bar counts: ``1,200/5,000`` and how many a second; without, it shows percent.
    """

    def __init__(self, what: str, total: float, unit: str = "") -> None:
        self._what, self._total, self._unit = what, total, unit
        self._watcher = watcher.get()
        terminal = sys.stderr is not None and sys.stderr.isatty()
        self._watched = terminal or self._watcher is not None
        self._started = time.perf_counter()
        self._next = self._started + PATIENCE
        self._progress: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, done: float) -> None:
        """Say how much is done; cheap, and may be called as often as one likes."""
        if not self._watched or (now := time.perf_counter()) < self._next:
            return
        self._next = now + REFRESH
        if self._watcher is not None:
            self._watcher(self._what, done / max(1e-9, self._total))
            return
        if self._progress is None:
            self._progress = self._opened(done)
        rate = f"{done / max(1e-9, now - self._started):,.0f} {self._unit}/s" if self._unit else ""
        self._progress.update(self._task, completed=done, rate=rate, refresh=True)

    def _opened(self, done: float) -> Any:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        count = MofNCompleteColumn() if self._unit else TaskProgressColumn()
        progress: Any = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            count,
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            auto_refresh=False,
            transient=True,
        )
        self._task = progress.add_task(
            escape(self._what), total=self._total, completed=done, rate=""
        )
        progress.start()
        return progress


SLICE_SECONDS = 0.1
"""How often the bar of a run moves, and how soon it hears that it should stop."""


def advance(
    run: Run,
    steps: int,
    what: str,
    *,
    stopped: Callable[[], bool] = lambda: False,
    heard: Callable[[Recorded], None] | None = None,
) -> bool:
    """Record until `steps` iterations are done, with a bar; False where it was `stopped` before.

    `heard` is told of every iteration, as by `Run.advance`.
    """
    with Bar(what, steps, "iterations") as bar:
        while not run.advance(steps, SLICE_SECONDS, heard):
            bar.show(run.done)
            if stopped():
                return False
    return True
