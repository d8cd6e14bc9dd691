"""The run as a script in NumPy or PyTorch, with the event's place in it.

May import: engine's public face, models, the other views.   Imported by: views.frame.
"""

from __future__ import annotations

from engine import GradstepError, Twin, code_twin
from tui.models.code import CodeView
from tui.views.scene import Scene

LIBRARIES = {"numpy": "NumPy", "pytorch": "PyTorch"}


def code_view(scene: Scene) -> CodeView:
    """The whole script; it is written once, and only the place in it moves."""
    library, step = scene.look.library, scene.state.step

    def write() -> tuple[Twin, tuple[str, ...]] | str:
        try:
            twin = code_twin(scene.debugger.experiment, library)
        except GradstepError as error:  # its data file is gone
            return str(error)
        return twin, tuple(twin.text.rstrip("\n").split("\n"))

    written = scene.memory.once(f"code {library}", write)
    if isinstance(written, str):
        return CodeView(LIBRARIES[library], (), (), step.phase.value, written)
    twin, lines = written
    current = tuple(number - 1 for number in twin.places.get(step.line, ()))
    return CodeView(LIBRARIES[library], lines, current, step.phase.value)
