"""Every op, optimizer, schedule and clipping against PyTorch itself, where it is installed.

Nothing here is needed: what these grids found stands as numbers in test_special_points.py and in
tests/reference. Run with  pip install torch==2.13.0.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.ops import OPS, Array
from tests.engine.op_twins import forward, pulled_back
from tests.strategies import Sketch

torch: Any = pytest.importorskip("torch")
functional: Any = torch.nn.functional

POINTS = [0.0, 1.0, 0.5, 2.0, 1e-3, 1e-8, 1e-160, 2.3e-308, 20.0, 36.5, 100.0, 709.0, 710.0, 745.5,
          1e10, 1e154, 1e300, np.inf]  # fmt: skip
SIGNED = np.array([*POINTS, *(-x for x in POINTS)])
UPSTREAMS = [1.0, -3.0, 0.0]

PLAIN = ("exp", "log", "log1p", "sqrt", "abs", "sin", "cos", "tan", "tanh", "sigmoid", "relu")
UNARY: dict[str, Callable[[Any], Any]] = {name: getattr(torch, name) for name in PLAIN}
UNARY |= {name: getattr(functional, name) for name in ("leaky_relu", "elu", "silu")}


def torch_gradients(function: Callable[..., Any], operands: list[Array], upstream: Array) -> Any:
    """(value, gradients) from PyTorch; None for an operand that has none."""
    tensors = [torch.tensor(o, dtype=torch.float64, requires_grad=True) for o in operands]
    out = function(*tensors)
    seed = torch.tensor(np.broadcast_to(upstream, tuple(out.shape)).copy())
    found = torch.autograd.grad(out, tensors, seed, allow_unused=True)
    return out.detach().numpy(), [None if g is None else g.numpy() for g in found]


def assert_like_torch(
    name: str, function: Callable[..., Any], *operands: Array, upstream: Any = 1.0, **more: Any
) -> None:
    rtol = more.pop("rtol", 1e-11)
    out = forward(OPS[name], *operands, **more)
    upstream = np.broadcast_to(np.asarray(upstream, dtype=float), out.shape)
    wanted, gradients = torch_gradients(function, list(operands), upstream)
    np.testing.assert_allclose(out, wanted, rtol=rtol, atol=1e-300)
    for got, want in zip(pulled_back(OPS[name], upstream, *operands, **more), gradients,
                         strict=True):  # fmt: skip
        if want is not None:
            size = np.abs(want[np.isfinite(want)]).max(initial=0.0)
            np.testing.assert_allclose(got, want, rtol=rtol, atol=1e-15 * size)


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_functions(name: str, upstream: float) -> None:
    for x in SIGNED:
        assert_like_torch(name, UNARY[name], np.array([x]), upstream=upstream)


@pytest.mark.parametrize("name", ["gelu", "softplus", "expm1"])
def test_functions_whose_tails_pytorch_rounds_away(name: str) -> None:
    function = getattr(functional, name, None) or torch.expm1
    x = np.linspace(-5.0, 20.0, 301)
    assert_like_torch(name, function, x, rtol=1e-9)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow", "maximum", "minimum"])
def test_pairs(name: str) -> None:
    points = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, -2.0, 1e-8, 1e300, -1e300, np.inf, -np.inf]
    for a, b in itertools.product(points, points):
        for upstream in UPSTREAMS:
            x, y = np.array([a]), np.array([b])
            assert_like_torch(name, getattr(torch, name), x, y, upstream=upstream)


@pytest.mark.parametrize("upstream", [1.0, np.inf, np.nan])
def test_where(upstream: float) -> None:
    condition = np.array([0.0, 1.0, -0.0, np.nan])
    a, b = np.arange(4.0), np.arange(4.0, 8.0)
    wanted, gradients = torch_gradients(
        lambda p, q: torch.where(torch.tensor(condition) != 0, p, q), [a, b], np.full(4, upstream)
    )
    np.testing.assert_array_equal(forward(OPS["where"], condition, a, b), wanted)
    found = pulled_back(OPS["where"], np.full(4, upstream), condition, a, b)
    np.testing.assert_array_equal(found[1], gradients[0])
    np.testing.assert_array_equal(found[2], gradients[1])


LOGITS = [-1e300, -1000.0, -88.0, -1.0, 0.0, 1e-8, 2.0, 1000.0]


@pytest.mark.parametrize(
    ("name", "function"),
    [("mse", functional.mse_loss), ("mae", functional.l1_loss), ("huber", functional.huber_loss)],
)
def test_losses_of_numbers(name: str, function: Callable[..., Any]) -> None:
    for p, t in itertools.product(LOGITS, [0.0, 1.0, -1.0, 1e300]):
        assert_like_torch(name, function, np.array([p, t, 0.0]), np.array([t, t, 0.5]))


def test_logits() -> None:
    rows = np.array(list(itertools.product(LOGITS, repeat=3)))
    upstream = np.random.default_rng(0).normal(size=rows.shape)
    for axis in (-1, 0):
        for name in ("softmax", "log_softmax"):
            function = getattr(functional, name)
            assert_like_torch(name, lambda x, f=function, a=axis: f(x, a), rows,
                              upstream=upstream, axis=axis)  # fmt: skip
    classes = np.arange(len(rows)) % 3
    for name in ("cross_entropy", "nll"):
        function = functional.cross_entropy if name == "cross_entropy" else functional.nll_loss
        z = np.clip(rows, -1e4, 1e4)
        found = pulled_back(OPS[name], np.asarray(1.0), z, classes.astype(float))[0]
        wanted, (gradient,) = torch_gradients(
            lambda x, f=function: f(x, torch.tensor(classes)), [z], np.asarray(1.0)
        )
        np.testing.assert_allclose(forward(OPS[name], z, classes.astype(float)), wanted, rtol=1e-12)
        np.testing.assert_allclose(found, gradient, rtol=1e-11, atol=1e-18)


RNG = np.random.default_rng(0)


@pytest.mark.parametrize("stride", [1, 2, (1, 3)])
@pytest.mark.parametrize("padding", [0, 1, (0, 2)])
def test_convolutions(stride: Any, padding: Any) -> None:
    for x, w in (((2, 3, 7, 6), (4, 3, 3, 2)), ((1, 1, 5, 5), (1, 1, 1, 1))):
        image, kernel = RNG.normal(size=x), RNG.normal(size=w)
        settings = {"stride": stride, "padding": padding}
        shape = OPS["conv2d"].shape(x, w, **settings)
        assert_like_torch(
            "conv2d",
            lambda a, b, s=settings: functional.conv2d(a, b, **s),
            image,
            kernel,
            upstream=RNG.normal(size=shape),
            **settings,
        )


@pytest.mark.parametrize("size", [1, 2, (2, 3)])
@pytest.mark.parametrize("stride", [None, 1, (3, 1)])
def test_pooling_with_and_without_ties(size: Any, stride: Any) -> None:
    for image in (RNG.normal(size=(2, 3, 7, 6)), RNG.integers(0, 2, (2, 3, 7, 6)).astype(float)):
        shape = OPS["max_pool2d"].shape(image.shape, size=size, stride=stride)
        for upstream in (RNG.normal(size=shape), np.where(RNG.random(shape) < 0.2, np.inf, 1.0)):
            assert_like_torch(
                "max_pool2d",
                lambda a: functional.max_pool2d(a, size, stride),
                image,
                upstream=upstream,
                size=size,
                stride=stride,
            )


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_with_ties(axis: Any, keepdims: bool) -> None:
    a = RNG.integers(0, 3, (4, 5)).astype(float)
    for name, function in (("max", torch.amax), ("min", torch.amin), ("sum", torch.sum),
                           ("mean", torch.mean)):  # fmt: skip
        shape = OPS[name].shape(a.shape, axis=axis, keepdims=keepdims)
        assert_like_torch(
            name,
            lambda x, f=function: f(x, axis, keepdim=keepdims),
            a,
            upstream=RNG.normal(size=shape),
            axis=axis,
            keepdims=keepdims,
        )


@pytest.mark.parametrize("eps", [1e-5, 0.1])
def test_layer_norm(eps: float) -> None:
    gain, bias = RNG.normal(size=5), RNG.normal(size=5)
    for x in (RNG.normal(size=(4, 5)), np.ones((2, 3, 5))):
        assert_like_torch(
            "layer_norm",
            lambda a, g, b: functional.layer_norm(a, (5,), g, b, eps),
            x,
            gain,
            bias,
            upstream=RNG.normal(size=x.shape),
            eps=eps,
            rtol=1e-9,
        )


# --- training ---------------------------------------------------------------------------------

STEPS = 50
X, Y, W = RNG.normal(size=(8, 3)), RNG.normal(size=8), RNG.normal(size=3)


def ours(training: dict[str, Any]) -> Array:
    sketch = Sketch(
        "h = tanh(x @ w + b)\nloss = mean((h * v - y)**2) + 0.1 * sum(w**4)",
        {"w": W, "b": 0.3, "v": 1.5},
        {"x": X, "y": Y},
        training={"epochs": STEPS, **training},
    )
    run = Run(sketch.opened())
    names = run.graph.named
    rows = []
    for step in range(STEPS):
        record = run.record(step)
        moved = [np.ravel(record.updated[names[n]]) for n in ("w", "b", "v")]
        rows.append([record.loss, record.rate, *np.concatenate(moved)])
    return np.array(rows)


def theirs(training: dict[str, Any], make: Any, schedule: Any = None, clip: Any = None) -> Array:
    w, b, v = (torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in (W, 0.3, 1.5))
    optimizer = make([w, b, v])
    plan = schedule(optimizer) if schedule else None
    rows = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        h = torch.tanh(torch.tensor(X) @ w + b)
        loss = ((h * v - torch.tensor(Y)) ** 2).mean() + 0.1 * (w**4).sum()
        loss.backward()
        if clip:
            clip([w, b, v])
        rate = optimizer.param_groups[0]["lr"]
        optimizer.step()
        if plan:
            plan.step()
        rows.append([loss.item(), rate, *w.detach().numpy(), b.item(), v.item()])
    return np.array(rows)


CLASSES = {"sgd": "SGD", "adagrad": "Adagrad", "rmsprop": "RMSprop", "adam": "Adam",
           "adamw": "AdamW"}  # fmt: skip
COMMON = {"weight_decay": (0.0, 0.1), "maximize": (False, True)}
GRIDS: dict[str, dict[str, tuple[Any, ...]]] = {
    "sgd": {"momentum": (0.0, 0.9), "dampening": (0.0, 0.3), "nesterov": (False, True), **COMMON},
    "adagrad": {"lr_decay": (0.0, 0.1), "initial_accumulator_value": (0.0, 0.5),
                "eps": (1e-10, 1e-3), **COMMON},
    "rmsprop": {"alpha": (0.99, 0.5), "eps": (1e-8, 1e-3), "momentum": (0.0, 0.9),
                "centered": (False, True), **COMMON},
    "adam": {"betas": ((0.9, 0.999), (0.5, 0.7), (0.0, 0.0)), "eps": (1e-8, 1e-2),
             "amsgrad": (False, True), **COMMON},
}  # fmt: skip
GRIDS["adamw"] = GRIDS["adam"]


@pytest.mark.parametrize("name", GRIDS)
def test_optimizers_with_every_combination_of_their_options(name: str) -> None:
    for values in itertools.product(*GRIDS[name].values()):
        options = dict(zip(GRIDS[name], values, strict=True))
        if options.get("nesterov") and (not options["momentum"] or options["dampening"]):
            continue
        training = {"optimizer": name, "learning_rate": 0.01, **options}

        def make(parameters: Any, o: Any = options) -> Any:
            return getattr(torch.optim, CLASSES[name])(parameters, lr=0.01, **o)

        np.testing.assert_allclose(ours(training), theirs(training, make), rtol=1e-9, atol=1e-9,
                                   err_msg=str(options))  # fmt: skip


SCHEDULES = {
    "step": ({"step_size": 7, "gamma": 0.3}, "StepLR"),
    "exponential": ({"gamma": 0.93}, "ExponentialLR"),
    "cosine": ({"T_max": 20, "eta_min": 0.001}, "CosineAnnealingLR"),
    "warmup": ({"start_factor": 0.1, "end_factor": 0.8, "total_iters": 9}, "LinearLR"),
    "constant": ({"factor": 0.2, "total_iters": 12}, "ConstantLR"),
}


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("unit", ["epoch", "iteration"])
def test_schedules(name: str, unit: str) -> None:
    options, torch_name = SCHEDULES[name]
    training = {"optimizer": "adam", "learning_rate": 0.02,
                "schedule": {"name": name, "unit": unit, **options}}  # fmt: skip
    plan = getattr(torch.optim.lr_scheduler, torch_name)
    wanted = theirs(training, lambda p: torch.optim.Adam(p, lr=0.02), lambda o: plan(o, **options))
    np.testing.assert_allclose(ours(training), wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ["norm", "value"])
@pytest.mark.parametrize("limit", [0.05, 1.0, 100.0])
def test_clipping(kind: str, limit: float) -> None:
    training = {"optimizer": "sgd", "learning_rate": 0.05, f"clip_{kind}": limit}
    clip = getattr(torch.nn.utils, f"clip_grad_{kind}_")
    wanted = theirs(training, lambda p: torch.optim.SGD(p, lr=0.05), None, lambda p: clip(p, limit))
    np.testing.assert_allclose(ours(training), wanted, rtol=1e-10, atol=1e-10)
