"""Update rules, each declared once as formulas over a parameter, its gradient and its state.

Definitions, option names and names of the state are PyTorch's (torch.optim). Like a derivative, an
update is written in the ops of the table; from that come the NumPy calls on the flat vectors of all
parameters together, the listing line of each parameter, and the rule in words and numbers.
May import: evaluation, notation, ops.   Imported by: experiment, program, listing, explain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.evaluation import bound, evaluate
from engine.notation import MATH, NUMPY
from engine.ops import OPS, Array, Call, Expr, Number, Thunk, Value, call, lift

Options = Mapping[str, Any]

INPUTS = ("p", "g", "lr", "t")
"""What every rule may read: the parameter, its gradient, the learning rate, and the number of
this update, counted from 1."""


class Rule:
    """One update as assignments over named vectors, in order; the last one is to ``p``.

    ``rule["p"]`` is a name as an operand, and ``rule["p"] = …`` adds an assignment.
    """

    def __init__(self) -> None:
        self.names: list[str] = list(INPUTS)
        self.assignments: list[tuple[str, Expr]] = []

    def __getitem__(self, name: str) -> Expr:
        if name not in self.names:
            self.names.append(name)
        return Value(self.names.index(name), ())

    def __setitem__(self, name: str, value: Expr) -> None:
        _ = self[name]
        self.assignments.append((name, value))

    def reads(self, name: str) -> bool:
        """Whether the rule depends on this name."""
        return any(_reads(expr, self.names.index(name)) for _, expr in self.assignments)

    def bind(self, vectors: Mapping[str, Array]) -> list[Thunk]:
        """The calls of one update of the given vectors; a name without one gets a scratch.

        `lr` and `t` are 0-d arrays, read anew by every update.
        """
        arrays = dict(vectors)
        calls: list[Thunk] = []
        for name, expr in self.assignments:
            if name not in arrays:
                arrays[name] = np.empty_like(arrays["p"])
            bound(expr, lambda i: arrays[self.names[i]], calls, arrays[name])
        return calls

    def listing(self, parameter: str) -> str:
        """The update of one parameter as a line of NumPy."""
        spelled = {"p": parameter, "g": f"d_{parameter}", "lr": "lr", "t": "t"}

        def name(index: int) -> str:
            plain = self.names[index]
            return spelled.get(plain, f"{plain}_{parameter}")

        return "; ".join(
            _assignment(name(self.names.index(target)), expr, name)
            for target, expr in self.assignments
        )

    def words(self) -> str:
        """The rule with its own names: ``p ← p − lr · g``."""
        return ";  ".join(
            f"{target} ← {MATH.write(expr, self.names.__getitem__)}"
            for target, expr in self.assignments
        )

    def written(self, spelled: Mapping[str, str]) -> str:
        """The right-hand side of the last assignment, with `spelled` in place of names."""
        _, expr = self.assignments[-1]
        return MATH.write(expr, lambda index: spelled.get(self.names[index], self.names[index]))

    def numbers(self, known: Mapping[str, Array]) -> list[tuple[str, str, Array]]:
        """(name, its formula, its numbers) of every assignment, from the values before it."""
        values = dict(known)
        done: list[tuple[str, str, Array]] = []
        for target, expr in self.assignments:
            with np.errstate(all="ignore"):
                found = evaluate(expr, lambda i: np.asarray(values[self.names[i]]), _no_gradient)
            values[target] = found
            done.append((target, MATH.write(expr, self.names.__getitem__), found))
        return done


def _no_gradient(node: int) -> Array:
    raise AssertionError("an update rule reads no upstream gradient")


def _reads(expr: Expr, index: int) -> bool:
    if isinstance(expr, Value):
        return expr.node == index
    return isinstance(expr, Call) and any(_reads(arg, index) for arg in expr.args)


def _assignment(target: str, expr: Expr, name: Callable[[int], str]) -> str:
    """``w -= lr * g`` rather than ``w = w - lr * g``."""
    if isinstance(expr, Call) and expr.op.name in ("add", "sub"):
        first, second = expr.args
        if isinstance(first, Value) and name(first.node) == target:
            text = NUMPY.write(second, name)
            if expr.op.name == "sub" and isinstance(second, Call) and second.op.name in _SUMS:
                text = f"({text})"
            return f"{target} {expr.op.infix}= {text}"
    return f"{target} = {NUMPY.write(expr, name)}"


_SUMS = ("add", "sub")


@dataclass(frozen=True)
class Optimizer:
    """One update rule, declared once."""

    name: str
    learning_rate: float
    """The default."""
    options: Mapping[str, Any]
    """PyTorch's option names with their defaults, without the learning rate."""
    state: Callable[[Options], tuple[str, ...]]
    """Names of the state vectors that these options need; they start at `initial`."""
    write: Callable[[Rule, Options], None]
    """Writes the assignments of the rule."""
    initial: Callable[[Options], float] = lambda options: 0.0

    def rule(self, options: Options) -> Rule:
        """The rule for these options, what they do not need left out."""
        rule = Rule()
        self.write(rule, options)
        return rule


def _gradient(rule: Rule, options: Options) -> Expr:
    """The gradient that the rule uses: its sign turned to maximize, L2 decay added."""
    gradient = -rule["g"] if options["maximize"] else rule["g"]
    decay = options["weight_decay"]
    if decay == 0.0 and not options["maximize"]:
        return gradient
    rule["grad"] = gradient + decay * rule["p"] if decay else gradient
    return rule["grad"]


