"""The chain rule of one gradient written out: symbols, formulas, numbers, and how they add up.

The words are those of `gradstep explain`; here they get their styles.
May import: engine's public face, models, numbers, the other views.   Imported by: views.frame.
"""

from __future__ import annotations

import re

from engine import GradstepError, Phase, Target, derivation_text
from tui.digits import digits
from tui.models.derivation import DerivationView
from tui.models.text import Row
from tui.numbers import number
from tui.views.scene import Scene

LEVELS = {"formula": "by formulas", "op": "by single ops"}

_EQUATION = re.compile(r"(\s*)(\S.*? )?(= )(.*)")
_HEAD = re.compile(r"  (sample|product|through)  ")
_SAMPLE = re.compile(r"  (\d+)\s")
_SUM = re.compile(r"  Σ\s")


NOTHING_TRAINED: tuple[Row, ...] = (
    (("no gradient to derive: nothing is trained here", "text"),),
    (("what stands in [parameters] is trained, but for trainable = false", "dim"),),
)


def derivation_view(scene: Scene) -> DerivationView:
    """The derivation of the chosen node's gradient, or of the one that the event is about."""
    node, of = _subject(scene), _above(scene)
    level = LEVELS[scene.look.level]
    if node is None:
        return DerivationView("", level, NOTHING_TRAINED)
    place = (scene.debugger.position, node, of, scene.look.level)
    lines = scene.memory.by("derivation", place, lambda: _lines(scene, node, of))
    rows = _styled(lines, scene.look.sample)
    subject = lines[0].split(" = ")[0]
    return DerivationView(subject, level, rows, _tables(lines), _above_name(scene, of))


def _subject(scene: Scene) -> int | None:
    """What is chosen; else what the event sends a gradient to; else the first parameter."""
    step, graph = scene.state.step, scene.state.graph
    if scene.look.node is not None:
        return scene.look.node
    if step.phase in (Phase.BACKWARD, Phase.UPDATE) and step.node is not None:
        return step.node
    return next((node.id for node in graph.parameters), None)


def _above(scene: Scene) -> Target | None:
    """What is derived, if not the loss: of a number for each sample that of the chosen one."""
    of = scene.look.of
    if of is None:
        return None
    shape = scene.state.record.shapes[of]
    by_sample = len(shape) == 1 and type(shape[0]) is not int
    return Target("value", of, (scene.look.sample,) if by_sample else ())


def _above_name(scene: Scene, above: Target | None) -> str:
    if above is None:
        return ""
    index = f"[{', '.join(map(str, above.index))}]" if above.index else ""
    return scene.state.graph[above.node].name + index


def _lines(scene: Scene, node: int, above: Target | None) -> list[str]:
    graph = scene.state.graph
    try:
        found = scene.debugger.derive(Target("gradient", node), above, scene.look.level)
    except GradstepError as error:
        name = graph[graph.loss if above is None else above.node].name
        return [f"∂{name}/∂{graph[node].name}", "", str(error)]
    return derivation_text(found, lambda value: number(value, digits() + 1)).split("\n")


def _styled(lines: list[str], sample: int) -> tuple[Row, ...]:
    """The chain rule in the colour of the backward pass, words dim, the chosen sample marked."""
    rows: list[Row] = [((lines[0], "title bold"),)]
    samples = False
    for line in lines[1:]:
        head = _HEAD.match(line)
        if head is not None or not line.startswith(" "):
            samples = head is not None and head[1] == "sample"
            rows.append(((line, "dim"),))
        elif samples and (found := _SAMPLE.match(line)) and int(found[1]) == sample + 1:
            rows.append((("►" + line[1:], "title bold"),))
        elif (found := _EQUATION.fullmatch(line)) and not samples:
            ink = "backward" if "∂" in found[4] else "text"
            rows.append(((found[1] + (found[2] or "") + found[3], "dim"), (found[4], ink)))
        else:
            rows.append(((line, "backward bold" if _SUM.match(line) else "text"),))
    return tuple(rows)


def _tables(lines: list[str]) -> tuple[tuple[int, int], ...]:
    """Where the tables are: from their head to the next line that is not indented."""
    found: list[tuple[int, int]] = []
    for start, line in enumerate(lines):
        if _HEAD.match(line):
            rest = (i for i in range(start, len(lines)) if not lines[i].startswith(" "))
            found.append((start, next(rest, len(lines))))
    return tuple(found)
