"""Exported scripts, run in a namespace of their own and compared with the run they came from.

May import: engine's public face, numpy.   Imported by: tests of exported scripts.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import numpy as np

from engine import Experiment, Run


def executed(text: str) -> dict[str, Any]:
    """Every name's value after running a script; what it prints is thrown away."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with (
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        exec(compile(text, "exported", "exec"), names)
    return names


def assert_the_script_computes_what_the_run_does(
    experiment: Experiment, text: str, rtol: float = 1e-12, atol: float = 1e-12
) -> None:
    """Losses, test losses and final parameters of a script against those of the run."""
    run = Run(experiment)
    run.advance(run.calendar.steps)
    names = executed(text)
    losses = run.losses()
    close(names["losses"], losses.values, "losses", text, rtol, atol)
    if experiment.test_data:
        close(names["test_losses"], run.test_losses().values, "test losses", text, rtol, atol)
    final = run.state_before(run.calendar.steps)
    for node, part in run.storage.views.items():
        name = experiment.graph[node].name
        got = names.get(f"{name}_", names[name]) if f"{name}_" in names else names[name]
        got = got.detach().numpy() if hasattr(got, "detach") else np.asarray(got)
        assert got.shape == experiment.leaves[name].shape, f"{name}\n{text}"
        close(got.ravel(), final[1 + part.start : 1 + part.stop], name, text, rtol, atol)


def close(got: Any, wanted: Any, what: str, text: str, rtol: float, atol: float) -> None:
    np.testing.assert_allclose(
        np.asarray(got), wanted, rtol=rtol, atol=atol, err_msg=f"{what}\n{text}"
    )
