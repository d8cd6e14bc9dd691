"""The table of parameters.

May import: models.text.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.models.text import Style


@dataclass(frozen=True)
class ParameterRow:
    """One parameter: its value, gradient, last change, and how it moved."""

    name: str
    value: str
    gradient: str
    gradient_style: Style
    change: str
    trend: tuple[float, ...]
    current: bool = False
    fresh: Literal["", "value", "gradient"] = ""
    """What this event has changed."""


@dataclass(frozen=True)
class ParametersView:
    """Every parameter at one event."""

    rows: tuple[ParameterRow, ...]
