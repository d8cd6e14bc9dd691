"""What the screen lets its reader take along: numbers and texts, derivations, pictures.

May import: engine's public face, taking, widgets.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine import GradstepError
from tui.taking import Copy, Looked, copied, picture_file, write_derivation, write_new
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from tui.screens.debugger import DebuggerScreen


class Carrying:
    """The clipboard and the files of one screen."""

    def __init__(self, host: DebuggerScreen) -> None:
        self._host = host

    def copy(self, kind: str) -> None:
        """Copy what the reader looks at, and say what it was. Raises `GradstepError`."""
        host = self._host
        panel = host.attended
        looked = Looked(
            line=host.line,
            node=host.debugger.state.step.node,
            chosen=host.look.node,
            number=host.number(),
            panel=Copy(f"the {panel.id}", panel.text()) if isinstance(panel, Panel) else None,
            derivation=lambda: host.derivation,
        )
        copy = copied(host.debugger, looked, kind)
        host.app.copy_to_clipboard(copy.text)
        host.say(copy.said())

    def write(self, name: str) -> None:
        """Write the derivation to a file. Raises `GradstepError`."""
        self._host.say(f"wrote {write_derivation(self._host.derivation, name)}")

    def screenshot(self, name: str) -> None:
        """A picture of the screen, once nothing stands over it. Raises `GradstepError`."""
        self._host.call_later(self._expose, picture_file(name))

    def _expose(self, path: Path) -> None:
        self._host.refresh(layout=True)
        self._host.call_after_refresh(self._take_picture, path)

    def _take_picture(self, path: Path) -> None:
        host = self._host
        try:
            write_new(path, host.app.export_screenshot(title="gradstep", simplify=True))
        except GradstepError as error:
            host.problem(error)
        else:
            host.say(f"wrote {path}")
