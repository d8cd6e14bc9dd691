"""How long gradients, parameters and updates are, measured while a run records.

A norm is Euclidean, ``sqrt(v · v)``. A gradient's is that of the gradient as backpropagation gave
it, before it is clipped; an update's is how far the iteration moved the parameter.
May import: program.   Imported by: run.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice, repeat

import numpy as np

from engine.ops import Array, Thunk
from engine.program import Storage

GRADIENT, PARAMETER, UPDATE = range(3)

FEW = 512
"""So many parameters are measured in every iteration; more, in one of `SELDOM`."""
SELDOM = 32
"""One measurement takes up to a third of an iteration: this makes it about 1 %."""

BLOCK_BYTES = 1 << 20
BLOCK_ROWS = 512
"""How many iterations are copied before their copies are looked at."""


class Norms:
    """What a stretch of iterations copies, and the norms that come of it."""

    every: int
    """How many iterations apart they are measured."""
    row: Array
    """What to copy of every iteration, right before its update."""
    recorded: slice
    """Which part of that the history keeps: the loss and the first scalar parameters."""
    scalars: slice
    """Which part of it is the loss and all scalar parameters."""

    def __init__(self, storage: Storage, row: Array) -> None:
        self._storage = storage
        self.row = row
        self.block = np.empty((max(16, min(BLOCK_ROWS, BLOCK_BYTES // row.nbytes)), len(row)))
        self.slots = list(self.block)
        """Where to copy it to, iteration by iteration: the rows of the block."""
        parts = list(storage.views.values())
        self._scalars = sum(1 for part in parts if part.stop - part.start == 1)
        self._arrays = parts[self._scalars :]
        self._columns = {node: i for i, node in enumerate(storage.views)}

    @property
    def width(self) -> int:
        """How many norms one measurement gives."""
        return 3 * len(self._columns)

    def column(self, kind: int, node: int) -> int:
        """Where among them a trained parameter's norm of this kind stands."""
        return kind * len(self._columns) + self._columns[node]

    def updates(self, number: int) -> Iterator[tuple[Thunk, ...]]:
        """The calls that update the parameters, for each iteration of a stretch in turn.

        `number` is that of its first iteration, counted from where the run began.
        """
        raise NotImplementedError

    def measured(self, iterations: int) -> Array:
        """The norms of the stretch, now that it has had so many iterations: (rows, width)."""
        raise NotImplementedError

    def _lengths(self, vectors: Array, out: Array) -> None:
        """The norm of every parameter's part of flat vectors, one vector a row."""
        np.abs(vectors[:, : self._scalars], out=out[:, : self._scalars])
        for column, part in enumerate(self._arrays, self._scalars):
            v = vectors[:, part]
            np.vecdot(v, v, out=out[:, column])
        squares = out[:, self._scalars :]
        np.sqrt(squares, out=squares)


class OfEvery(Norms):
    """Those of every iteration: all its numbers are copied, and looked at many rows at a time."""

    every = 1

    def __init__(self, storage: Storage) -> None:
        size = len(storage.parameters)
        super().__init__(storage, storage.live[: 2 * size + 1])
        self.recorded = slice(size, size + len(storage.row))
        self.scalars = slice(size, size + len(storage.scalar_row))
        self._size = size
        self._moves = np.empty((len(self.block), size))
        self._found = np.empty((len(self.block), 3, len(storage.views)))

    def updates(self, number: int) -> Iterator[tuple[Thunk, ...]]:
        return repeat(self._storage.update)

    def measured(self, iterations: int) -> Array:
        rows, found = self.block[:iterations], self._found[:iterations]
        gradients, parameters = rows[:, : self._size], rows[:, self._size + 1 :]
        moves = self._moves[:iterations]
        np.subtract(parameters[1:], parameters[:-1], moves[:-1])
        np.subtract(self._storage.parameters, parameters[-1], moves[-1])
        for kind, vectors in enumerate((gradients, parameters, moves)):
            self._lengths(vectors, found[:, kind])
        return found.reshape(iterations, self.width)


class OfSome(Norms):
    """Those of every so manieth iteration, measured in place before and after its update."""

    every = SELDOM

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage, storage.scalar_row)
        self.recorded, self.scalars = slice(len(storage.row)), slice(None)
        self._move = np.empty((1, len(storage.parameters)))
        self._found = np.empty((len(self.block) // self.every + 1, 3, len(storage.views)))
        self._count = 0

    def updates(self, number: int) -> Iterator[tuple[Thunk, ...]]:
        self._count = 0
        update = self._storage.update
        measured = (self._before, *update, self._after)
        pattern = cycle((measured, *[update] * (self.every - 1)))
        return islice(pattern, number % self.every, None)

    def measured(self, iterations: int) -> Array:
        return self._found[: self._count].reshape(self._count, self.width)

    def _before(self) -> None:
        found = self._found[self._count, :, None]
        self._lengths(self._storage.gradients[None], found[GRADIENT])
        self._lengths(self._storage.parameters[None], found[PARAMETER])
        self._move[0] = self._storage.parameters

    def _after(self) -> None:
        np.subtract(self._storage.parameters, self._move, self._move)
        self._lengths(self._move, self._found[self._count, :, None][UPDATE])
        self._count += 1


def norms_of(storage: Storage) -> Norms:
    """Norms of every iteration where parameters are few, of some where they are many."""
    return OfEvery(storage) if len(storage.parameters) <= FEW else OfSome(storage)
