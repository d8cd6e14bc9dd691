"""Commands as text: what the prompt, `gradstep run` and a script say to the debugger.

Every command of the table that needs no screen is carried out here, on the engine alone, by a
function in the file of its family, which is loaded when the first of its commands comes. One that
may take long is a generator: it yields how far it is (0 to 1) after every slice of work and can be
dropped at any point, which leaves everything as it was; what it answers is words for a reader and
values for a program.
May import: engine's public face, commands, table, numbers, checking.   Imported by: cli, screens.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import engine
from engine import MEMORY, Debugger, GradstepError
from tui.console.answers import SLICE_SECONDS, Answer, Choice, Steps, fields_line
from tui.console.handlers import handler_of
from tui.console.lines import in_line, parsed
from tui.console.words import counted, shown, table
from tui.digits import digits
from tui.numbers import number
from tui.table import DEFAULT, CommandTable

if TYPE_CHECKING:
    from engine import Guide, Lesson, LessonPlan, Move, Progress, Run, Search, Target, Task

__all__ = [
    "SLICE_SECONDS",
    "Answer",
    "Choice",
    "Console",
    "Steps",
    "counted",
    "fields_line",
    "table",
]


class Console:
    """Carries out commands on a debugger; `load` may put another one in its place."""

    def __init__(
        self,
        debugger: Debugger,
        *,
        memory: int = MEMORY,
        origin: str = "",
        watched: bool = False,
        guide: Guide | None = None,
        commands: CommandTable = DEFAULT,
    ) -> None:
        self.debugger = debugger
        self.guide = guide
        """Leads through the lesson that was opened, if it is one."""
        self.progress_of: Callable[[LessonPlan], Progress] = lambda plan: engine.Progress()
        """What the reader had done of a lesson when it was left."""
        self.keep_progress: Callable[[Guide], None] = lambda guide: None
        """Keeps what the reader has done, for another day."""
        self.done_of: Callable[[Lesson], tuple[int, int]] = lambda lesson: (0, 0)
        """How many steps of a built-in lesson were read, and how many questions answered."""
        self.keep_session: Callable[[], object] = lambda: None
        """Keeps what was done here, before another experiment takes its place."""
        self.memory = memory
        self.origin = origin
        """What was opened: a file, or the name of a lesson."""
        self.watched = watched
        """Whether a screen shows where the cursor is, so that an arrival needs no words."""
        self.commands = commands
        """The commands with the reader's keys, whose letters may be typed for their names."""

    def start(self, line: str) -> Answer | Steps:
        """Begin a command: its answer, or the steps that lead to it.

        Raises `GradstepError` for what is no command, or not as the command wants it.
        """
        command, rest = parsed(line, self.commands)
        handler = handler_of(command.name)
        if handler is None:
            raise GradstepError(
                f"'{command.name}' is for the screen", hint="it does nothing without one"
            )
        if rest and not command.usage:
            raise GradstepError(f"'{command.name}' takes nothing; '{rest}' came")
        if command.needs_more and not rest:
            raise GradstepError(f"'{command.name}' wants {command.usage}", hint=command.help)
        try:
            steps = handler(self, rest)
        except GradstepError as error:
            raise in_line(error, line, rest) from None
        return steps if isinstance(steps, Answer) else self._going(steps, line, rest)

    def _going(self, steps: Steps, line: str, rest: str) -> Steps:
        try:
            return (yield from steps)
        except GradstepError as error:
            raise in_line(error, line, rest) from None

    def run(self, line: str, progress: Callable[[float], None] | None = None) -> Answer:
        """Carry out a command to its end. Raises `GradstepError`."""
        steps = self.start(line)
        if isinstance(steps, Answer):
            return steps
        while True:
            try:
                share = next(steps)
            except StopIteration as done:
                return done.value
            if progress is not None:
                progress(share)

    def remember(self) -> None:
        """Keep what the reader has done of the lesson."""
        if self.guide is not None:
            self.keep_progress(self.guide)

    # --- words that several commands share -----------------------------------------------------

    def here(self, note: str = "") -> Answer:
        """An arrival: where the cursor stands now, with a note."""
        if self.watched:
            return Answer(note, moved=True, note=note)
        return replace(self.described(note), moved=True)

    def described(self, note: str = "") -> Answer:
        """Where the cursor stands and what has just happened there."""
        debugger = self.debugger
        report, line = debugger.report(), debugger.line
        result = "" if report.result is None else f" = {shown(report.result)}"
        name = debugger.position.timeline
        where = str(debugger.address) + (f" on {name}" if len(debugger.timelines) > 1 else "")
        text = f"{where}  {report.phase}  line {line.number}: {line.text}"
        if report.phase != "batch":
            text += f"\n  {report.symbols}{result}"
        fields = {
            **self.place(),
            "phase": str(report.phase),
            "line": line.number,
            "text": line.text,
            "node": None if report.node is None else debugger.graph[report.node].name,
            "symbols": report.symbols,
            "result": None if report.result is None else engine.jsonable(report.result),
        }
        if note:
            text, fields = f"{note}\n{text}", {**fields, "note": note}
        return Answer(text, fields, note=note)

    def why(self, target: str | Target) -> Answer:
        """Where a number came from. Raises `TargetError`."""
        why = self.debugger.why(target)
        fields = {**self.place(), **engine.why_fields(why, self.debugger.graph)}
        return Answer("\n".join(why.lines(lambda value: number(value, digits() + 1))), fields)

    def place(self) -> dict[str, Any]:
        """The cursor's place as fields."""
        return {
            "at": str(self.debugger.address),
            "event": self.debugger.at,
            "timeline": self.debugger.position.timeline,
        }

    def address(self, ordinal: int) -> str:
        return str(self.debugger.calendar.address(ordinal))

    def recorded(self, ordinal: int, run: Run | None = None) -> Generator[float, None, None]:
        """Have an event of a run, or of the one that is looked at, recorded and at hand."""
        run = (run or self.debugger.run).owner(ordinal)
        step = self.debugger.calendar.step(ordinal)
        distance = run.distance(step)
        while not run.approach(step, SLICE_SECONDS):
            yield 1 - run.distance(step) / max(1, distance)

    def finished(self, task: Task) -> Generator[float, None, None]:
        """Work on a task to its end."""
        while not task.advance(SLICE_SECONDS):
            yield task.progress

    def searched(self, search: Search) -> Generator[float, None, None]:
        """Search to the end, and have what it found at hand."""
        yield from self.finished(search)
        if search.hit is not None:
            yield from self.recorded(search.hit.ordinal)

    def moved(self, move: Move, *, jump: bool = False) -> Steps:
        """Go where a move leads, recording on the way what is not recorded yet."""
        if not move.moved:
            return self.here(move.note)
        yield from self.recorded(move.ordinal)
        (self.debugger.jump if jump else self.debugger.goto)(move.ordinal)
        return self.here(move.note)
