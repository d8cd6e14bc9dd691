"""Where each line of the listing is in the exported scripts."""

from __future__ import annotations

import pytest

from engine import Debugger, Phase, code_twin, export_numpy, export_pytorch, open_lesson
from tests.experiments import EXPERIMENTS

NAMES = EXPERIMENTS


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_the_listing_is_where_the_numpy_script_computes_the_same(name: str) -> None:
    experiment = open_lesson(name)
    twin = code_twin(experiment, "numpy")
    assert twin.text == export_numpy(experiment) and "#@" not in twin.text
    code = twin.text.split("\n")
    for line in Debugger(experiment).listing.lines:
        found = [code[number - 1].strip() for number in twin.places[line.number]]
        if line.phase is Phase.BATCH:
            assert len(found) == 1 and ("for epoch" in found[0] or found[0].count("=") == 1)
        elif line.node is not None:
            target = line.text.split(" ", 1)[0].split("[")[0]
            assert any(text.startswith(target) for text in found), (line.text, found)


@pytest.mark.parametrize("name", NAMES)
def test_pytorch_does_the_whole_backward_pass_in_one_line_and_the_update_in_another(
    name: str,
) -> None:
    experiment = open_lesson(name)
    twin = code_twin(experiment, "pytorch")
    assert twin.text == export_pytorch(experiment)
    code = twin.text.split("\n")
    for line in Debugger(experiment).listing.lines:
        (number,) = twin.places[line.number]
        text = code[number - 1].strip()
        match line.phase:
            case Phase.BACKWARD:
                assert text.endswith(".backward()")
            case Phase.UPDATE if line.node is not None:
                assert text == "optimizer.step()"
            case Phase.UPDATE:
                assert "clip_grad" in text
            case Phase.FORWARD:
                assert text.startswith(line.text.split(" ", 1)[0])
            case _:
                assert "for epoch" in text or " = " in text
