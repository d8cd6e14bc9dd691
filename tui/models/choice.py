"""What can be done about one line of a list, as commands.

May import: the standard library.   Imported by: the package, which says for whom.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """What can be done about one line: commands as they are typed, or nothing."""

    go: str = ""
    """Where it leads."""
    toggle: str = ""
    """On, or off."""
    remove: str = ""
    rename: str = ""
    """The beginning of a command, to be finished at the prompt."""
    compare: str = ""
