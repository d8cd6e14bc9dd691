"""What every view is made from: the cursor's state, what the reader looks at, and a memory.

May import: engine's public face, views.look.   Imported by: the other views.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tui.table import DEFAULT, CommandTable

if TYPE_CHECKING:
    from engine import Debugger, Guide, State
    from tui.views.look import Look

T = TypeVar("T")


@dataclass
class Memory:
    """Parts of views that are made again only when what they depend on has changed."""

    debugger: Debugger
    _kept: dict[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])

    def once(self, key: str, make: Callable[[], T]) -> T:
        """What never changes for a debugger: its graph and its listing never do."""
        return self.by(key, None, make)

    def by_run(self, key: str, make: Callable[[], T]) -> T:
        """What changes when a timeline is recorded further, or another one is looked at."""
        timelines = self.debugger.timelines
        stamp = (timelines.current.name, *((t.name, t.run, t.run.done) for t in timelines))
        return self.by(key, stamp, make)

    def by(self, key: str, stamp: Any, make: Callable[[], T]) -> T:
        """What changes with a stamp."""
        if key not in self._kept or self._kept[key][0] != stamp:
            self._kept[key] = (stamp, make())
        return self._kept[key][1]


@dataclass(frozen=True)
class Scene:
    """The cursor's place, and how it is looked at."""

    debugger: Debugger
    state: State
    look: Look
    """With a sample that is in the batch."""
    memory: Memory
    guide: Guide | None = None
    """Leads through the lesson that is open."""
    commands: CommandTable = DEFAULT
    """With the reader's keys, where a view says which one does what."""
