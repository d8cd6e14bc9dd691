"""``gradstep FILE --plain``: the debugger in sentences, for screen readers, logs and pipes.

The same commands as behind ``:``, one a line; what each did is said in a sentence. Nothing is
coloured and the cursor is never moved.
May import: engine's public face, console, narration.   Imported by: debug.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterable
from typing import TextIO

from engine import GradstepError
from tui.cli.display import speaks_unicode
from tui.console import Answer, Console
from tui.drawing.glyphs import shown_freely
from tui.narration import in_words, narrated, opening
from tui.numbers import percent

PROMPT = "> "

PATIENCE = 3.0
"""Seconds between two words about what takes long."""


class Narrator:
    """Reads commands line by line, and says what came of each."""

    def __init__(
        self, console: Console, lines: TextIO, out: TextIO, *, ascii: bool = False
    ) -> None:
        self.console = console
        console.watched = True  # where the cursor stands is said here
        self._lines, self._out, self._ascii = lines, out, ascii
        self._asks = lines.isatty()
        """Whether somebody types: then there is a prompt, and enter alone steps again."""
        self._again = ""
        self.failed = False
        """Whether a command could not be carried out."""

    def run(self, notes: Iterable[str] = ()) -> None:
        """Until `quit`, or the end of the lines."""
        debugger = self.console.debugger
        self.say(opening(debugger), *notes, narrated(debugger))
        if self._asks:
            self.say("Type a command: s steps, help lists all of them, quit leaves.")
        while (line := self._next()) is not None:
            found = self.console.commands.find(line)
            if found is not None and found[0].name == "quit":
                return
            self._again = line if found is not None and found[0].name in REPEATED else ""
            self._carry_out(line)

    def say(self, *sentences: str) -> None:
        """Print sentences, each on lines of its own."""
        for sentence in filter(None, sentences):
            text = in_words(sentence)
            print(shown_freely(text, "ascii") if self._ascii else text, file=self._out, flush=True)

    def _next(self) -> str | None:
        """The next command; None at the end of them."""
        while True:
            if self._asks:
                print(PROMPT, end="", file=self._out, flush=True)
            try:
                line = self._lines.readline()
            except KeyboardInterrupt:
                if not self._asks:
                    raise
                self.say("", "Type quit to leave.")
                continue
            if not line:
                return None
            command = line.partition("#")[0].strip() or (self._again if self._asks else "")
            if command:
                if not self._asks:
                    self.say(f"{PROMPT}{command}")
                return command

    def _carry_out(self, line: str) -> None:
        try:
            for command in self._single(line):
                answer = self.console.run(command, _Patience(self).hear)
                self.say(*self._sentences(command, answer))
        except GradstepError as error:
            self.failed = True
            column = error.place.column if error.place else None
            at = f" It is about the line from character {column} on." if column else ""
            self.say(f"That did not work: {error.what}.{at}", error.hint)
        except KeyboardInterrupt:
            if not self._asks:
                raise
            self.say("", f"Stopped. {narrated(self.console.debugger)}")

    def _single(self, line: str) -> Iterable[str]:
        """Several steps are said one by one; the last one may come earlier than was asked for."""
        found = self.console.commands.find(line)
        if found is None or found[0].name not in ("step", "step back") or not found[1].isdecimal():
            yield line
            return
        name, count = found[0].name, int(found[1])
        for _ in range(count):
            before = self.console.debugger.position
            yield name
            if self.console.debugger.position == before:
                return

    def _sentences(self, line: str, answer: Answer) -> tuple[str, ...]:
        found = self.console.commands.find(line)
        if answer.moved or (found is not None and found[0].name == "where"):
            note = f"{answer.note}." if answer.note else ""
            return note, narrated(self.console.debugger)
        return (answer.text,)


REPEATED = frozenset(
    f"{unit}{way}"
    for unit in ("step", "line", "pass", "iteration", "epoch")
    for way in ("", " back")
) | {"continue", "reverse"}
"""Commands that enter alone gives again."""


class _Patience:
    """Says now and then how far a command is."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self._next = time.monotonic() + PATIENCE

    def hear(self, share: float) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PATIENCE
            self._narrator.say(f"{percent(share)} done")


def narrate(console: Console, notes: Iterable[str], *, ascii: bool = False) -> bool:
    """Read commands from standard input and narrate; whether each could be carried out."""
    lines = sys.stdin
    if isinstance(lines, io.TextIOWrapper):
        lines.reconfigure(errors="replace")
    narrator = Narrator(console, lines, sys.stdout, ascii=ascii or not speaks_unicode(sys.stdout))
    narrator.run(notes)
    return not narrator.failed or lines.isatty()
