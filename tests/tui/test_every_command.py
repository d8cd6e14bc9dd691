"""Every command three ways: by its key, typed at the prompt, and chosen in the palette.

Three readers go through the same story, one command after the other, each in a way of their own.
What a command is expected to show stands in a table; a command without a line in it fails, and so
does one that shows something else to one of the three, or nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.events import Key
from textual.widgets import Input, OptionList

from tests.tui.screens import Session, opened
from tui.app import GradstepApp
from tui.catalogue import CATALOGUE
from tui.commands import BY_NAME, COMMANDS, Command
from tui.keys import spelled
from tui.widgets.prompt import Prompt

LESSON = "two-layer-csv"
SIZE = (80, 24)
HERE = "e2.i3.10"
"""Where each command finds the cursor: in the middle of a backward pass, between two epochs."""


@dataclass(frozen=True)
class Seen:
    """What a reader has before the eyes, and what the program would go on with."""

    at: str
    timeline: str
    sheet: str
    """What stands over the debugger, if anything."""
    views: tuple[str, ...]
    """The views that are on the screen."""
    focus: str
    prompt: str
    note: str
    stops: tuple[str, ...]
    bookmarks: tuple[str, ...]
    origin: str
    clipboard: str
    theme: str
    playing: str
    gone: tuple[str, ...]
    """Whether the program was left, and how."""
    files: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join((*self.lines, self.note, *self.stops))


def seen(session: Session, folder: Path, gone: list[str]) -> Seen:
    app, screen = session.app, session.screen
    debugger, top, focus = app.debugger, app.screen, screen.focused
    prompt = screen.query_one(Prompt)
    return Seen(
        at=session.at,
        timeline=debugger.position.timeline,
        sheet="" if top is screen else type(top).__name__,
        views=tuple(kind.name for kind in CATALOGUE if screen._stage.shows(kind.name)),
        focus=(focus.id or type(focus).__name__) if focus is not None else "",
        prompt=f":{prompt.before}{prompt.text}" if prompt.display else "",
        note=screen._note,
        stops=tuple(f"{stop} on" if stop.enabled else f"{stop} off" for stop in debugger.stops),
        bookmarks=tuple(mark.name for mark in debugger.bookmarks),
        origin=app.interpreter.origin,
        clipboard=app.clipboard,
        theme=app.theme,
        playing=screen._playing.pace,
        gone=tuple(gone),
        files=tuple(sorted(path.name for path in folder.iterdir())),
        # The palette remembers nothing, but what lies below it may still be being painted.
        lines=tuple(session.lines()) if not isinstance(top, CommandPalette) else (),
    )


Expected = str | Callable[[Seen], bool]
"""A part of what can be read then, or what has to be so."""


@dataclass(frozen=True)
class Case:
    """A command in a situation, and what it is expected to show."""

    shows: Expected
    rest: str = ""
    """What stands behind its name, typed or asked for."""
    before: tuple[str, ...] = ()
    """Commands that lead to the situation; what begins with ! is an action of the screen."""

    def holds(self, after: Seen) -> bool:
        return self.shows in after.text if isinstance(self.shows, str) else self.shows(after)


# --- what is expected ---------------------------------------------------------------------------


def at(address: str) -> Expected:
    return lambda after: after.at == address and address in after.text


def on_sheet(name: str, words: str = "") -> Expected:
    return lambda after: after.sheet == name and words in after.text


def in_view(name: str) -> Expected:
    return lambda after: name in after.views and after.focus == name


def asks(line: str) -> Expected:
    return lambda after: after.prompt == line


def stops(*lines: str) -> Expected:
    return lambda after: after.stops == lines


def on_timeline(name: str) -> Expected:
    return lambda after: after.timeline == name and name in after.text


STOP = "break loss"
WATCH = "watch w1"
FORK = "set w1 = 2"
LESSON_2 = ("learn forward-pass", "lesson 2")

CASES: dict[str, Case] = {
    "step": Case(at("e2.i3.11")),
    "step back": Case(at("e2.i3.9")),
    "line": Case(at("e2.i3.14")),
    "line back": Case(at("e2.i3.9")),
    "pass": Case(at("e2.i3.19")),
    "pass back": Case(at("e2.i3.9")),
    "iteration": Case(at("e2.i4.10")),
    "iteration back": Case(at("e2.i2.10")),
    "epoch": Case(at("e3.i3.10")),
    "epoch back": Case(at("e1.i3.10")),
    "play": Case("4 events/s"),
    "faster": Case("speed: 8 events a second"),
    "slower": Case("speed: 4 events a second"),
    "goto": Case(at("e3.i1.2"), "e3.i1.2"),
    "start": Case(at("e1.i1.1")),
    "end": Case(at("e40.i5.23")),
    "where": Case(on_sheet("AnswerScreen", f"{HERE}  backward")),
    "back": Case(at("e1.i1.2"), before=("goto e1.i1.2", f"goto {HERE}")),
    "forward": Case(at("e1.i1.3"), before=("goto e1.i1.2", "goto e1.i1.3", "back")),
    "bookmark": Case(lambda after: after.bookmarks == ("1",) and "bookmark 1 at" in after.note),
    "visit": Case(at("e1.i1.4"), before=("goto e1.i1.4", "bookmark best", f"goto {HERE}")),
    "bookmarks": Case(on_sheet("AnswerScreen", "best"), before=("bookmark best",)),
    "unmark": Case("bookmark best is gone", "best", ("bookmark best",)),
    "stop": Case(
        lambda after: after.note == "stopped" and not after.playing,
        before=("!speed(0.125)", "!play"),
    ),
    "continue": Case("breakpoint 1: g", before=("break g", f"goto {HERE}")),
    "reverse": Case(at("e2.i3.5"), before=("break g", f"goto {HERE}")),
    "break": Case(stops("break line 6 on")),
    "tbreak": Case(stops("break g on"), "g"),
    "watch": Case(stops("watch w1 on"), "w1"),
    "display": Case(stops("watch w1 off"), "w1"),
    "stops": Case(on_sheet("AnswerScreen", "break loss"), before=(STOP,)),
    "watches": Case(in_view("watches"), before=(WATCH,)),
    "unstop": Case(stops(), "1", (STOP,)),
    "enable": Case(stops("break loss on"), "1", (STOP, "disable 1")),
    "disable": Case(stops("break loss off"), "1", (STOP,)),
    "ignore": Case("stop 1 passes over 3 hits", "1 3", (STOP,)),
    "why": Case(on_sheet("AnswerScreen", "(y - g)**2")),
    "explain": Case(on_sheet("AnswerScreen", "∂loss/∂w1"), "w1"),
    "samples": Case(on_sheet("AnswerScreen", "samples w1"), before=("goto e2.i3.19",)),
    "check": Case(on_sheet("AnswerScreen", "w1")),
    "quiz": Case(on_sheet("QuizScreen")),
    "last": Case("w1 changed here", "w1"),
    "when": Case(on_sheet("AnswerScreen", "loss < 1: "), "loss < 1"),
    "never": Case(on_sheet("AnswerScreen", "loss < 1: "), "loss < 1"),
    "expect": Case(f"loss < 0 is not true at {HERE}", "loss < 0"),
    "print": Case("1 + 1 = 2", "1 + 1"),
    "set": Case(on_timeline("other"), "w1 = 2 as other"),
    "drop": Case(on_timeline("other"), "2 as other"),
    "skip": Case(on_timeline("fork-1")),
    "timelines": Case(on_sheet("AnswerScreen", "fork-1"), before=(FORK,)),
    "switch": Case(on_timeline("main"), "main", (FORK,)),
    "compare": Case(on_sheet("AnswerScreen", "differ"), "main", (FORK,)),
    "rename": Case(on_timeline("mine"), "fork-1 mine", (FORK,)),
    "forget": Case("fork-1", "fork-1", (FORK, "switch main")),
    "lesson next": Case("step 3 of", before=LESSON_2),
    "lesson back": Case("step 1 of", before=LESSON_2),
    "lesson": Case(on_sheet("AnswerScreen", "step 2 of"), before=LESSON_2),
    "answer": Case("right", "0.75", LESSON_2),
    "hint": Case("h = w1·x + b1", before=LESSON_2),
    "solution": Case("0.75", before=LESSON_2),
    "lessons": Case(on_sheet("LessonsScreen", "─ lessons ─")),
    "learn": Case(lambda after: after.origin == "xor", "xor"),
    "next panel": Case(lambda after: after.focus == "listing"),
    "panel back": Case(in_view("listing"), before=("!view('graph')",)),
    "deeper": Case(in_view("derivation"), before=("!view('derivation')",)),
    "less deep": Case(in_view("derivation"), before=("!view('derivation')", "!level('op')")),
    "target": Case("the derivation is of h", "h"),
    "element": Case("∂loss/∂h[2]", "h[2]", ("goto e2.i3.19",)),
    "fold": Case("formulas"),
    "affects": Case(on_sheet("InfluenceScreen", "affects")),
    "affected by": Case(on_sheet("InfluenceScreen", "affected by")),
    "next sample": Case("sample 2 of 10"),
    "sample back": Case("sample 2 of 10", before=("!sample(1)", "!sample(1)")),
    "sample": Case("sample 4 of 10", "4"),
    "alone": Case("sample 1 of 1", before=("goto e1.i1.19",)),
    "zoom": Case(lambda after: after.views == ("graph", "timeline"), before=("!view('graph')",)),
    **{f"view {kind.name}": Case(in_view(kind.name)) for kind in CATALOGUE},
    "timeline run": Case("", before=("!span('epoch')",)),
    "timeline epoch": Case("", before=("!span('run')",)),
    "timeline iteration": Case("", before=("!span('run')",)),
    "views": Case(on_sheet("ViewsScreen", "layers of units")),
    "next plot": Case("2 of", before=("plot loss",)),
    "previous plot": Case("1 of", before=("plot loss", "!turn_plot(1)")),
    "plot": Case("w1**2", "w1**2"),
    "follow": Case(lambda after: not after.focus, before=("!view('graph')",)),
    "theme": Case(lambda after: after.theme == "gradstep-light"),
    "copy": Case(lambda after: after.clipboard.startswith("[0.00144562618169")),
    "write": Case(lambda after: "mine.md" in after.files, "mine.md", ("goto e2.i3.19",)),
    "screenshot": Case(lambda after: "gradstep-1.svg" in after.files),
    "save": Case(lambda after: "mine.gradstep" in after.files, "mine", (STOP,)),
    "load": Case(stops("break loss on"), "old", (STOP, "save old", f"learn {LESSON}")),
    "command": Case(asks(":")),
    "search": Case(on_sheet("SearchScreen", "w1")),
    "tour": Case("tour"),
    "help": Case(on_sheet("HelpScreen", "step through time")),
    "palette": Case(on_sheet("Palette")),
    "suspend": Case(lambda after: after.gone == ("suspended",)),
    "quit": Case(lambda after: after.gone == ("left",)),
}


async def stroke(session: Session, *keys: str) -> None:
    """Keys by Textual's names, and what they lead to."""
    for key in keys:
        sign = " " if key == "space" else spelled(key)
        session.app.post_message(Key(key, sign if len(sign) == 1 and sign.isascii() else None))
    await session.breath()


