"""What a node affects, or what it is affected by, at the cursor; and the same as an exercise.

May import: engine's public face, models, numbers, the other views, numpy.
Imported by: views.frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from engine import Graph, Marking, State
from tui.models.influence import ExerciseRow, ExerciseView, InfluenceRow, InfluenceView, Verdict
from tui.models.text import Row
from tui.numbers import NOT_COMPUTED, number
from tui.views.look import Look
from tui.views.scene import Scene
from tui.views.values import BOX_WIDTH, Array, of_sample, sample_note, short_text, sign_style

Way = Literal["effects", "causes"]

WORDS = {"effects": "affects", "causes": "is affected by"}


def influence_view(
    scene: Scene, node: int, way: Way, entry: int | None = None, size: float = 0.01
) -> InfluenceView:
    """What a node affects, or what it is affected by, at the cursor.

    `entry` counts the entries of the node (of one sample of it, where it has samples); without
    it they all move together. What the node affects is nudged by `size`.
    """
    state, look = scene.state, scene.look
    name = state.graph[node].name
    # An inner op is called by its whole text: too long for the head of a column.
    short = name if name.isidentifier() and len(name) <= BOX_WIDTH else "this"
    direction = np.zeros(state.record.shapes[node])
    part = of_sample(state, node, direction, look)
    part.reshape(-1)[slice(None) if entry is None else entry] = 1.0
    effects = way == "effects"
    if effects:
        rows = tuple(_effects(scene, node, direction, size))
    else:
        rows = tuple(_causes(scene, node, direction))
    notes = [_moving_note(state, part, entry, effects)] if part.size > 1 else []
    if note := sample_note(state, look).strip():
        notes.append(f"numbers with samples: {note}")
    ahead = sum(row.derivative == NOT_COMPUTED for _, row in rows)
    if ahead:
        notes.append(f"{NOT_COMPUTED} not computed yet: {ahead} of {len(rows)}")
    if not rows:
        notes.append("nothing: no op reads it" if effects else "nothing: it is given")
    return InfluenceView(
        heading=_heading(name, way),
        notes=tuple(((note, "dim"),) for note in notes),
        symbol=f"∂node/∂{short}" if effects else f"∂{short}/∂node",
        rows=tuple(row for _, row in rows),
        entries=part.size,
        nodes=frozenset((node, *(id for id, _ in rows))),
        size=number(size) if effects else "",
    )


def _effects(
    scene: Scene, node: int, direction: Array, size: float
) -> Iterable[tuple[int, InfluenceRow]]:
    state, look = scene.state, scene.look
    for found in scene.debugger.nudge(node, size, direction):
        row = _row(state, look, found.node, found.derivative)
        yield (
            found.node,
            InfluenceRow(
                row.name,
                row.value,
                row.derivative,
                row.derivative_style,
                short_text(state, found.node, found.predicted, look, signed=True),
                short_text(state, found.node, found.change, look, signed=True),
                sign_style(_part(state, look, found.node, found.change), "text"),
                row.is_loss,
            ),
        )


def _causes(scene: Scene, node: int, weights: Array) -> Iterable[tuple[int, InfluenceRow]]:
    for found in scene.debugger.causes(node, weights):
        if scene.state.graph[found.node].literal is None:
            yield found.node, _row(scene.state, scene.look, found.node, found.derivative)


def _row(state: State, look: Look, node: int, derivative: Array | None) -> InfluenceRow:
    return InfluenceRow(
        name=state.graph[node].name,
        value=short_text(state, node, state.value(node), look),
        derivative=short_text(state, node, derivative, look, signed=True),
        derivative_style=sign_style(_part(state, look, node, derivative), "text"),
        is_loss=node == state.graph.loss,
    )


def _part(state: State, look: Look, node: int, value: Array | None) -> Array | None:
    return None if value is None else of_sample(state, node, value, look)


def _heading(name: str, way: Way) -> Row:
    return ((name, "title bold"), (f" {WORDS[way]}", "text"))


def _moving_note(state: State, part: Array, entry: int | None, effects: bool) -> str:
    """Which of a node's numbers moves, or is looked at."""
    if entry is None:
        together = "move together" if effects else "summed"
        return f"all {part.size} entries {together}"
    index = np.unravel_index(entry, part.shape)
    which = "[" + ", ".join(str(int(i)) for i in index) + "]"
    return f"entry {which} moves alone" if effects else f"entry {which} alone"


def candidates(graph: Graph, node: int) -> tuple[int, ...]:
    """The nodes that an exercise about `node` asks about: all others."""
    return tuple(n.id for n in graph.nodes if n.literal is None and n.id != node)


def exercise_view(
    scene: Scene,
    node: int,
    way: Way,
    right: frozenset[int],
    marked: frozenset[int],
    *,
    revealed: bool,
) -> ExerciseView:
    """Which nodes `node` affects, or is affected by: those that are, and those `marked`."""
    graph = scene.state.graph
    nodes = candidates(graph, node)
    marks = Marking(right, marked)
    verdicts: dict[int, Verdict] = {
        **dict.fromkeys(marks.found, "found"),
        **dict.fromkeys(marks.missed, "missed"),
        **dict.fromkeys(marks.wrong, "wrong"),
    }

    def verdict(n: int) -> Verdict:
        return verdicts.get(n, "") if revealed else ""

    score = (
        f"{len(marks.found)} of {len(marks.right)} found, {len(marks.missed)} missed, "
        f"{len(marks.wrong)} wrong: {100 * marks.score:.0f} %"
    )
    question = "Which nodes does it affect?" if way == "effects" else "Which nodes affect it?"
    return ExerciseView(
        heading=((graph[node].name, "title bold"), (f"  {question}", "text")),
        rows=tuple(ExerciseRow(graph[n].name, n in marked, verdict(n)) for n in nodes),
        score=score if revealed else "",
    )
