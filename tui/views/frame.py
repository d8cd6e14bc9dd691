"""One frame: everything that the screen shows at the cursor.

May import: engine's public face, catalogue, models, the other views.   Imported by: screens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine import Debugger, Guide, printable
from tui.models.frame import Frame
from tui.models.influence import ExerciseView, InfluenceView
from tui.table import DEFAULT, CommandTable
from tui.views.code import code_view
from tui.views.derivation import derivation_view
from tui.views.graph import graph_view
from tui.views.influence import Way, candidates, exercise_view, influence_view
from tui.views.inspector import inspector_view
from tui.views.lesson import lesson_view
from tui.views.listing import listing_view
from tui.views.look import Look
from tui.views.neurons import neurons_view, unit_place
from tui.views.parameters import parameters_view
from tui.views.plots import Desk, plot_work, plots_view
from tui.views.scene import Memory, Scene
from tui.views.tensor import tensor_view
from tui.views.timeline import timeline_view
from tui.views.timelines import timelines_view
from tui.views.values import sample_at
from tui.views.watches import watches_view

BUILDERS: Mapping[str, Callable[[Scene], Any]] = {
    "listing": listing_view,
    "graph": graph_view,
    "neurons": neurons_view,
    "tensor": tensor_view,
    "inspector": inspector_view,
    "derivation": derivation_view,
    "parameters": parameters_view,
    "plots": plots_view,
    "code": code_view,
    "lesson": lesson_view,
    "watches": watches_view,
    "timelines": timelines_view,
}
"""What makes each view of the catalogue but the timeline, which is always there."""

OF_THE_RUN = frozenset({"plots", "timelines"})
"""Views that also change while the cursor stands still and the run is recorded further."""


class Views:
    """Makes frames for one debugger; remembers what only changes when the run goes on."""

    def __init__(
        self,
        debugger: Debugger,
        guide: Guide | None = None,
        commands: CommandTable = DEFAULT,
    ) -> None:
        self.debugger, self.guide = debugger, guide
        self._commands = commands
        self._memory = Memory(debugger)

    @property
    def plots(self) -> Desk:
        """What the plots on the screen are still being computed from."""
        return plot_work(self._memory)

    def scene(self, look: Look) -> Scene:
        """The cursor's place, and how it is looked at."""
        state = self.debugger.state
        look = replace(look, sample=sample_at(state, look.sample))
        return Scene(self.debugger, state, look, self._memory, self.guide, self._commands)

    def frame(self, look: Look, busy: str = "", names: Iterable[str] = tuple(BUILDERS)) -> Frame:
        """The views of these names at the cursor."""
        scene = self.scene(look)
        experiment = self.debugger.experiment
        return Frame(
            title=printable(experiment.title or experiment.name).replace("\n", " "),
            timeline=timeline_view(scene, busy),
            views={name: BUILDERS[name](scene) for name in names},
        )

    def going_on(self, frame: Frame, look: Look, busy: str) -> Frame:
        """The same frame with what the background is doing, and the run recorded so far."""
        scene = self.scene(look)
        again = {name: BUILDERS[name](scene) for name in frame.views if name in OF_THE_RUN}
        return replace(frame, timeline=timeline_view(scene, busy), views={**frame.views, **again})

    def at_unit(self, look: Look, unit: tuple[int, int]) -> Look:
        """The look with a unit of the layered net chosen, and its number in all other views."""
        node, index = unit_place(self.scene(look), unit)
        return replace(look, node=node, element=index, neurons=replace(look.neurons, unit=unit))

    def influence(
        self, look: Look, node: int, way: Way, entry: int | None = None, size: float = 0.01
    ) -> InfluenceView:
        """What a node affects, or what it is affected by, at the cursor."""
        scene = self.scene(look)
        state = scene.state
        asked = (state.record, state.index, scene.look.sample, node, way, entry, size)
        return self._memory.by(
            "influence", asked, lambda: influence_view(scene, node, way, entry, size)
        )

    def exercise(
        self, look: Look, node: int, way: Way, marked: frozenset[int], *, revealed: bool
    ) -> ExerciseView:
        """The same as an exercise, as far as the reader has come."""
        scene = self.scene(look)
        asked = (scene.state.record, scene.state.index, node, way)
        right = self._memory.by("exercise", asked, lambda: influence_view(scene, node, way).nodes)
        return exercise_view(scene, node, way, right - {node}, marked, revealed=revealed)

    def candidates(self, node: int) -> tuple[int, ...]:
        """The nodes that the exercise asks about, one a row."""
        return candidates(self.debugger.graph, node)
