"""What the prompt is opened for, and what is done with the line that was typed.

May import: engine's public face, tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from engine import SESSION_SUFFIX, Debugger, GradstepError, lessons
from tui.completion import Vocabulary, Word
from tui.console import Console
from tui.prompt_history import History
from tui.table import DEFAULT, CommandTable
from tui.views.look import Look
from tui.views.names import Names
from tui.widgets.prompt import Prompt

MOST_FILES = 200
"""Files of a folder that are offered at most."""


class Host(Protocol):
    """What the prompt works for: the debugger's screen."""

    look: Look

    @property
    def debugger(self) -> Debugger: ...

    @property
    def interpreter(self) -> Console: ...

    def begin(self, line: str) -> None: ...

    async def run_action(self, action: str) -> object: ...

    def call_later(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool: ...


class Prompting:
    """Opens the prompt, and carries out its line or says what is wrong with it."""

    def __init__(self, host: Host, history: History | None = None) -> None:
        self._host = host
        self._names = Names(host.debugger, host.interpreter.commands)
        self.prompt = Prompt(self.enter, history, host.interpreter.commands)

    @property
    def names(self) -> Names:
        """The names of the debugger that is looked at: `load` puts another one in its place."""
        if self._names.debugger is not self._host.debugger:
            self._names = Names(self._host.debugger, self._host.interpreter.commands)
        return self._names

    def ask(self, typed: str = "", question: str = "") -> None:
        """Ask for a command; the beginning of one may stand there already.

        `question` says what is wanted, where that is more than the command's usage says.
        """
        if not self.prompt.is_mounted:  # a click may come before the first frame has settled
            self._host.call_later(self.ask, typed, question)
            return
        self.prompt.open(self._vocabulary(), typed=typed, question=question, elsewhere=elsewhere)

    def ask_for_address(self) -> None:
        """Ask where to go."""
        question = f"e2.i3.17 · e2.i3 · e2 · .17   from {self._host.debugger.address}"
        self.prompt.open(self._vocabulary(), label="go to", before="goto ", question=question)

    def _vocabulary(self) -> Vocabulary:
        guide = self._host.interpreter.guide
        return self.names.vocabulary(self._host.look, guide.question if guide else None)

    async def enter(self, line: str) -> None:
        """Carry out what was typed; what is wrong with it is said where it stands."""
        before = self.prompt.before
        rest = line.removeprefix(before)
        if not rest.strip():
            self.prompt.close()
            return
        if before and rest.lstrip().startswith(before):
            line = rest.lstrip()  # whoever types the command once more means it once
        try:
            found = self._host.interpreter.commands.find(line)
            if found is not None and (found[0].is_looked or (found[0].acts and not found[1])):
                command, rest = found
                if rest:
                    raise GradstepError(f"'{command.name}' takes nothing; '{rest}' came")
                self.prompt.close()
                await self._host.run_action(command.action)
                return
            self._host.begin(line)
            self.prompt.close()
        except GradstepError as error:
            column, width = mistake(error, line, self._host.interpreter.commands)
            what = "; ".join(filter(None, (error.what, error.hint)))
            self.prompt.complain(what, column, width)


def mistake(
    error: GradstepError, line: str, commands: CommandTable = DEFAULT
) -> tuple[int | None, int]:
    """Which part of a line an error is about: its column from 1, and how wide it is.

    Errors of expressions say where they are. Others name what came: where those words stand in
    the line, the last time, is the place. Else it is all that stands behind the command's name.
    """
    place = error.place
    if place is not None and place.column is not None and place.source == line.rstrip():
        return place.column, place.width
    found = commands.find(line)
    rest = (found[1] if found is not None else "") or line.strip()
    if not rest:
        return None, 1
    start = line.rindex(rest)
    for words in _named(error.what):
        pattern = rf"(?<!\w){re.escape(words)}(?!\w)"
        if there := list(re.finditer(pattern, rest)):
            return start + there[-1].start() + 1, len(words)
    return start + 1, len(rest)


def _named(what: str) -> Iterator[str]:
    """What a message names as having come: in quotes, an element, an address, a number."""
    yield from re.findall(r"'([^']+)'", what)
    yield from re.findall(r"\w+\[[^]]*\]|\be\d[\w.]*|\b\d+\b", what)


def elsewhere(kind: str, typed: str) -> Iterator[Word]:
    """What can be typed that no debugger knows of."""
    if kind == "LESSON":
        yield from (Word(lesson.name, "lesson", lesson.title) for lesson in lessons())
    else:
        yield from files(typed)


def files(typed: str) -> Iterator[Word]:
    """Sessions and folders whose path goes on from what was typed."""
    head, slash, tail = typed.rpartition("/")
    folder = Path(os.path.expanduser(head + slash))
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return
    hidden = tail.startswith(".")
    shown = 0
    for path in paths:
        if not path.name.startswith(tail) or (path.name.startswith(".") and not hidden):
            continue
        if not path.name.isprintable() or shown == MOST_FILES:
            continue
        if path.is_dir():
            yield Word(f"{head}{slash}{path.name}/", "folder")
        elif path.suffix == SESSION_SUFFIX:
            yield Word(f"{head}{slash}{path.name}", "session")
        else:
            continue
        shown += 1
