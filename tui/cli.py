"""The commands. Only opening the debugger needs a terminal, and only then is Textual imported.

May import: engine's public face, the rest of tui; app and Textual when the debugger opens.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import TextIO

from engine import (
    ELEMENTS,
    MEMORY,
    SESSION_SUFFIX,
    Debugger,
    Experiment,
    GradstepError,
    Run,
    check_fields,
    derivation_latex,
    derivation_markdown,
    derivation_text,
    export_dot,
    export_numpy,
    export_pytorch,
    lessons,
    new_experiment,
    open_lesson,
    open_session,
    trace_lines,
)
from tui import autosave
from tui.checking import report_text
from tui.console import Console
from tui.numbers import number
from tui.progress import SLICE_SECONDS, Bar, advance
from tui.script import run_commands, script_lines
from tui.train import train

DONE, NO, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit status, as docs/formats.md promises."""

DEFAULT_LESSON = "two-layer"


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status. Errors go to standard error."""
    _prepare_output()
    try:
        status = _run(list(arguments))
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except GradstepError as error:
        print(f"gradstep: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("gradstep: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has left; that is its right. Keep the interpreter from complaining
        # when it flushes at exit.
        _discard_output()
        return DONE
    except OSError as error:
        _discard_output()
        print(f"gradstep: cannot write standard output: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    except SystemExit as leaving:  # argparse leaves for --help and for usage errors
        return leaving.code if isinstance(leaving.code, int) else BAD_INPUT


def _prepare_output() -> None:
    """Text gets out whatever the locale says: UTF-8 into files and pipes, the nearest sign else."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8")


