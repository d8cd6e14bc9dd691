"""From a path to a TOML document: what an operating system or a parser complains about, explained.

May import: errors.   Imported by: opening, library, course.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from engine.errors import ExperimentError, Place, did_you_mean


def read_text(path: Path) -> str:
    """The text of an experiment file. Raises `ExperimentError`."""
    try:
        if os.path.isdir(path):
            raise ExperimentError(
                f"{path} is a directory", hint="name an experiment file in it (*.toml)"
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ExperimentError(f"there is no file {path}", hint=_nearby(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ExperimentError(f"cannot read {path}: {reason}") from None
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ExperimentError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8 text",
            place=Place(str(path), line),
            hint="an experiment is a TOML file saved as UTF-8",
        ) from None


def _nearby(path: Path) -> str:
    try:
        files = [str(p) for p in path.parent.glob("*.toml")]
    except OSError:
        files = []
    return did_you_mean(str(path), files, "`gradstep new FILE` writes one to start from")


def toml_document(text: str, name: str) -> dict[str, Any]:
    """What TOML says; errors call the file `name`. Raises `ExperimentError`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(str(error), text).located(file=name) from None
    except RecursionError:
        raise ExperimentError("values nested too deeply", place=Place(name)) from None
    except ValueError as error:  # Python refuses to read whole numbers of over 4,300 digits
        raise ExperimentError(f"not a usable number: {error}", place=Place(name)) from None


def _toml_error(message: str, text: str) -> ExperimentError:
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    if match is None:
        lines = text.split("\n")
        what = message.replace(" (at end of document)", ", and the file ends here")
        return ExperimentError(f"not TOML: {what}", place=Place(line=len(lines)))
    what, line, column = match[1], int(match[2]), int(match[3])
    source = text.split("\n")[line - 1]
    place = Place(line=line, column=min(column, len(source) + 1), source=source)
    key = source.split("=")[0].strip()
    # A formula may say α, and so may a key of TOML, but only in quotes.
    hint = f'write the key in quotes: "{key}"' if key.isidentifier() and not key.isascii() else ""
    return ExperimentError(f"not TOML: {what}", place=place, hint=hint)
