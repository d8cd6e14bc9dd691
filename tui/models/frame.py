"""The whole screen.

May import: the other models.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.models.timeline import TimelineView


@dataclass(frozen=True)
class Frame:
    """The whole screen at one event: everything that the widgets show."""

    title: str
    timeline: TimelineView
    alone: str
    """Which sample is shown alone, if one is: ``sample 4 of 4 alone``."""
    views: Mapping[str, Any]
    """The view models of what is on the screen, by the names of the catalogue."""
