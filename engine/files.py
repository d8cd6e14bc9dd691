"""Files that are written whole or not at all.

May import: errors.   Imported by: session, the public face.
"""

from __future__ import annotations

import os
import secrets
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
    Raises `error` for what cannot be written.
    """
    try:
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        file = partial.open("x", encoding="utf-8", newline="\n")
    except (OSError, ValueError) as cause:  # a ValueError for what no file system could hold
        raise _unwritable(path, cause, error) from None
    try:
        with file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except (OSError, UnicodeError) as cause:
        raise _unwritable(path, cause, error) from None
    finally:
        partial.unlink(missing_ok=True)
    with suppress(OSError):  # a file system without this has no more to give
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _unwritable(path: Path, cause: Exception, error: type[GradstepError]) -> GradstepError:
    return error(f"cannot write {path}: {getattr(cause, 'strerror', None) or cause}")
