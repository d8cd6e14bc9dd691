"""The ops room: every differentiable operation, each declared exactly once.

May import: numpy, engine.errors, engine.shapes.   Imported by: formulas, program, explain, tests.
To add an op, add one record to a table of this room; `tests/engine/test_ops.py` finds it there.
"""

from __future__ import annotations

from engine.ops import (
    activations,
    chance,
    elementwise,
    images,
    indexing,
    linear,
    losses,
    reductions,
)
from engine.ops.core import (
    TABLE,
    Array,
    Call,
    Expr,
    Gradient,
    Named,
    Number,
    Op,
    Settings,
    Tangent,
    Thunk,
    Value,
    call,
    copying,
    lift,
)
from engine.ops.linear import sum_to

ROOM = (elementwise, activations, linear, reductions, indexing, losses, images, chance)
OPS: dict[str, Op] = {op.name: op for table in ROOM for op in table.OPS}
TABLE.update(OPS)

__all__ = [
    "OPS",
    "Array",
    "Call",
    "Expr",
    "Gradient",
    "Named",
    "Number",
    "Op",
    "Settings",
    "Tangent",
    "Thunk",
    "Value",
    "call",
    "copying",
    "lift",
    "sum_to",
]
