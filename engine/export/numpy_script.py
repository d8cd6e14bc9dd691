"""The run as a NumPy script, from scratch: what a good teacher would write on the board.

The forward lines are the author's own formulas, the backward and update lines those of the listing;
functions without a name in NumPy come from `engine.plain`.
May import: listing, ops, plain, experiment.   Imported by: the public face.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import repeat
from typing import Any

import numpy as np

from engine import plain
from engine.experiment import Experiment
from engine.export.marks import marked
from engine.export.script import Script
from engine.export.source import Text, array, calls, heading, number, vocabulary
from engine.graph import Formula, Node
from engine.listing import Line, Phase, build_listing
from engine.ops import Named

RATES = {
    "constant": "base_lr * (factor if k < total_iters else 1)",
    "step": "base_lr * gamma ** (k // step_size)",
    "exponential": "base_lr * gamma**k",
    "cosine": "eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * k / T_max)) / 2",
    "warmup": "base_lr * (start_factor + (end_factor - start_factor) * min(k, total_iters)"
    " / total_iters)",
}
"""The closed forms of `engine.schedules`, in the names of their options."""


class NumpyScript(Script):
    about = "Forward pass, backward pass and update by hand, in NumPy; d_w stands for ∂loss/∂w."

    def __init__(self, experiment: Experiment, names: Mapping[str, str]) -> None:
        super().__init__(experiment, names)
        options = dict(self.training.options)
        for key, value in options.items():
            if type(value) is float:
                options[key] = Named(value, key)
            elif key == "betas":
                options[key] = (Named(value[0], "beta1"), Named(value[1], "beta2"))
        named = replace(self.training, options=options)
        listings = [build_listing(self.graph, shapes, named) for shapes in self.shapes]
        self.options = options
        self.lines = list(zip(*(listing.lines for listing in listings), strict=True))
        """Each line of the listing, for every size of a batch."""
        self.careful = self._needs_care()

    def counting(self) -> list[str]:
        backward = (same for same in self.lines if same[0].phase is Phase.BACKWARD)
        return [*super().counting(), *map(self._backward, backward)]

    def _needs_care(self) -> bool:
        """Whether a scalar parameter has to be a number of NumPy's own.

        Python's floats refuse a division by zero, and have no shape that could be changed.
        """
        if not self.experiment.data:
            return True
        scalars = {n.id for n in self.graph.nodes if n.op is None and self._is_scalar(n)}
        literals = {n.id for n in self.graph.nodes if n.literal is not None}
        for node in self.graph.ops:
            if node.op is None or not set(node.operands) <= scalars:
                continue
            if node.op.name in ("add", "sub", "mul", "neg", "identity"):
                scalars.add(node.id)
            elif not set(node.operands) <= literals:
                return True
        return self.graph.loss in scalars

    def _is_scalar(self, node: Node) -> bool:
        return node.literal is not None or (
            node.kind != "data" and self.experiment.leaves[node.name].shape == ()
        )

    # --- data and parameters --------------------------------------------------------------------

    def column(self, name: str, values: np.ndarray[Any, Any]) -> str:
        return array(name, values)

    def taken(self, text: str) -> str:
        return text

    def leaf(self, node: Node) -> str:
        values = self.experiment.leaves[node.name]
        if values.shape != ():
            return array(node.name, values)
        text = number(float(values))
        return f"{node.name} = {f'np.float64({text})' if self.careful else text}"

    def preparation(self) -> list[list[str]]:
        training = self.training
        if not self.trained:
            return []
        used = self._update_words()
        betas = self.options.get("betas", ())
        numbers = {**self.options, **{f"beta{i}": beta for i, beta in enumerate(betas, 1)}}
        for name, value in numbers.items():
            if name in used:
                self.settings[name] = number(value)
        rate = number(training.options["learning_rate"])
        self.settings["base_lr" if training.schedule else "lr"] = f"{rate}  # learning rate"
        if training.clip is not None:
            self.settings[f"clip_{training.clip.kind}"] = number(training.clip.limit)
        return [self._memory(), self._schedule()]

    def _memory(self) -> list[str]:
        """What the optimizer remembers, before the first update."""
        training = self.training
        initial = training.optimizer.initial(training.options)
        lines: list[str] = []
        for slot in training.optimizer.state(training.options):
            for name in self.trained:
                start = f"np.full_like({name}, {number(initial)})" if initial else ""
                start = start or f"np.zeros_like({name})"
                if self.experiment.leaves[name].shape == ():
                    start = number(initial)
                lines.append(f"{slot}_{name} = {start}")
        if self._reads_time():
            lines.append("t = 0  # updates so far")
        return [heading("state of the optimizer"), *lines] if lines else []

    def _schedule(self) -> list[str]:
        schedule = self.training.schedule
        if schedule is None:
            return []
        self.schedule_options(schedule)
        unit = "iterations" if schedule.per_iteration else "epochs"
        return [
            "def learning_rate(k):",
            f'    """The learning rate after k {unit}."""',
            f"    return {RATES[schedule.name]}",
        ]

    def _update_words(self) -> set[str]:
        update = (same[0].text for same in self.lines if same[0].phase is Phase.UPDATE)
        return {word for text in update for word in vocabulary(text.replace("; ", "\n"))}

    def _reads_time(self) -> bool:
        schedule = self.training.schedule
        return bool(self.trained) and (
            self.training.rule.reads("t") or (schedule is not None and schedule.per_iteration)
        )

    # --- forward --------------------------------------------------------------------------------

    def formula(self, formula: Formula, *, testing: bool = False) -> str:
        masks = (n.name for n in self.masks if n.formula == formula.index)
        return self._numpy(formula.text, repeat("1") if testing else masks)

    def item(self, loss: str) -> str:
        scalar = self.shapes[0][self.graph.loss] == ()
        return f"float({loss})" if scalar else f"{loss}.item()"

    def _numpy(self, text: str, masks: Iterable[str] = ()) -> str:
        """A line of the language or of the listing as NumPy."""
        source, in_order = Text(text), iter(masks)
        for call in calls(source.tree):
            self._respell_call(source, call, in_order)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Name) and node.id == "s_" and "s_" not in self.names.values():
                source.replace(source.start(node), source.start(node), "np.")
        _shield(source, source.tree)
        return source.changed()

    def _respell_call(self, source: Text, call: ast.Call, masks: Iterator[str]) -> None:
        assert isinstance(call.func, ast.Name)
        name, start = call.func.id, source.start(call.func)
        if name == "dropout":
            end = source.end(call)
            source.replace(source.end(call.args[0]), end, f", {next(masks)})")
        if name in ("max", "min"):
            full = f"np.{name}imum" if len(call.args) > 1 else f"np.{name}"
            source.replace(start, source.end(call.func), full)
        elif name in plain.NUMPY:
            source.replace(start, start, "np.")
        else:
            self.helpers.add(name)
        if name in ("sum", "mean") and len(call.args) == 3:
            third = source.start(call.args[2])
            source.replace(third, third, "keepdims=")
        for keyword in call.keywords:
            if name == "reshape" and keyword.arg == "shape":
                source.replace(source.start(keyword), source.start(keyword.value), "")

    # --- backward and update --------------------------------------------------------------------

    def step(self) -> list[str]:
        loss = self.graph[self.graph.loss].name
        backward = [s for s in self.lines if s[0].phase is Phase.BACKWARD]
        derived = [self._backward(same) for same in backward[1:]]
        seed = self._seed(loss, derived)
        written = zip([seed, *derived], backward, strict=True)
        lines = ["", "# backward pass", *(marked(t, [same[0].number]) for t, same in written)]
        if not self.trained:
            return lines
        lines += ["", "# update"]
        schedule = self.training.schedule
        if schedule is not None:
            done = "t" if schedule.per_iteration else "epoch - 1"
            lines.append(f"lr = learning_rate({done})")
        if self._reads_time():
            lines.append("t += 1")
        lines += [marked(text, self.of_clip()) for text in self._clipping()]
        for same in self.lines:
            if same[0].phase is Phase.UPDATE and same[0].node is not None:
                parts = same[0].text.split("; ")
                rule = [marked(self._numpy(text), [same[0].number]) for text in parts]
                apart = len(rule) > 1 and lines[-1] != "# update"
                lines += ["", *rule] if apart else rule
        return lines

    def _seed(self, loss: str, derived: list[str]) -> str:
        if self.shapes[0][self.graph.loss] != ():
            return f"d_{loss} = np.ones_like({loss})"
        shaped = any(f"d_{loss}{sign}" in line for line in derived for sign in (".", "["))
        return f"d_{loss} = {'np.float64(1)' if shaped else '1'}"

    def _backward(self, same: tuple[Line, ...]) -> str:
        target, sign, _ = same[0].text.split(" ", 2)
        texts = [line.text.split(" ", 2)[2] for line in same]
        return self._numpy(f"{target} {sign} {self.by_size(texts)}")

    def _clipping(self) -> list[str]:
        clip = self.training.clip
        if clip is None:
            return []
        gradients = [f"d_{name}" for name in self.trained]
        if clip.kind == "value":
            return [f"{d} = np.clip({d}, -clip_value, clip_value)" for d in gradients]
        squares = " + ".join(f"np.sum({d}**2)" for d in gradients)
        return [
            f"norm = np.sqrt({squares})",
            "scale = np.minimum(1, clip_norm / (norm + 1e-6))",
            *(f"{d} = scale * {d}" for d in gradients),
        ]


def _shield(source: Text, tree: ast.AST) -> float | None:
    """Let NumPy compute what Python refuses: 1 / 0, 0**-1, (-8)**0.5.

    The value of numbers alone; None for everything else.
    """
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float):
        return float(tree.value)
    inner = [_shield(source, child) for child in ast.iter_child_nodes(tree)]
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        value = inner[1]
        return None if value is None else -value
    if not isinstance(tree, ast.BinOp) or inner[0] is None or inner[2] is None:
        return None
    left, right = inner[0], inner[2]
    try:
        match tree.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                return left / right
            case _:
                result = left**right
                if isinstance(result, float):
                    return result
    except ArithmeticError:
        pass
    start, end = source.start(tree.left), source.end(tree.left)
    source.replace(start, start, "np.float64(")
    source.replace(end, end, ")")
    return None
