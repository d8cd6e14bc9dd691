"""Sessions: everything a reader has done, in a small JSON file that can be opened again.

A run follows from its experiment, so a session holds no numbers of it: the experiment's text, its
data, the edits that made the timelines, breakpoints, bookmarks, the cursor, and a checksum of the
state there. A file from a stranger runs no code and reads no other file than a data file beside
it, and that only where its SHA-256 is the one that was saved.
May import: debugger, edits, errors, experiment, files, trace.   Imported by: the public face.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import math
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.budget import MEMORY
from engine.debugger import Debugger
from engine.edits import Edit, drop_edit, option_edit, skip_edit, value_edit
from engine.errors import AddressError, GradstepError, SessionError
from engine.experiment import Experiment
from engine.files import write_at_once
from engine.places import Position
from engine.reading import parse_experiment
from engine.stops import StopKind
from engine.timelines import MAIN
from engine.trace import State
from engine.tracefile import jsonable

FORMAT = "gradstep-session"
VERSION = 1

MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""How a document of each older version becomes one of the next."""

INLINE_BYTES = 256 * 1024
"""Larger data files stay outside: the session names them by path and SHA-256."""

MAX_BYTES = 64 * 2**20
"""No session is larger; what is, is not read."""

MAX_TIMELINES = 1000

RECORD_SECONDS = 0.05
"""How often `progress` hears while a session's timelines are recorded anew."""

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Opened:
    """A session that was opened, and what its reader has to be told."""

    debugger: Debugger
    notes: tuple[str, ...] = ()


# --- saving -------------------------------------------------------------------------------------


def session_document(debugger: Debugger, folder: Path | None = None) -> dict[str, Any]:
    """The session as strict JSON values; a large data file is named relative to `folder`."""
    experiment = debugger.timelines[MAIN].run.experiment
    return {
        "format": FORMAT,
        "version": VERSION,
        "experiment": {
            "name": experiment.name,
            "overrides": list(experiment.source.overrides),
            "text": experiment.source.text.split("\n"),
        },
        "data": _data(experiment, folder or Path()),
        "timelines": [
            {
                "name": timeline.name,
                "parent": timeline.parent,
                "edit": _edit(debugger, timeline.edit) if timeline.edit else None,
            }
            for timeline in debugger.timelines
        ],
        "stops": [
            {
                "number": stop.number,
                "watch" if stop.kind is StopKind.WATCH else "break": stop.text,
                "enabled": stop.enabled,
                "temporary": stop.temporary,
                "ignore": stop.ignore,
                "hits": stop.hits,
            }
            for stop in debugger.stops
        ],
        "bookmarks": [
            {
                "name": mark.name,
                "timeline": mark.position.timeline,
                "at": str(debugger.calendar.address(mark.position.ordinal)),
                "note": mark.note,
            }
            for mark in debugger.bookmarks
        ],
        "cursor": {"timeline": debugger.position.timeline, "at": str(debugger.address)},
        "checksum": {"sha256": state_checksum(debugger.state), **machine()},
    }


def _data(experiment: Experiment, folder: Path) -> dict[str, Any] | None:
    """The data file: its content where it is small, else where it lies and its SHA-256."""
    path = experiment.data_file
    if path is None:
        return None
    with experiment.source.open_file(path, "a data file") as file:
        content = file.read(INLINE_BYTES + 1)
        digest = hashlib.sha256(content)
        if len(content) <= INLINE_BYTES:
            return {"file": path.name, "sha256": digest.hexdigest(), **_inlined(content)}
        while block := file.read(1 << 20):
            digest.update(block)
    try:
        near = path.resolve().relative_to(folder.resolve())
    except ValueError:
        near = path.resolve()
    return {"file": path.name, "sha256": digest.hexdigest(), "path": near.as_posix()}


def _inlined(content: bytes) -> dict[str, Any]:
    with suppress(UnicodeDecodeError):
        return {"text": content.decode().split("\n")}
    return {"base64": base64.b64encode(content).decode()}


def _edit(debugger: Debugger, edit: Edit) -> dict[str, Any]:
    at = str(debugger.calendar.address(edit.at)) if edit.at else "start"
    match edit.kind:
        case "value":
            what = {"set": edit.name, "index": list(edit.index), "to": jsonable(edit.value)}
        case "option":
            what = {"option": edit.name, "to": jsonable(edit.value)}
        case "drop":
            what = {"drop": edit.row}
        case _:
            what = {"skip": edit.name}
    return {"after": at, **what}


