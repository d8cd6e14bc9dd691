"""The computation graph: nodes in topological order, and what reaches what.

A graph is static: it holds no values, only which op computes which node from which operands.
May import: errors, ops, shapes.   Imported by: formulas (which builds it), listing, program,
trace, explain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from engine.errors import DataError, Place, ShapeError, TargetError, did_you_mean, listed
from engine.ops import Array, Call, Expr, Number, Op, Settings, Value
from engine.shapes import MAX_AXES, Mismatch, Shape, shape_text

Kind = Literal["data", "constant", "parameter", "op"]


@dataclass(frozen=True)
class Node:
    """One value of the graph: a data column, a constant, a parameter, or the output of one op."""

    id: int
    name: str
    """A formula's last op has the formula's name; an inner op its own source text."""
    kind: Kind
    op: Op | None = None
    operands: tuple[int, ...] = ()
    settings: Settings = ()
    formula: int | None = None
    """The formula that this op is a part of, counted from 0."""
    literal: float | None = None
    """The number, where the node is one that stands in a formula."""
    trainable: bool = False
    place: Place | None = None

    @property
    def differentiable(self) -> tuple[int, ...]:
        """The operands that a gradient flows to: all but indices and the like."""
        if self.op is None or not self.op.constant:
            return self.operands
        return tuple(i for at, i in enumerate(self.operands) if at not in self.op.constant)


@dataclass(frozen=True)
class Formula:
    """One assignment of the experiment: a statement of the program being debugged."""

    index: int
    name: str
    text: str
    """As its author wrote it, without the comment."""
    place: Place
    node: int
    """The node that carries the formula's name: its last op."""
    operands: tuple[int, ...]
    """The named nodes it reads, in order of appearance, each once; no literals."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in topological order (`nodes[i].id == i`) and the formulas they came from."""

    nodes: tuple[Node, ...]
    formulas: tuple[Formula, ...]
    loss: int

    def __getitem__(self, node: int) -> Node:
        return self.nodes[node]

    @cached_property
    def named(self) -> dict[str, int]:
        """Ids by name, without inner ops and literals."""
        inner = {n.id for n in self.nodes if n.literal is not None}
        inner |= {n.id for n in self.nodes if n.kind == "op"}
        inner -= {f.node for f in self.formulas}
        return {n.name: n.id for n in self.nodes if n.id not in inner}

    @cached_property
    def inner(self) -> dict[str, int]:
        """Ids of inner ops by their text without blanks; of those that read alike the first."""
        named = set(self.named.values())
        return {n.name.replace(" ", ""): n.id for n in reversed(self.ops) if n.id not in named}

    def id_of(self, node: int | str) -> int:
        """The id of a node that is given by id or by name. Raises `TargetError`."""
        if isinstance(node, str):
            if node in self.named:
                return self.named[node]
        elif 0 <= node < len(self.nodes):
            return node
        known = f"there are {listed(self.named)}"
        hint = did_you_mean(node, self.named, known) if isinstance(node, str) else known
        raise TargetError(f"there is no node {node!r}", hint=hint)

    @cached_property
    def parameters(self) -> tuple[Node, ...]:
        return tuple(n for n in self.nodes if n.kind == "parameter")

    @cached_property
    def ops(self) -> tuple[Node, ...]:
        return tuple(n for n in self.nodes if n.kind == "op")

    @cached_property
    def consumers(self) -> tuple[tuple[int, ...], ...]:
        """For each node the ops that read it, in topological order, each once."""
        readers: list[list[int]] = [[] for _ in self.nodes]
        for node in self.ops:
            for operand in dict.fromkeys(node.operands):
                readers[operand].append(node.id)
        return tuple(tuple(r) for r in readers)

    @cached_property
    def origins(self) -> tuple[frozenset[int], ...]:
        """For each node the named ones it is made of inside its formula; a named one is its own."""
        named = {f.node for f in self.formulas}
        found: list[frozenset[int]] = []
        for n in self.nodes:
            inner = n.op is not None and n.id not in named
            read = (found[i] for i in n.operands) if inner else ((n.id,),)
            found.append(frozenset().union(*read))
        return tuple(found)

    def ancestors(self, node: int) -> frozenset[int]:
        """Every node that `node` is computed from, itself included."""
        found = {node}
        for n in range(node, -1, -1):
            if n in found:
                found.update(self.nodes[n].operands)
        return frozenset(found)

    def descendants(self, node: int) -> frozenset[int]:
        """Every node that `node` affects, itself included."""
        found = {node}
        for n in self.nodes[node + 1 :]:
            if not found.isdisjoint(n.operands):
                found.add(n.id)
        return frozenset(found)

    @cached_property
    def differentiated(self) -> frozenset[int]:
        """The nodes that have a gradient: on a path from some parameter to the loss."""
        downstream: set[int] = set()
        for n in self.nodes:
            if n.kind == "parameter" or not downstream.isdisjoint(n.differentiable):
                downstream.add(n.id)
        upstream = {self.loss}
        for n in reversed(self.nodes[: self.loss + 1]):
            if n.id in upstream:
                upstream.update(n.differentiable)
        return frozenset(downstream & upstream) | {self.loss}

    def expression(self, node: int, shapes: Sequence[Shape]) -> Expr:
        """A node written over its operands: ``w1 * x`` for an op, itself for a leaf."""
        n = self.nodes[node]
        if n.op is None:
            return self.reference(node, shapes)
        return Call(n.op, tuple(self.reference(i, shapes) for i in n.operands), n.settings)

    def reference(self, node: int, shapes: Sequence[Shape]) -> Expr:
        """A node as an operand: a literal as its number, any other node by its value."""
        literal = self.nodes[node].literal
        return Number(literal) if literal is not None else Value(node, shapes[node])


