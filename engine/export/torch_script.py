"""The run as a PyTorch script, as its users write it: tensors, autograd, torch.optim.

Formulas are written anew from the graph, op by op, since PyTorch calls things by other names.
May import: graph, ops, schedules.   Imported by: the public face.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.experiment import Experiment
from engine.export.marks import marked
from engine.export.script import Script
from engine.export.source import array, number
from engine.graph import Formula, Node
from engine.listing import Phase
from engine.notation import number_text
from engine.ops.indexing import index_text
from engine.schedules import SCHEDULES, Schedule
from engine.shapes import Shape, normal_axes

OPTIMIZERS = {
    "sgd": "SGD",
    "adagrad": "Adagrad",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
}

RATES = {
    "constant": "factor if k < total_iters else 1",
    "warmup": "start_factor + (end_factor - start_factor) * min(k, total_iters) / total_iters",
    "cosine": "(eta_min + (lr - eta_min) * (1 + math.cos(math.pi * k / T_max)) / 2) / lr",
}
"""Multiples of the learning rate, where PyTorch's own schedule refuses the options."""


class TorchScript(Script):
    about = "Forward pass and update in PyTorch; the backward pass is its own."

    def __init__(self, experiment: Experiment, names: Mapping[str, str]) -> None:
        super().__init__(experiment, names)
        self.imports.add("import torch")

    def first_lines(self) -> list[str]:
        return ["torch.set_default_dtype(torch.float64)"]

    # --- data and parameters --------------------------------------------------------------------

    def column(self, name: str, values: np.ndarray[Any, Any]) -> str:
        return array(name, values, "torch.tensor")

    def taken(self, text: str) -> str:
        return f"torch.tensor({text})"

    def leaf(self, node: Node) -> str:
        text = array(node.name, self.experiment.leaves[node.name], "torch.tensor")
        if node.name not in self.trained:
            return text
        return f"{text[:-1]}, requires_grad=True)"

    def shown(self, name: str) -> str:
        return f"{name}.detach().numpy()"

    def preparation(self) -> list[list[str]]:
        training = self.training
        if not self.trained:
            return []
        options = training.options
        self.settings["lr"] = f"{number(options['learning_rate'])}  # learning rate"
        given = [f"[{', '.join(self.trained)}]", "lr=lr"]
        for key, default in training.optimizer.options.items():
            if options[key] != default:
                given.append(f"{key}={options[key]!r}")
        name = OPTIMIZERS[training.optimizer.name]
        lines = [f"optimizer = torch.optim.{name}({', '.join(given)})"]
        if training.clip is not None:
            self.settings[f"clip_{training.clip.kind}"] = number(training.clip.limit)
        if training.schedule is not None:
            lines += self._scheduler(training.schedule, options["learning_rate"])
        return [lines]

    def _scheduler(self, schedule: Schedule, rate: float) -> list[str]:
        options = schedule.options
        module = "torch.optim.lr_scheduler"
        if _accepted(schedule):
            given = ", ".join(f"{key}={_option(key, value)}" for key, value in options.items())
            return [
                f"scheduler = {module}.{SCHEDULES[schedule.name].torch_name}(optimizer, {given})"
            ]
        self.schedule_options(schedule)
        text = RATES[schedule.name] if rate else "0"
        return [f"scheduler = {module}.LambdaLR(optimizer, lambda k: {text})"]

    # --- forward --------------------------------------------------------------------------------

    def formula(self, formula: Formula, *, testing: bool = False) -> str:
        writer = _Formulas(self, testing)
        written = writer.node(formula.node)
        if self.graph[formula.node].op is not None and not written.tensor:
            return f"{formula.name} = {written.as_tensor}"
        return f"{formula.name} = {written.text}"

    def test_guard(self, lines: list[str]) -> list[str]:
        return ["with torch.no_grad():", *(f"    {line}" for line in lines)]

    # --- backward and update --------------------------------------------------------------------

    def step(self) -> list[str]:
        if not self.trained:
            return []
        loss = self.graph[self.graph.loss].name
        backward = marked(f"{loss}.backward()", self.of_pass(Phase.BACKWARD))
        lines = ["", "# backward pass", "optimizer.zero_grad()", backward]
        clip, schedule = self.training.clip, self.training.schedule
        lines += ["", "# update"]
        if clip is not None:
            inside = ", ".join(self.trained)
            clipping = f"torch.nn.utils.clip_grad_{clip.kind}_"
            lines.append(marked(f"{clipping}([{inside}], clip_{clip.kind})", self.of_clip()))
        lines.append(marked("optimizer.step()", self.of_pass(Phase.UPDATE)))
        if schedule is not None and schedule.per_iteration:
            lines.append("scheduler.step()")
        return lines

    def epoch_end(self) -> list[str]:
        schedule = self.training.schedule
        if not self.trained or schedule is None or schedule.per_iteration:
            return []
        return ["scheduler.step()"]


