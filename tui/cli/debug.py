"""``gradstep [FILE]``: the debugger itself, the one command that needs a terminal.

May import: engine's public face, autosave; app and Textual when the debugger opens.
Imported by: the commands.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import engine
from engine import SESSION_SUFFIX, GradstepError, lesson_paths
from tui.cli import BAD_INPUT, COMMANDS, DONE
from tui.cli.display import display_options, picture_options, settings_of, suited
from tui.cli.options import session_options

if TYPE_CHECKING:
    from engine import Experiment
    from tui.app import Opening
    from tui.console import Console
    from tui.settings import Settings

DEFAULT_LESSON = "two-layer"

DRIVER = "TEXTUAL_DRIVER"
"""Names what takes the place of the terminal, such as the browser of `gradstep serve`."""


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.epilog = (
        "commands: "
        + "; ".join(f"{name}: {about}" for name, (about, _) in COMMANDS.items())
        + ". `gradstep COMMAND --help` says more."
    )
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="an experiment (*.toml), the name of a lesson, or a session (*.gradstep) "
        f"(default: {DEFAULT_LESSON})",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on where the debugger was left: with FILE, or with what was left last",
    )
    parser.add_argument("--version", action=_Version, help="show program's version number and exit")
    session_options(parser)
    parser.add_argument(
        "--plain",
        action="store_true",
        help="no screen: commands line by line, and each step in a sentence",
    )
    display_options(parser)
    picture_options(parser)
    _refuse_misspelled_command(arguments)
    options = parser.parse_args(arguments)
    if options.keys is not None and options.screenshot is None:
        parser.error("--keys is for --screenshot")
    if options.print_config:
        from tui.settings import default_config

        print(default_config(), end="")
        return DONE
    settings = settings_of(options)
    # From here on it is the debugger that is wanted. What is loaded and made until its first frame
    # stays: looking through it for garbage again and again takes a sixth of the time. The screen
    # switches collection on when it has settled.
    gc.disable()
    from tui import autosave

    if options.resume:
        path = autosave.kept(options.file)
        options.lesson = options.file  # whose experiment may stand elsewhere, and in the session
        options.file, options.data = str(path), options.data or autosave.data_of(path)
    options.file = options.file or DEFAULT_LESSON
    if options.plain:
        return _plain(*_console(options, settings), settings)
    if options.screenshot is not None:
        return _picture(options, *_console(options, settings), settings)
    served = DRIVER in os.environ
    if not served and not (sys.stdin.isatty() and sys.stderr.isatty()):
        _console(options, settings)  # what is wrong with the file comes first
        print(
            "gradstep: the debugger needs a terminal for its keyboard and its screen\n"
            "without one, --plain tells the run in sentences, and `gradstep trace FILE` writes\n"
            "every event as a line of JSON",
            file=sys.stderr,
        )
        return BAD_INPUT
    from tui.app import GradstepApp
    from tui.digits import shown_with
    from tui.prompt_history import History, history_path
    from tui.settings import keep_theme, kept_theme

    opening, notes = _opening(options, settings)
    app = GradstepApp(
        opening,
        notes,
        keep=_keep,
        history=History(history_path()),
        settings=suited(settings, kept_theme(), os.environ, sys.stderr),
        # A theme that is asked for each time is not to be replaced by that of one time.
        remember=(lambda name: None) if settings.theme else keep_theme,
        first_time=autosave.first_time(),
    )
    try:
        with shown_with(settings.digits, settings.exponents):
            app.run(mouse=settings.mouse)
    finally:  # also after a crash, of which Textual has printed what it knows
        if app.is_open:
            _leave(app.interpreter, silent=served)  # a server reads what is written
    if app.failure is not None:
        raise app.failure
    return app.return_code or DONE


def _opening(
    options: argparse.Namespace, settings: Settings
) -> tuple[Console | Opening, tuple[str, ...]]:
    """What to debug as far as it is opened before there is a screen: all that the reader wrote.

    So what is wrong with it is said where it was typed. What cannot fail, and takes no time that
    one would notice, waits until the screen stands. Raises `GradstepError`.
    """
    from tui.cli.opening import experiment_of

    if options.file.endswith(SESSION_SUFFIX) or options.at or options.stops or options.data:
        return _console(options, settings)
    ours = options.file in lesson_paths() and not os.path.lexists(options.file)
    if ours and not options.overrides and options.seed is None:
        return lambda: _console(options, settings), ()
    experiment = experiment_of(options)
    if engine.open_plan(options.file) is not None:
        return _console(options, settings, experiment)
    return lambda: _console(options, settings, experiment), ()


def _console(
    options: argparse.Namespace, settings: Settings, experiment: Experiment | None = None
) -> tuple[Console, tuple[str, ...]]:
    """What is to be debugged, and what its reader has to be told. Raises `GradstepError`."""
    from tui import autosave
    from tui.cli.session import console_of

    reader = options.screenshot is None
    console, notes = console_of(options, settings.table, interactive=reader, experiment=experiment)
    if reader:
        console.keep_session = lambda: autosave.keep(
            console.debugger, console.origin, console.guide
        )
    return console, notes


def _picture(
    options: argparse.Namespace, console: Console, notes: Iterable[str], settings: Settings
) -> int:
    """A picture of the screen after some keys; nothing is kept."""
    from tui.app import GradstepApp
    from tui.cli.picture import pressed, take_picture
    from tui.digits import shown_with

    path = Path(options.screenshot)
    keys = list(pressed(options.keys or ""))
    with shown_with(settings.digits, settings.exponents):
        take_picture(GradstepApp(console, notes, settings=settings), path, options.size, keys)
    print(f"wrote {path}")
    return DONE


def _plain(console: Console, notes: Iterable[str], settings: Settings) -> int:
    """The debugger in sentences."""
    from tui.cli.plain import narrate
    from tui.digits import shown_with

    gc.enable()
    for number in ("SIGHUP", "SIGTERM"):  # so that the session is kept then, too
        if hasattr(signal, number):
            signal.signal(getattr(signal, number), lambda number, _: sys.exit(128 + number))
    try:
        with shown_with(settings.digits, settings.exponents):
            done = narrate(console, notes, ascii=settings.glyphs == "ascii")
    finally:
        _leave(console)
    return DONE if done else BAD_INPUT


def _leave(console: Console, *, silent: bool = False) -> None:
    """Keep the session, and say so."""
    if _keep(console) is not None and not silent:
        print("gradstep: kept; `gradstep --resume` goes on from here")


def _keep(console: Console) -> Path | None:
    """Keep the session; where that fails, say so and let the reader go."""
    from tui import autosave

    try:
        return autosave.keep(console.debugger, console.origin, console.guide)
    except GradstepError as error:
        print(f"gradstep: the session was not kept: {error}", file=sys.stderr)
        return None


def _refuse_misspelled_command(arguments: list[str]) -> None:
    """`gradstep trcae FILE` means a command: say which, rather than look for a file."""
    word = arguments[0] if arguments else "-"
    near = [] if word.startswith("-") else get_close_matches(word, COMMANDS, 1)
    if near and word not in lesson_paths() and not os.path.lexists(word):
        raise GradstepError(f"there is no command '{word}'", hint=f"did you mean '{near[0]}'?")


class _Version(argparse.Action):
    """``--version``: looks it up only where it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("gradstep")
        except PackageNotFoundError:
            found = "(not installed)"
        print(f"gradstep {found}")
        parser.exit()
