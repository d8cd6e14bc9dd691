"""The keys of one place as Textual's bindings.

May import: textual, tui.local_keys.   Imported by: the other widgets, screens.
"""

from __future__ import annotations

from textual.binding import Binding, BindingType

from tui.local_keys import local_to


def bound(place: str) -> list[BindingType]:
    """What a panel, a sheet or the prompt binds for itself."""
    return [
        Binding(local.binding, local.action, local.help, show=False, id=local.id)
        for local in local_to(place)
    ]
