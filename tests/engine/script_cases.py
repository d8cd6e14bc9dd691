"""Experiments that a script can go wrong on, written by hand.

May import: tests.strategies, the networks of other tests.   Imported by: tests of scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.optimizers import OPTIMIZERS
from tests.engine.test_listing import BY_HAND
from tests.engine.test_network_ops import NETWORKS, numbers
from tests.strategies import TWO_LAYERS, Sketch

ROWS = {"x": numbers(7, 3), "y": numbers(7)}
LAYER = Sketch(
    "h = tanh(x @ W + b)\ng = h @ v + c\nloss = mean((y - g)**2)",
    {"W": numbers(3, 2), "b": numbers(2), "v": numbers(2), "c": 0.25},
    ROWS,
)

OPTIONS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "sgd": (
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "dampening": 0.5, "weight_decay": 0.01},
        {"momentum": 0.8, "nesterov": True},
        {"maximize": True, "weight_decay": 0.1},
    ),
    "adagrad": (
        {},
        {"lr_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-8, "weight_decay": 0.01},
    ),
    "rmsprop": (
        {},
        {"alpha": 0.9, "momentum": 0.5, "centered": True, "eps": 1e-4, "weight_decay": 0.01},
        {"maximize": True},
    ),
    "adam": (
        {},
        {"betas": [0.8, 0.9], "amsgrad": True, "weight_decay": 0.01, "eps": 1e-6},
        {"maximize": True, "betas": [0.0, 0.5]},
    ),
    "adamw": ({}, {"weight_decay": 0.0}, {"amsgrad": True, "maximize": True}),
}
assert OPTIONS.keys() == OPTIMIZERS.keys()

SCHEDULES: tuple[Mapping[str, Any], ...] = (
    {"name": "constant"},
    {"name": "constant", "factor": 2.5, "total_iters": 2},
    {"name": "step", "step_size": 2, "gamma": 0.5},
    {"name": "exponential", "gamma": 0.9},
    {"name": "cosine", "T_max": 3, "eta_min": 0.01},
    {"name": "cosine", "T_max": 2.5},
    {"name": "warmup"},
    {"name": "warmup", "start_factor": 0, "end_factor": 2, "total_iters": 2.5},
)

TRAININGS: dict[str, Mapping[str, Any]] = {
    **{
        " ".join([name, *options]): {"optimizer": name, "learning_rate": 0.05, **options}
        for name, variants in OPTIONS.items()
        for options in variants
    },
    **{
        f"{s['name']} {' '.join(map(str, list(s.values())[1:]))} by {unit}": {
            "schedule": {**s, "unit": unit}
        }
        for s in SCHEDULES
        for unit in ("epoch", "iteration")
    },
    "clipped by norm": {"clip_norm": 0.1},
    "clipped by value": {"clip_value": 0.05, "optimizer": "adam"},
    "whole batches only": {"drop_last": True},
    "not shuffled": {"shuffle": False},
    "one sample at a time": {"batch_size": 1},
    "one batch, shuffled": {"batch_size": 7},
    "one batch": {"batch_size": 7, "shuffle": False},
    "a rate of zero": {"learning_rate": 0.0},
}


def trained(sketch: Sketch, **training: Any) -> Sketch:
    """Three epochs of short batches, in an order that is drawn."""
    rows = {"batch_size": 3, "shuffle": True, "seed": 3} if sketch.data else {}
    return replace(sketch, training={"learning_rate": 0.1, "epochs": 3, **rows, **training})


TAKEN_NAMES = Sketch(
    "N = np * t\nlosses = N + lr * order\nd_t = losses - rows\nsum = mean(d_t**2) + epoch * 0.5\n"
    "h_mask = sum * len\nh = dropout(N, 0.25) * h_mask\ntorch = F * d_d_t\nloss_ = sum + mean(h)\n"
    "loss = loss_ + mean(softmax(softmax * np)) + torch**2",
    {"t": 0.5, "lr": 0.25, "epoch": 1.5, "len": 0.75, "F": 0.1, "d_d_t": 0.2, "softmax": 0.3},
    {"np": numbers(5), "order": numbers(5), "rows": numbers(5)},
    training={"optimizer": "adam", "test_fraction": 0.2},
)

EDGES: dict[str, Sketch] = {
    "names that a script needs itself": trained(
        replace(TAKEN_NAMES, training={}), optimizer="adam", batch_size=2
    ),
    "test samples and standardized columns": trained(
        replace(LAYER, data={**ROWS, "standardize": ["x"], "test_fraction": 0.3}), batch_size=2
    ),
    "test samples of one batch": Sketch(
        LAYER.formulas,
        LAYER.parameters,
        {**ROWS, "test_fraction": 0.3},
        training={"epochs": 3},
    ),
    "dropout, tested without it": trained(
        Sketch(
            "h = dropout(tanh(x @ W), 0.25)\ng = 2 * dropout(dropout(h @ v, p=0.5), 0.1)\n"
            "loss = mean((g - y)**2)\nafter = loss * 2",
            {"W": numbers(3, 4), "v": numbers(4)},
            {**ROWS, "test_fraction": 0.3},
            training={},
        ),
        batch_size=2,
        loss="loss",
    ),
    "dropout of one number": Sketch(
        "a = dropout(w, 0.5) + dropout(w * v)\nloss = a * a",
        {"w": 2.0, "v": 1.5},
        training={"epochs": 5},
    ),
    "a length that only a full batch has": trained(
        Sketch(
            "h = concat(x, x * w)\nm = mean(h * w, axis=0)\nloss = sum(m * m) + mean(h)",
            {"w": 0.5},
            {"x": numbers(5, 2)},
        ),
        batch_size=2,
    ),
    "a dropout whose length only a full batch has": trained(
        Sketch(
            "h = dropout(concat(x, x * w), 0.25)\nloss = mean(h * h)",
            {"w": 0.5},
            {"x": numbers(5, 2)},
        ),
        batch_size=2,
    ),
    "a last batch of one sample": trained(
        Sketch(
            "h = x * r + s\ng = h @ h.T\nloss = mean(g) + mean(h)",
            {"r": [0.5], "s": [[0.25, -0.5]]},
            {"x": numbers(5, 2)},
        ),
        batch_size=2,
    ),
    "constants, and parameters that are not trained": trained(
        Sketch(
            "h = k * x @ W + f\nloss = mean(h * h * m)",
            {"W": numbers(3, 2), "f": {"value": 0.5, "trainable": False}, "unused": 1.0},
            {"x": numbers(4, 3)},
            {"k": 2.0, "m": [1.0, 0.5]},
        ),
        optimizer="adam",
        weight_decay=0.1,
    ),
    "nothing to train": Sketch(
        "h = x * k\nloss = mean(h)", {}, {"x": numbers(4)}, {"k": 2.0}, {"epochs": 2}
    ),
    "only a parameter that is not trained": Sketch(
        "loss = mean(x * w)",
        {"w": {"value": 2.0, "trainable": False}},
        {"x": numbers(4)},
        training={"epochs": 2},
    ),
    "a loss that is an array of one number": Sketch(
        "h = x @ W\nloss = sum(h * h, axis=(0, 1), keepdims=True)",
        {"W": numbers(2, 2)},
        {"x": numbers(3, 2)},
        training={"epochs": 3, "learning_rate": 0.01},
    ),
    "a loss that is a parameter": Sketch("loss = w", {"w": 2.0}, training={"epochs": 3}),
    "a loss that is a parameter beside data": Sketch(
        "loss = w * v\nh = x * w", {"w": 2.0, "v": 3.0}, {"x": [1.0, 2.0]},
        training={"epochs": 3, "loss": "loss"},
    ),
    "scalars alone": Sketch(
        "a = u / v\nb = a**2 + u**-1\nc = b.T[None, None]\nloss = sum(c) / (v - 4)",
        {"u": 0.0, "v": 4.0},
        training={"epochs": 2, "learning_rate": 0.0},
    ),
    "scalars beside data": Sketch(
        "a = u / v\nb = (u * v)**-1 + reshape(v, 1, 1)[0, 0]\nloss = mean(x * a) + b",
        {"u": 0.0, "v": 4.0},
        {"x": numbers(3)},
        training={"epochs": 2, "learning_rate": 0.0},
    ),
    "what Python refuses to compute": Sketch(
        "a = 1 / 0\nb = (-8)**0.5 + 0**-1 * x\nc = 2**-1 + 1e300**2 - 3 / (2 - 2)\n"
        "loss = mean(w * x) + sqrt(2) + 4 / 3 + log(3)",
        {"w": 1.5},
        {"x": numbers(3)},
        training={"epochs": 3, "loss": "loss"},
    ),
    "numbers as operands": Sketch(
        "a = max(w, 0.25) + min(0.5, x) + maximum(2, 3) + minimum(x, w)\n"
        "d = where(1, w, 2) + where(x, 1, 2)\n"
        "b = mse(w * x, 0) + mae(w, 2) + huber(w * x, 1, 2) + bce_with_logits(w * x, 1)\n"
        "c = bce(sigmoid(w * x), 1) + softplus(30 * w) + gelu(w) + exp(1)\n"
        "loss = mean(a) + b + c + mean(d)",
        {"w": 0.4},
        {"x": numbers(4)},
        training={"epochs": 3, "learning_rate": 0.01},
    ),
    "settings by position": Sketch(
        "a = sum(x * w, 1, True) + mean(w * x, -1, True)\nb = sum(x * w, (0, 1), True)\n"
        "c = reshape(x * w, shape=(-1, 2)) + reshape(w * x, (-1, 2))\n"
        "d = max(x * w, axis=None, keepdims=True) + min(x * w, axis=(0, 1))\n"
        "loss = mean(a * b) + mean(leaky_relu(c, 0.5)) + mean(elu(c, 2) * d)",
        {"w": 0.4},
        {"x": numbers(4, 2)},
        training={"epochs": 3},
    ),
    "classes of every shape": Sketch(
        "z = x @ W\nt = reshape(z, 2, 2, 3)\nloss = cross_entropy(z, y)"
        " + cross_entropy(t, reshape(y, 2, 2)) + nll(log_softmax(z[0]), 2) + cross_entropy(z[1], k)"
        " + sum(embedding(W, 1)) + sum(embedding(W, k) * embedding(W, reshape(y, 2, 2)))",
        {"W": numbers(3, 3)},
        {"x": numbers(4, 3), "y": [0.0, 2.0, 1.0, 2.0]},
        {"k": 1.0},
        {"epochs": 3},
    ),
    "axes turned around": Sketch(
        "a = (x * w)[::-1] + (x * w)[..., ::-1]\nb = (x * w)[:, 2:0:-1] + (x * w)[:, -1:-3:-1]\n"
        "c = transpose(reshape(x * w, 2, 2, 3), axes=(2, 0, 1)) + reshape(x, 2, 2, 3).T\n"
        "d = (x * w)[None, ..., 1:2, None] + w.T\ne = (x[0] * w).T + (x * w)[3::-2, None][:, 0][0]"
        "\nloss = mean(a)**2 + sum(b * b) + mean(c**2) + mean(d) + sum(e * e)",
        {"w": 0.4},
        {"x": numbers(4, 3)},
        training={"epochs": 3, "learning_rate": 0.01},
    ),
    "layer_norm of every shape": Sketch(
        "a = layer_norm(x * w, g, b) + layer_norm(x, w, 1, eps=0.1) + layer_norm(x, g[None], 0)\n"
        "loss = mean(a * a * x)",
        {"w": 0.4, "g": numbers(3), "b": numbers(3)},
        {"x": numbers(4, 3)},
        training={"epochs": 3},
    ),
    "losses of targets that learn": Sketch(
        "p = sigmoid(x * w)\nt = sigmoid(x * v)\nloss = mse(p, t) + mae(p, t) + huber(p, t, 0.1)"
        " + bce(p, t) + bce_with_logits(x * w, t) + mse(x * w, v)",
        {"w": 0.4, "v": -0.5},
        {"x": numbers(4, 3)},
        training={"epochs": 3},
    ),
    "a loss far away": Sketch(
        "a = (w * x)**2\nloss = mean(a)", {"w": 1e200}, {"x": [1.0, 2.0]}, training={"epochs": 3}
    ),
    "numbers that are none": Sketch(
        "loss = mean(w * x) + sum(v)", {"w": float("nan"), "v": [float("inf"), 1.0]},
        {"x": [1.0, float("-inf")]}, training={"epochs": 2},
    ),
    "formulas of more lines, in an alphabet of its own": Sketch(
        "ŷ = (σ * x  # the slope\n     + β)\nloss = mean((y - ŷ)**2)  # its end",
        {'"σ"': 0.5, '"β"': 0.25},
        {"x": [1.0, 2.0], "y": [3.0, 5.0]},
        training={"epochs": 3},
    ),
    "zeros with a sign": Sketch(
        "loss = sum(w * v)", {"w": [-0.0, -0.0], "v": [0.0, 0.0]}, training={"epochs": 2}
    ),
    "many numbers": Sketch(
        "loss = mean((x @ W)**2)", {"W": numbers(9, 40)}, {"x": numbers(3, 9)},
        training={"epochs": 2},
    ),
}  # fmt: skip


def _short(sketch: Sketch) -> Sketch:
    # Long runs of made-up networks are chaos, in which any last bit grows.
    return replace(sketch, training={"epochs": 4, "learning_rate": 0.02, **sketch.training})


CASES: dict[str, Sketch] = {
    **{f"listing: {name}": _short(sketch) for name, sketch in BY_HAND.items()},
    **{f"network: {name}": _short(sketch) for name, sketch in NETWORKS.items()},
    **{f"training: {name}": trained(LAYER, **options) for name, options in TRAININGS.items()},
    **EDGES,
    "the lecture": TWO_LAYERS,
}

every_case = pytest.mark.parametrize("sketch", CASES.values(), ids=CASES.keys())
