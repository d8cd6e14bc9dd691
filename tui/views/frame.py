"""One frame: everything that the screen shows at the cursor.

May import: engine's public face, catalogue, models, the other views.   Imported by: screens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import Debugger, printable
from tui.catalogue import CATALOGUE
from tui.models.frame import Frame
from tui.table import DEFAULT, CommandTable
from tui.views.look import Look
from tui.views.scene import Memory, Scene
from tui.views.timeline import timeline_view
from tui.views.values import sample_at

if TYPE_CHECKING:
    from engine import Guide
    from tui.models.influence import ExerciseView, InfluenceView
    from tui.views.influence import Way
    from tui.views.plots import Desk

EVERY = tuple(kind.name for kind in CATALOGUE if kind.slot != "bar")
"""All views but the timeline, which is always there."""

OF_THE_RUN = frozenset({"plots", "timelines"})
"""Views that also change while the cursor stands still and the run is recorded further."""


def builder(name: str) -> Callable[[Scene], Any]:
    """What makes a view of the catalogue: it stands in the file of that name."""
    return getattr(import_module(f"tui.views.{name}"), f"{name}_view")


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
        from tui.views.plots import plot_work

        return plot_work(self._memory)

    def scene(self, look: Look) -> Scene:
        """The cursor's place, and how it is looked at."""
        debugger, state = self.debugger, self.debugger.state
        look = replace(look, sample=sample_at(state, look.sample))
        if look.alone and len(state.record.samples) > 1:
            from engine import SampleAlone, sample_record

            kept = (state.record, look.sample)
            record = self._memory.by("alone", kept, lambda: sample_record(state, look.sample))
            debugger = SampleAlone(debugger, record)
            state = debugger.state
            look = replace(look, neurons=replace(look.neurons, batch=False))
        return Scene(debugger, state, look, self._memory, self.guide, self._commands)

    # What is told of a run that diverges may overflow like the run itself: that is no news.
    @np.errstate(all="ignore")
    def frame(self, look: Look, busy: str = "", names: Iterable[str] = EVERY) -> Frame:
        """The views of these names at the cursor."""
        scene = self.scene(look)
        experiment = self.debugger.experiment
        return Frame(
            title=printable(experiment.title or experiment.name).replace("\n", " "),
            timeline=timeline_view(scene, busy),
            alone=_alone(scene),
            views={name: builder(name)(scene) for name in names},
        )

    @np.errstate(all="ignore")
    def going_on(self, frame: Frame, look: Look, busy: str) -> Frame:
        """The same frame with what the background is doing, and the run recorded so far."""
        scene = self.scene(look)
        again = {name: builder(name)(scene) for name in frame.views if name in OF_THE_RUN}
        return replace(frame, timeline=timeline_view(scene, busy), views={**frame.views, **again})

    def at_unit(self, look: Look, unit: tuple[int, int]) -> Look:
        """The look with a unit of the layered net chosen, and its number in all other views."""
        from tui.views.neurons import unit_place

        node, index = unit_place(self.scene(look), unit)
        return replace(look, node=node, element=index, neurons=replace(look.neurons, unit=unit))

    def influence(
        self, look: Look, node: int, way: Way, entry: int | None = None, size: float = 0.01
    ) -> InfluenceView:
        """What a node affects, or what it is affected by, at the cursor."""
        from tui.views.influence import influence_view

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
        from tui.views.influence import exercise_view, influence_view

        scene = self.scene(look)
        asked = (scene.state.record, scene.state.index, node, way)
        right = self._memory.by("exercise", asked, lambda: influence_view(scene, node, way).nodes)
        return exercise_view(scene, node, way, right - {node}, marked, revealed=revealed)

    def candidates(self, node: int) -> tuple[int, ...]:
        """The nodes that the exercise asks about, one a row."""
        from tui.views.influence import candidates

        return candidates(self.debugger.graph, node)


def _alone(scene: Scene) -> str:
    record = scene.state.record
    if record.alone is None:
        return ""
    return f"sample {record.alone + 1} of {len(record.samples)} alone"
