"""What a node affects, or what it is affected by, at the cursor.

May import: engine's public face, models, numbers, the other views, numpy.
Imported by: views.frame.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from engine import State
from tui.models import InfluenceRow, InfluenceView
from tui.numbers import NOT_COMPUTED
from tui.views.scene import Scene
from tui.views.values import BOX_WIDTH, Array, of_sample, sample_note, short_text, sign_style


def influence_view(
    scene: Scene, node: int, way: Literal["effects", "causes"], entry: int | None = None
) -> InfluenceView:
    """What a node affects, or what it is affected by, at the cursor.

    `entry` counts the entries of the node (of one sample of it, where it has samples); without
    it they all move together.
    """
    state, look = scene.state, scene.look
    name = state.graph[node].name
    # An inner op is called by its whole text: too long for the head of a column.
    short = name if name.isidentifier() and len(name) <= BOX_WIDTH else "this"
    direction = np.zeros(state.record.shapes[node])
    part = of_sample(state, node, direction, look)
    part.reshape(-1)[slice(None) if entry is None else entry] = 1.0
    effects = way == "effects"
    ask = scene.debugger.effects if effects else scene.debugger.causes
    found = [i for i in ask(node, direction) if state.graph[i.node].literal is None]
    notes = [_moving_note(state, part, entry, effects)] if part.size > 1 else []
    if note := sample_note(state, look).strip():
        notes.append(f"numbers with samples: {note}")
    ahead = sum(1 for i in found if i.derivative is None)
    if ahead:
        notes.append(f"{NOT_COMPUTED} not computed yet: {ahead} of {len(found)}")
    if not found:
        notes.append("nothing: no op reads it" if effects else "nothing: it is given")
    return InfluenceView(
        heading=((name, "title bold"), (" affects" if effects else " is affected by", "text")),
        notes=tuple(((note, "dim"),) for note in notes),
        symbol=f"∂node/∂{short}" if effects else f"∂{short}/∂node",
        rows=tuple(
            InfluenceRow(
                name=i.name,
                value=short_text(state, i.node, state.value(i.node), look),
                derivative=short_text(state, i.node, i.derivative, look, signed=True),
                derivative_style=sign_style(i.derivative, "text"),
                is_loss=i.node == state.graph.loss,
            )
            for i in found
        ),
        entries=part.size,
    )


def _moving_note(state: State, part: Array, entry: int | None, effects: bool) -> str:
    """Which of a node's numbers moves, or is looked at."""
    if entry is None:
        together = "move together" if effects else "summed"
        return f"all {part.size} entries {together}"
    index = np.unravel_index(entry, part.shape)
    which = "[" + ", ".join(str(int(i)) for i in index) + "]"
    return f"entry {which} moves alone" if effects else f"entry {which} alone"
