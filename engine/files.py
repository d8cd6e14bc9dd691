"""Files that are written whole or not at all.

May import: errors.   Imported by: session, the public face.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from engine.errors import GradstepError

SESSION_SUFFIX = ".gradstep"
"""What the names of session files end with."""


def write_at_once(
    path: Path, lines: Iterable[str], error: type[GradstepError] = GradstepError
) -> None:
    """Make a text file of lines, or replace one: a crash leaves the old file or the new one.

    The lines are written as they come, without their ends; where they raise, the old file stays.
    A link stays a link, and a file that is replaced passes its permissions on. What is no file,
    such as a device or a pipe, cannot be replaced: it is written to.
    Raises `error` for what cannot be written.
    """
    if os.path.isdir(path):
        raise error(f"cannot write {path}: it is a directory", hint="name a file in it")
    if os.path.exists(path) and not os.path.isfile(path):
        _write_to(path, lines, error)
        return
    given, path = path, _behind_links(path)
    try:
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        file = partial.open("x", encoding="utf-8", newline="\n")
    except (OSError, ValueError) as cause:  # a ValueError for what no file system could hold
        raise _unwritable(given, cause, error) from None
    try:
        with file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):  # there is no old one, or it belongs to somebody else
            partial.chmod(stat.S_IMODE(path.stat().st_mode))
        os.replace(partial, path)
    except (OSError, UnicodeError) as cause:
        raise _unwritable(given, cause, error) from None
    finally:
        partial.unlink(missing_ok=True)
    with suppress(OSError):  # a file system without this has no more to give
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _behind_links(path: Path) -> Path:
    """Where the bytes of a path are or will be; the path itself if that cannot be told."""
    try:
        return path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError, ValueError):
        return path


def _write_to(path: Path, lines: Iterable[str], error: type[GradstepError]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
    except (OSError, UnicodeError) as cause:
        raise _unwritable(path, cause, error) from None


def _unwritable(path: Path, cause: Exception, error: type[GradstepError]) -> GradstepError:
    return error(f"cannot write {path}: {getattr(cause, 'strerror', None) or cause}")
