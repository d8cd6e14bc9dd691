"""Widgets: each shows one view and posts messages about what the reader did.

The panel of a view stands in the file of its name, and is loaded when it is first seen.
"""

from __future__ import annotations

from importlib import import_module

from tui.widgets.panel import Panel


def panel_of(view: str) -> type[Panel]:
    """What shows a view of the catalogue."""
    return getattr(import_module(f"tui.widgets.{view}"), f"{view.title()}Panel")