def infer_shapes(graph: Graph, leaves: Mapping[str, Shape]) -> tuple[Shape, ...]:
    """The shape of every node, given those of the named leaves.

    Raises `ShapeError`, naming the operands and pointing at the op in its formula.
    """
    shapes: list[Shape] = []
    for node in graph.nodes:
        if node.op is None:
            shapes.append(() if node.literal is not None else leaves[node.name])
            continue
        operands = [shapes[i] for i in node.operands]
        try:
            shape = node.op.shape(*operands, **dict(node.settings))
        except Mismatch as error:
            have = ", ".join(
                f"{graph[i].name} is {shape_text(shapes[i])}" for i in dict.fromkeys(node.operands)
            )
            raise ShapeError(
                f"{_written_name(node)} cannot take {error}",
                place=node.place,
                hint=f"{have}; {_way_out(node.op)}",
            ) from None
        if len(shape) > MAX_AXES:
            raise ShapeError(
                f"{_written_name(node)} makes an array of {len(shape)} axes",
                place=node.place,
                hint=f"there may be at most {MAX_AXES}",
            )
        shapes.append(shape)
    return tuple(shapes)


def index_limit(node: Node, shapes: Sequence[Shape]) -> int:
    """How many rows or classes the indices of an op like `embedding` choose from."""
    assert node.op is not None and node.op.index_axis is not None
    return int(shapes[node.operands[0]][node.op.index_axis])


def check_indices(indices: Array, limit: int, name: str, node: Node) -> None:
    """Raise `DataError` where a number is no index from 0 to `limit` − 1, placed at its op."""
    # Written so that nan is no index either.
    wrong = ~((indices >= 0) & (indices < limit) & (indices == np.rint(indices)))
    if not wrong.any():
        return
    assert node.op is not None
    what = "row" if node.op.index_axis == 0 else "class"
    at = np.argwhere(wrong)[0].tolist()
    where = f" (entry {', '.join(str(n + 1) for n in at)})" if at else ""
    raise DataError(
        f"{node.op.name} cannot take {indices[tuple(at)]:g} from '{name}'{where} as a {what}",
        place=node.place,
        hint=f"there are {limit}: whole numbers from 0 to {limit - 1}",
    )


def check_leaf_indices(graph: Graph, shapes: Sequence[Shape], values: Mapping[str, Array]) -> None:
    """Check the data columns and constants that are used as indices, before anything runs."""
    for node in graph.ops:
        if node.op is None or node.op.index_axis is None:
            continue
        indices = graph[node.operands[1]]
        if indices.literal is not None:
            numbers: Array = np.asarray(indices.literal)
        elif indices.kind in ("data", "constant"):
            numbers = values[indices.name]
        else:
            continue
        check_indices(numbers, index_limit(node, shapes), indices.name, node)


def _written_name(node: Node) -> str:
    """An op as its formula calls it: a subscript has no name there."""
    assert node.op is not None
    return "[ ]" if node.op.name == "slice" else node.op.name


def _way_out(op: Op) -> str:
    if op.way_out:
        return op.way_out
    if op.arity > 1:
        return "shapes must be equal, or 1 where they differ, counted from the right"
    return "count axes from 0, or from the right with -1"
