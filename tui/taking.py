"""What a reader takes along: a number or a formula as text, and a file for a picture of the screen.

May import: engine's public face, numbers.   Imported by: the debugger's screen, cli.picture.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

from engine import (
    Debugger,
    Derivation,
    GradstepError,
    Target,
    derivation_latex,
    derivation_markdown,
)
from tui.digits import digits
from tui.numbers import number

SUFFIX = ".svg"

EXCERPT = 36
"""Characters of what was copied that are said."""


@dataclass(frozen=True)
class Copy:
    """Something for the clipboard."""

    what: str
    """What it is: ``the value of w1``."""
    text: str

    def said(self) -> str:
        """What was copied, with as much of it as can be taken in at a glance."""
        lines = self.text.split("\n")
        if len(lines) > 1:
            return f"copied {self.what}: {len(lines)} lines"
        cut = len(self.text) > EXCERPT
        return f"copied {self.what}: {self.text[:EXCERPT]}{'…' * cut}"


@dataclass(frozen=True)
class Looked:
    """What the reader looks at."""

    line: int
    """The line of the listing that is selected, or else that of the event."""
    node: int | None = None
    """What the event is about."""
    chosen: int | None = None
    """A node that is inspected."""
    number: Target | None = None
    """A number that the cursor of a table stands on."""
    panel: Copy | None = None
    """What the panel shows that has the focus."""
    derivation: Callable[[], Derivation] | None = None
    """Makes the derivation that is looked at."""


WRITERS = {"markdown": derivation_markdown, "latex": derivation_latex}

KINDS = ("value", "gradient", "formula", "panel", *WRITERS)


def copied(debugger: Debugger, looked: Looked, kind: str = "") -> Copy:
    """What is to be copied; of no kind in particular what the reader has chosen, or the panel.

    Raises `GradstepError` where there is no such thing.
    """
    if kind and kind not in KINDS:
        words = f"{', '.join(KINDS[:-1])} or {KINDS[-1]}"
        raise GradstepError(f"copy wants {words}; '{kind}' came")
    chosen = looked.number is not None or looked.chosen is not None
    kind = kind or ("value" if chosen or looked.panel is None else "panel")
    if kind == "panel":
        if looked.panel is None:
            raise GradstepError("no panel has the focus", hint="a panel's digit goes to it")
        return looked.panel
    if kind in WRITERS:
        if looked.derivation is None:
            raise GradstepError("there is no derivation here")
        return derivation_as(looked.derivation(), kind)
    if kind == "formula":
        return formula_of(debugger, looked.chosen, looked.line)
    if looked.number is not None and kind == looked.number.what:
        return number_of(debugger, looked.number)
    node = looked.chosen if looked.chosen is not None else looked.node
    if node is None:
        raise GradstepError("this event has no node", hint="choose one in the graph")
    return number_of(debugger, Target("gradient" if kind == "gradient" else "value", node))


def number_of(debugger: Debugger, target: Target) -> Copy:
    """A value or a gradient at the cursor, with every digit; arrays as nested lists.

    Raises `GradstepError` where it is not computed yet.
    """
    state, name = debugger.state, debugger.graph[target.node].name
    gradient = target.what == "gradient"
    found = state.gradient(target.node) if gradient else state.value(target.node)
    index = f"[{', '.join(map(str, target.index))}]" if target.index else ""
    what = f"the {'gradient' if gradient else 'value'} of {name}{index}"
    if found is None:
        raise GradstepError(f"{what} is not computed yet at {debugger.address}")
    part = np.asarray(found)[target.index] if target.index else np.asarray(found)
    return Copy(what, str(part.tolist()))


def formula_of(debugger: Debugger, node: int | None, line: int) -> Copy:
    """The formula that a node stands in, or else a line of the listing."""
    graph = debugger.graph
    formula = graph[node].formula if node is not None else None
    if formula is not None:
        return Copy(f"the formula of {graph.formulas[formula].name}", graph.formulas[formula].text)
    return Copy(f"line {line}", debugger.listing.line(line).text)


def derivation_as(derivation: Derivation, form: str) -> Copy:
    """A derivation as Markdown or LaTeX, its numbers with one digit more than on the screen."""
    text = WRITERS[form](derivation, lambda value: number(value, digits() + 1))
    return Copy(f"{derivation.symbol} as {NAMES[form]}", text)


NAMES = {"markdown": "Markdown", "latex": "LaTeX"}

FORMS = {".md": "markdown", ".tex": "latex"}
"""What a derivation is written as, by the ending of its file."""


def write_derivation(derivation: Derivation, name: str, folder: Path = Path()) -> Path:
    """Write a derivation to a file that is not there yet: Markdown, or LaTeX to one that ends so.

    Raises `GradstepError`.
    """
    path = folder / Path(name).expanduser()
    form = FORMS.get(path.suffix.lower())
    if form is None:
        ends = f"ends in '{path.suffix}'" if path.suffix else "has no ending"
        hint = "name it *.md for Markdown, or *.tex for LaTeX"
        raise GradstepError(f"{path.name} {ends}", hint=hint)
    _check_new(path, "give it another name")
    write_new(path, derivation_as(derivation, form).text)
    return path


def _check_new(path: Path, hint: str) -> None:
    if os.path.exists(path):
        raise GradstepError(f"{path} is there already", hint=hint)


def picture_file(name: str, folder: Path = Path()) -> Path:
    """Where a picture goes: the file that is named, or the first number that is free.

    Raises `GradstepError` for one that is there already: nothing is ever overwritten.
    """
    if not name:
        numbered = (folder / f"gradstep-{number}{SUFFIX}" for number in count(1))
        return next(path for path in numbered if not os.path.exists(path))
    path = folder / os.path.expanduser(name)
    if not path.suffix:
        path = path.with_name(path.name + SUFFIX)
    if path.suffix.lower() != SUFFIX:
        raise GradstepError(f"a picture is an SVG file; {path.name} came", hint=f"say *{SUFFIX}")
    _check_new(path, "give it another name, or none: then it is numbered")
    return path


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Raises `GradstepError`."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise GradstepError(f"cannot write {path}: {error.strerror or error}") from None
