"""Dropout: a mask that is drawn anew each iteration, and a product with it.

The mask is a node of its own, so it has an event, a value in every record and a place in the
trace. What it holds is a pure function of the address: `drawn` below, and nothing else.
May import: numpy, ops.core, ops.composed, ops.elementwise.   Imported by: the ops room, program.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.ops.composed import nothing
from engine.ops.core import REQUIRED, Array, Op, Thunk
from engine.ops.elementwise import elementwise

_DROPOUT = 0x64726F70
"""Keeps the random numbers of masks apart from those of initial values and permutations."""


def drawn(out: Array, p: float, seed: int, epoch: int, iteration: int, node: int) -> None:
    """Fill `out` with 0 (probability `p`) and 1 / (1 − p), by (seed, epoch, iteration, node).

    Epochs and iterations count from 1. A larger mask begins with the numbers of a smaller one.
    """
    sequence = np.random.SeedSequence((_DROPOUT, seed, epoch, iteration, node))
    chances = np.random.Generator(np.random.PCG64(sequence)).random(out.shape)
    np.multiply(chances >= p, 1.0 / (1.0 - p), out)


def _keep_all(out: Array, a: Array, p: float) -> list[Thunk]:
    # Outside of a run nothing is dropped.
    return [partial(out.fill, 1.0)]


OPS = (
    Op(
        "dropout_mask",
        "mask",
        1,
        _keep_all,
        lambda shape, p: shape,
        ("0",),
        lambda rng: (rng.normal(size=(2, 3)),),
        vjp=lambda upstream, out, a, p: (nothing(a),),
        multilinear=True,
        constant=(0,),
        random=True,
        settings={"p": REQUIRED},
        examples=({"p": 0.25},),
        in_language=False,
    ),
    elementwise(
        "dropout",
        "drop",
        lambda out, a, mask, p: [partial(np.multiply, a, mask, out)],
        lambda out, a, mask, p: (mask, a),
        ("∂out · mask", "∂out · a"),
        lambda rng: (rng.normal(size=(2, 3)), 2.0 * rng.integers(0, 2, (2, 3))),
        settings={"p": 0.5},
        examples=({"p": 0.5},),
        drawn="dropout_mask",
    ),
)
