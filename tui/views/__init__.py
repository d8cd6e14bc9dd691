"""What the screen shows at the cursor: from the debugger to frozen view models.

Everything here reads; nothing moves the cursor or changes the run. Numbers become text here, and
names of styles are chosen here; where the text goes is the business of `tui.drawing`.
May import: engine's public face, models, numbers, series, numpy.   Imported by: screens.
"""

from __future__ import annotations

from tui.views.frame import Views
from tui.views.influence import Way
from tui.views.listing import stop_line
from tui.views.look import Look, Window
from tui.views.names import Names
from tui.views.plots import asked_for, next_plot
from tui.views.values import BOX_WIDTH, indexed

__all__ = [
    "BOX_WIDTH",
    "Look",
    "Names",
    "Views",
    "Way",
    "Window",
    "asked_for",
    "indexed",
    "next_plot",
    "stop_line",
]
