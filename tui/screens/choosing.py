"""What the screen does about what a reader chooses to look at: a sample, an element, a derivative.

May import: engine's public face, tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from engine import GradstepError, Target, parse_target
from tui.console.words import NUDGE, whole, with_nudge
from tui.numbers import indexed
from tui.views.derivation import derivation_here, derived_target
from tui.views.look import Look
from tui.views.scene import Scene

if TYPE_CHECKING:
    from engine import Derivation
    from tui.screens.debugger import DebuggerScreen
    from tui.views.influence import Way

NO_SAMPLES = "there are no samples: the experiment has no [data]"


class Choosing:
    """Samples, elements and derivatives of one screen."""

    def __init__(self, host: DebuggerScreen) -> None:
        self._host = host

    @property
    def _scene(self) -> Scene:
        return self._host.views.scene(self._host.look)

    @property
    def derivation(self) -> Derivation:
        """The derivation that the screen shows, or would show. Raises `GradstepError`."""
        return derivation_here(self._scene)

    def _looks(self, look: Look, note: str = "") -> None:
        self._host.look = look
        self._host.derive(note)

    # --- derivatives ---------------------------------------------------------------------------

    def target(self, name: str) -> None:
        """Have the derivation of another node's gradient; without a name of the loss's again.

        Raises `TargetError` for a node that is not there.
        """
        host = self._host
        graph = host.debugger.graph
        of = graph.id_of(name) if name else graph.loss
        self._derive(replace(host.look, of=None if of == graph.loss else of))
        host.derive(f"the derivation is of {graph[of].name}")

    def element(self, text: str) -> None:
        """Have the derivation of one number, ``W[0, 2]``, or ``[0, 2]`` of the node that is looked
        at; without an index that of all its numbers together. Raises `TargetError`.
        """
        host = self._host
        graph, shapes = host.debugger.graph, host.debugger.state.record.shapes
        subject = derived_target(self._scene)
        if subject is not None and re.match(r"\s*[\[\d]", text):
            numbers = re.findall(r"[^\s,\[\]]+", text)
            text = f"{_written(host, Target('value', subject.node))}[{', '.join(numbers)}]"
        found = parse_target(text, graph, shapes) if text else None
        look = replace(host.look, element=found.index if found else ())
        if found is not None:
            look = replace(look, node=found.node)
            axis = next((a for a, n in enumerate(shapes[found.node]) if type(n) is not int), None)
            if axis is not None and found.index:
                look = replace(look, sample=found.index[axis])
        self._derive(look)

    def _derive(self, look: Look) -> None:
        """The derivation in sight, of what is looked at."""
        host = self._host
        host.look = look
        if host.panel("derivation").display:
            host.derive()
        else:
            host.action_view("derivation")

    def influence(self, text: str, way: Way) -> None:
        """What a node affects when it is nudged, ``w1 by 0.1``, or what it is affected by.

        Raises `GradstepError`.
        """
        from tui.screens.influence import InfluenceScreen

        host = self._host
        name, size = with_nudge(text) if way == "effects" else (text, NUDGE)
        shapes = host.debugger.state.record.shapes
        node, index = host.subject(), ()
        if name:
            target = parse_target(name, host.debugger.graph, shapes)
            node, index = target.node, target.index
        if node is None:
            host.say("this event has no node: choose one in the graph")
            return
        look, entry = host.look, None
        if index:
            axes = [a for a, n in enumerate(shapes[node]) if type(n) is int]
            if len(axes) < len(index):
                sample = next(i for a, i in enumerate(index) if a not in axes)
                look = replace(look, sample=sample)
            entry = 0
            for axis in axes:
                entry = entry * int(shapes[node][axis]) + index[axis]
        host.app.push_screen(
            InfluenceScreen(
                host.views, look, node, way, host.palette, host.light, entry=entry, size=size
            )
        )

    # --- samples -------------------------------------------------------------------------------

    @property
    def _batch(self) -> int:
        return len(self._host.debugger.state.record.samples)

    def turn(self, by: int) -> None:
        """To the next sample of the batch, or the one before."""
        wanted = self._host.look.sample + by
        if 0 <= wanted < self._batch:
            self._looks(replace(self._host.look, sample=wanted))
        else:
            word = "first" if by < 0 else "last"
            last = f"this is the {word} sample of the batch"
            self._host.say(last if self._batch else NO_SAMPLES)

    def sample(self, text: str) -> None:
        """The numbers of a sample of the batch, counted from 1. Raises `GradstepError`."""
        self._looks(replace(self._host.look, sample=self._counted(text)))

    def alone(self, text: str = "") -> None:
        """One sample alone on the whole screen; without a number also back to all of them.

        Raises `GradstepError` for a sample that is not in the batch.
        """
        look = self._host.look
        if not text and look.alone:
            self._looks(replace(look, alone=False), "all samples of the batch again")
            return
        sample = self._counted(text) if text else look.sample
        if self._batch < 2:
            self._host.say("there is no batch here that a sample could be taken from")
            return
        key = self._host.table.key_text("alone")
        note = f"gradients are what sample {sample + 1} gives to them · {key} all"
        self._looks(replace(look, sample=sample, alone=True), note)

    def _counted(self, text: str) -> int:
        number = whole(text, "a sample")
        if not 1 <= number <= self._batch:
            there = f"this batch has samples 1 to {self._batch}" if self._batch else NO_SAMPLES
            raise GradstepError(f"there is no sample {number}", hint=there)
        return number - 1

    def samples(self, text: str = "") -> None:
        """The samples' shares of a gradient on a sheet, ranked. Raises `GradstepError`."""
        host = self._host
        if not text:
            target = derived_target(self._scene)
            text = _written(host, target) if target is not None else ""
        host.begin(f"samples {text}", lambda: host.interpreter.start(f"samples {text}"))


def _written(host: DebuggerScreen, target: Target) -> str:
    """A node or an element as it can be typed."""
    name = host.debugger.graph[target.node].name
    name = name if name.isidentifier() else f"({name})"
    return name + indexed(target.index)