async def typed(session: Session, text: str) -> None:
    await session.breath(text, "enter")


# --- the three ways -----------------------------------------------------------------------------


async def by_key(session: Session, command: Command, case: Case) -> None:
    await stroke(session, command.keys[0])
    await answered(session, command, case)


async def by_prompt(session: Session, command: Command, case: Case) -> None:
    await stroke(session, "colon")
    await typed(session, f"{command.name} {case.rest}".strip())


async def by_palette(session: Session, command: Command, case: Case) -> None:
    if command.name == "palette":
        await by_prompt(session, command, case)
        return
    session.app.post_message(Key("ctrl+p", None))
    while not (isinstance(session.app.screen, CommandPalette) and session.app.screen.is_mounted):
        await asyncio.sleep(0)
    palette = session.app.screen
    # At once: the list of everything that an empty line finds takes longer than the search.
    palette.query_one(Input).value = command.name
    options, end = palette.query_one(OptionList), time.monotonic() + 5
    place = None
    while place is None and time.monotonic() < end:
        await asyncio.sleep(0.002)
        hits = [options.get_option_at_index(i) for i in range(options.option_count)]
        place = next((i for i, hit in enumerate(hits) if _title(hit) == command.name), None)
    assert place is not None, "the palette does not find it"
    options.highlighted = place
    await stroke(session, "enter")
    while isinstance(session.app.screen, CommandPalette) and command.name != "palette":
        await asyncio.sleep(0)
    await session.settled()
    await answered(session, command, case)


