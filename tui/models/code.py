"""The run as a script, with the lines that the event belongs to.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.models.text import Phase


@dataclass(frozen=True)
class CodeView:
    """A script beside the listing."""

    library: str
    """``NumPy`` or ``PyTorch``."""
    lines: tuple[str, ...]
    current: tuple[int, ...]
    """Indices of the lines that do what the event's line of the listing does."""
    phase: Phase
    problem: str = ""
    """Why there is no script, where there is none."""