def _sgd(rule: Rule, options: Options) -> None:
    momentum, dampening = options["momentum"], options["dampening"]
    if momentum == 0.0 and options["weight_decay"] == 0.0:
        step = rule["lr"] * rule["g"]
        rule["p"] = rule["p"] + step if options["maximize"] else rule["p"] - step
        return
    gradient = _gradient(rule, options)
    if momentum:
        # The first buffer is the undampened gradient.
        damped = 1 - dampening * call("minimum", rule["t"] - 1, 1.0) if dampening else Number(1.0)
        rule["momentum_buffer"] = momentum * rule["momentum_buffer"] + damped * gradient
        buffer = rule["momentum_buffer"]
        gradient = gradient + momentum * buffer if options["nesterov"] else buffer
    rule["p"] = rule["p"] - rule["lr"] * gradient


def _adagrad(rule: Rule, options: Options) -> None:
    gradient = _gradient(rule, options)
    rule["sum"] = rule["sum"] + gradient**2
    rate = rule["lr"]
    if options["lr_decay"]:
        rate = rate / (1 + (rule["t"] - 1) * options["lr_decay"])
    rule["p"] = rule["p"] - rate * gradient / (call("sqrt", rule["sum"]) + options["eps"])


def _rmsprop(rule: Rule, options: Options) -> None:
    gradient, alpha = _gradient(rule, options), options["alpha"]
    rule["square_avg"] = alpha * rule["square_avg"] + _rest(alpha) * gradient**2
    variance = rule["square_avg"]
    if options["centered"]:
        rule["grad_avg"] = alpha * rule["grad_avg"] + _rest(alpha) * gradient
        variance = variance - rule["grad_avg"] ** 2
    step = gradient / (call("sqrt", variance) + options["eps"])
    if options["momentum"]:
        rule["momentum_buffer"] = options["momentum"] * rule["momentum_buffer"] + step
        step = rule["momentum_buffer"]
    rule["p"] = rule["p"] - rule["lr"] * step


def _adam(rule: Rule, options: Options) -> None:
    _adam_step(rule, options, rule["p"], _gradient(rule, options))


def _adamw(rule: Rule, options: Options) -> None:
    gradient = -rule["g"] if options["maximize"] else rule["g"]
    if options["weight_decay"]:
        rule["decayed"] = rule["p"] * (1 - options["weight_decay"] * rule["lr"])
        _adam_step(rule, options, rule["decayed"], gradient)
    else:
        _adam_step(rule, options, rule["p"], gradient)


def _rest(share: float) -> Expr:
    """What is left of 1, written as the difference: ``(1 − 0.9)`` and not 0.09999999999999998."""
    return Call(OPS["sub"], (Number(1.0), lift(share)))


def _adam_step(rule: Rule, options: Options, start: Expr, gradient: Expr) -> None:
    """Kingma & Ba 2015 with PyTorch's eps, outside the root and after the bias correction."""
    first, second = options["betas"]
    rule["exp_avg"] = first * rule["exp_avg"] + _rest(first) * gradient
    rule["exp_avg_sq"] = second * rule["exp_avg_sq"] + _rest(second) * gradient**2
    variance = rule["exp_avg_sq"]
    if options["amsgrad"]:
        rule["max_exp_avg_sq"] = call("maximum", rule["max_exp_avg_sq"], variance)
        variance = rule["max_exp_avg_sq"]
    rule["m_hat"] = rule["exp_avg"] / (1 - call("pow", first, rule["t"]))
    rule["v_hat"] = variance / (1 - call("pow", second, rule["t"]))
    root = call("sqrt", rule["v_hat"]) + options["eps"]
    rule["p"] = start - rule["lr"] * rule["m_hat"] / root


def _adam_state(options: Options) -> tuple[str, ...]:
    return ("exp_avg", "exp_avg_sq", *(("max_exp_avg_sq",) if options["amsgrad"] else ()))


_COMMON = {"weight_decay": 0.0, "maximize": False}

SGD = Optimizer(
    "sgd",
    0.1,
    {"momentum": 0.0, "dampening": 0.0, "nesterov": False, **_COMMON},
    lambda options: ("momentum_buffer",) if options["momentum"] else (),
    _sgd,
)
ADAGRAD = Optimizer(
    "adagrad",
    0.01,
    {"lr_decay": 0.0, "initial_accumulator_value": 0.0, "eps": 1e-10, **_COMMON},
    lambda options: ("sum",),
    _adagrad,
    lambda options: options["initial_accumulator_value"],
)
RMSPROP = Optimizer(
    "rmsprop",
    0.01,
    {"alpha": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": False, **_COMMON},
    lambda options: (
        "square_avg",
        *(("grad_avg",) if options["centered"] else ()),
        *(("momentum_buffer",) if options["momentum"] else ()),
    ),
    _rmsprop,
)
ADAM = Optimizer(
    "adam",
    0.001,
    {"betas": (0.9, 0.999), "eps": 1e-8, "amsgrad": False, **_COMMON},
    _adam_state,
    _adam,
)
ADAMW = Optimizer(
    "adamw",
    0.001,
    {**ADAM.options, "weight_decay": 0.01},
    _adam_state,
    _adamw,
)

OPTIMIZERS: dict[str, Optimizer] = {
    optimizer.name: optimizer for optimizer in (SGD, ADAGRAD, RMSPROP, ADAM, ADAMW)
}
