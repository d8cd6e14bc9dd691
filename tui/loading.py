"""Modules that the first frame did without: they are loaded in the reader's pauses.

So the first look at anything costs no more than the second.
May import: the standard library.   Imported by: screens.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

FOLDERS = (
    "engine",
    "tui.models",
    "tui.drawing",
    "tui.completion",
    "tui.views",
    "tui.console",
    "tui.widgets",
    "tui.screens",
)
"""What is needed by others first, so that each module brings few others with it."""


def load_the_rest() -> Iterator[str]:
    """Load one module after the other, and say which; what is there already is passed over."""
    for folder in FOLDERS:
        package = import_module(folder)
        for module in walk_packages(package.__path__, f"{folder}."):
            if module.name not in sys.modules:
                import_module(module.name)
                yield module.name