def _accepted(schedule: Schedule) -> bool:
    """Whether PyTorch's own schedule takes the options, and goes on like ours."""
    options = schedule.options
    whole = all(float(options[k]).is_integer() for k in ("T_max", "total_iters") if k in options)
    match schedule.name:
        case "constant":
            return whole and 0 < options["factor"] <= 1
        case "warmup":
            return whole and 0 < options["start_factor"] <= 1 and 0 <= options["end_factor"] <= 1
        case "cosine":
            return whole
        case _:
            return True


def _option(key: str, value: float) -> str:
    whole = key in ("T_max", "total_iters", "step_size")
    return str(int(value)) if whole else number_text(value)


# --- formulas -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Written:
    """A part of a formula, how tightly it binds, and whether PyTorch sees a tensor in it."""

    text: str
    tightness: int = 9
    tensor: bool = True

    def inside(self, tightness: int) -> str:
        """The text, in parentheses where what is around it binds tighter."""
        return f"({self.text})" if self.tightness < tightness else self.text

    @property
    def as_tensor(self) -> str:
        """The text of a tensor, also where this is a number."""
        if self.tensor:
            return self.text
        try:
            return f"torch.tensor({number(float(self.text))})"
        except ValueError:
            return f"torch.tensor(float({self.text}))"


class _Formulas:
    """The ops of a graph as PyTorch's."""

    def __init__(self, script: TorchScript, testing: bool) -> None:
        self.script = script
        self.graph = script.graph
        self.shapes = script.shapes[0]
        self.testing = testing

    def node(self, id: int) -> _Written:
        """What computes a node, written out up to the nearest names."""
        node = self.graph[id]
        assert node.op is not None
        settings = {**node.op.settings, **dict(node.settings)}
        operands = [self.inner(i) for i in node.operands]
        shapes = [self.shapes[i] for i in node.operands]
        name = node.op.name
        if name in _INFIX:
            return self._infix(name, *operands)
        if name in ("identity", "neg"):
            (a,) = operands
            return a if name == "identity" else _Written(f"-{a.inside(3)}", 3, a.tensor)
        rule = _RULES.get(name)
        if rule is not None:
            return _Written(rule(self.script, operands, shapes, settings))
        if name == "dropout":
            a, mask = operands
            return _Written(f"{a.inside(2)} * {mask.text}", 2) if mask.tensor else a
        (a,) = operands
        return _Written(f"torch.{name}({a.as_tensor})")

    def inner(self, id: int) -> _Written:
        """A node as an operand: by its name if it has one."""
        node = self.graph[id]
        if node.literal is not None:
            return _Written(node.name, 3 if node.literal < 0 or node.name[:1] == "-" else 9, False)
        named = id in self.graph.named.values() or (node.op is not None and node.op.random)
        if named and node.op is not None and node.op.random and self.testing:
            return _Written("1", 9, False)
        return _Written(node.name) if named else self.node(id)

    def _infix(self, name: str, a: _Written, b: _Written) -> _Written:
        sign, own = _INFIX[name]
        tensor = a.tensor or b.tensor
        if not tensor and name in ("div", "pow"):
            a, tensor = _Written(a.as_tensor), True  # Python would refuse 1 / 0
        if name == "pow":
            return _Written(f"{a.inside(5)}**{b.inside(3)}", 4, tensor)
        return _Written(f"{a.inside(own)} {sign} {b.inside(own + 1)}", own, tensor)


