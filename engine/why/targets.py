"""What a question is about: the value or the gradient of a node, or of one of its elements.

May import: errors, formulas, graph, shapes.   Imported by: the rest of this room, derivation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

from engine.errors import Place, TargetError, did_you_mean, listed
from engine.formulas import normalized
from engine.graph import Graph
from engine.shapes import Shape, shape_text

What = Literal["value", "gradient"]


@dataclass(frozen=True)
class Target:
    """The value or the gradient of a node; with an index that of one element, counted from 0."""

    what: What
    node: int
    index: tuple[int, ...] = ()


def element(graph: Graph, node: int, index: Sequence[int | str] = ()) -> str:
    """A node or one of its elements as it is written: ``W[0, 2]``, also with a letter for an index
    that runs; an inner op in parentheses.
    """
    n = graph[node]
    name = n.name if n.name.isidentifier() or n.literal is not None else f"({n.name})"
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def gradient_name(graph: Graph, node: int, index: Sequence[int | str] = ()) -> str:
    """A gradient as it is written: ``∂loss/∂W[0, 2]``."""
    return f"∂{graph[graph.loss].name}/∂{element(graph, node, index)}"


def target_text(graph: Graph, target: Target) -> str:
    """A target in symbols."""
    written = element if target.what == "value" else gradient_name
    return written(graph, target.node, target.index)


def parse_target(text: str, graph: Graph, shapes: Sequence[Shape]) -> Target:
    """The target that a person means by `text`, for nodes of these shapes.

    A value is written ``w1`` or ``W[0, 2]``, a gradient ``grad(w1)``, ``grad(W[0, 2])``,
    ``grad(W)[0, 2]`` or ``∂loss/∂w1``; a negative index counts from the end. An inner op is written
    by its text, with an index in parentheses: ``w1 * x``, ``(w1 * x)[3]``, ``grad(w1 * x)``. Raises
    `TargetError`, placed in the text.
    """
    try:
        return _Parser(text, graph, shapes).target()
    except TargetError:
        found = _inner(text, graph, shapes)
        if found is None:
            raise
        return found


_GRADIENT = re.compile(r"grad\((?P<inner>.*)\)|∂\w+/∂(?P<above>.*)")
_INNER = re.compile(r"\((?P<text>.*)\)(?P<index>\[[^\]]*\])?")


def _inner(text: str, graph: Graph, shapes: Sequence[Shape]) -> Target | None:
    """The inner op whose text this is; None where there is none."""
    what: What = "value"
    text = "".join(text.split())
    if (match := _GRADIENT.fullmatch(text)) is not None:
        what, text = "gradient", match["inner"] or match["above"]
    index = ""
    if text not in graph.inner and (match := _INNER.fullmatch(text)) is not None:
        text, index = match["text"], match["index"] or ""
    node = graph.inner.get(text)
    return None if node is None else Target(what, node, _Parser(index, graph, shapes).index(node))


_NAME = re.compile(r"\s*([^\W\d]\w*)")
_NUMBER = re.compile(r"\s*([-−]?\d{1,18})\s*")


class _Parser:
    def __init__(self, text: str, graph: Graph, shapes: Sequence[Shape]) -> None:
        self.text, self.graph, self.shapes = text, graph, shapes
        self.at = 0

    def target(self) -> Target:
        what: What = "value"
        if self.takes("∂"):
            what = "gradient"
            self.loss()
            if not (self.takes("/") and self.takes("∂")):
                self.fail("expected '/∂' and a name", hint="write ∂loss/∂w1, or grad(w1)")
            node, index = self.reference()
        elif re.match(r"\s*grad\s*\(", self.text):
            what = "gradient"
            self.at = self.text.index("(") + 1
            node, index = self.reference()
            if not self.takes(")"):
                self.fail("expected ')'", hint="write grad(w1) or grad(W[0, 2])")
            index = index or self.index(node)
        else:
            node, index = self.reference()
        if self.text[self.at :].strip():
            self.skip()
            self.fail(
                "nothing more was expected here",
                width=len(self.text) - self.at,
                hint="ask for one node or element: w1, W[0, 2], grad(w1), grad(W[0, 2])",
            )
        return Target(what, node, index)

    def loss(self) -> None:
        """The name above the line: all gradients are those of the loss."""
        loss, start = self.graph[self.graph.loss].name, self.at
        name = self.name()
        if name != loss:
            self.at = start
            self.fail(
                f"gradients are those of the loss '{loss}', not of '{name}'",
                width=len(name),
                hint=f"write ∂{loss}/∂…, or grad(…)",
            )

    def reference(self) -> tuple[int, tuple[int, ...]]:
        """A node's name, and the index behind it if there is one."""
        start = self.at
        name = self.name()
        node = self.graph.named.get(normalized(name))
        if node is None:
            self.at = start
            self.skip()
            self.fail(
                f"there is no node '{name}'",
                width=len(name),
                hint=did_you_mean(name, self.graph.named, f"there are {listed(self.graph.named)}"),
            )
        return node, self.index(node)

    def name(self) -> str:
        match = _NAME.match(self.text, self.at)
        if match is None:
            self.skip()
            self.fail("expected the name of a node", hint=f"there are {listed(self.graph.named)}")
        self.at = match.end()
        return match[1]

    def index(self, node: int) -> tuple[int, ...]:
        """The numbers in brackets, checked against the node's shape; nothing where none stand."""
        if not self.takes("["):
            return ()
        opening = self.at - 1
        shape, numbers = self.shapes[node], []
        name = self.graph[node].name
        while True:
            match = _NUMBER.match(self.text, self.at)
            if match is None:
                self.skip()
                self.fail("expected a whole number", hint="an index looks like [0, 2]")
            place = match.start(1)
            number = int(match[1].replace("−", "-"))
            if len(numbers) < len(shape):
                size = int(shape[len(numbers)])
                if not -size <= number < size:
                    self.at = place
                    self.fail(
                        f"index {number} is out of range: '{name}' has shape {shape_text(shape)}",
                        width=len(match[1]),
                        hint=f"count from 0 to {size - 1}, or from the end with -1",
                    )
                number %= size
            numbers.append(number)
            self.at = match.end()
            if not self.takes(","):
                break
        if not self.takes("]"):
            self.fail("expected ']'", hint="an index looks like [0, 2]")
        if len(numbers) != len(shape):
            came = "1 index came" if len(numbers) == 1 else f"{len(numbers)} indices came"
            width, self.at = self.at - opening, opening
            self.fail(
                f"'{name}' is {shape_text(shape)}; {came}",
                width=width,
                hint="give one whole number for each axis, or none for the largest number"
                if shape
                else "leave the brackets away",
            )
        return tuple(numbers)

    def takes(self, sign: str) -> bool:
        """Move past a sign if it stands here."""
        rest = self.text[self.at :]
        if not rest.lstrip().startswith(sign):
            return False
        self.at += len(rest) - len(rest.lstrip()) + len(sign)
        return True

    def skip(self) -> None:
        rest = self.text[self.at :]
        self.at += len(rest) - len(rest.lstrip())

    def fail(self, what: str, *, width: int = 1, hint: str = "") -> NoReturn:
        place = Place(column=self.at + 1, source=self.text, width=width)
        raise TargetError(what, place=place, hint=hint)
