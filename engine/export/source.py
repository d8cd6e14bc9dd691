"""Python source as text: names respelled in place, numbers, and functions with what they call.

Text is parsed to find the places and then changed at those places only, so that a formula stays
as its author wrote it. May import: numpy.   Imported by: the export room.
"""

from __future__ import annotations

import ast
import json
import math
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

WIDTH = 100
"""How long a line of numbers may be."""


class Text:
    """Source that can be changed at the places of its syntax tree."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self._raw = text.encode()
        self._starts = [0]
        for line in self._raw.split(b"\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._edits: list[tuple[int, int, str]] = []

    def start(self, node: Any) -> int:
        """Where a node of the tree begins, in bytes."""
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: Any) -> int:
        """Where a node of the tree ends, in bytes."""
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def replace(self, start: int, end: int, new: str) -> None:
        """Put `new` in place of what stands from `start` to `end`."""
        self._edits.append((start, end, new))

    def find(self, what: str, start: int, end: int) -> int:
        """Where `what` stands last between two places."""
        return self._raw.rindex(what.encode(), start, end)

    def changed(self) -> str:
        """The text with all changes made."""
        raw = self._raw
        for start, end, new in sorted(self._edits, key=lambda e: e[:2], reverse=True):
            raw = raw[:start] + new.encode() + raw[end:]
        return raw.decode()


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call of a plain name, in the order in which Python carries them out."""
    for child in ast.iter_child_nodes(tree):
        yield from calls(child)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        yield tree


