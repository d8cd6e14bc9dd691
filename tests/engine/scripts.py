"""Exported scripts, run in a namespace of their own and compared with the run they came from.

May import: engine's public face and its export room, numpy.   Imported by: tests of scripts.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import numpy as np

from engine import Experiment, Run
from engine.export.script import Script


def executed(text: str) -> dict[str, Any]:
    """Every name's value after running a script; what it prints is thrown away."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with (
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.filterwarnings("error", category=SyntaxWarning)
        exec(compile(text, "exported", "exec"), names)
    return names


def assert_the_script_computes_what_the_run_does(
    experiment: Experiment, script: type[Script], tolerance: float = 1e-12
) -> str:
    """Losses, test losses and final parameters of a script against those of the run; its text."""
    spelling = script.spelling(experiment)
    text = script(experiment, spelling).twin().text
    run = Run(experiment)
    run.advance(run.calendar.steps)
    names = executed(text)
    _close(names["losses"], run.losses().values, "losses", text, tolerance)
    if experiment.test_data:
        _close(names["test_losses"], run.test_losses().values, "test losses", text, tolerance)
    final = run.state_before(run.calendar.steps)
    for node, part in run.storage.views.items():
        name = experiment.graph[node].name
        got = names[spelling[name]]
        got = got.detach().numpy() if hasattr(got, "detach") else np.asarray(got)
        assert got.shape == experiment.leaves[name].shape, f"{name}\n{text}"
        _close(got.ravel(), final[1 + part.start : 1 + part.stop], name, text, tolerance)
    return text


def _close(got: Any, wanted: Any, what: str, text: str, tolerance: float) -> None:
    np.testing.assert_allclose(
        np.asarray(got), wanted, rtol=tolerance, atol=tolerance, err_msg=f"{what}\n{text}"
    )
