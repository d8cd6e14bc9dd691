"""Every optimizer against PyTorch's trajectories and published ones; schedules and clipping."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Debugger, ExperimentError, parse_experiment, trace_lines
from engine.optimizers import OPTIMIZERS

REFERENCE = Path(__file__).parents[1] / "reference"
CASES = [
    case
    for name in ("optimizers_torch.json", "optimizers_published.json")
    for case in json.loads((REFERENCE / name).read_text(encoding="utf-8"))["cases"]
]


def toml(value: Any) -> str:
    return json.dumps(value)


def experiment(case: dict[str, Any]) -> str:
    """A case as an experiment; a list of gradients becomes data that the loss is linear in."""
    options = dict(case["hyperparameters"])
    steps = len(case["verified"]["trajectory"])
    if case.get("program"):
        formulas = "\n".join(case["program"])
        pairs = zip(case["params"], case["start"], strict=True)
        leaves = "".join(f"{name} = {value}\n" for name, value in pairs)
        data = ""
    else:
        formulas, leaves = "loss = sum(w * g)", f"w = {case['start']}\n"
        data = f"[data]\ng = {case['gradients']}\n"
    text = f'formulas = """\n{formulas}\n"""\n[parameters]\n{leaves}{data}[training]\n'
    text += f'optimizer = "{case["optimizer"].lower()}"\nlearning_rate = {options.pop("lr")}\n'
    text += f"epochs = {1 if data else steps}\n" + ("batch_size = 1\n" if data else "")
    return text + "".join(f"{key} = {toml(value)}\n" for key, value in options.items())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_update_agrees_with_the_reference_in_parameters_and_state(case: Any) -> None:
    debugger = Debugger(parse_experiment(experiment(case)))
    graph = debugger.graph
    nodes = [graph.named[name] for name in case.get("params") or ["w"]]
    tolerance = case["tolerance"]["relative_to_max1"]
    for step, expected in enumerate(case["verified"]["trajectory"]):
        record = debugger.run.record(step)

        def gathered(values: Any) -> Any:
            return np.concatenate([np.ravel(values(node)) for node in nodes])

        def close(ours: Any, theirs: Any) -> bool:
            scale = np.maximum(1.0, np.abs(theirs))
            return bool(np.all(np.abs(ours - np.asarray(theirs)) <= tolerance * scale))

        assert close(gathered(lambda n: record.updated[n]), expected["params"]), step  # noqa: B023
        for name, values in expected["state"].items():
            if values is not None:
                ours = gathered(lambda n: record.optimizer[n][name])  # noqa: B023
                assert close(ours, values), (step, name)


VARIANTS = [
    {"optimizer": "sgd", "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1, "maximize": True},
    {"optimizer": "sgd", "momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
    {"optimizer": "adagrad", "lr_decay": 0.1, "weight_decay": 0.02, "maximize": True},
    {"optimizer": "rmsprop", "momentum": 0.5, "centered": True, "weight_decay": 0.05},
    {"optimizer": "adam", "amsgrad": True, "weight_decay": 0.1, "betas": [0.8, 0.9]},
    {"optimizer": "adamw", "amsgrad": True, "maximize": True, "weight_decay": 0.2},
]


def straightforward(options: dict[str, Any], gradients: list[float], start: float) -> list[float]:
    """PyTorch's algorithms written out number by number, as its documentation states them."""
    o = {**OPTIMIZERS[options["optimizer"]].options, **options}
    lr, p, path = 0.1, start, []
    buffer = total = square = average = m = v = vmax = 0.0
    for t, raw in enumerate(gradients, 1):
        g = -raw if o["maximize"] else raw
        if o["optimizer"] == "adamw":
            p *= 1 - lr * o["weight_decay"]
        else:
            g += o["weight_decay"] * p
        match o["optimizer"]:
            case "sgd":
                if o["momentum"]:
                    kept = g if t == 1 else o["momentum"] * buffer + (1 - o["dampening"]) * g
                    buffer = kept
                    g = g + o["momentum"] * buffer if o["nesterov"] else buffer
                p -= lr * g
            case "adagrad":
                total += g * g
                p -= lr / (1 + (t - 1) * o["lr_decay"]) * g / (math.sqrt(total) + o["eps"])
            case "rmsprop":
                square = o["alpha"] * square + (1 - o["alpha"]) * g * g
                average = o["alpha"] * average + (1 - o["alpha"]) * g
                spread = square - average**2 if o["centered"] else square
                step = g / (math.sqrt(spread) + o["eps"])
                buffer = o["momentum"] * buffer + step
                p -= lr * (buffer if o["momentum"] else step)
            case _:
                first, second = o["betas"]
                m = first * m + (1 - first) * g
                v = second * v + (1 - second) * g * g
                vmax = max(vmax, v)
                under = math.sqrt((vmax if o["amsgrad"] else v) / (1 - second**t)) + o["eps"]
                p -= lr * m / (1 - first**t) / under
        path.append(p)
    return path