def _discard_output() -> None:
    """Keep the interpreter from writing, and complaining, once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in COMMANDS:
        name, rest = arguments[0], arguments[1:]
        parser = argparse.ArgumentParser(prog=f"gradstep {name}", description=COMMANDS[name][0])
        return COMMANDS[name][1](parser, rest)
    return _open(arguments)


def _experiment_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a key of the experiment: training.learning_rate=0.5 (repeatable)",
    )
    parser.add_argument("--seed", type=_seed, help="replace training.seed")


def _seed(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError("a seed is a whole number of at least 0")
    return int(text)


def _experiment(options: argparse.Namespace) -> Experiment:
    """Open what the command line names, with a bar where its data take a while to read."""
    with Bar(f"reading {options.file}", 1.0) as bar:
        return open_lesson(
            options.file, overrides=options.overrides, seed=options.seed, progress=bar.show
        )


def _refuse_own_files(path: Path, options: argparse.Namespace, experiment: Experiment) -> None:
    """Output must not be written over the experiment, or over the data that it reads."""
    source = Path(options.file)
    data = experiment.document.get("data", {})
    read = [data[k] for k in ("csv", "npz") if isinstance(data.get(k), str)]
    for file, what in (
        (source, "is the experiment itself"),
        *((source.parent / name, "holds the experiment's data") for name in read),
    ):
        if path.exists() and file.exists() and path.samefile(file):
            raise GradstepError(f"{path} {what}", hint="give the output a name of its own")


# --- gradstep [FILE or LESSON] ------------------------------------------------------------------


def _open(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="gradstep",
        description="Step through backpropagation, forwards and backwards in time.",
        epilog="commands: "
        + "; ".join(f"{name}: {about}" for name, (about, _) in COMMANDS.items())
        + ". `gradstep COMMAND --help` says more.",
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
    parser.add_argument("--version", action="version", version=f"gradstep {_version()}")
    _session_options(parser)
    _refuse_misspelled_command(arguments)
    options = parser.parse_args(arguments)
    if options.resume:
        path = autosave.kept(options.file)
        options.file, options.data = str(path), options.data or autosave.data_of(path)
    options.file = options.file or DEFAULT_LESSON
    console, notes = _console(options)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        print(
            "gradstep: the debugger needs a terminal for its keyboard and its screen\n"
            "without one, `gradstep trace FILE` writes every event as a line of JSON",
            file=sys.stderr,
        )
        return BAD_INPUT
    from tui.app import GradstepApp

    app = GradstepApp(console, notes, keep=lambda: _keep(console))
    try:
        app.run()
    finally:  # also after a crash, of which Textual has printed what it knows
        kept = _keep(console)
    if kept is not None and sys.stdout is not None:
        print("gradstep: kept; `gradstep --resume` goes on from here")
    return app.return_code or DONE


def _keep(console: Console) -> Path | None:
    """Keep the session; where that fails, say so and let the reader go."""
    try:
        return autosave.keep(console.debugger, console.origin)
    except GradstepError as error:
        print(f"gradstep: the session was not kept: {error}", file=sys.stderr)
        return None


def _refuse_misspelled_command(arguments: list[str]) -> None:
    """`gradstep trcae FILE` means a command: say which, rather than look for a file."""
    word = arguments[0] if arguments else "-"
    near = get_close_matches(word, COMMANDS, 1)
    if near and word not in {lesson.name for lesson in lessons()} and not os.path.lexists(word):
        raise GradstepError(f"there is no command '{word}'", hint=f"did you mean '{near[0]}'?")


def _version() -> str:
    try:
        return version("gradstep")
    except PackageNotFoundError:
        return "(not installed)"


# --- gradstep lessons ---------------------------------------------------------------------------


def _lessons(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.parse_args(arguments)
    every = lessons()
    width = max(len(lesson.name) for lesson in every)
    for lesson in every:
        print(f"{lesson.name:<{width}}  {lesson.title}")
    print("\nopen one with: gradstep NAME")
    return DONE


# --- gradstep new -------------------------------------------------------------------------------


def _new(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.add_argument("file", metavar="FILE", help="the file to write; never overwritten")
    path = new_experiment(parser.parse_args(arguments).file)
    print(f"wrote {path}\nopen it with: gradstep {path}")
    return DONE


# --- gradstep trace -----------------------------------------------------------------------------


def _trace(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.add_argument("file", metavar="FILE", help="an experiment or the name of a lesson")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write there, not to standard output"
    )
    parser.add_argument(
        "--from", dest="first", metavar="ADDR", help="first event (default: e1.i1.1)"
    )
    parser.add_argument(
        "--to", dest="last", metavar="ADDR", help="last event (default: that of e1.i1)"
    )
    parser.add_argument("--at", metavar="ADDR", help="one event only")
    parser.add_argument("--all", action="store_true", help="the whole run")
    parser.add_argument(
        "--phase",
        choices=("batch", "forward", "backward", "update"),
        help="only events of this phase",
    )
    parser.add_argument("--node", metavar="NAME", help="only events that touch this node")
    _experiment_options(parser)
    options = parser.parse_args(arguments)
    if options.all and (options.first or options.last or options.at):
        parser.error("--all is the whole run: leave out --from, --to and --at")
    if options.at and (options.first or options.last):
        parser.error("--at is one event: leave out --from and --to")
    run = Run(_experiment(options))
    first, last = _range(run, options)
    advance(run, run.calendar.step(first), f"running to {run.calendar.address(first)}")
    lines = trace_lines(run, first, last, phase=options.phase, node=options.node)
    # The header comes before any file is touched: a wrong option must not cost an old trace.
    lines = chain([next(lines)], lines)
    _deliver(lines, options, run.experiment)
    return DONE


def _range(run: Run, options: argparse.Namespace) -> tuple[int, int]:
    """The first and the last event that are asked for."""
    calendar = run.calendar
    if options.all:
        return 1, calendar.total
    if options.at is not None:
        ordinal = calendar.parse(options.at)
        return ordinal, ordinal
    first = calendar.parse(options.first) if options.first else 1
    here = calendar.address(first)
    if options.last:
        last = calendar.parse(options.last, here, last=True)
    elif options.first:
        last = calendar.parse(f"e{here.epoch}.i{here.iteration}", last=True)
    else:
        last = calendar.events
    if last < first:
        raise GradstepError(
            f"--to {options.last} is before --from {options.first or 'e1.i1.1'}",
            hint="time in a trace goes forward: swap them",
        )
    return first, last


def _deliver(lines: Iterable[str], options: argparse.Namespace, experiment: Experiment) -> None:
    """Write lines to the file of ``-o``, whole or not at all, or to standard output."""
    if options.output is None:
        if sys.stdout is not None:
            _write(lines, sys.stdout)
        return
    path = Path(options.output)
    _refuse_own_files(path, options, experiment)
    partial = path.with_name(f"{path.name}.part")
    try:
        with partial.open("w", encoding="utf-8") as file:
            _write(lines, file)
        partial.replace(path)
    except OSError as error:
        raise GradstepError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)


def _write(lines: Iterable[str], file: TextIO) -> None:
    for line in lines:
        file.write(f"{line}\n")
    file.flush()


# --- gradstep export ----------------------------------------------------------------------------


def _export(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.add_argument("file", metavar="FILE", help="an experiment or the name of a lesson")
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument(
        "--numpy", action="store_true", help="the run as a script that needs NumPy alone"
    )
    kind.add_argument("--pytorch", action="store_true", help="the same run as a PyTorch script")
    kind.add_argument(
        "--dot", action="store_true", help="the graph with values and gradients, for Graphviz"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write there, not to standard output"
    )
    parser.add_argument(
        "--at", metavar="ADDR", help="for --dot: the event (default: the end of backward pass 1)"
    )
    _experiment_options(parser)
    options = parser.parse_args(arguments)
    if options.at and not options.dot:
        parser.error("--at is for --dot: a script is the whole run")
    experiment = _experiment(options)
    if options.dot:
        text = export_dot(experiment, options.at)
    else:
        text = export_numpy(experiment) if options.numpy else export_pytorch(experiment)
    _deliver(text.removesuffix("\n").split("\n"), options, experiment)
    return DONE


# --- gradstep train -----------------------------------------------------------------------------


def _train(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.add_argument("file", metavar="FILE", help="an experiment or the name of a lesson")
    parser.add_argument("--json", action="store_true", help="the result as one JSON object")
    parser.add_argument(
        "--csv", metavar="FILE", help="write loss and scalar parameters of every iteration there"
    )
    parser.add_argument("--at", metavar="ADDR", help="stop right after this event: e2.i3.17")
    _experiment_options(parser)
    options = parser.parse_args(arguments)
    experiment = _experiment(options)
    history = None if options.csv is None else Path(options.csv)
    if history is not None:
        _refuse_own_files(history, options, experiment)
    finished = train(experiment, at=options.at, as_json=options.json, history=history)
    if not finished:
        print("gradstep: interrupted", file=sys.stderr)
    return DONE if finished else INTERRUPTED


# --- gradstep check -----------------------------------------------------------------------------


def _check(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.add_argument("file", metavar="FILE", help="an experiment or the name of a lesson")
    parser.add_argument("--at", metavar="ADDR", help="check the iteration there (default: e1.i1)")
    parser.add_argument(
        "--elements",
        type=_elements,
        default=ELEMENTS,
        metavar="N",
        help=f"compare so many of a larger array, or 'all' (default: {ELEMENTS})",
    )
    parser.add_argument("--json", action="store_true", help="the table as one JSON object")
    _experiment_options(parser)
    options = parser.parse_args(arguments)
    debugger = Debugger(_experiment(options))
    if options.at is not None:
        _go(debugger, options.at)
    work = debugger.checking(options.elements, debugger.experiment.training.seed)
    with Bar("comparing", 1.0) as bar:
        while not work.advance(SLICE_SECONDS):
            bar.show(work.progress)
    report = work.report
    assert report is not None
    if options.json:
        print(json.dumps(check_fields(report), ensure_ascii=False, allow_nan=False))
    else:
        print(report_text(report, debugger.graph))
    return DONE if report.ok else NO


def _elements(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdecimal() or not int(text[:18]) >= 1:
        raise argparse.ArgumentTypeError("a whole number of at least 1, or 'all'")
    return int(text[:18])


# --- gradstep explain ---------------------------------------------------------------------------

WRITERS = {"latex": derivation_latex, "markdown": derivation_markdown, "text": derivation_text}


def _explain(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.add_argument("file", metavar="FILE", help="an experiment or the name of a lesson")
    parser.add_argument("node", metavar="NODE", help="a node, or one element: w1, 'W[0, 2]'")
    parser.add_argument(
        "--at", metavar="ADDR", help="the event (default: the end of e1.i1's backward pass)"
    )
    parser.add_argument(
        "--of",
        metavar="NODE",
        help="what is derived, if not the loss; of an array the sum of its numbers",
    )
    parser.add_argument(
        "--level",
        choices=("formula", "op"),
        default="formula",
        help="a factor for each formula (the default), or for each op",
    )
    form = parser.add_mutually_exclusive_group()
    for name in ("latex", "markdown"):
        form.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, default="text"
        )
    parser.add_argument(
        "--digits", type=_digits, default=6, metavar="N", help="significant digits (default: 6)"
    )
    _experiment_options(parser)
    options = parser.parse_args(arguments)
    debugger = Debugger(_experiment(options))
    backward = max(s.index for s in debugger.listing.steps if s.phase == "backward")
    _go(debugger, options.at or f".{backward}")
    derivation = debugger.derive(options.node, options.of, options.level)
    text = WRITERS[options.form](derivation, lambda value: number(value, options.digits))
    print(text.rstrip("\n"))
    return DONE


def _digits(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 17:
        raise argparse.ArgumentTypeError("a whole number from 1 to 17")
    return int(text[:9])


# --- gradstep quiz ------------------------------------------------------------------------------


def _quiz(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    from tui.quiz import ask, exported, questions_for  # 30 ms that no other command has to wait

    parser.epilog = (
        "The seed of the run also picks the questions: the same seed asks the same ones. Exit "
        "status 1 where a reply was not right. Without a terminal, replies are read line by line."
    )
    parser.add_argument("file", metavar="FILE", help="an experiment or the name of a lesson")
    parser.add_argument("--count", type=_count, default=10, help="how many (default: 10)")
    parser.add_argument("--at", metavar="ADDR", help="ask about this event and its iteration")
    parser.add_argument(
        "--export",
        choices=("md", "json"),
        help="write the questions and, behind them, the answers: a sheet for a class, or JSON",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write the export there, not to standard output"
    )
    _experiment_options(parser)
    options = parser.parse_args(arguments)
    if options.output is not None and options.export is None:
        parser.error("-o is where an export goes: add --export md or --export json")
    run = Run(_experiment(options))
    ordinal = run.calendar.parse(options.at) if options.at else 1
    advance(run, run.calendar.step(ordinal), f"running to {run.calendar.address(ordinal)}")
    asked = questions_for(run, ordinal, options.count)
    if options.export is None:
        return DONE if ask(run.experiment, asked) else NO
    _deliver([exported(run.experiment, asked, options.export)], options, run.experiment)
    return DONE


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 1000:
        raise argparse.ArgumentTypeError("a whole number from 1 to 1000")
    return int(text)


# --- gradstep run -------------------------------------------------------------------------------


def _run_script(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
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
    _session_options(parser)
    options = parser.parse_args(arguments)
    console, notes = _console(options)
    for note in notes:
        print(f"gradstep: {note}", file=sys.stderr)
    lines = [*(script_lines(options.script) if options.script else ()), *options.commands]
    return DONE if run_commands(console, lines, as_json=options.json) else NO


def _session_options(parser: argparse.ArgumentParser) -> None:
    """What opening a debugger takes, with a screen and without one."""
    _experiment_options(parser)
    parser.add_argument("--at", metavar="ADDR", help="start at an address: e2.i3.17")
    parser.add_argument(
        "--break",
        dest="stops",
        action="append",
        default=[],
        metavar="COND",
        help="stop where a condition is true: 'loss < 0.1' (repeatable)",
    )
    parser.add_argument(
        "--memory",
        type=_megabytes,
        default=MEMORY,
        metavar="MB",
        help=f"budget for going back in time, in MB (default: {MEMORY >> 20})",
    )
    parser.add_argument(
        "--data", metavar="FILE", help="where a session's data file lies, if not beside it"
    )


def _megabytes(text: str) -> int:
    try:
        size = float(text)
    except ValueError:
        size = math.nan
    if not 0.1 <= size <= 1e6:
        raise argparse.ArgumentTypeError("a number of megabytes is wanted, at least 0.1")
    return int(size * 2**20)


def _console(options: argparse.Namespace) -> tuple[Console, tuple[str, ...]]:
    """The debugger that the options ask for, and what its reader has to be told."""
    notes: tuple[str, ...] = ()
    if options.file.endswith(SESSION_SUFFIX):
        if options.overrides or options.seed is not None:
            raise GradstepError(
                "a session has its own settings: --set and --seed are for experiments",
                hint="change them inside, like  set learning_rate = 0.5",
            )
        with Bar(f"opening {options.file}", 1.0) as bar:
            opened = open_session(
                options.file, memory=options.memory, data=options.data, progress=bar.show
            )
        debugger, notes = opened.debugger, opened.notes
    else:
        if options.data is not None:
            raise GradstepError(
                "--data is for sessions: an experiment names its own data file",
                hint="change it with  --set data.csv=FILE",
            )
        debugger = Debugger(_experiment(options), memory=options.memory)
    for condition in options.stops:
        text = condition if condition.split()[:1] == ["if"] else f"if {condition}"
        debugger.stops.break_at(text)
    if options.at is not None:
        _go(debugger, options.at)
    return Console(debugger, memory=options.memory, origin=options.file), notes


def _go(debugger: Debugger, where: str) -> None:
    """Go to an address, with a bar where the way there is long."""
    ordinal = debugger.calendar.parse(where, debugger.address)
    advance(debugger.run, debugger.calendar.step(ordinal) + 1, f"running to {where}")
    debugger.goto(ordinal)


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser, list[str]], int]]] = {
    "lessons": ("list the built-in lessons", _lessons),
    "new": ("write a commented experiment to start from", _new),
    "trace": ("write the events as JSON Lines", _trace),
    "export": ("write the run as a NumPy or PyTorch script, or its graph", _export),
    "train": ("run it all without a screen: final loss and parameters", _train),
    "check": ("compare every gradient with differences", _check),
    "explain": ("the chain rule of a gradient, with its numbers", _explain),
    "quiz": ("ask questions about a run, or write a sheet of them", _quiz),
    "run": ("carry out debugger commands without a screen", _run_script),
}