_INFIX = {
    "add": ("+", 1),
    "sub": ("-", 1),
    "mul": ("*", 2),
    "div": ("/", 2),
    "matmul": ("@", 2),
    "pow": ("**", 4),
}

Operands = list[_Written]
Shapes = list[Shape]
Rule = Callable[[TorchScript, Operands, Shapes, dict[str, Any]], str]


def _functional(script: TorchScript) -> None:
    script.imports.add("import torch.nn.functional as F")


def _bend(name: str, **spelled: str) -> Rule:
    """An activation of torch.nn.functional; `spelled` says what its settings are called there."""

    def rule(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
        _functional(script)
        given = "".join(f", {new}={number_text(settings[old])}" for old, new in spelled.items())
        return f"F.{name}({operands[0].as_tensor}{given})"

    return rule


def _softplus(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
    # By default PyTorch's is a straight line from 20 on; there the difference can still be seen.
    _functional(script)
    return f"F.softplus({operands[0].as_tensor}, threshold=50)"


def _reduction(name: str) -> Rule:
    def rule(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
        (a,), (shape,) = operands, shapes
        if not shape or (settings["axis"] is None and not settings["keepdims"]):
            return f"torch.{name}({a.as_tensor})"
        axis = settings["axis"]
        if axis is None:
            axis = normal_axes(None, len(shape))
        keep = ", keepdim=True" if settings["keepdims"] else ""
        return f"torch.{name}({a.as_tensor}, dim={axis}{keep})"

    return rule


def _along(name: str) -> Rule:
    def rule(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
        return f"torch.{name}({operands[0].as_tensor}, dim={settings['axis']})"

    return rule


def _extremum(name: str) -> Rule:
    def rule(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
        return f"torch.{name}({', '.join(o.as_tensor for o in operands)})"

    return rule


def _where(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
    condition, *choices = operands
    test = condition if condition.tensor else _Written(condition.as_tensor)
    return f"torch.where({test.inside(1)} != 0, {', '.join(o.as_tensor for o in choices)})"


def _pair_loss(name: str, **spelled: str) -> Rule:
    """A loss of predictions and targets, which PyTorch wants in one shape."""

    def rule(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
        _functional(script)
        given = ", ".join(o.as_tensor for o in operands)
        if shapes[0] != shapes[1]:
            given = f"*torch.broadcast_tensors({given})"
        more = "".join(f", {new}={number_text(settings[old])}" for old, new in spelled.items())
        return f"F.{name}({given}{more})"

    return rule


def _class_loss(name: str) -> Rule:
    """A loss of scores and classes: PyTorch wants whole numbers, and classes along axis 1."""

    def rule(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
        _functional(script)
        scores, classes = operands
        z, y = scores.text, _whole(classes)
        if len(shapes[0]) > 2:
            z = f"{scores.inside(9)}.reshape(-1, {int(shapes[0][-1])})"
            y = f"{y}.reshape(-1)"
        return f"F.{name}({z}, {y})"

    return rule


def _whole(indices: _Written) -> str:
    if not indices.tensor:
        return f"torch.tensor(int({indices.text}))"
    return f"{indices.inside(9)}.long()"


def _embedding(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
    table, indices = operands
    return f"{table.inside(9)}[{_whole(indices)}]"


def _reshape(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
    shape = ", ".join(map(str, settings["shape"]))
    return f"{_tensor_inside(operands[0])}.reshape({shape})"


def _transpose(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
    (a,), (shape,) = operands, shapes
    rank = len(shape)
    axes = settings["axes"] or tuple(reversed(range(rank)))
    axes = tuple(axis % rank for axis in axes)
    if axes == tuple(range(rank)):
        return a.inside(9)
    return f"{a.inside(9)}.T" if rank == 2 else f"{a.inside(9)}.permute{axes}"


def _concat(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
    return f"torch.cat([{', '.join(o.text for o in operands)}], dim={settings['axis']})"


def _slice(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
    text, flipped, index = _tensor_inside(operands[0]), [], list(settings["index"])
    axes = [item for item in index if item is not None]
    for place, item in enumerate(index):
        if not isinstance(item, tuple) or item[2] is None or item[2] > 0:
            continue
        # PyTorch only slices forward: turn the axis around and count from its other end.
        axis = sum(1 for other in index[:place] if other is not None)
        if Ellipsis in index[:place]:
            axis -= len(axes)
        flipped.append(axis)
        start, stop, step = item
        index[place] = (_mirrored(start), _mirrored(stop), -step if step < -1 else None)
    if flipped:
        text = f"{text}.flip({', '.join(map(str, flipped))})"
    return f"{text}[{index_text(tuple(index))}]"


def _mirrored(bound: int | None) -> int | None:
    return None if bound is None else -bound - 1


def _tensor_inside(a: _Written) -> str:
    return a.inside(9) if a.tensor else a.as_tensor


def _conv2d(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
    _functional(script)
    x, w = operands
    given = "".join(
        f", {key}={settings[key]}"
        for key, default in (("stride", 1), ("padding", 0))
        if settings[key] != default
    )
    return f"F.conv2d({x.text}, {w.text}{given})"


def _max_pool2d(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
    _functional(script)
    stride = "" if settings["stride"] is None else f", stride={settings['stride']}"
    return f"F.max_pool2d({operands[0].text}, {settings['size']}{stride})"


def _layer_norm(script: TorchScript, operands: Operands, shapes: Shapes, settings: Any) -> str:
    _functional(script)
    x, gain, bias = operands
    last, eps = shapes[0][-1:], settings["eps"]
    size = f"({int(last[0])},)"
    given = "" if eps == 1e-5 else f", eps={eps}"
    if shapes[1] == shapes[2] == last:
        return f"F.layer_norm({x.text}, {size}, {gain.text}, {bias.text}{given})"
    return f"(F.layer_norm({x.text}, {size}{given}) * {gain.inside(3)} + {bias.inside(2)})"


_RULES: dict[str, Rule] = {
    "leaky_relu": _bend("leaky_relu", slope="negative_slope"),
    "elu": _bend("elu", alpha="alpha"),
    "silu": _bend("silu"),
    "gelu": _bend("gelu"),
    "softplus": _softplus,
    "sum": _reduction("sum"),
    "mean": _reduction("mean"),
    "max": _reduction("amax"),
    "min": _reduction("amin"),
    "softmax": _along("softmax"),
    "log_softmax": _along("log_softmax"),
    "maximum": _extremum("maximum"),
    "minimum": _extremum("minimum"),
    "where": _where,
    "mse": _pair_loss("mse_loss"),
    "mae": _pair_loss("l1_loss"),
    "huber": _pair_loss("huber_loss", delta="delta"),
    "bce": _pair_loss("binary_cross_entropy"),
    "bce_with_logits": _pair_loss("binary_cross_entropy_with_logits"),
    "cross_entropy": _class_loss("cross_entropy"),
    "nll": _class_loss("nll_loss"),
    "embedding": _embedding,
    "reshape": _reshape,
    "transpose": _transpose,
    "concat": _concat,
    "slice": _slice,
    "conv2d": _conv2d,
    "max_pool2d": _max_pool2d,
    "layer_norm": _layer_norm,
}
