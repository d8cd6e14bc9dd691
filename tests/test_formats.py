"""docs/formats.md names everything that an experiment file may say, and its defaults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from engine import Debugger, parse_experiment
from engine.datasets import DATASETS
from engine.formulas import ALIASES
from engine.initializers import INITIALIZERS
from engine.ops import OPS, Op
from engine.ops.core import REQUIRED
from engine.optimizers import OPTIMIZERS
from engine.reading.data import DATA_SETTINGS
from engine.reading.opening import TOP_KEYS
from engine.reading.training import TRAINING_KEYS
from engine.schedules import SCHEDULES

PAGE = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")
FILES, LANGUAGE = PAGE.split("## Formula language")
LANGUAGE = LANGUAGE.split("## Addresses")[0]

IN_FORMULAS = [op for op in OPS.values() if op.in_language]


def names_in(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", text))


def row(first: str, text: str) -> str:
    """The row of a table that begins with this cell."""
    (found,) = [line for line in text.splitlines() if line.startswith(f"| {first} |")]
    return found


@pytest.mark.parametrize("op", IN_FORMULAS, ids=lambda op: op.name)
def test_every_op_of_the_language_is_there(op: Op) -> None:
    if op.infix:
        (infix,) = re.findall(r"`(\+ - [^`]*)`, unary minus", LANGUAGE)
        assert op.infix in infix.split()
    else:
        assert op.name in names_in(LANGUAGE)


def test_every_other_name_of_a_function_is_there() -> None:
    assert names_in(LANGUAGE) >= set(ALIASES)


@pytest.mark.parametrize(
    ("op", "setting", "default"),
    [
        pytest.param(op, setting, default, id=f"{op.name}-{setting}")
        for op in IN_FORMULAS
        for setting, default in op.settings.items()
        if (op.name, setting) != ("reshape", "shape")  # written as operands
    ],
)
def test_every_setting_is_there_with_its_default(op: Op, setting: str, default: Any) -> None:
    call = re.search(rf"\b{op.name}(?: \w+)*? ?\(([^)]*)\)", LANGUAGE)
    assert call is not None
    if default is REQUIRED:
        assert setting in names_in(call[1])
        return
    given = re.search(rf"\b{setting}=([^,:)]+)", call[1])
    assert given is not None
    assert given[1] == str(default) or float(given[1]) == default


@pytest.mark.parametrize("key", [*TOP_KEYS, *TRAINING_KEYS, *DATA_SETTINGS, "classes"])
def test_every_key_of_a_file_is_there(key: str) -> None:
    assert key in names_in(FILES)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_is_there_with_its_options_and_defaults(name: str) -> None:
    optimizer = OPTIMIZERS[name]
    text = row(f"`{name}`", FILES)
    if "as `adam`" in text:
        text += row("`adam`", FILES)
    text += row("all", FILES)
    for option, default in {"learning_rate": optimizer.learning_rate, **optimizer.options}.items():
        given = re.search(rf"`{option} = ([^`]+)`", text)
        assert given is not None, option
        document = parse_experiment(
            'formulas = "loss = w * w"\n[parameters]\nw = 1.0\n'
            f'[training]\noptimizer = "{name}"\n{option} = {given[1]}\n'
            + ("momentum = 0.5\n" if option == "nesterov" else "")
        )
        assert document.training.options[option] == default, option
    everything: dict[str, Any] = {**optimizer.options, "amsgrad": True, "centered": True,
                                  "momentum": 0.9}  # fmt: skip
    assert names_in(text) >= set(optimizer.state(everything))


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_is_there_with_its_options_and_defaults(name: str) -> None:
    shape = SCHEDULES[name]
    text = " ".join(FILES.split())
    found = re.search(rf"`{name}` \({shape.torch_name}: ([^)]*)\)", text)
    assert found is not None
    given = dict(re.findall(r"`(\w+)`(?: ([\d./]+))?", found[1]))
    assert set(given) == set(shape.options)
    for option, default in shape.options.items():
        numbers = [float(part) for part in given[option].split("/") if part]
        value = None if not numbers else numbers[0] / (numbers[1] if len(numbers) > 1 else 1.0)
        assert value == default, option


@pytest.mark.parametrize("name", INITIALIZERS)
def test_every_initialiser_is_there_with_its_options(name: str) -> None:
    assert f"`{name}`" in FILES
    assert names_in(FILES) >= set(INITIALIZERS[name].options)


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_is_there(name: str) -> None:
    assert row(f"`{name}`", FILES)


def test_the_example_s_lines_are_a_file_that_opens() -> None:
    code = re.search(r"```toml\n(.*?)```", FILES, re.DOTALL)
    assert code is not None
    experiment = parse_experiment(code[1])
    assert Debugger(experiment).calendar.epochs == 50
    assert set(experiment.document) <= set(TOP_KEYS)