def state_checksum(state: State) -> str:
    """SHA-256 of the bits of everything that is known at an event."""
    digest = hashlib.sha256()
    for node in state.graph.nodes:
        for array in (state.value(node.id), state.gradient(node.id)):
            digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    done = {n for n, step in state.listing.update_step.items() if step <= state.index}
    for node, slots in state.record.optimizer_before.items():
        for name, value in slots.items():
            after = state.record.optimizer[node][name] if node in done else value
            digest.update(np.ascontiguousarray(after).tobytes())
    return digest.hexdigest()


def machine() -> dict[str, str]:
    """What may change the bits of a run: NumPy, the processor, its SIMD features, the BLAS."""
    config: Any = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {})
    simd = config.get("SIMD Extensions", {})
    return {
        "numpy": np.__version__,
        "processor": platform.machine(),
        "simd": " ".join(simd.get("found", simd.get("baseline", []))),
        "blas": f"{blas.get('name', '?')} {blas.get('version', '?')}",
    }


def save_session(debugger: Debugger, path: str | Path) -> Path:
    """Write the session, all of it or nothing: a file of that name is replaced at once.

    Raises `SessionError`.
    """
    path = Path(path)
    document = session_document(debugger, path.parent)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    write_at_once(path, [text], SessionError)
    return path


# --- opening ------------------------------------------------------------------------------------


def open_session(
    path: str | Path,
    *,
    memory: int = MEMORY,
    data: str | Path | None = None,
    progress: Progress | None = None,
) -> Opened:
    """Open a session file: the timelines are run anew as far as edits and cursor need.

    `data` is where its data file lies now, if that is neither in the session nor beside it.
    `progress` hears, from 0.0 to 1.0, how much is done. Raises `SessionError`, and
    `ExperimentError` for an experiment that cannot be run.
    """
    path = Path(path)
    document = _read(path)
    return _Reader(document, path, Path(data) if data is not None else None, progress).opened(
        memory
    )


