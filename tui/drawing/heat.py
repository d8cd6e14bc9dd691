"""Cells of a table of numbers: aligned, and shaded by sign and size.

Positive numbers lie on a warm ground and negative ones on a cold one, the deeper the larger they
are beside the largest of the table. Where there are no colours, a block behind the number is the
higher the larger it is.
May import: tui.models, tui.numbers.   Imported by: drawing.tensor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tui.models.tensor import Block
from tui.models.text import Span, Style
from tui.numbers import decimals_of, tabular

NUMBER = 7
"""Cells of a number."""

LEVELS = (0.04, 0.2, 0.45, 0.75)
"""Shares of the largest magnitude at which the ground becomes deeper."""

BARS = " ▂▄▆█"
"""The same without colour."""

PLAIN_BARS = " .:+#"


@dataclass(frozen=True)
class Heat:
    """How the numbers of one table are written and shaded."""

    largest: float
    decimals: int | None
    signed: bool
    bars: str = ""
    """Blocks of growing height, in place of colours."""

    @property
    def width(self) -> int:
        """Cells of a column: a blank, the number, and its block if it has one."""
        return 1 + NUMBER + bool(self.bars)

    def text(self, value: float) -> str:
        """The number in its cells."""
        return tabular(value, self.decimals, NUMBER, signed=self.signed)

    def level(self, value: float) -> int:
        """How large a number is beside the largest: 0 to 4."""
        if not math.isfinite(value) or not self.largest:
            return 0
        share = abs(value) / self.largest
        return sum(share >= bound for bound in LEVELS)

    def ground(self, value: float) -> Style:
        """The name of the background of a number; nothing for a small one."""
        level = self.level(value)
        return f" {'cold' if value < 0 else 'warm'}{level}" if level else ""

    def cell(self, value: float, *, ink: Style = "", before: str = " ") -> list[Span]:
        """A number with the blank before it, or a bracket in its place."""
        if not ink:
            ink = "text" if value else "dim"
        if not math.isfinite(value):
            ink = "bad"
        ground = self.ground(value)
        spans: list[Span] = [(before, f"title bold{ground}" if before != " " else f"text{ground}")]
        spans.append((self.text(value), ink + ground))
        if self.bars:
            spans.append((self.bars[self.level(value)], ink))
        return spans

    def factor(self, value: float, *, chosen: bool) -> list[Span]:
        """A number of a factor: only those that make up the chosen number stand out."""
        if chosen:
            return self.cell(value, ink="title bold")
        text = f" {self.text(value)}" + " " * bool(self.bars)
        return [(text, "dim" if math.isfinite(value) else "bad")]


def heat_of(block: Block, rows: Sequence[Sequence[float]], *, signed: bool, bars: str) -> Heat:
    """How a table is written whose rows in sight are these."""
    decimals = decimals_of(block.largest, NUMBER)
    finite = (value for row in rows for value in row if math.isfinite(value))
    if decimals and all(value == math.floor(value) for value in finite):
        decimals = 0  # labels, counts, pixels
    return Heat(block.largest, decimals, signed, bars)
