"""What is an input, a target, the output and a hidden layer, told from the formulas alone."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Experiment, Roles, open_lesson, parse_experiment, roles_of


def names(experiment: Experiment, found: Roles) -> tuple[str, str, str, str]:
    graph = experiment.graph
    parts = (found.inputs, found.targets, found.hidden)
    inputs, targets, hidden = (" ".join(graph[node].name for node in part) for part in parts)
    return inputs, targets, hidden, graph[found.output].name if found.output is not None else ""


@pytest.mark.parametrize(
    ("lesson", "inputs", "targets", "hidden", "output"),
    [
        ("two-layer", "x", "y", "h", "g"),
        ("one-neuron", "x1 x2", "y", "z", "a"),
        ("xor", "x", "y", "h", "z"),
        ("iris", "x", "y", "", "z"),
        ("spiral", "x", "y", "h1 h2", "z"),
        ("dead-relu", "x", "y", "h1 h2", "g"),
        ("convolution", "x", "y", "maps", "z"),
        ("attention-head", "p x", "y", "a", "out"),
        ("chain-rule", "", "", "", ""),
    ],
)
def test_the_lessons_have_the_parts_that_their_texts_name(
    lesson: str, inputs: str, targets: str, hidden: str, output: str
) -> None:
    experiment = open_lesson(lesson)
    assert names(experiment, roles_of(experiment)) == (inputs, targets, hidden, output)


def of(formulas: str, y: str = "[1.0, 3.0, 4.0]") -> Experiment:
    return parse_experiment(
        f'formulas = """\n{formulas}\n"""\n[parameters]\nw = 0.5\nb = 0.25\n'
        f"[data]\nx = [1.0, 2.0, 3.0]\ny = {y}\n",
        name="experiment.toml",
    )


@pytest.mark.parametrize(
    ("formulas", "output"),
    [
        ("p = sigmoid(w * x + b)\nloss = -mean(y * log(p) + (1 - y) * log(1 - p))", "p"),
        ("loss = mean((y - (w * x + b))**2)", "w * x + b"),
        ("g = w * x + b\ne = y - g\nloss = mean(e * e)", "g"),
        ("g = w * x + b\nt = (y + 1) / 2\nloss = mse(g, t)", "g"),
        ("z = w * x + b\nloss = mean((y - tanh(z))**2)", "tanh(z)"),
    ],
)
def test_the_output_is_what_is_compared_with_the_target(formulas: str, output: str) -> None:
    experiment = of(formulas, "[0.0, 1.0, 1.0]")
    found = roles_of(experiment)
    assert found.output is not None
    assert experiment.graph[found.output].name == output
    assert names(experiment, found)[:2] == ("x", "y")


def test_classes_are_told_apart_where_the_loss_or_the_target_does() -> None:
    logits = roles_of(of("z = w * x + b\nloss = bce_with_logits(z, y)", "[0.0, 1.0, 1.0]")).decision
    assert logits is not None and (logits.threshold, logits.boundary) == (0.0, 0.5)
    two = roles_of(of("g = w * x + b\nloss = mse(g, y)", "[-1.0, 1.0, 1.0]")).decision
    assert two is not None and (two.threshold, two.labels) == (0.0, ("-1", "1"))
    assert roles_of(of("g = w * x + b\nloss = mse(g, y)")).decision is None
    iris = open_lesson("iris")
    decision = roles_of(iris).decision
    assert decision is not None and decision.threshold is None
    assert decision.labels == ("setosa", "versicolor", "virginica")
    scores = np.array([[0.0, 2.0, 1.0], [3.0, 2.0, 1.0]])
    assert decision.predicted(scores).tolist() == [1, 0]
    assert decision.actual(np.array([2.0, 0.0])).tolist() == [2, 0]
