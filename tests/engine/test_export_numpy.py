"""Runs exported as NumPy scripts: they run by themselves and compute what the engine does."""

from __future__ import annotations

import pytest

from engine.export.numpy_script import NumpyScript
from tests.engine.script_cases import every_case
from tests.engine.scripts import assert_the_script_computes_what_the_run_does
from tests.strategies import Sketch


@every_case
def test_a_script_computes_what_the_run_does(sketch: Sketch) -> None:
    assert_the_script_computes_what_the_run_does(sketch.opened(), NumpyScript)
