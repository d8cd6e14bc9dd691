"""The commands: a table of them, each in a file of its own, which is loaded when it is called.

So `--version`, `--help` and `lessons` answer without NumPy, and only the debugger needs a terminal
and Textual. May import: engine's public face.   Imported by: __main__.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TextIO

from engine import GradstepError

DONE, NO, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit status, as docs/formats.md promises."""

Main = Callable[[argparse.ArgumentParser, list[str]], int]
"""Takes a command's parser, which it completes, and the command line; its exit status."""


def _in(name: str) -> Main:
    """The `main` of a file of this folder, loaded when it is called."""

    def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
        return import_module(f"tui.cli.{name}").main(parser, arguments)

    return main


COMMANDS: dict[str, tuple[str, Main]] = {
    "lessons": ("list the lessons of the course, and other experiments", _in("lessons")),
    "new": ("write a commented experiment, or a lesson, to start from", _in("new")),
    "trace": ("write the events as JSON Lines", _in("trace")),
    "export": ("write the run as a NumPy or PyTorch script, or its graph", _in("export")),
    "train": ("run it all without a screen: final loss and parameters", _in("train")),
    "check": ("compare every gradient with differences, or a lesson with its run", _in("check")),
    "explain": ("the chain rule of a gradient, with its numbers", _in("explain")),
    "quiz": ("ask questions about a run, or write a sheet of them", _in("quiz")),
    "run": ("carry out debugger commands without a screen", _in("script")),
    "serve": ("the debugger in a browser, on this machine", _in("serve")),
}


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status. Errors go to standard error."""
    _prepare_streams()
    try:
        status = _run(list(arguments))
        sys.stdout.flush()
        return status
    except GradstepError as error:
        _complain(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has left; that is its right. Keep the interpreter from complaining
        # when it flushes at exit.
        _discard(sys.stdout)
        return DONE
    except OSError as error:
        _discard(sys.stdout)
        _complain(f"cannot write standard output: {error.strerror}")
        return BAD_INPUT
    except SystemExit as leaving:  # argparse leaves for --help and for usage errors
        return leaving.code if isinstance(leaving.code, int) else BAD_INPUT


def _prepare_streams() -> None:
    """Text gets out whatever the locale says: UTF-8 into files and pipes, the nearest sign else.

    A stream that was closed leads nowhere, so that no file that is opened comes in its place.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8")


def _complain(text: str) -> None:
    """Say what is wrong, if it can be said: the exit status tells it in any case."""
    try:
        print(f"gradstep: {text}", file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Keep the interpreter from writing, and complaining, once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in COMMANDS:
        name, rest = arguments[0], arguments[1:]
        parser = argparse.ArgumentParser(prog=f"gradstep {name}", description=COMMANDS[name][0])
        return COMMANDS[name][1](parser, rest)
    parser = argparse.ArgumentParser(
        prog="gradstep",
        description="Step through backpropagation, forwards and backwards in time.",
    )
    return _in("debug")(parser, arguments)
