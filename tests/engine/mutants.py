"""Experiment files with something wrong in them, opened in a process of their own.

    python -m tests.engine.mutants SEED HOW_MANY

Each is opened, and one iteration of it is run and looked at. The process has a limit on memory and
each file one on time; whatever would run code or open a file that is none of its business is
noted. Prints what went wrong, as JSON lines, and last how many were refused and how many ran.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine
from engine import Debugger, GradstepError, open_experiment
from tests.engine.test_timelines import BATCHES
from tests.strategies import TWO_LAYERS

LESSONS = Path(engine.__file__).parent / "lessons"
MEMORY = 2 << 30
"""Bytes of address space: what gradstep itself takes, and not much on top."""
SECONDS = 4
"""No file may take longer, on a machine that has something else to do as well."""

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?")
TOKEN = re.compile(r"\w+|[^\w\s]")
VALUES = (
    "0", "-1", "1", "7", "1e308", "-1e-320", "nan", "-inf", "1e9", "3.5", "999999999",
    "1000000000000000000", "9" * 400, "true", '"text"', '""', "[]", "{}", "[[1, 2], [3]]",
    "[[[[1.0]]]]", "1979-05-27", "'''", "0x7fff_ffff", '"../../etc/passwd"', '"/etc/passwd"',
    '"__import__"', "100000", "30000", "2048",
)  # fmt: skip
"""What may stand where a number was."""
CODE = (
    "__import__('os').system('true')",
    "open('/etc/passwd')",
    "().__class__",
    "exec('1')",
    "x.y",
    "a[b]",
    "lambda: 1",
)
"""What is none of the formula language."""

WATCHED = ("open", "exec", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "import")


def a_byte(rng: random.Random, raw: bytes, pool: list[bytes]) -> bytes:
    at = rng.randrange(len(raw))
    new = rng.choice((b"", bytes([rng.randrange(256)]), raw[at : at + 1] * 2, raw[at:] + raw[:at]))
    return raw[:at] + new + raw[at + 1 :]


def a_line(rng: random.Random, raw: bytes, pool: list[bytes]) -> bytes:
    lines = raw.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[other])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines[at] = rng.choice(rng.choice(pool).split(b"\n"))
    return b"\n".join(lines)


def a_token(rng: random.Random, raw: bytes, pool: list[bytes]) -> bytes:
    text = raw.decode()
    tokens = list(TOKEN.finditer(text))
    old = rng.choice(tokens)
    new = rng.choice(TOKEN.findall(rng.choice(pool).decode()) + list(CODE))
    return (text[: old.start()] + new + text[old.end() :]).encode()


def a_value(rng: random.Random, raw: bytes, pool: list[bytes]) -> bytes:
    text = raw.decode()
    numbers = list(NUMBER.finditer(text))
    if not numbers:
        return a_token(rng, raw, pool)
    old = rng.choice(numbers)
    return (text[: old.start()] + rng.choice(VALUES) + text[old.end() :]).encode()


MUTATIONS: tuple[Callable[[random.Random, bytes, list[bytes]], bytes], ...] = (
    a_byte, a_line, a_token, a_value, a_value,
)  # fmt: skip


def opened_and_run(path: Path) -> None:
    """Everything that happens when a person opens a file and takes a few steps."""
    debugger = Debugger(open_experiment(path))
    _ = debugger.state, debugger.report()
    debugger.step("iteration")
    _ = debugger.state, debugger.report()
    debugger.run.advance(5, 0.01)


def main(seed: int, count: int) -> None:
    rng = random.Random(seed)
    pool = [path.read_bytes() for path in sorted(LESSONS.glob("*.toml"))]
    pool += [sketch.toml().encode() for sketch in (TWO_LAYERS, BATCHES)]
    folder = Path(tempfile.mkdtemp())
    for data in LESSONS.iterdir():
        if data.suffix in (".csv", ".npz"):
            shutil.copy(data, folder)
    path = folder / "mutant.toml"
    mine = {str(p) for p in LESSONS.iterdir()}
    mine.add("<unknown>")  # where Python looks for the text of a syntax error
    noted: list[str] = []
    outcomes = {"ran": 0, "refused": 0}
    watching = False

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if not watching or not event.startswith(WATCHED):
            return
        if event in ("open", "os.scandir", "os.listdir"):
            asked = str(args[0])
            if asked in mine or Path(os.path.normpath(asked)).is_relative_to(folder):
                return  # a data file that it names, even if there is none
        noted.append(f"{event} {args!r:.200}")

    pool = [
        raw for raw in pool if re.search(rb"^formulas *=", raw, re.MULTILINE)
    ]  # a lesson may name another experiment
    for raw in pool:  # what is imported when it is needed, is needed by one of these
        path.write_bytes(raw)
        opened_and_run(path)
    sys.addaudithook(hear)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, too_long)
    for _ in range(count):
        raw = rng.choice(pool)
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            try:
                raw = rng.choice(MUTATIONS)(rng, raw, pool) or raw
            except UnicodeDecodeError:
                break
        path.write_bytes(raw)
        noted.clear()
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        watching = True
        try:
            opened_and_run(path)
            outcomes["ran"] += 1
        except GradstepError as error:
            outcomes["refused"] += bool(str(error))
        except BaseException:
            noted.append(traceback.format_exc())
        watching = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        if noted:
            print(
                json.dumps({"wrong": noted[-1], "file": raw.decode(errors="replace")}), flush=True
            )
    print(json.dumps(outcomes))
    shutil.rmtree(folder)


def too_long(number: int, frame: Any) -> None:
    raise TimeoutError(f"longer than {SECONDS} seconds")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
