"""``gradstep run``: commands without a screen, from the command line or a file.

A broken net becomes a test: the exit status says whether a question was answered with no.
May import: engine's public face, console.   Imported by: the table of commands.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from engine import GradstepError
from tui.cli import DONE, NO
from tui.cli.options import session_options
from tui.cli.session import console_of
from tui.console import Console, fields_line


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.add_argument(
        "file", metavar="FILE", help="an experiment, the name of a lesson, or a session"
    )
    parser.add_argument(
        "-c",
        "--command",
        dest="commands",
        action="append",
        default=[],
        metavar="COMMAND",
        help="what would be typed behind ':' in the debugger (repeatable)",
    )
    parser.add_argument(
        "--script", metavar="FILE", help="commands from a file, one a line; - is standard input"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object for each command")
    session_options(parser)
    options = parser.parse_args(arguments)
    console, notes = console_of(options)
    for note in notes:
        print(f"gradstep: {note}", file=sys.stderr)
    lines = [*(script_lines(options.script) if options.script else ()), *options.commands]
    return DONE if run_commands(console, lines, as_json=options.json) else NO


def script_lines(path: str) -> Iterator[str]:
    """The commands of a script: one a line, `#` starts a comment; `-` is standard input."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise GradstepError(f"cannot read the script {path}: {reason}") from None
    for line in text.splitlines():
        command = line.split("#", 1)[0].strip()
        if command:
            yield command


def run_commands(
    console: Console, lines: Iterable[str], *, as_json: bool, out: TextIO | None = None
) -> bool:
    """Carry out commands one after the other and print what they answer.

    Returns whether no question was answered with no. Raises `GradstepError` at the first command
    that cannot be carried out; what came before it is printed.
    """
    out = out or sys.stdout
    every = True
    for line in lines:
        try:
            answer = console.run(line)
        except GradstepError as error:
            if as_json:
                fields = {"command": line, "ok": None, "error": error.what, "hint": error.hint}
                print(json.dumps(fields, ensure_ascii=False), file=out, flush=True)
            raise
        every = every and answer.ok
        print(fields_line(line, answer) if as_json else answer.text, file=out, flush=True)
    return every