def respelled(text: str, spelling: Mapping[str, str]) -> str:
    """The text with names of values spelled another way; names of functions stay."""
    source = Text(text)
    functions = {call.func for call in calls(source.tree)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and node not in functions:
            new = spelling.get(node.id, node.id)
            if new != node.id:
                source.replace(source.start(node), source.end(node), new)
    return source.changed()


def vocabulary(text: str) -> set[str]:
    """Every name that means something outside of the functions that a script defines."""
    found: set[str] = set()

    def visit(node: ast.AST, own: frozenset[str]) -> None:
        match node:
            case ast.FunctionDef() | ast.Lambda():
                inner = {a.arg for a in ast.walk(node) if isinstance(a, ast.arg)}
                inner |= {
                    n.id
                    for n in ast.walk(node)
                    if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
                }
                if isinstance(node, ast.FunctionDef):
                    found.add(node.name)
                own |= inner
            case ast.Name(id=name) if name not in own:
                found.add(name)
            case ast.Import() | ast.ImportFrom():
                found.update(alias.asname or alias.name for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child, own)

    visit(ast.parse(text), frozenset())
    return found


# --- numbers ------------------------------------------------------------------------------------


def number(value: float) -> str:
    """A number that reads back to the same bits."""
    if math.isfinite(value):
        return repr(float(value))
    return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"


def array(name: str, values: Array, make: str = "np.array") -> str:
    """An assignment of an array, over more lines where one is too short."""
    if values.ndim == 0:
        return f"{name} = {make}({number(float(values))})"
    if values.size > 1 and not values.tobytes().strip(b"\0"):
        shape = values.shape[0] if values.ndim == 1 else values.shape
        return f"{name} = {make.rpartition('.')[0]}.zeros({shape})"
    head = f"{name} = {make}("
    return f"{head}{_nested(values.tolist(), 0, WIDTH - len(head) - 1)})"


def _nested(value: Any, indent: int, room: int) -> str:
    if not isinstance(value, list):
        return number(value)
    flat = "[" + ", ".join(_nested(item, 0, 1 << 30) for item in value) + "]"
    if len(flat) <= room:
        return flat
    inner = " " * (indent + 4)
    items = [_nested(item, indent + 4, WIDTH - indent - 5) for item in value]
    if any("\n" in item for item in items):
        body = ",\n".join(inner + item for item in items)
    else:
        # No number and no row is broken: what may not be a line's end is no space.
        joined = ", ".join(item.replace(" ", "\0") for item in items)
        body = textwrap.fill(
            joined,
            WIDTH - 1,
            initial_indent=inner,
            subsequent_indent=inner,
            break_long_words=False,
            break_on_hyphens=False,
        ).replace("\0", " ")
    return f"[\n{body},\n{' ' * indent}]"


# --- functions ----------------------------------------------------------------------------------


def definitions(module: ModuleType, wanted: Iterable[str]) -> tuple[Mapping[str, str], list[str]]:
    """Functions of a module with all functions that they call, and the constants that those read.

    Annotations and remarks between functions are left out.
    """
    functions = _functions(module)
    constants: dict[str, str] = {}
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in functions and name not in needed:
            needed.add(name)
            waiting.extend(vocabulary(functions[name]))
        elif isinstance(getattr(module, name, None), int):
            constants[name] = str(getattr(module, name))
    return constants, [text for name, text in functions.items() if name in needed]


@cache
def _functions(module: ModuleType) -> Mapping[str, str]:
    import inspect  # which takes a while to load, and few need it

    source = inspect.getsource(module)
    lines = source.split("\n")
    return {
        node.name: _plain("\n".join(lines[node.lineno - 1 : node.end_lineno]))
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }


def _plain(function: str) -> str:
    """A function without its annotations, its head on one line."""
    text = Text(function)
    (node,) = text.tree.body
    assert isinstance(node, ast.FunctionDef)
    for arg in ast.walk(node.args):
        if isinstance(arg, ast.arg) and arg.annotation is not None:
            start = text.start(arg) + len(arg.arg.encode())
            text.replace(start, text.end(arg.annotation), "")
    if node.returns is not None:
        end = text.end(node.returns)
        text.replace(text.find(" ->", 0, end), end, "")
    head, colon, body = text.changed().partition(":\n")
    head = re.sub(r"\s+", " ", head).replace("( ", "(").replace(" )", ")").replace(",)", ")")
    return head + colon + body


# --- words --------------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """A text as a literal."""
    return json.dumps(text, ensure_ascii=False)


def docstring(*paragraphs: str) -> str:
    """A docstring of these paragraphs, whatever stands in them."""
    text = "\n\n".join(p for p in paragraphs if p)
    return '"""' + text.replace("\\", "\\\\").replace('"""', '\\"""') + '\n"""'


def indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    """Lines further to the right; empty ones stay empty."""
    return [textwrap.indent(line, "    " * depth) for line in lines]


def paragraphs(blocks: Iterable[Sequence[str]]) -> str:
    """Blocks of lines with an empty line between them, two around a function."""
    text = ""
    for block in filter(None, blocks):
        lines = "\n".join(block)
        apart = any("\ndef " in f"\n{part}" for part in (lines, text.rpartition("\n\n\n")[2]))
        text += ("\n\n\n" if apart else "\n\n") * bool(text) + lines
    return text


def heading(text: str) -> str:
    """A remark that starts a part of a script."""
    return f"# --- {text} ".ljust(80, "-")


def unclashing(
    names: Iterable[str], write: Callable[[Mapping[str, str]], str]
) -> Mapping[str, str]:
    """How to spell the names so that no name of the script that `write` writes is one of them.

    The script is written once with names that nobody uses; what else it says is its own vocabulary,
    and what it makes of a name (``d_w``, ``x_test``) belongs to that name.
    """
    marked = {name: f"gs{i}sg" for i, name in enumerate(names)}
    own: set[str] = set()
    affixes: set[tuple[str, str]] = set()
    for word in vocabulary(write(marked)):
        made = re.fullmatch(r"(.*?)gs\d+sg(.*)", word)
        if made is None:
            own.add(word)
        elif made.groups() != ("", ""):
            affixes.add((made[1], made[2]))
    spelled = {name: name for name in marked}
    while True:
        derived = {f"{a}{new}{b}" for new in spelled.values() for a, b in affixes}
        clash = [n for n, new in spelled.items() if new in own or new in derived]
        if not clash:
            return spelled
        for name in clash:
            taken = {*spelled.values(), *own}
            while spelled[name] in taken:
                spelled[name] += "_"
