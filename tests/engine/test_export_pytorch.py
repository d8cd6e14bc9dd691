"""Runs exported as PyTorch scripts, where PyTorch is installed."""

from __future__ import annotations

import pytest

from engine.export.torch_script import TorchScript
from tests.engine.script_cases import every_case
from tests.engine.scripts import assert_the_script_computes_what_the_run_does
from tests.strategies import Sketch

pytest.importorskip("torch")


@every_case
def test_a_script_computes_what_the_run_does(sketch: Sketch) -> None:
    assert_the_script_computes_what_the_run_does(sketch.opened(), TorchScript, 1e-9)