@pytest.mark.parametrize("options", VARIANTS, ids=lambda o: "-".join(map(str, o)))
def test_every_option_does_what_pytorch_documents(options: dict[str, Any]) -> None:
    gradients = [0.5, -1.25, 2.0, 0.75, -0.3]
    text = f'formulas = "loss = sum(w * g)"\n[parameters]\nw = 1.5\n[data]\ng = {gradients}\n'
    text += "[training]\nbatch_size = 1\nepochs = 1\nlearning_rate = 0.1\n"
    text += "".join(f"{key} = {toml(value)}\n" for key, value in options.items())
    debugger = Debugger(parse_experiment(text))
    w = debugger.graph.named["w"]
    ours = [float(debugger.run.record(step).updated[w]) for step in range(len(gradients))]
    assert ours == pytest.approx(straightforward(options, gradients, 1.5), rel=1e-12)


def descent(training: str, epochs: int = 12) -> Debugger:
    text = 'formulas = "loss = (3 * w - 6) ** 2 + v"\n[parameters]\nw = 0.5\nv = 0.0\n'
    return Debugger(parse_experiment(f"{text}[training]\nepochs = {epochs}\n{training}"))


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ('{ name = "step", step_size = 4, gamma = 0.5 }', lambda k: 0.1 * 0.5 ** (k // 4)),
        ('{ name = "exponential", gamma = 0.9 }', lambda k: 0.1 * 0.9**k),
        (
            '{ name = "cosine", T_max = 10, eta_min = 0.01 }',
            lambda k: 0.01 + 0.09 * (1 + math.cos(math.pi * k / 10)) / 2,
        ),
        (
            '{ name = "warmup", start_factor = 0.1, total_iters = 5 }',
            lambda k: 0.1 * (0.1 + 0.9 * min(k, 5) / 5),
        ),
        (
            '{ name = "constant", factor = 0.5, total_iters = 3 }',
            lambda k: 0.1 * (0.5 if k < 3 else 1.0),
        ),
    ],
)
def test_a_schedule_gives_the_closed_form_of_its_epoch(schedule: str, expected: Any) -> None:
    debugger = descent(f"learning_rate = 0.1\nschedule = {schedule}")
    rates = [debugger.run.record(step).rate for step in range(12)]
    assert rates == pytest.approx([expected(k) for k in range(12)], rel=1e-14)


@pytest.mark.parametrize(
    "training",
    [
        'optimizer = "adam"\nlearning_rate = 0.1\nschedule = { name = "cosine", T_max = 7 }',
        'optimizer = "sgd"\nmomentum = 0.9\ndampening = 0.5\nlearning_rate = 0.01',
        'optimizer = "rmsprop"\ncentered = true\nclip_norm = 0.5',
    ],
)
def test_replay_restores_the_state_of_the_optimizer_bit_for_bit(training: str) -> None:
    walked, direct = descent(training, 400), descent(training, 400)
    walked.end()
    walked.start()
    for step in (399, 17, 200, 16, 0, 398):
        there, fresh = walked.run.record(step), direct.run.record(step)
        for node, value in there.updated.items():
            assert value.tobytes() == fresh.updated[node].tobytes()
            for name, state in there.optimizer[node].items():
                assert state.tobytes() == fresh.optimizer[node][name].tobytes()


def test_clipping_by_norm_is_an_event_that_scales_all_gradients_together() -> None:
    debugger = descent("learning_rate = 0.1\nclip_norm = 2.0")
    clip = debugger.listing.clip_step
    assert clip is not None
    debugger.goto(clip - 1)
    before = [float(debugger.state.node(n).gradient or 0.0) for n in ("w", "v")]
    debugger.step()
    after = [float(debugger.state.node(n).gradient or 0.0) for n in ("w", "v")]
    norm = math.hypot(*before)
    assert after == pytest.approx([g * 2.0 / (norm + 1e-6) for g in before], rel=1e-12)
    event = json.loads(list(trace_lines(debugger.run, clip, clip))[1])
    assert (event["op"], event["limit"]) == ("clip_norm", 2.0)
    assert event["norm"] == pytest.approx(norm)
    assert debugger.report().phase == "update"


def test_clipping_by_value_bounds_every_number() -> None:
    debugger = descent("learning_rate = 0.1\nclip_value = 0.25")
    debugger.goto(debugger.listing.clip_step or 0)
    assert float(debugger.state.node("w").gradient or 0.0) == -0.25
    assert float(debugger.state.node("v").gradient or 0.0) == 0.25


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ('optimizer = "adma"', "did you mean 'adam'"),
        ("nesterov = true", "needs a momentum"),
        ('optimizer = "adam"\nbetas = [0.9, 1.0]', "betas"),
        ('schedule = { name = "cosin", T_max = 3 }', "did you mean 'cosine'"),
        ('schedule = { name = "step" }', "needs step_size"),
        ('schedule = { name = "step", step_size = 3, gama = 1.0 }', "did you mean 'gamma'"),
        ("clip_norm = 0", "clip_norm"),
        ("clip_norm = 1\nclip_value = 1", "choose one"),
        ("momentum = -1", "at least 0"),
    ],
)
def test_a_wrong_option_is_refused_with_the_way_out(training: str, words: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        descent(training)
    assert words in str(caught.value)
    assert caught.value.place is not None
