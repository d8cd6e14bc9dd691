"""The same nets in libraries that differentiate by themselves; each is optional.

PyTorch in eager mode, on one thread in float64: with an SGD of one's own, with its optimizer, and
keeping what a debugger has to keep, a copy of the last iteration's intermediate values and
gradients (`retain_grad`; copies by hooks). And HIPS autograd.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

import numpy as np

from tests.benchmarks.by_hand import Loop
from tests.benchmarks.nets import Net


def torch() -> Any:
    """PyTorch on one thread, or None where it is not installed."""
    return _optional("torch", lambda module: module.set_num_threads(1))


def autograd() -> Any:
    """HIPS autograd, or None where it is not installed."""
    return _optional("autograd", lambda module: None)


def _optional(name: str, prepare: Callable[[Any], object]) -> Any:
    try:
        module = importlib.import_module(name)
    except ImportError:
        return None
    prepare(module)
    return module


# --- PyTorch ------------------------------------------------------------------------------------


def torch_loops(net: Net) -> dict[str, Loop]:
    """The net in PyTorch in each of the ways, by name."""
    return {
        "PyTorch, own SGD": _torch_loop(net),
        "PyTorch, optim.SGD": _torch_loop(net, optimizer=True),
        "PyTorch keeping, retain_grad": _torch_loop(net, keep="retain_grad"),
        "PyTorch keeping, copies by hooks": _torch_loop(net, keep="hooks"),
    }


def _torch_loop(net: Net, optimizer: bool = False, keep: str = "") -> Loop:
    t = torch()
    parameters = {
        name: t.tensor(net.initial(name), dtype=t.float64, requires_grad=True)
        for name in net.experiment.leaves
    }
    columns = {name: [t.from_numpy(b.copy()) for b in net.batches(name)] for name in ("x", "y")}
    if "cross_entropy" in net.formulas:
        columns["y"] = [y.long() for y in columns["y"]]
    batches = cycle(list(zip(columns["x"], columns["y"], strict=True)))
    forward = _forward(net, t)
    ours = list(parameters.values())
    sgd = t.optim.SGD(ours, lr=net.rate) if optimizer else None
    kept: dict[str, Any] = {}

    def copies(name: str) -> Callable[[Any], None]:
        def hook(gradient: Any) -> None:
            kept[f"d_{name}"] = gradient.clone()

        return hook

    hooks = {name: copies(name) for name in ("h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9")}

    def keeping(steps: list[Any]) -> None:
        for number, value in enumerate(steps, 1):
            if keep == "retain_grad":
                value.retain_grad()
                kept[f"h{number}"] = value
            else:
                kept[f"h{number}"] = value.detach().clone()
                value.register_hook(hooks[f"h{number}"])

    def train(iterations: int) -> np.ndarray:
        losses = np.empty(iterations)
        for i, (x, y) in enumerate(islice(batches, iterations)):
            steps = forward(x, y, parameters)
            if keep:
                keeping(steps)
            loss = steps[-1]
            loss.backward()
            losses[i] = loss.item()
            if keep == "hooks":
                for name, parameter in parameters.items():
                    kept[name] = parameter.detach().clone()
                    kept[f"d_{name}"] = parameter.grad.clone()
            if sgd is not None:
                sgd.step()
                sgd.zero_grad()
                continue
            with t.no_grad():
                for parameter in ours:
                    parameter -= net.rate * parameter.grad
                    parameter.grad = None
        return losses

    return train


def _forward(net: Net, t: Any) -> Callable[[Any, Any, dict[str, Any]], list[Any]]:
    """The forward pass, returning every intermediate value, the loss last."""
    cross_entropy = t.nn.functional.cross_entropy

    def lecture(x: Any, y: Any, p: dict[str, Any]) -> list[Any]:
        a = p["w1"] * x
        h = a + p["b1"]
        b = p["w2"] * h
        g = b + p["b2"]
        r = y - g
        square = r**2
        return [a, h, b, g, r, square, square.mean()]

    def regression(x: Any, y: Any, p: dict[str, Any]) -> list[Any]:
        a = x @ p["W1"] + p["b1"]
        h = t.tanh(a)
        b = h @ p["W2"] + p["b2"]
        k = t.tanh(b)
        g = k @ p["W3"] + p["b3"]
        r = y - g
        square = r**2
        return [a, h, b, k, g, r, square, square.mean()]

    def classifier(x: Any, y: Any, p: dict[str, Any]) -> list[Any]:
        a = x @ p["W1"] + p["b1"]
        h = t.tanh(a) if "tanh" in net.formulas else t.relu(a)
        z = h @ p["W2"] + p["b2"]
        return [a, h, z, cross_entropy(z, y)]

    return _chosen(net, lecture, regression, classifier)


def _chosen(net: Net, lecture: Any, regression: Any, classifier: Any) -> Any:
    if "cross_entropy" in net.formulas:
        return classifier
    return regression if "tanh" in net.formulas else lecture


# --- HIPS autograd ------------------------------------------------------------------------------


def autograd_loop(net: Net) -> Loop:
    """The net in HIPS autograd, with an SGD of one's own."""
    ag, anp = importlib.import_module("autograd"), importlib.import_module("autograd.numpy")

    def lecture(p: list[Any], x: Any, y: Any) -> Any:
        w1, b1, w2, b2 = p
        return anp.mean((y - (w2 * (w1 * x + b1) + b2)) ** 2)

    def regression(p: list[Any], x: Any, y: Any) -> Any:
        W1, W2, W3, b1, b2, b3 = p
        h = anp.tanh(anp.dot(x, W1) + b1)
        k = anp.tanh(anp.dot(h, W2) + b2)
        return anp.mean((y - (anp.dot(k, W3) + b3)) ** 2)

    def classifier(p: list[Any], x: Any, truth: Any) -> Any:
        W1, W2, b1, b2 = p
        a = anp.dot(x, W1) + b1
        h = anp.tanh(a) if "tanh" in net.formulas else anp.maximum(a, 0.0)
        z = anp.dot(h, W2) + b2
        z = z - anp.max(z, axis=1, keepdims=True)
        logs = anp.log(anp.sum(anp.exp(z), axis=1))
        return (anp.sum(logs) - anp.sum(z * truth)) / net.batch

    parameters = [net.initial(name) for name in net.experiment.leaves]
    targets = net.batches("y")
    if "cross_entropy" in net.formulas:
        outputs = parameters[1].shape[1]
        targets = [np.eye(outputs)[y.astype(int)] for y in targets]
    batches = cycle(list(zip(net.batches("x"), targets, strict=True)))
    gradient = ag.value_and_grad(_chosen(net, lecture, regression, classifier))

    def train(iterations: int) -> np.ndarray:
        losses = np.empty(iterations)
        for i, (x, y) in enumerate(islice(batches, iterations)):
            losses[i], gradients = gradient(parameters, x, y)
            for k, g in enumerate(gradients):
                parameters[k] = parameters[k] - net.rate * g
        return losses

    return train