def _title(option: Any) -> str:
    return str(option.hit.text) if hasattr(option, "hit") else ""


async def answered(session: Session, command: Command, case: Case) -> None:
    """Type what the command asks for."""
    prompt = session.screen.query_one(Prompt)
    if prompt.display and command.name != "command":
        whole = f"{command.name} {case.rest}"
        asked = prompt.before + prompt.text
        assert whole.startswith(asked), f"it asks for the rest of '{asked}'"
        await typed(session, whole[len(asked) :])


WAYS = {"key": by_key, "prompt": by_prompt, "palette": by_palette}


# --- the story ----------------------------------------------------------------------------------


async def come(session: Session, case: Case, folder: Path) -> None:
    """Into the situation of a case, out of whatever the one before has led to."""
    screen = session.screen
    for path in folder.iterdir():
        path.unlink()
    await stroke(session, *["escape"] * 6)
    screen._playing.pause()
    await screen.run_action("span('run')")
    for line in (f"learn {LESSON}", f"goto {HERE}", *case.before):
        if line.startswith("!"):
            await screen.run_action(line[1:])
        else:
            screen.execute(line)
    await session.settled()
    while not recorded(session):
        await asyncio.sleep(0)
    await session.settled()


def recorded(session: Session) -> bool:
    """Whether all is drawn that will be: the bar and the plots show how far a run is recorded."""
    run = session.app.debugger.run
    return run.done == run.calendar.steps