def _read(path: Path) -> dict[str, Any]:
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SessionError(f"there is no file {name}") from None
    except IsADirectoryError:
        raise SessionError(f"{name} is a directory", hint="name a session in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SessionError(f"cannot read {name}: {reason}") from None
    if len(raw) > MAX_BYTES:
        raise SessionError(f"{name} is too large to be a session")
    try:
        document = json.loads(raw)
        json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise SessionError(
            f"{name} is not a session: {error}", hint="a session is what `save` has written"
        ) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SessionError(f"{name} is not a session", hint="a session is what `save` has written")
    version = document.get("version")
    if type(version) is not int or version < 0:
        raise SessionError(f"{name}: version wants a whole number; {version!r} came")
    if version > VERSION:
        raise SessionError(
            f"{name} was saved by a newer gradstep: its format is {version}, known is {VERSION}",
            hint="update gradstep to open it: pip install -U gradstep",
        )
    while version < VERSION:
        if version not in MIGRATIONS:
            raise SessionError(f"{name}: there has never been a version {version}")
        document = MIGRATIONS[version](document)
        version += 1
    return document


class _Reader:
    """Checks one document and makes the debugger from it."""

    def __init__(
        self,
        document: dict[str, Any],
        path: Path,
        data: Path | None,
        progress: Progress | None,
    ) -> None:
        self.document = document
        self.path = path
        self.data = data
        self.progress = progress

    def fail(self, what: str, hint: str = "") -> SessionError:
        return SessionError(f"{self.path}: {what}", hint=hint)

    def get(self, table: Mapping[str, Any], key: str, kind: type, where: str = "") -> Any:
        """A value of the document, of the type that it has to be."""
        value = table.get(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            at = f"{where}.{key}" if where else key
            came = "nothing" if key not in table else _kind(value)
            raise self.fail(f"{at} wants {_NAMES[kind]}; {came} came")
        return value

    def entries(self, key: str) -> list[dict[str, Any]]:
        """A list of tables of the document."""
        found = self.get(self.document, key, list)
        for entry in found:
            if not isinstance(entry, dict):
                raise self.fail(f"{key} wants tables; {_kind(entry)} came")
        return found

    def lines(self, table: Mapping[str, Any], key: str, where: str) -> str:
        lines = self.get(table, key, list, where)
        if not all(isinstance(line, str) for line in lines):
            raise self.fail(f"{where}.{key} wants a list of lines")
        return "\n".join(lines)

    def opened(self, memory: int) -> Opened:
        debugger = Debugger(self.experiment(), memory=memory)
        try:
            self.timelines(debugger)
            self.stops(debugger)
            self.bookmarks(debugger)
            cursor = self.get(self.document, "cursor", dict)
            name = self.get(cursor, "timeline", str, "cursor")
            ordinal = self.ordinal(debugger, self.get(cursor, "at", str, "cursor"))
            debugger.timelines.switch(name)
            self.record(debugger, ordinal)
            debugger.goto(ordinal)
        except (SessionError, OverflowError) as error:
            raise error if isinstance(error, SessionError) else self.fail(str(error)) from None
        except GradstepError as error:
            raise self.fail(error.what, error.hint) from None
        return Opened(debugger, self.notes(debugger))

    # --- the experiment ------------------------------------------------------------------------

    def experiment(self) -> Experiment:
        table = self.get(self.document, "experiment", dict)
        overrides = self.get(table, "overrides", list, "experiment")
        if not all(isinstance(text, str) for text in overrides):
            raise self.fail("experiment.overrides wants a list of texts")
        return parse_experiment(
            self.lines(table, "text", "experiment"),
            name=self.get(table, "name", str, "experiment"),
            overrides=overrides,
            open_file=self.open_file,
        )

    def open_file(self, asked: Path, kind: str) -> BinaryIO:
        """The experiment's data file; no other file can be had."""
        table = self.document.get("data")
        if not isinstance(table, dict):
            raise self.fail(f"the data file {asked.name} is not in the session")
        digest = self.get(table, "sha256", str, "data")
        if "path" in table:
            return self._beside(self.get(table, "path", str, "data"), digest)
        content = self._content(table)
        if hashlib.sha256(content).hexdigest() != digest:
            raise self.fail(
                "the data in the session are not those that were saved",
                hint="their SHA-256 differs: the file was changed by hand or on its way",
            )
        return io.BytesIO(content)

    def _content(self, table: Mapping[str, Any]) -> bytes:
        if "text" in table:
            return self.lines(table, "text", "data").encode()
        try:
            return base64.b64decode(self.get(table, "base64", str, "data"), validate=True)
        except (binascii.Error, ValueError):
            raise self.fail("data.base64 is not base64") from None

    def _beside(self, name: str, digest: str) -> BinaryIO:
        path = self.data or self.path.parent / name
        try:
            inside = self.data is not None or path.resolve().is_relative_to(
                self.path.parent.resolve()
            )
            if not inside:
                raise self.fail(
                    f"its data file is {name}, and a session opens no file outside of its folder",
                    hint="say that you want this one: --data FILE",
                )
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != digest:
                raise self.fail(
                    f"{path} is not the data file that was saved: its SHA-256 differs",
                    hint="say where the right one lies: --data FILE",
                )
            return path.open("rb")
        except (OSError, ValueError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise self.fail(
                f"cannot read its data file {path}: {reason}",
                hint="say where it lies: --data FILE",
            ) from None

    # --- timelines and places ------------------------------------------------------------------

    def timelines(self, debugger: Debugger) -> None:
        entries = self.entries("timelines")
        if not entries or len(entries) > MAX_TIMELINES:
            raise self.fail(f"timelines wants 1 to {MAX_TIMELINES} of them")
        first, *forks = entries
        if first.get("parent") is not None or first.get("edit") is not None:
            raise self.fail("the first timeline has neither a parent nor an edit")
        name = self.get(first, "name", str, "timelines")
        if name != MAIN:
            debugger.rename(MAIN, name)
        for fork in forks:
            name = self.get(fork, "name", str, "timelines")
            debugger.timelines.switch(self.get(fork, "parent", str, name))
            edit = self.edit(debugger, self.get(fork, "edit", dict, name))
            self.record(debugger, max(1, edit.at))
            debugger.timelines.fork(edit, name)

    def edit(self, debugger: Debugger, table: Mapping[str, Any]) -> Edit:
        """An edit, made anew so that it is checked as when a person makes it."""
        after = self.get(table, "after", str, "edit")
        at = 0 if after == "start" else self.ordinal(debugger, after)
        if at == 0 and "drop" not in table:
            raise self.fail("before the first event only a sample can be dropped")
        run = debugger.run
        experiment, calendar = run.experiment, run.calendar
        match table:
            case {"set": str(name), "index": list(index), "to": value}:
                if not all(type(i) is int for i in index):
                    raise self.fail("edit.index wants whole numbers")
                self.record(debugger, at)
                batch = len(run.rows(calendar.step(at)))
                return value_edit(experiment, at, name, tuple(index), _number(value), batch)
            case {"option": str(name), "to": value}:
                return option_edit(experiment, at, name, value)
            case {"drop": int(row)} if not isinstance(row, bool):
                self.record(debugger, at + 1)
                rows = run.rows(calendar.step(at + 1))
                found = np.flatnonzero(rows == row)
                edit = drop_edit(
                    experiment, at + 1, calendar, rows, int(found[0]) if len(found) else -1
                )
                if edit.at != at:
                    raise self.fail("a sample is dropped before an iteration starts")
                return edit
            case {"skip": str(name)}:
                return skip_edit(run.listing, experiment, at, calendar.events, name)
            case _:
                raise self.fail("edit wants one of set, option, drop and skip")

    def stops(self, debugger: Debugger) -> None:
        for entry in self.entries("stops"):
            number, ignore, hits = (
                self.get(entry, key, int, "stops") for key in ("number", "ignore", "hits")
            )
            if min(number - 1, ignore, hits) < 0:
                raise self.fail("stops count from 1, their hits from 0")
            watched = "watch" in entry
            debugger.stops.restore(
                number,
                self.get(entry, "watch" if watched else "break", str, "stops"),
                watched=watched,
                enabled=self.get(entry, "enabled", bool, "stops"),
                temporary=self.get(entry, "temporary", bool, "stops"),
                ignore=ignore,
                hits=hits,
            )

    def bookmarks(self, debugger: Debugger) -> None:
        for entry in self.entries("bookmarks"):
            timeline = debugger.timelines[self.get(entry, "timeline", str, "bookmarks")]
            ordinal = self.ordinal(debugger, self.get(entry, "at", str, "bookmarks"))
            debugger.bookmarks.set(
                Position(timeline.name, ordinal),
                self.get(entry, "name", str, "bookmarks"),
                self.get(entry, "note", str, "bookmarks"),
            )

    def ordinal(self, debugger: Debugger, address: str) -> int:
        try:
            return debugger.calendar.parse(address)
        except AddressError as error:
            raise self.fail(error.what, error.hint) from None

    def record(self, debugger: Debugger, ordinal: int) -> None:
        """Record the current timeline as far as an event, telling how far it is."""
        run, steps = debugger.run, debugger.calendar.step(ordinal) + 1
        while not run.advance(steps, RECORD_SECONDS):
            if self.progress is not None:
                self.progress(run.done / steps)

    # --- the checksum --------------------------------------------------------------------------

    def notes(self, debugger: Debugger) -> tuple[str, ...]:
        """What differs from when the session was saved, in plain words."""
        saved = self.get(self.document, "checksum", dict)
        if saved.get("sha256") == state_checksum(debugger.state):
            return ()
        here = machine()
        changed = [
            f"{key} {saved.get(key)!s:.60} → {value}"
            for key, value in here.items()
            if saved.get(key) != value
        ]
        because = f" ({'; '.join(changed)})" if changed else ""
        return (
            f"the state at {debugger.address} has other bits than when it was saved{because}: "
            "numbers may differ in their last digits",
        )


_NAMES = {
    dict: "a table",
    list: "a list",
    str: "a text",
    int: "a whole number",
    bool: "true or false",
}


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return _NAMES.get(type(value), type(value).__name__)


_SPELLED = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def _number(value: Any) -> Any:
    """A JSON value as a number or nested lists of them; non-finite ones are spelled out."""
    if isinstance(value, list):
        return [_number(item) for item in value]
    return _SPELLED.get(value, value) if isinstance(value, str) else value
