"""The chain rule of one gradient written out: symbols, formulas, numbers, and how they add up.

The words are those of `gradstep explain`; here they get their styles.
May import: engine's public face, models, numbers, the other views.   Imported by: views.frame.
"""

from __future__ import annotations

from engine import Derivation, GradstepError, Phase, Target, TextLine, derivation_lines
from tui.digits import digits
from tui.models.derivation import Columns, DerivationView
from tui.models.text import Row, Style
from tui.numbers import indexed, number
from tui.views.scene import Scene
from tui.views.values import chosen_element

LEVELS = {"formula": "by formulas", "op": "by single ops"}

STYLES: dict[str, Style] = {
    "heading": "title bold",
    "words": "dim",
    "left": "dim",
    "symbols": "backward",
    "numbers": "text",
    "chosen": "title bold",
    "sum": "backward bold",
}
"""What each part of a line looks like."""

NOTHING_TRAINED: tuple[Row, ...] = (
    (("no gradient to derive: nothing is trained here", "text"),),
    (("what stands in [parameters] is trained, but for trainable = false", "dim"),),
)


def derivation_view(scene: Scene) -> DerivationView:
    """The derivation of the chosen node's gradient, or of the one that the event is about."""
    target, of = derived_target(scene), derived_of(scene)
    level = LEVELS[scene.look.level]
    if target is None:
        return DerivationView("", level, NOTHING_TRAINED)
    state, name = scene.state, scene.state.graph[target.node].name
    place = (state.record, state.index, target, of, scene.look.level, digits())
    lines = scene.memory.by("derivation", place, lambda: _lines(scene, target, of))
    loss = state.graph[state.graph.loss].name
    return DerivationView(
        subject=f"∂{_above_name(scene, of) or loss}/∂{name}{indexed(target.index)}",
        level=level,
        rows=tuple(_styled(line, scene.look.sample) for line in lines),
        tables=_tables(lines),
        of=_above_name(scene, of),
        index=target.index,
        shape=tuple(int(n) for n in state.record.shapes[target.node]),
        sample_axis=_sample_axis(scene, target.node),
    )


def derivation_here(scene: Scene) -> Derivation:
    """The derivation that is shown. Raises `GradstepError` where there is none."""
    target = derived_target(scene)
    if target is None:
        raise GradstepError("there is no gradient to derive: nothing is trained here")
    return scene.debugger.derive(target, derived_of(scene), scene.look.level)


def derived_target(scene: Scene) -> Target | None:
    """What is chosen; else what the event sends a gradient to; else the first parameter."""
    step, graph = scene.state.step, scene.state.graph
    node = scene.look.node
    if node is None and step.phase in (Phase.BACKWARD, Phase.UPDATE):
        node = step.node
    if node is None:
        node = next((parameter.id for parameter in graph.parameters), None)
    if node is None:
        return None
    return Target("gradient", node, chosen_element(scene.state, node, scene.look) or ())


def derived_of(scene: Scene) -> Target | None:
    """What is derived, if not the loss: of a number for each sample that of the chosen one."""
    of = scene.look.of
    if of is None:
        return None
    shape = scene.state.record.shapes[of]
    by_sample = len(shape) == 1 and type(shape[0]) is not int
    return Target("value", of, (scene.look.sample,) if by_sample else ())


def _above_name(scene: Scene, above: Target | None) -> str:
    return "" if above is None else scene.state.graph[above.node].name + indexed(above.index)


def _sample_axis(scene: Scene, node: int) -> int | None:
    shape = scene.state.record.shapes[node]
    return next((axis for axis, n in enumerate(shape) if type(n) is not int), None)


def _lines(scene: Scene, target: Target, above: Target | None) -> tuple[TextLine, ...]:
    try:
        found = derivation_here(scene)
    except GradstepError as error:
        graph = scene.state.graph
        name = graph[graph.loss if above is None else above.node].name
        return (
            TextLine(((f"∂{name}/∂{graph[target.node].name}", "heading"),)),
            TextLine(()),
            TextLine(((str(error), "words"),)),
        )
    return derivation_lines(found, lambda value: number(value, digits() + 1), wrap=None)


def _styled(line: TextLine, sample: int) -> Row:
    """A line in the colours of its parts, that of the chosen sample marked."""
    if line.sample == sample:
        return (("►" + line.text[1:], "title bold"),)
    return tuple((text, STYLES[role]) for text, role in line.spans)


def _tables(lines: tuple[TextLine, ...]) -> tuple[Columns, ...]:
    """The tables among the lines."""
    found: dict[int, list[int]] = {}
    for i, line in enumerate(lines):
        if line.table is not None:
            found.setdefault(line.table, []).append(i)
    return tuple(Columns(rows[0], tuple(lines[i].cells for i in rows)) for rows in found.values())