async def tell(way: str, folder: Path, patch: pytest.MonkeyPatch) -> dict[str, tuple[Seen, Seen]]:
    """What was seen before and after each command, by one who does it in this way."""
    folder.mkdir()
    patch.chdir(folder)
    story: dict[str, tuple[Seen, Seen]] = {}
    gone: list[str] = []
    patch.setattr(GradstepApp, "exit", lambda *_, **__: gone.append("left"))
    patch.setattr(GradstepApp, "action_suspend_process", lambda _: gone.append("suspended"))
    patch.setattr(GradstepApp, "delay_update", lambda *_: None)  # the palette's, against flicker
    async with opened(LESSON, SIZE) as session:
        for name, case in CASES.items():
            if way == "key" and not BY_NAME[name].keys:
                continue
            with session.app.batch_update():  # nobody looks at what comes before
                await come(session, case, folder)
            await session.settled()
            gone.clear()
            before = seen(session, folder, gone)
            try:
                with session.app.batch_update():
                    await WAYS[way](session, BY_NAME[name], case)
                await session.settled()
                after, end = seen(session, folder, gone), time.monotonic() + 1
                while not (case.holds(after) and recorded(session)) and time.monotonic() < end:
                    await asyncio.sleep(0.002)
                    after = seen(session, folder, gone)
            except AssertionError as error:
                raise AssertionError(f"{name}, {way}: {error}") from error
            story[name] = before, after
        patch.undo()
    return story


def difference(one: Seen, other: Seen) -> dict[str, tuple[Any, Any]]:
    """What the two saw, where that is not the same."""
    pairs = {f.name: (getattr(one, f.name), getattr(other, f.name)) for f in fields(Seen)}
    lines = [p for p in zip(one.lines, other.lines, strict=False) if p[0] != p[1]]
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]} | (
        {"lines": (lines[0])} if lines else {}
    )


def test_every_command_has_a_case() -> None:
    assert list(CASES) == [command.name for command in COMMANDS]


async def test_every_command_does_the_same_by_key_at_the_prompt_and_in_the_palette(
    tmp_path: Path,
) -> None:
    stories = {}
    for way in WAYS:
        with pytest.MonkeyPatch.context() as patch:
            stories[way] = await tell(way, tmp_path / way, patch)
    wrong: list[str] = []
    for name, case in CASES.items():
        for way, (before, after) in ((w, s[name]) for w, s in stories.items() if name in s):
            if before == after:
                wrong.append(f"{name}, {way}: nothing happens")
            elif not case.holds(after):
                wrong.append(f"{name}, {way}: {difference(before, after)}")
            elif unlike := difference(stories["prompt"][name][1], after):
                wrong.append(f"{name}: at the prompt, and by {way}: {unlike}")
    assert not wrong, "\n".join(wrong)
