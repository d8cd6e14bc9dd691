"""A layered net, in which a unit is chosen.

May import: textual, tui.drawing, tui.models.   Imported by: widgets, screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import MouseEvent, MouseScrollDown, MouseScrollUp

from tui.drawing.neurons import draw_neurons, layer_at, neighbour_unit, unit_at
from tui.models.neurons import NeuronsView
from tui.models.text import Row
from tui.widgets.local import bound
from tui.widgets.panel import Direction, Panel, Said

SCROLL = 3
"""Units that the wheel scrolls by."""


class NeuronsPanel(Panel):
    """Units and edges; arrows or a click choose a unit."""

    BINDINGS = bound("neurons")
    view: NeuronsView | None

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._wanted: tuple[int, int] | None = None
        """The unit that keys have gone to and that is not shown yet: the next key starts there."""

    def show(self, view: NeuronsView) -> None:
        self._wanted = None
        super().show(view)

    @dataclass
    class UnitChosen(Said):
        """The reader chose a (layer, unit), or none."""

        unit: tuple[int, int] | None

    def hint(self) -> str:
        """Which samples are shown and which keys show others: as much as fits beside the title."""
        view = self.view
        if view is None or not view.layers:
            return ""
        other = "{neurons.gradients} " + ("gradients" if view.what == "weights" else "weights")
        samples = "{neurons.batch} " + ("one sample" if view.batch else "batch")
        keys = self.table.hints(other, samples * bool(view.note))
        short = self.table.said("{neurons.gradients} {neurons.batch}")
        if not view.note:
            return self.fitting(keys)
        return self.fitting(f"{view.note} · {keys}", f"{view.note} · {short}")

    def draw(self, width: int, height: int) -> list[Row]:
        assert self.view is not None
        look = self.palette
        return draw_neurons(self.view, width, height, glyphs=look.drawn, colours=look.mixes)

    def action_move(self, direction: Direction) -> None:
        if self.view is None or not self.view.layers:
            return
        chosen = self.view.chosen
        at = self._wanted or (None if chosen is None else (chosen.layer, chosen.unit))
        unit = neighbour_unit(self.view, at, direction)
        if unit != at:
            self._wanted = unit
            self.post_message(self.UnitChosen(unit))

    def action_gradients(self) -> None:
        """Weights and activations, or gradients."""
        if self.view is not None:
            self.post_message(self.Looked({"neurons.gradients": self.view.what == "weights"}))

    def action_batch(self) -> None:
        """The chosen sample, or the whole batch."""
        if self.view is not None:
            self.post_message(self.Looked({"neurons.batch": not self.view.batch}))

    def clicked(self, column: int, row: int) -> None:
        assert self.view is not None
        unit = unit_at(self.view, *self.room, column, row)
        self.post_message(self.UnitChosen(unit))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self._scroll(event, SCROLL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self._scroll(event, -SCROLL)

    def _scroll(self, event: MouseEvent, by: int) -> None:
        """Scroll the layer under the pointer."""
        place = self.place_of(event)
        if place is None or self.view is None:
            return
        layer = layer_at(self.view, *self.room, *place)
        if layer is not None:
            tops = dict(enumerate(units.top for units in self.view.layers))
            last = self.view.layers[layer].units - 1
            tops[layer] = min(max(0, tops[layer] + by), last)
            self.post_message(self.Looked({"neurons.tops": tuple(tops.items())}))
