"""Edits of the past, each of which begins a timeline.

May import: engine's public face.   Imported by: the console.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import GradstepError, Timeline
from tui.console.answers import Answer
from tui.console.handlers import handles
from tui.console.questions import unknown
from tui.console.timelines import timeline_fields, timeline_origin
from tui.console.words import whole

if TYPE_CHECKING:
    from tui.console import Console


@handles("set")
def _set_value(console: Console, rest: str) -> Answer:
    match = re.fullmatch(
        r"(?P<target>[^=]+?)\s*=(?!=)\s*(?P<value>.*?)(?:\s+as\s+(?P<name>\S+))?", rest
    )
    if match is None or not match["value"]:
        raise GradstepError(
            "set wants TARGET = VALUE", hint="like  set w1 = 0.5  or  set W[0, 2] = 1"
        )
    try:
        value = _value(console, match["value"])
    except GradstepError as error:
        if error.place is None or error.place.column is None:
            raise
        column = match.start("value") + error.place.column
        raise error.located(source=rest, column=column) from None
    return _forked(console, console.debugger.set(match["target"], value, name=match["name"] or ""))


def _value(console: Console, text: str) -> Any:
    """A value in TOML, or else an expression at the cursor."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = console.debugger.evaluate(text)
        if value is None:
            raise GradstepError(f"{text} is not known here: {unknown(console)}") from None
        return np.asarray(value).tolist()


def _named(rest: str) -> tuple[str, str]:
    """What stands before ``as NAME``, and the name."""
    match = re.fullmatch(r"(.*?)\s*(?:\bas\s+(\S+))?", rest)
    assert match is not None
    return match[1].strip(), match[2] or ""


@handles("drop")
def _drop(console: Console, rest: str) -> Answer:
    sample, name = _named(rest)
    return _forked(console, console.debugger.drop(whole(sample, "drop"), name=name))


@handles("skip")
def _skip(console: Console, rest: str) -> Answer:
    parameter, name = _named(rest)
    return _forked(console, console.debugger.skip(parameter, name=name))


def _forked(console: Console, timeline: Timeline) -> Answer:
    fields = {**timeline_fields(console, timeline), **console.place()}
    text = f"{timeline.name}: from {timeline.parent}, {timeline_origin(console, timeline)}"
    return Answer(text, fields, moved=True, note=text)
